#include "pg/segment/segment_directory.h"

#include "pg/query/query.h"
#include "pg/server/seen_state.h"
#include "pg/server/table_scan.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

// The number of a role that was dropped may be another's now: only with its name is it the same.
bool is_named(Oid role, Datum name) {
  const std::string_view expected = text_view(name);
  return call([&] {
    HeapTuple tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
    if (!HeapTupleIsValid(tuple)) return false;
    const char* actual = NameStr(reinterpret_cast<Form_pg_authid>(GETSTRUCT(tuple))->rolname);
    const bool same = expected == actual;
    ReleaseSysCache(tuple);
    return same;
  });
}

// Whose privileges a role has.
class RoleMemberships {
 public:
  explicit RoleMemberships(Oid role) : role_(role) {}
  bool has_privileges_of(Oid other) const {
    const auto [found, is_new] = known_.try_emplace(other, false);
    if (is_new) found->second = call([&] { return has_privs_of_role(role_, other); });
    return found->second;
  }

 private:
  Oid role_;
  mutable std::unordered_map<Oid, bool> known_;
};

uint64_t heard_role_changes = 0;

// How often something was heard of that may change who has whose privileges.
uint64_t role_changes() {
  static bool listens = false;
  if (!listens) {
    call([] {
      const auto hear = [](Datum, int, uint32) { ++heard_role_changes; };
      for (const int cache : {static_cast<int>(AUTHMEMROLEMEM), static_cast<int>(AUTHOID), static_cast<int>(DATABASEOID)}) {
        CacheRegisterSyscacheCallback(cache, hear, Datum(0));
      }
    });
    listens = true;
  }
  return heard_role_changes;
}

class Loader {
 public:
  explicit Loader(Snapshot snapshot) : snapshot_(snapshot) {}

  SegmentDirectory load() {
    load_segments();
    load_owners();
    load_readers();
    load_published();
    load_states();
    directory_.extension_owner = extension_owner();
    return std::move(directory_);
  }

 private:
  ListedSegment* find(Datum segment_id) {
    const int32_t id = DatumGetInt32(segment_id);
    const auto found = std::ranges::lower_bound(directory_.segments, id, {}, &ListedSegment::segment_id);
    return found != directory_.segments.end() && found->segment_id == id ? &*found : nullptr;
  }

  void load_segments() {
    for_each_row("segment", {"segment_id", "name"}, snapshot_, [&](const Datum* values, const bool*) {
      ListedSegment segment;
      segment.segment_id = DatumGetInt32(values[0]);
      segment.name = text_of(values[1]);
      directory_.segments.push_back(std::move(segment));
    });
    std::ranges::sort(directory_.segments, {}, &ListedSegment::segment_id);
  }

  void load_owners() {
    for_each_row("segment_owner", {"segment_id", "owner", "owner_name"}, snapshot_, [&](const Datum* values, const bool*) {
      ListedSegment* segment = find(values[0]);
      const Oid owner = DatumGetObjectId(values[1]);
      if (segment != nullptr && is_named(owner, values[2])) segment->owner = owner;
    });
  }

  void load_readers() {
    for_each_row("member_reader", {"segment_id", "reader", "reader_name"}, snapshot_, [&](const Datum* values, const bool*) {
      ListedSegment* segment = find(values[0]);
      const Oid reader = DatumGetObjectId(values[1]);
      if (segment != nullptr && (!OidIsValid(reader) || is_named(reader, values[2]))) segment->readers.push_back(reader);
    });
  }

  void load_published() {
    for_each_row("published", {"refresh_id"}, snapshot_,
                 [&](const Datum* values, const bool*) { directory_.published = DatumGetInt64(values[0]); });
    for_each_row("moved_step", {"refresh_id"}, snapshot_, [&](const Datum* values, const bool*) {
      const int64_t moved = DatumGetInt64(values[0]);
      if (moved <= directory_.published) last_move_ = std::max(last_move_, moved);
    });
  }

  void load_states() {
    for_each_row("segment_state", {"segment_id", "as_of", "refresh_id", "member_count"}, snapshot_,
                 [&](const Datum* values, const bool* nulls) {
                   ListedSegment* segment = find(values[0]);
                   if (segment == nullptr || nulls[1] || nulls[2] || nulls[3]) return;
                   segment->has_run = true;
                   segment->as_of = DatumGetTimestampTz(values[1]);
                   segment->is_behind = DatumGetInt64(values[2]) < last_move_;
                   segment->member_count = DatumGetInt64(values[3]);
                 });
  }

  Snapshot snapshot_;
  SegmentDirectory directory_;
  int64_t last_move_ = 0;
};

}  // namespace

std::shared_ptr<const SegmentDirectory> segment_directory(Snapshot snapshot) {
  static SeenState seen{};
  static std::shared_ptr<const SegmentDirectory> last;
  const Oid table = call([] { return get_relname_relid("segment", get_namespace_oid("segments", false)); });
  const bool writes = TransactionIdIsValid(GetTopTransactionIdIfAny());
  const SeenState now = state_seen_by(snapshot, table);
  if (!writes && last != nullptr && now == seen) return last;
  auto loading = std::make_shared<SegmentDirectory>(Loader(snapshot).load());
  for (uint32_t place = 0; place < loading->segments.size(); ++place) {
    loading->by_name.emplace(loading->segments[place].name, place);
  }
  const std::shared_ptr<const SegmentDirectory> loaded = std::move(loading);
  last = writes ? nullptr : loaded;
  seen = now;
  return loaded;
}

ReadableSegments::ReadableSegments(const SegmentDirectory& directory, Oid role) {
  const RoleMemberships memberships(role);
  const bool reads_all = memberships.has_privileges_of(directory.extension_owner);
  const auto has = [&](Oid other) { return memberships.has_privileges_of(other); };
  for (uint32_t place = 0; place < directory.segments.size(); ++place) {
    const ListedSegment& segment = directory.segments[place];
    const bool may_read = reads_all || (OidIsValid(segment.owner) && has(segment.owner)) ||
                          std::ranges::any_of(segment.readers, [&](Oid reader) { return !OidIsValid(reader) || has(reader); });
    if (!may_read) continue;
    all_places_.push_back(place);
    if (segment.has_run) places_.push_back(place);
  }
}

std::shared_ptr<const ReadableSegments> readable_segments(const std::shared_ptr<const SegmentDirectory>& directory, Oid role) {
  static std::shared_ptr<const SegmentDirectory> last_directory;
  static std::shared_ptr<const ReadableSegments> last;
  static Oid last_role = InvalidOid;
  static uint64_t last_change = 0;
  const uint64_t change = role_changes();
  if (last != nullptr && last_directory == directory && last_role == role && last_change == change) return last;
  last = nullptr;
  auto readable = std::make_shared<const ReadableSegments>(*directory, role);
  last_directory = directory;
  last_role = role;
  // Looking may have heard of more.
  last_change = change;
  last = readable;
  return readable;
}

}  // namespace segments::pg
