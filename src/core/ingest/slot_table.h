// Open addressing from hashes to numbers: what StringTable, IntegerTable and RecordIndex find their entries by.
//
// A slot holds a number and 32 bits of the hash, which also say where it belongs, so growing needs no hash anew.  The
// entries themselves, and comparing them, are the owner's.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace segments {

class SlotTable {
 public:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  // The number whose hash is `hash` and of which equal(number) holds, or kAbsent.
  template <class Equal>
  uint32_t find(uint64_t hash, Equal equal) const {
    if (slots_.empty()) return kAbsent;
    const uint32_t tag = tag_of(hash);
    for (size_t at = tag & mask_;; at = (at + 1) & mask_) {
      const Slot slot = slots_[at];
      if (slot.number == kAbsent) return kAbsent;
      if (slot.tag == tag && equal(slot.number)) return slot.number;
    }
  }
  // REQUIRES: not present, number != kAbsent.
  void insert(uint64_t hash, uint32_t number) {
    if ((size_ + 1) * 8 > slots_.size() * 5) reserve(size_ * 2 + 1);
    place({tag_of(hash), number});
    ++size_;
  }
  void reserve(size_t entries) {
    const size_t wanted = slots_for(entries);
    if (wanted <= slots_.size()) return;
    std::vector<Slot> old(wanted, Slot{0, kAbsent});
    old.swap(slots_);
    mask_ = wanted - 1;
    for (const Slot& slot : old) {
      if (slot.number != kAbsent) place(slot);
    }
  }

  void prefetch(uint64_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[tag_of(hash) & mask_]);
  }
  // The number that find() is likely to compare first, or kAbsent.
  uint32_t candidate(uint64_t hash) const { return slots_.empty() ? kAbsent : slots_[tag_of(hash) & mask_].number; }

  size_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }
  static size_t bytes_for(size_t entries) { return slots_for(entries) * sizeof(Slot); }

 private:
  struct Slot {
    uint32_t tag;
    uint32_t number;
  };
  static uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  static size_t slots_for(size_t entries) { return std::bit_ceil(entries * 8 / 5 + 8); }
  void place(Slot slot) {
    size_t at = slot.tag & mask_;
    while (slots_[at].number != kAbsent) at = (at + 1) & mask_;
    slots_[at] = slot;
  }

  std::vector<Slot> slots_;
  size_t mask_ = 0;
  size_t size_ = 0;
};

}  // namespace segments
