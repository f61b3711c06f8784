#include "arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "base/suggestion.hpp"
#include "description.hpp"
#include "rembg_habits.hpp"
#include "support/parsed_arguments.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel::cli {
namespace {

/// No test reads the config of whoever runs it.
class NoUserConfig : public ::testing::Environment {
  void SetUp() override { setenv("XDG_CONFIG_HOME", "/nonexistent", 1); }
};
const auto* const no_user_config = ::testing::AddGlobalTestEnvironment(new NoUserConfig);

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string text_of(std::vector<std::string> arguments) {
  return std::get<std::string>(CommandLine().parse(std::move(arguments)));
}

TEST(Arguments, RemoveReadsEveryOption) {
  const Said a = said({"remove",
                       "in.jpg",
                       "-o",
                       "out.webp",
                       "-m",
                       "net.onnx",
                       "--device",
                       "cuda",
                       "--require",
                       "--precision",
                       "int8",
                       "--batch",
                       "8",
                       "--threads",
                       "3",
                       "--max-size",
                       "800",
                       "--offline",
                       "--input-size",
                       "320x256",
                       "--mean",
                       "0.5,0.25,1",
                       "--std=1,1,-1",
                       "--output-kind",
                       "logits",
                       "--post-process-mask",
                       "--background",
                       "white",
                       "--crop=12",
                       "--compat",
                       "--format",
                       "webp",
                       "--quality",
                       "80",
                       "--effort",
                       "small",
                       "--max-pixels",
                       "1.5M",
                       "--max-bytes",
                       "2K"});
  EXPECT_THAT(a.files.inputs, ElementsAre("in.jpg"));
  EXPECT_EQ(a.files.output, "out.webp");
  EXPECT_EQ(a.settings.model_name, "net.onnx");
  EXPECT_EQ(a.settings.device, Device::cuda);
  EXPECT_TRUE(a.settings.require_device);
  EXPECT_EQ(a.settings.precision, Precision::int8);
  EXPECT_EQ(a.settings.batch, 8);
  EXPECT_EQ(a.settings.threads, 3);
  EXPECT_EQ(a.settings.max_size, 800);
  EXPECT_TRUE(a.settings.fetch.offline);
  EXPECT_THAT(std::pair(a.settings.custom_layout->input_width, a.settings.custom_layout->input_height),
              testing::Pair(320, 256));
  EXPECT_THAT(a.settings.custom_layout->mean, ElementsAre(0.5, 0.25, 1));
  EXPECT_THAT(a.settings.custom_layout->std, ElementsAre(1, 1, -1));
  EXPECT_EQ(a.settings.custom_layout->output, OutputKind::logits);
  EXPECT_TRUE(a.cutout.post_process_mask);
  EXPECT_EQ(a.files.background, "white");
  EXPECT_EQ(a.cutout.crop_margin, 12);
  EXPECT_TRUE(a.cutout.compat);
  EXPECT_EQ(a.files.format, FileFormat::webp);
  EXPECT_EQ(a.encoding.quality, 80);
  EXPECT_EQ(a.encoding.effort, Effort::small);
  EXPECT_EQ(a.limits.max_pixels, 1'500'000U);
  EXPECT_EQ(a.limits.max_bytes, 2048U);
}

Said scan_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "scan");
  return said(std::move(arguments));
}

