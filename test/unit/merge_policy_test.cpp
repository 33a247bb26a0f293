#include "core/ingest/merge_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "unit/rounds.h"

namespace segments {
namespace {

// The fragments of one shard, whose rows are only tiles and the number of times they were rewritten; splits as
// encode_fragments does (fragment_test holds that to the same rules).
class ShardSimulation {
 public:
  struct Row {
    uint32_t tile;
    uint32_t rewrites;
  };
  using Rows = std::vector<Row>;

  void add(Rows&& rows) {
    if (rows.empty()) return;
    const auto [first, last] = std::minmax_element(rows.begin(), rows.end(), by_tile);
    const TileNode node = covering_node(first->tile, last->tile);
    if (rows.size() <= kMaxFragmentRows) {
      summaries_.push_back({next_id_, first->tile, last->tile, static_cast<uint32_t>(rows.size())});
      contents_[next_id_++] = std::move(rows);
    } else if (node.level > 0) {
      std::vector<Rows> children(kMergeFanOut);
      for (const Row& row : rows) children[child_of(node, row.tile)].push_back(row);
      for (Rows& child : children) add(std::move(child));
    } else {
      const size_t pieces = (rows.size() + kMaxFragmentRows - 1) / kMaxFragmentRows;
      for (size_t i = 0; i < pieces; ++i) {
        add(Rows(rows.begin() + static_cast<ptrdiff_t>(rows.size() * i / pieces),
                 rows.begin() + static_cast<ptrdiff_t>(rows.size() * (i + 1) / pieces)));
      }
    }
  }

