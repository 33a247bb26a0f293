#include "pg/catalog/equal_values.h"

#include <algorithm>
#include <numeric>

#include "pg/catalog/array_value.h"
#include "pg/catalog/field_value.h"
#include "pg/server/datum.h"

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
    case BOOLOID:
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case DATEOID:
      return true;
    default:
      return OidIsValid(element_type_of(type));
  }
}

}  // namespace

ValueGroups group_equal_values(uint32_t count, const std::function<Datum(uint32_t)>& value, Oid type, Oid collation) {
  ValueGroups groups;
  groups.group_of.resize(count);
  if (is_equal_by_bytes(type, collation)) {
    std::iota(groups.group_of.begin(), groups.group_of.end(), 0);
    groups.shown = groups.group_of;
    return groups;
  }
  std::vector<Datum> datums;
  for (uint32_t i = 0; i < count; ++i) datums.push_back(value(i));
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::vector<char> is_first(count);
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
    if (is_first[i] != 0) groups.shown.push_back(order[i]);
    groups.group_of[order[i]] = static_cast<uint32_t>(groups.shown.size() - 1);
  }
  return groups;
}

std::string value_text(Datum value, Oid type) {
  if (type == BOOLOID) return DatumGetBool(value) ? "true" : "false";
  return output_text(value, type);
}

std::string value_text(const Dictionary& values, uint32_t index, Oid type) {
  if (type == TEXTOID || type == VARCHAROID) return std::string(values.bytes(index));
  return value_text(datum_of(values, index, type), type);
}

}  // namespace segments::pg
