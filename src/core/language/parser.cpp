#include "core/language/parser.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/language/clauses.h"
#include "core/language/habits.h"
#include "core/language/idiom.h"
#include "core/language/printer.h"
#include "core/language/references.h"
#include "core/language/value_parser.h"
#include "core/text/characters.h"
#include "core/text/keywords.h"

namespace segments {
namespace {

// Joins `children` under one node of `kind`, those of children of that kind in their place.
std::unique_ptr<Node> join(NodeKind kind, std::vector<std::unique_ptr<Node>> children) {
  if (children.size() == 1) return std::move(children.front());
  auto joined = std::make_unique<Node>();
  joined->kind = kind;
  joined->position = children.front()->position;
  for (auto& child : children) {
    if (child->kind != kind) {
      joined->children.push_back(std::move(child));
      continue;
    }
    for (auto& grandchild : child->children) joined->children.push_back(std::move(grandchild));
  }
  return joined;
}

std::unique_ptr<Node> negate(std::unique_ptr<Node> node, uint32_t position) {
  if (node->kind == NodeKind::kNot) return std::move(node->children.front());
  auto negation = std::make_unique<Node>();
  negation->kind = NodeKind::kNot;
  negation->position = position;
  negation->children.push_back(std::move(node));
  return negation;
}

// Recursive descent; recursion happens at parentheses only, whose depth the stream bounds.
class Parser {
 public:
  Parser(std::string_view text, Interrupt& interrupt) : stream_(text, interrupt) {}

  Definition parse() {
    check_beginning();
    Definition definition{parse_expression()};
    if (stream_.current().kind != TokenKind::kEnd) fail_after_term();
    return definition;
  }

 private:
  void check_beginning() const {
    if (stream_.current().kind == TokenKind::kEnd) {
      throw Error(ErrorCode::kSyntax, "definition is empty", "", "Write \"all\" for all profiles.", 0);
    }
    if (stream_.current().text == "{" || stream_.current().text == "[") {
      throw Error(ErrorCode::kSyntax, "a definition is text, not JSON", "",
                  "segments.definition_from_json(…) makes a definition of JSON.", stream_.position());
    }
  }

  std::unique_ptr<Node> parse_expression() { return parse_expression_after(parse_term()); }

  std::unique_ptr<Node> parse_expression_after(std::unique_ptr<Node> first) {
    if (stream_.at_word("except")) return parse_except(std::move(first));
    std::vector<std::unique_ptr<Node>> alternatives;
    alternatives.push_back(parse_conjunction(std::move(first)));
    while (stream_.accept_word("or") || stream_.accept_word("union")) {
      alternatives.push_back(parse_conjunction(parse_term()));
    }
    return join(NodeKind::kOr, std::move(alternatives));
  }

  std::unique_ptr<Node> parse_conjunction(std::unique_ptr<Node> first) {
    std::vector<std::unique_ptr<Node>> terms;
    terms.push_back(std::move(first));
    while (stream_.accept_word("and") || stream_.accept_word("intersect")) terms.push_back(parse_term());
    if (stream_.at_word("except")) fail_mixed_except();
    return join(NodeKind::kAnd, std::move(terms));
  }

  std::unique_ptr<Node> parse_except(std::unique_ptr<Node> first) {
    stream_.expect_word("except");
    auto except = std::make_unique<Node>();
    except->kind = NodeKind::kExcept;
    except->position = first->position;
    except->children.push_back(std::move(first));
    except->children.push_back(parse_term());
    for (const std::string_view connective : {"and", "intersect", "or", "union", "except"}) {
      if (stream_.at_word(connective)) fail_mixed_except();
    }
    return except;
  }

  std::unique_ptr<Node> parse_term() {
    const uint32_t position = stream_.position();
    bool negated = false;
    while (stream_.accept_word("not")) negated = !negated;
    std::unique_ptr<Node> term;
    if (stream_.at_symbol("(")) {
      Parenthesized inner = parse_parentheses();
      term = inner.value ? parse_comparison(parse_value_after(std::move(inner.value), stream_)) : std::move(inner.node);
    } else {
      term = parse_condition();
    }
    return negated ? negate(std::move(term), position) : std::move(term);
  }

  // What stands in parentheses: which it is, its end tells.
  struct Parenthesized {
    std::unique_ptr<Node> node;
    std::unique_ptr<ValueNode> value;
  };

  Parenthesized parse_parentheses() {
    stream_.enter();
    Parenthesized inner;
    if (stream_.at_symbol("(")) {
      Parenthesized first = parse_parentheses();
      if (first.value) {
        inner.value = parse_value_after(std::move(first.value), stream_);
      } else {
        inner.node = std::move(first.node);
      }
    } else if (at_value(stream_)) {
      inner.value = parse_value(stream_);
    }
    if (inner.value && stream_.at_symbol(")")) {
      stream_.leave();
      return inner;
    }
    if (inner.value) inner.node = parse_comparison(std::move(inner.value));
    inner.node = inner.node ? parse_expression_after(std::move(inner.node)) : parse_expression();
    if (!stream_.at_symbol(")")) fail_after_term();
    stream_.leave();
    clauses_possible_.clear();
    return inner;
  }

