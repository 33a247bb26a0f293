#include "pg/member/change_scan.h"

#include "pg/member/foreign_scan.h"
#include "pg/query/query.h"
#include "pg/server/datum.h"
#include "pg/store/history_profile.h"

namespace segments::pg {
namespace {

// So many segments are looked for by their number.
constexpr size_t kFewSegments = 32;

// As the extension's owner, of what the snapshot shows.
template <class F>
auto as_owner_at(Snapshot snapshot, F body) {
  call([&] { PushActiveSnapshot(snapshot); });
  const OwnerScope owner = OwnerScope::enter();
  auto result = with_spi(body);
  owner.leave();
  call([] { PopActiveSnapshot(); });
  return result;
}

}  // namespace

ChangeScan::ChangeScan(ForeignScanState* node, const ChangeScanPlan& plan, const ChangeColumns& columns, List* states)
    : node_(node), user_(GetUserId()), plan_(plan), columns_(columns) {
  for (int i = 0; i < list_length(states); ++i) states_.push_back(static_cast<ExprState*>(list_nth(states, i)));
  call([&] {
    memory_ = AllocSetContextCreate(CurrentMemoryContext, "segments change scan", ALLOCSET_DEFAULT_SIZES);
    start_memory_ = AllocSetContextCreate(memory_, "segments change values", ALLOCSET_SMALL_SIZES);
    row_memory_ = AllocSetContextCreate(memory_, "segments change ids", ALLOCSET_DEFAULT_SIZES);
    MemoryContext outer = MemoryContextSwitchTo(memory_);
    const char* words[] = {"", "left", "split", "merged", "merged", "entered"};
    for (size_t i = 0; i < words_.size(); ++i) words_[i] = PointerGetDatum(cstring_to_text(words[i]));
    MemoryContextSwitchTo(outer);
  });
}

// One snapshot for all of it.
void ChangeScan::open() {
  if (history_) return;
  snapshot_ = node_->ss.ps.state->es_snapshot;
  directory_ = segment_directory(snapshot_);
  readable_ = readable_segments(directory_, user_);
  history_.emplace(snapshot_, memory_);
  ids_.emplace(snapshot_, memory_);
  const bool names_profiles = plan_.is_array != nullptr;
  if (!plan_.needs_ids && !names_profiles) {
    erased_ = as_owner_at(snapshot_, [] { return erased_numbers(); });
  }
}

// Whether conditions hold of a segment, a run (null: not known yet) and a kind of change (0: likewise).
bool ChangeScan::holds(int first, int count, Datum segment, const RecordedRun* run, Datum change) {
  if (count == 0) return true;
  TupleTableSlot* slot = node_->ss.ss_ScanTupleSlot;
  const auto conditions = std::span(states_).subspan(static_cast<size_t>(first), static_cast<size_t>(count));
  return call([&] {
    ExecClearTuple(slot);
    set_all_null(node_);
    const auto put = [&](AttrNumber column, Datum value) {
      slot->tts_values[column - 1] = value;
      slot->tts_isnull[column - 1] = false;
    };
    put(columns_.segment, segment);
    if (run != nullptr) {
      put(columns_.run_id, Int64GetDatum(run->run_id));
      put(columns_.refresh_id, Int64GetDatum(run->refresh_id));
      put(columns_.at, TimestampTzGetDatum(run->at));
    }
    if (change != 0) put(columns_.change, change);
    return all_hold(node_, conditions);
  });
}

void ChangeScan::choose_segments() {
  if (has_chosen_segments_) return;
  segments_.clear();
  for (const uint32_t place : readable_->all_places()) {
    const ListedSegment& segment = directory_->segments[place];
    const Datum name = call([&] { return text_in(plan_.is_fixed ? memory_ : start_memory_, segment.name); });
    if (holds(0, plan_.segment_conditions, name, nullptr, 0)) segments_[segment.segment_id] = {&segment, name};
  }
  has_chosen_segments_ = true;
}

std::vector<RecordedRun> ChangeScan::recorded_runs() {
  std::vector<RecordedRun> runs;
  if (segments_.size() <= kFewSegments) {
    for (const auto& [segment_id, listed] : segments_) history_->add_runs_of(segment_id, runs);
    return runs;
  }
  if (plan_.strategies == nullptr) return history_->all_runs();
  const auto [first, last] = span();
  return history_->runs_between(first, last);
}

std::optional<ChosenRun> ChangeScan::chosen(const RecordedRun& recorded) {
  const auto segment = segments_.find(recorded.segment_id);
  if (recorded.is_base || segment == segments_.end()) return std::nullopt;
  if (!holds(plan_.segment_conditions, plan_.run_conditions, segment->second.name, &recorded, 0)) return std::nullopt;
  return ChosenRun{recorded, segment->second.name};
}

void ChangeScan::choose_runs() {
  if (has_chosen_runs_) return;
  runs_.clear();
  for (const RecordedRun& recorded : recorded_runs()) {
    if (const std::optional<ChosenRun> run = chosen(recorded)) runs_.push_back(*run);
  }
  const auto place = [](const ChosenRun& run) { return std::pair(run.recorded.at, run.recorded.run_id); };
  if (plan_.order == ChangeOrder::kNone) {
    std::ranges::sort(runs_, {}, [](const ChosenRun& run) { return run.recorded.run_id; });
  } else {
    std::ranges::sort(runs_, {}, place);
    if (plan_.order == ChangeOrder::kDescending) std::ranges::reverse(runs_);
  }
  has_chosen_runs_ = true;
}

const ChosenRun* ChangeScan::run(int64_t run_id) {
  const auto [known, is_new] = known_runs_.try_emplace(run_id);
  if (is_new) {
    if (const std::optional<RecordedRun> recorded = history_->run(run_id)) known->second = chosen(*recorded);
  }
  return known->second ? &*known->second : nullptr;
}

bool ChangeScan::is_wanted(const ChosenRun& run, Change change) {
  if (plan_.change_conditions == 0) return true;
  if (answered_run_ != run.recorded.run_id) {
    answers_ = {};
    answered_run_ = run.recorded.run_id;
  }
  std::optional<bool>& answer = answers_.at(static_cast<size_t>(change));
  if (!answer) {
    answer = holds(plan_.segment_conditions + plan_.run_conditions, plan_.change_conditions, run.segment, &run.recorded,
                   words_.at(static_cast<size_t>(change)));
  }
  return *answer;
}

// Whoever asks for segments by a condition is told with an error.
void ChangeScan::report_damage(const ChosenRun& run, const Error& error) {
  const std::string name(text_view(run.segment));
  if (plan_.segment_conditions > 0) {
    throw Error(ErrorCode::kDataCorrupted, "stored history of segment \"" + name + "\" is damaged", error.detail());
  }
  if (!reported_.insert(run.recorded.segment_id).second) return;
  const char* bytes = name.c_str();
  const char* detail = error.detail().c_str();
  call([&] {
    ereport(WARNING, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored history of segment \"%s\" is damaged and left out", bytes),
                      errdetail("%s", detail)));
  });
}

