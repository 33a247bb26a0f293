// The aggregate that evaluates a plan for one tile.
//
// Its transition function only collects the tile's fragment rows, columns still as TOAST pointers; its final function
// evaluates, and reads the columns it needs.  So the scratch memory of one tile is held at a time.
#include <malloc.h>

#include "core/evaluation/tile_evaluator.h"
#include "core/fragment/seal.h"
#include "pg/aggregate_state.h"
#include "pg/query.h"
#include "pg/server_values.h"

namespace segments::pg {
namespace {

enum Argument : int {
  kState, kPlan, kTile, kProfileMap, kFragmentId, kTypeId, kField, kRowCount, kKnownFields, kMinTime, kMaxTime,
  kLowerBound, kUpperBound, kData
};

class ServerStopwatch final : public Stopwatch {
 public:
  uint64_t nanoseconds() override {
    instr_time now;
    INSTR_TIME_SET_CURRENT(now);
    return static_cast<uint64_t>(INSTR_TIME_GET_DOUBLE(now) * 1e9);
  }
};

// Evaluation allocates and frees columns of up to a few MiB by the thousand.  Left alone, malloc maps and unmaps each of
// them, and page faults cost more than evaluation does.
void keep_freed_memory() {
  constexpr int kKeptBytes = 32 << 20;
  static const bool done = mallopt(M_MMAP_THRESHOLD, kKeptBytes) != 0 && mallopt(M_TRIM_THRESHOLD, kKeptBytes) != 0;
  static_cast<void>(done);
}

// A plan with its evaluator: made once per query, used for every tile.
struct PreparedPlan : LiveObject {
  PreparedPlan(BytesView bytes, MemoryContext context)
      : encoded(bytes.begin(), bytes.end()), plan(EvaluationPlan::decode(bytes)), matchers(context),
        evaluator(plan, matchers, interrupt, plan.output == PlanOutput::kExplain ? &stopwatch : nullptr) {
    keep_freed_memory();
  }

  Bytes encoded;
  EvaluationPlan plan;
  ServerMatcherFactory matchers;
  ServerInterrupt interrupt;
  ServerStopwatch stopwatch;
  TileEvaluator evaluator;
};

// A varlena as it came: a TOAST pointer or, if short, the value itself.  Aligned for reading.
class StoredValue {
 public:
  StoredValue() = default;
  explicit StoredValue(const struct varlena* value) : words_((VARSIZE_ANY(value) + 7) / 8) {
    std::memcpy(words_.data(), value, VARSIZE_ANY(value));
  }
  struct varlena* get() const { return reinterpret_cast<struct varlena*>(const_cast<uint64_t*>(words_.data())); }

 private:
  std::vector<uint64_t> words_;
};

BytesView payload(const struct varlena* value) {
  return {reinterpret_cast<const uint8_t*>(VARDATA_ANY(value)), VARSIZE_ANY_EXHDR(value)};
}

bool is_stored_elsewhere(const struct varlena* value) { return VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value); }

struct StoredColumn {
  int16_t field;
  StoredValue data;
  std::optional<ValueBounds> bounds;
};

class StoredFragment final : public FragmentSource {
 public:
  FragmentIdentity identity;
  std::vector<StoredColumn> columns;

  int32_t type_id() const override { return identity.type_id; }
  uint32_t row_count() const override { return identity.row_count; }
  Timestamp min_time() const override { return identity.min_time; }
  Timestamp max_time() const override { return identity.max_time; }
  int16_t known_fields() const override { return identity.known_fields; }
  uint32_t seal(int16_t field) const override { return seal_of_column(identity, field); }
  bool has_column(int16_t field) const override { return find(field) != nullptr; }
  const ValueBounds* bounds(int16_t field) const override {
    const StoredColumn* column = find(field);
    return column != nullptr && column->bounds ? &*column->bounds : nullptr;
  }

  BytesView read(int16_t field) override {
    struct varlena* stored = find(field)->data.get();
    if (!is_stored_elsewhere(stored)) return payload(stored);
    return keep(call([&] { return detoast_attr(stored); }));
  }

  BytesView read_prefix(int16_t field, size_t length) override {
    struct varlena* stored = find(field)->data.get();
    if (!is_stored_elsewhere(stored)) return payload(stored);
    const auto limit = static_cast<int32>(std::min<size_t>(length, INT32_MAX));
    return keep(call([&] { return detoast_attr_slice(stored, 0, limit); }));
  }

  // Frees what read() returned last.
  void release() {
    if (read_ != nullptr) pfree(read_);
    read_ = nullptr;
  }

 private:
  const StoredColumn* find(int16_t field) const {
    for (const StoredColumn& column : columns) {
      if (column.field == field) return &column;
    }
    return nullptr;
  }

  BytesView keep(struct varlena* value) {
    release();
    read_ = value;
    return payload(value);
  }

