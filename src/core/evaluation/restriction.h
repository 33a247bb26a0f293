// The restrictions of a plan, prepared for evaluation: predicates that occur several times stand here once, with what
// is kept about them from fragment to fragment.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/plan/plan.h"
#include "core/evaluation/value_matcher.h"
#include "core/interrupt.h"

namespace segments {

// What is known about a test over a fragment's rows without looking at each.
enum class Truth : uint8_t { kNone, kSome, kAll };

struct PreparedTest {
  RowTestKind kind = RowTestKind::kAnd;
  std::vector<PreparedTest> children;
  uint32_t predicate = 0;                         // kField, kTimePart: index into Restrictions
  uint32_t pair = 0;                              // kPair: likewise
  const std::vector<TimeRange>* times = nullptr;  // kTimes
  const ProfileSet* ordinals = nullptr;           // kOrdinals
};

class Restrictions {
 public:
  // `plan` and `matchers` must outlive this.
  Restrictions(const EvaluationPlan& plan, ValueMatcherFactory& matchers, Interrupt& interrupt);

  // For the counter's type at that place.  Null: it has no restriction.
  const PreparedTest* of_counter(uint32_t counter, size_t type) const {
    const std::optional<PreparedTest>& test = tests_[counter][type];
    return test ? &*test : nullptr;
  }
  const FieldPredicate& predicate(uint32_t index) const { return *predicates_[index].predicate; }
  // Whether several tests contain the predicate.
  bool is_shared(uint32_t index) const { return predicates_[index].uses > 1; }
  CodeSet matching_codes(uint32_t index, const Dictionary& dictionary);
  // Rows whose times, row by row, satisfy a predicate over their parts.
  CodeSet matching_times(uint32_t index, const Dictionary& times);
  const PairPredicate& pair(uint32_t index) const { return *pairs_[index].pair; }
  PairValues pair_values(uint32_t index, const Dictionary& left, const Dictionary& right);
  Interrupt& interrupt() { return interrupt_; }
  // Whether the value that fragments older than the field answer with satisfies the predicate.
  bool matches_missing(uint32_t index);

 private:
  struct Predicate {
    const FieldPredicate* predicate;
    uint32_t uses = 0;
    std::unique_ptr<ValueMatcher> matcher;  // kServer and kPart, once used
    std::optional<bool> matches_missing;
  };

  struct Pair {
    const PairPredicate* pair;
    std::unique_ptr<PairMatcher> matcher;  // once used
  };

  ValueMatcher* matcher(uint32_t index);

  ValueMatcherFactory& matchers_;
  Interrupt& interrupt_;
  std::vector<Predicate> predicates_;
  std::vector<Pair> pairs_;
  std::vector<std::vector<std::optional<PreparedTest>>> tests_;  // by counter and type
};

}  // namespace segments
