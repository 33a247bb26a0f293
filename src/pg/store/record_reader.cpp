#include "pg/store/record_reader.h"

namespace segments::pg {

std::optional<Ordinal> RecordReader::ordinal_of(Datum profile_id) {
  if (table_ == nullptr) {
    call([&] { table_ = open_own_table("record"); });
    by_profile_.open(table_, {"profile_id", "ordinal"}, 1, snapshot_, context_);
  }
  const Datum keys[] = {profile_id};
  by_profile_.begin(keys);
  const std::optional<Datum> lowest = by_profile_.next_value();
  return lowest ? std::optional(static_cast<Ordinal>(DatumGetInt64(*lowest))) : std::nullopt;
}

void RecordReader::close() {
  if (table_ == nullptr) return;
  by_profile_.close();
  call([&] { table_close(table_, AccessShareLock); });
  table_ = nullptr;
}

}  // namespace segments::pg
