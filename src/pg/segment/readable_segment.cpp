#include "pg/segment/readable_segment.h"

#include "pg/query/column_sql.h"
#include "pg/segment/carried_members.h"
#include "pg/segment/lifecycle.h"
#include "pg/segment/segment.h"
#include "pg/store/stored_members.h"

namespace segments::pg {
namespace {

// Of the segment of that name, or all: by segment; 0: everybody.
std::multimap<int32_t, Oid> granted_readers(const Parameter& name) {
  Rows rows =
      run("SELECT segment_id, reader FROM segments.granted_reader"
          " WHERE $1 IS NULL OR segment_id = (SELECT segment_id FROM segments.segment WHERE segment.name = $1)",
          {name}, {.read_only = true});
  std::multimap<int32_t, Oid> readers;
  for (uint64_t i = 0; i < rows.size(); ++i) readers.emplace(rows.int4(i, 0), rows.oid(i, 1));
  rows.release();
  return readers;
}

// Of that name, or all.
std::vector<ReadableSegment> read(const std::string* name, Oid role) {
  const Parameter wanted = name != nullptr ? text(*name) : null_of(TEXTOID);
  const std::multimap<int32_t, Oid> readers = granted_readers(wanted);
  Rows rows = run("SELECT s.segment_id, s.name, s.definition, s.owner, s.lifecycle, " SEGMENTS_SETTINGS_COLUMNS
                  ", state.as_of, EXISTS (SELECT FROM segments.moved_step m, segments.published p"
                  " WHERE m.refresh_id > state.refresh_id AND m.refresh_id <= p.refresh_id)"
                  " FROM segments.saved_segment s LEFT JOIN segments.segment_state state ON state.segment_id = s.segment_id"
                  " WHERE $1 IS NULL OR s.name = $1 ORDER BY s.name",
                  {wanted}, {.read_only = true});
  std::vector<ReadableSegment> found;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    ReadableSegment readable;
    readable.segment = {rows.int4(i, 0),         rows.text(i, 1), rows.text(i, 2),
                        settings_of(rows, i, 5), rows.oid(i, 3),  lifecycle_of(rows.text(i, 4))};
    readable.is_owned = owns(role, readable.segment.owner);
    readable.was_run = !rows.is_null(i, 10);
    if (readable.was_run) readable.as_of = rows.timestamptz(i, 10);
    readable.is_behind = rows.boolean(i, 11);
    bool may_read = readable.is_owned;
    for (auto [at, end] = readers.equal_range(readable.segment.segment_id); at != end && !may_read; ++at) {
      const Oid reader = at->second;
      may_read = !OidIsValid(reader) || call([&] { return has_privs_of_role(role, reader); });
    }
    if (may_read) found.push_back(std::move(readable));
  }
  rows.release();
  return found;
}

}  // namespace

ReadableSegment find_readable(const std::string& name, Oid role) {
  std::vector<ReadableSegment> found = read(&name, role);
  if (found.empty()) {
    throw Error(ErrorCode::kUndefined, called(name) + " does not exist", "",
                "SELECT name FROM segments.segment_overview lists those you may see.");
  }
  return std::move(found.front());
}

std::vector<ReadableSegment> all_readable(Oid role) { return read(nullptr, role); }

void check_was_run(const ReadableSegment& segment) {
  if (segment.was_run) return;
  check_is_active(segment.segment);
  throw Error(
      ErrorCode::kNotReady, called(segment.segment.name) + " has never been run", "",
      "SELECT segments.run_segment(" + quoted_literal(segment.segment.name) + ") runs it; so do refreshes, by its schedule.");
}

ProfileSet published_members(const SavedSegment& segment) {
  ProfileSet members;
  const int32_t ids[] = {segment.segment_id};
  try {
    for_each_stored_members(ids, [&](const StoredMembers& stored) { members |= open_members(stored); });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kDataCorrupted) throw;
    throw Error(ErrorCode::kDataCorrupted, "stored members of " + called(segment.name) + " are damaged", error.detail(),
                "Run it again with run_segment(); refreshes do so, too, by its schedule.");
  }
  return carried_to_published(segment.segment_id, std::move(members));
}

void read_by_tile(std::span<const ReadableSegment> segments, const TileMembersConsumer& consume, const DamageConsumer& damaged) {
  std::vector<int32_t> ids;
  std::unordered_map<int32_t, size_t> places;
  for (size_t i = 0; i < segments.size(); ++i) {
    ids.push_back(segments[i].segment.segment_id);
    places.emplace(ids.back(), i);
  }
  for_each_stored_members(ids, [&](const StoredMembers& stored) {
    const size_t place = places.at(stored.segment_id);
    ProfileSet members;
    try {
      members = open_members(stored);
    } catch (const Error& error) {
      return damaged(place, error);
    }
    consume(stored.tile, place, std::move(members));
  });
}

}  // namespace segments::pg
