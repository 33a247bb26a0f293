#include "core/text/number_separators.h"

#include <algorithm>

#include "core/text/characters.h"

namespace segments {
namespace {

constexpr size_t kMostTokens = 16;  // that are looked at: numbers of thirty digits

// `number`, and the commas and digits behind it without a blank.
std::string written_on(const TokenStream& stream, std::string_view number) {
  std::string written(number);
  size_t end = stream.position();
  for (size_t ahead = 0; ahead < kMostTokens; ++ahead) {
    const Token token = ahead == 0 ? stream.current() : stream.peek(ahead);
    const bool is_part = token.kind == TokenKind::kNumber || (token.kind == TokenKind::kSymbol && token.text == ",");
    if (!is_part || token.position != end) break;
    written += token.text;
    end += token.text.size();
  }
  while (written.back() == ',') written.pop_back();
  return written;
}

// Whether these are digits with `separator` between each three of them.
bool has_groups(std::string_view digits, char separator) {
  const size_t first = std::min(digits.find(separator), digits.size());
  if (first == 0 || first > 3 || first == digits.size()) return false;
  for (size_t i = 0; i < digits.size(); ++i) {
    const bool is_separator = i >= first && (i - first) % 4 == 0;
    if (is_separator ? digits[i] != separator : !is_digit(digits[i])) return false;
  }
  return (digits.size() - first) % 4 == 0;
}

std::string without(std::string_view digits, char separator) {
  std::string rest(digits);
  std::erase(rest, separator);
  return rest;
}

// A number as it has to be written; empty if it cannot be told which one is meant.
std::string grouped(std::string_view whole, std::string_view fraction) {
  return has_groups(whole, ',') ? without(whole, ',') + std::string(fraction) : std::string();
}

// The comma is the decimal one; points may separate thousands.
std::string with_decimal_comma(std::string_view whole, std::string_view fraction) {
  const bool points = has_groups(whole, '.');
  if (!std::ranges::all_of(fraction, is_digit) || (!points && !std::ranges::all_of(whole, is_digit))) return {};
  return (points ? without(whole, '.') : std::string(whole)) + "." + std::string(fraction);
}

}  // namespace

void check_separators(const TokenStream& stream, std::string_view number, bool is_count) {
  if (!stream.at_symbol(",") || !stream.adjacent()) return;
  const Token next = stream.peek();
  if (next.kind != TokenKind::kNumber || next.position != stream.position() + 1) return;
  const std::string written = written_on(stream, number);
  const std::string sign = written[0] == '-' || written[0] == '+' ? written.substr(0, 1) : "";
  const std::string_view digits = std::string_view(written).substr(sign.size());
  const size_t point = std::min(digits.rfind('.'), digits.size());
  const size_t comma = digits.find(',');
  const bool one_comma = digits.find(',', comma + 1) == std::string_view::npos;
  const bool comma_is_last = point == digits.size() || point < comma;
  const std::string in_groups = comma_is_last ? grouped(digits, "") : grouped(digits.substr(0, point), digits.substr(point));
  const std::string decimal =
      one_comma && comma_is_last ? with_decimal_comma(digits.substr(0, comma), digits.substr(comma + 1)) : "";
  if (is_count && in_groups.empty()) return;
  std::string hint = "Write a number such as 1234.5.";
  if (!in_groups.empty()) {
    hint = "Write " + sign + excerpt(in_groups);
    hint += decimal.empty() || is_count ? "." : ", or " + sign + excerpt(decimal) + " if the comma is the decimal one.";
  } else if (!decimal.empty()) {
    hint = "Write " + sign + excerpt(decimal) + ".";
  }
  stream.fail_because(
      is_count ? "Numbers have no separators of thousands." : "Numbers have a decimal point, and no separators of thousands.",
      std::move(hint));
}

}  // namespace segments
