#include "batch/inference_slots.hpp"

#include <algorithm>
#include <utility>

namespace peel {

InferenceSlots::InferenceSlots(std::size_t slots, std::size_t batch, Run run) : batch_(batch), run_(std::move(run)) {
  // The last is taken first: the same ones are used again while they are warm.
  for (std::size_t slot = slots; slot > 0; --slot) free_.push_back(slot - 1);
}

InferenceSlots::Coming::Coming(InferenceSlots& slots) : slots_(slots) {
  const std::scoped_lock lock(slots_.mutex_);
  ++slots_.coming_;
}

InferenceSlots::Coming::~Coming() {
  if (!counted_) return;
  const std::scoped_lock lock(slots_.mutex_);
  --slots_.coming_;
  slots_.changed_.notify_all();
}

// The first that waits does the work for its batch: no thread is needed for that alone.
bool InferenceSlots::leads(const Waiting& own) const {
  return !own.taken && !free_.empty() && waiting_.front() == &own && (waiting_.size() >= batch_ || coming_ == 0);
}

Result InferenceSlots::infer(const Image& picture, Coming& coming) {
  Waiting own{&picture, {}, {}};
  std::unique_lock lock(mutex_);
  --coming_;
  coming.counted_ = false;
  waiting_.push_back(&own);
  changed_.notify_all();
  changed_.wait(lock, [&] { return own.done || leads(own); });
  if (!own.done) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(batch_, waiting_.size()));
    const std::vector<Waiting*> batch(waiting_.begin(), waiting_.begin() + count);
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    for (Waiting* each : batch) each->taken = true;
    const std::size_t slot = free_.back();
    free_.pop_back();
    changed_.notify_all();  // another may lead the next batch
    lock.unlock();
    run(slot, batch);
    lock.lock();
    free_.push_back(slot);
    for (Waiting* each : batch) each->done = true;
    changed_.notify_all();
  }
  if (own.error) std::rethrow_exception(own.error);
  return std::move(own.result);
}

void InferenceSlots::run(std::size_t slot, std::span<Waiting* const> batch) const {
  try {
    std::vector<Image> pictures;  // they share the pixels
    pictures.reserve(batch.size());
    for (const Waiting* each : batch) pictures.push_back(*each->picture);
    std::vector<Result> results = run_(slot, pictures);
    for (std::size_t i = 0; i < batch.size(); ++i) batch[i]->result = std::move(results[i]);
  } catch (...) {
    if (batch.size() == 1) {
      batch.front()->error = std::current_exception();
      return;
    }
    // Whose fault it was is found by taking them one by one.
    for (std::size_t i = 0; i < batch.size(); ++i) run(slot, batch.subspan(i, 1));
  }
}

}  // namespace peel
