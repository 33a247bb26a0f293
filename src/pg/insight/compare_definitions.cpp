// What another definition changes: segments.compare_definitions.
#include "core/language/substitute.h"
#include "pg/evaluation/evaluation.h"
#include "pg/evaluation/resolve.h"
#include "pg/evaluation/segment_eval.h"
#include "pg/run/published.h"
#include "pg/segment/readable_segment.h"
#include "pg/segment/segment.h"
#include "pg/type/definition.h"
#include "pg/type/profile_set.h"

namespace segments::pg {
namespace {

// One definition before and after.
struct MemberComparison {
  std::optional<std::string> segment;  // nothing: the definitions themselves
  bool is_evaluated = true;            // else the caller may not, or it cannot be
  int64_t before = 0;
  int64_t after = 0;
  ProfileSet added = {};
  ProfileSet dropped = {};
};

class DefinitionComparer {
 public:
  DefinitionComparer(std::string before, std::string after, Timestamp as_of, Oid caller)
      : before_text_(std::move(before)), after_text_(std::move(after)), as_of_(as_of), caller_(caller),
        before_(read_definition(before_text_)), after_(read_definition(after_text_)), refresh_id_(published_refresh()) {}

  std::vector<MemberComparison> compare() {
    const DefinitionSettings settings = current_definition_settings();
    comparisons_.push_back(compared(std::nullopt, {&before_, before_text_, caller_, settings, EmptyWindows::kRefused},
                                    {&after_, after_text_, caller_, settings, EmptyWindows::kRefused}));
    for (const ReadableSegment& readable : all_readable(caller_)) {
      if (readable.is_owned) add_if_affected(readable.segment);
    }
    return std::move(comparisons_);
  }

 private:
  void add_if_affected(const SavedSegment& segment) {
    const Definition unchanged = read_definition(segment.definition);
    Definition changed = read_definition(segment.definition);
    const auto make = [&] { return std::move(read_definition(after_text_).root); };
    if (substitute(changed.root, *before_.root, make) == 0) return;
    const EvaluationRequest before = request_of(segment, unchanged, caller_);
    const EvaluationRequest after = request_of(segment, changed, caller_);
    try {
      comparisons_.push_back(compared(segment.name, before, after));
    } catch (const Error&) {
      comparisons_.push_back({.segment = segment.name, .is_evaluated = false});
    } catch (const ServerError& error) {
      if (error.data->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE) throw;
      comparisons_.push_back({.segment = segment.name, .is_evaluated = false});
    }
  }

  MemberComparison compared(std::optional<std::string> segment, const EvaluationRequest& before, const EvaluationRequest& after) {
    EvaluationPlan plan;
    plan.output = PlanOutput::kSets;
    Resolver resolver(plan, as_of_, refresh_id_, true);
    for (const EvaluationRequest* request : {&before, &after}) {
      resolver.add(*request);
      if (!segment) warn_of_frozen(resolver);
    }
    const uint32_t first = plan.roots[0];
    const uint32_t second = plan.roots[1];
    plan.roots = {add(plan, PlanNodeKind::kAnd, first, second), add(plan, PlanNodeKind::kExcept, second, first),
                  add(plan, PlanNodeKind::kExcept, first, second)};
    TileResult result = evaluate(plan, refresh_id_, Visibility::kStatement);
    const auto count = [&](size_t root) { return static_cast<int64_t>(result.counts[root]); };
    return {std::move(segment),       true, count(0) + count(2), count(0) + count(1), std::move(result.sets[1]),
            std::move(result.sets[2])};
  }

  static uint32_t add(EvaluationPlan& plan, PlanNodeKind kind, uint32_t first, uint32_t second) {
    PlanNode node;
    node.kind = kind;
    node.children = {first, second};
    plan.nodes.push_back(std::move(node));
    return static_cast<uint32_t>(plan.nodes.size() - 1);
  }

  std::string before_text_;
  std::string after_text_;
  Timestamp as_of_;
  Oid caller_;
  Definition before_;
  Definition after_;
  int64_t refresh_id_;
  std::vector<MemberComparison> comparisons_;
};

void emit(ReturnSetInfo* result, MemberComparison&& comparison) {
  const auto added_count = static_cast<int64_t>(comparison.added.cardinality());
  const auto dropped_count = static_cast<int64_t>(comparison.dropped.cardinality());
  const bool unknown = !comparison.is_evaluated;
  Datum values[] = {comparison.segment ? text(*comparison.segment).value : Datum(0),
                    Int64GetDatum(comparison.before),
                    Int64GetDatum(comparison.after),
                    Int64GetDatum(added_count),
                    Int64GetDatum(dropped_count),
                    unknown ? Datum(0) : current_profile_set_datum(std::move(comparison.added)),
                    unknown ? Datum(0) : current_profile_set_datum(std::move(comparison.dropped))};
  bool nulls[] = {!comparison.segment, unknown, unknown, unknown, unknown, unknown, unknown};
  call([&] { tuplestore_putvalues(result->setResult, result->setDesc, values, nulls); });
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_compare_definitions) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  const std::string before = required_text(fcinfo, 0, "a");
  const std::string after = required_text(fcinfo, 1, "b");
  const Timestamp as_of = as_of_argument(fcinfo, 2);
  std::vector<MemberComparison> comparisons =
      as_owner([&](Oid caller) { return DefinitionComparer(before, after, as_of, caller).compare(); });
  for (MemberComparison& comparison : comparisons) {
    emit(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo), std::move(comparison));
  }
  return Datum(0);
}
