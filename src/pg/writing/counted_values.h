// The values that interactions of linked profiles have up to now, and how many have each: of several fields in one evaluation.
// Those of arrays are their elements.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "pg/catalog/type_catalog.h"
#include "pg/evaluation/evaluation.h"

namespace segments::pg {

struct CountedValue {
  std::string value;    // as the session shows it
  std::string literal;  // as definitions write it
  int64_t interactions = 0;
};

// Throws ServerError (42501) without SELECT on what the values stand in, or where row-level security may hide rows.
void check_may_list(Oid caller, const InteractionType& type, const FieldColumnName& field);

// REQUIRES for all: within with_spi, as the extension's owner.
class ValueCounter {
 public:
  ValueCounter(Oid caller, int64_t refresh_id) : caller_(caller), refresh_id_(refresh_id) {
    plan_.output = PlanOutput::kValueCounts;
  }

  // False: the field has not been refreshed yet.  REQUIRES: the type is captured; the caller may list the values.
  bool add(const InteractionType& type, const FieldColumnName& field);
  void count();
  // Of the fields that were added, in order.
  bool has_too_many(size_t field) const;
  // The most frequent first, equal ones together, at most so many.
  std::vector<CountedValue> values(size_t field, const std::function<bool(const std::string&)>& is_wanted, size_t most) const;

 private:
  struct Column {
    Oid type = InvalidOid;
    Oid collation = InvalidOid;
  };

  Oid caller_;
  int64_t refresh_id_;
  EvaluationPlan plan_;
  std::vector<Column> columns_;
  std::vector<ValueCounts> counts_;
};

}  // namespace segments::pg
