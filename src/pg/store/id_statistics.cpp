#include "pg/store/id_statistics.h"

#include "pg/server/column_figures.h"

namespace segments::pg {
namespace {

struct IdColumn {
  const char* table;
  const char* name;
  double distinct;
};
constexpr IdColumn kColumns[] = {{"record", "record_id", -1},
                                 {"record", "profile_id", -0.5},
                                 {"previous_profile", "record_id", -0.5},
                                 {"previous_profile", "profile_id", -0.5},
                                 {"history_profile", "profile_id", -1}};

get_relation_stats_hook_type previous_hook = nullptr;

// Null: the column is none of these.  Server calls only.
HeapTuple figures_of(Oid table, AttrNumber number) {
  const Oid own = get_namespace_oid("segments", true);
  if (!OidIsValid(own) || get_rel_namespace(table) != own) return nullptr;
  const char* table_name = get_rel_name(table);
  const char* name = get_attname(table, number, true);
  if (table_name == nullptr || name == nullptr) return nullptr;
  for (const IdColumn& column : kColumns) {
    if (std::strcmp(column.table, table_name) == 0 && std::strcmp(column.name, name) == 0) {
      return statistics_tuple({table, number, column.distinct}, nullptr);
    }
  }
  return nullptr;
}

bool find_statistics(PlannerInfo* root, RangeTblEntry* entry, AttrNumber number, VariableStatData* variable) {
  if (entry->rtekind == RTE_RELATION && entry->relkind == RELKIND_RELATION && number > 0) {
    const Oid table = entry->relid;
    HeapTuple figures = guard([&] { return call([&] { return figures_of(table, number); }); });
    if (figures != nullptr) {
      variable->statsTuple = figures;
      variable->freefunc = heap_freetuple;
      return true;
    }
  }
  return previous_hook != nullptr && previous_hook(root, entry, number, variable);
}

}  // namespace

void install_id_statistics() {
  previous_hook = get_relation_stats_hook;
  get_relation_stats_hook = find_statistics;
}

}  // namespace segments::pg

using namespace segments::pg;

// Planning calls it, which loads this library.
SEGMENTS_FUNCTION(segments_knows_ids) { PG_RETURN_BOOL(true); }
