#include "commands/outcomes.hpp"

#include "report.hpp"

namespace peel::cli {

void Outcomes::add(const std::string& input, const Outcome& outcome) {
  nlohmann::ordered_json description = outcome.description;
  if (const auto& error = outcome.error) {
    ++failed_;
    status_ = static_cast<int>(error->code());
    console_.error(error->message(), error->hint());
    if (description.is_null() && several_) description["input"] = input;
    description["error"] = error_json(error->code(), error->message(), error->hint());
  }
  results_.push_back(std::move(description));
}

int Outcomes::finish() {
  console_.end_progress();
  if (!several_) {
    if (console_.json()) print_json(results_.front());
    return status_;
  }
  const std::size_t count = results_.size();
  if (console_.json()) print_json({{"results", std::move(results_)}, {"failed", failed_}});
  if (failed_ > 0) console_.note(fmt::format("{} of {} pictures failed", failed_, count));
  return failed_ == 0 ? 0 : 1;
}

}  // namespace peel::cli
