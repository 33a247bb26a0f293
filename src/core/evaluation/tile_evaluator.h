// Evaluates a plan for one tile: counters from fragments, bounds to dense sets, then and/or/not over those.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/set/dense_set.h"
#include "core/evaluation/value_counts.h"
#include "core/plan/plan.h"
#include "core/evaluation/profile_map.h"
#include "core/evaluation/value_matcher.h"
#include "core/interrupt.h"

namespace segments {

// One stored fragment.  The evaluator asks only for columns it needs.
class FragmentSource {
 public:
  virtual ~FragmentSource() = default;
  virtual int32_t type_id() const = 0;
  virtual uint32_t row_count() const = 0;
  virtual Timestamp min_time() const = 0;
  virtual Timestamp max_time() const = 0;
  virtual int16_t known_fields() const = 0;
  virtual bool has_column(int16_t field) const = 0;
  virtual const ValueBounds* bounds(int16_t field) const = 0;  // null: unknown
  // REQUIRES: has_column(field).  Valid as long as this.
  virtual ColumnSource& column(int16_t field) = 0;
};

// A monotonic clock, for explain.
class Stopwatch {
 public:
  virtual ~Stopwatch() = default;
  virtual uint64_t nanoseconds() = 0;
};

struct CounterWork {
  uint64_t fragments_read = 0;
  uint64_t fragments_pruned = 0;  // not read at all: time range, bounds or dictionary excluded every row
  uint64_t rows_scanned = 0;      // rows of this tile in the fragments read
  uint64_t nanoseconds = 0;
};

struct NodeWork {
  uint64_t members = 0;
  uint64_t nanoseconds = 0;  // of the node's own set operation
};

// Of two groups of profiles, by group of values of a field: how many have one of these values, and for how many these are the
// largest.
struct ValueShares {
  std::vector<uint64_t> having[2];
  std::vector<uint64_t> largest[2];
};

// What a tile yields; sums over tiles give the whole (sets are disjoint).
struct TileResult {
  std::vector<ProfileSet> sets;                  // kSets, kRecords: per root
  std::vector<uint64_t> counts;                  // kSets, kRecords, kCounts: per root
  std::vector<NodeWork> nodes;                   // kExplain: per node
  std::vector<CounterWork> counters;             // kExplain: per counter
  std::vector<std::vector<Timestamp>> evidence;  // kEvidence: per counter
  std::vector<ValueCounts> value_counts;         // kValueCounts: per counted field
  std::vector<ValueShares> shares;  // kShares: per field of the plan; `counts`: how many profiles the two groups have

  Bytes encode() const;
  static TileResult decode(BytesView bytes);  // throws Error{kDataCorrupted}
  void add(TileResult&& other);
};

class TileEvaluator {
 public:
  // `stopwatch` may be null: then no times are taken.
  TileEvaluator(const EvaluationPlan& plan, ValueMatcherFactory& matchers, Interrupt& interrupt, Stopwatch* stopwatch);
  ~TileEvaluator();

  // Evaluates one tile over the fragments that hold rows of it (others are harmless: they have no block of the tile).
  // Matchers and scratch memory are kept from call to call.
  TileResult evaluate(uint32_t tile, const ProfileMap& map, const std::vector<FragmentSource*>& fragments);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

// How many of a rows column's rows lie in `tile` on linked ordinals, and on ordinals that are not dead.
struct RowCounts {
  uint64_t linked = 0;
  uint64_t live = 0;
};
RowCounts count_rows(const RowsColumn& rows, uint32_t tile, const ProfileMap& map);

}  // namespace segments
