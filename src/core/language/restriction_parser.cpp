#include <algorithm>
#include <string>
#include <utility>

#include "core/language/clauses.h"
#include "core/language/habits.h"
#include "core/text/keywords.h"
#include "core/text/characters.h"

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
// starts with is begins with.
std::optional<PredicateOperator> accept_text_operator(TokenStream& stream, bool after_does) {
  const auto accept_with = [&](std::string_view verb) {
    if (!stream.accept_word(verb)) return false;
    stream.expect_word("with");
    return true;
  };
  if (stream.accept_word(after_does ? "contain" : "contains")) return PredicateOperator::kContains;
  if (accept_with(after_does ? "begin" : "begins") || accept_with(after_does ? "start" : "starts")) {
    return PredicateOperator::kBeginsWith;
  }
  if (accept_with(after_does ? "end" : "ends")) return PredicateOperator::kEndsWith;
  return std::nullopt;
}

void take_texts(TokenStream& stream, Predicate& predicate) { predicate.literals.push_back(stream.take_text()); }

// A value on the right of a comparison.  What follows a number directly was meant to be part of it.
void take_value(TokenStream& stream, Predicate& predicate) {
  const bool number = stream.current().kind == TokenKind::kNumber;
  const std::string digits = excerpt(stream.current().text);
  predicate.literals.push_back(stream.take_literal());
  if (number && stream.current().kind == TokenKind::kWord && unit_of_word(stream.current().text).has_value()) {
    stream.fail_because("A length of time stands in single quotes.",
                        "Write '" + digits + " " + excerpt(stream.current().text) + "'.");
  }
  const bool is_group =
      number && stream.current().kind == TokenKind::kNumber && stream.current().text.size() == 3 && digits.size() <= 4;
  if (is_group)
    stream.fail_because("Numbers have no separators of thousands.", "Write " + digits + excerpt(stream.current().text) + ".");
  if (!number || !stream.at_symbol(",") || !stream.adjacent()) return;
  const Token rest = stream.peek();
  if (rest.kind != TokenKind::kNumber || rest.position != stream.position() + 1) return;
  const bool groups = rest.text.size() == 3 && digits.find('.') == std::string::npos;
  const std::string decimal = digits + "." + excerpt(rest.text);
  stream.fail_because("Numbers have a decimal point, and no separators of thousands.",
                      groups ? "Write " + digits + excerpt(rest.text) + ", or " + decimal + " if the comma is the decimal one."
                             : "Write " + decimal + ".");
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
    if (symbol == "=" && stream.at_symbol("=")) stream.fail_because("Equality is one sign.", "Write \"=\".");
    if (symbol == "=" && stream.at_symbol(">")) stream.fail_because("This is no operator.", "Write \">=\".");
    take_value(stream, predicate);
    return true;
  }
  return false;
}

// in and between, which "not" may precede.
bool accept_set_operator(TokenStream& stream, Predicate& predicate) {
  if (stream.accept_word("in")) {
    predicate.op = PredicateOperator::kIn;
    if (!stream.at_symbol("(")) {
      stream.fail_because("Expected \"(\".", "Write the values in parentheses: in ('a', 'b').");
    }
    stream.take();
    do {
      predicate.literals.push_back(stream.take_literal());
    } while (stream.accept_symbol(","));
    if (!stream.at_symbol(")")) stream.fail_expecting({",", ")"});
    stream.take();
    return true;
  }
  if (!stream.accept_word("between")) return false;
  predicate.op = PredicateOperator::kBetween;
  take_value(stream, predicate);
  stream.expect_word("and");
  take_value(stream, predicate);
  return true;
}

// Operators of other languages and of speech, with what to write instead.
void check_foreign_operator(const TokenStream& stream, const Predicate& predicate) {
  static constexpr std::pair<std::string_view, std::string_view> kForeign[] = {
      {"matches", "Use \"contains\", \"begins with\" or \"ends with\"."},
      {"like", "Use \"contains\", \"begins with\" or \"ends with\", and \"ignore case\" after the text."},
      {"ilike", "Use \"contains\", \"begins with\" or \"ends with\", and \"ignore case\" after the text."},
  };
  for (const auto& [word, hint] : kForeign) {
    if (stream.at_word(word)) fail_unsupported(word, stream.position(), std::string(hint));
  }
  for (const std::string_view word : {"equals", "equal", "eq", "was"}) {
    if (stream.at_word(word)) stream.fail_because("This is no operator.", predicate.negated ? "Write \"<>\"." : "Write \"=\".");
  }
  if (stream.at_symbol(":")) stream.fail_because("This is no operator.", "Write \"=\".");
  if (predicate.negated && stream.current().kind == TokenKind::kText) {
    stream.fail_because("\"not\" is no comparison.", "Write \"<>\" and the value.");
  }
}

