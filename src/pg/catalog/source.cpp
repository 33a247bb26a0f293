#include "pg/catalog/source.h"

#include "pg/catalog/field_value.h"
#include "pg/catalog/json_field.h"
#include "pg/query/as_owner.h"
#include "pg/server/datum.h"
#include "pg/query/query.h"
#include "pg/query/saved_statement.h"

namespace segments::pg {
namespace {

// The declared members of documents in these columns, by name.
std::vector<SourceField> json_fields(int32_t type_id, const std::set<std::string>& documents) {
  std::vector<SourceField> fields;
  if (documents.empty()) return fields;
  for (JsonField& declared : declared_json_fields(type_id)) {
    if (!documents.contains(declared.column)) continue;
    const Oid type = declared.type;
    const Oid collation = call([&] { return get_typcollation(type); });
    fields.push_back({declared.field, std::move(declared.column), type, -1, collation,
                      value_kind_of(type).value_or(ValueKind::kBytes), std::move(declared.path)});
  }
  return fields;
}

// Every usable column but time, record and stamp columns: known by name in `taken`.  Virtual ones are not: rows that are logged
// lack their values, and another expression changes those of all rows without a trace.
std::vector<SourceField> fields_of(int32_t type_id, Oid relation, const std::vector<std::string>& taken, int16_t& known_fields) {
  static SavedStatement statement(
      "SELECT a.attnum, a.attname::text, CASE t.typtype WHEN 'd' THEN getbasetype.oid ELSE t.oid END,"
      "       a.atttypmod, a.attcollation"
      " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
      " CROSS JOIN LATERAL ("
      "   WITH RECURSIVE base AS ("
      "     SELECT t.oid, t.typtype, t.typbasetype"
      "     UNION ALL SELECT b.oid, b.typtype, b.typbasetype FROM base JOIN pg_type b ON b.oid = base.typbasetype"
      "     WHERE base.typtype = 'd')"
      "   SELECT oid FROM base WHERE typtype <> 'd') AS getbasetype"
      " WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v' ORDER BY a.attnum",
      {OIDOID});
  Rows rows = statement.run({oid(relation)});
  std::vector<SourceField> fields;
  std::set<std::string> documents;
  known_fields = 0;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    known_fields = rows.int2(i, 0);
    std::string column = rows.text(i, 1);
    if (std::find(taken.begin(), taken.end(), column) != taken.end()) continue;
    const Oid type = rows.oid(i, 2);
    if (type == JSONBOID) documents.insert(column);
    const std::optional<ValueKind> kind = value_kind_of(type);
    if (!kind) continue;
    fields.push_back({rows.int2(i, 0), std::move(column), type, rows.int4(i, 3), rows.oid(i, 4), *kind});
  }
  rows.release();
  std::ranges::move(json_fields(type_id, documents), std::back_inserter(fields));
  return fields;
}

InteractionSource source_from(const Rows& rows, uint64_t row) {
  InteractionSource source;
  source.type_id = source.rows_id = rows.int4(row, 0);
  source.name = rows.text(row, 1);
  source.relation = rows.oid(row, 2);
  if (!rows.is_null(row, 3)) source.time = {rows.text(row, 3), rows.text(row, 8), rows.text(row, 9)};
  if (!rows.is_null(row, 4)) source.record_type_column = rows.text(row, 4);
  if (!rows.is_null(row, 5)) source.record_type = rows.text(row, 5);
  source.record_id_column = rows.text(row, 6);
  source.is_lookup = rows.boolean(row, 7);
  if (!rows.is_null(row, 10)) source.rows_where = {rows.text(row, 10), rows.text(row, 11)};
  source.normalization = key_normalization(rows.text(row, 12));
  source.fields =
      fields_of(source.type_id, source.relation,
                {source.time.column, source.record_type_column, source.record_id_column, kStampColumn}, source.known_fields);
  return source;
}

// Of those that are registered: what is only known of a type is read by nobody.
void add_relations(InteractionSource& source) {
  static SavedStatement statement(
      "SELECT relation_id, record_type_column::text, record_type, record_id_column::text, coalesce(normalize_ids, '')"
      " FROM segments.interaction_relation"
      " WHERE type_id = $1 AND relation_id IS NOT NULL ORDER BY relation_id",
      {INT4OID});
  Rows rows = statement.run({int4(source.type_id)});
  for (uint64_t i = 0; i < rows.size(); ++i) {
    InteractionSource relation{};
    relation.type_id = source.type_id;
    relation.rows_id = rows.int4(i, 0);
    relation.name = source.name;
    relation.relation = source.relation;
    relation.time = source.time;
    if (!rows.is_null(i, 1)) relation.record_type_column = rows.text(i, 1);
    if (!rows.is_null(i, 2)) relation.record_type = rows.text(i, 2);
    relation.record_id_column = rows.text(i, 3);
    relation.normalization = key_normalization(rows.text(i, 4));
    source.relations.push_back(std::move(relation));
  }
  rows.release();
  for (InteractionSource& relation : source.relations) {
    relation.fields = fields_of(source.type_id, source.relation,
                                {relation.time.column, relation.record_type_column, relation.record_id_column, kStampColumn},
                                relation.known_fields);
  }
}

// The columns of c.oid, a leaf of $1, that the registrations of $1 name.  Names may come to lead elsewhere (renamed, dropped and
// added again).  What the log has of the mapping are bare ids, rows that a condition leaves out are not logged, and rows that are
// written while another column goes by the stamp's name are not stamped: so whatever was done to those columns counts, also if it
// was undone before the next refresh.
constexpr const char* kKeysOfLeaf =
    "(SELECT string_agg(k.role || a.attnum || ':' || a.atttypid || coalesce(':' || replace(k.normalize_ids, ', ', '+'), '')"
    "   || CASE WHEN k.each_change THEN ':' || a.xmin ELSE '' END, ','"
    "  ORDER BY k.role, a.attnum)"
    " FROM (SELECT v.role, v.name, false AS each_change, CASE v.role WHEN 'id' THEN r.normalize_ids END AS normalize_ids"
    "   FROM segments.interaction_type t"
    "   JOIN segments.interaction_relation r ON r.type_id = t.type_id AND r.is_default CROSS JOIN LATERAL"
    "   (VALUES ('at', CASE t.kind WHEN 'interaction' THEN t.time_column END), ('from', r.record_type_column), ('id', "
    "r.record_id_column)) v (role, name) WHERE t.source "
    "= $1"
    "  UNION ALL SELECT 'via' || r.relation_id || v.role, v.name, false, CASE v.role WHEN '.id' THEN r.normalize_ids END FROM "
    "segments.interaction_type t"
    "   JOIN segments.interaction_relation r USING (type_id) CROSS JOIN LATERAL"
    "   (VALUES ('.from', r.record_type_column), ('.id', r.record_id_column)) v (role, name)"
    "   WHERE t.source = $1 AND r.relation_id IS NOT NULL"
    "  UNION ALL SELECT v.role, v.name, true, CASE v.role WHEN 'mapped id' THEN u.normalize_ids END FROM segments.unification u "
    "CROSS JOIN LATERAL (VALUES ('mapped from', "
    "u.record_type_column),"
    "   ('mapped id', u.record_id_column), ('profile', u.profile_id_column)) v (role, name) WHERE u.source = $1"
    "  UNION ALL SELECT 'where', unnest(u.rows_where_columns), true, NULL FROM segments.unification u WHERE u.source = $1"
    "  UNION ALL SELECT 'where', unnest(t.rows_where_columns), true, NULL FROM segments.interaction_type t WHERE t.source = $1"
    "  UNION ALL SELECT DISTINCT 'json', j.column_name, false, NULL FROM segments.interaction_type t"
    "   JOIN segments.json_field j USING (type_id) WHERE t.source = $1"
    "  UNION ALL SELECT 'stamp', 'segments_xid'::name, true, NULL) AS k"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = k.name AND NOT a.attisdropped)";

