// One scan of changes of memberships while it is executed.
#pragma once
#include "pg/member/change_plan.h"
#include "pg/member/change_rows.h"
#include "pg/segment/segment_directory.h"
#include "pg/server/live_objects.h"

namespace segments::pg {

class ChangeScan final : public LiveObject, public ChangeChoice {
 public:
  // Reads as the user of now: whoever opens a cursor, not who fetches from it.
  // `node` outlives this; its expressions are initialized.
  ChangeScan(ForeignScanState* node, const ChangeScanPlan& plan, const ChangeColumns& columns, List* states);

  // False after the last row.  Fills the values and nulls of the scan's slot.
  bool next(Datum* values, bool* nulls);
  // From the beginning, maybe with other parameters.
  void restart();
  void close();
  uint64_t rows_read() const { return history_ ? history_->rows_read() : rows_before_; }

 private:
  struct Listed {
    const ListedSegment* segment;
    Datum name;
  };
  const ChosenRun* run(int64_t run_id) override;
  bool is_wanted(const ChosenRun& run, Change change) override;
  void report_damage(const ChosenRun& run, const Error& error) override;

  void open();
  void choose_segments();
  void choose_runs();
  std::vector<RecordedRun> recorded_runs();
  std::optional<ChosenRun> chosen(const RecordedRun& recorded);
  bool holds(int first, int count, Datum segment, const RecordedRun* run, Datum change);
  Datum evaluate(int number, bool* is_null);
  std::optional<std::vector<Datum>> asked_profiles();
  std::vector<Datum> texts_of(int number);
  std::pair<Timestamp, Timestamp> span();
  std::vector<HistoryPlace> places_of(std::span<const int32_t> numbers);
  void start();

  ForeignScanState* node_;
  Oid user_;
  ChangeScanPlan plan_;
  ChangeColumns columns_;
  std::vector<ExprState*> states_;
  MemoryContext memory_;        // of the scan
  MemoryContext start_memory_;  // until it is restarted
  MemoryContext row_memory_;
  Snapshot snapshot_ = nullptr;
  std::shared_ptr<const SegmentDirectory> directory_;
  std::shared_ptr<const ReadableSegments> readable_;
  std::optional<HistoryReader> history_;
  std::optional<HistoryProfileReader> ids_;
  std::unordered_map<int32_t, Listed> segments_;
  std::vector<ChosenRun> runs_;
  std::unordered_map<int64_t, std::optional<ChosenRun>> known_runs_;
  int64_t answered_run_ = 0;  // of `answers_`: whether its changes of each kind are wanted
  std::array<std::optional<bool>, 6> answers_;
  std::array<Datum, 6> words_{};
  ProfileSet erased_;
  std::unique_ptr<ChangeRows> rows_;
  std::set<int32_t> reported_;
  bool has_started_ = false;
  bool has_chosen_segments_ = false;
  bool has_chosen_runs_ = false;
  uint64_t rows_before_ = 0;
};

}  // namespace segments::pg
