#include <algorithm>
#include <string>
#include <utility>

#include "core/language/clauses.h"
#include "core/language/habits.h"
#include "core/text/characters.h"
#include "core/text/keywords.h"
#include "core/text/lexer.h"

namespace segments {
namespace {

class InteractionParser {
 public:
  InteractionParser(TokenStream& stream, bool of_value)
      : stream_(stream), of_value_(of_value), condition_(std::make_unique<InteractionCondition>()) {}

  ParsedInteraction parse() {
    condition_->position = stream_.position();
    if (at_attribute(stream_)) {
      if (of_value_) fail_attribute();
      const bool negated = parse_attribute();
      return {std::move(condition_), negated, {}};
    }
    parse_types();
    while (parse_clause()) {
    }
    check_unsupported_clause();
    note_possible_clauses();
    if (is_bare()) check_bare();
    check_together();
    return {std::move(condition_), negated_, std::move(clauses_possible_)};
  }

 private:
  void parse_types() {
    const Token next = stream_.peek();
    if (stream_.at_word("any") && TokenStream::is_word(next, "interaction")) {
      stream_.take();
      stream_.take();
      return;
    }
    if (!stream_.at_word("any") || !TokenStream::is_word(next, "of")) {
      condition_->types.push_back(take_type());
      return;
    }
    stream_.take();
    stream_.take();
    stream_.enter();
    do {
      if (condition_->types.size() == kMaxTypes) fail_many_types();
      condition_->types.push_back(take_type());
      const Name& last = condition_->types.back();
      const bool repeated = std::ranges::count(condition_->types, last) > 1;
      if (repeated)
        throw Error(ErrorCode::kSyntax, "type " + excerpt(last.text) + " occurs twice", "", "Leave one out.", last.position);
    } while (stream_.accept_symbol(","));
    stream_.leave();
  }

  [[noreturn]] void fail_attribute() const {
    stream_.fail_because(
        "Rows are counted.",
        "Write the interaction or the source, and what its rows satisfy behind it: count(Source where Field = …).");
  }

  // A predicate whose path begins with the source.  True: its complement is meant, for which the operator has no form.
  bool parse_attribute() {
    condition_->is_attribute = true;
    condition_->restriction = std::make_unique<Restriction>();
    Predicate& predicate = condition_->restriction->predicate = parse_predicate(stream_);
    if (predicate.field.members.empty()) {
      throw Error(ErrorCode::kSyntax, "an attribute has its source before it", "",
                  "Write " + std::string(part_word(predicate.part)) + " of Source." + excerpt(predicate.field.column.text) +
                      "; a predicate of an interaction stands after its where, all of them in parentheses: where (… and " +
                      std::string(part_word(predicate.part)) + " of " + excerpt(predicate.field.column.text) + " …).",
                  predicate.field.position());
    }
    condition_->types = {predicate.field.column};
    take_source(predicate.field);
    if (predicate.other.has_value()) take_other_source(*predicate.other, predicate.times.has_value());
    const bool is_complement = predicate.negated && !has_negative_form(predicate.op);
    if (is_complement) predicate.negated = false;
    return is_complement;
  }

  static void take_source(FieldPath& path) {
    path.column = std::move(path.members.front());
    path.members.erase(path.members.begin());
  }

  // `wants_field`: no value could stand there.
  void take_other_source(FieldPath& other, bool wants_field) const {
    const Name& source = condition_->types.front();
    if (other.members.empty() || !(other.column.text == source.text)) {
      const bool goes_on = wants_field && stream_.current().kind == TokenKind::kEnd;  // with a dot, for all that is known yet
      throw Error(
          ErrorCode::kSyntax, "an attribute is compared with a value, or with a field of the same row", "",
          "Write a field of the same source, " + in_quotes(source.text) +
              ", with the source before it; a text stands in single quotes: " + in_quotes(excerpt(other.column.text), '\'') + ".",
          goes_on ? stream_.position() : other.position());
    }
    take_source(other);
  }

  Name take_type() { return stream_.take_name("an interaction type", {"all", "not", "("}); }

  [[noreturn]] void fail_many_types() const {
    throw Error(ErrorCode::kLimitExceeded, "condition has too many interaction types",
                "At most " + std::to_string(kMaxTypes) + " are accepted.",
                "Join two conditions by \"or\", or write \"any interaction\".", stream_.position());
  }

