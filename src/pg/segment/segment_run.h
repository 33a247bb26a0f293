// A run: the evaluation of saved segments by one statement, and the writing of what changed.
#pragma once
#include <optional>

#include "pg/evaluation/resolve.h"
#include "pg/segment/member_update.h"
#include "pg/segment/saved_segment.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {

// What a run of segments is over.
struct RunState {
  int64_t refresh_id = 0;
  Timestamp as_of = 0;
  Timestamp data_through = 0;
};

struct SegmentRun {
  int64_t members = 0;
  double seconds = 0;  // its part of what all that were evaluated together took
  bool has_changed = false;
};

// Seconds since it was made, or restarted.
class Stopwatch {
 public:
  Stopwatch() { INSTR_TIME_SET_CURRENT(start_); }
  double restart() {
    instr_time now;
    INSTR_TIME_SET_CURRENT(now);
    instr_time elapsed = now;
    INSTR_TIME_SUBTRACT(elapsed, start_);
    start_ = now;
    return INSTR_TIME_GET_DOUBLE(elapsed);
  }

 private:
  instr_time start_;
};

// Until end(), reads see what this transaction has written so far.  An abort ends it too.
class FreshSnapshot {
 public:
  FreshSnapshot() {
    call([] {
      CommandCounterIncrement();
      PushActiveSnapshot(GetTransactionSnapshot());
    });
  }
  void end() {
    call([] { PopActiveSnapshot(); });
  }
};

// Gives a segment to what makes a plan of them.
void add_segment(Resolver& resolver, const SavedSegment& segment);

// Evaluates a plan whose roots are segments, and writes what changed.
class PlanRun {
 public:
  explicit PlanRun(HistoryNumbers& numbers) : numbers_(numbers) {}

  // Reads what `visibility` says, and writes nothing of members yet.
  void evaluate(const EvaluationPlan& plan, std::span<const SavedSegment> segments, const RunState& state, Visibility visibility);
  std::vector<SegmentRun> write(std::span<const SavedSegment> segments, const RunState& state);

 private:
  HistoryNumbers& numbers_;
  Stopwatch watch_;
  std::vector<SegmentRun> runs_;
  std::optional<MemberUpdate> update_;
};

// Whoever listens hears how many segments have other members when this transaction commits; which is theirs to ask.
void notify_changed(int64_t segments);

// Records with a segment why it could not be run.  The members of the last good run stay.
void record_failure(int32_t segment_id, const Failure& failure);
// The same of a segment that was not run because it reads a frozen type.
void record_frozen(int32_t segment_id, const Failure& failure);

}  // namespace segments::pg
