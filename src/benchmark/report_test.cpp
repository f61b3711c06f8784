#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "benchmark/html.hpp"
#include "benchmark/recommendation.hpp"
#include "support/benchmark_summary.hpp"

namespace peel::benchmark {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string HOSTILE = "</style><script>alert(\"1\" & '2')</script>";

/// Everything that comes from outside is hostile in it.
BenchmarkSummary hostile_summary() {
  auto summary = test::summary();
  summary.machine.cpu.name = HOSTILE;
  summary.machine.system = HOSTILE;
  ProviderStatus gpu;
  gpu.name = "cuda";
  gpu.usable = true;
  gpu.hardware = {{HOSTILE, 1, HOSTILE, HOSTILE}};
  summary.machine.providers = {gpu};
  summary.pictures[0].name = HOSTILE;
  summary.pictures[0].file = "/pictures/" + HOSTILE;
  summary.pictures.push_back({"/x", "", 0, 0, HOSTILE + "\xff"});
  summary.measurements[1].session.shares = {{HOSTILE, 5}, {"cpu", 1}};
  summary.skipped = {{{{HOSTILE, HOSTILE}}, HOSTILE, HOSTILE}};
  summary.recommendation = recommend(summary);
  summary.recommendation.sentence += HOSTILE;
  summary.recommendation.remarks = {HOSTILE};
  return summary;
}

TEST(ReportHtml, EscapesWhateverComesFromOutside) {
  EXPECT_EQ(escape("<a href=\"x\">'&'\x01\n"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39; \n");
  EXPECT_EQ(escape("a\xff"
                   "b"),
            "a\xef\xbf\xbd"
            "b");
  const std::string html = benchmark_html(hostile_summary());
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
  EXPECT_EQ(html.find("</style>"), html.rfind("</style>"));
}

TEST(ReportHtml, NeedsNothingFromOutside) {
  const std::string html = benchmark_html(hostile_summary());
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  for (const char* address : {"http://", "https://", "url(", "@import", "<link", " onload", "javascript:"}) {
    EXPECT_THAT(html, Not(HasSubstr(address)));
  }
}

TEST(ReportHtml, SaysWhatWasMeasuredAndWhatNot) {
  auto summary = test::summary();
  summary.skipped = {{{{"net-cuda-fp32-2t", "net", Device::cuda}, {"net-cuda-fp16-2t", "net", Device::cuda}},
                      "libcuda.so.1 is missing",
                      "install the driver"}};
  summary.recommendation = recommend(summary);
  const std::string html = benchmark_html(summary);
  for (const char* part : {"2.5x faster than CPU FP32", "net-cuda-fp16-2t", "libcuda.so.1 is missing",
                           "install the driver", "2026-05-01 12:30 UTC", "40 ms"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  EXPECT_THAT(html, Not(HasSubstr("Interrupted")));
}

TEST(ReportHtml, IsWholeWhereNothingWasMeasured) {
  BenchmarkSummary summary;
  summary.interrupted = true;
  const std::string html = benchmark_html(summary);
  EXPECT_THAT(html, HasSubstr("Interrupted"));
  EXPECT_THAT(html, HasSubstr("nothing was measured"));
  EXPECT_THAT(html, HasSubstr("</html>"));
  EXPECT_TRUE(json::parse(benchmark_json(summary))["recommendation"]["configuration"].is_null());
}

TEST(ReportHtml, DurationsAndSizesReadWell) {
  EXPECT_EQ(duration(3.21), "3.2 ms");
  EXPECT_EQ(duration(412.4), "412 ms");
  EXPECT_EQ(duration(1741), "1.74 s");
  EXPECT_EQ(duration(125'000), "2 min 5 s");
}

TEST(ReportCsv, HoldsEveryConfigurationOnALineOfItsOwn) {
  auto summary = test::summary();
  summary.skipped = {{{{"a", "my, \"net\"", Device::cuda}, {"b", "net", Device::cuda}}, "line\nend", ""}};
  const std::string csv = benchmark_csv(summary);
  EXPECT_THAT(csv, HasSubstr("configuration,model,device"));
  EXPECT_THAT(csv, HasSubstr("net-cpu-int8-2t,net,cpu,onnxruntime,int8,2,1,10,40.000,38.000,42.000"));
  EXPECT_THAT(csv, HasSubstr("a,\"my, \"\"net\"\"\",cuda,onnxruntime,fp32,1,1,"));
  EXPECT_THAT(csv, HasSubstr(",\"line\nend\"\r\n"));
  // The same number of fields everywhere: of what needs no quotes it can be counted.
  const auto commas = [&](const std::string& begin) {
    const std::size_t at = csv.find(begin);
    const std::string line = csv.substr(at, csv.find("\r\n", at) - at);
    return std::count(line.begin(), line.end(), ',');
  };
  EXPECT_EQ(commas("configuration,"), commas("net-cpu-fp32-2t,"));
  EXPECT_EQ(commas("configuration,"), commas("b,net,"));
}

TEST(ReportJson, HasItsSchema) {
  auto summary = hostile_summary();
  summary.measurements[0].truth = {1, {0.1, 0.8}, 0.9};
  summary.measurements[1].device_memory_bytes = 5;
  const json object = json::parse(benchmark_json(summary));
  EXPECT_EQ(object["schema"], 1);
  EXPECT_EQ(object["interrupted"], false);
  EXPECT_EQ(object["machine"]["providers"][0]["hardware"][0]["name"], HOSTILE);
  ASSERT_EQ(object["configurations"].size(), 2U);
  const json& baseline = object["configurations"][0];
  EXPECT_EQ(baseline["baseline"], true);
  EXPECT_EQ(baseline["truth"]["max_f"], 0.9);
  EXPECT_TRUE(baseline["device_memory_bytes"].is_null());
  const json& int8 = object["configurations"][1];
  EXPECT_EQ(int8["name"], "net-cpu-int8-2t");
  EXPECT_EQ(int8["precision"], "int8");
  EXPECT_EQ(int8["time_ms"]["median"], 40);
  EXPECT_EQ(int8["speedup"], 2.5);
  EXPECT_EQ(int8["speedup_interval"].size(), 2U);
  EXPECT_EQ(int8["fidelity"]["worst"]["picture"], HOSTILE);
  EXPECT_EQ(int8["samples"].size(), 10U);
  EXPECT_EQ(int8["samples"][3]["timings_ms"]["total"], 40);
  EXPECT_EQ(int8["session"]["shares"][0]["operators"], 5);
  EXPECT_TRUE(int8["truth"].is_null());
  EXPECT_EQ(object["not_run"][0]["reason"], HOSTILE);
  EXPECT_TRUE(object["pictures"][1].contains("error"));
}

}  // namespace
}  // namespace peel::benchmark
