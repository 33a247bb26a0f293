// Reads rows of a source leaf in bulk, in parallel: one aggregate batch_rows() per chunk of blocks, run by whichever worker is
// free.
#pragma once
#include <functional>
#include <vector>

#include "pg/capture/block_ranges.h"
#include "pg/query/query.h"
#include "pg/run/refresh_context.h"
#include "pg/catalog/source.h"

namespace segments::pg {

// Which rows are read of those that context.snapshot shows.
struct ReadScope {
  enum class Stamps : uint8_t {
    kAny,
    kShown,     // shown by `snapshot`, or none
    kNotShown,  // not shown by `snapshot`, but by context.snapshot
  };
  std::vector<BlockRange> blocks;  // ascending
  Stamps stamps = Stamps::kAny;
  std::string snapshot;
  std::string counted_sql = {};  // whether a row s counts; empty: all do
};

// REQUIRES: within with_spi, as the extension's owner.
class BulkRead {
 public:
  BulkRead(RefreshContext& context, const InteractionSource& source, Oid leaf, ReadScope scope);

  uint64_t estimated_rows() const { return estimated_rows_; }
  bool done() const { return ranges_.empty(); }
  // Reads some of what is left, about as many rows as half of the memory budget takes, and hands encoded RowBatches to `consume`
  // as workers finish them: while the query is running, so `consume` may not run statements that write.
  using BatchConsumer = std::function<void(BytesView batch)>;
  void read_some(const BatchConsumer& consume);

 private:
  struct Chunk {
    std::vector<BlockRange> ranges;
  };
  std::vector<Chunk> take_chunks();
  std::string statement(const std::vector<Chunk>& chunks) const;
  std::string range_select(const BlockRange& range) const;
  void learn(uint32_t blocks, size_t bytes);

  RefreshContext& context_;
  ReadScope scope_;
  Oid leaf_;
  std::string values_sql_;  // the columns: k1, k2, …
  std::string row_sql_;     // ROW(k1, k2, …)
  std::string table_sql_;
  Bytes schema_;
  std::string record_type_;
  std::vector<BlockRange> ranges_;  // what is left, in reverse
  uint64_t estimated_rows_ = 0;
  uint32_t chunk_blocks_ = 1;
  uint32_t chunk_count_ = 0;  // of the next statement
};

}  // namespace segments::pg
