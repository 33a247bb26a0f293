#include "pg/catalog/translated_names.h"

#include "core/language/names.h"
#include "pg/catalog/find_relation.h"
#include "pg/query/saved_statement.h"

namespace segments::pg {
namespace {

struct Naming {
  std::string technical;
  std::string display;
};

// Of what every type answers to besides its own columns.
Naming naming_of(ColumnRole role) {
  switch (role) {
    case ColumnRole::kTime:
      return {"Timestamp", "Timestamp"};
    case ColumnRole::kRecordType:
      return {"ProfileType", "Profile type"};
    case ColumnRole::kRecordId:
      return {"ProfileId", "Profile ID"};
    case ColumnRole::kField:
      break;
  }
  return {"InteractionId", "Interaction ID"};
}

Naming naming_of(const InteractionType& type, const FieldColumnName& field) {
  if (field.by_role) return naming_of(field.role);
  static SavedStatement statement(
      "SELECT name, display_name FROM segments.interaction_field WHERE type_id = $1 AND column_name::text = $2",
      {INT4OID, TEXTOID});
  Rows rows = statement.run({int4(type.type_id), text(field.column)});
  const Naming naming = rows.empty() ? Naming{field.column, field.column} : Naming{rows.text(0, 0), rows.text(0, 1)};
  rows.release();
  return naming;
}

bool is_same(const FieldColumnName& a, const FieldColumnName& b) {
  return a.role == b.role && a.attnum == b.attnum && a.by_role == b.by_role;
}

class Translator {
 public:
  Translator(NameStyle style, Oid viewer) : style_(style) { catalog_.set_viewer(viewer); }

  void translate(InteractionCondition& condition) {
    std::vector<const InteractionType*> types;
    for (Name& name : condition.types) types.push_back(translate_type(name));
    if (types.empty()) {
      for (const InteractionType& type : catalog_.types()) {
        if (type.kind == SourceKind::kInteraction) types.push_back(&type);
      }
    }
    if (types.empty() || std::ranges::find(types, nullptr) != types.end()) return;
    if (condition.via && !translate_relation(types, *condition.via)) return;
    visit_fields(condition, [&](FieldPath& field) { translate_field(types, field); });
  }

 private:
  // In the order in which they are tried.
  std::vector<Name> candidates_of(const Naming& naming, uint32_t position) const {
    const Name technical{naming.technical, false, position};
    if (style_ == NameStyle::kTechnical) return {technical};
    return {Name{naming.display, false, position}, technical};
  }

  const InteractionType* find_type(const Name& name) const {
    try {
      return &catalog_.find(name);
    } catch (const Error&) {
      return nullptr;
    }
  }

  std::optional<FieldColumnName> find_field(const InteractionType& type, const FieldPath& name) {
    try {
      return catalog_.find_field(type, name);
    } catch (const Error&) {
      return std::nullopt;
    } catch (const ServerError& error) {  // members of documents that the viewer may not read
      if (error.data->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE) throw;
      return std::nullopt;
    }
  }

  const InteractionType* translate_type(Name& name) const {
    const InteractionType* type = find_type(name);
    if (type == nullptr) return nullptr;
    for (const Name& candidate : candidates_of({type->name, type->display_name}, name.position)) {
      if (find_type(candidate) != type) continue;
      name = candidate;
      break;
    }
    return type;
  }

  // False: it leads nowhere.  The types become what the relation sees.
  bool translate_relation(std::vector<const InteractionType*>& types, Name& via) const {
    std::vector<const TypeRelation*> meant;
    for (const InteractionType*& type : types) {
      meant.push_back(relation_or_none(catalog_, type, via));
      if (meant.back() == nullptr) return false;
    }
    for (const Name& candidate : candidates_of({meant.front()->name, meant.front()->display_name}, via.position)) {
      bool is_right = true;
      for (size_t i = 0; i < types.size(); ++i)
        is_right = is_right && relation_or_none(catalog_, types[i], candidate) == meant[i];
      if (!is_right) continue;
      via = candidate;
      break;
    }
    for (const InteractionType*& type : types) type = seen_by_relation(catalog_, type, via);
    return std::ranges::find(types, nullptr) == types.end();
  }

  std::optional<LookedUpField> find_lookup(const InteractionType& type, const FieldPath& name) {
    try {
      return catalog_.find_lookup(type, name);
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  // The field that holds the keys, then the rest.  All types have the same look-up, or the name stays.
  void translate_looked_up(const std::vector<const InteractionType*>& types, FieldPath& name) {
    std::vector<LookedUpField> meant;
    for (const InteractionType* type : types) {
      std::optional<LookedUpField> looked_up = find_lookup(*type, name);
      if (!looked_up || (!meant.empty() && looked_up->lookup != meant.front().lookup)) return;
      meant.push_back(std::move(*looked_up));
    }
    FieldPath rest = meant.front().rest;
    translate_field({meant.front().lookup}, rest);
    for (const Name& column : candidates_of(naming_of(*types.front(), meant.front().field), name.position())) {
      const FieldPath candidate = LookedUpField::path(column, rest);
      const auto leads_there = [&](size_t i) {
        const std::optional<LookedUpField> found = find_lookup(*types[i], candidate);
        return found && found->lookup == meant[i].lookup && is_same(found->field, meant[i].field);
      };
      bool is_right = true;
      for (size_t i = 0; i < types.size() && is_right; ++i) is_right = leads_there(i);
      if (!is_right) continue;
      name = candidate;
      return;
    }
  }

  void translate_field(const std::vector<const InteractionType*>& types, FieldPath& name) {
    if (find_lookup(*types.front(), name)) return translate_looked_up(types, name);
    std::vector<FieldColumnName> meant;
    for (const InteractionType* type : types) {
      const std::optional<FieldColumnName> field = find_field(*type, name);
      if (!field) return;
      meant.push_back(*field);
    }
    // Members have the names that stand in the documents.
    std::vector<Name> members;
    for (const std::string& member : meant.front().path) members.push_back({member, false, name.position()});
    for (const Name& column : candidates_of(naming_of(*types.front(), meant.front()), name.position())) {
      const FieldPath candidate{column, members};
      const auto leads_there = [&](size_t i) {
        const std::optional<FieldColumnName> field = find_field(*types[i], candidate);
        return field && is_same(*field, meant[i]);
      };
      bool is_right = true;
      for (size_t i = 0; i < types.size() && is_right; ++i) is_right = leads_there(i);
      if (!is_right) continue;
      name = candidate;
      return;
    }
  }

  NameStyle style_;
  TypeCatalog catalog_{0};
};

}  // namespace

void translate_names(Definition& definition, NameStyle style, Oid viewer) {
  Translator translator(style, viewer);
  visit_interactions(*definition.root, [&](InteractionCondition& condition) { translator.translate(condition); });
}

}  // namespace segments::pg
