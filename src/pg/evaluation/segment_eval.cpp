#include "pg/evaluation/segment_eval.h"

#include "core/language/printer.h"
#include "pg/type/definition.h"
#include "pg/evaluation/evaluation.h"
#include "pg/type/profile_set.h"
#include "pg/query/query.h"
#include "pg/evaluation/resolve.h"
#include "pg/evaluation/window_check.h"
#include "pg/run/published.h"

namespace segments::pg {
namespace {

// The caller's; nothing if the definition is null.
std::optional<Question> question_of(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(0)) return std::nullopt;
  return Question{definition_text(PG_GETARG_DATUM(0)), as_of_argument(fcinfo, 1), GetUserId(), current_definition_settings()};
}

std::string time_text(Timestamp time) {
  return call([&] { return timestamptz_to_str(time); });
}

void warn_of(const std::string& what, Timestamp since) {
  const std::string message = what + " is frozen since " + time_text(since);
  const char* text = message.c_str();
  call([&] {
    ereport(WARNING, (errmsg_internal("%s", text), errdetail("What was written since an earlier refresh is not in the answer."),
                      errhint("segments.refresh_log says why.")));
  });
}

}  // namespace

void warn_of_frozen(const Resolver& resolver) {
  for (const Resolver::FrozenType& type : resolver.frozen_types()) warn_of("interaction type " + type.name, type.frozen_at);
  if (const std::optional<Timestamp> since = unification_frozen_at()) warn_of("the unification", *since);
}

namespace {

void note_reversed_bounds(const Resolver& resolver) {
  for (const ComparedField& field : resolver.compared_fields()) {
    const std::optional<std::string> note = reversed_bounds(field);
    if (!note) continue;
    const char* text = note->c_str();
    call([&] { ereport(NOTICE, (errmsg("%s", text))); });
  }
}

// Nobody belongs to a definition while no record belongs to anybody.
void note_unmapped() {
  Rows rows = run("SELECT segments_internal.is_unmapped()", {}, {.read_only = true});
  const bool is_unmapped = rows.boolean(0, 0);
  rows.release();
  if (!is_unmapped) return;
  call([] {
    ereport(NOTICE, (errmsg("no record belonged to a profile at the last refresh"),
                     errdetail("The unification was registered after it, or its table was empty."),
                     errhint("When that has rows, run CALL segments.refresh().")));
  });
}

// REQUIRES: within with_spi, as the extension's owner.
TileResult evaluate_once(const Question& question, PlanOutput output) {
  const Definition definition = read_definition(question.text);
  const int64_t refresh_id = published_refresh();
  EvaluationPlan plan;
  plan.output = output;
  Resolver resolver(plan, question.as_of, refresh_id, true);
  resolver.remember_compared_fields();
  resolver.add({&definition, question.text, question.role, question.settings, EmptyWindows::kRefused});
  warn_of_frozen(resolver);
  note_reversed_bounds(resolver);
  TileResult result = evaluate(plan, refresh_id, Visibility::kStatement);
  if (result.counts.at(0) == 0) note_unmapped();
  return result;
}

template <class F>
auto as_extension_owner(F body) {
  const OwnerScope owner = OwnerScope::enter();
  auto result = with_spi(body);
  owner.leave();
  return result;
}

struct ExplainRow {
  int32_t node;
  int32_t parent;  // 0: none
  int32_t depth;
  std::string text;
  NodeWork work;
  std::optional<CounterWork> counter;
  std::optional<std::string> note;
};

// Interaction types of which older interactions were dropped, and since when there are any.
std::map<int32_t, Timestamp> retentions() {
  Rows rows = run("SELECT type_id, data_begins FROM segments.retention", {}, {.read_only = true});
  std::map<int32_t, Timestamp> begins;
  for (uint64_t i = 0; i < rows.size(); ++i) begins[rows.int4(i, 0)] = rows.timestamptz(i, 1);
  rows.release();
  return begins;
}

// That a window reaches further back than the data of a type; nothing: it does not.
std::string retention_note(int32_t type_id, const TimeRange& window, const std::map<int32_t, Timestamp>& retentions) {
  const auto found = retentions.find(type_id);
  if (found == retentions.end() || window.empty() || window.first >= found->second) return "";
  return "data begins at " + time_text(found->second);
}

std::string frozen_note(int32_t type_id, const Resolver& resolver) {
  for (const Resolver::FrozenType& type : resolver.frozen_types()) {
    if (type.type_id == type_id) return "frozen since " + time_text(type.frozen_at);
  }
  return "";
}

// The unification's, at the whole.
std::string unification_note(int32_t parent) {
  const std::optional<Timestamp> since = parent == 0 ? unification_frozen_at() : std::nullopt;
  return since ? "unification frozen since " + time_text(*since) : "";
}

std::optional<std::string> joined(const std::vector<std::string>& notes) {
  std::string all;
  for (const std::string& note : notes) {
    if (!note.empty()) all += (all.empty() ? "" : ". ") + note;
  }
  return all.empty() ? std::nullopt : std::optional(all);
}

// What notes are made of.
struct NoteSources {
  Timestamp as_of;
  std::map<int32_t, Timestamp> retentions;
  std::map<const InteractionCondition*, std::vector<std::string>> unseen;
};

std::map<const InteractionCondition*, std::vector<std::string>> unseen_notes(const Resolver& resolver, int64_t refresh_id) {
  std::map<const InteractionCondition*, std::vector<std::string>> notes;
  for (const ComparedField& field : resolver.compared_fields()) {
    for (std::string& note : unseen_values(field, refresh_id)) notes[field.condition].push_back(std::move(note));
  }
  return notes;
}

std::vector<std::string> notes_of(const InteractionCondition& condition, const Resolver::ConditionParts& parts,
                                  const EvaluationPlan& plan, const Resolver& resolver, const NoteSources& sources) {
  std::vector<std::string> notes;
  if (auto note = empty_window_note(parts.window, sources.as_of)) notes.push_back(std::move(*note));
  const CounterPlan& counter = plan.counters[parts.counters.front()];
  for (const CountedType& type : counter.types) {
    notes.push_back(retention_note(type.type_id, counter.window, sources.retentions));
    notes.push_back(frozen_note(type.type_id, resolver));
  }
  if (const auto unseen = sources.unseen.find(&condition); unseen != sources.unseen.end()) {
    notes.insert(notes.end(), unseen->second.begin(), unseen->second.end());
  }
  return notes;
}

CounterWork work_of(const Resolver::ConditionParts& parts, const TileResult& result) {
  CounterWork work;
  for (const uint32_t counter : parts.counters) {
    work.fragments_read += result.counters[counter].fragments_read;
    work.fragments_pruned += result.counters[counter].fragments_pruned;
    work.rows_scanned += result.counters[counter].rows_scanned;
    work.nanoseconds += result.counters[counter].nanoseconds;
  }
  return work;
}

void add_rows(const Node& node, int32_t parent, int32_t depth, const Resolver& resolver, const EvaluationPlan& plan,
              const TileResult& result, const NoteSources& sources, std::vector<ExplainRow>& rows) {
  const uint32_t plan_node = resolver.plan_node(&node);
  const auto number = static_cast<int32_t>(rows.size()) + 1;
  ExplainRow row{number, parent, depth, print_node(node), result.nodes[plan_node], std::nullopt, std::nullopt};
  std::vector<std::string> notes;
  if (node.kind == NodeKind::kInteraction) {
    const Resolver::ConditionParts& parts = resolver.parts_of(&node);
    row.counter = work_of(parts, result);
    notes = notes_of(*node.interaction, parts, plan, resolver, sources);
  }
  notes.push_back(unification_note(parent));
  row.note = joined(notes);
  rows.push_back(std::move(row));
  for (const auto& child : node.children) add_rows(*child, number, depth + 1, resolver, plan, result, sources, rows);
}

std::vector<ExplainRow> explain(const Question& question) {
  const Definition definition = read_definition(question.text);
  const int64_t refresh_id = published_refresh();
  EvaluationPlan plan;
  plan.output = PlanOutput::kExplain;
  Resolver resolver(plan, question.as_of, refresh_id, false);
  resolver.remember_compared_fields();
  resolver.add({&definition, question.text, question.role, question.settings});
  const TileResult result = evaluate(plan, refresh_id, Visibility::kStatement);
  std::vector<ExplainRow> all;
  add_rows(*definition.root, 0, 0, resolver, plan, result, {question.as_of, retentions(), unseen_notes(resolver, refresh_id)},
           all);
  return all;
}

void emit(ReturnSetInfo* result, const ExplainRow& row) {
  const NodeWork& work = row.work;
  const bool leaf = row.counter.has_value();
  const CounterWork counter = row.counter.value_or(CounterWork{});
  const double milliseconds = static_cast<double>(work.nanoseconds + counter.nanoseconds) / 1e6;
  const char* text = row.text.c_str();
  const char* note = row.note ? row.note->c_str() : nullptr;
  call([&] {
    Datum values[] = {Int32GetDatum(row.node),
                      Int32GetDatum(row.parent),
                      Int32GetDatum(row.depth),
                      CStringGetTextDatum(text),
                      Int64GetDatum(static_cast<int64_t>(work.members)),
                      Int64GetDatum(static_cast<int64_t>(counter.fragments_read)),
                      Int64GetDatum(static_cast<int64_t>(counter.fragments_pruned)),
                      Int64GetDatum(static_cast<int64_t>(counter.rows_scanned)),
                      Float8GetDatum(milliseconds),
                      note == nullptr ? Datum(0) : CStringGetTextDatum(note)};
    bool nulls[] = {false, row.parent == 0, false, false, false, !leaf, !leaf, !leaf, false, note == nullptr};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  });
}

}  // namespace

