#include "pg/store/membership_history.h"

#include "core/column/checksum.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

// From so many numbers of a chunk on, they stand in a bitmap.
constexpr size_t kFewNumbers = 256;
// Rows with numbers, and bytes of bitmaps, that are written by one statement.
constexpr size_t kRowsPerStatement = 4096;
constexpr size_t kBytesPerStatement = size_t{8} << 20;

struct RowIdentity {
  int64_t run_id;
  int16_t step;
  Change change;
  int32_t part;
};

uint32_t checksum_of(const RowIdentity& identity, std::span<const int32_t> numbers, std::span<const int32_t> others,
                     BytesView members, BytesView since) {
  const auto crc = [](auto values) {
    return uint64_t{crc32c({reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()})};
  };
  const uint64_t words[] = {static_cast<uint64_t>(identity.run_id),
                            static_cast<uint64_t>(static_cast<uint16_t>(identity.step)) << 48 |
                                static_cast<uint64_t>(identity.change) << 32 | static_cast<uint32_t>(identity.part),
                            crc(numbers) << 32 | crc(others), crc(members) << 32 | crc(since)};
  return static_cast<uint32_t>(crc(std::span(words)));
}

std::string array_text(std::span<const int32_t> numbers) {
  std::string text = "{";
  for (const int32_t number : numbers) {
    if (text.size() > 1) text += ',';
    text += std::to_string(number);
  }
  return text + "}";
}

// Rows on their way into segments.membership_history.
class HistoryInserter {
 public:
  void add_numbers(const RowIdentity& identity, std::span<const int32_t> numbers, std::span<const int32_t> others) {
    begin(identity, checksum_of(identity, numbers, others, {}, {}));
    numbers_.push_back(array_text(numbers));
    others_.push_back(others.empty() ? "" : array_text(others));
    chunks_.push_back(-1);
    members_.emplace_back();
    since_.emplace_back();
    if (runs_.size() >= kRowsPerStatement) flush();
  }
  void add_members(const RowIdentity& identity, int32_t chunk, Bytes members, Bytes since) {
    begin(identity, checksum_of(identity, {}, {}, members, since));
    numbers_.emplace_back();
    others_.emplace_back();
    chunks_.push_back(chunk);
    bytes_ += members.size() + since.size();
    members_.push_back(std::move(members));
    since_.push_back(std::move(since));
    if (bytes_ >= kBytesPerStatement) flush();
  }

  void flush() {
    if (runs_.empty()) return;
    with_scratch([&] {
      std::vector<const Bytes*> members, since;
      for (const Bytes& bytes : members_) members.push_back(&bytes);
      for (const Bytes& bytes : since_) since.push_back(&bytes);
      const std::vector<std::string_view> numbers(numbers_.begin(), numbers_.end());
      const std::vector<std::string_view> others(others_.begin(), others_.end());
      const Parameter parameters[] = {int8_array(runs_),   int2_array(steps_),    int2_array(changes_), int4_array(parts_),
                                      text_array(numbers), text_array(others),    int4_array(chunks_),  bytea_array(members),
                                      bytea_array(since),  int4_array(checksums_)};
      run("INSERT INTO segments.membership_history"
          " (run_id, step, change, part, numbers, others, chunk, members, since, checksum)"
          " SELECT run_id, step, change, part, nullif(numbers, '')::int[], nullif(others, '')::int[], nullif(chunk, -1),"
          "  CASE WHEN chunk >= 0 THEN members END, CASE WHEN since <> '' THEN since END, checksum"
          " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
          "  AS new (run_id, step, change, part, numbers, others, chunk, members, since, checksum)",
          parameters);
    });
    runs_.clear(), steps_.clear(), changes_.clear(), parts_.clear(), numbers_.clear(), others_.clear();
    chunks_.clear(), members_.clear(), since_.clear(), checksums_.clear();
    bytes_ = 0;
  }

 private:
  void begin(const RowIdentity& identity, uint32_t checksum) {
    runs_.push_back(identity.run_id);
    steps_.push_back(identity.step);
    changes_.push_back(static_cast<int16_t>(identity.change));
    parts_.push_back(identity.part);
    checksums_.push_back(static_cast<int32_t>(checksum));
  }

  std::vector<int64_t> runs_;
  std::vector<int16_t> steps_, changes_;
  std::vector<int32_t> parts_;
  std::vector<std::string> numbers_, others_;
  std::vector<int32_t> chunks_;
  std::vector<Bytes> members_, since_;
  std::vector<int32_t> checksums_;
  size_t bytes_ = 0;
};

