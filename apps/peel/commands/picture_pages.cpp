#include "commands/picture_pages.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "commands/picture_files.hpp"

namespace peel::cli {
std::vector<Job> page_jobs(const Job& job, const PageRule& rule) {
  const int asked = rule.asked.value_or(-1);
  if (job.error || (asked < 0 && !rule.whole_documents)) return {job};
  if (asked > 0) {
    Job one = job;
    one.page = asked;
    return {std::move(one)};
  }
  Job common = job;
  Pages pages;
  if (job.input == "-") {
    common.bytes = std::make_shared<const std::vector<std::byte>>(read_standard_input(rule.limits.max_bytes));
  }
  try {
    pages = common.bytes ? pages_in(*common.bytes, STANDARD_INPUT) : pages_in(job.input, rule.limits);
  } catch (const Error&) {
    return {std::move(common)};
  }
  const bool all = asked == 0 || !pages.animated;
  if (pages.count < 2 || !all) return {std::move(common)};
  if (pages.animated && rule.keeps_animations) {
    common.animation = true;
    return {std::move(common)};
  }
  common.pages = pages.count;
  std::vector<Job> jobs(static_cast<std::size_t>(pages.count), common);
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].page = static_cast<int>(i) + 1;
  return jobs;
}

std::string page_mark(const Job& job) {
  if (job.pages < 2) return "";
  return fmt::format("-{:0{}}", job.page, fmt::formatted_size("{}", job.pages));
}

Image read_page(const Job& job, DecodeOptions options) {
  if (job.page > 0) options.page = job.page - 1;
  if (job.bytes) return decode(*job.bytes, options, STANDARD_INPUT);
  return read_picture(job.input, options);
}

}  // namespace peel::cli
