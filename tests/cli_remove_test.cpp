#include <gmock/gmock.h>
#include <pty.h>
#include <signal.h>
#include <sys/stat.h>

#include <set>

#include "cli_support.hpp"

// `peel remove`, the real program.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST_F(CliWithRealModel, CutsOutWhatIsInFront) {
  write_picture("in.png", 320, 240);
  for (int run = 0; run < 2; ++run) {  // the second time by the optimised form
    const Outcome outcome = peel({"remove", "-m", model(), "in.png", "-o", "out.png", "--json"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(json::parse(outcome.out)["subject"], true);
  }
}

TEST_F(CliWithModel, WritesATransparentPngAndSaysSo) {
  write_picture("in.png");
  const Outcome outcome = remove({"in.png", "-o", "out.png"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("in.png -> out.png"));
  const Image cutout = load_image(at("out.png"));
  EXPECT_EQ(cutout.format(), PixelFormat::rgba8);
  EXPECT_EQ(cutout.width(), 64);
  EXPECT_EQ(cutout.height(), 48);
  EXPECT_THAT(files(), ElementsAre("in.png", "out.png"));
  EXPECT_THAT(remove({"in.png", "-o", "out.png", "--quiet"}).err, IsEmpty());
}

TEST_F(CliWithModel, ManyArgumentsAreNoTrouble) {
  write_picture("in.png");
  std::vector<std::string> arguments{"in.png", "-o", "out/", "--quiet"};
  for (int i = 0; i < 3000; ++i) arguments.push_back("a-folder-that-is-not-there/picture-" + std::to_string(i));
  const Outcome outcome = remove(arguments);
  EXPECT_EQ(outcome.status, 1) << "signal " << outcome.signal;
  EXPECT_THAT(files("out"), ElementsAre("in.png"));
}

TEST_F(CliWithModel, AClosedStandardOutputIsNotTakenForAnotherFile) {
  write_picture("in.png");
  Command command = remove_command({});
  command.arguments = {"/bin/sh", "-c", "exec \"$0\" remove -m \"$1\" in.png -o - >&-", PEEL_PROGRAM, model()};
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 6);
  EXPECT_THAT(outcome.err, HasSubstr("standard output: Bad file descriptor"));
}

TEST_F(CliWithModel, JsonHasTheShapeOfTheContract) {
  write_picture("in.png");
  const Outcome outcome = remove({"in.png", "--json", "--crop=2"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["input"], "in.png");
  EXPECT_EQ(object["output"], "in.out.png");
  EXPECT_EQ(object["model"], model());
  EXPECT_EQ(object["precision"], "fp32");
  EXPECT_TRUE(object["provider"].is_string());
  EXPECT_TRUE(object["fallbacks"].is_array());
  ASSERT_TRUE(object["subject"].get<bool>());
  const Image cutout = load_image(at("in.out.png"));
  EXPECT_EQ(object["width"], cutout.width());
  EXPECT_EQ(object["height"], cutout.height());
  EXPECT_EQ(object["crop"]["width"], cutout.width());
  EXPECT_LT(cutout.width(), 64);
  const json& times = object["timings_ms"];
  double sum = 0;
  for (const char* stage : {"decode", "preprocess", "inference", "postprocess", "encode", "write"}) {
    ASSERT_TRUE(times[stage].is_number()) << stage;
    EXPECT_GE(times[stage].get<double>(), 0) << stage;
    sum += times[stage].get<double>();
  }
  EXPECT_GT(times["inference"].get<double>(), 0);
  EXPECT_GT(times["session"].get<double>(), 0);
  EXPECT_GE(times["total"].get<double>(), sum * 0.999);
}

TEST_F(CliWithModel, StandardInputToStandardOutput) {
  write_picture("in.png");
  Command piped = remove_command({});
  piped.input = at("in.png");
  const Outcome plain = run(piped);
  ASSERT_EQ(plain.status, 0) << plain.err;
  EXPECT_EQ(decode(bytes_of(plain.out)).format(), PixelFormat::rgba8);

  Command named = remove_command({"-", "-o", "-", "--format", "webp"});
  named.input = at("in.png");
  EXPECT_EQ(decode(bytes_of(run(named).out)).source_format(), "webp");
  EXPECT_THAT(files(), ElementsAre("in.png"));
}

TEST_F(CliWithModel, RembgsCommandLine) {
  write_picture("in.png");
  const Outcome outcome = peel({"i", "-m", model(), "-om", "in.png", "mask.png"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(load_image(at("mask.png")).format(), PixelFormat::gray8);
}

TEST_F(CliWithModel, NamesWithSpacesAndLettersOfAnyScript) {
  const std::string name = "Füße & \"日本\" - 1";
  write_picture(name + ".jpg");
  const Outcome outcome = remove({name + ".jpg", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out)["output"], name + ".out.png");
  EXPECT_TRUE(std::filesystem::exists(at(name + ".out.png")));
}

TEST_F(CliWithModel, EveryFormatByTheNamesEnding) {
  write_picture("in.png");
  for (const char* ending : {"png", "webp", "tiff", "avif", "jxl", "jpg"}) {
    const std::string name = std::string("out.") + ending;
    ASSERT_EQ(remove({"in.png", "-o", name}).status, 0) << name;
    const Image cutout = load_image(at(name));
    EXPECT_EQ(cutout.source_format(), std::string(ending) == "jpg" ? "jpeg" : ending);
    EXPECT_EQ(has_alpha(cutout.format()), std::string(ending) != "jpg") << name;
  }
  // The corner is background: white under a JPEG.
  const Image page = load_image(at("out.jpg"));
  EXPECT_GT(std::to_integer<int>(page.data()[0]), 240);
}

TEST_F(CliWithModel, SeveralPicturesGoOnPastABadOne) {
  write_picture("in/a.jpg");
  write_picture("in/a.png");
  write("in/broken.jpg", "\xff\xd8\xff\xe0 not a picture");
  write_picture("in/z.webp");
  write("in/notes.txt", "no picture, and not taken for one");
  const Outcome outcome = remove({"in", "none.jpg", "-o", "out/", "--json"});
  EXPECT_EQ(outcome.status, 1);
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["failed"], 2);
  std::set<std::string> good, bad;
  for (const json& result : object["results"]) {
    if (result.contains("error")) {
      bad.insert(result["input"]);
      EXPECT_EQ(result["error"]["exit_status"], 3);
    } else {
      good.insert(result["output"]);
    }
  }
  EXPECT_THAT(good, ElementsAre("out/a-2.png", "out/a.png", "out/z.png"));
  EXPECT_THAT(bad, ElementsAre("in/broken.jpg", "none.jpg"));
  EXPECT_THAT(files("out"), ElementsAre("a-2.png", "a.png", "z.png"));
  EXPECT_THAT(outcome.err, HasSubstr("written as a-2.png"));
}

TEST_F(CliWithModel, UnreadableInputsAreStatus3) {
  write("text.jpg", "this is text");
  write_picture("in.png");
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"text.jpg"},
                                                    {"none.jpg"},
                                                    {"in.png", "--max-pixels", "1K"},
                                                    {"in.png", "--max-bytes", "10"}}) {
    Command command = remove_command(arguments);
    command.arguments.insert(command.arguments.end(), {"-o", "out.png"});
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.status, 3) << outcome.err;
    EXPECT_THAT(outcome.err, StartsWith("peel: "));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
  EXPECT_EQ(remove({"-", "-o", "out.png"}).status, 3);  // nothing on standard input
  EXPECT_THAT(files(), ElementsAre("in.png", "text.jpg"));
}

