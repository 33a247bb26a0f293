#include "pg/segment/saved_definition.h"

#include "core/language/clause_printer.h"
#include "pg/query/lock_timeout.h"
#include "pg/catalog/names_lock.h"
#include "pg/catalog/saved_names.h"
#include "pg/evaluation/local_time.h"
#include "pg/evaluation/resolve.h"
#include "pg/evaluation/unseen_value.h"
#include "pg/query/column_sql.h"
#include "pg/run/published.h"
#include "pg/segment/lifecycle.h"
#include "pg/segment/membership.h"
#include "pg/segment/run_limit.h"
#include "pg/segment/segment.h"
#include "pg/segment/segment_references.h"
#include "pg/segment/segment_role.h"
#include "pg/store/number_source.h"
#include "pg/type/definition.h"

namespace segments::pg {
namespace {

constexpr size_t kMaxNameBytes = 1024;

// Names, literals and privileges are checked when a definition is saved, whether it is run at once or not.
void check_resolves(const SavedSegment& segment) {
  const Definition definition = read_definition(segment.definition);
  EvaluationPlan plan;
  const std::optional<PublishedState> published = published_state(true);
  Resolver resolver(plan, GetCurrentTransactionStartTimestamp(), published ? published->refresh_id : 0, true);
  resolver.accept_types_without_data();
  resolver.remember_compared_fields();
  EvaluationRequest request = request_of(segment, definition, segment.owner);
  request.empty_windows = EmptyWindows::kRefused;
  request.is_to_be_saved = true;
  resolver.add(request);
  if (published) tell_unseen_values(resolver.compared_fields(), published->refresh_id);
  for (const Resolver::EmptyWindow& empty : resolver.empty_windows()) {
    std::string window;
    print(*empty.window, window);
    const std::string note = "nothing lies within \"" + window.substr(1) + "\": " + empty.note;
    const char* text = note.c_str();
    call([&] { ereport(NOTICE, (errmsg("%s", text))); });
  }
  keep_references(segment);
}

std::string role_name(Oid role) {
  return std::string(call([&] { return static_cast<const char*>(GetUserNameFromId(role, false)); }));
}

}  // namespace

DefinitionSettings settings_of(const Rows& rows, uint64_t row, int first_column) {
  return {rows.text(row, first_column), rows.text(row, first_column + 1), rows.text(row, first_column + 2),
          rows.text(row, first_column + 3), weekday_of_name(rows.text(row, first_column + 4)).value_or(Weekday::kMonday)};
}

EvaluationRequest request_of(const SavedSegment& segment, const Definition& definition, Oid role) {
  return {&definition, segment.definition, role, segment.settings, EmptyWindows::kAccepted, segment.segment_id, segment.name};
}

void note_version(int32_t segment_id, Oid by, const std::string& change) {
  run("SELECT segments_internal.note_version($1, $2, $3)", {int4(segment_id), text(role_name(by)), text(change)});
}

void check_name(const std::string& name) {
  if (name.empty()) throw Error(ErrorCode::kInvalidValue, "the name of a segment must not be empty");
  if (name == kAllSegments) {
    throw Error(ErrorCode::kInvalidValue, "a segment must not be named *",
                "Where members are granted, * stands for all segments of an owner.", "Choose another name.");
  }
  if (name.size() > kMaxNameBytes) {
    throw Error(ErrorCode::kLimitExceeded, "the name of a segment is too long",
                "It has " + std::to_string(name.size()) + " bytes; at most " + std::to_string(kMaxNameBytes) + " are possible.");
  }
}

// A segment that was dropped although others refer to it left them its name: nobody else's takes its place.
void check_is_missed_by_nobody(const std::string& name, Oid role) {
  const Oid extension = extension_owner();
  if (call([&] { return has_privs_of_role(role, extension); })) return;
  Rows rows =
      run("SELECT FROM segments.saved_segment referring WHERE definition LIKE '%segment ''%'"
          " AND $1 = ANY (segments_internal.referenced_segments(definition))"
          " AND NOT coalesce(pg_catalog.pg_has_role($2, owner, 'USAGE'), false)"
          " AND NOT EXISTS (SELECT FROM segments.left_name"
          "  WHERE kind = 'segment' AND left_name.name = $1 AND pg_catalog.pg_has_role($2, left_name.owner, 'USAGE')) LIMIT 1",
          {text(name), oid(role)});
  const bool is_missed = !rows.empty();
  rows.release();
  if (!is_missed) return;
  const char* segment = name.c_str();
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("segments of others refer to a segment \"%s\"", segment),
                    errdetail("It was dropped; they would go on with this one."),
                    errhint("Choose another name, or let the owner of the extension make it and give it to you.")));
  });
}

