#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "cli_support.hpp"
#include "peel/matting.hpp"
#include "scenes/hair_scene.hpp"
#include "support/matting_planes.hpp"
#include "support/stand_in_model.hpp"

// Matting, refinement and clean colours by the real program, on a drawn head of hair of which the truth is known, with
// a mask as a network would give it. Most need no model; the store of these tests is empty and the network is off.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Arguments = std::vector<std::string>;

const scenes::HairScene& hair() {
  static const scenes::HairScene drawn = scenes::hair_scene(480, 400, 120);
  return drawn;
}

Image gray(int width, int height, int value) {
  return painted(PixelFormat::gray8, width, height, [&](int, int, int) { return value / 255.0; });
}

/// A channel of its pixels; the last one, alpha or the grey, unless another is asked for.
Plane channel(const Image& picture, int index = -1) {
  const auto count = static_cast<std::size_t>(channels(picture.format()));
  const std::size_t first = index < 0 ? count - 1 : static_cast<std::size_t>(index);
  const Plane all = samples(picture);
  Plane plane;
  for (std::size_t i = first; i < all.size(); i += count) plane.push_back(all[i]);
  return plane;
}

double from_truth(const Image& cutout) {
  return mean_difference(channel(cutout), channel(hair().alpha));
}

/// Mean difference in levels from the colours of what stands in front, where it is truly partly transparent and shows.
double color_error(const Image& cutout) {
  const Plane truth = channel(hair().alpha);
  const Plane alpha = channel(cutout);
  double sum = 0;
  int count = 0;
  for (int c = 0; c < 3; ++c) {
    const Plane ours = channel(cutout, c);
    const Plane wanted = channel(hair().foreground, c);
    for (std::size_t i = 0; i < truth.size(); ++i) {
      if (!is_unknown(truth[i]) || alpha[i] == 0) continue;
      sum += std::abs(int{ours[i]} - int{wanted[i]});
      ++count;
    }
  }
  return sum / std::max(1, count);
}

class CliMatting : public Cli {
 protected:
  void SetUp() override {
    write_image(at("in.png"), hair().picture);
    write_image(at("mask.png"), hair().mask);
    write_image(at("trimap.png"), make_trimap(hair().mask));
  }

  Outcome outcome_of(const Arguments& input, const Arguments& options, const std::string& output = "out.png") {
    Arguments arguments{"remove"};
    arguments.insert(arguments.end(), input.begin(), input.end());
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), {"-o", output});
    return peel(std::move(arguments));
  }
  Image made(const Arguments& input, const Arguments& options, const std::string& output = "out.png") {
    const Outcome outcome = outcome_of(input, options, output);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.err, Not(HasSubstr("warning")));
    return load_image(at(output));
  }
  Image with_mask(const Arguments& options, const std::string& output = "out.png") {
    return made({"in.png", "--mask", "mask.png"}, options, output);
  }
  Image with_trimap(const std::string& trimap, const Arguments& options = {}) {
    return made({"in.png", "--trimap", trimap}, options);
  }
};

TEST_F(CliMatting, FindsTheHairAndItsColours) {
  const Image plain = with_mask({});
  const Image matted = with_mask({"-a"});
  EXPECT_EQ(matted.format(), PixelFormat::rgba8);
  EXPECT_LT(from_truth(matted), 0.5 * from_truth(plain));
  EXPECT_LT(color_error(matted), 0.5 * color_error(plain));
  // Where it stands alone the picture's own colours stay.
  const Plane alpha = channel(matted);
  for (int c = 0; c < 3; ++c) {
    const Plane own = channel(hair().picture, c);
    const Plane ours = channel(matted, c);
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (alpha[i] == 255) {
        ASSERT_EQ(ours[i], own[i]);
      }
    }
  }
}

