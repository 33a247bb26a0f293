// Ordinals of profiles by their ids, as a snapshot shows them; without a statement.
#pragma once
#include "core/ordinal.h"
#include "pg/server/table_scan.h"

namespace segments::pg {

class RecordReader {
 public:
  RecordReader(Snapshot snapshot, MemoryContext context) : snapshot_(snapshot), context_(context) {}
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;

  // What the profile goes by: the lowest ordinal of its records.  Nothing if it has none.
  std::optional<Ordinal> ordinal_of(Datum profile_id);
  void close();

 private:
  Snapshot snapshot_;
  MemoryContext context_;
  Relation table_ = nullptr;
  IndexOnlyLookUp by_profile_;
};

}  // namespace segments::pg
