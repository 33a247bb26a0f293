// Arithmetic of rational numbers, infinities, NaN and null, as the server's numeric has it, but exact, and null where 0 divides.
//
// Written once, for integers of 128 bits, which notice what they do not hold, and for such of any size.
#pragma once
#include "core/evaluation/big_integer.h"

namespace segments {

template <class Int>
struct Quantity {
  bool is_null = true;
  NumberClass kind = NumberClass::kFinite;
  Int numerator = 0;    // kFinite
  Int denominator = 1;  // greater than 0
};

class SmallNumbers {
 public:
  using Int = Int128;
  static constexpr int32_t kMostGroups = 9;

  // Since it was set to false: whether something did not fit, so that no result counts.
  bool overflowed = false;

  Int sum(Int a, Int b) {
    Int result = 0;
    if (__builtin_add_overflow(a, b, &result)) overflowed = true;
    return result;
  }
  Int product(Int a, Int b) {
    Int result = 0;
    if (__builtin_mul_overflow(a, b, &result)) overflowed = true;
    return result;
  }
  Int negated(Int a) { return product(a, -1); }
  static int sign(Int a) { return a < 0 ? -1 : a > 0 ? 1 : 0; }
  static bool is_one(Int a) { return a == 1; }
  Int power(int32_t power) {
    if (power <= kMostGroups) return power_of_base(power);
    overflowed = true;
    return 1;
  }
  Int integer(const Number& number) {
    if (number.groups.size() > size_t{kMostGroups}) overflowed = true;
    Int result = 0;
    for (const uint16_t group : number.groups) result = overflowed ? 0 : result * kNumberBase + group;
    return number.negative ? -result : result;
  }
};

class LargeNumbers {
 public:
  using Int = BigInteger;

  explicit LargeNumbers(Interrupt& interrupt) : interrupt_(interrupt) {}

  Int sum(const Int& a, const Int& b) { return a.plus(b); }
  Int product(const Int& a, const Int& b) { return b.is_one() ? a : a.is_one() ? b : a.times(b, interrupt_); }
  static Int negated(const Int& a) { return a.negated(); }
  static int sign(const Int& a) { return a.sign(); }
  static bool is_one(const Int& a) { return a.is_one(); }
  static Int power(int32_t power) { return BigInteger::power(static_cast<uint32_t>(power)); }
  static Int integer(const Number& number) { return BigInteger::of_groups(number); }

