// How many rows have something for a field that is no value of its type, by field.
#pragma once
#include <map>
#include <string>

#include "core/ingest/row_batch.h"

namespace segments::pg {

using Misfits = std::map<int16_t, int64_t>;

// Those of a batch, so many times.
void add_misfits(Misfits& misfits, const RowBatch& batch, int64_t times);

// As JSON, {"2001": 3}; fields without any are left out.
std::string misfits_json(const Misfits& misfits);

}  // namespace segments::pg
