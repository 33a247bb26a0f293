#include "pg/evaluation/unseen_value.h"

#include "core/evaluation/value_matcher.h"
#include "core/text/characters.h"
#include "core/text/lexer.h"
#include "core/text/nearest.h"
#include "pg/evaluation/server_values.h"
#include "pg/run/published.h"
#include "pg/server/subtransaction.h"
#include "pg/store/stored_dictionary.h"

namespace segments::pg {
namespace {

constexpr size_t kMostFields = 32;         // of one definition
constexpr size_t kMostValues = 20;         // of one predicate that are looked for
constexpr size_t kMostRead = 16;           // dictionaries that are read for near values alone
constexpr size_t kMostCandidates = 5'000;  // near values are looked for among so many

// Numbers and times are not looked for: that one of them does not occur says nothing.
bool is_looked_for(const ComparedField& field) {
  if (!is_text_type(field.field_type) && field.predicate.method != PredicateMethod::kBytes) return false;
  const PredicateOperator op = field.written->op;
  return field.predicate.kind == ValueKind::kBytes && field.predicate.literals.size() <= kMostValues &&
         (op == PredicateOperator::kEqual || op == PredicateOperator::kIn || op == PredicateOperator::kContains ||
          op == PredicateOperator::kBeginsWith || op == PredicateOperator::kEndsWith);
}

// The predicate, for one of its literals.
FieldPredicate single(const FieldPredicate& predicate, size_t literal) {
  FieldPredicate result = predicate;
  if (result.op == ValueOperator::kIn) result.op = ValueOperator::kEqual;
  result.literals = {predicate.literals[literal]};
  return result;
}

// Looks for one value in the dictionaries of its field.
class Search {
 public:
  Search(const FieldPredicate& predicate, std::string written, bool collects)
      : predicate_(predicate), written_(std::move(written)), collects_(collects) {
    if (predicate.method == PredicateMethod::kServer) matcher_ = ServerMatcherFactory(CurrentMemoryContext).make(predicate_);
  }

  // Returns whether the search goes on.
  bool look(const Dictionary& dictionary) {
    CodeSet codes = matching_codes(predicate_, dictionary, matcher_.get(), interrupt_);
    for (uint32_t code = 1; code < codes.code_count() && !found_; ++code) found_ = codes.contains(code);
    if (found_) return false;
    for (uint32_t i = 0; collects_ && i < dictionary.size() && candidates_.size() < kMostCandidates; ++i) {
      candidates_.insert(std::string(dictionary.bytes(i)));
    }
    return true;
  }

  void note_missing(const MissingValue& missing) {
    if (missing.kind == ValueKind::kBytes && collects_) candidates_.emplace(missing.bytes.begin(), missing.bytes.end());
  }

  bool found() const { return found_; }
  std::vector<std::string> nearest() const {
    return nearest_names(written_, std::vector<std::string>(candidates_.begin(), candidates_.end()));
  }

 private:
  FieldPredicate predicate_;
  std::string written_;
  bool collects_;
  std::unique_ptr<ValueMatcher> matcher_;
  ServerInterrupt interrupt_;
  std::set<std::string> candidates_;
  bool found_ = false;
};

bool is_missing_value(const FieldPredicate& predicate) {
  if (!predicate.missing || predicate.missing->kind != ValueKind::kBytes) return false;
  const std::string_view bytes(reinterpret_cast<const char*>(predicate.missing->bytes.data()), predicate.missing->bytes.size());
  return predicate.method == PredicateMethod::kBytes && predicate.literals[0] == bytes;
}

bool is_reversed(const FieldPredicate& predicate) {
  if (predicate.method == PredicateMethod::kIntegers) return predicate.ranges.empty();
  if (predicate.method != PredicateMethod::kServer || predicate.literals.size() != 2) return false;
  FieldPredicate below = predicate;
  below.op = ValueOperator::kLess;
  below.literals = {predicate.literals[0]};
  const std::string& upper = predicate.literals[1];
  const Dictionary bounds = Dictionary::of_bytes({static_cast<uint32_t>(upper.size())}, Bytes(upper.begin(), upper.end()));
  return ServerMatcherFactory(CurrentMemoryContext).make(below)->matches(bounds, 0);
}

const char* relation_text(PredicateOperator op) {
  switch (op) {
    case PredicateOperator::kContains:
      return " that contains ";
    case PredicateOperator::kBeginsWith:
      return " that begins with ";
    case PredicateOperator::kEndsWith:
      return " that ends with ";
    default:
      return " ";
  }
}

}  // namespace

std::optional<std::string> reversed_bounds(const ComparedField& field) {
  const Predicate& written = *field.written;
  if (written.op != PredicateOperator::kBetween || !is_reversed(field.predicate)) return std::nullopt;
  return "no " + written.field.text + " lies between " + in_quotes(excerpt(written.literals[0].text), '\'') + " and " +
         in_quotes(excerpt(written.literals[1].text), '\'') + ": write the lesser first";
}

std::vector<std::string> unseen_values(const ComparedField& field, int64_t refresh_id) {
  std::vector<std::string> notes;
  const Predicate& written = *field.written;
  if (auto note = reversed_bounds(field)) notes.push_back(std::move(*note));
  if (!is_looked_for(field)) return notes;
  for (size_t i = 0; i < field.predicate.literals.size(); ++i) {
    const FieldPredicate predicate = single(field.predicate, i);
    if (is_missing_value(predicate)) continue;
    const std::string& text = written.literals[i].text;
    const bool whole = written.op == PredicateOperator::kEqual || written.op == PredicateOperator::kIn;
    const bool collects = whole && is_text_type(field.field_type) && !field.rows_are_hidden;
    Search search(predicate, text, collects);
    // Bounds rule out what equals, but not what is near: those dictionaries are read only if the value is found nowhere else.
    visit_dictionaries(
        {field.type_id, predicate.field, refresh_id, [&](const ValueBounds& b) { return may_match(predicate, b); }},
        [&](const Dictionary& dictionary) { return search.look(dictionary); });
    if (search.found()) continue;
    if (collects) {
      size_t read = 0;
      visit_dictionaries({field.type_id, predicate.field, refresh_id, [](const ValueBounds&) { return true; }},
                         [&](const Dictionary& dictionary) { return search.look(dictionary) && ++read < kMostRead; });
    }
    std::string note = "no " + field.type + (whole ? " has the " : " has a ") + written.field.text + relation_text(written.op) +
                       in_quotes(excerpt(text), '\'');
    const std::vector<std::string> near = search.nearest();
    for (size_t n = 0; n < near.size(); ++n) note += (n == 0 ? "; perhaps " : ", ") + in_quotes(near[n], '\'');
    notes.push_back(std::move(note));
  }
  return notes;
}

void tell_unseen_values(std::span<const ComparedField> fields) {
  const std::optional<PublishedState> published = published_state(true);
  if (!published) return;
  std::vector<std::string> notes;
  // Where the values cannot be read, saving is not what fails: runs will tell.
  (void)in_subtransaction([&] {
    for (const ComparedField& field : fields.first(std::min(fields.size(), kMostFields))) {
      for (std::string& note : unseen_values(field, published->refresh_id)) notes.push_back(std::move(note));
    }
  });
  for (const std::string& note : notes) {
    const char* text = note.c_str();
    call([&] { ereport(NOTICE, (errmsg("%s", text))); });
  }
}

}  // namespace segments::pg
