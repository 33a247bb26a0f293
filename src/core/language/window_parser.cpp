#include <string>

#include "core/language/clauses.h"
#include "core/text/keywords.h"

namespace segments {
namespace {

std::optional<TimeUnit> accept_unit(TokenStream& stream) {
  if (stream.current().kind != TokenKind::kWord) return std::nullopt;
  const std::optional<TimeUnit> unit = unit_of_word(stream.current().text);
  if (unit.has_value()) stream.take();
  return unit;
}

const std::vector<std::string_view> kUnitWords = {"seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years"};

// within last n unit; within last unit is within last 1 unit.
Window parse_within_last(TokenStream& stream, Window window) {
  stream.expect_word("last");
  if (const std::optional<TimeUnit> unit = accept_unit(stream)) {
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

}  // namespace

Window parse_window(TokenStream& stream) {
  Window window;
  window.position = stream.position();
  const auto take_time = [&] { return stream.take_text_literal("a time in single quotes"); };
  if (stream.accept_word("within")) return parse_within_last(stream, window);
  if (stream.accept_word("since")) {
    window.kind = WindowKind::kSince;
    window.start = take_time();
  } else if (stream.accept_word("before")) {
    window.kind = WindowKind::kBefore;
    window.end = take_time();
  } else {
    stream.expect_word("from");
    window.kind = WindowKind::kFromTo;
    window.start = take_time();
    stream.expect_word("to");
    window.end = take_time();
  }
  return window;
}

BetweenClause parse_between(TokenStream& stream) {
  const uint32_t position = stream.position();
  stream.expect_word("between");
  const int64_t first = stream.take_count(kMaxWindowCount);
  const std::optional<TimeUnit> first_unit = accept_unit(stream);
  if (!stream.at_word("and")) {
    stream.fail_expecting(first_unit.has_value() ? std::vector<std::string_view>{"and"}
                                                 : std::vector<std::string_view>{"and", "days", "weeks", "months"});
  }
  stream.take();
  const int64_t second = stream.take_count(kMaxWindowCount);

  BetweenClause clause;
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
    if (!first_unit.has_value()) expected.insert(expected.begin(), "times");
    stream.fail_expecting(expected);
  }
  stream.take();
  clause.having = bounded_having(first, second, position);
  return clause;
}

}  // namespace segments
