#include "pg/capture/misfits.h"

namespace segments::pg {

void add_misfits(Misfits& misfits, const RowBatch& batch, int64_t times) {
  const std::vector<FieldSchema>& schema = batch.schema();
  for (uint32_t i = 0; i < schema.size(); ++i) {
    if (const uint64_t count = batch.misfits(i)) misfits[schema[i].field] += times * static_cast<int64_t>(count);
  }
}

std::string misfits_json(const Misfits& misfits) {
  std::string json;
  for (const auto& [field, count] : misfits) {
    if (count == 0) continue;
    json += (json.empty() ? "{\"" : ", \"") + std::to_string(field) + "\": " + std::to_string(count);
  }
  return json.empty() ? "{}" : json + "}";
}

}  // namespace segments::pg
