// Sums of all ordinals of a tile, as integers of a common unit: a power of kNumberBase that becomes finer when numbers need it.
//
// 128 bits hold whatever people count and pay.  Numbers that are too far apart for it are added up elsewhere (wide_sum.h).
#pragma once
#include <array>
#include <memory>
#include <vector>

#include "core/evaluation/valued_rows.h"
#include "core/evaluation/number_comparison.h"
#include "core/evaluation/profile_map.h"
#include "core/interrupt.h"

namespace segments {

// Profiles that have numbers, and such that are not finite.
struct NumberClasses {
  DenseSet present;
  std::array<std::unique_ptr<DenseSet>, 3> special;  // null: nobody.  -infinity, infinity, NaN

  void add(ValuedRows& rows, const std::vector<std::pair<uint32_t, NumberClass>>& special_codes);
  // Of the sum; the infinities together are NaN.
  NumberClass of(uint32_t offset) const;
};

class SumAccumulator {
 public:
  // `comparisons` outlive this.  `averages`: numbers are counted, too.
  SumAccumulator(bool averages, const std::vector<NumberComparison>& comparisons);

  // Returns false if the numbers do not fit: then nothing that was added counts.
  bool add(ValuedRows& rows, NumberForm form, uint32_t row_count, Interrupt& interrupt);
  void fold(const ProfileMap& map);
  // The profiles for which it holds; of averages if `average`.  REQUIRES: folded.
  // Of a profile, likewise: whether it has numbers, what their sum is, in multiples of kNumberBase^unit() if it is finite, and,
  // of averages, how many they are.
  bool has_number(uint32_t first) const { return classes_.present.contains(first); }
  NumberClass class_of(uint32_t first) const { return classes_.of(first); }
  Int128 sum(uint32_t first) const { return sums_[first]; }
  int64_t count(uint32_t first) const { return counts_[first]; }
  int32_t unit() const { return unit_ == kNoUnit ? 0 : unit_; }
  void compare(const NumberComparison& comparison, bool average, const ProfileMap& map, DenseSet& result) const;

 private:
  static constexpr int32_t kNoUnit = INT32_MAX;

  int32_t finest_exponent(const Dictionary& dictionary, NumberForm form, Interrupt& interrupt) const;
  bool refine(int32_t exponent);
  bool fits() const;
  // The numbers by code in the present unit; sets `finest` to the exponent that they need.  Returns false if one is too large.
  bool scale(const Dictionary& dictionary, NumberForm form, std::vector<Int128>& by_code, int32_t& finest, Interrupt& interrupt);
  template <class T>
  void add_scaled(ValuedRows& rows, const std::vector<T>& by_code);

  int32_t unit_ = kNoUnit;  // sums are multiples of kNumberBase^unit_
  int32_t largest_ = 0;     // exponent of the largest group; if there is a unit
  uint64_t row_count_ = 0;
  std::vector<Int128> sums_;
  std::vector<int64_t> counts_;  // averages only
  NumberClasses classes_;
  std::vector<std::pair<uint32_t, NumberClass>> special_codes_;
};

}  // namespace segments
