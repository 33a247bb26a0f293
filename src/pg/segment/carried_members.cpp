#include "pg/segment/carried_members.h"

#include "core/set/profile_set.h"
#include "pg/evaluation/evaluation.h"
#include "pg/run/membership_lock.h"
#include "pg/run/published.h"
#include "pg/segment/member_update.h"
#include "pg/segment/segment_run.h"
#include "pg/segment/segment_lock.h"
#include "pg/server/sqlstate.h"
#include "pg/store/membership_writer.h"
#include "pg/store/moved_profile.h"
#include "pg/query/saved_statement.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

// Segments that are read and written together.
constexpr size_t kSegmentsAtOnce = 32;

ProfileSet carried(ProfileSet members, const ProfileMoves& change) {
  ProfileSet moved = members;
  moved &= change.from;
  if (moved.empty()) return members;
  std::vector<Ordinal> arrived;
  auto found = change.profiles.begin();
  moved.for_each([&](Ordinal ordinal) {
    while (found->from < ordinal) ++found;
    for (; found != change.profiles.end() && found->from == ordinal; ++found) {
      if (found->to) arrived.push_back(*found->to);
    }
    return true;
  });
  std::sort(arrived.begin(), arrived.end());
  moved &= change.departing;
  members -= moved;
  members |= ProfileSet::from_ordinals(arrived);
  return members;
}

// By segment: the refresh its members belong to.
using Behind = std::map<int32_t, int64_t>;

Behind segments_behind(int64_t refresh_id) {
  Rows rows = run("SELECT segment_id, refresh_id FROM segments.segment_state WHERE as_of IS NOT NULL AND refresh_id < $1",
                  {int8(refresh_id)});
  Behind behind;
  for (uint64_t i = 0; i < rows.size(); ++i) behind[rows.int4(i, 0)] = rows.int8(i, 1);
  rows.release();
  return behind;
}

std::vector<int32_t> ids_of(const Behind& segments) {
  std::vector<int32_t> ids;
  for (const auto& [id, refresh] : segments) ids.push_back(id);
  return ids;
}

// Whoever had locked a segment may have run it meanwhile: it is read again once it is locked.
Behind lock_behind(const Behind& found, int64_t refresh_id) {
  const std::set<int32_t> locked = lock_free_segments(ids_of(found));
  Behind behind = segments_behind(refresh_id);
  std::erase_if(behind, [&](const auto& segment) { return !locked.contains(segment.first); });
  return behind;
}

// Members that cannot be carried over are none any more: as if the segment had never been run.
void forget_damaged(std::span<const int32_t> segment_ids, int64_t refresh_id) {
  if (segment_ids.empty()) return;
  std::vector<MembershipKey> stored;
  read_membership(segment_ids, false, [&](const Datum* values, const bool*) {
    stored.push_back({DatumGetUInt32(values[1]), DatumGetInt32(values[0])});
  });
  replace_members(stored, segment_ids, {}, refresh_id);
  for (const int32_t id : segment_ids) record_failure(id, {sqlstate::kDataCorrupted, "stored members are damaged"});
  run("UPDATE segments.segment_state SET as_of = NULL, data_through = NULL, refresh_id = NULL, member_count = NULL"
      " WHERE segment_id = ANY ($1)",
      {int4_array(segment_ids)});
}

// Returns how many have other members now.
int64_t carry_segments(std::span<const int32_t> segment_ids, int64_t refresh_id, HistoryNumbers& numbers) {
  Rows rows = run("SELECT as_of FROM segments.refresh WHERE refresh_id = $1", {int8(refresh_id)});
  const Timestamp at = rows.timestamptz(0, 0);
  rows.release();
  MemberUpdate update(segment_ids, refresh_id, Visibility::kTransaction, numbers);
  update.carry(at);
  update.write();
  std::vector<int32_t> changed;
  std::vector<int64_t> growth;
  for (size_t i = 0; i < segment_ids.size(); ++i) {
    if (update.growth(i) == 0) continue;
    changed.push_back(segment_ids[i]);
    growth.push_back(update.growth(i));
  }
  run("UPDATE segments.segment_state SET refresh_id = $2 WHERE segment_id = ANY ($1)",
      {int4_array(segment_ids), int8(refresh_id)});
  update.note_lost();
  forget_damaged(update.damaged(), refresh_id);
  if (changed.empty()) return update.changed_segments();
  run("UPDATE segments.segment_state s SET member_count = s.member_count + carried.growth"
      " FROM unnest($1, $2) AS carried (segment_id, growth) WHERE s.segment_id = carried.segment_id",
      {int4_array(changed), int8_array(growth)});
  return update.changed_segments();
}

bool has_moves() {
  static SavedStatement statement("SELECT FROM segments.moved_step LIMIT 1", {});
  return statement.finds({});
}

}  // namespace

int64_t carry_members(int64_t refresh_id, Interrupt& interrupt) {
  if (!has_moves()) return 0;
  int64_t changed = 0;
  const bool is_alone = try_lock_memberships();
  Behind behind = segments_behind(refresh_id);
  if (!is_alone) behind = lock_behind(behind, refresh_id);
  if (!behind.empty()) {
    const std::vector<int32_t> ids = ids_of(behind);
    HistoryNumbers numbers(false);
    for (size_t first = 0; first < ids.size(); first += kSegmentsAtOnce) {
      interrupt.poll();
      const size_t count = std::min(kSegmentsAtOnce, ids.size() - first);
      changed += with_scratch([&] { return carry_segments({ids.data() + first, count}, refresh_id, numbers); });
    }
  }
  if (is_alone) forget_moves_until(refresh_id);
  return changed;
}

void settle_members(Interrupt& interrupt) {
  if (has_moves()) carry_members(published_refresh(), interrupt);
}

namespace {

// What the members of a segment have yet to follow, as the calling statement sees it.
std::vector<ProfileMoves> moves_to_published(int32_t segment_id) {
  Rows rows =
      run("SELECT s.refresh_id, p.refresh_id FROM segments.segment_state s, segments.published p WHERE s.segment_id = $1"
          " AND EXISTS (SELECT FROM segments.moved_step m WHERE m.refresh_id > s.refresh_id AND m.refresh_id <= p.refresh_id)",
          {int4(segment_id)}, {.read_only = true});
  if (rows.empty()) return {};
  const int64_t after = rows.int8(0, 0);
  const int64_t up_to = rows.int8(0, 1);
  rows.release();
  return noted_moves(after, up_to, true);
}

}  // namespace

ProfileSet carried_to_published(int32_t segment_id, ProfileSet members) {
  for (const ProfileMoves& change : moves_to_published(segment_id)) members = carried(std::move(members), change);
  return members;
}

void carry_since_to_published(int32_t segment_id, SinceByMember& since) {
  std::vector<std::pair<Ordinal, Timestamp>> arrived;
  for (const ProfileMoves& change : moves_to_published(segment_id)) {
    arrived.clear();
    for (const MovedProfile& profile : change.profiles) {
      const auto left = since.find(profile.from);
      if (left == since.end()) continue;
      if (profile.to) arrived.emplace_back(*profile.to, left->second);
      since.erase(left);
    }
    for (const auto& [ordinal, instant] : arrived) {
      const auto [member, is_new] = since.try_emplace(ordinal, instant);
      if (!is_new) member->second = std::min(member->second, instant);
    }
  }
}

}  // namespace segments::pg
