// Evaluation of definitions over the published state.
//
//   resolve.cpp        names, literals and windows of a definition → EvaluationPlan
//   evaluate_tile.cpp  the aggregate that evaluates a plan for one tile
//   evaluation.cpp     the statement over all tiles; segment_eval, segment_count, segment_explain
#pragma once
#include <string>
#include <vector>

#include "core/evaluation/plan.h"
#include "core/evaluation/tile_evaluator.h"
#include "core/language/definition.h"
#include "pg/boundary.h"

namespace segments::pg {

// Whose privileges count for the sources a definition reads, and whose zone its times are in.
struct EvaluationRequest {
  const Definition* definition = nullptr;
  std::string text;       // for error positions
  Oid role = InvalidOid;
  std::string time_zone;
};

// A plan with one root per request.  Checks SELECT on every column a definition reads, as its role.
// `refresh_id`: the state to evaluate (the published one, or the one being made by a refresh).
EvaluationPlan make_plan(std::span<const EvaluationRequest> requests, Timestamp as_of, PlanOutput output);

// Runs the plan over all tiles of the state `refresh_id`.  REQUIRES: within with_spi.
TileResult evaluate(const EvaluationPlan& plan, int64_t refresh_id);

// The published refresh.  Throws Error{kNotReady} before the first one.
int64_t published_refresh();

}  // namespace segments::pg
