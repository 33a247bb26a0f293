#include "pg/evaluation/server_values.h"

#include "pg/catalog/field_value.h"
#include "pg/evaluation/pair_matcher.h"
#include "pg/evaluation/value_identity.h"
#include "pg/evaluation/value_part.h"
#include "pg/server/hash_seed.h"
#include "pg/server/time_limit.h"

namespace segments::pg {
namespace {

constexpr uint32_t kValuesPerReset = 256;

struct MatcherContexts {
  MemoryContext literals;
  MemoryContext scratch;  // of single values
};

MatcherContexts make_contexts(MemoryContext parent) {
  return call([&] {
    MatcherContexts contexts;
    contexts.literals = AllocSetContextCreate(parent, "segments predicate", ALLOCSET_SMALL_SIZES);
    contexts.scratch = AllocSetContextCreate(contexts.literals, "segments predicate values", ALLOCSET_DEFAULT_SIZES);
    return contexts;
  });
}

bool in_text_mode(const FieldPredicate& predicate) {
  switch (predicate.op) {
    case ValueOperator::kContains:
    case ValueOperator::kBeginsWith:
    case ValueOperator::kEndsWith:
    case ValueOperator::kMatches:
      return true;
    default:
      return predicate.ignore_case;
  }
}

// Matches by text functions: position, starts_with, right, lower; ~ and ~*.
class TextMatcher final : public ValueMatcher {
 public:
  TextMatcher(const FieldPredicate& predicate, const MatcherContexts& contexts)
      : type_(predicate.type_oid), collation_(predicate.collation_oid), op_(predicate.op), ignore_case_(predicate.ignore_case),
        contexts_(contexts) {
    const ContextScope scope(contexts_.literals);
    for (const std::string& literal : predicate.literals) {
      const char* characters = literal.c_str();
      literals_.push_back(call([&] {
        const Datum text = CStringGetTextDatum(characters);
        return op_ == ValueOperator::kMatches ? text : folded(text);
      }));
    }
    // Says at once what the collation cannot do, and which expressions are none.
    const Datum empty = call([] { return CStringGetTextDatum(""); });
    for (const Datum literal : literals_) {
      call([&] { return matches_literal(op_ == ValueOperator::kMatches ? empty : literal, literal); });
    }
  }

  bool matches(const Dictionary& dictionary, uint32_t index) override {
    if (++calls_ % kValuesPerReset == 0) call([&] { MemoryContextReset(contexts_.scratch); });
    // One value can take an expression long; a cancel ends it within the value.
    if (op_ == ValueOperator::kMatches) check_time_limit();
    const ContextScope scope(contexts_.scratch);
    const Datum stored = datum_of(dictionary, index, type_);
    return call([&] {
      const Datum text = to_text(type_, stored);
      const Datum value = op_ == ValueOperator::kMatches ? text : folded(text);
      for (const Datum literal : literals_) {
        if (matches_literal(value, literal)) return true;
      }
      return false;
    });
  }

 private:
  Datum folded(Datum text) const { return ignore_case_ ? DirectFunctionCall1Coll(lower, collation_, text) : text; }

  bool matches_literal(Datum value, Datum literal) const {
    switch (op_) {
      case ValueOperator::kContains:
        return DatumGetInt32(DirectFunctionCall2Coll(textpos, collation_, value, literal)) > 0;
      case ValueOperator::kBeginsWith:
        return DatumGetBool(DirectFunctionCall2Coll(text_starts_with, collation_, value, literal));
      case ValueOperator::kEndsWith: {
        const Datum length = DirectFunctionCall1(textlen, literal);
        const Datum end = DatumGetInt32(length) == 0 ? literal : DirectFunctionCall2(text_right, value, length);
        return DatumGetBool(DirectFunctionCall2Coll(texteq, collation_, end, literal));
      }
      case ValueOperator::kMatches: {
        const PGFunction match = ignore_case_ ? texticregexeq : textregexeq;
        return DatumGetBool(DirectFunctionCall2Coll(match, collation_, value, literal));
      }
      default:
        return DatumGetBool(DirectFunctionCall2Coll(texteq, collation_, value, literal));
    }
  }