TEST_F(CliMatting, RembgsLettersAreTheLongNames) {
  const Plane letters = samples(with_mask({"-a", "-af", "250", "-ab", "5", "-ae", "15"}));
  EXPECT_EQ(letters,
            samples(with_mask({"--alpha-matting", "--alpha-matting-foreground-threshold", "250",
                               "--alpha-matting-background-threshold", "5", "--alpha-matting-erode-size", "15"})));
  EXPECT_EQ(letters, samples(made({"--mask", "mask.png", "-a", "-af", "250", "-ab", "5", "-ae", "15", "in.png"}, {})));
  EXPECT_EQ(samples(with_mask({"-a", "-af", "240", "-ab", "10", "-ae", "10"})), samples(with_mask({"-a"})));
  EXPECT_NE(letters, samples(with_mask({"-a", "-af", "240", "-ab", "10", "-ae", "15"})));
  EXPECT_NE(letters, samples(with_mask({"-a", "-af", "250", "-ab", "5", "-ae", "3"})));
}

TEST_F(CliMatting, AutomaticErosionIsAHundredthOfTheLongerSide) {
  const Plane automatic = samples(with_mask({"-a", "--erode", "auto"}));
  EXPECT_EQ(automatic, samples(with_mask({"-a", "-ae", "auto"})));
  EXPECT_EQ(automatic, samples(with_mask({"-a", "-ae", "5"})));  // of 480
  EXPECT_NE(automatic, samples(with_mask({"-a"})));
}

TEST_F(CliMatting, ExactIsHardlyAnotherPicture) {
  const Plane quick = channel(with_mask({"-a"}));
  const Plane exact = channel(with_mask({"-a", "--alpha-matting-exact"}));
  EXPECT_NE(quick, exact);
  EXPECT_LT(mean_difference(quick, exact), 0.5);
}

TEST_F(CliMatting, DecontaminatingTakesTheBackgroundOutOfTheMasksOwnEdge) {
  const Image plain = with_mask({});
  const Image clean = with_mask({"--decontaminate"});
  EXPECT_EQ(channel(clean), channel(plain));
  EXPECT_LT(color_error(clean), 0.8 * color_error(plain));
}

TEST_F(CliMatting, RefiningComesNearerAndTouchesNoColour) {
  const Image plain = with_mask({});
  const Image refined = with_mask({"--refine"});
  EXPECT_LT(from_truth(refined), 0.95 * from_truth(plain));
  const Plane alpha = channel(refined);
  for (int c = 0; c < 3; ++c) {
    const Plane own = channel(hair().picture, c);
    const Plane ours = channel(refined, c);
    for (std::size_t i = 0; i < own.size(); ++i) ASSERT_EQ(ours[i], alpha[i] == 0 ? 0 : own[i]);
  }
}

TEST_F(CliMatting, KindsAndGrounds) {
  const Image matted = with_mask({"-a"});
  const Image mask = with_mask({"-a", "-om"});
  EXPECT_EQ(mask.format(), PixelFormat::gray8);
  EXPECT_EQ(samples(mask), channel(matted));

  const Image put = with_mask({"-a", "--putalpha"});
  EXPECT_EQ(channel(put), channel(matted));
  for (int c = 0; c < 3; ++c) EXPECT_EQ(channel(put, c), channel(hair().picture, c));
  const Image clean = with_mask({"-a", "--putalpha", "--decontaminate"});
  EXPECT_NE(channel(clean, 2), channel(hair().picture, 2));

  const Image white = with_mask({"-a", "--background", "white"});
  EXPECT_EQ(white.format(), PixelFormat::rgb8);
  // The truth laid on white.
  const Image wanted =
      painted(PixelFormat::rgb8, hair().alpha.width(), hair().alpha.height(), [&](int y, int x, int c) {
        const double a = color_at(hair().alpha, y, x)[0];
        return a * color_at(hair().foreground, y, x)[static_cast<std::size_t>(c)] + 1 - a;
      });
  const double plain = mean_difference(samples(with_mask({"--background", "white"})), samples(wanted));
  EXPECT_LT(mean_difference(samples(white), samples(wanted)), 0.5 * plain);
  const Image jpeg = with_mask({"-a", "--quality", "95"}, "out.jpg");
  EXPECT_EQ(jpeg.source_format(), "jpeg");
  EXPECT_LT(mean_difference(samples(jpeg), samples(white)), 3);
}

