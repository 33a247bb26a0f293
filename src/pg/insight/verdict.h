// Whether a profile belongs to a definition, condition by condition, and when that changes by the mere passing of time.
#pragma once
#include <optional>
#include <set>
#include <vector>

#include "core/language/definition.h"
#include "pg/evaluation/evaluation.h"
#include "pg/evaluation/resolve.h"

namespace segments::pg {

// Why it is not known when a verdict changes: what stands last here is told of several.
enum class Unforeseen : uint8_t {
  kNothing,      // it is known
  kRestriction,  // one follows as_of
  kWindow,       // of a profile source, whose rows are told by what they are as of one instant
  kPeriods,      // those of the last …
  kValues,       // what they come to is known as of one instant
  kPast,         // a segment's history is asked as of as_of
  kHidden,       // a segment's definition is not to be seen
};

// A verdict from as_of on, if nothing happens.
struct Verdict {
  bool holds = false;
  std::vector<Timestamp> changes;  // ascending: to the other one, and back
  Unforeseen unforeseen = Unforeseen::kNothing;
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

// The conditions whose verdict times of interactions do not tell: their plan nodes.
std::vector<uint32_t> nodes_with_values(const Definition& definition, const Resolver& resolver);

// The nodes of a definition, each before those below it.  `times`: of what each counter of the plan counts; `holding`: those of
// nodes_with_values() that hold; `profile`: whose.
std::vector<NodeVerdict> verdicts_of(const Definition& definition, const DefinitionSettings& settings, Timestamp as_of,
                                     const Resolver& resolver, const EvaluationPlan& plan,
                                     const std::vector<std::vector<Timestamp>>& times, const std::set<uint32_t>& holding,
                                     const AskedProfile& profile);

}  // namespace segments::pg
