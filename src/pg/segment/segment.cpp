#include "pg/segment/segment.h"

#include "core/text/lexer.h"
#include "pg/catalog/names_lock.h"
#include "pg/query/lock_timeout.h"
#include "pg/run/membership_lock.h"
#include "pg/segment/lifecycle.h"
#include "pg/segment/member_list.h"
#include "pg/segment/membership.h"
#include "pg/segment/published_view.h"
#include "pg/segment/readable_segment.h"
#include "pg/segment/saved_definition.h"
#include "pg/segment/segment_lock.h"
#include "pg/segment/segment_references.h"
#include "pg/type/definition.h"
#include "pg/type/profile_set.h"
#include "pg/query/column_sql.h"
#include "pg/query/saved_statement.h"
#include "pg/run/published.h"

namespace segments::pg {
namespace {

// Also of a segment that is there, to those who may not read it.
[[noreturn]] void throw_unknown(const std::string& name) {
  throw Error(ErrorCode::kUndefined, called(name) + " does not exist", "",
              "SELECT name FROM segments.segment_overview lists those you may see.");
}

SavedSegment find_segment(const std::string& name, bool read_only = false) {
  Rows rows = run("SELECT segment_id, name, definition, owner, lifecycle, " SEGMENTS_SETTINGS_COLUMNS
                  " FROM segments.saved_segment WHERE name = $1",
                  {text(name)}, {.read_only = read_only});
  if (rows.empty()) throw_unknown(name);
  SavedSegment segment{rows.int4(0, 0),         rows.text(0, 1), rows.text(0, 2),
                       settings_of(rows, 0, 5), rows.oid(0, 3),  lifecycle_of(rows.text(0, 4))};
  rows.release();
  return segment;
}

[[noreturn]] void throw_not_owner(const std::string& name) {
  const char* segment = name.c_str();
  call([&] { ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("must be owner of segment \"%s\"", segment))); });
  pg_unreachable();
}

std::optional<ProfileSet> readable_members(int32_t segment_id, Oid role) {
  const std::optional<SavedSegment> segment = readable_segment(segment_id, role);
  return segment ? std::optional(published_members(*segment)) : std::nullopt;
}

}  // namespace

bool may_read(const SavedSegment& segment, Oid role) {
  if (owns(role, segment.owner)) return true;
  static SavedStatement statement("SELECT reader FROM segments.granted_reader WHERE segment_id = $1", {INT4OID});
  Rows rows = statement.run({int4(segment.segment_id)});
  bool found = false;
  for (uint64_t i = 0; i < rows.size() && !found; ++i) {
    const Oid reader = rows.oid(i, 0);
    found = !OidIsValid(reader) || call([&] { return has_privs_of_role(role, reader); });
  }
  rows.release();
  return found;
}

std::optional<SavedSegment> readable_segment(int32_t segment_id, Oid role) {
  Rows rows = run("SELECT name FROM segments.segment WHERE segment_id = $1", {int4(segment_id)}, {.read_only = true});
  if (rows.empty()) return std::nullopt;
  SavedSegment segment = find_segment(rows.text(0, 0), true);
  rows.release();
  return may_read(segment, role) ? std::optional(std::move(segment)) : std::nullopt;
}

