// Sums of numbers of any size, for those that 128 bits do not hold: digits are added up group by group, and carried at the end.
//
// A numeric may have 147,000 digits.  So profiles are gone through some at a time, as many as memory holds sums of.
#pragma once
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

 private:
  void look(ValuedRows& rows, NumberForm form);
  void widen(const Number& number);
  void add(const Visit& visit, const std::vector<uint32_t>& profiles);
  void add(const Number& number, int64_t times, int64_t* sum) const;
  int order_of(const int64_t* sum, NumberClass kind, int64_t count, const Number& literal);

  const ProfileMap& map_;
  Interrupt& interrupt_;
  std::vector<uint32_t> first_of_;  // ProfileMap::first_records()
  NumberClasses classes_;           // of profiles
  int32_t lowest_ = 0;              // exponents of groups
  int32_t highest_ = 0;
  bool is_known_ = false;
  size_t width_ = 0;
  std::vector<uint32_t> place_;  // by what a profile goes by: among those that are looked at
  std::vector<int64_t> sums_;    // by place: groups, the lowest first, that may be of any size
  std::vector<int64_t> counts_;
  std::vector<int64_t> scratch_;
};

}  // namespace segments
