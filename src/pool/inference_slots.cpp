#include "pool/inference_slots.hpp"

#include <algorithm>
#include <utility>

#include "peel/pool.hpp"

namespace peel {

InferenceSlots::InferenceSlots(std::size_t slots, std::size_t batch, Run run) : batch_(batch), run_(std::move(run)) {
  // The last is taken first: the same ones are used again while they are warm.
  for (std::size_t slot = slots; slot > 0; --slot) free_.push_back(slot - 1);
}

void InferenceSlots::expect() {
  const std::scoped_lock lock(mutex_);
  ++expected_;
}

void InferenceSlots::withdraw() {
  const std::scoped_lock lock(mutex_);
  --expected_;
  changed_.notify_all();
}

/// How many of those that wait go together next: the first ones that look for the same.
std::size_t InferenceSlots::next_batch() const {
  std::size_t count = 1;
  while (count < std::min(batch_, waiting_.size()) && *waiting_[count]->look == *waiting_.front()->look) ++count;
  return count;
}

// The first that waits does the work for its batch: no thread is needed for that alone.
bool InferenceSlots::leads(const Waiting& own) const {
  if (own.taken || free_.empty() || waiting_.front() != &own) return false;
  const std::size_t count = next_batch();
  return count == batch_ || count < waiting_.size() || expected_ == 0;
}

Mask InferenceSlots::see(const Image& picture, const Look& look, const std::stop_token& stop) {
  Waiting own{&picture, &look, {}, {}};
  std::unique_lock lock(mutex_);
  --expected_;
  waiting_.push_back(&own);
  changed_.notify_all();
  changed_.wait(lock, stop, [&] { return own.done || leads(own); });
  if (own.taken) {
    // Stopped or not: the thread that leads the batch has a hold of it.
    changed_.wait(lock, [&] { return own.done; });
  } else if (leads(own)) {
    const auto count = static_cast<std::ptrdiff_t>(next_batch());
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
  } else {
    std::erase(waiting_, &own);
    changed_.notify_all();
    throw Cancelled();
  }
  if (own.error) std::rethrow_exception(own.error);
  return std::move(own.mask);
}

void InferenceSlots::run(std::size_t slot, std::span<Waiting* const> batch) const {
  try {
    std::vector<Image> pictures;  // they share the pixels
    pictures.reserve(batch.size());
    for (const Waiting* each : batch) pictures.push_back(*each->picture);
    std::vector<Mask> masks = run_(slot, pictures, *batch.front()->look);
    for (std::size_t i = 0; i < batch.size(); ++i) batch[i]->mask = std::move(masks[i]);
  } catch (...) {
    if (batch.size() == 1) {
      batch.front()->error = std::current_exception();
      return;
    }
    // Which picture was at fault is found by taking them one by one.
    for (std::size_t i = 0; i < batch.size(); ++i) run(slot, batch.subspan(i, 1));
  }
}

}  // namespace peel
