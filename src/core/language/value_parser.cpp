#include "core/language/value_parser.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/language/clauses.h"
#include "core/language/habits.h"
#include "core/text/characters.h"
#include "core/text/keywords.h"
#include "core/text/number_separators.h"

namespace segments {
namespace {

const std::vector<std::string_view> kFunctions = {"count", "sum", "avg", "coalesce"};
constexpr std::array<std::string_view, 7> kOperators = {"=", "<>", "!=", "<", "<=", ">", ">="};

bool is_call(const TokenStream& stream, std::string_view function) {
  return stream.at_word(function) && stream.peek().text == "(";
}

// Functions that there are in having, or elsewhere, and not here.
bool at_unsupported_call(const TokenStream& stream) {
  const bool since = (stream.at_word("days") || stream.at_word("hours")) && TokenStream::is_word(stream.peek(), "since") &&
                     stream.peek(2).text == "(";
  return since || is_call(stream, "min") || is_call(stream, "max") || is_call(stream, "first") || is_call(stream, "last") ||
         is_call(stream, "median");
}

// A sign that belongs to a number as it is written, but stands behind an operand.
bool at_signed_number(const TokenStream& stream) {
  const Token& token = stream.current();
  return token.kind == TokenKind::kNumber && (token.text[0] == '+' || token.text[0] == '-');
}

bool starts_comparison(const Token& token) {
  if (token.kind == TokenKind::kSymbol) return token.text.find_first_of("=<>!+-*/") != std::string_view::npos;
  return std::ranges::any_of(std::array<std::string_view, 5>{"in", "not", "between", "is", "has"},
                             [&](std::string_view word) { return TokenStream::is_word(token, word); });
}

class ValueParser {
 public:
  explicit ValueParser(TokenStream& stream) : stream_(stream) {}

  std::unique_ptr<ValueNode> parse() { return parse_sum(parse_product(parse_factor())); }
  std::unique_ptr<ValueNode> parse_after(std::unique_ptr<ValueNode> first) {
    count_operands(operands_of(*first));
    return parse_sum(parse_product(std::move(first)));
  }

 private:
  static uint32_t operands_of(const ValueNode& value) {
    uint32_t count = value.operands.empty() ? 1 : 0;
    for (const auto& operand : value.operands) count += operands_of(*operand);
    return count;
  }

  void count_operands(uint32_t count) {
    operands_ += count;
    if (operands_ <= kMaxValueOperands) return;
    throw Error(ErrorCode::kLimitExceeded, "a value is made of too many others",
                "At most " + std::to_string(kMaxValueOperands) + " are accepted.", "Split the comparison.", stream_.position());
  }

  static std::unique_ptr<ValueNode> join(ValueNodeKind kind, std::unique_ptr<ValueNode> first,
                                         std::unique_ptr<ValueNode> second) {
    auto joined = std::make_unique<ValueNode>();
    joined->kind = kind;
    joined->position = first->position;
    joined->operands.push_back(std::move(first));
    joined->operands.push_back(std::move(second));
    return joined;
  }

  std::unique_ptr<ValueNode> parse_sum(std::unique_ptr<ValueNode> value) {
    while (true) {
      const bool is_signed = at_signed_number(stream_);
      const bool subtracts = is_signed ? stream_.current().text[0] == '-' : stream_.at_symbol("-");
      if (!is_signed && !subtracts && !stream_.at_symbol("+")) return value;
      std::unique_ptr<ValueNode> first;
      if (is_signed) {
        first = take_number();
        first->number.text.erase(0, 1);
        ++first->number.position;
      } else {
        stream_.take();
        first = parse_factor();
      }
      value = join(subtracts ? ValueNodeKind::kSubtract : ValueNodeKind::kAdd, std::move(value), parse_product(std::move(first)));
    }
  }

  std::unique_ptr<ValueNode> parse_product(std::unique_ptr<ValueNode> value) {
    while (stream_.at_symbol("*") || stream_.at_symbol("/")) {
      const ValueNodeKind kind = stream_.take().text == "*" ? ValueNodeKind::kMultiply : ValueNodeKind::kDivide;
      value = join(kind, std::move(value), parse_factor());
    }
    return value;
  }

