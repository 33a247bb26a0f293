// The comparisons of values of a plan, over one tile.
//
// Comparisons are divided into groups, so that columns of counts and sums fit, of the profiles of a tile, into kColumnBytes; a
// comparison joins the first group that has its columns, so that those are made once for all that share them.  A comparison that
// needs more by itself is decided for some profiles at a time, whose columns are made anew.
//
// Where both sides are integers, they are compared as such; else as fractions of 128 bits, and, of profiles for which these do
// not suffice, of integers of any size.
#pragma once
#include <vector>

#include "core/evaluation/node_sets.h"
#include "core/evaluation/value_columns.h"

namespace segments {

class ValueEvaluator {
 public:
  static constexpr size_t kColumnBytes = size_t{16} << 20;

  // All must outlive this; `stopwatch` may be null.
  ValueEvaluator(const EvaluationPlan& plan, const NodeGraph& graph, Restrictions& restrictions, ValueMatcherFactory& matchers,
                 Interrupt& interrupt, Stopwatch* stopwatch, size_t column_bytes = kColumnBytes);

  // Hands in the sets of the comparisons.
  void evaluate(uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments, EdgeFinder& edges, NodeSets& sets,
                std::vector<CounterWork>& work);

 private:
  // Operands come before what is made of them.
  struct Step {
    PlanValueKind kind = PlanValueKind::kNumber;
    uint32_t left = 0;  // of two operands: earlier steps
    uint32_t right = 0;
    uint32_t column = 0;                 // of sources
    Number number = {};                  // kNumber
    std::optional<Int128> integer = {};  // that it is
    Quantity<Int128> small = {};         // likewise, if it fits; else null
  };
  struct Comparison {
    uint32_t node = 0;
    ValueOperator op = ValueOperator::kEqual;
    std::vector<Step> steps;
    std::vector<uint32_t> values;  // steps: what is compared, and with what
  };
  struct Group {
    std::vector<ValueSource> sources;
    std::vector<Comparison> comparisons;
  };
  // Some profiles, their columns, and sets of those for which comparisons hold.
  struct Slice {
    std::span<const uint32_t> profiles;
    std::vector<ValueColumn> columns;
  };

  uint64_t now() const { return stopwatch_ != nullptr ? stopwatch_->nanoseconds() : 0; }
  static size_t bytes_of(const std::vector<ValueSource>& sources);
  std::vector<ValueSource> sources_of(const PlanNode& node) const;
  void add_to_group(uint32_t node);
  Comparison prepared(uint32_t node, const Group& group) const;
  void fill(Slice& slice, const Group& group, ValueColumns& columns, std::vector<CounterWork>* work);
  void decide(Slice& slice, std::span<const Comparison> comparisons, std::span<std::unique_ptr<DenseSet>> results);
  void decide(const Slice& slice, const Comparison& comparison, std::span<const uint32_t> places, DenseSet& result);
  bool decide_integers(const Slice& slice, const Comparison& comparison, std::span<const uint32_t> places, DenseSet& result);
  void evaluate(const Group& group, ValueColumns& columns, const std::vector<uint32_t>& profiles, NodeSets& sets,
                std::vector<CounterWork>& work);

  const EvaluationPlan& plan_;
  Restrictions& restrictions_;
  ValueMatcherFactory& matchers_;
  Interrupt& interrupt_;
  Stopwatch* const stopwatch_;
  const size_t column_bytes_;
  std::vector<Group> groups_;
};

}  // namespace segments
