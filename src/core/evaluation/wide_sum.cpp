#include "core/evaluation/wide_sum.h"

#include <algorithm>

namespace segments {
namespace {

constexpr size_t kSumBytes = size_t{16} << 20;
constexpr uint32_t kNumbersPerPoll = 1u << 12;
// Above the highest group, for what is carried.
constexpr size_t kCarriedGroups = 6;

}  // namespace

WideSum::WideSum(const ProfileMap& map, Interrupt& interrupt)
    : map_(map), interrupt_(interrupt), first_of_(map.first_records()), place_(kTileSize, ProfileMap::kNobody) {}

void WideSum::widen(const Number& number) {
  if (number.groups.empty()) return;
  lowest_ = is_known_ ? std::min(lowest_, number.exponent()) : number.exponent();
  highest_ = is_known_ ? std::max(highest_, number.weight) : number.weight;
  is_known_ = true;
}

void WideSum::look(ValuedRows& rows, NumberForm form) {
  Number number;
  std::vector<std::pair<uint32_t, NumberClass>> special;
  for (uint32_t i = 0; i < rows.dictionary().size(); ++i) {
    if (i % kNumbersPerPoll == 0) interrupt_.poll();
    read_number(rows.dictionary(), i, form, number);
    if (number.kind != NumberClass::kFinite) special.emplace_back(i + 1, number.kind);
    widen(number);
  }
  rows.for_each(classes_.present, [](uint32_t, uint32_t) {});
  classes_.add(rows, special);
}

void WideSum::add(const Number& number, int64_t times, int64_t* sum) const {
  const int64_t factor = number.negative ? -times : times;
  const auto highest = static_cast<size_t>(int64_t{number.weight} - lowest_);
  for (size_t i = 0; i < number.groups.size(); ++i) sum[highest - i] += factor * number.groups[i];
}

void WideSum::add(const Visit& visit, const std::vector<uint32_t>& profiles) {
  std::fill(place_.begin(), place_.end(), ProfileMap::kNobody);
  for (uint32_t i = 0; i < profiles.size(); ++i) place_[profiles[i]] = i;
  sums_.assign(profiles.size() * width_, 0);
  counts_.assign(profiles.size(), 0);
  visit([&](ValuedRows& rows, NumberForm form) {
    Number number;
    DenseSet present;
    uint32_t added = 0;
    rows.for_each(present, [&](uint32_t row, uint32_t offset) {
      const uint32_t first = first_of_[offset];
      if (first == ProfileMap::kNobody || place_[first] == ProfileMap::kNobody) return;
      if (++added % kNumbersPerPoll == 0) interrupt_.poll();
      read_number(rows.dictionary(), rows.codes()[row] - 1, form, number);
      if (number.kind == NumberClass::kFinite) add(number, 1, sums_.data() + place_[first] * width_);
      ++counts_[place_[first]];
    });
  });
}

int WideSum::order_of(const int64_t* sum, NumberClass kind, int64_t count, const Number& literal) {
  if (kind != literal.kind) return kind < literal.kind ? -1 : 1;
  if (kind != NumberClass::kFinite) return 0;
  scratch_.assign(sum, sum + width_);
  if (!literal.groups.empty()) add(literal, -count, scratch_.data());
  int64_t carried = 0;
  bool is_zero = true;
  for (int64_t& group : scratch_) {
    group += carried;
    carried = group / kNumberBase - (group % kNumberBase < 0 ? 1 : 0);
    group -= carried * kNumberBase;
    is_zero = is_zero && group == 0;
  }
  return carried < 0 ? -1 : is_zero ? 0 : 1;
}

void WideSum::evaluate(const Visit& visit, const std::vector<Condition>& conditions) {
  visit([&](ValuedRows& rows, NumberForm form) { look(rows, form); });
  for (const Condition& condition : conditions) {
    for (const Number& literal : condition.comparison->literals()) widen(literal);
  }
  width_ = static_cast<size_t>(int64_t{highest_} - lowest_) + 1 + kCarriedGroups;
  map_.for_each_further([&](uint32_t further, uint32_t first) {
    if (classes_.present.contains(further)) classes_.present.insert(first);
    for (const auto& set : classes_.special) {
      if (set && set->contains(further)) set->insert(first);
    }
  });
  classes_.present &= map_.profiles();
  std::vector<uint32_t> present;
  classes_.present.for_each([&](uint32_t first) { present.push_back(first); });
  for (const Condition& condition : conditions) {
    condition.result->clear();
    if (!condition.comparison->asks_for_none()) continue;
    *condition.result = map_.profiles();
    *condition.result -= classes_.present;
  }
  const size_t at_a_time = std::max<size_t>(1, kSumBytes / (width_ * sizeof(int64_t)));
  for (size_t begin = 0; begin < present.size(); begin += at_a_time) {
    const size_t end = std::min(present.size(), begin + at_a_time);
    const std::vector<uint32_t> profiles(present.begin() + static_cast<ptrdiff_t>(begin),
                                         present.begin() + static_cast<ptrdiff_t>(end));
    add(visit, profiles);
    for (size_t i = 0; i < profiles.size(); ++i) {
      interrupt_.poll();
      const NumberClass kind = classes_.of(profiles[i]);
      for (const Condition& condition : conditions) {
        if (condition.comparison->asks_for_none()) continue;
        const bool holds = condition.comparison->holds([&](size_t literal) {
          return order_of(sums_.data() + i * width_, kind, condition.average ? counts_[i] : 1,
                          condition.comparison->literals()[literal]);
        });
        if (holds) condition.result->insert(profiles[i]);
      }
    }
  }
}

}  // namespace segments
