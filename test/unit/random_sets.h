// Random profile sets, made in all the ways there are; what they are compared with is std::set.
#pragma once
#include <algorithm>
#include <iterator>
#include <random>
#include <set>
#include <span>
#include <vector>

#include "core/set/profile_set.h"

namespace segments {

using Oracle = std::set<Ordinal>;
using Random = std::mt19937;

inline uint32_t draw(Random& random, uint32_t end) { return std::uniform_int_distribution<uint32_t>(0, end - 1)(random); }

// Sets with what makes containers differ: lone members, runs, halves of a block, edges of blocks, the last ordinal.
inline Oracle random_members(Random& random) {
  Oracle members;
  const uint32_t pieces = draw(random, 6);
  for (uint32_t piece = 0; piece < pieces; ++piece) {
    const uint32_t blocks[] = {0, 1, 2, 3, 7, 0x7FFF, 0xFFFF};
    const Ordinal base = blocks[draw(random, std::size(blocks))] << kBlockBits;
    switch (draw(random, 5)) {
      case 0:
        for (uint32_t i = draw(random, 40); i > 0; --i) members.insert(base + draw(random, kBlockSize));
        break;
      case 1:
        for (uint32_t i = draw(random, 9000); i > 0; --i) members.insert(base + draw(random, kBlockSize));
        break;
      case 2: {
        const uint32_t first = draw(random, kBlockSize), length = draw(random, kBlockSize - first) + 1;
        for (uint32_t i = first; i < first + length; ++i) members.insert(base + i);
        break;
      }
      case 3:
        for (uint32_t i = draw(random, 4); i < kBlockSize; i += 2 + draw(random, 6)) members.insert(base + i);
        break;
      default:
        members.insert({base, base + kBlockSize - 1});
    }
  }
  return members;
}

inline std::vector<Ordinal> listed(const Oracle& members) { return {members.begin(), members.end()}; }

inline ProfileSet set_of(const Oracle& members) { return ProfileSet::from_ordinals(listed(members)); }

// The same members in random order, the last ones by single insertions.
inline ProfileSet inserted(const Oracle& members, Random& random) {
  std::vector<Ordinal> order = listed(members);
  std::shuffle(order.begin(), order.end(), random);
  const size_t at_once = order.size() - std::min<size_t>(order.size(), 6000);
  ProfileSet set = ProfileSet::from_ordinals(std::span(order).first(at_once));
  for (size_t i = at_once; i < order.size(); ++i) set.insert(order[i]);
  return set;
}

// The same members by ranges, which leaves run containers.
inline ProfileSet ranged(const Oracle& members) {
  ProfileSet set;
  for (auto it = members.begin(); it != members.end();) {
    const uint64_t first = *it;
    uint64_t end = first;
    while (it != members.end() && *it == end) ++it, ++end;
    set.insert_range(first, end);
  }
  return set;
}

// The same members as what is left of more.
inline ProfileSet carved(const Oracle& members, Random& random) {
  Oracle more = random_members(random);
  more.insert(members.begin(), members.end());
  Oracle rest;
  std::set_difference(more.begin(), more.end(), members.begin(), members.end(), std::inserter(rest, rest.end()));
  ProfileSet set = ranged(more);
  set -= ranged(rest);
  return set;
}

}  // namespace segments
