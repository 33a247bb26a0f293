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

 private:
  MemoryContext context_;
};

// text, varchar, name and char(n): what contains, begins with, ends with, is empty and ignore case apply to.
bool is_text_type(Oid type);

}  // namespace segments::pg
