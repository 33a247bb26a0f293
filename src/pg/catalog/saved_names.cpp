// What the names in saved definitions lead to: compared before and after names of types and fields change; and the names that
// lead there afterwards.
#include <charconv>

#include "core/language/names.h"
#include "core/language/printer.h"
#include "pg/catalog/catalog_name.h"
#include "pg/catalog/find_relation.h"
#include "pg/catalog/saved_names.h"
#include "pg/query/query.h"
#include "pg/server/datum.h"
#include "pg/type/definition.h"

namespace segments::pg {
namespace {

constexpr std::string_view kMeaning = " = ";

// What a field name leads to: a column, or what every type answers to.
std::string meaning_of(const FieldColumnName& field) {
  if (!field.path.empty()) return "member " + std::to_string(field.attnum);
  return field.by_role ? "role " + std::to_string(static_cast<int>(field.role)) : "column " + field.column;
}

constexpr std::string_view kLookedUp = "looked up ";

// What a path leads to: where it leads through a look-up, its number, the column that holds its keys, and what the rest leads to.
std::string meaning_of(TypeCatalog& catalog, const InteractionType& type, const FieldPath& path) {
  const std::optional<LookedUpField> looked_up = catalog.find_lookup(type, path);
  if (!looked_up) return meaning_of(catalog.find_field(type, path));
  const std::string& column = looked_up->field.column;
  return std::string(kLookedUp) + std::to_string(looked_up->lookup->type_id) + ' ' + std::to_string(column.size()) + ' ' +
         column + meaning_of(catalog, *looked_up->lookup, looked_up->rest);
}

// The parts of such a meaning.
struct LookedUpMeaning {
  int32_t lookup_id = 0;
  std::string column;
  std::string rest;
};

std::optional<LookedUpMeaning> looked_up_meaning(const std::string& meaning) {
  if (!meaning.starts_with(kLookedUp)) return std::nullopt;
  LookedUpMeaning parts;
  size_t size = 0;
  const char* end = meaning.data() + meaning.size();
  const auto number = std::from_chars(meaning.data() + kLookedUp.size(), end, parts.lookup_id);
  if (number.ec != std::errc() || number.ptr == end) return std::nullopt;
  const auto length = std::from_chars(number.ptr + 1, end, size);
  if (length.ec != std::errc() || static_cast<size_t>(end - length.ptr) < size + 1) return std::nullopt;
  parts.column.assign(length.ptr + 1, size);
  parts.rest.assign(length.ptr + 1 + size, end);
  return parts;
}

// What a type name leads to: the type's number, and the value of an event.
std::string meaning_of(const InteractionType& type) {
  return std::to_string(type.type_id) + (type.event ? " " + *type.event : "");
}

// Whether they lead to the same: a column that has a role is what the role's name leads to.
bool is_same(const FieldColumnName& field, std::string_view meaning) {
  return meaning_of(field) == meaning ||
         (field.role != ColumnRole::kField && meaning == "role " + std::to_string(static_cast<int>(field.role)));
}

// Null: the name leads nowhere, or it is ambiguous.
const InteractionType* find_type(const TypeCatalog& catalog, const Name& name) {
  try {
    return &catalog.find(name);
  } catch (const Error&) {
    return nullptr;
  }
}

// What a relation's name leads to: the columns, whatever the name.
std::string meaning_of(const TypeRelation& relation) {
  const std::string type =
      relation.record_type_column.empty() ? "of " + relation.record_type : "in " + relation.record_type_column;
  return std::to_string(type.size()) + ' ' + type + ' ' + relation.record_id_column;
}

// Collects a line for every name: what was written, and the type or column that it means; empty if nothing.
class NameCollector {
 public:
  std::vector<std::string> collect(Definition& definition) {
    visit_interactions(*definition.root, [&](InteractionCondition& condition) {
      std::vector<const InteractionType*> types;
      for (const Name& name : condition.types) types.push_back(add_type(name));
      for (const InteractionType*& type : types) {
        if (condition.via) add_relation(type, *condition.via);
        type = seen_by_relation(catalog_, type, condition.via);
      }
      visit_fields(condition, [&](const FieldPath& field) {
        for (const InteractionType* type : types) add_field(type, field);
      });
    });
    return std::move(lines_);
  }

