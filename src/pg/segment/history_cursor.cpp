#include "pg/segment/history_cursor.h"

#include <charconv>

#include "core/error.h"
#include "pg/query/query.h"
#include "pg/segment/segment.h"

namespace segments::pg {
namespace {

constexpr size_t kWords = 9;
constexpr uint64_t kVersion = 1;

using CursorWords = std::array<uint64_t, kWords>;

CursorWords words_of(const HistoryCursor& cursor) {
  return {kVersion,
          static_cast<uint64_t>(cursor.origin),
          cursor.database,
          static_cast<uint32_t>(cursor.segment_id),
          static_cast<uint64_t>(cursor.run_id),
          static_cast<uint64_t>(cursor.at),
          static_cast<uint16_t>(cursor.step),
          static_cast<uint16_t>(cursor.change),
          static_cast<uint32_t>(cursor.number)};
}

}  // namespace

std::string print_cursor(const HistoryCursor& cursor) {
  std::string text;
  for (const uint64_t word : words_of(cursor)) {
    char digits[17];
    const auto end = std::to_chars(digits, digits + sizeof digits, word, 16).ptr;
    if (!text.empty()) text += '-';
    text.append(digits, end);
  }
  return text;
}

HistoryCursor parse_cursor(const std::string& text) {
  CursorWords words{};
  const char* next = text.data();
  const char* end = next + text.size();
  bool is_valid = true;
  for (size_t i = 0; i < kWords && is_valid; ++i) {
    const auto read = std::from_chars(next, end, words[i], 16);
    is_valid = read.ec == std::errc() && (i + 1 == kWords ? read.ptr == end : read.ptr != end && *read.ptr == '-');
    next = read.ptr + 1;
  }
  const HistoryCursor cursor{static_cast<int64_t>(words[1]), static_cast<uint32_t>(words[2]),  static_cast<int32_t>(words[3]),
                             static_cast<int64_t>(words[4]), static_cast<Timestamp>(words[5]), static_cast<int16_t>(words[6]),
                             static_cast<int16_t>(words[7]), static_cast<int32_t>(words[8])};
  if (is_valid && words[0] == kVersion && print_cursor(cursor) == text) return cursor;
  throw Error(ErrorCode::kInvalidValue, "not a cursor of changes_since()", "",
              "Give what its column next_cursor said last, or NULL to begin: changes_since(segment, NULL).");
}

HistoryCursor end_of_run(int32_t segment_id, int64_t run_id, Timestamp at) {
  Rows rows = run("SELECT origin FROM segments.history_origin", {}, {.read_only = true});
  HistoryCursor cursor{rows.int8(0, 0), MyDatabaseId, segment_id, run_id, at};
  rows.release();
  return cursor;
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_end_cursor) {
  const int32_t segment_id = PG_GETARG_INT32(0);
  const int64_t run_id = PG_GETARG_INT64(1);
  const Timestamp at = PG_GETARG_TIMESTAMPTZ(2);
  const std::string cursor = as_owner([&](Oid) { return print_cursor(end_of_run(segment_id, run_id, at)); });
  return pg::text(cursor).value;
}
