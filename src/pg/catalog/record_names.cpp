#include "pg/catalog/record_names.h"

#include "pg/query/query.h"

namespace segments::pg {
std::vector<NamePair> record_type_names() {
  Rows rows = run("SELECT name, display_name FROM segments.record_type ORDER BY name", {}, {.read_only = true});
  std::vector<NamePair> names;
  for (uint64_t i = 0; i < rows.size(); ++i) names.push_back({rows.text(i, 0), rows.text(i, 1)});
  rows.release();
  return names;
}

}  // namespace segments::pg
