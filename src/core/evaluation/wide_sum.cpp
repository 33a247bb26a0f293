#include "core/evaluation/wide_sum.h"

#include <algorithm>

namespace segments {
namespace {

constexpr size_t kSumBytes = size_t{16} << 20;
constexpr uint32_t kNumbersPerPoll = 1u << 12;
// Above the highest group, for what is carried.
constexpr size_t kCarriedGroups = 6;

}  // namespace

WideSum::WideSum(const ProfileMap& map, Interrupt& interrupt) : map_(map), interrupt_(interrupt) {}

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
  profiles_ = profiles;
  const std::vector<uint32_t> first_of = map_.first_records();
  std::vector<uint32_t> place(kTileSize, ProfileMap::kNobody);  // by what a profile goes by
  for (uint32_t i = 0; i < profiles.size(); ++i) place[profiles[i]] = i;
  sums_.assign(profiles.size() * width_, 0);
  counts_.assign(profiles.size(), 0);
  visit([&](ValuedRows& rows, NumberForm form) {
    Number number;
    DenseSet present;
    uint32_t added = 0;
    rows.for_each(present, [&](uint32_t row, uint32_t offset) {
      const uint32_t first = first_of[offset];
      if (first == ProfileMap::kNobody || place[first] == ProfileMap::kNobody) return;
      if (++added % kNumbersPerPoll == 0) interrupt_.poll();
      read_number(rows.dictionary(), rows.codes()[row] - 1, form, number);
      if (number.kind == NumberClass::kFinite) add(number, 1, sums_.data() + place[first] * width_);
      ++counts_[place[first]];
    });
  });
}

int64_t WideSum::carry_all() {
  int64_t carried = 0;
  for (int64_t& group : scratch_) {
    group += carried;
    carried = group / kNumberBase - (group % kNumberBase < 0 ? 1 : 0);
    group -= carried * kNumberBase;
  }
  return carried;
}

int WideSum::order_of(const int64_t* sum, NumberClass kind, int64_t count, const Number& literal) {
  if (kind != literal.kind) return kind < literal.kind ? -1 : 1;
  if (kind != NumberClass::kFinite) return 0;
  scratch_.assign(sum, sum + width_);
  if (!literal.groups.empty()) add(literal, -count, scratch_.data());
  if (carry_all() < 0) return -1;
  return std::ranges::all_of(scratch_, [](int64_t group) { return group == 0; }) ? 0 : 1;
}

void WideSum::read_sum(size_t place, Number& number) {
  number = {};
  number.kind = classes_.of(profiles_[place]);
  if (number.kind != NumberClass::kFinite) return;
  const int64_t* const sum = sums_.data() + place * width_;
  scratch_.assign(sum, sum + width_);
  number.negative = carry_all() < 0;
  if (number.negative) {
    for (size_t i = 0; i < width_; ++i) scratch_[i] = -sum[i];
    carry_all();
  }
  size_t first = 0;
  size_t end = width_;
  while (end > 0 && scratch_[end - 1] == 0) --end;
  while (first < end && scratch_[first] == 0) ++first;
  number.weight = lowest_ + static_cast<int32_t>(end) - 1;
  for (size_t i = end; i > first; --i) number.groups.push_back(static_cast<uint16_t>(scratch_[i - 1]));
}

void WideSum::set_width() { width_ = static_cast<size_t>(int64_t{highest_} - lowest_) + 1 + kCarriedGroups; }

void WideSum::prepare(const Visit& visit) {
  visit([&](ValuedRows& rows, NumberForm form) { look(rows, form); });
  set_width();
  map_.for_each_further([&](uint32_t further, uint32_t first) {
    if (classes_.present.contains(further)) classes_.present.insert(first);
    for (const auto& set : classes_.special) {
      if (set && set->contains(further)) set->insert(first);
    }
  });
  classes_.present &= map_.profiles();
}

void WideSum::evaluate(const Visit& visit, const std::vector<Condition>& conditions) {
  prepare(visit);
  for (const Condition& condition : conditions) {
    for (const Number& literal : condition.comparison->literals()) widen(literal);
  }
  set_width();
  std::vector<uint32_t> present;
  classes_.present.for_each([&](uint32_t first) { present.push_back(first); });
  for (const Condition& condition : conditions) {
    condition.result->clear();
    if (!condition.comparison->asks_for_none()) continue;
    *condition.result = map_.profiles();
    *condition.result -= classes_.present;
  }
  const size_t some = at_a_time(kSumBytes);
  for (size_t begin = 0; begin < present.size(); begin += some) {
    const size_t end = std::min(present.size(), begin + some);
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