TEST_F(CliMatting, CropGoesByTheNewAlpha) {
  const Outcome outcome = outcome_of({"in.png", "--mask", "mask.png"}, {"-a", "--crop", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json box = json::parse(outcome.out)["crop"];
  const int left = box["left"];
  const int top = box["top"];
  const Image cropped = load_image(at("out.png"));
  ASSERT_EQ(cropped.width(), box["width"]);
  ASSERT_EQ(cropped.height(), box["height"]);
  ASSERT_LT(cropped.width(), hair().picture.width());
  const Image whole = with_mask({"-a"}, "whole.png");
  const Plane alpha = channel(whole);
  const Plane part = channel(cropped);
  for (int y = 0; y < whole.height(); ++y) {
    for (int x = 0; x < whole.width(); ++x) {
      const bool inside = x >= left && x < left + cropped.width() && y >= top && y < top + cropped.height();
      const int value = alpha[place(whole.width(), y, x)];
      if (inside) {
        ASSERT_EQ(part[place(cropped.width(), y - top, x - left)], value);
      } else {
        ASSERT_LT(value, 10);
      }
    }
  }
}

TEST_F(CliMatting, ATrimapOfOnesOwn) {
  const Image matted = with_mask({"-a"});
  const Image by_trimap = with_trimap("trimap.png");
  EXPECT_EQ(samples(by_trimap), samples(matted));
  EXPECT_EQ(channel(with_trimap("trimap.png", {"-om"})), channel(matted));

  const Image trimap = load_image(at("trimap.png"));
  const auto color = [&](int y, int x, int) { return color_at(trimap, y, x)[0]; };
  write_image(at("rgb.png"), painted(PixelFormat::rgb8, trimap.width(), trimap.height(), color));
  EXPECT_EQ(samples(with_trimap("rgb.png")), samples(matted));

  const auto half = [&](int y, int x, int) { return color_at(trimap, 2 * y, 2 * x)[0]; };
  write_image(at("half.png"), painted(PixelFormat::gray8, trimap.width() / 2, trimap.height() / 2, half));
  const Image stretched = with_trimap("half.png");
  EXPECT_EQ(stretched.width(), hair().picture.width());
  EXPECT_LT(from_truth(stretched), 0.5 * from_truth(with_mask({})));

  const Outcome outcome = outcome_of({"in.png", "--trimap", "trimap.png"}, {"--json"});
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["trimap"], "trimap.png");
  EXPECT_EQ(object["model"], "none");
  EXPECT_FALSE(object.contains("notes")) << object;
}

TEST_F(CliMatting, ATrimapWithNothingToSolveIsTheMaskAndThatIsSaid) {
  const Plane trimap = samples(load_image(at("trimap.png")));
  Plane without;
  for (const std::uint8_t value : trimap) without.push_back(value == 255 ? 128 : value);
  const Image picture = image(PixelFormat::gray8, hair().mask.width(), hair().mask.height(), without);
  write_image(at("without.png"), picture);
  const Outcome outcome = outcome_of({"in.png", "--trimap", "without.png"}, {"-om", "--json"});
  EXPECT_EQ(outcome.status, 0);
  const std::string note = "no alpha matting: nothing is certain to be foreground; the trimap is taken as the mask";
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("warning"), HasSubstr("in.png: " + note)));
  EXPECT_EQ(json::parse(outcome.out)["notes"], json::array({note}));
  EXPECT_EQ(samples(load_image(at("out.png"))), without);
}

