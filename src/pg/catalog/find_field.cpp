// Names → columns of an interaction type's table, and members of documents in them.
#include "core/language/idiom.h"
#include "core/text/keywords.h"
#include "core/text/lexer.h"
#include "core/text/nearest.h"
#include "pg/catalog/catalog_name.h"
#include "pg/catalog/field_value.h"
#include "pg/catalog/type_catalog.h"
#include "pg/query/query.h"
#include "pg/query/saved_statement.h"

namespace segments::pg {
namespace {

struct CommonField {
  const char* key;
  ColumnRole role;
};

// What every type answers to besides its own columns.
constexpr CommonField kCommonFields[] = {
    {"timestamp", ColumnRole::kTime},       {"profiletype", ColumnRole::kRecordType}, {"profile type", ColumnRole::kRecordType},
    {"profileid", ColumnRole::kRecordId},   {"profile id", ColumnRole::kRecordId},    {"interactionid", ColumnRole::kField},
    {"interaction id", ColumnRole::kField},
};
constexpr const char* kInteractionIdColumn = "interaction_id";

struct Column {
  int16_t attnum;
  Oid type;
  Oid collation;
  bool is_virtual;
};

// From the system cache; attnum 0 if there is none.
Column column_of(Oid relation, const std::string& column) {
  const char* name = column.c_str();
  return call([&] {
    Column found{0, InvalidOid, InvalidOid, false};
    HeapTuple tuple = SearchSysCacheAttName(relation, name);
    if (HeapTupleIsValid(tuple)) {
      const auto* attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
      found = {attribute->attnum, getBaseType(attribute->atttypid), attribute->attcollation, attribute->attgenerated == 'v'};
      ReleaseSysCache(tuple);
    }
    return found;
  });
}

std::vector<std::string> column_names(Oid relation) {
  return take_texts(
      run("SELECT attname::text FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped"
          " AND attname <> 'segments_xid' ORDER BY attnum",
          {oid(relation)}, {.read_only = true}));
}

std::string type_name(Oid type) {
  return std::string(call([&] { return static_cast<const char*>(format_type_be(type)); }));
}

// What a name that no column has stands for.
std::optional<ColumnRole> common_role(const InteractionType& type, const std::string& key) {
  if (type.is_lookup()) return std::nullopt;
  for (const CommonField& common : kCommonFields) {
    if (key != common.key) continue;
    if (common.role == ColumnRole::kField && column_number(type.relation, kInteractionIdColumn) == 0) return std::nullopt;
    return common.role;
  }
  return std::nullopt;
}

// Empty: all records are of the same type.
std::string column_in_role(const InteractionType& type, ColumnRole role) {
  switch (role) {
    case ColumnRole::kTime:
      return type.time_column;
    case ColumnRole::kRecordId:
      return type.record_id_column;
    case ColumnRole::kRecordType:
      return type.record_type_column;
    case ColumnRole::kField:
      break;
  }
  return kInteractionIdColumn;
}

ColumnRole role_of(const InteractionType& type, const std::string& column) {
  if (column == type.time_column) return ColumnRole::kTime;
  if (column == type.record_id_column) return ColumnRole::kRecordId;
  return column == type.record_type_column ? ColumnRole::kRecordType : ColumnRole::kField;
}

std::string hint_of(const char* sql, std::initializer_list<Parameter> parameters) {
  return take_text(run(sql, parameters, {.read_only = true}));
}

// It was there a moment ago, or when the transaction's snapshot was taken, or when the type was registered.
[[noreturn]] void throw_lost_column(const InteractionType& type, const Name& name, const FieldColumnName& field) {
  if (field.role != ColumnRole::kField) {
    throw Error(ErrorCode::kNotReady, "the column behind field " + in_quotes(name.text) + " does not exist any more",
                "The interaction type was registered with it.",
                "Rename the column back, or tell its new name to segments.alter_interaction.", name.position);
  }
  throw Error(ErrorCode::kUndefined, "column " + in_quotes(field.column) + " of " + type.called() + " is not there any more",
              "It was dropped or renamed after this transaction began, or after the last refresh.",
              "Start a new transaction, and run CALL segments.refresh().", name.position);
}

[[noreturn]] void throw_virtual_field(const Name& name, const FieldColumnName& field) {
  throw Error(ErrorCode::kTypeMismatch, "field " + in_quotes(name.text) + " is a virtual generated column",
              "Its values are not captured.",
              hint_of("SELECT segments_internal.stored_column_hint($1, $2)", {oid(field.relation), text(field.column)}),
              name.position);
}

std::string declaring_hint(const InteractionType& type, const Name& name) {
  const std::string column = as_written(name.text);
  return "Make a field of the member that you ask about in place of \"key\", and write " + column +
         ".key: SELECT segments.add_json_field(" + in_quotes(type.source_name, '\'') + ", " + in_quotes(column + ".key", '\'') +
         ").";
}

// What gives a column members: another type, or a table that its values are keys of.
std::string members_hint(const InteractionType& type, const Name& name, const std::string& column) {
  std::string hint = hint_of("SELECT segments_internal.jsonb_column_hint($1, $2::name)", {oid(type.relation), text(column)});
  if (!hint.empty()) return hint;
  return hint_of("SELECT segments_internal.looked_up_hint($1, $2)", {text(type.source_name), text(name.text)});
}

}  // namespace

int16_t column_number(Oid relation, const std::string& column) {
  return column.empty() ? int16_t{0} : column_of(relation, column).attnum;
}

const std::vector<TypeCatalog::FieldNames>& TypeCatalog::field_names(const InteractionType& type) {
  const auto known = field_names_.find(type.type_id);
  if (known != field_names_.end()) return known->second;
  static SavedStatement statement(
      "SELECT column_name::text, name, display_name FROM segments.interaction_field WHERE type_id = $1", {INT4OID});
  Rows rows = statement.run({int4(type.type_id)});
  std::vector<FieldNames> names;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    names.push_back({rows.text(i, 0), rows.text(i, 1), {fold_name(rows.text(i, 1)), fold_name(rows.text(i, 2))}});
  }
  rows.release();
  return field_names_.emplace(type.type_id, std::move(names)).first->second;
}

