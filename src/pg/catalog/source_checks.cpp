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

}  // namespace segments::pg
