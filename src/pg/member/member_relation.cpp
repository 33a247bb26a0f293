// Estimates, paths and plans of scans of the member table.
#include "pg/member/member_relation.h"

#include <cmath>

#include "pg/member/member_statistics.h"
#include "pg/member/member_wrapper.h"
#include "pg/member/outer_conditions.h"
#include "pg/store/profile_id_reader.h"

namespace segments::pg {
namespace {

// In the planner's units.
constexpr double kMemberCost = 0.012;   // a row with its id
constexpr double kUnnamedCost = 0.003;  // a row without
constexpr double kChunkCost = 30;       // reading the ids of 8,192 ordinals
constexpr double kLookUpCost = 0.4;     // from an id to its tile
constexpr double kProbeCost = 0.008;    // whether a profile is in a segment
constexpr double kOrderedCost = 0.03;   // a row in order
constexpr double kStartCost = 1;
constexpr double kRowBytes = 64;
// Segments whose members in a tile several processes may each read.
constexpr double kFewSegments = 8;
// An ordered scan that would hold more chunks than this is none.
constexpr double kMostOpenChunks = 64;

MemberRelation* relation_of(const RelOptInfo* relation) { return static_cast<MemberRelation*>(relation->fdw_private); }

double scan_cost(const MemberRelation& members, double rows) {
  if (!members.needs_ids) return kStartCost + rows * kUnnamedCost;
  // Few members are in few chunks.
  return kStartCost + std::min(members.chunks, rows) * kChunkCost + rows * kMemberCost;
}

double look_up_cost(const MemberRelation& members, double profiles) {
  return profiles * (kLookUpCost + std::max(members.chosen, 1.0) * kProbeCost);
}

double profiles_asked(PlannerInfo* root, const MemberRelation& members) {
  double least = -1;
  for (int i = 0; i < list_length(members.conditions.is_array); ++i) {
    double asked = 1;
    if (list_nth_int(members.conditions.is_array, i) != 0) {
      asked = estimate_array_size(root, static_cast<::Node*>(list_nth(members.conditions.values, i)));
    }
    least = least < 0 ? asked : std::min(least, asked);
  }
  return least;
}

// How many chunks there are, and into how many of them one id falls at most.
void measure_chunks(MemberRelation& members) {
  ProfileIdReader reader(call([] { return ActiveSnapshotSet() ? GetActiveSnapshot() : GetTransactionSnapshot(); }),
                         CurrentMemoryContext);
  const std::shared_ptr<const IdBounds> bounds = reader.bounds();
  reader.close();
  members.chunks = static_cast<double>(bounds->ascending().size());
  members.open_at_once = static_cast<double>(bounds->most_overlapping());
}

// As for a heap with rows of a usual width: several processes, each with its share of the rows.
void add_shared_path(PlannerInfo* root, RelOptInfo* relation, const MemberRelation& members) {
  if (!relation->consider_parallel || !bms_is_empty(relation->lateral_relids)) return;
  const double pages = std::ceil(relation->rows * kRowBytes / BLCKSZ);
  const int workers = compute_parallel_worker(relation, pages, -1, max_parallel_workers_per_gather);
  if (workers <= 0) return;
  const double leader = parallel_leader_participation ? std::max(0.0, 1 - 0.3 * workers) : 0;
  const double processes = workers + leader;
  const ScanCost cost{std::max(1.0, relation->rows / processes), 0, scan_cost(members, relation->rows) / processes};
  Path* path = make_foreign_path(root, relation, cost, nullptr, nullptr, nullptr);
  path->parallel_aware = true;
  path->parallel_workers = workers;
  add_partial_path(relation, path);
}

void add_plain_path(PlannerInfo* root, RelOptInfo* relation, const MemberRelation& members) {
  const double asked = profiles_asked(root, members);
  if (asked < 0) add_shared_path(root, relation, members);
  const double cost = asked >= 0 ? look_up_cost(members, asked) : scan_cost(members, relation->rows);
  add_path(relation, make_foreign_path(root, relation, {relation->rows, 0, cost}, nullptr, relation->lateral_relids, nullptr));
}

// ---- ordered by profile_id

PathKey* key_on_ids(PlannerInfo* root, const RelOptInfo* relation, const MemberColumns& columns) {
  if (root->query_pathkeys == nullptr) return nullptr;
  auto* key = static_cast<PathKey*>(linitial(root->query_pathkeys));
  const EquivalenceClass* equal = key->pk_eclass;
  if (equal->ec_has_volatile || key->pk_nulls_first == is_ascending(key)) return nullptr;
  const bool is_uuid = columns.id.kind == IdKind::kUuid;
  if (!is_uuid && (columns.id.kind != IdKind::kText || equal->ec_collation != C_COLLATION_OID)) return nullptr;
  const Oid type = is_uuid ? UUIDOID : TEXTOID;
  const Oid order = get_opfamily_member(key->pk_opfamily, type, type, BTEqualStrategyNumber);
  if (get_opcode(order) != (is_uuid ? F_UUID_EQ : F_TEXTEQ)) return nullptr;
  for (int i = 0; i < list_length(equal->ec_members); ++i) {
    const auto* member = static_cast<const EquivalenceMember*>(list_nth(equal->ec_members, i));
    if (!member->em_is_child && is_column(reinterpret_cast<const ::Node*>(member->em_expr), relation->relid, columns.profile_id))
      return key;
  }
  return nullptr;
}

void add_ordered_path(PlannerInfo* root, RelOptInfo* relation, MemberRelation& members) {
  if (members.conditions.profile != nullptr) return;
  PathKey* key = call([&] { return key_on_ids(root, relation, members.columns); });
  if (key == nullptr) return;
  measure_chunks(members);
  if (members.open_at_once > kMostOpenChunks) return;
  // Chunks beyond the range are not read.  So a row costs the same whatever share of the ids that is taken for: it is another one
  // of a value than of a parameter, and a prepared statement would be planned for each value.
  const double in_range =
      members.chunks * call([&] { return clauselist_selectivity(root, members.conditions.range, 0, JOIN_INNER, nullptr); });
  const double startup = kStartCost + members.chunks * 0.02 + (members.open_at_once + 1) * kChunkCost;
  const double total = startup + std::min(in_range, relation->rows) * kChunkCost + relation->rows * kOrderedCost;
  call([&] {
    List* mode = list_make1_int(static_cast<int>(is_ascending(key) ? ScanMode::kAscending : ScanMode::kDescending));
    add_path(relation, make_foreign_path(root, relation, {relation->rows, startup, total}, list_make1(key),
                                         relation->lateral_relids, mode));
  });
}

// ---- parameterized by other relations

bool is_own_condition(PlannerInfo* root, const RelOptInfo* relation, Expr* clause, void* argument) {
  const auto& columns = *static_cast<const MemberColumns*>(argument);
  bool is_array = false;
  return reads_only_segment(root, relation, columns, clause) ||
         profile_value(root, relation, columns, clause, &is_array) != nullptr;
}

void add_parameterized_path(PlannerInfo* root, RelOptInfo* relation, const MemberRelation& members, Relids outer) {
  ParamPathInfo* parameters = get_baserel_parampathinfo(root, relation, outer);
  MemberRelation inner = members;
  bool looks_up = members.conditions.profile != nullptr;
  for (int i = 0; i < list_length(parameters->ppi_clauses); ++i) {
    auto* condition = static_cast<RestrictInfo*>(list_nth(parameters->ppi_clauses, i));
    bool is_array = false;
    if (profile_value(root, relation, members.columns, condition->clause, &is_array) != nullptr) looks_up = true;
    if (reads_only_segment(root, relation, members.columns, condition->clause)) {
      inner.chosen *= clause_selectivity(root, reinterpret_cast<::Node*>(condition), 0, JOIN_INNER, nullptr);
    }
  }
  const double rows = parameters->ppi_rows;
  const double cost = looks_up ? look_up_cost(inner, 1) : scan_cost(inner, rows);
  add_path(relation, make_foreign_path(root, relation, {rows, 0, cost}, nullptr, outer, nullptr));
}

void add_parameterized_paths(PlannerInfo* root, RelOptInfo* relation, MemberRelation& members) {
  const AttrNumber columns[] = {members.columns.profile_id, members.columns.segment};
  List* outer = outer_relations(relation, join_conditions(root, relation, columns, is_own_condition, &members.columns));
  for (int i = 0; i < list_length(outer); ++i) {
    add_parameterized_path(root, relation, members, static_cast<Relids>(list_nth(outer, i)));
  }
}

}  // namespace

void estimate_members(PlannerInfo* root, RelOptInfo* relation, Oid table) {
  const MemberStatistics& statistics = member_statistics(relation->userid);
  const double segments = statistics.segments;
  const double all = statistics.members;
  call([&] {
    auto* members = static_cast<MemberRelation*>(palloc0(sizeof(MemberRelation)));
    members->columns = member_columns(table);
    for (int i = 0; i < list_length(relation->baserestrictinfo); ++i) {
      const auto* condition = static_cast<const RestrictInfo*>(list_nth(relation->baserestrictinfo, i));
      members->conditions.add(root, relation, members->columns, condition->clause);
    }
    members->needs_ids = reads_column(relation, members->columns.profile_id, members->conditions.local) ||
                         reads_column(relation, members->columns.since, members->conditions.local);
    members->segments = segments;
    members->chunks = 1 + all / (1 << 13) / std::max(segments, 1.0);
    relation->fdw_private = members;
    relation->tuples = all;
    set_baserel_size_estimates(root, relation);
    const double share = clauselist_selectivity(root, members->conditions.segment, 0, JOIN_INNER, nullptr);
    members->chosen = members->conditions.segment != nullptr ? std::max(1.0, segments * share) : segments;
  });
}

void add_member_paths(PlannerInfo* root, RelOptInfo* relation, Oid) {
  MemberRelation& members = *relation_of(relation);
  call([&] { add_plain_path(root, relation, members); });
  add_ordered_path(root, relation, members);
  call([&] { add_parameterized_paths(root, relation, members); });
}

namespace {

ScanMode mode_of(const ForeignPath* path) {
  return path->fdw_private == nullptr ? ScanMode::kRows : static_cast<ScanMode>(linitial_int(path->fdw_private));
}

// A limit that the planner knows of: no more than a hint, since what lies between may drop or sort rows.
int rows_wanted(const PlannerInfo* root) {
  return root->limit_tuples > 0 && root->limit_tuples < 1e6 ? static_cast<int>(root->limit_tuples) : 0;
}

ForeignScan* plan_rows(PlannerInfo* root, RelOptInfo* relation, ForeignPath* path, List* target, List* clauses) {
  const MemberRelation& members = *relation_of(relation);
  ScanConditions conditions;
  List* expressions = extract_actual_clauses(clauses, false);
  for (int i = 0; i < list_length(expressions); ++i) {
    conditions.add(root, relation, members.columns, static_cast<Expr*>(list_nth(expressions, i)));
  }
  ScanPlan plan;
  plan.mode = mode_of(path);
  plan.role = relation->userid;
  plan.segment_conditions = list_length(conditions.segment);
  plan.segments_are_fixed = !has_parameter(conditions.segment, relation->relid);
  plan.needs_since = reads_column(relation, members.columns.since, conditions.local);
  // Instants are told by member.
  plan.needs_ids =
      plan.mode != ScanMode::kRows || plan.needs_since || reads_column(relation, members.columns.profile_id, conditions.local);
  plan.wanted = rows_wanted(root);
  plan.chunks = plan.needs_ids && members.chosen <= kFewSegments ? 1 : kIdChunksPerTile;
  plan.is_array = conditions.is_array;
  plan.strategies = conditions.strategies;
  List* checked = list_concat_copy(conditions.segment, conditions.profile);
  List* evaluated = list_concat_copy(conditions.segment, conditions.values);
  Expr* names = named_segments(root, relation, members.columns, conditions.segment, &plan.names);
  if (names != nullptr) evaluated = lappend(evaluated, names);
  return make_foreignscan(target, conditions.local, relation->relid, evaluated, plan.serialize(), nullptr, checked, nullptr);
}

}  // namespace

ForeignScan* plan_member_scan(PlannerInfo* root, RelOptInfo* relation, Oid, ForeignPath* path, List* target, List* clauses,
                              Plan*) {
  return call([&]() -> ForeignScan* {
    if (!IS_SIMPLE_REL(relation)) return plan_upper_scan(target, UpperPlan::read(path->fdw_private));
    return plan_rows(root, relation, path, target, clauses);
  });
}

}  // namespace segments::pg
