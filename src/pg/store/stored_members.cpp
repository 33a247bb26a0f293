#include "pg/store/stored_members.h"

#include "core/fragment/seal.h"
#include "core/ordinal.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

[[noreturn]] void throw_damaged(const std::string& detail) {
  throw Error(ErrorCode::kDataCorrupted, "stored members are damaged", detail);
}

ProfileSet read_set(BytesView bytes) {
  try {
    return ProfileSet::from_portable(bytes);
  } catch (const Error& error) {
    throw_damaged(error.detail());
  }
}

}  // namespace

ProfileSet open_members(const StoredMembers& stored) {
  if (members_checksum(stored.segment_id, stored.tile, stored.bytes) != stored.checksum) {
    throw_damaged("Their checksum does not match.");
  }
  ProfileSet members = read_set(stored.bytes);
  const uint64_t first = first_ordinal(stored.tile);
  const bool is_of_tile =
      stored.tile <= tile_of(UINT32_MAX) && members.count_in(first, first + kTileSize) == members.cardinality();
  if (!is_of_tile || members.cardinality() != static_cast<uint64_t>(stored.count)) {
    throw_damaged("They are not those of their tile.");
  }
  return members;
}

MemberSince open_since(const StoredMembers& stored, const std::optional<BytesView>& sealed, const DenseSet& members,
                       Timestamp otherwise) {
  if (!sealed) return MemberSince(otherwise);
  try {
    return MemberSince::decode(segments::open_since(*sealed, stored.segment_id, stored.tile, stored.bytes), members);
  } catch (const Error& error) {
    throw_damaged(error.detail());
  }
}

Bytes sealed_since(int32_t segment_id, uint32_t tile, BytesView bytes, const MemberSince& since, const DenseSet& members) {
  Bytes sealed = since.encode(members);
  seal_since(sealed, segment_id, tile, bytes);
  return sealed;
}

void for_each_stored_members(std::span<const int32_t> segment_ids, const std::function<void(const StoredMembers&)>& consume) {
  const Parameter parameters[] = {int4_array(segment_ids)};
  run_streaming(
      "SELECT m.segment_id, m.tile, m.member_count, m.checksum, m.members FROM segments.membership m, segments.published p"
      " WHERE m.segment_id = ANY ($1) AND m.from_refresh <= p.refresh_id AND m.to_refresh > p.refresh_id ORDER BY m.tile",
      parameters, {.read_only = true}, [&](const Datum* values, const bool*) {
        const Bytes members = bytes_of(values[4]);
        consume(
            {DatumGetInt32(values[0]), DatumGetUInt32(values[1]), DatumGetInt32(values[2]), DatumGetUInt32(values[3]), members});
      });
}

}  // namespace segments::pg
