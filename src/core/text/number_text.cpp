#include "core/text/number_text.h"

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
  if (!number.empty() && number[0] == '+') number.remove_prefix(1);
  const size_t point = number.find('.');
  if (point != std::string_view::npos) {
    if (number.find_first_not_of('0', point + 1) != std::string_view::npos) return std::nullopt;
    number = number.substr(0, point);
  }
  int64_t value = 0;
  if (number.empty() || number == "-") return value;
  const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (status != std::errc() || end != number.data() + number.size()) return std::nullopt;
  return value;
}

std::optional<double> double_of(const std::string& number) {
  errno = 0;
  const double value = std::strtod(number.c_str(), nullptr);
  if (!std::isfinite(value) || (errno == ERANGE && value == 0)) return std::nullopt;
  return value;
}

}  // namespace segments
