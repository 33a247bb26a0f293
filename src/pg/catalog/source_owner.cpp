// Administrative functions on registered tables: each checks its caller's right, and then acts as the table's owner.
#include "pg/catalog/counted_rows.h"
#include "pg/catalog/lock_sources.h"
#include "pg/catalog/source.h"
#include "pg/catalog/source_checks.h"
#include "pg/catalog/type_catalog.h"
#include "pg/query/as_owner.h"
#include "pg/query/column_sql.h"
#include "pg/query/owner_time.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

[[noreturn]] void refuse(AclResult result, Oid table) {
  aclcheck_error(result, OBJECT_TABLE, get_rel_name(table));
  pg_unreachable();
}

Form_pg_class class_of(HeapTuple tuple) { return reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple)); }

// Whoever has the owner's rights may have statements run as the owner.
void check_owner(Oid relation) {
  call([&] {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    if (!HeapTupleIsValid(tuple)) {
      ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation)));
    }
    const Oid owner = class_of(tuple)->relowner;
    ReleaseSysCache(tuple);
    if (!has_privs_of_role(GetUserId(), owner)) refuse(ACLCHECK_NOT_OWNER, relation);
  });
}

void check_privilege(Oid table, AclMode privilege) {
  call([&] {
    const AclResult result = pg_class_aclcheck(table, GetUserId(), privilege);
    if (result != ACLCHECK_OK) refuse(result, table);
  });
}

// Having the owner's rights is not enough to act as the owner: what is made then is the owner's.
void check_may_become_owner(Oid relation) {
  Rows rows = run(
      "SELECT pg_has_role(relowner, CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END)"
      " FROM pg_class WHERE oid = $1",
      {oid(relation)}, {.read_only = true});
  const bool may = !rows.empty() && rows.boolean(0, 0);
  rows.release();
  if (!may) call([&] { refuse(ACLCHECK_NOT_OWNER, relation); });
}

void check_may_read_column(Oid table, const std::string& column) {
  const char* name = column.c_str();
  call([&] {
    const AttrNumber number = get_attnum(table, name);
    if (pg_class_aclcheck(table, GetUserId(), ACL_SELECT) == ACLCHECK_OK) return;
    if (number > 0 && pg_attribute_aclcheck(table, number, GetUserId(), ACL_SELECT) == ACLCHECK_OK) return;
    refuse(ACLCHECK_NO_PRIV, table);
  });
}

// What deleting by the time column, and the condition on rows, would take.  Rows that a policy hides from the caller are not the
// caller's to delete.
void check_may_delete(const InteractionSource& source, const std::optional<RowCondition>& counted) {
  check_privilege(source.relation, ACL_DELETE);
  check_may_read_column(source.relation, source.time.column);
  if (counted) {
    for (const std::string& column : counted->columns) check_may_read_column(source.relation, column);
  }
  call([&] {
    if (check_enable_rls(source.relation, InvalidOid, true) == RLS_ENABLED) {
      ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                      errmsg("row-level security hides rows of table \"%s\" from the caller", get_rel_name(source.relation)),
                      errdetail("What the caller cannot see it may not delete."),
                      errhint("Let the owner of the table, or a role with BYPASSRLS, drop interactions.")));
    }
  });
}

void check_is_past(const InteractionSource& source, Timestamp time) {
  if (!source.time.column.empty() && !TIMESTAMP_NOT_FINITE(time) && time <= GetCurrentTransactionStartTimestamp()) return;
  throw Error(ErrorCode::kInvalidValue, "no row of " + source.name + " is older than that", {},
              "Call segments.drop_interactions.");
}

// What drop_interactions calls is granted with it.
void check_may_drop() {
  Rows rows = run("SELECT has_function_privilege('segments.drop_interactions(text, timestamptz, boolean)', 'EXECUTE')", {},
                  {.read_only = true});
  const bool may_drop = rows.boolean(0, 0);
  rows.release();
  if (!may_drop) call([] { aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, "drop_interactions"); });
}

// Registered tables, and their parts, keep what registration has put on them.
bool is_released(Oid table) {
  return !run("SELECT FROM pg_class WHERE oid = $1 AND NOT relispartition"
              " AND NOT EXISTS (SELECT FROM segments.interaction_type WHERE source = $1)"
              " AND NOT EXISTS (SELECT FROM segments.unification WHERE source = $1)",
              {oid(table)}, {.read_only = true})
              .empty();
}

