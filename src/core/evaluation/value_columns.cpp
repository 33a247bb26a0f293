#include "core/evaluation/value_columns.h"

#include "core/evaluation/distinct_evaluator.h"
#include "core/evaluation/row_addition.h"

namespace segments {

size_t bytes_of(const ValueSource& source) {
  if (source.kind != PlanValueKind::kSum) return sizeof(uint32_t);
  return sizeof(Int128) + (source.averages ? sizeof(int64_t) : 0);
}

void ValueColumn::add_up(const std::vector<uint32_t>& profiles, const std::vector<uint32_t>& places) {
  wide_places_.clear();
  wide_sums_.clear();
  wide_counts_.clear();
  wide_->add(visit_, profiles);
  for (size_t i = 0; i < profiles.size(); ++i) {
    if (!has_number(profiles[i])) continue;
    wide_places_.push_back(places[i]);
    wide_->read_sum(i, wide_sums_.emplace_back());
    wide_counts_.push_back(wide_->count(i));
  }
}

uint32_t ValueColumns::counter_of(const ValueSource& source) const {
  return segments::counter_of(plan_, {.kind = source.kind, .source = source.index});
}

ValueColumn ValueColumns::make(const ValueSource& source, std::span<const uint32_t> profiles, CounterWork* work) {
  ValueColumn column;
  column.kind_ = source.kind;
  if (source.kind == PlanValueKind::kCount) {
    count(column, source.index, profiles, work);
  } else if (source.kind == PlanValueKind::kSum) {
    add_up(column, source, profiles, work);
  } else {
    count_distinct(column, source.index, profiles, work);
  }
  return column;
}

// There are enough planes for all rows that there are.
void ValueColumns::count(ValueColumn& column, uint32_t counter, std::span<const uint32_t> profiles, CounterWork* work) {
  int64_t rows = 0;
  for (const CountedType& type : plan_.counters[counter].types) {
    const auto found = fragments_.find(type.type_id);
    if (found == fragments_.end()) continue;
    for (const FragmentSource* source : found->second) rows += source->row_count();
  }
  BitCounter counts(BitCounter::planes_for(rows));
  const std::shared_ptr<const EdgeRows> edge = edges_.of_counter(counter);
  const CountedFragments counted(plan_, counter, restrictions_, tile_, fragments_, interrupt_, edge.get());
  counted.for_each(work, [&](FragmentReader& fragment, CountedRows& counted_rows, size_t) {
    const RowSet* selected = nullptr;
    const Truth truth = counted_rows.select(&selected);
    if (truth == Truth::kAll) add_all_rows(fragment.blocks(), UINT32_MAX, counts);
    if (truth == Truth::kSome) add_rows(fragment.blocks(), *selected, counts);
  });
  counts.fold(map_);
  column.counts_.reserve(profiles.size());
  for (const uint32_t first : profiles) column.counts_.push_back(counts.count(first));
}

void ValueColumns::add_up(ValueColumn& column, const ValueSource& source, std::span<const uint32_t> profiles, CounterWork* work) {
  const FoldPlan& fold = plan_.folds[source.index];
  const std::shared_ptr<const EdgeRows> edge = edges_.of_counter(fold.counter);
  const auto visit = [this, &fold, edge](CounterWork* its_work,
                                         const std::function<void(ValuedRows&, NumberForm, uint32_t)>& use) {
    const CountedFragments counted(plan_, fold.counter, restrictions_, tile_, fragments_, interrupt_, edge.get());
    counted.for_each(its_work, [&](FragmentReader& fragment, CountedRows& rows, size_t place) {
      const FoldedField& field = fold.fields[place];
      ValuedRows values(fragment, rows, field.field, kind_of(field.form), field.missing);
      if (!values.empty()) use(values, field.form, fragment.tile_row_count());
    });
  };
  SumAccumulator sums(source.averages, {});
  bool fits = true;
  visit(work, [&](ValuedRows& rows, NumberForm form, uint32_t row_count) {
    if (fits) fits = sums.add(rows, form, row_count, interrupt_);
  });
  if (!fits) {
    column.visit_ = [visit](const std::function<void(ValuedRows&, NumberForm)>& use) {
      visit(nullptr, [&](ValuedRows& rows, NumberForm form, uint32_t) { use(rows, form); });
    };
    column.wide_ = std::make_unique<WideSum>(map_, interrupt_);
    column.wide_->prepare(column.visit_);
    return;
  }
  sums.fold(map_);
  column.unit_ = sums.unit();
  column.sums_.reserve(profiles.size());
  if (source.averages) column.numbers_.reserve(profiles.size());
  for (uint32_t place = 0; place < profiles.size(); ++place) {
    const uint32_t first = profiles[place];
    column.sums_.push_back(sums.sum(first));
    if (source.averages) column.numbers_.push_back(sums.count(first));
    if (!sums.has_number(first)) continue;
    column.present_.insert(place);
    const NumberClass kind = sums.class_of(first);
    if (kind != NumberClass::kFinite) column.specials_.emplace_back(place, kind);
  }
}

void ValueColumns::count_distinct(ValueColumn& column, uint32_t index, std::span<const uint32_t> profiles, CounterWork* work) {
  const DistinctOfTile counted{plan_, plan_.distincts[index], restrictions_, matchers_, interrupt_, tile_, map_, fragments_,
                               edges_};
  std::unique_ptr<ValueIdentity> identity;
  const std::vector<uint32_t> counts = counted.count(identity, work);
  column.counts_.reserve(profiles.size());
  for (const uint32_t first : profiles) column.counts_.push_back(counts[first]);
}

}  // namespace segments
