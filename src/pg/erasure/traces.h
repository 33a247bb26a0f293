// What a proof of an erasure looks for, and what it finds.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/ingest/row_batch.h"

namespace segments::pg {

struct Wanted {
  std::string profile_id;
  StringTable records;  // by key
  std::vector<std::string> values;
};

// How often something was found, by place and what it is.
using Findings = std::map<std::pair<std::string, std::string>, int64_t>;

inline void add(Findings& findings, const std::string& place, const std::string& detail, uint64_t count) {
  if (count != 0) findings[{place, detail}] += static_cast<int64_t>(count);
}

// Searches the registered tables, leaf by leaf, each as its owner: the profile and the records by the columns that name them, the
// values in every column.
// REQUIRES: within with_spi, as the extension's owner.
void search_registered_tables(const Wanted& wanted, Findings& findings);

}  // namespace segments::pg
