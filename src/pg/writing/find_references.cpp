// Ids of e-mails, forms, journeys … that interactions refer to: segments.find_references.
#include <set>

#include "core/text/keywords.h"
#include "core/text/lexer.h"
#include "core/text/nearest.h"
#include "pg/catalog/catalog_name.h"
#include "pg/catalog/referring_fields.h"
#include "pg/run/published.h"
#include "pg/segment/segment.h"
#include "pg/writing/counted_values.h"

namespace segments::pg {
namespace {

struct Reference {
  std::string type;
  std::string field;
  std::string kind;
  CountedValue value;
};

// Throws Error{kUndefined} if no field refers to anything of that kind; without a kind, those of all.
std::vector<ReferringField> fields_of_kind(const std::optional<std::string>& kind) {
  std::vector<ReferringField> fields = referring_fields();
  if (!kind) return fields;
  std::set<std::string> kinds;
  for (const ReferringField& field : fields) kinds.insert(field.kind);
  std::erase_if(fields, [&](const ReferringField& field) { return fold_name(field.kind) != fold_name(*kind); });
  if (!fields.empty()) return fields;
  const std::vector<std::string> all(kinds.begin(), kinds.end());
  const std::vector<std::string> near = nearest_names(*kind, all);
  const std::string known = all.empty() ? "" : "They refer to: " + joined(all) + ".";
  throw Error(ErrorCode::kUndefined, "no field refers to anything of the kind " + in_quotes(*kind), known,
              near.empty() ? "The key \"references\" of a field says it, in segments.alter_interaction(name, fields => …)."
                           : "Did you mean " + joined(as_arguments(near)) + "?");
}

class ReferenceFinder {
 public:
  explicit ReferenceFinder(Oid caller)
      : caller_(caller), refresh_id_(published_refresh()), catalog_(refresh_id_), counter_(caller, refresh_id_) {}

  std::vector<Reference> find(const std::vector<ReferringField>& fields, const std::string& searched, size_t most) {
    const std::string folded = fold_name(searched);
    const auto holds = [&](const std::string& text) {
      return contains_ignoring_case(text, searched) || fold_name(text).find(folded) != std::string::npos;
    };
    for (const ReferringField& field : fields) add(field);
    counter_.count();
    std::vector<Reference> found;
    for (size_t i = 0; i < added_.size(); ++i) {
      const auto& [type, field] = added_[i];
      if (counter_.has_too_many(i)) {
        tell_too_many(type, field);
        continue;
      }
      for (CountedValue& value : counter_.values(i, holds, most)) {
        found.push_back({type, field.name, field.kind, std::move(value)});
      }
    }
    std::ranges::stable_sort(found,
                             [](const Reference& a, const Reference& b) { return a.value.interactions > b.value.interactions; });
    if (found.size() > most) found.resize(most);
    return found;
  }

 private:
  // What the caller may not read, or is not there yet or any more, is left out.
  void add(const ReferringField& referring) {
    const auto type = std::ranges::find(catalog_.types(), referring.type_id, &InteractionType::type_id);
    if (type == catalog_.types().end() || !type->captured || !type->has_leaves || type->is_lookup()) return;
    try {
      check_exists(*type, Error::kNoPosition);
      const FieldColumnName field = catalog_.find_field(*type, {{referring.column, true, Error::kNoPosition}, {}});
      if (field.role != ColumnRole::kField || may_hide_rows(type->relation)) return;
      check_may_list(caller_, *type, field);
      if (counter_.add(*type, field)) added_.emplace_back(type->name, referring);
    } catch (const ServerError& error) {
      if (error.data->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE) throw;
    } catch (const Error& error) {
      const ErrorCode code = error.code();
      if (code != ErrorCode::kNotReady && code != ErrorCode::kUndefined && code != ErrorCode::kTypeMismatch) throw;
    }
  }

  static void tell_too_many(const std::string& type, const ReferringField& field) {
    const char* names[] = {field.name.c_str(), type.c_str()};
    call([&] {
      ereport(NOTICE, (errmsg("field \"%s\" of interaction type %s has too many values", names[0], names[1]),
                       errdetail("Nothing was looked for among its values.")));
    });
  }

  Oid caller_;
  int64_t refresh_id_;
  TypeCatalog catalog_;
  ValueCounter counter_;
  std::vector<std::pair<std::string, ReferringField>> added_;  // with the name of their type
};

void emit(ReturnSetInfo* result, const Reference& row) {
  const char* texts[] = {row.type.c_str(), row.field.c_str(), row.kind.c_str(), row.value.value.c_str(),
                         row.value.literal.c_str()};
  call([&] {
    Datum values[] = {CStringGetTextDatum(texts[0]), CStringGetTextDatum(texts[1]), CStringGetTextDatum(texts[2]),
                      CStringGetTextDatum(texts[3]), CStringGetTextDatum(texts[4]), Int64GetDatum(row.value.interactions)};
    bool nulls[] = {false, false, false, false, false, false};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  });
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_find_references) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  std::optional<std::string> kind;
  if (!PG_ARGISNULL(0)) kind = text_of(PG_GETARG_DATUM(0));
  const std::string searched = PG_ARGISNULL(1) ? "" : text_of(PG_GETARG_DATUM(1));
  const size_t most = PG_ARGISNULL(2) ? SIZE_MAX : static_cast<size_t>(std::max<int32_t>(0, PG_GETARG_INT32(2)));
  const std::vector<Reference> found =
      as_owner([&](Oid caller) { return ReferenceFinder(caller).find(fields_of_kind(kind), searched, most); });
  for (const Reference& row : found) emit(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo), row);
  return Datum(0);
}