TEST_F(CliMatting, AnEmptyMaskHasNothingToSolve) {
  write_image(at("black.png"), gray(48, 40, 0));
  const Outcome outcome = outcome_of({"in.png", "--mask", "black.png"}, {"-a", "--json"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("nothing is certain to be foreground"), HasSubstr("nothing is left of the mask")));
  const json object = json::parse(outcome.out);
  EXPECT_FALSE(object["subject"].get<bool>());
  ASSERT_EQ(object["notes"].size(), 1U);
  EXPECT_THAT(object["notes"][0].get<std::string>(), HasSubstr("drawn to the picture's edges"));
  const Plane alpha = channel(load_image(at("out.png")));
  EXPECT_EQ(std::count(alpha.begin(), alpha.end(), 0), static_cast<std::ptrdiff_t>(alpha.size()));
}

// Of every size and kind, in one run: none stops the others.
TEST_F(CliMatting, OddPictures) {
  std::vector<std::string> names;
  const auto draw = [&](const std::string& name, PixelFormat format, int width, int height) {
    Dice dice(static_cast<unsigned>(names.size()));
    write_image(at("in/" + name + ".png"), scene(Scene::smooth, format, width, height, dice));
    names.push_back(name);
  };
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 40}, {40, 1}, {2, 2}, {3, 3}, {2, 50}, {5, 4}}) {
    draw(fmt::format("s{}x{}", width, height), PixelFormat::rgb8, width, height);
  }
  int number = 0;
  for (const PixelFormat format :
       {PixelFormat::gray8, PixelFormat::gray_alpha8, PixelFormat::rgba8, PixelFormat::gray16,
        PixelFormat::gray_alpha16, PixelFormat::rgb16, PixelFormat::rgba16}) {
    draw(fmt::format("f{}", number++), format, 60, 50);
  }
  for (const std::string option : {"--mask", "--trimap"}) {
    const Arguments options = option == "--mask" ? Arguments{"-a", "--quiet"} : Arguments{"--quiet"};
    const std::string file = option.substr(2) + ".png";
    const Outcome outcome = outcome_of({"in", option, file}, options, "out/");
    ASSERT_EQ(outcome.status, 0) << option << outcome.err;
    for (const std::string& name : names) {
      const Image picture = load_image(at("in/" + name + ".png"));
      const Image cutout = load_image(at("out/" + name + ".png"));
      EXPECT_EQ(cutout.width(), picture.width()) << name;
      EXPECT_EQ(cutout.height(), picture.height()) << name;
      EXPECT_TRUE(has_alpha(cutout.format())) << name;
      EXPECT_EQ(bytes_per_sample(cutout.format()), bytes_per_sample(picture.format())) << name;
    }
    std::filesystem::remove_all(at("out"));
  }
}

TEST_F(CliMatting, PicturesOfOtherKindsAndColourSpaces) {
  PEEL_NEEDS_DATA();
  Arguments inputs;
  for (const char* name :
       {"pillow__pil_sample_cmyk.jpg", "sharp__Channel_digital_image_CMYK_color.jpg",
        "image_rs__images__png__16bpc__basn6a16.png", "pngsuite__16bit__oi4n0g16.png", "pillow__hopper.tif",
        "pillow__hopper.bmp", "pngsuite__primary_check__tbyn3p08.png", "pillow__flower2.webp"}) {
    inputs.push_back((data_folder() / "data" / "formats" / name).string());
    ASSERT_TRUE(std::filesystem::exists(inputs.back())) << name;
  }
  const std::size_t count = inputs.size();
  inputs.insert(inputs.end(), {"--mask", "mask.png"});
  const Outcome outcome = outcome_of(inputs, {"-a", "--quiet"}, "out/");
  EXPECT_EQ(outcome.status, 0) << outcome.err << "signal " << outcome.signal;
  EXPECT_EQ(files("out").size(), count);
}

