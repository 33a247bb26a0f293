#include "pg/evaluation/unseen_value.h"

#include "pg/evaluation/impossible_part.h"

#include "core/column/element_list.h"
#include "core/evaluation/value_matcher.h"
#include "core/text/characters.h"
#include "core/text/lexer.h"
#include "core/text/nearest.h"
#include "pg/catalog/array_value.h"
#include "pg/catalog/field_value.h"
#include "pg/evaluation/server_values.h"
#include "pg/server/datum.h"
#include "pg/server/local_setting.h"
#include "pg/server/subtransaction.h"
#include "pg/store/stored_dictionary.h"

namespace segments::pg {
namespace {

constexpr size_t kMostFields = 32;          // of one definition
constexpr size_t kMostValues = 20;          // of one predicate that are looked for
constexpr size_t kMostRead = 16;            // dictionaries that are read for near values alone
constexpr size_t kMostCandidates = 20'000;  // near values are looked for among so many

bool names_values(PredicateOperator op) { return op == PredicateOperator::kEqual || op == PredicateOperator::kIn; }

bool names_elements(const FieldPredicate& predicate) {
  return predicate.op == ValueOperator::kContainsAny || predicate.op == ValueOperator::kContainsAll;
}

// How many values are looked for.  Integers, and what is held as such, are ranges of one.
size_t value_count(const FieldPredicate& predicate) {
  return predicate.method == PredicateMethod::kIntegers ? predicate.ranges.size() : predicate.literals.size();
}

bool is_looked_for(const ComparedField& field) {
  if (field.predicate.method == PredicateMethod::kNull || value_count(field.predicate) > kMostValues) return false;
  const PredicateOperator op = field.written->op;
  return names_values(op) || names_elements(field.predicate) ||
         (is_text_type(field.field_type) &&
          (op == PredicateOperator::kContains || op == PredicateOperator::kBeginsWith || op == PredicateOperator::kEndsWith));
}

// The predicate, for one of its values.
FieldPredicate single(const FieldPredicate& predicate, size_t value) {
  FieldPredicate result = predicate;
  if (result.op == ValueOperator::kIn) result.op = ValueOperator::kEqual;
  if (predicate.method == PredicateMethod::kIntegers) {
    result.ranges = {predicate.ranges[value]};
  } else {
    result.literals = {predicate.literals[value]};
  }
  return result;
}

char category_of(Oid type) {
  return call([&] {
    char category = 0;
    bool preferred = false;
    get_type_category_preferred(type, &category, &preferred);
    return category;
  });
}

// Values of these types have neighbours that mean something.
bool is_measured(Oid type) {
  const char category = category_of(type);
  return category == TYPCATEGORY_NUMERIC || category == TYPCATEGORY_DATETIME || category == TYPCATEGORY_TIMESPAN;
}

// What a value that is looked for is: of an array, one of its elements.
Oid compared_type(const ComparedField& field) {
  return names_elements(field.predicate) ? element_type_of(field.field_type) : field.field_type;
}

// REQUIRES: a predicate for one value, of that type.
Datum value_of(const FieldPredicate& predicate, Oid type) {
  if (names_elements(predicate)) return element_datum(predicate.literals[0], type);
  if (predicate.method != PredicateMethod::kIntegers) return datum_of_bytes(predicate.literals[0], type);
  return datum_of(Dictionary::of_integers(predicate.kind, {predicate.ranges[0].first}), 0, type);
}

// As definitions have it: dates so that they are read as the same, whatever the session's style.
std::string shown(Datum value, Oid type) {
  std::string text;
  with_setting("DateStyle", "ISO", [&] { text = output_text(value, type); });
  if (type == BOOLOID) return text == "t" ? "true" : "false";
  return category_of(type) == TYPCATEGORY_NUMERIC ? text : in_quotes(excerpt(text), '\'');
}

// The values next to one that does not occur, in the order of their type.
class Neighbours {
 public:
  Neighbours(Oid type, Datum value) : type_(type), value_(value) {
    call([&] {
      fmgr_info_copy(&compare_, &lookup_type_cache(type, TYPECACHE_CMP_PROC_FINFO)->cmp_proc_finfo, CurrentMemoryContext);
      get_typlenbyval(type, &length_, &by_value_);
    });
  }