  // False: none starts here.
  bool parse_clause() {
    const Token start = stream_.current();
    if (of_value_) check_is_of_value();
    if (stream_.at_word("where")) {
      if (condition_->restriction != nullptr) {
        fail_repeated(start, "restriction (where)", "Put all its predicates in parentheses: where (… and …).");
      }
      condition_->restriction = parse_restriction(stream_);
    } else if (stream_.at_word("via")) {
      if (condition_->via.has_value()) fail_repeated(start, "relation (via)", "Join two conditions by \"and\" or \"or\".");
      stream_.take();
      stream_.check_is_no_text();
      condition_->via = stream_.take_name("a relation", {});
    } else if (at_periods(stream_)) {
      set_periods(parse_periods(stream_), start);
    } else if (stream_.at_word("but")) {
      parse_but_not(start);
    } else if (stream_.at_word("latest")) {
      parse_latest(start);
    } else if (stream_.at_word("for")) {
      if (condition_->occurrence.has_value()) fail_repeated(start, "\"for the … time\"", "Leave one out.");
      condition_->occurrence = parse_occurrence(stream_);
    } else if (at_window(stream_)) {
      set_window(parse_window(stream_), start);
    } else if (at_any({"between", "more"})) {
      WindowOrHaving clause = stream_.at_word("more") ? parse_more_than(stream_) : parse_between(stream_);
      if (of_value_ && !clause.window.has_value()) fail_of_value(start);
      if (clause.window.has_value()) {
        set_window(std::move(*clause.window), start);
      } else {
        set_having(std::move(clause.having), start);
      }
    } else if (at_any({"at", "less", "fewer", "exactly", "never", "having"})) {
      set_having(parse_having(stream_), start);
    } else {
      return false;
    }
    return true;
  }

  [[noreturn]] static void fail_of_value(const Token& start) {
    throw Error(ErrorCode::kSyntax, "\"" + std::string(start.text) + "\" cannot stand within a value",
                "Within a value, interactions have a restriction, a window and \"latest\".",
                "Compare the value behind its parentheses: count(Type within last 30 days) >= 3.", start.position);
  }

  void check_is_of_value() const {
    if (at_any({"at", "less", "fewer", "exactly", "never", "having", "but", "for"}) || at_periods(stream_))
      fail_of_value(stream_.current());
  }

  void set_having(HavingClause clause, const Token& start) {
    if (having_seen_) {
      const bool of_values = condition_->aggregate.has_value() || clause.aggregate.has_value();
      fail_repeated(start, "number of interactions (having)",
                    of_values ? "Join two conditions by \"and\"." : "Use \"between … and … times\".");
    }
    having_seen_ = true;
    if (clause.periods.has_value()) return set_periods(std::move(*clause.periods), start);
    condition_->having = std::move(clause.having);
    condition_->aggregate = std::move(clause.aggregate);
    negated_ = clause.negated;
  }

  void set_window(Window window, const Token& start) {
    if (condition_->window.has_value()) fail_repeated(start, "window", "Use \"between … and … ago\" or \"from … to …\".");
    condition_->window = std::move(window);
  }

  void set_periods(Periods periods, const Token& start) {
    if (condition_->periods.has_value()) fail_repeated(start, "number of periods", "Join two conditions by \"and\".");
    condition_->periods = std::move(periods);
  }

  // but not, and a window
  void parse_but_not(const Token& start) {
    if (condition_->but_not.has_value()) fail_repeated(start, "\"but not\"", "Join two conditions by \"and\".");
    stream_.take();
    stream_.expect_word("not");
    if (at_window(stream_)) {
      condition_->but_not = parse_window(stream_);
      return;
    }
    WindowOrHaving clause;
    if (at_any({"between", "more"})) clause = stream_.at_word("more") ? parse_more_than(stream_) : parse_between(stream_);
    if (!clause.window.has_value())
      stream_.fail_because("Expected a window.", "Write \"but not within last 30 days\"; before another condition, \"and not\".");
    condition_->but_not = std::move(clause.window);
  }

  void parse_latest(const Token& start) {
    if (condition_->latest.has_value()) fail_repeated(start, "\"latest\"", "Leave one out.");
    stream_.take();
    const uint32_t position = stream_.position();
    const int64_t count = stream_.take_count(kMaxLatest);
    if (count == 0) throw Error(ErrorCode::kOutOfRange, "there are no \"latest 0\"", "", "Use a number from 1 on.", position);
    condition_->latest = count;
  }