// ---- values that conditions compare with

Datum ChangeScan::evaluate(int number, bool* is_null) {
  ExprState* state = states_[static_cast<size_t>(plan_.conditions() + number)];
  ExprContext* context = node_->ss.ps.ps_ExprContext;
  return call([&] { return ExecEvalExprSwitchContext(state, context, is_null); });
}

// The texts of a value, or of an array's elements, that are not null; ascending, each once.
std::vector<Datum> ChangeScan::texts_of(int number) {
  std::vector<Datum> texts;
  bool is_null = false;
  const Datum value = evaluate(number, &is_null);
  if (is_null) return texts;
  const MemoryContext outer = MemoryContextSwitchTo(start_memory_);
  const Datum plain = call([&] { return plain_copy(value); });
  if (list_nth_int(plan_.is_array, number) == 0) {
    texts.push_back(plain);
  } else {
    const ArrayElements elements = elements_of(plain, TEXTOID);
    for (int i = 0; i < elements.count; ++i) {
      if (!elements.nulls[i]) texts.push_back(elements.values[i]);
    }
  }
  MemoryContextSwitchTo(outer);
  return distinct_texts(std::move(texts));
}

// Nothing: no condition names profiles.
std::optional<std::vector<Datum>> ChangeScan::asked_profiles() {
  return texts_in_all(list_length(plan_.is_array), [&](int number) { return texts_of(number); });
}

