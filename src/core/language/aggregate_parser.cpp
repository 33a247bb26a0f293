#include <algorithm>
#include <array>
#include <string>
#include <tuple>

#include "core/language/clauses.h"
#include "core/language/habits.h"
#include "core/text/characters.h"

namespace segments {
namespace {

// In the order of AggregateKind; number of distinct values: see parse_distinct_values.
constexpr std::array<std::string_view, 7> kAggregates = {"sum", "avg", "min", "max", "", "first", "last"};

constexpr const char* kOperators = "Write =, <>, <, <=, >, >=, in, not in, between, \"is null\" or \"is not null\".";

bool at_text_operator(const TokenStream& stream) {
  return std::ranges::any_of(std::array<std::string_view, 6>{"contains", "begins", "starts", "ends", "matches", "does"},
                             [&](std::string_view word) { return stream.at_word(word); });
}

bool at_comparison(const TokenStream& stream) {
  if (stream.current().kind == TokenKind::kSymbol) return stream.current().text.find_first_of("=<>!~:") != std::string_view::npos;
  return std::ranges::any_of(std::array<std::string_view, 5>{"in", "not", "between", "is", "has"},
                             [&](std::string_view word) { return stream.at_word(word); });
}

void check_comparison(const Aggregate& aggregate) {
  const Predicate& comparison = aggregate.comparison;
  const std::string what = aggregate_call(aggregate.kind, excerpt(comparison.field.text()));
  if (!compares_values(comparison.op) || comparison.ignore_case) {
    throw Error(ErrorCode::kSyntax, what + " is compared with values", "", kOperators, comparison.position);
  }
  if (aggregate.kind == AggregateKind::kDistinct && comparison.op == PredicateOperator::kIsNull) {
    throw Error(ErrorCode::kSyntax, what + " is a number, and never null", "Where no value is, it is 0.",
                comparison.negated ? "Write >= 1." : "Write = 0.", comparison.position);
  }
  if (!comparison.other.has_value()) return;
  throw Error(ErrorCode::kSyntax, what + " is compared with a value, not with another field", "",
              "Write a number, or a text in single quotes: '" + excerpt(comparison.other->text()) + "'.",
              comparison.other->position());
}

// From the field on.
void parse_aggregated(TokenStream& stream, const std::vector<std::string_view>& keywords, Aggregate& aggregate) {
  if (part_follows(stream, 0)) {
    stream.fail_because("Values of whole fields are looked at.", "Leave the part out, or ask for it in the restriction: where.");
  }
  aggregate.comparison.field = parse_field_path(stream, keywords);
  stream.leave();
  check_foreign_operator(stream, false);
  if (at_text_operator(stream)) stream.fail_because("An aggregate is compared with whole values.", kOperators);
  if (!at_comparison(stream)) stream.fail_expecting({"=", "<>", "<", "<=", ">", ">=", "in", "not in", "between", "is"});
  parse_comparison(stream, aggregate.comparison);
  check_comparison(aggregate);
}

}  // namespace

std::string_view aggregate_word(AggregateKind kind) {
  return kind == AggregateKind::kDistinct ? "count" : kAggregates.at(static_cast<size_t>(kind));
}

std::string aggregate_call(AggregateKind kind, std::string_view field) {
  const bool distinct = kind == AggregateKind::kDistinct;
  std::string text(distinct ? "count(distinct " : kAggregates.at(static_cast<size_t>(kind)));
  if (!distinct) text += '(';
  text += field;
  return text += ')';
}

bool compares_values(PredicateOperator op) { return op <= PredicateOperator::kBetween || op == PredicateOperator::kIsNull; }

bool operator==(const Aggregate& a, const Aggregate& b) { return a.kind == b.kind && a.comparison == b.comparison; }

bool at_aggregate(const TokenStream& stream) {
  return std::ranges::any_of(kAggregates, [&](std::string_view word) { return !word.empty() && stream.at_word(word); });
}

Aggregate parse_aggregate(TokenStream& stream) {
  Aggregate aggregate;
  aggregate.position = stream.position();
  for (size_t kind = 0; kind < kAggregates.size(); ++kind) {
    if (!kAggregates[kind].empty() && stream.at_word(kAggregates[kind])) aggregate.kind = static_cast<AggregateKind>(kind);
  }
  const std::string word(stream.take().text);
  if (!stream.at_symbol("(")) {
    const std::string field = TokenStream::is_name(stream.current()) ? excerpt(stream.current().text) : "Field";
    stream.fail_because("Expected \"(\".", "Write the field in parentheses: " + word + "(" + field + ").");
  }
  stream.enter();
  parse_aggregated(stream, {}, aggregate);
  return aggregate;
}

Aggregate parse_distinct_values(TokenStream& stream, uint32_t position) {
  Aggregate aggregate;
  aggregate.kind = AggregateKind::kDistinct;
  aggregate.position = position;
  parse_aggregated(stream, kCalendarWords, aggregate);
  return aggregate;
}

}  // namespace segments
