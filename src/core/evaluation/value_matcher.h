// Predicates over dictionaries: evaluated once per distinct value, never per row.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "core/plan/plan.h"
#include "core/column/column.h"
#include "core/ingest/hash_seed.h"
#include "core/interrupt.h"

namespace segments {

// The part of kServer and kPart predicates: implemented by the binding with PostgreSQL's functions and collations.
class ValueMatcher {
 public:
  virtual ~ValueMatcher() = default;
  // Whether value `index` of `dictionary` satisfies the (positive) predicate.  May throw.
  virtual bool matches(const Dictionary& dictionary, uint32_t index) = 0;
};

// Numbers that compare as the values of two columns do.
struct PairValues {
  std::vector<int64_t> left;        // by value
  std::vector<IntegerRange> right;  // by value: which of left's satisfy
};

// Compares two columns: implemented by the binding.
class PairMatcher {
 public:
  virtual ~PairMatcher() = default;
  // The dictionary of a row's time holds the times row by row, in no order.  May throw.
  virtual PairValues values(const Dictionary& left, const Dictionary& right, Interrupt& interrupt) = 0;
};

// Tells values apart that can be equal without being the same bytes: implemented by the binding.
class ValueIdentity {
 public:
  virtual ~ValueIdentity() = default;
  // Equal values have one hash, which nobody foresees who does not know the seed.  May throw, as equal() may.
  virtual uint64_t hash(std::string_view value, uint64_t seed) = 0;
  virtual bool equal(std::string_view a, std::string_view b) = 0;
};

class ValueMatcherFactory {
 public:
  virtual ~ValueMatcherFactory() = default;
  virtual HashSeed hash_seed() = 0;
  virtual std::unique_ptr<ValueIdentity> make_identity(uint32_t type_oid, uint32_t collation_oid) = 0;
  virtual std::unique_ptr<ValueMatcher> make(const FieldPredicate& predicate) = 0;
  virtual std::unique_ptr<PairMatcher> make_pair(const PairPredicate& pair) = 0;
};

// Whether null satisfies the (positive) predicate.
bool matches_null(const FieldPredicate& predicate);

// The codes of `dictionary` (null included, as code 0) that satisfy `predicate`.  `server` is used for kServer and kPart only.
// Throws Error{kDataCorrupted} if the dictionary's values are of another kind than the predicate's.
// Sorted dictionaries make kIntegers, and kEqual, kIn and kBeginsWith over bytes, binary searches.
CodeSet matching_codes(const FieldPredicate& predicate, const Dictionary& dictionary, ValueMatcher* server, Interrupt& interrupt);

// False only if no value within `bounds` can satisfy the predicate (nulls are the caller's concern).
bool may_match(const FieldPredicate& predicate, const ValueBounds& bounds);

}  // namespace segments
