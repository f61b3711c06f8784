#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <chrono>
#include "document/draw.hpp"
#include "document/geometry.hpp"
#include "document/mask_region.hpp"
#include "document/refine.hpp"
#include "document/working_copy.hpp"
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
  double sum[8]={}; int n=0; double photo[8]={}; int np=0;
  for(auto&[name,c]:truth.items()){
    Image picture=load_image(dir/"images"/name);
    Image mask; fs::path mf=cache/(name+".png");
    if(fs::exists(mf)) mask=load_image(mf); else { if(!remover){Settings s; s.model_name=model; s.use_gpu=false; remover=std::make_unique<BackgroundRemover>(s);} RemoveOptions o; o.kind=RemoveOptions::Kind::network_mask; mask=remover->remove(picture,o).mask; write_file(mf,encode(mask));}
    Corners t; for(int i=0;i<4;i++) t[i]={c[i][0],c[i][1]};
    double v[8]={};
    auto regions=mask_regions(mask,picture.width(),picture.height(),3);
    double t0=now();
    auto small=working_copy(picture.view(),720,1);
    double t1=now();
    Corners best{}; 
    if(!regions.empty()){ auto q=quadrilaterals_of(regions[0],picture.width(),picture.height());
      if(!q.empty()){ v[0]=iou(q[0],t);
        Corners e; for(int i=0;i<4;i++) e[i]=(1.0/small.factor)*q[0][i];
        PixelView view{small.rgb.data(),small.width,small.height,small.width*3,PixelFormat::rgb8};
        ProfileSearch ss; ss.reach=(getenv("REACH")?atof(getenv("REACH")):0.016)*std::max(small.width,small.height); ss.step=1; ss.rows=100;
        FittedPage ex=expected_page(e); if(!getenv("NOGUIDE")){ std::vector<Point> o; for(auto p:regions[0].outline) o.push_back((1.0/small.factor)*p); for(int i=0;i<4;i++) ex.sides[i]=side_along(e[i],e[(i+1)%4],o,regions[0].pixel/small.factor);}
        auto p=fit_page(view,ex,ss,getenv("STRAIGHT")!=nullptr); double t2=now();
        if(p){ Corners w; for(int i=0;i<4;i++) w[i]=double(small.factor)*p->corners[i]; v[1]=iou(w,t);
          auto q1=fit_page(view,*p,{4,1,100},false); if(q1&&getenv("TWICE")) p=q1;
          ProfileSearch s2; s2.reach=1.5*small.factor; s2.step=std::max(1.0,small.factor/4.0); s2.rows=200; s2.margin=0.04;
          auto p2=fit_page(picture.view(),enlarged(*p,small.factor),s2,false); double t3=now();
          if(p2){ best=p2->corners; v[2]=iou(p2->corners,t);
            if(verbose){ for(int k=0;k<4;k++) printf("   side %d support %.2f/%.2f strength %.0f/%.0f spread %.2f/%.2f visible %.2f\n",k,p->sides[k].support,p2->sides[k].support,p->sides[k].strength,p2->sides[k].strength,p->sides[k].spread*small.factor,p2->sides[k].spread,p2->sides[k].visible);
              for(int k=0;k<4;k++) printf("   corner %.0f,%.0f truth %.0f,%.0f\n",p2->corners[k].x,p2->corners[k].y,t[k].x,t[k].y);
              printf("  shrink %.1f ms coarse %.1f fine %.1f\n",t1-t0,t2-t1,t3-t2);} }
        }
      }
    }
    if(const char*dd=getenv("DRAW")){ std::vector<Stroke> st; st.push_back({{t.begin(),t.end()},true,{0,200,0,255},1}); st.push_back({{best.begin(),best.end()},true,{255,0,0,255},1}); if(!regions.empty()&&getenv("OUTLINE")) st.push_back({regions[0].outline,true,{0,0,255,255},1}); write_file(fs::path(dd)/(name+".png"),encode(drawing(picture,1000,st))); }
    printf("%-22s share %.3f mask %.4f coarse %.4f fine %.4f\n",name.c_str(),mask_share(mask),v[0],v[1],v[2]);
    bool isphoto=name.find("flatcv")==name.npos;
    for(int k=0;k<3;k++){sum[k]+=v[k]; if(isphoto) photo[k]+=v[k];} n++; np+=isphoto;
  }
  printf("all    %.4f %.4f %.4f\nphotos %.4f %.4f %.4f\n",sum[0]/n,sum[1]/n,sum[2]/n,photo[0]/np,photo[1]/np,photo[2]/np);
}