// Of all types, or of one.
Rows select_sources(const Parameter& type_id) {
  static SavedStatement statement(
      "SELECT t.type_id, t.name, segments_internal.known_table(t.type_id, t.source), CASE t.kind WHEN 'interaction' THEN "
      "t.time_column::text END,"
      " r.record_type_column::text, r.record_type,"
      " r.record_id_column::text, t.kind = 'look-up', coalesce(t.time_zone, ''), coalesce(t.time_unit, ''),"
      " t.rows_where, coalesce(t.rows_where_names, ''), coalesce(r.normalize_ids, '')"
      " FROM segments.interaction_type t JOIN segments.interaction_relation r ON r.type_id = t.type_id AND r.is_default"
      " WHERE $1 IS NULL OR t.type_id = $1 ORDER BY t.type_id",
      {INT4OID});
  return statement.run({type_id});
}

}  // namespace

RecordColumns record_columns(const InteractionSource& source) {
  return {source.relation, source.record_type_column, source.record_type, source.record_id_column, source.normalization};
}

std::string SourceField::name() const { return shown_path(column, path); }

std::vector<SourceField> InteractionSource::all_fields() const {
  std::vector<SourceField> all = fields;
  for (const InteractionSource& other : relations) {
    for (const SourceField& field : other.fields) {
      const auto place = std::ranges::lower_bound(all, field.attnum, {}, &SourceField::attnum);
      if (place == all.end() || place->attnum != field.attnum) all.insert(place, field);
    }
  }
  return all;
}