// Names are unique over all owners: that a name is taken is told to everybody who may save.
void check_is_free(const std::string& name, Oid role) {
  Rows rows = run("SELECT owner FROM segments.saved_segment WHERE name = $1", {text(name)});
  if (rows.empty()) {
    rows.release();
    return check_is_missed_by_nobody(name, role);
  }
  const bool is_owned = owns(role, rows.oid(0, 0));
  const char* segment = name.c_str();
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("segment \"%s\" already exists", segment),
                    is_owned ? errhint("Change it with update_segment(), or choose another name.")
                             : errhint("It is somebody else's: choose another name.")));
  });
}

void check_has_owner(const SavedSegment& segment) {
  if (OidIsValid(segment.owner)) return;
  throw Error(ErrorCode::kNotReady, called(segment.name) + " has no owner any more",
              "The role it belonged to was dropped or renamed.",
              "SELECT segments.set_segment_owner(" + quoted_literal(segment.name) + ", role) gives it to a role.");
}

SavedSegment save_segment(SavedSegment segment, const std::string& change) {
  check_name(segment.name);
  share_names();
  check_may_have_more(segment.owner);
  check_is_free(segment.name, segment.owner);
  check_resolves(segment);
  segment.definition = with_exact_event_names(segment.definition);
  // Who saves under the same name is waited for, but not for ever.
  within_lock_timeout([&] {
    Rows rows =
        run("INSERT INTO segments.segment (name, definition, lifecycle, " SEGMENTS_SETTINGS_COLUMNS
            ", segment_id)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " ON CONFLICT (name) DO NOTHING RETURNING segment_id",
            {text(segment.name), text(segment.definition), text(state_of(segment.lifecycle)), text(segment.settings.time_zone),
             text(segment.settings.interval_style), text(segment.settings.monetary_locale),
             text(segment.settings.zone_abbreviations), text(kWeekdayNames[static_cast<size_t>(segment.settings.week_start)]),
             int4(free_numbers("segment", "segment_id", "segment_segment_id_seq", 1).front())});
    if (rows.empty()) check_is_free(segment.name, segment.owner);
    segment.segment_id = rows.int4(0, 0);
    rows.release();
  });
  store_owner(segment.segment_id, segment.owner);
  note_version(segment.segment_id, segment.owner, change);
  check_definitions_fit(segment.owner);
  return segment;
}

void save_version(const SavedSegment& segment, Oid by, const std::string& change) {
  check_has_owner(segment);
  check_resolves(segment);
  const std::string definition = with_exact_event_names(segment.definition);
  const DefinitionSettings& settings = segment.settings;
  run("UPDATE segments.segment SET (definition, " SEGMENTS_SETTINGS_COLUMNS
      ") = ($2, $3, $4, $5, $6, $7), version = version + 1"
      " WHERE segment_id = $1 AND (definition, " SEGMENTS_SETTINGS_COLUMNS ") <> ($2, $3, $4, $5, $6, $7)",
      {int4(segment.segment_id), text(definition), text(settings.time_zone), text(settings.interval_style),
       text(settings.monetary_locale), text(settings.zone_abbreviations),
       text(kWeekdayNames[static_cast<size_t>(settings.week_start)])});
  if (rows_processed() == 0) return;
  note_version(segment.segment_id, by, change);
  check_definitions_fit(segment.owner);
}

std::optional<int64_t> run_if_active(const SavedSegment& segment, bool run_it) {
  if (!run_it || segment.lifecycle != Lifecycle::kActive) return std::nullopt;
  check_has_owner(segment);
  return run_over_published(segment).members;
}

}  // namespace segments::pg
