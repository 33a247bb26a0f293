#include "pg/store/membership_reader.h"

#include "core/column/byte_reader.h"
#include "core/evaluation/member_pieces.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

// What a stored byte of since takes once it is decoded, at most about.
constexpr size_t kSinceBytes = 8;

// With VARHDRSZ bytes before.
Bytes copied(Datum stored) {
  const StoredValue value = call([&] { return stored_value(stored); });
  Bytes bytes(VARHDRSZ + value.size);
  uint8_t* to = bytes.data() + VARHDRSZ;
  call([&] { copy_stored_value(value, to); });
  return bytes;
}

template <class Read>
void noting_damage(std::string& damage, Read read) {
  try {
    read();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kDataCorrupted) throw;
    damage = error.detail();
  }
}

}  // namespace

MembershipReader::Shard& MembershipReader::open(uint32_t number) {
  Shard& shard = shards_[number];
  if (shard.table != nullptr) return shard;
  const std::string name = "membership_" + std::to_string(number);
  const char* table_name = name.c_str();
  call([&] {
    shard.table = open_own_table(table_name);
    shard.tile = column_of(shard.table, "tile");
    shard.segment_id = column_of(shard.table, "segment_id");
    shard.from_refresh = column_of(shard.table, "from_refresh");
    shard.to_refresh = column_of(shard.table, "to_refresh");
    shard.member_count = column_of(shard.table, "member_count");
    shard.checksum = column_of(shard.table, "checksum");
    shard.members = column_of(shard.table, "members");
    shard.pieces = column_of(shard.table, "pieces");
    shard.since = column_of(shard.table, "since");
    shard.last = std::max({shard.tile, shard.segment_id, shard.from_refresh, shard.to_refresh, shard.member_count, shard.checksum,
                           shard.members, shard.pieces, shard.since});
  });
  return shard;
}

int32_t MembershipReader::segment_of(const Shard& shard, const TupleTableSlot* slot) {
  return DatumGetInt32(slot->tts_values[shard.segment_id - 1]);
}

bool MembershipReader::is_current(const Shard& shard, TupleTableSlot* slot) const {
  call([&] { slot_getsomeattrs(slot, shard.last); });
  return DatumGetInt64(slot->tts_values[shard.from_refresh - 1]) <= published_ &&
         DatumGetInt64(slot->tts_values[shard.to_refresh - 1]) > published_;
}

SharedMembers MembershipReader::decode(const Shard& shard, const MemberKey& key, TupleTableSlot* slot) {
  const Bytes bytes = copied(slot->tts_values[shard.members - 1]);
  const StoredMembers stored{key.segment_id, key.tile, key.count, key.checksum, BytesView(bytes).subspan(VARHDRSZ)};
  DecodedMembers members{open_members(stored), wants_since_, {}, {}};
  size_t held = members.set.memory_bytes();
  if (wants_since_ && !slot->tts_isnull[shard.since - 1]) {
    const Bytes sealed = copied(slot->tts_values[shard.since - 1]);
    const BytesView view = BytesView(sealed).subspan(VARHDRSZ);
    members.since = open_since(stored, view, members.set.to_dense(key.tile), 0);
    held += view.size() * kSinceBytes;
  }
  auto shared = std::make_shared<const DecodedMembers>(std::move(members));
  cache_members(key, shared, held);
  ++rows_decoded_;
  return shared;
}

MemberKey MembershipReader::key_of(const Shard& shard, TupleTableSlot* slot) {
  const auto value = [&](AttrNumber number) { return slot->tts_values[number - 1]; };
  const TransactionId written_by = call([&] {
    bool is_null = false;
    return DatumGetTransactionId(slot_getsysattr(slot, MinTransactionIdAttributeNumber, &is_null));
  });
  return {slot->tts_tableOid,
          slot->tts_tid,
          written_by,
          segment_of(shard, slot),
          DatumGetUInt32(value(shard.tile)),
          DatumGetInt32(value(shard.member_count)),
          DatumGetUInt32(value(shard.checksum))};
}

TileRow MembershipReader::read(const Shard& shard, TupleTableSlot* slot) {
  const MemberKey key = key_of(shard, slot);
  TileRow row{key.segment_id, key.tile, cached_members(key, wants_since_), {}};
  if (row.members == nullptr) noting_damage(row.damage, [&] { row.members = decode(shard, key, slot); });
  return row;
}

