// Random valid definitions over a vocabulary, for property tests: round trips of the language, evaluation against an
// oracle.  Trees are canonical (core/language/definition.h): parse(print(tree)) == tree.  Same seed, same definitions.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/bucket/bucket.h"
#include "core/language/clause_printer.h"
#include "core/language/definition.h"

namespace segments::test {

struct FieldVocabulary {
  FieldPath name;
  LiteralKind kind = LiteralKind::kText;  // of its literals; operators on texts only for kText
  std::vector<std::string> literals;      // not empty; as in Literal::text
};

struct TypeVocabulary {
  Name name;
  std::vector<FieldVocabulary> fields;  // empty: never restricted
};

struct Vocabulary {
  std::vector<TypeVocabulary> types;  // not empty
  std::vector<std::string> times;     // literals of absolute windows; empty: none of those
  std::vector<std::string> segments;  // names of saved ones; empty: none is referred to
  std::vector<Name> relations = {};   // of all types; empty: none is named
  bool past_references = false;       // who entered, left or was a member of them, too
  bool attributes = false;            // types are profile sources, too
  bool typed_literals = false;        // date '…', timestamp '…' too
  int64_t largest_window_count = 60;
  int64_t largest_having_count = 6;
  uint32_t largest_depth = 4;              // of connectives above conditions
  uint32_t largest_restriction_depth = 3;  // of connectives above predicates
};

class RandomDefinition {
 public:
  RandomDefinition(Vocabulary vocabulary, uint64_t seed) : vocabulary_(std::move(vocabulary)), random_(seed) {}

  Definition next() { return Definition{node(vocabulary_.largest_depth)}; }

 private:
  int64_t between(int64_t first, int64_t last) { return std::uniform_int_distribution<int64_t>(first, last)(random_); }
  bool chance(int percent) { return between(1, 100) <= percent; }
  template <class T>
  const T& any(const std::vector<T>& values) {
    return values[static_cast<size_t>(between(0, static_cast<int64_t>(values.size()) - 1))];
  }

  std::unique_ptr<Node> node(uint32_t depth) {
    if (depth == 0 || chance(30)) return leaf();
    auto result = std::make_unique<Node>();
    result->kind = any(std::vector{NodeKind::kAnd, NodeKind::kOr, NodeKind::kNot, NodeKind::kExcept});
    const int64_t children = result->kind == NodeKind::kNot ? 1 : result->kind == NodeKind::kExcept ? 2 : between(2, 4);
    while (static_cast<int64_t>(result->children.size()) < children) {
      auto child = node(depth - 1);
      const bool fits = child->kind != result->kind || child->kind == NodeKind::kExcept;
      result->children.push_back(fits ? std::move(child) : leaf());
    }
    return result;
  }

  std::unique_ptr<Node> leaf() {
    auto result = std::make_unique<Node>();
    if (chance(5)) return result;
    if (!vocabulary_.segments.empty() && chance(15)) {
      result->kind = NodeKind::kSegment;
      result->segment = std::make_unique<SegmentReference>(reference());
      return result;
    }
    if (chance(5)) {
      result->kind = NodeKind::kBucket;
      result->bucket = std::make_unique<BucketCondition>(bucket());
      return result;
    }
    if (chance(15)) {
      result->kind = NodeKind::kComparison;
      result->comparison = comparison();
      return result;
    }
    const TypeVocabulary& type = any(vocabulary_.types);
    result->kind = NodeKind::kInteraction;
    result->interaction = std::make_unique<InteractionCondition>();
    InteractionCondition& condition = *result->interaction;
    condition.types = {type.name};
    if (vocabulary_.attributes && !type.fields.empty() && chance(20)) {
      condition.is_attribute = true;
      condition.restriction = restriction(type, 0);
      // What has no negative form of its own is negated by a node.
      Predicate& predicate = condition.restriction->predicate;
      std::string text;
      print(predicate, text);
      if (text.starts_with("not ")) predicate.negated = false;
      return result;
    }
    if (chance(15)) add_types(condition.types);
    if (!vocabulary_.relations.empty() && chance(30)) condition.via = any(vocabulary_.relations);
    if (!type.fields.empty() && condition.types.size() == 1 && chance(50)) {
      condition.restriction = restriction(type, vocabulary_.largest_restriction_depth);
    }
    if (chance(60)) condition.window = window();
    if (chance(60)) condition.having = having();
    if (chance(40)) add_clause(condition);
    if (!condition.having && !condition.periods && !condition.occurrence && !type.fields.empty() && chance(40)) {
      condition.aggregate = aggregate(any(type.fields));
    }
    return result;
  }

