// The aggregate that evaluates a plan for one tile.
//
// Its transition function only collects the tile's fragment rows, columns still as TOAST pointers; its final function
// evaluates, and reads the columns it needs.  So the scratch memory of one tile is held at a time.
#include <malloc.h>

#include "core/evaluation/tile_evaluator.h"
#include "core/fragment/seal.h"
#include "pg/server/aggregate_state.h"
#include "pg/query/query.h"
#include "pg/evaluation/server_values.h"
#include "pg/server/time_limit.h"
#include "pg/server/toast_slice.h"

namespace segments::pg {
namespace {

enum Argument : int {
  kState,
  kPlan,
  kTile,
  kProfileMap,
  kFragmentId,
  kTypeId,
  kField,
  kRowCount,
  kKnownFields,
  kMinTime,
  kMaxTime,
  kLowerBound,
  kUpperBound,
  kData
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
  LimitedInterrupt interrupt;
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
  struct varlena* get() const {
    return reinterpret_cast<struct varlena*>(const_cast<uint64_t*>(words_.data()));
  }

 private:
  std::vector<uint64_t> words_;
};

bool is_stored_elsewhere(const struct varlena* value) { return VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value); }

// A column whose bytes stay in the TOAST table until they are read: there, slice by slice.
class StoredColumn final : public ColumnSource {
 public:
  StoredColumn(int16_t field, uint32_t seal, const struct varlena* value) : field_(field), seal_(seal), value_(value) {
    if (VARATT_IS_EXTERNAL_ONDISK(value_.get())) {
      VARATT_EXTERNAL_GET_POINTER(pointer_, value_.get());
      is_sliced_ = !VARATT_EXTERNAL_IS_COMPRESSED(pointer_);
    }
    size_ = call([this] { return toast_raw_datum_size(PointerGetDatum(value_.get())); }) - VARHDRSZ;
  }

  int16_t field() const { return field_; }
  size_t size() const override { return size_; }
  uint32_t seal() const override { return seal_; }

  AlignedBytes read(size_t offset, size_t length) override {
    if (!is_stored_elsewhere(value_.get())) return AlignedBytes(plain_bytes(value_.get()).subspan(offset, length));
    if (!is_sliced_) return read_compressed(offset, length);
    static_assert(AlignedBytes::kHeadroom >= VARHDRSZ);
    AlignedBytes bytes(length);
    call([&] { copy_toast_slice(pointer_, static_cast<uint32_t>(offset), static_cast<uint32_t>(length), bytes.data()); });
    return bytes;
  }

  std::optional<ValueBounds> bounds;

 private:
  // Columns are stored uncompressed; this is for tables whose owner has changed that.
  AlignedBytes read_compressed(size_t offset, size_t length) {
    struct varlena* whole = call([&] { return detoast_attr(value_.get()); });
    AlignedBytes bytes(plain_bytes(whole).subspan(offset, length));
    pfree(whole);
    return bytes;
  }

  int16_t field_;
  uint32_t seal_;
  StoredValue value_;
  struct varatt_external pointer_ = {};
  bool is_sliced_ = false;
  size_t size_ = 0;
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
  bool has_column(int16_t field) const override { return find(field) != columns.end(); }
  const ValueBounds* bounds(int16_t field) const override {
    const auto column = find(field);
    return column != columns.end() && column->bounds ? &*column->bounds : nullptr;
  }
  ColumnSource& column(int16_t field) override { return columns[static_cast<size_t>(find(field) - columns.begin())]; }

 private:
  std::vector<StoredColumn>::const_iterator find(int16_t field) const {
    return std::ranges::find(columns, field, &StoredColumn::field);
  }
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
  const BytesView bytes = plain_bytes(value);
  if (cache->plan == nullptr ||
      !std::equal(bytes.begin(), bytes.end(), cache->plan->encoded.begin(), cache->plan->encoded.end())) {
    cache->plan = std::make_shared<PreparedPlan>(bytes, fcinfo->flinfo->fn_mcxt);
  }
  return cache->plan;
}

ValueBounds bounds_of(FunctionCallInfo fcinfo, uint32_t seal) {
  std::optional<BytesView> upper;
  if (!PG_ARGISNULL(kUpperBound)) upper = plain_bytes(varlena_argument(fcinfo, kUpperBound));
  return open_bounds(plain_bytes(varlena_argument(fcinfo, kLowerBound)), upper, seal);
}

void collect(FunctionCallInfo fcinfo, TileRows& rows) {
  if (PG_ARGISNULL(kFragmentId)) return;
  for (const int argument : {kTypeId, kField, kRowCount, kKnownFields, kMinTime, kMaxTime, kData}) {
    if (PG_ARGISNULL(argument)) throw Error(ErrorCode::kDataCorrupted, "a column of a fragment is incomplete");
  }
  StoredFragment& fragment = rows.fragments[PG_GETARG_INT64(kFragmentId)];
  if (fragment.columns.empty()) {
    fragment.identity = {PG_GETARG_INT64(kFragmentId),  PG_GETARG_INT32(kTypeId),        PG_GETARG_UINT32(kRowCount),
                         PG_GETARG_INT16(kKnownFields), PG_GETARG_TIMESTAMPTZ(kMinTime), PG_GETARG_TIMESTAMPTZ(kMaxTime)};
  }
  const int16_t field = PG_GETARG_INT16(kField);
  const uint32_t seal = seal_of_column(fragment.identity, field);
  StoredColumn column(field, seal, varlena_argument(fcinfo, kData));
  if (!PG_ARGISNULL(kLowerBound)) column.bounds = bounds_of(fcinfo, seal);
  fragment.columns.push_back(std::move(column));
}

// The map of the tile, whose bytes are freed once it is decoded.
std::unique_ptr<ProfileMap> decode_map(const StoredValue& stored, uint32_t tile) {
  struct varlena* value = stored.get();
  if (!is_stored_elsewhere(value)) return std::make_unique<ProfileMap>(ProfileMap::decode(plain_bytes(value), seal_of_map(tile)));
  struct varlena* read = call([&] { return detoast_attr(value); });
  auto map = std::make_unique<ProfileMap>(ProfileMap::decode(plain_bytes(read), seal_of_map(tile)));
  pfree(read);
  return map;
}

bool complete(const StoredFragment& fragment) { return fragment.has_column(kRowsColumn) && fragment.has_column(kTimeColumn); }

Bytes evaluate_rows(TileRows& rows) {
  std::vector<FragmentSource*> sources;
  for (auto& [id, fragment] : rows.fragments) {
    if (!complete(fragment)) throw Error(ErrorCode::kDataCorrupted, "a fragment lacks its rows or times");
    sources.push_back(&fragment);
  }
  const std::unique_ptr<ProfileMap> map = decode_map(rows.profile_map, rows.tile);
  const TileResult result = rows.plan->evaluator.evaluate(rows.tile, *map, sources);
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