  void look(const Dictionary& dictionary) {
    for (uint32_t i = 0; i < dictionary.size() && looked_ < kMostCandidates; ++i, ++looked_) {
      const Datum other = datum_of(dictionary, i, type_);
      const bool is_less = compare(other, value_) < 0;
      std::optional<Datum>& nearest = is_less ? below_ : above_;
      if (!nearest || (compare(other, *nearest) > 0) == is_less) nearest = kept(other);
    }
  }

  std::vector<std::string> texts() const {
    std::vector<std::string> result;
    if (below_) result.push_back(shown(*below_, type_));
    if (above_) result.push_back(shown(*above_, type_));
    return result;
  }

 private:
  // What a dictionary's values are made of goes with the memory that it was read into.
  Datum kept(Datum value) const {
    const MemoryContext caller = MemoryContextSwitchTo(context_);
    const Datum copy = call([&] { return datumCopy(value, by_value_, length_); });
    MemoryContextSwitchTo(caller);
    return copy;
  }

  int compare(Datum a, Datum b) {
    return call([&] { return DatumGetInt32(FunctionCall2Coll(&compare_, InvalidOid, a, b)); });
  }

  Oid type_;
  Datum value_;
  MemoryContext context_ = CurrentMemoryContext;
  int16 length_ = 0;
  bool by_value_ = false;
  FmgrInfo compare_{};
  size_t looked_ = 0;
  std::optional<Datum> below_;
  std::optional<Datum> above_;
};

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
    for (uint32_t i = 0, end = collects_ ? dictionary.size() : 0; i < end && !is_full(); ++i) {
      collect(dictionary.bytes(i));
    }
    return true;
  }
  // Of values that may be near.
  bool is_full() const { return candidates_.size() >= kMostCandidates; }

  bool found() const { return found_; }
  std::vector<std::string> nearest() {
    if (!std::ranges::is_sorted(candidates_)) std::ranges::sort(candidates_);
    candidates_.erase(std::unique(candidates_.begin(), candidates_.end()), candidates_.end());
    return nearest_names(written_, candidates_);
  }

 private:
  void collect(std::string_view value) {
    if (!names_elements(predicate_)) return collect_near(value);
    ElementReader elements(value);
    while (const std::optional<std::string_view> element = elements.next()) collect_near(*element);
  }
  void collect_near(std::string_view value) {
    if (may_be_near(written_, value)) candidates_.emplace_back(value);
  }

  FieldPredicate predicate_;
  std::string written_;
  bool collects_;
  std::unique_ptr<ValueMatcher> matcher_;
  ServerInterrupt interrupt_;
  std::vector<std::string> candidates_;  // those of one dictionary after the other
  bool found_ = false;
};

bool is_missing_value(const FieldPredicate& predicate) {
  if (!predicate.missing) return false;
  if (predicate.method == PredicateMethod::kIntegers) return predicate.missing->integer == predicate.ranges[0].first;
  if (predicate.missing->kind != ValueKind::kBytes) return false;
  const std::string_view bytes(reinterpret_cast<const char*>(predicate.missing->bytes.data()), predicate.missing->bytes.size());
  if (names_elements(predicate)) return contains_any(bytes, {predicate.literals[0]});
  return predicate.method == PredicateMethod::kBytes && predicate.literals[0] == bytes;
}

bool is_reversed(const FieldPredicate& predicate) {
  if (predicate.method == PredicateMethod::kIntegers || predicate.method == PredicateMethod::kPart)
    return predicate.ranges.empty();
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
    case PredicateOperator::kContainsAny:
    case PredicateOperator::kContainsAll:
      return " that contains ";
    case PredicateOperator::kBeginsWith:
      return " that begins with ";
    case PredicateOperator::kEndsWith:
      return " that ends with ";
    default:
      return " ";
  }
}

