// All records by key, in memory: for bulk refreshes, where one look-up per batch and record beats a join.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/ingest/hash_seed.h"
#include "core/ingest/row_batch.h"
#include "core/ordinal.h"

namespace segments {

class RecordIndex {
 public:
  RecordIndex(size_t expected_records, HashSeed seed);
  ~RecordIndex();
  // REQUIRES: key not present.
  void insert(std::string_view key, Ordinal ordinal);
  std::optional<Ordinal> find(std::string_view key) const;
  // The ordinal of every key, RowBatch::kNoOrdinal for those that are absent; several times as fast as one find() each.
  std::vector<Ordinal> find_all(const StringTable& keys) const;
  size_t size() const;
  size_t memory_bytes() const;
  static size_t estimated_bytes(size_t records, size_t average_id_bytes);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace segments
