#include "pg/store/moved_profile.h"

#include "pg/query/query.h"
#include "pg/run/membership_lock.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

constexpr size_t kRowsPerStatement = size_t{1} << 17;
constexpr int64_t kGone = -1;

// The number of the change; nothing if there are no members, and none are about to be committed, that it could move.
std::optional<int64_t> begin_step(int64_t refresh_id) {
  Rows members = run("SELECT FROM segments.segment_state WHERE as_of IS NOT NULL LIMIT 1");
  const bool is_needed = !members.empty() || !try_lock_memberships();
  members.release();
  if (!is_needed) return std::nullopt;
  Rows rows =
      run("INSERT INTO segments.moved_step (step, refresh_id)"
          " SELECT coalesce(max(step), 0) + 1, $1 FROM segments.moved_step RETURNING step",
          {int8(refresh_id)});
  const int64_t step = rows.int8(0, 0);
  rows.release();
  return step;
}

}  // namespace

void note_moved_profiles(int64_t refresh_id, std::span<const MovedProfile> profiles) {
  if (profiles.empty()) return;
  const std::optional<int64_t> step = begin_step(refresh_id);
  if (!step) return;
  std::vector<int16_t> moves;
  std::vector<int64_t> from, to;
  std::vector<std::string_view> ids, others;
  for (size_t first = 0; first < profiles.size(); first += kRowsPerStatement) {
    moves.clear(), from.clear(), to.clear(), ids.clear(), others.clear();
    for (const MovedProfile& profile : profiles.subspan(first, std::min(kRowsPerStatement, profiles.size() - first))) {
      from.push_back(profile.from);
      to.push_back(profile.to ? static_cast<int64_t>(*profile.to) : kGone);
      moves.push_back(static_cast<int16_t>(profile.move));
      ids.push_back(profile.profile_id);
      others.push_back(profile.other_id);
    }
    with_scratch([&] {
      run("INSERT INTO segments.moved_profile (step, from_ordinal, to_ordinal, move, profile_id, other_profile_id)"
          " SELECT $1, from_ordinal, nullif(to_ordinal, $7), move, nullif(id, ''), nullif(other_id, '')"
          " FROM unnest($2, $3, $4, $5, $6) AS moved (from_ordinal, to_ordinal, move, id, other_id)",
          {int8(*step), int8_array(from), int8_array(to), int2_array(moves), text_array(ids), text_array(others), int8(kGone)});
    });
  }
}

std::vector<ProfileMoves> noted_moves(int64_t after, int64_t up_to, bool read_only) {
  std::vector<ProfileMoves> changes;
  std::vector<Ordinal> from, departing;
  int64_t last = 0;
  const auto end_change = [&] {
    if (!changes.empty()) changes.back().from = ProfileSet::from_ordinals(from);
    if (!changes.empty()) changes.back().departing = ProfileSet::from_ordinals(departing);
    from.clear();
    departing.clear();
  };
  const Parameter parameters[] = {int8(after), int8(up_to)};
  run_streaming(
      "SELECT step, refresh_id, from_ordinal, to_ordinal, move, coalesce(profile_id, ''), coalesce(other_profile_id, '')"
      " FROM segments.moved_step JOIN segments.moved_profile USING (step)"
      " WHERE refresh_id > $1 AND refresh_id <= $2 ORDER BY step, from_ordinal, move, to_ordinal",
      parameters, {.read_only = read_only}, [&](const Datum* values, const bool* nulls) {
        const int64_t step = DatumGetInt64(values[0]);
        if (changes.empty() || step != last) {
          end_change();
          changes.emplace_back().refresh_id = DatumGetInt64(values[1]);
          last = step;
        }
        MovedProfile profile{static_cast<Move>(DatumGetInt16(values[4])), static_cast<Ordinal>(DatumGetInt64(values[2]))};
        if (!nulls[3]) profile.to = static_cast<Ordinal>(DatumGetInt64(values[3]));
        profile.profile_id = text_of(values[5]);
        profile.other_id = text_of(values[6]);
        if (from.empty() || from.back() != profile.from) from.push_back(profile.from);
        if (profile.move != Move::kSplit) departing.push_back(profile.from);
        changes.back().profiles.push_back(profile);
      });
  end_change();
  return changes;
}

void forget_moves_until(int64_t refresh_id) {
  run("WITH forgotten AS (DELETE FROM segments.moved_step WHERE refresh_id <= $1 RETURNING step)"
      " DELETE FROM segments.moved_profile p USING forgotten WHERE p.step = forgotten.step",
      {int8(refresh_id)});
}

void erase_moves(std::span<const Ordinal> gone, const std::map<Ordinal, Ordinal>& names) {
  const std::vector<int64_t> erased(gone.begin(), gone.end());
  std::vector<int64_t> to;
  for (const Ordinal ordinal : gone) {
    const auto renamed = names.find(ordinal);
    to.push_back(renamed == names.end() ? kGone : static_cast<int64_t>(renamed->second));
  }
  with_scratch([&] {
    run("DELETE FROM segments.moved_profile WHERE from_ordinal = ANY ($1)", {int8_array(erased)});
    run("UPDATE segments.moved_profile moved SET to_ordinal = nullif(renamed.to_ordinal, $3)"
        " FROM unnest($1, $2) AS renamed (ordinal, to_ordinal) WHERE moved.to_ordinal = renamed.ordinal",
        {int8_array(erased), int8_array(to), int8(kGone)});
  });
}

void forget_moves() { run("DELETE FROM segments.moved_profile"); }

}  // namespace segments::pg
