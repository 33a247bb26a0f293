#include "pg/member/chosen_segments.h"

#include "pg/query/query.h"

namespace segments::pg {
namespace {

constexpr size_t kEntryBytes = 64;  // beside the set

// Of all segments that a role may read, as one state has them: who they are tells which state that is.
struct KnownTiles {
  std::shared_ptr<const ReadableSegments> readable;
  bool wants_since = false;
  KeptTiles tiles;
};

std::vector<const ProfileSet*> sets_of(const std::vector<TileMembers>& members) {
  std::vector<const ProfileSet*> sets;
  for (const TileMembers& segment : members) sets.push_back(&segment.members->set);
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

void ChosenSegments::add_row(size_t index, TileRow&& row, std::vector<TileMembers>& members) {
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

void ChosenSegments::read_tile(uint32_t tile, size_t first, size_t end, std::vector<TileMembers>& members) {
  members.clear();
  if (is_worth_look_ups(end - first)) {
    for (size_t index = first; index < end; ++index) {
      if (chosen_[index].listed->is_behind) continue;
      if (std::optional<TileRow> row = reader_.of_segment(tile, chosen_[index].listed->segment_id)) {
        add_row(index, std::move(*row), members);
      }
    }
  } else {
    const auto begin = chosen_.begin() + static_cast<ptrdiff_t>(first);
    const auto index_of = [&](int32_t segment_id) {
      const auto id = [](const ChosenSegment& segment) { return segment.listed->segment_id; };
      const auto found = std::ranges::lower_bound(begin, chosen_.begin() + static_cast<ptrdiff_t>(end), segment_id, {}, id);
      const auto index = static_cast<size_t>(found - chosen_.begin());
      return index < end && id(chosen_[index]) == segment_id ? std::optional(index) : std::nullopt;
    };
    const auto is_wanted = [&](int32_t segment_id) {
      const std::optional<size_t> index = index_of(segment_id);
      return index && !chosen_[*index].listed->is_behind;
    };
    reader_.for_each_in_tile(tile, is_wanted, [&](TileRow&& row) {
      const size_t index = *index_of(row.segment_id);
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
  if (any_carried) std::ranges::sort(members, {}, &TileMembers::segment);
}

// ---- tiles that are kept

KeptTile::KeptTile(uint32_t tile, std::vector<TileMembers> members)
    : members_(std::move(members)), sets_(tile, sets_of(members_)) {}

const std::vector<const TileMembers*>& KeptTile::of(Ordinal ordinal) {
  sets_.find(ordinal, places_);
  found_.clear();
  for (const uint32_t place : places_) found_.push_back(&members_[place]);
  return found_;
}

size_t KeptTile::bytes() const {
  size_t bytes = sets_.memory_bytes();
  for (const TileMembers& segment : members_) bytes += segment.members->set.memory_bytes() + kEntryBytes;
  return bytes;
}

KeptTile& KeptTiles::add(uint32_t number, KeptTile tile) {
  const size_t bytes = tile.bytes();
  if (bytes_ + bytes > member_cache_bytes()) clear();
  bytes_ += bytes;
  return tiles_.insert_or_assign(number, std::move(tile)).first->second;
}

KeptTile& ChosenSegments::tile(uint32_t number) {
  static KnownTiles known;
  if (all_ != nullptr && (known.readable != all_ || known.wants_since != wants_since_)) {
    known.tiles.clear();
    known.readable = all_;
    known.wants_since = wants_since_;
  }
  if (KeptTile* found = (all_ != nullptr ? known.tiles : tiles_).find(number)) return *found;
  std::vector<TileMembers> members;
  read_tile(number, 0, chosen_.size(), members);
  // Those who ask next are warned of damage, too.
  const bool is_known = all_ != nullptr && reported_.empty();
  return (is_known ? known.tiles : tiles_).add(number, KeptTile(number, std::move(members)));
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
