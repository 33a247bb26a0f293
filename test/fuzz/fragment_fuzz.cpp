// Arbitrary bytes into every reader of stored data; and damaged encodings of random rows.
//
// The first byte chooses: 0-4 a reader, fed with the rest as it is; 5-9 the same with the frame made right and the
// checksums taken for verified, so that what lies behind them is reached; else rows are made from the input, encoded,
// damaged, and must come out equal or not at all.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "core/error.h"
#include "core/column/checksum.h"
#include "core/fragment/fragment.h"
#include "core/ingest/row_batch.h"
#include "unit/row_samples.h"

namespace segments {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// Runs `read`; true unless it refuses the bytes as damaged.  Any other exception escapes and is a finding.
template <class F>
bool accepts(F read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kDataCorrupted);
    return false;
  }
}

void exercise_rows(ColumnSource& source) {
  for (const uint32_t most : {0u, 1u, 3u}) {
    accepts([&] { RowsColumn(source, most); });
  }
  const RowsColumn column(source);
  const auto ordinals = column.ordinals();
  require(ordinals.size() == column.row_count());
  for (const BlockView& block : column.blocks()) require(!column.blocks_of_tile(block.block / kBlocksPerTile).empty());
  std::vector<uint32_t> order;
  const Bytes again = encode_rows(ordinals, order);
  BytesSource again_source(again);
  require(RowsColumn(again_source).ordinals() == ordinals);
}

void exercise_times(ColumnSource& source) {
  TimeColumn column(source);
  const uint32_t rows = column.row_count();
  for (const TimeRange& range :
       {TimeRange{}, TimeRange{0, kPlusInfinity}, TimeRange{kMinusInfinity, 5}, TimeRange{-7, 1'000'000}}) {
    const RowSet selected = column.select(range, rows / 3, rows);
    require(selected.cardinality() <= rows - rows / 3);
  }
  const auto times = column.times();
  const RowSet selected = column.select({-7, 1'000'000}, 0, rows);
  for (uint32_t row = 0; row < rows; ++row) require(selected.contains(row) == (times[row] >= -7 && times[row] <= 1'000'000));
}

void exercise_field(ColumnSource& source) {
  FieldColumn::dictionary_bytes(source);
  FieldColumn column(source);
  const uint32_t rows = column.row_count();
  const uint32_t code_count = column.dictionary().size() + 1;
  CodeSet few(code_count);
  few.insert(code_count - 1);
  CodeSet many(code_count);
  for (uint32_t code = 0; code < code_count; code += 2) many.insert(code);
  require(column.select(few, 0, rows).cardinality() <= rows);
  require(column.select(many, rows / 2, rows).cardinality() <= rows);
  const auto codes = column.codes();
  const RowSet selected = column.select(many, 0, rows);
  for (uint32_t row = 0; row < rows; ++row) require(selected.contains(row) == (codes[row] % 2 == 0));
}

void exercise_batch(BytesView bytes) {
  RowBatch batch = RowBatch::decode(bytes, HashSeed{1, 2});
  NeverInterrupt interrupt;
  const std::vector<Ordinal> ordinals(batch.records().size(), 5);
  require(batch.to_rows(ordinals, 1, interrupt).row_count() == batch.row_count());
  batch.add_row("contact", "1", 2);
  require(RowBatch::decode(batch.encode(), HashSeed{3, 4}).row_count() == batch.row_count());
}

void exercise_fragment(BytesView bytes) {
  const size_t third = bytes.size() / 3;
  const ColumnBytes columns[] = {
      {kRowsColumn, bytes.first(third)}, {kTimeColumn, bytes.subspan(third, third)}, {1, bytes.subspan(2 * third)}};
  decode_fragment(columns, 3);
}

// Makes a column's magic number, version, kind and lengths right.
void mend_column(Bytes& bytes, uint8_t kind) {
  if (bytes.size() < 32) return;
  const uint8_t head[] = {'S', 'G', 'M', 'C', 2, 0, kind};
  std::memcpy(bytes.data(), head, sizeof head);
  uint32_t directory_bytes;
  std::memcpy(&directory_bytes, bytes.data() + 12, 4);
  if (directory_bytes < 28 || directory_bytes > bytes.size()) {
    directory_bytes = 28 + directory_bytes % static_cast<uint32_t>(bytes.size() - 27);
  }
  const uint64_t payload_bytes = bytes.size() - directory_bytes;
  std::memcpy(bytes.data() + 12, &directory_bytes, 4);
  std::memcpy(bytes.data() + 16, &payload_bytes, 8);
}

void mend_batch(Bytes& bytes) {
  if (bytes.size() < 4) return;
  const uint32_t crc = crc32c(BytesView(bytes).first(bytes.size() - 4));
  std::memcpy(bytes.data() + bytes.size() - 4, &crc, 4);
}

void feed(uint8_t reader, BytesView input, bool mend) {
  Bytes bytes(input.begin(), input.end());
  if (mend && reader < 3) mend_column(bytes, static_cast<uint8_t>(reader + 1));
  if (mend && reader == 3) mend_batch(bytes);
  BytesSource source(bytes, 0, mend);
  accepts([&] {
    switch (reader) {
      case 0:
        exercise_rows(source);
        break;
      case 1:
        exercise_times(source);
        break;
      case 2:
        exercise_field(source);
        break;
      case 3:
        exercise_batch(bytes);
        break;
      default:
        exercise_fragment(bytes);
        break;
    }
  });
}

void damage_an_encoding(BytesView input) {
  uint64_t seed = 0;
  std::memcpy(&seed, input.data(), std::min<size_t>(8, input.size()));
  std::mt19937_64 random(seed);
  const auto rows = sample_rows(random, 1 + random() % 300, 1 + static_cast<uint32_t>(random() % 20));
  const RowTable table = table_of(rows, kSampleKinds, 9);
  std::vector<uint32_t> numbers(rows.size());
  for (uint32_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
  EncodedFragment fragment = encode_fragment(table, numbers);
  require(sorted(plain_rows(decode_fragment(column_bytes(fragment), 9))) == sorted(rows));
  Bytes& column = fragment.columns[random() % fragment.columns.size()].bytes;
  bool damaged = false;
  for (size_t i = 8; i + 2 < input.size() && i < 32; i += 3) {
    const size_t at = (input[i] | size_t{input[i + 1]} << 8) % column.size();
    damaged |= input[i + 2] != 0;
    column[at] ^= input[i + 2];
  }
  if (input.size() % 5 == 0) {
    column.resize(random() % column.size());
    damaged = true;
  }
  RowTable read;
  const bool accepted = accepts([&] { read = decode_fragment(column_bytes(fragment), 9); });
  require(accepted || damaged);
  if (accepted) require(sorted(plain_rows(read)) == sorted(rows));
}

}  // namespace
}  // namespace segments

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::span<const uint8_t> rest(data + 1, size - 1);
  const uint8_t choice = data[0] % 12;
  if (choice < 10) {
    segments::feed(choice % 5, rest, choice >= 5);
  } else {
    segments::damage_an_encoding(rest);
  }
  return 0;
}
