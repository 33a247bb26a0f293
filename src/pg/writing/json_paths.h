// Which paths there are in jsonb documents, and what stands at their ends.
#pragma once
#include <array>
#include <map>
#include <string>
#include <vector>

#include "core/interrupt.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// What documents have at the end of a path: scalars, and arrays of them.
struct JsonPathUse {
  static constexpr size_t kMostSamples = 3;
  enum Kind : uint8_t { kString, kNumber, kBoolean, kArray };
  std::array<int64_t, 4> counts = {};  // by Kind
  int64_t whole_numbers = 0;           // within 64 bits
  int64_t times = 0;                   // strings that are times with a time of day
  int64_t days = 0;                    // strings that are days
  std::vector<std::string> samples;    // the first different ones, excerpts

  int64_t other_elements = 0;  // that are no whole numbers within 64 bits
  int64_t whole_elements = 0;  // that are

  void count(const JsonbValue& value);  // a scalar
  int64_t scalars() const { return counts[kString] + counts[kNumber] + counts[kBoolean]; }
  int64_t occurrences() const { return scalars() + counts[kArray]; }
  // The narrowest kind of a JSON field that takes all of them; of arrays and others, that of which there are more.
  const char* kind() const;
};

// Collects the paths of documents.  Elements of arrays have none, nor have arrays of objects.
class JsonPaths {
 public:
  static constexpr size_t kMost = 20'000;  // paths; others are not counted

  void add(const std::string& column, Datum document, Interrupt& interrupt);
  // By the names on the way, the column first.
  const std::map<std::vector<std::string>, JsonPathUse>& uses() const { return uses_; }
  bool has_left_out() const { return has_left_out_; }

 private:
  void walk(JsonbContainer* object, Interrupt& interrupt);
  // Nothing: there is no room for it.
  JsonPathUse* use_of_path();
  void count(const JsonbValue& value);
  void count_array(JsonbContainer* array, Interrupt& interrupt);

  std::vector<std::string> path_;
  std::map<std::vector<std::string>, JsonPathUse> uses_;
  bool has_left_out_ = false;
};

}  // namespace segments::pg
