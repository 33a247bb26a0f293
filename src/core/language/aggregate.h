// What a having makes of the values of a field.
#pragma once
#include <cstdint>
#include <string_view>

#include "core/language/predicate.h"

namespace segments {

enum class AggregateKind : uint8_t { kSum, kAverage, kMinimum, kMaximum };

// sum(F) > 5: of the rows that count, nulls left out.  Of no value, nothing but "is null" and what is negated holds.
struct Aggregate {
  AggregateKind kind = AggregateKind::kSum;
  Predicate comparison;   // of the field; its operator compares_values()
  uint32_t position = 0;  // of the aggregate
};

// "sum" for AggregateKind::kSum
std::string_view aggregate_word(AggregateKind kind);

// =, <, <=, >, >=, in, between, is null
bool compares_values(PredicateOperator op);

bool operator==(const Aggregate& a, const Aggregate& b);

}  // namespace segments
