#include "pg/segment/segment_references.h"

#include "core/language/printer.h"
#include "core/language/references.h"
#include "core/text/lexer.h"
#include "pg/query/column_sql.h"
#include "pg/query/saved_statement.h"
#include "pg/segment/member_list.h"
#include "pg/segment/referenced_past.h"
#include "pg/segment/saved_definition.h"
#include "pg/segment/segment.h"
#include "pg/segment/segment_lock.h"
#include "pg/server/datum.h"
#include "pg/type/definition.h"

namespace segments::pg {
namespace {

// Sees what the statement has saved itself.
std::optional<ReferencedSegment> find_readable_segment(const std::string& name, Oid role) {
  static SavedStatement statement("SELECT segment_id, name, definition, owner, " SEGMENTS_SETTINGS_COLUMNS
                                  " FROM segments.saved_segment WHERE name = $1",
                                  {TEXTOID});
  Rows rows = statement.run({text(name)}, false);
  if (rows.empty()) return std::nullopt;
  const SavedSegment segment{rows.int4(0, 0), rows.text(0, 1), rows.text(0, 2), settings_of(rows, 0, 4), rows.oid(0, 3)};
  rows.release();
  if (!may_read(segment, role)) return std::nullopt;
  return ReferencedSegment{segment.segment_id, segment.name, segment.definition, segment.settings, segment.owner};
}

// Those that a segment's definition names, each once.
std::vector<std::string> names_in(const std::string& text) {
  const Definition definition = read_definition(text);
  std::set<std::string> names;
  visit_references(*definition.root, [&](const SegmentReference& reference) { names.insert(reference.name); });
  return {names.begin(), names.end()};
}

[[noreturn]] void throw_changed(const std::string& name) {
  const char* segment = name.c_str();
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                    errmsg("a segment that refers to segment \"%s\" is being changed or evaluated", segment),
                    errdetail("Its definition gets the new name, too."), errhint("Try again when that has ended.")));
  });
  pg_unreachable();
}

struct NamingDefinition {
  int32_t segment_id;
  std::optional<int32_t> version;  // nothing: the one in force
  std::string definition;
};

std::vector<NamingDefinition> definitions_that_name(const SavedSegment& segment) {
  Rows rows =
      run("SELECT referring_id, version, definition FROM segments.segment_reference WHERE segment_id = $1"
          " ORDER BY referring_id, version",
          {int4(segment.segment_id)});
  std::vector<NamingDefinition> found;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    found.push_back({rows.int4(i, 0), std::nullopt, rows.text(i, 2)});
    if (!rows.is_null(i, 1)) found.back().version = rows.int4(i, 1);
  }
  rows.release();
  return found;
}

void rename_in(const NamingDefinition& naming, const SavedSegment& segment, const std::string& new_name, Oid by) {
  const Definition definition = read_definition(naming.definition);
  rename_references(*definition.root, segment.name, new_name);
  const std::string renamed = print_definition(definition);
  if (naming.version) {
    run("UPDATE segments.segment_version SET renamed_definition = $3 WHERE segment_id = $1 AND version = $2",
        {int4(naming.segment_id), int4(*naming.version), text(renamed)});
    return;
  }
  const int32_t ids[] = {naming.segment_id};
  if (lock_free_segments(ids).empty()) throw_changed(segment.name);
  run("UPDATE segments.segment SET definition = $2, version = version + 1 WHERE segment_id = $1",
      {int4(naming.segment_id), text(renamed)});
  note_version(naming.segment_id, by, "name of " + called(segment.name));
}

}  // namespace

void keep_references(const SavedSegment& segment) {
  for (const std::string& name : names_in(segment.definition)) {
    Rows rows = run("SELECT FROM segments.segment WHERE name = $1 FOR KEY SHARE", {text(name)});
    const bool is_there = !rows.empty();
    rows.release();
    if (!is_there) find_referenced({name}, segment.owner);  // raises
  }
}

void stop_references(const SavedSegment& segment) {
  run("SELECT FROM segments.segment WHERE segment_id = $1 FOR UPDATE", {int4(segment.segment_id)});
}

void rename_in_definitions(const SavedSegment& segment, const std::string& new_name, Oid by) {
  for (const NamingDefinition& naming : definitions_that_name(segment)) rename_in(naming, segment, new_name, by);
}

std::vector<std::string> referring_segments(const SavedSegment& segment, Oid role) {
  Rows rows =
      run("SELECT referring_id, owner_name FROM segments.segment_reference JOIN segments.saved_segment referring"
          " ON referring.segment_id = referring_id WHERE segment_reference.segment_id = $1 AND segment_reference.version IS NULL",
          {int4(segment.segment_id)});
  std::set<std::string> names;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    const std::optional<SavedSegment> referring = readable_segment(rows.int4(i, 0), role);
    names.insert(referring ? called(referring->name) : "a segment of " + in_quotes(rows.text(i, 1)));
  }
  rows.release();
  return {names.begin(), names.end()};
}

void check_is_not_referred_to(const SavedSegment& segment, Oid role, bool cascade) {
  const std::vector<std::string> referring = referring_segments(segment, role);
  if (referring.empty()) return;
  std::string users;
  for (const std::string& name : referring) users += (users.empty() ? "" : ", ") + name;
  const std::string call_text = "SELECT segments.drop_segment(" + quoted_literal(segment.name) + ", cascade => true)";
  const char* texts[] = {segment.name.c_str(), users.c_str(), call_text.c_str()};
  call([&] {
    if (cascade) {
      ereport(NOTICE,
              (errmsg("segments that refer to segment \"%s\" keep their members and cannot be evaluated any more", texts[0]),
               errdetail("They are: %s.", texts[1])));
      return;
    }
    ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
                    errmsg("cannot drop segment \"%s\" because other segments refer to it", texts[0]),
                    errdetail("It is used by: %s.", texts[1]),
                    errhint("%s drops it all the same: they keep their members, and fail until they get another definition.",
                            texts[2])));
  });
}

void install_segment_references() {
  install_segment_source({find_readable_segment, read_lists, read_past, read_change_times, was_run});
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

// The segments that a definition refers to, each once; of one that does not parse: none.
SEGMENTS_FUNCTION(segments_referenced_segments) {
  const std::string written(text_view(PG_GETARG_DATUM(0)));
  std::set<std::string> names;
  try {
    const Definition definition = read_definition(written);
    visit_references(*definition.root, [&](const SegmentReference& reference) { names.insert(reference.name); });
  } catch (const Error&) {
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return text_array(views).value;
}
