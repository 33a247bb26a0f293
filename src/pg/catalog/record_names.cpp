#include "pg/catalog/record_names.h"

#include "pg/query/query.h"

namespace segments::pg {
namespace {

std::vector<NamePair> names_of(Rows&& rows) {
  std::vector<NamePair> names;
  for (uint64_t i = 0; i < rows.size(); ++i) names.push_back({rows.text(i, 0), rows.text(i, 1)});
  rows.release();
  return names;
}

}  // namespace

std::vector<NamePair> record_type_names() {
  return names_of(run("SELECT name, display_name FROM segments.record_type ORDER BY name", {}, {.read_only = true}));
}

std::vector<NamePair> other_relation_names(int32_t type_id) {
  return names_of(run("SELECT name, display_name FROM segments.interaction_relation WHERE type_id = $1 AND NOT is_default",
                      {int4(type_id)}, {.read_only = true}));
}

}  // namespace segments::pg
