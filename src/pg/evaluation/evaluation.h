// Evaluation of definitions over the published state.
//
//   type_catalog.cpp      names → interaction types and columns; privileges
//   field_predicate.cpp   predicates over columns; record_condition.cpp: over records; local_time.cpp: calendar and zones
//   literal_reader.cpp    what literals mean; literal_hint.cpp: what would have been right; window_check.cpp: empty windows
//   resolve.cpp           definitions → EvaluationPlan; restriction_resolver.cpp: what is asked of rows; lookup_keys.cpp: by keys
//   evaluate_tile.cpp     the aggregate that evaluates a plan for one tile; server_values.cpp: what only the server compares
//   evaluation.cpp        the statement over all tiles
//   segment_eval.cpp      segment_eval, segment_count, segment_explain
#pragma once
#include <string>
#include <set>
#include <vector>

#include "core/plan/plan.h"
#include "core/evaluation/tile_evaluator.h"
#include "core/language/definition.h"
#include "pg/evaluation/definition_settings.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// What a window means that no time lies in, however late it is asked.
enum class EmptyWindows : uint8_t { kRefused, kAccepted };

// Whose privileges count for the sources a definition reads, and what its literals mean.
struct EvaluationRequest {
  const Definition* definition = nullptr;
  std::string text;  // for error positions
  Oid role = InvalidOid;
  DefinitionSettings settings;
  EmptyWindows empty_windows = EmptyWindows::kAccepted;
  // The saved segment that it is, or is to be, the definition of: it must not refer to itself.
  int32_t segment_id = 0;  // 0: none, or not saved yet
  std::string segment_name = {};
  bool is_to_be_saved = false;  // and to be asked again, as time passes
};

// Which rows an evaluation sees.
enum class Visibility : uint8_t {
  kStatement,    // what the calling statement sees: works in read-only transactions and on standbys
  kTransaction,  // what this transaction has written too
};

// Runs the plan over all tiles of the state `refresh_id`, in any order; `consume` gets each tile's result.
// REQUIRES: within with_spi, as the extension's owner.
using TileConsumer = std::function<void(uint32_t tile, TileResult&& result)>;
void evaluate_tiles(const EvaluationPlan& plan, int64_t refresh_id, Visibility visibility, const TileConsumer& consume);

// Of one profile of that state: by counter of the plan, when what it counts happened, in its window or not, ascending.
// REQUIRES: likewise.
std::vector<std::vector<Timestamp>> evidence_of(EvaluationPlan plan, Ordinal profile, int64_t refresh_id);
// Those of a plan's nodes that the profile belongs to.
std::set<uint32_t> nodes_of(EvaluationPlan plan, std::vector<uint32_t> nodes, Ordinal profile, int64_t refresh_id);

// The same, added up.
TileResult evaluate(const EvaluationPlan& plan, int64_t refresh_id, Visibility visibility);

// The zone of definitions evaluated now: the setting segments.time_zone, else the session's zone.
std::string current_time_zone();

// The day that weeks of definitions evaluated now start on: the setting segments.week_start.
Weekday current_week_start();

// Defines the settings segments.time_zone and segments.week_start.  Called by _PG_init.
void define_evaluation_settings();

}  // namespace segments::pg
