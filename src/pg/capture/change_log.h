// The log of updated and deleted source rows, written by the row trigger segments.log_change() and read by refreshes.
//
// old_row of an interaction table: a header (the highest attnum that the table had, the number of its fields, and attnum and kind
// of each), then a RowBatch of one row, with the record in text form and the fields by the registered table's attnums.
// Of the unification table: the record's key (append_record_key); rows without a record are not logged.
#pragma once
#include <functional>
#include <string_view>

#include "core/ingest/row_batch.h"

namespace segments::pg {

struct LoggedRow {
  std::string_view header;  // into the bytes given; rows with equal headers can be appended to each other
  int16_t known_fields;
  RowBatch row;
};

// Throws Error{kDataCorrupted}.
LoggedRow decode_logged_row(BytesView bytes);

// Whether a row of the log, of either kind, is of a record whose key `matches`.
bool logged_row_names(BytesView bytes, const std::function<bool(std::string_view key)>& matches);

}  // namespace segments::pg
