// One scan of the member table while it is executed.
#pragma once
#include "pg/member/member_plan.h"
#include "pg/member/ordered_members.h"
#include "pg/member/paired_segments.h"
#include "pg/server/live_objects.h"

namespace segments::pg {

class MemberScan : public LiveObject {
 public:
  // Reads as the user of now: whoever opens a cursor, not who fetches from it.
  // `node` outlives this; its expressions are initialized.
  MemberScan(ForeignScanState* node, const ScanPlan& plan, const MemberColumns& columns, List* conditions, List* values);

  // False after the last row.  Fills the values and nulls of the scan's slot.
  bool next(Datum* values, bool* nulls);
  // From the beginning, maybe with other parameters.
  void restart();
  void close();
  // Processes that claim what they read by this counter share the rows; null: there is one process.  REQUIRES: before the first
  // row.
  void share(pg_atomic_uint64* counter) { counter_ = counter; }
  uint64_t rows_decoded() const { return chosen_ ? chosen_->rows_decoded() : decoded_before_; }
  uint64_t chunks_read() const { return ids_ ? ids_->chunks_read() : chunks_before_; }

 private:
  void start();
  void open();
  // What says which segments there are on one side of a pair, or on the only one.
  struct Side {
    std::span<ExprState* const> conditions;
    SegmentNames names;
    int value;  // that names them
    int place;  // of the name in the scan's slot
  };
  Side side(bool is_second) const;
  void choose_segments(ChosenSegments& chosen, const Side& side);
  std::vector<uint32_t> named_places(const Side& side);
  Datum name_of(uint32_t place);
  bool is_chosen(const Side& side, Datum name);
  std::optional<std::vector<Datum>> asked_profiles();
  std::vector<Datum> texts_of(int number);
  IdRange id_range();
  bool is_array(int number) const { return number < list_length(plan_.is_array) && list_nth_int(plan_.is_array, number) != 0; }
  Datum evaluate(int number, bool* is_null, bool is_id);
  std::optional<IdType> shown_id() const;
  Datum id_value(const MemberRow& row);
  void make_rows();
  void put(const ChosenSegment& segment, Datum* values, bool* nulls) const;
  void put_pair(const MemberRow& row, Datum* values, bool* nulls);
  bool next_count(Datum* values, bool* nulls);
  int64_t total(CountKind kind);
  int64_t united();

  ForeignScanState* node_;
  Oid user_;
  ScanPlan plan_;
  MemberColumns columns_;
  std::vector<ExprState*> conditions_;  // of segments
  std::vector<ExprState*> values_;      // values or arrays that ids are equal to; then those they are compared with
  MemoryContext memory_;                // of the scan
  MemoryContext start_memory_;          // until it is restarted
  std::shared_ptr<const ReadableSegments> readable_;
  std::optional<ChosenSegments> chosen_;
  std::optional<ChosenSegments> second_;  // kPairs
  std::optional<PairedSegments> pairs_;
  std::optional<ProfileIdReader> ids_;
  std::optional<RecordReader> records_;
  std::optional<TextMemory> texts_;
  std::optional<IdType> id_;
  std::optional<IdValues> id_values_;  // in rows, unless stored texts are shown as they are
  std::unique_ptr<MemberRows> rows_;
  pg_atomic_uint64* counter_ = nullptr;
  bool has_started_ = false;
  bool has_chosen_ = false;
  size_t next_count_ = 0;
  uint64_t decoded_before_ = 0;
  uint64_t chunks_before_ = 0;
};

}  // namespace segments::pg
