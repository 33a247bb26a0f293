#include <string>

#include "core/language/clauses.h"
#include "core/text/characters.h"
#include "core/text/keywords.h"

namespace segments {
namespace {

const std::vector<std::string_view> kUnitWords = {"seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years"};

bool at_last(const TokenStream& stream) { return stream.at_word("last") || stream.at_word("past"); }

[[noreturn]] void fail_without_last(const TokenStream& stream) {
  if (stream.current().kind == TokenKind::kNumber) {
    stream.fail_because("Expected \"last\".", "Write \"within last " + excerpt(stream.current().text) + " …\".");
  }
  stream.fail_expecting({"last"});
}

TimeUnit take_unit(TokenStream& stream) {
  const std::optional<TimeUnit> unit = accept_unit(stream);
  if (!unit.has_value()) stream.fail_expecting(kUnitWords);
  return *unit;
}

int64_t take_positive(TokenStream& stream, const std::string& after) {
  const uint32_t position = stream.position();
  const int64_t count = stream.take_count(kMaxWindowCount);
  if (count > 0) return count;
  throw Error(ErrorCode::kOutOfRange, "\"" + after + " 0\" is an empty window", "", "Use a number from 1 on.", position);
}

// within last n unit; within last unit is within last 1 unit.  Also: in the last, within the past, last n unit …
Window parse_within_last(TokenStream& stream, Window window) {
  const bool within = stream.accept_word("within");
  if (!within && !stream.accept_word("in")) stream.accept_word("during");
  const bool the = stream.accept_word("the");
  if (!at_last(stream)) fail_without_last(stream);
  const Token last = stream.take();
  if (const std::optional<TimeUnit> unit = accept_unit(stream)) {
    if (!within && !the) {
      const std::string word(unit_word(*unit));
      throw Error(ErrorCode::kSyntax, "\"" + std::string(last.text) + " " + word + "\" can mean two things",
                  "It can be the calendar's, or the time until now.",
                  "Write \"within last " + word + "\" for the time until now, \"previous " + word + "\" for the calendar's.",
                  last.position);
    }
    window.count = 1;
    window.unit = *unit;
    return window;
  }
  if (stream.current().kind != TokenKind::kNumber) stream.fail_expecting(kUnitWords, {"a whole number"});
  window.count = take_positive(stream, "within last");
  window.unit = take_unit(stream);
  return window;
}

[[noreturn]] void fail_without_calendar(std::string_view word, TimeUnit unit, uint32_t position) {
  const std::string units = std::string(unit_word(unit)) + "s";
  throw Error(ErrorCode::kSyntax, "\"" + std::string(word) + " " + std::string(unit_word(unit)) + "\" is no window",
              "The calendar's units are hours and longer ones.", "Write \"within last 1 " + std::string(unit_word(unit)) + "\".",
              position);
}

// this unit, previous [n] unit; of fields also next [n] unit
Window parse_calendar(TokenStream& stream, Window window) {
  const std::string word(stream.at_word("this") ? "this" : stream.at_word("next") ? "next" : "previous");
  window.kind = word == "this" ? WindowKind::kThis : word == "next" ? WindowKind::kNext : WindowKind::kPrevious;
  stream.take();
  if (window.kind != WindowKind::kThis) {
    window.count = 1;
    if (stream.current().kind == TokenKind::kNumber) window.count = take_positive(stream, word);
  } else if (stream.current().kind == TokenKind::kNumber) {
    const std::string number = excerpt(stream.current().text);
    stream.fail_because(
        "\"this\" is one unit of the calendar, so far.",
        "Write \"previous " + number + " …\" for whole ones, \"within last " + number + " …\" for the time until now.");
  }
  const uint32_t position = stream.position();
  const std::optional<TimeUnit> unit = accept_unit(stream);
  if (!unit.has_value()) stream.fail_expecting(kCalendarWords);
  if (*unit < TimeUnit::kHour) fail_without_calendar(word, *unit, position);
  window.unit = *unit;
  return window;
}

// within next n unit; within next unit is within next 1 unit
Window parse_within_next(TokenStream& stream, Window window) {
  stream.take();
  stream.accept_word("the");
  stream.expect_word("next");
  window.kind = WindowKind::kWithinNext;
  window.count = 1;
  if (stream.current().kind == TokenKind::kNumber) window.count = take_positive(stream, "within next");
  window.unit = take_unit(stream);
  return window;
}

// Whether "next" stands after "within", "within the" or "in the".
bool at_within_next(const TokenStream& stream) {
  if (!stream.at_word("within") && !stream.at_word("in")) return false;
  const Token first = stream.peek();
  return TokenStream::is_word(first, "next") ||
         (TokenStream::is_word(first, "the") && TokenStream::is_word(stream.peek(2), "next"));
}

// between n [unit] and m unit ago, as against a between of values.
bool at_between_ago(const TokenStream& stream) {
  if (!stream.at_word("between") || stream.peek().kind != TokenKind::kNumber) return false;
  const auto is_unit = [](const Token& token) { return token.kind == TokenKind::kWord && unit_of_word(token.text).has_value(); };
  if (is_unit(stream.peek(2))) return true;
  return stream.peek(3).kind == TokenKind::kNumber && is_unit(stream.peek(4)) && TokenStream::is_word(stream.peek(5), "ago");
}

}  // namespace

const std::vector<std::string_view> kCalendarWords = {"hour", "day", "week", "month", "quarter", "year"};

std::optional<TimeUnit> accept_unit(TokenStream& stream) {
  if (stream.current().kind != TokenKind::kWord) return std::nullopt;
  const std::optional<TimeUnit> unit = unit_of_word(stream.current().text);
  if (unit.has_value()) stream.take();
  return unit;
}

bool at_field_times(const TokenStream& stream) {
  for (const std::string_view word : {"last", "past", "during", "this", "previous", "next", "on", "more"}) {
    if (stream.at_word(word)) return true;
  }
  if (at_within_next(stream) || at_between_ago(stream)) return true;
  const Token next = stream.peek();
  if (stream.at_word("within")) return next.kind != TokenKind::kNumber;
  return at_window(stream) && stream.at_word("in");
}

Window parse_field_times(TokenStream& stream) {
  Window window;
  window.position = stream.position();
  if (at_within_next(stream)) return parse_within_next(stream, window);
  if (stream.at_word("next")) return parse_calendar(stream, window);
  if (stream.at_word("between")) return *parse_between(stream).window;
  if (!stream.at_word("more")) return parse_window(stream);
  stream.take();
  stream.expect_word("than");
  window.kind = WindowKind::kMoreThanAgo;
  window.count = stream.take_count(kMaxWindowCount);
  window.unit = take_unit(stream);
  stream.expect_word("ago");
  return window;
}

Window parse_field_span(TokenStream& stream) {
  Window window;
  window.position = stream.position();
  stream.expect_word("within");
  window.count = stream.take_count(kMaxWindowCount);
  window.unit = take_unit(stream);
  return window;
}

bool at_window(const TokenStream& stream) {
  if (at_periods(stream)) return false;
  for (const std::string_view word :
       {"within", "from", "since", "before", "last", "past", "during", "this", "previous", "on", "today", "yesterday"}) {
    if (stream.at_word(word)) return true;
  }
  if (!stream.at_word("in")) return false;
  const Token next = stream.peek();
  return TokenStream::is_word(next, "the") || TokenStream::is_word(next, "last") || TokenStream::is_word(next, "past");
}

Window parse_window(TokenStream& stream) {
  Window window;
  window.position = stream.position();
  if (stream.accept_word("since")) {
    window.kind = WindowKind::kSince;
    window.start = stream.take_time();
  } else if (stream.accept_word("before")) {
    window.kind = WindowKind::kBefore;
    window.end = stream.take_time();
  } else if (stream.accept_word("from")) {
    window.kind = WindowKind::kFromTo;
    window.start = stream.take_time();
    stream.expect_word("to");
    window.end = stream.take_time();
  } else if (stream.accept_word("on")) {
    window.kind = WindowKind::kOn;
    window.start = stream.take_time();
  } else if (stream.accept_word("today")) {
    window.kind = WindowKind::kThis;
  } else if (stream.accept_word("yesterday")) {
    window.kind = WindowKind::kPrevious;
    window.count = 1;
  } else if (stream.at_word("this") || stream.at_word("previous")) {
    return parse_calendar(stream, window);
  } else {
    return parse_within_last(stream, window);
  }
  return window;
}

WindowOrHaving parse_between(TokenStream& stream) {
  const uint32_t position = stream.position();
  stream.expect_word("between");
  if (stream.current().kind == TokenKind::kText) {
    stream.fail_because("Expected a whole number.", "Write \"from\" a time \"to\" a time, which is not included: from " +
                                                        excerpt(stream.current().text) + " to ….");
  }
  const int64_t first = stream.take_count(kMaxWindowCount);
  const std::optional<TimeUnit> first_unit = accept_unit(stream);
  if (!stream.at_word("and")) {
    stream.fail_expecting(first_unit.has_value() ? std::vector<std::string_view>{"and"}
                                                 : std::vector<std::string_view>{"and", "days", "weeks", "months"});
  }
  stream.take();
  const int64_t second = stream.take_count(kMaxWindowCount);

  WindowOrHaving clause;
  if (const std::optional<TimeUnit> second_unit = accept_unit(stream)) {
    stream.expect_word("ago");
    clause.window = Window{.kind = WindowKind::kBetweenAgo,
                           .count = first,
                           .unit = first_unit.value_or(*second_unit),
                           .other_count = second,
                           .other_unit = *second_unit,
                           .start = {},
                           .end = {},
                           .position = position};
    return clause;
  }
  if (first_unit.has_value() || !(stream.at_word("times") || stream.at_word("time"))) {
    std::vector<std::string_view> expected = kUnitWords;
    if (first_unit.has_value()) stream.fail_expecting(expected);
    const std::string range = "between " + std::to_string(first) + " and " + std::to_string(second);
    stream.fail_because("Expected \"times\", \"days\", \"weeks\", \"months\" ….",
                        "Write \"" + range +
                            " times\" for a number of interactions. A predicate with \"between\" after another one "
                            "needs parentheses: where (… and … " +
                            range + ").");
  }
  stream.take();
  clause.having = bounded_having(first, second, position);
  return clause;
}

}  // namespace segments
