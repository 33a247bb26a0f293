#include "pg/store/record_reader.h"

namespace segments::pg {

std::optional<Ordinal> RecordReader::ordinal_of(Datum profile_id) {
  if (table_ == nullptr) {
    call([&] {
      table_ = open_own_table("record");
      ordinal_ = column_of(table_, "ordinal");
    });
    by_profile_.open(table_, {"profile_id"}, 1, snapshot_, context_);
  }
  std::optional<Ordinal> lowest;
  const Datum keys[] = {profile_id};
  by_profile_.begin(keys);
  while (TupleTableSlot* slot = by_profile_.next()) {
    call([&] { slot_getsomeattrs(slot, ordinal_); });
    const auto ordinal = static_cast<Ordinal>(DatumGetInt64(slot->tts_values[ordinal_ - 1]));
    if (!lowest || ordinal < *lowest) lowest = ordinal;
  }
  return lowest;
}

void RecordReader::close() {
  if (table_ == nullptr) return;
  by_profile_.close();
  call([&] { table_close(table_, AccessShareLock); });
  table_ = nullptr;
}

}  // namespace segments::pg