TEST(Arguments, ScanReadsEveryOption) {
  const Said a = scan_of({"in.jpg",
                          "-o",
                          "out.tiff",
                          "--page",
                          "80x200",
                          "--enhance",
                          "bw",
                          "--corners",
                          "-1.5,2,300,4,301,400,2,390",
                          "--min-confidence",
                          "0.25",
                          "--debug",
                          "why",
                          "-m",
                          "none",
                          "--device",
                          "cpu",
                          "--threads",
                          "3",
                          "--offline",
                          "--format",
                          "tiff",
                          "--quality",
                          "80",
                          "--max-pixels",
                          "2M"});
  EXPECT_THAT(a.files.inputs, ElementsAre("in.jpg"));
  EXPECT_EQ(a.files.output, "out.tiff");
  EXPECT_EQ(a.page.page, "80x200");
  EXPECT_EQ(a.scan.enhance, Enhance::bw);
  ASSERT_TRUE(a.scan.corners);
  EXPECT_EQ((*a.scan.corners)[0].x, -1.5);
  EXPECT_EQ((*a.scan.corners)[3].y, 390);
  EXPECT_EQ(a.scan.least_confidence, 0.25);
  EXPECT_EQ(a.page.debug_folder, "why");
  EXPECT_EQ(a.settings.model_name, "none");
  EXPECT_EQ(a.settings.device, Device::cpu);
  EXPECT_EQ(a.settings.threads, 3);
  EXPECT_TRUE(a.settings.fetch.offline);
  EXPECT_EQ(a.files.format, FileFormat::tiff);
  EXPECT_FALSE(a.files.pdf);
  EXPECT_EQ(a.encoding.quality, 80);
  EXPECT_EQ(a.limits.max_pixels, 2'000'000U);

  const Said usual = scan_of({"in.jpg"});
  EXPECT_EQ(usual.page.page, "auto");
  EXPECT_EQ(usual.scan.enhance, Enhance::none);
  EXPECT_FALSE(usual.scan.corners);
  EXPECT_EQ(usual.scan.least_confidence, 0.5);
  EXPECT_EQ(usual.settings.model_name, "auto");

  const Said pdf = scan_of({"in.jpg", "--format", "pdf"});
  EXPECT_TRUE(pdf.files.pdf);
  EXPECT_FALSE(pdf.files.format);
  EXPECT_FALSE(scan_of({"in.jpg", "--format", "pdf", "--format", "png"}).files.pdf);
}

TEST(Arguments, ScanExplainsMistakes) {
  EXPECT_THAT(error_of({"scan", "a.jpg", "--corners", "1,2,3,4"}), HasSubstr("--corners 1,2,3,4: not eight numbers"));
  EXPECT_THAT(error_of({"scan", "a.jpg", "--corners", "1,2,3,4,5,6,7,8,9"}), HasSubstr("not eight numbers"));
  EXPECT_THAT(error_of({"scan", "a.jpg", "--corners", "1,2,3,4,5,6,7,nan"}), HasSubstr("top left"));
  EXPECT_EQ(error_of({"scan", "a.jpg", "--min-confidence", "1.5"}), "--min-confidence 1.5: not a number from 0 to 1; ");
  EXPECT_EQ(error_of({"scan", "a.jpg", "--enhance", "contrats"}),
            "--enhance contrats: not one of none, contrast, bw; did you mean contrast?");
  EXPECT_EQ(error_of({"scan", "a.jpg", "--batch", "4"}), "unknown option --batch; see peel help scan");
  EXPECT_EQ(error_of({"remove", "a.jpg", "--format", "pdf"}),
            "--format pdf: not one of png, webp, jpeg, tiff, avif, jxl; ");
  EXPECT_THAT(error_of({"scan", "a.jpg", "-o", ""}), HasSubstr("name is empty"));
  EXPECT_THAT(error_of({"scan", "a.jpg", "--debug", ""}), HasSubstr("--debug is empty"));
}

TEST(Arguments, StreamReadsEveryOption) {
  const auto stream_of = [](std::vector<std::string> arguments) { return said(std::move(arguments)); };
  const Said a =
      stream_of({"b",         "1280", "--smooth=0.25", "720",      "-o",  "out-%05u.webp", "--quality", "80",     "-om",
                 "-ppm",      "-m",   "u2netp",        "--device", "cpu", "--background",  "white",     "--jobs", "3",
                 "--threads", "2",    "--batch",       "4"});
  EXPECT_EQ(a.stream.width, 1280);
  EXPECT_EQ(a.stream.height, 720);
  EXPECT_EQ(a.stream.smooth, 0.25);
  EXPECT_EQ(a.files.output, "out-%05u.webp");
  EXPECT_EQ(a.encoding.quality, 80);
  EXPECT_EQ(a.cutout.kind, RemoveOptions::Kind::mask);
  EXPECT_TRUE(a.cutout.post_process_mask);
  EXPECT_EQ(a.settings.model_name, "u2netp");
  EXPECT_EQ(a.settings.device, Device::cpu);
  EXPECT_EQ(a.files.background, "white");
  EXPECT_EQ(a.stream.jobs, 3);
  EXPECT_EQ(a.settings.threads, 2);
  EXPECT_EQ(a.settings.batch, 4);

  const Said usual = stream_of({"stream", "64", "48"});
  EXPECT_FALSE(usual.stream.smooth);
  EXPECT_EQ(usual.stream.jobs, 0);
  EXPECT_EQ(usual.cutout.kind, RemoveOptions::Kind::cutout);
  EXPECT_EQ(stream_of({"stream", "--smooth", "64", "48"}).stream.smooth, 0.6) << "a size is not taken for the amount";
}

