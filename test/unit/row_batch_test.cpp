#include "core/ingest/row_batch.h"

#include <gtest/gtest.h>

#include <unordered_map>

#include "core/error.h"
#include "core/ingest/batch_schema.h"
#include "unit/row_samples.h"

namespace segments {
namespace {

const std::vector<FieldSchema> kSchema = {
    {2, ValueKind::kBytes}, {3, ValueKind::kInteger}, {5, ValueKind::kFloat}, {9, ValueKind::kBytes}};

std::string record_id_of(Ordinal ordinal) { return "record-" + std::to_string(ordinal); }

void add(RowBatch& batch, const PlainRow& row) {
  batch.add_row(row.ordinal % 2 == 0 ? "contact" : "lead", record_id_of(row.ordinal), row.time);
  for (uint32_t i = 0; i < kSchema.size(); ++i) {
    const auto found = row.values.find(kSchema[i].field);
    if (found == row.values.end()) continue;
    if (kSchema[i].kind == ValueKind::kBytes) batch.set_bytes(i, std::get<std::string>(found->second));
    if (kSchema[i].kind == ValueKind::kInteger) batch.set_integer(i, std::get<int64_t>(found->second));
    if (kSchema[i].kind == ValueKind::kFloat) batch.set_float(i, ordered_to_float(std::get<int64_t>(found->second)));
  }
}

RowBatch batch_of(const std::vector<PlainRow>& rows, HashSeed seed = kSeed) {
  RowBatch batch(kSchema, seed);
  for (const PlainRow& row : rows) add(batch, row);
  return batch;
}

// Records divisible by `left_out` have no ordinal.
std::vector<Ordinal> resolve(const RowBatch& batch, uint32_t left_out = UINT32_MAX) {
  std::vector<Ordinal> ordinals;
  for (uint32_t i = 0; i < batch.records().size(); ++i) {
    const auto [type, id] = split_record_key(batch.records().at(i));
    const auto ordinal = static_cast<Ordinal>(std::stoul(std::string(id.substr(7))));
    EXPECT_EQ(type, ordinal % 2 == 0 ? "contact" : "lead");
    ordinals.push_back(ordinal % left_out == 0 && left_out != UINT32_MAX ? RowBatch::kNoOrdinal : ordinal);
  }
  return ordinals;
}

std::vector<PlainRow> rows_of(const RowBatch& batch) {
  NeverInterrupt interrupt;
  return plain_rows(batch.to_rows(resolve(batch), 9, interrupt));
}

TEST(StringTable, numbers_strings_in_order_of_appearance) {
  std::mt19937_64 random(30);
  StringTable table(kSeed);
  std::unordered_map<std::string, uint32_t> expected;
  for (int i = 0; i < 200'000; ++i) {
    std::string text(random() % 20 + (random() % 100 == 0 ? 100 : 0), '\0');
    for (char& c : text) c = static_cast<char>(random() % 3);
    const uint32_t number = expected.try_emplace(text, static_cast<uint32_t>(expected.size())).first->second;
    ASSERT_EQ(table.insert(text), number);
  }
  ASSERT_EQ(table.size(), expected.size());
  for (const auto& [text, number] : expected) ASSERT_EQ(table.at(number), text);
  EXPECT_EQ(StringTable(std::move(table)).size(), expected.size());
}

TEST(RecordKey, splits_into_what_it_was_made_of) {
  for (const auto& [type, id] :
       std::vector<std::pair<std::string, std::string>>{{"contact", "4711"}, {"", ""}, {"lead", ""}, {"", "x"}}) {
    std::vector<char> key;
    append_record_key(key, type, id);
    EXPECT_EQ(split_record_key({key.data(), key.size()}), (std::pair<std::string_view, std::string_view>(type, id)));
  }
}

TEST(RowBatch, turns_into_the_rows_it_was_given) {
  std::mt19937_64 random(31);
  for (const size_t count : {0u, 1u, 255u, 256u, 257u, 30'000u}) {
    const auto rows = sample_rows(random, count, 3, 300);
    const RowBatch batch = batch_of(rows);
    EXPECT_EQ(batch.row_count(), count);
    EXPECT_TRUE(rows_of(batch) == rows);
  }
}

TEST(RowBatch, is_the_same_whatever_the_seed) {
  std::mt19937_64 random(36);
  const auto rows = sample_rows(random, 30'000, 3, 5'000);
  const auto more = sample_rows(random, 5'000, 3, 10'000);
  const auto grown = [&](HashSeed seed) {
    RowBatch batch = RowBatch::decode(batch_of(rows, seed).encode(), seed);
    batch.append(batch_of(more, kSeed));
    return batch.encode();
  };
  const Bytes expected = grown(kSeed);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(grown({random(), random()}), expected);
}

TEST(RowBatch, leaves_out_rows_of_unresolved_records) {
  std::mt19937_64 random(32);
  NeverInterrupt interrupt;
  const auto rows = sample_rows(random, 2000, 1, 50);
  const RowBatch batch = batch_of(rows);
  std::vector<PlainRow> expected;
  for (const PlainRow& row : rows) {
    if (row.ordinal % 7 != 0) expected.push_back(row);
  }
  EXPECT_EQ(plain_rows(batch.to_rows(resolve(batch, 7), 9, interrupt)), expected);
}

TEST(RowBatch, survives_encoding) {
  std::mt19937_64 random(33);
  for (const size_t count : {0u, 1u, 300u, 70'000u}) {
    const auto rows = sample_rows(random, count, 2, 40'000);
    RowBatch batch = batch_of(rows);
    for (size_t i = 0; i < count % 5; ++i) batch.add_unplaced_row();
    RowBatch read = RowBatch::decode(batch.encode(), kSeed);
    EXPECT_EQ(read.unplaced_rows(), count % 5);
    EXPECT_TRUE(rows_of(read) == rows);
    EXPECT_EQ(read.encode(), batch.encode());
    const auto more = sample_rows(random, 500, 2, 40'000);
    auto expected = rows;
    for (const PlainRow& row : more) {
      add(read, row);
      expected.push_back(row);
    }
    EXPECT_TRUE(rows_of(read) == expected);
  }
}

TEST(RowBatch, counts_unplaced_rows_without_any_row) {
  RowBatch batch({}, kSeed);
  batch.add_unplaced_row();
  const RowBatch read = RowBatch::decode(batch.encode(), kSeed);
  EXPECT_EQ(read.row_count(), 0u);
  EXPECT_EQ(read.unplaced_rows(), 1u);
  EXPECT_EQ(rows_of(read).size(), 0u);
}

TEST(RowBatch, counts_a_row_whose_key_is_too_long_as_unplaced) {
  RowBatch batch({}, kSeed);
  EXPECT_TRUE(batch.add_row("contact", std::string(kMostRecordKeyBytes - 7, 'x'), 1));
  EXPECT_FALSE(batch.add_row("contact", std::string(kMostRecordKeyBytes - 6, 'x'), 2));
  EXPECT_EQ(batch.row_count(), 1u);
  EXPECT_EQ(batch.unplaced_rows(), 1u);
}

TEST(RowBatch, counts_misfits_by_field) {
  RowBatch batch(kSchema, kSeed);
  for (int i = 0; i < 3; ++i) {
    batch.add_row("contact", record_id_of(2), i);
    batch.count_misfit(1);
    if (i == 0) batch.count_misfit(3);
  }
  RowBatch decoded = RowBatch::decode(batch.encode(), kSeed);
  EXPECT_EQ(decoded.schema(), kSchema);
  decoded.append(batch);
  const uint64_t expected[] = {0, 6, 0, 2};
  for (uint32_t i = 0; i < kSchema.size(); ++i) EXPECT_EQ(decoded.misfits(i), expected[i]) << i;
  EXPECT_EQ(decoded.encode(), RowBatch::decode(decoded.encode(), kSeed).encode());
}

TEST(BatchSchema, survives_encoding) {
  const std::vector<BatchSchemaField> fields = {{1, ValueKind::kBytes, 25},
                                                {2001, ValueKind::kBytes, 25, {"utm", "Utm Source", ""}, 0},
                                                {2002, ValueKind::kFloat, 701, {"price"}, 1},
                                                {2003, ValueKind::kInteger, 20, {"price"}, 0}};
  const Bytes bytes = encode_batch_schema(fields);
  EXPECT_EQ(decode_batch_schema(bytes), fields);
  EXPECT_EQ(document_count(fields), 2u);
  for (size_t size = 0; size < bytes.size(); ++size) {
    try {
      EXPECT_EQ(encode_batch_schema(decode_batch_schema(BytesView(bytes).first(size))),
                Bytes(bytes.begin(), bytes.begin() + size));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidValue);
    }
  }
}

TEST(BatchSchema, documents_are_numbered_as_they_occur) {
  EXPECT_THROW(decode_batch_schema(encode_batch_schema(std::vector<BatchSchemaField>{{1, ValueKind::kBytes, 25, {"a"}, 1}})),
               Error);
}

TEST(RowBatch, appends_batches) {
  std::mt19937_64 random(34);
  RowBatch all(kSchema, kSeed);
  std::vector<PlainRow> expected;
  for (int part = 0; part < 6; ++part) {
    const auto rows = sample_rows(random, random() % 3000, 2, 500);
    RowBatch batch = batch_of(rows);
    batch.add_unplaced_row();
    all.append(part % 2 == 0 ? std::move(batch) : RowBatch::decode(batch.encode(), kSeed));
    expected.insert(expected.end(), rows.begin(), rows.end());
    const auto single = sample_rows(random, 1, 2, 500);
    add(all, single[0]);
    expected.push_back(single[0]);
  }
  EXPECT_EQ(all.unplaced_rows(), 6u);
  EXPECT_TRUE(rows_of(all) == expected);
  EXPECT_THROW(all.append(RowBatch({}, kSeed)), Error);
}

TEST(RowBatch, takes_few_bytes_when_encoded) {
  RowBatch batch({{1, ValueKind::kBytes}, {2, ValueKind::kInteger}}, kSeed);
  for (int64_t i = 0; i < 10'000; ++i) {
    batch.add_row("contact", std::to_string(i % 1000), i * 1000);
    batch.set_bytes(0, i % 3 == 0 ? "spring" : "autumn");
    batch.set_integer(1, i % 200);
  }
  EXPECT_LT(batch.encode().size(), 10'000u * (4 + 2 + 1 + 1) + 1000 * 13 + 200 * 8 + 200);
}

TEST(RowBatch, refuses_any_flipped_or_missing_byte) {
  std::mt19937_64 random(35);
  const Bytes bytes = batch_of(sample_rows(random, 50, 1, 10)).encode();
  for (size_t at = 0; at < bytes.size(); ++at) {
    Bytes damaged = bytes;
    damaged[at] ^= static_cast<uint8_t>(1u << (random() % 8));
    EXPECT_THROW(RowBatch::decode(damaged, kSeed), Error) << at;
    EXPECT_THROW(RowBatch::decode(BytesView(bytes).first(at), kSeed), Error) << at;
  }
}

}  // namespace
}  // namespace segments
