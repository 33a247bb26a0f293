#include "core/language/idiom.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <vector>

#include "core/error.h"
#include "core/language/idiom_list.h"
#include "core/text/characters.h"
#include "core/text/keywords.h"
#include "core/text/lexer.h"
#include "core/text/token_stream.h"

namespace segments {
namespace {

constexpr size_t kMostBefore = 12;  // tokens before and after the place of the error: no idiom is longer
constexpr size_t kMostAfter = 16;

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view known) { return equals_ignoring_case(word, known); });
}

bool is_number(const Token& token) { return token.kind == TokenKind::kNumber; }

bool is_unit(const Token& token) { return token.kind == TokenKind::kWord && unit_of_word(token.text).has_value(); }

std::string_view without_s(std::string_view word) {
  return word.ends_with('s') || word.ends_with('S') ? word.substr(0, word.size() - 1) : word;
}

bool is_weekday(const Token& token) {
  static constexpr std::string_view kWeekdays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  return token.kind == TokenKind::kWord && is_one_of(without_s(token.text), kWeekdays);
}

bool is_month(const Token& token) {
  static constexpr std::string_view kMonths[] = {
      "january",  "february", "march", "april", "may", "june", "july",   "august", "september", "october", "november",
      "december", "jan",      "feb",   "mar",   "apr", "jun",  "jul",    "aug",    "sep",       "sept",    "oct",
      "nov",      "dec",      "q1",    "q2",    "q3",  "q4",   "spring", "summer", "autumn",    "fall",    "winter"};
  return token.kind == TokenKind::kWord && is_one_of(token.text, kMonths);
}

bool is_now(const Token& token) {
  static constexpr std::string_view kNow[] = {"now",     "current_timestamp", "localtimestamp",
                                              "sysdate", "getdate",           "clock_timestamp"};
  return token.kind == TokenKind::kWord && is_one_of(token.text, kNow);
}

bool is_today(const Token& token) {
  static constexpr std::string_view kToday[] = {"current_date", "today", "curdate"};
  return token.kind == TokenKind::kWord && is_one_of(token.text, kToday);
}

