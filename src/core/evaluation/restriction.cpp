#include "core/evaluation/restriction.h"

#include <string>
#include <unordered_map>

#include "core/error.h"
#include "core/plan/predicate_encoding.h"

namespace segments {
namespace {

using PredicateIndex = std::unordered_map<std::string, uint32_t>;

std::string key_of(const FieldPredicate& predicate) {
  ByteWriter writer;
  put_predicate(writer, predicate);
  const auto bytes = writer.view();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class F>
PreparedTest prepare(const RowTest& test, const EvaluationPlan& plan, const F& index_of, const auto& pair_index_of) {
  PreparedTest prepared;
  prepared.kind = test.kind;
  switch (test.kind) {
    case RowTestKind::kField:
    case RowTestKind::kTimePart:
      prepared.predicate = index_of(test.predicate);
      break;
    case RowTestKind::kPair:
      prepared.pair = pair_index_of(test.pair);
      break;
    case RowTestKind::kTimes:
      prepared.times = &test.times;
      break;
    case RowTestKind::kOrdinals:
      prepared.ordinals = &plan.ordinal_sets.at(test.ordinals);
      break;
    case RowTestKind::kAnd:
    case RowTestKind::kOr:
    case RowTestKind::kNot:
      prepared.children.reserve(test.children.size());
      for (const RowTest& child : test.children) {
        prepared.children.push_back(prepare(child, plan, index_of, pair_index_of));
      }
  }
  return prepared;
}

}  // namespace

Restrictions::Restrictions(const EvaluationPlan& plan, ValueMatcherFactory& matchers, Interrupt& interrupt)
    : matchers_(matchers), interrupt_(interrupt) {
  PredicateIndex known;
  const auto index_of = [&](const FieldPredicate& predicate) {
    const auto [found, added] = known.try_emplace(key_of(predicate), static_cast<uint32_t>(predicates_.size()));
    if (added) predicates_.push_back({&predicate, 0, nullptr, std::nullopt});
    ++predicates_[found->second].uses;
    return found->second;
  };
  const auto pair_index_of = [&](const PairPredicate& pair) {
    pairs_.push_back({&pair, nullptr});
    return static_cast<uint32_t>(pairs_.size() - 1);
  };
  tests_.reserve(plan.counters.size());
  for (const CounterPlan& counter : plan.counters) {
    auto& tests = tests_.emplace_back(counter.types.size());
    for (size_t i = 0; i < counter.types.size(); ++i) {
      if (counter.types[i].restriction) tests[i] = prepare(*counter.types[i].restriction, plan, index_of, pair_index_of);
    }
  }
}

CodeSet Restrictions::matching_codes(uint32_t index, const Dictionary& dictionary) {
  return segments::matching_codes(*predicates_[index].predicate, dictionary, matcher(index), interrupt_);
}

CodeSet Restrictions::matching_times(uint32_t index, const Dictionary& times) {
  constexpr uint32_t kTimesPerPoll = 1u << 16;
  ValueMatcher* const server = matcher(index);
  if (server == nullptr) throw Error(ErrorCode::kInternal, "predicate needs the server's functions");
  CodeSet rows(times.size());
  for (uint32_t row = 0; row < times.size(); ++row) {
    if (row % kTimesPerPoll == 0) interrupt_.poll();
    if (server->matches(times, row)) rows.insert(row);
  }
  return rows;
}

PairValues Restrictions::pair_values(uint32_t index, const Dictionary& left, const Dictionary& right) {
  Pair& entry = pairs_[index];
  if (!entry.matcher) entry.matcher = matchers_.make_pair(*entry.pair);
  return entry.matcher->values(left, right, interrupt_);
}

ValueMatcher* Restrictions::matcher(uint32_t index) {
  Predicate& entry = predicates_[index];
  const PredicateMethod method = entry.predicate->method;
  const bool needs_server = method == PredicateMethod::kServer || method == PredicateMethod::kPart;
  if (needs_server && !entry.matcher) entry.matcher = matchers_.make(*entry.predicate);
  return entry.matcher.get();
}

bool Restrictions::matches_missing(uint32_t index) {
  std::optional<bool>& answer = predicates_[index].matches_missing;
  if (!answer) {
    const auto& missing = predicates_[index].predicate->missing;
    answer = missing ? matching_codes(index, dictionary_of(*missing)).contains(1) : matches_null(*predicates_[index].predicate);
  }
  return *answer;
}

}  // namespace segments
