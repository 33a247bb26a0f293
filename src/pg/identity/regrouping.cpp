#include "pg/identity/regrouping.h"

#include "pg/store/moved_profile.h"
#include "pg/store/profile_ids.h"
#include "pg/query/query.h"
#include "pg/server/scratch.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

constexpr size_t kRowsPerStatement = size_t{1} << 17;

}  // namespace

std::vector<RecordMove> Regrouping::run() {
  find_changed_records();
  if (changed_.empty()) return {};
  fetch_members();
  place_profiles();
  write_records();
  write_maps();
  note_moved();
  return std::move(moves_);
}

void Regrouping::find_changed_records() {
  std::vector<bool> is_known(changes_.records.size());
  std::vector<std::pair<uint32_t, uint32_t>> left;  // record, profile
  records_.look_up(changes_.records, [&](uint32_t number, Ordinal ordinal, std::optional<std::string_view> profile_id) {
    is_known[number] = true;
    const uint32_t old_profile = profile_id ? changes_.profiles.insert(*profile_id) : MappingChanges::kNoProfile;
    const uint32_t new_profile = changes_.new_profile[number];
    if (old_profile == new_profile) return;
    if (profile_id) left.emplace_back(number, old_profile);
    if (profile_id && new_profile != MappingChanges::kNoProfile) transfers_.push_back({old_profile, ordinal, new_profile});
    changed_.push_back({new_profile, ordinal, number});
  });
  for (const auto& [number, old_profile] : left) {
    old_profiles_.push_back(old_profile);
    left_.push_back({changes_.records.at(number), changes_.profiles.at(old_profile)});
  }
  context_.counters.records_changed += static_cast<int64_t>(changed_.size());
  for (uint32_t number = 0; number < is_known.size(); ++number) {
    if (is_known[number] || changes_.new_profile[number] == MappingChanges::kNoProfile) continue;
    changed_.push_back({changes_.new_profile[number], kNoRecord, number});
  }
}

// All records of the profiles that change: as they are now, to unlink them; then as they will be.
void Regrouping::fetch_members() {
  std::vector<bool> is_affected(changes_.profiles.size());
  for (const Member& member : changed_) {
    if (member.profile != MappingChanges::kNoProfile) is_affected[member.profile] = true;
  }
  for (uint32_t profile : old_profiles_) is_affected[profile] = true;
  std::vector<uint32_t> affected;
  for (uint32_t profile = 0; profile < is_affected.size(); ++profile) {
    if (is_affected[profile]) affected.push_back(profile);
  }
  std::vector<std::string_view> ids;
  for (size_t first = 0; first < affected.size(); first += kRowsPerStatement) {
    const size_t end = std::min(affected.size(), first + kRowsPerStatement);
    ids.clear();
    for (size_t i = first; i < end; ++i) ids.push_back(changes_.profiles.at(affected[i]));
    context_.interrupt->poll();
    with_scratch([&] {
      const Parameter parameters[] = {text_array(ids)};
      run_streaming(
          "SELECT p.number, r.ordinal FROM unnest($1) WITH ORDINALITY AS p (profile_id, number)"
          " JOIN segments.record r ON r.profile_id = p.profile_id",
          parameters, {}, [&](const Datum* values, const bool*) {
            members_.push_back({affected[first + static_cast<size_t>(DatumGetInt64(values[0])) - 1],
                                static_cast<Ordinal>(DatumGetInt64(values[1])), kNoRecord});
          });
    });
  }
  const auto by_profile = [](const Member& a, const Member& b) {
    return a.profile != b.profile ? a.profile < b.profile : a.ordinal < b.ordinal;
  };
  std::sort(members_.begin(), members_.end(), by_profile);
  for (size_t i = 0; i < members_.size(); ++i) {
    if (i > 0 && members_[i].profile == members_[i - 1].profile) continue;
    const Ordinal first = members_[i].ordinal;
    map_changes_.push_back({MapChange::kUnlink, tile_of(first), first - first_ordinal(tile_of(first)), 1});
    old_firsts_.emplace_back(members_[i].profile, first);
  }

  std::vector<Ordinal> leaving;
  for (const Member& member : changed_) {
    if (member.ordinal != kNoRecord) leaving.push_back(member.ordinal);
  }
  std::sort(leaving.begin(), leaving.end());
  std::erase_if(members_,
                [&](const Member& member) { return std::binary_search(leaving.begin(), leaving.end(), member.ordinal); });
  for (const Member& member : changed_) {
    if (member.profile != MappingChanges::kNoProfile) {
      members_.push_back(member);
    } else {
      unlinked_.push_back(member.ordinal);
    }
  }
  std::sort(members_.begin(), members_.end(), by_profile);
}

