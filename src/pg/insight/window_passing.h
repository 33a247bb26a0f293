// When an interaction enters or leaves a window by the mere passing of time.
#pragma once
#include <set>

#include "core/language/definition.h"
#include "pg/evaluation/literal_reader.h"

namespace segments::pg {

class WindowPassing {
 public:
  // `window` null: all time.  It must outlive this.
  WindowPassing(const Window* window, DefinitionSettings settings);

  // The times that the window covers as of then.
  TimeRange range_at(Timestamp as_of);
  // Adds instants after `as_of`, among which are all at which `time` enters or leaves the window: there is a microsecond before
  // which it was on the other side.  Others are harmless.
  void add_instants(Timestamp time, Timestamp as_of, std::set<Timestamp>& instants);

 private:
  struct Span {
    int64_t months = 0;
    int64_t days = 0;
    int64_t microseconds = 0;
    bool operator==(const Span&) const = default;
  };

  void add_edge(int64_t count, TimeUnit unit);
  void add_crossings(Timestamp time, const Span& span, std::set<Timestamp>& instants);
  void add_unit_starts(Timestamp time, std::set<Timestamp>& instants);
  void add_full_hours(Timestamp near, std::set<Timestamp>& instants);
  void add_midnights(Timestamp from, Timestamp to, std::set<Timestamp>& instants);
  // Where as_of less the span does not grow with as_of.
  void add_breaks(Timestamp time, Timestamp from, Timestamp to, const Span& span, std::set<Timestamp>& breaks);

  const Window* window_;
  DefinitionSettings settings_;
  ServerLocalTime local_time_;
  std::vector<Span> edges_;  // as_of less these
  bool follows_as_of_ = false;
};

}  // namespace segments::pg
