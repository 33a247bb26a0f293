#include "pg/evaluation/bucket_members.h"

#include <algorithm>
#include <list>

#include "core/bucket/bucket.h"
#include "pg/server/datum.h"
#include "pg/store/profile_id_reader.h"
#include "pg/store/profile_ids.h"
#include "pg/type/profile_set.h"

namespace segments::pg {
namespace {

// Of sets that are kept.
constexpr size_t kMostKeptBytes = size_t{16} << 20;

BucketFunction function_of(const BucketCondition& condition) { return {condition.salt, static_cast<uint32_t>(condition.count)}; }

class BucketScan {
 public:
  BucketScan(const BucketCondition& condition, ProfileIdReader& ids)
      : function_(function_of(condition)), first_(static_cast<uint32_t>(condition.first)),
        last_(static_cast<uint32_t>(condition.last)), ids_(ids) {}

  ProfileSet scan(uint32_t chunks) {
    ServerInterrupt interrupt;
    ProfileSet found;
    DenseSet members;
    for (uint32_t chunk = 0; chunk < chunks; ++chunk) {
      interrupt.poll();
      add_chunk(chunk, members);
      if (chunk + 1 < chunks && (chunk + 1) % kIdChunksPerTile != 0) continue;
      found |= ProfileSet::from_dense(chunk / kIdChunksPerTile, members);
      members.clear();
    }
    return found;
  }

 private:
  void add_chunk(uint32_t chunk, DenseSet& members) {
    const IdChunk& ids = ids_.read(chunk);
    offsets_.clear();
    profile_ids_.clear();
    for (uint32_t offset = 0; offset < kIdChunkSize; ++offset) {
      const std::optional<std::string_view> id = ids.at(offset);
      if (!id) continue;
      offsets_.push_back(chunk % kIdChunksPerTile * kIdChunkSize + offset);
      profile_ids_.push_back(*id);
    }
    buckets_.resize(profile_ids_.size());
    function_.of(profile_ids_, buckets_);
    for (size_t i = 0; i < offsets_.size(); ++i) {
      if (first_ <= buckets_[i] && buckets_[i] <= last_) members.insert(offsets_[i]);
    }
  }

  BucketFunction function_;
  uint32_t first_;
  uint32_t last_;
  ProfileIdReader& ids_;
  std::vector<uint32_t> offsets_;
  std::vector<std::string_view> profile_ids_;
  std::vector<uint32_t> buckets_;
};

// Who is in which buckets, by the state that was asked.  Profiles have other ids in other states only: who was erased since is no
// profile any more.  So what was found holds whatever others write, until a refresh is published, and for older snapshots as
// well.
class KeptSets {
 public:
  // Null: it is not kept.
  const ProfileSet* find(const BucketCondition& condition, Origin origin, int64_t refresh_id) {
    const auto known = std::ranges::find_if(sets_, [&](const Set& set) {
      return set.origin == origin && set.refresh_id == refresh_id && set.condition == condition;
    });
    if (known == sets_.end()) return nullptr;
    sets_.splice(sets_.begin(), sets_, known);
    return &known->members;
  }

  void keep(const BucketCondition& condition, Origin origin, int64_t refresh_id, const ProfileSet& members) {
    std::erase_if(sets_, [&](const Set& set) { return set.origin != origin || set.refresh_id < refresh_id; });
    sets_.push_front({condition, origin, refresh_id, members});
    size_t bytes = 0;
    const auto first_too_many = std::ranges::find_if(sets_, [&](const Set& set) {
      bytes += set.members.memory_bytes();
      return bytes > kMostKeptBytes;
    });
    sets_.erase(first_too_many, sets_.end());
  }

 private:
  struct Set {
    BucketCondition condition;
    Origin origin;
    int64_t refresh_id;
    ProfileSet members;
  };
  std::list<Set> sets_;  // the one that was asked for last is the first
};

ProfileSet scanned(const BucketCondition& condition) {
  ProfileIdReader ids(call([] { return GetActiveSnapshot(); }), CurrentMemoryContext);
  try {
    ProfileSet members = BucketScan(condition, ids).scan(id_chunks_end());
    ids.close();
    return members;
  } catch (const Error&) {
    ids.close();
    throw;
  }
}

}  // namespace

ProfileSet bucket_members(const BucketCondition& condition, int64_t refresh_id) {
  static KeptSets kept;
  const Origin origin = current_origin();
  if (const ProfileSet* known = kept.find(condition, origin, refresh_id)) return *known;
  ProfileSet members = scanned(condition);
  // What this transaction has published may be undone, and published anew.
  const bool writes = call([] { return TransactionIdIsValid(GetTopTransactionIdIfAny()); });
  if (!writes) kept.keep(condition, origin, refresh_id, members);
  return members;
}

uint32_t bucket_of(const BucketCondition& condition, std::string_view profile_id) {
  return function_of(condition).of(profile_id);
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_bucket) {
  const std::string_view profile_id = text_view(PG_GETARG_DATUM(0));
  const int64_t count = PG_GETARG_INT32(1);
  const std::string_view salt = text_view(PG_GETARG_DATUM(2));
  if (count < 1 || count > kMaxBuckets) {
    throw Error(ErrorCode::kOutOfRange, "number of buckets " + std::to_string(count) + " is out of range",
                "There are from 1 to " + std::to_string(kMaxBuckets) + ".");
  }
  PG_RETURN_INT32(static_cast<int32_t>(BucketFunction(salt, static_cast<uint32_t>(count)).of(profile_id)));
}
