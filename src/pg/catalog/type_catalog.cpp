#include "pg/catalog/type_catalog.h"

#include "pg/catalog/catalog_name.h"
#include "pg/query/query.h"
#include "pg/query/saved_statement.h"
#include "pg/run/frozen_source.h"

namespace segments::pg {
namespace {

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

struct Relation {
  Oid schema;
  char kind;
  bool row_security;
};

// From the system cache; nothing if it is gone.
std::optional<Relation> relation_of(Oid oid) {
  return call([&]() -> std::optional<Relation> {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
    if (!HeapTupleIsValid(tuple)) return std::nullopt;
    const auto* form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    const Relation found{form->relnamespace, form->relkind, form->relrowsecurity};
    ReleaseSysCache(tuple);
    return found;
  });
}

bool may_use(Oid role, Oid schema) {
  return call([&] {
    return DatumGetBool(OidFunctionCall3(F_HAS_SCHEMA_PRIVILEGE_OID_OID_TEXT, ObjectIdGetDatum(role), ObjectIdGetDatum(schema),
                                         CStringGetTextDatum("USAGE")));
  });
}

bool may_select(Oid role, Oid relation, int16_t attnum) {
  return call([&] {
    return pg_class_aclcheck(relation, role, ACL_SELECT) == ACLCHECK_OK ||
           (attnum > 0 && pg_attribute_aclcheck(relation, attnum, role, ACL_SELECT) == ACLCHECK_OK);
  });
}

SourceKind kind_of(const std::string& name) {
  if (name == "profile source") return SourceKind::kProfileSource;
  return name == "look-up" ? SourceKind::kLookup : SourceKind::kInteraction;
}

}  // namespace

std::string InteractionType::called() const {
  switch (kind) {
    case SourceKind::kInteraction:
      break;
    case SourceKind::kProfileSource:
      return "profile source " + name;
    case SourceKind::kLookup:
      return "look-up " + name;
  }
  return "interaction type " + name;
}

// A source is captured once one of its leaves was read whole, or if it has none.
TypeCatalog::TypeCatalog(int64_t refresh_id) {
  static SavedStatement statement(
      "SELECT t.type_id, t.name, t.display_name, array_to_string(t.aliases, E'\\n'), t.source::oid, "
      "coalesce(t.time_column::text, ''),"
      " r.record_type_column::text, r.record_id_column::text, t.row_security_acknowledged,"
      " EXISTS (SELECT FROM segments.source_leaf l WHERE l.source = t.source AND l.captured_by <= $1),"
      " (SELECT relkind = 'p' AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = t.source) FROM pg_class"
      "     WHERE oid = t.source), coalesce(e.type_column::text, ''), t.kind, coalesce(t.time_zone, ''), coalesce(t.time_unit, "
      "'')"
      " FROM segments.interaction_type t JOIN segments.interaction_relation r ON r.type_id = t.type_id AND r.is_default"
      " LEFT JOIN segments.event_source e ON e.type_id = t.type_id ORDER BY t.type_id",
      {INT8OID});
  const std::map<int32_t, FrozenSource> frozen = frozen_sources();
  Rows rows = statement.run({int8(refresh_id)});
  for (uint64_t i = 0; i < rows.size(); ++i) {
    InteractionType type{};
    type.type_id = type.rows_id = rows.int4(i, 0);
    type.name = rows.text(i, 1);
    type.display_name = rows.text(i, 2);
    type.keys = {fold_name(type.name), fold_name(type.display_name)};
    for (const std::string& alias : split_lines(rows.text(i, 3))) type.keys.push_back(fold_name(alias));
    type.relation = rows.oid(i, 4);
    type.kind = kind_of(rows.text(i, 12));
    SourceTime time = {rows.text(i, 5), rows.text(i, 13), rows.text(i, 14)};
    if (type.kind == SourceKind::kInteraction) {
      type.time_column = std::move(time.column);
    } else {
      type.window = std::move(time);
    }
    if (!rows.is_null(i, 6)) type.record_type_column = rows.text(i, 6);
    type.record_id_column = rows.text(i, 7);
    type.row_security_acknowledged = rows.boolean(i, 8);
    type.has_leaves = rows.boolean(i, 9);
    type.captured = type.has_leaves || (!rows.is_null(i, 10) && rows.boolean(i, 10));
    if (const auto found = frozen.find(type.type_id); found != frozen.end()) type.frozen_at = found->second.frozen_at;
    type.source_name = type.name;
    type.type_column = rows.text(i, 11);
    types_.push_back(std::move(type));
  }
  rows.release();
}

std::optional<Timestamp> unification_frozen_at() {
  const std::map<int32_t, FrozenSource> frozen = frozen_sources();
  const auto found = frozen.find(kUnificationId);
  return found == frozen.end() ? std::nullopt : std::optional(found->second.frozen_at);
}

std::string lost_table_hint(int32_t type_id) {
  return take_text(run("SELECT segments_internal.lost_table_hint($1)", {int4(type_id)}, {.read_only = true}));
}

void check_exists(const InteractionType& type, uint32_t position) {
  const Oid oid = type.relation;
  if (call([&] { return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(oid)); })) return;
  throw Error(ErrorCode::kNotReady, "the table of " + type.called() + " does not exist any more", "",
              lost_table_hint(type.type_id), position);
}

void check_may_read(Oid role, const InteractionType& type, const std::set<int16_t>& attnums) {
  const Oid oid = type.relation;
  const std::optional<Relation> relation = relation_of(oid);
  if (!relation) throw Error(ErrorCode::kNotReady, "a table was dropped during the evaluation");
  if (!may_use(role, relation->schema)) {
    call([&] { aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA, get_namespace_name(relation->schema)); });
  }
  for (const int16_t attnum : attnums) {
    if (may_select(role, oid, attnum)) continue;
    call([&] { aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(relation->kind), get_rel_name(oid)); });
  }
  if (relation->row_security && !type.row_security_acknowledged) {
    throw Error(
        ErrorCode::kNotReady, "the table of " + type.called() + " has row-level security",
        "Segments are computed over all rows, so their members can tell what a policy hides.",
        "If that is intended: SELECT segments.alter_interaction('" + type.source_name + "', acknowledge_row_security => true).");
  }
}

bool may_read_column(Oid role, Oid relation, int16_t attnum) {
  const std::optional<Relation> found = relation_of(relation);
  return found && may_use(role, found->schema) && may_select(role, relation, attnum);
}

std::set<int16_t> key_columns(const InteractionType& type) {
  std::set<int16_t> columns = {column_number(type.relation, type.record_id_column)};
  if (!type.time_column.empty()) columns.insert(column_number(type.relation, type.time_column));
  if (!type.record_type_column.empty()) columns.insert(column_number(type.relation, type.record_type_column));
  return columns;
}

bool may_hide_rows(Oid relation) {
  const std::optional<Relation> found = relation_of(relation);
  return !found || found->row_security;
}

}  // namespace segments::pg
