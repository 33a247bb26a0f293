#include "pg/segment/published_view.h"

#include "core/text/lexer.h"
#include "pg/query/lock_timeout.h"
#include "pg/query/column_sql.h"
#include "pg/segment/saved_definition.h"
#include "pg/segment/segment.h"
#include "pg/segment/segment_references.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

constexpr const char* kPublic = "public";
constexpr std::string_view kOwnSchemas[] = {"segments", "segments_internal"};

// Whoever reads a view, or is making one of that name, is waited for no longer than for any other lock.
void run_as(Oid role, const std::string& sql) {
  within_lock_timeout([&] {
    const OwnerScope scope = OwnerScope::enter_as(role);
    run(sql.c_str());
    scope.leave();
  });
}

std::string definition_of(const std::string& view, const std::string& members, const std::string& segment) {
  return view + " AS SELECT profile_id FROM " + members + " WHERE segment = " + quoted_literal(segment);
}

// The table of members that the view of a segment of this type of ids reads.
std::string typed_members() { return take_text(run("SELECT segments_internal.typed_member_table()")); }

// The one that a view reads.
std::string members_of(const GeneratedView& view) {
  return take_text(run("SELECT members FROM segments.generated_view WHERE view = $1", {oid(view.view)}));
}

void drop(const GeneratedView& view) {
  run_as(view.owner, "DROP VIEW " + view.name);
  run("SELECT segments_internal.drop_unused_member_tables()");
}

void comment(const std::string& view, const SavedSegment& segment) {
  run_as(segment.owner,
         "COMMENT ON VIEW " + view + " IS " + quoted_literal("members of " + called(segment.name) + ", as of its last good run"));
  run_as(segment.owner, "COMMENT ON COLUMN " + view + ".profile_id IS 'a member: id of a unified profile'");
}

std::string role_sql(const std::string& role) { return role == kPublic ? "PUBLIC" : quoted_name(role); }

// A grant on a view is of no use without its schema, which is not ours to grant.
void note_unreachable(const std::string& view, const std::string& schema, const std::string& role) {
  Rows rows = run("SELECT has_schema_privilege($1::name, $2::text, 'USAGE')", {text(role), text(schema)});
  const bool is_reachable = rows.boolean(0, 0);
  rows.release();
  if (is_reachable) return;
  const std::string reader = role_sql(role);
  const std::string quoted_schema = quoted_name(schema);
  const char* texts[] = {reader.c_str(), view.c_str(), quoted_schema.c_str()};
  call([&] {
    ereport(NOTICE, (errmsg("%s cannot read view %s yet", texts[0], texts[1]), errdetail("USAGE on its schema is missing."),
                     errhint("GRANT USAGE ON SCHEMA %s TO %s;", texts[2], texts[0])));
  });
}

void grant(Oid owner, const std::string& view, const std::string& schema, const std::string& role, bool granted) {
  if (granted) note_unreachable(view, schema, role);
  run_as(owner,
         granted ? "GRANT SELECT ON " + view + " TO " + role_sql(role) : "REVOKE SELECT ON " + view + " FROM " + role_sql(role));
}

std::vector<std::string> readers_of(int32_t segment_id) {
  return take_texts(
      run("SELECT coalesce(role.rolname::text, 'public') FROM segments.granted_reader granted"
          " LEFT JOIN pg_roles role ON role.oid = granted.reader WHERE segment_id = $1 ORDER BY 1",
          {int4(segment_id)}));
}

// The server would cut off what is too long, and so could take one name for another.
void check_identifier(const std::string& name, const char* what) {
  if (name.empty()) throw Error(ErrorCode::kInvalidValue, std::string("the name of the ") + what + " must not be empty");
  if (name.size() < NAMEDATALEN) return;
  const auto bytes = static_cast<unsigned long>(name.size());
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_NAME_TOO_LONG), errmsg("the name of the %s is too long", what),
                    errdetail("It has %lu bytes; at most %d are possible.", bytes, NAMEDATALEN - 1),
                    errhint("Give the view another name: segments.publish_segment(name, schema, view).")));
  });
}

Oid schema_of(const std::string& name) {
  check_identifier(name, "schema");
  const bool is_own = std::find(std::begin(kOwnSchemas), std::end(kOwnSchemas), name) != std::end(kOwnSchemas);
  if (is_own || name.starts_with("pg_")) {
    throw Error(ErrorCode::kInvalidValue, "schema " + in_quotes(name) + " is not for generated views", "",
                "Choose a schema of yours, or make one: CREATE SCHEMA.");
  }
  const char* schema = name.c_str();
  return call([&] { return get_namespace_oid(schema, false); });
}

