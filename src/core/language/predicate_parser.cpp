#include <algorithm>
#include <string>
#include <utility>

#include "core/language/clauses.h"
#include "core/language/habits.h"
#include "core/text/characters.h"
#include "core/text/keywords.h"
#include "core/text/number_separators.h"

namespace segments {
namespace {

const std::vector<std::string_view> kOperators = {"=",      "<>",   "<",       "<=", ">",   ">=",  "in",   "between", "contains",
                                                  "begins", "ends", "matches", "is", "has", "not", "does", "within"};

bool is_any(const Token& token, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return TokenStream::is_word(token, word); });
}

// Whether a field stands here, where a literal could stand.
bool at_other_field(const TokenStream& stream) {
  const Token& current = stream.current();
  if (!TokenStream::is_name(current)) return false;
  if (current.kind == TokenKind::kQuotedName || type_of_word(current.text) == LiteralType::kNone) return true;
  const Token next = stream.peek();
  return next.kind != TokenKind::kText && next.kind != TokenKind::kNumber && !is_any(next, {"with", "without"});
}

void take_other_field(TokenStream& stream, Predicate& predicate) {
  const bool measure = stream.at_word("measure") && stream.peek().kind == TokenKind::kText;
  if (measure) fail_unsupported("measure", stream.position(), "Compare with a value, or with another field.");
  if (part_follows(stream, 0) || predicate.part != FieldPart::kWhole) {
    stream.fail_because("A part of a field is compared with values.",
                        "Compare whole fields, or write a value on the right: hour of Field = 12.");
  }
  predicate.other = parse_field_path(stream, {});
}

const Name& last_name(const FieldPath& field) { return field.members.empty() ? field.column : field.members.back(); }

// A path could begin a condition on an attribute, so that parentheses tell where it belongs.
void check_path(const TokenStream& stream, size_t ahead) {
  const Token dot = stream.peek(ahead + 1);
  if (dot.kind != TokenKind::kSymbol || dot.text != ".") return;
  throw Error(ErrorCode::kSyntax, "a path after \"and\" or \"or\" needs parentheses around the restriction",
              "Without them, it is not a part of what stands after \"where\".",
              "Write where (… " + std::string(stream.current().text) + " " + excerpt(stream.peek(ahead).text) + "." +
                  excerpt(stream.peek(ahead + 2).text) +
                  " …); for an attribute of a profile source, put what stands before it in parentheses: (… where …) " +
                  std::string(stream.current().text) + " " + excerpt(stream.peek(ahead).text) + "." +
                  excerpt(stream.peek(ahead + 2).text) + " ….",
              stream.peek(ahead).position);
}

// not contains, does not contain; begins with, does not begin with …: the verb after "not" or "does not".
// starts with is begins with; contains any of and contains all of ask for elements.
std::optional<PredicateOperator> accept_text_operator(TokenStream& stream, bool after_does) {
  const auto accept_with = [&](std::string_view verb) {
    if (!stream.accept_word(verb)) return false;
    stream.expect_word("with");
    return true;
  };
  if (stream.accept_word(after_does ? "match" : "matches")) return PredicateOperator::kMatches;
  if (stream.accept_word(after_does ? "contain" : "contains")) {
    const bool any = stream.at_word("any");
    if (!any && !stream.at_word("all")) return PredicateOperator::kContains;
    stream.take();
    stream.expect_word("of");
    return any ? PredicateOperator::kContainsAny : PredicateOperator::kContainsAll;
  }
  if (accept_with(after_does ? "begin" : "begins") || accept_with(after_does ? "start" : "starts")) {
    return PredicateOperator::kBeginsWith;
  }
  if (accept_with(after_does ? "end" : "ends")) return PredicateOperator::kEndsWith;
  return std::nullopt;
}

// A value.  What follows a number directly was meant to be part of it.
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
  if (number) check_separators(stream, digits, false);
}

// On the right of a comparison: a value, or another field.
void take_compared(TokenStream& stream, Predicate& predicate) {
  if (at_other_field(stream)) return take_other_field(stream, predicate);
  take_value(stream, predicate);
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
    take_compared(stream, predicate);
    return true;
  }
  return false;
}

