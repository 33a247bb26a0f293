// Sums of numbers of any size, for those that 128 bits do not hold: digits are added up group by group, and carried at the end.
//
// A numeric may have 147,000 digits.  So profiles are gone through some at a time, as many as memory holds sums of.
#pragma once
#include <algorithm>
#include <functional>
#include <vector>

#include "core/evaluation/sum_accumulator.h"

namespace segments {

class WideSum {
 public:
  struct Condition {
    const NumberComparison* comparison;
    bool average;
    DenseSet* result;
  };
  // Calls its argument with every fragment's rows, fragment by fragment.
  using Visit = std::function<void(const std::function<void(ValuedRows&, NumberForm)>&)>;

  WideSum(const ProfileMap& map, Interrupt& interrupt);

  // Sets the results of all conditions, to profiles for which they hold.
  void evaluate(const Visit& visit, const std::vector<Condition>& conditions);

  // Or step by step: which profiles have numbers, of how many there are sums at a time, and these.
  void prepare(const Visit& visit);
  const DenseSet& present() const { return classes_.present; }
  size_t at_a_time(size_t bytes) const { return std::max<size_t>(1, bytes / (width_ * sizeof(int64_t))); }
  void add(const Visit& visit, const std::vector<uint32_t>& profiles);
  // By place among the profiles that were added up last.  REQUIRES: present.
  void read_sum(size_t place, Number& number);
  int64_t count(size_t place) const { return counts_[place]; }

 private:
  void look(ValuedRows& rows, NumberForm form);
  void widen(const Number& number);
  void set_width();
  // Puts digits into scratch_, of ten thousands' complement if what is carried is negative; returns that.
  int64_t carry_all();
  void add(const Number& number, int64_t times, int64_t* sum) const;
  int order_of(const int64_t* sum, NumberClass kind, int64_t count, const Number& literal);

  const ProfileMap& map_;
  Interrupt& interrupt_;
  NumberClasses classes_;  // of profiles
  int32_t lowest_ = 0;     // exponents of groups
  int32_t highest_ = 0;
  bool is_known_ = false;
  size_t width_ = 0;
  std::vector<int64_t> sums_;  // by place: groups, the lowest first, that may be of any size
  std::vector<int64_t> counts_;
  std::vector<uint32_t> profiles_;  // by place
  std::vector<int64_t> scratch_;
};

}  // namespace segments
