#include "pg/evaluation/bucket_members.h"

#include <algorithm>
#include <list>

#include "core/bucket/bucket.h"
#include "pg/server/datum.h"
#include "pg/store/profile_id_reader.h"
#include "pg/store/profile_ids.h"

namespace segments::pg {
namespace {

// Sets that are kept.
constexpr size_t kMostKept = 16;

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

// Sets that were asked for, as long as snapshots see the same ids; the last one first.
class KeptSets {
 public:
  // Null: it is not kept.
  const ProfileSet* find(const BucketCondition& condition, const SeenState& now) {
    if (!(now == seen_)) sets_.clear();
    seen_ = now;
    const auto known = std::ranges::find(sets_, condition, &Set::condition);
    if (known == sets_.end()) return nullptr;
    sets_.splice(sets_.begin(), sets_, known);
    return &known->members;
  }

  // Of the state that was looked for last.
  void keep(const BucketCondition& condition, const ProfileSet& members) {
    if (sets_.size() == kMostKept) sets_.pop_back();
    sets_.push_front({condition, members});
  }

 private:
  struct Set {
    BucketCondition condition;
    ProfileSet members;
  };
  SeenState seen_{};
  std::list<Set> sets_;
};

ProfileSet known_or_scanned(const BucketCondition& condition, ProfileIdReader& ids) {
  static KeptSets kept;
  const std::optional<SeenState> now = ids.seen();
  const ProfileSet* known = now ? kept.find(condition, *now) : nullptr;
  if (known != nullptr) return *known;
  ProfileSet members = BucketScan(condition, ids).scan(id_chunks_end());
  if (now) kept.keep(condition, members);
  return members;
}

}  // namespace

ProfileSet bucket_members(const BucketCondition& condition) {
  ProfileIdReader ids(call([] { return GetActiveSnapshot(); }), CurrentMemoryContext);
  try {
    ProfileSet members = known_or_scanned(condition, ids);
    ids.close();
    return members;
  } catch (const Error&) {
    ids.close();
    throw;
  }
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
