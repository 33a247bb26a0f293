// One scan of the member table while it is executed.
#pragma once
#include "pg/member/member_plan.h"
#include "pg/member/member_rows.h"
#include "pg/server/live_objects.h"

namespace segments::pg {

class MemberScan : public LiveObject {
 public:
  // `node` outlives this; its expressions are initialized.
  MemberScan(ForeignScanState* node, const ScanPlan& plan, const MemberColumns& columns, List* conditions, List* values);

  // False after the last row.  Fills the values of the scan's slot; nulls stand already.
  bool next(Datum* values, bool* nulls);
  // From the beginning, maybe with other parameters.
  void restart();
  void close();
  uint64_t rows_decoded() const { return chosen_ ? chosen_->rows_decoded() : decoded_before_; }
  uint64_t chunks_read() const { return ids_ ? ids_->chunks_read() : chunks_before_; }

 private:
  void start();
  void open();
  void choose_segments();
  bool is_chosen(const ListedSegment& segment, Datum name);
  std::optional<std::vector<Datum>> asked_profiles();
  std::vector<Datum> texts_of(int number);
  IdRange id_range();
  Datum evaluate(int number, bool* is_null);
  void make_rows();
  void put(const ChosenSegment& segment, Datum* values, bool* nulls) const;
  bool next_count(Datum* values, bool* nulls);
  int64_t total(CountKind kind);
  int64_t united();

  ForeignScanState* node_;
  ScanPlan plan_;
  MemberColumns columns_;
  std::vector<ExprState*> conditions_;  // of segments
  std::vector<ExprState*> values_;      // texts or arrays that ids are equal to; then those they are compared with
  MemoryContext memory_;                // of the scan
  MemoryContext start_memory_;          // until it is restarted
  std::optional<ReadableSegments> readable_;
  std::optional<ChosenSegments> chosen_;
  std::optional<ProfileIdReader> ids_;
  std::optional<RecordReader> records_;
  std::optional<TextMemory> texts_;
  std::unique_ptr<MemberRows> rows_;
  bool has_started_ = false;
  bool has_chosen_ = false;
  size_t next_count_ = 0;
  uint64_t decoded_before_ = 0;
  uint64_t chunks_before_ = 0;
};

}  // namespace segments::pg
