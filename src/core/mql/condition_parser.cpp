#include "core/mql/condition_parser.h"

#include <optional>
#include <string>
#include <utility>

#include "core/text/characters.h"

namespace segments {
namespace {

using Operator = PredicateOperator;

struct Comparison {
  Operator op = Operator::kEqual;
  bool negated = false;
  uint32_t position = 0;
};

// A side of a comparison: a field or a value.
struct Side {
  std::optional<FieldPath> field;
  Literal literal;
  uint32_t position = 0;
};

std::unique_ptr<Restriction> connected(RestrictionKind kind, std::vector<std::unique_ptr<Restriction>> children) {
  if (children.size() == 1) return std::move(children.front());
  auto node = std::make_unique<Restriction>();
  node->kind = kind;
  node->children = std::move(children);
  return node;
}

class ConditionParser {
 public:
  ConditionParser(TokenStream& stream, bool& counts_in_utc) : stream_(stream), counts_in_utc_(counts_in_utc) {}

  std::unique_ptr<Restriction> parse() {
    std::vector<std::unique_ptr<Restriction>> alternatives;
    do {
      std::vector<std::unique_ptr<Restriction>> terms;
      do terms.push_back(term());
      while (accept_doubled(stream_, "&") || stream_.accept_word("and"));
      alternatives.push_back(connected(RestrictionKind::kAnd, std::move(terms)));
    } while (accept_doubled(stream_, "|") || stream_.accept_word("or"));
    if (!stream_.at_symbol(")")) fail_after_term();
    return connected(RestrictionKind::kOr, std::move(alternatives));
  }

 private:
  [[noreturn]] void fail_after_term() const {
    const std::string_view text = stream_.current().text;
    if (text == "&" || text == "|") {
      stream_.fail_because("Expected \"&&\", \"||\" or \")\".", "Write \"" + std::string(text == "&" ? "&&" : "||") + "\".");
    }
    stream_.fail_expecting({"&&", "||", ")"});
  }

  std::unique_ptr<Restriction> term() {
    bool negated = false;
    while (accept_unknown(stream_, "!") || stream_.accept_word("not")) negated = !negated;
    std::unique_ptr<Restriction> inner;
    if (stream_.at_symbol("(")) {
      stream_.enter();
      inner = parse();
      stream_.leave();
    } else {
      inner = std::make_unique<Restriction>();
      inner->predicate = predicate();
    }
    if (!negated) return inner;
    auto negation = std::make_unique<Restriction>();
    negation->kind = RestrictionKind::kNot;
    negation->children.push_back(std::move(inner));
    return negation;
  }

  // Whether a function of this name is called here.
  bool at_call(std::string_view name) const { return stream_.at_word(name) && stream_.peek().text == "("; }

  Predicate predicate() {
    Predicate result;
    result.position = stream_.position();
    const bool is_not_null = at_call("isnotnull");
    if (is_not_null || at_call("isnull")) {
      stream_.take();
      stream_.enter();
      result.field = take_field();
      stream_.leave();
      result.op = Operator::kIsNull;
      result.negated = is_not_null;
      return result;
    }
    if (const std::optional<Operator> op = text_function()) return text_predicate(std::move(result), *op);
    return comparison(take_side());
  }

  std::optional<Operator> text_function() const {
    static constexpr std::pair<std::string_view, Operator> kFunctions[] = {
        {"contains", Operator::kContains}, {"startswith", Operator::kBeginsWith}, {"endswith", Operator::kEndsWith}};
    for (const auto& [name, op] : kFunctions) {
      if (at_call(name)) return op;
    }
    return std::nullopt;
  }

  // CONTAINS(field, 'text')
  Predicate text_predicate(Predicate result, Operator op) {
    stream_.take();
    stream_.enter();
    result.op = op;
    result.field = take_field();
    stream_.expect_symbol(",");
    result.literals.push_back(stream_.take_text());
    stream_.leave();
    return result;
  }

  Predicate comparison(Side left) {
    Predicate result;
    result.position = stream_.position();
    for (const auto& [word, op] :
         {std::pair{"contains", Operator::kContains}, {"startswith", Operator::kBeginsWith}, {"endswith", Operator::kEndsWith}}) {
      if (!left.field || !stream_.accept_word(word)) continue;
      result.field = std::move(*left.field);
      result.op = op;
      result.literals.push_back(stream_.take_text());
      return result;
    }
    const Comparison compared = take_comparison();
    Side right = take_side();
    const bool mirrored = !left.field.has_value();
    if (mirrored) std::swap(left, right);
    if (!left.field) {
      throw Error(ErrorCode::kSyntax, "two values are compared", "One side is a field.", "Leave the comparison out.",
                  compared.position);
    }
    result.op = mirrored ? mirror(compared.op) : compared.op;
    result.negated = compared.negated;
    result.position = compared.position;
    result.field = std::move(*left.field);
    if (right.field) {
      result.other = std::move(right.field);
    } else {
      result.literals.push_back(std::move(right.literal));
    }
    return result;
  }

  static Operator mirror(Operator op) {
    switch (op) {
      case Operator::kLess:
        return Operator::kGreater;
      case Operator::kLessEqual:
        return Operator::kGreaterEqual;
      case Operator::kGreater:
        return Operator::kLess;
      case Operator::kGreaterEqual:
        return Operator::kLessEqual;
      default:
        return op;
    }
  }

