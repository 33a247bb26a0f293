#include "pg/member/chosen_segments.h"

#include "pg/query/query.h"

namespace segments::pg {
namespace {

constexpr size_t kEntryBytes = 64;  // beside the set
// As many looks at a tile take about the time in which it is read whole.
constexpr uint32_t kMostLookUps = 4;

// Of all segments that a role may read, as one state has them: who they are tells which state that is.
struct KnownTiles {
  std::shared_ptr<const ReadableSegments> readable;
  bool wants_since = false;
  KeptTiles tiles;
};

std::vector<const ProfileSet*> sets_of(const std::vector<ChosenMembers>& members) {
  std::vector<const ProfileSet*> sets;
  for (const ChosenMembers& segment : members) sets.push_back(&segment.members->set);
  return sets;
}

}  // namespace

void ChosenSegments::report_damage(const ListedSegment& segment, const std::string& detail) {
  if (refuses_damage_) {
    throw Error(ErrorCode::kDataCorrupted, "stored members of segment \"" + segment.name + "\" are damaged", detail,
                "Run it again with run_segment(); refreshes do so, too, by its schedule.");
  }
  if (!reported_.insert(segment.segment_id).second) return;
  const char* name = segment.name.c_str();
  const char* what = detail.c_str();
  call([&] {
    ereport(WARNING, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored members of segment \"%s\" are damaged and left out", name),
                      errdetail("%s", what), errhint("Run it again with run_segment(); refreshes do so, too, by its schedule.")));
  });
}

void ChosenSegments::add_row(size_t index, TileRow&& row, std::vector<ChosenMembers>& members) {
  if (row.members == nullptr) {
    report_damage(*chosen_[index].listed, row.damage);
  } else {
    members.push_back({index, std::move(row.members)});
  }
}

// As it was before it was carried over.
std::pair<ProfileSet, SinceByMember> ChosenSegments::stored(const ListedSegment& segment) {
  ProfileSet members;
  SinceByMember since;
  const std::optional<uint32_t> last = reader_.last_tile();
  for (uint32_t tile = 0; last && tile <= *last; ++tile) {
    const std::optional<TileRow> row = reader_.of_segment(tile, segment.segment_id);
    if (!row) continue;
    if (row->members == nullptr) {
      report_damage(segment, row->damage);
      continue;
    }
    members |= row->members->set;
    if (!wants_since_) continue;
    row->members->set.for_each([&](Ordinal ordinal) {
      since.emplace(ordinal, row->members->since_of(ordinal, segment.as_of));
      return true;
    });
  }
  return {std::move(members), std::move(since)};
}

// As of the statement's snapshot, which is read by statements of the extension's owner.
SharedMembers ChosenSegments::carry(const ListedSegment& segment) {
  auto [members, since] = stored(segment);
  DecodedMembers carried;
  call([&] { PushActiveSnapshot(snapshot_); });
  const OwnerScope owner = OwnerScope::enter();
  with_spi([&] {
    carried.set = carried_to_published(segment.segment_id, std::move(members));
    if (wants_since_) carry_since_to_published(segment.segment_id, since);
  });
  owner.leave();
  call([] { PopActiveSnapshot(); });
  carried.knows_since = wants_since_;
  carried.carried_since = std::move(since);
  return std::make_shared<const DecodedMembers>(std::move(carried));
}

const SharedMembers& ChosenSegments::carried(size_t index) {
  ChosenSegment& segment = chosen_[index];
  if (segment.carried == nullptr) segment.carried = carry(*segment.listed);
  return segment.carried;
}

std::optional<size_t> ChosenSegments::stored_index(int32_t segment_id, size_t first, size_t end) const {
  const auto begin = chosen_.begin() + static_cast<ptrdiff_t>(first);
  const auto id = [](const ChosenSegment& segment) { return segment.listed->segment_id; };
  const auto found = std::ranges::lower_bound(begin, chosen_.begin() + static_cast<ptrdiff_t>(end), segment_id, {}, id);
  const auto index = static_cast<size_t>(found - chosen_.begin());
  const bool is_stored = index < end && id(chosen_[index]) == segment_id && !chosen_[index].listed->is_behind;
  return is_stored ? std::optional(index) : std::nullopt;
}

void ChosenSegments::read_tile(uint32_t tile, size_t first, size_t end, std::vector<ChosenMembers>& members) {
  members.clear();
  if (is_worth_look_ups(end - first)) {
    for (size_t index = first; index < end; ++index) {
      if (chosen_[index].listed->is_behind) continue;
      if (std::optional<TileRow> row = reader_.of_segment(tile, chosen_[index].listed->segment_id)) {
        add_row(index, std::move(*row), members);
      }
    }
  } else {
    const auto is_wanted = [&](int32_t segment_id) { return stored_index(segment_id, first, end).has_value(); };
    reader_.for_each_in_tile(tile, is_wanted, [&](TileRow&& row) {
      const size_t index = *stored_index(row.segment_id, first, end);
      add_row(index, std::move(row), members);
    });
  }
  const uint64_t base = first_ordinal(tile);
  bool any_carried = false;
  for (size_t index = first; index < end; ++index) {
    if (!chosen_[index].listed->is_behind || carried(index)->set.count_in(base, base + kTileSize) == 0) continue;
    members.push_back({index, carried(index)});
    any_carried = true;
  }
  if (any_carried) std::ranges::sort(members, {}, &ChosenMembers::segment);
}

