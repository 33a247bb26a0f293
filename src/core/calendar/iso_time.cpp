#include "core/calendar/iso_time.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "core/calendar/date.h"
#include "core/text/characters.h"

namespace segments {
namespace {

constexpr int64_t kMicrosecondsOfSecond = 1'000'000;
constexpr int64_t kMicrosecondsOfMinute = 60 * kMicrosecondsOfSecond;
constexpr int64_t kMicrosecondsOfHour = 60 * kMicrosecondsOfMinute;
constexpr size_t kMostDigitsOfYear = 6;
constexpr size_t kMostDigitsOfFraction = 30;
constexpr int64_t kMostHoursOfOffset = 15;  // PostgreSQL's

struct Reading {
  int64_t day = 0;
  int64_t microseconds = 0;  // since its midnight
  int64_t offset = 0;        // microseconds east of UTC
};

// Reads a text from its beginning on.  What it returns is whether there was what it looked for.
class IsoReader {
 public:
  explicit IsoReader(std::string_view text) : text_(text) {}

  std::optional<Reading> read() {
    Reading reading;
    if (!read_day(reading.day)) return std::nullopt;
    if (text_.empty()) return reading;
    if (!accept('T') && !accept('t') && !accept(' ')) return std::nullopt;
    if (!read_time(reading.microseconds)) return std::nullopt;
    accept(' ');
    if (!text_.empty() && !read_offset(reading.offset)) return std::nullopt;
    if (!text_.empty()) return std::nullopt;
    return reading;
  }

 private:
  bool accept(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool read_number(size_t least_digits, size_t most_digits, int64_t& number) {
    size_t digits = 0;
    number = 0;
    while (digits < text_.size() && is_digit(text_[digits])) {
      if (digits == most_digits) return false;
      number = number * 10 + (text_[digits++] - '0');
    }
    text_.remove_prefix(digits);
    return digits >= least_digits;
  }

  bool read_two(int64_t& number) { return read_number(2, 2, number); }

  bool read_day(int64_t& day) {
    Date date{};
    int64_t month = 0;
    int64_t day_of_month = 0;
    const bool read =
        read_number(4, kMostDigitsOfYear, date.year) && accept('-') && read_two(month) && accept('-') && read_two(day_of_month);
    if (!read || date.year < 1 || month < 1 || month > 12 || day_of_month < 1) return false;
    date.month = static_cast<uint32_t>(month);
    date.day = static_cast<uint32_t>(day_of_month);
    if (date.day > days_in_month(date.year, date.month)) return false;
    day = day_of_date(date);
    return true;
  }

  // 60 seconds are the next minute, 24:00 the next day.
  bool read_time(int64_t& microseconds) {
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    if (!read_two(hour) || !accept(':') || !read_two(minute)) return false;
    int64_t fraction = 0;
    if (accept(':') && !(read_two(second) && read_fraction(fraction))) return false;
    if (hour > 24 || minute > 59 || second > 60) return false;
    microseconds = hour * kMicrosecondsOfHour + minute * kMicrosecondsOfMinute + second * kMicrosecondsOfSecond + fraction;
    return hour < 24 || microseconds == kMicrosecondsOfDay;
  }

  bool read_fraction(int64_t& microseconds) {
    if (!accept('.') && !accept(',')) return true;
    size_t digits = 0;
    while (digits < text_.size() && is_digit(text_[digits])) ++digits;
    if (digits == 0 || digits > kMostDigitsOfFraction) return false;
    const std::string fraction = "." + std::string(text_.substr(0, digits));
    microseconds = static_cast<int64_t>(std::rint(std::strtod(fraction.c_str(), nullptr) * 1e6));
    text_.remove_prefix(digits);
    return true;
  }

  // Z, +02, +0200, +02:00
  bool read_offset(int64_t& offset) {
    if (accept('Z') || accept('z')) return true;
    const bool west = accept('-');
    if (!west && !accept('+')) return false;
    int64_t hours = 0;
    int64_t minutes = 0;
    const std::string_view rest = text_.substr(std::min<size_t>(2, text_.size()));
    text_ = text_.substr(0, 2);
    if (!read_two(hours)) return false;
    text_ = rest;
    if (!text_.empty()) accept(':');
    if (!rest.empty() && !read_two(minutes)) return false;
    if (hours > kMostHoursOfOffset || minutes > 59) return false;
    offset = hours * kMicrosecondsOfHour + minutes * kMicrosecondsOfMinute;
    if (west) offset = -offset;
    return true;
  }

  std::string_view text_;
};

}  // namespace

std::optional<Timestamp> timestamp_of_iso(std::string_view text) {
  const std::optional<Reading> reading = IsoReader(without_blanks(text)).read();
  // Beyond all times, whatever the time of day and the offset are.
  if (!reading || reading->day > kEndTimestamp / kMicrosecondsOfDay + 2) return std::nullopt;
  const int64_t instant = reading->day * kMicrosecondsOfDay + reading->microseconds - reading->offset;
  if (instant < kFirstTimestamp || instant >= kEndTimestamp) return std::nullopt;
  return instant;
}

std::optional<int32_t> day_of_iso(std::string_view text) {
  const std::optional<Reading> reading = IsoReader(without_blanks(text)).read();
  if (!reading || reading->day >= kEndDay) return std::nullopt;
  return static_cast<int32_t>(reading->day);
}

}  // namespace segments
