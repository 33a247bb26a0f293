#include "core/evaluation/profile_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "core/error.h"
#include "core/plan/compact_number.h"
#include "core/column/checksum.h"

namespace segments {
namespace {

using Offsets = std::vector<uint32_t>;
using Profiles = std::map<uint32_t, Offsets>;  // first record → further records

void expect_holds(const ProfileMap& map, const Profiles& profiles, const DenseSet& dead) {
  DenseSet firsts;
  DenseSet linked;
  std::array<DenseSet, ProfileMap::kMaxDistance> neighbours;
  std::vector<std::pair<uint32_t, uint32_t>> distant = {};
  for (const auto& [first, further_records] : profiles) {
    firsts.insert(first);
    linked.insert(first);
    for (const uint32_t further : further_records) {
      linked.insert(further);
      const uint32_t distance = further - first;
      if (distance <= ProfileMap::kMaxDistance) {
        neighbours[distance - 1].insert(further);
      } else {
        distant.emplace_back(further, first);
      }
    }
  }
  std::ranges::sort(distant);
  EXPECT_EQ(map.profiles(), firsts);
  EXPECT_EQ(map.linked(), linked);
  EXPECT_EQ(map.dead(), dead);
  EXPECT_EQ(map.distant(), distant);
  for (uint32_t d = 1; d <= ProfileMap::kMaxDistance; ++d) {
    EXPECT_EQ(map.at_distance(d), neighbours[d - 1]);
    EXPECT_EQ(map.any_at_distance(d), neighbours[d - 1].cardinality() != 0);
  }
}

struct Model {
  ProfileMap map;
  Profiles profiles;
  DenseSet dead;
};

Model random_model(uint64_t seed) {
  Model model;
  std::mt19937_64 random(seed);
  const uint32_t farthest = seed % 2 == 0 ? 4 : 3000;
  for (int step = 0; step < 800; ++step) {
    const auto start = static_cast<uint32_t>(random() % (seed % 3 == 0 ? 2000 : kTileSize));
    if (step % 5 == 4) {
      model.map.unlink_profile(start);
      model.profiles.erase(start);
      continue;
    }
    Offsets records;
    for (uint32_t next = start; next < kTileSize && records.size() < 1 + random() % 5;
         next += 1 + static_cast<uint32_t>(random() % farthest)) {
      if (!model.map.linked().contains(next) && !model.dead.contains(next)) records.push_back(next);
    }
    if (records.empty()) continue;
    if (step % 17 == 16) {
      model.map.mark_dead(records[0]);
      model.dead.insert(records[0]);
      continue;
    }
    model.map.link(records);
    model.profiles[records[0]] = Offsets(records.begin() + 1, records.end());
  }
  return model;
}

template <class F>
void expect_error(ErrorCode code, F call) {
  try {
    call();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.detail();
  }
}

TEST(ProfileMap, follows_links_unlinks_and_deaths) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const Model model = random_model(seed);
    expect_holds(model.map, model.profiles, model.dead);
  }
}

TEST(ProfileMap, record_leaves_its_profile_which_goes_by_the_next_one) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    Model model = random_model(seed);
    std::mt19937_64 random(seed);
    for (int step = 0; step < 300 && !model.profiles.empty(); ++step) {
      auto profile = std::next(model.profiles.begin(), static_cast<long>(random() % model.profiles.size()));
      Offsets further = profile->second;
      const size_t which = random() % (further.size() + 1);
      if (which > 0) {
        EXPECT_EQ(model.map.unlink_record(further[which - 1]), std::nullopt);
        profile->second.erase(profile->second.begin() + static_cast<long>(which) - 1);
        continue;
      }
      const std::optional<uint32_t> next = model.map.unlink_record(profile->first);
      model.profiles.erase(profile);
      EXPECT_EQ(next.has_value(), !further.empty());
      if (further.empty()) continue;
      EXPECT_EQ(next, further.front());
      model.profiles[further.front()] = Offsets(further.begin() + 1, further.end());
    }
    expect_holds(model.map, model.profiles, model.dead);
    EXPECT_EQ(ProfileMap::decode(model.map.encode()), model.map);
  }
  ProfileMap empty;
  EXPECT_EQ(empty.unlink_record(7), std::nullopt);
  EXPECT_EQ(empty.unlink_record(kTileSize), std::nullopt);
}

TEST(ProfileMap, round_trips) {
  EXPECT_EQ(ProfileMap::decode(ProfileMap().encode()), ProfileMap());
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const Model model = random_model(seed);
    const ProfileMap copy = ProfileMap::decode(model.map.encode());
    EXPECT_EQ(copy, model.map);
    EXPECT_EQ(copy.encode(), model.map.encode());
  }
}

