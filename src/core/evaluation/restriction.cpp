#include "core/evaluation/restriction.h"

#include <string>
#include <unordered_map>

#include "core/plan/plan_encoding.h"

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
PreparedTest prepare(const RowTest& test, const EvaluationPlan& plan, const F& index_of) {
  PreparedTest prepared;
  prepared.kind = test.kind;
  switch (test.kind) {
    case RowTestKind::kField:
      prepared.predicate = index_of(test.predicate);
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
      for (const RowTest& child : test.children) prepared.children.push_back(prepare(child, plan, index_of));
  }
  return prepared;
}

Dictionary dictionary_of(const MissingValue& missing) {
  if (missing.kind != ValueKind::kBytes) return Dictionary::of_integers(missing.kind, {missing.integer});
  return Dictionary::of_bytes({static_cast<uint32_t>(missing.bytes.size())}, missing.bytes);
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
  tests_.reserve(plan.counters.size());
  for (const CounterPlan& counter : plan.counters) {
    auto& tests = tests_.emplace_back(counter.types.size());
    for (size_t i = 0; i < counter.types.size(); ++i) {
      if (counter.types[i].restriction) tests[i] = prepare(*counter.types[i].restriction, plan, index_of);
    }
  }
}

CodeSet Restrictions::matching_codes(uint32_t index, const Dictionary& dictionary) {
  Predicate& entry = predicates_[index];
  if (entry.predicate->method == PredicateMethod::kServer && !entry.matcher) {
    entry.matcher = matchers_.make(*entry.predicate);
  }
  return segments::matching_codes(*entry.predicate, dictionary, entry.matcher.get(), interrupt_);
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
