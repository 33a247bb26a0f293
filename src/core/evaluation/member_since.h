// Since when the members of a segment have been members without interruption: of those in one tile.
//
// Most members share few instants.  The most frequent one stands once; the others are numbered.  Stored either for the members
// that differ from the most frequent one (their offsets, and a number of few bits each), or, if that is shorter, as a number for
// every member in ascending order.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/column/column.h"
#include "core/set/dense_set.h"
#include "core/time.h"

namespace segments {

class MemberSince {
 public:
  struct Entry {
    uint32_t offset;
    Timestamp since;
  };

  // Of every member the same.
  explicit MemberSince(Timestamp usual = 0) : instants_{usual} {}

  // REQUIRES: a member.
  Timestamp of(uint32_t offset) const;
  // Calls visit(offset, since) for each of these members, ascending.
  template <class F>
  void for_each(const DenseSet& members, F visit) const {
    for_each_number(members, [&](uint32_t offset, uint32_t number) { visit(offset, instants_[number]); });
  }

  // All of `entries`, whose offsets ascend, whether they were there or not.  encode() drops what is said of no member.
  void set(std::span<const Entry> entries);
  // The same instant for all of `offsets`, which ascend.
  void set(std::span<const uint32_t> offsets, Timestamp since);

  // What is stored of these members, in its shortest form.
  Bytes encode(const DenseSet& members) const;
  // Throws Error{kDataCorrupted} unless the bytes are exactly what encode() made of that many members in these places.
  static MemberSince decode(BytesView bytes, const DenseSet& members);

 private:
  struct Other {
    uint32_t offset;
    uint32_t number;  // in instants_
  };
  uint32_t number_of(Timestamp since);
  // Calls visit(offset, number of its instant) likewise.
  template <class F>
  void for_each_number(const DenseSet& members, F visit) const {
    auto other = others_.begin();
    members.for_each([&](uint32_t offset) {
      while (other != others_.end() && other->offset < offset) ++other;
      const bool differs = other != others_.end() && other->offset == offset;
      visit(offset, differs ? other->number : usual_);
    });
  }

  std::vector<Timestamp> instants_;  // each once, in no order
  uint32_t usual_ = 0;               // in instants_
  std::vector<Other> others_;        // ascending
};

}  // namespace segments
