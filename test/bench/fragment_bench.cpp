// Fragments and ingestion, in rows a second.  The rows are those of the project's reference data: skewed ordinals,
// times over 90 days, an e-mail of 900 and a client of 12.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>

#include "core/column/checksum.h"
#include "core/fragment/fragment.h"
#include "core/ingest/record_index.h"
#include "core/ingest/row_batch.h"

namespace segments {
namespace {

constexpr HashSeed kSeed{0x2D358DCCAA6C78A5, 0x8BB84B93962EACC9};
constexpr int64_t kDay = 86'400'000'000;
constexpr uint32_t kRows = kMaxFragmentRows;

RowTable reference_rows(uint32_t count) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(0, 1);
  RowTable table;
  table.known_fields = 2;
  table.fields.resize(2);
  for (int16_t i = 0; i < 2; ++i) {
    std::vector<int64_t> values(i == 0 ? 900 : 12);
    std::iota(values.begin(), values.end(), 0);
    table.fields[static_cast<size_t>(i)].field = static_cast<int16_t>(i + 1);
    table.fields[static_cast<size_t>(i)].dictionary = Dictionary::of_integers(ValueKind::kInteger, values);
  }
  for (uint32_t row = 0; row < count; ++row) {
    table.ordinals.push_back(static_cast<Ordinal>(uniform(random) * kTileSize));
    const auto time = static_cast<Timestamp>(uniform(random) * 90 * kDay);
    table.times.push_back(time);
    const auto email = 10 * (time / kDay) + std::min<int64_t>(9, static_cast<int64_t>(-2 * std::log(1 - uniform(random))));
    table.fields[0].codes.push_back(static_cast<uint32_t>(email) + 1);
    table.fields[1].codes.push_back(static_cast<uint32_t>(12 * std::pow(uniform(random), 2)) + 1);
  }
  return table;
}

EncodedFragment reference_fragment() {
  const RowTable table = reference_rows(kRows);
  std::vector<uint32_t> rows(kRows);
  std::iota(rows.begin(), rows.end(), 0);
  return encode_fragment(table, rows);
}

void count_rows(benchmark::State& state, uint64_t rows) {
  state.SetItemsProcessed(static_cast<int64_t>(rows * state.iterations()));
}

void checksum(benchmark::State& state) {
  const Bytes bytes(1 << 20, 7);
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
  state.SetBytesProcessed(static_cast<int64_t>(bytes.size() * state.iterations()));
}
BENCHMARK(checksum);

void encode(benchmark::State& state) {
  const RowTable table = reference_rows(kRows);
  std::vector<uint32_t> rows(kRows);
  std::iota(rows.begin(), rows.end(), 0);
  size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (const EncodedColumn& column : encode_fragment(table, rows).columns) bytes += column.bytes.size();
  }
  count_rows(state, kRows);
  state.counters["bytes_per_row"] = static_cast<double>(bytes) / kRows;
}
BENCHMARK(encode)->Unit(benchmark::kMillisecond);

void decode(benchmark::State& state) {
  const EncodedFragment fragment = reference_fragment();
  std::vector<ColumnBytes> columns;
  for (const EncodedColumn& column : fragment.columns) columns.push_back({column.field, column.bytes});
  for (auto _ : state) benchmark::DoNotOptimize(decode_fragment(columns, 2));
  count_rows(state, kRows);
}
BENCHMARK(decode)->Unit(benchmark::kMillisecond);

template <class Column, size_t column>
void open_column(benchmark::State& state) {
  const EncodedFragment fragment = reference_fragment();
  BytesSource source(fragment.columns[column].bytes);
  for (auto _ : state) benchmark::DoNotOptimize(Column(source));
  count_rows(state, kRows);
  state.SetBytesProcessed(static_cast<int64_t>(fragment.columns[column].bytes.size() * state.iterations()));
}
BENCHMARK(open_column<RowsColumn, 0>);
BENCHMARK(open_column<TimeColumn, 1>);
BENCHMARK(open_column<FieldColumn, 2>);

void select_times(benchmark::State& state) {
  BytesSource source(reference_fragment().columns[1].bytes);
  TimeColumn column(source);
  for (auto _ : state) benchmark::DoNotOptimize(column.select({60 * kDay, 85 * kDay}, 0, kRows));
  count_rows(state, kRows);
}
BENCHMARK(select_times);

void select_codes(benchmark::State& state, size_t column_number, uint32_t runs) {
  BytesSource source(reference_fragment().columns[column_number].bytes);
  FieldColumn column(source);
  CodeSet codes(column.dictionary().size() + 1);
  for (uint32_t run = 0; run < runs; ++run) codes.insert(1 + run * 2 % column.dictionary().size());
  for (auto _ : state) benchmark::DoNotOptimize(column.select(codes, 0, kRows));
  count_rows(state, kRows);
}
BENCHMARK_CAPTURE(select_codes, equality_of_900, 2, 1);
BENCHMARK_CAPTURE(select_codes, equality_of_12, 3, 1);
BENCHMARK_CAPTURE(select_codes, four_of_12, 3, 4);
BENCHMARK_CAPTURE(select_codes, eight_runs_of_900, 2, 8);
BENCHMARK_CAPTURE(select_codes, thirty_runs_of_900, 2, 30);
BENCHMARK_CAPTURE(select_codes, every_other_of_900, 2, 450);

