#include "pg/capture/bulk_read.h"

#include "pg/capture/batch_rows.h"
#include "pg/query/as_owner.h"
#include "pg/query/column_sql.h"
#include "pg/server/datum.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

constexpr double kChunkRows = 200'000;
constexpr double kChunkBytes = 64.0 * 1024 * 1024;
constexpr uint32_t kMostChunkBlocks = 8192;
// Enough for several workers to find work until the end, little enough to learn from the first statement.
constexpr uint32_t kFirstChunks = 4;
constexpr uint32_t kMostChunks = 64;
// What a statement may return, of the memory budget, for the case that all of it has to wait.
constexpr size_t kBudgetShare = 2;

// Settings that make the planner run the chunks' aggregates as the parallel members of an Append, each over its range of blocks.
constexpr std::pair<const char*, const char*> kSettings[] = {
    {"enable_seqscan", "off"},    {"enable_parallel_append", "on"}, {"parallel_leader_participation", "off"},
    {"parallel_setup_cost", "0"}, {"parallel_tuple_cost", "0"},     {"jit", "off"}};

template <class F>
void with_settings(F body) {
  const int level = call([] {
    const int nest_level = NewGUCNestLevel();
    for (const auto& [name, value] : kSettings) {
      set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    }
    return nest_level;
  });
  body();
  call([&] { AtEOXact_GUC(false, level); });
}

Parameter snapshot_parameter(const std::string& snapshot) {
  const char* characters = snapshot.c_str();
  return datum(PG_SNAPSHOTOID, call([&] { return DirectFunctionCall1(pg_snapshot_in, CStringGetDatum(characters)); }));
}

}  // namespace

BulkRead::BulkRead(RefreshContext& context, const InteractionSource& source, Oid leaf, ReadScope scope)
    : context_(context), scope_(std::move(scope)), leaf_(leaf), table_sql_(only(leaf)), schema_(batch_schema(source.fields)),
      record_type_(source.record_type), chunk_count_(kFirstChunks) {
  values_sql_ = (source.record_type_column.empty() ? std::string("$2") : quoted_name(source.record_type_column) + "::text") +
                " AS k1, " + record_id_sql(record_columns(source)) + " AS k2, " +
                (source.time.empty() ? "'-infinity'::timestamptz" : source.time.sql("")) + " AS k3";
  row_sql_ = "ROW(k1, k2, k3";
  const std::vector<std::string> columns = row_columns(source.fields);
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string name = "k" + std::to_string(i + kRowKeys + 1);
    values_sql_ += ", " + quoted_name(columns[i]) + " AS " + name;
    row_sql_ += ", " + name;
  }
  row_sql_ += ")";
  ranges_ = std::move(scope_.blocks);
  const BlockDensity density = block_density(leaf);
  double blocks = 0;
  for (const BlockRange& range : ranges_) blocks += range.size();
  estimated_rows_ = static_cast<uint64_t>(blocks * density.rows);
  chunk_blocks_ = static_cast<uint32_t>(
      std::clamp(std::min(kChunkRows / density.rows, kChunkBytes / density.bytes), 1.0, double{kMostChunkBlocks}));
  std::reverse(ranges_.begin(), ranges_.end());
}

std::vector<BulkRead::Chunk> BulkRead::take_chunks() {
  std::vector<Chunk> chunks;
  while (!ranges_.empty() && chunks.size() < chunk_count_) {
    Chunk chunk;
    for (uint32_t room = chunk_blocks_; room > 0 && !ranges_.empty();) {
      BlockRange& next = ranges_.back();
      const uint32_t taken = std::min(room, next.size());
      chunk.ranges.push_back({next.first, next.first + taken});
      next.first += taken;
      room -= taken;
      if (next.size() == 0) ranges_.pop_back();
    }
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

std::string BulkRead::range_select(const BlockRange& range) const {
  std::string sql = "SELECT " + values_sql_ + " FROM " + table_sql_ + " s WHERE ctid >= '(" + std::to_string(range.first) +
                    ",0)'::tid AND ctid < '(" + std::to_string(range.end) + ",0)'::tid";
  const std::string stamp = kStampColumn;
  if (scope_.stamps == ReadScope::Stamps::kShown) {
    sql += " AND (" + stamp + " IS NULL OR pg_visible_in_snapshot(" + stamp + ", $3))";
  } else if (scope_.stamps == ReadScope::Stamps::kNotShown) {
    sql += " AND NOT pg_visible_in_snapshot(" + stamp + ", $3) AND pg_visible_in_snapshot(" + stamp + ", $4)";
  }
  if (!scope_.counted_sql.empty()) sql += " AND " + scope_.counted_sql;
  return sql;
}

std::string BulkRead::statement(const std::vector<Chunk>& chunks) const {
  std::string sql = "SELECT b FROM (";
  for (size_t i = 0; i < chunks.size(); ++i) {
    sql += std::string(i == 0 ? "" : " UNION ALL ") + "SELECT segments_internal.batch_rows($1, " + row_sql_ + ") AS b FROM (";
    for (size_t r = 0; r < chunks[i].ranges.size(); ++r) {
      sql += (r == 0 ? "" : " UNION ALL ") + range_select(chunks[i].ranges[r]);
    }
    sql += ") AS rows";
  }
  return sql + ") AS batches";
}

void BulkRead::read_some(const BatchConsumer& consume) {
  context_.interrupt->poll();
  const std::vector<Chunk> chunks = take_chunks();
  if (chunks.empty()) return;
  size_t bytes = 0;
  with_scratch([&] {
    with_settings([&] {
      const Parameter parameters[] = {
          bytea(schema_), text(record_type_),
          snapshot_parameter(scope_.stamps == ReadScope::Stamps::kAny ? context_.snapshot_text : scope_.snapshot),
          snapshot_parameter(context_.snapshot_text)};
      stream_as_owner(leaf_, statement(chunks), parameters, {.snapshot = context_.snapshot, .parallel = true},
                      [&](const Datum* values, const bool* nulls) {
                        if (nulls[0]) return;
                        // The aggregate's result is in memory, whole and uncompressed.
                        const BytesView batch = plain_bytes(values[0]);
                        bytes += batch.size();
                        consume(batch);
                      });
    });
  });
  uint32_t blocks = 0;
  for (const Chunk& chunk : chunks) {
    for (const BlockRange& range : chunk.ranges) blocks += range.size();
  }
  learn(blocks, bytes);
  context_.progress.bytes += int64_t{blocks} * BLCKSZ;
  show_progress(context_);
}

// Sizes the next statement by what this one gave: at most twice as many chunks.
void BulkRead::learn(uint32_t blocks, size_t bytes) {
  const double bytes_per_block = std::max(1.0, static_cast<double>(bytes) / std::max(1u, blocks));
  const double budget_blocks = static_cast<double>(context_.memory_bytes / kBudgetShare) / bytes_per_block;
  const double chunks = std::min(budget_blocks / chunk_blocks_, 2.0 * chunk_count_);
  chunk_count_ = static_cast<uint32_t>(std::clamp(chunks, 1.0, double{kMostChunks}));
  if (budget_blocks < chunk_blocks_) chunk_blocks_ = static_cast<uint32_t>(std::max(1.0, budget_blocks));
}

}  // namespace segments::pg
