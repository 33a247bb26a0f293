#include "core/column/id_chunk.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "core/error.h"

namespace segments {
namespace {

using Ids = std::map<uint32_t, std::string>;

Ids random_ids(uint64_t seed) {
  std::mt19937_64 random(seed);
  Ids ids;
  std::string last;
  for (uint32_t offset = 0; offset < kIdChunkSize; ++offset) {
    const uint64_t kind = random() % 10;
    if (kind < 3) continue;
    if (kind > 5) last = std::string(kind == 9 ? random() % 400 : random() % 12, static_cast<char>('a' + random() % 26));
    ids[offset] = last;
  }
  return ids;
}

Bytes encoded(const Ids& ids, uint32_t chunk) {
  IdChunkWriter writer;
  for (const auto& [offset, id] : ids) writer.add(offset, id);
  return writer.finish(chunk);
}

void expect_holds(const IdChunk& chunk, const Ids& ids) {
  for (uint32_t offset = 0; offset < kIdChunkSize; ++offset) {
    const auto expected = ids.find(offset);
    const std::optional<std::string_view> id = chunk.at(offset);
    ASSERT_EQ(id.has_value(), expected != ids.end()) << offset;
    if (!id) continue;
    ASSERT_EQ(*id, expected->second) << offset;
    if (chunk.has_head(offset)) {
      ASSERT_EQ(static_cast<uint8_t>(id->data()[-1]), (id->size() + 1) << 1 | 1) << offset;
    }
  }
}

TEST(IdChunk, holds_what_was_written) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Ids ids = random_ids(seed);
    const Bytes bytes = encoded(ids, 7);
    IdChunk chunk;
    chunk.open(bytes, 7);
    expect_holds(chunk, ids);
  }
}

TEST(IdChunk, knows_its_bounds) {
  IdChunkWriter writer;
  EXPECT_TRUE(writer.empty());
  for (const char* id : {"m", "b", "z", "c"})
    writer.add(static_cast<uint32_t>(id[0] == 'm' ? 0 : id[0] == 'b' ? 5 : id[0] == 'z' ? 6 : 9), id);
  EXPECT_EQ(writer.lowest(), "b");
  EXPECT_EQ(writer.highest(), "z");
  writer.finish(0);
  EXPECT_TRUE(writer.empty());
}

TEST(IdChunk, reads_blocks_alone) {
  const Ids ids = random_ids(4);
  const Bytes bytes = encoded(ids, 3);
  const BytesView view(bytes);
  const size_t directory = IdChunk::directory_bytes(view.first(IdChunk::kSizeBytes));
  IdChunk chunk;
  chunk.begin(view.first(directory), view.size(), 3);
  for (const uint32_t number : {7u, 31u, 0u}) {
    const IdBlock& block = chunk.block(number);
    EXPECT_FALSE(chunk.is_open(number));
    chunk.open_block(number, view.subspan(block.begin, block.size));
    EXPECT_TRUE(chunk.is_open(number));
    std::optional<std::string> lowest;
    std::optional<std::string> highest;
    for (uint32_t offset = number << kIdBlockBits; offset < (number + 1) << kIdBlockBits; ++offset) {
      const auto expected = ids.find(offset);
      ASSERT_EQ(chunk.at(offset), expected == ids.end() ? std::nullopt : std::optional<std::string_view>(expected->second));
      if (expected == ids.end()) continue;
      lowest = lowest ? std::min(*lowest, expected->second) : expected->second;
      highest = highest ? std::max(*highest, expected->second) : expected->second;
    }
    EXPECT_EQ(block.lowest, lowest);
    EXPECT_EQ(block.highest, highest);
  }
  const IdBlock& first = chunk.block(0);
  EXPECT_THROW(chunk.open_block(1, view.subspan(first.begin, first.size)), Error);
}

TEST(IdChunk, has_blocks_without_ids) {
  const Ids ids = {{300, "a"}, {1024, ""}, {1025, ""}, {1280, ""}, {2000, "b"}};
  const Bytes bytes = encoded(ids, 1);
  IdChunk chunk;
  chunk.open(bytes, 1);
  expect_holds(chunk, ids);
  EXPECT_EQ(chunk.block(0).size, 0u);
  EXPECT_EQ(chunk.block(31).size, 0u);
  chunk.begin({}, 0, 1);
  chunk.open_block(1, {});
  EXPECT_EQ(chunk.at(300), std::nullopt);
  const Bytes none = encoded({}, 1);
  chunk.open(none, 1);
  expect_holds(chunk, {});
}

TEST(IdChunk, holds_ids_of_one_length) {
  for (const uint32_t count : {1u, 255u, 256u, 300u, kIdChunkSize}) {
    Ids ids;
    for (uint32_t offset = 0; offset < count; ++offset) ids[offset] = std::to_string(1000000 + offset);
    const Bytes bytes = encoded(ids, 0);
    IdChunk chunk;
    chunk.open(bytes, 0);
    expect_holds(chunk, ids);
    const std::string other = "another";
    chunk.replace(count / 2, other);
    ids[count / 2] = other;
    expect_holds(chunk, ids);
    chunk.replace(count / 2, std::nullopt);
    ids.erase(count / 2);
    expect_holds(chunk, ids);
  }
}

TEST(IdChunk, shows_replaced_ids) {
  Ids ids = random_ids(3);
  const Bytes bytes = encoded(ids, 0);
  IdChunk chunk;
  chunk.open(bytes, 0);
  chunk.replace(5, "other");
  chunk.replace(6, std::nullopt);
  ids[5] = "other";
  ids.erase(6);
  expect_holds(chunk, ids);
}

TEST(IdChunk, refuses_bytes_of_another_chunk_and_damage) {
  Bytes bytes = encoded(random_ids(1), 7);
  IdChunk chunk;
  EXPECT_THROW(chunk.open(bytes, 8), Error);
  for (size_t at = 0; at < bytes.size(); at += 97) {
    Bytes damaged = bytes;
    damaged[at] ^= 4;
    EXPECT_THROW(chunk.open(damaged, 7), Error);
  }
  bytes.pop_back();
  EXPECT_THROW(chunk.open(bytes, 7), Error);
  EXPECT_THROW(chunk.open({}, 7), Error);
}

}  // namespace
}  // namespace segments
