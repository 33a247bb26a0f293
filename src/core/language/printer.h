// Tree → canonical text.  parse(print(tree)) == tree, and print(parse(print(tree))) == print(tree).
#pragma once
#include <string>

#include "core/language/definition.h"

namespace segments {

std::string print_definition(const Definition& definition);
// One node with everything below it, as a definition of its own.
std::string print_node(const Node& node);
// As it stands after "where".
std::string print_restriction(const Restriction& restriction);

}  // namespace segments
