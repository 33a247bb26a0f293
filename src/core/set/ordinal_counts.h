// Counts, per ordinal, saturating at a limit: which ordinals were seen at least `limit` times.
//
// Up to a limit of 1 it is a profile set in the making; beyond, an open-addressing hash table of 8 bytes a slot that is
// at most three quarters full.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/interrupt.h"
#include "core/set/profile_set.h"

namespace segments {

class OrdinalCounts {
 public:
  // REQUIRES: limit >= 1.
  explicit OrdinalCounts(uint32_t limit) : limit_(limit) {}

  uint32_t limit() const { return limit_; }
  void add(Ordinal ordinal, Interrupt& interrupt) {
    if (limit_ > 1) {
      add_count(ordinal, 1, interrupt);
    } else {
      add_pending(ordinal);
    }
  }
  // Adds the counts of `other`.  REQUIRES: equal limits.
  void merge(const OrdinalCounts& other, Interrupt& interrupt);

  // The ordinals that were added at least limit() times.
  ProfileSet reached(Interrupt& interrupt) const;

  // The counts as bytes; from_bytes throws Error{kInvalidBytes} unless to_bytes can give them for `limit`.
  std::vector<uint8_t> to_bytes(Interrupt& interrupt) const;
  static OrdinalCounts from_bytes(uint32_t limit, std::span<const uint8_t> bytes, Interrupt& interrupt);

 private:
  struct Slot {
    Ordinal ordinal;
    uint32_t count;  // 0: free
  };
  static constexpr size_t kMaxPending = size_t{1} << 16;

  void add_pending(Ordinal ordinal) {
    pending_.push_back(ordinal);
    if (pending_.size() >= kMaxPending) flush();
  }
  void flush();
  void add_count(Ordinal ordinal, uint32_t count, Interrupt& interrupt);
  size_t home_of(Ordinal ordinal) const { return (ordinal * 0x9e3779b97f4a7c15u) >> shift_; }
  // Makes room for `count` ordinals in all.
  void reserve(size_t count, Interrupt& interrupt);

  uint32_t limit_;
  uint32_t shift_ = 64;  // 64 - log2(slots_.size())
  size_t used_ = 0;
  std::vector<Slot> slots_;  // a power of two, or none yet
  std::vector<Ordinal> pending_;
  ProfileSet seen_;
};

}  // namespace segments
