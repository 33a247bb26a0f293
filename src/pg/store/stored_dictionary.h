// The distinct values of a field that stored fragments know, without the rows that have them.
#pragma once
#include <functional>

#include "core/column/column.h"
#include "core/fragment/fragment.h"

namespace segments::pg {

// Which of the fragments of a type to read.
struct DictionaryQuery {
  int32_t type_id = 0;
  int16_t field = 0;
  int64_t refresh_id = 0;                              // of the state that is asked about
  std::function<bool(const ValueBounds&)> may_matter;  // false: not this fragment, by its bounds
  int64_t written_since = 0;                           // fragments of earlier refreshes are left out
  bool by_writer = false;                              // what this command has written itself is read, too
};

// Hands the dictionaries of a field over, one after the other, large fragments first, until `visit` returns false.
// REQUIRES: within with_spi, as the extension's owner.
void visit_dictionaries(const DictionaryQuery& query, const std::function<bool(const Dictionary&)>& visit);

}  // namespace segments::pg
