#include "core/language/substitute.h"

#include <algorithm>
#include <vector>

namespace segments {
namespace {

// Where the conditions of `part` stand among those of `node`, in any order; none unless all do.
std::vector<size_t> places_of(const Node& part, const Node& node) {
  std::vector<size_t> places;
  for (const auto& wanted : part.children) {
    size_t at = 0;
    while (at < node.children.size() && (std::ranges::find(places, at) != places.end() || *node.children[at] != *wanted)) ++at;
    if (at == node.children.size()) return {};
    places.push_back(at);
  }
  return places;
}

}  // namespace

size_t substitute(std::unique_ptr<Node>& tree, const Node& part, const std::function<std::unique_ptr<Node>()>& make) {
  if (*tree == part) {
    tree = make();
    return 1;
  }
  size_t count = 0;
  if (tree->kind == part.kind && (part.kind == NodeKind::kAnd || part.kind == NodeKind::kOr)) {
    std::vector<size_t> places = places_of(part, *tree);
    if (!places.empty() && places.size() == tree->children.size()) {
      tree = make();
      return 1;
    }
    if (!places.empty()) {
      std::ranges::sort(places);
      tree->children[places.front()] = make();
      for (size_t i = places.size() - 1; i > 0; --i)
        tree->children.erase(tree->children.begin() + static_cast<ptrdiff_t>(places[i]));
      return 1;
    }
  }
  for (auto& child : tree->children) count += substitute(child, part, make);
  return count;
}

}  // namespace segments