void Regrouping::place_profiles() {
  for (size_t first = 0; first < members_.size();) {
    size_t end = first + 1;
    while (end < members_.size() && members_[end].profile == members_[first].profile) ++end;
    place_profile(std::span(members_).subspan(first, end - first));
    first = end;
  }
}

// `members`: ascending by ordinal, new records last.
void Regrouping::place_profile(std::span<Member> members) {
  TileStore::check_record_count(members.size(), changes_.profiles.at(members.front().profile));
  size_t known = 0;
  while (known < members.size() && members[known].ordinal != kNoRecord) ++known;
  // The tile with most of them, the lowest of equals.
  std::optional<uint32_t> home;
  size_t most = 0;
  for (size_t first = 0; first < known;) {
    const uint32_t tile = tile_of(members[first].ordinal);
    size_t end = first;
    while (end < known && tile_of(members[end].ordinal) == tile) ++end;
    if (end - first > most) {
      most = end - first;
      home = tile;
    }
    first = end;
  }
  const auto total = static_cast<uint32_t>(members.size());
  const uint32_t arriving = total - static_cast<uint32_t>(most);
  std::optional<Ordinal> fresh;
  if (home && arriving > 0) fresh = records_.allocate_in_tile(*home, arriving);
  const bool all_leave = !home || (arriving > 0 && !fresh);
  if (all_leave) {
    fresh = records_.allocate(total);
    home = tile_of(*fresh);
  }

  std::vector<uint32_t> offsets;
  const Ordinal base = first_ordinal(*home);
  for (Member& member : members) {
    const bool stays = !all_leave && member.ordinal != kNoRecord && tile_of(member.ordinal) == *home;
    const Ordinal to = stays ? member.ordinal : (*fresh)++;
    if (member.ordinal == kNoRecord) {
      const auto [record_type, record_id] = split_record_key(changes_.records.at(member.record));
      records_.add(to, record_type, record_id, changes_.profiles.at(member.profile));
      added_.push_back(to);
    } else {
      if (!stays) {
        const uint32_t tile = tile_of(member.ordinal);
        map_changes_.push_back({MapChange::kKill, tile, member.ordinal - first_ordinal(tile), 1});
        moves_.push_back({member.ordinal, to});
      }
      if (!stays || member.record != kNoRecord) record_changes_.push_back({member.ordinal, to, member.profile});
    }
    offsets.push_back(to - base);
  }
  std::sort(offsets.begin(), offsets.end());
  new_firsts_.emplace_back(members.front().profile, base + offsets.front());
  map_changes_.push_back({MapChange::kLink, *home, static_cast<uint32_t>(linked_.size()), total});
  linked_.insert(linked_.end(), offsets.begin(), offsets.end());
}

void Regrouping::write_records() {
  write_unlinked();
  write_changed();
  write_traces();
  records_.flush();
  write_ids();
}

void Regrouping::write_ids() {
  std::vector<int64_t> ordinals = unlinked_;
  for (const RecordChange& change : record_changes_) {
    ordinals.push_back(change.from);
    ordinals.push_back(change.to);
  }
  ordinals.insert(ordinals.end(), added_.begin(), added_.end());
  change_profile_ids(std::move(ordinals), *context_.interrupt);
}

void Regrouping::write_unlinked() {
  std::sort(unlinked_.begin(), unlinked_.end());
  for (size_t first = 0; first < unlinked_.size(); first += kRowsPerStatement) {
    const size_t count = std::min(kRowsPerStatement, unlinked_.size() - first);
    context_.interrupt->poll();
    with_scratch([&] {
      pg::run("UPDATE segments.record SET profile_id = NULL WHERE ordinal = ANY ($1)",
              {int8_array(std::span(unlinked_).subspan(first, count))});
    });
  }
}

void Regrouping::write_changed() {
  std::sort(record_changes_.begin(), record_changes_.end(),
            [](const RecordChange& a, const RecordChange& b) { return a.from < b.from; });
  std::vector<int64_t> from;
  std::vector<int64_t> to;
  std::vector<std::string_view> profiles;
  for (size_t first = 0; first < record_changes_.size(); first += kRowsPerStatement) {
    const size_t end = std::min(record_changes_.size(), first + kRowsPerStatement);
    from.clear();
    to.clear();
    profiles.clear();
    for (size_t i = first; i < end; ++i) {
      from.push_back(record_changes_[i].from);
      to.push_back(record_changes_[i].to);
      profiles.push_back(changes_.profiles.at(record_changes_[i].profile));
    }
    context_.interrupt->poll();
    with_scratch([&] {
      pg::run(
          "UPDATE segments.record r SET ordinal = c.new_ordinal, profile_id = c.profile_id"
          " FROM unnest($1, $2, $3) AS c (old_ordinal, new_ordinal, profile_id) WHERE r.ordinal = c.old_ordinal",
          {int8_array(from), int8_array(to), text_array(profiles)});
    });
  }
}

