// Changes of memberships one by one: run by run, or those of named profiles.
#pragma once
#include "pg/member/member_rows.h"
#include "pg/store/history_profile_reader.h"
#include "pg/store/history_reader.h"

namespace segments::pg {

struct ChosenRun {
  RecordedRun recorded;
  Datum segment;  // its name
};

struct ChangeRow {
  const ChosenRun* run;
  Change change;
  Datum profile_id;  // valid until the next row; 0 if ids are not wanted
  Datum other_id;    // 0: there is none, or it is not wanted
};

// What an execution has decided.
class ChangeChoice {
 public:
  virtual ~ChangeChoice() = default;
  // Null: a run that is not wanted, or that the user may not read.
  virtual const ChosenRun* run(int64_t run_id) = 0;
  virtual bool is_wanted(const ChosenRun& run, Change change) = 0;
  virtual void report_damage(const ChosenRun& run, const Error& error) = 0;
};

class ChangeRows {
 public:
  virtual ~ChangeRows() = default;
  // False after the last row.
  virtual bool next(ChangeRow& row) = 0;
};

// What is shown of changes.
struct WantedIds {
  bool profiles;
  bool others;
};

// All changes of these runs, in their order.  `memory` is for ids of a few rows at a time; `erased`: numbers of erased persons,
// if ids are not wanted.
class ChangesByRun final : public ChangeRows {
 public:
  ChangesByRun(ChangeChoice& choice, HistoryReader& history, HistoryProfileReader& ids, std::span<const ChosenRun> runs,
               WantedIds wanted, const ProfileSet& erased, MemoryContext memory)
      : choice_(choice), history_(history), ids_(ids), runs_(runs), wanted_(wanted), erased_(erased), memory_(memory) {}
  bool next(ChangeRow& row) override;

 private:
  bool next_row();
  bool fill();
  void fill_numbers();
  void fill_pairs();
  void find_ids();

  ChangeChoice& choice_;
  HistoryReader& history_;
  HistoryProfileReader& ids_;
  std::span<const ChosenRun> runs_;
  WantedIds wanted_;
  const ProfileSet& erased_;
  MemoryContext memory_;
  ServerInterrupt interrupt_;
  size_t next_run_ = 0;
  const ChosenRun* run_ = nullptr;
  HistoryRow row_;
  uint64_t next_number_ = 0;  // of row_
  size_t next_pair_ = 0;
  size_t batch_ = 64;  // grows: who wants few rows waits for few
  std::vector<Ordinal> numbers_;
  std::vector<int32_t> others_;  // beside them, if there are pairs
  std::vector<Datum> profile_ids_;
  std::vector<Datum> other_ids_;
  size_t position_ = 0;
};

class ChangesOfProfiles final : public ChangeRows {
 public:
  // `places`: where a number may stand.
  using FindPlaces = std::function<std::vector<HistoryPlace>(std::span<const int32_t> numbers)>;
  ChangesOfProfiles(ChangeChoice& choice, HistoryReader& history, HistoryProfileReader& ids, std::vector<Datum> profile_ids,
                    WantedIds wanted, FindPlaces places, MemoryContext memory)
      : choice_(choice), history_(history), ids_(ids), profile_ids_(std::move(profile_ids)), wanted_(wanted),
        find_places_(std::move(places)), memory_(memory) {}
  bool next(ChangeRow& row) override;

 private:
  bool next_profile();
  bool find_in(const ChosenRun& run, const HistoryRow& row, ChangeRow& found);
  Datum id_of(int32_t number);

  ChangeChoice& choice_;
  HistoryReader& history_;
  HistoryProfileReader& ids_;
  std::vector<Datum> profile_ids_;
  WantedIds wanted_;
  FindPlaces find_places_;
  MemoryContext memory_;
  ServerInterrupt interrupt_;
  size_t next_profile_ = 0;
  std::vector<int32_t> numbers_;
  std::vector<HistoryPlace> places_;
  size_t next_place_ = 0;
};

}  // namespace segments::pg
