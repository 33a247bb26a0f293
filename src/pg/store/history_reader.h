// The history of memberships as a snapshot shows it, run by run or by profile; without a statement but where an index of the
// server's answers none else.
#pragma once
#include <map>
#include <memory>
#include <unordered_map>

#include "pg/server/table_scan.h"
#include "pg/store/membership_history.h"

namespace segments::pg {

struct RecordedRun {
  int64_t run_id = 0;
  int32_t segment_id = 0;
  int64_t refresh_id = 0;
  Timestamp at = 0;
  bool is_base = false;
};

// Where a row of a run stands: in the order of changes.
struct HistoryPlace {
  int64_t run_id = 0;
  int16_t step = 0;
  Change change = Change::kBase;
  int32_t part = 0;

  auto operator<=>(const HistoryPlace&) const = default;
};

// Tables are open from the first read until close(), or until the transaction is aborted.
class HistoryReader {
 public:
  // What scans allocate lives in `context`.
  HistoryReader(Snapshot snapshot, MemoryContext context) : snapshot_(snapshot), context_(context) {}
  HistoryReader(const HistoryReader&) = delete;
  HistoryReader& operator=(const HistoryReader&) = delete;

  // Runs that are kept, in no order: all of them, those of a segment, those of a span of time with its ends.
  std::vector<RecordedRun> all_runs();
  void add_runs_of(int32_t segment_id, std::vector<RecordedRun>& runs);
  std::vector<RecordedRun> runs_between(Timestamp first, Timestamp last);
  // Nothing: there is none of that number.
  std::optional<RecordedRun> run(int64_t run_id);

  // The rows of a run in their order; next() says where each is, and read() what it says.
  void begin_run(const RecordedRun& run);
  bool next(HistoryPlace& place);
  HistoryRow read();
  // A row by its place; null: there is none.  Who asks for many profiles comes back to it, so it is kept while there is room.
  std::shared_ptr<const HistoryRow> read(const HistoryPlace& place, const RecordedRun& run);

  // Where a number stands in rows of few numbers.  REQUIRES: within with_spi, as the extension's owner; the snapshot is the
  // active one.
  std::vector<HistoryPlace> places_of(int32_t number);
  // Bitmaps in which it may stand.
  const std::vector<HistoryPlace>& bitmaps_of(int32_t number);
  uint64_t rows_read() const { return rows_read_; }
  void close();

 private:
  struct RunColumns {
    AttrNumber run_id, segment_id, refresh_id, at, is_base, last;
  };
  struct RowColumns {
    AttrNumber run_id, step, change, part, numbers, others, members, since, checksum, last;
  };
  void open_runs();
  void open_rows();
  RecordedRun run_of(TupleTableSlot* slot) const;
  HistoryPlace place_of(TupleTableSlot* slot) const;
  HistoryRow row_of(TupleTableSlot* slot, const RecordedRun& run);
  std::shared_ptr<const HistoryRow> find_row(const HistoryPlace& place, const RecordedRun& run);

  Snapshot snapshot_;
  MemoryContext context_;
  Relation runs_ = nullptr;
  Relation rows_ = nullptr;
  RunColumns run_columns_{};
  RowColumns row_columns_{};
  IndexLookUp run_by_id_;
  IndexLookUp runs_by_segment_;
  IndexLookUp rows_by_run_;
  IndexLookUp row_by_place_;
  IndexLookUp rows_by_chunk_;
  std::map<HistoryPlace, std::shared_ptr<const HistoryRow>> kept_;
  size_t kept_bytes_ = 0;
  std::unordered_map<int32_t, std::vector<HistoryPlace>> bitmaps_;  // by chunk
  RecordedRun current_run_;
  TupleTableSlot* current_ = nullptr;
  uint64_t rows_read_ = 0;
};

}  // namespace segments::pg