// is null, is empty; and what people say for = and <>.
void parse_is(TokenStream& stream, Predicate& predicate) {
  predicate.negated = stream.accept_word("not");
  const bool null = stream.at_word("null");
  if (!null && !stream.at_word("empty")) {
    const TokenKind kind = stream.current().kind;
    const bool value =
        kind == TokenKind::kText || kind == TokenKind::kNumber || stream.at_word("true") || stream.at_word("false");
    if (value) {
      stream.fail_because("Only null and empty stand after \"is\".",
                          predicate.negated ? "Write \"<>\" instead of \"is not\"." : "Write \"=\" instead of \"is\".");
    }
    stream.fail_expecting(predicate.negated ? std::vector<std::string_view>{"null", "empty"}
                                            : std::vector<std::string_view>{"not", "null", "empty"});
  }
  stream.take();
  predicate.op = null ? PredicateOperator::kIsNull : PredicateOperator::kIsEmpty;
}

void parse_operator(TokenStream& stream, Predicate& predicate) {
  check_foreign_operator(stream, predicate);
  if (accept_comparison(stream, predicate)) return;
  if (stream.accept_word("is")) return parse_is(stream, predicate);
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
  check_foreign_operator(stream, predicate);
  const std::optional<PredicateOperator> op = accept_text_operator(stream, false);
  if (op.has_value()) {
    predicate.op = *op;
    return take_texts(stream, predicate);
  }
  if (!predicate.negated) check_several_words(predicate.field, stream, kOperators);
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
    if (literal.kind != LiteralKind::kText || literal.type != LiteralType::kNone) {
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

// An operator or a value where a field name is expected: the field was left out.
void check_field_repeated(const TokenStream& stream) {
  const TokenKind kind = stream.current().kind;
  if (kind == TokenKind::kText || kind == TokenKind::kNumber) {
    stream.fail_because("Expected a field name.", "Repeat the field and its operator, or use in (…, …) for several values.");
  }
  const bool comparison =
      kind == TokenKind::kSymbol && !stream.at_symbol("(") && !stream.at_symbol(")") && !stream.at_symbol(",");
  if (comparison || stream.at_word("contains") || stream.at_word("is") || stream.at_word("in")) {
    stream.fail_because("Expected a field name.", "Repeat the field before each operator.");
  }
}

std::unique_ptr<Restriction> parse_alternatives(TokenStream& stream) {
  std::vector<std::unique_ptr<Restriction>> alternatives;
  do {
    std::vector<std::unique_ptr<Restriction>> terms;
    do {
      check_field_repeated(stream);
      terms.push_back(parse_restriction_term(stream));
    } while (stream.accept_word("and"));
    alternatives.push_back(join(RestrictionKind::kAnd, std::move(terms)));
  } while (stream.accept_word("or"));
  return join(RestrictionKind::kOr, std::move(alternatives));
}

// Whether what follows the current "and" or "or" is a predicate: a name, and after it what no condition can begin with.
// "between" and "within" may begin a condition's clause, so they are none.
bool predicate_follows(const TokenStream& stream) {
  const Token name = stream.peek(1);
  if (name.kind != TokenKind::kQuotedName && (name.kind != TokenKind::kWord || is_reserved_word(name.text))) return false;
  const Token next = stream.peek(2);
  if (next.kind == TokenKind::kSymbol) return next.text.find_first_of("=<>") != std::string_view::npos;
  const auto is_any = [](const Token& token, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return TokenStream::is_word(token, word); });
  };
  if (is_any(next, {"contains", "begins", "starts", "ends", "is", "does"})) return true;
  if (is_any(next, {"in"})) return stream.peek(3).text == "(";
  if (!is_any(next, {"not"})) return false;
  const Token third = stream.peek(3);
  return is_any(third, {"contains", "begins", "starts", "ends"}) || (is_any(third, {"in"}) && stream.peek(4).text == "(");
}

}  // namespace

std::unique_ptr<Restriction> parse_restriction(TokenStream& stream) {
  stream.expect_word("where");
  std::vector<std::unique_ptr<Restriction>> alternatives;
  bool another = true;
  while (another) {
    std::vector<std::unique_ptr<Restriction>> terms;
    terms.push_back(parse_restriction_term(stream));
    while (stream.at_word("and") && predicate_follows(stream)) {
      stream.take();
      terms.push_back(parse_predicate(stream));
    }
    alternatives.push_back(join(RestrictionKind::kAnd, std::move(terms)));
    another = stream.at_word("or") && predicate_follows(stream);
    if (another) stream.take();
  }
  return join(RestrictionKind::kOr, std::move(alternatives));
}

}  // namespace segments
