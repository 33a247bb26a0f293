#include "core/text/number_text.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "core/text/characters.h"

namespace segments {
namespace {

constexpr size_t kMostCharacters = 1'000;
constexpr size_t kMostDigitsOfExponent = 3;

size_t digits_at(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

// `mark`: where its "e" is; npos: it has none.
int64_t exponent_of(std::string_view number, size_t mark) {
  if (mark == std::string_view::npos) return 0;
  number.remove_prefix(mark + 1);
  if (number.starts_with('+')) number.remove_prefix(1);
  int64_t exponent = 0;
  std::from_chars(number.data(), number.data() + number.size(), exponent);
  return exponent;
}

}  // namespace

std::string_view number_in(std::string_view text) {
  const std::string_view number = without_blanks(text);
  if (number.empty() || number.size() > kMostCharacters) return {};
  size_t at = number[0] == '-' || number[0] == '+' ? 1 : 0;
  const size_t whole = digits_at(number, at);
  at += whole;
  size_t fraction = 0;
  if (at < number.size() && number[at] == '.') {
    fraction = digits_at(number, ++at);
    at += fraction;
  }
  if (whole + fraction == 0) return {};
  if (at < number.size() && (number[at] == 'e' || number[at] == 'E')) {
    ++at;
    if (at < number.size() && (number[at] == '-' || number[at] == '+')) ++at;
    const size_t exponent = digits_at(number, at);
    if (exponent == 0 || exponent > kMostDigitsOfExponent) return {};
    at += exponent;
  }
  return at == number.size() ? number : std::string_view();
}

std::optional<int64_t> whole_number(std::string_view number) {
  constexpr int64_t kMostDigits = 19;
  std::string digits = number.starts_with('-') ? "-" : "";
  const size_t sign = digits.size();
  if (number.starts_with('-') || number.starts_with('+')) number.remove_prefix(1);
  const size_t mark = number.find_first_of("eE");
  const std::string_view written = number.substr(0, mark);
  const size_t point = std::min(written.find('.'), written.size());
  const std::string all = std::string(written.substr(0, point)).append(written, std::min(point + 1, written.size()));
  const size_t first = all.find_first_not_of('0');
  if (first == std::string::npos) return 0;
  digits.append(all, first, all.find_last_not_of('0') + 1 - first);
  // How many digits stand before the point.
  const int64_t whole = static_cast<int64_t>(point) - static_cast<int64_t>(first) + exponent_of(number, mark);
  if (whole < static_cast<int64_t>(digits.size() - sign) || whole > kMostDigits) return std::nullopt;
  digits.resize(sign + static_cast<size_t>(whole), '0');
  int64_t value = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return status == std::errc() ? std::optional(value) : std::nullopt;
}

std::optional<double> double_of(const std::string& number) {
  errno = 0;
  const double value = std::strtod(number.c_str(), nullptr);
  if (!std::isfinite(value) || (errno == ERANGE && value == 0)) return std::nullopt;
  return value;
}

}  // namespace segments
