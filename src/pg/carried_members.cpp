#include "pg/carried_members.h"

#include "core/profile_set.h"
#include "pg/membership.h"
#include "pg/membership_writer.h"
#include "pg/query.h"
#include "pg/scratch.h"

namespace segments::pg {
namespace {

constexpr size_t kRowsPerStatement = size_t{1} << 17;
constexpr int64_t kGone = -1;

// What one change of the mapping has moved.
struct Step {
  std::vector<MovedProfile> profiles;  // by `from`
  ProfileSet from;
};

std::vector<Step> noted_steps() {
  std::vector<Step> steps;
  std::vector<Ordinal> from;
  int64_t last = 0;
  const auto end_step = [&] {
    if (!steps.empty()) steps.back().from = ProfileSet::from_ordinals(from);
    from.clear();
  };
  run_streaming("SELECT step, from_ordinal, to_ordinal FROM segments.moved_profile ORDER BY step, from_ordinal", {}, {},
                [&](const Datum* values, const bool* nulls) {
                  const int64_t step = DatumGetInt64(values[0]);
                  if (steps.empty() || step != last) {
                    end_step();
                    steps.emplace_back();
                    last = step;
                  }
                  MovedProfile profile{static_cast<Ordinal>(DatumGetInt64(values[1])), std::nullopt};
                  if (!nulls[2]) profile.to = static_cast<Ordinal>(DatumGetInt64(values[2]));
                  from.push_back(profile.from);
                  steps.back().profiles.push_back(profile);
                });
  end_step();
  return steps;
}

ProfileSet carried(ProfileSet members, const Step& step) {
  ProfileSet moved = members;
  moved &= step.from;
  if (moved.empty()) return members;
  std::vector<Ordinal> arrived;
  moved.for_each([&](Ordinal ordinal) {
    const auto found = std::lower_bound(step.profiles.begin(), step.profiles.end(), ordinal,
                                        [](const MovedProfile& profile, Ordinal of) { return profile.from < of; });
    if (found->to) arrived.push_back(*found->to);
    return true;
  });
  std::sort(arrived.begin(), arrived.end());
  members -= moved;
  members |= ProfileSet::from_ordinals(arrived);
  return members;
}

std::vector<int32_t> segments_to_carry(std::span<const int32_t> evaluated) {
  Rows rows = run("SELECT segment_id FROM segments.segment_state WHERE as_of IS NOT NULL AND segment_id <> ALL ($1) ORDER BY 1",
                  {int4_array(evaluated)});
  std::vector<int32_t> ids;
  for (uint64_t i = 0; i < rows.size(); ++i) ids.push_back(rows.int4(i, 0));
  rows.release();
  return ids;
}

ProfileSet stored_members(int32_t segment_id) {
  ProfileSet members;
  const Parameter parameters[] = {int4(segment_id)};
  run_streaming("SELECT members FROM segments.membership WHERE segment_id = $1 AND to_refresh = 9223372036854775807", parameters, {},
                [&](const Datum* values, const bool*) {
                  try {
                    members |= ProfileSet::from_portable(bytes_of(values[0]));
                  } catch (const Error& error) {
                    throw Error(ErrorCode::kDataCorrupted, "stored members are damaged", error.detail());
                  }
                });
  return members;
}

void carry_segment(int32_t segment_id, std::span<const Step> steps, int64_t refresh_id) {
  ProfileSet members = stored_members(segment_id);
  const ProfileSet before = members;
  for (const Step& step : steps) members = carried(std::move(members), step);
  if (members == before) return;
  Members by_tile;
  for (uint64_t first = 0; !members.empty() && first <= *members.maximum(); first += kTileSize) {
    const int64_t count = static_cast<int64_t>(members.count_in(first, first + kTileSize));
    if (count == 0) continue;
    const uint32_t tile = tile_of(static_cast<Ordinal>(first));
    by_tile[{0, tile}] = {count, ProfileSet::from_dense(tile, members.to_dense(tile)).to_portable()};
  }
  write_members({&segment_id, 1}, std::move(by_tile), refresh_id);
  run("UPDATE segments.segment_state SET member_count = $2 WHERE segment_id = $1",
      {int4(segment_id), int8(static_cast<int64_t>(members.cardinality()))});
}

// Members that cannot be carried over are none any more: as if the segment had never been run.
void forget_members(int32_t segment_id, const Failure& failure, int64_t refresh_id) {
  write_members({&segment_id, 1}, {}, refresh_id);
  record_failure(segment_id, failure);
  run("UPDATE segments.segment_state SET as_of = NULL, data_through = NULL, member_count = NULL WHERE segment_id = $1",
      {int4(segment_id)});
}

}  // namespace

void note_moved_profiles(std::span<const MovedProfile> profiles) {
  if (profiles.empty()) return;
  Rows rows = run("SELECT (SELECT coalesce(max(step), 0) + 1 FROM segments.moved_profile)"
                  " WHERE EXISTS (SELECT FROM segments.segment_state WHERE as_of IS NOT NULL)");
  const bool is_needed = !rows.empty();
  const int64_t step = is_needed ? rows.int8(0, 0) : 0;
  rows.release();
  std::vector<int64_t> from;
  std::vector<int64_t> to;
  for (size_t first = 0; is_needed && first < profiles.size(); first += kRowsPerStatement) {
    from.clear();
    to.clear();
    for (const MovedProfile& profile : profiles.subspan(first, std::min(kRowsPerStatement, profiles.size() - first))) {
      from.push_back(profile.from);
      to.push_back(profile.to ? static_cast<int64_t>(*profile.to) : kGone);
    }
    with_scratch([&] {
      run("INSERT INTO segments.moved_profile (step, from_ordinal, to_ordinal)"
          " SELECT $1, from_ordinal, nullif(to_ordinal, $4) FROM unnest($2, $3) AS moved (from_ordinal, to_ordinal)",
          {int8(step), int8_array(from), int8_array(to), int8(kGone)});
    });
  }
}

void carry_members(RefreshContext& context, std::span<const int32_t> evaluated) {
  const std::vector<Step> steps = noted_steps();
  if (steps.empty()) return;
  for (const int32_t segment_id : segments_to_carry(evaluated)) {
    context.interrupt->poll();
    const std::optional<Failure> failure = in_subtransaction([&] { carry_segment(segment_id, steps, context.refresh_id); });
    if (failure) forget_members(segment_id, *failure, context.refresh_id);
  }
  run("DELETE FROM segments.moved_profile");
}

}  // namespace segments::pg
