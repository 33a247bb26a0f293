#include "core/text/characters.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace segments {
namespace {

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
uint8_t byte_at(std::string_view text, size_t at) { return static_cast<uint8_t>(text[at]); }

bool is_foreign_blank(uint32_t code) {
  return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200B) || code == 0x2028 ||
         code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x2060 || code == 0x3000 || code == 0xFEFF;
}

bool is_wide_sign(uint32_t code) {
  return (code >= 0xFF00 && code <= 0xFF0F) || (code >= 0xFF1A && code <= 0xFF20) || (code >= 0xFF3B && code <= 0xFF40) ||
         (code >= 0xFF5B && code <= 0xFF65);
}

// Everything beyond ASCII but blanks, controls, punctuation and signs, as far as blocks of Unicode tell.
bool is_foreign_letter(uint32_t code) {
  if (code < 0xC0) return code == 0xAA || code == 0xB5 || code == 0xBA;
  if (code == 0xD7 || code == 0xF7 || is_foreign_blank(code)) return false;
  return !(code >= 0x2000 && code <= 0x206F) && !(code >= 0x2190 && code <= 0x2BFF) && !(code >= 0x3000 && code <= 0x3004) &&
         !(code >= 0x3008 && code <= 0x3020) && !is_wide_sign(code) && code < 0xF0000;
}

constexpr std::pair<std::string_view, std::string_view> kMeanings[] = {
    {"≤", "<="}, {"≥", ">="},  {"≠", "<>"}, {"&", "and"}, {"|", "or"}, {"!", "not"}, {"−", "-"},  {"–", "-"},
    {"—", "-"},  {"＝", "="},  {"＜", "<"}, {"＞", ">"},  {"（", "("}, {"）", ")"},  {"，", ","}, {"、", ","},
    {"：", ":"}, {"∧", "and"}, {"∨", "or"}, {"¬", "not"}, {"∈", "in"}, {"[", "("},   {"]", ")"},
};

}  // namespace

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Character decode_character(std::string_view text) {
  const uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  uint32_t code = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte_at(text, i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {};
  return {code, length};
}

size_t name_character_length(std::string_view text, bool starting) {
  if (text.empty()) return 0;
  if (byte_at(text, 0) < 0x80) {
    return is_ascii_letter(text[0]) || (!starting && (is_digit(text[0]) || text[0] == '$')) ? 1 : 0;
  }
  const Character character = decode_character(text);
  return character.length != 0 && is_foreign_letter(character.code) ? character.length : 0;
}

size_t blank_length(std::string_view text) {
  if (text.empty()) return 0;
  if (byte_at(text, 0) < 0x80) return text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r') ? 1 : 0;
  const Character character = decode_character(text);
  return is_foreign_blank(character.code) ? character.length : 0;
}

bool is_foreign_quote(uint32_t code) {
  return (code >= 0x2018 && code <= 0x201F) || code == 0x2032 || code == 0x2033 || code == 0xAB || code == 0xBB ||
         code == 0x2039 || code == 0x203A || code == 0xB4 || code == '`' || code == 0xFF02 || code == 0xFF07 ||
         (code >= 0x300C && code <= 0x300F);
}

std::string_view meaning_of(std::string_view character) {
  const auto* found = std::ranges::find(kMeanings, character, &std::pair<std::string_view, std::string_view>::first);
  return found == std::end(kMeanings) ? std::string_view() : found->second;
}

std::string excerpt(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  size_t length = bytes;
  while ((byte_at(text, length) & 0xC0) == 0x80) --length;
  return std::string(text.substr(0, length)) + "…";
}

}  // namespace segments
