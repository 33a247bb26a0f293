#include "pg/catalog/mapping_rows.h"

#include "pg/catalog/counted_rows.h"

namespace segments::pg {

RecordColumns record_columns(const UnificationSource& mapping) {
  return {mapping.relation, mapping.record_type_column, mapping.record_type, mapping.record_id_column, mapping.normalization};
}

std::string mapped_sql(const UnificationSource& mapping) {
  return record_present_sql(record_columns(mapping)) + " AND " + not_null(mapping.profile_id_column) +
         counted_sql(" AND ", mapping);
}

}  // namespace segments::pg