 private:
  Interrupt& interrupt_;
};

// integer * kNumberBase^exponent / count; count is greater than 0.
template <class Numbers>
Quantity<typename Numbers::Int> finite(Numbers& numbers, typename Numbers::Int integer, int32_t exponent, int64_t count) {
  Quantity<typename Numbers::Int> result;
  result.is_null = false;
  if (exponent == 0 && count == 1) {
    result.numerator = std::move(integer);
    return result;
  }
  result.numerator = exponent > 0 ? numbers.product(integer, numbers.power(exponent)) : std::move(integer);
  result.denominator = Int128{count};
  if (exponent < 0) result.denominator = numbers.product(result.denominator, numbers.power(-exponent));
  return result;
}

template <class Numbers>
Quantity<typename Numbers::Int> special(NumberClass kind) {
  Quantity<typename Numbers::Int> result;
  result.is_null = false;
  result.kind = kind;
  return result;
}

template <class Numbers>
Quantity<typename Numbers::Int> quantity_of(Numbers& numbers, const Number& number, int64_t count = 1) {
  if (number.kind != NumberClass::kFinite) return special<Numbers>(number.kind);
  return finite(numbers, numbers.integer(number), number.groups.empty() ? 0 : number.exponent(), count);
}

// -1, 0 or 1 as it is less than 0, 0 or more; NaN has none.
template <class Numbers, class Int = typename Numbers::Int>
int sign_of(const Quantity<Int>& a) {
  if (a.kind == NumberClass::kFinite) return Numbers::sign(a.numerator);
  return a.kind == NumberClass::kNegativeInfinity ? -1 : 1;
}

template <class Numbers, class Int = typename Numbers::Int>
Quantity<Int> negated(Numbers& numbers, const Quantity<Int>& a) {
  Quantity<Int> result = a;
  if (a.kind == NumberClass::kFinite) result.numerator = numbers.negated(a.numerator);
  if (a.kind == NumberClass::kNegativeInfinity) result.kind = NumberClass::kPositiveInfinity;
  if (a.kind == NumberClass::kPositiveInfinity) result.kind = NumberClass::kNegativeInfinity;
  return result;
}

template <class Numbers, class Int = typename Numbers::Int>
Quantity<Int> sum(Numbers& numbers, const Quantity<Int>& a, const Quantity<Int>& b) {
  if (a.is_null || b.is_null) return {};
  if (a.kind != NumberClass::kFinite || b.kind != NumberClass::kFinite) {
    if (a.kind == NumberClass::kFinite || a.kind == b.kind) return special<Numbers>(b.kind);
    return special<Numbers>(b.kind == NumberClass::kFinite ? a.kind : NumberClass::kNaN);
  }
  Quantity<Int> result;
  result.is_null = false;
  if (Numbers::is_one(a.denominator) && Numbers::is_one(b.denominator)) {
    result.numerator = numbers.sum(a.numerator, b.numerator);
    return result;
  }
  result.numerator = numbers.sum(numbers.product(a.numerator, b.denominator), numbers.product(b.numerator, a.denominator));
  result.denominator = numbers.product(a.denominator, b.denominator);
  return result;
}

template <class Numbers, class Int = typename Numbers::Int>
Quantity<Int> product(Numbers& numbers, const Quantity<Int>& a, const Quantity<Int>& b) {
  if (a.is_null || b.is_null) return {};
  if (a.kind != NumberClass::kFinite || b.kind != NumberClass::kFinite) {
    const bool is_nan = a.kind == NumberClass::kNaN || b.kind == NumberClass::kNaN;
    const int sign = sign_of<Numbers>(a) * sign_of<Numbers>(b);
    if (is_nan || sign == 0) return special<Numbers>(NumberClass::kNaN);
    return special<Numbers>(sign < 0 ? NumberClass::kNegativeInfinity : NumberClass::kPositiveInfinity);
  }
  Quantity<Int> result;
  result.is_null = false;
  result.numerator = numbers.product(a.numerator, b.numerator);
  result.denominator = numbers.product(a.denominator, b.denominator);
  return result;
}

template <class Numbers, class Int = typename Numbers::Int>
Quantity<Int> quotient(Numbers& numbers, const Quantity<Int>& a, const Quantity<Int>& b) {
  if (a.is_null || b.is_null || (b.kind == NumberClass::kFinite && Numbers::sign(b.numerator) == 0)) return {};
  if (b.kind != NumberClass::kFinite) {
    if (a.kind != NumberClass::kFinite || b.kind == NumberClass::kNaN) return special<Numbers>(NumberClass::kNaN);
    return finite(numbers, Int(0), 0, 1);
  }
  Quantity<Int> inverse = b;
  inverse.numerator = b.denominator;
  inverse.denominator = b.numerator;
  if (Numbers::sign(b.numerator) < 0) {
    inverse.numerator = numbers.negated(inverse.numerator);
    inverse.denominator = numbers.negated(inverse.denominator);
  }
  return product(numbers, a, inverse);
}

// Less than 0, 0, or more; in the server's order.  REQUIRES: neither is null.
template <class Numbers, class Int = typename Numbers::Int>
int compare(Numbers& numbers, const Quantity<Int>& a, const Quantity<Int>& b) {
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.kind != NumberClass::kFinite) return 0;
  const Int left = numbers.product(a.numerator, b.denominator);
  const Int right = numbers.product(b.numerator, a.denominator);
  return Numbers::sign(numbers.sum(left, numbers.negated(right)));
}

}  // namespace segments
