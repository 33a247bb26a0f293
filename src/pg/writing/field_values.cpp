// The values of a field, for who is to choose one: segments.field_values.
#include <set>

#include "core/text/lexer.h"
#include "pg/catalog/source_column.h"
#include "pg/catalog/type_catalog.h"
#include "pg/evaluation/evaluation.h"
#include "pg/insight/field_dictionary.h"
#include "pg/run/published.h"
#include "pg/segment/segment.h"

namespace segments::pg {
namespace {

struct ValueRow {
  std::string value;
  std::string literal;
  int64_t profiles = 0;
};

// SELECT on what the values stand in, and no policy that hides some of them.
void check_may_list(Oid caller, const InteractionType& type, int16_t attnum) {
  std::set<int16_t> columns = key_columns(type);
  columns.insert(attnum);
  check_may_read(caller, type, columns);
  const Oid relation = type.relation;
  if (!may_hide_rows(relation)) return;
  call([&] {
    ereport(ERROR,
            (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("values of table %s cannot be listed", get_rel_name(relation)),
             errdetail("Row-level security says who may see which of its rows.")));
  });
}

bool is_written_plainly(Oid type) {
  return call([&] {
    char category = 0;
    bool preferred = false;
    get_type_category_preferred(type, &category, &preferred);
    return type == BOOLOID || (category == TYPCATEGORY_NUMERIC && type != CASHOID);
  });
}

bool begins_with(const std::string& value, const std::string& prefix) {
  const auto same = [](char a, char b) {
    return pg_ascii_tolower(static_cast<unsigned char>(a)) == pg_ascii_tolower(static_cast<unsigned char>(b));
  };
  return value.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), value.begin(), same);
}

// By group of the dictionary: how many profiles have it.
std::vector<uint64_t> profiles_having(const FieldDictionary& dictionary, int64_t refresh_id) {
  EvaluationPlan plan;
  plan.output = PlanOutput::kShares;
  plan.as_of = GetCurrentTransactionStartTimestamp();
  plan.ordinal_sets.emplace_back();  // of nobody: the others are everybody
  plan.field_values.push_back(dictionary.values());
  const TileResult result = evaluate(plan, refresh_id, Visibility::kStatement);
  if (result.shares.empty()) return {};
  return result.shares.front().having[1];
}

std::vector<ValueRow> values_of(const FieldDictionary& dictionary, Oid type, const std::string& prefix, int64_t refresh_id) {
  std::vector<ValueRow> rows;
  if (dictionary.values().group_count == 0) return rows;
  const bool plainly = is_written_plainly(type);
  const std::vector<uint64_t> profiles = profiles_having(dictionary, refresh_id);
  for (uint32_t group = 0; group < profiles.size(); ++group) {
    if (profiles[group] == 0) continue;
    std::string value = dictionary.text_of_group(group);
    if (!begins_with(value, prefix)) continue;
    std::string literal = plainly ? value : in_quotes(value, '\'');
    rows.push_back({std::move(value), std::move(literal), static_cast<int64_t>(profiles[group])});
  }
  std::ranges::stable_sort(rows, [](const ValueRow& a, const ValueRow& b) { return a.profiles > b.profiles; });
  return rows;
}

// REQUIRES: within with_spi, as the extension's owner.
std::vector<ValueRow> field_values(const std::string& type_name, const std::string& field_name, const std::string& prefix,
                                   Oid caller) {
  const int64_t refresh_id = published_refresh();
  TypeCatalog catalog(refresh_id);
  catalog.set_viewer(caller);
  catalog.expect_arguments();
  const InteractionType& type = catalog.find({type_name, true, Error::kNoPosition});
  check_exists(type, Error::kNoPosition);
  const FieldColumnName field = catalog.find_field(type, {field_name, true, Error::kNoPosition});
  check_may_list(caller, type, field.attnum);
  if (field.role != ColumnRole::kField) {
    throw Error(ErrorCode::kInvalidValue, "values of " + in_quotes(field_name) + " are not listed",
                "It says when something happened, or to whom.", "Choose another field.");
  }
  if (!type.captured || !type.has_leaves) return {};
  const InteractionSource source = interaction_source(type.type_id);
  const auto source_field = std::ranges::find(source.fields, field.attnum, &SourceField::attnum);
  const CapturedColumns captured = captured_columns(type.type_id, refresh_id);
  const auto column = captured.find(field.attnum);
  if (source_field == source.fields.end() || column == captured.end() || !is_stored_alike(column->second.type, field.type)) {
    throw Error(ErrorCode::kNotReady, "field " + in_quotes(field_name) + " has not been refreshed yet", "",
                "Run CALL segments.refresh().");
  }
  const FieldDictionary dictionary(type.type_id, *source_field, column->second.missing, refresh_id);
  if (dictionary.is_too_large()) {
    throw Error(ErrorCode::kLimitExceeded, "field " + in_quotes(field_name) + " has too many values",
                "Values of fields that have more than " + std::to_string(FieldDictionary::kMostValues) + " are not listed.");
  }
  return values_of(dictionary, field.type, prefix, refresh_id);
}

void emit(ReturnSetInfo* result, const ValueRow& row) {
  const char* texts[] = {row.value.c_str(), row.literal.c_str()};
  call([&] {
    Datum values[] = {CStringGetTextDatum(texts[0]), CStringGetTextDatum(texts[1]), Int64GetDatum(row.profiles)};
    bool nulls[] = {false, false, false};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  });
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_field_values) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  const std::string type = required_text(fcinfo, 0, "type");
  const std::string field = required_text(fcinfo, 1, "field");
  const std::string prefix = PG_ARGISNULL(2) ? "" : text_of(PG_GETARG_DATUM(2));
  const int64_t most = PG_ARGISNULL(3) ? INT64_MAX : std::max<int64_t>(0, PG_GETARG_INT32(3));
  const std::vector<ValueRow> rows = as_owner([&](Oid caller) { return field_values(type, field, prefix, caller); });
  for (size_t i = 0; i < rows.size() && static_cast<int64_t>(i) < most; ++i) {
    emit(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo), rows[i]);
  }
  return Datum(0);
}
