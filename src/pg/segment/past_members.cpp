// Members at a time, and how many there were.
#include "pg/segment/history_replay.h"
#include "pg/segment/readable_segment.h"
#include "pg/segment/segment.h"
#include "pg/store/history_profile.h"

namespace segments::pg {
namespace {

void tell_members(const std::string& name, Oid role, Timestamp at, ReturnSetInfo* result) {
  const int32_t segment_id = find_readable(name, role).segment.segment_id;
  const int64_t run_id = run_in_force(name, segment_id, at, INT64_MAX);
  if (run_id == 0) return;
  const HistoryReplay history = replayed_history(segment_id, run_id, true, HistoryReplay::Since::kForgotten);
  ServerInterrupt interrupt;
  profiles_of_numbers(history.members(), interrupt, [&](int32_t, Datum profile_id) {
    call([&] {
      Datum value = profile_id;
      bool is_null = false;
      tuplestore_putvalues(result->setResult, result->setDesc, &value, &is_null);
    });
  });
}

struct RunSizes : RunOfHistory {
  int64_t entered = 0;
  int64_t left = 0;
  int64_t merged = 0;
  int64_t split = 0;
};

// Erased persons count in none of the past sizes.
class SizeFeed {
 public:
  explicit SizeFeed(ReturnSetInfo* result) : result_(result), erased_(erased_numbers()) {}

  void add(HistoryRow&& row) {
    if (sizes_.run_id != row.run_id) {
      end_run();
      sizes_ = {static_cast<const RunOfHistory&>(row)};
    }
    row.numbers -= erased_;
    const auto count = static_cast<int64_t>(row.numbers.cardinality());
    if (row.change == Change::kBase) members_ += count;
    if (row.change == Change::kLeft) sizes_.left += count;
    if (row.change == Change::kEntered) sizes_.entered += count;
    for (const auto [number, other] : row.pairs) {
      const bool counts = !erased_.contains(static_cast<Ordinal>(number));
      if (row.change == Change::kSplit && counts) ++sizes_.split;
      if (row.change == Change::kMerged && counts) ++sizes_.merged;
      if (row.change != Change::kReplaced) continue;
      const bool other_counts = !erased_.contains(static_cast<Ordinal>(other));
      if (counts && !other_counts) ++sizes_.left;
      if (!counts && other_counts) ++sizes_.entered;
    }
  }

  void end_run() {
    if (sizes_.run_id == 0) return;
    members_ += sizes_.entered + sizes_.split - sizes_.left - sizes_.merged;
    call([&] {
      Datum values[8] = {Int64GetDatum(sizes_.run_id), Int64GetDatum(sizes_.refresh_id), TimestampTzGetDatum(sizes_.at),
                         Int64GetDatum(members_),      Int64GetDatum(sizes_.entered),    Int64GetDatum(sizes_.left),
                         Int64GetDatum(sizes_.merged), Int64GetDatum(sizes_.split)};
      const bool none = sizes_.is_base;
      bool nulls[8] = {false, false, false, false, none, none, none, none};
      tuplestore_putvalues(result_->setResult, result_->setDesc, values, nulls);
    });
    sizes_ = {};
  }

 private:
  ReturnSetInfo* result_;
  ProfileSet erased_;
  RunSizes sizes_;
  int64_t members_ = 0;
};

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_members_at) {
  call([&] { InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC); });
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  const std::string name = required_text(fcinfo, 0, "segment");
  if (PG_ARGISNULL(1)) {
    call([] { ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("at must not be null"))); });
  }
  const Timestamp at = PG_GETARG_TIMESTAMPTZ(1);
  as_owner([&](Oid caller) { tell_members(name, caller, at, result); });
  return Datum(0);
}

// Nothing if the caller may not read the members.
SEGMENTS_FUNCTION(segments_size_history) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  const int32_t segment_id = PG_GETARG_INT32(0);
  as_owner([&](Oid caller) {
    if (!may_read_members(segment_id, caller)) return;
    SizeFeed feed(result);
    read_history(segment_id, 0, INT64_MAX, true, [&](HistoryRow&& row) { feed.add(std::move(row)); });
    feed.end_run();
  });
  return Datum(0);
}