// The values of in, is one of, contains any of and contains all of.
void take_list(TokenStream& stream, Predicate& predicate, std::string_view written) {
  if (!stream.at_symbol("(")) {
    stream.fail_because("Expected \"(\".", "Write the values in parentheses: " + std::string(written) + " ('a', 'b').");
  }
  stream.take();
  if (stream.at_symbol(")")) {
    stream.fail_because("The list is empty.", "Write one value or more: " + std::string(written) + " ('a', 'b').");
  }
  do {
    predicate.literals.push_back(stream.take_literal());
  } while (stream.accept_symbol(","));
  if (!stream.at_symbol(")")) stream.fail_expecting({",", ")"});
  stream.take();
}

// What stands behind accept_text_operator().
void take_texts(TokenStream& stream, Predicate& predicate, PredicateOperator op) {
  predicate.op = op;
  if (!takes_list(op)) {
    predicate.literals.push_back(stream.take_text());
  } else {
    take_list(stream, predicate, op == PredicateOperator::kContainsAny ? "contains any of" : "contains all of");
  }
}

// in and between, which "not" may precede.
bool accept_set_operator(TokenStream& stream, Predicate& predicate) {
  if (stream.accept_word("in")) {
    predicate.op = PredicateOperator::kIn;
    take_list(stream, predicate, "in");
    return true;
  }
  if (!stream.accept_word("between")) return false;
  predicate.op = PredicateOperator::kBetween;
  take_value(stream, predicate);
  stream.expect_word("and");
  take_value(stream, predicate);
  return true;
}

// Times, as of the instant of evaluation: within last …, within next …, this …, previous …, next …, on …, more than … ago,
// between … ago; since and before are >= and <; within … before, after or of another field.
bool accept_times(TokenStream& stream, Predicate& predicate) {
  const bool since = stream.at_word("since");
  if (since || stream.at_word("before")) {
    stream.take();
    predicate.op = since ? PredicateOperator::kGreaterEqual : PredicateOperator::kLess;
    if (at_other_field(stream)) {
      take_other_field(stream, predicate);
    } else {
      predicate.literals.push_back(stream.take_time());
    }
    return true;
  }
  if (at_field_times(stream)) {
    predicate.op = PredicateOperator::kTimes;
    predicate.times = parse_field_times(stream);
    return true;
  }
  if (!stream.at_word("within")) return false;
  predicate.times = parse_field_span(stream);
  if (stream.accept_word("before")) {
    predicate.op = PredicateOperator::kWithinBefore;
  } else if (stream.accept_word("after")) {
    predicate.op = PredicateOperator::kWithinAfter;
  } else if (stream.accept_word("of")) {
    predicate.op = PredicateOperator::kWithinOf;
  } else {
    const std::string count = std::to_string(predicate.times->count);
    stream.fail_because(
        "Expected \"before\", \"after\" or \"of\", and another field.",
        "Write \"within last " + count + " …\" or \"within next " + count + " …\" as of the instant of evaluation.");
  }
  if (stream.current().kind == TokenKind::kText) {
    stream.fail_because("Expected a field name.", "Write \"between\" one time \"and\" another.");
  }
  take_other_field(stream, predicate);
  return true;
}

// today is this day, yesterday the previous one, tomorrow the next.
bool accept_day_word(TokenStream& stream, Predicate& predicate) {
  static constexpr std::pair<std::string_view, WindowKind> kDays[] = {
      {"today", WindowKind::kThis}, {"yesterday", WindowKind::kPrevious}, {"tomorrow", WindowKind::kNext}};
  for (const auto& [word, kind] : kDays) {
    const uint32_t position = stream.position();
    if (!stream.accept_word(word)) continue;
    predicate.op = PredicateOperator::kTimes;
    predicate.times =
        Window{.kind = kind, .count = kind == WindowKind::kThis ? 0 : 1, .start = {}, .end = {}, .position = position};
    return true;
  }
  return false;
}