  // From the operator on.
  std::unique_ptr<Node> parse_comparison(std::unique_ptr<ValueNode> value) {
    auto node = std::make_unique<Node>();
    node->kind = NodeKind::kComparison;
    node->position = value->position;
    node->comparison = parse_comparison_of(std::move(value), stream_);
    size_t rows = 0;
    visit_rows(*node->comparison, [&](const InteractionCondition&) { ++rows; });
    count_conditions(rows);
    clauses_possible_ = {"+", "-", "*", "/"};
    if (node->comparison->op == PredicateOperator::kIn || node->comparison->op == PredicateOperator::kIsNull)
      clauses_possible_.clear();
    return node;
  }

  void count_conditions(size_t count) {
    condition_count_ += count;
    if (condition_count_ <= kMaxDefinitionConditions) return;
    throw Error(ErrorCode::kLimitExceeded, "definition has too many conditions",
                "At most " + std::to_string(kMaxDefinitionConditions) + " are accepted.", "Split the definition.",
                stream_.position());
  }

  std::unique_ptr<Node> parse_condition() {
    if (at_value(stream_)) return parse_comparison(parse_value(stream_));
    count_conditions(1);
    auto node = std::make_unique<Node>();
    node->position = stream_.position();
    if (stream_.accept_word("all")) {
      clauses_possible_.clear();
      return node;
    }
    check_beginning_habits(stream_);
    if (at_reference(stream_)) {
      node->kind = NodeKind::kSegment;
      node->segment = parse_reference(stream_);
      clauses_possible_.clear();
      if (node->segment->kind == ReferenceKind::kNow) clauses_possible_ = {"entered", "left", "as"};
      return node;
    }
    if (at_bucket(stream_)) {
      node->kind = NodeKind::kBucket;
      node->bucket = parse_bucket(stream_);
      clauses_possible_.clear();
      if (node->bucket->salt.empty()) clauses_possible_ = {"with"};
      return node;
    }
    check_not_measure();
    node->kind = NodeKind::kInteraction;
    ParsedInteraction parsed = parse_interaction(stream_);
    node->interaction = std::move(parsed.condition);
    // Every value that one of the rows' values may have is a condition of its own.
    const std::optional<Aggregate>& aggregate = node->interaction->aggregate;
    if (aggregate.has_value() && !makes_number(aggregate->kind) && !aggregate->comparison.literals.empty())
      count_conditions(aggregate->comparison.literals.size() - 1);
    clauses_possible_ = std::move(parsed.clauses_possible);
    if (!parsed.negated) return node;
    const uint32_t position = node->position;
    return negate(std::move(node), position);
  }

  void check_not_measure() const {
    const Token& name = stream_.current();
    if (!stream_.at_word("measure") || stream_.peek().kind != TokenKind::kText) return;
    fail_unsupported(name.text, name.position, "Use conditions on interactions.");
  }

  [[noreturn]] void fail_after_term() const {
    check_habits(stream_);
    std::vector<std::string_view> keywords = clauses_possible_;
    keywords.insert(keywords.end(), {"and", "or", "except"});
    if (stream_.nested()) {
      keywords.push_back(")");
      stream_.fail_expecting(keywords);
    }
    stream_.fail_expecting(keywords, {"the end"});
  }

  [[noreturn]] void fail_mixed_except() const {
    stream_.fail_because("\"except\" together with another connective needs parentheses.",
                         "Write (A except B) or C, A except (B or C), (A except B) except C …");
  }

  TokenStream stream_;
  size_t condition_count_ = 0;
  std::vector<std::string_view> clauses_possible_;
};

// What is known to be written another way has a hint that says how.  A detail goes with its hint.
[[noreturn]] void throw_explained(const Error& error, std::string_view text, Interrupt& interrupt) {
  const std::string_view message = error.what();
  const bool is_explained = !message.starts_with("syntax error") && !message.ends_with("is not supported");
  if (error.code() != ErrorCode::kSyntax || is_explained) throw error;
  std::optional<IdiomMatch> match = find_idiom(text, error.position(), !error.hint().empty(), interrupt);
  if (!match) throw error;
  const std::string detail = error.hint().empty() ? error.detail() : "This is written another way.";
  throw Error(error.code(), error.what(), detail, std::move(match->hint), error.position());
}

Definition parse(std::string_view text, Interrupt& interrupt, Explained explained) {
  try {
    return Parser(text, interrupt).parse();
  } catch (const Error& error) {
    if (explained == Explained::kNo) throw;
    throw_explained(error, text, interrupt);
  }
}

}  // namespace

FieldPath parse_field(std::string_view text, Interrupt& interrupt) {
  TokenStream stream(text, interrupt, "path");
  FieldPath path = parse_field_path(stream, {});
  if (stream.current().kind != TokenKind::kEnd) stream.fail_expecting({"."}, {"the end"});
  return path;
}

Definition parse_definition(std::string_view text, Interrupt& interrupt, Explained explained) {
  Definition definition = parse(text, interrupt, explained);
  // What prints too long would be stored, and then not read again.  Printing at most doubles the length of a text.
  if (text.size() > kMaxDefinitionBytes / 2 && print_definition(definition).size() > kMaxDefinitionBytes) {
    throw Error(ErrorCode::kLimitExceeded, "definition is too long",
                "Its canonical text has more than " + std::to_string(kMaxDefinitionBytes) + " bytes.", "Split the definition.");
  }
  return definition;
}

}  // namespace segments