  std::unique_ptr<Comparison> comparison() {
    auto result = std::make_unique<Comparison>();
    result->op = any(std::vector{PredicateOperator::kEqual, PredicateOperator::kLess, PredicateOperator::kLessEqual,
                                 PredicateOperator::kGreater, PredicateOperator::kGreaterEqual, PredicateOperator::kIn,
                                 PredicateOperator::kBetween, PredicateOperator::kIsNull});
    result->negated = has_negative_form(result->op) && chance(30);
    int64_t others = result->op == PredicateOperator::kIsNull ? 0 : 1;
    if (result->op == PredicateOperator::kBetween) others = 2;
    if (result->op == PredicateOperator::kIn) others = between(1, 4);
    // One side at least is of profiles.
    const int64_t counted = between(0, others);
    for (int64_t i = 0; i <= others; ++i) {
      auto side = i == counted && chance(50) ? rows_value() : value(3);
      if (i == counted && side->kind == ValueNodeKind::kNumber) side = rows_value();
      if (i == counted && !has_rows(*side)) side = rows_value();
      if (i == 0) {
        result->value = std::move(side);
      } else {
        result->with.push_back(std::move(side));
      }
    }
    return result;
  }

  static bool has_rows(const ValueNode& value) {
    return value.rows != nullptr || std::ranges::any_of(value.operands, [](const auto& operand) { return has_rows(*operand); });
  }

  std::unique_ptr<ValueNode> value(uint32_t depth) {
    if (depth == 0 || chance(40)) {
      if (chance(50)) return rows_value();
      auto number = std::make_unique<ValueNode>();
      number->number = {
          .kind = LiteralKind::kNumber,
          .text = any(std::vector<std::string>{"0", "1", "2", "-1", "0.5", "-2.25", "1e3", "100000000000000000000", ".1"}),
          .position = 0,
          .type = LiteralType::kNone};
      return number;
    }
    auto result = std::make_unique<ValueNode>();
    result->kind = any(std::vector{ValueNodeKind::kAdd, ValueNodeKind::kSubtract, ValueNodeKind::kMultiply,
                                   ValueNodeKind::kDivide, ValueNodeKind::kCoalesce});
    for (int i = 0; i < 2; ++i) result->operands.push_back(value(depth - 1));
    return result;
  }

  std::unique_ptr<ValueNode> rows_value() {
    auto result = std::make_unique<ValueNode>();
    result->kind = ValueNodeKind::kRows;
    result->rows = std::make_unique<InteractionCondition>();
    InteractionCondition& rows = *result->rows;
    const TypeVocabulary& type = any(vocabulary_.types);
    rows.types = {type.name};
    if (chance(15)) add_types(rows.types);
    if (!vocabulary_.relations.empty() && chance(30)) rows.via = any(vocabulary_.relations);
    if (!type.fields.empty() && rows.types.size() == 1 && chance(40)) {
      rows.restriction = restriction(type, vocabulary_.largest_restriction_depth);
    }
    if (chance(50)) rows.window = window();
    if (chance(20)) rows.latest = any(std::vector<int64_t>{1, 2, 3, kMaxLatest});
    if (type.fields.empty() || chance(50)) return result;
    rows.aggregate.emplace();
    rows.aggregate->kind = any(std::vector{AggregateKind::kSum, AggregateKind::kAverage, AggregateKind::kDistinct});
    rows.aggregate->comparison.field = any(type.fields).name;
    return result;
  }

