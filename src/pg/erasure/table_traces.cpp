#include "pg/erasure/traces.h"

#include <set>

#include "pg/catalog/array_value.h"
#include "pg/catalog/lock_sources.h"
#include "pg/catalog/mapping_rows.h"
#include "pg/erasure/erased_rows.h"
#include "pg/erasure/person.h"
#include "pg/query/as_owner.h"
#include "pg/query/owner_time.h"
#include "pg/run/refresh_context.h"
#include "pg/server/scratch.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {
namespace {

int64_t count_on_leaves(const RowsOf& rows) {
  int64_t count = 0;
  stream_on_leaves(leaves_of(rows.table), "SELECT count(*) FROM ", rows.matching, rows.parameters, {},
                   [&](const Datum* values, const bool*) { count += DatumGetInt64(values[0]); });
  return count;
}

int64_t count_records(const RecordColumns& columns, const StringTable& records) {
  return with_scratch([&]() -> int64_t {
    const std::optional<RowsOf> theirs = rows_of_records(columns, records);
    return theirs ? count_on_leaves(*theirs) : 0;
  });
}

void search_mapping(const UnificationSource& mapping, const Wanted& wanted, Findings& findings) {
  const std::string table = table_name(mapping.relation);
  if (can_hold(mapping.relation, mapping.profile_id_column, wanted.profile_id)) {
    add(findings, table, "profile",
        static_cast<uint64_t>(count_on_leaves({mapping.relation,
                                               " WHERE " + equals(mapping.relation, mapping.profile_id_column, "$1"),
                                               {text(wanted.profile_id)}})));
  }
  add(findings, table, "record", static_cast<uint64_t>(count_records(record_columns(mapping), wanted.records)));
}

// Those that stand under the name of a registered one: a refresh may come to read them.
std::map<int32_t, Oid> tables_swapped_in() {
  Rows rows =
      run("SELECT type_id, swapped_in::oid FROM segments.swapped_source JOIN pg_class ON pg_class.oid = swapped_in"
          " WHERE relkind IN ('r', 'p')");
  std::map<int32_t, Oid> tables;
  for (uint64_t i = 0; i < rows.size(); ++i) tables[rows.int4(i, 0)] = rows.oid(i, 1);
  rows.release();
  return tables;
}

// Whether records can be looked for in a table that was not registered with these columns.
bool has_columns(const RecordColumns& columns) {
  return is_key_column(columns.relation, columns.id_column) &&
         (columns.type_column.empty() || is_key_column(columns.relation, columns.type_column));
}

void search_relations(const std::map<int32_t, Oid>& swapped_in, const Wanted& wanted, Findings& findings) {
  Rows rows =
      run("SELECT t.source::oid, r.name, r.record_type_column::text, r.record_type, r.record_id_column::text, type_id,"
          " coalesce(r.normalize_ids, '')"
          " FROM segments.interaction_type t JOIN segments.interaction_relation r USING (type_id) ORDER BY 1, 2");
  struct Relation {
    std::string name;
    RecordColumns columns;
  };
  std::vector<Relation> relations;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    relations.push_back({rows.text(i, 1),
                         {rows.oid(i, 0), rows.is_null(i, 2) ? "" : rows.text(i, 2), rows.is_null(i, 3) ? "" : rows.text(i, 3),
                          rows.text(i, 4), key_normalization(rows.text(i, 6))}});
    const auto other = swapped_in.find(rows.int4(i, 5));
    if (other == swapped_in.end()) continue;
    Relation swapped = relations.back();
    swapped.columns.relation = other->second;
    if (has_columns(swapped.columns)) relations.push_back(std::move(swapped));
  }
  rows.release();
  for (const Relation& relation : relations) {
    add(findings, table_name(relation.columns.relation), "relation " + relation.name,
        static_cast<uint64_t>(count_records(relation.columns, wanted.records)));
  }
}

// ---- values

// Those that the type can read.
std::vector<std::string_view> readable_as(Oid type, const std::vector<std::string>& values) {
  std::vector<std::string_view> readable;
  for (const std::string& value : values) {
    const char* characters = value.c_str();
    const bool is_readable = !in_subtransaction([&] {
      call([&] {
        Oid input;
        Oid parameter;
        getTypeInputInfo(type, &input, &parameter);
        OidInputFunctionCall(input, const_cast<char*>(characters), parameter, -1);
      });
    });
    if (is_readable) readable.push_back(value);
  }
  return readable;
}

// Numbers, times, uuids and the like are what they are however they are written; anything else is searched as the text it is
// shown as.
bool is_compared(Oid type) {
  if (type >= FirstNormalObjectId) return false;
  if (type == UUIDOID) return true;
  char category = 0;
  bool is_preferred = false;
  call([&] { get_type_category_preferred(type, &category, &is_preferred); });
  return category == TYPCATEGORY_NUMERIC || category == TYPCATEGORY_DATETIME || category == TYPCATEGORY_TIMESPAN ||
         category == TYPCATEGORY_NETWORK;
}

struct ValueSearch {
  std::vector<std::string> columns;
  std::string counts;  // one per column
  std::vector<Parameter> parameters;
};

