#include <string>

#include "core/language/clauses.h"
#include "core/text/characters.h"
#include "core/text/keywords.h"

namespace segments {
namespace {

static_assert(kMaxWindowCount == kMaxHavingCount, "a between is read before it is known to be a window or a having");

HavingClause exact_having(HavingKind kind, int64_t minimum, int64_t maximum, uint32_t position) {
  return {Having{kind, minimum, maximum, position}, false, std::nullopt, std::nullopt};
}

HavingClause at_least(int64_t count, uint32_t position) {
  if (count == 0) {
    throw Error(ErrorCode::kSyntax, "\"at least 0\" matches every profile", "",
                "Use \"at least 1\" or more, or leave the condition out.", position);
  }
  if (count > kMaxHavingCount) {
    throw Error(ErrorCode::kOutOfRange, "number of interactions is out of range",
                "Numbers here are at most " + std::to_string(kMaxHavingCount) + ".", "Use a smaller number.", position);
  }
  if (count == 1) return {};
  return exact_having(HavingKind::kAtLeast, count, INT64_MAX, position);
}

HavingClause at_most(int64_t count, uint32_t position) {
  if (count < 0) {
    throw Error(ErrorCode::kSyntax, "\"count < 0\" matches no profile", "",
                "Use \"never\" for profiles without such an interaction.", position);
  }
  return exact_having(HavingKind::kAtMost, 0, count, position);
}

// once, twice, n [times]
int64_t take_times(TokenStream& stream) {
  if (stream.accept_word("once")) return 1;
  if (stream.accept_word("twice")) return 2;
  if (stream.current().kind != TokenKind::kNumber) stream.fail_expecting({"once", "twice"}, {"a whole number"});
  const int64_t count = stream.take_count(kMaxHavingCount);
  if (!stream.accept_word("times")) stream.accept_word("time");
  return count;
}

// less than n times, fewer than n times is at most n - 1.
HavingClause parse_less_than(TokenStream& stream) {
  stream.expect_word("than");
  const uint32_t position = stream.position();
  return at_most(take_times(stream) - 1, position);
}

// A word of the calendar is a unit; a field of that name stands in double quotes.
bool at_distinct_unit(TokenStream& stream) {
  const Token& word = stream.current();
  const std::optional<TimeUnit> unit = word.kind == TokenKind::kWord ? unit_of_word(word.text) : std::nullopt;
  if (!unit.has_value() || *unit < TimeUnit::kHour || part_follows(stream, 0)) return false;
  const Token next = stream.peek();
  return next.kind != TokenKind::kSymbol || next.text != ".";
}

HavingClause count_between(TokenStream& stream, uint32_t position) {
  const int64_t minimum = stream.take_count(kMaxHavingCount);
  stream.expect_word("and");
  const int64_t maximum = stream.take_count(kMaxHavingCount);
  return bounded_having(minimum, maximum, position);
}

// having count(distinct unit) op n, having count(distinct F) op x
HavingClause parse_distinct(TokenStream& stream, uint32_t position) {
  HavingClause clause;
  stream.enter();
  if (!stream.accept_word("distinct")) {
    fail_unsupported("having count (", position,
                     "Use \"having count\" without parentheses: it counts interactions; or count(distinct …).");
  }
  if (!at_distinct_unit(stream)) {
    clause.aggregate = parse_distinct_values(stream, position);
    return clause;
  }
  const TimeUnit unit = *accept_unit(stream);
  stream.leave();
  const HavingClause compared = parse_count_comparison(stream, position);
  if (compared.negated) {
    throw Error(ErrorCode::kSyntax, "\"<>\" cannot follow \"having count(distinct …)\"", "",
                "Write \"not\" before the type and \"=\" here.", position);
  }
  const Having having = compared.having.value_or(Having{});
  Periods periods;
  periods.kind = PeriodsKind::kDistinct;
  periods.bound = having.kind;
  periods.minimum = having.minimum;
  periods.maximum = having.maximum;
  periods.unit = unit;
  periods.position = position;
  clause.periods = periods;
  return clause;
}

// having count op n, having sum(F) op x
HavingClause parse_having_aggregate(TokenStream& stream, uint32_t position) {
  const uint32_t count_position = stream.position();
  if (at_aggregate(stream)) {
    HavingClause clause;
    clause.aggregate = parse_aggregate(stream);
    return clause;
  }
  if (!stream.accept_word("count")) stream.fail_expecting({"count", "sum", "avg", "min", "max", "first", "last"});
  return stream.at_symbol("(") ? parse_distinct(stream, count_position) : parse_count_comparison(stream, position);
}

}  // namespace

HavingClause parse_count_comparison(TokenStream& stream, uint32_t position) {
  if (stream.accept_word("between")) return count_between(stream, position);
  if (stream.at_word("in") || stream.at_word("not")) {
    fail_unsupported("having count " + std::string(stream.current().text), stream.position(),
                     "Use =, <>, <, <=, >, >= or \"between\", and \"or\" between conditions.");
  }
  for (const std::string_view comparison : {"=", "<>", "!=", "<", "<=", ">", ">="}) {
    if (!stream.accept_symbol(comparison)) continue;
    const uint32_t count_position = stream.position();
    const int64_t count = stream.take_count(kMaxHavingCount);
    if (comparison == "<") return at_most(count - 1, count_position);
    if (comparison == "<=") return at_most(count, count_position);
    if (comparison == ">") return at_least(count + 1, count_position);
    if (comparison == ">=") return at_least(count, count_position);
    HavingClause exactly = exact_having(HavingKind::kExactly, count, count, position);
    if (comparison == "=") return exactly;
    if (count == 0) return {};
    exactly.negated = true;
    return exactly;
  }
  stream.fail_expecting({"=", "<>", "<", "<=", ">", ">=", "between"});
}

HavingClause bounded_having(int64_t minimum, int64_t maximum, uint32_t position) {
  if (minimum > maximum) {
    throw Error(ErrorCode::kSyntax,
                "\"between " + std::to_string(minimum) + " and " + std::to_string(maximum) + "\" matches no profile",
                "The smaller number comes first.",
                "Write \"between " + std::to_string(maximum) + " and " + std::to_string(minimum) + " times\".", position);
  }
  return exact_having(HavingKind::kBetween, minimum, maximum, position);
}

// more than n times is at least n + 1; more than n unit ago is a window: only the end tells.
WindowOrHaving parse_more_than(TokenStream& stream) {
  WindowOrHaving clause;
  const uint32_t start = stream.position();
  stream.expect_word("more");
  stream.expect_word("than");
  const uint32_t position = stream.position();
  const Token next = stream.peek();
  const std::optional<TimeUnit> unit = next.kind == TokenKind::kWord ? unit_of_word(next.text) : std::nullopt;
  if (!unit.has_value() || stream.current().kind != TokenKind::kNumber) {
    clause.having = at_least(take_times(stream) + 1, position);
    return clause;
  }
  const int64_t count = stream.take_count(kMaxWindowCount);
  stream.take();
  stream.expect_word("ago");
  clause.window.emplace();
  clause.window->kind = WindowKind::kMoreThanAgo;
  clause.window->count = count;
  clause.window->unit = *unit;
  clause.window->position = start;
  return clause;
}

HavingClause parse_having(TokenStream& stream) {
  const uint32_t position = stream.position();
  if (stream.accept_word("never")) return exact_having(HavingKind::kNever, 0, 0, position);
  if (stream.accept_word("having")) return parse_having_aggregate(stream, position);
  if (stream.accept_word("exactly")) {
    const int64_t count = take_times(stream);
    return exact_having(HavingKind::kExactly, count, count, position);
  }
  if (stream.accept_word("less") || stream.accept_word("fewer")) return parse_less_than(stream);
  stream.expect_word("at");
  if (stream.current().kind == TokenKind::kText || stream.current().kind == TokenKind::kNumber) {
    stream.fail_because("A time of day stands with its day.", "Write since 'today 06:00'.");
  }
  const bool least = stream.at_word("least");
  if (!least && !stream.at_word("most")) stream.fail_expecting({"least", "most"});
  stream.take();
  const uint32_t count_position = stream.position();
  const int64_t count = take_times(stream);
  return least ? at_least(count, count_position) : at_most(count, count_position);
}

}  // namespace segments
