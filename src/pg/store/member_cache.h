// Decoded members of tiles, kept by a backend between statements: as many as segments.member_cache allows.
//
// A row never changes where it lies, so that its place and the transaction that wrote it tell which it is; every use says besides
// what its row says.
#pragma once
#include <cstdint>
#include <memory>

#include "core/set/profile_set.h"
#include "pg/server/server.h"
#include "pg/store/stored_members.h"

namespace segments::pg {

struct DecodedMembers {
  ProfileSet set;
  bool knows_since = false;          // `since` was read
  std::optional<MemberSince> since;  // by offset in the tile; nothing: since the segment's last run
  // Of members that were carried over, which lie in any tile.
  std::unordered_map<Ordinal, Timestamp> carried_since;

  Timestamp since_of(Ordinal ordinal, Timestamp last_run) const {
    if (const auto found = carried_since.find(ordinal); found != carried_since.end()) return found->second;
    return since ? since->of(ordinal % kTileSize) : last_run;
  }
};
using SharedMembers = std::shared_ptr<const DecodedMembers>;

struct MemberKey {
  Oid table;
  ItemPointerData place;
  TransactionId written_by;
  int32_t segment_id;
  uint32_t tile;
  int32_t count;
  uint32_t checksum;

  bool operator==(const MemberKey& other) const;
};

// Null if it is not kept, or not with since when they are members if that is wanted.
SharedMembers cached_members(const MemberKey& key, bool wants_since);
// `bytes`: about how much it takes.
void cache_members(const MemberKey& key, SharedMembers members, size_t bytes);

// How much a session may keep of decoded members.
size_t member_cache_bytes();
void define_member_cache_setting();

}  // namespace segments::pg
