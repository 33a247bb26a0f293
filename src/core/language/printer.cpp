#include "core/language/printer.h"

#include <string_view>

#include "core/text/keywords.h"
#include "core/text/lexer.h"

namespace segments {
namespace {

class Printer {
 public:
  std::string take() { return std::move(text_); }

  void node(const Node& node) {
    switch (node.kind) {
      case NodeKind::kAnd:
        return joined(node.children, " and ",
                      [&](const Node& child) { operand(child, child.kind == NodeKind::kOr || child.kind == NodeKind::kExcept); });
      case NodeKind::kOr:
        return joined(node.children, " or ", [&](const Node& child) { operand(child, child.kind == NodeKind::kExcept); });
      case NodeKind::kExcept:
        return joined(node.children, " except ", [&](const Node& child) { operand(child, is_connective(child)); });
      case NodeKind::kNot:
        text_ += "not ";
        return operand(*node.children.front(), is_connective(*node.children.front()));
      case NodeKind::kInteraction:
        return interaction(*node.interaction);
      case NodeKind::kSegment:
        text_ += "segment " + in_quotes(node.segment->name, '\'');
        return;
      case NodeKind::kAll:
        text_ += "all";
        return;
    }
  }

  // With the parentheses that several predicates need after "where".
  void restriction(const Restriction& restriction) {
    operand(restriction, restriction.kind == RestrictionKind::kAnd || restriction.kind == RestrictionKind::kOr);
  }

 private:
  static bool is_connective(const Node& node) {
    return node.kind == NodeKind::kAnd || node.kind == NodeKind::kOr || node.kind == NodeKind::kExcept;
  }

  template <class T, class F>
  void joined(const std::vector<std::unique_ptr<T>>& children, std::string_view separator, F print) {
    for (size_t i = 0; i < children.size(); ++i) {
      if (i > 0) text_ += separator;
      print(*children[i]);
    }
  }

  void operand(const Node& child, bool parenthesized) {
    if (parenthesized) text_ += '(';
    node(child);
    if (parenthesized) text_ += ')';
  }

  void operand(const Restriction& child, bool parenthesized) {
    if (parenthesized) text_ += '(';
    predicates(child);
    if (parenthesized) text_ += ')';
  }

  void interaction(const InteractionCondition& condition) {
    types(condition.types);
    if (condition.restriction != nullptr) {
      text_ += " where ";
      restriction(*condition.restriction);
    }
    if (condition.window.has_value()) window(*condition.window);
    if (condition.but_not.has_value()) {
      text_ += " but not";
      window(*condition.but_not);
    }
    if (condition.occurrence.has_value()) occurrence(*condition.occurrence);
    if (condition.periods.has_value()) periods(*condition.periods);
    if (condition.having.has_value()) having(*condition.having);
  }

  void types(const std::vector<Name>& types) {
    if (types.size() == 1) return name(types.front());
    if (types.empty()) {
      text_ += "any interaction";
      return;
    }
    text_ += "any of (";
    for (size_t i = 0; i < types.size(); ++i) {
      if (i > 0) text_ += ", ";
      name(types[i]);
    }
    text_ += ')';
  }

  void occurrence(int64_t number) {
    if (number > static_cast<int64_t>(kOrdinalWords.size())) {
      text_ += " for time " + std::to_string(number);
      return;
    }
    text_ += " for the ";
    text_ += kOrdinalWords[static_cast<size_t>(number - 1)];
    text_ += " time";
  }

  void periods(const Periods& periods) {
    if (periods.kind == PeriodsKind::kDistinct) return distinct(periods);
    const bool in_a_row = periods.kind == PeriodsKind::kInARow;
    text_ += in_a_row ? " on" : " in";
    const int64_t bound = periods.bound == HavingKind::kAtMost ? periods.maximum : periods.minimum;
    text_ += periods.bound == HavingKind::kAtLeast  ? " at least "
             : periods.bound == HavingKind::kAtMost ? " at most "
                                                    : " exactly ";
    if (in_a_row) {
      span(bound, periods.unit);
      text_ += " in a row";
      return;
    }
    text_ += std::to_string(bound) + " of the last ";
    if (periods.length == 1) return span(periods.count, periods.unit);
    text_ += std::to_string(periods.count) + " periods of ";
    span(periods.length, periods.unit);
  }

  void distinct(const Periods& periods) {
    text_ += " having count(distinct ";
    text_ += unit_word(periods.unit);
    text_ += ')';
    if (periods.bound == HavingKind::kBetween) {
      text_ += " between " + std::to_string(periods.minimum) + " and " + std::to_string(periods.maximum);
    } else if (periods.bound == HavingKind::kAtMost) {
      text_ += " <= " + std::to_string(periods.maximum);
    } else {
      text_ += (periods.bound == HavingKind::kExactly ? " = " : " >= ") + std::to_string(periods.minimum);
    }
  }

