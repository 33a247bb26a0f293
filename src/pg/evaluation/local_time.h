// Calendar arithmetic and time literals in the zone of a segment, by the server's own functions.
#pragma once
#include <string>

#include "core/language/window.h"
#include "pg/server/boundary.h"

namespace segments::pg {

class ServerLocalTime final : public LocalTime {
 public:
  // `zone`: a name that the setting TimeZone accepts.
  explicit ServerLocalTime(std::string zone) : zone_(std::move(zone)) {}

  Timestamp subtract(Timestamp t, int64_t months, int64_t days) override;
  Timestamp parse(const Literal& literal) override;
  // REQUIRES: is_time_zone(zone).
  Timestamp instant(int64_t reading) override;

  // A literal of type date (days), timestamp or timestamptz (microseconds).  Throws Error{kInvalidLiteral, kOutOfRange} at the
  // literal's position; kInvalidLiteral too where day and month could be meant either way.
  int64_t read(const Literal& literal, Oid type);

 private:
  std::string zone_;
};

// Whether the server knows the zone.
bool is_time_zone(const std::string& zone);

// The zone of the session.
std::string session_time_zone();

// An error of an input function as an error at the literal's position; passes on what is no error of the literal.
[[noreturn]] void throw_literal_error(const ServerError& error, const Literal& literal);

}  // namespace segments::pg
