// Removes deleted source rows from decoded fragments: exactly one equal row per deletion.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/fragment/fragment.h"
#include "core/ingest/hash_seed.h"

namespace segments {

// The deletions of one source leaf, as rows (with multiplicity).  Fields compare by value; null equals null.
class RowRemoval {
 public:
  // `missing` gives the values of fields that a table's known_fields does not cover.
  RowRemoval(RowTable&& deleted, MissingValues missing, HashSeed seed);
  ~RowRemoval();

  // Whether a fragment with these tiles and times can hold a row still to be removed.
  bool may_touch(uint32_t first_tile, uint32_t last_tile, Timestamp min_time, Timestamp max_time) const;
  // Marks rows of `table` that equal a remaining deletion, each deletion once.  Returns how many were newly cleared in
  // `keep`.
  uint32_t remove_from(const RowTable& table, std::vector<bool>& keep);
  // Deletions not yet matched.  Non-zero at the end means the fragments do not hold what the source held: rebuild the
  // leaf.
  uint32_t remaining() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace segments