// A sentence if nothing has the one value of the predicate.
std::optional<std::string> unseen_value(const ComparedField& field, const FieldPredicate& predicate, const std::string& text,
                                        int64_t refresh_id) {
  const bool whole = names_values(field.written->op);
  const Oid type = compared_type(field);
  const bool is_text = is_text_type(type);
  const bool collects = (whole || names_elements(predicate)) && is_text && !field.rows_are_hidden;
  Search search(predicate, text, collects);
  // Bounds rule out what equals, but not what is near: those dictionaries are read only if the value is found nowhere else.
  visit_dictionaries({field.type_id, predicate.field, refresh_id, [&](const ValueBounds& b) { return may_match(predicate, b); }},
                     [&](const Dictionary& dictionary) { return search.look(dictionary); });
  if (search.found()) return std::nullopt;
  std::vector<std::string> near;
  const auto visit_all = [&](const std::function<void(const Dictionary&)>& visit) {
    size_t read = 0;
    visit_dictionaries({field.type_id, predicate.field, refresh_id, [](const ValueBounds&) { return true; }},
                       [&](const Dictionary& dictionary) {
                         visit(dictionary);
                         return ++read < kMostRead && !search.is_full();
                       });
  };
  if (collects) {
    visit_all([&](const Dictionary& dictionary) { search.look(dictionary); });
    for (const std::string& value : search.nearest()) near.push_back(in_quotes(value, '\''));
  } else if (whole && is_measured(field.field_type) && !field.rows_are_hidden) {
    Neighbours neighbours(field.field_type, value_of(predicate, field.field_type));
    visit_all([&](const Dictionary& dictionary) { neighbours.look(dictionary); });
    if (predicate.missing) neighbours.look(dictionary_of(*predicate.missing));
    near = neighbours.texts();
  }
  std::string note = "no " + field.type + (whole ? " has the " : " has a ") + field.written->field.text() +
                     relation_text(field.written->op) +
                     (is_text ? in_quotes(excerpt(text), '\'') : shown(value_of(predicate, type), type));
  for (size_t n = 0; n < near.size(); ++n) note += (n == 0 ? "; perhaps " : ", ") + near[n];
  return note;
}

}  // namespace

std::optional<std::string> reversed_bounds(const ComparedField& field) {
  const Predicate& written = *field.written;
  if (written.op != PredicateOperator::kBetween || !is_reversed(field.predicate)) return std::nullopt;
  const std::string bounds[] = {in_quotes(excerpt(written.literals[0].text), '\''),
                                in_quotes(excerpt(written.literals[1].text), '\'')};
  const bool is_whole = written.part == FieldPart::kWhole;
  const std::string what = (is_whole ? "" : std::string(part_word(written.part)) + " of ") + written.field.text();
  const std::string note = "no " + what + " lies between " + bounds[0] + " and " + bounds[1] + ": ";
  if (is_whole) return note + "write the lesser first";
  return note + "write the lesser first, or " + what + " >= " + written.literals[0].text + " or " + what +
         " <= " + written.literals[1].text;
}

std::vector<std::string> unseen_values(const ComparedField& field, int64_t refresh_id) {
  std::vector<std::string> notes;
  const Predicate& written = *field.written;
  if (auto note = reversed_bounds(field)) notes.push_back(std::move(*note));
  if (field.predicate.method == PredicateMethod::kPart && notes.empty()) return impossible_parts(field);
  if (!field.is_captured || !is_looked_for(field)) return notes;
  for (size_t i = 0; i < value_count(field.predicate); ++i) {
    const FieldPredicate predicate = single(field.predicate, i);
    if (is_missing_value(predicate)) continue;
    if (auto note = unseen_value(field, predicate, written.literals[std::min(i, written.literals.size() - 1)].text, refresh_id)) {
      notes.push_back(std::move(*note));
    }
  }
  return notes;
}

void tell_unseen_values(std::span<const ComparedField> fields, int64_t refresh_id) {
  std::vector<std::string> notes;
  // Where the values cannot be read, saving is not what fails: runs will tell.
  (void)in_subtransaction([&] {
    for (const ComparedField& field : fields.first(std::min(fields.size(), kMostFields))) {
      for (std::string& note : unseen_values(field, refresh_id)) notes.push_back(std::move(note));
    }
  });
  for (const std::string& note : notes) {
    const char* text = note.c_str();
    call([&] { ereport(NOTICE, (errmsg("%s", text))); });
  }
}

}  // namespace segments::pg