// What stands after "is" or "is not" for =, <, <=, >, >= and in: equal to, greater than, less than or equal to, one of (…) …
bool accept_worded_operator(TokenStream& stream, Predicate& predicate) {
  if (stream.accept_word("one")) {
    stream.expect_word("of");
    predicate.op = PredicateOperator::kIn;
    take_list(stream, predicate, "is one of");
    return true;
  }
  const bool greater = stream.at_word("greater");
  if (stream.accept_word("equal")) {
    stream.expect_word("to");
    predicate.op = PredicateOperator::kEqual;
  } else if (greater || stream.at_word("less")) {
    stream.take();
    stream.expect_word("than");
    const bool or_equal = stream.accept_word("or");
    if (or_equal) {
      stream.expect_word("equal");
      stream.expect_word("to");
    }
    predicate.op = greater ? (or_equal ? PredicateOperator::kGreaterEqual : PredicateOperator::kGreater)
                           : (or_equal ? PredicateOperator::kLessEqual : PredicateOperator::kLess);
  } else {
    return false;
  }
  take_compared(stream, predicate);
  return true;
}

// "is" before what stands without it, and in the place of = and <>.
void check_is(const TokenStream& stream, const Predicate& predicate) {
  constexpr std::string_view kAlone = "\"is\" alone is no comparison.";
  const TokenKind kind = stream.current().kind;
  if (kind == TokenKind::kText || kind == TokenKind::kNumber || stream.at_word("true") || stream.at_word("false")) {
    stream.fail_because(std::string(kAlone),
                        predicate.negated ? "Write \"<>\" instead of \"is not\"." : "Write \"=\" instead of \"is\".");
  }
  if (stream.at_word("in") || stream.at_word("between")) stream.fail_because(std::string(kAlone), "Leave \"is\" out.");
}

// is null, is empty, is today, is within …, is equal to …
void parse_is(TokenStream& stream, Predicate& predicate) {
  predicate.negated = stream.accept_word("not");
  if (accept_day_word(stream, predicate) || accept_times(stream, predicate) || accept_worded_operator(stream, predicate)) return;
  const bool null = stream.at_word("null");
  if (!null && !stream.at_word("empty")) {
    check_is(stream, predicate);
    std::vector<std::string_view> expected = {"null", "empty", "today", "equal to", "greater than", "less than", "one of"};
    if (!predicate.negated) expected.insert(expected.begin(), "not");
    stream.fail_expecting(expected);
  }
  stream.take();
  predicate.op = null ? PredicateOperator::kIsNull : PredicateOperator::kIsEmpty;
}

// has a value is is not null, has no value is null.
void parse_has(TokenStream& stream, Predicate& predicate) {
  predicate.negated = stream.accept_word("a");
  if (!predicate.negated && !stream.accept_word("no")) stream.fail_expecting({"a value", "no value"});
  stream.expect_word("value");
  predicate.op = PredicateOperator::kIsNull;
}

void parse_operator(TokenStream& stream, Predicate& predicate) {
  check_foreign_operator(stream, predicate.negated);
  if (accept_comparison(stream, predicate)) return;
  if (stream.accept_word("is")) return parse_is(stream, predicate);
  if (stream.accept_word("has")) return parse_has(stream, predicate);
  if (stream.accept_word("does")) {
    predicate.negated = true;
    stream.expect_word("not");
    const std::optional<PredicateOperator> op = accept_text_operator(stream, true);
    if (!op.has_value()) stream.fail_expecting({"contain", "begin", "end", "match"});
    return take_texts(stream, predicate, *op);
  }
  predicate.negated = stream.accept_word("not");
  if (accept_times(stream, predicate) || accept_set_operator(stream, predicate)) return;
  check_foreign_operator(stream, predicate.negated);
  const std::optional<PredicateOperator> op = accept_text_operator(stream, false);
  if (op.has_value()) return take_texts(stream, predicate, *op);
  if (!predicate.negated) check_several_words(last_name(predicate.field), stream, kOperators);
  stream.fail_expecting(
      predicate.negated ? std::vector<std::string_view>{"in", "between", "contains", "begins", "ends", "matches"} : kOperators);
}

