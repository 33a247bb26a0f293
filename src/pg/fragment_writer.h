// Inserts encoded fragments into segments.fragment, many columns a statement.
#pragma once
#include <vector>

#include "core/fragment/fragment.h"
#include "pg/refresh.h"

namespace segments::pg {

// REQUIRES: within with_spi, as the extension's owner.  Nothing is written unless flush() is called last.
class FragmentWriter {
 public:
  explicit FragmentWriter(RefreshContext& context) : context_(context) {}
  void write(int32_t type_id, Oid leaf, EncodedFragment&& fragment);
  void flush();

 private:
  struct Column {
    int32_t type_id;
    Oid leaf;
    int64_t fragment_id;
    uint32_t row_count;
    uint32_t first_tile;
    uint32_t last_tile;
    Timestamp min_time;
    Timestamp max_time;
    int16_t known_fields;
    EncodedColumn content;
  };
  void insert();

  RefreshContext& context_;
  std::vector<Column> columns_;
  size_t pending_bytes_ = 0;
  Oid sequence_ = InvalidOid;
};

}  // namespace segments::pg
