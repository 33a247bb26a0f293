#include "pg/segment/lifecycle.h"

#include "core/text/lexer.h"
#include "pg/catalog/names_lock.h"
#include "pg/evaluation/local_time.h"
#include "pg/evaluation/segment_eval.h"
#include "pg/query/column_sql.h"
#include "pg/segment/member_list.h"
#include "pg/segment/membership.h"
#include "pg/segment/saved_definition.h"
#include "pg/segment/segment.h"

namespace segments::pg {
namespace {

constexpr std::string_view kStates[] = {"draft", "active", "inactive"};
constexpr size_t kMaxDescriptionBytes = 10'000;
constexpr int64_t kMaxTags = 100;
constexpr int32_t kMaxTagBytes = 255;

void check_tags(const Parameter& tags) {
  Rows rows =
      run("SELECT count(*), coalesce(bool_or(tag IS NULL OR tag = ''), false), coalesce(max(octet_length(tag)), 0)"
          " FROM unnest($1) tag",
          {tags});
  const int64_t count = rows.int8(0, 0);
  const bool has_empty = rows.boolean(0, 1);
  const int32_t longest = rows.int4(0, 2);
  rows.release();
  if (has_empty) throw Error(ErrorCode::kInvalidValue, "a tag must not be null or empty");
  if (count <= kMaxTags && longest <= kMaxTagBytes) return;
  throw Error(
      ErrorCode::kLimitExceeded, count > kMaxTags ? "too many tags" : "a tag is too long",
      "A segment has at most " + std::to_string(kMaxTags) + " tags, each of at most " + std::to_string(kMaxTagBytes) + " bytes.");
}

void set_lifecycle(const SavedSegment& segment, Lifecycle lifecycle) {
  if (segment.lifecycle == lifecycle) return;
  run("UPDATE segments.segment SET lifecycle = $2, lifecycle_since = now() WHERE segment_id = $1",
      {int4(segment.segment_id), text(state_of(lifecycle))});
  if (lifecycle == Lifecycle::kDraft) forget_members(segment.segment_id);
}

// Everything but grants and versions.
SavedSegment copy(const SavedSegment& original, SavedSegment segment) {
  segment = save_segment(std::move(segment), "copied from " + called(original.name));
  run("UPDATE segments.segment copy SET description = original.description, tags = original.tags,"
      " kind = original.kind"
      " FROM segments.segment original WHERE copy.segment_id = $1 AND original.segment_id = $2",
      {int4(segment.segment_id), int4(original.segment_id)});
  copy_lists(original.segment_id, segment.segment_id);
  run("SELECT segments_internal.copy_schedule($1, $2)", {int4(original.segment_id), int4(segment.segment_id)});
  return segment;
}

// Which others that `role` may read have the name, too.
void tell_shared_name(const SavedSegment& segment, const std::string& display_name, Oid role) {
  Rows rows =
      run("SELECT segment_id, name FROM segments.segment WHERE segment_id <> $1"
          " AND segments_internal.fold_name($2) IN (segments_internal.fold_name(name), "
          "segments_internal.fold_name(display_name)) ORDER BY name",
          {int4(segment.segment_id), text(display_name)});
  std::string others;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    if (may_read_members(rows.int4(i, 0), role)) others += (others.empty() ? "" : ", ") + in_quotes(rows.text(i, 1));
  }
  rows.release();
  if (others.empty()) return;
  const char* texts[] = {display_name.c_str(), others.c_str()};
  call([&] {
    ereport(NOTICE,
            (errmsg("several segments have the name \"%s\"", texts[0]), errdetail("It is also that of segment %s.", texts[1])));
  });
}

Question question_of(const SavedSegment& segment, Timestamp as_of) {
  check_has_owner(segment);
  return {segment.definition, as_of, segment.owner, segment.settings, segment.segment_id, segment.name};
}

struct Version {
  std::string definition;
  DefinitionSettings settings;
};

// With the names that types and fields have now.
Version read_version(const SavedSegment& segment, int32_t version) {
  Rows rows = run("SELECT coalesce(renamed_definition, definition), " SEGMENTS_SETTINGS_COLUMNS
                  " FROM segments.segment_version WHERE segment_id = $1 AND version = $2",
                  {int4(segment.segment_id), int4(version)});
  if (rows.empty()) {
    throw Error(
        ErrorCode::kUndefined, called(segment.name) + " has no version " + std::to_string(version), "",
        "SELECT * FROM segments.segment_versions WHERE segment = " + quoted_literal(segment.name) + " lists those it has.");
  }
  Version found{rows.text(0, 0), settings_of(rows, 0, 1)};
  rows.release();
  return found;
}

}  // namespace

