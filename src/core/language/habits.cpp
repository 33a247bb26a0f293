#include "core/language/habits.h"

#include <string>
#include <utility>

#include "core/language/clauses.h"
#include "core/language/predicate.h"
#include "core/text/keywords.h"
#include "core/text/characters.h"
#include "core/text/lexer.h"

namespace segments {
namespace {

struct Habit {
  std::string_view word;
  std::string_view hint;
};

constexpr Habit kHabits[] = {
    {"after", "Write \"since\" and a time: since '2026-03-01'."},
    {"tomorrow", "Leave it out: what happens after the instant of evaluation never counts."},
    {"until", "Write \"before\" and a time, or \"from … to …\"."},
    {"till", "Write \"before\" and a time, or \"from … to …\"."},
    {"once", "Write \"exactly once\" or \"at least once\"."},
    {"twice", "Write \"exactly twice\" or \"at least twice\"."},
    {"ever", "Leave it out: without a window, all time counts."},
    {"not", "Write \"and not\" before another condition; the \"not\" of this one stands before its type."},
    {"older", "Write \"more than … ago\"."},
    {"earlier", "Write \"before\" and a time, or \"more than … ago\"."},
    {"no", "Write \"never\", or \"at most\" and a number."},
    {"without", "Write \"and not\" before the other condition."},
    {"then", "Write \"and\": the order of interactions cannot be asked for."},
    {"with", "Write \"where\" before predicates."},
    {"when", "Write \"where\" before predicates."},
    {"if", "Write \"where\" before predicates."},
    {"over", "Write \"more than\" before a number, \"within last\" before a time."},
    {"under", "Write \"less than\"."},
    {"minimum", "Write \"at least\"."},
    {"maximum", "Write \"at most\"."},
    {"minus", "Write \"except\"."},
    {"xor", "Write (A or B) except (A and B)."},
};

[[noreturn]] void fail_after_number(const TokenStream& stream) {
  const std::string number = excerpt(stream.current().text);
  const Token next = stream.peek();
  if (next.kind == TokenKind::kWord && unit_of_word(next.text).has_value()) {
    stream.fail_because("A window begins with a word.", "Write \"within last " + number + " " + excerpt(next.text) + "\".");
  }
  if (TokenStream::is_word(next, "am") || TokenStream::is_word(next, "pm")) {
    stream.fail_because("A time of day stands with its day.", "Write since 'today 06:00'.");
  }
  stream.fail_because("A number of interactions begins with a word.",
                      "Write \"at least " + number + " times\" or \"exactly " + number + " times\".");
}

}  // namespace

void check_habits(const TokenStream& stream) {
  if (stream.current().kind == TokenKind::kNumber) fail_after_number(stream);
  if (stream.at_symbol(",")) {
    const Token next = stream.peek();
    const bool clause_follows =
        next.kind == TokenKind::kWord && is_reserved_word(next.text) && !TokenStream::is_word(next, "not");
    stream.fail_because("Conditions are joined by words.", clause_follows ? "Leave the comma out." : "Write \"and\" or \"or\".");
  }
  for (const Habit& habit : kHabits) {
    if (stream.at_word(habit.word)) stream.fail_because("This is written another way.", std::string(habit.hint));
  }
}

void check_beginning_habits(const TokenStream& stream) {
  constexpr std::string_view kDetail = "A condition begins with the type of an interaction.";
  const Token& current = stream.current();
  if (current.kind == TokenKind::kText) {
    stream.fail_because(std::string(kDetail), "For a predicate, repeat field and operator, all in parentheses: where (… or …).");
  }
  if (stream.at_word("where")) {
    stream.fail_because(std::string(kDetail), "Put all predicates of a restriction in parentheses: where (… and …).");
  }
  for (const std::string_view clause : {"within", "this", "previous", "on", "since", "before", "from", "between", "at", "exactly",
                                        "more", "never", "having", "in"}) {
    if (!stream.at_word(clause)) continue;
    const Token next = stream.peek();
    if (TokenStream::is_word(next, "segment"))
      stream.fail_because(std::string(kDetail), "Write segment '…' without \"" + std::string(clause) + "\".");
    stream.fail_because(std::string(kDetail),
                        "Write the type before \"" + std::string(clause) + "\": Type " + std::string(clause) + " ….");
  }
}

void check_several_words(const Name& name, const TokenStream& stream, std::span<const std::string_view> keywords) {
  const Token& current = stream.current();
  if (name.quoted || current.kind != TokenKind::kWord || is_reserved_word(current.text)) return;
  if (part_of_word(name.text) != FieldPart::kWhole && stream.at_word("of")) {
    stream.fail_because("A predicate on a part of a field belongs to a restriction.",
                        "Put all predicates in parentheses: where (… and not " + name.text + " of …).");
  }
  if (!nearest_keyword(current.text, keywords).empty()) return;
  for (const Habit& habit : kHabits) {
    if (stream.at_word(habit.word)) return;
  }
  const std::string both = in_quotes(excerpt(name.text) + " " + excerpt(current.text), '"');
  const Token next = stream.peek();
  const bool operator_follows = next.kind == TokenKind::kSymbol && next.text.find_first_of("=<>") != std::string_view::npos;
  const std::string as_field = excerpt(name.text) + " where " + excerpt(current.text) + " " + std::string(next.text) + " …";
  stream.fail_because("A name without quotes ends at a blank.",
                      "A name of several words stands in double quotes: " + both + "." +
                          (operator_follows ? " A predicate stands after \"where\": " + as_field + "." : ""));
}

void check_foreign_operator(const TokenStream& stream, bool negated) {
  static constexpr std::pair<std::string_view, std::string_view> kForeign[] = {
      {"like", "Use \"contains\", \"begins with\", \"ends with\" or \"matches\", and \"ignore case\" after the text."},
      {"ilike", "Use \"contains\", \"begins with\", \"ends with\" or \"matches\", and \"ignore case\" after the text."},
  };
  for (const auto& [word, hint] : kForeign) {
    if (stream.at_word(word)) fail_unsupported(word, stream.position(), std::string(hint));
  }
  for (const std::string_view word : {"equals", "equal", "eq", "was"}) {
    if (stream.at_word(word)) stream.fail_because("This is no operator.", negated ? "Write \"<>\"." : "Write \"=\".");
  }
  if (stream.at_word("after")) stream.fail_because("This is written another way.", "Write \">\" for what is later than a time.");
  if (stream.current().text == "~") stream.fail_because("This is no operator.", "Write \"matches\".");
  if (stream.at_symbol(":")) stream.fail_because("This is no operator.", "Write \"=\".");
  if (negated && stream.current().kind == TokenKind::kText) {
    stream.fail_because("\"not\" is no comparison.", "Write \"<>\" and the value.");
  }
}

}  // namespace segments
