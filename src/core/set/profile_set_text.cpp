#include "core/set/profile_set_text.h"

#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "core/error.h"

namespace segments {
namespace {

constexpr size_t kBatch = size_t{1} << 16;
constexpr size_t kUnpolled = 1024;

// Characters, not bytes, of UTF-8: what an editor counts.
size_t character_of(std::string_view text, size_t byte) {
  size_t characters = 1;
  for (size_t i = 0; i < byte; ++i) characters += (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
  return characters;
}

class TextReader {
 public:
  TextReader(std::string_view text, Interrupt& interrupt) : text_(text), interrupt_(interrupt) {}

  StampedSet read() {
    skip_space();
    expect('{');
    skip_space();
    if (!accept('}')) {
      do {
        read_item();
      } while (accept(','));
      expect('}');
    }
    skip_space();
    const Origin origin = accept('@') ? read_origin() : Origin::kNone;
    skip_space();
    if (at_ < text_.size()) fail("the end of the text");
    flush();
    return {std::move(set_), origin};
  }

 private:
  static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  bool accept(char wanted) {
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail(std::string("\"") + wanted + '"');
  }

  void read_item() {
    skip_space();
    const size_t begin = at_;
    const Ordinal first = read_ordinal();
    skip_space();
    if (!accept('-')) {
      pending_.push_back(first);
      if (pending_.size() == kBatch) flush();
      return;
    }
    skip_space();
    const Ordinal last = read_ordinal();
    skip_space();
    if (last < first) {
      throw Error(ErrorCode::kInvalidLiteral, "invalid profile set",
                  "The range at character " + std::to_string(character_of(text_, begin)) + " ends before it begins.",
                  "Write the smaller ordinal first, as in {5-9}.");
    }
    set_.insert_range(first, uint64_t{last} + 1);
    // What a range takes grows with its blocks.
    unpolled_ += 1 + (block_of(last) - block_of(first));
    if (unpolled_ < kUnpolled) return;
    interrupt_.poll();
    unpolled_ = 0;
  }

  Origin read_origin() {
    const std::optional<Origin> origin = parse_origin(text_.substr(at_, 16));
    if (!origin) fail("the 16 hexadecimal digits of an origin");
    at_ += 16;
    return *origin;
  }

  Ordinal read_ordinal() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    if (at_ == begin) fail("an ordinal");
    Ordinal ordinal = 0;
    const auto result = std::from_chars(text_.data() + begin, text_.data() + at_, ordinal);
    if (result.ec != std::errc()) {
      throw Error(ErrorCode::kOutOfRange, "ordinal out of range",
                  "The number at character " + std::to_string(character_of(text_, begin)) + " is no ordinal.",
                  "Ordinals are whole numbers from 0 to 4294967295.");
    }
    return ordinal;
  }

  void flush() {
    interrupt_.poll();
    if (!pending_.empty()) set_ |= ProfileSet::from_ordinals(pending_);
    pending_.clear();
  }

  [[noreturn]] void fail(const std::string& expected) const {
    std::string detail = "Expected " + expected + " at ";
    detail += at_ == text_.size() ? "the end" : "character " + std::to_string(character_of(text_, at_));
    throw Error(ErrorCode::kInvalidLiteral, "invalid profile set", detail + ".",
                "Write ordinals and ranges of ordinals in braces, such as {1,2,5-9}.");
  }

  std::string_view text_;
  Interrupt& interrupt_;
  size_t at_ = 0;
  size_t unpolled_ = 0;
  std::vector<Ordinal> pending_;
  ProfileSet set_;
};

void append_digits(std::string& text, Ordinal ordinal) {
  std::array<char, 10> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), ordinal);
  text.append(digits.data(), result.ptr);
}

}  // namespace

StampedSet parse_profile_set(std::string_view text, Interrupt& interrupt) { return TextReader(text, interrupt).read(); }

std::string print_profile_set(const StampedSet& stamped, size_t max_bytes, Interrupt& interrupt) {
  std::string text = "{";
  size_t runs = 0;
  stamped.set.for_each_run([&](Ordinal first, Ordinal last) {
    if (++runs % kBatch == 0) interrupt.poll();
    if (text.size() > 1) text += ',';
    append_digits(text, first);
    if (last != first) {
      text += last - first > 1 ? '-' : ',';
      append_digits(text, last);
    }
    return text.size() < max_bytes;
  });
  if (text.size() >= max_bytes) {
    throw Error(ErrorCode::kLimitExceeded, "profile set is too large for text",
                "Its text takes more than " + std::to_string(max_bytes) + " bytes.",
                "Cast it to bytea, or use the binary format.");
  }
  text += '}';
  if (stamped.origin == Origin::kNone || stamped.set.empty()) return text;
  return text += '@' + print_origin(stamped.origin);
}

}  // namespace segments