 private:
  const InteractionType* add_type(const Name& name) {
    const InteractionType* type = find_type(catalog_, name);
    lines_.push_back(type == nullptr ? "" : name.text + std::string(kMeaning) + meaning_of(*type));
    return type;
  }

  void add_relation(const InteractionType* type, const Name& via) {
    const TypeRelation* relation = relation_or_none(catalog_, type, via);
    lines_.push_back(relation == nullptr ? "" : via.text + std::string(kMeaning) + meaning_of(*relation));
  }

  void add_field(const InteractionType* type, const FieldPath& field) {
    try {
      lines_.push_back(type == nullptr ? "" : field.text() + std::string(kMeaning) + meaning_of(catalog_, *type, field));
    } catch (const Error&) {
      lines_.emplace_back();
    }
  }

  TypeCatalog catalog_{0};
  std::vector<std::string> lines_;
};

// Whether a path leads through a look-up.
bool leads_through(TypeCatalog& catalog, const InteractionType& type, const FieldPath& path, int32_t lookup_id) {
  try {
    const std::optional<LookedUpField> looked_up = catalog.find_lookup(type, path);
    if (!looked_up) return false;
    return looked_up->lookup->type_id == lookup_id || leads_through(catalog, *looked_up->lookup, looked_up->rest, lookup_id);
  } catch (const Error&) {
    return false;
  }
}

std::vector<std::string> names_of_type(int32_t type_id) {
  return take_texts(
      run("SELECT answers.name FROM segments.interaction_type, unnest(interaction_type.name || aliases || display_name)"
          " WITH ORDINALITY AS answers (name, number) WHERE type_id = $1 ORDER BY number",
          {int4(type_id)}));
}

std::vector<std::string> names_of_column(int32_t type_id, const std::string& column) {
  std::vector<std::string> names =
      take_texts(run("SELECT unnest(ARRAY[name, display_name]) FROM segments.interaction_field"
                     " WHERE type_id = $1 AND column_name::text = $2",
                     {int4(type_id), text(column)}));
  names.push_back(column);
  return names;
}

// What a type goes by, or an event: candidates for its name in a definition.
std::vector<std::string> names_with_meaning(const std::string& meaning) {
  int32_t type_id = 0;
  const char* end = meaning.data() + meaning.size();
  const auto number = std::from_chars(meaning.data(), end, type_id);
  if (number.ec != std::errc()) return {};
  return number.ptr == end ? names_of_type(type_id) : names_of_event(type_id, std::string(number.ptr + 1, end));
}

// The meaning in a line of NameCollector.  Names may hold whatever, meanings of types do not hold the separator.
std::string meaning_in(const std::string& line, const std::string& name) {
  const size_t start = name.size() + kMeaning.size();
  return line.size() < start || line.compare(0, name.size(), name) != 0 ? std::string() : line.substr(start);
}

// Gives names that lead elsewhere than they did those that lead there now.
class Renamer {
 public:
  explicit Renamer(std::vector<std::string> before) : before_(std::move(before)) {}

  // False: nothing leads there any more.
  bool rename(Definition& definition) {
    visit_interactions(*definition.root, [&](InteractionCondition& condition) {
      std::vector<const InteractionType*> types;
      for (Name& name : condition.types) types.push_back(rename_type(name));
      if (condition.via) rename_relation(types, *condition.via);
      for (const InteractionType*& type : types) type = seen_by_relation(catalog_, type, condition.via);
      visit_fields(condition, [&](FieldPath& field) { rename_field(types, field); });
    });
    return done_;
  }

 private:
  std::string next_meaning(const std::string& name) {
    return next_ < before_.size() ? meaning_in(before_[next_++], name) : std::string();
  }

  // What led nowhere stays as it is.
  const InteractionType* rename_type(Name& name) {
    const std::string meaning = next_meaning(name.text);
    if (meaning.empty()) return nullptr;
    if (const InteractionType* type = find_type(catalog_, name); type != nullptr && meaning_of(*type) == meaning) return type;
    for (const std::string& candidate : names_with_meaning(meaning)) {
      const Name renamed{candidate, false, name.position};
      if (const InteractionType* type = find_type(catalog_, renamed); type != nullptr && meaning_of(*type) == meaning) {
        name = renamed;
        return type;
      }
    }
    done_ = false;
    return nullptr;
  }