// Chunks with many numbers as bitmaps; the rest as arrays.
void add_set(HistoryInserter& inserter, RowIdentity identity, const ProfileSet& numbers) {
  std::vector<int32_t> few;
  const auto flush_few = [&] {
    if (few.empty()) return;
    inserter.add_numbers(identity, few, {});
    ++identity.part;
    few.clear();
  };
  for (std::optional<Ordinal> next = numbers.minimum(); next;) {
    const uint64_t first = *next >> kHistoryChunkBits << kHistoryChunkBits;
    const uint64_t end = first + (uint64_t{1} << kHistoryChunkBits);
    if (numbers.count_in(first, end) < kFewNumbers) {
      std::vector<Ordinal> chunk(numbers.count_in(first, end));
      numbers.read(static_cast<Ordinal>(first), chunk);
      for (const Ordinal number : chunk) {
        few.push_back(static_cast<int32_t>(number));
        if (few.size() == kFewNumbers) flush_few();
      }
    } else {
      ProfileSet chunk;
      chunk.insert_range(first, end);
      chunk &= numbers;
      inserter.add_members(identity, static_cast<int32_t>(first >> kHistoryChunkBits), chunk.to_portable(), {});
      ++identity.part;
    }
    Ordinal after = 0;
    next = end <= UINT32_MAX && numbers.read(static_cast<Ordinal>(end), {&after, 1}) == 1 ? std::optional<Ordinal>(after)
                                                                                          : std::nullopt;
  }
  flush_few();
}

void add_pairs(HistoryInserter& inserter, RowIdentity identity, const std::vector<NumberPair>& pairs) {
  for (size_t first = 0; first < pairs.size(); first += kFewNumbers, ++identity.part) {
    std::vector<int32_t> numbers, others;
    for (size_t i = first; i < std::min(pairs.size(), first + kFewNumbers); ++i) {
      numbers.push_back(pairs[i].number);
      others.push_back(pairs[i].other);
    }
    inserter.add_numbers(identity, numbers, others);
  }
}

[[noreturn]] void throw_damaged(const char* detail) {
  throw Error(ErrorCode::kDataCorrupted, "stored history of members is damaged", detail);
}

// Of an array that has no nulls.
std::vector<int32_t> integers_of(Datum value) {
  std::vector<int32_t> integers;
  const int32_t* data = nullptr;
  int count = 0;
  const bool is_plain = call([&] {
    ArrayType* array = DatumGetArrayTypeP(value);
    if (ARR_NDIM(array) > 1 || ARR_HASNULL(array) || ARR_ELEMTYPE(array) != INT4OID) return false;
    data = reinterpret_cast<const int32_t*>(ARR_DATA_PTR(array));
    count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
    return true;
  });
  if (!is_plain) throw_damaged("Its numbers are not a list.");
  integers.assign(data, data + count);
  return integers;
}

bool has_pairs(Change change) { return change == Change::kSplit || change == Change::kMerged || change == Change::kReplaced; }

}  // namespace

HistoryRow history_row_of(const Datum* values, const bool* nulls) {
  HistoryRow row{{DatumGetInt64(values[0]), DatumGetInt64(values[1]), DatumGetTimestampTz(values[2]), DatumGetBool(values[3])},
                 DatumGetInt16(values[4]),
                 static_cast<Change>(DatumGetInt16(values[5])),
                 {},
                 {},
                 {}};
  const std::vector<int32_t> numbers = nulls[7] ? std::vector<int32_t>() : integers_of(values[7]);
  const std::vector<int32_t> others = nulls[8] ? std::vector<int32_t>() : integers_of(values[8]);
  const Bytes members = nulls[9] ? Bytes() : bytes_of(values[9]);
  const Bytes since = nulls[10] ? Bytes() : bytes_of(values[10]);
  const RowIdentity identity{row.run_id, row.step, row.change, DatumGetInt32(values[6])};
  if (checksum_of(identity, numbers, others, members, since) != DatumGetUInt32(values[11])) {
    throw_damaged("Its checksum does not match.");
  }
  if (std::ranges::any_of(numbers, [](int32_t number) { return number < 0; })) throw_damaged("It has a negative number.");
  if (has_pairs(row.change)) {
    if (numbers.size() != others.size()) throw_damaged("Some numbers stand alone.");
    for (size_t i = 0; i < numbers.size(); ++i) row.pairs.push_back({numbers[i], others[i]});
  } else if (!members.empty()) {
    row.numbers = ProfileSet::from_portable(members);
    if (!since.empty()) row.since = since;
  } else {
    std::vector<Ordinal> ordinals(numbers.begin(), numbers.end());
    std::ranges::sort(ordinals);
    row.numbers = ProfileSet::from_ordinals(ordinals);
  }
  return row;
}