TEST(Arguments, StreamExplainsMistakes) {
  EXPECT_THAT(error_of({"stream", "64"}), HasSubstr("HEIGHT is required"));
  EXPECT_EQ(error_of({"stream", "0", "48"}), "WIDTH 0: not a whole number from 1 to 16384; ");
  EXPECT_EQ(error_of({"stream", "64", "48", "--smooth=1"}), "--smooth 1: not a number from 0 to 0.99; ");
  EXPECT_THAT(error_of({"stream", "64", "48", "in.mp4"}), HasSubstr("unexpected argument in.mp4"));
  EXPECT_THAT(error_of({"stream", "64", "48", "-o", ""}), HasSubstr("name is empty"));
  EXPECT_EQ(error_of({"stream", "64", "48", "--crop"}), "unknown option --crop; see peel help stream");
}

TEST(Arguments, FolderReadsEveryOptionAndRembgsLetters) {
  const auto folder_of = [](std::vector<std::string> arguments) { return said(std::move(arguments)); };
  const Said a = folder_of({"folder",
                            "in",
                            "out",
                            "-r",
                            "--watch",
                            "--skip-existing",
                            "--delete-input",
                            "--include",
                            "*.jpg",
                            "--include=*.png",
                            "--exclude",
                            "thumbs/*",
                            "--jobs",
                            "3",
                            "--threads",
                            "2",
                            "--memory",
                            "1.5G",
                            "--format",
                            "webp",
                            "--crop=4",
                            "-om",
                            "--max-pixels",
                            "2M",
                            "--batch",
                            "8"});
  EXPECT_EQ(a.folder.input_folder, "in");
  EXPECT_EQ(a.folder.output_folder, "out");
  EXPECT_TRUE(a.folder.recursive && a.folder.watch && a.folder.skip_existing && a.folder.delete_input);
  EXPECT_THAT(a.folder.include, ElementsAre("*.jpg", "*.png"));
  EXPECT_THAT(a.folder.exclude, ElementsAre("thumbs/*"));
  EXPECT_EQ(a.batch.jobs, 3);
  EXPECT_EQ(a.settings.threads, 2);
  EXPECT_EQ(a.batch.memory_bytes, std::uint64_t{3} << 29);
  EXPECT_EQ(a.files.format, FileFormat::webp);
  EXPECT_EQ(a.cutout.crop_margin, 4);
  EXPECT_EQ(a.cutout.kind, RemoveOptions::Kind::mask);
  EXPECT_EQ(a.limits.max_pixels, 2'000'000U);
  EXPECT_EQ(a.settings.batch, 8);

  const Said rembgs = folder_of({"p", "-w", "--delete_input", "-m", "u2netp", "-om", "in", "out"});
  EXPECT_TRUE(rembgs.folder.watch && rembgs.folder.delete_input);
  EXPECT_EQ(rembgs.folder.output_folder, "out");
  EXPECT_FALSE(folder_of({"p", "in", "out"}).folder.recursive);
  EXPECT_THAT(error_of({"folder", "in"}), HasSubstr("peel folder IN_DIR OUT_DIR"));
  EXPECT_THAT(error_of({"folder", "in", "out", "more"}), HasSubstr("unexpected argument more"));
}

TEST(Arguments, RembgLettersMeanWhatTheyMeanThere) {
  const Said a = said({"i", "-om", "-ppm", "-bgc", "255", "0", "10", "128", "in.jpg", "out.png"});
  EXPECT_EQ(a.cutout.kind, RemoveOptions::Kind::mask);
  EXPECT_TRUE(a.cutout.post_process_mask);
  EXPECT_EQ(a.files.rembg_background, "255,0,10,128");
  EXPECT_THAT(a.files.inputs, ElementsAre("in.jpg"));
  EXPECT_EQ(a.files.output, "out.png");
}

TEST(Arguments, SecondNameIsTheOutputOfTheAliasAlone) {
  EXPECT_THAT(said({"remove", "a.jpg", "b.jpg", "-o", "d"}).files.inputs, ElementsAre("a.jpg", "b.jpg"));
  EXPECT_THAT(said({"i", "a.jpg", "b.jpg", "-o", "d"}).files.inputs, ElementsAre("a.jpg", "b.jpg"));
  EXPECT_THAT(said({"i", "a.jpg", "b.jpg", "c.jpg"}).files.inputs, ElementsAre("a.jpg", "b.jpg", "c.jpg"));
  EXPECT_EQ(said({"i", "-", "-"}).files.output, "-");
}

