#include "pg/segment/segment_role.h"

#include "pg/segment/published_view.h"
#include "pg/segment/run_limit.h"
#include "pg/segment/segment.h"

namespace segments::pg {
namespace {

constexpr const char* kPublic = "public";

// InvalidOid is PUBLIC.
Oid role_of_name(const std::string& name) {
  if (name == kPublic) return InvalidOid;
  const char* role = name.c_str();
  return call([&] { return get_role_oid(role, false); });
}

// Whoever owns a segment may give it to roles that it could act as anyway.
void check_may_give(Oid caller, Oid role) {
  const Oid extension = extension_owner();
  if (call([&] { return has_privs_of_role(caller, extension); })) return;
  check_may_have_more(role);
  call([&] {
    if (has_privs_of_role(caller, role)) return;
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("must have the privileges of role \"%s\"", GetUserNameFromId(role, false)),
                    errhint("The extension's owner may give a segment to any role.")));
  });
}

// Who saves a segment of `owner` shares it; who grants all of them waits for those who do, so that none is missed.
void lock_grants(Oid owner, LOCKMODE mode) {
  call([&] {
    const Oid table = get_relname_relid("owner_reader", get_namespace_oid("segments", false));
    LOCKTAG tag;
    SET_LOCKTAG_OBJECT(tag, MyDatabaseId, table, owner, 0);
    LockAcquire(&tag, mode, false, false);
  });
}

// All segments of `owner`.
void grant_all(Oid owner, Oid reader, const std::string& reader_name) {
  lock_grants(owner, ExclusiveLock);
  run("INSERT INTO segments.owner_reader AS o (owner, owner_name, reader, reader_name)"
      " SELECT role.oid, role.rolname, $2, $3 FROM pg_roles role WHERE role.oid = $1"
      " ON CONFLICT (owner, reader) DO UPDATE SET owner_name = excluded.owner_name, reader_name = excluded.reader_name",
      {oid(owner), oid(reader), text(reader_name)});
  run("INSERT INTO segments.member_reader (segment_id, reader, reader_name, of_all)"
      " SELECT segment_id, $2, $3, true FROM segments.saved_segment WHERE owner = $1"
      " ON CONFLICT (segment_id, reader) DO UPDATE SET reader_name = excluded.reader_name, of_all = true"
      " WHERE member_reader.reader_name <> excluded.reader_name",
      {oid(owner), oid(reader), text(reader_name)});
}

// Returns whether there was anything to revoke.
bool revoke_all(Oid owner, const char* condition, const Parameter& reader) {
  lock_grants(owner, ExclusiveLock);
  run((std::string("DELETE FROM segments.owner_reader WHERE owner = $1 AND ") + condition).c_str(), {oid(owner), reader});
  uint64_t revoked = rows_processed();
  run((std::string("DELETE FROM segments.member_reader USING segments.saved_segment segment"
                   " WHERE segment.segment_id = member_reader.segment_id AND segment.owner = $1 AND ") +
       condition)
          .c_str(),
      {oid(owner), reader});
  revoked += rows_processed();
  return revoked > 0;
}

// Generated views are granted like their segments.
void grant_views(Oid owner, const std::string& reader, bool granted) {
  Rows rows =
      run("SELECT segment_id FROM segments.generated_view JOIN segments.saved_segment segment USING (segment_id)"
          " WHERE segment.owner = $1 ORDER BY segment_id",
          {oid(owner)});
  std::vector<int32_t> published;
  for (uint64_t i = 0; i < rows.size(); ++i) published.push_back(rows.int4(i, 0));
  rows.release();
  for (const int32_t segment_id : published) grant_view(segment_id, reader, granted);
}

// Its view, if it has one, goes along.
void give(const SavedSegment& segment, Oid role, Oid caller) {
  if (role == segment.owner) return store_owner(segment.segment_id, role);
  const std::optional<GeneratedView> view = withdraw_view(segment);
  store_owner(segment.segment_id, role);
  if (!view) return;
  SavedSegment given = segment;
  given.owner = role;
  renew_view(given, *view, caller);
}

}  // namespace

