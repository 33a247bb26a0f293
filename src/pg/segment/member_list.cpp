#include "pg/segment/member_list.h"

#include "core/text/lexer.h"
#include "pg/query/saved_statement.h"
#include "pg/run/membership_lock.h"
#include "pg/segment/lifecycle.h"
#include "pg/segment/saved_definition.h"
#include "pg/segment/segment.h"
#include "pg/segment/segment_lock.h"
#include "pg/server/datum.h"
#include "pg/server/time_limit.h"
#include "pg/type/profile_set.h"

// How many ids of a list are looked up at once.
#define SEGMENTS_LISTED_PER_STEP "1000"

namespace segments::pg {
namespace {

const char* name_of(MemberList list) { return list == MemberList::kIncluded ? "include" : "exclude"; }

MemberList list_of(const std::string& name) {
  for (const MemberList list : {MemberList::kIncluded, MemberList::kExcluded}) {
    if (name == name_of(list)) return list;
  }
  throw Error(ErrorCode::kInvalidValue, "there is no list \"" + name.substr(0, 100) + "\"", "",
              "The lists are include and exclude.");
}

void check_ids(const Parameter& ids) {
  Rows rows = run("SELECT coalesce(bool_or(id IS NULL OR id = ''), false) FROM unnest($1) id", {ids});
  const bool has_empty = rows.boolean(0, 0);
  rows.release();
  if (has_empty) throw Error(ErrorCode::kInvalidValue, "the id of a profile must not be null or empty");
}

// What no profile can ever have as its id: texts of another form than those of the unification's type.
void check_form(const Parameter& ids) {
  Rows rows = run("SELECT id, form, meant FROM segments_internal.malformed_id($1)", {ids});
  if (rows.empty()) return rows.release();
  const std::string id = rows.text(0, 0);
  const std::string form = rows.text(0, 1);
  const std::string hint = rows.is_null(0, 2) ? "" : "Write '" + rows.text(0, 2) + "'.";
  rows.release();
  throw Error(ErrorCode::kInvalidLiteral, in_quotes(id.substr(0, 100)) + " is no id of a profile",
              "The unification has ids of type " + form + ", as its output writes them.", hint);
}

// Ids whose profile nobody has been told of yet are good, too: as an exclusion must be.
void note_unknown(const Parameter& ids) {
  Rows rows =
      run("SELECT count(DISTINCT id) FROM unnest($1) id"
          " WHERE NOT EXISTS (SELECT FROM segments.record WHERE record.profile_id = id)",
          {ids});
  const auto count = static_cast<unsigned long>(rows.int8(0, 0));
  rows.release();
  if (count == 0) return;
  call([&] {
    ereport(NOTICE, (errmsg_plural("%lu of the ids is that of no profile of the last refresh",
                                   "%lu of the ids are those of no profile of the last refresh", count, count),
                     errdetail("Whoever has such an id one day is meant.")));
  });
}

Parameter ids_argument(FunctionCallInfo fcinfo, int argument) {
  if (PG_ARGISNULL(argument)) {
    call([] { ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("profile_ids must not be null"))); });
  }
  return datum(TEXTARRAYOID, PG_GETARG_DATUM(argument));
}

// Puts profiles on a list, runs the segment if it is active and `run_it` says so.
Datum change_list(FunctionCallInfo fcinfo, MemberList list) {
  const std::string name = required_text(fcinfo, 0, "segment");
  const Parameter ids = ids_argument(fcinfo, 1);
  const bool run_it = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
  const std::optional<int64_t> members = as_owner([&](Oid caller) {
    const SavedSegment segment = lock_owned(name, caller);
    list_profiles(segment.segment_id, list, ids);
    return run_if_active(segment, run_it);
  });
  if (!members) PG_RETURN_NULL();
  PG_RETURN_INT64(*members);
}

// Ordinals of another numbering would be somebody else's here.
ProfileSet of_this_numbering(StampedSet&& stamped) {
  if (stamped.origin == Origin::kNone || stamped.set.empty() || stamped.origin == current_origin()) return std::move(stamped.set);
  throw Error(ErrorCode::kNotReady, "profile set is of another origin", "Records were numbered anew since it was made.",
              "Make the set again from its definition, or give profile ids.");
}

