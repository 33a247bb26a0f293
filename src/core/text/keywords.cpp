#include "core/text/keywords.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/text/characters.h"

namespace segments {
namespace {

constexpr std::string_view kReservedWords[] = {
    "all",     "and",     "at",    "before", "begins", "between", "but",    "contains",  "does", "ends",
    "except",  "exactly", "false", "for",    "from",   "having",  "in",     "intersect", "is",   "latest",
    "matches", "more",    "never", "not",    "null",   "on",      "or",     "previous",  "same", "since",
    "then",    "this",    "true",  "union",  "via",    "where",   "within", "without"};

constexpr std::array<std::string_view, 8> kUnits = {"second", "minute", "hour", "day", "week", "month", "quarter", "year"};

constexpr std::array<std::string_view, 4> kTypes = {"", "date", "timestamp", "timestamptz"};

constexpr size_t kLongestMisspelling = 32;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours count one each.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_previous(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = previous[j - 1] + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, substituted});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        current[j] = std::min(current[j], before_previous[j - 2] + 1);
      }
    }
    std::swap(before_previous, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

bool is_same_letter(char a, char b) { return lower(a) == lower(b); }

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), is_same_letter);
}

bool begins_ignoring_case(std::string_view text, std::string_view beginning) {
  return equals_ignoring_case(text.substr(0, beginning.size()), beginning);
}

bool contains_ignoring_case(std::string_view text, std::string_view searched) {
  return std::search(text.begin(), text.end(), searched.begin(), searched.end(), is_same_letter) != text.end();
}

bool is_reserved_word(std::string_view word) {
  return std::any_of(std::begin(kReservedWords), std::end(kReservedWords),
                     [&](std::string_view reserved) { return equals_ignoring_case(word, reserved); });
}

bool is_word(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = name_character_length(text.substr(at), at == 0);
    if (length == 0) return false;
    at += length;
  }
  return !text.empty();
}

bool is_plain_name(std::string_view text) { return is_word(text) && !is_reserved_word(text); }

std::string_view unit_word(TimeUnit unit) { return kUnits[static_cast<size_t>(unit)]; }

std::optional<TimeUnit> unit_of_word(std::string_view word) {
  for (size_t i = 0; i < kUnits.size(); ++i) {
    const bool plural = word.size() == kUnits[i].size() + 1 && lower(word.back()) == 's';
    const std::string_view singular = plural ? word.substr(0, kUnits[i].size()) : word;
    if (equals_ignoring_case(singular, kUnits[i])) return static_cast<TimeUnit>(i);
  }
  return std::nullopt;
}

std::string_view type_word(LiteralType type) { return kTypes[static_cast<size_t>(type)]; }

LiteralType type_of_word(std::string_view word) {
  for (size_t i = 1; i < kTypes.size(); ++i) {
    if (equals_ignoring_case(word, kTypes[i])) return static_cast<LiteralType>(i);
  }
  return LiteralType::kNone;
}

// A third of the letters may be wrong: closer matches of short words are chance.
std::string_view nearest_keyword(std::string_view word, std::span<const std::string_view> keywords) {
  std::string_view nearest;
  if (word.size() > kLongestMisspelling) return nearest;
  size_t smallest = SIZE_MAX;
  for (const std::string_view keyword : keywords) {
    const size_t distance = edit_distance(word, keyword);
    if (3 * distance <= std::max(word.size(), keyword.size()) && distance < smallest) {
      smallest = distance;
      nearest = keyword;
    }
  }
  return nearest;
}

}  // namespace segments
