// Numbers that profiles have: counts and aggregates of interactions, and what is made of them.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/language/predicate.h"

namespace segments {

struct InteractionCondition;

// Of one value; exceeding it throws Error{kLimitExceeded}.
inline constexpr uint32_t kMaxValueOperands = 256;

enum class ValueNodeKind : uint8_t { kNumber, kRows, kAdd, kSubtract, kMultiply, kDivide, kCoalesce };

// count(EmailOpened within last 30 days) / 2
struct ValueNode {
  ValueNodeKind kind = ValueNodeKind::kNumber;
  Literal number;  // kNumber
  // kRows: which interactions are counted; or, with an aggregate, of which values something is made.  Nothing is compared there:
  // of the aggregate's comparison there is the field alone, and no having, but not, occurrence and periods.
  std::unique_ptr<InteractionCondition> rows;
  std::vector<std::unique_ptr<ValueNode>> operands;  // of the others, two
  uint32_t position = 0;

  ValueNode();
  ~ValueNode();
};

// value op value.  Nothing compares with null: negative forms, which are complements over profiles, hold then.
struct Comparison {
  std::unique_ptr<ValueNode> value;
  PredicateOperator op = PredicateOperator::kEqual;  // compares_values()
  bool negated = false;                              // only where has_negative_form()
  std::vector<std::unique_ptr<ValueNode>> with;      // one; kIn: one or more; kBetween: two; kIsNull: none
  uint32_t position = 0;                             // of the operator

  Comparison();
  ~Comparison();
};

bool operator==(const ValueNode& a, const ValueNode& b);
bool operator==(const Comparison& a, const Comparison& b);

// Calls visit(rows) for each of a comparison's conditions on interactions, in the order of the text.
template <class Visit>
void visit_rows(const ValueNode& value, const Visit& visit) {
  if (value.rows != nullptr) visit(*value.rows);
  for (const auto& operand : value.operands) visit_rows(*operand, visit);
}
template <class Visit>
void visit_rows(const Comparison& comparison, const Visit& visit) {
  visit_rows(*comparison.value, visit);
  for (const auto& value : comparison.with) visit_rows(*value, visit);
}

}  // namespace segments
