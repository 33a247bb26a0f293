// Names of relations → a type as they lead from its rows to records.
#include "pg/catalog/find_relation.h"

#include "core/text/lexer.h"
#include "core/text/nearest.h"
#include "pg/catalog/catalog_name.h"

namespace segments::pg {

const std::vector<TypeRelation>& TypeCatalog::relations(const InteractionType& type) const {
  const auto [place, is_new] = relations_.try_emplace(type.type_id);
  if (is_new) place->second = relations_of(type.type_id);
  return place->second;
}

const InteractionType& TypeCatalog::by_relation(const InteractionType& type, const Name& via) const {
  const TypeRelation* relation = find_relation(relations(type), via);
  if (relation == nullptr) throw_unknown_relation(type, via);
  if (relation->is_default) return type;
  if (!relation->relation_id) {
    throw Error(ErrorCode::kNotReady,
                "relation " + in_quotes(relation->name) + " of " + type.called() + " is not read by refreshes",
                "The type was registered with it, but not for conditions.",
                "SELECT segments.register_relation(" + in_quotes(type.source_name, '\'') + ", " +
                    in_quotes(relation->name, '\'') + ") lets refreshes read it.",
                via.position);
  }
  const auto [place, is_new] = by_relation_.try_emplace({*relation->relation_id, type.event});
  if (is_new) {
    InteractionType& seen = place->second = type;
    seen.rows_id = *relation->relation_id;
    seen.via = relation->name;
    seen.record_type_column = relation->record_type_column;
    seen.record_id_column = relation->record_id_column;
  }
  return place->second;
}

int32_t TypeCatalog::registered_type(int32_t rows_id) const {
  for (const auto& [key, type] : by_relation_) {
    if (key.first == rows_id) return type.type_id;
  }
  return rows_id;
}

void TypeCatalog::throw_unknown_relation(const InteractionType& type, const Name& via) const {
  std::vector<std::string> names;
  for (const TypeRelation& relation : relations(type)) names.push_back(relation.name);
  const std::vector<std::string> near = nearest_names(via.text, names);
  throw Error(ErrorCode::kUndefined, "unknown relation " + in_quotes(via.text) + " of " + type.called(),
              "Its relations are: " + joined(names) + ".",
              near.empty()
                  ? "SELECT segments.register_relation(" + in_quotes(type.source_name, '\'') + ", " + in_quotes(via.text, '\'') +
                        ", '...') registers another one, with the column that holds ids of records."
                  : did_you_mean(near),
              via.position);
}

const TypeRelation* relation_or_none(const TypeCatalog& catalog, const InteractionType* type, const Name& via) {
  if (type == nullptr) return nullptr;
  try {
    return find_relation(catalog.relations(*type), via);
  } catch (const Error&) {
    return nullptr;
  }
}

const InteractionType* seen_by_relation(const TypeCatalog& catalog, const InteractionType* type, const std::optional<Name>& via) {
  if (type == nullptr || !via) return type;
  try {
    return &catalog.by_relation(*type, *via);
  } catch (const Error&) {
    return nullptr;
  }
}

std::string InteractionType::key_role(const std::string& role) const {
  return rows_id == type_id ? role : "via" + std::to_string(rows_id) + "." + role;
}

}  // namespace segments::pg
