#include "pg/insight/field_dictionary.h"

#include <algorithm>
#include <numeric>

#include "pg/catalog/field_value.h"
#include "pg/store/stored_dictionary.h"

namespace segments::pg {
namespace {

// Whether different bytes are different values.
bool is_equal_by_bytes(Oid type, Oid collation) {
  switch (type) {
    case TEXTOID:
    case VARCHAROID:
      return call([&] { return !OidIsValid(collation) || get_collation_isdeterministic(collation); });
    case NAMEOID:
    case UUIDOID:
      return true;
    default:
      return false;
  }
}

}  // namespace

FieldDictionary::FieldDictionary(int32_t type_id, const SourceField& field, std::optional<MissingValue> missing,
                                 int64_t refresh_id)
    : field_(field) {
  values_.type_id = type_id;
  values_.field = field.attnum;
  values_.kind = field.kind;
  if (missing && missing->kind != field.kind) missing.reset();
  if (missing) collect(*missing);
  visit_dictionaries({type_id, field.attnum, refresh_id, [](const ValueBounds&) { return true; }},
                     [&](const Dictionary& dictionary) {
                       collect(dictionary);
                       return !is_too_large_;
                     });
  if (!is_too_large_) make_values(missing);
}

bool FieldDictionary::holds_numbers() const {
  switch (field_.type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID:
      return true;
    default:
      return false;
  }
}

void FieldDictionary::collect(const MissingValue& missing) {
  if (missing.kind == ValueKind::kBytes) {
    texts_.emplace(missing.bytes.begin(), missing.bytes.end());
  } else {
    integers_.insert(missing.integer);
  }
}

void FieldDictionary::collect(const Dictionary& dictionary) {
  if (dictionary.kind() != field_.kind)
    throw Error(ErrorCode::kDataCorrupted, "a stored dictionary holds values of another kind");
  for (uint32_t i = 0; i < dictionary.size() && !is_too_large_; ++i) {
    if (field_.kind == ValueKind::kBytes) {
      texts_.emplace(dictionary.bytes(i));
    } else {
      integers_.insert(dictionary.integer(i));
    }
    is_too_large_ = texts_.size() + integers_.size() > kMostValues;
  }
}

void FieldDictionary::make_values(const std::optional<MissingValue>& missing) {
  values_.integers.assign(integers_.begin(), integers_.end());
  values_.texts.assign(texts_.begin(), texts_.end());
  values_.groups.resize(values_.integers.size() + values_.texts.size());
  if (field_.kind != ValueKind::kBytes || is_equal_by_bytes(field_.type, field_.collation)) {
    group_by_bytes();
  } else {
    group_by_server();
  }
  values_.group_count = static_cast<uint32_t>(shown_.size());
  if (!missing) return;
  const size_t place = missing->kind == ValueKind::kBytes
                           ? static_cast<size_t>(std::distance(
                                 texts_.begin(), texts_.find(std::string(missing->bytes.begin(), missing->bytes.end()))))
                           : static_cast<size_t>(std::distance(integers_.begin(), integers_.find(missing->integer)));
  values_.missing_group = values_.groups.at(place);
}

void FieldDictionary::group_by_bytes() {
  std::iota(values_.groups.begin(), values_.groups.end(), 0);
  shown_ = values_.groups;
}

void FieldDictionary::group_by_server() {
  const Oid type = field_.type;
  const Oid collation = field_.collation;
  std::vector<Datum> datums;
  for (uint32_t i = 0; i < values_.groups.size(); ++i) datums.push_back(datum(i));
  std::vector<uint32_t> order(datums.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<char> is_first(order.size());
  call([&] {
    FmgrInfo* compare = &lookup_type_cache(type, TYPECACHE_CMP_PROC_FINFO)->cmp_proc_finfo;
    const auto compared = [&](uint32_t a, uint32_t b) {
      return DatumGetInt32(FunctionCall2Coll(compare, collation, datums[a], datums[b]));
    };
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      const int32 result = compared(a, b);
      return result != 0 ? result < 0 : a < b;
    });
    for (size_t i = 0; i < order.size(); ++i) is_first[i] = i == 0 || compared(order[i - 1], order[i]) != 0;
  });
  for (size_t i = 0; i < order.size(); ++i) {
    if (is_first[i] != 0) shown_.push_back(order[i]);
    values_.groups[order[i]] = static_cast<uint32_t>(shown_.size() - 1);
  }
}

Datum FieldDictionary::datum(uint32_t value) const {
  if (field_.kind == ValueKind::kBytes) return datum_of_bytes(values_.texts[value], field_.type);
  return datum_of(Dictionary::of_integers(field_.kind, {values_.integers[value]}), 0, field_.type);
}

std::string FieldDictionary::text_of_group(uint32_t group) const {
  const Datum value = datum(shown_.at(group));
  const Oid type = field_.type;
  if (type == BOOLOID) return DatumGetBool(value) ? "true" : "false";
  return call([&]() -> const char* {
    Oid output = InvalidOid;
    bool is_varlena = false;
    getTypeOutputInfo(type, &output, &is_varlena);
    return OidOutputFunctionCall(output, value);
  });
}

}  // namespace segments::pg