  Comparison take_comparison() {
    static constexpr std::pair<std::string_view, Operator> kComparisons[] = {
        {"=", Operator::kEqual},      {"!=", Operator::kEqual},  {"<>", Operator::kEqual},       {"<", Operator::kLess},
        {"<=", Operator::kLessEqual}, {">", Operator::kGreater}, {">=", Operator::kGreaterEqual}};
    const uint32_t position = stream_.position();
    if (accept_doubled(stream_, "=")) return {Operator::kEqual, false, position};
    for (const auto& [symbol, op] : kComparisons) {
      if (stream_.accept_symbol(symbol)) return {op, symbol == "!=" || symbol == "<>", position};
    }
    check_arithmetic();
    stream_.fail_expecting({"==", "!=", "<", "<=", ">", ">=", "CONTAINS", "STARTSWITH", "ENDSWITH"});
  }

  void check_arithmetic() const {
    const std::string_view text = stream_.current().text;
    const bool is_operator = text == "+" || text == "-" || text == "*" || text == "/";
    const bool is_signed = stream_.current().kind == TokenKind::kNumber && (text[0] == '+' || text[0] == '-');
    if (!is_operator && !is_signed) return;
    fail_without_counterpart("arithmetic", stream_.position(), "Fields are compared as they are.",
                             "Compare with the number that it comes to.");
  }

  Side take_side() {
    Side side;
    side.position = stream_.position();
    const Token& current = stream_.current();
    if (current.kind == TokenKind::kText || current.kind == TokenKind::kNumber) {
      side.literal = stream_.take_literal();
    } else if (stream_.at_word("true") || stream_.at_word("false")) {
      side.literal = stream_.take_literal();
    } else if (at_call("date")) {
      side.literal = take_date();
    } else if (at_call("datetimeutcnow")) {
      side.literal = take_now();
    } else {
      check_side();
      side.field = take_field();
    }
    check_arithmetic();
    return side;
  }

  // What is no value here.
  void check_side() const {
    if (stream_.at_word("null")) stream_.fail_because("Nothing equals null.", "Write ISNULL(field) or ISNOTNULL(field).");
    if (at_call("datediff") || at_call("dateadd")) {
      fail_without_counterpart("\"" + std::string(stream_.current().text) + "\"", stream_.position(),
                               "Fields are compared with times as they are.",
                               "Convert the rest, and add to the definition what it means: where Field within last 30 days.");
    }
    if (stream_.current().kind == TokenKind::kQuotedName) {
      stream_.fail_because("Expected a value.",
                           "Texts stand in single quotes: " + in_quotes(excerpt(unquote(stream_.current().text)), '\'') + ".");
    }
  }

  FieldPath take_field() {
    const Name name = take_word();
    return {stream_.accept_symbol(".") ? take_word() : name, {}};
  }

  Name take_word() {
    if (stream_.current().kind != TokenKind::kWord) stream_.fail_expecting({}, {"a field name"});
    const Token token = stream_.take();
    return {std::string(token.text), false, token.position};
  }

  int64_t take_part(int64_t least, int64_t most, std::string_view what) {
    const uint32_t position = stream_.position();
    const int64_t number = stream_.take_count(kMaxHavingCount);
    if (number >= least && number <= most) return number;
    throw Error(ErrorCode::kOutOfRange, "number \"" + std::to_string(number) + "\" is out of range",
                "It is the " + std::string(what) + " of a date.",
                "Use a number from " + std::to_string(least) + " to " + std::to_string(most) + ".", position);
  }

  // DATE(2026, 3, 1) is a day, DATE(2026, 3, 1, 12, 30) an instant.
  Literal take_date() {
    struct Part {
      int64_t least;
      int64_t most;
      std::string_view what;
      std::string_view before;
      size_t digits;
    };
    static constexpr Part kParts[] = {{1, 9999, "year", "", 4},       {1, 12, "month", "-", 2},  {1, 31, "day", "-", 2},
                                      {0, 23, "hour", " ", 2},        {0, 59, "minute", ":", 2}, {0, 59, "second", ":", 2},
                                      {0, 999, "millisecond", ".", 3}};
    Literal literal;
    literal.position = stream_.take().position;
    stream_.enter();
    size_t taken = 0;
    for (const Part& part : kParts) {
      if (taken >= 3 && !stream_.at_symbol(",")) break;
      if (taken > 0) stream_.expect_symbol(",");
      const std::string digits = std::to_string(take_part(part.least, part.most, part.what));
      literal.text += std::string(part.before) + std::string(part.digits - digits.size(), '0') + digits;
      ++taken;
    }
    stream_.leave();
    if (taken == 4) literal.text += ":00";
    literal.type = taken == 3 ? LiteralType::kDate : LiteralType::kTimestamptz;
    if (taken > 3) literal.text += "+00";
    counts_in_utc_ = counts_in_utc_ || taken == 3;
    return literal;
  }

  Literal take_now() {
    Literal literal;
    literal.text = "now";
    literal.position = stream_.take().position;
    stream_.enter();
    stream_.leave();
    return literal;
  }

  TokenStream& stream_;
  bool& counts_in_utc_;
};

}  // namespace

std::unique_ptr<Restriction> parse_mql_condition(TokenStream& stream, bool& counts_in_utc) {
  return ConditionParser(stream, counts_in_utc).parse();
}

}  // namespace segments
