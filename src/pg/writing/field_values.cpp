// The values of a field, for who is to choose one: segments.field_values.
#include "core/language/parser.h"
#include "core/text/characters.h"
#include "core/text/keywords.h"
#include "pg/catalog/catalog_name.h"
#include "core/text/lexer.h"
#include "pg/run/published.h"
#include "pg/segment/segment.h"
#include "pg/writing/counted_values.h"

namespace segments::pg {
namespace {

// In another case a character may have fewer bytes, but one at least.
constexpr size_t kMostCharacterBytes = 4;

// Any name of a column as it is; else a path as definitions write it.
FieldColumnName field_of_name(TypeCatalog& catalog, const InteractionType& type, const std::string& name) {
  ServerInterrupt interrupt;
  try {
    return catalog.find_field(type, {{name, true, Error::kNoPosition}, {}});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUndefined) throw;
    FieldPath path;
    try {
      path = parse_field(name, interrupt);
    } catch (const Error&) {
    }
    if (path.members.empty()) throw;
    path.column.position = Error::kNoPosition;
    return catalog.find_field(type, path);
  }
}

// REQUIRES: within with_spi, as the extension's owner.
std::vector<CountedValue> field_values(const std::string& type_name, const std::string& field_name, const std::string& prefix,
                                       size_t most, Oid caller) {
  const int64_t refresh_id = published_refresh();
  TypeCatalog catalog(refresh_id);
  catalog.set_viewer(caller);
  catalog.expect_arguments();
  const InteractionType& type = catalog.find({type_name, true, Error::kNoPosition});
  check_exists(type, Error::kNoPosition);
  if (type.is_lookup()) {
    throw Error(ErrorCode::kInvalidValue, "values of " + type.called() + " are not listed", "Its rows belong to no profile.",
                "Ask its table.");
  }
  const FieldColumnName field = field_of_name(catalog, type, field_name);
  check_may_list(caller, type, field);
  if (field.role != ColumnRole::kField) {
    throw Error(ErrorCode::kInvalidValue, "values of " + in_quotes(field_name) + " are not listed",
                "It says when something happened, or to whom.", "Choose another field.");
  }
  if (!type.captured || !type.has_leaves) return {};
  ValueCounter counter(caller, refresh_id);
  if (!counter.add(type, field)) {
    throw Error(ErrorCode::kNotReady, "field " + in_quotes(field_name) + " has not been refreshed yet", "",
                "Run CALL segments.refresh().");
  }
  counter.count();
  if (counter.has_too_many(0)) {
    throw Error(ErrorCode::kLimitExceeded, "field " + in_quotes(field_name) + " has too many values",
                "Values of fields that have more than " + std::to_string(ValueCounts::kMostValues) + " are not listed.");
  }
  const std::string folded = fold_name(prefix);
  const auto begins = [&](const std::string& value) {
    return begins_ignoring_case(value, prefix) ||
           fold_name(excerpt(value, kMostCharacterBytes * (folded.size() + 1))).starts_with(folded);
  };
  return counter.values(0, begins, most);
}

void emit(ReturnSetInfo* result, const CountedValue& row) {
  const char* texts[] = {row.value.c_str(), row.literal.c_str()};
  call([&] {
    Datum values[] = {CStringGetTextDatum(texts[0]), CStringGetTextDatum(texts[1]), Int64GetDatum(row.interactions)};
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
  const size_t most = PG_ARGISNULL(3) ? SIZE_MAX : static_cast<size_t>(std::max<int32_t>(0, PG_GETARG_INT32(3)));
  for (const CountedValue& row : as_owner([&](Oid caller) { return field_values(type, field, prefix, most, caller); })) {
    emit(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo), row);
  }
  return Datum(0);
}