TEST(Arguments, CropTakesItsMarginOnlyAfterTheSign) {
  const Said a = said({"remove", "--crop", "photo.jpg"});
  EXPECT_EQ(a.cutout.crop_margin, 0);
  EXPECT_THAT(a.files.inputs, ElementsAre("photo.jpg"));
  EXPECT_THAT(error_of({"remove", "--crop=-1", "x"}), HasSubstr("--crop -1: not a whole number"));
  EXPECT_THAT(error_of({"remove", "--crop=wide", "x"}), HasSubstr("--crop wide: not a whole number"));
  EXPECT_THAT(error_of({"remove", "x", "-o", ""}), HasSubstr("name is empty"));
}

TEST(Arguments, AValueThatBelongsBehindTheSignIsToldSo) {
  EXPECT_EQ(error_of({"remove", "--crop", "20", "photo.jpg"}), "--crop 20: a value of --crop follows a '='; --crop=20");
  EXPECT_EQ(error_of({"remove", "photo.jpg", "--fill-holes", "200"}),
            "--fill-holes 200: a value of --fill-holes follows a '='; --fill-holes=200");
  EXPECT_EQ(error_of({"stream", "--smooth", "0.5", "64", "48"}),
            "--smooth 0.5: a value of --smooth follows a '='; --smooth=0.5");
  EXPECT_THAT(said({"remove", "--crop", "--", "20"}).files.inputs, ElementsAre("20"));
  // A file of that name is what was meant.
  const test::TemporaryFolder folder;
  test::write_text(folder / "20", "x");
  EXPECT_THAT(said({"remove", "--crop", (folder / "20").string()}).files.inputs, SizeIs(1));
}

TEST(Arguments, AFileThatLooksLikeAnOptionIsToldHowToBeNamed) {
  const test::TemporaryFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  test::write_text(folder / "-dash.jpg", "x");
  const std::string error = error_of({"remove", "-dash.jpg"});
  std::filesystem::current_path(before);
  EXPECT_EQ(error, "unknown option -dash.jpg; the file of that name is ./-dash.jpg");
}

TEST(Arguments, InputsMayBeNamedLikeCommandsAndOptions) {
  EXPECT_THAT(said({"remove", "info", "i"}).files.inputs, ElementsAre("info", "i"));
  EXPECT_THAT(said({"remove", "--", "-om", "--json"}).files.inputs, ElementsAre("-om", "--json"));
}

TEST(Arguments, ModelsCommandsAndRembgsDownload) {
  const auto command = [](std::vector<std::string> arguments) { return invocation_of(std::move(arguments)).command; };
  EXPECT_EQ(command({"models"}), options::MODELS_LIST);
  EXPECT_TRUE(said({"models", "--commercial-only"}).models.commercial_only);
  EXPECT_EQ(command({"models", "verify"}), options::MODELS_VERIFY);
  EXPECT_EQ(command({"d", "list"}), options::MODELS_LIST);
  EXPECT_EQ(command({"d", "u2netp", "silueta"}), options::MODELS_DOWNLOAD);
  EXPECT_THAT(said({"d", "u2netp", "silueta"}).models.names, ElementsAre("u2netp", "silueta"));
  EXPECT_TRUE(said({"models", "download", "--all"}).models.all);
  const std::vector<std::string> warm{"models",   "warm",        "u2netp", "./mine.onnx", "--device",
                                      "tensorrt", "--precision", "fp16",   "--batch",     "8"};
  EXPECT_EQ(command(warm), options::MODELS_WARM);
  const Said a = said(warm);
  EXPECT_THAT(a.models.names, ElementsAre("u2netp", "./mine.onnx"));
  EXPECT_EQ(a.settings.device, Device::tensorrt);
  EXPECT_EQ(a.settings.precision, Precision::fp16);
  EXPECT_EQ(a.settings.batch, 8);
}

