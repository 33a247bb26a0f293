// changes_since(): what consumers follow.
#include "pg/segment/history_cursor.h"
#include "pg/segment/history_reader.h"
#include "pg/segment/readable_segment.h"
#include "pg/segment/segment.h"
#include "pg/server/scratch.h"
#include "pg/store/history_profile.h"
#include "pg/store/membership_history.h"

namespace segments::pg {
namespace {

constexpr const char* kBeginAnew =
    "Begin anew: segments.changes_since(segment, NULL) tells all members there are, which replace what was known.";

[[noreturn]] void throw_lost(const char* message, const char* detail) {
  throw Error(ErrorCode::kNotReady, message, detail, kBeginAnew);
}

struct FirstRun {
  int64_t run_id = 0;  // 0: there is none
  bool is_base = false;
};

FirstRun first_run(int32_t segment_id) {
  Rows rows = run("SELECT run_id, is_base FROM segments.membership_run WHERE segment_id = $1 ORDER BY run_id LIMIT 1",
                  {int4(segment_id)}, {.read_only = true});
  FirstRun first;
  if (!rows.empty()) first = {rows.int8(0, 0), rows.boolean(0, 1)};
  rows.release();
  return first;
}

// Throws unless everything after the cursor is in the history.
void check_cursor(const HistoryCursor& cursor, int32_t segment_id) {
  const HistoryCursor here = end_of_run(segment_id, cursor.run_id, cursor.at);
  if (cursor.origin != here.origin || cursor.database != here.database) {
    throw_lost("cursor is of another database", "Histories go their own ways from a restore or a copy on.");
  }
  if (cursor.segment_id != segment_id) {
    throw Error(ErrorCode::kInvalidValue, "cursor is of another segment", "Each segment has cursors of its own.", kBeginAnew);
  }
  const FirstRun first = first_run(segment_id);
  if (cursor.run_id < first.run_id || first.run_id == 0) {
    throw_lost("cursor is older than the history that is kept",
               first.run_id == 0 ? "All of the segment's history is lost, because it could not be written."
                                 : "The setting segments.history_retention says how long that is.");
  }
  Rows rows = run("SELECT at FROM segments.membership_run WHERE segment_id = $1 AND run_id = $2",
                  {int4(segment_id), int8(cursor.run_id)}, {.read_only = true});
  const bool is_known = !rows.empty() && rows.timestamptz(0, 0) == cursor.at;
  rows.release();
  if (!is_known) throw_lost("cursor is of another history", "The database was set back to a time before the cursor.");
  const bool is_within = cursor.step != HistoryCursor::kEndOfRun && cursor.change != static_cast<int16_t>(Change::kBase);
  if (first.is_base && cursor.run_id == first.run_id && is_within) {
    throw_lost("cursor is older than the history that is kept", "The setting segments.history_retention says how long that is.");
  }
}

const char* word_of(Change change) {
  switch (change) {
    case Change::kLeft:
      return "left";
    case Change::kSplit:
      return "split";
    case Change::kMerged:
    case Change::kReplaced:
      return "merged";
    default:
      return "entered";
  }
}

struct ChangedProfile {
  const char* change;
  std::string profile_id;
  std::optional<std::string> other_id;
  int64_t run_id;
  int64_t refresh_id;
  Timestamp at;
  HistoryCursor cursor;
};

// Whose ids are asked for at once.
constexpr int64_t kNumbersAtOnce = 65536;

// Rows of the result.  The last one of a run gets the cursor behind it, so each waits for the next one.
class ChangeFeed {
 public:
  ChangeFeed(ReturnSetInfo* result, HistoryCursor place, std::optional<HistoryCursor> after, int64_t most)
      : result_(result), place_(place), after_(after), left_(most) {}

  // Rows of one run, step and kind of change come one after the other, and are told in the order of their numbers.
  void add(HistoryRow&& row) {
    const bool continues = row_ && row_->run_id == row.run_id && row_->step == row.step && row_->change == row.change;
    if (continues) {
      row_->numbers |= row.numbers;
      row_->pairs.insert(row_->pairs.end(), row.pairs.begin(), row.pairs.end());
      return;
    }
    tell();
    if (row_ && row_->run_id != row.run_id) end_run();
    row_ = std::move(row);
  }
  void end() {
    tell();
    end_run();
  }
  bool is_full() const { return left_ <= 0 && !waiting_; }

 private:
  void tell() {
    if (!row_ || is_full()) return;
    place_.run_id = row_->run_id;
    place_.at = row_->at;
    place_.step = row_->step;
    place_.change = static_cast<int16_t>(row_->change);
    if (is_told()) return;
    row_->pairs.empty() ? tell_set() : tell_pairs();
  }

  // Whether the cursor is behind these rows.
  bool is_told() const {
    return after_ && after_->run_id == place_.run_id &&
           std::tie(place_.step, place_.change) < std::tie(after_->step, after_->change);
  }
  // The first number that is to be told of the rows that are told now.
  int64_t first_number() const {
    const bool is_begun =
        after_ && after_->run_id == place_.run_id && after_->step == place_.step && after_->change == place_.change;
    return is_begun ? int64_t{after_->number} + 1 : 0;
  }
  // One more than are told: whether it is there decides where the cursor of the last one stands.
  size_t at_once() const { return static_cast<size_t>(std::min<int64_t>(left_, kNumbersAtOnce)) + 1; }

  void tell_set() {
    for (int64_t next = first_number(); next <= INT32_MAX && !is_full();) {
      std::vector<Ordinal> numbers(at_once());
      numbers.resize(row_->numbers.read(static_cast<Ordinal>(next), numbers));
      if (numbers.empty()) return;
      next = int64_t{numbers.back()} + 1;
      profiles_of_numbers(ProfileSet::from_ordinals(numbers), interrupt_, [&](int32_t number, Datum profile_id) {
        put(number, word_of(row_->change), text_of(profile_id), std::nullopt);
      });
    }
  }

