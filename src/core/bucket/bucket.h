// Which of n buckets a profile is in: what users know as segments.bucket(), and everybody can compute anew.
//
//   x = the first 15 hexadecimal digits of md5(salt || ':' || profile id), all in UTF-8;  bucket = x mod n, from 0 to n - 1
//
// So a bucket depends on these bytes and nothing else, and never changes.  Of 2^60 values of x, each bucket has as many as the
// next one, or one more: for n up to a million its share is off by less than a part in 10^12.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace segments {

inline constexpr int64_t kMaxBuckets = 1'000'000;

class BucketFunction {
 public:
  // REQUIRES: 1 <= buckets <= kMaxBuckets.
  BucketFunction(std::string_view salt, uint32_t buckets) : beginning_(std::string(salt) + ':'), buckets_(buckets) {}

  uint32_t of(std::string_view profile_id) const;
  // The same of many, several at once.  REQUIRES: the spans are of one size.
  void of(std::span<const std::string_view> profile_ids, std::span<uint32_t> buckets) const;

 private:
  uint32_t bucket_of(uint64_t digest_beginning) const { return static_cast<uint32_t>((digest_beginning >> 4) % buckets_); }

  std::string beginning_;
  uint32_t buckets_;
};

}  // namespace segments
