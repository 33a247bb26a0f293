#include "core/bucket/bucket.h"
#include "core/json/clause_reader.h"
#include "core/json/definition_json.h"
#include "core/language/clause_printer.h"
#include "core/language/parser.h"
#include "core/language/printer.h"

namespace segments {
namespace {

class Reader {
 public:
  explicit Reader(Interrupt& interrupt) : interrupt_(interrupt) {}

  std::unique_ptr<Node> node(const JsonPlace& place) {
    check_depth(place);
    const std::string_view key =
        place.expect_one_of({"all", "and", "or", "except", "not", "interaction", "attribute", "segment", "bucket", "compare"});
    if (key == "interaction") return interaction(place);
    if (key == "segment") return reference(place);
    if (key == "attribute") return attribute(place);
    if (key == "bucket") return bucket(place);
    if (key == "compare") return comparison(place);
    place.allow_only({key});
    const JsonPlace inner = *place.find(key);
    auto result = std::make_unique<Node>();
    if (key == "all") {
      inner.expect_true();
      return result;
    }
    result->kind = key == "and"   ? NodeKind::kAnd
                   : key == "or"  ? NodeKind::kOr
                   : key == "not" ? NodeKind::kNot
                                  : NodeKind::kExcept;
    if (key == "not") {
      result->children.push_back(node(inner));
      return result;
    }
    children(inner, *result);
    return result->children.size() > 1 ? std::move(result) : std::move(result->children.front());
  }

 private:
  void children(const JsonPlace& place, Node& parent) {
    const size_t count = place.expect_array().size();
    if (count == 0) place.fail("the list is empty", "Write one condition or more; {\"all\": true} is everybody.");
    if (parent.kind == NodeKind::kExcept && count != 2)
      place.fail("expected two: everybody of the first who is not in the second");
    for (size_t i = 0; i < count; ++i) parent.children.push_back(node(place.element(i)));
  }

  // Apart: what recurs keeps a small frame.
  [[gnu::noinline]] std::unique_ptr<Node> reference(const JsonPlace& place) {
    place.allow_only({"segment", "entered", "left", "asOf"});
    auto result = std::make_unique<Node>();
    result->kind = NodeKind::kSegment;
    result->segment = std::make_unique<SegmentReference>();
    SegmentReference& reference = *result->segment;
    reference.name = place.find("segment")->expect_text();
    const auto entered = place.find("entered");
    const auto left = place.find("left");
    const auto at = place.find("asOf");
    if ((entered ? 1 : 0) + (left ? 1 : 0) + (at ? 1 : 0) > 1)
      place.fail("\"entered\", \"left\" and \"asOf\" exclude each other");
    if (entered || left) {
      reference.kind = entered ? ReferenceKind::kEntered : ReferenceKind::kLeft;
      reference.window = read_window(entered ? *entered : *left, false);
    }
    if (at) {
      reference.kind = ReferenceKind::kAsOf;
      reference.at = read_literal(*at);
      if (reference.at->kind != LiteralKind::kText) at->fail("expected a time, as a text");
    }
    check(place, *result);
    return result;
  }

  [[gnu::noinline]] std::unique_ptr<Node> comparison(const JsonPlace& place) {
    auto result = std::make_unique<Node>();
    result->kind = NodeKind::kComparison;
    result->comparison = read_comparison(place);
    check(place, *result);
    return result;
  }

  [[gnu::noinline]] std::unique_ptr<Node> bucket(const JsonPlace& place) {
    place.allow_only({"bucket", "of", "salt"});
    auto result = std::make_unique<Node>();
    result->kind = NodeKind::kBucket;
    result->bucket = std::make_unique<BucketCondition>();
    BucketCondition& bucket = *result->bucket;
    const JsonPlace numbers = *place.find("bucket");
    if (numbers.value().kind == JsonKind::kArray) {
      if (numbers.expect_array().size() != 2) numbers.fail("expected two: the first bucket and the last one");
      bucket.first = numbers.element(0).expect_count(0, kMaxBuckets);
      bucket.last = numbers.element(1).expect_count(0, kMaxBuckets);
    } else {
      bucket.first = bucket.last = numbers.expect_count(0, kMaxBuckets);
    }
    bucket.count = place.expect_member("of").expect_count(1, kMaxBuckets);
    if (const auto salt = place.find("salt")) {
      bucket.salt = salt->expect_text();
      if (bucket.salt.empty()) salt->fail("the salt is empty", "Leave it out, or write one of your own.");
    }
    check(place, *result);
    return result;
  }

  // Its text is what the parser reads an attribute from.
  [[gnu::noinline]] std::unique_ptr<Node> attribute(const JsonPlace& place) {
    std::string text;
    print(read_attribute(place), text);
    return std::move(parsed(place, text).root);
  }

  [[gnu::noinline]] std::unique_ptr<Node> interaction(const JsonPlace& place) {
    place.allow_only({"interaction", "via", "where", "window", "butNot", "latest", "occurrence", "periods", "having"});
    auto result = std::make_unique<Node>();
    result->kind = NodeKind::kInteraction;
    result->interaction = std::make_unique<InteractionCondition>();
    InteractionCondition& condition = *result->interaction;
    read_types(*place.find("interaction"), condition);
    read_clauses(place, condition);
    if (const auto occurrence = place.find("occurrence")) condition.occurrence = occurrence->expect_count(1, kMaxHavingCount);
    if (const auto periods = place.find("periods")) condition.periods = read_periods(*periods);
    if (const auto having = place.find("having")) read_having(*having, condition);
    check(place, *result);
    return result;
  }

  // What is not in the form of the JSON (clauses that do not stand together, numbers that nothing satisfies …) is the parser's.
  void check(const JsonPlace& place, const Node& node) { parsed(place, print_node(node)); }

  Definition parsed(const JsonPlace& place, const std::string& text) {
    try {
      return parse_definition(text, interrupt_);
    } catch (const Error& error) {
      Error with_path(error.code(), place.path() + ": " + error.what(), error.detail(), error.hint(), error.position());
      with_path.set_source(text);
      throw with_path;
    }
  }

  Interrupt& interrupt_;
};

}  // namespace

Definition definition_from_json(const JsonValue& json, Interrupt& interrupt) {
  const std::unique_ptr<Node> tree = Reader(interrupt).node(JsonPlace(json));
  // The parser makes it canonical, and keeps the limits.
  return parse_definition(print_node(*tree), interrupt);
}

}  // namespace segments
