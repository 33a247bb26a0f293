#include "core/language/clause_printer.h"

#include "core/text/keywords.h"
#include "core/text/lexer.h"

namespace segments {
namespace {

void print_literals(const Predicate& predicate, std::string& text) {
  const bool listed = takes_list(predicate.op);
  if (listed) text += " (";
  for (size_t i = 0; i < predicate.literals.size(); ++i) {
    if (listed) {
      if (i > 0) text += ", ";
    } else {
      text += i == 0 ? " " : " and ";
    }
    print(predicate.literals[i], text);
  }
  if (listed) text += ')';
}

// within n unit before, after or of
void print_span_operator(const Predicate& predicate, std::string& text) {
  text += " within ";
  print_span(predicate.times->count, predicate.times->unit, text);
  text += predicate.op == PredicateOperator::kWithinBefore  ? " before"
          : predicate.op == PredicateOperator::kWithinAfter ? " after"
                                                            : " of";
}

}  // namespace

// The order comparisons have no negative form (> is false for a missing value, not <= is true): "not" goes first.
std::string_view operator_text(PredicateOperator op, bool negated) {
  switch (op) {
    case PredicateOperator::kEqual:
      return negated ? "<>" : "=";
    case PredicateOperator::kLess:
      return "<";
    case PredicateOperator::kLessEqual:
      return "<=";
    case PredicateOperator::kGreater:
      return ">";
    case PredicateOperator::kGreaterEqual:
      return ">=";
    case PredicateOperator::kIn:
      return negated ? "not in" : "in";
    case PredicateOperator::kBetween:
      return negated ? "not between" : "between";
    case PredicateOperator::kContains:
      return negated ? "not contains" : "contains";
    case PredicateOperator::kContainsAny:
      return negated ? "not contains any of" : "contains any of";
    case PredicateOperator::kContainsAll:
      return negated ? "not contains all of" : "contains all of";
    case PredicateOperator::kBeginsWith:
      return negated ? "not begins with" : "begins with";
    case PredicateOperator::kEndsWith:
      return negated ? "not ends with" : "ends with";
    case PredicateOperator::kMatches:
      return negated ? "not matches" : "matches";
    case PredicateOperator::kIsNull:
      return negated ? "is not null" : "is null";
    case PredicateOperator::kIsEmpty:
      return negated ? "is not empty" : "is empty";
    case PredicateOperator::kTimes:
    case PredicateOperator::kWithinBefore:
    case PredicateOperator::kWithinAfter:
    case PredicateOperator::kWithinOf:
      break;
  }
  return {};
}

void print_span(int64_t count, TimeUnit unit, std::string& text) {
  text += std::to_string(count);
  text += ' ';
  text += unit_word(unit);
  if (count != 1) text += 's';
}

void print(const Name& name, std::string& text) {
  text += name.quoted || !is_plain_name(name.text) ? in_quotes(name.text, '"') : name.text;
}

void print(const FieldPath& field, std::string& text) {
  print(field.column, text);
  for (const Name& member : field.members) {
    text += '.';
    text += member.quoted || !is_word(member.text) ? in_quotes(member.text) : member.text;
  }
}

void print(const Literal& literal, std::string& text) {
  if (literal.type != LiteralType::kNone) {
    text += type_word(literal.type);
    text += ' ';
  }
  text += literal.kind == LiteralKind::kText ? in_quotes(literal.text, '\'') : literal.text;
}

void print_distinct_field(FieldPath field, std::string& text) {
  if (field.members.empty() && unit_of_word(field.column.text).has_value()) field.column.quoted = true;
  print(field, text);
}

void print(const Aggregate& aggregate, std::string& text) {
  std::string field;
  if (aggregate.kind == AggregateKind::kDistinct) {
    print_distinct_field(aggregate.comparison.field, field);
  } else {
    print(aggregate.comparison.field, field);
  }
  text += " having " + aggregate_call(aggregate.kind, field) + " ";
  text += operator_text(aggregate.comparison.op, aggregate.comparison.negated);
  print_literals(aggregate.comparison, text);
}

void print(const Predicate& predicate, std::string& text) {
  if (predicate.negated && !has_negative_form(predicate.op)) text += "not ";
  if (predicate.part != FieldPart::kWhole) {
    text += part_word(predicate.part);
    text += " of ";
  }
  print(predicate.field, text);
  if (predicate.op == PredicateOperator::kTimes) return print(*predicate.times, text);
  if (predicate.times.has_value()) {
    print_span_operator(predicate, text);
  } else {
    text += ' ';
    text += operator_text(predicate.op, predicate.negated);
    print_literals(predicate, text);
  }
  if (predicate.other.has_value()) {
    text += ' ';
    print(*predicate.other, text);
  }
  if (predicate.ignore_case) text += " ignore case";
}

void print(const Window& window, std::string& text) {
  switch (window.kind) {
    case WindowKind::kWithinLast:
      text += " within last ";
      return print_span(window.count, window.unit, text);
    case WindowKind::kBetweenAgo:
      text += " between ";
      if (window.unit == window.other_unit) {
        text += std::to_string(window.count);
      } else {
        print_span(window.count, window.unit, text);
      }
      text += " and ";
      print_span(window.other_count, window.other_unit, text);
      text += " ago";
      return;
    case WindowKind::kFromTo:
      text += " from ";
      print(window.start, text);
      text += " to ";
      return print(window.end, text);
    case WindowKind::kSince:
      text += " since ";
      return print(window.start, text);
    case WindowKind::kBefore:
      text += " before ";
      return print(window.end, text);
    case WindowKind::kThis:
      text += " this ";
      text += unit_word(window.unit);
      return;
    case WindowKind::kPrevious:
      text += " previous ";
      if (window.count != 1) return print_span(window.count, window.unit, text);
      text += unit_word(window.unit);
      return;
    case WindowKind::kNext:
      text += " next ";
      if (window.count != 1) return print_span(window.count, window.unit, text);
      text += unit_word(window.unit);
      return;
    case WindowKind::kWithinNext:
      text += " within next ";
      return print_span(window.count, window.unit, text);
    case WindowKind::kOn:
      text += " on ";
      return print(window.start, text);
    case WindowKind::kMoreThanAgo:
      text += " more than ";
      print_span(window.count, window.unit, text);
      text += " ago";
      return;
  }
}

}  // namespace segments