Timestamp as_of_argument(FunctionCallInfo fcinfo, int argument) {
  const Timestamp as_of = PG_ARGISNULL(argument) ? GetCurrentTransactionStartTimestamp() : PG_GETARG_TIMESTAMPTZ(argument);
  if (TIMESTAMP_NOT_FINITE(as_of)) throw Error(ErrorCode::kInvalidValue, "as_of must be finite");
  return as_of;
}

int64_t count_profiles(const Question& question) {
  return static_cast<int64_t>(evaluate_once(question, PlanOutput::kCounts).counts.at(0));
}

void explain_question(const Question& question, ReturnSetInfo* result) {
  for (const ExplainRow& row : explain(question)) emit(result, row);
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_segment_eval) {
  const std::optional<Question> question = question_of(fcinfo);
  if (!question) PG_RETURN_NULL();
  TileResult result = as_extension_owner([&] { return evaluate_once(*question, PlanOutput::kSets); });
  return current_profile_set_datum(std::move(result.sets.at(0)));
}

SEGMENTS_FUNCTION(segments_segment_count) {
  const std::optional<Question> question = question_of(fcinfo);
  if (!question) PG_RETURN_NULL();
  PG_RETURN_INT64(as_extension_owner([&] { return count_profiles(*question); }));
}

SEGMENTS_FUNCTION(segments_segment_explain) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  const std::optional<Question> question = question_of(fcinfo);
  if (!question) return Datum(0);
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  const std::vector<ExplainRow> rows = as_extension_owner([&] { return explain(*question); });
  for (const ExplainRow& row : rows) emit(result, row);
  return Datum(0);
}
