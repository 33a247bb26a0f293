// Appends rows to segments.record below the level of SQL: page-wise into the table, and into each index in that index's
// order.
//
// Works while a parallel query of the same backend is running, which statements that write do not.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "core/ordinal.h"
#include "pg/server/boundary.h"

namespace segments::pg {

class RecordWriter {
  static constexpr size_t kMaxRowBytes = size_t{48} << 20;

 public:
  RecordWriter() = default;
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  // Leave the indexes alone until finish(), which builds them anew, or adds to them if that would have to wait for somebody: for
  // a table that is empty.  Index look-ups find nothing until then.
  void defer_indexes();
  // Opens the table.  REQUIRES: before a parallel query begins, if rows are added while it runs.
  void open();
  void add(Ordinal ordinal, std::string_view record_type, std::string_view record_id, std::optional<std::string_view> profile_id);
  // Writes what was added, closes the table, and makes the rows visible to the statements that follow.
  // REQUIRES: within with_spi; no parallel query is running.
  void finish();
  // Forgets what was added since the last finish(), after the subtransaction of open() was rolled back.
  void forget();
  uint64_t rows_written() const { return rows_written_; }

 private:
  struct Row {
    int64_t ordinal;
    Datum record_type;
    Datum record_id;
    Datum profile_id;  // 0: none
    ItemPointerData place;
  };

  bool is_full(size_t max_rows) const { return rows_.size() >= max_rows || row_bytes_ >= kMaxRowBytes; }
  std::vector<Oid> index_oids() const;
  void open_indexes();
  void close();
  bool lock_indexes_at_once(const std::vector<Oid>& indexes) const;
  void write_missing_entries();
  bool read_row(TableScanDesc scan, TupleTableSlot* slot);
  void write_rows();
  void write_entries();
  void write_table();
  void write_index(Relation index);
  static void fill(const Row& row, Datum* values, bool* nulls);

  Relation table_ = nullptr;
  BulkInsertState bulk_ = nullptr;
  MemoryContext memory_ = nullptr;  // of the rows
  std::vector<Row> rows_;
  std::vector<TupleTableSlot*> slots_;
  std::vector<Relation> indexes_;
  std::vector<IndexInfo*> index_infos_;
  size_t row_bytes_ = 0;
  bool indexes_deferred_ = false;
  uint64_t rows_written_ = 0;
};

}  // namespace segments::pg
