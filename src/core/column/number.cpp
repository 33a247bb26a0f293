#include "core/column/number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/column/byte_reader.h"

namespace segments {
namespace {

// Of a numeric's header.
constexpr uint16_t kFormMask = 0xC000;
constexpr uint16_t kNegative = 0x4000;
constexpr uint16_t kShort = 0x8000;
constexpr uint16_t kSpecial = 0xC000;
constexpr uint16_t kSpecialMask = 0xF000;
constexpr uint16_t kSpecialNaN = 0xC000;
constexpr uint16_t kSpecialPlusInfinity = 0xD000;
constexpr uint16_t kSpecialMinusInfinity = 0xF000;
constexpr uint16_t kShortNegative = 0x2000;
constexpr uint16_t kShortWeightSign = 0x0040;
constexpr uint16_t kShortWeight = 0x003F;

// Groups that fit into 126 bits, whatever they are.
constexpr int32_t kMostGroups = 9;

uint16_t word_at(std::string_view image, size_t offset) {
  uint16_t word = 0;
  std::memcpy(&word, image.data() + offset, sizeof(word));
  return word;
}

void drop_zeros(Number& number) {
  std::vector<uint16_t>& groups = number.groups;
  while (!groups.empty() && groups.back() == 0) groups.pop_back();
  const auto first = std::find_if(groups.begin(), groups.end(), [](uint16_t group) { return group != 0; });
  number.weight -= static_cast<int32_t>(first - groups.begin());
  groups.erase(groups.begin(), first);
  if (groups.empty()) number.negative = false;
}

// ± digits * kNumberBase^exponent
void set_digits(uint64_t digits, int32_t exponent, bool negative, Number& number) {
  number.kind = NumberClass::kFinite;
  number.negative = negative;
  number.groups.clear();
  for (; digits != 0; digits /= kNumberBase) number.groups.push_back(static_cast<uint16_t>(digits % kNumberBase));
  std::reverse(number.groups.begin(), number.groups.end());
  number.weight = exponent + static_cast<int32_t>(number.groups.size()) - 1;
  drop_zeros(number);
}

void set_class(NumberClass kind, Number& number) {
  number.kind = kind;
  number.negative = false;
  number.weight = 0;
  number.groups.clear();
}

int compare_sizes(const Number& a, const Number& b) {
  if (a.groups.empty() || b.groups.empty()) return static_cast<int>(b.groups.empty()) - static_cast<int>(a.groups.empty());
  if (a.weight != b.weight) return a.weight < b.weight ? -1 : 1;
  const auto [in_a, in_b] = std::mismatch(a.groups.begin(), a.groups.end(), b.groups.begin(), b.groups.end());
  const int rest_a = in_a == a.groups.end() ? 0 : *in_a;
  const int rest_b = in_b == b.groups.end() ? 0 : *in_b;
  return rest_a - rest_b;
}

}  // namespace

ValueKind kind_of(NumberForm form) {
  if (form == NumberForm::kInteger) return ValueKind::kInteger;
  return form == NumberForm::kNumeric ? ValueKind::kBytes : ValueKind::kFloat;
}

void read_integer(int64_t value, Number& number) {
  const bool negative = value < 0;
  set_digits(negative ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value), 0, negative, number);
}

void read_float(double value, int significant_digits, Number& number) {
  if (std::isnan(value)) return set_class(NumberClass::kNaN, number);
  if (std::isinf(value)) return set_class(value < 0 ? NumberClass::kNegativeInfinity : NumberClass::kPositiveInfinity, number);
  char text[64];
  const char* const end =
      std::to_chars(text, text + sizeof(text), std::abs(value), std::chars_format::scientific, significant_digits - 1).ptr;
  uint64_t digits = 0;
  const char* at = text;
  for (; *at != 'e'; ++at) {
    if (*at != '.') digits = digits * 10 + static_cast<uint64_t>(*at - '0');
  }
  ++at;
  int32_t exponent = 0;
  std::from_chars(*at == '+' ? at + 1 : at, end, exponent);
  exponent -= significant_digits - 1;
  for (; digits != 0 && digits % 10 == 0; digits /= 10) ++exponent;
  // To a whole number of groups; 15 digits leave room for three more.
  const int32_t group = exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4);
  for (int32_t rest = exponent - 4 * group; rest > 0; --rest) digits *= 10;
  set_digits(digits, group, value < 0, number);
}

void read_numeric(std::string_view image, Number& number) {
  constexpr const char* kNoNumber = "A stored number is none.";
  if (image.size() < sizeof(uint16_t) || image.size() % sizeof(uint16_t) != 0) throw_corrupted(kNoNumber);
  const uint16_t header = word_at(image, 0);
  const uint16_t form = header & kFormMask;
  if (form == kSpecial) {
    switch (header & kSpecialMask) {
      case kSpecialNaN:
        return set_class(NumberClass::kNaN, number);
      case kSpecialPlusInfinity:
        return set_class(NumberClass::kPositiveInfinity, number);
      case kSpecialMinusInfinity:
        return set_class(NumberClass::kNegativeInfinity, number);
      default:
        throw_corrupted(kNoNumber);
    }
  }
  size_t offset = sizeof(uint16_t);
  number.kind = NumberClass::kFinite;
  if (form == kShort) {
    number.negative = (header & kShortNegative) != 0;
    number.weight = header & kShortWeight;
    if ((header & kShortWeightSign) != 0) number.weight -= kShortWeight + 1;
  } else {
    if (image.size() < 2 * sizeof(uint16_t)) throw_corrupted(kNoNumber);
    number.negative = form == kNegative;
    number.weight = static_cast<int16_t>(word_at(image, offset));
    offset += sizeof(uint16_t);
  }
  number.groups.clear();
  for (; offset < image.size(); offset += sizeof(uint16_t)) {
    number.groups.push_back(word_at(image, offset));
    if (number.groups.back() >= kNumberBase) throw_corrupted(kNoNumber);
  }
  drop_zeros(number);
}

void read_number(const Dictionary& dictionary, uint32_t index, NumberForm form, Number& number) {
  switch (form) {
    case NumberForm::kInteger:
      return read_integer(dictionary.integer(index), number);
    case NumberForm::kFloat4:
      return read_float(ordered_to_float(dictionary.integer(index)), 6, number);
    case NumberForm::kFloat8:
      return read_float(ordered_to_float(dictionary.integer(index)), 15, number);
    case NumberForm::kNumeric:
      return read_numeric(dictionary.bytes(index), number);
  }
}

int compare(const Number& a, const Number& b) {
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.kind != NumberClass::kFinite) return 0;
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  const int sizes = compare_sizes(a, b);
  return a.negative ? -sizes : sizes;
}

Int128 power_of_base(int32_t power) {
  Int128 result = 1;
  for (; power > 0; --power) result *= kNumberBase;
  return result;
}

ScaledNumber scaled(const Number& number, int32_t exponent) {
  ScaledNumber result;
  if (number.groups.empty()) return result;
  // Groups down to the exponent.
  const int64_t kept = int64_t{number.weight} - exponent + 1;
  if (kept > kMostGroups) {
    result.is_exact = false;
    result.beyond = number.negative ? -1 : 1;
    return result;
  }
  const auto size = static_cast<int64_t>(number.groups.size());
  for (int64_t i = 0; i < kept; ++i) {
    result.floor = result.floor * kNumberBase + (i < size ? number.groups[static_cast<size_t>(i)] : 0);
  }
  result.is_exact = kept >= size;
  if (number.negative) result.floor = -result.floor - (result.is_exact ? 0 : 1);
  return result;
}

}  // namespace segments
