#include "pg/store/moved_profile.h"

#include "pg/query/query.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

constexpr size_t kRowsPerStatement = size_t{1} << 17;
constexpr int64_t kGone = -1;

}  // namespace

void note_moved_profiles(std::span<const MovedProfile> profiles) {
  if (profiles.empty()) return;
  Rows rows =
      run("SELECT (SELECT coalesce(max(step), 0) + 1 FROM segments.moved_profile)"
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

std::vector<ProfileMoves> noted_moves() {
  std::vector<ProfileMoves> changes;
  std::vector<Ordinal> from;
  int64_t last = 0;
  const auto end_change = [&] {
    if (!changes.empty()) changes.back().from = ProfileSet::from_ordinals(from);
    from.clear();
  };
  run_streaming("SELECT step, from_ordinal, to_ordinal FROM segments.moved_profile ORDER BY step, from_ordinal", {}, {},
                [&](const Datum* values, const bool* nulls) {
                  const int64_t step = DatumGetInt64(values[0]);
                  if (changes.empty() || step != last) {
                    end_change();
                    changes.emplace_back();
                    last = step;
                  }
                  MovedProfile profile{static_cast<Ordinal>(DatumGetInt64(values[1])), std::nullopt};
                  if (!nulls[2]) profile.to = static_cast<Ordinal>(DatumGetInt64(values[2]));
                  from.push_back(profile.from);
                  changes.back().profiles.push_back(profile);
                });
  end_change();
  return changes;
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