void store_owner(int32_t segment_id, Oid role) {
  lock_grants(role, ShareLock);
  run("INSERT INTO segments.segment_owner AS o (segment_id, owner, owner_name)"
      " SELECT $1, role.oid, role.rolname FROM pg_roles role WHERE role.oid = $2"
      " ON CONFLICT (segment_id) DO UPDATE SET owner = excluded.owner, owner_name = excluded.owner_name",
      {int4(segment_id), oid(role)});
  run("DELETE FROM segments.member_reader WHERE segment_id = $1 AND of_all", {int4(segment_id)});
  run("INSERT INTO segments.member_reader (segment_id, reader, reader_name, of_all)"
      " SELECT $1, granted.reader, granted.reader_name, true FROM segments.owner_reader granted"
      " JOIN pg_roles owner ON owner.oid = granted.owner AND owner.rolname = granted.owner_name"
      " LEFT JOIN pg_roles reader ON reader.oid = granted.reader AND reader.rolname = granted.reader_name"
      " WHERE granted.owner = $2 AND (granted.reader = 0 OR reader.oid IS NOT NULL)"
      " ON CONFLICT (segment_id, reader) DO NOTHING",
      {int4(segment_id), oid(role)});
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_set_segment_owner) {
  const std::string name = required_text(fcinfo, 0, "name");
  const std::string role_name = required_text(fcinfo, 1, "role");
  as_owner([&](Oid caller) {
    const SavedSegment segment = lock_owned(name, caller);
    const char* role_text = role_name.c_str();
    const Oid role = call([&] { return get_role_oid(role_text, false); });
    check_may_give(caller, role);
    give(segment, role, caller);
  });
  PG_RETURN_VOID();
}

SEGMENTS_FUNCTION(segments_grant_members) {
  const std::string name = required_text(fcinfo, 0, "segment");
  const std::string role_name = required_text(fcinfo, 1, "role");
  const Oid reader = role_of_name(role_name);
  as_owner([&](Oid caller) {
    if (name == kAllSegments) {
      grant_all(caller, reader, role_name);
      return grant_views(caller, role_name, true);
    }
    const SavedSegment segment = find_owned(name, caller);
    // The number may be noted with the name of a role that is gone.
    run("INSERT INTO segments.member_reader (segment_id, reader, reader_name) VALUES ($1, $2, $3)"
        " ON CONFLICT (segment_id, reader) DO UPDATE SET reader_name = excluded.reader_name, of_all = false",
        {int4(segment.segment_id), oid(reader), pg::text(role_name)});
    grant_view(segment.segment_id, role_name, true);
  });
  PG_RETURN_VOID();
}

SEGMENTS_FUNCTION(segments_revoke_members) {
  const std::string name = required_text(fcinfo, 0, "segment");
  const std::string role_name = required_text(fcinfo, 1, "role");
  as_owner([&](Oid caller) {
    if (name == kAllSegments) {
      if (!revoke_all(caller, "reader_name = $2", pg::text(role_name))) {
        revoke_all(caller, "reader = $2", oid(role_of_name(role_name)));
      }
      return grant_views(caller, role_name, false);
    }
    const SavedSegment segment = find_owned(name, caller);
    grant_view(segment.segment_id, role_name, false);
    run("DELETE FROM segments.member_reader WHERE segment_id = $1 AND reader_name = $2",
        {int4(segment.segment_id), pg::text(role_name)});
    if (rows_processed() > 0) return;
    const Oid reader = role_of_name(role_name);
    run("DELETE FROM segments.member_reader WHERE segment_id = $1 AND reader = $2", {int4(segment.segment_id), oid(reader)});
  });
  PG_RETURN_VOID();
}
