#include "core/language/references.h"

#include "core/language/clauses.h"
#include "core/text/token_stream.h"

namespace segments {
namespace {

// When profiles entered or left: every window of interactions.
Window parse_change_window(TokenStream& stream) {
  if (stream.at_word("between")) {
    if (std::optional<Window> window = parse_between(stream).window) return *window;
  } else if (stream.at_word("more")) {
    if (std::optional<Window> window = parse_more_than(stream).window) return *window;
  } else if (at_window(stream)) {
    return parse_window(stream);
  } else {
    stream.fail_expecting(
        {"within", "since", "before", "from", "between", "more", "this", "previous", "on", "today", "yesterday"});
  }
  stream.fail_because("How often profiles entered or left is not counted.",
                      "Write when: within last 7 days, more than 2 days ago ….");
}

}  // namespace

bool at_reference(const TokenStream& stream) { return stream.at_word("segment") && stream.peek().kind == TokenKind::kText; }

std::unique_ptr<SegmentReference> parse_reference(TokenStream& stream) {
  stream.take();
  Literal name = stream.take_text();
  auto reference = std::make_unique<SegmentReference>();
  reference->name = std::move(name.text);
  reference->position = name.position;
  if (stream.at_word("entered") || stream.at_word("left")) {
    reference->kind = stream.at_word("left") ? ReferenceKind::kLeft : ReferenceKind::kEntered;
    stream.take();
    reference->window = parse_change_window(stream);
  } else if (stream.accept_word("as")) {
    stream.expect_word("of");
    reference->kind = ReferenceKind::kAsOf;
    reference->at = stream.take_time();
  } else if (at_window(stream)) {
    stream.fail_because("A segment's members are those of the same instant.",
                        "Write \"entered\" or \"left\" before the window, or \"as of\" and a time.");
  }
  return reference;
}

void visit_references(const Node& node, const std::function<void(const SegmentReference&)>& visit) {
  if (node.segment != nullptr) visit(*node.segment);
  for (const auto& child : node.children) visit_references(*child, visit);
}

bool rename_references(Node& node, std::string_view name, std::string_view new_name) {
  bool found = false;
  if (node.segment != nullptr && node.segment->name == name) {
    node.segment->name = new_name;
    found = true;
  }
  for (const auto& child : node.children) found = rename_references(*child, name, new_name) || found;
  return found;
}

}  // namespace segments
