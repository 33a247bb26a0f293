#include "core/language/references.h"

#include "core/text/token_stream.h"

namespace segments {

bool at_reference(const TokenStream& stream) { return stream.at_word("segment") && stream.peek().kind == TokenKind::kText; }

std::unique_ptr<SegmentReference> parse_reference(TokenStream& stream) {
  stream.take();
  Literal name = stream.take_text();
  auto reference = std::make_unique<SegmentReference>();
  reference->name = std::move(name.text);
  reference->position = name.position;
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
