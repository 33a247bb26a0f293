#include "pg/store/profile_ids.h"

#include "core/column/id_chunk.h"
#include "pg/query/query.h"
#include "pg/run/refresh_lock.h"
#include "pg/server/scratch.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

constexpr size_t kRowsPerStatement = size_t{1} << 17;
// Neighbouring chunks that are read by one statement.
constexpr int64_t kChunksAtOnce = 32;
// A chunk with more changed ordinals than this is written anew.
constexpr int64_t kMostChanges = kIdChunkSize / 100;

int64_t chunk_of(int64_t ordinal) { return static_cast<int64_t>(id_chunk_of(static_cast<Ordinal>(ordinal))); }

Parameter text_or_null(std::string_view value, bool is_null) { return is_null ? null_of(TEXTOID) : text(value); }

void write_chunk(int64_t chunk, IdChunkWriter& writer) {
  const bool empty = writer.empty();
  const Parameter lowest = text_or_null(writer.lowest(), empty);
  const Parameter highest = text_or_null(writer.highest(), empty);
  const Bytes ids = writer.finish(static_cast<uint32_t>(chunk));
  run("INSERT INTO segments.profile_ids AS p (chunk, lowest, highest, ids) VALUES ($1, $2, $3, $4)"
      " ON CONFLICT (chunk) DO UPDATE SET lowest = excluded.lowest, highest = excluded.highest, ids = excluded.ids",
      {int4(static_cast<int32_t>(chunk)), lowest, highest, bytea(ids)});
}

// Chunks first … end - 1, as segments.record has them; `is_wanted`: which of them.
void write_range(int64_t first, int64_t end, const std::vector<bool>& is_wanted) {
  std::vector<IdChunkWriter> writers(static_cast<size_t>(end - first));
  const Parameter range[] = {int8(first << kIdChunkBits), int8(end << kIdChunkBits)};
  with_scratch([&] {
    run_streaming(
        "SELECT ordinal, profile_id FROM segments.record WHERE ordinal >= $1 AND ordinal < $2 AND profile_id IS NOT NULL"
        " ORDER BY ordinal",
        range, {}, [&](const Datum* values, const bool*) {
          const auto ordinal = static_cast<Ordinal>(DatumGetInt64(values[0]));
          const size_t index = static_cast<size_t>(id_chunk_of(ordinal) - first);
          if (is_wanted[index]) writers[index].add(offset_in_id_chunk(ordinal), text_view(values[1]));
        });
  });
  for (int64_t chunk = first; chunk < end; ++chunk) {
    const auto index = static_cast<size_t>(chunk - first);
    if (is_wanted[index]) with_scratch([&] { write_chunk(chunk, writers[index]); });
  }
}

// `chunks`: ascending.
void write_chunks(std::span<const int64_t> chunks, Interrupt& interrupt) {
  for (size_t i = 0; i < chunks.size();) {
    interrupt.poll();
    const int64_t first = chunks[i];
    std::vector<bool> is_wanted;
    while (i < chunks.size() && chunks[i] < first + kChunksAtOnce &&
           chunks[i] - first <= static_cast<int64_t>(is_wanted.size()) + 1) {
      is_wanted.resize(static_cast<size_t>(chunks[i] - first) + 1);
      is_wanted.back() = true;
      ++i;
    }
    write_range(first, first + static_cast<int64_t>(is_wanted.size()), is_wanted);
  }
  with_scratch([&] {
    run("DELETE FROM segments.changed_profile_id c USING unnest($1) AS chunk"
        " WHERE c.ordinal >= chunk << $2 AND c.ordinal < (chunk + 1) << $2",
        {int8_array(chunks), int4(kIdChunkBits)});
  });
}

// Keeps what segments.record says of these ordinals beside their chunks, whose bounds follow.
void note_changes(std::span<const int64_t> ordinals) {
  run("INSERT INTO segments.changed_profile_id AS c (ordinal, profile_id)"
      " SELECT changed, r.profile_id FROM unnest($1) AS changed LEFT JOIN segments.record r ON r.ordinal = changed"
      " ON CONFLICT (ordinal) DO UPDATE SET profile_id = excluded.profile_id",
      {int8_array(ordinals)});
  run("UPDATE segments.profile_ids p SET lowest = least(p.lowest, n.lowest), highest = greatest(p.highest, n.highest)"
      " FROM (SELECT (ordinal >> $2)::int4 AS chunk, min(profile_id) AS lowest, max(profile_id) AS highest"
      "       FROM segments.changed_profile_id WHERE ordinal = ANY ($1) GROUP BY 1) AS n"
      " WHERE p.chunk = n.chunk AND n.lowest IS NOT NULL"
      "  AND (p.lowest IS NULL OR n.lowest < p.lowest OR n.highest > p.highest)",
      {int8_array(ordinals), int4(kIdChunkBits)});
}