TEST_F(CliWithModel, AnInputIsNeverWrittenOver) {
  write_picture("in.png");
  const std::string before = read_text(at("in.png"));
  EXPECT_EQ(remove({"in.png", "-o", "./in.png"}).status, 2);
  EXPECT_EQ(remove({"in.png", "-o", "."}).status, 2);
  EXPECT_EQ(read_text(at("in.png")), before);
}

TEST_F(CliWithModel, OutputsThatCannotBeWrittenAreStatus6) {
  write_picture("in.png");
  EXPECT_EQ(remove({"in.png", "-o", "none/out.png"}).status, 6);
  EXPECT_EQ(remove({"in.png", "-o", "/proc/out.png"}).status, 6);
  const Outcome full = remove({"in.png", "-o", "/dev/full"});
  EXPECT_EQ(full.status, 6);
  EXPECT_THAT(full.err, HasSubstr("No space left on device"));
  for (const char* option : {"-q", "--json"}) {
    Command command = remove_command({"in.png", option});
    command.output = "/dev/full";
    EXPECT_EQ(run(command).status, 6) << option;
  }
}

TEST_F(CliWithModel, NoPictureIsPutOnATerminal) {
  write_picture("in.png");
  int primary = -1, replica = -1;
  std::array<char, 256> name{};
  ASSERT_EQ(openpty(&primary, &replica, name.data(), nullptr, nullptr), 0);
  Command command = remove_command({"in.png", "-o", "-"});
  command.output = name.data();
  const Outcome refused = run(command);
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("terminal"));
  // Left out, the output is a file beside the input then.
  command.arguments.resize(command.arguments.size() - 2);
  EXPECT_EQ(run(command).status, 0);
  EXPECT_THAT(files(), ElementsAre("in.out.png", "in.png"));
  close(primary);
  close(replica);
}

TEST_F(CliWithModel, InterruptEndsItAndLeavesNothing) {
  ASSERT_EQ(mkfifo(at("in.png").c_str(), 0600), 0);
  Process process(remove_command({"-v", "in.png", "-o", "out.png"}));
  // Opened for writing when it is opened for reading: it waits for the picture, its model loaded or not. Either way a
  // signal must end it.
  const int fifo = open(at("in.png").c_str(), O_WRONLY);
  kill(process.pid(), SIGINT);
  EXPECT_EQ(process.wait().signal, SIGINT);
  close(fifo);
  EXPECT_THAT(files(), ElementsAre("in.png"));
}