void Regrouping::write_traces() {
  std::vector<int64_t> from;
  std::vector<int64_t> to;
  for (const RecordMove& move : moves_) {
    from.push_back(move.from);
    to.push_back(move.to);
  }
  for (size_t first = 0; first < from.size(); first += kRowsPerStatement) {
    const size_t count = std::min(kRowsPerStatement, from.size() - first);
    context_.interrupt->poll();
    with_scratch([&] {
      pg::run("INSERT INTO segments.moved_record (from_ordinal, to_ordinal) SELECT unnest($1), unnest($2)",
              {int8_array(std::span(from).subspan(first, count)), int8_array(std::span(to).subspan(first, count))});
    });
  }
  note_previous_profiles(context_, context_.as_of, left_);
}

void Regrouping::write_maps() {
  std::stable_sort(map_changes_.begin(), map_changes_.end(),
                   [](const MapChange& a, const MapChange& b) { return a.tile != b.tile ? a.tile < b.tile : a.kind < b.kind; });
  for (size_t i = 0; i < map_changes_.size();) {
    const uint32_t tile = map_changes_[i].tile;
    context_.interrupt->poll();
    ProfileMap map = records_.tiles().read_map(tile);
    for (; i < map_changes_.size() && map_changes_[i].tile == tile; ++i) {
      const MapChange& change = map_changes_[i];
      switch (change.kind) {
        case MapChange::kUnlink:
          map.unlink_profile(change.first);
          break;
        case MapChange::kKill:
          map.mark_dead(change.first);
          break;
        case MapChange::kLink:
          map.link(std::span(linked_).subspan(change.first, change.count));
          break;
      }
    }
    records_.tiles().write_map(tile, map);
  }
}

namespace {

using Firsts = std::vector<std::pair<uint32_t, Ordinal>>;

std::optional<Ordinal> first_of(const Firsts& firsts, uint32_t profile) {
  const auto found = std::ranges::lower_bound(firsts, profile, {}, &Firsts::value_type::first);
  return found != firsts.end() && found->first == profile ? std::optional<Ordinal>(found->second) : std::nullopt;
}

}  // namespace

// `transfers`: of its records, by ordinal.
void Regrouping::note_moved(uint32_t profile, Ordinal old_first, std::span<const Transfer> transfers,
                            std::vector<MovedProfile>& moved) const {
  const auto id = [&](uint32_t number) { return std::string(changes_.profiles.at(number)); };
  const std::optional<Ordinal> new_first = first_of(new_firsts_, profile);
  uint32_t heir = profile;
  if (new_first) {
    if (*new_first != old_first) moved.push_back({Move::kRenumbered, old_first, new_first});
  } else if (transfers.empty()) {
    moved.push_back({Move::kGone, old_first, std::nullopt, id(profile)});
  } else {
    heir = transfers.front().to;
    moved.push_back({Move::kMerged, old_first, first_of(new_firsts_, heir), id(profile), id(heir)});
  }
  std::set<uint32_t> parts;
  for (const Transfer& transfer : transfers) {
    if (transfer.to == heir || first_of(old_firsts_, transfer.to) || !parts.insert(transfer.to).second) continue;
    moved.push_back({Move::kSplit, old_first, first_of(new_firsts_, transfer.to), id(transfer.to), id(profile)});
  }
}

void Regrouping::note_moved() {
  std::ranges::sort(transfers_, [](const Transfer& a, const Transfer& b) {
    return a.from != b.from ? a.from < b.from : a.ordinal < b.ordinal;
  });
  std::vector<MovedProfile> moved;
  auto begin = transfers_.begin();
  for (const auto& [profile, old_first] : old_firsts_) {
    while (begin != transfers_.end() && begin->from < profile) ++begin;
    auto end = begin;
    while (end != transfers_.end() && end->from == profile) ++end;
    note_moved(profile, old_first, {begin, end}, moved);
    begin = end;
  }
  note_moved_profiles(context_.refresh_id, moved);
}

}  // namespace segments::pg
