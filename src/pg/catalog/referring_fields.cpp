#include "pg/catalog/referring_fields.h"

#include "pg/query/query.h"

namespace segments::pg {

std::vector<ReferringField> referring_fields() {
  Rows rows =
      run("SELECT type_id, column_name::text, name, refers_to FROM segments.interaction_field WHERE refers_to IS NOT NULL"
          " ORDER BY type_id, column_name",
          {}, {.read_only = true});
  std::vector<ReferringField> fields;
  for (uint64_t i = 0; i < rows.size(); ++i)
    fields.push_back({rows.int4(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3)});
  rows.release();
  return fields;
}

}  // namespace segments::pg
