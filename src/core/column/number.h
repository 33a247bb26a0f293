// Numbers as the server's numeric has them, however a column holds them: exact, of any size.
//
// Groups of four decimal digits, as in the binary image of numeric (PostgreSQL, src/backend/utils/adt/numeric.c).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/column/column.h"

namespace segments {

__extension__ using Int128 = __int128;

// In the server's order.
enum class NumberClass : uint8_t { kNegativeInfinity, kFinite, kPositiveInfinity, kNaN };

// How a column holds numbers.  Floats are those that a cast to numeric gives: of so many significant digits.
enum class NumberForm : uint8_t { kInteger, kFloat4, kFloat8, kNumeric };
ValueKind kind_of(NumberForm form);

inline constexpr int64_t kNumberBase = 10'000;

struct Number {
  NumberClass kind = NumberClass::kFinite;
  bool negative = false;
  int32_t weight = 0;            // groups[i] counts kNumberBase^(weight - i)
  std::vector<uint16_t> groups;  // none is at an end and 0; empty: 0

  // Of the last group.
  int32_t exponent() const { return weight + 1 - static_cast<int32_t>(groups.size()); }
};

// All write `number`, whose memory is used again.
void read_integer(int64_t value, Number& number);
void read_float(double value, int significant_digits, Number& number);
// Throws Error{kDataCorrupted} if the bytes are no image of a numeric.
void read_numeric(std::string_view image, Number& number);
// REQUIRES: the dictionary is of kind_of(form).
void read_number(const Dictionary& dictionary, uint32_t index, NumberForm form, Number& number);

// Less than 0, 0, or more.
int compare(const Number& a, const Number& b);

// kNumberBase^power; power is 0 … 9.
Int128 power_of_base(int32_t power);

// A finite number among the multiples of kNumberBase^exponent: the greatest that is not above it, less than 2^126 in size.
struct ScaledNumber {
  Int128 floor = 0;
  bool is_exact = true;
  int beyond = 0;  // 1: it is above all of them; -1: below
};
ScaledNumber scaled(const Number& number, int32_t exponent);

}  // namespace segments
