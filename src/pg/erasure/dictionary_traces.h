// What a proof of an erasure looks for among the values that fragments and the change log hold.
#pragma once
#include <map>
#include <utility>
#include <vector>

#include "core/fragment/fragment.h"
#include "pg/catalog/source.h"
#include "pg/erasure/stored_value.h"
#include "pg/erasure/traces.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// What to look for in a field: texts that its values may contain, and values as fragments hold them.
struct FieldSearch {
  bool is_text = false;
  std::vector<MissingValue> exact;      // of elements: their bytes
  Oid element = InvalidOid;             // of an array: its elements are looked at
  KeyNormalization normalization = {};  // of ids that are known to lead to records: `exact` is
  // Of ids by which a relation of the source leads to records: rows say which.
  StoredIds ids = {};
  const InteractionSource* source = nullptr;
  const InteractionSource* relation = nullptr;
};

// By type and field.
using FieldSearches = std::map<std::pair<int32_t, int16_t>, FieldSearch>;

// `sources` outlive it.  REQUIRES: within with_spi, as the extension's owner.
FieldSearches field_searches(const std::vector<InteractionSource>& sources, const Wanted& wanted);

// How many entries are, or contain, what is looked for; but for ids.
uint64_t count_entries(const Dictionary& dictionary, const FieldSearch& search, const Wanted& wanted);

}  // namespace segments::pg
