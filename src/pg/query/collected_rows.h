// Rows that were read from somewhere, for statements of ours to join with: in them they are a table of the name given.
//
//   CollectedRows rows("mapped", {"record_id", "profile_id"});
//   stream_as_owner(…, [&](const Datum* values, const bool* nulls) { rows.add(values, nulls); });
//   rows.stream("SELECT … FROM mapped JOIN segments.record …", options, …);
//   rows.release();
//
// Beyond work_mem they go to a temporary file.  Everything is in the memory context of the constructor, and goes with it.
#pragma once
#include <span>

#include "pg/query/query.h"

namespace segments::pg {

class CollectedRows {
 public:
  // Columns are texts of collation "C".
  CollectedRows(const char* name, std::span<const char* const> columns);
  void add(const Datum* values, const bool* nulls);
  uint64_t size() const { return size_; }
  void stream(const std::string& sql, const RunOptions& options, const RowConsumer& consume);
  void release();

 private:
  Tuplestorestate* rows_ = nullptr;
  TupleDesc descriptor_ = nullptr;
  QueryEnvironment* environment_ = nullptr;
  EphemeralNamedRelation relation_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace segments::pg
