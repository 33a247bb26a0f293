#include "core/evaluation/sum_accumulator.h"

namespace segments {
namespace {

constexpr uint32_t kNumbersPerPoll = 1u << 14;
// What int64 holds whatever the groups are, and what 126 bits do.
constexpr int32_t kShortGroups = 4;
constexpr int32_t kMostGroups = 9;

}  // namespace

void NumberClasses::add(ValuedRows& rows, const std::vector<std::pair<uint32_t, NumberClass>>& special_codes) {
  for (const NumberClass kind : {NumberClass::kNegativeInfinity, NumberClass::kPositiveInfinity, NumberClass::kNaN}) {
    CodeSet codes(rows.dictionary().size() + 1);
    for (const auto& [code, its_kind] : special_codes) {
      if (its_kind == kind) codes.insert(code);
    }
    if (codes.empty()) continue;
    std::unique_ptr<DenseSet>& set = special[kind == NumberClass::kNegativeInfinity ? 0 : static_cast<size_t>(kind) - 1];
    if (!set) set = std::make_unique<DenseSet>();
    rows.add_offsets(codes, *set);
  }
}

NumberClass NumberClasses::of(uint32_t offset) const {
  const auto is = [&](size_t which) { return special[which] && special[which]->contains(offset); };
  if (is(2) || (is(0) && is(1))) return NumberClass::kNaN;
  return is(0) ? NumberClass::kNegativeInfinity : is(1) ? NumberClass::kPositiveInfinity : NumberClass::kFinite;
}

// Products with literals must be exact, so that an average's unit is at least as fine as theirs.
SumAccumulator::SumAccumulator(bool averages, const std::vector<NumberComparison>& comparisons) : sums_(kTileSize) {
  if (!averages) return;
  counts_.resize(kTileSize);
  for (const NumberComparison& comparison : comparisons) {
    for (const Number& literal : comparison.literals()) {
      if (literal.groups.empty()) continue;
      unit_ = unit_ == kNoUnit ? literal.exponent() : std::min(unit_, literal.exponent());
    }
  }
  largest_ = unit_;
}

int32_t SumAccumulator::finest_exponent(const Dictionary& dictionary, NumberForm form, Interrupt& interrupt) const {
  if (form == NumberForm::kInteger) return 0;
  int32_t finest = kNoUnit;
  Number number;
  for (uint32_t i = 0; i < dictionary.size(); ++i) {
    if (i % kNumbersPerPoll == 0) interrupt.poll();
    read_number(dictionary, i, form, number);
    if (!number.groups.empty()) finest = std::min(finest, number.exponent());
  }
  return finest == kNoUnit ? 0 : finest;
}

bool SumAccumulator::fits() const {
  const int32_t groups = largest_ - unit_ + 1;
  if (groups > kMostGroups) return false;
  constexpr Int128 kMost = static_cast<Int128>(1) << 126;
  return power_of_base(groups) < kMost / static_cast<Int128>(row_count_ + 1);
}

bool SumAccumulator::refine(int32_t exponent) {
  const int32_t finer = unit_ - exponent;
  unit_ = exponent;
  if (!fits()) return false;
  const Int128 factor = power_of_base(finer);
  for (Int128& sum : sums_) sum *= factor;
  return true;
}

bool SumAccumulator::scale(const Dictionary& dictionary, NumberForm form, std::vector<Int128>& by_code, int32_t& finest,
                           Interrupt& interrupt) {
  by_code.assign(dictionary.size() + 1, 0);
  special_codes_.clear();
  finest = unit_;
  Number number;
  for (uint32_t i = 0; i < dictionary.size(); ++i) {
    if (i % kNumbersPerPoll == 0) interrupt.poll();
    read_number(dictionary, i, form, number);
    if (number.kind != NumberClass::kFinite) special_codes_.emplace_back(i + 1, number.kind);
    if (number.groups.empty()) continue;
    finest = std::min(finest, number.exponent());
    largest_ = std::max(largest_, number.weight);
    const ScaledNumber value = scaled(number, unit_);
    if (value.beyond != 0) return false;
    by_code[i + 1] = value.floor;
  }
  return true;
}

template <class T>
void SumAccumulator::add_scaled(ValuedRows& rows, const std::vector<T>& by_code) {
  const uint32_t* const codes = rows.codes().data();
  Int128* const sums = sums_.data();
  if (counts_.empty()) {
    rows.for_each(classes_.present, [&](uint32_t row, uint32_t offset) { sums[offset] += by_code[codes[row]]; });
    return;
  }
  int64_t* const counts = counts_.data();
  rows.for_each(classes_.present, [&](uint32_t row, uint32_t offset) {
    sums[offset] += by_code[codes[row]];
    ++counts[offset];
  });
}

bool SumAccumulator::add(ValuedRows& rows, NumberForm form, uint32_t row_count, Interrupt& interrupt) {
  const Dictionary& dictionary = rows.dictionary();
  if (unit_ == kNoUnit) largest_ = unit_ = finest_exponent(dictionary, form, interrupt);
  row_count_ += row_count;
  int32_t finest = 0;
  std::vector<Int128> by_code;
  if (!scale(dictionary, form, by_code, finest, interrupt)) return false;
  if (finest < unit_) {
    if (!refine(finest) || !scale(dictionary, form, by_code, finest, interrupt)) return false;
  }
  if (!fits()) return false;
  if (largest_ - unit_ + 1 <= kShortGroups) {
    add_scaled(rows, std::vector<int64_t>(by_code.begin(), by_code.end()));
  } else {
    add_scaled(rows, by_code);
  }
  classes_.add(rows, special_codes_);
  return true;
}

void SumAccumulator::fold(const ProfileMap& map) {
  const auto fold_set = [&](DenseSet& set) {
    map.for_each_further([&](uint32_t further, uint32_t first) {
      if (set.contains(further)) set.insert(first);
    });
  };
  map.for_each_further([&](uint32_t further, uint32_t first) { sums_[first] += sums_[further]; });
  if (!counts_.empty()) {
    map.for_each_further([&](uint32_t further, uint32_t first) { counts_[first] += counts_[further]; });
  }
  fold_set(classes_.present);
  for (const auto& set : classes_.special) {
    if (set) fold_set(*set);
  }
}

void SumAccumulator::compare(const NumberComparison& comparison, bool average, const ProfileMap& map, DenseSet& result) const {
  result = map.profiles();
  if (comparison.asks_for_none()) {
    result -= classes_.present;
    return;
  }
  const std::vector<Number>& literals = comparison.literals();
  std::vector<ScaledNumber> scaled_literals;
  for (const Number& literal : literals) scaled_literals.push_back(scaled(literal, unit_ == kNoUnit ? 0 : unit_));
  result &= classes_.present;
  DenseSet failing;
  result.for_each([&](uint32_t offset) {
    const NumberClass kind = classes_.of(offset);
    const bool holds = comparison.holds([&](size_t i) {
      if (kind != literals[i].kind) return kind < literals[i].kind ? -1 : 1;
      if (kind != NumberClass::kFinite) return 0;
      return order_of(sums_[offset], average ? counts_[offset] : 1, scaled_literals[i]);
    });
    if (!holds) failing.insert(offset);
  });
  result -= failing;
}

}  // namespace segments
