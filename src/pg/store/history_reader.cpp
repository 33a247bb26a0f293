#include "pg/store/history_reader.h"

#include "pg/query/saved_statement.h"
#include "pg/server/scratch.h"
#include "pg/store/member_cache.h"

namespace segments::pg {

namespace {

constexpr size_t kKeptBytes = 128;  // of a row that is kept, beside what it says

// The number of a column; `last` becomes that of the last one that was asked for.  Server calls only.
AttrNumber noted_column(Relation table, const char* name, AttrNumber& last) {
  const AttrNumber number = column_of(table, name);
  last = std::max(last, number);
  return number;
}

}  // namespace

void HistoryReader::open_runs() {
  if (runs_ != nullptr) return;
  call([&] {
    runs_ = open_own_table("membership_run");
    AttrNumber& last = run_columns_.last;
    run_columns_.run_id = noted_column(runs_, "run_id", last);
    run_columns_.segment_id = noted_column(runs_, "segment_id", last);
    run_columns_.refresh_id = noted_column(runs_, "refresh_id", last);
    run_columns_.at = noted_column(runs_, "at", last);
    run_columns_.is_base = noted_column(runs_, "is_base", last);
  });
}

void HistoryReader::open_rows() {
  if (rows_ != nullptr) return;
  call([&] {
    rows_ = open_own_table("membership_history");
    AttrNumber& last = row_columns_.last;
    row_columns_.run_id = noted_column(rows_, "run_id", last);
    row_columns_.step = noted_column(rows_, "step", last);
    row_columns_.change = noted_column(rows_, "change", last);
    row_columns_.part = noted_column(rows_, "part", last);
    row_columns_.numbers = noted_column(rows_, "numbers", last);
    row_columns_.others = noted_column(rows_, "others", last);
    row_columns_.members = noted_column(rows_, "members", last);
    row_columns_.since = noted_column(rows_, "since", last);
    row_columns_.checksum = noted_column(rows_, "checksum", last);
  });
}

RecordedRun HistoryReader::run_of(TupleTableSlot* slot) const {
  const AttrNumber last = run_columns_.last;
  call([&] { slot_getsomeattrs(slot, last); });
  const auto value = [&](AttrNumber column) { return slot->tts_values[column - 1]; };
  return {DatumGetInt64(value(run_columns_.run_id)), DatumGetInt32(value(run_columns_.segment_id)),
          DatumGetInt64(value(run_columns_.refresh_id)), DatumGetTimestampTz(value(run_columns_.at)),
          DatumGetBool(value(run_columns_.is_base))};
}

std::vector<RecordedRun> HistoryReader::all_runs() {
  std::vector<RecordedRun> runs;
  for_each_row("membership_run", {"run_id", "segment_id", "refresh_id", "at", "is_base"}, snapshot_,
               [&](const Datum* values, const bool*) {
                 runs.push_back({DatumGetInt64(values[0]), DatumGetInt32(values[1]), DatumGetInt64(values[2]),
                                 DatumGetTimestampTz(values[3]), DatumGetBool(values[4])});
               });
  return runs;
}

void HistoryReader::add_runs_of(int32_t segment_id, std::vector<RecordedRun>& runs) {
  open_runs();
  if (!runs_by_segment_.is_open()) runs_by_segment_.open(runs_, {"segment_id", "run_id"}, 1, snapshot_, context_);
  const Datum keys[] = {Int32GetDatum(segment_id)};
  runs_by_segment_.begin(keys);
  while (TupleTableSlot* slot = runs_by_segment_.next()) runs.push_back(run_of(slot));
}

std::vector<RecordedRun> HistoryReader::runs_between(Timestamp first, Timestamp last) {
  open_runs();
  std::vector<RecordedRun> runs;
  IndexRange range;
  range.open(runs_, "at", F_TIMESTAMPTZ_GE, F_TIMESTAMPTZ_LE, snapshot_, context_);
  range.begin(TimestampTzGetDatum(first), TimestampTzGetDatum(last));
  while (TupleTableSlot* slot = range.next()) runs.push_back(run_of(slot));
  range.close();
  return runs;
}

std::optional<RecordedRun> HistoryReader::run(int64_t run_id) {
  open_runs();
  if (!run_by_id_.is_open()) run_by_id_.open(runs_, {"run_id"}, 1, snapshot_, context_);
  const Datum keys[] = {Int64GetDatum(run_id)};
  run_by_id_.begin(keys);
  TupleTableSlot* slot = run_by_id_.next();
  return slot == nullptr ? std::nullopt : std::optional(run_of(slot));
}

void HistoryReader::begin_run(const RecordedRun& run) {
  open_rows();
  if (!rows_by_run_.is_open()) {
    rows_by_run_.open(rows_, {"run_id", "step", "change", "part"}, 1, snapshot_, context_);
  }
  current_run_ = run;
  const Datum keys[] = {Int64GetDatum(run.run_id)};
  rows_by_run_.begin(keys);
}

bool HistoryReader::next(HistoryPlace& place) {
  current_ = rows_by_run_.next();
  if (current_ == nullptr) return false;
  place = place_of(current_);
  return true;
}

HistoryRow HistoryReader::read() { return row_of(current_, current_run_); }

std::shared_ptr<const HistoryRow> HistoryReader::find_row(const HistoryPlace& place, const RecordedRun& run) {
  open_rows();
  if (!row_by_place_.is_open()) {
    row_by_place_.open(rows_, {"run_id", "step", "change", "part"}, 4, snapshot_, context_);
  }
  const Datum keys[] = {Int64GetDatum(place.run_id), Int16GetDatum(place.step), Int16GetDatum(static_cast<int16>(place.change)),
                        Int32GetDatum(place.part)};
  row_by_place_.begin(keys);
  TupleTableSlot* slot = row_by_place_.next();
  return slot == nullptr ? nullptr : std::make_shared<const HistoryRow>(row_of(slot, run));
}

std::shared_ptr<const HistoryRow> HistoryReader::read(const HistoryPlace& place, const RecordedRun& run) {
  if (const auto kept = kept_.find(place); kept != kept_.end()) return kept->second;
  std::shared_ptr<const HistoryRow> row = find_row(place, run);
  if (row == nullptr || kept_bytes_ > member_cache_bytes()) return row;
  kept_bytes_ += row->numbers.memory_bytes() + row->pairs.size() * sizeof(NumberPair) + kKeptBytes;
  kept_.emplace(place, row);
  return row;
}

HistoryPlace HistoryReader::place_of(TupleTableSlot* slot) const {
  const AttrNumber last = row_columns_.last;
  call([&] { slot_getsomeattrs(slot, last); });
  const auto value = [&](AttrNumber column) { return slot->tts_values[column - 1]; };
  return {DatumGetInt64(value(row_columns_.run_id)), DatumGetInt16(value(row_columns_.step)),
          static_cast<Change>(DatumGetInt16(value(row_columns_.change))), DatumGetInt32(value(row_columns_.part))};
}

HistoryRow HistoryReader::row_of(TupleTableSlot* slot, const RecordedRun& run) {
  const AttrNumber last = row_columns_.last;
  call([&] { slot_getsomeattrs(slot, last); });
  const AttrNumber columns[] = {row_columns_.step,   row_columns_.change,  row_columns_.part,  row_columns_.numbers,
                                row_columns_.others, row_columns_.members, row_columns_.since, row_columns_.checksum};
  Datum values[12] = {Int64GetDatum(run.run_id), Int64GetDatum(run.refresh_id), TimestampTzGetDatum(run.at),
                      BoolGetDatum(run.is_base)};
  bool nulls[12] = {};
  for (size_t i = 0; i < std::size(columns); ++i) {
    values[4 + i] = slot->tts_values[columns[i] - 1];
    nulls[4 + i] = slot->tts_isnull[columns[i] - 1];
  }
  ++rows_read_;
  return with_scratch([&] { return history_row_of(values, nulls); });
}

std::vector<HistoryPlace> HistoryReader::places_of(int32_t number) {
  static SavedStatement statement(
      "SELECT run_id, step, change, part FROM segments.membership_history WHERE numbers IS NOT NULL AND numbers @> ARRAY[$1]",
      {INT4OID});
  std::vector<HistoryPlace> places;
  const Parameter parameters[] = {int4(number)};
  statement.stream(parameters, true, [&](const Datum* values, const bool*) {
    places.push_back({DatumGetInt64(values[0]), DatumGetInt16(values[1]), static_cast<Change>(DatumGetInt16(values[2])),
                      DatumGetInt32(values[3])});
  });
  return places;
}

const std::vector<HistoryPlace>& HistoryReader::bitmaps_of(int32_t number) {
  const int32_t chunk = number >> kHistoryChunkBits;
  const auto [known, is_new] = bitmaps_.try_emplace(chunk);
  if (!is_new) return known->second;
  open_rows();
  if (!rows_by_chunk_.is_open()) rows_by_chunk_.open(rows_, {"chunk"}, 1, snapshot_, context_);
  const Datum keys[] = {Int32GetDatum(chunk)};
  rows_by_chunk_.begin(keys);
  while (TupleTableSlot* slot = rows_by_chunk_.next()) {
    const HistoryPlace place = place_of(slot);
    if (place.change != Change::kBase) known->second.push_back(place);
  }
  return known->second;
}

void HistoryReader::close() {
  run_by_id_.close();
  runs_by_segment_.close();
  rows_by_run_.close();
  row_by_place_.close();
  rows_by_chunk_.close();
  call([&] {
    if (runs_ != nullptr) table_close(runs_, AccessShareLock);
    if (rows_ != nullptr) table_close(rows_, AccessShareLock);
  });
  runs_ = nullptr;
  rows_ = nullptr;
}

}  // namespace segments::pg