TEST(ProfileMap, unlinked_profile_can_be_linked_anew) {
  ProfileMap map;
  map.link(Offsets{10, 11, 500});
  map.unlink_profile(11);
  EXPECT_TRUE(map.linked().contains(500));
  map.unlink_profile(10);
  EXPECT_EQ(map, ProfileMap());
  map.link(Offsets{11, 500});
  expect_holds(map, {{11, {500}}}, {});
}

TEST(ProfileMap, refuses_misuse) {
  ProfileMap map;
  map.link(Offsets{10, 11});
  map.mark_dead(20);
  const ProfileMap before = map;
  for (const Offsets& offsets : {Offsets{}, Offsets{5, 5}, Offsets{6, 5}, Offsets{9, 10}, Offsets{19, 20}, Offsets{kTileSize}}) {
    expect_error(ErrorCode::kInternal, [&] { map.link(offsets); });
    EXPECT_EQ(map, before);
  }
  expect_error(ErrorCode::kInternal, [&] { map.mark_dead(11); });
  expect_error(ErrorCode::kInternal, [&] { map.mark_dead(kTileSize); });
  map.unlink_profile(kTileSize);
  EXPECT_EQ(map, before);
}

TEST(ProfileMap, every_damaged_byte_is_noticed) {
  const Bytes bytes = random_model(1).map.encode();
  for (size_t i = 0; i < bytes.size(); i += 1 + i / 64) {
    Bytes damaged = bytes;
    damaged[i] ^= 4;
    expect_error(ErrorCode::kDataCorrupted, [&] { ProfileMap::decode(damaged); });
    expect_error(ErrorCode::kDataCorrupted, [&] { ProfileMap::decode(BytesView(bytes).first(i)); });
  }
  Bytes longer = bytes;
  longer.push_back(0);
  expect_error(ErrorCode::kDataCorrupted, [&] { ProfileMap::decode(longer); });
}

// Bytes with a right checksum, whatever they say.
struct Forged {
  std::vector<Ordinal> profiles = {10, 20};
  std::vector<Ordinal> dead = {};
  uint16_t distances = 0;
  std::vector<std::vector<Ordinal>> further = {};
  std::vector<std::pair<uint32_t, uint32_t>> distant = {};
  uint16_t version = 1;

  Bytes bytes() const {
    ByteWriter writer;
    writer.put(uint32_t{0x4d504753});
    writer.put(version);
    writer.put(distances);
    put_set(writer, ProfileSet::from_ordinals(profiles));
    put_set(writer, ProfileSet::from_ordinals(dead));
    for (const auto& set : further) put_set(writer, ProfileSet::from_ordinals(set));
    put_number(writer, distant.size());
    uint32_t previous = 0;
    for (const auto& [record, first] : distant) {
      put_number(writer, record - previous);
      put_number(writer, record - first);
      previous = record;
    }
    writer.put(crc32c(writer.view()));
    return writer.take();
  }
};

TEST(ProfileMap, forged_bytes_that_keep_the_invariants_are_read) {
  const Forged forged{.dead = {7}, .distances = 1 | 128, .further = {{11, 21}, {18}}, .distant = {{40, 10}, {41, 20}}};
  expect_holds(ProfileMap::decode(forged.bytes()), {{10, {11, 18, 40}}, {20, {21, 41}}}, [] {
    DenseSet dead;
    dead.insert(7);
    return dead;
  }());
}

TEST(ProfileMap, broken_invariants_are_refused) {
  const Forged cases[] = {
      {.version = 2},
      {.profiles = {kTileSize}},
      {.dead = {10}},
      {.dead = {11}, .distances = 1, .further = {{11}}},
      {.distances = 256, .further = {{11}}},
      {.distances = 1, .further = {{}}},
      {.distances = 1, .further = {{12}}},
      {.profiles = {10, 11}, .distances = 1, .further = {{11}}},
      {.profiles = {10, 11}, .distances = 3, .further = {{12}, {12}}},
      {.profiles = {10}, .distances = 2, .further = {{0}}},
      {.distant = {{18, 10}}},
      {.distant = {{40, 9}}},
      {.distant = {{40, 10}, {40, 20}}},
      {.profiles = {10, 40}, .distant = {{40, 10}}},
      {.dead = {40}, .distant = {{40, 10}}},
      {.distant = {{kTileSize, 10}}},
  };
  for (const Forged& forged : cases) {
    SCOPED_TRACE(&forged - cases);
    expect_error(ErrorCode::kDataCorrupted, [&] { ProfileMap::decode(forged.bytes()); });
  }
}

}  // namespace
}  // namespace segments
