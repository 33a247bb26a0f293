#include <algorithm>
#include <string>
#include <utility>

#include "core/language/clauses.h"
#include "core/language/habits.h"
#include "core/text/keywords.h"
#include "core/text/characters.h"

namespace segments {
namespace {

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

std::unique_ptr<Restriction> predicate_of(TokenStream& stream) {
  auto restriction = std::make_unique<Restriction>();
  restriction->predicate = parse_predicate(stream);
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
    term = predicate_of(stream);
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

}  // namespace

std::unique_ptr<Restriction> parse_restriction(TokenStream& stream) {
  stream.expect_word("where");
  std::vector<std::unique_ptr<Restriction>> alternatives;
  bool another = true;
  while (another) {
    std::vector<std::unique_ptr<Restriction>> terms;
    terms.push_back(parse_restriction_term(stream));
    while (stream.at_word("and") && predicate_follows(stream, 1)) {
      stream.take();
      terms.push_back(predicate_of(stream));
    }
    alternatives.push_back(join(RestrictionKind::kAnd, std::move(terms)));
    another = stream.at_word("or") && predicate_follows(stream, 1);
    if (another) stream.take();
  }
  return join(RestrictionKind::kOr, std::move(alternatives));
}

}  // namespace segments
