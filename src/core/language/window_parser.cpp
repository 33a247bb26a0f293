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
  const uint32_t position = stream.position();
  window.count = stream.take_count(kMaxWindowCount);
  if (window.count == 0) {
    throw Error(ErrorCode::kOutOfRange, "\"within last 0\" is an empty window", "", "Use a number from 1 on.", position);
  }
  const std::optional<TimeUnit> unit = accept_unit(stream);
  if (!unit.has_value()) stream.fail_expecting(kUnitWords);
  window.unit = *unit;
  return window;
}

[[noreturn]] void fail_without_calendar(std::string_view word, TimeUnit unit, uint32_t position) {
  const std::string units = std::string(unit_word(unit)) + "s";
  throw Error(ErrorCode::kSyntax, "\"" + std::string(word) + " " + std::string(unit_word(unit)) + "\" is no window",
              "The calendar's units are hours and longer ones.", "Write \"within last 1 " + std::string(unit_word(unit)) + "\".",
              position);
}

// this unit, previous [n] unit
Window parse_calendar(TokenStream& stream, Window window) {
  const std::string word(stream.at_word("this") ? "this" : "previous");
  window.kind = stream.at_word("this") ? WindowKind::kThis : WindowKind::kPrevious;
  stream.take();
  if (window.kind == WindowKind::kPrevious) {
    window.count = 1;
    if (stream.current().kind == TokenKind::kNumber) {
      const uint32_t position = stream.position();
      window.count = stream.take_count(kMaxWindowCount);
      if (window.count == 0) {
        throw Error(ErrorCode::kOutOfRange, "\"previous 0\" is an empty window", "", "Use a number from 1 on.", position);
      }
    }
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

}  // namespace

const std::vector<std::string_view> kCalendarWords = {"hour", "day", "week", "month", "quarter", "year"};

std::optional<TimeUnit> accept_unit(TokenStream& stream) {
  if (stream.current().kind != TokenKind::kWord) return std::nullopt;
  const std::optional<TimeUnit> unit = unit_of_word(stream.current().text);
  if (unit.has_value()) stream.take();
  return unit;
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
