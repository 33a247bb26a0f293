#include "pg/store/previous_profile.h"

#include "core/ingest/row_batch.h"
#include "pg/query/query.h"
#include "pg/run/membership_lock.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

constexpr size_t kRowsPerStatement = size_t{1} << 17;

// Whether every id that members have been known by has its number in the history: no run is about to commit one, and no members
// have yet to follow an earlier change.
bool history_is_complete(int64_t refresh_id) {
  if (!nobody_writes_memberships()) return false;
  Rows rows = run("SELECT FROM segments.moved_step WHERE refresh_id < $1 LIMIT 1", {int8(refresh_id)});
  const bool is_complete = rows.empty();
  rows.release();
  return is_complete;
}

// The last ones stay, and those that the history knows: without them an erasure would leave ids of the person there.
void forget_oldest(const Parameter& types, const Parameter& ids) {
  run("DELETE FROM segments.previous_profile p USING ("
      "  SELECT old.record_type, old.record_id, old.profile_id, row_number() OVER ("
      "   PARTITION BY old.record_id, old.record_type ORDER BY old.until DESC, old.until_refresh DESC, old.profile_id) AS age"
      "  FROM unnest($1, $2) AS k (record_type, record_id)"
      "  JOIN segments.previous_profile old ON old.record_id = k.record_id AND old.record_type = k.record_type) AS aged"
      " WHERE aged.age > 8 AND p.record_id = aged.record_id AND p.record_type = aged.record_type"
      "  AND p.profile_id = aged.profile_id"
      "  AND NOT EXISTS (SELECT FROM segments.history_profile known WHERE known.profile_id = aged.profile_id)",
      {types, ids});
}

}  // namespace

// A record that goes to and fro has one row per profile, and only so many: mappings that are numbered anew each night add nothing
// for ever but what the history keeps, too.
void note_previous_profiles(const ChangeContext& context, Timestamp as_of, const std::vector<PreviousProfile>& left) {
  std::vector<std::string_view> types;
  std::vector<std::string_view> ids;
  std::vector<std::string_view> profiles;
  const bool forgets = !left.empty() && history_is_complete(context.refresh_id);
  for (size_t first = 0; first < left.size(); first += kRowsPerStatement) {
    const size_t end = std::min(left.size(), first + kRowsPerStatement);
    types.clear();
    ids.clear();
    profiles.clear();
    for (size_t i = first; i < end; ++i) {
      const auto [type, id] = split_record_key(left[i].record_key);
      types.push_back(type);
      ids.push_back(id);
      profiles.push_back(left[i].profile_id);
    }
    context.interrupt->poll();
    with_scratch([&] {
      run("INSERT INTO segments.previous_profile AS p (record_type, record_id, profile_id, until_refresh, until)"
          " SELECT record_type, record_id, profile_id, $4, $5 FROM unnest($1, $2, $3) AS k (record_type, record_id, profile_id)"
          " ON CONFLICT (record_id, record_type, hashtextextended(profile_id, 0))"
          " DO UPDATE SET profile_id = excluded.profile_id, until_refresh = excluded.until_refresh, until = excluded.until",
          {text_array(types), text_array(ids), text_array(profiles), int8(context.refresh_id), timestamptz(as_of)});
      if (forgets) forget_oldest(text_array(types), text_array(ids));
    });
  }
}

}  // namespace segments::pg
