// Tables that were loaded anew and swapped in by renaming, under the name of a registered one: a refresh takes those of the same
// owner and with the registered columns for what is registered, before it reads.
//
//   plan() ─▶ follow_next() until done() ─▶ what reads
//
// Each of these is the body of a run_step().  A table is altered as its owner, whose code may run then, and is locked
// exclusively: so each is followed in a transaction of its own, within segments.source_time_limit.  Those whose locks are had at
// once come first; the others are waited for as long as the refresh's budget has left.  What cannot be followed freezes its type.
#pragma once
#include <deque>

#include "pg/run/refresh_context.h"

namespace segments::pg {

class SourceFollowing {
 public:
  explicit SourceFollowing(RefreshContext& context) : context_(context) {}

  // Finds what was swapped in.
  void plan();
  bool done() const { return swapped_.empty(); }
  void follow_next();

 private:
  struct Swapped {
    int32_t type_id;
    Oid table;
    bool is_locked = false;  // by somebody else, when it was to be locked at once
  };
  bool lock(const Swapped& swapped);
  void freeze(const Swapped& swapped, Failure failure);

  RefreshContext& context_;
  std::deque<Swapped> swapped_;
};

}  // namespace segments::pg