TEST_F(CliWithModel, CustomLayoutChangesTheMask) {
  write_picture("in.png");
  ASSERT_EQ(remove({"in.png", "-om", "-o", "a.png"}).status, 0);
  ASSERT_EQ(remove({"in.png", "-om", "-o", "b.png", "--mean", "0,0,0", "--std", "1,1,1"}).status, 0);
  EXPECT_NE(read_text(at("a.png")), read_text(at("b.png")));
  const Outcome named = peel({"remove", "-m", "u2netp", "--mean", "0,0,0", "in.png", "-o", "c.png"});
  EXPECT_EQ(named.status, 2);
  EXPECT_THAT(named.err, HasSubstr("--model FILE.onnx"));
}

TEST_F(CliWithModel, BackgroundIsAColourOrAPicture) {
  write_picture("in.png");
  write_picture("ground.png", 20, 20);
  EXPECT_EQ(remove({"in.png", "-o", "a.png", "--background", "#00f"}).status, 0);
  const Image blue = load_image(at("a.png"));
  EXPECT_GT(std::to_integer<int>(blue.data()[2]), 240);
  EXPECT_EQ(remove({"in.png", "-o", "b.png", "--background", "ground.png"}).status, 0);
  const Outcome neither = remove({"in.png", "-o", "c.png", "--background", "blurple"});
  EXPECT_EQ(neither.status, 2);
  EXPECT_THAT(neither.err, HasSubstr("neither a file nor a colour"));
}

TEST_F(CliWithModel, AMissingPrecisionIsSaidOnce) {
  write_picture("a.png");
  write_picture("b.png");
  const Outcome outcome = remove({"a.png", "b.png", "-o", "out/", "--precision", "int8"});
  EXPECT_EQ(outcome.status, 0);
  const std::size_t first = outcome.err.find("warning: int8");
  ASSERT_NE(first, std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("warning: int8", first + 1), std::string::npos) << outcome.err;
}

TEST_F(CliWithModel, DamagedModelIsStatus4) {
  write_picture("in.png");
  const std::string whole = read_text(model());
  write("net.onnx", whole.substr(0, whole.size() / 2));
  const Outcome outcome = peel({"remove", "-m", "net.onnx", "in.png", "-o", "out.png"});
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(at("out.png")));
}

TEST_F(CliWithModel, MissingRuntimeIsStatus5) {
  write_picture("in.png");
  Command command = remove_command({"in.png", "-o", "out.png"});
  command.environment.emplace_back("PEEL_ONNXRUNTIME", "/nonexistent/libonnxruntime.so");
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 5) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("PEEL_ONNXRUNTIME"));
  EXPECT_THAT(files(), ElementsAre("in.png"));
}

TEST_F(CliWithModel, RequiredDevice) {
  const json info = json::parse(peel({"info", "--json"}).out);
  for (const json& provider : info["providers"]) {
    if (provider["name"] == "cuda" && provider["usable"]) GTEST_SKIP() << "this machine has the device";
  }
  write_picture("in.png");
  const Outcome required = remove({"in.png", "-o", "out.png", "--device", "cuda", "--require"});
  EXPECT_EQ(required.status, 5) << required.err;
  const Outcome wanted = remove({"in.png", "-o", "out.png", "--device", "cuda", "--json"});
  EXPECT_EQ(wanted.status, 0);
  EXPECT_EQ(json::parse(wanted.out)["fallbacks"][0]["provider"], "cuda");
  EXPECT_THAT(wanted.err, HasSubstr("warning: cuda not used"));
  EXPECT_THAT(remove({"in.png", "-o", "out.png"}).err, Not(HasSubstr("warning")));
}

TEST_F(CliWithModel, TheEngineIsToldAndRequired) {
  write_picture("in.png");
  const json used = json::parse(remove({"in.png", "-o", "a.png", "--json"}).out);
  EXPECT_EQ(used["engine"], json::parse(peel({"info", "--json"}).out)["engine"]["auto"]);

  // A peel without OpenVINO.
  Command made =
      command({"remove", "in.png", "-o", "b.png", "-m", model(), "--device", "cpu", "--engine", "openvino", "--json"});
  made.environment.emplace_back("PEEL_HELPERS", folder_.path().string());
  const Outcome without = run(made);
  ASSERT_EQ(without.status, 0) << without.err;
  const json object = json::parse(without.out);
  EXPECT_EQ(object["engine"], "onnxruntime");
  EXPECT_EQ(object["fallbacks"][0]["provider"], "openvino");
  EXPECT_THAT(without.err, HasSubstr("warning: openvino not used: OpenVINO is not installed"));
  made.arguments.emplace_back("--require");
  const Outcome required = run(made);
  EXPECT_EQ(required.status, 5) << required.err;
  EXPECT_THAT(required.err, HasSubstr("OpenVINO is not installed"));

  const Outcome compat = remove({"in.png", "-o", "c.png", "--compat", "--engine", "openvino"});
  EXPECT_EQ(compat.status, 2) << compat.err;
  EXPECT_EQ(json::parse(remove({"in.png", "-o", "c.png", "--compat", "--json"}).out)["engine"], "onnxruntime");
}

}  // namespace
}  // namespace peel::test
