#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "support/parsed_arguments.hpp"

namespace peel::cli {
namespace {

using ::testing::HasSubstr;
using Category = RemoveOptions::Category;
using Kind = Prompt::Kind;

void expect_prompt(const Prompt& prompt, Kind kind, const std::vector<double>& numbers) {
  EXPECT_EQ(prompt.kind, kind);
  std::vector<double> got{prompt.x, prompt.y};
  if (kind == Kind::box) got.insert(got.end(), {prompt.right, prompt.bottom});
  EXPECT_EQ(got, numbers);
}

TEST(Selection, PromptsAreReadInBothForms) {
  const Said a = said({"remove", "-m", "sam", "--prompt", "point:3,4.5", "in.jpg", "--prompt", "background:-1,0",
                       "--prompt=box:10,20,30,40"});
  EXPECT_EQ(a.files.inputs, std::vector<std::string>{"in.jpg"});
  ASSERT_EQ(a.cutout.prompts.size(), 3u);
  expect_prompt(a.cutout.prompts[0], Kind::subject, {3, 4.5});
  expect_prompt(a.cutout.prompts[1], Kind::background, {-1, 0});
  expect_prompt(a.cutout.prompts[2], Kind::box, {10, 20, 30, 40});

  const std::string rembgs = R"([{"type":"point","data":[7,8],"label":1},{"type":"point","data":[1.5,2],"label":0},
                                 {"type":"rectangle","data":[1,2,3,4]}])";
  const auto prompts = said({"remove", "in.jpg", "--prompt", rembgs}).cutout.prompts;
  ASSERT_EQ(prompts.size(), 3u);
  expect_prompt(prompts[0], Kind::subject, {7, 8});
  expect_prompt(prompts[1], Kind::background, {1.5, 2});
  expect_prompt(prompts[2], Kind::box, {1, 2, 3, 4});
}

TEST(Selection, WhatIsNoPromptIsRefused) {
  for (const char* text : {"point:1", "point:1,2,3", "box:1,2,3", "point:1,nan", "circle:1,2", "3,4", "", "point:"}) {
    EXPECT_THAT(error_of({"remove", "--prompt", text}), HasSubstr("box:X,Y,X,Y")) << text;
  }
  for (const char* text :
       {R"([{"type":"point"}])", R"([{"type":"circle","data":[1,2]}])", "[5]", R"([{"type":"point","data":[1]}])",
        R"([{"type":"point","data":["1","2"]}])", R"([{"type":"point","data":[1,2],"label":2}])",
        R"([{"type":"rectangle","data":[1,2]}])", R"({"type":"point","data":{"x":1,"y":2}})"}) {
    EXPECT_THAT(error_of({"remove", "--prompt", text}), HasSubstr(R"("rectangle","data":[X,Y,X,Y])")) << text;
  }
  EXPECT_THAT(error_of({"remove", "--prompt", "[{"}), HasSubstr("not JSON"));
}

TEST(Selection, CategoriesAreFour) {
  EXPECT_EQ(said({"remove", "in.jpg"}).cutout.category, Category::all);
  EXPECT_EQ(said({"remove", "in.jpg", "--category", "all"}).cutout.category, Category::all);
  EXPECT_EQ(said({"remove", "in.jpg", "--category", "upper"}).cutout.category, Category::upper);
  EXPECT_EQ(said({"remove", "in.jpg", "--category", "lower"}).cutout.category, Category::lower);
  EXPECT_EQ(said({"remove", "in.jpg", "--category=full"}).cutout.category, Category::full);
  EXPECT_THAT(error_of({"remove", "--category", "uper"}), HasSubstr("did you mean upper?"));
}

TEST(Selection, RembgsExtrasSayTheSame) {
  const Said a = said(
      {"i", "-m", "sam", "-x",
       R"({"putalpha": true, "sam_prompt": [{"type":"point","data":[5,6],"label":1}], "sam_model": "sam_vit_b_01ec64",
           "sam_quant": false})",
       "in.jpg", "out.png"});
  EXPECT_EQ(a.cutout.kind, RemoveOptions::Kind::put_alpha);
  EXPECT_EQ(a.files.output, "out.png");
  ASSERT_EQ(a.cutout.prompts.size(), 1u);
  expect_prompt(a.cutout.prompts[0], Kind::subject, {5, 6});
  EXPECT_EQ(said({"i", "--extras", R"({"cc":"lower"})", "in.jpg"}).cutout.category, Category::lower);
  EXPECT_EQ(said({"i", "-x", R"({"cloth_category":"full"})", "in.jpg"}).cutout.category, Category::full);
  EXPECT_EQ(said({"i", "-m", "dis_custom", "-x", R"({"model_path":"~/mine.onnx"})", "in.jpg"}).files.model_path,
            "~/mine.onnx");
  EXPECT_EQ(said({"i", "-x", R"({"putalpha":true})", "-om", "in.jpg"}).cutout.kind, RemoveOptions::Kind::mask);
  EXPECT_EQ(said({"i", "-x", "{}", "in.jpg"}).cutout.kind, RemoveOptions::Kind::cutout);
}

TEST(Selection, ExtrasNobodyKnowsAreRefused) {
  EXPECT_THAT(error_of({"i", "-x", R"({"put_alpha":true})", "in.jpg"}),
              testing::AllOf(HasSubstr("put_alpha"), HasSubstr("did you mean putalpha?")));
  EXPECT_THAT(error_of({"i", "-x", R"({"session":1})", "in.jpg"}), HasSubstr("known are putalpha, cc, cloth_category"));
  EXPECT_THAT(error_of({"i", "-x", "{", "in.jpg"}), HasSubstr("not a JSON object"));
  EXPECT_THAT(error_of({"i", "-x", "[]", "in.jpg"}), HasSubstr("not a JSON object"));
  EXPECT_THAT(error_of({"i", "-x", R"({"putalpha":"yes"})", "in.jpg"}), HasSubstr("neither true nor false"));
  EXPECT_THAT(error_of({"i", "-x", R"({"cc":"hat"})", "in.jpg"}), HasSubstr("extras cc hat"));
  EXPECT_THAT(error_of({"i", "-x", R"({"cc":1})", "in.jpg"}), HasSubstr("extras cc 1: not one of all, upper"));
  EXPECT_THAT(error_of({"i", "-x", R"({"model_path":1})", "in.jpg"}), HasSubstr("no text"));
  EXPECT_THAT(error_of({"i", "-x", R"({"sam_prompt":[{}]})", "in.jpg"}), HasSubstr("extras sam_prompt"));
  EXPECT_THAT(error_of({"i", "-x", R"({"sam_model":"sam_vit_h_4b8939"})", "in.jpg"}), HasSubstr("NAME.encoder.onnx"));
  EXPECT_THAT(error_of({"i", "-x", R"({"sam_quant":true})", "in.jpg"}), HasSubstr("NAME.encoder.onnx"));
}

TEST(Selection, FolderAndStreamTakeItToo) {
  const Said folder = said({"p", "-x", R"({"cc":"upper"})", "in", "out", "--prompt", "point:1,2"});
  EXPECT_EQ(folder.cutout.category, Category::upper);
  EXPECT_EQ(folder.cutout.prompts.size(), 1u);
  EXPECT_EQ(said({"b", "8", "6", "--category", "full"}).cutout.category, Category::full);
}

}  // namespace
}  // namespace peel::cli