std::string required_text(FunctionCallInfo fcinfo, int argument, const char* what) {
  if (PG_ARGISNULL(argument)) {
    call([&] { ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be null", what))); });
  }
  return definition_text(PG_GETARG_DATUM(argument));
}

bool may_read_members(int32_t segment_id, Oid role) { return readable_segment(segment_id, role).has_value(); }

SavedSegment find_owned(const std::string& name, Oid role) {
  SavedSegment segment = find_segment(name);
  if (!owns(role, segment.owner)) may_read(segment, role) ? throw_not_owner(name) : throw_unknown(name);
  return segment;
}

SavedSegment lock_owned(const std::string& name, Oid role) {
  SavedSegment segment = find_owned(name, role);
  for (int32_t locked = 0; locked != segment.segment_id; segment = find_owned(name, role)) {
    locked = segment.segment_id;
    lock_segment(locked);
  }
  return segment;
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

Datum members_datum(std::optional<int64_t> members, FunctionCallInfo fcinfo) {
  if (!members) PG_RETURN_NULL();
  PG_RETURN_INT64(*members);
}

SEGMENTS_FUNCTION(segments_create_segment) {
  const std::string name = required_text(fcinfo, 0, "name");
  const std::string definition = required_text(fcinfo, 1, "definition");
  const bool run_it = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
  const Lifecycle lifecycle = PG_ARGISNULL(3) ? Lifecycle::kActive : lifecycle_of(text_of(PG_GETARG_DATUM(3)));
  const DefinitionSettings settings = current_definition_settings();
  return members_datum(as_owner([&](Oid caller) {
                         const SavedSegment segment = save_segment({0, name, definition, settings, caller, lifecycle}, "created");
                         return run_if_active(segment, run_it);
                       }),
                       fcinfo);
}

SEGMENTS_FUNCTION(segments_update_segment) {
  const std::string name = required_text(fcinfo, 0, "name");
  const std::string definition = required_text(fcinfo, 1, "definition");
  const bool run_it = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
  return members_datum(as_owner([&](Oid caller) {
                         share_names();
                         SavedSegment segment = lock_owned(name, caller);
                         check_has_definition(segment);
                         segment.definition = definition;
                         save_version(segment, caller, "definition");
                         return run_if_active(segment, run_it);
                       }),
                       fcinfo);
}

SEGMENTS_FUNCTION(segments_rename_segment) {
  const std::string name = required_text(fcinfo, 0, "name");
  const std::string new_name = required_text(fcinfo, 1, "new_name");
  check_name(new_name);
  as_owner([&](Oid caller) {
    share_names();
    const SavedSegment segment = lock_owned(name, caller);
    if (new_name != name) {
      check_is_free(new_name, caller);
      stop_references(segment);
      rename_in_definitions(segment, new_name, caller);
    }
    const std::optional<Failure> failure = in_subtransaction(
        [&] {
          within_lock_timeout([&] {
            run("UPDATE segments.segment SET name = $2 WHERE segment_id = $1", {int4(segment.segment_id), pg::text(new_name)});
          });
        },
        [](const ServerError& error) { return ends_transaction(error) || error.data->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE; });
    if (!failure) {
      SavedSegment renamed = segment;
      renamed.name = new_name;
      rename_in_view(renamed);
      return;
    }
    check_is_free(new_name, caller);
    throw Error(ErrorCode::kInternal, failure->message);
  });
  PG_RETURN_VOID();
}

SEGMENTS_FUNCTION(segments_run_segment) {
  const std::string name = required_text(fcinfo, 0, "name");
  PG_RETURN_INT64(as_owner([&](Oid caller) {
    const SavedSegment segment = lock_owned(name, caller);
    check_is_active(segment);
    check_has_owner(segment);
    return run_over_published(segment).members;
  }));
}

SEGMENTS_FUNCTION(segments_members) {
  const std::string name = required_text(fcinfo, 0, "name");
  return current_profile_set_datum(as_owner([&](Oid caller) {
    const ReadableSegment segment = find_readable(name, caller);
    check_was_run(segment);
    return published_members(segment.segment);
  }));
}

SEGMENTS_FUNCTION(segments_member_count) {
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  const int32_t segment_id = PG_GETARG_INT32(0);
  const std::optional<ProfileSet> members = as_owner([&](Oid caller) { return readable_members(segment_id, caller); });
  if (!members) PG_RETURN_NULL();
  PG_RETURN_INT64(static_cast<int64_t>(members->cardinality()));
}

SEGMENTS_FUNCTION(segments_drop_segment) {
  const std::string name = required_text(fcinfo, 0, "name");
  const bool cascade = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
  as_owner([&](Oid caller) {
    const SavedSegment segment = lock_owned(name, caller);
    stop_references(segment);
    check_is_not_referred_to(segment, caller, cascade);
    drop_view(segment, cascade);
    share_memberships();
    run("DELETE FROM segments.membership WHERE segment_id = $1", {int4(segment.segment_id)});
    run("DELETE FROM segments.segment WHERE segment_id = $1", {int4(segment.segment_id)});
  });
  PG_RETURN_VOID();
}
