// What the planner is told of a column that nobody samples, by a get_relation_stats_hook.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

struct ColumnFigures {
  Oid table;
  AttrNumber number;
  double distinct;  // as pg_statistic.stadistinct: negative ones are shares of the rows
};

// The most common values of a column, as arrays.
struct CommonValues {
  Datum names;
  Datum shares;
};

// A row of pg_statistic for a column of texts; `common`: null if there are none.  Server calls only.
HeapTuple statistics_tuple(const ColumnFigures& column, const CommonValues* common);

}  // namespace segments::pg
