// Numbers digit by digit: slow, and plain enough to be believed.
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include "core/column/column.h"
#include "core/column/number.h"

namespace segments::model {

class Decimal {
 public:
  static constexpr int kUnits = 400;  // the place of the units

  static Decimal of_text(const std::string& text) {
    Decimal number;
    if (text == "NaN") number.kind_ = NumberClass::kNaN;
    if (text == "Infinity" || text == "inf") number.kind_ = NumberClass::kPositiveInfinity;
    if (text == "-Infinity" || text == "-inf") number.kind_ = NumberClass::kNegativeInfinity;
    if (number.kind_ != NumberClass::kFinite || text == "nan" || text == "-nan") {
      if (text.find("nan") != std::string::npos) number.kind_ = NumberClass::kNaN;
      return number;
    }
    const size_t e = text.find('e');
    const std::string digits = text.substr(0, e);
    const size_t point = std::min(digits.find('.'), digits.size());
    const int sign = digits[0] == '-' ? -1 : 1;
    int place =
        kUnits + static_cast<int>(point - (sign < 0 ? 1 : 0)) - 1 + (e == std::string::npos ? 0 : std::stoi(text.substr(e + 1)));
    for (const char digit : digits) {
      if (digit >= '0' && digit <= '9') number.set(place--, sign * (digit - '0'));
    }
    return number;
  }
  static Decimal of_float(double value, int significant) {
    char text[64];
    std::snprintf(text, sizeof(text), "%.*g", significant, value);
    return of_text(text);
  }
  // Of a numeric with a short header.
  static Decimal of_image(std::string_view image) {
    uint16_t words[64] = {};
    std::memcpy(words, image.data(), image.size());
    Decimal number;
    if (words[0] == 0xC000) number.kind_ = NumberClass::kNaN;
    if (words[0] == 0xD000) number.kind_ = NumberClass::kPositiveInfinity;
    if (words[0] == 0xF000) number.kind_ = NumberClass::kNegativeInfinity;
    if (number.kind_ != NumberClass::kFinite) return number;
    const int weight = (words[0] & 0x3F) - (words[0] & 0x40);
    for (size_t i = 1; i < image.size() / 2; ++i) {
      int group = words[i];
      for (int digit = 0; digit < 4; ++digit, group /= 10) {
        number.set(kUnits + 4 * (weight - static_cast<int>(i) + 1) + digit,
                   (words[0] & 0x2000) != 0 ? -(group % 10) : group % 10);
      }
    }
    return number;
  }
  // REQUIRES: digits only at places that a short header can name.
  std::string image() const {
    std::vector<uint16_t> words(1);
    if (kind_ == NumberClass::kNaN) words[0] = 0xC000;
    if (kind_ == NumberClass::kPositiveInfinity) words[0] = 0xD000;
    if (kind_ == NumberClass::kNegativeInfinity) words[0] = 0xF000;
    bool negative = false;
    int weight = 0;
    for (int group = 60; kind_ == NumberClass::kFinite && group >= -60; --group) {
      int64_t value = 0;
      for (int digit = 3; digit >= 0; --digit) value = value * 10 + digits_[static_cast<size_t>(kUnits + 4 * group + digit)];
      if (words.size() == 1 && value == 0) continue;
      if (words.size() == 1) weight = group;
      negative = negative || value < 0;
      words.push_back(static_cast<uint16_t>(std::abs(value)));
    }
    while (words.size() > 1 && words.back() == 0) words.pop_back();
    if (kind_ == NumberClass::kFinite) {
      words[0] = static_cast<uint16_t>(0x8000 | (negative ? 0x2000 : 0) | (weight < 0 ? 0x40 : 0) | (weight & 0x3F));
    }
    std::string bytes(2 * words.size(), '\0');
    std::memcpy(bytes.data(), words.data(), bytes.size());
    return bytes;
  }

  void add(const Decimal& other, int64_t times) {
    if (other.kind_ != NumberClass::kFinite) {
      kind_ = kind_ == NumberClass::kFinite || kind_ == other.kind_ ? other.kind_ : NumberClass::kNaN;
    }
    for (size_t i = other.lowest_; i <= other.highest_; ++i) digits_[i] += times * other.digits_[i];
    lowest_ = std::min(lowest_, other.lowest_);
    highest_ = std::max(highest_, other.highest_);
  }
  // With `times` a literal.
  int compare(const Decimal& literal, int64_t times) const {
    if (kind_ != literal.kind_) return kind_ < literal.kind_ ? -1 : 1;
    if (kind_ != NumberClass::kFinite) return 0;
    Decimal rest = *this;
    rest.add(literal, -times);
    int64_t carried = 0;
    bool zero = true;
    for (int64_t& digit : rest.digits_) {
      digit += carried;
      carried = static_cast<int64_t>(std::floor(static_cast<double>(digit) / 10));
      digit -= carried * 10;
      zero = zero && digit == 0;
    }
    return carried < 0 ? -1 : zero ? 0 : 1;
  }
  NumberClass kind() const { return kind_; }
  // Of each decimal place, which may be any number: the units are at kUnits.
  const auto& digits() const { return digits_; }

 private:
  void set(int place, int64_t digit) {
    digits_.at(static_cast<size_t>(place)) = digit;
    lowest_ = std::min(lowest_, static_cast<size_t>(place));
    highest_ = std::max(highest_, static_cast<size_t>(place));
  }

  NumberClass kind_ = NumberClass::kFinite;
  size_t lowest_ = kUnits;  // places that are in use
  size_t highest_ = kUnits;
  std::array<int64_t, 800> digits_ = {};
};

}  // namespace segments::model
