#include "pg/membership.h"

#include "pg/definition.h"
#include "pg/evaluation.h"
#include "pg/resolve.h"
#include "pg/saved_statement.h"
#include "pg/subtransaction.h"

namespace segments::pg {
namespace {

// Segments evaluated by one statement: they share counters, and their members are in memory until they are written.
constexpr size_t kSegmentsPerBatch = 200;
constexpr size_t kBatchBytes = size_t{128} << 20;
constexpr size_t kMaxTileBytes = kTileSize / 8;
// Bytes of members written by one statement.
constexpr size_t kWriteBytes = size_t{8} << 20;

struct TileMembers {
  int64_t count = 0;
  Bytes bytes;  // portable
};
// By (index of the segment in its batch, tile).  Tiles without members have none.
using Members = std::map<std::pair<uint32_t, uint32_t>, TileMembers>;

// Rows of segments.membership by their key.
struct RowKeys {
  std::vector<int16_t> shards;
  std::vector<int32_t> tiles;
  std::vector<int32_t> segments;

  void add(uint32_t tile, int32_t segment_id) {
    shards.push_back(static_cast<int16_t>(shard_of_tile(tile)));
    tiles.push_back(static_cast<int32_t>(tile));
    segments.push_back(segment_id);
  }
  void clear() {
    shards.clear();
    tiles.clear();
    segments.clear();
  }
};

Parameter bytea_array(std::span<const Bytes* const> values) {
  const size_t count = values.size();
  const Bytes* const* data = values.data();
  return call([&] {
    auto* elements = static_cast<Datum*>(palloc(sizeof(Datum) * std::max<size_t>(count, 1)));
    for (size_t i = 0; i < count; ++i) {
      auto* value = static_cast<struct varlena*>(palloc(data[i]->size() + VARHDRSZ));
      SET_VARSIZE(value, data[i]->size() + VARHDRSZ);
      std::memcpy(VARDATA(value), data[i]->data(), data[i]->size());
      elements[i] = PointerGetDatum(value);
    }
    ArrayType* array = construct_array(elements, static_cast<int>(count), BYTEAOID, -1, false, TYPALIGN_INT);
    for (size_t i = 0; i < count; ++i) pfree(DatumGetPointer(elements[i]));
    pfree(elements);
    return Parameter{BYTEAARRAYOID, PointerGetDatum(array), false};
  });
}

Members collect_members(const EvaluationPlan& plan, int64_t refresh_id) {
  Members members;
  evaluate_tiles(plan, refresh_id, Visibility::kTransaction, [&](uint32_t tile, TileResult&& result) {
    for (uint32_t i = 0; i < result.sets.size(); ++i) {
      if (result.sets[i].empty()) continue;
      members[{i, tile}] = {static_cast<int64_t>(result.sets[i].cardinality()), result.sets[i].to_portable()};
    }
  });
  return members;
}

// Removes from `members` what is stored already; returns the stored rows that are out of date.
RowKeys compare_with_stored(std::span<const SavedSegment> segments, Members& members) {
  static SavedStatement statement(
      "SELECT segment_id, tile, member_count, members FROM segments.membership"
      " WHERE segment_id = ANY ($1) AND to_refresh = 9223372036854775807",
      {INT4ARRAYOID});
  std::vector<int32_t> ids;
  std::unordered_map<int32_t, uint32_t> index_of;
  for (const SavedSegment& segment : segments) {
    index_of[segment.segment_id] = static_cast<uint32_t>(ids.size());
    ids.push_back(segment.segment_id);
  }
  RowKeys outdated;
  const Parameter parameters[] = {int4_array(ids)};
  statement.stream(parameters, false, [&](const Datum* values, const bool*) {
    const int32_t segment_id = DatumGetInt32(values[0]);
    const auto tile = static_cast<uint32_t>(DatumGetInt32(values[1]));
    const auto current = members.find({index_of.at(segment_id), tile});
    const bool same = current != members.end() && current->second.count == DatumGetInt32(values[2]) &&
                      current->second.bytes == bytes_of(values[3]);
    if (same) {
      members.erase(current);
    } else {
      outdated.add(tile, segment_id);
    }
  });
  return outdated;
}

// Rows that this very state has already are replaced; older ones end with it.
void end_rows(const RowKeys& outdated, int64_t refresh_id) {
  if (outdated.tiles.empty()) return;
  const Parameter parameters[] = {int2_array(outdated.shards), int4_array(outdated.tiles), int4_array(outdated.segments),
                                  int8(refresh_id)};
  run("DELETE FROM segments.membership m USING unnest($1, $2, $3) AS old(shard, tile, segment_id)"
      " WHERE m.shard = old.shard AND m.tile = old.tile AND m.segment_id = old.segment_id"
      " AND m.to_refresh = 9223372036854775807 AND m.from_refresh >= $4",
      parameters);
  run("UPDATE segments.membership m SET to_refresh = $4 FROM unnest($1, $2, $3) AS old(shard, tile, segment_id)"
      " WHERE m.shard = old.shard AND m.tile = old.tile AND m.segment_id = old.segment_id"
      " AND m.to_refresh = 9223372036854775807 AND m.from_refresh < $4",
      parameters);
}

class MembershipInserter {
 public:
  explicit MembershipInserter(int64_t refresh_id) : refresh_id_(refresh_id) {}

