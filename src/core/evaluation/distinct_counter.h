// How many different values of a field the rows of each profile of a tile have.
//
// Values are numbered as they appear.  For each of the first ones there is a set of the profiles that have it; of others, pairs
// of a profile and a number are listed, and each counts once.  If that is more than memory is meant to hold, the values are
// divided by their hashes, and all rows are gone through for each part: so it takes as long as it must, and no more memory.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "core/evaluation/distinct_values.h"
#include "core/evaluation/profile_map.h"
#include "core/evaluation/valued_rows.h"
#include "core/interrupt.h"

namespace segments {

// What is held at a time: about 40 MiB.
struct DistinctLimits {
  size_t sets = 512;
  size_t pairs = size_t{3} << 19;
  size_t value_bytes = size_t{12} << 20;
};

class DistinctCounter {
 public:
  using Use = std::function<void(ValuedRows&, const DistinctField&)>;
  // Calls its argument with every fragment's rows, fragment by fragment.
  using Visit = std::function<void(const Use&)>;

  // All must outlive this; `identity` may be null if no field is kServer.
  DistinctCounter(const ProfileMap& map, ValueIdentity* identity, HashSeed seed, Interrupt& interrupt,
                  DistinctLimits limits = {});

  // May call `visit` several times.
  void count(const Visit& visit);
  // By first record; 0 for others.
  const std::vector<uint32_t>& counts() const { return counts_; }

 private:
  // Returns false, and counts nothing, if it is too much.
  bool count(const Visit& visit, ValuePartition part);
  void add(ValuedRows& rows, const DistinctField& field, DistinctValues& values);
  void add_pair(uint32_t first, uint32_t number);
  // Brings the pairs into order, each once.
  void pack();
  void clear();

  ValueIdentity* const identity_;
  const HashSeed seed_;
  Interrupt& interrupt_;
  const DistinctLimits limits_;
  const std::vector<uint32_t> first_of_;  // ProfileMap::first_records()
  std::vector<uint32_t> counts_;
  // Of the present part:
  bool is_divisible_ = true;
  bool fits_ = true;
  std::vector<std::unique_ptr<DenseSet>> sets_;  // by number
  std::vector<uint32_t> firsts_;                 // of pairs
  std::vector<uint32_t> numbers_;                // likewise
};

}  // namespace segments
