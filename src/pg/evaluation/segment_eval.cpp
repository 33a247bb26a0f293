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
  return Question{
      definition_text(PG_GETARG_DATUM(0)), as_of_argument(fcinfo, 1), GetUserId(), current_definition_settings(), 0, ""};
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

// Of what a segment reads whose definition is not to be told of.
void warn_of_hidden(const std::string& segment) {
  const char* name = segment.c_str();
  call([&] {
    ereport(WARNING, (errmsg("segment \"%s\" reads what is frozen", name),
                      errdetail("What was written since an earlier refresh is not in the answer.")));
  });
}

}  // namespace

void warn_of_frozen(const Resolver& resolver) {
  for (const FrozenType& type : resolver.frozen_types()) {
    type.hidden_in.empty() ? warn_of(type.called, type.frozen_at) : warn_of_hidden(type.hidden_in);
  }
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
  resolver.add({&definition, question.text, question.role, question.settings, EmptyWindows::kRefused, question.segment_id,
                question.segment_name});
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
  for (const FrozenType& type : resolver.frozen_types()) {
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
  for (const CountedType& counted : counter.types) {
    const int32_t type_id = resolver.registered_type(counted.type_id);
    notes.push_back(retention_note(type_id, counter.window, sources.retentions));
    notes.push_back(frozen_note(type_id, resolver));
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

// One row for each node, those of referenced segments too where whoever asks may see them.
class ExplainReader {
 public:
  ExplainReader(const Resolver& resolver, const EvaluationPlan& plan, const TileResult& result, NoteSources sources)
      : resolver_(resolver), plan_(plan), result_(result), sources_(std::move(sources)) {}

  // A definition with what was listed by hand beside it, whose node is `plan_node`.
  void add(const Node& root, const ListNodes& lists, uint32_t plan_node, int32_t parent, int32_t depth) {
    if (lists.empty()) return add(root, parent, depth);
    const int32_t number = add_row(kWithLists, plan_node, parent, depth);
    rows_.back().note = joined({unification_note(parent)});
    add(root, number, depth + 1);
    if (lists.included) add_row(kIncludedByHand, *lists.included, number, depth + 1);
    if (lists.excluded) add_row(kExcludedByHand, *lists.excluded, number, depth + 1);
  }

  std::vector<ExplainRow> take() { return std::move(rows_); }

 private:
  int32_t add_row(const char* text, uint32_t plan_node, int32_t parent, int32_t depth) {
    const auto number = static_cast<int32_t>(rows_.size()) + 1;
    rows_.push_back({number, parent, depth, text, result_.nodes[plan_node], std::nullopt, std::nullopt});
    return number;
  }

  void add(const Node& node, int32_t parent, int32_t depth) {
    const uint32_t plan_node = resolver_.plan_node(&node);
    const auto number = static_cast<int32_t>(rows_.size()) + 1;
    ExplainRow row{number, parent, depth, print_node(node), result_.nodes[plan_node], std::nullopt, std::nullopt};
    std::vector<std::string> notes;
    const Expansion* below = nullptr;
    if (node.kind == NodeKind::kInteraction) {
      const Resolver::ConditionParts& parts = resolver_.parts_of(*node.interaction);
      row.counter = work_of(parts, result_);
      notes = notes_of(*node.interaction, parts, plan_, resolver_, sources_);
    } else if (node.kind == NodeKind::kComparison) {
      explain_comparison(*node.comparison, row, notes);
    } else if (const Expansion* expansion = resolver_.expansion(&node)) {
      below = explain_reference(*expansion, row, notes);
    } else if (const ReferencedSegment* past = resolver_.past_of(&node); past != nullptr && !has_run(*past)) {
      notes.push_back(called(past->name) + " was never run: nobody has been a member of it");
    }
    notes.push_back(unification_note(parent));
    row.note = joined(notes);
    rows_.push_back(std::move(row));
    for (const auto& child : node.children) add(*child, number, depth + 1);
    if (below != nullptr) add(*below->definition.root, below->lists, below->node, number, depth + 1);
  }

  // The work of all that is counted, once; and what is to be noted of it, once.
  void explain_comparison(const Comparison& comparison, ExplainRow& row, std::vector<std::string>& notes) const {
    Resolver::ConditionParts all;
    visit_rows(comparison, [&](const InteractionCondition& condition) {
      const Resolver::ConditionParts& parts = resolver_.parts_of(condition);
      for (const uint32_t counter : parts.counters) {
        if (std::ranges::find(all.counters, counter) == all.counters.end()) all.counters.push_back(counter);
      }
      for (std::string& note : notes_of(condition, parts, plan_, resolver_, sources_)) {
        if (std::ranges::find(notes, note) == notes.end()) notes.push_back(std::move(note));
      }
    });
    row.counter = work_of(all, result_);
  }

  // Returns what is to be explained below, where it is for the first time.
  const Expansion* explain_reference(const Expansion& expansion, ExplainRow& row, std::vector<std::string>& notes) {
    const ReferencedSegment& segment = expansion.segment;
    row.work.nanoseconds = 0;
    if (!resolver_.shows(segment)) {
      row.work.nanoseconds = nanoseconds_below(expansion.node);
      for (const FrozenType& type : resolver_.frozen_types()) {
        if (type.hidden_in != segment.name) continue;
        notes.push_back("it reads what is frozen");
        break;
      }
      return nullptr;
    }
    const auto [first, is_first] = explained_.emplace(segment.segment_id, row.node);
    if (is_first) return &expansion;
    notes.push_back("as node " + std::to_string(first->second));
    return nullptr;
  }

  uint64_t nanoseconds_below(uint32_t root) const {
    std::set<uint32_t> nodes = {root};
    std::set<uint32_t> counters;
    uint64_t sum = 0;
    // Children come before their parents.
    while (!nodes.empty()) {
      const uint32_t node = *nodes.rbegin();
      nodes.erase(node);
      sum += result_.nodes[node].nanoseconds;
      nodes.insert(plan_.nodes[node].children.begin(), plan_.nodes[node].children.end());
      add_counters(plan_, plan_.nodes[node], counters);
    }
    for (const uint32_t counter : counters) sum += result_.counters[counter].nanoseconds;
    return sum;
  }

  const Resolver& resolver_;
  const EvaluationPlan& plan_;
  const TileResult& result_;
  NoteSources sources_;
  std::vector<ExplainRow> rows_;
  std::map<int32_t, int32_t> explained_;  // by segment: the node that it is explained at
};

std::vector<ExplainRow> explain(const Question& question) {
  const Definition definition = read_definition(question.text);
  const int64_t refresh_id = published_refresh();
  EvaluationPlan plan;
  plan.output = PlanOutput::kExplain;
  Resolver resolver(plan, question.as_of, refresh_id, false);
  resolver.remember_compared_fields();
  resolver.add({&definition, question.text, question.role, question.settings, EmptyWindows::kAccepted, question.segment_id,
                question.segment_name});
  const TileResult result = evaluate(plan, refresh_id, Visibility::kStatement);
  ExplainReader reader(resolver, plan, result, {question.as_of, retentions(), unseen_notes(resolver, refresh_id)});
  reader.add(*definition.root, resolver.lists(), resolver.root(), 0, 0);
  return reader.take();
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
  if (TIMESTAMP_NOT_FINITE(as_of))
    throw Error(ErrorCode::kInvalidValue, "as_of must be finite", "Windows end at this time.",
                "Give a time other than infinity.");
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