  Oid type_;
  Oid collation_;
  ValueOperator op_;
  bool ignore_case_;
  MatcherContexts contexts_;
  std::vector<Datum> literals_;
  uint32_t calls_ = 0;
};

// Matches by the order of the type's default B-tree operator class.
class OrderMatcher final : public ValueMatcher {
 public:
  OrderMatcher(const FieldPredicate& predicate, const MatcherContexts& contexts)
      : type_(predicate.type_oid), collation_(predicate.collation_oid), op_(predicate.op), contexts_(contexts) {
    const Oid type = type_;
    compare_ = call([&] {
      TypeCacheEntry* entry = lookup_type_cache(type, TYPECACHE_CMP_PROC);
      if (!OidIsValid(entry->cmp_proc)) elog(ERROR, "type %s has no order", format_type_be(type));
      auto* function = static_cast<FmgrInfo*>(MemoryContextAlloc(contexts.literals, sizeof(FmgrInfo)));
      fmgr_info_cxt(entry->cmp_proc, function, contexts.literals);
      return function;
    });
    const ContextScope scope(contexts_.literals);
    if (op_ == ValueOperator::kIsEmpty) literals_.push_back(datum_of_bytes("", type_));
    for (const std::string& literal : predicate.literals) literals_.push_back(datum_of_bytes(literal, type_));
    if (op_ == ValueOperator::kIn) {
      std::sort(literals_.begin(), literals_.end(), [&](Datum a, Datum b) { return call([&] { return compare(a, b); }) < 0; });
    }
  }

  bool matches(const Dictionary& dictionary, uint32_t index) override {
    if (++calls_ % kValuesPerReset == 0) call([&] { MemoryContextReset(contexts_.scratch); });
    const ContextScope scope(contexts_.scratch);
    const Datum value = datum_of(dictionary, index, type_);
    return call([&] { return matches_value(value); });
  }

 private:
  int compare(Datum a, Datum b) const { return DatumGetInt32(FunctionCall2Coll(compare_, collation_, a, b)); }

  bool matches_value(Datum value) const {
    switch (op_) {
      case ValueOperator::kEqual:
      case ValueOperator::kIsEmpty:
        return compare(value, literals_[0]) == 0;
      case ValueOperator::kLess:
        return compare(value, literals_[0]) < 0;
      case ValueOperator::kLessEqual:
        return compare(value, literals_[0]) <= 0;
      case ValueOperator::kGreater:
        return compare(value, literals_[0]) > 0;
      case ValueOperator::kGreaterEqual:
        return compare(value, literals_[0]) >= 0;
      case ValueOperator::kBetween:
        return compare(value, literals_[0]) >= 0 && compare(value, literals_[1]) <= 0;
      case ValueOperator::kIn: {
        size_t first = 0;
        for (size_t count = literals_.size(); count > 0;) {
          const size_t half = count / 2;
          const int order = compare(value, literals_[first + half]);
          if (order == 0) return true;
          if (order > 0) {
            first += half + 1;
            count -= half + 1;
          } else {
            count = half;
          }
        }
        return false;
      }
      default:
        return false;
    }
  }

  Oid type_;
  Oid collation_;
  ValueOperator op_;
  MatcherContexts contexts_;
  FmgrInfo* compare_;
  std::vector<Datum> literals_;
  uint32_t calls_ = 0;
};

}  // namespace

std::unique_ptr<ValueMatcher> ServerMatcherFactory::make(const FieldPredicate& predicate) {
  if (predicate.method == PredicateMethod::kPart) return make_part_matcher(predicate, context_);
  const MatcherContexts contexts = make_contexts(context_);
  if (in_text_mode(predicate)) return std::make_unique<TextMatcher>(predicate, contexts);
  return std::make_unique<OrderMatcher>(predicate, contexts);
}

std::unique_ptr<PairMatcher> ServerMatcherFactory::make_pair(const PairPredicate& pair) {
  return make_pair_matcher(pair, context_);
}

HashSeed ServerMatcherFactory::hash_seed() { return pg::hash_seed(); }

std::unique_ptr<ValueIdentity> ServerMatcherFactory::make_identity(uint32_t type_oid, uint32_t collation_oid) {
  return make_server_identity(type_oid, collation_oid, context_);
}

Datum to_text(Oid type, Datum value) {
  if (type == NAMEOID) return DirectFunctionCall1(name_text, value);
  if (type == BPCHAROID) return DirectFunctionCall1(rtrim1, value);
  return value;
}

bool is_text_type(Oid type) { return type == TEXTOID || type == VARCHAROID || type == NAMEOID || type == BPCHAROID; }

}  // namespace segments::pg