struct TextRow {
  std::string record_id;
  Timestamp time;
  std::string fields[3];
};

std::vector<TextRow> text_rows(uint32_t count, uint64_t records) {
  std::mt19937_64 random(2);
  std::vector<TextRow> rows(count);
  for (TextRow& row : rows) {
    row.record_id = "00Q" + std::to_string(1'000'000'000 + random() % records);
    row.time = static_cast<Timestamp>(random() % static_cast<uint64_t>(90 * kDay));
    row.fields[0] = "person" + std::to_string(random() % 1000) + "@example.com";
    row.fields[1] = "Spring journey " + std::to_string(random() % 30);
    row.fields[2] = random() % 2 == 0 ? "Apple Mail" : "Outlook";
  }
  return rows;
}

const std::vector<FieldSchema> kTextSchema = {{1, ValueKind::kBytes}, {2, ValueKind::kBytes}, {3, ValueKind::kBytes}};

RowBatch build(const std::vector<TextRow>& rows) {
  RowBatch batch(kTextSchema, kSeed);
  for (const TextRow& row : rows) {
    batch.add_row("contact", row.record_id, row.time);
    for (uint32_t i = 0; i < 3; ++i) batch.set_bytes(i, row.fields[i]);
  }
  return batch;
}

constexpr uint32_t kBatchRows = 100'000;

void build_batch(benchmark::State& state) {
  const auto rows = text_rows(kBatchRows, 4'000'000);
  for (auto _ : state) benchmark::DoNotOptimize(build(rows));
  count_rows(state, kBatchRows);
}
BENCHMARK(build_batch)->Unit(benchmark::kMillisecond);

void encode_batch(benchmark::State& state) {
  const RowBatch batch = build(text_rows(kBatchRows, 4'000'000));
  size_t bytes = 0;
  for (auto _ : state) bytes = batch.encode().size();
  count_rows(state, kBatchRows);
  state.counters["bytes_per_row"] = static_cast<double>(bytes) / kBatchRows;
}
BENCHMARK(encode_batch)->Unit(benchmark::kMillisecond);

void decode_batch(benchmark::State& state) {
  const Bytes bytes = build(text_rows(kBatchRows, 4'000'000)).encode();
  for (auto _ : state) benchmark::DoNotOptimize(RowBatch::decode(bytes, kSeed));
  count_rows(state, kBatchRows);
}
BENCHMARK(decode_batch)->Unit(benchmark::kMillisecond);

// From decoded batches to fragments: resolved records, rows, one table, fragments.
void batches_to_fragments(benchmark::State& state) {
  std::vector<RowBatch> batches;
  std::vector<std::vector<Ordinal>> ordinals;
  std::mt19937_64 random(3);
  for (int i = 0; i < 10; ++i) {
    batches.push_back(build(text_rows(kBatchRows, 4'000'000)));
    auto& numbers = ordinals.emplace_back(batches.back().records().size());
    for (Ordinal& ordinal : numbers) ordinal = static_cast<Ordinal>(random() % 4'000'000);
  }
  NeverInterrupt interrupt;
  const MissingValues missing = [](int16_t) -> std::optional<MissingValue> { return std::nullopt; };
  for (auto _ : state) {
    std::vector<RowTable> tables;
    for (size_t i = 0; i < batches.size(); ++i) tables.push_back(batches[i].to_rows(ordinals[i], 3, interrupt));
    const RowTable table = concatenate(std::move(tables), missing, interrupt);
    size_t bytes = 0;
    encode_fragments(table, interrupt, [&](EncodedFragment&& fragment) { bytes += fragment.columns[0].bytes.size(); });
    benchmark::DoNotOptimize(bytes);
  }
  count_rows(state, kBatchRows * batches.size());
}
BENCHMARK(batches_to_fragments)->Unit(benchmark::kMillisecond);

// Two million records; the keys of a batch, looked up one by one or together.
void find_records(benchmark::State& state, bool together) {
  RecordIndex index(2'000'000, kSeed);
  std::vector<char> key;
  for (uint32_t i = 0; i < 2'000'000; ++i) {
    key.clear();
    append_record_key(key, "contact", "00Q" + std::to_string(1'000'000'000 + i * 2));
    index.insert({key.data(), key.size()}, i);
  }
  const RowBatch batch = build(text_rows(kBatchRows, 4'000'000));
  const StringTable& records = batch.records();
  for (auto _ : state) {
    if (together) {
      benchmark::DoNotOptimize(index.find_all(records));
    } else {
      for (uint32_t i = 0; i < records.size(); ++i) benchmark::DoNotOptimize(index.find(records.at(i)));
    }
  }
  count_rows(state, records.size());
}
BENCHMARK_CAPTURE(find_records, one_by_one, false);
BENCHMARK_CAPTURE(find_records, together, true);

}  // namespace
}  // namespace segments