  void merge_until_nothing_is_due() {
    for (auto jobs = due_merges(summaries_); !jobs.empty(); jobs = due_merges(summaries_)) {
      ASSERT_LT(++rounds_, 100'000);
      std::set<int64_t> seen;
      for (const MergeJob& job : jobs) {
        Rows rows;
        const uint64_t debt_before = debt();
        for (const int64_t id : job.fragment_ids) {
          ASSERT_TRUE(seen.insert(id).second) << "jobs overlap";
          const Rows& merged = contents_.at(id);
          rows.insert(rows.end(), merged.begin(), merged.end());
          contents_.erase(id);
        }
        std::erase_if(summaries_, [&](const FragmentSummary& summary) { return seen.contains(summary.fragment_id); });
        ASSERT_LE(rows.size(), kMostMergeRows);
        for (Row& row : rows) ++row.rewrites;
        const size_t rewritten = rows.size();
        add(std::move(rows));
        ASSERT_LE(debt() + rewritten, debt_before) << "a merge pays at least one rewrite of each row";
      }
    }
  }

  const std::vector<FragmentSummary>& summaries() const { return summaries_; }
  uint64_t debt() const {
    return std::accumulate(summaries_.begin(), summaries_.end(), uint64_t{0}, [](uint64_t n, const FragmentSummary& summary) {
      return n + uint64_t{summary.row_count} * merges_ahead(summary);
    });
  }
  size_t row_count() const {
    return std::accumulate(contents_.begin(), contents_.end(), size_t{0},
                           [](size_t n, const auto& c) { return n + c.second.size(); });
  }
  uint32_t most_rewrites() const {
    uint32_t most = 0;
    for (const auto& [id, rows] : contents_) {
      for (const Row& row : rows) most = std::max(most, row.rewrites);
    }
    return most;
  }

 private:
  static bool by_tile(const Row& a, const Row& b) { return a.tile < b.tile; }

  std::vector<FragmentSummary> summaries_;
  std::map<int64_t, Rows> contents_;
  int64_t next_id_ = 1;
  int rounds_ = 0;
};

uint32_t levels_for(uint32_t tiles_of_shard) {
  uint32_t levels = 0;
  for (uint32_t reach = 1; reach < tiles_of_shard; reach *= kMergeFanOut) ++levels;
  return levels;
}

// Below kFinalFragmentRows: 1-7, 8-63, 64-511, 512-4095, 4096-32767, 32768-65535 rows.
constexpr uint32_t kClasses = 6;

void check_invariants(const ShardSimulation& shard, uint32_t tiles_of_shard) {
  std::map<TileNode, std::map<uint32_t, uint32_t>> small;
  std::map<TileNode, uint64_t> rows;
  uint64_t final_fragments = 0;
  for (const FragmentSummary& summary : shard.summaries()) {
    const TileNode node = covering_node(summary.first_tile, summary.last_tile);
    rows[node] += summary.row_count;
    if (summary.row_count >= kFinalFragmentRows) {
      ++final_fragments;
      continue;
    }
    uint32_t size_class = 0;
    for (uint32_t reach = kMergeFanOut; reach <= summary.row_count; reach *= kMergeFanOut) ++size_class;
    ASSERT_LT(++small[node][size_class], kMergeFanOut);
    ASSERT_LT(size_class, kClasses);
  }
  for (const auto& [node, count] : rows) {
    if (node.level > 0) {
      ASSERT_LE(count, kMaxFragmentRows);
    }
  }
  // Nodes of the tree: tiles * (1 + 1/8 + …) + one a level.
  const uint64_t nodes = tiles_of_shard + tiles_of_shard / 7 + levels_for(tiles_of_shard) + 1;
  ASSERT_LE(shard.summaries().size(), nodes * kClasses * (kMergeFanOut - 1) + final_fragments);
  ASSERT_LE(final_fragments * kFinalFragmentRows, shard.row_count());
}

TEST(MergePolicy, covers_tiles_by_the_lowest_node) {
  EXPECT_EQ(covering_node(3, 3), (TileNode{0, 0}));
  EXPECT_EQ(covering_node(8 * 5 + 1, 8 * 5 + 1), (TileNode{0, 5}));
  EXPECT_EQ(covering_node(8 * 8, 8 * 15), (TileNode{1, 1}));
  EXPECT_EQ(covering_node(8 * 7, 8 * 8), (TileNode{2, 0}));
  EXPECT_EQ(covering_node(0, 8 * 4095), (TileNode{4, 0}));
  EXPECT_EQ(child_of({1, 1}, 8 * 15 + 3), 7u);
  EXPECT_EQ(child_of({2, 0}, 8 * 15), 1u);
}

TEST(MergePolicy, leaves_a_settled_node_alone) {
  EXPECT_TRUE(due_merges({}).empty());
  std::vector<FragmentSummary> fragments;
  for (int64_t i = 0; i < 7; ++i) fragments.push_back({i, 0, 0, 5});
  fragments.push_back({7, 0, 0, 100});
  for (int64_t i = 8; i < 40; ++i) fragments.push_back({i, 0, 0, kFinalFragmentRows});
  fragments.push_back({40, 0, 8, kMaxFragmentRows});
  EXPECT_TRUE(due_merges(fragments).empty());
}

TEST(MergePolicy, merges_final_fragments_that_cover_the_same_times) {
  std::vector<FragmentSummary> fragments;
  for (int64_t i = 0; i < 4; ++i) fragments.push_back({i, 0, 0, kFinalFragmentRows, i, 1000 + i});
  EXPECT_EQ(due_merges(fragments).size(), 1u);
  EXPECT_EQ(due_merges(fragments)[0].fragment_ids.size(), 4u);
  fragments[3].max_time = 100;  // much shorter: of another span
  EXPECT_TRUE(due_merges(fragments).empty());
}

TEST(MergePolicy, leaves_final_fragments_in_the_order_of_their_times_alone) {
  std::vector<FragmentSummary> fragments;
  for (int64_t i = 0; i < 100; ++i) fragments.push_back({i, 0, 0, kFinalFragmentRows, i * 100, i * 100 + 250});
  EXPECT_TRUE(due_merges(fragments).empty());
}

TEST(MergePolicy, leaves_final_fragments_of_one_instant_alone) {
  std::vector<FragmentSummary> fragments;
  for (int64_t i = 0; i < 20; ++i) fragments.push_back({i, 0, 0, kMaxFragmentRows, 5, 5});
  EXPECT_TRUE(due_merges(fragments).empty());
}

TEST(MergePolicy, merges_a_full_size_class_of_one_node_only) {
  std::vector<FragmentSummary> fragments;
  for (int64_t i = 0; i < 9; ++i) fragments.push_back({i, 0, 0, 60});
  for (int64_t i = 10; i < 17; ++i) fragments.push_back({i, 8, 8, 60});
  fragments.push_back({20, 0, 0, 64});
  const auto jobs = due_merges(fragments);
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].fragment_ids, (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(MergePolicy, empties_a_node_in_jobs_of_bounded_size) {
  std::vector<FragmentSummary> fragments;
  uint64_t rows = 0;
  for (int64_t i = 0; i < 100; ++i) {
    fragments.push_back({i, 0, 64, static_cast<uint32_t>(1 + i * 2600)});
    rows += fragments.back().row_count;
  }
  const auto jobs = due_merges(fragments);
  EXPECT_GE(jobs.size(), rows / kMostMergeRows);
  size_t merged = 0;
  for (const MergeJob& job : jobs) {
    uint64_t job_rows = 0;
    for (const int64_t id : job.fragment_ids) job_rows += fragments[static_cast<size_t>(id)].row_count;
    EXPECT_GT(job_rows, kMaxFragmentRows);
    EXPECT_LE(job_rows, kMostMergeRows);
    merged += job.fragment_ids.size();
  }
  EXPECT_EQ(merged, fragments.size());
}

TEST(MergePolicy, tells_how_many_merges_are_ahead) {
  EXPECT_EQ(merges_ahead({0, 0, 0, kFinalFragmentRows}), 0u);
  EXPECT_EQ(merges_ahead({0, 0, 0, kFinalFragmentRows - 1}), 1u);
  EXPECT_EQ(merges_ahead({0, 0, 0, kFinalFragmentRows / 8}), 2u);
  EXPECT_EQ(merges_ahead({0, 0, 0, 1}), 6u);
  EXPECT_EQ(merges_ahead({0, 0, 8, kFinalFragmentRows}), 7u);
  EXPECT_EQ(merges_ahead({0, 0, 64, 1}), 20u);
}

TEST(MergePolicy, bounds_fragments_and_rewrites_over_ten_thousand_small_additions) {
  std::mt19937_64 random(60);
  for (const uint32_t tiles : {1u, 8u, 25u}) {  // of one shard; 8 to 200 in all
    for (const uint32_t rows_per_addition : {10u, 200u}) {
      ShardSimulation shard;
      size_t most_fragments = 0;
      size_t rows_added = 0;
      for (int addition = 0; addition < test::rounds(10'000); ++addition) {
        ShardSimulation::Rows rows(1 + random() % (2 * rows_per_addition));
        for (auto& row : rows) row = {kShardCount * static_cast<uint32_t>(random() % tiles), 0};
        rows_added += rows.size();
        shard.add(std::move(rows));
        shard.merge_until_nothing_is_due();
        if (addition % 100 == 0) check_invariants(shard, tiles);
        most_fragments = std::max(most_fragments, shard.summaries().size());
      }
      check_invariants(shard, tiles);
      EXPECT_EQ(shard.row_count(), rows_added);
      EXPECT_LE(shard.most_rewrites(), (levels_for(tiles) + 1) * (kClasses + 1));
      RecordProperty("tiles_" + std::to_string(tiles) + "_rows_" + std::to_string(rows_per_addition),
                     std::to_string(most_fragments) + " fragments, " + std::to_string(shard.most_rewrites()) + " rewrites");
      EXPECT_LE(most_fragments, 60u + rows_added / kFinalFragmentRows + 16u * tiles);
    }
  }
}

TEST(MergePolicy, settles_after_a_bulk_load_of_large_fragments) {
  std::mt19937_64 random(61);
  ShardSimulation shard;
  for (int addition = 0; addition < 20; ++addition) {
    ShardSimulation::Rows rows(125'000);
    for (auto& row : rows) row = {kShardCount * static_cast<uint32_t>(random() % 5), 0};
    shard.add(std::move(rows));
  }
  shard.merge_until_nothing_is_due();
  check_invariants(shard, 5);
  EXPECT_EQ(shard.row_count(), 2'500'000u);
  EXPECT_LE(shard.most_rewrites(), 3u);
}

}  // namespace
}  // namespace segments