  bool at_any(std::initializer_list<std::string_view> keywords) const {
    return std::any_of(keywords.begin(), keywords.end(), [&](std::string_view keyword) { return stream_.at_word(keyword); });
  }

  [[noreturn]] static void fail_repeated(const Token& start, const std::string& what, std::string hint) {
    throw Error(ErrorCode::kSyntax, "syntax error at or near \"" + std::string(start.text) + "\"",
                "An interaction condition has at most one " + what + ".", std::move(hint), start.position);
  }

  void check_unsupported_clause() const {
    const bool operator_follows = (stream_.current().kind == TokenKind::kSymbol && !stream_.at_symbol(")") &&
                                   !stream_.at_symbol("(") && !stream_.at_symbol(",") && !at_arithmetic()) ||
                                  at_any({"in", "contains", "begins", "starts", "ends", "is", "does", "matches"});
    if (!operator_follows) return;
    std::string name = condition_->types.size() == 1 ? excerpt(condition_->types.front().text) : "…";
    const Token next = stream_.peek();
    if (stream_.at_symbol(".")) name += "." + excerpt(next.text);
    if (stream_.at_word("in") && next.kind == TokenKind::kWord) {
      stream_.fail_because("Expected a window, or a restriction.",
                           "Write from '2026-11-01' to '2026-12-01' for a month, \"this month\", \"previous month\", "
                           "\"within last 30 days\".");
    }
    stream_.fail_because("A predicate belongs to the restriction of an interaction, or to a profile source.",
                         "Write it after the type of the interaction: Type where " + name +
                             " …; several predicates in parentheses: where (… and …). Of a profile source: Source." + name +
                             " …." + count_hint(name, next));
  }

  bool at_arithmetic() const {
    return stream_.at_symbol("+") || stream_.at_symbol("-") || stream_.at_symbol("*") || stream_.at_symbol("/");
  }

  // A comparison with a number may be one of how often something happened.
  std::string count_hint(const std::string& type, const Token& operand) const {
    if (stream_.current().kind != TokenKind::kSymbol || operand.kind != TokenKind::kNumber) return {};
    return " For a number of interactions: " + type + " having count " + std::string(stream_.current().text) + " " +
           excerpt(operand.text) + ".";
  }

  // What could have followed, for the error if something else does.
  void note_possible_clauses() {
    const auto add = [&](std::initializer_list<std::string_view> keywords) {
      clauses_possible_.insert(clauses_possible_.end(), keywords);
    };
    const bool has_window = condition_->window.has_value();
    const bool is_plain = !of_value_ && !condition_->periods.has_value() && !condition_->occurrence.has_value();
    if (!condition_->via.has_value()) add({"via"});
    if (condition_->restriction == nullptr) add({"where"});
    if (!has_window) add({"within", "this", "previous", "on", "from", "since", "before"});
    if (!has_window || !having_seen_) add({"between", "more"});
    const bool is_whole = is_plain && !condition_->but_not.has_value() && !condition_->latest.has_value();
    if (is_whole) add({"but"});
    if (is_whole || (of_value_ && !condition_->latest.has_value())) add({"latest"});
    if (is_plain && !having_seen_ && !condition_->latest.has_value()) add({"for"});
    if (!having_seen_ && !of_value_) add({"at", "less", "exactly", "never", "having"});
  }

  bool is_bare() const {
    return condition_->types.size() == 1 && !condition_->via.has_value() && condition_->restriction == nullptr &&
           !condition_->window.has_value() && !having_seen_ && !condition_->but_not.has_value() &&
           !condition_->latest.has_value() && !condition_->occurrence.has_value() && !condition_->periods.has_value();
  }

  void check_bare() const {
    std::vector<std::string_view> keywords = clauses_possible_;
    keywords.insert(keywords.end(), {"and", "or", "except", "union", "intersect"});
    check_several_words(condition_->types.front(), stream_, keywords);
  }

  [[noreturn]] static void fail_together(std::string_view a, std::string_view b, uint32_t position, std::string hint) {
    throw Error(ErrorCode::kSyntax, std::string(a) + " and " + std::string(b) + " cannot stand together",
                "What the two would mean of each other is not said.", std::move(hint), position);
  }

