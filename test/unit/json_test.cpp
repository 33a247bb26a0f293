#include "core/json/definition_json.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "core/language/printer.h"
#include "core/text/lexer.h"
#include "json_text.h"
#include "random_definition.h"
#include "unit/parsed.h"
#include "unit/rounds.h"

namespace segments {
namespace {

using test::json_as_text;

Definition from_json(const JsonValue& json) {
  NeverInterrupt interrupt;
  return definition_from_json(json, interrupt);
}

std::string json_of(std::string_view text) { return json_as_text(definition_to_json(parse(text))); }

std::string text_of(const JsonValue& json) { return print_definition(from_json(json)); }

Error error_of_json(const JsonValue& json) {
  try {
    from_json(json);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error: " << json_as_text(json);
  return Error(ErrorCode::kInternal, "");
}

// Values in the order of JSON, with little to write.
JsonValue text(std::string_view value) { return json_text(value); }
JsonValue list(std::vector<JsonValue> elements) { return json_array(std::move(elements)); }
JsonValue object(std::vector<JsonMember> members) {
  JsonValue value;
  value.kind = JsonKind::kObject;
  value.members = std::move(members);
  return value;
}
JsonValue number(std::string_view digits) {
  JsonValue value = json_text(digits);
  value.kind = JsonKind::kNumber;
  return value;
}
JsonValue interaction(std::vector<JsonMember> clauses = {}) {
  clauses.insert(clauses.begin(), JsonMember{"interaction", text("A")});
  return object(std::move(clauses));
}
JsonValue where(std::vector<JsonMember> predicate) { return interaction({{"where", object(std::move(predicate))}}); }

test::Vocabulary vocabulary() {
  return {
      .types = {{{"EmailOpened", false, 0},
                 {{{"Email", false, 0}, LiteralKind::kText, {"spring", "it's \"it\"", "\xC3\xA9t\xC3\xA9", "back\\slash\n"}},
                  {{"Amount", false, 0},
                   LiteralKind::kNumber,
                   {"7", "-7", "+7", "007", "1e3", "1.50", ".5", "5.", "0", "-0", "9007199254740992", "9007199254740993"}}}},
                {{"Email client", true, 0}, {{{"Is new", true, 0}, LiteralKind::kBoolean, {"true", "false"}}}},
                {{"within", true, 0}, {}}},
      .times = {"2026-03-01", "yesterday"},
      .segments = {"vip", "it's", ""},
      .relations = {{"receiver", false, 0}, {"Paid by", true, 0}, {"via", true, 0}},
      .past_references = true,
      .attributes = true,
      .typed_literals = true,
  };
}

struct Written {
  std::string_view text;
  std::string_view json;
};

TEST(Json, definitions_are_written_as_documented) {
  static constexpr Written kCases[] = {
      {"all", R"({"all": true})"},
      {"A and B or not C", R"({"or": [{"and": [{"interaction": "A"}, {"interaction": "B"}]}, {"not": {"interaction": "C"}}]})"},
      {"A via receiver where x = 1",
       R"({"interaction": "A", "via": "receiver", "where": {"field": ["x"], "op": "=", "value": 1}})"},
      {"any of (A, B) via \"Paid by\" never",
       R"({"interaction": {"anyOf": ["A", "B"]}, "via": {"quoted": "Paid by"}, "having": {"count": {"never": true}}})"},
      {"A except segment 'vip'", R"({"except": [{"interaction": "A"}, {"segment": "vip"}]})"},
      {"bucket 3 of 10", R"({"bucket": 3, "of": 10})"},
      {"not bucket 0 to 9 of 100 with salt 'x'", R"({"not": {"bucket": [0, 9], "of": 100, "salt": "x"}})"},
      {"\"Email client\" never", R"({"interaction": {"quoted": "Email client"}, "having": {"count": {"never": true}}})"},
      {"any of (A, B) this month", R"({"interaction": {"anyOf": ["A", "B"]}, "window": {"this": "month"}})"},
      {"any interaction within last 30 days but not within last 7 days",
       R"({"interaction": {"any": true}, "window": {"withinLast": [30, "day"]}, "butNot": {"withinLast": [7, "day"]}})"},
      {"A between 1 and 2 weeks ago at least 3",
       R"({"interaction": "A", "window": {"betweenAgo": [[1, "week"], [2, "week"]]}, "having": {"count": {"atLeast": 3}}})"},
      {"A from date '2026-01-01' to '2026-02-01'",
       R"({"interaction": "A", "window": {"from": {"date": "2026-01-01"}, "to": "2026-02-01"}})"},
      {"A since '2026-01-01' for the third time", R"({"interaction": "A", "window": {"since": "2026-01-01"}, "occurrence": 3})"},
      {"A before 'today'", R"({"interaction": "A", "window": {"before": "today"}})"},
      {"A on 'today'", R"({"interaction": "A", "window": {"on": "today"}})"},
      {"A previous 3 months", R"({"interaction": "A", "window": {"previous": [3, "month"]}})"},
      {"A more than 90 days ago", R"({"interaction": "A", "window": {"moreThanAgo": [90, "day"]}})"},
      {"A in at least 3 of the last 4 weeks at least 2",
       R"({"interaction": "A", "periods": {"ofLast": [4, "week"], "atLeast": 3}, "having": {"count": {"atLeast": 2}}})"},
      {"A in exactly 3 of the last 4 periods of 2 months",
       R"({"interaction": "A", "periods": {"ofLast": [4, "month"], "length": 2, "exactly": 3}})"},
      {"A this month on at most 5 days in a row",
       R"({"interaction": "A", "window": {"this": "month"}, "periods": {"inARow": "day", "atMost": 5}})"},
      {"A having count(distinct day) between 2 and 5",
       R"({"interaction": "A", "having": {"distinct": "day", "count": {"between": [2, 5]}}})"},
      {"count(A within last 30 days) > count(B) * 0.5",
       R"({"compare": {"count": {"interaction": "A", "window": {"withinLast": [30, "day"]}}}, "op": ">", "value": {"*": [{"count": {"interaction": "B"}}, {"number": "0.5"}]}})"},
      {"coalesce(sum(x of A), 0) / count(distinct \"day\" of A via b latest 3) not in (1, 2)",
       R"({"compare": {"/": [{"coalesce": [{"aggregate": "sum", "field": ["x"], "of": {"interaction": "A"}}, 0]}, {"aggregate": "count distinct", "field": [{"quoted": "day"}], "of": {"interaction": "A", "via": "b", "latest": 3}}]}, "op": "in", "value": [1, 2], "negated": true})"},
      {"avg(x of any interaction) is null",
       R"({"compare": {"aggregate": "avg", "field": ["x"], "of": {"interaction": {"any": true}}}, "op": "is null"})"},
      {"A having sum(x) > 500",
       R"({"interaction": "A", "having": {"aggregate": "sum", "field": ["x"], "op": ">", "value": 500}})"},
      {"A having avg(\"x y\") not in (1, 2.5)",
       R"({"interaction": "A", "having": {"aggregate": "avg", "field": [{"quoted": "x y"}], "op": "in", "value": [1, {"number": "2.5"}], "negated": true}})"},
      {"A having count(distinct x) >= 3",
       R"({"interaction": "A", "having": {"aggregate": "count distinct", "field": ["x"], "op": ">=", "value": 3}})"},
      {"A having count(distinct \"day\") <> 3",
       R"({"interaction": "A", "having": {"aggregate": "count distinct", "field": [{"quoted": "day"}], "op": "=", "value": 3, "negated": true}})"},
      {"A latest 3 having max(x) is null",
       R"({"interaction": "A", "latest": 3, "having": {"aggregate": "max", "field": ["x"], "op": "is null"}})"},
      {"A having last(x) = 'y'",
       R"({"interaction": "A", "having": {"aggregate": "last", "field": ["x"], "op": "=", "value": "y"}})"},
      {"A having max(x) is null", R"({"interaction": "A", "having": {"aggregate": "max", "field": ["x"], "op": "is null"}})"},
      {"A where x = 1", R"({"interaction": "A", "where": {"field": ["x"], "op": "=", "value": 1}})"},
      {"A where x <> 1.5", R"({"interaction": "A", "where": {"not": {"field": ["x"], "op": "=", "value": {"number": "1.5"}}}})"},
      {"A where x in ('a', 'b') ignore case",
       R"({"interaction": "A", "where": {"field": ["x"], "op": "in", "value": ["a", "b"], "ignoreCase": true}})"},
      {"A where (x is null or not (y > true and z begins with 'a'))",
       R"({"interaction": "A", "where": {"or": [{"field": ["x"], "op": "is null"}, {"not": {"and": [)"
       R"({"field": ["y"], "op": ">", "value": true}, {"field": ["z"], "op": "begins with", "value": "a"}]}}]}})"},
      {"A where hour of x between 9 and 17",
       R"({"interaction": "A", "where": {"field": ["x"], "part": "hour", "op": "between", "value": [9, 17]}})"},
      {"A where x < \"y\"",
       R"({"interaction": "A", "where": {"field": ["x"], "op": "<", "value": {"field": [{"quoted": "y"}]}}})"},
      {"A where p.plan = p.\"Utm Source\".from", R"({"interaction": "A", "where": {"field": ["p", "plan"], "op": "=", )"
                                                 R"("value": {"field": ["p", {"quoted": "Utm Source"}, "from"]}}})"},
      {"A where x within 3 days before y",
       R"({"interaction": "A", "where": {"field": ["x"], "op": "within before", "span": [3, "day"], "value": {"field": ["y"]}}})"},
      {"A where anniversary of x within next 7 days",
       R"({"interaction": "A", "where": {"field": ["x"], "part": "anniversary", "times": {"withinNext": [7, "day"]}}})"},
  };
  for (const Written& written : kCases) {
    EXPECT_EQ(json_of(written.text), written.json);
    EXPECT_EQ(text_of(definition_to_json(parse(written.text))), written.text);
  }
}

TEST(Json, random_definitions_survive) {
  test::RandomDefinition random(vocabulary(), 7);
  for (int i = 0; i < test::rounds(5'000); ++i) {
    const Definition definition = random.next();
    const std::string canonical = print_definition(definition);
    const Definition again = from_json(definition_to_json(parse(canonical)));
    ASSERT_TRUE(again == definition) << canonical;
    ASSERT_EQ(print_definition(again), canonical);
  }
}

TEST(Json, trees_become_canonical) {
  const JsonValue a = interaction();
  const auto both = [&](std::string_view key, std::vector<JsonValue> children) {
    return json_object(key, list(std::move(children)));
  };
  EXPECT_EQ(text_of(both("and", {a})), "A");
  EXPECT_EQ(text_of(both("and", {a, both("and", {a, both("or", {a, a})})})), "A and A and (A or A)");
  EXPECT_EQ(text_of(json_object("not", json_object("not", a))), "A");
  EXPECT_EQ(text_of(json_object("interaction", text("Email client"))), "\"Email client\"");
  EXPECT_EQ(text_of(json_object("interaction", json_object("anyOf", list({text("A")})))), "A");
  EXPECT_EQ(text_of(interaction({{"having", json_object("count", json_object("atLeast", json_number(1)))}})), "A");
  const JsonValue predicate = object({{"field", text("x")}, {"op", text("=")}, {"value", number("1.50")}});
  EXPECT_EQ(text_of(interaction({{"where", json_object("not", json_object("not", json_object("not", predicate)))}})),
            "A where x <> 1.50");
}

TEST(Json, errors_name_the_path) {
  struct Case {
    JsonValue json;
    std::string_view message;
    std::string_view hint;
    ErrorCode code = ErrorCode::kSyntax;
  };
  const JsonValue unit = interaction({{"window", json_object("withinLast", list({json_number(30), text("dey")}))}});
  const Case kCases[] = {
      {JsonValue{}, "$: expected an object, not null", "Leave the key out where there is nothing to say."},
      {list({}), "$: expected an object, not an array", ""},
      {object({}), "$: the object is empty",
       R"(Write one of the keys "all", "and", "or", "except", "not", "interaction", "attribute", "segment", "bucket" or "compare".)"},
      {object({{"bucket", list({json_number(1)})}, {"of", json_number(10)}}),
       "$.bucket: expected two: the first bucket and the last one", ""},
      {object({{"bucket", json_number(1)}}), "$: the key \"of\" is missing", ""},
      {object({{"bucket", json_number(1)}, {"of", json_number(0)}}), "$.of: number 0 is out of range",
       "Numbers here are from 1 to 1000000.", ErrorCode::kOutOfRange},
      {object({{"bucket", json_number(1)}, {"of", json_number(10)}, {"salt", text("")}}), "$.salt: the salt is empty",
       "Leave it out, or write one of your own."},
      {object({{"bucket", list({json_number(9), json_number(0)})}, {"of", json_number(10)}}),
       "$: \"bucket 9 to 0 of 10\" matches no profile", "Write \"bucket 0 to 9 of 10\"."},
      {interaction(
           {{"where", object({{"field", list(std::vector<JsonValue>(kMaxPathNames + 1, text("a")))}, {"op", text("is null")}})}}),
       "$.where.field: the list has more than 64 names", "", ErrorCode::kLimitExceeded},
      {json_object("intraction", text("A")), "$: none of the keys that say what this is", "Perhaps you meant \"interaction\"."},
      {json_object("all", json_boolean(false)), "$.all: expected true", "Write true, or leave the key out."},
      {json_object("and", list({})), "$.and: the list is empty", "Write one condition or more; {\"all\": true} is everybody."},
      {json_object("and", list({interaction(), json_object("not", unit)})),
       "$.and[1].not.window.withinLast[1]: unknown unit \"dey\"", "Perhaps you meant \"day\"."},
      {json_object("except", list({interaction()})), "$.except: expected two: everybody of the first who is not in the second",
       ""},
      {interaction({{"windw", JsonValue{}}}), "$: unknown key \"windw\"", "Perhaps you meant \"window\"."},
      {interaction({{"window", object({{"since", text("a")}, {"to", text("b")}})}}), "$.window: unknown key \"to\"",
       "Write \"since\" or \"since\"."},
      {interaction({{"window", object({{"from", text("a")}})}}), "$.window: the key \"to\" is missing", ""},
      {interaction({{"window", json_object("withinNext", list({json_number(3), text("day")}))}}),
       "$.window: none of the keys that say what this is", "Perhaps you meant \"withinLast\"."},
      {interaction({{"window", json_object("withinLast", list({json_number(0), text("day")}))}}),
       "$.window.withinLast[0]: number 0 is out of range", "Numbers here are from 1 to 1000000000.", ErrorCode::kOutOfRange},
      {interaction({{"occurrence", number("1.5")}}), "$.occurrence: expected a whole number from 1 to 1000000000, not a number",
       ""},
      {interaction({{"occurrence", number("99999999999999999999")}}), "$.occurrence: number 99999999999999999999 is out of range",
       "Numbers here are from 1 to 1000000000.", ErrorCode::kOutOfRange},
      {where({{"field", text("x")}, {"op", text("<>")}, {"value", json_number(1)}}), "$.where.op: \"<>\" is no operator here",
       "Write {\"not\": {…, \"op\": \"=\", …}}: its exact complement."},
      {where({{"field", text("x")}, {"op", text("=")}}), "$.where: the key \"value\" is missing", ""},
      {where({{"field", text("x")}, {"op", text("=")}, {"value", JsonValue{}}}), "$.where.value: nothing equals null",
       "Use the operator \"is null\"."},
      {where({{"field", text("x")}, {"op", text("in")}, {"value", list({})}}), "$.where.value: the list is empty",
       "Write one value or more."},
      {where({{"field", text("x")}, {"op", text("=")}, {"value", json_object("number", text("1) or B"))}}),
       "$.where.value.number: \"1) or B\" is no number", "Write a number such as \"1e3\"."},
      {where({{"field", list({})}, {"op", text("is null")}}), "$.where.field: the list is empty",
       "Write the field's name, and those of the members on the way."},
      {where({{"field", list({text("a"), json_number(1)})}, {"op", text("is null")}}),
       "$.where.field[1]: expected a string, not a number", ""},
      // the parser's, at the condition
      {json_object("or", list({interaction({{"occurrence", json_number(2)}}), interaction()})),
       "$.or[0]: \"for the … time\" needs a window", "Add when: within last 30 days."},
  };
  for (const Case& test : kCases) {
    const Error error = error_of_json(test.json);
    EXPECT_EQ(std::string(error.what()), test.message);
    EXPECT_EQ(error.hint(), test.hint) << test.message;
    EXPECT_EQ(error.code(), test.code) << test.message;
  }
}

TEST(Json, what_the_parser_refuses_is_shown_in_the_text_of_the_condition) {
  const JsonValue twice = json_object("interaction", json_object("anyOf", list({text("A"), text("A")})));
  const Error error = error_of_json(json_object("not", twice));
  EXPECT_STREQ(error.what(), "$.not: type A occurs twice");
  EXPECT_EQ(error.source(), "any of (A, A)");
  EXPECT_EQ(error.position(), 11U);
}

TEST(Json, names_and_texts_are_quoted) {
  const std::string injected = "x\" or \"y' or all -- ";
  const JsonValue json = object({{"interaction", text(injected)},
                                 {"where", object({{"field", text(injected)}, {"op", text("=")}, {"value", text(injected)}})}});
  const Definition definition = from_json(json);
  ASSERT_EQ(definition.root->kind, NodeKind::kInteraction);
  EXPECT_EQ(definition.root->interaction->types.front().text, injected);
  EXPECT_EQ(definition.root->interaction->restriction->predicate.literals.front().text, injected);
}

TEST(Json, deep_documents_are_refused) {
  JsonValue json = interaction();
  for (int i = 0; i < 3'000; ++i) json = json_object("not", std::move(json));
  EXPECT_EQ(error_of_json(json).code(), ErrorCode::kLimitExceeded);
}

TEST(Json, the_deepest_definition_survives) {
  std::string deepest = "A";
  for (uint32_t i = 0; i < kMaxDefinitionDepth; ++i) deepest = "(B or C and not " + deepest + ")";
  const Definition definition = parse(deepest);
  EXPECT_TRUE(from_json(definition_to_json(definition)) == definition);
}

// Another program's validator finds what is written to be what the schema says, and what is refused not to be.
TEST(Json, random_definitions_are_valid_by_the_schema) {
  if (std::system("python3 -c 'import jsonschema' 2> /dev/null") != 0) GTEST_SKIP() << "needs python3-jsonschema";
  std::FILE* validator = popen(
      "python3 -c '\n"
      "import json, sys, jsonschema\n"
      "schema = json.load(open(sys.argv[1]))\n"
      "jsonschema.Draft202012Validator.check_schema(schema)\n"
      "validator = jsonschema.Draft202012Validator(schema)\n"
      "count = 0\n"
      "for line in sys.stdin:\n"
      "    expected, document = line[0] == \"+\", json.loads(line[1:])\n"
      "    count += 1\n"
      "    if validator.is_valid(document) != expected: sys.exit((\"invalid\" if expected else \"valid\") + \": \" + line)\n"
      "if count < 200: sys.exit(\"too few\")\n"
      "' " SEGMENTS_SOURCE_DIR "/sql/install/segments-definition-schema.json",
      "w");
  ASSERT_NE(validator, nullptr);
  test::Vocabulary words = vocabulary();
  words.largest_depth = 2;
  test::RandomDefinition random(std::move(words), 11);
  const auto say = [&](char expected, const JsonValue& json) {
    const std::string line = expected + json_as_text(json) + "\n";
    std::fwrite(line.data(), 1, line.size(), validator);
  };
  for (int i = 0; i < 200; ++i) say('+', definition_to_json(random.next()));
  say('-', JsonValue{});
  say('-', object({}));
  say('-', json_object("all", json_boolean(false)));
  say('-', json_object("and", list({})));
  say('-', interaction({{"windw", JsonValue{}}}));
  say('-', interaction({{"window", json_object("withinLast", list({json_number(30), text("dey")}))}}));
  say('-', interaction({{"window", json_object("withinNext", list({json_number(3), text("day")}))}}));
  say('-', interaction({{"having", json_object("count", json_object("atLeast", text("3")))}}));
  say('-', where({{"field", text("x")}, {"op", text("<>")}, {"value", json_number(1)}}));
  say('-', where({{"field", text("x")}, {"op", text("=")}}));
  say('-', where({{"field", text("x")}, {"op", text("=")}, {"value", JsonValue{}}}));
  say('-', where({{"field", text("x")}, {"op", text("is null")}, {"value", json_number(1)}}));
  say('-', where({{"field", text("x")}, {"op", text("in")}, {"value", list({})}}));
  say('-', where({{"field", text("x")}, {"op", text("=")}, {"value", json_object("number", text("1e"))}}));
  EXPECT_EQ(pclose(validator), 0);
}

}  // namespace
}  // namespace segments
