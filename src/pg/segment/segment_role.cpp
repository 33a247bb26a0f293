#include "pg/segment/segment_role.h"

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

}  // namespace

void store_owner(int32_t segment_id, Oid role) {
  run("INSERT INTO segments.segment_owner AS o (segment_id, owner, owner_name)"
      " SELECT $1, role.oid, role.rolname FROM pg_roles role WHERE role.oid = $2"
      " ON CONFLICT (segment_id) DO UPDATE SET owner = excluded.owner, owner_name = excluded.owner_name",
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
    store_owner(segment.segment_id, role);
  });
  PG_RETURN_VOID();
}

SEGMENTS_FUNCTION(segments_grant_members) {
  const std::string name = required_text(fcinfo, 0, "segment");
  const std::string role_name = required_text(fcinfo, 1, "role");
  const Oid reader = role_of_name(role_name);
  as_owner([&](Oid caller) {
    const SavedSegment segment = find_owned(name, caller);
    // The number may be noted with the name of a role that is gone.
    run("INSERT INTO segments.member_reader (segment_id, reader, reader_name) VALUES ($1, $2, $3)"
        " ON CONFLICT (segment_id, reader) DO UPDATE SET reader_name = excluded.reader_name"
        " WHERE member_reader.reader_name <> excluded.reader_name",
        {int4(segment.segment_id), oid(reader), pg::text(role_name)});
  });
  PG_RETURN_VOID();
}

SEGMENTS_FUNCTION(segments_revoke_members) {
  const std::string name = required_text(fcinfo, 0, "segment");
  const std::string role_name = required_text(fcinfo, 1, "role");
  as_owner([&](Oid caller) {
    const SavedSegment segment = find_owned(name, caller);
    run("DELETE FROM segments.member_reader WHERE segment_id = $1 AND reader_name = $2",
        {int4(segment.segment_id), pg::text(role_name)});
    if (rows_processed() > 0) return;
    const Oid reader = role_of_name(role_name);
    run("DELETE FROM segments.member_reader WHERE segment_id = $1 AND reader = $2", {int4(segment.segment_id), oid(reader)});
  });
  PG_RETURN_VOID();
}