void check_may_publish(Oid role, Oid schema, const std::string& otherwise) {
  const std::string missing =
      take_text(run("SELECT coalesce(string_agg(privilege, ', '), '') FROM unnest('{CREATE,USAGE}'::text[]) privilege"
                    " WHERE NOT has_schema_privilege($1, $2, privilege)",
                    {oid(role), oid(schema)}));
  if (missing.empty()) return;
  const std::string schema_name(call([&] { return static_cast<const char*>(get_namespace_name(schema)); }));
  const std::string role_name(call([&] { return static_cast<const char*>(GetUserNameFromId(role, false)); }));
  const std::string grant =
      "GRANT " + missing + " ON SCHEMA " + quoted_name(schema_name) + " TO " + quoted_name(role_name) + ";" + otherwise;
  const char* texts[] = {schema_name.c_str(), role_name.c_str(), grant.c_str()};
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for schema %s", texts[0]),
                    errdetail("Publishing takes CREATE and USAGE on it, for role \"%s\".", texts[1]), errhint("%s", texts[2])));
  });
}

// Makes the view of a segment, for its owner and readers.  Like all that is run as the owner, it can do what that role may and no
// more, whatever the names in it have come to mean.
Oid make_view(const SavedSegment& segment, const std::string& schema_name, const std::string& view_name, Oid caller,
              const std::string& otherwise = "") {
  const Oid schema = schema_of(schema_name);
  check_identifier(view_name, "view");
  check_may_publish(caller, schema, otherwise);
  check_may_publish(segment.owner, schema, otherwise);
  const std::string name = quoted_name(schema_name) + "." + quoted_name(view_name);
  run_as(segment.owner, "CREATE VIEW " + definition_of(name, typed_members(), segment.name));
  comment(name, segment);
  const char* relation = view_name.c_str();
  const Oid view = call([&] { return get_relname_relid(relation, schema); });
  run("INSERT INTO segments.published_view AS p (segment_id, view) VALUES ($1, $2)"
      " ON CONFLICT (segment_id) DO UPDATE SET view = excluded.view",
      {int4(segment.segment_id), oid(view)});
  for (const std::string& reader : readers_of(segment.segment_id)) grant(segment.owner, name, schema_name, reader, true);
  return view;
}

Oid publish(const SavedSegment& segment, const std::string& schema_name, const std::string& view_name, Oid caller) {
  check_has_owner(segment);
  if (const std::optional<GeneratedView> known = generated_view(segment.segment_id)) {
    const std::string hint = "SELECT segments.unpublish_segment(" + quoted_literal(segment.name) + ") drops that view.";
    const char* texts[] = {segment.name.c_str(), known->name.c_str(), hint.c_str()};
    call([&] {
      ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("segment \"%s\" is published as %s already", texts[0], texts[1]),
                      errhint("%s", texts[2])));
    });
  }
  return make_view(segment, schema_name, view_name, caller);
}

// What would miss a segment's view, as one text.
std::string users_of(const SavedSegment& segment, const char* kinds) {
  Rows rows =
      run("SELECT coalesce(string_agg(kind || ' ' || used_by, ', ' ORDER BY position, used_by), '') FROM segments.segment_use"
          " WHERE segment_id = $1 AND kind = ANY (string_to_array($2, ', '))",
          {int4(segment.segment_id), text(kinds)});
  std::string users = rows.text(0, 0);
  rows.release();
  return users;
}

void throw_used(const std::string& message, const std::string& users, const std::string& hint) {
  const char* texts[] = {message.c_str(), users.c_str(), hint.c_str()};
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST), errmsg("%s", texts[0]),
                    errdetail("It is used by: %s.", texts[1]), errhint("%s", texts[2])));
  });
}

}  // namespace

std::optional<GeneratedView> generated_view(int32_t segment_id) {
  // Few segments are published, and whether a view is still there takes a look at what it depends on.
  Rows published = run("SELECT FROM segments.published_view WHERE segment_id = $1", {int4(segment_id)});
  if (published.empty()) return std::nullopt;
  published.release();
  Rows rows = run("SELECT view, owner, name, schema_name, view_name FROM segments.generated_view WHERE segment_id = $1",
                  {int4(segment_id)});
  if (rows.empty()) return std::nullopt;
  GeneratedView view{rows.oid(0, 0), rows.oid(0, 1), rows.text(0, 2), rows.text(0, 3), rows.text(0, 4)};
  rows.release();
  return view;
}

