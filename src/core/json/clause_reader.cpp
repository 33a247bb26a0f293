#include "core/json/clause_reader.h"

#include "core/json/words.h"
#include "core/text/characters.h"
#include "core/text/lexer.h"

namespace segments {
namespace {

// Each pair of parentheses may have "or", "and" and "not" within, and lists are values, too.
constexpr uint32_t kMaxJsonDepth = 6 * kMaxDefinitionDepth;

// Whether the text is one number of the language, and nothing else.
bool is_number(const std::string& text) {
  NeverInterrupt interrupt;
  try {
    Lexer lexer(text, interrupt);
    const Token number = lexer.next();
    return number.kind == TokenKind::kNumber && number.text.size() == text.size();
  } catch (const Error&) {
    return false;
  }
}

TimeUnit read_unit(const JsonPlace& place) { return static_cast<TimeUnit>(place.expect_word(kUnitWords, "unit")); }

void expect_size(const JsonPlace& place, size_t size, const std::string& what) {
  if (place.expect_array().size() != size) place.fail("expected " + what);
}

Literal read_typed_literal(const JsonPlace& place) {
  const std::string_view key = place.expect_one_of({"number", "date", "timestamp", "timestamptz"});
  place.allow_only({key});
  const JsonPlace inner = *place.find(key);
  Literal literal;
  literal.text = inner.expect_text();
  if (key == "number") {
    literal.kind = LiteralKind::kNumber;
    if (!is_number(literal.text)) inner.fail("\"" + excerpt(literal.text) + "\" is no number", "Write a number such as \"1e3\".");
    return literal;
  }
  for (size_t i = 1; i < kLiteralTypeWords.size(); ++i) {
    if (key == kLiteralTypeWords[i]) literal.type = static_cast<LiteralType>(i);
  }
  return literal;
}

// A literal that names a time.
Literal read_time(const JsonPlace& place) {
  Literal literal = read_literal(place);
  if (literal.kind != LiteralKind::kText) place.fail("expected a time", "Write a string, such as \"2026-03-01\".");
  return literal;
}

struct Bound {
  HavingKind kind = HavingKind::kAtLeast;
  int64_t minimum = 1;
  int64_t maximum = INT64_MAX;
};

// The member `key` of `place`: atLeast, atMost, exactly, between or never.
Bound read_bound(const JsonPlace& place, std::string_view key, int64_t largest) {
  const JsonPlace inner = *place.find(key);
  Bound bound;
  if (key == "never") {
    inner.expect_true();
    return {HavingKind::kNever, 0, 0};
  }
  if (key == "between") {
    expect_size(inner, 2, "two numbers: the least and the greatest");
    bound = {HavingKind::kBetween, inner.element(0).expect_count(0, largest), inner.element(1).expect_count(0, largest)};
    if (bound.minimum > bound.maximum) inner.fail("nothing is between these numbers", "Write the lesser number first.");
    return bound;
  }
  const int64_t count = inner.expect_count(0, largest);
  if (key == "atMost") return {HavingKind::kAtMost, 0, count};
  if (key == "exactly") return {HavingKind::kExactly, count, count};
  return {HavingKind::kAtLeast, count, INT64_MAX};
}

void read_times_of_window(const JsonPlace& place, std::string_view key, Window& window) {
  const JsonPlace inner = *place.find(key);
  if (key == "from") {
    window.kind = WindowKind::kFromTo;
    window.start = read_time(inner);
    window.end = read_time(place.expect_member("to"));
  } else if (key == "since") {
    window.kind = WindowKind::kSince;
    window.start = read_time(inner);
  } else if (key == "before") {
    window.kind = WindowKind::kBefore;
    window.end = read_time(inner);
  } else {
    window.kind = WindowKind::kOn;
    window.start = read_time(inner);
  }
}

}  // namespace

void check_depth(const JsonPlace& place) {
  if (place.depth() <= kMaxJsonDepth) return;
  // (The path would be as long.)
  throw Error(ErrorCode::kLimitExceeded, "JSON of a definition is nested too deep",
              "Values nest at most " + std::to_string(kMaxJsonDepth) + " deep.", "Split the definition.");
}

Name read_name(const JsonPlace& place) {
  const bool quoted = place.value().kind == JsonKind::kObject;
  if (quoted) {
    place.expect_one_of({"quoted"});
    place.allow_only({"quoted"});
  }
  Name name;
  name.text = (quoted ? *place.find("quoted") : place).expect_text();
  name.quoted = quoted;
  if (name.text.empty()) place.fail("the name is empty");
  return name;
}

Literal read_literal(const JsonPlace& place) {
  const JsonValue& value = place.value();
  Literal literal;
  literal.text = value.text;
  switch (value.kind) {
    case JsonKind::kText:
      return literal;
    case JsonKind::kNumber:
      literal.kind = LiteralKind::kNumber;
      return literal;
    case JsonKind::kBoolean:
      literal.kind = LiteralKind::kBoolean;
      literal.text = value.boolean ? "true" : "false";
      return literal;
    case JsonKind::kObject:
      return read_typed_literal(place);
    case JsonKind::kNull:
      place.fail("nothing equals null", "Use the operator \"is null\".");
    case JsonKind::kArray:
      break;
  }
  place.fail("expected one value", "Use the operator \"in\" for several.");
}

void read_span(const JsonPlace& place, int64_t smallest, int64_t& count, TimeUnit& unit) {
  expect_size(place, 2, "a number and a unit, such as [30, \"day\"]");
  count = place.element(0).expect_count(smallest, kMaxWindowCount);
  unit = read_unit(place.element(1));
}

Window read_window(const JsonPlace& place, bool of_field) {
  const std::string_view key =
      of_field
          ? place.expect_one_of({"withinLast", "withinNext", "betweenAgo", "moreThanAgo", "this", "previous", "next", "on"})
          : place.expect_one_of({"withinLast", "betweenAgo", "moreThanAgo", "this", "previous", "on", "from", "since", "before"});
  place.allow_only({key, key == "from" ? std::string_view("to") : key});
  const JsonPlace inner = *place.find(key);
  Window window;
  if (key == "betweenAgo") {
    window.kind = WindowKind::kBetweenAgo;
    expect_size(inner, 2, "two lengths of time, such as [[3, \"day\"], [10, \"day\"]]");
    read_span(inner.element(0), 0, window.count, window.unit);
    read_span(inner.element(1), 0, window.other_count, window.other_unit);
  } else if (key == "this") {
    window.kind = WindowKind::kThis;
    window.unit = read_unit(inner);
  } else if (key == "from" || key == "since" || key == "before" || key == "on") {
    read_times_of_window(place, key, window);
  } else {
    window.kind = key == "withinLast"    ? WindowKind::kWithinLast
                  : key == "withinNext"  ? WindowKind::kWithinNext
                  : key == "moreThanAgo" ? WindowKind::kMoreThanAgo
                  : key == "previous"    ? WindowKind::kPrevious
                                         : WindowKind::kNext;
    read_span(inner, window.kind == WindowKind::kMoreThanAgo ? 0 : 1, window.count, window.unit);
  }
  return window;
}

void read_types(const JsonPlace& place, InteractionCondition& condition) {
  const bool is_set = place.value().kind == JsonKind::kObject && !place.find("quoted").has_value();
  if (!is_set) {
    condition.types.push_back(read_name(place));
    return;
  }
  const std::string_view key = place.expect_one_of({"anyOf", "any"});
  place.allow_only({key});
  const JsonPlace inner = *place.find(key);
  if (key == "any") return inner.expect_true();
  const size_t count = inner.expect_array().size();
  if (count == 0) inner.fail("the list is empty", "Write one type or more, or {\"any\": true}.");
  for (size_t i = 0; i < count; ++i) condition.types.push_back(read_name(inner.element(i)));
}

void read_clauses(const JsonPlace& place, InteractionCondition& condition) {
  if (const auto via = place.find("via")) condition.via = read_name(*via);
  if (const auto where = place.find("where")) condition.restriction = read_restriction(*where);
  if (const auto window = place.find("window")) condition.window = read_window(*window, false);
  if (const auto but_not = place.find("butNot")) condition.but_not = read_window(*but_not, false);
  if (const auto latest = place.find("latest")) condition.latest = latest->expect_count(1, kMaxLatest);
}

void read_having(const JsonPlace& place, InteractionCondition& condition) {
  place.expect_object();
  if (const std::optional<JsonPlace> aggregate = place.find("aggregate")) {
    if (condition.periods.has_value()) aggregate->fail("stands beside \"periods\"", "Join two conditions by \"and\".");
    condition.aggregate = read_aggregate(place);
    return;
  }
  place.allow_only({"count", "distinct"});
  const JsonPlace count = place.expect_member("count");
  const std::string_view key = count.expect_one_of({"atLeast", "atMost", "exactly", "between", "never"});
  count.allow_only({key});
  const Bound bound = read_bound(count, key, kMaxHavingCount);
  const std::optional<JsonPlace> distinct = place.find("distinct");
  if (!distinct.has_value()) {
    condition.having = Having{bound.kind, bound.minimum, bound.maximum};
    return;
  }
  if (condition.periods.has_value()) distinct->fail("stands beside \"periods\"", "Join two conditions by \"and\".");
  if (bound.kind == HavingKind::kNever) count.fail("periods are counted", "Write {\"atMost\": 0}.");
  Periods periods;
  periods.kind = PeriodsKind::kDistinct;
  periods.bound = bound.kind;
  periods.minimum = bound.minimum;
  periods.maximum = bound.maximum;
  periods.unit = read_unit(*distinct);
  condition.periods = periods;
}

Periods read_periods(const JsonPlace& place) {
  Periods periods;
  const bool in_a_row = place.expect_one_of({"ofLast", "inARow"}) == "inARow";
  const std::string_view key = place.expect_one_of({"atLeast", "atMost", "exactly"});
  if (in_a_row) {
    place.allow_only({"inARow", key});
    periods.kind = PeriodsKind::kInARow;
    periods.unit = read_unit(*place.find("inARow"));
  } else {
    place.allow_only({"ofLast", "length", key});
    read_span(*place.find("ofLast"), 1, periods.count, periods.unit);
    if (const auto length = place.find("length")) periods.length = length->expect_count(1, kMaxWindowCount);
  }
  const Bound bound = read_bound(place, key, kMaxHavingCount);
  periods.bound = bound.kind;
  periods.minimum = bound.minimum;
  periods.maximum = bound.maximum;
  return periods;
}

}  // namespace segments
