#include "core/bucket/bucket.h"

#include "core/bucket/md5.h"

namespace segments {

uint32_t BucketFunction::of(std::string_view profile_id) const {
  return bucket_of(md5_beginning(beginning_ + std::string(profile_id)));
}

void BucketFunction::of(std::span<const std::string_view> profile_ids, std::span<uint32_t> buckets) const {
  ShortMd5 digests;
  std::array<size_t, ShortMd5::kLanes> places;
  size_t filled = 0;
  const auto finish = [&] {
    const auto beginnings = digests.beginnings();
    for (size_t lane = 0; lane < filled; ++lane) buckets[places[lane]] = bucket_of(beginnings[lane]);
    filled = 0;
  };
  for (size_t i = 0; i < profile_ids.size(); ++i) {
    if (beginning_.size() + profile_ids[i].size() > ShortMd5::kMostBytes) {
      buckets[i] = of(profile_ids[i]);
      continue;
    }
    places[filled] = i;
    digests.put(filled, beginning_, profile_ids[i]);
    if (++filled == ShortMd5::kLanes) finish();
  }
  finish();
}

}  // namespace segments
