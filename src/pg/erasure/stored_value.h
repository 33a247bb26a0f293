// Values as dictionaries of fragments hold them.
#pragma once
#include "core/fragment/fragment.h"
#include "core/ingest/row_batch.h"
#include "pg/query/key_normalization.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// What a text is as a value of a type, or as an element of an array of it; nothing: it is none.  REQUIRES: within with_spi.
std::optional<MissingValue> stored_value(Oid type, const std::string& content, bool is_element = false);
bool equals_entry(const Dictionary& dictionary, uint32_t index, const MissingValue& value);

// IDs of records, as a column of a type holds them.
class StoredIds {
 public:
  StoredIds() = default;
  // REQUIRES: within with_spi.
  StoredIds(Oid type, const StringTable& records, KeyNormalization normalization);

  // Whether an entry is one of them; also true where only rows can tell.
  bool may_be_in(const Dictionary& dictionary) const;

 private:
  bool has_many_forms_ = false;
  std::vector<MissingValue> values_;
};

}  // namespace segments::pg