// Of these chunks, those that have none yet or too many changes beside them.
std::vector<int64_t> overgrown(std::span<const int64_t> chunks) {
  Rows rows = run(
      "SELECT touched FROM unnest($1) AS touched WHERE NOT EXISTS (SELECT FROM segments.profile_ids p WHERE p.chunk = touched)"
      " OR (SELECT count(*) FROM segments.changed_profile_id c"
      "     WHERE c.ordinal >= touched << $2 AND c.ordinal < (touched + 1) << $2) > $3"
      " ORDER BY touched",
      {int8_array(chunks), int4(kIdChunkBits), int8(kMostChanges)});
  std::vector<int64_t> found;
  for (uint64_t i = 0; i < rows.size(); ++i) found.push_back(rows.int8(i, 0));
  rows.release();
  return found;
}

// Chunks that may hold one of these ids where a change beside them says something else.
std::vector<int64_t> chunks_with_outdated(std::span<const std::string_view> profile_ids) {
  Rows rows =
      run("SELECT p.chunk::int8 FROM segments.profile_ids p WHERE EXISTS (SELECT FROM segments.changed_profile_id c"
          "  WHERE c.ordinal >= p.chunk::int8 << $2 AND c.ordinal < (p.chunk::int8 + 1) << $2)"
          " AND EXISTS (SELECT FROM unnest($1) AS erased WHERE p.lowest = erased OR p.highest = erased"
          "  OR position(convert_to(erased, getdatabaseencoding()) IN p.ids) > 0)",
          {text_array(profile_ids), int4(kIdChunkBits)});
  std::vector<int64_t> found;
  for (uint64_t i = 0; i < rows.size(); ++i) found.push_back(rows.int8(i, 0));
  rows.release();
  return found;
}

void make_unique(std::vector<int64_t>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::vector<int64_t> chunks_of(std::span<const int64_t> ordinals) {
  std::vector<int64_t> chunks;
  for (const int64_t ordinal : ordinals) {
    if (chunks.empty() || chunks.back() != chunk_of(ordinal)) chunks.push_back(chunk_of(ordinal));
  }
  return chunks;
}

}  // namespace

uint32_t id_chunks_end() {
  Rows rows =
      run("SELECT greatest((SELECT max(chunk) FROM segments.profile_ids) + 1,"
          " (SELECT max(ordinal) >> $1 FROM segments.changed_profile_id) + 1, 0)::int8",
          {int4(kIdChunkBits)}, {.read_only = true});
  const auto end = static_cast<uint32_t>(rows.int8(0, 0));
  rows.release();
  return end;
}

void change_profile_ids(std::vector<int64_t> ordinals, Interrupt& interrupt) {
  make_unique(ordinals);
  std::vector<int64_t> crowded;
  std::vector<int64_t> few;
  for (size_t first = 0; first < ordinals.size();) {
    size_t end = first;
    while (end < ordinals.size() && chunk_of(ordinals[end]) == chunk_of(ordinals[first])) ++end;
    if (end - first > static_cast<size_t>(kMostChanges)) {
      crowded.push_back(chunk_of(ordinals[first]));
    } else {
      few.insert(few.end(), ordinals.begin() + static_cast<ptrdiff_t>(first), ordinals.begin() + static_cast<ptrdiff_t>(end));
    }
    first = end;
  }
  for (size_t first = 0; first < few.size(); first += kRowsPerStatement) {
    interrupt.poll();
    with_scratch([&] { note_changes(std::span(few).subspan(first, std::min(kRowsPerStatement, few.size() - first))); });
  }
  with_scratch([&] {
    const std::vector<int64_t> grown = overgrown(chunks_of(few));
    crowded.insert(crowded.end(), grown.begin(), grown.end());
  });
  make_unique(crowded);
  write_chunks(crowded, interrupt);
}

void erase_profile_ids(std::vector<int64_t> ordinals, std::span<const std::string_view> profile_ids, Interrupt& interrupt) {
  make_unique(ordinals);
  std::vector<int64_t> chunks = chunks_of(ordinals);
  with_scratch([&] {
    const std::vector<int64_t> outdated = chunks_with_outdated(profile_ids);
    chunks.insert(chunks.end(), outdated.begin(), outdated.end());
  });
  make_unique(chunks);
  write_chunks(chunks, interrupt);
}

void write_profile_ids(Interrupt& interrupt) {
  run("DELETE FROM segments.changed_profile_id");
  run("DELETE FROM segments.profile_ids");
  Rows rows = run("SELECT coalesce(max(ordinal), -1) FROM segments.record WHERE profile_id IS NOT NULL");
  const int64_t last = rows.int8(0, 0);
  rows.release();
  std::vector<int64_t> chunks;
  for (int64_t chunk = 0; last >= 0 && chunk <= chunk_of(last); ++chunk) chunks.push_back(chunk);
  write_chunks(chunks, interrupt);
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_write_profile_ids) {
  lock_refresh();
  const OwnerScope owner = OwnerScope::enter();
  with_spi([] {
    ServerInterrupt interrupt;
    write_profile_ids(interrupt);
  });
  owner.leave();
  PG_RETURN_VOID();
}
