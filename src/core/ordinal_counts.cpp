#include "core/ordinal_counts.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/error.h"

namespace segments {
namespace {

constexpr uint32_t kFirstSlotBits = 4;

[[noreturn]] void throw_invalid(const char* detail) {
  throw Error(ErrorCode::kInvalidBytes, "invalid counts of ordinals", detail);
}

}  // namespace

void OrdinalCounts::flush() {
  if (pending_.empty()) return;
  seen_ |= ProfileSet::from_ordinals(pending_);
  pending_.clear();
}

void OrdinalCounts::grow() {
  const size_t size = std::max(slots_.size() * 2, size_t{1} << kFirstSlotBits);
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(size));
  shift_ = old.empty() ? 64 - kFirstSlotBits : shift_ - 1;
  for (const Slot& slot : old) {
    if (slot.count == 0) continue;
    size_t i = home_of(slot.ordinal);
    while (slots_[i].count != 0) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = slot;
  }
}

void OrdinalCounts::add_count(Ordinal ordinal, uint32_t count) {
  if (used_ >= slots_.size() / 4 * 3) grow();
  size_t i = home_of(ordinal);
  while (slots_[i].count != 0 && slots_[i].ordinal != ordinal) i = (i + 1) & (slots_.size() - 1);
  Slot& slot = slots_[i];
  if (slot.count == 0) {
    slot.ordinal = ordinal;
    ++used_;
  }
  slot.count += std::min(count, limit_ - slot.count);
}

void OrdinalCounts::merge(const OrdinalCounts& other) {
  if (limit_ > 1) {
    for (const Slot& slot : other.slots_) {
      if (slot.count != 0) add_count(slot.ordinal, slot.count);
    }
    return;
  }
  seen_ |= other.seen_;
  for (Ordinal ordinal : other.pending_) add_pending(ordinal);
}

ProfileSet OrdinalCounts::reached() const {
  if (limit_ == 1) {
    ProfileSet set = ProfileSet::from_ordinals(pending_);
    set |= seen_;
    return set;
  }
  std::vector<Ordinal> ordinals;
  for (const Slot& slot : slots_) {
    if (slot.count == limit_) ordinals.push_back(slot.ordinal);
  }
  return ProfileSet::from_ordinals(ordinals);
}

std::vector<uint8_t> OrdinalCounts::to_bytes() const {
  if (limit_ == 1) return reached().to_portable();
  std::vector<uint8_t> bytes(used_ * sizeof(Slot));
  uint8_t* to = bytes.data();
  for (const Slot& slot : slots_) {
    if (slot.count == 0) continue;
    std::memcpy(to, &slot, sizeof slot);
    to += sizeof slot;
  }
  return bytes;
}

OrdinalCounts OrdinalCounts::from_bytes(uint32_t limit, std::span<const uint8_t> bytes) {
  OrdinalCounts counts(limit);
  if (limit == 1) {
    counts.seen_ = ProfileSet::from_portable(bytes);
    return counts;
  }
  if (bytes.size() % sizeof(Slot) != 0) throw_invalid("The bytes end within a count.");
  for (size_t at = 0; at < bytes.size(); at += sizeof(Slot)) {
    Slot slot;
    std::memcpy(&slot, bytes.data() + at, sizeof slot);
    if (slot.count == 0 || slot.count > limit) throw_invalid("A count is zero or beyond its limit.");
    counts.add_count(slot.ordinal, slot.count);
    if (counts.used_ != at / sizeof(Slot) + 1) throw_invalid("An ordinal occurs twice.");
  }
  return counts;
}

}  // namespace segments
