// How a segment changes by the mere passing of time: segments.membership_forecast.
//
// Each day is resolved into the same plan, a few days at a time, and differences are taken tile by tile: only counts come back.
// Who may read the members, but not see the definition, is told nothing of what goes wrong with it or its sources.
#include "pg/evaluation/evaluation.h"
#include "pg/evaluation/local_time.h"
#include "pg/evaluation/resolve.h"
#include "pg/evaluation/segment_eval.h"
#include "pg/run/published.h"
#include "pg/segment/readable_segment.h"
#include "pg/segment/saved_definition.h"
#include "pg/segment/segment.h"
#include "pg/server/subtransaction.h"
#include "pg/type/definition.h"

namespace segments::pg {
namespace {

constexpr int32_t kMostDays = 3660;
// Conditions that are evaluated at once, over all days: their counters are in memory together.
constexpr size_t kMostConditions = 1024;

struct Day {
  Timestamp at = 0;
  int64_t members = 0;
  int64_t entered = 0;
  int64_t left = 0;
};

size_t condition_count(const Node& node) {
  size_t count = node.kind == NodeKind::kInteraction ? 1 : 0;
  for (const auto& child : node.children) count += condition_count(*child);
  return count;
}

class Forecast {
 public:
  // `first`: what the first day is compared with.
  Forecast(const ReadableSegment& readable, Timestamp first)
      : readable_(readable), definition_(read_definition(readable.segment.definition)),
        local_time_(readable.segment.settings.time_zone), first_(first), refresh_id_(published_refresh()) {}

  void check_days(int32_t count) { instant_of(count); }

  std::vector<Day> days(int32_t count) {
    const auto at_once = static_cast<int32_t>(kMostConditions / std::max<size_t>(1, condition_count(*definition_.root)));
    std::vector<Day> days;
    for (int32_t first = 1; first <= count; first += std::max(1, at_once)) {
      add_days(first, std::min(count, first + std::max(1, at_once) - 1), days);
    }
    return days;
  }

 private:
  // As many calendar days later, in the segment's zone.
  Timestamp instant_of(int32_t day) {
    const Timestamp at = local_time_.subtract(first_, 0, -day);
    if (at != kMinusInfinity) return at;
    throw Error(ErrorCode::kOutOfRange, "a day of the forecast is out of range", "It lies behind the last possible time.",
                "Ask for fewer days.");
  }

  void add_days(int32_t first, int32_t last, std::vector<Day>& days) {
    EvaluationPlan plan;
    plan.output = PlanOutput::kCounts;
    Resolver resolver(plan, instant_of(first - 1), refresh_id_, true);
    uint32_t before = resolve(resolver, plan);
    if (first == 1) warn(resolver);
    std::vector<uint32_t> roots;
    for (int32_t day = first; day <= last; ++day) {
      days.push_back({.at = instant_of(day)});
      resolver.set_as_of(days.back().at);
      const uint32_t now = resolve(resolver, plan);
      roots.push_back(now);
      roots.push_back(difference(plan, now, before));
      roots.push_back(difference(plan, before, now));
      before = now;
    }
    plan.roots = std::move(roots);
    const TileResult result = evaluate(plan, refresh_id_, Visibility::kStatement);
    for (size_t i = 0; i < result.counts.size(); i += 3) {
      Day& day = days[days.size() - result.counts.size() / 3 + i / 3];
      day.members = static_cast<int64_t>(result.counts[i]);
      day.entered = static_cast<int64_t>(result.counts[i + 1]);
      day.left = static_cast<int64_t>(result.counts[i + 2]);
    }
  }

  // Its owner's privileges count, as in a run.
  uint32_t resolve(Resolver& resolver, const EvaluationPlan& plan) {
    resolver.add(request_of(readable_.segment, definition_, readable_.segment.owner));
    return plan.roots.back();
  }

  void warn(const Resolver& resolver) const {
    if (readable_.is_owned) return warn_of_frozen(resolver);
    if (resolver.frozen_types().empty()) return;
    const char* name = readable_.segment.name.c_str();
    call([&] {
      ereport(WARNING, (errmsg("segment \"%s\" reads what is frozen", name),
                        errdetail("What was written since an earlier refresh is not in the answer.")));
    });
  }

  static uint32_t difference(EvaluationPlan& plan, uint32_t of, uint32_t without) {
    PlanNode node;
    node.kind = PlanNodeKind::kExcept;
    node.children = {of, without};
    plan.nodes.push_back(std::move(node));
    return static_cast<uint32_t>(plan.nodes.size() - 1);
  }

  const ReadableSegment& readable_;
  Definition definition_;
  ServerLocalTime local_time_;
  Timestamp first_;
  int64_t refresh_id_;
};

std::vector<Day> days_of(const ReadableSegment& readable, Timestamp first, int32_t count) {
  Forecast forecast(readable, first);
  forecast.check_days(count);
  if (readable.is_owned) return forecast.days(count);
  try {
    return forecast.days(count);
  } catch (const Error&) {
    throw_opaque(readable.segment.name);
  } catch (const ServerError& error) {
    if (tells_nothing(error)) throw;
    throw_opaque(readable.segment.name);
  }
}

int32_t days_argument(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(1)) {
    call([&] { ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("days must not be null"))); });
  }
  const int32_t days = PG_GETARG_INT32(1);
  if (days < 1 || days > kMostDays) {
    throw Error(ErrorCode::kInvalidValue, "days must be between 1 and " + std::to_string(kMostDays));
  }
  return days;
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_membership_forecast) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  const std::string name = required_text(fcinfo, 0, "segment");
  const int32_t count = days_argument(fcinfo);
  const Timestamp as_of = as_of_argument(fcinfo, 2);
  const std::vector<Day> forecast = as_owner([&](Oid caller) {
    const ReadableSegment readable = find_readable(name, caller);
    check_has_owner(readable.segment);
    return days_of(readable, as_of, count);
  });
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  for (const Day& day : forecast) {
    call([&] {
      Datum values[] = {TimestampTzGetDatum(day.at), Int64GetDatum(day.members), Int64GetDatum(day.entered),
                        Int64GetDatum(day.left)};
      bool nulls[] = {false, false, false, false};
      tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
    });
  }
  return Datum(0);
}
