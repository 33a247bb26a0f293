// Integers of any size, for what 128 bits do not hold: in groups of eight decimal digits.
#pragma once
#include <cstdint>
#include <vector>

#include "core/column/number.h"
#include "core/interrupt.h"

namespace segments {

class BigInteger {
 public:
  BigInteger() = default;
  BigInteger(Int128 value);  // NOLINT(google-explicit-constructor): a number is a number
  // The groups of a finite number, as if its exponent were 0.
  static BigInteger of_groups(const Number& number);
  // kNumberBase^power
  static BigInteger power(uint32_t power);

  // -1, 0 or 1
  int sign() const { return groups_.empty() ? 0 : negative_ ? -1 : 1; }
  bool is_one() const { return !negative_ && groups_.size() == 1 && groups_[0] == 1; }
  BigInteger negated() const;
  BigInteger plus(const BigInteger& other) const;
  // Takes as long as the product of their lengths.
  BigInteger times(const BigInteger& other, Interrupt& interrupt) const;
  // Less than 0, 0, or more.
  int compare(const BigInteger& other) const;

 private:
  int compare_sizes(const BigInteger& other) const;
  void add_groups(const std::vector<uint32_t>& groups);
  void subtract_groups(const std::vector<uint32_t>& groups);  // no larger ones
  void drop_zeros();

  bool negative_ = false;
  std::vector<uint32_t> groups_;  // the lowest first; the last is not 0; none: 0
};

}  // namespace segments