  void add(int32_t segment_id, uint32_t tile, const TileMembers& members) {
    keys_.add(tile, segment_id);
    counts_.push_back(static_cast<int32_t>(members.count));
    bytes_.push_back(&members.bytes);
    size_ += members.bytes.size();
    if (size_ >= kWriteBytes) flush();
  }

  void flush() {
    if (bytes_.empty()) return;
    static SavedStatement statement(
        "INSERT INTO segments.membership (shard, tile, segment_id, from_refresh, member_count, members)"
        " SELECT shard, tile, segment_id, $6, member_count, members"
        " FROM unnest($1, $2, $3, $4, $5) AS new(shard, tile, segment_id, member_count, members)",
        {INT2ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, BYTEAARRAYOID, INT8OID});
    const Parameter bytes = bytea_array(bytes_);
    statement.run({int2_array(keys_.shards), int4_array(keys_.tiles), int4_array(keys_.segments), int4_array(counts_), bytes,
                   int8(refresh_id_)},
                  false);
    call([&] { pfree(DatumGetPointer(bytes.value)); });
    keys_.clear();
    counts_.clear();
    bytes_.clear();
    size_ = 0;
  }

 private:
  int64_t refresh_id_;
  RowKeys keys_;
  std::vector<int32_t> counts_;
  std::vector<const Bytes*> bytes_;
  size_t size_ = 0;
};

void record_success(const SavedSegment& segment, const RunState& state, int64_t members, double seconds) {
  static SavedStatement statement(
      "INSERT INTO segments.segment_state AS s (segment_id, as_of, data_through, member_count, last_run_at, duration)"
      " VALUES ($1, $2, $3, $4, clock_timestamp(), make_interval(secs => $5))"
      " ON CONFLICT (segment_id) DO UPDATE SET as_of = excluded.as_of, data_through = excluded.data_through,"
      " member_count = excluded.member_count, last_run_at = excluded.last_run_at, duration = excluded.duration,"
      " last_sqlstate = NULL, last_error = NULL",
      {INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, FLOAT8OID});
  statement.run({int4(segment.segment_id), timestamptz(state.as_of), timestamptz(state.data_through), int8(members),
                 datum(FLOAT8OID, Float8GetDatum(seconds))},
                false);
}

// The members of the last good run stay.
void record_failure(const SavedSegment& segment, const Failure& failure) {
  run("INSERT INTO segments.segment_state AS s (segment_id, last_run_at, last_sqlstate, last_error)"
      " VALUES ($1, clock_timestamp(), $2, $3)"
      " ON CONFLICT (segment_id) DO UPDATE SET last_run_at = excluded.last_run_at,"
      " last_sqlstate = excluded.last_sqlstate, last_error = excluded.last_error",
      {int4(segment.segment_id), text(failure.sqlstate), text(failure.message)});
}

// Until end(), reads see what this transaction has written so far.  An abort ends it too.
class FreshSnapshot {
 public:
  FreshSnapshot() {
    call([] {
      CommandCounterIncrement();
      PushActiveSnapshot(GetTransactionSnapshot());
    });
  }
  void end() {
    call([] { PopActiveSnapshot(); });
  }
};

void add_segment(Resolver& resolver, const SavedSegment& segment) {
  const Definition definition = read_definition(segment.definition);
  resolver.add({&definition, segment.definition, segment.owner, segment.time_zone});
}

// Evaluates a plan whose roots are `segments`, and writes what changed.
std::vector<int64_t> run_plan(const EvaluationPlan& plan, std::span<const SavedSegment> segments, const RunState& state) {
  instr_time start;
  INSTR_TIME_SET_CURRENT(start);
  Members members = collect_members(plan, state.refresh_id);
  std::vector<int64_t> counts(segments.size());
  for (const auto& [key, tile] : members) counts[key.first] += tile.count;
  end_rows(compare_with_stored(segments, members), state.refresh_id);
  MembershipInserter inserter(state.refresh_id);
  for (const auto& [key, tile] : members) inserter.add(segments[key.first].segment_id, key.second, tile);
  inserter.flush();
  instr_time end;
  INSTR_TIME_SET_CURRENT(end);
  INSTR_TIME_SUBTRACT(end, start);
  const double seconds = INSTR_TIME_GET_DOUBLE(end) / static_cast<double>(segments.size());
  for (size_t i = 0; i < segments.size(); ++i) record_success(segments[i], state, counts[i], seconds);
  return counts;
}

// Those whose schedule says so: the first refresh from each of its times on evaluates a segment, and one that was never run.
std::vector<SavedSegment> due_segments(Timestamp as_of) {
  // Definitions that start alike read the same types: neighbours share counters.
  Rows rows = run(
      "SELECT s.segment_id, s.name, s.definition, s.time_zone, s.owner::oid FROM segments.segment s"
      " LEFT JOIN segments.segment_schedule planned ON planned.segment_id = s.segment_id"
      " LEFT JOIN segments.segment_state state ON state.segment_id = s.segment_id"
      " WHERE planned.schedule IS NULL"
      " OR segments.next_attempt(planned.schedule, ARRAY[state.as_of], 0, NULL, $1) <= $1"
      " ORDER BY s.definition, s.segment_id",
      {timestamptz(as_of)});
  std::vector<SavedSegment> segments;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    segments.push_back({rows.int4(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3), rows.oid(i, 4)});
  }
  rows.release();
  return segments;
}

size_t batch_size(int64_t refresh_id) {
  Rows rows = run("SELECT count(*) FROM segments.tile WHERE from_refresh <= $1 AND to_refresh > $1", {int8(refresh_id)});
  const auto tiles = static_cast<size_t>(std::max<int64_t>(1, rows.int8(0, 0)));
  rows.release();
  return std::clamp<size_t>(kBatchBytes / kMaxTileBytes / tiles, 1, kSegmentsPerBatch);
}

// Evaluates segments in one statement, those that cannot be resolved apart; one by one if that fails.  Returns how many are good.
int64_t run_batch(std::span<const SavedSegment> batch, const RunState& state) {
  FreshSnapshot snapshot;
  EvaluationPlan plan;
  Resolver resolver(plan, state.as_of, state.refresh_id, true);
  std::vector<SavedSegment> resolved;
  for (const SavedSegment& segment : batch) {
    const std::optional<Failure> failure = in_subtransaction([&] { add_segment(resolver, segment); });
    if (failure) {
      record_failure(segment, *failure);
    } else {
      resolved.push_back(segment);
    }
  }
  snapshot.end();
  if (resolved.empty()) return 0;
  if (!in_subtransaction([&] { run_plan(plan, resolved, state); })) return static_cast<int64_t>(resolved.size());
  int64_t good = 0;
  for (const SavedSegment& segment : resolved) {
    const std::optional<Failure> failure = in_subtransaction([&] { run_segments({&segment, 1}, state); });
    if (failure) record_failure(segment, *failure);
    good += failure ? 0 : 1;
  }
  return good;
}

}  // namespace

std::vector<int64_t> run_segments(std::span<const SavedSegment> segments, const RunState& state) {
  FreshSnapshot snapshot;
  EvaluationPlan plan;
  Resolver resolver(plan, state.as_of, state.refresh_id, true);
  for (const SavedSegment& segment : segments) add_segment(resolver, segment);
  snapshot.end();
  return run_plan(plan, segments, state);
}

void refresh_memberships(RefreshContext& context) {
  lock_memberships();
  const RunState state{context.refresh_id, context.as_of, context.as_of};
  const std::vector<SavedSegment> segments = due_segments(context.as_of);
  if (segments.empty()) return;
  const size_t size = batch_size(context.refresh_id);
  for (size_t first = 0; first < segments.size(); first += size) {
    context.interrupt->poll();
    const size_t count = std::min(size, segments.size() - first);
    context.counters.segments_run += run_batch({segments.data() + first, count}, state);
  }
}

void lock_memberships() {
  call([] {
    constexpr uint16 kMembershipSubid = 2;  // 1 is the refresh itself
    LOCKTAG tag;
    SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, get_extension_oid("segments", false), kMembershipSubid);
    LockAcquire(&tag, ExclusiveLock, false, false);
  });
}

}  // namespace segments::pg
