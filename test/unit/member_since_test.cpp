// Against a map from member to instant, and as bytes of an enemy.
#include "core/evaluation/member_since.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "core/error.h"
#include "unit/rounds.h"

namespace segments {
namespace {

DenseSet set_of(const std::map<uint32_t, Timestamp>& members) {
  DenseSet set;
  for (const auto& [offset, since] : members) set.insert(offset);
  return set;
}

std::map<uint32_t, Timestamp> map_of(const MemberSince& since, const DenseSet& members) {
  std::map<uint32_t, Timestamp> map;
  since.for_each(members, [&](uint32_t offset, Timestamp at) { map[offset] = at; });
  return map;
}

void expect_is(const MemberSince& since, const std::map<uint32_t, Timestamp>& model) {
  const DenseSet members = set_of(model);
  EXPECT_EQ(map_of(since, members), model);
  const Bytes bytes = since.encode(members);
  const MemberSince read = MemberSince::decode(bytes, members);
  EXPECT_EQ(map_of(read, members), model);
  EXPECT_EQ(read.encode(members), bytes);
  for (const auto& [offset, at] : model) ASSERT_EQ(read.of(offset), at);
}

TEST(MemberSince, one_instant_takes_a_few_bytes) {
  DenseSet all;
  for (uint32_t i = 0; i < kTileSize; ++i) all.insert(i);
  EXPECT_LE(MemberSince(800000000000000).encode(all).size(), 13u);
}

TEST(MemberSince, a_few_that_differ_take_little_more) {
  std::map<uint32_t, Timestamp> model;
  for (uint32_t i = 0; i < 100000; ++i) model[i] = i % 1000 == 0 ? 5 : 3;
  MemberSince since(3);
  std::vector<uint32_t> offsets;
  for (uint32_t i = 0; i < 100000; i += 1000) offsets.push_back(i);
  since.set(offsets, 5);
  expect_is(since, model);
  EXPECT_LT(since.encode(set_of(model)).size(), 250u);
}

TEST(MemberSince, many_that_differ_take_a_few_bits_each) {
  std::map<uint32_t, Timestamp> model;
  std::vector<MemberSince::Entry> entries;
  for (uint32_t i = 0; i < kTileSize; ++i) {
    model[i] = 1000000 * (i * 7919 % 30);
    entries.push_back({i, model[i]});
  }
  MemberSince since;
  since.set(entries);
  expect_is(since, model);
  EXPECT_LT(since.encode(set_of(model)).size(), kTileSize * 5 / 8 + 200);
}

TEST(MemberSince, holds_any_time) {
  const std::map<uint32_t, Timestamp> model = {{0, kMinusInfinity}, {1, kPlusInfinity}, {kTileSize - 1, -1}, {7, kMinusInfinity}};
  MemberSince since(-1);
  since.set(std::vector<MemberSince::Entry>{{0, kMinusInfinity}, {1, kPlusInfinity}, {7, kMinusInfinity}});
  expect_is(since, model);
  expect_is(MemberSince(4), {});
}

TEST(MemberSince, follows_random_changes) {
  std::mt19937 random(5);
  for (int round = 0; round < test::rounds(60); ++round) {
    const uint32_t range = 1u << (random() % 17 + 1);
    std::map<uint32_t, Timestamp> model;
    MemberSince since(static_cast<Timestamp>(random()));
    for (int step = 0; step < 8; ++step) {
      const auto now = static_cast<Timestamp>(random() % 4 == 0 ? random() % 5 : random());
      std::erase_if(model, [&](const auto&) { return random() % 10 == 0; });
      std::vector<uint32_t> offsets;
      for (uint32_t i = 0; i < range; i += 1 + static_cast<uint32_t>(random() % 50)) {
        if (!model.contains(i)) offsets.push_back(i);
      }
      for (const uint32_t offset : offsets) model[offset] = now;
      since.set(offsets, now);
      expect_is(since, model);
      since = MemberSince::decode(since.encode(set_of(model)), set_of(model));
    }
  }
}

TEST(MemberSince, refuses_what_it_did_not_write) {
  const std::map<uint32_t, Timestamp> model = {{1, 10}, {2, 20}, {9, 10}, {kTileSize - 1, 30}};
  MemberSince since(10);
  since.set(std::vector<MemberSince::Entry>{{2, 20}, {kTileSize - 1, 30}});
  const DenseSet members = set_of(model);
  const Bytes bytes = since.encode(members);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(MemberSince::decode(BytesView(bytes).first(size), members), Error) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_THROW(MemberSince::decode(longer, members), Error);
  DenseSet others = members;
  others.remove(2);
  EXPECT_THROW(MemberSince::decode(bytes, others), Error);
  std::mt19937 random(6);
  for (int i = 0; i < 20000; ++i) {
    Bytes damaged = bytes;
    for (auto times = random() % 3 + 1; times > 0; --times) damaged[random() % damaged.size()] = static_cast<uint8_t>(random());
    try {
      const MemberSince read = MemberSince::decode(damaged, members);
      EXPECT_EQ(map_of(MemberSince::decode(read.encode(members), members), members), map_of(read, members));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kDataCorrupted);
    }
  }
}

}  // namespace
}  // namespace segments
