// References to saved segments within definitions.
#pragma once
#include <functional>

#include "core/language/definition.h"

namespace segments {

class TokenStream;

// Whether a reference starts here: segment '…', which entered or left and a window may follow, or as of and a time.
bool at_reference(const TokenStream& stream);
std::unique_ptr<SegmentReference> parse_reference(TokenStream& stream);

// Every reference of a tree, in the order of the text.
void visit_references(const Node& node, const std::function<void(const SegmentReference&)>& visit);

// Gives references to a segment another name; returns whether there are any.
bool rename_references(Node& node, std::string_view name, std::string_view new_name);

}  // namespace segments
