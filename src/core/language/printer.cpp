#include "core/language/printer.h"

#include <string_view>

#include "core/language/clause_printer.h"
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
        return joined(node.children, " except ", [&](const Node& child) {
          open_restriction_ = false;
          operand(child, is_connective(child));
        });
      case NodeKind::kNot:
        text_ += "not ";
        open_restriction_ = false;
        return operand(*node.children.front(), is_connective(*node.children.front()));
      case NodeKind::kInteraction:
        return node.interaction->is_attribute ? attribute(*node.interaction) : interaction(*node.interaction);
      case NodeKind::kSegment:
        return reference(*node.segment);
      case NodeKind::kBucket:
        return bucket(*node.bucket);
      case NodeKind::kComparison:
        return comparison(*node.comparison);
      case NodeKind::kAll:
        text_ += "all";
        open_restriction_ = false;
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
    if (!parenthesized) return node(child);
    text_ += '(';
    open_restriction_ = false;
    node(child);
    text_ += ')';
    open_restriction_ = false;
  }

  void operand(const Restriction& child, bool parenthesized) {
    if (parenthesized) text_ += '(';
    predicates(child);
    if (parenthesized) text_ += ')';
  }

  // After "and" or "or" behind an open restriction, a path could be meant as a part of that.
  void attribute(const InteractionCondition& condition) {
    Predicate predicate = condition.restriction->predicate;
    const auto add_source = [&](FieldPath& path) {
      path.members.insert(path.members.begin(), std::move(path.column));
      path.column = condition.types.front();
    };
    add_source(predicate.field);
    if (predicate.other.has_value()) add_source(*predicate.other);
    if (open_restriction_) text_ += '(';
    print(predicate, text_);
    if (open_restriction_) text_ += ')';
    open_restriction_ = false;
  }

  void reference(const SegmentReference& reference) {
    open_restriction_ = false;
    text_ += "segment " + in_quotes(reference.name, '\'');
    switch (reference.kind) {
      case ReferenceKind::kNow:
        return;
      case ReferenceKind::kEntered:
        text_ += " entered";
        return window(*reference.window);
      case ReferenceKind::kLeft:
        text_ += " left";
        return window(*reference.window);
      case ReferenceKind::kAsOf:
        text_ += " as of ";
        return print(*reference.at, text_);
    }
  }

  void bucket(const BucketCondition& bucket) {
    open_restriction_ = false;
    text_ += "bucket " + std::to_string(bucket.first);
    if (bucket.last != bucket.first) text_ += " to " + std::to_string(bucket.last);
    text_ += " of " + std::to_string(bucket.count);
    if (!bucket.salt.empty()) text_ += " with salt " + in_quotes(bucket.salt, '\'');
  }

  void comparison(const Comparison& comparison) {
    value(*comparison.value, kSum);
    text_ += ' ';
    text_ += operator_text(comparison.op, comparison.negated);
    const bool listed = comparison.op == PredicateOperator::kIn;
    if (listed) text_ += " (";
    for (size_t i = 0; i < comparison.with.size(); ++i) {
      text_ += listed ? (i == 0 ? "" : ", ") : i == 0 ? " " : " and ";
      value(*comparison.with[i], kSum);
    }
    if (listed) text_ += ')';
    open_restriction_ = false;
  }

  // What binds as loosely as `loosest` needs no parentheses.
  enum Binding : uint8_t { kSum, kProduct, kFactor };
  void value(const ValueNode& node, Binding loosest) {
    switch (node.kind) {
      case ValueNodeKind::kNumber:
        return print(node.number, text_);
      case ValueNodeKind::kRows:
        return rows(*node.rows);
      case ValueNodeKind::kCoalesce:
        text_ += "coalesce(";
        value(*node.operands[0], kSum);
        text_ += ", ";
        value(*node.operands[1], kSum);
        text_ += ')';
        return;
      case ValueNodeKind::kAdd:
        return operation(node, " + ", kSum, loosest);
      case ValueNodeKind::kSubtract:
        return operation(node, " - ", kSum, loosest);
      case ValueNodeKind::kMultiply:
        return operation(node, " * ", kProduct, loosest);
      case ValueNodeKind::kDivide:
        return operation(node, " / ", kProduct, loosest);
    }
  }

  // What is on the left is read first.
  void operation(const ValueNode& node, std::string_view sign, Binding binding, Binding loosest) {
    if (binding < loosest) text_ += '(';
    value(*node.operands[0], binding);
    text_ += sign;
    value(*node.operands[1], binding == kSum ? kProduct : kFactor);
    if (binding < loosest) text_ += ')';
  }

  void rows(const InteractionCondition& condition) {
    if (!condition.aggregate) {
      text_ += "count(";
    } else if (condition.aggregate->kind == AggregateKind::kDistinct) {
      text_ += "count(distinct ";
      print_distinct_field(condition.aggregate->comparison.field, text_);
      text_ += " of ";
    } else {
      text_ += aggregate_word(condition.aggregate->kind);
      text_ += '(';
      print(condition.aggregate->comparison.field, text_);
      text_ += " of ";
    }
    clauses(condition);
    text_ += ')';
  }

  void interaction(const InteractionCondition& condition) {
    const size_t restriction_end = clauses(condition);
    if (condition.aggregate.has_value()) print(*condition.aggregate, text_);
    open_restriction_ = restriction_end == text_.size();
  }

  // All but an aggregate.  Returns where the restriction ends; 0: there is none.
  size_t clauses(const InteractionCondition& condition) {
    types(condition.types);
    if (condition.via.has_value()) {
      text_ += " via ";
      name(*condition.via);
    }
    size_t restriction_end = 0;
    if (condition.restriction != nullptr) {
      text_ += " where ";
      restriction(*condition.restriction);
      restriction_end = text_.size();
    }
    if (condition.window.has_value()) window(*condition.window);
    if (condition.but_not.has_value()) {
      text_ += " but not";
      window(*condition.but_not);
    }
    if (condition.latest.has_value()) text_ += " latest " + std::to_string(*condition.latest);
    if (condition.occurrence.has_value()) occurrence(*condition.occurrence);
    if (condition.periods.has_value()) periods(*condition.periods);
    if (condition.having.has_value()) having(*condition.having);
    return restriction_end;
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
        print(restriction.predicate, text_);
        return;
    }
  }

  void name(const Name& name) { print(name, text_); }
  void window(const Window& window) { print(window, text_); }
  void span(int64_t count, TimeUnit unit) { print_span(count, unit, text_); }

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

  std::string text_;
  bool open_restriction_ = false;  // the text ends with one that "and" and "or" could go on
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
