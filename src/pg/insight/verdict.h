// Whether a profile belongs to a definition, condition by condition, and when that changes by the mere passing of time.
#pragma once
#include <optional>
#include <vector>

#include "core/language/definition.h"
#include "pg/evaluation/evaluation.h"
#include "pg/evaluation/resolve.h"

namespace segments::pg {

// A verdict from as_of on, if nothing happens.
struct Verdict {
  bool holds = false;
  std::vector<Timestamp> changes;  // ascending: to the other one, and back
  bool is_foreseen = true;         // else when it changes is not known
  bool is_hidden = false;          // because of a segment whose definition is not to be seen
  bool is_past = false;            // because of a segment's history
};

// What counted for a condition.
struct Evidence {
  int64_t interactions = 0;
  std::optional<Timestamp> first;  // if there are any, and they happened at a time
  std::optional<Timestamp> last;
  std::optional<int64_t> threshold;  // the nearest number of interactions with the other verdict, if that is all it depends on
};

struct AskedProfile {
  Ordinal ordinal;
  std::string_view id;
};

struct NodeVerdict {
  const Node* node;  // null: a list, or a segment with lists
  int32_t parent;    // its number from 1; 0: none
  int32_t depth;
  Verdict verdict;
  std::optional<Evidence> evidence;  // of a condition
  bool is_opaque = false;            // a segment whose definition is not to be seen
  std::string text = {};             // of what has no node
  std::string note = {};             // why it holds or not, where that is no interaction
};

// The nodes of a definition, each before those below it.  `times`: of what each counter of the plan counts; `profile`: whose.
std::vector<NodeVerdict> verdicts_of(const Definition& definition, const DefinitionSettings& settings, Timestamp as_of,
                                     const Resolver& resolver, const EvaluationPlan& plan,
                                     const std::vector<std::vector<Timestamp>>& times, const AskedProfile& profile);

}  // namespace segments::pg