  // A name that all types answer to keeps one only if they can still agree.
  void rename_relation(const std::vector<const InteractionType*>& types, Name& via) {
    const Name before = via;
    std::optional<Name> agreed;
    for (const InteractionType* type : types) {
      const Name renamed = renamed_relation(type, before);
      if (agreed && !(*agreed == renamed)) done_ = false;
      agreed = renamed;
    }
    if (agreed) via = *agreed;
  }

  // One whose columns are others now goes on by its name.
  Name renamed_relation(const InteractionType* type, const Name& via) {
    const std::string meaning = next_meaning(via.text);
    if (meaning.empty() || type == nullptr) return via;
    const TypeRelation* present = relation_or_none(catalog_, type, via);
    if (present != nullptr && meaning_of(*present) == meaning) return via;
    for (const TypeRelation& relation : catalog_.relations(*type)) {
      if (meaning_of(relation) == meaning) return {relation.name, false, via.position};
    }
    if (present == nullptr) done_ = false;
    return via;
  }

  bool leads_to(const InteractionType& type, const FieldPath& name, const std::string& meaning) {
    try {
      if (meaning.starts_with(kLookedUp)) return meaning_of(catalog_, type, name) == meaning;
      return is_same(catalog_.find_field(type, name), meaning);
    } catch (const Error&) {
      return false;
    }
  }

  // A name that all types answer to keeps one only if they can still agree.
  void rename_field(const std::vector<const InteractionType*>& types, FieldPath& name) {
    const FieldPath before = name;
    std::optional<FieldPath> agreed;
    for (const InteractionType* type : types) {
      FieldPath renamed = before;
      rename_field(type, renamed);
      if (agreed && !(*agreed == renamed)) done_ = false;
      agreed = renamed;
    }
    if (agreed) name = *agreed;
  }

  // Members keep their names as they stand in the documents.
  void rename_member(const InteractionType& type, FieldPath& path, const std::string& meaning) {
    for (const JsonField& field : declared_json_fields(type.type_id)) {
      if (meaning != "member " + std::to_string(field.field)) continue;
      FieldPath renamed = path;
      for (size_t i = 0; i < renamed.members.size() && i < field.path.size(); ++i) renamed.members[i].text = field.path[i];
      for (const std::string& column : names_of_column(type.type_id, field.column)) {
        renamed.column = {column, false, path.position()};
        if (!leads_to(type, renamed, meaning)) continue;
        path = renamed;
        return;
      }
      if (column_number(type.relation, field.column) == 0) return;
    }
    done_ = false;
  }

  void rename_field(const InteractionType* type, FieldPath& name) {
    const std::string meaning = next_meaning(name.text());
    if (!meaning.empty() && type != nullptr) rename_path(*type, name, meaning);
  }

  void rename_path(const InteractionType& type, FieldPath& name, const std::string& meaning) {
    if (leads_to(type, name, meaning)) return;
    if (const std::optional<LookedUpMeaning> parts = looked_up_meaning(meaning)) return rename_looked_up(type, name, *parts);
    if (!name.members.empty()) return rename_member(type, name, meaning);
    constexpr std::string_view kColumn = "column ";
    std::vector<std::string> candidates = {"Timestamp",      "ProfileType",           "ProfileId",
                                           type.time_column, type.record_type_column, type.record_id_column};
    if (meaning.starts_with(kColumn)) candidates = names_of_column(type.type_id, meaning.substr(kColumn.size()));
    for (const std::string& candidate : candidates) {
      const FieldPath renamed{{candidate, false, name.position()}, {}};
      if (candidate.empty() || !leads_to(type, renamed, meaning)) continue;
      name = renamed;
      return;
    }
    // A column that is gone was not renamed here.
    if (meaning.starts_with(kColumn) && column_number(type.relation, meaning.substr(kColumn.size())) == 0) return;
    done_ = false;
  }

  // The field that holds the keys, then the rest.
  void rename_looked_up(const InteractionType& type, FieldPath& path, const LookedUpMeaning& meaning) {
    for (const std::string& candidate : names_of_column(type.type_id, meaning.column)) {
      const FieldPath renamed{{candidate, false, path.position()}, path.members};
      const std::optional<LookedUpField> looked_up = find_lookup(type, renamed);
      if (!looked_up || looked_up->field.column != meaning.column || looked_up->lookup->type_id != meaning.lookup_id) continue;
      FieldPath rest = looked_up->rest;
      rename_path(*looked_up->lookup, rest, meaning.rest);
      path = LookedUpField::path(renamed.column, rest);
      return;
    }
    if (column_number(type.relation, meaning.column) != 0) done_ = false;
  }

