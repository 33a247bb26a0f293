#include "core/completion/completion.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "core/completion/phrases.h"
#include "core/error.h"
#include "core/language/parser.h"
#include "core/text/keywords.h"
#include "core/text/lexer.h"

namespace segments {
namespace {

// Names and texts that stand for those that could be there: nobody's own.
constexpr std::string_view kMarker = "zq7marker";
constexpr std::string_view kMarkedName = "zq7marker";
constexpr std::string_view kMarkedText = "'zq7marker'";

// Parentheses within a restriction that are closed before the window of its condition.
constexpr size_t kMostInRestriction = 8;

// Whether the last of the words, each with a blank before it, are these.
bool ends_with(std::string_view words, std::string_view ending) {
  if (words.size() <= ending.size() || words[words.size() - ending.size() - 1] != ' ') return false;
  return equals_ignoring_case(words.substr(words.size() - ending.size()), ending);
}

std::string_view first_word(std::string_view phrase) { return phrase.substr(0, phrase.find_first_of(" (", 1)); }

// What is before the place, token by token.
struct Before {
  bool is_readable = true;
  size_t open_parentheses = 0;
  Token last;         // kEnd: none
  std::string words;  // the tokens, with one blank before each
  size_t unfinished;  // where a text or name begins that does not end
};

Before read_before(std::string_view text, Interrupt& interrupt) {
  Before before;
  before.unfinished = text.size();
  try {
    Lexer lexer(text, interrupt);
    for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
      if (token.kind == TokenKind::kUnknown) before.is_readable = false;
      if (token.text == "(") ++before.open_parentheses;
      if (token.text == ")" && before.open_parentheses > 0) --before.open_parentheses;
      before.words += ' ';
      before.words += token.text;
      before.last = token;
    }
  } catch (const Error& error) {
    before.unfinished = std::min<size_t>(error.position(), text.size());
    const bool quoted = before.unfinished < text.size() && (text[before.unfinished] == '\'' || text[before.unfinished] == '"');
    before.is_readable = before.is_readable && quoted;
  }
  return before;
}

// Finds what the marker was read as.
class MarkerSearch {
 public:
  explicit MarkerSearch(Completion& completion) : completion_(completion) {}

  void look(const Node& node) {
    for (const auto& child : node.children) look(*child);
    if (node.segment != nullptr) look(*node.segment);
    if (node.interaction != nullptr) look(*node.interaction);
    if (node.comparison != nullptr) visit_rows(*node.comparison, [&](const InteractionCondition& rows) { look(rows); });
  }

  void look(const InteractionCondition& condition) {
    if (std::ranges::any_of(condition.types, [](const Name& type) { return type.text == kMarker; })) {
      completion_.place = PlaceKind::kType;
      completion_.types = condition.types;
      std::erase_if(completion_.types, [](const Name& type) { return type.text == kMarker; });
    }
    if (condition.via.has_value() && condition.via->text == kMarker) {
      completion_.place = PlaceKind::kRelation;
      completion_.types = condition.types;
    }
    for (const auto* window : {&condition.window, &condition.but_not}) {
      if (window->has_value()) look(**window);
    }
    if (condition.restriction != nullptr) look(*condition.restriction, condition);
    if (condition.aggregate.has_value()) look(*condition.aggregate, condition);
  }

 private:
  void look(const SegmentReference& reference) {
    if (reference.name == kMarker) completion_.place = PlaceKind::kSegment;
    if (reference.window.has_value()) look(*reference.window);
    if (reference.at.has_value() && reference.at->text == kMarker) completion_.place = PlaceKind::kTime;
  }

  void look(const Window& window) {
    if (window.start.text == kMarker || window.end.text == kMarker) completion_.place = PlaceKind::kTime;
  }

  void look(const Restriction& restriction, const InteractionCondition& condition) {
    for (const auto& child : restriction.children) look(*child, condition);
    look(restriction.predicate, condition);
  }

