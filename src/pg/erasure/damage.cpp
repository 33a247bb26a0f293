#include "pg/erasure/damage.h"

#include "core/column/rebuild_hint.h"
#include "core/fragment/seal.h"
#include "core/text/lexer.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

constexpr const char* kNothingChanges = " Nothing is proven over damaged bytes, so nothing was changed.";

std::string detail_of(const Error& error) { return (error.detail().empty() ? "" : error.detail()) + kNothingChanges; }

// What a number stands for, as messages name it; the number itself if it stands for nothing any more.
std::string name_of(const char* sql, int32_t id) {
  Rows rows = run(sql, {int4(id)}, {.read_only = true});
  std::string name = rows.empty() ? std::to_string(id) : in_quotes(rows.text(0, 0));
  rows.release();
  return name;
}

}  // namespace

ProfileMap open_map(uint32_t tile, BytesView bytes) {
  try {
    return ProfileMap::decode(bytes, seal_of_map(tile));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kDataCorrupted) throw;
    throw Error(ErrorCode::kDataCorrupted, "the profile map of tile " + std::to_string(tile) + " is damaged", detail_of(error),
                kRebuildHint);
  }
}

void open_ids(IdChunk& ids, BytesView bytes, uint32_t chunk) {
  try {
    ids.open(bytes, chunk);
  } catch (const Error& error) {
    throw Error(ErrorCode::kDataCorrupted, "ids of profiles in chunk " + std::to_string(chunk) + " are damaged", detail_of(error),
                "SELECT segments_internal.write_profile_ids() writes them anew, as the owner of the extension.");
  }
}

void throw_damaged_members(int32_t segment_id, const Error& error) {
  if (error.code() != ErrorCode::kDataCorrupted) throw error;
  const std::string segment = name_of("SELECT name FROM segments.segment WHERE segment_id = $1", segment_id);
  throw Error(ErrorCode::kDataCorrupted, "stored members of segment " + segment + " are damaged", detail_of(error),
              "Write them anew with segments.run_segment(), and then CALL segments.refresh().");
}

void throw_damaged_fragment(int64_t fragment_id, int32_t type_id, const Error& error) {
  if (error.code() != ErrorCode::kDataCorrupted) throw error;
  const std::string type = name_of(
      "SELECT name FROM segments.interaction_type WHERE type_id = $1 OR type_id ="
      " (SELECT relation.type_id FROM segments.interaction_relation relation WHERE relation_id = $1)",
      type_id);
  throw Error(ErrorCode::kDataCorrupted,
              "fragment " + std::to_string(fragment_id) + " of interaction type " + type + " is damaged", detail_of(error),
              kRebuildHint);
}

}  // namespace segments::pg