Parameter ids_of(const ProfileSet& members) {
  Rows last = run("SELECT coalesce(max(ordinal), -1) FROM segments.record", {});
  const int64_t last_ordinal = last.int8(0, 0);
  last.release();
  // A set may name ordinals that nobody has, four billion of them.
  std::vector<int64_t> ordinals;
  members.for_each([&](Ordinal ordinal) {
    if (ordinal > last_ordinal) return false;
    ordinals.push_back(ordinal);
    return true;
  });
  Rows rows =
      run("SELECT coalesce(array_agg(DISTINCT profile_id), '{}') FROM segments.record"
          " WHERE ordinal = ANY ($1) AND profile_id IS NOT NULL",
          {int8_array(ordinals)});
  return datum(TEXTARRAYOID, rows.value(0, 0));
}

// Those meant by a list; nothing: nobody is on it.
std::optional<ProfileSet> read_list(int32_t segment_id, MemberList list) {
  static SavedStatement next(
      "SELECT max(profile_id) FROM (SELECT DISTINCT profile_id FROM segments.listed_profile"
      " WHERE segment_id = $1 AND list = $2 AND profile_id > $3 ORDER BY profile_id LIMIT " SEGMENTS_LISTED_PER_STEP ") step",
      {INT4OID, TEXTOID, TEXTOID});
  static SavedStatement meant("SELECT ordinal FROM segments_internal.listed_ordinals($1, $2, $3, $4)",
                              {INT4OID, TEXTOID, TEXTOID, TEXTOID});
  // Ordinals are those of the state that is evaluated: seen by the same snapshot.  In steps, because a time limit is looked at
  // between them.
  LimitedInterrupt interrupt;
  std::vector<Ordinal> ordinals;
  std::string after;
  for (bool is_first = true;; is_first = false) {
    Rows step = next.run({int4(segment_id), text(name_of(list)), text(after)});
    const bool is_over = step.is_null(0, 0);
    const std::string last = is_over ? "" : step.text(0, 0);
    step.release();
    if (is_over && is_first) return std::nullopt;
    if (is_over) break;
    const Parameter parameters[] = {int4(segment_id), text(name_of(list)), text(after), text(last)};
    meant.stream(parameters, true,
                 [&](const Datum* values, const bool*) { ordinals.push_back(static_cast<Ordinal>(DatumGetInt64(values[0]))); });
    interrupt.poll();
    after = last;
  }
  return ProfileSet::from_ordinals(ordinals);
}

// Members of a segment that has no other definition.
Datum create_static(FunctionCallInfo fcinfo, const std::function<Parameter()>& ids) {
  const std::string name = required_text(fcinfo, 0, "name");
  const std::optional<int64_t> members = as_owner([&](Oid caller) {
    const SavedSegment segment =
        save_segment({0, name, kNobody, current_definition_settings(), caller, Lifecycle::kActive}, "created");
    run("UPDATE segments.segment SET kind = 'static' WHERE segment_id = $1", {int4(segment.segment_id)});
    list_profiles(segment.segment_id, MemberList::kIncluded, ids());
    return run_if_active(segment, true);
  });
  if (!members) PG_RETURN_NULL();
  PG_RETURN_INT64(*members);
}

}  // namespace

ListedProfiles read_lists(int32_t segment_id) {
  if (!has_lists(segment_id)) return {};
  return {read_list(segment_id, MemberList::kIncluded), read_list(segment_id, MemberList::kExcluded)};
}

void list_profiles(int32_t segment_id, MemberList list, const Parameter& profile_ids) {
  check_ids(profile_ids);
  check_form(profile_ids);
  share_memberships();  // an erasure waits for whom it cannot see yet
  run("INSERT INTO segments.listed_profile (segment_id, list, profile_id, record_type, record_id)"
      " SELECT $1, $2, given.id, coalesce(record.record_type, ''), coalesce(record.record_id, '')"
      " FROM (SELECT DISTINCT id FROM unnest($3) id) given LEFT JOIN segments.record ON record.profile_id = given.id"
      " ON CONFLICT DO NOTHING",
      {int4(segment_id), text(name_of(list)), profile_ids});
  note_unknown(profile_ids);
}

namespace {

// Segments with ids on a list that have records by now.
std::vector<int32_t> segments_with_found() {
  Rows rows =
      run("SELECT DISTINCT segment_id FROM segments.listed_profile listed WHERE record_id = '' AND record_type = ''"
          " AND EXISTS (SELECT FROM segments.record WHERE record.profile_id = listed.profile_id)");
  std::vector<int32_t> ids;
  for (uint64_t i = 0; i < rows.size(); ++i) ids.push_back(rows.int4(i, 0));
  rows.release();
  return ids;
}

}  // namespace