  // A number of values is none of them; and what is counted may be units of the calendar.
  void look(const Aggregate& aggregate, const InteractionCondition& condition) {
    if (aggregate.kind != AggregateKind::kDistinct) return look(aggregate.comparison, condition);
    look(aggregate.comparison.field, condition);
    if (aggregate.comparison.field.column.text != kMarker || completion_.quote != 0) return;
    for (const std::string_view unit : {"hour", "day", "week", "month", "quarter", "year"}) {
      if (begins_ignoring_case(unit, completion_.typed)) completion_.keywords.push_back(unit);
    }
  }

  void look(const Predicate& predicate, const InteractionCondition& condition) {
    look(predicate.field, condition);
    if (predicate.other.has_value()) look(*predicate.other, condition);
    if (predicate.times.has_value()) look(*predicate.times);
    const bool is_value = std::ranges::any_of(predicate.literals, [](const Literal& literal) { return literal.text == kMarker; });
    if (!is_value || predicate.part != FieldPart::kWhole) return;
    completion_.place = PlaceKind::kValue;
    completion_.types = condition.types;
    completion_.field = predicate.field;
  }

  // Of a path, the field is what stands before the marker.
  void look(const FieldPath& field, const InteractionCondition& condition) {
    const Name& last = field.members.empty() ? field.column : field.members.back();
    if (last.text != kMarker) return;
    completion_.place = field.members.empty() ? PlaceKind::kField : PlaceKind::kMember;
    completion_.types = condition.types;
    completion_.field = field;
    if (field.members.empty()) {
      completion_.field = {};
    } else {
      completion_.field.members.pop_back();
    }
  }

  Completion& completion_;
};

// The predicate that begins last, and its condition.
struct LastPredicate {
  const Predicate* predicate = nullptr;
  const InteractionCondition* condition = nullptr;

  void look(const Restriction& restriction, const InteractionCondition& of) {
    for (const auto& child : restriction.children) look(*child, of);
    if (restriction.kind != RestrictionKind::kPredicate) return;
    if (predicate != nullptr && predicate->field.position() > restriction.predicate.field.position()) return;
    predicate = &restriction.predicate;
    condition = &of;
  }

  void look(const Node& node) {
    for (const auto& child : node.children) look(*child);
    const auto look_at = [&](const InteractionCondition& of) {
      if (of.restriction != nullptr) look(*of.restriction, of);
    };
    if (node.interaction != nullptr) look_at(*node.interaction);
    if (node.comparison != nullptr) visit_rows(*node.comparison, look_at);
  }
};

std::string start_of(const InteractionCondition& condition) {
  const std::string rest = (condition.via.has_value() ? " via " + in_quotes(condition.via->text) : "") + " where ";
  if (condition.types.empty()) return "any interaction" + rest;
  std::string names;
  for (const Name& type : condition.types) names += (names.empty() ? "" : ", ") + in_quotes(type.text);
  return (condition.types.size() == 1 ? names : "any of (" + names + ")") + rest;
}

class Completer {
 public:
  Completer(std::string_view text, Interrupt& interrupt) : text_(text), interrupt_(interrupt) {}

  Completion complete() {
    Completion completion;
    completion.start = static_cast<uint32_t>(text_.size());
    const Before before = read_before(text_, interrupt_);
    if (!before.is_readable || in_comment()) return completion;
    take_typed(before, completion);
    prefix_ = text_.substr(0, completion.start);
    const Before rest = read_before(prefix_, interrupt_);
    if (rest.open_parentheses > kMaxCompletedDepth) return completion;
    closing_ = std::string(rest.open_parentheses, ')');
    name_fits_ = accepts(kMarkedName);
    const bool in_path = rest.last.kind == TokenKind::kSymbol && rest.last.text == ".";
    if (completion.quote == 0 && !in_path) offer_keywords(rest, completion);
    if (!in_path) find_predicate(completion);
    if (completion.quote != '\'' && name_fits_) find_place(kMarkedName, completion);
    if (completion.place == PlaceKind::kType || completion.quote == '"' || !accepts(kMarkedText)) return completion;
    completion.is_field_too = completion.place == PlaceKind::kField;
    find_place(kMarkedText, completion);
    // A word that begins a reference begins nothing else, as long as no type is called so.
    if (completion.place == PlaceKind::kSegment) completion.keywords.clear();
    return completion;
  }

