// When rows of a registered table happened: which column tells it, and what its values mean.  Instants are timestamptz; a
// timestamp or a date is what clocks in a zone show; a number counts since 1970.  What is no instant (null, NaN, out of range) is
// no time at all.
#pragma once
#include <optional>
#include <string>

#include "core/time.h"
#include "pg/server/boundary.h"

namespace segments::pg {

struct SourceTime {
  std::string column;  // empty: none tells it
  std::string zone;    // whose clocks show the values; empty: none
  std::string unit;    // s, ms, us: what is counted; empty: nothing

  bool empty() const { return column.empty(); }
  // The instant as SQL, of type timestamptz; null: the row has no time.  `table`: the alias of the table with a dot, or empty.
  std::string sql(const std::string& table) const;
};

// Reads instants of values of one column.
class TimeReader {
 public:
  TimeReader() = default;
  // `type`: the column's base type.  Of one that it was not registered with nothing is an instant, and in a zone that the server
  // does not know.
  TimeReader(const SourceTime& time, Oid type);
  std::optional<Timestamp> read(Datum value) const;

 private:
  Oid type_ = InvalidOid;  // none: nothing is an instant
  pg_tz* rules_ = nullptr;
  double per_second_ = 1;
};

}  // namespace segments::pg
