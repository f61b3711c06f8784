#include <gmock/gmock.h>

#include "cli_support.hpp"
#include "peel/models.hpp"
#include "peel/quantized_model.hpp"

// What the program does without a model: arguments, help, `peel info`, `peel models`, and how errors look.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

TEST_F(Cli, HelpAndVersionLoadNeitherLibraryNorRuntime) {
  for (const char* option : {"--help", "--version"}) {
    Command command = this->command({option});
    command.environment.emplace_back("LD_DEBUG", "files");
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_THAT(outcome.err, HasSubstr("libc.so"));  // the loader did talk
    for (const char* library : {"libpeel", "libvips", "libonnxruntime"})
      EXPECT_THAT(outcome.err, Not(HasSubstr(library)));
  }
  EXPECT_THAT(peel({"--version"}).out, MatchesRegex("peel [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST_F(Cli, BadArgumentsAreStatus2) {
  const Outcome outcome = peel({"remove", "--modle", "u2netp", "in.png"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "peel: unknown option --modle; did you mean --model?\n");
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_EQ(peel({"remvoe"}).status, 2);
  EXPECT_EQ(peel({"i", "-ae", "in.png", "out.png"}).status, 2);
}

TEST_F(Cli, ErrorsAreOneJsonObjectToo) {
  const Outcome usage = peel({"remove", "--json", "--device", "gpu", "in.png"});
  EXPECT_EQ(usage.status, 2);
  const json error = json::parse(usage.out)["error"];
  EXPECT_EQ(error["code"], "usage");
  EXPECT_EQ(error["exit_status"], 2);
  EXPECT_THAT(error["message"].get<std::string>(), StartsWith("--device gpu"));

  const Outcome input = peel({"remove", "--json", "none.png"});
  EXPECT_EQ(input.status, 3);
  EXPECT_EQ(json::parse(input.out)["error"]["code"], "input");
}

TEST_F(Cli, UnknownModelIsStatus4WithTheNearestName) {
  write_picture("in.png");
  const Outcome outcome = peel({"remove", "-m", "siluetta", "in.png", "-o", "out.png"});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_THAT(outcome.err, HasSubstr("silueta"));
}

TEST_F(Cli, ModelThatIsNotThereIsStatus4AndNothingIsFetchedOffline) {
  write_picture("in.png");
  for (const char* name : {"u2netp", "auto", "net.onnx"}) {
    EXPECT_EQ(peel({"remove", "-m", name, "in.png", "-o", "out.png"}).status, 4) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(at("out.png")));
}

TEST_F(Cli, AMissingPictureIsFoundBeforeAModelIsFetched) {
  Command command = this->command({"remove", "none.jpg", "-o", "out.png"});
  command.environment = {{"U2NET_HOME", store().string()}, {"PEEL_MODEL_MIRROR", "http://127.0.0.1:9"}};
  EXPECT_EQ(run(command).status, 3);
  write("text.jpg", "no picture");
  command.arguments[2] = "text.jpg";
  EXPECT_EQ(run(command).status, 3);
}

TEST_F(Cli, ModelsListAndLicences) {
  const json list = json::parse(peel({"models", "list", "--json"}).out);
  EXPECT_EQ(list["folder"], store().string());
  bool found = false;
  for (const json& model : list["models"]) {
    EXPECT_FALSE(model["installed"]);
    found = found || model["name"] == "isnet-general-use";
  }
  EXPECT_TRUE(found);
  EXPECT_THAT(peel({"models"}).out, HasSubstr("bria-rmbg"));
  EXPECT_THAT(peel({"models", "list", "--commercial-only"}).out, Not(HasSubstr("bria-rmbg")));
  EXPECT_THAT(peel({"models", "licence", "bria-rmbg"}).out, HasSubstr("not allowed"));
  EXPECT_EQ(peel({"models", "path", "u2netp"}).out, (store() / "u2netp.onnx").string() + "\n");
  EXPECT_EQ(peel({"models", "path"}).out, store().string() + "\n");
}

TEST_F(Cli, ModelsListTellsOfTheInt8Form) {
  const ModelStore models(store());
  const auto model = models.path(find_model("u2netp"));
  const auto int8 = int8_path(model);
  write_text(model, "a model");
  const auto told = [this](std::vector<std::string> arguments, const char* field) {
    const json answer = json::parse(peel(std::move(arguments)).out);
    for (const json& entry : answer["models"]) {
      if (entry["name"] == "u2netp") return entry.at(field);
    }
    return json("u2netp is not listed");
  };
  const auto listed = [&] { return told({"models", "list", "--json"}, "int8"); };
  const auto precisions = [&] { return told({"info", "--json"}, "precision"); };
  EXPECT_TRUE(listed().is_null());
  EXPECT_THAT(peel({"models"}).out, Not(HasSubstr("int8")));

  write_text(int8, "its INT8 form");
  EXPECT_EQ(listed()["state"], "unproven");
  EXPECT_TRUE(listed()["speedup"].is_null());
  EXPECT_THAT(peel({"models"}).out, HasSubstr("\n  int8: your own file"));
  EXPECT_EQ(precisions(), json::array({"fp32", "int8"}));

  QuantizedModel record;
  record.source_sha256 = models.sha256(model);
  record.sha256 = models.sha256(int8);
  record.method = "entropy";
  record.target = "cpu";
  record.measures.resize(2);
  record.measures[1].speedup = 2.875;
  record.measures[1].mean_iou = 0.9872;
  write_text(store() / "u2netp_int8.json", to_json(record));
  const json ready = {{"path", int8.string()}, {"state", "ready"}, {"speedup", 2.875},
                      {"mean_iou", 0.9872},    {"target", "cpu"},  {"method", "entropy"}};
  EXPECT_EQ(listed(), ready);
  EXPECT_THAT(peel({"models"}).out, HasSubstr("\n  int8: 2.9x, IoU 0.987, cpu, entropy\n"));
  EXPECT_EQ(precisions(), json::array({"fp32", "int8"}));

  write_text(model, "another model");
  EXPECT_EQ(listed()["state"], "stale");
  EXPECT_EQ(listed()["method"], "entropy");
  EXPECT_THAT(peel({"models"}).out,
              HasSubstr("\n  int8: stale, made from another u2netp.onnx; `peel quantize u2netp`"));
  EXPECT_EQ(precisions(), json::array({"fp32"}));
}

TEST_F(Cli, ModelsVerifyFindsADamagedFile) {
  EXPECT_EQ(peel({"models", "verify"}).status, 0);
  EXPECT_EQ(peel({"models", "verify", "u2netp"}).status, 4);
  Command unchecked = command({"models", "verify", "u2netp"});
  unchecked.environment.emplace_back("MODEL_CHECKSUM_DISABLED", "1");
  write_text(store() / "u2netp.onnx", "anything");
  EXPECT_THAT(run(unchecked).err, ::testing::HasSubstr("unverified: MODEL_CHECKSUM_DISABLED is set"));
  std::filesystem::remove(store() / "u2netp.onnx");
  std::filesystem::create_directories(store());
  write_text(store() / "u2netp.onnx", "not a model");
  const Outcome outcome = peel({"models", "verify", "--json"});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(json::parse(outcome.out)["models"][0]["state"], "damaged");
}

TEST_F(Cli, ModelsDownloadWantsNames) {
  const Outcome none = peel({"d"});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr("--all"));
  EXPECT_EQ(peel({"d", "u2netp"}).status, 4);  // offline
  EXPECT_EQ(peel({"d", "u2nept"}).status, 4);
}

TEST_F(Cli, InfoTellsOfTheMachine) {
  const Outcome outcome = peel({"info", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json info = json::parse(outcome.out);
  EXPECT_TRUE(info["version"].is_string());
  EXPECT_GE(info["cpu"]["cores"].get<int>(), 1);
  EXPECT_TRUE(info["onnxruntime"]["version"].is_string());
  bool cpu = false;
  for (const json& provider : info["providers"]) {
    EXPECT_TRUE(provider["usable"].get<bool>() || provider["reason"].is_string()) << provider;
    cpu = cpu || (provider["name"] == "cpu" && provider["usable"]);
  }
  EXPECT_TRUE(cpu);
  EXPECT_FALSE(info["models"].empty());
  EXPECT_THAT(peel({"info"}).out, HasSubstr("ONNX Runtime"));
}

TEST_F(Cli, TheRuntimeKeepsNothingAboutTheUser) {
  Command command = this->command({"info"});
  command.environment.emplace_back("HOME", cache().string());
  command.environment.emplace_back("ORT_DISABLE_TELEMETRY", "0");
  ASSERT_EQ(run(command).status, 0);
  EXPECT_FALSE(std::filesystem::exists(cache() / ".cache" / "Microsoft"));
  EXPECT_FALSE(std::filesystem::exists(cache() / "Microsoft"));
}

TEST_F(Cli, InfoExplainsAMissingRuntime) {
  Command command = this->command({"info", "--json"});
  command.environment.emplace_back("PEEL_ONNXRUNTIME", "/nonexistent/libonnxruntime.so");
  const Outcome outcome = run(command);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json info = json::parse(outcome.out);
  EXPECT_TRUE(info["onnxruntime"]["version"].is_null());
  EXPECT_THAT(info["onnxruntime"]["reason"].get<std::string>(), HasSubstr("/nonexistent/libonnxruntime.so"));
}

TEST_F(Cli, StandardErrorThatTakesNothingChangesNothing) {
  for (const char* stream : {"2>&-", "2>/dev/full"}) {
    Command command = this->command({});
    command.arguments = {"/bin/sh", "-c", std::string("exec \"$0\" remove --json none.jpg ") + stream, PEEL_PROGRAM};
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.status, 3) << stream;
    EXPECT_EQ(json::parse(outcome.out)["error"]["exit_status"], 3);
  }
}

TEST_F(Cli, AMessageIsOneLineWhateverTheName) {
  EXPECT_EQ(peel({"remove", "a\n\033[2Jb.jpg"}).err,
            "peel: a\\x0a\\x1b[2Jb.jpg: No such file or directory; check the name\n");
}

TEST_F(Cli, AFullDiskUnderStandardOutputIsStatus6) {
  for (const char* word : {"--help", "models"}) {
    Command command = this->command({word});
    command.output = "/dev/full";
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.status, 6) << word;
    EXPECT_THAT(outcome.err, HasSubstr("No space left on device"));
  }
}

}  // namespace
}  // namespace peel::test
