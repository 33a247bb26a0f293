#include "core/mql/mql.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/language/clauses.h"
#include "core/mql/condition_parser.h"
#include "core/text/characters.h"
#include "core/text/keywords.h"

namespace segments {
namespace {

std::optional<NodeKind> operator_of(std::string_view word) {
  for (const auto& [keyword, kind] : {std::pair{"union", NodeKind::kOr},
                                      {"intersect", NodeKind::kAnd},
                                      {"except", NodeKind::kExcept},
                                      {"minus", NodeKind::kExcept}}) {
    if (equals_ignoring_case(word, keyword)) return kind;
  }
  return std::nullopt;
}

class QueryParser {
 public:
  QueryParser(std::string_view text, Interrupt& interrupt) : stream_(text, interrupt, "query") {}

  MqlQuery parse() {
    query_.definition.root = query();
    if (stream_.current().kind != TokenKind::kEnd) fail_after_operand();
    return std::move(query_);
  }

 private:
  using NodePtr = std::unique_ptr<Node>;

  static NodePtr joined(NodeKind kind, NodePtr left, NodePtr right) {
    if (kind != NodeKind::kExcept && left->kind == kind) {
      left->children.push_back(std::move(right));
      return left;
    }
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->position = left->position;
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    return node;
  }

  // From left to right.  Elsewhere INTERSECT binds tighter, so that it must not make a difference.
  NodePtr query() {
    NodePtr left = operand();
    bool other_seen = false;
    while (stream_.current().kind == TokenKind::kWord) {
      const std::optional<NodeKind> kind = operator_of(stream_.current().text);
      if (!kind) break;
      if (*kind == NodeKind::kAnd && other_seen) {
        stream_.fail_because("INTERSECT after UNION or EXCEPT can mean two things.",
                             "Put the queries that belong together in parentheses.");
      }
      other_seen = other_seen || *kind != NodeKind::kAnd;
      stream_.take();
      left = joined(*kind, std::move(left), operand());
    }
    return left;
  }

  NodePtr operand() {
    NodePtr node = primary();
    while (stream_.current().text == ".") {
      const std::optional<NodeKind> kind = operator_of(stream_.peek().text);
      if (!kind) stream_.fail_expecting({"UNION", "INTERSECT", "EXCEPT"});
      stream_.take();
      stream_.take();
      stream_.enter();
      node = joined(*kind, std::move(node), query());
      stream_.leave();
    }
    return node;
  }

  NodePtr primary() {
    if (stream_.at_symbol("(")) {
      stream_.enter();
      NodePtr inner = query();
      if (!stream_.at_symbol(")")) fail_after_operand();
      stream_.leave();
      return inner;
    }
    count_condition();
    if (stream_.at_word("profile")) return profile();
    if (stream_.at_word("segment")) return segment();
    if (stream_.at_word("interaction")) return interaction();
    fail_at_primary();
  }

  void count_condition() {
    if (++conditions_ <= kMaxDefinitionConditions) return;
    throw Error(ErrorCode::kLimitExceeded, "query has too many conditions",
                "At most " + std::to_string(kMaxDefinitionConditions) + " are accepted.", "Split the query.", stream_.position());
  }

  [[noreturn]] void fail_at_primary() const {
    const Token next = stream_.peek();
    if (stream_.current().kind == TokenKind::kWord && next.text == "=") {
      stream_.fail_because("A query is one expression.", "Leave \"" + excerpt(stream_.current().text) +
                                                             " =\" out, and put what it stands for where it is used.");
    }
    if (stream_.at_word("not") || stream_.current().text == "!") {
      stream_.fail_because("Queries are joined by UNION, INTERSECT and EXCEPT.", "Write PROFILE(contact) EXCEPT and the query.");
    }
    stream_.fail_expecting({"PROFILE", "SEGMENT", "INTERACTION", "("});
  }