std::string TypeCatalog::own_column(const InteractionType& type, const Name& name) {
  const std::string key = fold_name(name.text);
  std::set<std::string> found;
  bool is_technical = false;
  for (const FieldNames& names : field_names(type)) {
    const bool named = std::find(names.keys.begin(), names.keys.end(), key) != names.keys.end();
    if (!named || column_number(type.relation, names.column) == 0) continue;
    found.insert(names.column);
    is_technical = is_technical || names.name == name.text;
  }
  // Column names are case-sensitive to the server: written exactly, one wins over its likes, and over display names of others.
  const bool is_column = column_number(type.relation, name.text) > 0 && name.text != "segments_xid";
  if (is_column && (!is_technical || found.count(name.text) != 0)) return name.text;
  if (found.empty()) {
    for (const std::string& column : column_names(type.relation)) {
      if (fold_name(column) == key) found.insert(column);
    }
  }
  if (found.size() > 1) {
    throw Error(ErrorCode::kAmbiguous, "field " + in_quotes(name.text) + " of " + type.name + " is ambiguous",
                "It can be any of these columns: " + joined({found.begin(), found.end()}) + ".", "Use the column's name.",
                name.position);
  }
  return found.empty() ? "" : *found.begin();
}

std::string TypeCatalog::lost_column(const InteractionType& type, const Name& name) {
  const std::string key = fold_name(name.text);
  for (const FieldNames& names : field_names(type)) {
    if (std::find(names.keys.begin(), names.keys.end(), key) != names.keys.end()) return names.column;
  }
  return "";
}

std::string TypeCatalog::did_you_mean(const std::vector<std::string>& near) const {
  if (near.empty()) return "";
  return "Did you mean " + joined(names_are_arguments_ ? as_arguments(near) : as_written(near)) + "?";
}

void TypeCatalog::throw_unknown_field(const InteractionType& type, const Name& name, const std::string& former) const {
  std::string renamed = hint_of("SELECT segments_internal.renamed_field_hint($1, $2, $3)",
                                {int4(type.type_id), text(former.empty() ? name.text : former), text(name.text)});
  if (renamed.empty()) {
    renamed = hint_of("SELECT segments_internal.renamed_document_hint($1, $2)", {int4(type.type_id), text(name.text)});
  }
  if (!renamed.empty()) {
    throw Error(ErrorCode::kUndefined, "unknown field " + in_quotes(name.text) + " of " + type.called(),
                "Its columns are: " + joined(column_names(type.relation)) + ".", renamed, name.position);
  }
  const std::vector<std::string> columns = column_names(type.relation);
  std::vector<std::string> candidates = columns;
  if (!names_are_arguments_ && !type.is_lookup()) candidates.insert(candidates.end(), {"Timestamp", "ProfileType", "ProfileId"});
  const std::vector<std::string> near = nearest_names(name.text, candidates);
  const std::string_view meant = name.quoted ? std::string_view() : hint_of_field_word(name.text);
  std::string hint = meant.empty() ? did_you_mean(near) : std::string(meant);
  throw Error(ErrorCode::kUndefined, "unknown field " + in_quotes(name.text) + " of " + type.called(),
              "Its columns are: " + joined(columns) + ".", std::move(hint), name.position);
}

std::string FieldColumnName::name() const { return shown_path(column, path); }

