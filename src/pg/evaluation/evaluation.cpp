#include "pg/evaluation/evaluation.h"

#include <limits>

#include "pg/evaluation/local_time.h"
#include "pg/evaluation/resolve.h"
#include "pg/query/saved_statement.h"

namespace segments::pg {
namespace {

// What starting parallel workers costs, in rows of which no more is asked than whether there are any.
constexpr double kRowsWorthWorkers = 500'000'000;
// A row tested against a restriction takes as long as so many of those.
constexpr int64_t kRestrictedRowWeight = 8;
// So does a row that is counted to a high number; to a lower one, fewer layers of rows are read (fragment/column.h).
constexpr int64_t kCountedRowWeight = 6;

// So does a row whose value is counted.
constexpr int64_t kValueRowWeight = 60;

char* time_zone_setting = nullptr;
int week_start_setting = static_cast<int>(Weekday::kMonday);
constexpr config_enum_entry kWeekStarts[] = {
    {"monday", static_cast<int>(Weekday::kMonday), false},       {"tuesday", static_cast<int>(Weekday::kTuesday), false},
    {"wednesday", static_cast<int>(Weekday::kWednesday), false}, {"thursday", static_cast<int>(Weekday::kThursday), false},
    {"friday", static_cast<int>(Weekday::kFriday), false},       {"saturday", static_cast<int>(Weekday::kSaturday), false},
    {"sunday", static_cast<int>(Weekday::kSunday), false},       {nullptr, 0, false}};

// One row per tile and column of its fragments; a tile without fragments has one row, so that it counts in "not" and "never".
#define EVALUATE_TILES                                                                                                        \
  "SELECT t.tile, segments_internal.evaluate_tile($1, t.tile, t.profile_map, f.fragment_id, f.type_id, f.field, f.row_count," \
  " f.known_fields, f.min_time, f.max_time, f.lower_bound, f.upper_bound, f.data)"                                            \
  " FROM segments.tile t LEFT JOIN segments.fragment f ON f.shard = t.shard"                                                  \
  " AND f.first_tile <= t.tile AND f.last_tile >= t.tile AND f.from_refresh <= $2 AND f.to_refresh > $2"                      \
  " AND f.type_id = ANY ($3) AND f.field = ANY ($4) AND f.max_time >= $5 AND f.min_time <= $6"                                \
  " WHERE t.from_refresh <= $2 AND t.to_refresh > $2"
constexpr const char* kEvaluate = EVALUATE_TILES " GROUP BY t.shard, t.tile";
constexpr const char* kEvaluateOne = EVALUATE_TILES " AND t.shard = $7 AND t.tile = $8 GROUP BY t.shard, t.tile";
#undef EVALUATE_TILES

SavedStatement& evaluate_statement(bool parallel) {
  using Types = std::initializer_list<Oid>;
  static const Types types = {BYTEAOID, INT8OID, INT4ARRAYOID, INT2ARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID};
  static SavedStatement serial_statement(kEvaluate, types);
  static SavedStatement parallel_statement(kEvaluate, types, true);
  return parallel ? parallel_statement : serial_statement;
}

// What the statement needs to read for a plan.
struct Reads {
  std::vector<int32_t> types;
  std::vector<int16_t> fields;
  TimeRange times{kPlusInfinity, kMinusInfinity};
};

void add_fields(const RowTest& test, std::set<int16_t>& fields) {
  if (test.kind == RowTestKind::kField) fields.insert(test.predicate.field);
  if (test.kind == RowTestKind::kPair) fields.insert({test.pair.left.field, test.pair.right.field});
  for (const RowTest& child : test.children) add_fields(child, fields);
}

Reads reads_of(const EvaluationPlan& plan) {
  Reads reads;
  std::set<int32_t> types;
  std::set<int16_t> fields = {kRowsColumn, kTimeColumn};
  for (const CounterPlan& counter : plan.counters) {
    for (const CountedType& type : counter.types) {
      types.insert(type.type_id);
      if (type.restriction) add_fields(*type.restriction, fields);
    }
    if (counter.window.empty()) continue;
    reads.times.first = std::min(reads.times.first, counter.window.first);
    reads.times.last = std::max(reads.times.last, counter.window.last);
  }
  for (const FoldPlan& fold : plan.folds) {
    for (const FoldedField& field : fold.fields) fields.insert(field.field);
  }
  for (const DistinctPlan& distinct : plan.distincts) {
    for (const DistinctField& field : distinct.fields) fields.insert(field.field);
  }
  for (const FieldValues& field : plan.field_values) {
    types.insert(field.type_id);
    fields.insert(field.field);
  }
  for (const CountedField& field : plan.counted_fields) fields.insert(field.field);
  // Explain tells what was pruned, evidence what a later window will hold, shares have none: they must see everything.
  const bool prunes =
      plan.output != PlanOutput::kExplain && plan.output != PlanOutput::kEvidence && plan.output != PlanOutput::kShares;
  if (!prunes) reads.times = TimeRange{};
  reads.types.assign(types.begin(), types.end());
  reads.fields.assign(fields.begin(), fields.end());
  return reads;
}

// Partition by partition, a tile at a time, in workers where they are let.  Undone by leave().
class PlannerScope {
 public:
  static PlannerScope enter() {
    return call([] {
      PlannerScope scope;
      scope.level_ = NewGUCNestLevel();
      constexpr const char* settings[][2] = {
          {"enable_partitionwise_join", "on"},
          {"enable_partitionwise_aggregate", "on"},
          {"enable_hashagg", "off"},
          {"enable_parallel_append", "on"},
          {"parallel_setup_cost", "0"},
          {"parallel_tuple_cost", "0"},
          {"min_parallel_table_scan_size", "0"},
          {"min_parallel_index_scan_size", "0"},
          {"jit", "off"},
      };
      for (const auto& setting : settings) {
        set_config_option(setting[0], setting[1], PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
      }
      return scope;
    });
  }
  void leave() const {
    call([&] { AtEOXact_GUC(true, level_); });
  }

 private:
  int level_ = 0;
};

int64_t row_weight(const CounterPlan& counter, const CountedType& type) {
  if (type.restriction || !counter.periods.empty()) return kRestrictedRowWeight;
  return std::clamp<int64_t>(counter.largest_bound, 1, kCountedRowWeight);
}

bool worth_workers(const EvaluationPlan& plan, const Reads& reads, int64_t refresh_id, bool read_only) {
  if (IsInParallelMode()) return false;
  static SavedStatement statement(
      "SELECT type_id, sum(row_count)::int8 FROM segments.fragment WHERE field = 0 AND type_id = ANY ($1)"
      " AND from_refresh <= $2 AND to_refresh > $2 AND max_time >= $3 AND min_time <= $4 GROUP BY type_id",
      {INT4ARRAYOID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID});
  Rows rows = statement.run(
      {int4_array(reads.types), int8(refresh_id), timestamptz(reads.times.first), timestamptz(reads.times.last)}, read_only);
  std::map<int32_t, int64_t> row_counts;
  for (uint64_t i = 0; i < rows.size(); ++i) row_counts[rows.int4(i, 0)] = rows.int8(i, 1);
  rows.release();
  double work = 0;
  for (const CounterPlan& counter : plan.counters) {
    for (const CountedType& type : counter.types) {
      work += static_cast<double>(row_counts[type.type_id] * row_weight(counter, type));
    }
  }
  const auto add_values = [&](const auto& one) {
    for (const CountedType& type : plan.counters[one.counter].types) {
      work += static_cast<double>(row_counts[type.type_id] * kValueRowWeight);
    }
  };
  std::ranges::for_each(plan.folds, add_values);
  std::ranges::for_each(plan.distincts, add_values);
  for (const CountedField& field : plan.counted_fields) {
    work += static_cast<double>(row_counts[plan.counters[field.counter].types.front().type_id] * kRestrictedRowWeight);
  }
  for (const FieldValues& field : plan.field_values) work += static_cast<double>(row_counts[field.type_id] * kValueRowWeight);
  return work >= kRowsWorthWorkers;
}

TileResult empty_result(const EvaluationPlan& plan) {
  TileResult result;
  if (plan.output == PlanOutput::kSets || plan.output == PlanOutput::kRecords) result.sets.resize(plan.roots.size());
  if (plan.output != PlanOutput::kExplain) result.counts.resize(plan.roots.size());
  if (plan.output == PlanOutput::kExplain) {
    result.nodes.resize(plan.nodes.size());
    result.counters.resize(plan.counters.size());
  }
  return result;
}

extern "C" bool check_time_zone_setting(char** value, void**, GucSource) {
  if (**value == '\0') return true;
  pg_tz* zone = pg_tzset(*value);
  if (zone != nullptr && pg_tz_acceptable(zone)) return true;
  GUC_check_errdetail("There is no time zone \"%s\".", *value);
  return false;
}

// Of the statements that evaluate.
std::vector<Parameter> parameters_of(const Bytes& plan, int64_t refresh_id, const Reads& reads) {
  return {bytea(plan),
          int8(refresh_id),
          int4_array(reads.types),
          int2_array(reads.fields),
          timestamptz(reads.times.first),
          timestamptz(reads.times.last)};
}

}  // namespace

void evaluate_tiles(const EvaluationPlan& plan, int64_t refresh_id, Visibility visibility, const TileConsumer& consume) {
  const bool read_only = visibility == Visibility::kStatement;
  const Reads reads = reads_of(plan);
  const PlannerScope scope = PlannerScope::enter();
  const bool parallel = worth_workers(plan, reads, refresh_id, read_only);
  const Bytes encoded = plan.encode();
  const std::vector<Parameter> parameters = parameters_of(encoded, refresh_id, reads);
  evaluate_statement(parallel).stream(parameters, read_only, [&](const Datum* values, const bool*) {
    consume(static_cast<uint32_t>(DatumGetInt32(values[0])), TileResult::decode(plain_bytes(values[1])));
  });
  scope.leave();
}

namespace {

// Over the tile of a profile alone.
void evaluate_tile_of(Ordinal profile, const EvaluationPlan& plan, int64_t refresh_id, TileResult& found) {
  const auto tile = static_cast<int32_t>(tile_of(profile));
  static SavedStatement statement(
      kEvaluateOne, {BYTEAOID, INT8OID, INT4ARRAYOID, INT2ARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT2OID, INT4OID});
  const Reads reads = reads_of(plan);
  const Bytes encoded = plan.encode();
  std::vector<Parameter> parameters = parameters_of(encoded, refresh_id, reads);
  parameters.push_back(int2(static_cast<int16_t>(shard_of_tile(tile_of(profile)))));
  parameters.push_back(int4(tile));
  statement.stream(parameters, true,
                   [&](const Datum* values, const bool*) { found.add(TileResult::decode(plain_bytes(values[1]))); });
}

}  // namespace

std::vector<std::vector<Timestamp>> evidence_of(EvaluationPlan plan, Ordinal profile, int64_t refresh_id) {
  plan.output = PlanOutput::kEvidence;
  plan.subject = profile;
  TileResult found;
  found.evidence.resize(plan.counters.size());
  evaluate_tile_of(profile, plan, refresh_id, found);
  return std::move(found.evidence);
}

std::set<uint32_t> nodes_of(EvaluationPlan plan, std::vector<uint32_t> nodes, Ordinal profile, int64_t refresh_id) {
  std::set<uint32_t> holding;
  if (nodes.empty()) return holding;
  plan.output = PlanOutput::kSets;
  plan.roots = std::move(nodes);
  TileResult found = empty_result(plan);
  evaluate_tile_of(profile, plan, refresh_id, found);
  for (size_t i = 0; i < plan.roots.size(); ++i) {
    if (found.sets[i].contains(profile)) holding.insert(plan.roots[i]);
  }
  return holding;
}

TileResult evaluate(const EvaluationPlan& plan, int64_t refresh_id, Visibility visibility) {
  TileResult sum = empty_result(plan);
  evaluate_tiles(plan, refresh_id, visibility, [&](uint32_t, TileResult&& result) { sum.add(std::move(result)); });
  return sum;
}

std::string current_time_zone() {
  return time_zone_setting != nullptr && *time_zone_setting != '\0' ? time_zone_setting : session_time_zone();
}

Weekday current_week_start() { return static_cast<Weekday>(week_start_setting); }

void define_evaluation_settings() {
  call([] {
    DefineCustomEnumVariable("segments.week_start", "The day that weeks start on in definitions.",
                             "For \"this week\" and \"previous n weeks\". Saved segments keep the day they were created with.",
                             &week_start_setting, static_cast<int>(Weekday::kMonday), kWeekStarts, PGC_USERSET, 0, nullptr,
                             nullptr, nullptr);
    DefineCustomStringVariable("segments.time_zone", "Time zone of the windows and times in definitions.",
                               "Empty: the time zone of the session. Saved segments keep the zone they were created in.",
                               &time_zone_setting, "", PGC_USERSET, 0, check_time_zone_setting, nullptr, nullptr);
  });
}

}  // namespace segments::pg
