// Inserts encoded fragments into segments.fragment, many columns a statement.
#pragma once
#include <vector>

#include "core/fragment/fragment.h"
#include "pg/run/change_context.h"

namespace segments::pg {

// The published states that a stored row belongs to: from <= n < to.
struct Version {
  int64_t from;
  int64_t to = kForever;
};

// write() only collects, so it may be called while a parallel query of this backend is running; flush() writes.
// REQUIRES: within with_spi, as the extension's owner.
class FragmentWriter {
 public:
  explicit FragmentWriter(ChangeContext& context) : context_(context) {}
  void write(int32_t type_id, Oid leaf, EncodedFragment&& fragment, const Version& version);
  void flush();
  // Forgets what was written since the last flush().
  void forget();

 private:
  struct Column {
    Version version;
    int32_t type_id;
    Oid leaf;
    int64_t fragment_number;  // of those collected; its id is drawn when it is written
    uint32_t row_count;
    uint32_t first_tile;
    uint32_t last_tile;
    Timestamp min_time;
    Timestamp max_time;
    int16_t known_fields;
    EncodedColumn content;
  };
  void insert(std::span<Column> columns, std::span<const int64_t> fragment_ids);

  ChangeContext& context_;
  std::vector<Column> columns_;
  int64_t fragment_count_ = 0;
};

}  // namespace segments::pg
