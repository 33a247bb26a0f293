#include "core/ingest/merge_policy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <utility>

namespace segments {
namespace {

constexpr uint32_t kFanOutBits = static_cast<uint32_t>(std::countr_zero(kMergeFanOut));
constexpr uint32_t kSizeClasses = static_cast<uint32_t>(std::bit_width(kFinalFragmentRows - 1) + kFanOutBits - 1) / kFanOutBits;

using Members = std::vector<const FragmentSummary*>;

// Size class c holds fragments of kMergeFanOut^c … kMergeFanOut^(c+1) - 1 rows.
uint32_t size_class(uint32_t row_count) {
  return (static_cast<uint32_t>(std::bit_width(std::max(1u, row_count))) - 1) / kFanOutBits;
}

struct GrowingJob {
  MergeJob job;
  uint64_t rows = 0;
  void add(const FragmentSummary& fragment) {
    job.fragment_ids.push_back(fragment.fragment_id);
    rows += fragment.row_count;
  }
};

// `rest` becomes a job of its own if it can stand alone, else part of the last one; without either it stays as it is.
void finish_jobs(GrowingJob&& rest, bool stands_alone, size_t first_job, std::vector<MergeJob>& jobs) {
  if (stands_alone) {
    jobs.push_back(std::move(rest.job));
  } else if (jobs.size() > first_job) {
    auto& last = jobs.back().fragment_ids;
    last.insert(last.end(), rest.job.fragment_ids.begin(), rest.job.fragment_ids.end());
  }
}

// Jobs that each hold more rows than one fragment can, so that every one is divided among the node's children.
void empty_node(const Members& members, std::vector<MergeJob>& jobs) {
  const size_t first_job = jobs.size();
  GrowingJob growing;
  for (const FragmentSummary* fragment : members) {
    growing.add(*fragment);
    if (growing.rows > kMostMergeRows - 2 * kMaxFragmentRows) jobs.push_back(std::exchange(growing, {}).job);
  }
  const bool stands_alone = growing.rows > kMaxFragmentRows;
  finish_jobs(std::move(growing), stands_alone, first_job, jobs);
}

// Jobs of at least `fan_out` members each, and where there are more, of no more than it takes to have `enough_rows`.
void merge_like(const Members& members, uint32_t fan_out, uint64_t enough_rows, std::vector<MergeJob>& jobs) {
  const size_t first_job = jobs.size();
  GrowingJob growing;
  for (const FragmentSummary* fragment : members) {
    growing.add(*fragment);
    const bool is_complete = growing.job.fragment_ids.size() >= fan_out && growing.rows >= enough_rows;
    if (is_complete) jobs.push_back(std::exchange(growing, {}).job);
  }
  const bool stands_alone = growing.job.fragment_ids.size() >= fan_out;
  finish_jobs(std::move(growing), stands_alone, first_job, jobs);
}

void merge_size_classes(const Members& members, std::vector<MergeJob>& jobs) {
  std::array<Members, kSizeClasses> classes;
  for (const FragmentSummary* fragment : members) {
    if (fragment->row_count < kFinalFragmentRows) classes[size_class(fragment->row_count)].push_back(fragment);
  }
  for (const Members& equals : classes) merge_like(equals, kMergeFanOut, kMaxFragmentRows, jobs);
}

// The duration a fragment covers, as a power of two: 0 … 64.
uint32_t span_class(const FragmentSummary& fragment) {
  return static_cast<uint32_t>(
      std::bit_width(static_cast<uint64_t>(fragment.max_time) - static_cast<uint64_t>(fragment.min_time)));
}

// The members that cover the instant that most of them cover.
Members deepest_overlap(Members members) {
  std::sort(members.begin(), members.end(), [](auto* a, auto* b) { return a->min_time < b->min_time; });
  Members open;
  Members deepest;
  for (const FragmentSummary* fragment : members) {
    std::erase_if(open, [&](auto* earlier) { return earlier->max_time < fragment->min_time; });
    open.push_back(fragment);
    if (open.size() > deepest.size()) deepest = open;
  }
  return deepest;
}

// Large fragments of one tile that cover the same times (rows that did not arrive in the order of their times) are merged,
// so that they come out cut by time, each covering a shorter span: windows then read few of them.  Only fragments of like
// spans are merged, and the spans get shorter, so this too happens to a row a logarithmic number of times.
void separate_times(const Members& members, std::vector<MergeJob>& jobs) {
  std::map<uint32_t, Members> classes;
  for (const FragmentSummary* fragment : members) {
    if (fragment->row_count >= kFinalFragmentRows) classes[span_class(*fragment)].push_back(fragment);
  }
  for (const auto& [span, equals] : classes) {
    // Rows of one and the same time cannot be separated.
    if (span == 0 || equals.size() < kTimeFanOut) continue;
    merge_like(deepest_overlap(equals), kTimeFanOut, kMostMergeRows, jobs);
  }
}

}  // namespace

std::vector<MergeJob> due_merges(const std::vector<FragmentSummary>& fragments) {
  std::map<TileNode, Members> nodes;
  for (const FragmentSummary& fragment : fragments) {
    nodes[covering_node(fragment.first_tile, fragment.last_tile)].push_back(&fragment);
  }
  std::vector<MergeJob> jobs;
  for (auto& [node, members] : nodes) {
    uint64_t rows = 0;
    for (const FragmentSummary* fragment : members) rows += fragment->row_count;
    if (node.level > 0 && rows > kMaxFragmentRows) {
      empty_node(members, jobs);
    } else {
      merge_size_classes(members, jobs);
      if (node.level == 0) separate_times(members, jobs);
    }
  }
  return jobs;
}

// A node's rows reach its children as small fragments at worst.
uint32_t merges_ahead(const FragmentSummary& fragment) {
  const uint32_t level = covering_node(fragment.first_tile, fragment.last_tile).level;
  const bool is_large = fragment.row_count >= kFinalFragmentRows;
  return level * (kSizeClasses + 1) + (is_large ? 0 : kSizeClasses - size_class(fragment.row_count));
}

}  // namespace segments
