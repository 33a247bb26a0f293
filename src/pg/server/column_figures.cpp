#include "pg/server/column_figures.h"

namespace segments::pg {

HeapTuple statistics_tuple(const ColumnFigures& column, const CommonValues* common) {
  Relation catalog = table_open(StatisticRelationId, AccessShareLock);
  Datum values[Natts_pg_statistic] = {};
  bool nulls[Natts_pg_statistic] = {};
  values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(column.table);
  values[Anum_pg_statistic_staattnum - 1] = Int16GetDatum(column.number);
  values[Anum_pg_statistic_stainherit - 1] = BoolGetDatum(false);
  values[Anum_pg_statistic_stanullfrac - 1] = Float4GetDatum(0);
  values[Anum_pg_statistic_stawidth - 1] = Int32GetDatum(24);
  values[Anum_pg_statistic_stadistinct - 1] = Float4GetDatum(static_cast<float4>(column.distinct));
  for (int slot = 0; slot < STATISTIC_NUM_SLOTS; ++slot) {
    const bool used = slot == 0 && common != nullptr;
    values[Anum_pg_statistic_stakind1 - 1 + slot] = Int16GetDatum(used ? STATISTIC_KIND_MCV : 0);
    values[Anum_pg_statistic_staop1 - 1 + slot] =
        ObjectIdGetDatum(used ? lookup_type_cache(TEXTOID, TYPECACHE_EQ_OPR)->eq_opr : InvalidOid);
    values[Anum_pg_statistic_stacoll1 - 1 + slot] = ObjectIdGetDatum(used ? DEFAULT_COLLATION_OID : InvalidOid);
    nulls[Anum_pg_statistic_stanumbers1 - 1 + slot] = !used;
    nulls[Anum_pg_statistic_stavalues1 - 1 + slot] = !used;
    if (!used) continue;
    values[Anum_pg_statistic_stanumbers1 - 1] = common->shares;
    values[Anum_pg_statistic_stavalues1 - 1] = common->names;
  }
  HeapTuple tuple = heap_form_tuple(RelationGetDescr(catalog), values, nulls);
  table_close(catalog, AccessShareLock);
  return tuple;
}

}  // namespace segments::pg