void note_records_of_listed() {
  static SavedStatement unknown("SELECT FROM segments.listed_profile WHERE record_id = '' LIMIT 1", {});
  if (!unknown.finds({})) return;
  const std::vector<int32_t> found = segments_with_found();
  if (found.empty()) return;
  const std::set<int32_t> locked = lock_free_segments(found);
  const std::vector<int32_t> free(locked.begin(), locked.end());
  const Parameter parameters[] = {int4_array(free)};
  run("WITH found AS ("
      "  INSERT INTO segments.listed_profile (segment_id, list, profile_id, record_type, record_id, listed_at)"
      "  SELECT listed.segment_id, listed.list, listed.profile_id, record.record_type, record.record_id, listed.listed_at"
      "  FROM segments.listed_profile listed JOIN segments.record ON record.profile_id = listed.profile_id"
      "  WHERE listed.segment_id = ANY ($1) AND listed.record_id = '' AND listed.record_type = '' ON CONFLICT DO NOTHING"
      "  RETURNING segment_id, list, profile_id)"
      " DELETE FROM segments.listed_profile listed USING found"
      " WHERE (listed.segment_id, listed.list, listed.profile_id) = (found.segment_id, found.list, found.profile_id)"
      " AND listed.record_id = '' AND listed.record_type = ''",
      parameters);
}

void copy_lists(int32_t from_segment_id, int32_t to_segment_id) {
  share_memberships();
  run("INSERT INTO segments.listed_profile (segment_id, list, profile_id, record_type, record_id, listed_at)"
      " SELECT $2, list, profile_id, record_type, record_id, listed_at FROM segments.listed_profile WHERE segment_id = $1",
      {int4(from_segment_id), int4(to_segment_id)});
}

bool is_static(int32_t segment_id) {
  Rows rows = run("SELECT kind = 'static' FROM segments.segment WHERE segment_id = $1", {int4(segment_id)});
  const bool found = !rows.empty() && rows.boolean(0, 0);
  rows.release();
  return found;
}

bool has_lists(int32_t segment_id) {
  static SavedStatement statement("SELECT FROM segments.listed_profile WHERE segment_id = $1 LIMIT 1", {INT4OID});
  Rows rows = statement.run({int4(segment_id)});
  const bool found = !rows.empty();
  rows.release();
  return found;
}

void check_has_definition(const SavedSegment& segment) {
  if (!is_static(segment.segment_id)) return;
  throw Error(ErrorCode::kNotReady, called(segment.name) + " is static", "Its members are those that were listed by hand.",
              "segments.include_members() adds some, segments.unlist_members() removes some; create_segment() makes one with a "
              "definition.");
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_include_members) { return change_list(fcinfo, MemberList::kIncluded); }

SEGMENTS_FUNCTION(segments_exclude_members) { return change_list(fcinfo, MemberList::kExcluded); }

SEGMENTS_FUNCTION(segments_unlist_members) {
  const std::string name = required_text(fcinfo, 0, "segment");
  const Parameter ids = ids_argument(fcinfo, 1);
  std::optional<MemberList> list;
  if (!PG_ARGISNULL(2)) list = list_of(text_of(PG_GETARG_DATUM(2)));
  const bool run_it = PG_ARGISNULL(3) || PG_GETARG_BOOL(3);
  const std::optional<int64_t> members = as_owner([&](Oid caller) {
    const SavedSegment segment = lock_owned(name, caller);
    check_ids(ids);
    for (const MemberList each : {MemberList::kIncluded, MemberList::kExcluded}) {
      if (list && *list != each) continue;
      run("SELECT segments_internal.unlist($1, $2, $3)", {int4(segment.segment_id), pg::text(name_of(each)), ids}).release();
    }
    return run_if_active(segment, run_it);
  });
  if (!members) PG_RETURN_NULL();
  PG_RETURN_INT64(*members);
}

SEGMENTS_FUNCTION(segments_create_static_segment) {
  const Parameter ids = ids_argument(fcinfo, 1);
  return create_static(fcinfo, [&] { return ids; });
}

// From a set of profiles.
SEGMENTS_FUNCTION(segments_create_snapshot) {
  if (PG_ARGISNULL(1)) {
    call([] { ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("members must not be null"))); });
  }
  const ProfileSet members = of_this_numbering(profile_set_of(PG_GETARG_DATUM(1)));
  return create_static(fcinfo, [&] { return ids_of(members); });
}