FieldColumnName TypeCatalog::find_field(const InteractionType& type, const FieldPath& path) {
  if (const std::optional<LookedUpField> looked_up = find_lookup(type, path)) {
    throw Error(ErrorCode::kTypeMismatch, "field " + in_quotes(path.text()) + " is looked up",
                "It is a column of " + looked_up->lookup->called() + ".", "Ask for one of the columns of the table itself.",
                path.position());
  }
  FieldColumnName field = path.members.empty() ? find_column(type, path.column) : find_member(type, path);
  if (path.members.empty()) field.column_number = field.attnum;
  return field;
}

std::string TypeCatalog::find_document(int32_t type_id, const Name& name) {
  const auto type = std::ranges::find(types_, type_id, &InteractionType::type_id);
  if (type == types_.end()) {
    throw Error(ErrorCode::kUndefined, "interaction type " + std::to_string(type_id) + " is not registered");
  }
  return find_document(*type, name);
}

std::string TypeCatalog::find_document(const InteractionType& type, const Name& name) {
  std::string column = own_column(type, name);
  if (column.empty()) throw_unknown_field(type, name, lost_column(type, name));
  const Column found = column_of(type.relation, column);
  if (found.attnum == 0) {
    FieldColumnName field;
    field.column = column;
    throw_lost_column(type, name, field);
  }
  if (found.type != JSONBOID) {
    throw Error(ErrorCode::kTypeMismatch,
                "field " + in_quotes(name.text) + " of type " + type_name(found.type) + " has no members",
                "Only those of jsonb columns can be fields.", members_hint(type, name, column), name.position);
  }
  if (found.is_virtual) {
    FieldColumnName field;
    field.relation = type.relation;
    field.column = column;
    throw_virtual_field(name, field);
  }
  return column;
}

FieldColumnName TypeCatalog::find_member(const InteractionType& type, const FieldPath& path) {
  FieldColumnName result;
  result.relation = type.relation;
  const bool names_type = std::ranges::find(type.keys, fold_name(path.column.text)) != type.keys.end();
  if (names_type && path.members.size() == 1 && own_column(type, path.column).empty()) {
    throw Error(ErrorCode::kUndefined, "unknown field " + in_quotes(path.column.text) + " of interaction type " + type.name,
                "It is a name of the interaction type.",
                "Write the name of the field alone: " + as_written(path.members[0].text) + ".", path.position());
  }
  result.column = find_document(type, path.column);
  result.column_number = column_of(type.relation, result.column).attnum;
  // Names of members are data: no error tells them, or which there are, to who may not read the column.
  if (OidIsValid(viewer_)) check_may_read(viewer_, type, {result.column_number});
  const auto [known, added] = json_fields_.try_emplace(type.type_id);
  if (added) known->second = declared_json_fields(type.type_id);
  const bool may_list = !OidIsValid(viewer_) || !may_hide_rows(type.relation);
  const JsonField& field = find_json_field(known->second, type.source_name, result.column, path, may_list);
  result.attnum = field.field;
  result.path = field.path;
  result.type = field.type;
  result.collation = call([&] { return get_typcollation(field.type); });
  result.kind = value_kind_of(field.type).value_or(ValueKind::kBytes);
  return result;
}

FieldColumnName TypeCatalog::find_column(const InteractionType& type, const Name& name) {
  FieldColumnName result;
  result.relation = type.relation;
  result.column = own_column(type, name);
  if (result.column.empty()) {
    const std::optional<ColumnRole> common = common_role(type, fold_name(name.text));
    if (!common) throw_unknown_field(type, name, lost_column(type, name));
    result.by_role = *common != ColumnRole::kField;
    result.column = column_in_role(type, *common);
    result.role = result.by_role ? *common : role_of(type, result.column);
  } else {
    result.role = role_of(type, result.column);
  }
  if (result.column.empty()) {
    result.type = TEXTOID;
    result.collation = DEFAULT_COLLATION_OID;
    return result;
  }
  const Column column = column_of(type.relation, result.column);
  if (column.attnum == 0) throw_lost_column(type, name, result);
  result.attnum = column.attnum;
  result.type = column.type;
  result.collation = column.collation;
  if (result.role == ColumnRole::kTime) result.type = TIMESTAMPTZOID;  // whatever the column is, it was read as instants
  if (result.role != ColumnRole::kField) return result;
  if (column.is_virtual) throw_virtual_field(name, result);
  const std::optional<ValueKind> kind = value_kind_of(column.type);
  if (!kind) {
    throw Error(ErrorCode::kTypeMismatch,
                "field " + in_quotes(name.text) + " has type " + type_name(column.type) + ", which restrictions cannot test", "",
                column.type == JSONBOID ? declaring_hint(type, name)
                                        : hint_of("SELECT segments_internal.testable_column_hint($1, $2::name)",
                                                  {oid(type.relation), text(result.column)}),
                name.position);
  }
  result.kind = *kind;
  return result;
}

}  // namespace segments::pg
