#include "core/evaluation/big_integer.h"

#include <algorithm>

namespace segments {
namespace {

constexpr uint32_t kBase = 100'000'000;
constexpr size_t kProductsPerPoll = size_t{1} << 20;

}  // namespace

BigInteger::BigInteger(Int128 value) : negative_(value < 0) {
  __extension__ using Size = unsigned __int128;
  for (Size rest = negative_ ? -static_cast<Size>(value) : static_cast<Size>(value); rest != 0; rest /= kBase) {
    groups_.push_back(static_cast<uint32_t>(rest % kBase));
  }
}

BigInteger BigInteger::of_groups(const Number& number) {
  BigInteger result;
  result.negative_ = number.negative;
  for (size_t end = number.groups.size(); end > 0; end -= std::min<size_t>(end, 2)) {
    const uint32_t high = end > 1 ? number.groups[end - 2] : 0;
    result.groups_.push_back(high * static_cast<uint32_t>(kNumberBase) + number.groups[end - 1]);
  }
  result.drop_zeros();
  return result;
}

BigInteger BigInteger::power(uint32_t power) {
  BigInteger result;
  result.groups_.assign(power / 2, 0);
  result.groups_.push_back(power % 2 == 0 ? 1 : static_cast<uint32_t>(kNumberBase));
  return result;
}

void BigInteger::drop_zeros() {
  while (!groups_.empty() && groups_.back() == 0) groups_.pop_back();
  if (groups_.empty()) negative_ = false;
}

BigInteger BigInteger::negated() const {
  BigInteger result = *this;
  result.negative_ = !negative_ && !groups_.empty();
  return result;
}

int BigInteger::compare_sizes(const BigInteger& other) const {
  if (groups_.size() != other.groups_.size()) return groups_.size() < other.groups_.size() ? -1 : 1;
  for (size_t i = groups_.size(); i > 0; --i) {
    if (groups_[i - 1] != other.groups_[i - 1]) return groups_[i - 1] < other.groups_[i - 1] ? -1 : 1;
  }
  return 0;
}

int BigInteger::compare(const BigInteger& other) const {
  if (negative_ != other.negative_) return negative_ ? -1 : 1;
  return negative_ ? -compare_sizes(other) : compare_sizes(other);
}

void BigInteger::add_groups(const std::vector<uint32_t>& groups) {
  if (groups_.size() < groups.size()) groups_.resize(groups.size());
  uint32_t carried = 0;
  for (size_t i = 0; i < groups_.size() && (i < groups.size() || carried != 0); ++i) {
    const uint32_t sum = groups_[i] + (i < groups.size() ? groups[i] : 0) + carried;
    carried = sum >= kBase ? 1 : 0;
    groups_[i] = sum - carried * kBase;
  }
  if (carried != 0) groups_.push_back(carried);
}

void BigInteger::subtract_groups(const std::vector<uint32_t>& groups) {
  uint32_t borrowed = 0;
  for (size_t i = 0; i < groups_.size() && (i < groups.size() || borrowed != 0); ++i) {
    const uint32_t taken = (i < groups.size() ? groups[i] : 0) + borrowed;
    borrowed = groups_[i] < taken ? 1 : 0;
    groups_[i] = groups_[i] + borrowed * kBase - taken;
  }
  drop_zeros();
}

BigInteger BigInteger::plus(const BigInteger& other) const {
  const bool larger = compare_sizes(other) >= 0;
  BigInteger result = larger ? *this : other;
  if (negative_ == other.negative_) {
    result.add_groups(larger ? other.groups_ : groups_);
  } else {
    result.subtract_groups(larger ? other.groups_ : groups_);
  }
  return result;
}

BigInteger BigInteger::times(const BigInteger& other, Interrupt& interrupt) const {
  BigInteger result;
  if (groups_.empty() || other.groups_.empty()) return result;
  result.negative_ = negative_ != other.negative_;
  result.groups_.assign(groups_.size() + other.groups_.size(), 0);
  size_t until_poll = kProductsPerPoll;
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i] == 0) continue;  // as most are of what is moved by many places
    uint64_t carried = 0;
    for (size_t j = 0; j < other.groups_.size(); ++j) {
      const uint64_t sum = uint64_t{groups_[i]} * other.groups_[j] + result.groups_[i + j] + carried;
      result.groups_[i + j] = static_cast<uint32_t>(sum % kBase);
      carried = sum / kBase;
    }
    result.groups_[i + other.groups_.size()] = static_cast<uint32_t>(carried);
    until_poll -= std::min(until_poll, other.groups_.size());
    if (until_poll != 0) continue;
    interrupt.poll();
    until_poll = kProductsPerPoll;
  }
  result.drop_zeros();
  return result;
}

}  // namespace segments
