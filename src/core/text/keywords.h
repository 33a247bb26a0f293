// The words of the language, for its lexer, parser and printer.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/text/literal.h"
#include "core/time.h"

namespace segments {

// ASCII case only, as that of keywords.
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool begins_ignoring_case(std::string_view text, std::string_view beginning);
bool contains_ignoring_case(std::string_view text, std::string_view searched);

// A word that is never a name unless it stands in double quotes.
bool is_reserved_word(std::string_view word);

// Whether `text` (valid UTF-8) reads as one word, which may be a keyword.
bool is_word(std::string_view text);
// Whether it reads as a name without quotes.
bool is_plain_name(std::string_view text);

// "day" for TimeUnit::kDay.
std::string_view unit_word(TimeUnit unit);
// Singular or plural, in any case.
std::optional<TimeUnit> unit_of_word(std::string_view word);

// In order, from 1 on.
inline constexpr std::array<std::string_view, 5> kOrdinalWords = {"first", "second", "third", "fourth", "fifth"};

// "date", "timestamp" or "timestamptz"; empty for kNone.
std::string_view type_word(LiteralType type);
// In any case; kNone for every other word.
LiteralType type_of_word(std::string_view word);

// The keyword that `word` is most probably a misspelling of; empty if none is near.
std::string_view nearest_keyword(std::string_view word, std::span<const std::string_view> keywords);

}  // namespace segments
