#include "core/set/ordinal_counts.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "core/error.h"

namespace segments {
namespace {

constexpr size_t kFirstSlots = 16;
constexpr size_t kPollItems = size_t{1} << 16;
// Sorted at a time: few enough to stay cancellable, many enough to touch each container rarely.
constexpr size_t kBatch = size_t{1} << 20;

[[noreturn]] void throw_invalid(const char* detail) {
  throw Error(ErrorCode::kInvalidBytes, "invalid counts of ordinals", detail);
}

}  // namespace

void OrdinalCounts::flush() {
  if (pending_.empty()) return;
  seen_ |= ProfileSet::from_ordinals(pending_);
  pending_.clear();
}

void OrdinalCounts::reserve(size_t count, Interrupt& interrupt) {
  if (count <= slots_.size() / 4 * 3) return;
  const size_t size = std::bit_ceil(std::max(count + count / 2, kFirstSlots));
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(size));
  shift_ = 64 - static_cast<uint32_t>(std::countr_zero(size));
  for (size_t k = 0; k < old.size(); ++k) {
    if (k % kPollItems == 0) interrupt.poll();
    const Slot& slot = old[k];
    if (slot.count == 0) continue;
    size_t i = home_of(slot.ordinal);
    while (slots_[i].count != 0) i = (i + 1) & (size - 1);
    slots_[i] = slot;
  }
}

void OrdinalCounts::add_count(Ordinal ordinal, uint32_t count, Interrupt& interrupt) {
  if (used_ >= slots_.size() / 4 * 3) reserve(used_ + 1, interrupt);
  size_t i = home_of(ordinal);
  while (slots_[i].count != 0 && slots_[i].ordinal != ordinal) i = (i + 1) & (slots_.size() - 1);
  Slot& slot = slots_[i];
  if (slot.count == 0) {
    slot.ordinal = ordinal;
    ++used_;
  }
  slot.count += std::min(count, limit_ - slot.count);
}

// Room is made before ordinals arrive in the order of their hashes: they would crowd one end of a smaller table.
void OrdinalCounts::merge(const OrdinalCounts& other, Interrupt& interrupt) {
  if (limit_ == 1) {
    seen_ |= other.seen_;
    for (Ordinal ordinal : other.pending_) add_pending(ordinal);
    return;
  }
  reserve(used_ + other.used_, interrupt);
  for (size_t i = 0; i < other.slots_.size(); ++i) {
    if (i % kPollItems == 0) interrupt.poll();
    if (other.slots_[i].count != 0) add_count(other.slots_[i].ordinal, other.slots_[i].count, interrupt);
  }
}

ProfileSet OrdinalCounts::reached(Interrupt& interrupt) const {
  if (limit_ == 1) {
    ProfileSet set = ProfileSet::from_ordinals(pending_);
    set |= seen_;
    return set;
  }
  ProfileSet set;
  std::vector<Ordinal> batch;
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (i % kPollItems == 0) interrupt.poll();
    const Slot& slot = slots_[i];
    if (slot.count != limit_) continue;
    batch.push_back(slot.ordinal);
    if (batch.size() < kBatch) continue;
    set |= ProfileSet::from_ordinals(batch);
    batch.clear();
  }
  interrupt.poll();
  set |= ProfileSet::from_ordinals(batch);
  return set;
}

std::vector<uint8_t> OrdinalCounts::to_bytes(Interrupt& interrupt) const {
  if (limit_ == 1) return reached(interrupt).to_portable(interrupt);
  std::vector<uint8_t> bytes(used_ * sizeof(Slot));
  uint8_t* to = bytes.data();
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (i % kPollItems == 0) interrupt.poll();
    const Slot& slot = slots_[i];
    if (slot.count == 0) continue;
    std::memcpy(to, &slot, sizeof slot);
    to += sizeof slot;
  }
  return bytes;
}

OrdinalCounts OrdinalCounts::from_bytes(uint32_t limit, std::span<const uint8_t> bytes, Interrupt& interrupt) {
  OrdinalCounts counts(limit);
  if (limit == 1) {
    counts.seen_ = ProfileSet::from_portable(bytes);
    return counts;
  }
  if (bytes.size() % sizeof(Slot) != 0) throw_invalid("The bytes end within a count.");
  counts.reserve(bytes.size() / sizeof(Slot), interrupt);
  for (size_t at = 0; at < bytes.size(); at += sizeof(Slot)) {
    if (at / sizeof(Slot) % kPollItems == 0) interrupt.poll();
    Slot slot;
    std::memcpy(&slot, bytes.data() + at, sizeof slot);
    if (slot.count == 0 || slot.count > limit) throw_invalid("A count is zero or beyond its limit.");
    counts.add_count(slot.ordinal, slot.count, interrupt);
    if (counts.used_ != at / sizeof(Slot) + 1) throw_invalid("An ordinal occurs twice.");
  }
  return counts;
}

}  // namespace segments