  [[noreturn]] void fail_after_operand() const {
    const std::string_view text = stream_.current().text;
    const bool is_and = text == "&" || stream_.at_word("and");
    if (is_and || text == "|" || stream_.at_word("or")) {
      stream_.fail_because("Queries are joined by UNION, INTERSECT and EXCEPT.", is_and ? "Write INTERSECT." : "Write UNION.");
    }
    std::vector<std::string_view> expected = {"UNION", "INTERSECT", "EXCEPT"};
    if (stream_.nested()) expected.emplace_back(")");
    stream_.fail_expecting(expected,
                           stream_.nested() ? std::vector<std::string_view>{} : std::vector<std::string_view>{"the end"});
  }

  // A word, or a text in single quotes.
  Name take_name(std::string_view what) {
    const Token& current = stream_.current();
    if (current.kind == TokenKind::kText) {
      const Token token = stream_.take();
      return {unquote(token.text), false, token.position};
    }
    if (current.kind != TokenKind::kWord) stream_.fail_expecting({}, {what});
    const Token token = stream_.take();
    return {std::string(token.text), false, token.position};
  }

  // The function that is called here on what stands before; empty: none, or an operator of queries.
  std::string_view function_after_dot() const {
    if (stream_.current().text != ".") return {};
    const Token next = stream_.peek();
    return next.kind == TokenKind::kWord && !operator_of(next.text) ? next.text : std::string_view();
  }

  // With a FILTER: rows of a profile source.
  NodePtr profile() {
    auto node = std::make_unique<Node>();
    node->position = stream_.take().position;
    stream_.enter();
    const Name name = take_name("the name of a record type");
    if (stream_.accept_symbol(",")) take_name("a name");
    stream_.leave();
    if (!equals_ignoring_case(function_after_dot(), "filter")) {
      query_.profiles.push_back(name);
      refuse_functions("a profile");
      return node;
    }
    node->kind = NodeKind::kInteraction;
    node->interaction = std::make_unique<InteractionCondition>();
    node->interaction->position = node->position;
    node->interaction->types.push_back(name);
    query_.sources.push_back(name);
    while (equals_ignoring_case(function_after_dot(), "filter")) {
      stream_.take();
      stream_.take();
      filter(*node->interaction);
    }
    refuse_functions("a profile");
    return node;
  }

  NodePtr segment() {
    auto node = std::make_unique<Node>();
    node->kind = NodeKind::kSegment;
    node->position = stream_.take().position;
    stream_.enter();
    const Name name = take_name("the name of a segment");
    node->segment = std::make_unique<SegmentReference>();
    node->segment->name = name.text;
    node->segment->position = name.position;
    stream_.leave();
    refuse_functions("a segment");
    return node;
  }

  // Only sets can follow: other tables that profiles lead to are no part of a definition.
  void refuse_functions(const std::string& what) const {
    const std::string_view function = function_after_dot();
    if (function.empty()) return;
    const uint32_t position = stream_.peek().position;
    if (equals_ignoring_case(function, "filter")) {
      fail_without_counterpart("a FILTER on " + what, position, "A segment is taken as it is.",
                               "Leave this part out; or make a segment of those it means with segments.create_static_segment(), "
                               "and write SEGMENT and its name.");
    }
    fail_without_counterpart("\"" + excerpt(function) + "\" on " + what, position,
                             "Other tables cannot be asked for: there are interactions and profile sources only.",
                             "Leave this part out; or make a segment of those it means with segments.create_static_segment(), "
                             "and write SEGMENT and its name.");
  }

