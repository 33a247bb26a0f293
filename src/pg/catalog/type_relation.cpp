#include "pg/catalog/type_relation.h"

#include "core/text/lexer.h"
#include "pg/catalog/catalog_name.h"
#include "pg/query/saved_statement.h"

namespace segments::pg {

std::vector<TypeRelation> relations_of(int32_t type_id) {
  static SavedStatement statement(
      "SELECT name, display_name, is_default, relation_id, coalesce(record_type_column::text, ''), coalesce(record_type, ''),"
      " record_id_column::text FROM segments.interaction_relation WHERE type_id = $1 ORDER BY is_default DESC, name",
      {INT4OID});
  Rows rows = statement.run({int4(type_id)});
  std::vector<TypeRelation> relations;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    TypeRelation relation{rows.text(i, 0), rows.text(i, 1), rows.boolean(i, 2), {},
                          rows.text(i, 4), rows.text(i, 5), rows.text(i, 6)};
    if (!rows.is_null(i, 3)) relation.relation_id = rows.int4(i, 3);
    relations.push_back(std::move(relation));
  }
  rows.release();
  return relations;
}

const TypeRelation* find_relation(const std::vector<TypeRelation>& relations, const Name& name) {
  const std::string key = fold_name(name.text);
  const TypeRelation* found = nullptr;
  for (const TypeRelation& relation : relations) {
    if (fold_name(relation.name) == key) return &relation;
  }
  for (const TypeRelation& relation : relations) {
    if (fold_name(relation.display_name) != key) continue;
    if (found != nullptr) {
      throw Error(ErrorCode::kAmbiguous, "relation " + in_quotes(name.text) + " is ambiguous",
                  "It can be any of: " + joined({found->name, relation.name}) + ".", "Use the technical name.", name.position);
    }
    found = &relation;
  }
  return found;
}

}  // namespace segments::pg