bool is_year(const Token& token) {
  return is_number(token) && token.text.size() == 4 && (token.text.starts_with("19") || token.text.starts_with("20")) &&
         token.text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string content_of(const Token& token) {
  const bool quoted = token.kind == TokenKind::kText || token.kind == TokenKind::kQuotedName;
  return quoted ? unquote(token.text) : std::string(token.text);
}

bool is_text(const Token& token) { return token.kind == TokenKind::kText; }

// '2026-03-01', with a time behind it or not.
bool is_day(const Token& token) {
  const std::string text = content_of(token);
  return is_text(token) && text.size() >= 10 && text[4] == '-' && text[7] == '-' && text.starts_with("2");
}

// '3 days'
bool is_span(const Token& token) {
  const std::string text = content_of(token);
  const size_t blank = text.find(' ');
  return is_text(token) && blank != std::string::npos && blank > 0 && text.find_first_not_of("0123456789") == blank &&
         unit_of_word(text.substr(blank + 1)).has_value();
}

// What % stands for at the ends of a pattern of LIKE: of nothing else it is made of.
bool is_like_pattern(const Token& token, bool at_start, bool at_end) {
  const std::string text = content_of(token);
  if (!is_text(token) || text.size() < 1U + at_start + at_end) return false;
  const std::string_view inside = std::string_view(text).substr(at_start, text.size() - at_start - at_end);
  return (!at_start || text.front() == '%') && (!at_end || text.back() == '%') &&
         inside.find_first_of("%_\\") == std::string_view::npos;
}

// A name that begins no clause.
bool is_type(const Token& token) {
  static constexpr std::string_view kClauses[] = {"today", "yesterday", "last", "past", "during", "less", "fewer", "ever"};
  return TokenStream::is_name(token) && !is_unit(token) && !is_one_of(token.text, kClauses);
}

struct Kind {
  std::string_view name;
  bool (*fits)(const Token& token);
};

constexpr Kind kKinds[] = {
    {"NUMBER", is_number},
    {"TEXT", is_text},
    {"NAME", TokenStream::is_name},
    {"TYPE", is_type},
    {"VALUE", [](const Token& token) { return is_text(token) || is_number(token); }},
    {"UNIT", is_unit},
    {"COMPARISON",
     [](const Token& token) { return token.kind == TokenKind::kSymbol && token.text.find_first_of("=<>") != std::string::npos; }},
    {"END", [](const Token& token) { return token.kind == TokenKind::kEnd; }},
    {"WEEKDAY", is_weekday},
    {"MONTH", is_month},
    {"YEAR", is_year},
    {"NOW", is_now},
    {"TODAY", is_today},
    {"DAY", is_day},                                                                    // a text that begins with one
    {"SPAN", is_span},                                                                  // a text
    {"%TEXT%", [](const Token& token) { return is_like_pattern(token, true, true); }},  // patterns of LIKE
    {"TEXT%", [](const Token& token) { return is_like_pattern(token, false, true); }},
    {"%TEXT", [](const Token& token) { return is_like_pattern(token, true, false); }},
    {"TEXTONLY", [](const Token& token) { return is_like_pattern(token, false, false); }},
};

// Takes the next of what `separator` separates; a separator that stands alone is taken as it is.
std::string_view take_part(std::string_view& rest, char separator) {
  const size_t end = std::min(rest.find(separator, 1), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

bool fits_one(const Token& token, std::string_view element) {
  const bool capital = element.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string_view::npos;
  if (!capital) {
    return token.kind == TokenKind::kWord ? equals_ignoring_case(token.text, element)
                                          : token.kind != TokenKind::kEnd && token.text == element;
  }
  const auto* kind = std::ranges::find(kKinds, element, &Kind::name);
  return kind != std::end(kKinds) && kind->fits(token);
}

bool fits(const Token& token, std::string_view element) {
  while (!element.empty()) {
    if (fits_one(token, take_part(element, '|'))) return true;
  }
  return false;
}

// The tokens around a place of a text.
struct Tokens {
  std::vector<Token> tokens;
  size_t failed = 0;  // the one at the place

  // Whether a condition may begin at `index`.
  bool condition_begins(size_t index) const {
    if (index == 0) return true;
    const Token& before = tokens[index - 1];
    for (const std::string_view word : {"and", "or", "not", "(", "except", "union", "intersect", "where"}) {
      if (fits_one(before, word)) return true;
    }
    return false;
  }
};

std::optional<Tokens> tokens_around(std::string_view text, uint32_t position, Interrupt& interrupt) {
  std::deque<Token> before;
  Tokens around;
  try {
    Lexer lexer(text, interrupt);
    Token token = lexer.next();
    for (; token.position < position && token.kind != TokenKind::kEnd; token = lexer.next()) {
      before.push_back(token);
      if (before.size() > kMostBefore) before.pop_front();
    }
    if (token.position != position) return std::nullopt;
    around.tokens.assign(before.begin(), before.end());
    around.failed = around.tokens.size();
    for (size_t i = 0; i <= kMostAfter; ++i) {
      around.tokens.push_back(token);
      if (token.kind == TokenKind::kEnd) break;
      token = lexer.next();
    }
  } catch (const Error&) {
    // Of what follows, only what can be read counts.
  }
  if (around.tokens.size() <= around.failed) return std::nullopt;
  return around;
}

// The tokens of the elements (kEnd with an empty text where an element is missing), and how many tokens there are.
struct Match {
  std::vector<Token> elements;
  size_t length = 0;
};

std::optional<Match> match_at(std::string_view pattern, const Tokens& around, size_t start) {
  Match match;
  while (!pattern.empty()) {
    std::string_view element = take_part(pattern, ' ');
    const size_t at = start + match.length;
    if (element == "^") {
      if (!around.condition_begins(at)) return std::nullopt;
      continue;
    }
    const bool optional = element.size() > 2 && element.front() == '[' && element.back() == ']';
    if (optional) element = element.substr(1, element.size() - 2);
    const bool found = at < around.tokens.size() && fits(around.tokens[at], element);
    if (!found && !optional) return std::nullopt;
    match.elements.push_back(found ? around.tokens[at] : Token{});
    match.length += found;
  }
  return match;
}

std::string next_number(std::string_view digits, int64_t step) {
  int64_t number = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (status != std::errc() || number > INT64_MAX - 1) return std::string(digits);
  return std::to_string(std::max<int64_t>(number + step, 0));
}

std::string written_as(const Token& token, char how) {
  std::string content = content_of(token);
  switch (how) {
    case '\'':
      return in_quotes(content, '\'');
    case '"':
      return in_quotes(content, '"');
    case '.':
      return content;
    case '%':
      std::erase(content, '%');
      return in_quotes(content, '\'');
    case '+':
      return next_number(token.text, 1);
    case '-':
      return next_number(token.text, -1);
    case '~':
      return std::string(token.text.starts_with('-') ? token.text.substr(1) : token.text);
    case 's':
      return std::string(without_s(token.text));
    default:
      return std::string(token.text);
  }
}

// `text` with the tokens in the place of $n.  Where a token is missing, so is the blank behind it.
std::string filled_in(std::string_view text, const Match& match) {
  std::string result;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$') {
      result += text[at];
      continue;
    }
    const char how = text[at + 1] >= '1' && text[at + 1] <= '9' ? '\0' : text[at + 1];
    at += how == '\0' ? 1 : 2;
    const Token& token = match.elements.at(static_cast<size_t>(text[at] - '1'));
    result += excerpt(written_as(token, how));
    if (token.text.empty() && at + 1 < text.size() && text[at + 1] == ' ') ++at;
  }
  return result;
}

IdiomMatch described(const Idiom& idiom, const Match& match) {
  IdiomMatch result;
  result.idiom = &idiom;
  std::string_view rest = idiom.hint;
  while (!rest.empty()) {
    const size_t open = std::min(rest.find('{'), rest.size());
    result.hint += filled_in(rest.substr(0, open), match);
    if (open == rest.size()) break;
    const size_t close = rest.find('}', open);
    std::string piece = filled_in(rest.substr(open + 1, close - open - 1), match);
    if (piece.ends_with(' ')) piece.pop_back();
    if (result.replacement.empty()) result.replacement = piece;
    result.hint += piece.find('"') == std::string::npos ? '"' + piece + '"' : piece;
    rest.remove_prefix(close + 1);
  }
  return result;
}

// Whether the matched tokens, with a blank between them, are `text`.
bool is_written(const Tokens& around, size_t start, size_t length, std::string_view text) {
  std::string written;
  for (size_t i = start; i < start + length; ++i) written += (i == start ? "" : " ") + std::string(around.tokens[i].text);
  return written == text;
}

std::string_view hint_of_word(std::string_view word, std::span<const Idiom> words) {
  const Token token{TokenKind::kWord, word, 0};
  const auto found = std::ranges::find_if(words, [&](const Idiom& idiom) { return fits(token, idiom.pattern); });
  return found == words.end() ? std::string_view() : found->hint;
}

}  // namespace

std::string_view hint_of_type_word(std::string_view word) { return hint_of_word(word, kTypeWords); }

std::string_view hint_of_field_word(std::string_view word) { return hint_of_word(word, kFieldWords); }

std::span<const Idiom> idioms() { return kIdioms; }

std::optional<IdiomMatch> find_idiom(std::string_view text, uint32_t position, bool has_hint, Interrupt& interrupt) {
  const std::optional<Tokens> around = tokens_around(text, position, interrupt);
  if (!around) return std::nullopt;
  for (const Idiom& idiom : kIdioms) {
    if (idiom.weak && has_hint) continue;
    for (size_t start = 0; start <= around->failed; ++start) {
      const std::optional<Match> match = match_at(idiom.pattern, *around, start);
      if (!match || start + match->length <= around->failed) continue;
      IdiomMatch result = described(idiom, *match);
      result.start = around->tokens[start].position;
      const Token& last = around->tokens[start + match->length - 1];
      result.end = last.position + last.text.size();
      if (!is_written(*around, start, match->length, result.replacement)) return result;
    }
  }
  return std::nullopt;
}

}  // namespace segments
