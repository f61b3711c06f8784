#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <chrono>
#include "document/draw.hpp"
#include "document/find_page.hpp"
#include "peel/peel.hpp"
using namespace peel;
using namespace peel::document;
namespace fs = std::filesystem;
double now(){return std::chrono::duration<double,std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();}
int main(int argc,char**argv){
  const fs::path dir=argv[1]; const std::string model=argv[2]; const fs::path cache=argv[3];
  const bool verbose = argc>4;
  fs::create_directories(cache);
  std::ifstream f(dir/"corners.json"); auto truth=nlohmann::json::parse(f);
  std::unique_ptr<BackgroundRemover> remover;
  double sum[8]={}; int n=0; double photo[8]={}; int np=0; double tm=0,tl=0,tf=0,tc=0;
  for(auto&[name,c]:truth.items()){
    Image picture=load_image(dir/"images"/name);
    Image mask; fs::path mf=cache/(name+".png");
    if(model!="none"){ if(fs::exists(mf)) mask=load_image(mf); else { if(!remover){Settings s; s.model_name=model; s.use_gpu=false; remover=std::make_unique<BackgroundRemover>(s);} RemoveOptions o; o.kind=RemoveOptions::Kind::network_mask; mask=remover->remove(picture,o).mask; write_file(mf,encode(mask));}}
    Corners t; for(int i=0;i<4;i++) t[i]={c[i][0],c[i][1]};
    t=in_order(t);
    double t0=now(); Search s(picture,mask,1); double t1=now(); s.try_mask(); double t2=now(); s.try_lines(); double t3=now();
    const Candidate*best=nullptr; const Candidate*oracle=nullptr; double ob=0;
    for(auto&k:s.candidates()){ if(!best||log_odds(k.evidence)>log_odds(best->evidence)) best=&k; Corners w=k.page.corners; for(auto&p:w)p=double(s.copy().factor)*p; double v=iou(w,t); if(v>ob){ob=v;oracle=&k;} }
    double v=0; FittedPage fp; double t4=now();
    if(best){ fp=s.fine(best->page); v=iou(fp.corners,t);} double t5=now();
    tc+=t1-t0; tm+=t2-t1; tl+=t3-t2; tf+=t5-t4;
    printf("%-22s share %.3f best %.4f (%s conf %.3f) oracle %.4f (%s)\n",name.c_str(),mask.empty()?0:mask_share(mask),v,best?(best->origin==Origin::mask?"mask":"lines"):"-",best?confidence(best->evidence):0,ob,oracle?(oracle->origin==Origin::mask?"mask":"lines"):"-");
    if(verbose) for(auto&k:s.candidates()){ auto&e=k.evidence; Corners w=k.page.corners; for(auto&p:w)p=double(s.copy().factor)*p; printf("    %s iou %.3f support %.2f least %.2f visible %.2f like %.2f holds %.2f size %.3f square %.2f conf %.3f\n",k.origin==Origin::mask?"mask ":"lines",iou(w,t),e.support,e.least_support,e.visible,e.likeness,e.holds,e.size,e.squareness,confidence(e)); }
    bool isphoto=name.find("flatcv")==name.npos;
    for(int k=0;k<3;k++){double x=k==0?v:ob; sum[k]+=x; if(isphoto) photo[k]+=x;} n++; np+=isphoto;
  }
  printf("all    %.4f oracle %.4f\nphotos %.4f oracle %.4f\n",sum[0]/n,sum[1]/n,photo[0]/np,photo[1]/np);
  printf("copy %.1f mask %.1f lines %.1f fine %.1f\n",tc/n,tm/n,tl/n,tf/n);
}
