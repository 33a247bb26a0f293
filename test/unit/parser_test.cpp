#include "core/language/parser.h"

#include <gtest/gtest.h>

#include <span>

#include "core/error.h"
#include "core/language/printer.h"
#include "core/language/references.h"
#include "core/text/lexer.h"
#include "unit/parsed.h"

namespace segments {
namespace {

const InteractionCondition& interaction_of(const Definition& definition) { return *definition.root->interaction; }

TEST(Parser, positions_point_into_the_text) {
  const Definition definition = parse("A and not (B where x = 'y' within last 2 days never)");
  EXPECT_EQ(definition.root->position, 0u);
  const Node& negation = *definition.root->children[1];
  EXPECT_EQ(negation.position, 6u);
  const Node& condition = *negation.children[0];
  EXPECT_EQ(condition.position, 11u);
  EXPECT_EQ(condition.interaction->types[0].position, 11u);
  const Predicate& predicate = condition.interaction->restriction->predicate;
  EXPECT_EQ(predicate.field.position(), 19u);
  EXPECT_EQ(predicate.position, 21u);
  EXPECT_EQ(predicate.literals[0].position, 23u);
  EXPECT_EQ(condition.interaction->window->position, 27u);
  EXPECT_EQ(condition.interaction->having->position, 46u);
}

TEST(Parser, references_are_found_and_renamed) {
  Definition definition = parse("(A and not (segment 'x' or segment 'it''s')) except segment 'x'");
  std::vector<std::string> names;
  std::vector<uint32_t> positions;
  visit_references(*definition.root, [&](const SegmentReference& reference) {
    names.push_back(reference.name);
    positions.push_back(reference.position);
  });
  EXPECT_EQ(names, (std::vector<std::string>{"x", "it's", "x"}));
  EXPECT_EQ(positions, (std::vector<uint32_t>{20, 35, 60}));
  EXPECT_FALSE(rename_references(*definition.root, "X", "y"));
  EXPECT_TRUE(rename_references(*definition.root, "x", "y'z"));
  EXPECT_EQ(print_definition(definition), "(A and not (segment 'y''z' or segment 'it''s')) except segment 'y''z'");
}

TEST(Parser, having_bounds_are_what_they_say) {
  struct Case {
    std::string_view text;
    HavingKind kind;
    int64_t minimum;
    int64_t maximum;
  };
  static constexpr Case kCases[] = {
      {"A at least 2", HavingKind::kAtLeast, 2, INT64_MAX},
      {"A at most 2", HavingKind::kAtMost, 0, 2},
      {"A at most 0", HavingKind::kAtMost, 0, 0},
      {"A exactly once", HavingKind::kExactly, 1, 1},
      {"A exactly 0 times", HavingKind::kExactly, 0, 0},
      {"A between 2 and 2 times", HavingKind::kBetween, 2, 2},
      {"A never", HavingKind::kNever, 0, 0},
      {"A having count > 1", HavingKind::kAtLeast, 2, INT64_MAX},
      {"A having count < 1", HavingKind::kAtMost, 0, 0},
      {"A at least 1000000000", HavingKind::kAtLeast, 1'000'000'000, INT64_MAX},
  };
  for (const Case& expected : kCases) {
    const Definition definition = parse(expected.text);
    const Having& having = interaction_of(definition).having.value();
    EXPECT_EQ(having.kind, expected.kind) << expected.text;
    EXPECT_EQ(having.minimum, expected.minimum) << expected.text;
    EXPECT_EQ(having.maximum, expected.maximum) << expected.text;
  }
  EXPECT_FALSE(interaction_of(parse("A at least 1")).having.has_value());
}

TEST(Parser, names_keep_their_case_and_quotes) {
  const Definition definition = parse("EmailOpened where \"Email \"\"client\"\"\" = 'x'");
  EXPECT_EQ(interaction_of(definition).types[0].text, "EmailOpened");
  EXPECT_FALSE(interaction_of(definition).types[0].quoted);
  EXPECT_EQ(interaction_of(definition).restriction->predicate.field.column.text, "Email \"client\"");
  EXPECT_TRUE(interaction_of(definition).restriction->predicate.field.column.quoted);
}

TEST(Parser, paths_lead_to_members_by_any_word) {
  const Definition definition = parse("A where Payload . utm.\"Utm Source\".from = properties.and");
  const Predicate& predicate = interaction_of(definition).restriction->predicate;
  EXPECT_EQ(predicate.field.column.text, "Payload");
  ASSERT_EQ(predicate.field.members.size(), 3u);
  EXPECT_EQ(predicate.field.members[1].text, "Utm Source");
  EXPECT_TRUE(predicate.field.members[1].quoted);
  EXPECT_EQ(predicate.field.members[2].position, 35u);
  EXPECT_EQ(predicate.other->text(), "properties.and");
  EXPECT_EQ(print_definition(definition), "A where Payload.utm.\"Utm Source\".from = properties.and");
}

TEST(Parser, numbers_may_still_begin_with_a_dot) {
  const Definition definition = parse("A where (x.y > .5 and z in (.1,5.,-.5e3))");
  EXPECT_EQ(print_definition(definition), "A where (x.y > .5 and z in (.1, 5., -.5e3))");
}

TEST(Parser, words_of_the_language_that_are_not_reserved_are_names) {
  for (const std::string_view name : {"segment", "measure", "last", "count", "day", "timestamp", "date", "to", "times"}) {
    const std::string text = std::string(name) + " where " + std::string(name) + " = 1";
    EXPECT_EQ(print_definition(parse(text)), text);
  }
}

std::string repeated(std::string_view text, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

std::string nested(size_t depth) { return repeated("(", depth) + "A" + repeated(")", depth); }

TEST(Parser, paths_are_as_long_as_the_limit) {
  const auto path = [](size_t names) { return "A where a" + repeated(".b", names - 1) + " = 1"; };
  EXPECT_EQ(print_definition(parse(path(kMaxPathNames))), path(kMaxPathNames));
  const Error error = error_of(path(kMaxPathNames + 1));
  EXPECT_EQ(error.code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(error.position(), path(kMaxPathNames).find(" = 1") + 1);
  EXPECT_EQ(error_of(path(100'000)).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(error_of("A where x = a" + repeated(".b", kMaxPathNames)).code(), ErrorCode::kLimitExceeded);
}

TEST(Parser, parentheses_nest_to_the_limit) {
  EXPECT_EQ(print_definition(parse(nested(kMaxDefinitionDepth))), "A");
  const Error error = error_of(nested(kMaxDefinitionDepth + 1));
  EXPECT_EQ(error.code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(error.position(), kMaxDefinitionDepth);
  const size_t half = kMaxDefinitionDepth / 2;
  const auto mixed = [&](size_t outer, size_t inner) {
    return repeated("(", outer) + "A where " + repeated("(", inner) + "x = 1" + repeated(")", inner + outer);
  };
  EXPECT_EQ(print_definition(parse(mixed(half, half))), "A where x = 1");
  EXPECT_EQ(error_of(mixed(half, half + 1)).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(error_of(repeated("(", kMaxDefinitionBytes)).code(), ErrorCode::kLimitExceeded);
}

TEST(Parser, deepest_tree_survives_printing_and_parsing) {
  std::string text = "A";
  for (size_t i = 0; i < kMaxDefinitionDepth; ++i) text = "not (A or B and " + text + ")";
  const Definition definition = parse(text);
  EXPECT_TRUE(parse(print_definition(definition)) == definition);
}

TEST(Parser, many_nots_need_no_depth) {
  EXPECT_EQ(print_definition(parse(repeated("not ", 100'001) + "A")), "not A");
  EXPECT_EQ(print_definition(parse("A where " + repeated("not ", 100'000) + "x = 1")), "A where x = 1");
}

TEST(Parser, conditions_are_limited) {
  const std::string most = "A" + repeated(" or A", kMaxDefinitionConditions - 1);
  EXPECT_EQ(parse(most).root->children.size(), kMaxDefinitionConditions);
  const Error error = error_of(most + " or all");
  EXPECT_EQ(error.code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(error.position(), most.size() + 4);
}

TEST(Parser, text_whose_canonical_form_is_too_long_is_refused) {
  const std::string text = "A where x in(1" + repeated(",1", kMaxDefinitionBytes / 2 - 10) + ")";
  ASSERT_LT(text.size(), kMaxDefinitionBytes);
  EXPECT_EQ(error_of(text).code(), ErrorCode::kLimitExceeded);
}

TEST(Parser, interrupt_unwinds) {
  struct Cancelled final : Interrupt {
    void poll() override { throw 1; }
  } cancelled;
  EXPECT_THROW(parse_definition("A where x in (1" + repeated(",1", 2000) + ")", cancelled), int);
}

}  // namespace
// What stands before the first dot is a profile source; the rest is a predicate.
TEST(Parser, attributes) {
  const auto printed = [](std::string_view text) {
    NeverInterrupt interrupt;
    return print_definition(parse_definition(text, interrupt));
  };
  EXPECT_EQ(printed("contact.City is equal to 'Oslo'"), "contact.City = 'Oslo'");
  EXPECT_EQ(printed("Contact.Country not in ('NO', 'SE') and not Contact.Newsletter = false"),
            "Contact.Country not in ('NO', 'SE') and not Contact.Newsletter = false");
  EXPECT_EQ(printed("Contact.Birthday has a value"), "Contact.Birthday is not null");
  EXPECT_EQ(printed("anniversary of Contact.Birthday within next 7 days"), "anniversary of Contact.Birthday within next 7 days");
  EXPECT_EQ(printed("Contact.Payload.utm.\"Source code\" = 'ad' or all"), "Contact.Payload.utm.\"Source code\" = 'ad' or all");
  EXPECT_EQ(printed("Score.a > Score.b"), "Score.a > Score.b");
  // A path behind an open restriction stands in parentheses, as it would be a part of it.
  EXPECT_EQ(printed("(A where b = 1) and C.d = 2"), "A where b = 1 and (C.d = 2)");
  EXPECT_EQ(printed("B and A where (b = 1 or c = 2) or (C.d = 2)"), "B and A where (b = 1 or c = 2) or (C.d = 2)");
  EXPECT_EQ(printed("(A where b = 1 at least 2) and C.d = 2"), "A where b = 1 at least 2 and C.d = 2");
  EXPECT_EQ(printed("(A where b = 1) except C.d = 2"), "A where b = 1 except C.d = 2");
  EXPECT_EQ(printed("(A where b = 1) and not C.d = 2 or C.e is null"), "A where b = 1 and not C.d = 2 or C.e is null");
  // What has no negative form of its own is negated as a whole.
  EXPECT_EQ(printed("Contact.d is not tomorrow"), "not Contact.d next day");
  EXPECT_EQ(printed("not (Contact.d is not tomorrow)"), "Contact.d next day");
  EXPECT_EQ(printed("(A where b = 1) and (C.d is not today)"), "A where b = 1 and not C.d this day");
  const auto refused = [&](std::string_view text) {
    try {
      printed(text);
    } catch (const Error& error) {
      return std::string(error.what()) + " | " + error.detail() + " | " + error.hint();
    }
    return std::string("accepted");
  };
  EXPECT_EQ(
      refused("A.b = c"),
      "an attribute is compared with a value, or with a field of the same row |  | Write a field of the same source, \"A\", "
      "with the source before it; a text stands in single quotes: 'c'.");
  EXPECT_NE(refused("A.b = C.d"), "accepted");
  EXPECT_NE(refused("A.b = 1 within last 3 days"), "accepted");
  EXPECT_NE(refused("A. = 1"), "accepted");
  EXPECT_NE(refused("any of (A.b, C) = 1"), "accepted");
}

}  // namespace segments
