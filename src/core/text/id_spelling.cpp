#include "core/text/id_spelling.h"

#include <algorithm>

#include "core/text/characters.h"

namespace segments {
namespace {

constexpr size_t kUuidDigits = 32;

bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

size_t blanks_before(std::string_view text) {
  size_t length = 0;
  while (const size_t blank = blank_length(text.substr(length))) length += blank;
  return length;
}

size_t blanks_behind(std::string_view text) {
  size_t length = 0;
  size_t end = text.size();
  while (end > 0) {
    size_t start = end - 1;
    while (start > 0 && (static_cast<uint8_t>(text[start]) & 0xC0) == 0x80) --start;
    if (blank_length(text.substr(start, end - start)) != end - start) break;
    length += end - start;
    end = start;
  }
  return length;
}

// An id, taken apart.
struct Spelling {
  explicit Spelling(std::string_view id) {
    before = id.substr(0, blanks_before(id));
    text = id.substr(before.size());
    behind = text.substr(text.size() - blanks_behind(text));
    text.remove_suffix(behind.size());
    read_uuid();
    const bool is_number = !is_uuid && !text.empty() && std::ranges::all_of(text, is_digit);
    if (is_number) zeros = std::min(text.find_first_not_of('0'), text.size() - 1);
  }

  std::string bare() const { return is_uuid ? digits : std::string(text.substr(zeros)); }

  std::string_view before;
  std::string_view behind;
  std::string_view text;  // without blanks; of a UUID without braces, too
  bool is_uuid = false;
  bool has_braces = false;
  std::string digits;  // of a UUID
  size_t zeros = 0;    // at the start of a number

 private:
  void read_uuid() {
    const bool braced = text.size() > 1 && text.front() == '{' && text.back() == '}';
    const std::string_view inner = braced ? text.substr(1, text.size() - 2) : text;
    if (inner.size() > 2 * kUuidDigits) return;
    for (const char c : inner) {
      if (c != '-') digits += c;
    }
    is_uuid = digits.size() == kUuidDigits && std::ranges::all_of(digits, is_hex_digit);
    if (!is_uuid) return;
    has_braces = braced;
    text = inner;
  }
};

// Where a UUID has its hyphens.
std::vector<size_t> hyphens(const Spelling& id) {
  std::vector<size_t> places;
  for (size_t i = 0; i < id.text.size(); ++i) {
    if (id.text[i] == '-') places.push_back(i);
  }
  return places;
}

}  // namespace

std::string bare_id(std::string_view id) { return Spelling(id).bare(); }

std::vector<std::string_view> spelling_differences(std::string_view a, std::string_view b) {
  const Spelling one(a);
  const Spelling other(b);
  std::vector<std::string_view> differences;
  const auto add_if = [&](bool differs, std::string_view name) {
    if (differs) differences.push_back(name);
  };
  add_if(one.before != other.before || one.behind != other.behind, "blanks");
  add_if(one.has_braces != other.has_braces, "braces");
  add_if(one.is_uuid && other.is_uuid && hyphens(one) != hyphens(other), "hyphens");
  add_if(one.zeros != other.zeros, "leading zeros");
  add_if(one.bare() != other.bare(), "case");
  return differences;
}

}  // namespace segments