// Within which runs are, by comparisons with `at`; a null satisfies none, which the run's condition finds out.
std::pair<Timestamp, Timestamp> ChangeScan::span() {
  Timestamp first = DT_NOBEGIN;
  Timestamp last = DT_NOEND;
  for (int i = 0; i < list_length(plan_.strategies); ++i) {
    bool is_null = false;
    const Datum value = evaluate(list_length(plan_.is_array) + i, &is_null);
    if (is_null) continue;
    const Timestamp at = DatumGetTimestampTz(value);
    const int strategy = list_nth_int(plan_.strategies, i);
    if (strategy >= BTEqualStrategyNumber) first = std::max(first, at);
    if (strategy <= BTEqualStrategyNumber) last = std::min(last, at);
  }
  return {first, last};
}

std::vector<HistoryPlace> ChangeScan::places_of(std::span<const int32_t> numbers) {
  std::vector<HistoryPlace> places;
  const auto add = [&](std::span<const HistoryPlace> more) { places.insert(places.end(), more.begin(), more.end()); };
  for (const int32_t number : numbers) {
    add(as_owner_at(snapshot_, [&] { return history_->places_of(number); }));
    add(history_->bitmaps_of(number));
  }
  std::ranges::sort(places);
  places.erase(std::ranges::unique(places).begin(), places.end());
  return places;
}

// ---- rows

void ChangeScan::start() {
  open();
  choose_segments();
  const WantedIds wanted{plan_.needs_ids, plan_.needs_others};
  if (std::optional<std::vector<Datum>> profiles = asked_profiles()) {
    rows_ = std::make_unique<ChangesOfProfiles>(
        *this, *history_, *ids_, std::move(*profiles), wanted,
        [this](std::span<const int32_t> numbers) { return places_of(numbers); }, row_memory_);
  } else {
    choose_runs();
    rows_ = std::make_unique<ChangesByRun>(*this, *history_, *ids_, runs_, wanted, erased_, row_memory_);
  }
  has_started_ = true;
}

void ChangeScan::restart() {
  if (!has_started_) return;
  has_started_ = false;
  rows_.reset();
  call([&] { MemoryContextReset(start_memory_); });
  if (plan_.is_fixed) return;
  segments_.clear();
  runs_.clear();
  known_runs_.clear();
  answered_run_ = 0;
  has_chosen_segments_ = false;
  has_chosen_runs_ = false;
}

void ChangeScan::close() {
  rows_.reset();
  if (!history_) return;
  rows_before_ = history_->rows_read();
  history_->close();
  ids_->close();
  history_.reset();
}

bool ChangeScan::next(Datum* values, bool* nulls) {
  if (!has_started_) start();
  ChangeRow row{};
  if (!rows_->next(row)) return false;
  // Conditions were evaluated in the scan's slot.
  set_all_null(node_);
  const auto put = [&](AttrNumber column, Datum value) {
    values[column - 1] = value;
    nulls[column - 1] = false;
  };
  put(columns_.segment, row.run->segment);
  put(columns_.change, words_[static_cast<size_t>(row.change)]);
  put(columns_.run_id, Int64GetDatum(row.run->recorded.run_id));
  put(columns_.refresh_id, Int64GetDatum(row.run->recorded.refresh_id));
  put(columns_.at, TimestampTzGetDatum(row.run->recorded.at));
  if (row.profile_id != 0) put(columns_.profile_id, row.profile_id);
  if (row.other_id != 0) put(columns_.other_profile_id, row.other_id);
  return true;
}

}  // namespace segments::pg
