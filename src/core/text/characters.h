// Characters of Unicode, as far as texts that people type or paste need to know them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace segments {

struct Character {
  uint32_t code = 0;
  size_t length = 0;  // in bytes; 0: not valid UTF-8
};

// Of ASCII.
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Without the blanks of ASCII at its ends.
std::string_view without_blanks(std::string_view text);

// The character at the start of `text`, which is not empty.
Character decode_character(std::string_view text);

// The length of the character (of valid UTF-8) at the start of `text` if a name may hold it after its first character
// (starting = false) or begin with it (starting = true); else 0.
size_t name_character_length(std::string_view text, bool starting);

// The length of the blank (of valid UTF-8) at the start of `text`; else 0.  No-break and other spaces of Unicode are blanks, and
// so are a byte order mark and a space of no width.
size_t blank_length(std::string_view text);

// Quotes of word processors and keyboards other than ' and ".
bool is_foreign_quote(uint32_t code);

// What a character that starts nothing was probably meant to be ("<=" for ≤); empty if nothing is known.
std::string_view meaning_of(std::string_view character);

// The beginning of a text for an error, at most so many bytes, cut between characters.
std::string excerpt(std::string_view text, size_t bytes = 64);

}  // namespace segments
