#include "pg/writing/findings.h"

#include "core/text/characters.h"
#include "core/text/lexer.h"
#include "pg/evaluation/resolve.h"
#include "pg/evaluation/unseen_value.h"
#include "pg/run/published.h"
#include "pg/server/sqlstate.h"
#include "pg/server/subtransaction.h"
#include "pg/type/definition.h"

namespace segments::pg {
namespace {

constexpr size_t kMostValues = 32;  // fields that are looked into
constexpr size_t kMostParts = 200;  // conditions and predicates of a definition that are looked at one by one

// Where a value of a predicate stands that a note is about.
uint32_t position_of(const ComparedField& field, const std::string& note) {
  const Predicate& written = *field.written;
  for (const Literal& literal : written.literals) {
    if (note.find(' ' + in_quotes(excerpt(literal.text), '\'')) != std::string::npos) return literal.position;
  }
  return written.literals.empty() ? written.field.position() : written.literals.front().position;
}

class Checker {
 public:
  Checker(const std::string& definition, Oid role, bool looks_up_values)
      : text_(definition), role_(role), settings_(current_definition_settings()), looks_up_values_(looks_up_values) {}

  std::vector<Finding> findings() {
    Definition definition;
    if (attempt(std::nullopt, [&] { definition = read_definition(text_); })) {
      if (!resolves(definition, std::nullopt)) check_parts_of(definition);
    }
    std::ranges::stable_sort(found_, {}, [](const Finding& finding) { return finding.position.value_or(0); });
    return std::move(found_);
  }

 private:
  // Returns whether `body` succeeded; else what it raised is noted, at its own position or at `position`.
  template <class F>
  bool attempt(std::optional<uint32_t> position, F body) {
    const std::optional<Failure> failure = in_subtransaction([&] {
      try {
        body();
      } catch (const Error& error) {
        const bool points_here = error.position() != Error::kNoPosition && (error.source().empty() || error.source() == text_);
        if (points_here) position = std::min(error.position(), static_cast<uint32_t>(text_.size()));
        throw;
      }
    });
    if (!failure) return true;
    found_.push_back({Severity::kError, position, failure->sqlstate, failure->message, failure->detail, failure->hint});
    return false;
  }

  // Warnings are those of the whole, which is looked at first.
  bool resolves(const Definition& definition, std::optional<uint32_t> position) {
    std::vector<Finding> warnings;
    const bool succeeded = attempt(position, [&] {
      const std::optional<PublishedState> published = published_state(true);
      EvaluationPlan plan;
      Resolver resolver(plan, GetCurrentTransactionStartTimestamp(), published ? published->refresh_id : 0, true);
      resolver.accept_types_without_data();
      if (looks_up_values_) resolver.remember_compared_fields();
      EvaluationRequest request{&definition, text_, role_, settings_, EmptyWindows::kRefused};
      request.is_to_be_saved = true;
      resolver.add(request);
      warn_of_frozen(resolver, warnings);
      if (published) warn_of_values(resolver, published->refresh_id, warnings);
      for (const Resolver::EmptyWindow& empty : resolver.empty_windows()) {
        warnings.push_back({Severity::kWarning, empty.window->position, sqlstate::kWarning, empty.note});
      }
    });
    if (succeeded) found_.insert(found_.end(), warnings.begin(), warnings.end());
    return succeeded;
  }

  static void warn_of_frozen(const Resolver& resolver, std::vector<Finding>& warnings) {
    for (const FrozenType& type : resolver.frozen_types()) {
      warnings.push_back({Severity::kWarning, std::nullopt, sqlstate::kWarning, frozen_reason(type),
                          "What was written since an earlier refresh is not in the answer.",
                          type.hidden_in.empty() ? "segments.refresh_log says why." : ""});
    }
  }

  // Where values cannot be read, that is no fault of the definition.
  static void warn_of_values(const Resolver& resolver, int64_t refresh_id, std::vector<Finding>& warnings) {
    (void)in_subtransaction([&] {
      size_t fields = 0;
      for (const ComparedField& field : resolver.compared_fields()) {
        if (++fields > kMostValues) break;
        for (const std::string& note : unseen_values(field, refresh_id)) {
          warnings.push_back({Severity::kWarning, position_of(field, note), sqlstate::kWarning, note});
        }
      }
    });
  }

  // What is wrong with the whole is told by its parts, unless none of those that are looked at has it.
  void check_parts_of(Definition& definition) {
    const std::vector<Finding> whole = std::move(found_);
    found_.clear();
    check_parts(definition.root);
    if (found_.empty()) found_ = whole;
  }

  // One by one, so that each says what is wrong with it.
  void check_parts(std::unique_ptr<Node>& node) {
    const bool is_condition = is_one_condition(node->kind);
    for (auto& child : node->children) check_parts(child);
    if (!is_condition || ++parts_ > kMostParts) return;
    Definition alone{std::move(node)};
    InteractionCondition* condition = alone.root->interaction.get();
    const uint32_t position = alone.root->position;
    if (condition == nullptr || condition->restriction == nullptr || condition->is_attribute) {
      resolves(alone, position);
    } else {
      std::unique_ptr<Restriction> restriction = std::move(condition->restriction);
      if (resolves(alone, position)) check_predicates(*restriction, alone, *condition);
      condition->restriction = std::move(restriction);
    }
    node = std::move(alone.root);
  }

  void check_predicates(const Restriction& restriction, const Definition& alone, InteractionCondition& condition) {
    for (const auto& child : restriction.children) check_predicates(*child, alone, condition);
    if (restriction.kind != RestrictionKind::kPredicate || ++parts_ > kMostParts) return;
    condition.restriction = std::make_unique<Restriction>();
    condition.restriction->predicate = restriction.predicate;
    resolves(alone, restriction.predicate.field.position());
  }

  const std::string& text_;
  Oid role_;
  DefinitionSettings settings_;
  bool looks_up_values_;
  size_t parts_ = 0;
  std::vector<Finding> found_;
};

}  // namespace

std::vector<Finding> findings(const std::string& definition, Oid role, bool looks_up_values) {
  return Checker(definition, role, looks_up_values).findings();
}

}  // namespace segments::pg