Lifecycle lifecycle_of(std::string_view state) {
  for (size_t i = 0; i < std::size(kStates); ++i) {
    if (state == kStates[i]) return static_cast<Lifecycle>(i);
  }
  throw Error(ErrorCode::kInvalidValue, "a segment cannot be \"" + std::string(state.substr(0, 100)) + "\"", "",
              "Its state is draft, active or inactive.");
}

std::string_view state_of(Lifecycle lifecycle) { return kStates[static_cast<size_t>(lifecycle)]; }

void check_is_active(const SavedSegment& segment) {
  if (segment.lifecycle == Lifecycle::kActive) return;
  const bool is_draft = segment.lifecycle == Lifecycle::kDraft;
  throw Error(ErrorCode::kNotReady, called(segment.name) + (is_draft ? " is a draft" : " is inactive"),
              is_draft ? "A draft has no members." : "It keeps the members of its last run, if it was ever run.",
              "SELECT segments.set_segment_state(" + quoted_literal(segment.name) + ", 'active') makes it active and runs it.");
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_set_segment_state) {
  const std::string name = required_text(fcinfo, 0, "name");
  const Lifecycle lifecycle = lifecycle_of(required_text(fcinfo, 1, "state"));
  const bool run_it = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
  const std::optional<int64_t> members = as_owner([&](Oid caller) {
    SavedSegment segment = lock_owned(name, caller);
    set_lifecycle(segment, lifecycle);
    segment.lifecycle = lifecycle;
    return run_if_active(segment, run_it);
  });
  if (!members) PG_RETURN_NULL();
  PG_RETURN_INT64(*members);
}

SEGMENTS_FUNCTION(segments_copy_segment) {
  const std::string name = required_text(fcinfo, 0, "name");
  const std::string new_name = required_text(fcinfo, 1, "new_name");
  const bool run_it = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
  std::optional<Lifecycle> lifecycle;
  if (!PG_ARGISNULL(3)) lifecycle = lifecycle_of(text_of(PG_GETARG_DATUM(3)));
  const std::optional<int64_t> members = as_owner([&](Oid caller) {
    share_names();
    const SavedSegment original = find_owned(name, caller);
    return run_if_active(
        copy(original, {0, new_name, original.definition, original.settings, caller, lifecycle.value_or(original.lifecycle)}),
        run_it);
  });
  if (!members) PG_RETURN_NULL();
  PG_RETURN_INT64(*members);
}

SEGMENTS_FUNCTION(segments_describe_segment) {
  const std::string name = required_text(fcinfo, 0, "name");
  const std::string description = PG_ARGISNULL(1) ? "" : text_of(PG_GETARG_DATUM(1));
  if (description.size() > kMaxDescriptionBytes) {
    throw Error(ErrorCode::kLimitExceeded, "the description of a segment is too long",
                "It has " + std::to_string(description.size()) + " bytes; at most " + std::to_string(kMaxDescriptionBytes) +
                    " are possible.");
  }
  as_owner([&](Oid caller) {
    const SavedSegment segment = lock_owned(name, caller);
    run("UPDATE segments.segment SET description = nullif($2, '') WHERE segment_id = $1",
        {int4(segment.segment_id), pg::text(description)});
  });
  PG_RETURN_VOID();
}

