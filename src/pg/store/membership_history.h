// Who entered and left segments, run by run: segments.membership_run and segments.membership_history.
//
// A run's changes stand in the order of (step, change, number): steps are changes of the mapping, one after the other, then the
// evaluation.  Within a step nobody is both added and taken away.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/evaluation/member_since.h"
#include "core/set/profile_set.h"
#include "pg/query/query.h"

namespace segments::pg {

// A bitmap of numbers is of one chunk, those that share what is above these bits.
inline constexpr uint32_t kHistoryChunkBits = 16;

enum class Change : int16_t { kBase = 0, kLeft = 1, kSplit = 2, kMerged = 3, kReplaced = 4, kEntered = 5 };

// kSplit: `number` is a member as `other` is or was.  kMerged, kReplaced: it is part of `other`, which was a member or becomes
// one.
struct NumberPair {
  int32_t number;
  int32_t other;
  bool operator==(const NumberPair&) const = default;
};

struct HistoryStep {
  ProfileSet left;
  std::vector<NumberPair> split, merged, replaced;
  ProfileSet entered;
  bool empty() const { return left.empty() && split.empty() && merged.empty() && replaced.empty() && entered.empty(); }
};

struct HistoryRun {
  int32_t segment_id = 0;
  std::vector<HistoryStep> steps;
};

// REQUIRES for all of it: within with_spi, as the extension's owner.

// Runs of segments that are locked until the transaction ends.
void write_history(std::span<const HistoryRun> runs, int64_t refresh_id, Timestamp at);

// Which run it is that something is told of.
struct RunOfHistory {
  int64_t run_id = 0;
  int64_t refresh_id = 0;
  Timestamp at = 0;
  bool is_base = false;
};

// A row of a run, in the order of changes.
struct HistoryRow : RunOfHistory {
  int16_t step = 0;
  Change change = Change::kBase;
  ProfileSet numbers;             // of left, entered and base
  std::vector<NumberPair> pairs;  // of the others
  std::optional<Bytes> since;     // of base: encoded, of the tile of numbers
};
// From run_id, refresh_id, at, is_base, step, change, part, numbers, others, members, since and checksum.
// Throws Error{kDataCorrupted}.
HistoryRow history_row_of(const Datum* values, const bool* nulls);
using HistoryConsumer = std::function<void(HistoryRow&& row)>;

// The history of a segment, from its base on: runs after `after` and up to `until`.  `read_only`: as the calling statement sees
// it. Throws Error{kDataCorrupted}.
void read_history(int32_t segment_id, int64_t after, int64_t until, bool read_only, const HistoryConsumer& consume);

// All numbers that the history of any segment names now, whatever the calling statement sees.  Throws Error{kDataCorrupted}.
ProfileSet numbers_in_history();

// Replaces what is up to and including a run by the members it has left; by tile of numbers, and since when.
struct BaseTile {
  uint32_t tile;
  ProfileSet members;
  Bytes since;
};
void write_base(int32_t segment_id, int64_t run_id, std::span<const BaseTile> tiles);

// Takes all of a segment's history away.
void forget_history(int32_t segment_id);

// The one of a profile's numbers by which it is a member of a segment; the first if none is.
int32_t current_number(int32_t segment_id, std::span<const int32_t> numbers);

}  // namespace segments::pg
