#include "pg/member/member_statistics.h"

#include <map>

#include "pg/member/change_plan.h"
#include "pg/member/change_wrapper.h"
#include "pg/member/member_plan.h"
#include "pg/member/member_wrapper.h"
#include "pg/segment/segment_directory.h"
#include "pg/server/column_figures.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

constexpr size_t kMostNames = 500;
// Segments share profiles: of those beyond the largest segment, about so many are new.
constexpr double kNewShare = 0.3;

get_relation_stats_hook_type previous_hook = nullptr;

MemberStatistics figures_of(const SegmentDirectory& directory, const ReadableSegments& readable) {
  MemberStatistics statistics;
  double largest = 0;
  for (const uint32_t place : readable.places()) {
    const ListedSegment& segment = directory.segments[place];
    if (segment.member_count == 0) continue;
    const auto members = static_cast<double>(segment.member_count);
    ++statistics.segments;
    statistics.members += members;
    largest = std::max(largest, members);
    statistics.largest.emplace_back(segment.name, members);
  }
  statistics.profiles = largest + (statistics.members - largest) * kNewShare;
  std::ranges::sort(statistics.largest, std::ranges::greater(), &std::pair<std::string, double>::second);
  if (statistics.largest.size() > kMostNames) statistics.largest.resize(kMostNames);
  return statistics;
}

HeapTuple statistics_of_segment(const ColumnFigures& column, const MemberStatistics& statistics) {
  using Largest = decltype(statistics.largest)::value_type;
  const std::span<const Largest> largest = statistics.largest;
  const double all = static_cast<double>(statistics.members);
  const CommonValues common = {
      array_of(largest, TEXTOID,
               [](const Largest& segment) {
                 return PointerGetDatum(cstring_to_text_with_len(segment.first.data(), static_cast<int>(segment.first.size())));
               }),
      array_of(largest, FLOAT4OID, [&](const Largest& segment) {
        return Float4GetDatum(static_cast<float4>(static_cast<double>(segment.second) / all));
      })};
  const CommonValues* values = largest.empty() ? nullptr : &common;
  return call([&] { return statistics_tuple(column, values); });
}

// Null: this column has none.
HeapTuple make_statistics(Oid table, AttrNumber number, const MemberStatistics& statistics) {
  const MemberColumns columns =
      call([&] { return is_change_table(table) ? change_columns(table).members() : member_columns(table); });
  if (statistics.members == 0) return nullptr;
  if (number == columns.segment) return statistics_of_segment({table, number, statistics.segments}, statistics);
  if (number != columns.profile_id) return nullptr;
  const ColumnFigures column{table, number, statistics.profiles};
  return call([&] { return statistics_tuple(column, nullptr); });
}

// The planner asks for the same again and again: they are kept until the figures change.
HeapTuple statistics_of(Oid role, Oid table, AttrNumber number) {
  static std::map<std::pair<Oid, AttrNumber>, HeapTuple> kept;
  static uint64_t kept_of = 0;
  const MemberStatistics& statistics = member_statistics(role);
  if (kept_of != statistics.number) {
    for (const auto& [column, tuple] : kept) call([&] { heap_freetuple(tuple); });
    kept.clear();
    kept_of = statistics.number;
  }
  const auto known = kept.find({table, number});
  if (known != kept.end()) return call([&] { return heap_copytuple(known->second); });
  HeapTuple tuple = make_statistics(table, number, statistics);
  if (tuple == nullptr) return nullptr;
  kept[{table, number}] = call([&] {
    MemoryContext outer = MemoryContextSwitchTo(TopMemoryContext);
    HeapTuple copy = heap_copytuple(tuple);
    MemoryContextSwitchTo(outer);
    return copy;
  });
  return tuple;
}

// The rights that a relation of the query is read with.
Oid role_of(const PlannerInfo* root, const RangeTblEntry* entry) {
  for (int i = 1; i < root->simple_rel_array_size; ++i) {
    if (root->simple_rte_array[i] == entry && root->simple_rel_array[i] != nullptr) return root->simple_rel_array[i]->userid;
  }
  return InvalidOid;
}

bool find_statistics(PlannerInfo* root, RangeTblEntry* entry, AttrNumber number, VariableStatData* variable) {
  const bool is_foreign = entry->rtekind == RTE_RELATION && entry->relkind == RELKIND_FOREIGN_TABLE;
  const bool is_member = is_foreign && is_member_table(entry->relid);
  if (is_member || (is_foreign && is_change_table(entry->relid))) {
    const Oid role = is_member ? role_of(root, entry) : InvalidOid;
    variable->statsTuple = guard([&] { return statistics_of(role, entry->relid, number); });
    variable->freefunc = heap_freetuple;
    return true;
  }
  return previous_hook != nullptr && previous_hook(root, entry, number, variable);
}

}  // namespace

const MemberStatistics& member_statistics(Oid role) {
  if (!OidIsValid(role)) role = GetUserId();
  static MemberStatistics last;
  static std::shared_ptr<const ReadableSegments> last_readable;
  static uint64_t count = 0;
  Snapshot snapshot = call([] { return ActiveSnapshotSet() ? GetActiveSnapshot() : GetTransactionSnapshot(); });
  const std::shared_ptr<const SegmentDirectory> directory = segment_directory(snapshot);
  std::shared_ptr<const ReadableSegments> readable = readable_segments(directory, role);
  if (readable == last_readable) return last;
  last_readable = nullptr;
  last = figures_of(*directory, *readable);
  last.number = ++count;
  last_readable = std::move(readable);
  return last;
}

void install_member_statistics() {
  previous_hook = get_relation_stats_hook;
  get_relation_stats_hook = find_statistics;
}

}  // namespace segments::pg