TEST(Arguments, QuantizeReadsEveryOption) {
  const Invocation invocation = invocation_of({"quantize",
                                               "--keep-float",
                                               "Resize",
                                               "u2netp",
                                               "--calibration",
                                               "photos",
                                               "--truth",
                                               "masks",
                                               "--samples",
                                               "200",
                                               "-o",
                                               "out.onnx",
                                               "--method",
                                               "entropy",
                                               "--target",
                                               "tensorrt",
                                               "--threads=3",
                                               "--keep-float=head*",
                                               "--offline",
                                               "--json"});
  EXPECT_TRUE(invocation.common.json);
  const Said a(invocation.given);
  EXPECT_EQ(a.quantize.model, "u2netp");
  EXPECT_EQ(a.quantize.calibration, "photos");
  EXPECT_EQ(a.quantize.truth, "masks");
  EXPECT_EQ(a.quantize.samples, 200);
  EXPECT_EQ(a.quantize.output, "out.onnx");
  EXPECT_EQ(a.quantize.method, CalibrationMethod::entropy);
  EXPECT_EQ(a.quantize.target, QuantizationTarget::tensorrt);
  EXPECT_EQ(a.quantize.threads, 3);
  EXPECT_THAT(a.quantize.keep_float, ElementsAre("Resize", "head*"));
  EXPECT_TRUE(a.quantize.fetch.offline);

  const auto usual = said({"quantize", "./mine.onnx", "--calibration", "photos"});
  EXPECT_EQ(usual.quantize.model, "./mine.onnx");
  EXPECT_EQ(usual.quantize.samples, 64);
  EXPECT_EQ(usual.quantize.method, CalibrationMethod::automatic);
  EXPECT_EQ(usual.quantize.target, QuantizationTarget::cpu);
  EXPECT_THAT(usual.quantize.keep_float, IsEmpty());
}

TEST(Arguments, QuantizeNeedsModelAndPictures) {
  EXPECT_EQ(error_of({"quantize", "u2netp"}),
            "no folder of pictures to calibrate with given; name it with --calibration FOLDER");
  EXPECT_THAT(error_of({"quantize", "--calibration", "photos"}), HasSubstr("MODEL is required"));
  const auto with = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"quantize", "u2netp", "--calibration", "photos"});
    return error_of(std::move(more));
  };
  EXPECT_THAT(with({"u2net"}), HasSubstr("unexpected argument u2net"));
  EXPECT_THAT(with({"--samples", "7"}), HasSubstr("not a whole number from 8 to 100000"));
  EXPECT_THAT(with({"--method", "entrpy"}), HasSubstr("did you mean entropy?"));
  EXPECT_THAT(with({"--target", "gpu"}), HasSubstr("not one of cpu, tensorrt"));
  EXPECT_EQ(with({"--keep-float"}), "--keep-float needs a value: PATTERN; ");
  EXPECT_THAT(with({"-o", ""}), HasSubstr("name is empty"));
}

TEST(Arguments, MistakesAreExplained) {
  EXPECT_EQ(error_of({"remove", "--modle", "u2netp", "a.jpg"}), "unknown option --modle; did you mean --model?");
  EXPECT_EQ(error_of({"remove", "--qualty=3"}), "unknown option --qualty; did you mean --quality?");
  EXPECT_EQ(error_of({"remvoe"}), "unknown command remvoe; did you mean remove?");
  EXPECT_EQ(error_of({"models", "lst"}), "unknown command models lst; did you mean list?");
  EXPECT_EQ(error_of({"remove", "--device", "cdua"}),
            "--device cdua: not one of auto, cpu, cuda, tensorrt, webgpu; did you mean cuda?");
  EXPECT_EQ(error_of({"remove", "a.jpg", "--model"}), "--model needs a value: MODEL|FILE; ");
  EXPECT_EQ(error_of({"remove", "--batch", "65"}), "--batch 65: not a whole number from 1 to 64; ");
  EXPECT_EQ(error_of({"remove", "--threads", "many"}), "--threads many: not a whole number from 0 to 1024; ");
  EXPECT_THAT(error_of({"remove", "--mean", "1,2"}), HasSubstr("not three numbers"));
  EXPECT_THAT(error_of({"remove", "--mean", "1,2,3,4"}), HasSubstr("not three numbers"));
  EXPECT_THAT(error_of({"remove", "--input-size", "0"}), HasSubstr("not a size"));
  EXPECT_THAT(error_of({"remove", "--max-bytes", "-1"}), HasSubstr("not a size"));
  EXPECT_THAT(error_of({"remove", "--max-bytes", "nan"}), HasSubstr("not a size"));
  EXPECT_THAT(error_of({"remove", "-bgc", "1", "2", "3", "256"}), HasSubstr("--bgcolor"));
  EXPECT_THAT(error_of({"remove", "-bgc", "1", "2", "x", "4"}), HasSubstr("--bgcolor"));
  EXPECT_THAT(error_of({"remove", "-om", "--putalpha"}), HasSubstr("--putalpha"));
  EXPECT_THAT(error_of({"remove", "-bgc", "1", "2", "3", "4", "--background", "red"}), HasSubstr("exclude"));
  EXPECT_THAT(error_of({"info", "picture.jpg"}), HasSubstr("unexpected argument picture.jpg"));
}

