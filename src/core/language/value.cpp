#include "core/language/value.h"

#include <algorithm>

#include "core/language/definition.h"

namespace segments {
namespace {

bool equal_all(const std::vector<std::unique_ptr<ValueNode>>& a, const std::vector<std::unique_ptr<ValueNode>>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) { return *x == *y; });
}

}  // namespace

ValueNode::ValueNode() = default;
ValueNode::~ValueNode() = default;
Comparison::Comparison() = default;
Comparison::~Comparison() = default;

bool operator==(const ValueNode& a, const ValueNode& b) {
  if (a.kind != b.kind || !(a.number == b.number) || (a.rows == nullptr) != (b.rows == nullptr)) return false;
  return (a.rows == nullptr || *a.rows == *b.rows) && equal_all(a.operands, b.operands);
}

bool operator==(const Comparison& a, const Comparison& b) {
  return a.op == b.op && a.negated == b.negated && *a.value == *b.value && equal_all(a.with, b.with);
}

}  // namespace segments
