// Untrusted bytes as a profile set with or without a stamp, as text, and as counts: refused with an Error, or valid and canonical
// from then on.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/error.h"
#include "core/set/ordinal_counts.h"
#include "core/set/origin.h"
#include "core/set/portable_bytes.h"
#include "core/set/profile_set.h"
#include "core/set/profile_set_text.h"

namespace segments {
namespace {

constexpr size_t kMaxText = size_t{1} << 16;

void require(bool holds) {
  if (!holds) std::abort();
}

void use(const StampedSet& stamped) {
  NeverInterrupt never;
  const ProfileSet& set = stamped.set;
  const ProfileSet again = ProfileSet::from_portable(set.to_portable());
  require(again == set && again.compare(set, never) == 0 && again.hash(1, never) == set.hash(1, never));
  require(again.to_portable() == set.to_portable());
  uint64_t members = 0;
  set.for_each_run([&](Ordinal first, Ordinal last) {
    members += uint64_t{last} - first + 1;
    return true;
  });
  require(members == set.cardinality());
  try {
    const StampedSet read = parse_profile_set(print_profile_set(stamped, kMaxText, never), never);
    require(read.set == set && read.origin == (set.empty() ? Origin::kNone : stamped.origin));
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kLimitExceeded);
  }
  if (const auto least = set.minimum()) {
    require(portable_contains(set.to_portable(), *least) && portable_contains(set.to_portable(), *set.maximum()));
    require(set.contains(*least) && set.select(0) == least && set.count_in(0, uint64_t{*least} + 1) == 1);
    const uint32_t tile = tile_of(*least);
    const ProfileSet part = ProfileSet::from_dense(tile, set.to_dense(tile));
    require(part.is_subset_of(set) && part.intersects(set));
    ProfileSet rest = set;
    rest -= part;
    require(!rest.intersects(part));
    rest ^= part;
    require(rest == set);
  }
}

void read(std::span<const uint8_t> bytes, NeverInterrupt& never) {
  const uint8_t kind = bytes[0];
  bytes = bytes.subspan(1);
  if (kind == 0) {
    const StampedBytes stamped = read_stamp(bytes);
    bytes = stamped.set;
    try {
      portable_contains(bytes, bytes.empty() ? 0 : bytes.back() * 0x01000193u);
    } catch (const Error& error) {
      require(error.code() == ErrorCode::kInvalidBytes);
    }
    use({ProfileSet::from_portable(bytes), stamped.origin});
  } else if (kind == 1) {
    use(parse_profile_set({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, never));
  } else {
    OrdinalCounts counts = OrdinalCounts::from_bytes(kind - 1u, bytes, never);
    const OrdinalCounts again = OrdinalCounts::from_bytes(kind - 1u, counts.to_bytes(never), never);
    require(again.reached(never) == counts.reached(never));
    counts.merge(again, never);
    use({counts.reached(never)});
  }
}

}  // namespace
}  // namespace segments

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  try {
    segments::NeverInterrupt never;
    segments::read({data, size}, never);
  } catch (const segments::Error&) {
    return 0;
  }
  return 0;
}
