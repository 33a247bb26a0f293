// What a having makes of the values of a field.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/language/predicate.h"

namespace segments {

enum class AggregateKind : uint8_t { kSum, kAverage, kMinimum, kMaximum, kDistinct, kFirst, kLast };

// Whether a number is made that need be none of the values.
constexpr bool makes_number(AggregateKind kind) {
  return kind == AggregateKind::kSum || kind == AggregateKind::kAverage || kind == AggregateKind::kDistinct;
}
constexpr bool is_of_one_time(AggregateKind kind) { return kind == AggregateKind::kFirst || kind == AggregateKind::kLast; }

// sum(F) > 5: of the rows that count, nulls left out.  Of no value, nothing but "is null" and what is negated holds; but
// count(distinct F) is 0 then.
// first and last are of the rows with a value: of those of the earliest, or latest, time the least, or greatest, value.
struct Aggregate {
  AggregateKind kind = AggregateKind::kSum;
  Predicate comparison;   // of the field; its operator compares_values(), of kDistinct it is not kIsNull
  uint32_t position = 0;  // of the aggregate
};

// sum; count
std::string_view aggregate_word(AggregateKind kind);
// sum(field), count(distinct field)
std::string aggregate_call(AggregateKind kind, std::string_view field);

// =, <, <=, >, >=, in, between, is null
bool compares_values(PredicateOperator op);

bool operator==(const Aggregate& a, const Aggregate& b);

}  // namespace segments
