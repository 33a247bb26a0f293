#include "pg/segment/run_limit.h"

#include "pg/query/query.h"

namespace segments::pg {
namespace {

int segment_count_setting = 1000;
int definitions_size_setting = 8 * 1024;
int segment_time_setting = 60'000;
int owner_time_setting = 600'000;

}  // namespace

void check_may_have_more(Oid owner) {
  if (segment_count_setting == 0) return;
  Rows rows = run("SELECT count(*) FROM segments.saved_segment WHERE owner = $1", {oid(owner)});
  const int64_t count = rows.int8(0, 0);
  rows.release();
  if (count < segment_count_setting) return;
  throw Error(ErrorCode::kLimitExceeded, "too many saved segments",
              "A role may own " + std::to_string(segment_count_setting) + " (the setting segments.max_segments_per_owner).",
              "Drop some with drop_segment(), or let an administrator raise the setting.");
}

void check_definitions_fit(Oid owner) {
  if (definitions_size_setting == 0 || owner == extension_owner()) return;
  Rows rows =
      run("SELECT coalesce(sum(octet_length(definition)), 0)::bigint FROM segments.kept_definition"
          " JOIN segments.segment_owner USING (segment_id) WHERE owner = $1",
          {oid(owner)});
  const int64_t size = rows.int8(0, 0);
  rows.release();
  if (size <= int64_t{definitions_size_setting} * 1024) return;
  throw Error(ErrorCode::kLimitExceeded, "too large saved definitions",
              "Those of one role, with their old versions, may have " + std::to_string(definitions_size_setting) +
                  " kB (the setting segments.max_definitions_size): whoever changes a type waits until all are read.",
              "Drop segments with drop_segment(), or let an administrator raise the setting.");
}

TimeLimit segment_time_limit() { return TimeLimit(segment_time_setting, "segments.segment_time_limit"); }

OwnerTimes::OwnerTimes() : unlimited_(extension_owner()) {}

bool OwnerTimes::is_used_up(Oid owner) const {
  constexpr double kMillisecondsPerSecond = 1000;
  if (owner_time_setting == 0 || owner == unlimited_) return false;
  const auto found = seconds_.find(owner);
  return found != seconds_.end() && found->second * kMillisecondsPerSecond > owner_time_setting;
}

void define_segment_settings() {
  call([] {
    DefineCustomIntVariable("segments.max_segments_per_owner", "How many saved segments a role may own.", "0: any number.",
                            &segment_count_setting, 1000, 0, INT_MAX, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("segments.max_definitions_size",
                            "How large the saved definitions of a role may be, together and with their old versions.",
                            "In kilobytes. Does not count for the extension's owner. 0: any size.", &definitions_size_setting,
                            8 * 1024, 0, INT_MAX, PGC_SUSET, GUC_UNIT_KB, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("segments.segment_time_limit", "How long one run of a saved segment may take.",
                            "In milliseconds. Segments that together take longer are run alone. 0: any time.",
                            &segment_time_setting, 60'000, 0, INT_MAX, PGC_SUSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable(
        "segments.owner_time_limit", "How long a refresh may evaluate the segments of one owner.",
        "In milliseconds. It leaves the rest out, and the next one begins with those. Does not count for the extension's "
        "owner. 0: any time.",
        &owner_time_setting, 600'000, 0, INT_MAX, PGC_SUSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
  });
}

}  // namespace segments::pg
