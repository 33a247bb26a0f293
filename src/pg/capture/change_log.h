// The log of updated and deleted source rows, written by the row trigger segments.log_change() and read by refreshes.
//
// old_row of an interaction table: a header (the highest attnum that the table had, the columns of its keys, the number of its
// fields, and attnum and kind of each), then a RowBatch of one row, with the record in text form and the fields by the registered
// table's attnums.  A row has one entry for each relation of its table that is registered, and one for the default relation;
// those of others than the default one are left out where they lead to no record.  Rows that do not meet the condition of their
// source are not logged; one of which that cannot be told has no columns of keys, so that the leaf is read whole.  Of the
// unification table: the record's key (append_record_key); rows without a record are not logged.
#pragma once
#include <functional>
#include <string_view>

#include "core/ingest/row_batch.h"
#include "pg/catalog/source.h"

namespace segments::pg {

// Attnums in the leaf; 0: a constant.  And how ids are normalized.
struct KeyColumns {
  int16_t time;
  int16_t record_type;
  int16_t record_id;
  int16_t normalization;  // KeyNormalization::number()
  bool operator==(const KeyColumns&) const = default;
};

// Of a row of which nobody knows whether it counted.
inline constexpr KeyColumns kUncertain = {-1, -1, -1, -1};

// Those that the registration's names lead to now.
KeyColumns key_columns(Oid leaf, const InteractionSource& source);

struct LoggedRow {
  std::string_view header;  // into the bytes given; rows with equal headers can be appended to each other
  int16_t known_fields;
  KeyColumns keys;  // that row's
  RowBatch row;
};

// Throws Error{kDataCorrupted}.
LoggedRow decode_logged_row(BytesView bytes);

// Whether a row of the log, of either kind, is of a record whose key `matches`.
bool logged_row_names(BytesView bytes, const std::function<bool(std::string_view key)>& matches);

}  // namespace segments::pg