// Whether a row of s happened before $1: exactly, behind a condition that takes some rows more, which an index serves.
std::string is_before_sql(const SourceTime& time) {
  const std::string exactly = time.sql("s.") + " < $1";
  const std::string value = "s." + quoted_name(time.column);
  if (!time.zone.empty()) {
    // Clocks differ from UTC by less than that, and are put forward by no more.
    return value + " < timezone('UTC', $1) + interval '2 days' AND " + exactly;
  }
  if (time.unit.empty()) return exactly;
  const char* per_second = time.unit == "s" ? "1" : time.unit == "ms" ? "1000" : "1000000";
  return value + " < (floor(extract(epoch FROM $1))::int8 + 2) * " + per_second + " AND " + exactly;
}

InteractionSource source_of(int32_t type_id) {
  const OwnerScope owner = OwnerScope::enter();
  InteractionSource source = interaction_source(type_id);
  check_table_exists(source);
  owner.leave();
  return source;
}

std::optional<RowCondition> counted_rows_of(const InteractionSource& source) {
  const OwnerScope owner = OwnerScope::enter();
  std::optional<RowCondition> counted = lock_counted_rows(source);
  owner.leave();
  return counted;
}

// What counting rows tells, which evaluating would refuse, is refused alike.
void check_may_count(const InteractionSource& source) {
  const OwnerScope owner = OwnerScope::enter();
  InteractionType type{};
  type.type_id = source.type_id;
  type.name = source.name;
  type.relation = source.relation;
  Rows rows = run("SELECT row_security_acknowledged FROM segments.interaction_type WHERE type_id = $1", {int4(source.type_id)},
                  {.read_only = true});
  type.row_security_acknowledged = !rows.empty() && rows.boolean(0, 0);
  rows.release();
  owner.leave();
  check_may_read(call([] { return GetUserId(); }), type, {0});
}

void warn_of_uncounted(const InteractionSource& source, const Failure& failure) {
  const char* type = source.name.c_str();
  const char* message = failure.message.c_str();
  const char* hint = failure.hint.c_str();
  const char* state = failure.sqlstate.c_str();
  call([&] {
    ereport(WARNING, (errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4])),
                      errmsg("rows of interaction type \"%s\" cannot be counted", type), errdetail_internal("%s.", message),
                      hint[0] != '\0' ? errhint("%s", hint) : 0));
  });
}

// Of all leaves: how many rows, and the newest commit.
struct Waiting {
  int64_t rows = 0;
  std::optional<Timestamp> newest_commit;
};

std::optional<Waiting> count_waiting(const InteractionSource& source) {
  const OwnerScope owner = OwnerScope::enter();
  if (std::optional<Failure> failure = lock_for_reading(source.relation)) {
    owner.leave();
    failure->hint = "Try again when that has ended.";
    warn_of_uncounted(source, *failure);
    return std::nullopt;
  }
  Rows rows = run("SELECT segments_internal.snapshot_of_source($1), current_setting('track_commit_timestamp')::bool",
                  {oid(source.relation)}, {.read_only = true});
  std::vector<Parameter> parameters;
  if (!rows.is_null(0, 0)) parameters.push_back(datum(PG_SNAPSHOTOID, rows.value(0, 0)));
  const std::string newest = rows.boolean(0, 1) ? "max(pg_xact_commit_timestamp(s.segments_xid::xid))" : "NULL::timestamptz";
  const std::string rest = parameters.empty() ? ""
                                              : " WHERE s.segments_xid >= pg_snapshot_xmin($1)"
                                                " AND NOT pg_visible_in_snapshot(s.segments_xid, $1)";
  Waiting waiting;
  const auto add = [&](const Datum* values, const bool* nulls) {
    waiting.rows += DatumGetInt64(values[0]);
    if (nulls[1]) return;
    const Timestamp commit = DatumGetTimestampTz(values[1]);
    waiting.newest_commit = std::max(waiting.newest_commit.value_or(commit), commit);
  };
  const std::optional<Failure> failure = in_subtransaction([&] {
    const OwnerTimeLimit limit;
    const std::string counted = counted_sql(parameters.empty() ? " WHERE " : " AND ", source);
    stream_on_leaves(leaves_of(source.relation), "SELECT count(*), " + newest + " FROM ", rest + counted, parameters,
                     {.parallel = true, .read_only = true}, add);
  });
  rows.release();
  owner.leave();
  if (!failure) return waiting;
  warn_of_uncounted(source, *failure);
  return std::nullopt;
}

}  // namespace
}  // namespace segments::pg

