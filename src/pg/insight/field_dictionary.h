// The distinct values of a field, as a plan counts them: equal ones together, numbers in order.
#pragma once
#include <optional>
#include <set>
#include <string>

#include "core/plan/plan.h"
#include "pg/catalog/source.h"

namespace segments::pg {

class FieldDictionary {
 public:
  // Reads the values that fragments of a state know; `missing`: what older ones answer with.  REQUIRES: within with_spi, as the
  // extension's owner.
  FieldDictionary(int32_t type_id, const SourceField& field, std::optional<MissingValue> missing, int64_t refresh_id);

  // Nothing was read to the end: there are more than kMostValues.
  bool is_too_large() const { return is_too_large_; }
  bool holds_numbers() const;
  const FieldValues& values() const { return values_; }
  // A value of a group, as the session shows it; booleans as definitions write them.
  std::string text_of_group(uint32_t group) const;

  static constexpr size_t kMostValues = 50'000;

 private:
  void collect(const MissingValue& missing);
  void collect(const Dictionary& dictionary);
  void make_values(const std::optional<MissingValue>& missing);
  Datum datum(uint32_t value) const;

  SourceField field_;
  bool is_too_large_ = false;
  std::set<int64_t> integers_;
  std::set<std::string> texts_;
  FieldValues values_;
  std::vector<uint32_t> shown_;  // by group: one of its values
};

}  // namespace segments::pg
