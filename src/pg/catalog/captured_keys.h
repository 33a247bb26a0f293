// What the columns were that a registration names when refreshes read its table.  Names may lead to other columns since: rights
// are those of the columns that have the names now, and answers come from the others, so that nothing may be asked until a
// refresh has read the table again.
#pragma once
#include <string>

#include "pg/server/boundary.h"

namespace segments::pg {

struct InteractionType;

class CapturedKeys {
 public:
  // `source`: the registered table.  `refresh_id`: the state that is asked.  REQUIRES: within with_spi, as the extension's owner.
  CapturedKeys(Oid source, int64_t refresh_id);

  // Whether a leaf of the table, as it is now, was read.
  bool has_leaf() const { return OidIsValid(leaf_); }
  // Whether the name leads to the column that was read in this role (those of SourceLeaf::keys); also if it leads nowhere: that
  // may be asked by those alone who may read every column.  False without a leaf.
  bool has(const char* role, const std::string& column) const;
  // Those of time and records, which whatever is asked about a type reads.
  bool has_keys_of(const InteractionType& type) const;

 private:
  Oid leaf_ = InvalidOid;
  std::string keys_;
};

// Throws Error{kNotReady} unless a refresh has read the type, in the columns that its names lead to now.  `keys`: of its table.
void check_is_captured(const InteractionType& type, const CapturedKeys& keys, uint32_t position);

}  // namespace segments::pg