  std::optional<LookedUpField> find_lookup(const InteractionType& type, const FieldPath& path) {
    try {
      return catalog_.find_lookup(type, path);
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  TypeCatalog catalog_{0};
  std::vector<std::string> before_;
  size_t next_ = 0;
  bool done_ = true;
};

std::vector<std::string> texts_of(Datum array) {
  return take_texts(run("SELECT coalesce(line, '') FROM unnest($1) WITH ORDINALITY AS lines (line, number) ORDER BY number",
                        {datum(TEXTARRAYOID, array)}));
}

std::optional<Definition> parsed(const std::string& written) {
  try {
    return read_definition(written);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Gives a definition that parses to `use`, which reads the catalog.
template <class Use>
void read_names(Datum definition, const Use& use) {
  const std::string written(text_view(definition));
  const OwnerScope owner = OwnerScope::enter();
  with_spi([&] {
    if (std::optional<Definition> read = parsed(written)) use(*read);
  });
  owner.leave();
}

Datum array_of_texts(const std::vector<std::string>& texts) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  return text_array(views).value;
}

// The same text if nothing has another name; nothing if a name leads nowhere any more.
std::optional<std::string> renamed(const std::string& written, Datum before) {
  std::optional<Definition> definition = parsed(written);
  if (!definition) return written;
  const std::string canonical = print_definition(*definition);
  if (!Renamer(texts_of(before)).rename(*definition)) return std::nullopt;
  std::string changed = print_definition(*definition);
  return changed == canonical ? written : changed;
}

}  // namespace

// An event of the same letters in another case may come to exist, and would be meant from then on.
std::string with_exact_event_names(const std::string& written) {
  Definition definition = read_definition(written);
  const TypeCatalog catalog(0);
  bool is_changed = false;
  visit_types(*definition.root, [&](Name& name) {
    const InteractionType& type = catalog.find(name);
    const std::string exact = type.event ? catalog.exact_name(type, name.text) : name.text;
    if (exact == name.text) return;
    name = {exact, false, name.position};
    is_changed = true;
  });
  return is_changed ? print_definition(definition) : written;
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

// Of a definition that does not parse: nothing.
SEGMENTS_FUNCTION(segments_resolved_names) {
  std::vector<std::string> lines;
  read_names(PG_GETARG_DATUM(0), [&](Definition& definition) { lines = NameCollector().collect(definition); });
  return array_of_texts(lines);
}

SEGMENTS_FUNCTION(segments_names_type) {
  const int32_t type_id = PG_GETARG_INT32(1);
  bool found = false;
  read_names(PG_GETARG_DATUM(0), [&](Definition& definition) {
    TypeCatalog catalog(0);
    visit_interactions(*definition.root, [&](InteractionCondition& condition) {
      for (const segments::Name& name : condition.types) {
        const InteractionType* type = find_type(catalog, name);
        if (type == nullptr) continue;
        found = found || type->type_id == type_id;
        type = seen_by_relation(catalog, type, condition.via);
        if (type == nullptr) continue;
        visit_fields(condition, [&](const FieldPath& field) { found = found || leads_through(catalog, *type, field, type_id); });
      }
    });
  });
  PG_RETURN_BOOL(found);
}

// As they are compared; of a definition that does not parse: none.
SEGMENTS_FUNCTION(segments_lost_type_names) {
  std::vector<std::string> names;
  read_names(PG_GETARG_DATUM(0), [&](Definition& definition) {
    const TypeCatalog catalog(0);
    visit_types(*definition.root, [&](const segments::Name& name) {
      if (!catalog.leads_somewhere(name)) names.push_back(fold_name(name.text));
    });
  });
  return array_of_texts(names);
}

SEGMENTS_FUNCTION(segments_renamed_definition) {
  const std::string written(text_view(PG_GETARG_DATUM(0)));
  const OwnerScope owner = OwnerScope::enter();
  const std::optional<std::string> rewritten = with_spi([&] { return renamed(written, PG_GETARG_DATUM(1)); });
  owner.leave();
  if (!rewritten) PG_RETURN_NULL();
  return pg::text(*rewritten).value;
}
