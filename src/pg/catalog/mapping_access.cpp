#include "pg/catalog/mapping_access.h"

#include "pg/catalog/captured_keys.h"
#include "pg/query/query.h"
#include "pg/run/published.h"
#include "pg/server/table_scan.h"

namespace segments::pg {
namespace {

constexpr const char* kProfileColumns = "u.profile_id_column";

// Nothing has been published yet, so nothing can be told.
constexpr int64_t kNoRefresh = 0;

enum class Access : uint8_t { kNone, kGranted, kHidden };

// The columns are those of the catalog row; one that was dropped may be read by nobody.
Access access_of(Oid role, const char* columns) {
  const std::string sql =
      "SELECT c.oid, c.relnamespace, c.relrowsecurity AND NOT u.row_security_acknowledged, coalesce(a.attnum, 0)::int2"
      " FROM segments.unification u JOIN pg_class c ON c.oid = u.source CROSS JOIN unnest(ARRAY[" +
      std::string(columns) +
      "]) AS wanted (name) LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = wanted.name AND NOT a.attisdropped"
      " WHERE wanted.name IS NOT NULL";
  Rows rows = run(sql.c_str(), {}, {.read_only = true});
  Access access = rows.empty() ? Access::kNone : Access::kGranted;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    const Oid table = rows.oid(i, 0);
    const Oid schema = rows.oid(i, 1);
    const AttrNumber column = rows.int2(i, 3);
    const bool granted = call([&] {
      const Datum usage = CStringGetTextDatum("USAGE");
      // A snapshot may show a schema that is gone.
      return SearchSysCacheExists1(NAMESPACEOID, ObjectIdGetDatum(schema)) &&
             DatumGetBool(OidFunctionCall3(F_HAS_SCHEMA_PRIVILEGE_OID_OID_TEXT, ObjectIdGetDatum(role), ObjectIdGetDatum(schema),
                                           usage)) &&
             (pg_class_aclcheck(table, role, ACL_SELECT) == ACLCHECK_OK ||
              (column > 0 && pg_attribute_aclcheck(table, column, role, ACL_SELECT) == ACLCHECK_OK));
    });
    if (!granted) {
      access = Access::kNone;
      break;
    }
    if (rows.boolean(i, 2)) access = Access::kHidden;
  }
  rows.release();
  return access;
}

int64_t published_now() {
  const std::optional<PublishedState> published = published_state(true);
  return published ? published->refresh_id : kNoRefresh;
}

bool is_trusted(Oid role) {
  const Oid owner = extension_owner();
  return call([&] { return has_privs_of_role(role, owner); });
}

// Who may read the columns that have the names now need not have been able to read those that a refresh has read.
void check_is_read(int64_t refresh_id) {
  const std::optional<UnificationSource> mapping = unification_source();
  if (refresh_id == kNoRefresh || !mapping) return;
  const CapturedKeys read(mapping->relation, refresh_id);
  const bool is_read =
      read.has_leaf() ? read.has("profile", mapping->profile_id_column) && read.has("mapped id", mapping->record_id_column) &&
                            (mapping->record_type_column.empty() || read.has("mapped from", mapping->record_type_column))
                      : leaves_of(mapping->relation).empty();
  if (is_read) return;
  throw Error(ErrorCode::kNotReady, "the table of the unification has not been refreshed yet",
              "It is another table, or has other columns of these names, since it was read.", "Run CALL segments.refresh().");
}

void check(Access access, int64_t refresh_id, const char* message, const char* detail, const char* hint) {
  if (access == Access::kHidden) {
    throw Error(ErrorCode::kNotReady, "the table of the unification has row-level security",
                "Profiles are computed over all its rows, so they can tell what a policy hides.",
                "Grant the members of saved segments with segments.grant_members(), or, if that is intended: "
                "SELECT segments.reattach_source(acknowledge_row_security => true).");
  }
  if (access == Access::kGranted) return check_is_read(refresh_id);
  call([&] {
    ereport(ERROR,
            (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("%s", message), errdetail("%s", detail), errhint("%s", hint)));
  });
}

}  // namespace

bool may_read_profiles(Oid role) { return is_trusted(role) || access_of(role, kProfileColumns) == Access::kGranted; }

void check_may_read_profiles(Oid role) {
  if (is_trusted(role)) return;
  check(access_of(role, kProfileColumns), published_now(), "permission denied for profile ids",
        "Turning a set into profile ids takes SELECT on them in the table of the unification.",
        "Grant that, or grant the members of saved segments with segments.grant_members().");
}

void check_may_ask_for_buckets(Oid role, int64_t refresh_id) {
  if (is_trusted(role)) return;
  check(access_of(role, kProfileColumns), refresh_id, "permission denied for profile ids",
        "A bucket tells of a profile's id: it takes SELECT on profile ids in the table of the unification.",
        "Grant that, or refer to a saved segment that has the bucket: segment 'control group'.");
}

void check_may_read_mapping(Oid role, int64_t refresh_id) {
  if (is_trusted(role)) return;
  check(access_of(role, "u.record_id_column, u.record_type_column, u.profile_id_column"), refresh_id,
        "permission denied for record ids",
        "A restriction by record id, like a timeline, tells which records are one person: it takes SELECT on record and profile "
        "ids "
        "in the table of the unification.",
        "Grant that, or grant the members of saved segments with segments.grant_members().");
}

void check_may_read_records(Oid role) {
  if (is_trusted(role)) return;
  const Access access = access_of(role, "u.record_id_column, u.record_type_column");
  if (access == Access::kHidden) {
    throw Error(ErrorCode::kNotReady, "the table of the unification has row-level security",
                "What matches none of its records can tell what a policy hides.",
                "If that is intended: SELECT segments.reattach_source(acknowledge_row_security => true).");
  }
  check(access, published_now(), "permission denied for record ids",
        "What matches no record tells which records there are: it takes SELECT on record ids in the table of the unification.",
        "Grant that.");
}

void check_may_read_mapping(Oid role) { check_may_read_mapping(role, published_now()); }

bool client_may_read(Oid relation, std::initializer_list<const std::string*> columns) {
  const Oid role = call([] { return GetOuterUserId(); });
  std::vector<std::string_view> names;
  for (const std::string* column : columns) {
    if (!column->empty()) names.push_back(*column);
  }
  Rows rows =
      run("SELECT NOT c.relrowsecurity AND has_schema_privilege($1, c.relnamespace, 'USAGE') AND NOT EXISTS ("
          "  SELECT FROM unnest($3) name WHERE has_column_privilege($1, c.oid, name, 'SELECT') IS NOT TRUE)"
          " FROM pg_class c WHERE c.oid = $2",
          {oid(role), oid(relation), text_array(names)});
  const bool may = !rows.empty() && rows.boolean(0, 0);
  rows.release();
  return may;
}

bool client_may_read(const UnificationSource& mapping) {
  return client_may_read(mapping.relation, {&mapping.record_type_column, &mapping.record_id_column, &mapping.profile_id_column});
}

Oid profile_id_type(Snapshot snapshot) {
  Oid type = InvalidOid;
  for_each_row("unification", {"source", "profile_id_column"}, snapshot, [&](const Datum* values, const bool*) {
    type = call([&] {
      const Oid source = DatumGetObjectId(values[0]);
      const AttrNumber number = get_attnum(source, NameStr(*DatumGetName(values[1])));
      return number == InvalidAttrNumber ? InvalidOid : getBaseType(get_atttype(source, number));
    });
  });
  return type;
}

}  // namespace segments::pg