 private:
  // A word there is no token of its own.
  bool in_comment() {
    const std::string with_word = std::string(text_) + " x";
    try {
      Lexer lexer(with_word, interrupt_);
      Token last;
      for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) last = token;
      return last.position + last.text.size() != with_word.size();
    } catch (const Error&) {
      return false;  // a text without an end
    }
  }

  void take_typed(const Before& before, Completion& completion) {
    if (before.unfinished < text_.size()) {
      completion.start = static_cast<uint32_t>(before.unfinished);
      completion.quote = text_[before.unfinished];
      const std::string whole = std::string(text_.substr(before.unfinished)) + completion.quote;
      completion.typed = unquote(whole);
      return;
    }
    const Token& last = before.last;
    const bool touches = last.position + last.text.size() == text_.size();
    if (!touches || (last.kind != TokenKind::kWord && last.kind != TokenKind::kNumber)) return;
    completion.start = last.position;
    completion.typed = last.text;
  }

  // Whether the text before with `phrase` parses, or could if it went on.
  bool accepts(std::string_view phrase) {
    std::string whole(prefix_);
    whole += phrase;
    try {
      parse_definition(whole, interrupt_, Explained::kNo);
      return true;
    } catch (const Error& error) {
      return error.code() == ErrorCode::kSyntax && error.position() != Error::kNoPosition && error.position() >= whole.size();
    }
  }

  // Where any name could stand, a word that is none of the reserved ones is a keyword only if what follows it makes it one.
  bool is_keyword_here(std::string_view probe) {
    if (!accepts(probe)) return false;
    const std::string_view word = first_word(probe);
    if (!name_fits_ || is_reserved_word(word) || !is_plain_name(word)) return true;
    const std::string_view rest = probe.substr(word.size());
    return !rest.empty() && !accepts(std::string(kMarkedName) + std::string(rest));
  }

  // Whether the offer alone is no error, or only as long as there is no window.
  bool goes_on(std::string_view offer) { return accepts(offer) || accepts(std::string(offer) + " within last 1 day"); }

  void offer(std::string_view offer, std::string_view probe, std::string_view other_probe, Completion& completion) {
    const bool is_new = std::ranges::find(completion.keywords, offer) == completion.keywords.end();
    if (!is_new || !begins_ignoring_case(offer, completion.typed)) return;
    const bool fits = is_keyword_here(probe.empty() ? offer : probe) || (!other_probe.empty() && is_keyword_here(other_probe));
    if (fits && goes_on(offer)) completion.keywords.push_back(offer);
  }

  void offer_keywords(const Before& before, Completion& completion) {
    // Where a condition begins, few begin with a part of an attribute.
    const bool leaves_parts = completion.typed.empty() && accepts("any interaction");
    for (const Phrase& phrase : kPhrases) {
      interrupt_.poll();
      if (leaves_parts && part_of_word(first_word(phrase.offer)) != FieldPart::kWhole) continue;
      offer(phrase.offer, phrase.probe, phrase.other_probe, completion);
      // The rest of it, where its beginning is written.
      for (size_t blank = phrase.offer.find(' '); blank != std::string_view::npos; blank = phrase.offer.find(' ', blank + 1)) {
        if (!ends_with(before.words, phrase.offer.substr(0, blank))) continue;
        const auto rest = [&](std::string_view text) { return text.empty() ? text : text.substr(blank + 1); };
        offer(rest(phrase.offer), rest(phrase.probe), rest(phrase.other_probe), completion);
      }
    }
    const bool is_one = before.last.kind != TokenKind::kNumber || before.last.text == "1";
    for (size_t i = is_one ? 0 : 1; i < kUnitPhrases.size(); i += 2) {
      const std::string longer = std::string(kUnitPhrases[i]) + ' ';
      const bool is_begun = std::ranges::any_of(completion.keywords,
                                                [&](std::string_view offered) { return begins_ignoring_case(offered, longer); });
      if (is_begun) continue;
      const size_t before_it = completion.keywords.size();
      offer(kUnitPhrases[i], {}, {}, completion);
      if (completion.keywords.size() == before_it) offer(kUnitAgoPhrases[i], {}, {}, completion);
    }
  }

