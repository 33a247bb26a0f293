// One column of a stored fragment.
#pragma once
#include <functional>

#include "core/column/column_source.h"
#include "pg/query/query.h"

namespace segments::pg {

struct FragmentPlace {
  int16_t shard = 0;
  int64_t fragment_id = 0;
};

struct ColumnQuery {
  FragmentPlace place;
  int16_t field = 0;  // kRowsColumn, kTimeColumn or an attnum
  int64_t refresh_id = 0;
  bool by_writer = false;  // what this command has written itself is read, too
};

// Hands the column over, if the fragment has it.  REQUIRES: within with_spi, as the extension's owner.
void read_column(const ColumnQuery& query, const std::function<void(ColumnSource&)>& read);

}  // namespace segments::pg
