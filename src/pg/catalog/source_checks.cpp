#include "pg/catalog/source_checks.h"

#include "pg/query/saved_statement.h"

namespace segments::pg {

void check_source(int32_t type_id, const std::vector<SourceLeaf>* leaves) {
  static SavedStatement statement("SELECT segments_internal.check_registered($1, $2::oid[])", {INT4OID, INT8ARRAYOID});
  std::vector<int64_t> tables;
  if (leaves != nullptr) {
    for (const SourceLeaf& leaf : *leaves) tables.push_back(leaf.relation);
  }
  statement.run({int4(type_id), leaves != nullptr ? int8_array(tables) : null_of(INT8ARRAYOID)}).release();
}

void check_time(const InteractionSource& source) {
  run("SELECT segments_internal.check_time_column(source, time_column, time_zone, time_unit, kind, name)"
      " FROM segments.interaction_type WHERE type_id = $1",
      {int4(source.type_id)}, {.read_only = true})
      .release();
}

}  // namespace segments::pg