  // Recursion happens at parentheses only, whose depth the stream bounds.
  std::unique_ptr<ValueNode> parse_factor() {
    if (stream_.at_symbol("(")) {
      stream_.enter();
      ++in_parentheses_;
      auto value = parse();
      --in_parentheses_;
      expect_end_of_parentheses();
      return value;
    }
    if (stream_.current().kind == TokenKind::kNumber) return take_number();
    if (is_call(stream_, "coalesce")) return parse_coalesce();
    if (is_call(stream_, "count") || is_call(stream_, "sum") || is_call(stream_, "avg")) return parse_rows();
    check_unsupported();
    if (stream_.current().kind == TokenKind::kText) {
      stream_.fail_because("Values of profiles are numbers.", "Write a number without quotes, or count(Type …).");
    }
    if (TokenStream::is_name(stream_.current()) && nearest_keyword(stream_.current().text, kFunctions).empty()) {
      stream_.fail_because("Expected a value.",
                           "Write count(" + excerpt(stream_.current().text) + " …) for a number of interactions.");
    }
    stream_.fail_expecting({"count(", "sum(", "avg(", "coalesce(", "("}, {"a number"});
  }

  void check_unsupported() const {
    const Token& word = stream_.current();
    if (stream_.at_word("measure") && stream_.peek().kind == TokenKind::kText) {
      fail_unsupported(word.text, word.position, "Write out what it stands for: count(Type …), sum(Field of Type …).");
    }
    if (!at_unsupported_call(stream_)) return;
    const std::string name = excerpt(word.text);
    if (is_call(stream_, "median") || stream_.at_word("days") || stream_.at_word("hours")) {
      fail_unsupported(name, word.position, "Values are made of count(…), sum(…), avg(…) and numbers.");
    }
    fail_unsupported(name + "(", word.position,
                     "Write what it is compared with behind the interactions: Type having " + name + "(Field) > 5.");
  }

  std::unique_ptr<ValueNode> take_number() {
    count_operands(1);
    auto value = std::make_unique<ValueNode>();
    value->position = stream_.position();
    const std::string digits(stream_.current().text);
    value->number = stream_.take_literal();
    if (in_parentheses_ == 0 && in_list_ == 0) check_separators(stream_, digits, false);
    return value;
  }

  std::unique_ptr<ValueNode> parse_coalesce() {
    const uint32_t position = stream_.position();
    stream_.take();
    stream_.enter();
    ++in_list_;
    auto first = parse();
    if (!stream_.at_symbol(",")) stream_.fail_expecting({","});
    stream_.take();
    auto second = parse();
    --in_list_;
    if (stream_.at_symbol(",")) {
      stream_.fail_because("Of two values, the second stands for none.", "Write coalesce(…, coalesce(…, …)) for three.");
    }
    expect_end_of_parentheses();
    auto value = join(ValueNodeKind::kCoalesce, std::move(first), std::move(second));
    value->position = position;
    return value;
  }

  void expect_end_of_parentheses() {
    if (!stream_.at_symbol(")")) stream_.fail_expecting({"+", "-", "*", "/", ")"});
    stream_.leave();
  }

  // count(interactions), count(distinct Field of interactions), sum(Field of interactions)
  std::unique_ptr<ValueNode> parse_rows() {
    count_operands(1);
    auto value = std::make_unique<ValueNode>();
    value->kind = ValueNodeKind::kRows;
    value->position = stream_.position();
    const std::string function(stream_.take().text);
    stream_.enter();
    std::optional<Aggregate> aggregate;
    if (!equals_ignoring_case(function, "count")) {
      aggregate.emplace();
      aggregate->kind = equals_ignoring_case(function, "sum") ? AggregateKind::kSum : AggregateKind::kAverage;
    } else if (stream_.at_word("distinct") &&
               (TokenStream::is_name(stream_.peek()) || TokenStream::is_word(stream_.peek(), "all"))) {
      stream_.take();
      aggregate.emplace();
      aggregate->kind = AggregateKind::kDistinct;
      check_is_no_unit();
    }
    if (stream_.at_symbol(")") || stream_.at_symbol("*")) {
      throw Error(ErrorCode::kSyntax, "\"" + function + (stream_.at_symbol("*") ? "(*)" : "()") + "\" does not say of what",
                  "Interactions of a type are looked at.",
                  "Write the type of the interactions: " + function + (aggregate ? "(Field of Type)." : "(Type)."),
                  stream_.position());
    }
    if (aggregate) {
      aggregate->position = value->position;
      aggregate->comparison.field = parse_field_of(function, aggregate->kind == AggregateKind::kDistinct);
    }
    value->rows = parse_counted_interaction(stream_);
    value->rows->aggregate = std::move(aggregate);
    stream_.leave();
    return value;
  }