// The suffix: only operators that compare texts with literal texts can have it.
void parse_ignore_case(TokenStream& stream, Predicate& predicate) {
  if (!stream.at_word("ignore")) return;
  const bool fits = predicate.op == PredicateOperator::kEqual || predicate.op == PredicateOperator::kIn ||
                    predicate.op == PredicateOperator::kContains || predicate.op == PredicateOperator::kBeginsWith ||
                    predicate.op == PredicateOperator::kEndsWith || predicate.op == PredicateOperator::kMatches;
  if (!fits) {
    stream.fail_because("This operator cannot ignore case.",
                        "Use \"ignore case\" after =, <>, \"in\", \"contains\", \"begins with\", \"ends with\" or \"matches\".");
  }
  if (predicate.other.has_value() || predicate.part != FieldPart::kWhole) {
    stream.fail_because("Only a field and literal texts are compared without case.", "Leave \"ignore case\" out.");
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

// An anniversary is a day of every year: what it is compared with are days around the instant of evaluation.
void check_anniversary(const Predicate& predicate) {
  if (predicate.part != FieldPart::kAnniversary) return;
  if (predicate.op == PredicateOperator::kTimes && predicate.times->unit >= TimeUnit::kDay &&
      (predicate.times->kind != WindowKind::kBetweenAgo || predicate.times->other_unit >= TimeUnit::kDay)) {
    return;
  }
  throw Error(ErrorCode::kSyntax, "an anniversary is compared with days around the instant of evaluation", "",
              "Write \"is today\", \"within next 7 days\", \"this month\" …; for a month of all years, \"month of Field = 5\".",
              predicate.position);
}

}  // namespace

FieldPath parse_field_path(TokenStream& stream, const std::vector<std::string_view>& keywords) {
  FieldPath path;
  path.column = stream.take_name("a field name", keywords);
  while (stream.accept_symbol(".")) path.add_member(stream.take_member_name());
  const Token& next = stream.current();
  if (next.kind == TokenKind::kNumber && next.text[0] == '.' && stream.adjacent()) {
    stream.fail_because("Expected a name after the dot.", "Put it in double quotes: ." + in_quotes(next.text.substr(1)) + ".");
  }
  return path;
}

Predicate parse_predicate(TokenStream& stream) {
  Predicate predicate;
  if (part_follows(stream, 0)) {
    predicate.part = part_of_word(stream.take().text);
    stream.expect_word("of");
  }
  predicate.field = parse_field_path(stream, {"not", "("});
  parse_comparison(stream, predicate);
  check_anniversary(predicate);
  return predicate;
}

void parse_comparison(TokenStream& stream, Predicate& predicate) {
  predicate.position = stream.position();
  parse_operator(stream, predicate);
  parse_ignore_case(stream, predicate);
}

bool part_follows(const TokenStream& stream, size_t ahead) {
  const Token word = stream.peek(ahead);
  return word.kind == TokenKind::kWord && part_of_word(word.text) != FieldPart::kWhole &&
         TokenStream::is_word(stream.peek(ahead + 1), "of");
}

bool predicate_follows(const TokenStream& stream, size_t ahead) {
  if (part_follows(stream, ahead)) return true;
  const Token name = stream.peek(ahead);
  if (!TokenStream::is_name(name)) return false;
  check_path(stream, ahead);
  const Token next = stream.peek(ahead + 1);
  if (next.kind == TokenKind::kSymbol) return next.text.find_first_of("=<>") != std::string_view::npos;
  if (is_any(next, {"contains", "begins", "starts", "ends", "is", "has", "does", "matches"})) return true;
  if (is_any(next, {"in"})) return stream.peek(ahead + 2).text == "(";
  if (!is_any(next, {"not"})) return false;
  const Token third = stream.peek(ahead + 2);
  return is_any(third, {"contains", "begins", "starts", "ends", "matches"}) ||
         (is_any(third, {"in"}) && stream.peek(ahead + 3).text == "(");
}

}  // namespace segments