using namespace segments::pg;

// (relation, command): a command that defines something.
SEGMENTS_FUNCTION(segments_run_as_owner) {
  const Oid relation = PG_GETARG_OID(0);
  const std::string command = text_of(PG_GETARG_DATUM(1));
  check_owner(relation);
  with_spi([&] { define_as_owner(relation, command.c_str()); });
  PG_RETURN_VOID();
}

// (relation, command): a command of somebody who may act as the owner.
SEGMENTS_FUNCTION(segments_run_for_caller) {
  const Oid relation = PG_GETARG_OID(0);
  const std::string command = text_of(PG_GETARG_DATUM(1));
  check_owner(relation);
  with_spi([&] {
    check_may_become_owner(relation);
    define_as_owner(relation, command.c_str());
  });
  PG_RETURN_VOID();
}

// (table): one that is part of no other any more
SEGMENTS_FUNCTION(segments_release_partition) {
  const Oid table = PG_GETARG_OID(0);
  check_owner(table);
  with_spi([&] {
    check_may_drop();
    check_may_become_owner(table);
    const OwnerScope owner = OwnerScope::enter();
    if (is_released(table)) run("SELECT segments_internal.detach_source($1)", {oid(table)}).release();
    owner.leave();
  });
  PG_RETURN_VOID();
}

// (type_id, older_than) → how many rows were deleted
SEGMENTS_FUNCTION(segments_delete_interactions) {
  const int32_t type_id = PG_GETARG_INT32(0);
  const Timestamp limit = PG_GETARG_TIMESTAMPTZ(1);
  const Parameter older_than[] = {timestamptz(limit)};
  uint64_t deleted = 0;
  with_spi([&] {
    check_may_drop();
    const InteractionSource source = source_of(type_id);
    check_is_past(source, limit);
    const std::optional<RowCondition> counted = counted_rows_of(source);
    check_may_delete(source, counted);
    const OwnerScope owner = OwnerScope::enter();
    run("SELECT FROM segments_internal.tables_swapped_in(ARRAY[$1], false)", {int4(type_id)});
    run("SELECT segments_internal.warn_of_other_tables(ARRAY[$1])", {int4(type_id)});
    check_time(source);
    const std::vector<SourceLeaf> leaves = leaves_of(source.relation);
    owner.leave();
    const std::string rest = " WHERE " + is_before_sql(source.time) + (counted ? " AND " + counted->sql : "");
    deleted = stream_on_leaves(leaves, "DELETE FROM ", rest, older_than, {}, {});
    const OwnerScope again = OwnerScope::enter();
    run("SELECT segments_internal.note_retention($1, $2)", {int4(type_id), timestamptz(limit)}).release();
    again.leave();
  });
  PG_RETURN_INT64(static_cast<int64_t>(deleted));
}

// (type_id, OUT rows, OUT newest_commit); rows is null if somebody keeps the table locked
SEGMENTS_FUNCTION(segments_count_waiting_rows) {
  const int32_t type_id = PG_GETARG_INT32(0);
  std::optional<Waiting> waiting;
  with_spi([&] {
    const InteractionSource source = source_of(type_id);
    check_may_count(source);
    waiting = count_waiting(source);
  });
  const bool is_counted = waiting.has_value();
  const int64_t rows = is_counted ? waiting->rows : 0;
  const bool has_commit = is_counted && waiting->newest_commit.has_value();
  const Timestamp commit = has_commit ? *waiting->newest_commit : 0;
  return call([&] {
    TupleDesc descriptor;
    if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE) elog(ERROR, "not called for a row");
    Datum values[] = {Int64GetDatum(rows), TimestampTzGetDatum(commit)};
    bool nulls[] = {!is_counted, !has_commit};
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
  });
}