  void check_is_no_unit() const {
    const Token& unit = stream_.current();
    if (unit.kind != TokenKind::kWord || !unit_of_word(unit.text)) return;
    fail_unsupported("count(distinct " + std::string(unit.text), unit.position,
                     "Write Type having count(distinct " + std::string(unit.text) +
                         ") > 5; a field that is called so stands in double quotes.");
  }

  FieldPath parse_field_of(const std::string& function, bool distinct) {
    if (part_follows(stream_, 0) && TokenStream::is_word(stream_.peek(3), "of")) {
      stream_.fail_because("Values of whole fields are looked at.",
                           "Leave the part out, or ask for it in the restriction: where.");
    }
    FieldPath field = parse_field_path(stream_, {});
    if (stream_.accept_word("of")) return field;
    if (!stream_.at_symbol(")")) stream_.fail_expecting({"of"});
    const std::string call = function + (distinct ? "(distinct " : "(");
    if (field.members.empty()) {
      stream_.fail_because("Expected \"of\" and the interactions.", "Write " + call + excerpt(field.text()) + " of Type …).");
    }
    FieldPath within = field;
    within.column = within.members.front();
    within.members.erase(within.members.begin());
    stream_.fail_because("Expected \"of\" and where the field is from.",
                         "Write " + call + excerpt(within.text()) + " of " + excerpt(field.column.text) + ").");
  }

  TokenStream& stream_;
  uint32_t operands_ = 0;
  uint32_t in_parentheses_ = 0;
  uint32_t in_list_ = 0;
};

bool has_rows(const ValueNode& value) {
  return value.rows != nullptr || std::ranges::any_of(value.operands, [](const auto& operand) { return has_rows(*operand); });
}

// =, is equal to, in (…) …
class ComparisonParser {
 public:
  explicit ComparisonParser(TokenStream& stream) : stream_(stream), comparison_(std::make_unique<Comparison>()) {}

  std::unique_ptr<Comparison> parse(std::unique_ptr<ValueNode> value) {
    comparison_->value = std::move(value);
    comparison_->position = stream_.position();
    check_foreign_operator(stream_, false);
    if (!accept_symbol()) parse_words();
    const auto of_profiles = [](const auto& one) { return has_rows(*one); };
    if (has_rows(*comparison_->value) || std::ranges::any_of(comparison_->with, of_profiles)) return std::move(comparison_);
    throw Error(ErrorCode::kSyntax, "a comparison of numbers holds for all profiles, or for none", "",
                "Write all for every profile, or compare a value that profiles have: count(Type …).",
                comparison_->value->position);
  }

 private:
  void add_value() {
    if (comparison_->with.size() == kMaxValueOperands) {
      throw Error(ErrorCode::kLimitExceeded, "a value is compared with too many others",
                  "At most " + std::to_string(kMaxValueOperands) + " are accepted.", "Join two comparisons by \"or\".",
                  stream_.position());
    }
    comparison_->with.push_back(parse_value(stream_));
  }

  bool accept_symbol() {
    for (size_t i = 0; i < kOperators.size(); ++i) {
      if (!stream_.accept_symbol(kOperators[i])) continue;
      if (kOperators[i] == "=" && stream_.at_symbol("=")) stream_.fail_because("Equality is one sign.", "Write \"=\".");
      if (kOperators[i] == "=" && stream_.at_symbol(">")) stream_.fail_because("This is no operator.", "Write \">=\".");
      constexpr std::array<PredicateOperator, 7> kMeanings = {
          PredicateOperator::kEqual,     PredicateOperator::kEqual,   PredicateOperator::kEqual,       PredicateOperator::kLess,
          PredicateOperator::kLessEqual, PredicateOperator::kGreater, PredicateOperator::kGreaterEqual};
      comparison_->op = kMeanings[i];
      comparison_->negated = i == 1 || i == 2;
      add_value();
      return true;
    }
    return false;
  }