  NodePtr interaction() {
    auto node = std::make_unique<Node>();
    node->kind = NodeKind::kInteraction;
    node->position = stream_.take().position;
    node->interaction = std::make_unique<InteractionCondition>();
    InteractionCondition& condition = *node->interaction;
    condition.position = node->position;
    stream_.enter();
    condition.types.push_back(take_name("the name of an interaction type"));
    if (stream_.accept_symbol(",")) query_.links.push_back({condition.types.front(), take_name("a name")});
    stream_.leave();
    bool negated = false;
    bool having_seen = false;
    for (std::string_view function = function_after_dot(); !function.empty(); function = function_after_dot()) {
      stream_.take();
      if (stream_.accept_word("filter")) {
        filter(condition);
      } else if (stream_.at_word("having")) {
        if (having_seen) stream_.fail_because("HAVING stands once.", "Join two queries by INTERSECT.");
        having_seen = true;
        stream_.take();
        negated = having(condition);
      } else {
        fail_without_counterpart("\"" + excerpt(function) + "\" on an interaction", stream_.position(),
                                 "Interactions are filtered and counted.", "Use FILTER and HAVING.");
      }
    }
    if (!negated) return node;
    auto negation = std::make_unique<Node>();
    negation->kind = NodeKind::kNot;
    negation->position = node->position;
    negation->children.push_back(std::move(node));
    return negation;
  }

  // Several are all meant.
  void filter(InteractionCondition& condition) {
    stream_.enter();
    std::unique_ptr<Restriction> restriction = parse_mql_condition(stream_, query_.counts_in_utc);
    stream_.leave();
    if (condition.restriction != nullptr) {
      auto both = std::make_unique<Restriction>();
      both->kind = RestrictionKind::kAnd;
      both->children.push_back(std::move(condition.restriction));
      both->children.push_back(std::move(restriction));
      restriction = std::move(both);
    }
    condition.restriction = std::move(restriction);
  }

  // Returns whether the complement is meant.
  bool having(InteractionCondition& condition) {
    stream_.enter();
    for (const std::string_view aggregate : {"sum", "avg", "min", "max"}) {
      if (!stream_.at_word(aggregate)) continue;
      fail_without_counterpart("HAVING of \"" + excerpt(stream_.current().text) + "\"", stream_.position(),
                               "Interactions are counted.", "Use COUNT().");
    }
    stream_.expect_word("count");
    stream_.enter();
    stream_.leave();
    if (at_doubled(stream_, "=")) stream_.take();
    HavingClause clause = parse_count_comparison(stream_, stream_.position());
    condition.having = clause.having;
    if (stream_.accept_symbol(",")) condition.window = span();
    if (!stream_.at_symbol(")")) stream_.fail_expecting({",", ")"});
    stream_.leave();
    return clause.negated;
  }

  Window span() {
    Window window;
    window.position = stream_.position();
    for (const auto& [word, unit] :
         {std::pair{"utcdays", TimeUnit::kDay}, {"utcmonths", TimeUnit::kMonth}, {"utcyears", TimeUnit::kYear}}) {
      if (!stream_.accept_word(word)) continue;
      stream_.enter();
      const uint32_t position = stream_.position();
      window.count = stream_.take_count(kMaxWindowCount);
      if (window.count == 0) throw Error(ErrorCode::kOutOfRange, "a span of 0 is empty", "", "Use a number from 1 on.", position);
      window.unit = unit;
      stream_.leave();
      query_.counts_in_utc = true;
      return window;
    }
    stream_.fail_expecting({"UTCDAYS", "UTCMONTHS", "UTCYEARS"});
  }

  TokenStream stream_;
  MqlQuery query_;
  uint32_t conditions_ = 0;
};

}  // namespace

MqlQuery parse_mql(std::string_view text, Interrupt& interrupt) { return QueryParser(text, interrupt).parse(); }

std::string mql_key(std::string_view folded) {
  for (const std::string_view prefix : {"msdynmkt_", "msdyncrm_"}) {
    if (folded.substr(0, prefix.size()) == prefix) folded.remove_prefix(prefix.size());
  }
  std::string key(folded);
  std::erase_if(key, [](char c) { return c == ' ' || c == '_' || c == '-'; });
  return key;
}

}  // namespace segments