std::vector<InteractionSource> interaction_sources() {
  Rows rows = select_sources(null_of(INT4OID));
  std::vector<InteractionSource> sources;
  for (uint64_t i = 0; i < rows.size(); ++i) sources.push_back(source_from(rows, i));
  rows.release();
  std::ranges::for_each(sources, add_relations);
  return sources;
}

std::vector<InteractionSource> personal_sources() {
  std::vector<InteractionSource> sources = interaction_sources();
  std::erase_if(sources, [](const InteractionSource& source) { return source.is_lookup; });
  return sources;
}

InteractionSource interaction_source(int32_t type_id) {
  Rows rows = select_sources(int4(type_id));
  if (rows.empty()) {
    throw Error(ErrorCode::kUndefined, "interaction type " + std::to_string(type_id) + " is not registered");
  }
  InteractionSource source = source_from(rows, 0);
  rows.release();
  add_relations(source);
  return source;
}

std::map<std::string, std::string> field_names(int32_t type_id) {
  Rows rows = run("SELECT column_name::text, name FROM segments.interaction_field WHERE type_id = $1", {int4(type_id)},
                  {.read_only = true});
  std::map<std::string, std::string> names;
  for (uint64_t i = 0; i < rows.size(); ++i) names[rows.text(i, 0)] = rows.text(i, 1);
  rows.release();
  return names;
}

std::optional<UnificationSource> unification_source() {
  static SavedStatement statement(
      "SELECT segments_internal.known_table(0, source), record_type_column::text, record_type, record_id_column::text, "
      "profile_id_column::text, rows_where,"
      " coalesce(rows_where_names, ''), coalesce(normalize_ids, '') FROM segments.unification",
      {});
  Rows rows = statement.run({});
  if (rows.empty()) return std::nullopt;
  UnificationSource source;
  source.relation = rows.oid(0, 0);
  if (!rows.is_null(0, 1)) source.record_type_column = rows.text(0, 1);
  if (!rows.is_null(0, 2)) source.record_type = rows.text(0, 2);
  source.record_id_column = rows.text(0, 3);
  source.profile_id_column = rows.text(0, 4);
  if (!rows.is_null(0, 5)) source.rows_where = {rows.text(0, 5), rows.text(0, 6)};
  source.normalization = key_normalization(rows.text(0, 7));
  rows.release();
  return source;
}

std::vector<SourceLeaf> leaves_of(Oid relation) {
  static const std::string sql =
      std::string("SELECT c.oid, pg_relation_filenode(c.oid), " SEGMENTS_TRIGGERS_OF_LEAF ", coalesce(") + kKeysOfLeaf +
      ", '')"
      " FROM (SELECT $1 AS oid UNION SELECT relid::oid FROM pg_partition_tree($1) WHERE isleaf) AS tree"
      " JOIN pg_class c ON c.oid = tree.oid WHERE c.relkind = 'r' ORDER BY c.oid";
  static SavedStatement statement(sql.c_str(), {OIDOID});
  Rows rows = statement.run({oid(relation)});
  std::vector<SourceLeaf> leaves;
  for (uint64_t i = 0; i < rows.size(); ++i) leaves.push_back({rows.oid(i, 0), rows.oid(i, 1), rows.text(i, 2), rows.text(i, 3)});
  rows.release();
  return leaves;
}

uint64_t stream_on_leaves(std::span<const SourceLeaf> leaves, const std::string& start, const std::string& rest,
                          std::span<const Parameter> parameters, const RunOptions& options, const RowConsumer& consume) {
  uint64_t processed = 0;
  for (const SourceLeaf& leaf : leaves) {
    processed += stream_as_owner(leaf.relation, start + only(leaf.relation) + " s" + rest, parameters, options, consume);
  }
  return processed;
}

}  // namespace segments::pg
