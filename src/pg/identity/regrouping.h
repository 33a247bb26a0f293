// Carries changes of the mapping into segments.record and the tiles' profile maps.
//
// Only the profiles that a changed record has left or joined are looked at.  Their old profiles are taken apart in the
// maps, and put together again from the records they have now; where these lie in several tiles, all go to one.
#pragma once
#include <utility>
#include <vector>

#include "pg/identity/mapping.h"
#include "pg/store/previous_profile.h"
#include "pg/store/moved_profile.h"
#include "pg/store/record_store.h"
#include "pg/identity/unification.h"

namespace segments::pg {

// REQUIRES: within with_spi, as the extension's owner; everything added to `records` has been flushed.
class Regrouping {
 public:
  Regrouping(RefreshContext& context, RecordStore& records, MappingChanges changes)
      : context_(context), records_(records), changes_(std::move(changes)) {}

  std::vector<RecordMove> run();

 private:
  static constexpr uint32_t kNoRecord = UINT32_MAX;

  // A record of a changed profile: a known one has an ordinal, a new one is a number in changes_.records.
  struct Member {
    uint32_t profile;
    Ordinal ordinal;  // kNoRecord: new
    uint32_t record;  // kNoRecord: its mapping did not change
  };
  struct MapChange {
    enum Kind : uint8_t { kUnlink, kKill, kLink } kind;  // in the order they must happen
    uint32_t tile;
    uint32_t first;  // unlink, kill: the offset; link: where its offsets begin in linked_
    uint32_t count;
  };
  struct RecordChange {
    Ordinal from;
    Ordinal to;
    uint32_t profile;
  };

  // A known record that goes from a profile to another one.
  struct Transfer {
    uint32_t from;
    Ordinal ordinal;  // as it was
    uint32_t to;
  };

  void find_changed_records();
  void fetch_members();
  void place_profiles();
  void place_profile(std::span<Member> members);
  void write_records();
  void write_unlinked();
  void write_changed();
  void write_traces();
  void write_ids();
  void write_maps();
  void note_moved();
  void note_moved(uint32_t profile, Ordinal old_first, std::span<const Transfer> transfers,
                  std::vector<MovedProfile>& moved) const;

  RefreshContext& context_;
  RecordStore& records_;
  MappingChanges changes_;
  std::vector<Member> changed_;  // records whose mapping changed, under their new profile (maybe none)
  std::vector<uint32_t> old_profiles_;
  std::vector<PreviousProfile> left_;  // into changes_
  std::vector<Transfer> transfers_;
  std::vector<Member> members_;  // of all changed profiles, as they will be
  std::vector<MapChange> map_changes_;
  std::vector<uint32_t> linked_;   // offsets
  std::vector<int64_t> unlinked_;  // ordinals
  std::vector<int64_t> added_;     // ordinals of new records
  std::vector<RecordChange> record_changes_;
  std::vector<RecordMove> moves_;
  // The ordinals that changed profiles go by, ascending by profile: as it was, and as it will be; gone ones have none.
  std::vector<std::pair<uint32_t, Ordinal>> old_firsts_;
  std::vector<std::pair<uint32_t, Ordinal>> new_firsts_;
};

}  // namespace segments::pg
