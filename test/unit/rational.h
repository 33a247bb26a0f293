// Fractions of integers digit by digit: slow, and plain enough to be believed.
#pragma once
#include <optional>
#include <vector>

#include "unit/decimal.h"

namespace segments::model {

// Decimal digits, the lowest first, all of one sign.
class Whole {
 public:
  Whole() = default;
  explicit Whole(std::vector<int64_t> digits) : digits_(std::move(digits)) { carry(); }

  bool is_zero() const { return digits_.empty(); }
  bool is_negative() const { return !digits_.empty() && digits_.back() < 0; }
  Whole plus(const Whole& other) const {
    std::vector<int64_t> sum = digits_;
    sum.resize(std::max(digits_.size(), other.digits_.size()));
    for (size_t i = 0; i < other.digits_.size(); ++i) sum[i] += other.digits_[i];
    return Whole(std::move(sum));
  }
  Whole negated() const {
    std::vector<int64_t> digits = digits_;
    for (int64_t& digit : digits) digit = -digit;
    return Whole(std::move(digits));
  }
  Whole times(const Whole& other) const {
    std::vector<int64_t> product(digits_.size() + other.digits_.size());
    for (size_t i = 0; i < digits_.size(); ++i) {
      for (size_t j = 0; j < other.digits_.size(); ++j) product[i + j] += digits_[i] * other.digits_[j];
    }
    return Whole(std::move(product));
  }

 private:
  // First with the sign that the remainder has, then, if what is highest is negative, all negative.
  void carry() {
    int64_t carried = 0;
    for (size_t i = 0; i < digits_.size() || (carried != 0 && carried != -1); ++i) {
      if (i == digits_.size()) digits_.push_back(0);
      const int64_t sum = digits_[i] + carried;
      carried = sum >= 0 ? sum / 10 : -((9 - sum) / 10);
      digits_[i] = sum - 10 * carried;
    }
    if (carried == -1) {  // ten's complement
      int64_t borrowed = 0;
      for (int64_t& digit : digits_) {
        const int64_t taken = digit + borrowed;
        borrowed = taken > 0 ? 1 : 0;
        digit = taken > 0 ? taken - 10 : 0;
      }
      if (borrowed == 0) digits_.push_back(-1);
    }
    while (!digits_.empty() && digits_.back() == 0) digits_.pop_back();
  }

  std::vector<int64_t> digits_;
};

class Rational {
 public:
  // number / count
  static Rational of(const Decimal& number, int64_t count) {
    Rational result;
    result.kind_ = number.kind();
    if (result.kind_ != NumberClass::kFinite) return result;
    const auto& digits = number.digits();
    size_t lowest = 0;
    while (lowest < Decimal::kUnits && digits[lowest] == 0) ++lowest;
    result.numerator_ = Whole(std::vector<int64_t>(digits.begin() + static_cast<ptrdiff_t>(lowest), digits.end()));
    std::vector<int64_t> denominator(Decimal::kUnits - lowest + 1);
    denominator.back() = count;
    result.denominator_ = Whole(std::move(denominator));
    return result;
  }

  Rational plus(const Rational& other) const {
    if (!is_finite() || !other.is_finite()) {
      if (is_finite() || kind_ == other.kind_) return special(other.kind_);
      return special(other.is_finite() ? kind_ : NumberClass::kNaN);
    }
    Rational result;
    result.numerator_ = numerator_.times(other.denominator_).plus(other.numerator_.times(denominator_));
    result.denominator_ = denominator_.times(other.denominator_);
    return result;
  }
  Rational negated() const {
    Rational result = *this;
    result.numerator_ = numerator_.negated();
    if (kind_ == NumberClass::kPositiveInfinity) result.kind_ = NumberClass::kNegativeInfinity;
    if (kind_ == NumberClass::kNegativeInfinity) result.kind_ = NumberClass::kPositiveInfinity;
    return result;
  }
  Rational times(const Rational& other) const {
    if (kind_ == NumberClass::kNaN || other.kind_ == NumberClass::kNaN) return special(NumberClass::kNaN);
    if (!is_finite() || !other.is_finite()) {
      if (sign() * other.sign() == 0) return special(NumberClass::kNaN);
      return special(sign() * other.sign() < 0 ? NumberClass::kNegativeInfinity : NumberClass::kPositiveInfinity);
    }
    Rational result;
    result.numerator_ = numerator_.times(other.numerator_);
    result.denominator_ = denominator_.times(other.denominator_);
    return result;
  }
  // Nothing: by 0.
  std::optional<Rational> over(const Rational& other) const {
    if (other.is_finite() && other.numerator_.is_zero()) return std::nullopt;
    if (kind_ == NumberClass::kNaN || other.kind_ == NumberClass::kNaN) return special(NumberClass::kNaN);
    if (!other.is_finite()) return is_finite() ? of(Decimal::of_text("0"), 1) : special(NumberClass::kNaN);
    Rational inverse;
    const bool negative = other.numerator_.is_negative();
    inverse.numerator_ = negative ? other.denominator_.negated() : other.denominator_;
    inverse.denominator_ = negative ? other.numerator_.negated() : other.numerator_;
    return times(inverse);
  }
  int compare(const Rational& other) const {
    if (kind_ != other.kind_) return kind_ < other.kind_ ? -1 : 1;
    if (!is_finite()) return 0;
    const Whole rest = numerator_.times(other.denominator_).plus(other.numerator_.times(denominator_).negated());
    return rest.is_negative() ? -1 : rest.is_zero() ? 0 : 1;
  }

 private:
  static Rational special(NumberClass kind) {
    Rational result;
    result.kind_ = kind;
    return result;
  }
  bool is_finite() const { return kind_ == NumberClass::kFinite; }
  int sign() const {
    if (!is_finite()) return kind_ == NumberClass::kNegativeInfinity ? -1 : 1;
    return numerator_.is_negative() ? -1 : numerator_.is_zero() ? 0 : 1;
  }

  NumberClass kind_ = NumberClass::kFinite;
  Whole numerator_;
  Whole denominator_ = Whole({1});
};

}  // namespace segments::model
