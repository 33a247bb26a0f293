#include "core/text/nearest.h"

#include <algorithm>
#include <numeric>

namespace segments {
namespace {

constexpr size_t kMaxNames = 3;
constexpr size_t kMaxNameBytes = 128;  // longer ones are no misspellings of anything we know

// Of a misspelling.
size_t most_edits(std::string_view name) { return name.size() < 4 ? 1 : std::max<size_t>(2, name.size() / 3); }

char folded(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

}  // namespace

// Levenshtein distance, one row of the matrix at a time.
size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kMaxNameBytes);
  b = b.substr(0, kMaxNameBytes);
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (folded(a[i - 1]) == folded(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

bool may_be_near(std::string_view name, std::string_view candidate) {
  if (name.size() > kMaxNameBytes || candidate.size() > kMaxNameBytes) return false;
  const size_t apart = std::max(name.size(), candidate.size()) - std::min(name.size(), candidate.size());
  return apart <= most_edits(name);
}

std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& candidates) {
  std::vector<std::string> nearest;
  if (name.size() > kMaxNameBytes) return nearest;
  size_t best = most_edits(name);
  for (const std::string& candidate : candidates) {
    if (!may_be_near(name, candidate)) continue;
    const size_t distance = edit_distance(name, candidate);
    if (distance > best) continue;
    if (distance < best) nearest.clear();
    best = distance;
    if (nearest.size() < kMaxNames) nearest.push_back(candidate);
  }
  return nearest;
}

}  // namespace segments