  struct varlena* read_ = nullptr;
};

// Everything known about one tile.
struct TileRows : LiveObject {
  std::shared_ptr<PreparedPlan> plan;
  uint32_t tile = 0;
  StoredValue profile_map;
  std::unordered_map<int64_t, StoredFragment> fragments;
};

// The query's prepared plan: kept with the transition function, replaced if the plan changes.
struct PlanCache {
  std::shared_ptr<PreparedPlan> plan;
};

const struct varlena* varlena_argument(FunctionCallInfo fcinfo, int argument) {
  return reinterpret_cast<const struct varlena*>(DatumGetPointer(PG_GETARG_DATUM(argument)));
}

std::shared_ptr<PreparedPlan> prepared_plan(FunctionCallInfo fcinfo) {
  auto* cache = static_cast<PlanCache*>(fcinfo->flinfo->fn_extra);
  if (cache == nullptr) {
    cache = make_in<PlanCache>(fcinfo->flinfo->fn_mcxt);
    fcinfo->flinfo->fn_extra = cache;
  }
  const auto* value = varlena_argument(fcinfo, kPlan);
  if (is_stored_elsewhere(value)) throw Error(ErrorCode::kInternal, "evaluation plan is not in memory");
  const BytesView bytes = payload(value);
  if (cache->plan == nullptr || !std::equal(bytes.begin(), bytes.end(), cache->plan->encoded.begin(), cache->plan->encoded.end())) {
    cache->plan = std::make_shared<PreparedPlan>(bytes, fcinfo->flinfo->fn_mcxt);
  }
  return cache->plan;
}

ValueBounds bounds_of(FunctionCallInfo fcinfo, uint32_t seal) {
  std::optional<BytesView> upper;
  if (!PG_ARGISNULL(kUpperBound)) upper = payload(varlena_argument(fcinfo, kUpperBound));
  return open_bounds(payload(varlena_argument(fcinfo, kLowerBound)), upper, seal);
}

void collect(FunctionCallInfo fcinfo, TileRows& rows) {
  if (PG_ARGISNULL(kFragmentId)) return;
  for (const int argument : {kTypeId, kField, kRowCount, kKnownFields, kMinTime, kMaxTime, kData}) {
    if (PG_ARGISNULL(argument)) throw Error(ErrorCode::kDataCorrupted, "a column of a fragment is incomplete");
  }
  StoredFragment& fragment = rows.fragments[PG_GETARG_INT64(kFragmentId)];
  if (fragment.columns.empty()) {
    fragment.identity = {PG_GETARG_INT64(kFragmentId), PG_GETARG_INT32(kTypeId), PG_GETARG_UINT32(kRowCount),
                         PG_GETARG_INT16(kKnownFields), PG_GETARG_TIMESTAMPTZ(kMinTime), PG_GETARG_TIMESTAMPTZ(kMaxTime)};
  }
  StoredColumn column{PG_GETARG_INT16(kField), StoredValue(varlena_argument(fcinfo, kData)), std::nullopt};
  if (!PG_ARGISNULL(kLowerBound)) column.bounds = bounds_of(fcinfo, fragment.seal(column.field));
  fragment.columns.push_back(std::move(column));
}

// The map of the tile, whose bytes are freed once it is decoded.
std::unique_ptr<ProfileMap> decode_map(const StoredValue& stored, uint32_t tile) {
  struct varlena* value = stored.get();
  if (!is_stored_elsewhere(value)) return std::make_unique<ProfileMap>(ProfileMap::decode(payload(value), seal_of_map(tile)));
  struct varlena* read = call([&] { return detoast_attr(value); });
  auto map = std::make_unique<ProfileMap>(ProfileMap::decode(payload(read), seal_of_map(tile)));
  pfree(read);
  return map;
}

bool complete(const StoredFragment& fragment) {
  return fragment.has_column(kRowsColumn) && fragment.has_column(kTimeColumn);
}

Bytes evaluate_rows(TileRows& rows) {
  std::vector<FragmentSource*> sources;
  for (auto& [id, fragment] : rows.fragments) {
    if (!complete(fragment)) throw Error(ErrorCode::kDataCorrupted, "a fragment lacks its rows or times");
    sources.push_back(&fragment);
  }
  const std::unique_ptr<ProfileMap> map = decode_map(rows.profile_map, rows.tile);
  const TileResult result = rows.plan->evaluator.evaluate(rows.tile, *map, sources);
  for (auto& [id, fragment] : rows.fragments) fragment.release();
  return result.encode();
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_evaluate_tile_transition) {
  MemoryContext context = aggregate_context(fcinfo);
  auto* rows = state_argument<TileRows>(fcinfo, kState);
  if (rows == nullptr) {
    for (const int argument : {kPlan, kTile, kProfileMap}) {
      if (PG_ARGISNULL(argument)) throw Error(ErrorCode::kInvalidValue, "plan, tile and profile map must not be null");
    }
    std::shared_ptr<PreparedPlan> plan = prepared_plan(fcinfo);
    rows = make_in<TileRows>(context);
    rows->plan = std::move(plan);
    rows->tile = static_cast<uint32_t>(PG_GETARG_INT32(kTile));
    rows->profile_map = StoredValue(varlena_argument(fcinfo, kProfileMap));
  }
  collect(fcinfo, *rows);
  PG_RETURN_POINTER(rows);
}

SEGMENTS_FUNCTION(segments_evaluate_tile_final) {
  aggregate_context(fcinfo);
  auto* rows = state_argument<TileRows>(fcinfo, kState);
  if (rows == nullptr) PG_RETURN_NULL();
  const Bytes encoded = evaluate_rows(*rows);
  return pg::bytea(encoded).value;
}
