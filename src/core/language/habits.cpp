#include "core/language/habits.h"

#include <string>

#include "core/text/keywords.h"
#include "core/text/characters.h"

namespace segments {
namespace {

struct Habit {
  std::string_view word;
  std::string_view hint;
};

constexpr Habit kHabits[] = {
    {"after", "Write \"since\" and a time: since '2026-03-01'."},
    {"until", "Write \"before\" and a time, or \"from … to …\"."},
    {"till", "Write \"before\" and a time, or \"from … to …\"."},
    {"on", "Write \"from … to …\" for a day: from '2026-03-01' to '2026-03-02'."},
    {"today", "Write since 'today'."},
    {"yesterday", "Write from 'yesterday' to 'today'."},
    {"once", "Write \"exactly once\" or \"at least once\"."},
    {"twice", "Write \"exactly twice\" or \"at least twice\"."},
    {"ever", "Leave it out: without a window, all time counts."},
    {"not", "Write \"not\" before the type of the interaction: not EmailOpened within last 30 days."},
    {"but", "Write \"and not\"."},
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
  stream.fail_because("A number of interactions begins with a word.",
                      "Write \"at least " + number + " times\" or \"exactly " + number + " times\".");
}

}  // namespace

void check_habits(const TokenStream& stream) {
  if (stream.current().kind == TokenKind::kNumber) fail_after_number(stream);
  if (stream.at_symbol(",")) stream.fail_because("Conditions are joined by words.", "Write \"and\" or \"or\".");
  for (const Habit& habit : kHabits) {
    if (stream.at_word(habit.word)) stream.fail_because("This is written another way.", std::string(habit.hint));
  }
}

}  // namespace segments
