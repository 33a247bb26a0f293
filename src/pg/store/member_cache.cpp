#include "pg/store/member_cache.h"

#include <list>

#include "pg/server/boundary.h"

namespace segments::pg {
namespace {

int cache_setting = 64;

constexpr size_t kMegabyte = size_t{1} << 20;
constexpr size_t kEntryBytes = 256;  // beside the set

struct KeyHash {
  size_t operator()(const MemberKey& key) const {
    const uint64_t place =
        uint64_t{ItemPointerGetBlockNumberNoCheck(&key.place)} << 16 | ItemPointerGetOffsetNumberNoCheck(&key.place);
    const uint64_t mixed = (place ^ uint64_t{key.table} << 40 ^ uint64_t{key.checksum} << 8) * 0x9E3779B97F4A7C15u;
    return static_cast<size_t>(mixed ^ mixed >> 29);
  }
};

struct Entry {
  MemberKey key;
  SharedMembers members;
  size_t bytes;
};

// The most recently used ones first.
class Cache {
 public:
  SharedMembers find(const MemberKey& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->members;
  }

  void add(const MemberKey& key, SharedMembers members, size_t bytes) {
    bytes += kEntryBytes;
    const size_t limit = member_cache_bytes();
    if (bytes > limit) return;
    if (const auto known = by_key_.find(key); known != by_key_.end()) drop(known->second);
    entries_.push_front({key, std::move(members), bytes});
    by_key_[key] = entries_.begin();
    bytes_ += bytes;
    while (bytes_ > limit) drop(std::prev(entries_.end()));
  }

 private:
  void drop(std::list<Entry>::iterator entry) {
    bytes_ -= entry->bytes;
    by_key_.erase(entry->key);
    entries_.erase(entry);
  }

  std::list<Entry> entries_;
  std::unordered_map<MemberKey, std::list<Entry>::iterator, KeyHash> by_key_;
  size_t bytes_ = 0;
};

Cache& cache() {
  static Cache kept;
  return kept;
}

}  // namespace

size_t member_cache_bytes() { return static_cast<size_t>(cache_setting) * kMegabyte; }

bool MemberKey::operator==(const MemberKey& other) const {
  return table == other.table && ItemPointerEquals(const_cast<ItemPointer>(&place), const_cast<ItemPointer>(&other.place)) &&
         written_by == other.written_by && segment_id == other.segment_id && tile == other.tile && count == other.count &&
         checksum == other.checksum;
}

SharedMembers cached_members(const MemberKey& key, bool wants_since) {
  SharedMembers found = cache().find(key);
  return found != nullptr && (found->knows_since || !wants_since) ? found : nullptr;
}

void cache_members(const MemberKey& key, SharedMembers members, size_t bytes) { cache().add(key, std::move(members), bytes); }

void define_member_cache_setting() {
  call([] {
    DefineCustomIntVariable("segments.member_cache",
                            "Memory in which a session keeps decoded members of segments between statements.", "In megabytes.",
                            &cache_setting, 64, 0, 1 << 20, PGC_USERSET, GUC_UNIT_MB, nullptr, nullptr, nullptr);
  });
}

}  // namespace segments::pg