TEST(Arguments, HelpNamesEveryOptionWithItsLetters) {
  const std::string help = text_of({"remove", "--help"});
  EXPECT_THAT(help, HasSubstr("-m, --model MODEL|FILE"));
  EXPECT_THAT(help, HasSubstr("-om, --only-mask"));
  EXPECT_THAT(help, HasSubstr("--crop[=MARGIN]"));
  EXPECT_THAT(help, HasSubstr("-bgc, --bgcolor R G B A"));
  EXPECT_THAT(help, HasSubstr("Examples:"));
  EXPECT_EQ(help, text_of({"help", "remove"}));
  EXPECT_EQ(help, text_of({"i", "-h"}));
  EXPECT_EQ(text_of({}), text_of({"--help"}));
  EXPECT_THAT(text_of({"help", "models", "download"}), HasSubstr("Usage: peel models download"));
  EXPECT_EQ(text_of({"--version"}), text_of({"-V"}));
  EXPECT_THAT(error_of({"help", "remov"}), HasSubstr("did you mean remove?"));
}

TEST(Arguments, CompletionAndManualComeFromTheDefinitions) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = text_of({"completion", shell});
    EXPECT_THAT(script, HasSubstr("tensorrt")) << shell;
    EXPECT_THAT(script, HasSubstr("isnet-general-use")) << shell;
    EXPECT_THAT(script, HasSubstr("commercial-only")) << shell;
    EXPECT_THAT(script, HasSubstr("keep-float")) << shell;
    EXPECT_THAT(script, HasSubstr("min-confidence")) << shell;
    EXPECT_THAT(script, HasSubstr("auto none fit a4 letter legal card")) << shell;
  }
  const std::string manual = text_of({"manual"});
  EXPECT_THAT(manual, HasSubstr(".SH NAME"));
  EXPECT_THAT(manual, HasSubstr("\\fB\\-om\\fR, \\fB\\-\\-only\\-mask\\fR"));
}

TEST(Suggestion, TakesSlipsAndLeavesOtherWords) {
  const std::vector<std::string> names{"silueta", "u2net", "u2netp", "isnet-general-use"};
  EXPECT_EQ(nearest("siluetta", names), "silueta");
  EXPECT_EQ(nearest("u2ntep", names), "u2netp");
  EXPECT_EQ(nearest("birefnet", names), "");
  EXPECT_EQ(nearest("", names), "");
}

TEST(Arguments, CleaningOfAMaskForEveryCommandThatCutsOut) {
  const std::vector<std::string> cleaning{"--threshold", "90",   "--min-area", "0.5%", "--largest", "--fill-holes=300",
                                          "--offset",    "-1.5", "--feather",  "3",    "--invert"};
  const MaskCleaning wanted{.threshold = 90,
                            .least_area = {0.5, true},
                            .largest = true,
                            .fill_holes = MaskArea{300},
                            .offset = -1.5,
                            .feather = 3,
                            .invert = true};
  const auto given = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), cleaning.begin(), cleaning.end());
    return said(arguments).cutout.cleaning;
  };
  EXPECT_EQ(given({"remove", "a.jpg"}), wanted);
  EXPECT_EQ(given({"folder", "in", "out"}), wanted);
  EXPECT_EQ(given({"stream", "64", "48"}), wanted);
  EXPECT_EQ(said({"remove", "a.jpg"}).cutout.cleaning, MaskCleaning{});
  const MaskArea all_holes{100, true};
  EXPECT_EQ(said({"remove", "--fill-holes", "a.jpg"}).cutout.cleaning.fill_holes, all_holes);
  EXPECT_THAT(error_of({"folder", "in", "out", "--mask", "m.png"}), HasSubstr("--mask"));
}

}  // namespace
}  // namespace peel::cli
