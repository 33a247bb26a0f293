#include "pg/query/column_sql.h"

#include <algorithm>
#include <charconv>

#include "pg/query/query.h"

namespace segments::pg {

Oid base_type_of(Oid relation, const std::string& column) {
  const char* name = column.c_str();
  return call([&] {
    const AttrNumber attnum = get_attnum(relation, name);
    return attnum <= 0 ? InvalidOid : getBaseType(get_atttype(relation, attnum));
  });
}

namespace {

// What tables are registered with; columns can be altered afterwards.
bool is_key_type(Oid type) {
  constexpr Oid kTypes[] = {TEXTOID, VARCHAROID, BPCHAROID, UUIDOID, INT8OID, INT4OID, INT2OID};
  return std::ranges::find(kTypes, type) != std::end(kTypes);
}

// Nothing can be said of keys in a column of another type, neither that one is there nor that it is not.
[[noreturn]] void throw_retyped(Oid relation, const std::string& column, Oid type) {
  const std::string type_name = call([&] { return format_type_be(type); });
  const std::string hint = take_text(run("SELECT segments_internal.retyped_key_hint($1, $2, $3)",
                                         {oid(relation), text(column), oid(type)}, {.read_only = true}));
  throw Error(ErrorCode::kNotReady, "column \"" + column + "\" of " + table_name(relation) + " has type " + type_name,
              "It was registered with a type that keys have; no key can be looked for in it now.", hint);
}

Oid type_of(Oid relation, const std::string& column) {
  const Oid type = base_type_of(relation, column);
  if (is_key_type(type)) return type;
  if (OidIsValid(type)) throw_retyped(relation, column, type);
  const char* table = call([&] { return get_rel_name(relation); });
  throw Error(ErrorCode::kNotReady,
              "table \"" + std::string(table == nullptr ? "?" : table) + "\" has no column \"" + column + "\" any more",
              "It was registered with it.",
              "Rename the column back, tell its new name to segments.alter_interaction or alter_unification, or take away a "
              "relation that "
              "led by it with segments.drop_relation.");
}

template <class Integer>
bool is_number(std::string_view key) {
  Integer value;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), value);
  return error == std::errc() && end == key.data() + key.size();
}

// As the server writes it.
bool is_uuid(std::string_view key) {
  constexpr std::string_view kPattern = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::equal(key.begin(), key.end(), kPattern.begin(), kPattern.end(), [](char c, char expected) {
    return expected == '-' ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

}  // namespace

std::string quoted_name(const std::string& name) {
  return call([&] { return quote_identifier(name.c_str()); });
}

std::string quoted_literal(const std::string& value) {
  return call([&] { return quote_literal_cstr(value.c_str()); });
}

namespace {

std::string text_sql(const std::string& column) { return "s." + quoted_name(column) + "::pg_catalog.text"; }

}  // namespace

std::string as_text(const std::string& column) { return text_sql(column) + " COLLATE \"C\""; }

std::string not_null(const std::string& column) { return "s." + quoted_name(column) + " IS NOT NULL"; }

bool has_own_type(Oid relation, const std::string& column) { return base_type_of(relation, column) >= FirstNormalObjectId; }

std::string shown_text(Oid relation, const std::string& column) {
  if (!has_own_type(relation, column)) return as_text(column);
  const std::string name = "s." + quoted_name(column);
  return "CASE WHEN pg_catalog.num_nulls(" + name + ") = 0 THEN pg_catalog.format('%s', " + name + ") END COLLATE \"C\"";
}

// A collation may call different texts equal, so the texts are compared too.
std::string equals(Oid relation, const std::string& column, const char* key) {
  const Oid type = type_of(relation, column);
  std::string cast;
  if (type == BPCHAROID) {
    cast = "::pg_catalog.bpchar";  // whose formatted name, character, would be that of a single one
  } else if (type != TEXTOID && type != VARCHAROID) {
    cast = std::string("::") + call([&] { return format_type_be_qualified(type); });
  }
  return "s." + quoted_name(column) + " = " + key + cast + " AND " + as_text(column) + " = " + key;
}

bool is_key_column(Oid relation, const std::string& column) { return is_key_type(base_type_of(relation, column)); }

bool can_hold(Oid relation, const std::string& column, std::string_view key) {
  switch (type_of(relation, column)) {
    case INT2OID:
      return is_number<int16_t>(key);
    case INT4OID:
      return is_number<int32_t>(key);
    case INT8OID:
      return is_number<int64_t>(key);
    case UUIDOID:
      return is_uuid(key);
    default:
      return true;
  }
}

std::string table_name(Oid relation) {
  const char* table = call([&]() -> const char* {
    const char* name = get_rel_name(relation);
    if (name == nullptr) return nullptr;
    return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
  });
  return table == nullptr ? std::string() : std::string(table);
}

// Records of look-ups are nobody's, whatever a table says.
std::string record_type_sql(const RecordColumns& columns) {
  if (!columns.type_column.empty()) return "NULLIF(" + as_text(columns.type_column) + ", '(look-up)') COLLATE \"C\"";
  return quoted_literal(columns.type) + "::pg_catalog.text COLLATE \"C\"";
}

std::string record_id_sql(const RecordColumns& columns) {
  if (!columns.normalization.any()) return as_text(columns.id_column);
  return normalized_sql(text_sql(columns.id_column), columns.normalization) + " COLLATE \"C\"";
}

std::string record_present_sql(const RecordColumns& columns) {
  if (columns.type_column.empty()) return not_null(columns.id_column);
  return not_null(columns.id_column) + " AND " + record_type_sql(columns) + " IS NOT NULL";
}

namespace {

// The expression of an index that serves: the database's collation tells apart whatever differs.
std::string id_is_key_sql(const RecordColumns& columns) {
  if (!columns.normalization.any()) return equals(columns.relation, columns.id_column, "k.record_id");
  type_of(columns.relation, columns.id_column);
  return normalized_sql(text_sql(columns.id_column), columns.normalization) + " = k.record_id";
}

}  // namespace

std::string record_is_key_sql(const RecordColumns& columns) {
  return id_is_key_sql(columns) + " AND " +
         (columns.type_column.empty() ? "k.record_type = " + record_type_sql(columns)
                                      : equals(columns.relation, columns.type_column, "k.record_type"));
}

}  // namespace segments::pg