// ---- tiles that are kept

KeptTile::KeptTile(uint32_t tile, std::vector<ChosenMembers> members)
    : members_(std::move(members)), sets_(tile, sets_of(members_)) {
  for (const ChosenMembers& segment : members_) member_bytes_ += segment.members->set.memory_bytes() + kEntryBytes;
}

const std::vector<const ChosenMembers*>& KeptTile::of(Ordinal ordinal, size_t room) {
  sets_.find(ordinal, places_, room);
  found_.clear();
  for (const uint32_t place : places_) found_.push_back(&members_[place]);
  return found_;
}

void KeptTiles::clear() {
  tiles_.clear();
  looks_.clear();
  bytes_ = 0;
}

void KeptTiles::drop_oldest() {
  const auto oldest = std::ranges::min_element(tiles_, {}, [](const auto& kept) { return kept.second.asked; });
  bytes_ -= oldest->second.tile.bytes();
  looks_.erase(oldest->first);
  tiles_.erase(oldest);
}

void KeptTiles::add(uint32_t number, KeptTile tile) {
  const size_t bytes = tile.bytes();
  while (!tiles_.empty() && bytes_ + bytes > member_cache_bytes()) drop_oldest();
  bytes_ += bytes;
  tiles_.emplace(number, Kept{std::move(tile), ++questions_});
}

const std::vector<const ChosenMembers*>& KeptTiles::ask(uint32_t number, Ordinal ordinal) {
  Kept& kept = tiles_.at(number);
  kept.asked = ++questions_;
  const size_t before = kept.tile.bytes();
  const size_t limit = member_cache_bytes();
  const auto& found = kept.tile.of(ordinal, limit > bytes_ ? limit - bytes_ : 0);
  bytes_ += kept.tile.bytes() - before;
  return found;
}

// Of all readable segments, those of other statements, too, for as long as these see the same.
KeptTiles& ChosenSegments::kept_tiles() {
  static KnownTiles known;
  if (all_ == nullptr) return tiles_;
  if (known.readable != all_ || known.wants_since != wants_since_) {
    known.tiles.clear();
    known.readable = all_;
    known.wants_since = wants_since_;
  }
  return known.tiles;
}

// Where it is kept: those who ask next are warned of damage, too.
KeptTiles& ChosenSegments::keep_tile(uint32_t number) {
  std::vector<ChosenMembers> members;
  read_tile(number, 0, chosen_.size(), members);
  KeptTiles& tiles = reported_.empty() ? kept_tiles() : tiles_;
  if (!tiles.has(number)) tiles.add(number, KeptTile(number, std::move(members)));
  return tiles;
}

void ChosenSegments::find(Ordinal ordinal, std::vector<FoundSegment>& found) {
  const uint32_t number = tile_of(ordinal);
  found.clear();
  KeptTiles* tiles = &kept_tiles();
  if (!tiles->has(number) && tiles_.has(number)) tiles = &tiles_;
  if (!tiles->has(number)) {
    if (++tiles->looks(number) <= kMostLookUps) return look_up(ordinal, found);
    tiles = &keep_tile(number);
  }
  for (const ChosenMembers* segment : tiles->ask(number, ordinal)) {
    found.push_back({segment->segment, wants_since_ ? since_of(*this, *segment, ordinal) : 0});
  }
}

void ChosenSegments::add_answer(size_t index, const MemberAnswer& answer, std::vector<FoundSegment>& found) {
  if (!answer.damage.empty()) report_damage(*chosen_[index].listed, answer.damage);
  if (answer.is_member) found.push_back({index, answer.since.value_or(as_of(index))});
}

// Not as fast as asking a kept tile, but than reading one.
void ChosenSegments::look_up(Ordinal ordinal, std::vector<FoundSegment>& found) {
  const size_t count = chosen_.size();
  if (is_worth_look_ups(count)) {
    for (size_t index = 0; index < count; ++index) {
      if (chosen_[index].listed->is_behind) continue;
      const std::optional<MemberAnswer> answer = reader_.ask_segment(ordinal, chosen_[index].listed->segment_id);
      if (answer) add_answer(index, *answer, found);
    }
  } else {
    const auto is_wanted = [&](int32_t segment_id) { return stored_index(segment_id, 0, count).has_value(); };
    reader_.ask_all(ordinal, is_wanted,
                    [&](const MemberAnswer& answer) { add_answer(*stored_index(answer.segment_id, 0, count), answer, found); });
  }
  for (size_t index = 0; index < count; ++index) {
    if (!chosen_[index].listed->is_behind || !carried(index)->set.contains(ordinal)) continue;
    found.push_back({index, since_of(*this, {index, carried(index)}, ordinal)});
  }
  std::ranges::sort(found, {}, &FoundSegment::segment);
}

std::optional<uint32_t> ChosenSegments::last_tile() {
  std::optional<uint32_t> last = reader_.last_tile();
  for (size_t index = 0; index < chosen_.size(); ++index) {
    if (!chosen_[index].listed->is_behind) continue;
    if (const std::optional<Ordinal> maximum = carried(index)->set.maximum())
      last = std::max(last.value_or(0), tile_of(*maximum));
  }
  return last;
}

int64_t ChosenSegments::count(size_t index) {
  const ListedSegment& listed = *chosen_[index].listed;
  return listed.is_behind ? static_cast<int64_t>(carried(index)->set.cardinality()) : listed.member_count;
}

}  // namespace segments::pg