  // Ends the text in one of the ways that make a predicate whole.
  void find_predicate(Completion& completion) {
    static constexpr std::string_view kEnds[] = {"",      " = 1",    " in (1)", " null",    " contain 'x'", " not contain 'x'",
                                                 " 1",    " 'x'",    " 1)",     " 1 and 2", " and 2",       " x = 1",
                                                 " to 1", " than 1", " of (1)"};
    const auto look = [&](const Definition& definition) {
      LastPredicate last;
      last.look(*definition.root);
      if (last.predicate == nullptr) return;
      completion.predicate = start_of(*last.condition) + std::string(prefix_.substr(beginning_of(*last.predicate)));
    };
    for (const std::string_view end : kEnds) {
      if (parse_either(std::string(prefix_) + std::string(end), look)) return;
    }
  }

  // Where a predicate begins: before its field may stand a part of it.
  size_t beginning_of(const Predicate& predicate) {
    size_t beginning = std::min<size_t>(predicate.field.position(), prefix_.size());
    if (predicate.part == FieldPart::kWhole) return beginning;
    Lexer lexer(prefix_, interrupt_);
    std::array<size_t, 2> before = {0, 0};
    for (Token token = lexer.next(); token.kind != TokenKind::kEnd && token.position < beginning; token = lexer.next()) {
      before = {before[1], token.position};
    }
    return before[0];
  }

  // Ends the text behind the marker in one of the ways that make it whole, and looks where the marker is.
  void find_place(std::string_view marked, Completion& completion) {
    static constexpr std::string_view kEnds[] = {"",         " is null", " = 1",   " is today",
                                                 " and 'x'", " to 'x'",  ".x = 1", ".x is today"};
    const auto look = [&](const Definition& definition) { MarkerSearch(completion).look(*definition.root); };
    for (const std::string_view end : kEnds) {
      std::string whole(prefix_);
      whole += marked;
      whole += end;
      if (parse_either(whole, look)) return;
    }
    parse_compared(std::string(prefix_) + std::string(marked) + " of any interaction", look);
  }

  bool parse_either(const std::string& whole, const std::function<void(const Definition&)>& use) {
    return parse_closed(whole, use) || parse_compared(whole, use);
  }

  // Of an aggregate, or a value: what it is compared with stands outside of the innermost parentheses.
  bool parse_compared(const std::string& whole, const std::function<void(const Definition&)>& use) {
    if (closing_.empty()) return false;
    const std::string closing = std::exchange(closing_, closing_.substr(1));
    const bool parses = parse_closed(whole + ") = 1", use);
    closing_ = closing;
    return parses;
  }

  // Closes the parentheses of a text, and gives it to `use` if it parses.  Returns whether it does.
  bool parse_closed(const std::string& whole, const std::function<void(const Definition&)>& use) {
    for (const std::string_view window : {"", " within last 1 day"}) {
      // The window belongs to the condition, whose restriction may be open.
      const size_t most_outside = window.empty() ? 0 : std::min(closing_.size(), kMostInRestriction);
      for (size_t outside = 0; outside <= most_outside; ++outside) {
        const std::string closed =
            whole + closing_.substr(outside) + std::string(window) + std::string(window.empty() ? 0 : outside, ')');
        try {
          const Definition definition = parse_definition(closed, interrupt_, Explained::kNo);
          use(definition);
          return true;
        } catch (const Error&) {
        }
      }
    }
    return false;
  }

  std::string_view text_;
  std::string_view prefix_;
  Interrupt& interrupt_;
  std::string closing_;
  bool name_fits_ = false;
};

}  // namespace

Completion complete(std::string_view text, size_t position, Interrupt& interrupt) {
  Completion nothing;
  nothing.start = static_cast<uint32_t>(position);
  if (text.size() > kMaxCompletedBytes) return nothing;
  return Completer(text.substr(0, position), interrupt).complete();
}

}  // namespace segments