  // Which clauses have a meaning together.
  void check_together() const {
    const std::string_view having = condition_->aggregate.has_value() ? "an aggregate" : "a number of interactions";
    const InteractionCondition& condition = *condition_;
    if (condition.occurrence.has_value()) {
      constexpr std::string_view kOccurrence = "\"for the … time\"";
      const std::string join = "Join two conditions by \"and\".";
      if (having_seen_) fail_together(kOccurrence, having, condition.position, join);
      if (condition.but_not.has_value()) fail_together(kOccurrence, "\"but not\"", condition.position, join);
      if (condition.periods.has_value()) fail_together(kOccurrence, "a number of periods", condition.position, join);
      if (!condition.window.has_value()) fail_without_window("\"for the … time\"", "Add when: within last 30 days.");
    }
    if (condition.but_not.has_value() && negated_) {
      fail_together("\"but not\"", "\"having count <>\"", condition.position, "Join \"less than\" and \"more than\" by \"or\".");
    }
    if (condition.latest.has_value()) check_latest_together();
    if (condition.periods.has_value()) check_periods_together(*condition.periods);
  }

  void check_latest_together() const {
    constexpr std::string_view kLatest = "\"latest\"";
    const InteractionCondition& condition = *condition_;
    const std::string join = "Join two conditions by \"and\".";
    if (condition.occurrence.has_value()) fail_together(kLatest, "\"for the … time\"", condition.position, join);
    if (condition.but_not.has_value())
      fail_together(kLatest, "\"but not\"", condition.position, "Join two conditions by \"and not\".");
    const bool of_days = condition.periods.has_value() && condition.periods->kind == PeriodsKind::kDistinct;
    if (condition.periods.has_value() && !of_days) fail_together(kLatest, "a number of periods", condition.position, join);
    const bool asks = of_value_ || of_days || condition.having.has_value() || condition.aggregate.has_value();
    if (condition.restriction == nullptr || asks) return;
    throw Error(ErrorCode::kSyntax, "a restriction and \"latest\" need a having",
                "Restrictions come first: the latest of those that satisfy it are meant, whatever came after.",
                "Ask about the value of the latest: having last(Field) = …; or how many there are: having count >= 2.",
                condition.position);
  }

  void check_periods_together(const Periods& periods) const {
    const InteractionCondition& condition = *condition_;
    if (condition.but_not.has_value()) {
      fail_together("a number of periods", "\"but not\"", condition.position, "Join two conditions by \"and not\".");
    }
    if (condition.aggregate.has_value()) {
      fail_together("a number of periods", "\"having " + aggregate_call(condition.aggregate->kind, "…") + "\"",
                    condition.aggregate->position, "Join two conditions by \"and\".");
    }
    if (periods.kind == PeriodsKind::kOfTheLast) {
      if (condition.window.has_value()) {
        fail_together("\"of the last …\"", "a window", condition.window->position, "Leave the window out: the periods say when.");
      }
      if (negated_) {
        fail_together("\"of the last …\"", "\"having count <>\"", condition.position,
                      "Write \"at least\" or \"at most\" for each period.");
      }
    }
    if (periods.kind != PeriodsKind::kInARow) return;
    if (having_seen_) {
      fail_together("\"in a row\"", "a number of interactions", condition.position,
                    "Leave it out: one interaction is enough for each.");
    }
    if (!condition.window.has_value()) fail_without_window("\"in a row\"", "Add when: within last 30 days.");
  }

  [[noreturn]] void fail_without_window(const std::string& what, std::string hint) const {
    throw Error(ErrorCode::kSyntax, what + " needs a window", "", std::move(hint), condition_->position);
  }

  TokenStream& stream_;
  const bool of_value_;
  std::unique_ptr<InteractionCondition> condition_;
  bool having_seen_ = false;
  bool negated_ = false;
  std::vector<std::string_view> clauses_possible_;
};

}  // namespace

bool at_attribute(const TokenStream& stream) {
  if (part_follows(stream, 0)) return true;
  const Token next = stream.peek();
  return TokenStream::is_name(stream.current()) && next.kind == TokenKind::kSymbol && next.text == ".";
}

ParsedInteraction parse_interaction(TokenStream& stream) { return InteractionParser(stream, false).parse(); }

std::unique_ptr<InteractionCondition> parse_counted_interaction(TokenStream& stream) {
  ParsedInteraction parsed = InteractionParser(stream, true).parse();
  if (stream.at_symbol(")")) return std::move(parsed.condition);
  parsed.clauses_possible.push_back(")");
  stream.fail_expecting(parsed.clauses_possible);
}

}  // namespace segments
