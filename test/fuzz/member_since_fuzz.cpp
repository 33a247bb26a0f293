// Untrusted bytes as since when members have been members: refused with an Error, or written again as something that says the
// same.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "core/error.h"
#include "core/evaluation/member_since.h"

namespace segments {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

using Instants = std::vector<std::pair<uint32_t, Timestamp>>;

Instants instants_of(const MemberSince& since, const DenseSet& members) {
  Instants instants;
  since.for_each(members, [&](uint32_t offset, Timestamp at) { instants.emplace_back(offset, at); });
  return instants;
}

// The first byte says which members there are.
void read(BytesView bytes) {
  DenseSet members;
  const uint32_t step = bytes[0] % 16 + 1;
  const uint32_t end = bytes[0] < 128 ? 64 : kTileSize;
  for (uint32_t i = 0; i < end; i += step) members.insert(i);
  const MemberSince since = MemberSince::decode(bytes.subspan(1), members);
  const Instants instants = instants_of(since, members);
  for (const auto& [offset, at] : instants) require(since.of(offset) == at);
  const Bytes again = since.encode(members);
  require(instants_of(MemberSince::decode(again, members), members) == instants);
  require(MemberSince::decode(again, members).encode(members) == again);
}

}  // namespace
}  // namespace segments

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  try {
    segments::read({data, size});
  } catch (const segments::Error&) {
    return 0;
  }
  return 0;
}
