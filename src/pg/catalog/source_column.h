// The columns of interaction types as refreshes have seen them, in segments.source_column: what fragments hold of each, and
// what it answers for rows that are older than the column (ALTER TABLE … ADD COLUMN … DEFAULT).
//
// The server forgets missing values when it rewrites a table; fragments from before the rewriting need them until a refresh
// has read the table anew.  Numbers of columns are never used twice, so that one value per type and column is enough.
// REQUIRES for all of it: within with_spi, as the extension's owner.
#pragma once
#include <set>
#include <unordered_map>

#include "core/fragment/fragment.h"
#include "pg/catalog/source.h"

namespace segments::pg {

// What the leaf answers now for fields that its older rows do not have.
MissingValues missing_values(const InteractionSource& source, Oid leaf);

// Notes the columns that no refresh before this one has seen.  `leaves` are those of which fragments are kept; returned are the
// ones that answer otherwise than the others for a new column, and therefore must be read whole.
std::set<Oid> note_new_columns(int64_t refresh_id, const InteractionSource& source, std::span<const Oid> leaves);

struct CapturedColumn {
  Oid type;  // base type
  std::optional<MissingValue> missing;
};
// By attnum, as of a refresh.
using CapturedColumns = std::unordered_map<int16_t, CapturedColumn>;
CapturedColumns captured_columns(int32_t type_id, int64_t refresh_id);

// Whether values of one type are stored as those of the other.
bool is_stored_alike(Oid type, Oid other);

}  // namespace segments::pg
