#include "core/evaluation/number_comparison.h"

namespace segments {

NumberComparison::NumberComparison(const PlanNode& node) : op_(node.op) {
  for (const std::string& literal : node.literals) read_numeric(literal, literals_.emplace_back());
  if (op_ != ValueOperator::kBetween) {
    std::sort(literals_.begin(), literals_.end(), [](const Number& a, const Number& b) { return compare(a, b) < 0; });
  }
}

int order_of(Int128 sum, int64_t count, const ScaledNumber& literal) {
  if (literal.beyond != 0) return -literal.beyond;
  Int128 product = 0;
  if (__builtin_mul_overflow(literal.floor, static_cast<Int128>(count), &product)) return literal.floor < 0 ? 1 : -1;
  if (sum != product) return sum < product ? -1 : 1;
  return literal.is_exact ? 0 : -1;
}

}  // namespace segments