TEST_F(CliMatting, WrongValuesAreStatus2) {
  for (const auto& [options, words] : {std::pair{Arguments{"--erode", "-3"}, "--erode -3: "},
                                       {{"--erode", "many"}, "write a number, or auto"},
                                       {{"--erode", "1001"}, "from 0 to 1000"},
                                       {{"-af", "300"}, "--alpha-matting-foreground-threshold 300: "},
                                       {{"-ab", "-1"}, "--alpha-matting-background-threshold -1: "},
                                       {{"-ae", "2.5"}, "2.5: not a whole number"}}) {
    const Outcome outcome = outcome_of({"in.png", "--mask", "mask.png", "-a"}, options);
    EXPECT_EQ(outcome.status, 2) << options[0];
    EXPECT_THAT(outcome.err, HasSubstr(words));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
  for (const Arguments& options : {Arguments{"--mask", "mask.png"}, {"-m", "u2netp"}, {"-a"}, {"--refine"}}) {
    const Outcome outcome = outcome_of({"in.png", "--trimap", "trimap.png"}, options);
    EXPECT_EQ(outcome.status, 2) << options[0];
    EXPECT_THAT(outcome.err, HasSubstr("--trimap")) << options[0];
  }
  EXPECT_EQ(outcome_of({"in.png", "--trimap", "none.png"}, {}).status, 3);
  EXPECT_FALSE(std::filesystem::exists(at("out.png")));
}

TEST_F(CliMatting, AFolderAndAStreamGiveWhatRemoveGives) {
  constexpr int WIDTH = 160;
  constexpr int HEIGHT = 120;
  write_picture("in/a.png", WIDTH, HEIGHT);
  write_stand_in(outside_ / "net.onnx", {.scale = 12, .shift = -6});
  const Arguments network{"-m", (outside_ / "net.onnx").string(), "--device", "cpu", "--quiet"};
  const Plane picture = samples(load_image(at("in/a.png")));
  write_text(outside_ / "in.rgb", {picture.begin(), picture.end()});
  Plane plain;
  for (const Arguments& options : {Arguments{}, {"-a"}, {"-a", "-ae", "4"}, {"--refine"}, {"--decontaminate"}}) {
    Arguments all = network;
    all.insert(all.end(), options.begin(), options.end());
    const Plane alone = samples(made({"in/a.png"}, all));
    const std::string words = options.empty() ? "plain" : fmt::format("{}", fmt::join(options, " "));
    if (options.empty()) {
      plain = alone;
    } else {
      EXPECT_NE(alone, plain) << words;
    }
    Arguments folder{"folder", "in", "out"};
    folder.insert(folder.end(), all.begin(), all.end());
    const Outcome outcome = peel(folder);
    ASSERT_EQ(outcome.status, 0) << words << outcome.err;
    EXPECT_EQ(samples(load_image(at("out/a.png"))), alone) << words;

    Arguments stream{"stream", std::to_string(WIDTH), std::to_string(HEIGHT)};
    stream.insert(stream.end(), all.begin(), all.end());
    Command streaming = command(stream);
    streaming.input = outside_ / "in.rgb";
    const Outcome frame = run(streaming);
    ASSERT_EQ(frame.status, 0) << words << frame.err;
    EXPECT_EQ(Plane(frame.out.begin(), frame.out.end()), alone) << words;
  }
}

TEST_F(CliMatting, AFolderSaysWhereThereWasNothingToSolve) {
  write_disc(at("in/blank.png"), {.diameter = 0});
  write_picture("in/disc.png", 160, 120);
  write_stand_in(outside_ / "net.onnx", {.scale = 12, .shift = -6});
  const Outcome outcome =
      peel({"folder", "in", "out", "-m", (outside_ / "net.onnx").string(), "--device", "cpu", "-a", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("blank.png: no alpha matting: nothing is certain to be foreground"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("disc.png: no alpha matting")));
  std::istringstream lines(outcome.out);
  int seen = 0;
  for (std::string line; std::getline(lines, line);) {
    const json object = json::parse(line);
    if (object.contains("summary")) continue;
    EXPECT_EQ(object.contains("notes"), object["input"].get<std::string>().ends_with("blank.png")) << line;
    ++seen;
  }
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace peel::test