  void predicates(const Restriction& restriction) {
    switch (restriction.kind) {
      case RestrictionKind::kAnd:
        return joined(restriction.children, " and ",
                      [&](const Restriction& child) { operand(child, child.kind == RestrictionKind::kOr); });
      case RestrictionKind::kOr:
        return joined(restriction.children, " or ", [&](const Restriction& child) { operand(child, false); });
      case RestrictionKind::kNot: {
        const Restriction& child = *restriction.children.front();
        text_ += "not ";
        return operand(child, child.kind == RestrictionKind::kAnd || child.kind == RestrictionKind::kOr);
      }
      case RestrictionKind::kPredicate:
        return predicate(restriction.predicate);
    }
  }

  void predicate(const Predicate& predicate) {
    const bool has_negative_form = predicate.op < PredicateOperator::kLess || predicate.op > PredicateOperator::kGreaterEqual;
    if (predicate.negated && !has_negative_form) text_ += "not ";
    name(predicate.field);
    text_ += ' ';
    text_ += operator_text(predicate);
    if (predicate.op == PredicateOperator::kIn) text_ += " (";
    for (size_t i = 0; i < predicate.literals.size(); ++i) {
      if (predicate.op == PredicateOperator::kIn) {
        if (i > 0) text_ += ", ";
      } else {
        text_ += i == 0 ? " " : " and ";
      }
      literal(predicate.literals[i]);
    }
    if (predicate.op == PredicateOperator::kIn) text_ += ')';
    if (predicate.ignore_case) text_ += " ignore case";
  }

  // The order comparisons have no negative form (> is false for a missing value, not <= is true): "not" goes first.
  static std::string_view operator_text(const Predicate& predicate) {
    const bool negated = predicate.negated;
    switch (predicate.op) {
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
      case PredicateOperator::kBeginsWith:
        return negated ? "not begins with" : "begins with";
      case PredicateOperator::kEndsWith:
        return negated ? "not ends with" : "ends with";
      case PredicateOperator::kIsNull:
        return negated ? "is not null" : "is null";
      case PredicateOperator::kIsEmpty:
        return negated ? "is not empty" : "is empty";
    }
    return {};
  }

  void window(const Window& window) {
    switch (window.kind) {
      case WindowKind::kWithinLast:
        text_ += " within last ";
        return span(window.count, window.unit);
      case WindowKind::kBetweenAgo:
        text_ += " between ";
        if (window.unit == window.other_unit) {
          text_ += std::to_string(window.count);
        } else {
          span(window.count, window.unit);
        }
        text_ += " and ";
        span(window.other_count, window.other_unit);
        text_ += " ago";
        return;
      case WindowKind::kFromTo:
        text_ += " from ";
        literal(window.start);
        text_ += " to ";
        return literal(window.end);
      case WindowKind::kSince:
        text_ += " since ";
        return literal(window.start);
      case WindowKind::kBefore:
        text_ += " before ";
        return literal(window.end);
      case WindowKind::kThis:
        text_ += " this ";
        text_ += unit_word(window.unit);
        return;
      case WindowKind::kPrevious:
        text_ += " previous ";
        if (window.count != 1) return span(window.count, window.unit);
        text_ += unit_word(window.unit);
        return;
      case WindowKind::kOn:
        text_ += " on ";
        return literal(window.start);
      case WindowKind::kMoreThanAgo:
        text_ += " more than ";
        span(window.count, window.unit);
        text_ += " ago";
        return;
    }
  }

  void span(int64_t count, TimeUnit unit) {
    text_ += std::to_string(count);
    text_ += ' ';
    text_ += unit_word(unit);
    if (count != 1) text_ += 's';
  }

  void having(const Having& having) {
    switch (having.kind) {
      case HavingKind::kAtLeast:
        if (having.minimum != 1) text_ += " at least " + std::to_string(having.minimum);
        return;
      case HavingKind::kAtMost:
        text_ += " at most " + std::to_string(having.maximum);
        return;
      case HavingKind::kExactly:
        text_ += " exactly " + std::to_string(having.minimum);
        return;
      case HavingKind::kBetween:
        text_ += " between " + std::to_string(having.minimum) + " and " + std::to_string(having.maximum) + " times";
        return;
      case HavingKind::kNever:
        text_ += " never";
        return;
    }
  }

  void name(const Name& name) { text_ += name.quoted || !is_plain_name(name.text) ? in_quotes(name.text, '"') : name.text; }

  void literal(const Literal& literal) {
    if (literal.type != LiteralType::kNone) {
      text_ += type_word(literal.type);
      text_ += ' ';
    }
    text_ += literal.kind == LiteralKind::kText ? in_quotes(literal.text, '\'') : literal.text;
  }

  std::string text_;
};

}  // namespace

std::string print_definition(const Definition& definition) { return print_node(*definition.root); }

std::string print_node(const Node& node) {
  Printer printer;
  printer.node(node);
  return printer.take();
}

std::string print_restriction(const Restriction& restriction) {
  Printer printer;
  printer.restriction(restriction);
  return printer.take();
}

}  // namespace segments
