#include "core/evaluation/number_comparison.h"

namespace segments {

NumberComparison::NumberComparison(const PlanNode& node) : op_(node.op) {
  for (const std::string& literal : node.literals) read_numeric(literal, literals_.emplace_back());
  if (op_ != ValueOperator::kBetween) {
    std::sort(literals_.begin(), literals_.end(), [](const Number& a, const Number& b) { return compare(a, b) < 0; });
  }
}

}  // namespace segments
