#include "core/evaluation/fold_evaluator.h"

#include <algorithm>
#include <set>

#include "core/evaluation/sum_accumulator.h"
#include "core/evaluation/wide_sum.h"

namespace segments {
namespace {

// At up to 3 MiB of sums each.
constexpr size_t kFoldsAtATime = 8;

// The place of a type among those of a counter; none: it is not counted.
std::optional<size_t> place_of(int32_t type_id, const CounterPlan& counter) {
  const auto found = std::ranges::find(counter.types, type_id, &CountedType::type_id);
  if (found == counter.types.end()) return std::nullopt;
  return static_cast<size_t>(found - counter.types.begin());
}

}  // namespace

struct FoldEvaluator::Running {
  Running(const Fold& a_fold, const std::vector<NumberComparison>& averages, std::shared_ptr<const EdgeRows> an_edge)
      : fold(&a_fold), edge(std::move(an_edge)), sums(a_fold.averages, averages) {}

  const Fold* fold;
  std::shared_ptr<const EdgeRows> edge;  // of its counter; null: none
  SumAccumulator sums;
  bool fits = true;
};

FoldEvaluator::FoldEvaluator(const EvaluationPlan& plan, const NodeGraph& graph, Restrictions& restrictions, Interrupt& interrupt,
                             Stopwatch* stopwatch)
    : plan_(plan), restrictions_(restrictions), interrupt_(interrupt), stopwatch_(stopwatch) {
  for (uint32_t index = 0; index < plan.folds.size(); ++index) {
    if (graph.fold_conditions(index).empty()) continue;
    Fold fold{index, false, graph.fold_conditions(index), {}};
    for (const uint32_t node : fold.nodes) {
      fold.comparisons.emplace_back(plan.nodes[node]);
      fold.averages = fold.averages || plan.nodes[node].kind == PlanNodeKind::kAverage;
    }
    folds_.push_back(std::move(fold));
  }
}

void FoldEvaluator::add_fragment(FragmentSource& source, uint32_t tile, std::span<Running> running,
                                 std::vector<CounterWork>& work) {
  FragmentReader fragment(source, tile, restrictions_);
  for (Running& one : running) {
    const FoldPlan& fold = plan_.folds[one.fold->index];
    const CounterPlan& counter = plan_.counters[fold.counter];
    const std::optional<size_t> place = place_of(source.type_id(), counter);
    if (!place || !one.fits) continue;
    interrupt_.poll();
    const uint64_t start = now();
    CounterWork& its_work = work[fold.counter];
    CountedRows counted(fragment, restrictions_.of_counter(fold.counter, *place), counter.window, counter.hole, one.edge.get());
    if (counted.fold() == Truth::kNone) {
      ++its_work.fragments_pruned;
      continue;
    }
    ++its_work.fragments_read;
    its_work.rows_scanned += fragment.tile_row_count();
    const FoldedField& field = fold.fields[*place];
    ValuedRows rows(fragment, counted, field.field, kind_of(field.form), field.missing);
    if (!rows.empty()) one.fits = one.sums.add(rows, field.form, fragment.tile_row_count(), interrupt_);
    fragment.release();
    its_work.nanoseconds += now() - start;
  }
}

void FoldEvaluator::evaluate_wide(const Running& running, uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments,
                                  std::span<std::unique_ptr<DenseSet>> results) {
  const Fold& fold = *running.fold;
  const FoldPlan& plan = plan_.folds[fold.index];
  const CountedFragments counted(plan_, plan.counter, restrictions_, tile, fragments, interrupt_, running.edge.get());
  const auto visit = [&](const std::function<void(ValuedRows&, NumberForm)>& use) {
    counted.for_each(nullptr, [&](FragmentReader& fragment, CountedRows& rows_that_count, size_t place) {
      const FoldedField& field = plan.fields[place];
      ValuedRows rows(fragment, rows_that_count, field.field, kind_of(field.form), field.missing);
      if (!rows.empty()) use(rows, field.form);
    });
  };
  std::vector<WideSum::Condition> conditions;
  for (size_t i = 0; i < fold.nodes.size(); ++i) {
    conditions.push_back({&fold.comparisons[i], plan_.nodes[fold.nodes[i]].kind == PlanNodeKind::kAverage, results[i].get()});
  }
  WideSum(map, interrupt_).evaluate(visit, conditions);
}

void FoldEvaluator::evaluate(std::span<Running> running, uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments,
                             NodeSets& sets, std::vector<CounterWork>& work) {
  std::set<int32_t> types;
  for (const Running& one : running) {
    for (const CountedType& type : counter_of(*one.fold).types) types.insert(type.type_id);
  }
  for (const int32_t type : types) {
    const auto found = fragments.find(type);
    if (found == fragments.end()) continue;
    for (FragmentSource* source : found->second) add_fragment(*source, tile, running, work);
  }
  for (Running& one : running) {
    interrupt_.poll();
    const Fold& fold = *one.fold;
    const uint64_t start = now();
    std::vector<std::unique_ptr<DenseSet>> results;
    for (size_t i = 0; i < fold.nodes.size(); ++i) results.push_back(std::make_unique<DenseSet>());
    if (one.fits) {
      one.sums.fold(map);
      for (size_t i = 0; i < fold.nodes.size(); ++i) {
        const bool average = plan_.nodes[fold.nodes[i]].kind == PlanNodeKind::kAverage;
        one.sums.compare(fold.comparisons[i], average, map, *results[i]);
      }
    } else {
      evaluate_wide(one, tile, map, fragments, results);
    }
    work[plan_.folds[fold.index].counter].nanoseconds += now() - start;
    for (size_t i = 0; i < fold.nodes.size(); ++i) sets.finish_condition(fold.nodes[i], std::move(results[i]), 0);
  }
}

void FoldEvaluator::evaluate(uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments, EdgeFinder& edges,
                             NodeSets& sets, std::vector<CounterWork>& work) {
  for (size_t first = 0; first < folds_.size(); first += kFoldsAtATime) {
    std::vector<Running> running;
    for (size_t i = first; i < std::min(folds_.size(), first + kFoldsAtATime); ++i) {
      std::vector<NumberComparison> averages;
      for (size_t node = 0; node < folds_[i].nodes.size(); ++node) {
        if (plan_.nodes[folds_[i].nodes[node]].kind == PlanNodeKind::kAverage) averages.push_back(folds_[i].comparisons[node]);
      }
      const uint64_t start = now();
      const uint32_t counter = plan_.folds[folds_[i].index].counter;
      running.emplace_back(folds_[i], averages, edges.of_counter(counter));
      work[counter].nanoseconds += now() - start;
    }
    evaluate(running, tile, map, fragments, sets, work);
  }
}

}  // namespace segments