void grant_view(int32_t segment_id, const std::string& role, bool granted) {
  const std::optional<GeneratedView> view = generated_view(segment_id);
  if (!view) return;
  const char* name = role.c_str();
  // Privileges of a role that is gone are gone with it.
  if (role != kPublic && !OidIsValid(call([&] { return get_role_oid(name, true); }))) return;
  grant(view->owner, view->name, view->schema_name, role, granted);
}

void rename_in_view(const SavedSegment& segment) {
  const std::optional<GeneratedView> view = generated_view(segment.segment_id);
  if (!view) return;
  run_as(view->owner, "CREATE OR REPLACE VIEW " + definition_of(view->name, members_of(*view), segment.name));
  comment(view->name, segment);
}

std::optional<GeneratedView> withdraw_view(const SavedSegment& segment) {
  std::optional<GeneratedView> view = generated_view(segment.segment_id);
  if (!view) return view;
  const std::string users = users_of(segment, "view");
  if (!users.empty()) {
    throw_used("cannot give segment " + in_quotes(segment.name) + " to another role because its generated view is used", users,
               "Its new owner gets a view made anew: drop what reads " + view->name + " first, and make it again afterwards.");
  }
  run_as(view->owner, "DROP VIEW " + view->name);
  return view;
}

void renew_view(const SavedSegment& segment, const GeneratedView& former, Oid caller) {
  make_view(segment, former.schema_name, former.view_name, caller,
            " or, to give the segment without its view, SELECT segments.unpublish_segment(" + quoted_literal(segment.name) +
                ") first.");
}

void drop_view(const SavedSegment& segment, bool cascade) {
  const std::optional<GeneratedView> view = generated_view(segment.segment_id);
  if (!view) return;
  if (cascade) return drop(*view);
  throw_used(
      "cannot drop segment " + in_quotes(segment.name) + " because it is used", users_of(segment, "generated view, view"),
      "SELECT segments.drop_segment(" + quoted_literal(segment.name) + ", cascade => true) drops its generated view, too.");
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_publish_segment) {
  const std::string name = required_text(fcinfo, 0, "name");
  const std::string schema = required_text(fcinfo, 1, "schema");
  const std::string view = PG_ARGISNULL(2) ? name : text_of(PG_GETARG_DATUM(2));
  PG_RETURN_OID(as_owner([&](Oid caller) { return publish(lock_owned(name, caller), schema, view, caller); }));
}

SEGMENTS_FUNCTION(segments_unpublish_segment) {
  const std::string name = required_text(fcinfo, 0, "name");
  as_owner([&](Oid caller) {
    const SavedSegment segment = lock_owned(name, caller);
    const std::optional<GeneratedView> view = generated_view(segment.segment_id);
    run("DELETE FROM segments.published_view WHERE segment_id = $1", {int4(segment.segment_id)});
    if (!view) throw Error(ErrorCode::kUndefined, called(name) + " is not published");
    drop(*view);
  });
  PG_RETURN_VOID();
}

SEGMENTS_FUNCTION(segments_segment_usage) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  const std::string name = required_text(fcinfo, 0, "name");
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  as_owner([&](Oid caller) {
    const SavedSegment segment = find_owned(name, caller);
    const Parameter parameters[] = {int4(segment.segment_id)};
    run_streaming(
        "SELECT kind, used_by::text, last_used FROM segments.segment_use WHERE segment_id = $1 ORDER BY position, used_by",
        parameters, {.read_only = true}, [&](const Datum* values, const bool* are_null) {
          call([&] {
            Datum row[] = {values[0], values[1], values[2]};
            bool nulls[] = {false, false, are_null[2]};
            tuplestore_putvalues(result->setResult, result->setDesc, row, nulls);
          });
        });
    for (const std::string& referring : referring_segments(segment, caller)) {
      const char* used_by = referring.c_str();
      call([&] {
        Datum row[] = {CStringGetTextDatum("reference"), CStringGetTextDatum(used_by), Datum(0)};
        bool nulls[] = {false, false, true};
        tuplestore_putvalues(result->setResult, result->setDesc, row, nulls);
      });
    }
  });
  return Datum(0);
}