  void parse_words() {
    if (stream_.accept_word("is")) return parse_is();
    if (stream_.accept_word("has")) return parse_has();
    comparison_->negated = stream_.accept_word("not");
    if (stream_.accept_word("in")) return parse_list("in");
    if (stream_.accept_word("between")) {
      comparison_->op = PredicateOperator::kBetween;
      add_value();
      stream_.expect_word("and");
      return add_value();
    }
    if (comparison_->negated) {
      stream_.fail_because("\"not\" stands before \"in\" and \"between\".",
                           "Write \"not\" before the whole comparison: not (… > …).");
    }
    stream_.fail_expecting({"=", "<>", "<", "<=", ">", ">=", "in", "not in", "between", "is", "+", "-", "*", "/"});
  }

  void parse_is() {
    comparison_->negated = stream_.accept_word("not");
    if (stream_.accept_word("null")) {
      comparison_->op = PredicateOperator::kIsNull;
      return;
    }
    if (stream_.accept_word("one")) {
      stream_.expect_word("of");
      return parse_list("is one of");
    }
    if (stream_.accept_word("equal")) {
      stream_.expect_word("to");
      comparison_->op = PredicateOperator::kEqual;
      return add_value();
    }
    const bool greater = stream_.at_word("greater");
    if (comparison_->negated || (!greater && !stream_.at_word("less"))) {
      if (comparison_->negated) stream_.fail_expecting({"null", "equal to", "one of"});
      stream_.fail_expecting({"not", "null", "equal to", "greater than", "less than", "one of"});
    }
    stream_.take();
    stream_.expect_word("than");
    const bool or_equal = stream_.accept_word("or");
    if (or_equal) {
      stream_.expect_word("equal");
      stream_.expect_word("to");
    }
    comparison_->op = greater ? (or_equal ? PredicateOperator::kGreaterEqual : PredicateOperator::kGreater)
                              : (or_equal ? PredicateOperator::kLessEqual : PredicateOperator::kLess);
    add_value();
  }

  void parse_has() {
    comparison_->op = PredicateOperator::kIsNull;
    comparison_->negated = stream_.accept_word("a");
    if (!comparison_->negated && !stream_.accept_word("no")) stream_.fail_expecting({"a value", "no value"});
    stream_.expect_word("value");
  }

  void parse_list(std::string_view written) {
    comparison_->op = PredicateOperator::kIn;
    if (!stream_.at_symbol("(")) {
      stream_.fail_because("Expected \"(\".", "Write the values in parentheses: " + std::string(written) + " (1, 2).");
    }
    stream_.enter();
    if (stream_.at_symbol(")")) {
      stream_.fail_because("The list is empty.", "Write one value or more: " + std::string(written) + " (1, 2).");
    }
    do {
      add_value();
    } while (stream_.accept_symbol(","));
    if (!stream_.at_symbol(")")) stream_.fail_expecting({",", ")"});
    stream_.leave();
  }

  TokenStream& stream_;
  std::unique_ptr<Comparison> comparison_;
};

}  // namespace

bool at_value(const TokenStream& stream) {
  if (stream.current().kind == TokenKind::kNumber) {
    const Token next = stream.peek();
    const bool ends = next.kind == TokenKind::kSymbol && next.text == ")";  // (2) * count(A)
    return ends || starts_comparison(next) || (next.kind == TokenKind::kNumber && (next.text[0] == '+' || next.text[0] == '-'));
  }
  for (const std::string_view function : kFunctions) {
    if (is_call(stream, function)) return true;
  }
  return at_unsupported_call(stream);
}

std::unique_ptr<ValueNode> parse_value(TokenStream& stream) { return ValueParser(stream).parse(); }

std::unique_ptr<ValueNode> parse_value_after(std::unique_ptr<ValueNode> parenthesized, TokenStream& stream) {
  return ValueParser(stream).parse_after(std::move(parenthesized));
}

std::unique_ptr<Comparison> parse_comparison_of(std::unique_ptr<ValueNode> value, TokenStream& stream) {
  return ComparisonParser(stream).parse(std::move(value));
}

}  // namespace segments
