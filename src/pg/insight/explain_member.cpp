// Why somebody is a member of a segment, or is not, and how long that stays so: segments.explain_member.
#include "core/language/printer.h"
#include "pg/evaluation/segment_eval.h"
#include "pg/insight/verdict.h"
#include "pg/run/published.h"
#include "pg/segment/readable_segment.h"
#include "pg/segment/segment.h"
#include "pg/server/datum.h"
#include "pg/type/definition.h"

namespace segments::pg {
namespace {

// The profile's, as the statement sees it.
std::optional<Ordinal> ordinal_of(const std::string& profile_id) {
  Rows rows = run("SELECT segments.profile_ordinal($1)", {text(profile_id)}, {.read_only = true});
  std::optional<Ordinal> ordinal;
  if (!rows.is_null(0, 0)) ordinal = static_cast<Ordinal>(rows.int8(0, 0));
  rows.release();
  return ordinal;
}

struct MemberRow {
  int32_t node = 1;
  int32_t parent = 0;
  int32_t depth = 0;
  std::string text;
  bool holds = false;
  std::optional<Evidence> evidence;
  std::optional<Timestamp> changes_at;
  std::string note;
};

void emit(ReturnSetInfo* result, const MemberRow& row) {
  const char* text = row.text.c_str();
  const char* note = row.note.c_str();
  const Evidence evidence = row.evidence.value_or(Evidence{});
  const bool is_condition = row.evidence.has_value();
  const Timestamp changes_at = row.changes_at.value_or(0);
  call([&] {
    Datum values[] = {Int32GetDatum(row.node),
                      Int32GetDatum(row.parent),
                      Int32GetDatum(row.depth),
                      CStringGetTextDatum(text),
                      BoolGetDatum(row.holds),
                      Int64GetDatum(evidence.interactions),
                      TimestampTzGetDatum(evidence.first.value_or(0)),
                      TimestampTzGetDatum(evidence.last.value_or(0)),
                      Int64GetDatum(evidence.threshold.value_or(0)),
                      TimestampTzGetDatum(changes_at),
                      CStringGetTextDatum(note)};
    bool nulls[] = {false,          row.parent == 0,     false,           false,        false, !is_condition, !evidence.first,
                    !evidence.last, !evidence.threshold, !row.changes_at, *note == '\0'};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  });
}

// To those who may not see the definition: what the last run found.
MemberRow opaque_row(const ReadableSegment& readable, const std::string& profile_id) {
  check_was_run(readable);
  const std::optional<Ordinal> ordinal = ordinal_of(profile_id);
  const Timestamp as_of = *readable.as_of;
  MemberRow row;
  row.text = called(readable.segment.name);
  row.holds = ordinal && published_members(readable.segment).contains(*ordinal);
  row.note = std::string("as of ") + call([&] { return timestamptz_to_str(as_of); });
  return row;
}

const char* unforeseen_note(const Verdict& verdict) {
  switch (verdict.unforeseen) {
    case Unforeseen::kNothing:
      break;
    case Unforeseen::kRestriction:
      return "a restriction follows as_of: when this changes is not known";
    case Unforeseen::kWindow:
      return "a window of a profile source follows as_of: when this changes is not known";
    case Unforeseen::kPeriods:
      return "periods follow as_of: when this changes is not known";
    case Unforeseen::kValues:
      return "values enter and leave with their interactions: when this changes is not known";
    case Unforeseen::kPast:
      return "a segment's history is asked as of as_of: when this changes is not known";
    case Unforeseen::kHidden:
      return "a segment's definition is its owner's to see: when this changes is not known";
  }
  return "";
}

std::vector<MemberRow> explained(const ReadableSegment& readable, const std::string& profile_id, Timestamp as_of, Oid caller) {
  const SavedSegment& segment = readable.segment;
  const Definition definition = read_definition(segment.definition);
  const int64_t refresh_id = published_refresh();
  EvaluationPlan plan;
  Resolver resolver(plan, as_of, refresh_id, false);
  resolver.add(request_of(segment, definition, caller));
  warn_of_frozen(resolver);
  const std::optional<Ordinal> profile = ordinal_of(profile_id);
  if (!profile) {
    throw Error(ErrorCode::kUndefined, "there is no profile \"" + profile_id + "\"",
                "The mapping of the last refresh has no such profile.",
                "Profiles that were mapped since are known after CALL segments.refresh().");
  }
  const std::vector<std::vector<Timestamp>> times = evidence_of(plan, *profile, refresh_id);
  std::vector<MemberRow> rows;
  const std::set<uint32_t> holding = nodes_of(plan, nodes_with_values(definition, resolver), *profile, refresh_id);
  for (NodeVerdict& found :
       verdicts_of(definition, segment.settings, as_of, resolver, plan, times, holding, {*profile, profile_id})) {
    MemberRow row{static_cast<int32_t>(rows.size()) + 1,
                  found.parent,
                  found.depth,
                  found.node != nullptr ? print_node(*found.node) : found.text,
                  found.verdict.holds,
                  found.evidence,
                  {},
                  {}};
    if (!found.verdict.changes.empty()) row.changes_at = found.verdict.changes.front();
    row.note = found.verdict.unforeseen == Unforeseen::kNothing ? std::move(found.note) : unforeseen_note(found.verdict);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_explain_member) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  const std::string name = required_text(fcinfo, 0, "segment");
  const std::string profile_id = required_text(fcinfo, 1, "profile_id");
  const Timestamp as_of = as_of_argument(fcinfo, 2);
  const std::vector<MemberRow> rows = as_owner([&](Oid caller) {
    const ReadableSegment readable = find_readable(name, caller);
    if (readable.is_owned) return explained(readable, profile_id, as_of, caller);
    return std::vector<MemberRow>{opaque_row(readable, profile_id)};
  });
  for (const MemberRow& row : rows) emit(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo), row);
  return Datum(0);
}