  void tell_pairs() {
    std::ranges::sort(row_->pairs, {}, &NumberPair::number);
    auto next =
        std::ranges::lower_bound(row_->pairs, first_number(), {}, [](const NumberPair& pair) { return int64_t{pair.number}; });
    while (next != row_->pairs.end() && !is_full()) {
      const auto end = next + std::min<ptrdiff_t>(row_->pairs.end() - next, static_cast<ptrdiff_t>(at_once()));
      tell_some(std::span(next, end));
      next = end;
    }
  }

  void tell_some(std::span<const NumberPair> pairs) {
    ProfileSet numbers;
    for (const auto [number, other] : pairs) {
      numbers.insert(static_cast<Ordinal>(number));
      numbers.insert(static_cast<Ordinal>(other));
    }
    std::unordered_map<int32_t, std::string> ids;
    profiles_of_numbers(numbers, interrupt_, [&](int32_t number, Datum profile_id) { ids[number] = text_of(profile_id); });
    for (const auto [number, other] : pairs) {
      const auto id = ids.find(number);
      const auto other_id = ids.find(other);
      if (id != ids.end()) {
        put(number, word_of(row_->change), id->second,
            other_id == ids.end() ? std::nullopt : std::optional<std::string>(other_id->second));
      } else if (row_->change == Change::kReplaced && other_id != ids.end()) {
        // Whom it has replaced was erased.
        put(number, "entered", other_id->second, std::nullopt);
      }
    }
  }

  void put(int32_t number, const char* change, std::string profile_id, std::optional<std::string> other_id) {
    place_.number = number;
    flush();
    if (left_ <= 0) return;
    --left_;
    waiting_ = {change, std::move(profile_id), std::move(other_id), row_->run_id, row_->refresh_id, row_->at, place_};
  }

  void end_run() {
    if (!waiting_) return;
    waiting_->cursor.step = HistoryCursor::kEndOfRun;
    waiting_->cursor.change = 0;
    waiting_->cursor.number = 0;
    flush();
  }

  void flush() {
    if (!waiting_) return;
    const std::string cursor = print_cursor(waiting_->cursor);
    with_scratch([&] {
      Datum values[7] = {text(waiting_->profile_id).value,
                         text(waiting_->change).value,
                         waiting_->other_id ? text(*waiting_->other_id).value : Datum(0),
                         int8(waiting_->run_id).value,
                         int8(waiting_->refresh_id).value,
                         timestamptz(waiting_->at).value,
                         text(cursor).value};
      bool nulls[7] = {};
      nulls[2] = !waiting_->other_id;
      Datum* row = values;
      bool* row_nulls = nulls;
      call([&] { tuplestore_putvalues(result_->setResult, result_->setDesc, row, row_nulls); });
    });
    waiting_.reset();
  }

  ReturnSetInfo* result_;
  HistoryCursor place_;
  std::optional<HistoryCursor> after_;
  int64_t left_;
  std::optional<HistoryRow> row_;
  std::optional<ChangedProfile> waiting_;
  ServerInterrupt interrupt_;
};

// Runs that are read at once, in the end: a consumer that asks for few rows does not read a year.
constexpr int64_t kMostRuns = 64;

// The last of the next runs after one; 0: there is none.
int64_t next_runs(int32_t segment_id, int64_t after, int64_t count) {
  Rows rows =
      run("SELECT max(run_id) FROM (SELECT run_id FROM segments.membership_run WHERE segment_id = $1 AND run_id > $2"
          " ORDER BY run_id LIMIT $3) AS next",
          {int4(segment_id), int8(after), int8(count)}, {.read_only = true});
  const int64_t last = rows.is_null(0, 0) ? 0 : rows.int8(0, 0);
  rows.release();
  return last;
}

void tell_changes(const std::string& name, Oid role, const std::optional<std::string>& cursor, int64_t most,
                  ReturnSetInfo* result) {
  const int32_t segment_id = find_readable(name, role).segment.segment_id;
  std::optional<HistoryCursor> after;
  int64_t begin = 0;
  if (cursor) {
    after = parse_cursor(*cursor);
    check_cursor(*after, segment_id);
    begin = after->run_id - (after->step == HistoryCursor::kEndOfRun ? 0 : 1);
  }
  ChangeFeed feed(result, end_of_run(segment_id, 0, 0), after, most);
  int64_t count = 1;
  while (!feed.is_full()) {
    const int64_t last = next_runs(segment_id, begin, count);
    if (last == 0) break;
    count = std::min(count * 2, kMostRuns);
    std::vector<HistoryRow> rows;
    read_history(segment_id, begin, last, true, [&](HistoryRow&& row) { rows.push_back(std::move(row)); });
    for (HistoryRow& row : rows) feed.add(std::move(row));
    begin = last;
  }
  feed.end();
  note_reading(segment_id, role);
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_changes_since) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  const std::string name = required_text(fcinfo, 0, "segment");
  const std::optional<std::string> cursor = PG_ARGISNULL(1) ? std::nullopt : std::optional(text_of(PG_GETARG_DATUM(1)));
  const int64_t most = PG_ARGISNULL(2) ? INT64_MAX : PG_GETARG_INT64(2);
  if (most < 0) throw Error(ErrorCode::kInvalidValue, "max_rows must not be negative");
  as_owner([&](Oid caller) { tell_changes(name, caller, cursor, most, result); });
  return Datum(0);
}
