// Which of the offers at a place fit the field that is compared there: segments_internal.fitting_offers.
#include "core/language/parser.h"
#include "pg/evaluation/resolve.h"
#include "pg/run/published.h"
#include "pg/segment/segment.h"
#include "pg/server/subtransaction.h"
#include "pg/type/definition.h"

namespace segments::pg {
namespace {

// How a predicate may go on; one is enough that is accepted.  The text is a time, too.
constexpr std::string_view kEnds[] = {"",
                                      " '2026-01-01'",
                                      " 1",
                                      " true",
                                      " '2026-01-01')",
                                      " 1)",
                                      " true)",
                                      ")",
                                      " = '2026-01-01'",
                                      " = 1",
                                      " is today",
                                      " in ('2026-01-01')",
                                      " in (1)",
                                      " in (true)",
                                      " '2026-01-01' and '2026-01-02'",
                                      " 1 and 2",
                                      " and '2026-01-02'",
                                      " and 2",
                                      " null",
                                      " day",
                                      " 1 day",
                                      " 1 day ago",
                                      " 1 and 2 days ago",
                                      " last 1 day",
                                      " 3 days before Timestamp"};

// Each offer is tried with each end: longer predicates, and more offers, are left as they are.
constexpr size_t kMostTriedBytes = 8192;
constexpr size_t kMostTriedOffers = 1000;

class FittingOffers {
 public:
  FittingOffers(std::string predicate, Oid role)
      : predicate_(std::move(predicate)), role_(role), settings_(current_definition_settings()) {
    const std::optional<PublishedState> published = published_state(true);
    if (published) refresh_id_ = published->refresh_id;
  }

  std::vector<std::string> among(const std::vector<std::string>& offers) {
    // What is wrong already is no fault of an offer.
    if (verdict(predicate_) == Verdict::kMismatch) return offers;
    std::vector<std::string> fitting;
    for (const std::string& offer : offers) {
      if (fits(offer)) fitting.push_back(offer);
    }
    return fitting;
  }

 private:
  enum class Verdict : uint8_t { kNoText, kAccepted, kOtherValue, kMismatch };

  bool fits(const std::string& offer) {
    const bool takes_times = offer == "since" || offer == "before";
    bool mismatch = false;
    for (const std::string_view end : kEnds) {
      const Verdict found = verdict(predicate_ + offer + std::string(end));
      if (found == Verdict::kAccepted || (found == Verdict::kOtherValue && !takes_times)) return true;
      mismatch = mismatch || found != Verdict::kNoText;
    }
    return !mismatch;
  }

  // kNoText: nothing is said of types.  kOtherValue: what is compared could be compared, with a value of its type.
  Verdict verdict(const std::string& text) {
    interrupt_.poll();
    Definition definition;
    try {
      definition = parse_definition(text, interrupt_, Explained::kNo);
    } catch (const Error&) {
      return Verdict::kNoText;
    }
    const std::optional<Failure> failure = in_subtransaction([&] {
      if (!resolver_) renew_resolver();
      resolver_->add({&definition, text, role_, settings_, EmptyWindows::kAccepted});
    });
    if (failure) resolver_.reset();
    if (!failure) return Verdict::kAccepted;
    if (failure->code == ErrorCode::kTypeMismatch) return Verdict::kMismatch;
    return failure->code == ErrorCode::kUndefined ? Verdict::kNoText : Verdict::kOtherValue;
  }

  void renew_resolver() {
    plan_ = {};
    resolver_.emplace(plan_, GetCurrentTransactionStartTimestamp(), refresh_id_, true);
    resolver_->accept_types_without_data();
  }

  std::string predicate_;
  Oid role_;
  DefinitionSettings settings_;
  int64_t refresh_id_ = 0;
  EvaluationPlan plan_;
  std::optional<Resolver> resolver_;  // as long as it has refused nothing
  ServerInterrupt interrupt_;
};

}  // namespace
}  // namespace segments::pg

using namespace segments::pg;

SEGMENTS_FUNCTION(segments_fitting_offers) {
  const std::string predicate = text_of(PG_GETARG_DATUM(0));
  const std::vector<std::string> offers = text_elements(PG_GETARG_DATUM(1));
  const bool is_tried = !predicate.empty() && predicate.size() <= kMostTriedBytes && offers.size() <= kMostTriedOffers;
  const std::vector<std::string> fitting =
      !is_tried ? offers : as_owner([&](Oid caller) { return FittingOffers(predicate, caller).among(offers); });
  const std::vector<std::string_view> views(fitting.begin(), fitting.end());
  return text_array(views).value;
}
