// How many rows of linked profiles have which values of a field.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/column/column.h"
#include "core/plan/plan.h"

namespace segments {

struct ValueCounts {
  static constexpr size_t kMostValues = 50'000;

  Dictionary values;           // those that rows have
  std::vector<uint64_t> rows;  // by value
  bool is_too_large = false;   // there are more than kMostValues: none are told

  // `counts`: by code of the dictionary, 0 for rows without a value.  Throws Error{kDataCorrupted} for values of another kind.
  void add(const Dictionary& dictionary, std::span<const uint64_t> counts);
  void add(const ValueCounts& other);
  bool operator==(const ValueCounts& other) const;
};

class FragmentReader;
class FragmentSource;
class ProfileMap;
struct PreparedTest;

// Adds what the rows of one fragment in one tile have.  `test`: of the counter; null: none.
void count_values(const CountedField& field, const CounterPlan& counter, const PreparedTest* test, FragmentReader& reader,
                  const FragmentSource& source, const ProfileMap& map, ValueCounts& counts);

}  // namespace segments
