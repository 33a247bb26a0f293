// How ids of records are made alike before anything compares them: by the server's own lower() and btrim(), lower() under the
// database's collation, in statements and in triggers.
#pragma once
#include <string>
#include <string_view>

#include "pg/server/boundary.h"

namespace segments::pg {

struct KeyNormalization {
  bool lower = false;
  bool trim = false;

  bool any() const { return lower || trim; }
  int16_t number() const { return static_cast<int16_t>((lower ? 1 : 0) | (trim ? 2 : 0)); }
  bool operator==(const KeyNormalization&) const = default;
};

// As catalogs have it: the words "lower" and "trim".
KeyNormalization key_normalization(std::string_view words);

// The normalized value of an expression of type text, under the database's collation.  REQUIRES: normalization.any().
std::string normalized_sql(const std::string& expression, KeyNormalization normalization);
std::string normalized(std::string id, KeyNormalization normalization);

}  // namespace segments::pg
