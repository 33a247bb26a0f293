// A definition with one part of it replaced.
#pragma once
#include <functional>
#include <memory>

#include "core/language/definition.h"

namespace segments {

// Puts what `make` returns in the place of every part of `tree` that is `part`, of several conditions of an `and` or `or` too if
// they are all those of `part`; returns how many.  The tree may not be canonical then.
size_t substitute(std::unique_ptr<Node>& tree, const Node& part, const std::function<std::unique_ptr<Node>()>& make);

}  // namespace segments