  BucketCondition bucket() {
    BucketCondition result;
    result.count = any(std::vector<int64_t>{1, 2, 10, 100, 10'000, kMaxBuckets});
    result.first = between(0, result.count - 1);
    result.last = chance(50) ? result.first : between(result.first, result.count - 1);
    if (chance(50)) result.salt = any(std::vector<std::string>{"x", "holdout-2026", "it's", "\n ", "\xc3\xa9"});
    return result;
  }

  // Others too; or of any.
  void add_types(std::vector<Name>& types) {
    if (chance(30)) return types.clear();
    for (const TypeVocabulary& type : vocabulary_.types) {
      const bool known = std::ranges::find(types, type.name) != types.end();
      if (!known && chance(50)) types.push_back(type.name);
    }
  }

  // One of those that do not stand together; what does not stand with it goes.
  void add_clause(InteractionCondition& condition) {
    switch (between(0, 5)) {
      case 5:
        condition.latest = any(std::vector<int64_t>{1, 2, 3, kMaxLatest});
        if (!condition.having && condition.restriction) condition.having = having();
        if (!condition.having) condition.restriction.reset();
        return;
      case 0:
        condition.but_not = window();
        return;
      case 1:
        condition.occurrence = between(1, 9);
        condition.having.reset();
        if (!condition.window) condition.window = window();
        return;
      case 2:
        condition.periods = periods(PeriodsKind::kOfTheLast);
        condition.window.reset();
        return;
      case 3:
        condition.periods = periods(PeriodsKind::kInARow);
        condition.having.reset();
        if (!condition.window) condition.window = window();
        return;
      default:
        condition.periods = periods(PeriodsKind::kDistinct);
        condition.having.reset();
    }
  }

  Periods periods(PeriodsKind kind) {
    Periods result;
    result.kind = kind;
    if (kind == PeriodsKind::kOfTheLast) {
      result.count = between(1, 12);
      result.length = chance(70) ? 1 : between(1, 5);
    }
    result.unit = kind == PeriodsKind::kOfTheLast ? unit() : calendar_unit();
    result.bound = any(std::vector{HavingKind::kAtLeast, HavingKind::kAtMost, HavingKind::kExactly});
    const int64_t bound = between(1, kind == PeriodsKind::kOfTheLast ? result.count : 9);
    result.minimum = result.bound == HavingKind::kAtMost ? 0 : bound;
    result.maximum = result.bound == HavingKind::kAtLeast ? INT64_MAX : bound;
    if (kind == PeriodsKind::kDistinct && chance(20)) {
      result.bound = HavingKind::kBetween;
      result.minimum = bound;
      result.maximum = bound + between(0, 3);
    }
    return result;
  }

  std::unique_ptr<Restriction> restriction(const TypeVocabulary& type, uint32_t depth) {
    auto result = std::make_unique<Restriction>();
    if (depth == 0 || chance(40)) {
      result->predicate = predicate(any(type.fields));
      return result;
    }
    result->kind = any(std::vector{RestrictionKind::kAnd, RestrictionKind::kOr, RestrictionKind::kNot});
    if (result->kind == RestrictionKind::kNot) {
      auto child = restriction(type, depth - 1);
      if (child->kind == RestrictionKind::kPredicate || child->kind == RestrictionKind::kNot) return child;
      result->children.push_back(std::move(child));
      return result;
    }
    const int64_t children = between(2, 3);
    while (static_cast<int64_t>(result->children.size()) < children) {
      auto child = restriction(type, depth - 1);
      result->children.push_back(child->kind != result->kind ? std::move(child) : restriction(type, 0));
    }
    return result;
  }

  Predicate predicate(const FieldVocabulary& field) {
    static const std::vector kOrdered = {PredicateOperator::kEqual,        PredicateOperator::kLess,
                                         PredicateOperator::kLessEqual,    PredicateOperator::kGreater,
                                         PredicateOperator::kGreaterEqual, PredicateOperator::kIn,
                                         PredicateOperator::kBetween,      PredicateOperator::kIsNull,
                                         PredicateOperator::kContainsAny,  PredicateOperator::kContainsAll};
    static const std::vector kTextual = {PredicateOperator::kContains, PredicateOperator::kBeginsWith,
                                         PredicateOperator::kEndsWith, PredicateOperator::kMatches, PredicateOperator::kIsEmpty};
    Predicate result;
    result.field = field.name;
    if (chance(20)) return special(std::move(result), field);
    result.op = field.kind == LiteralKind::kText && chance(40) ? any(kTextual) : any(kOrdered);
    result.negated = chance(30);
    int64_t literals = 1;
    if (result.op == PredicateOperator::kIsNull || result.op == PredicateOperator::kIsEmpty) literals = 0;
    if (result.op == PredicateOperator::kBetween) literals = 2;
    if (takes_list(result.op)) literals = between(1, 4);
    for (int64_t i = 0; i < literals; ++i) {
      result.literals.push_back(
          Literal{.kind = field.kind, .text = any(field.literals), .position = 0, .type = LiteralType::kNone});
    }
    const bool on_texts = result.op >= PredicateOperator::kContains && result.op <= PredicateOperator::kMatches;
    if (field.kind == LiteralKind::kText && vocabulary_.typed_literals && !on_texts && chance(20)) {
      for (Literal& literal : result.literals) literal.type = type();
      return result;
    }
    const bool may_ignore_case = result.op == PredicateOperator::kEqual || result.op == PredicateOperator::kIn ||
                                 result.op == PredicateOperator::kContains || result.op == PredicateOperator::kBeginsWith ||
                                 result.op == PredicateOperator::kEndsWith || result.op == PredicateOperator::kMatches;
    result.ignore_case = field.kind == LiteralKind::kText && may_ignore_case && chance(25);
    return result;
  }

  // Times, parts and other fields.
  Predicate special(Predicate result, const FieldVocabulary& field) {
    static const std::vector kOrdered = {PredicateOperator::kEqual, PredicateOperator::kLess, PredicateOperator::kLessEqual,
                                         PredicateOperator::kGreater, PredicateOperator::kGreaterEqual};
    result.negated = chance(30);
    switch (between(0, 3)) {
      case 0:
        result.op = PredicateOperator::kTimes;
        result.times = field_times(TimeUnit::kSecond);
        if (chance(40)) result.part = FieldPart::kDate;
        return result;
      case 1:
        result.op = PredicateOperator::kTimes;
        result.part = FieldPart::kAnniversary;
        result.times = field_times(TimeUnit::kDay);
        return result;
      case 2:
        result.part = static_cast<FieldPart>(between(1, static_cast<int64_t>(FieldPart::kTime)));
        result.op = any(kOrdered);
        result.literals.push_back(
            Literal{.kind = field.kind, .text = any(field.literals), .position = 0, .type = LiteralType::kNone});
        return result;
      default:
        result.other = FieldPath{{"other", chance(30), 0}, {}};
        result.op = chance(50) ? any(kOrdered)
                               : any(std::vector{PredicateOperator::kWithinBefore, PredicateOperator::kWithinAfter,
                                                 PredicateOperator::kWithinOf});
        if (result.op < PredicateOperator::kWithinBefore) return result;
        result.times = Window{};
        result.times->count = between(0, vocabulary_.largest_window_count);
        result.times->unit = unit();
        return result;
    }
  }

  Window field_times(TimeUnit least) {
    Window result;
    result.kind = any(std::vector{WindowKind::kWithinLast, WindowKind::kWithinNext, WindowKind::kBetweenAgo, WindowKind::kThis,
                                  WindowKind::kPrevious, WindowKind::kNext, WindowKind::kMoreThanAgo});
    const bool is_calendar =
        result.kind == WindowKind::kThis || result.kind == WindowKind::kPrevious || result.kind == WindowKind::kNext;
    const auto any_unit = [&] { return std::max(least, is_calendar ? calendar_unit() : unit()); };
    result.unit = any_unit();
    if (result.kind != WindowKind::kThis) result.count = between(1, vocabulary_.largest_window_count);
    if (result.kind == WindowKind::kBetweenAgo) {
      result.other_count = between(0, vocabulary_.largest_window_count);
      result.other_unit = any_unit();
    }
    return result;
  }

  LiteralType type() { return static_cast<LiteralType>(between(0, static_cast<int64_t>(LiteralType::kTimestamptz))); }

  TimeUnit unit() { return static_cast<TimeUnit>(between(0, static_cast<int64_t>(TimeUnit::kYear))); }

  TimeUnit calendar_unit() {
    return static_cast<TimeUnit>(between(static_cast<int64_t>(TimeUnit::kHour), static_cast<int64_t>(TimeUnit::kYear)));
  }

  SegmentReference reference() {
    SegmentReference result{any(vocabulary_.segments), 0};
    if (!vocabulary_.past_references || chance(50)) return result;
    result.kind = any(std::vector{ReferenceKind::kEntered, ReferenceKind::kLeft, ReferenceKind::kAsOf});
    if (result.kind != ReferenceKind::kAsOf) {
      result.window = window();
    } else if (vocabulary_.times.empty()) {
      result.kind = ReferenceKind::kNow;
    } else {
      result.at = Literal{.kind = LiteralKind::kText, .text = any(vocabulary_.times), .position = 0, .type = LiteralType::kNone};
    }
    return result;
  }

  Window window() {
    Window result;
    static const std::vector kRelative = {WindowKind::kWithinLast, WindowKind::kBetweenAgo, WindowKind::kThis,
                                          WindowKind::kPrevious, WindowKind::kMoreThanAgo};
    static const std::vector kWithTimes = {WindowKind::kFromTo, WindowKind::kSince, WindowKind::kBefore, WindowKind::kOn};
    result.kind = vocabulary_.times.empty() || chance(60) ? any(kRelative) : any(kWithTimes);
    const auto time = [&] {
      Literal literal{.kind = LiteralKind::kText, .text = any(vocabulary_.times), .position = 0, .type = LiteralType::kNone};
      if (vocabulary_.typed_literals && chance(30)) literal.type = type();
      return literal;
    };
    switch (result.kind) {
      case WindowKind::kBetweenAgo:
        result.other_count = between(0, vocabulary_.largest_window_count);
        result.other_unit = unit();
        result.count = between(0, vocabulary_.largest_window_count);
        result.unit = chance(50) ? result.other_unit : unit();
        break;
      case WindowKind::kWithinLast:
        result.count = between(1, vocabulary_.largest_window_count);
        result.unit = unit();
        break;
      case WindowKind::kFromTo:
        result.start = time();
        result.end = time();
        break;
      case WindowKind::kSince:
        result.start = time();
        break;
      case WindowKind::kBefore:
        result.end = time();
        break;
      case WindowKind::kThis:
        result.unit = calendar_unit();
        break;
      case WindowKind::kPrevious:
        result.count = between(1, vocabulary_.largest_window_count);
        result.unit = calendar_unit();
        break;
      case WindowKind::kMoreThanAgo:
        result.count = between(0, vocabulary_.largest_window_count);
        result.unit = unit();
        break;
      case WindowKind::kOn:
        result.start = time();
        break;
      case WindowKind::kWithinNext:
      case WindowKind::kNext:
        break;
    }
    return result;
  }

  Aggregate aggregate(const FieldVocabulary& field) {
    Aggregate result;
    result.kind = static_cast<AggregateKind>(between(0, static_cast<int64_t>(AggregateKind::kLast)));
    do {
      result.comparison = predicate(field);
    } while (!compares_values(result.comparison.op) || result.comparison.other ||
             (result.kind == AggregateKind::kDistinct && result.comparison.op == PredicateOperator::kIsNull));
    result.comparison.part = FieldPart::kWhole;
    result.comparison.ignore_case = false;
    if (!has_negative_form(result.comparison.op)) result.comparison.negated = false;
    return result;
  }

  Having having() {
    Having result;
    result.kind = static_cast<HavingKind>(between(0, static_cast<int64_t>(HavingKind::kNever)));
    const int64_t a = between(0, vocabulary_.largest_having_count);
    const int64_t b = between(a, vocabulary_.largest_having_count);
    switch (result.kind) {
      case HavingKind::kAtLeast:
        result.minimum = a + 2;
        break;
      case HavingKind::kAtMost:
        result.minimum = 0;
        result.maximum = a;
        break;
      case HavingKind::kExactly:
        result.minimum = result.maximum = a;
        break;
      case HavingKind::kBetween:
        result.minimum = a;
        result.maximum = b;
        break;
      case HavingKind::kNever:
        result.minimum = result.maximum = 0;
        break;
    }
    return result;
  }

  Vocabulary vocabulary_;
  std::mt19937_64 random_;
};

}  // namespace segments::test