void write_history(std::span<const HistoryRun> runs, int64_t refresh_id, Timestamp at) {
  if (runs.empty()) return;
  std::vector<int32_t> segments;
  for (const HistoryRun& run : runs) segments.push_back(run.segment_id);
  Rows rows =
      run("INSERT INTO segments.membership_run (segment_id, refresh_id, at)"
          " SELECT segment_id, $2, $3 FROM unnest($1) AS segment_id RETURNING segment_id, run_id",
          {int4_array(segments), int8(refresh_id), timestamptz(at)});
  std::map<int32_t, int64_t> run_ids;
  for (uint64_t i = 0; i < rows.size(); ++i) run_ids[rows.int4(i, 0)] = rows.int8(i, 1);
  rows.release();
  HistoryInserter inserter;
  for (const HistoryRun& run : runs) {
    RowIdentity identity{run_ids.at(run.segment_id), 0, Change::kLeft, 0};
    for (const HistoryStep& step : run.steps) {
      const auto at_change = [&](Change change) { return RowIdentity{identity.run_id, identity.step, change, 0}; };
      add_set(inserter, at_change(Change::kLeft), step.left);
      add_pairs(inserter, at_change(Change::kSplit), step.split);
      add_pairs(inserter, at_change(Change::kMerged), step.merged);
      add_pairs(inserter, at_change(Change::kReplaced), step.replaced);
      add_set(inserter, at_change(Change::kEntered), step.entered);
      ++identity.step;
    }
  }
  inserter.flush();
}

void read_history(int32_t segment_id, int64_t after, int64_t until, bool read_only, const HistoryConsumer& consume) {
  const Parameter parameters[] = {int4(segment_id), int8(after), int8(until)};
  run_streaming(
      "SELECT run_id, r.refresh_id, r.at, r.is_base, h.step, h.change, h.part, h.numbers, h.others, h.members, h.since, "
      "h.checksum"
      " FROM segments.membership_run r JOIN segments.membership_history h USING (run_id)"
      " WHERE r.segment_id = $1 AND r.run_id > $2 AND r.run_id <= $3 ORDER BY run_id, h.step, h.change, h.part",
      parameters, {.read_only = read_only},
      [&](const Datum* values, const bool* nulls) { consume(history_row_of(values, nulls)); });
}

ProfileSet numbers_in_history() {
  ProfileSet all;
  run_streaming(
      "SELECT run_id, 0::bigint, '-infinity'::timestamptz, false, step, change, part, numbers, others, members, since, checksum"
      " FROM segments.membership_history",
      {}, {}, [&](const Datum* values, const bool* nulls) {
        const HistoryRow row = history_row_of(values, nulls);
        all |= row.numbers;
        for (const auto [number, other] : row.pairs) {
          all.insert(static_cast<Ordinal>(number));
          all.insert(static_cast<Ordinal>(other));
        }
      });
  return all;
}

void write_base(int32_t segment_id, int64_t run_id, std::span<const BaseTile> tiles) {
  run("DELETE FROM segments.membership_history h USING segments.membership_run r"
      " WHERE h.run_id = r.run_id AND r.segment_id = $1 AND r.run_id <= $2",
      {int4(segment_id), int8(run_id)});
  run("DELETE FROM segments.membership_run WHERE segment_id = $1 AND run_id < $2", {int4(segment_id), int8(run_id)});
  run("UPDATE segments.membership_run SET is_base = true WHERE run_id = $1", {int8(run_id)});
  HistoryInserter inserter;
  int32_t part = 0;
  for (const BaseTile& tile : tiles) {
    // Two chunks a tile: what tells since when stands beside the first one that has members.
    bool is_first = true;
    for (uint32_t half = 0; half < kTileSize >> kHistoryChunkBits; ++half) {
      const uint64_t first = first_ordinal(tile.tile) + (uint64_t{half} << kHistoryChunkBits);
      ProfileSet chunk;
      chunk.insert_range(first, first + (uint64_t{1} << kHistoryChunkBits));
      chunk &= tile.members;
      if (chunk.empty()) continue;
      inserter.add_members({run_id, 0, Change::kBase, part++}, static_cast<int32_t>(first >> kHistoryChunkBits),
                           chunk.to_portable(), is_first ? tile.since : Bytes());
      is_first = false;
    }
  }
  inserter.flush();
}

void forget_history(int32_t segment_id) {
  run("DELETE FROM segments.membership_history h USING segments.membership_run r WHERE h.run_id = r.run_id AND r.segment_id = $1",
      {int4(segment_id)});
  run("DELETE FROM segments.membership_run WHERE segment_id = $1", {int4(segment_id)});
}

int32_t current_number(int32_t segment_id, std::span<const int32_t> numbers) {
  for (const int32_t number : numbers) {
    Rows rows =
        run("SELECT h.change = 4 AND h.others @> ARRAY[$2] OR h.change IN (0, 2, 5)"
            " FROM segments.membership_run r JOIN segments.membership_history h USING (run_id) WHERE r.segment_id = $1"
            " AND (h.numbers @> ARRAY[$2] OR h.change = 4 AND h.others @> ARRAY[$2]"
            "  OR h.chunk = $2 >> 16 AND segments_internal.has_number(h.members, $2))"
            " ORDER BY run_id DESC, h.step DESC, h.change DESC LIMIT 1",
            {int4(segment_id), int4(number)});
    const bool is_member = !rows.empty() && rows.boolean(0, 0);
    rows.release();
    if (is_member) return number;
  }
  return numbers.front();
}

}  // namespace segments::pg
