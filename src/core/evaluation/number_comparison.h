// What a number of a profile is compared with.
#pragma once
#include <algorithm>
#include <vector>

#include "core/plan/plan.h"

namespace segments {

// How a finite sum compares with a literal, or with `count` times it.  Sums are smaller than what overflows.
int order_of(Int128 sum, int64_t count, const ScaledNumber& literal);

class NumberComparison {
 public:
  explicit NumberComparison(const PlanNode& node);

  bool asks_for_none() const { return op_ == ValueOperator::kIsNull; }
  const std::vector<Number>& literals() const { return literals_; }

  // order(i): less than 0, 0 or more as the number compares with literals()[i].  REQUIRES: !asks_for_none().
  template <class Order>
  bool holds(Order order) const {
    switch (op_) {
      case ValueOperator::kLess:
        return order(0) < 0;
      case ValueOperator::kLessEqual:
        return order(0) <= 0;
      case ValueOperator::kGreater:
        return order(0) > 0;
      case ValueOperator::kGreaterEqual:
        return order(0) >= 0;
      case ValueOperator::kBetween:
        return order(0) >= 0 && order(1) <= 0;
      default:
        break;
    }
    // Equal to one of them; they ascend.
    size_t first = 0;
    for (size_t count = literals_.size(); count > 0;) {
      const int compared = order(first + count / 2);
      if (compared == 0) return true;
      if (compared > 0) {
        first += count / 2 + 1;
        count -= count / 2 + 1;
      } else {
        count /= 2;
      }
    }
    return false;
  }

 private:
  ValueOperator op_;
  std::vector<Number> literals_;
};

}  // namespace segments
