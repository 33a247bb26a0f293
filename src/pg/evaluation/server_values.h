// Predicates over values that only the server can compare: collations, ignore case, and types held by their binary image.
#pragma once
#include "core/evaluation/value_matcher.h"
#include "pg/server/boundary.h"

namespace segments::pg {

class ServerMatcherFactory final : public ValueMatcherFactory {
 public:
  // What matchers need of the server is allocated in `context`, which must outlive them.
  explicit ServerMatcherFactory(MemoryContext context) : context_(context) {}

  // Throws ServerError if a literal is not of the type, or if the operator cannot work under the collation.
  std::unique_ptr<ValueMatcher> make(const FieldPredicate& predicate) override;
  std::unique_ptr<PairMatcher> make_pair(const PairPredicate& pair) override;
  HashSeed hash_seed() override;
  std::unique_ptr<ValueIdentity> make_identity(uint32_t type_oid, uint32_t collation_oid) override;

 private:
  MemoryContext context_;
};

// Restores the current memory context, however a scope ends.
class ContextScope {
 public:
  explicit ContextScope(MemoryContext context) : previous_(MemoryContextSwitchTo(context)) {}
  ~ContextScope() { MemoryContextSwitchTo(previous_); }
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

 private:
  MemoryContext previous_;
};

// Server call: a value of a text type as text, as a cast of the column to text gives it.
Datum to_text(Oid type, Datum value);

// text, varchar, name and char(n): what contains, begins with, ends with, is empty and ignore case apply to.
bool is_text_type(Oid type);

}  // namespace segments::pg
