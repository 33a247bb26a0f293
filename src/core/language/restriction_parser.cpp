#include <string>
#include <utility>

#include "core/language/clauses.h"

namespace segments {
namespace {

const std::vector<std::string_view> kOperators = {"=",       "<>",       "<",      "<=",   ">",  ">=",  "in",
                                                  "between", "contains", "begins", "ends", "is", "not", "does"};

std::unique_ptr<Restriction> parse_alternatives(TokenStream& stream);

// Puts `children` under one node of `kind`, those of children of that kind in their place.
std::unique_ptr<Restriction> join(RestrictionKind kind, std::vector<std::unique_ptr<Restriction>> children) {
  if (children.size() == 1) return std::move(children.front());
  auto joined = std::make_unique<Restriction>();
  joined->kind = kind;
  for (auto& child : children) {
    if (child->kind != kind) {
      joined->children.push_back(std::move(child));
      continue;
    }
    for (auto& grandchild : child->children) joined->children.push_back(std::move(grandchild));
  }
  return joined;
}

std::unique_ptr<Restriction> negate(std::unique_ptr<Restriction> restriction) {
  if (restriction->kind == RestrictionKind::kPredicate) {
    restriction->predicate.negated = !restriction->predicate.negated;
    return restriction;
  }
  if (restriction->kind == RestrictionKind::kNot) return std::move(restriction->children.front());
  auto negation = std::make_unique<Restriction>();
  negation->kind = RestrictionKind::kNot;
  negation->children.push_back(std::move(restriction));
  return negation;
}

// not contains, does not contain; begins with, does not begin with …: the verb after "not" or "does not".
std::optional<PredicateOperator> accept_text_operator(TokenStream& stream, bool after_does) {
  const auto accept_with = [&](std::string_view verb) {
    if (!stream.accept_word(verb)) return false;
    stream.expect_word("with");
    return true;
  };
  if (stream.accept_word(after_does ? "contain" : "contains")) return PredicateOperator::kContains;
  if (accept_with(after_does ? "begin" : "begins")) return PredicateOperator::kBeginsWith;
  if (accept_with(after_does ? "end" : "ends")) return PredicateOperator::kEndsWith;
  return std::nullopt;
}

void take_texts(TokenStream& stream, Predicate& predicate) {
  predicate.literals.push_back(stream.take_text_literal("a text in single quotes"));
}

bool accept_comparison(TokenStream& stream, Predicate& predicate) {
  static constexpr std::pair<std::string_view, PredicateOperator> kComparisons[] = {
      {"=", PredicateOperator::kEqual},         {"<>", PredicateOperator::kEqual},     {"!=", PredicateOperator::kEqual},
      {"<", PredicateOperator::kLess},          {"<=", PredicateOperator::kLessEqual}, {">", PredicateOperator::kGreater},
      {">=", PredicateOperator::kGreaterEqual},
  };
  for (const auto& [symbol, op] : kComparisons) {
    if (!stream.accept_symbol(symbol)) continue;
    predicate.op = op;
    predicate.negated = symbol == "<>" || symbol == "!=";
    predicate.literals.push_back(stream.take_literal());
    return true;
  }
  return false;
}

// in and between, which "not" may precede.
bool accept_set_operator(TokenStream& stream, Predicate& predicate) {
  if (stream.accept_word("in")) {
    predicate.op = PredicateOperator::kIn;
    stream.expect_symbol("(");
    do {
      predicate.literals.push_back(stream.take_literal());
    } while (stream.accept_symbol(","));
    if (!stream.at_symbol(")")) stream.fail_expecting({",", ")"});
    stream.take();
    return true;
  }
  if (!stream.accept_word("between")) return false;
  predicate.op = PredicateOperator::kBetween;
  predicate.literals.push_back(stream.take_literal());
  stream.expect_word("and");
  predicate.literals.push_back(stream.take_literal());
  return true;
}

void parse_operator(TokenStream& stream, Predicate& predicate) {
  if (stream.at_word("matches")) {
    fail_unsupported("matches", stream.position(), "Use \"contains\", \"begins with\" or \"ends with\".");
  }
  if (stream.at_word("like") || stream.at_word("ilike") || stream.at_word("starts")) {
    fail_unsupported(stream.current().text, stream.position(),
                     "Use \"contains\", \"begins with\" or \"ends with\", and \"ignore case\" after the text.");
  }
  if (accept_comparison(stream, predicate)) return;
  if (stream.accept_word("is")) {
    predicate.negated = stream.accept_word("not");
    const bool null = stream.at_word("null");
    if (!null && !stream.at_word("empty")) {
      stream.fail_expecting(predicate.negated ? std::vector<std::string_view>{"null", "empty"}
                                              : std::vector<std::string_view>{"not", "null", "empty"});
    }
    stream.take();
    predicate.op = null ? PredicateOperator::kIsNull : PredicateOperator::kIsEmpty;
    return;
  }
  if (stream.accept_word("does")) {
    predicate.negated = true;
    stream.expect_word("not");
    const std::optional<PredicateOperator> op = accept_text_operator(stream, true);
    if (!op.has_value()) stream.fail_expecting({"contain", "begin", "end"});
    predicate.op = *op;
    return take_texts(stream, predicate);
  }
  predicate.negated = stream.accept_word("not");
  if (accept_set_operator(stream, predicate)) return;
  if (predicate.negated && stream.at_word("matches")) {
    fail_unsupported("matches", stream.position(), "Use \"contains\", \"begins with\" or \"ends with\".");
  }
  const std::optional<PredicateOperator> op = accept_text_operator(stream, false);
  if (op.has_value()) {
    predicate.op = *op;
    return take_texts(stream, predicate);
  }
  stream.fail_expecting(predicate.negated ? std::vector<std::string_view>{"in", "between", "contains", "begins", "ends"}
                                          : kOperators);
}

// The suffix: only operators that compare texts with literal texts can have it.
void parse_ignore_case(TokenStream& stream, Predicate& predicate) {
  if (!stream.at_word("ignore")) return;
  const bool fits = predicate.op == PredicateOperator::kEqual || predicate.op == PredicateOperator::kIn ||
                    predicate.op == PredicateOperator::kContains || predicate.op == PredicateOperator::kBeginsWith ||
                    predicate.op == PredicateOperator::kEndsWith;
  if (!fits) {
    stream.fail_because("This operator cannot ignore case.",
                        "Use \"ignore case\" after =, <>, \"in\", \"contains\", \"begins with\" or \"ends with\".");
  }
  for (const Literal& literal : predicate.literals) {
    if (literal.kind != LiteralKind::kText) {
      stream.fail_because("Only texts have a case to ignore.", "Leave \"ignore case\" out, or quote the values.");
    }
  }
  stream.take();
  stream.expect_word("case");
  predicate.ignore_case = true;
}

std::unique_ptr<Restriction> parse_predicate(TokenStream& stream) {
  auto restriction = std::make_unique<Restriction>();
  Predicate& predicate = restriction->predicate;
  predicate.field = stream.take_name("a field name", {"not", "("});
  predicate.position = stream.position();
  parse_operator(stream, predicate);
  parse_ignore_case(stream, predicate);
  return restriction;
}

std::unique_ptr<Restriction> parse_restriction_term(TokenStream& stream) {
  bool negated = false;
  while (stream.accept_word("not")) negated = !negated;
  std::unique_ptr<Restriction> term;
  if (stream.at_symbol("(")) {
    stream.enter();
    term = parse_alternatives(stream);
    if (!stream.at_symbol(")")) stream.fail_expecting({"and", "or", ")"});
    stream.leave();
  } else {
    term = parse_predicate(stream);
  }
  return negated ? negate(std::move(term)) : std::move(term);
}

std::unique_ptr<Restriction> parse_alternatives(TokenStream& stream) {
  std::vector<std::unique_ptr<Restriction>> alternatives;
  do {
    std::vector<std::unique_ptr<Restriction>> terms;
    do {
      terms.push_back(parse_restriction_term(stream));
    } while (stream.accept_word("and"));
    alternatives.push_back(join(RestrictionKind::kAnd, std::move(terms)));
  } while (stream.accept_word("or"));
  return join(RestrictionKind::kOr, std::move(alternatives));
}

}  // namespace

std::unique_ptr<Restriction> parse_restriction(TokenStream& stream) {
  stream.expect_word("where");
  return parse_restriction_term(stream);
}

}  // namespace segments