// $1: the values.
void search_column(ValueSearch& search, Oid table, const std::string& column, Oid type, const Wanted& wanted) {
  const std::string name = "s." + quoted_name(column);
  std::string condition;
  if (type == BOOLOID) return;
  const Oid element = element_type_of(type);
  if (is_compared(type)) {
    const std::vector<std::string_view> readable = readable_as(type, wanted.values);
    if (readable.empty()) return;
    search.parameters.push_back(text_array(readable));
    const std::string type_name = call([&] { return format_type_be_qualified(type); });
    condition = name + "::" + type_name + " = ANY ($" + std::to_string(search.parameters.size()) + "::" + type_name + "[])";
  } else if (OidIsValid(element) && is_compared(element)) {
    const std::vector<std::string_view> readable = readable_as(element, wanted.values);
    if (readable.empty()) return;
    search.parameters.push_back(text_array(readable));
    const std::string type_name = call([&] { return format_type_be_qualified(type); });
    condition = name + "::" + type_name + " && $" + std::to_string(search.parameters.size()) + "::" + type_name;
  } else if (is_text_element(element)) {
    condition = "EXISTS (SELECT FROM unnest($1) AS v, unnest(" + name + ") AS e WHERE strpos(e COLLATE \"C\", v) > 0)";
  } else if (type == BYTEAOID) {
    condition = "EXISTS (SELECT FROM unnest($1) AS v WHERE position(convert_to(v, getdatabaseencoding()) IN " + name + ") > 0)";
  } else {
    condition = "EXISTS (SELECT FROM unnest($1) AS v WHERE strpos(" + shown_text(table, column) + ", v) > 0)";
  }
  search.counts += (search.columns.empty() ? "" : ", ") + ("count(*) FILTER (WHERE " + condition + ")");
  search.columns.push_back(column);
}

ValueSearch value_search(Oid table, const Wanted& wanted) {
  Rows rows =
      run("SELECT attname::text, atttypid FROM pg_attribute"
          " WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND attname <> $2 ORDER BY attnum",
          {oid(table), text(kStampColumn)}, {.read_only = true});
  std::vector<std::pair<std::string, Oid>> columns;
  for (uint64_t i = 0; i < rows.size(); ++i) columns.emplace_back(rows.text(i, 0), rows.oid(i, 1));
  rows.release();
  ValueSearch search;
  const std::vector<std::string_view> values(wanted.values.begin(), wanted.values.end());
  search.parameters.push_back(text_array(values));
  for (const auto& [column, type] : columns) {
    const Oid declared = type;
    search_column(search, table, column, call([&] { return getBaseType(declared); }), wanted);
  }
  return search;
}

void search_values(Oid table, const Wanted& wanted, Findings& findings) {
  with_scratch([&] {
    const ValueSearch search = value_search(table, wanted);
    if (search.columns.empty()) return;
    stream_on_leaves(leaves_of(table), "SELECT " + search.counts + " FROM ", "", search.parameters, {},
                     [&](const Datum* values, const bool*) {
                       for (size_t i = 0; i < search.columns.size(); ++i) {
                         add(findings, table_name(table), "values of column " + search.columns[i],
                             static_cast<uint64_t>(DatumGetInt64(values[i])));
                       }
                     });
  });
}

// One that cannot be looked at is not free of traces.
void lock_or_refuse(Oid table) {
  const std::optional<Failure> failure = lock_for_reading(table);
  if (!failure) return;
  const std::string name = table_name(table);
  const char* texts[] = {name.c_str(), failure->message.c_str()};
  call([&] {
    ereport(ERROR,
            (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("table %s cannot be searched", texts[0]),
             errdetail_internal("%s.", texts[1]), errhint("Try again when that has ended, or SET segments.lock_timeout.")));
  });
}

}  // namespace

void search_registered_tables(const Wanted& wanted, Findings& findings) {
  const OwnerTimeLimit limit;
  std::set<Oid> tables;
  const std::optional<UnificationSource> mapping = unification_source();
  const bool has_mapping = mapping && !table_name(mapping->relation).empty();
  if (has_mapping) tables.insert(mapping->relation);
  for (const InteractionSource& source : interaction_sources()) tables.insert(source.relation);
  const std::map<int32_t, Oid> swapped_in = tables_swapped_in();
  for (const auto& [type, table] : swapped_in) tables.insert(table);
  for (const Oid table : tables) {
    if (!table_name(table).empty()) lock_or_refuse(table);
  }
  if (has_mapping) search_mapping(*mapping, wanted, findings);
  if (const auto other = swapped_in.find(kUnificationId); mapping && other != swapped_in.end()) {
    UnificationSource swapped = *mapping;
    swapped.relation = other->second;
    if (has_columns(record_columns(swapped)) && is_key_column(swapped.relation, swapped.profile_id_column)) {
      search_mapping(swapped, wanted, findings);
    }
  }
  search_relations(swapped_in, wanted, findings);
  if (wanted.values.empty()) return;
  for (const Oid table : tables) {
    if (!table_name(table).empty()) search_values(table, wanted, findings);
  }
}

}  // namespace segments::pg