std::optional<bool> MembershipReader::ask_piece(Shard& shard, const MemberKey& key, TupleTableSlot* slot, Ordinal ordinal) {
  const BytesView sealed = bytes_view(slot->tts_values[shard.pieces - 1]);
  if (sealed.empty()) return std::nullopt;
  const MemberPieces pieces(sealed, key.segment_id, key.tile, key.checksum);
  const PortablePiece piece = pieces.of(ordinal);
  const Datum members = slot->tts_values[shard.members - 1];
  const StoredValue value = call([&] { return stored_value(members); });
  if (piece.begin + piece.size > value.size) throw_corrupted("A piece of them is missing.");
  if (!shard.slices) shard.slices.emplace(snapshot_, context_);
  slice_.resize(VARHDRSZ + piece.size);
  uint8_t* to = slice_.data() + VARHDRSZ;
  call([&] {
    copy_stored_slice(value, static_cast<uint32_t>(piece.begin), static_cast<uint32_t>(piece.size), *shard.slices, to);
  });
  return pieces.contains(ordinal, BytesView(slice_).subspan(VARHDRSZ));
}

MemberAnswer MembershipReader::ask(Shard& shard, TupleTableSlot* slot, Ordinal ordinal) {
  const MemberKey key = key_of(shard, slot);
  const bool needs_since = wants_since_ && !slot->tts_isnull[shard.since - 1];
  MemberAnswer answer{key.segment_id, false, {}, {}};
  noting_damage(answer.damage, [&] {
    SharedMembers whole = cached_members(key, wants_since_);
    if (whole == nullptr) {
      const std::optional<bool> is_member = ask_piece(shard, key, slot, ordinal);
      answer.is_member = is_member.value_or(false);
      if (is_member && !(*is_member && needs_since)) return;
      whole = decode(shard, key, slot);
    }
    answer.is_member = whole->set.contains(ordinal);
    if (answer.is_member && whole->since) answer.since = whole->since->of(ordinal % kTileSize);
  });
  return answer;
}

TupleTableSlot* MembershipReader::find_row(Shard& shard, uint32_t tile, int32_t segment_id) {
  if (!shard.by_segment.is_open()) shard.by_segment.open(shard.table, {"tile", "segment_id"}, 2, snapshot_, context_);
  const Datum keys[] = {Int32GetDatum(static_cast<int32>(tile)), Int32GetDatum(segment_id)};
  shard.by_segment.begin(keys);
  while (TupleTableSlot* slot = shard.by_segment.next()) {
    if (is_current(shard, slot)) return slot;
  }
  return nullptr;
}

std::optional<TileRow> MembershipReader::of_segment(uint32_t tile, int32_t segment_id) {
  Shard& shard = open(shard_of_tile(tile));
  TupleTableSlot* slot = find_row(shard, tile, segment_id);
  return slot == nullptr ? std::nullopt : std::optional(read(shard, slot));
}

std::optional<MemberAnswer> MembershipReader::ask_segment(Ordinal ordinal, int32_t segment_id) {
  Shard& shard = open(shard_of_tile(tile_of(ordinal)));
  TupleTableSlot* slot = find_row(shard, tile_of(ordinal), segment_id);
  return slot == nullptr ? std::nullopt : std::optional(ask(shard, slot, ordinal));
}

std::optional<uint32_t> MembershipReader::last_tile() {
  std::optional<uint32_t> last;
  for (uint32_t number = 0; number < kShardCount; ++number) {
    Shard& shard = open(number);
    IndexLookUp all;
    all.open(shard.table, {"tile", "segment_id"}, 0, snapshot_, context_);
    all.begin({});
    if (TupleTableSlot* slot = all.next(BackwardScanDirection)) {
      call([&] { slot_getsomeattrs(slot, shard.last); });
      // A number beyond all tiles hides its row.
      const uint32_t tile = std::min(DatumGetUInt32(slot->tts_values[shard.tile - 1]), tile_of(UINT32_MAX));
      last = std::max(last.value_or(0), tile);
    }
    all.close();
  }
  return last;
}

void MembershipReader::close() {
  for (Shard& shard : shards_) {
    if (shard.table == nullptr) continue;
    shard.by_tile.close();
    shard.by_segment.close();
    call([&] {
      if (shard.slices) shard.slices->close();
      table_close(shard.table, AccessShareLock);
    });
    shard.slices.reset();
    shard.table = nullptr;
  }
}

}  // namespace segments::pg
