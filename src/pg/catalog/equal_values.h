// Values of a field that count as one: those that are equal to whoever asks.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/column/column.h"
#include "pg/server/boundary.h"

namespace segments::pg {

struct ValueGroups {
  std::vector<uint32_t> group_of;  // by value; in the order of their type where bytes do not tell values apart
  std::vector<uint32_t> shown;     // by group: one of its values
};

// `value`: each of `count` different values, as stored in order.
ValueGroups group_equal_values(uint32_t count, const std::function<Datum(uint32_t)>& value, Oid type, Oid collation);

// As the session shows it; booleans as definitions write them.
std::string value_text(Datum value, Oid type);
// The same of a dictionary's value.
std::string value_text(const Dictionary& values, uint32_t index, Oid type);

}  // namespace segments::pg