// Of a caller that segments.set_display_name was asked by.
SEGMENTS_FUNCTION(segments_name_segment_for_people) {
  const Oid caller = PG_GETARG_OID(0);
  const std::string name = required_text(fcinfo, 1, "name");
  const std::string display_name = PG_ARGISNULL(2) ? "" : text_of(PG_GETARG_DATUM(2));
  const OwnerScope owner = OwnerScope::enter();
  with_spi([&] {
    const SavedSegment segment = lock_owned(name, caller);
    run("UPDATE segments.segment SET display_name = nullif($2, '') WHERE segment_id = $1",
        {int4(segment.segment_id), pg::text(display_name)});
    tell_shared_name(segment, display_name, caller);
  });
  owner.leave();
  PG_RETURN_VOID();
}

SEGMENTS_FUNCTION(segments_set_segment_tags) {
  const std::string name = required_text(fcinfo, 0, "name");
  const Parameter tags = PG_ARGISNULL(1) ? null_of(TEXTARRAYOID) : datum(TEXTARRAYOID, PG_GETARG_DATUM(1));
  as_owner([&](Oid caller) {
    const SavedSegment segment = lock_owned(name, caller);
    check_tags(tags);
    run("UPDATE segments.segment SET tags = ARRAY(SELECT tag FROM unnest($2) tag GROUP BY tag ORDER BY tag COLLATE \"C\") WHERE "
        "segment_id = $1",
        {int4(segment.segment_id), tags});
  });
  PG_RETURN_VOID();
}

SEGMENTS_FUNCTION(segments_set_segment_time_zone) {
  const std::string name = required_text(fcinfo, 0, "name");
  const std::string zone = required_text(fcinfo, 1, "time_zone");
  const bool run_it = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
  const std::optional<int64_t> members = as_owner([&](Oid caller) {
    share_names();
    SavedSegment segment = lock_owned(name, caller);
    if (!is_time_zone(zone)) run("SELECT segments_internal.check_time_zone($1)", {pg::text(zone)});  // says which names are near
    segment.settings.time_zone = zone;
    save_version(segment, caller, "time zone");
    return run_if_active(segment, run_it);
  });
  if (!members) PG_RETURN_NULL();
  PG_RETURN_INT64(*members);
}

SEGMENTS_FUNCTION(segments_restore_segment) {
  const std::string name = required_text(fcinfo, 0, "name");
  if (PG_ARGISNULL(1)) {
    call([] { ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("version must not be null"))); });
  }
  const int32_t version = PG_GETARG_INT32(1);
  const bool run_it = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
  const std::optional<int64_t> members = as_owner([&](Oid caller) {
    share_names();
    SavedSegment segment = lock_owned(name, caller);
    check_has_definition(segment);
    const Version restored = read_version(segment, version);
    segment.definition = restored.definition;
    segment.settings = restored.settings;
    save_version(segment, caller, "restored version " + std::to_string(version));
    return run_if_active(segment, run_it);
  });
  if (!members) PG_RETURN_NULL();
  PG_RETURN_INT64(*members);
}

SEGMENTS_FUNCTION(segments_forget_versions) {
  const std::string name = required_text(fcinfo, 0, "name");
  PG_RETURN_INT32(as_owner([&](Oid caller) {
    const SavedSegment segment = lock_owned(name, caller);
    run("DELETE FROM segments.segment_version old USING segments.segment current"
        " WHERE old.segment_id = $1 AND current.segment_id = $1 AND old.version < current.version",
        {int4(segment.segment_id)});
    return static_cast<int32_t>(rows_processed());
  }));
}

SEGMENTS_FUNCTION(segments_count_segment) {
  const std::string name = required_text(fcinfo, 0, "name");
  const Timestamp as_of = as_of_argument(fcinfo, 1);
  PG_RETURN_INT64(as_owner([&](Oid caller) { return count_profiles(question_of(find_owned(name, caller), as_of)); }));
}

SEGMENTS_FUNCTION(segments_explain_segment) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  const std::string name = required_text(fcinfo, 0, "name");
  const Timestamp as_of = as_of_argument(fcinfo, 1);
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  as_owner([&](Oid caller) { explain_question(question_of(find_owned(name, caller), as_of), result); });
  return Datum(0);
}
