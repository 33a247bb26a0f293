#include "core/evaluation/member_since.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"
#include "core/plan/compact_number.h"

namespace segments {
namespace {

enum Layout : uint8_t { kOthers = 1, kEvery = 2 };

uint32_t width_for(size_t instants) { return instants < 2 ? 0 : static_cast<uint32_t>(std::bit_width(instants - 1)); }

size_t packed_bytes(size_t count, uint32_t width) { return (count * width + 7) / 8; }

class NumberPacker {
 public:
  NumberPacker(ByteWriter& writer, uint32_t width) : writer_(writer), width_(width) {}
  void put(uint32_t number) {
    pending_ |= uint64_t{number} << bits_;
    for (bits_ += width_; bits_ >= 8; bits_ -= 8, pending_ >>= 8) writer_.put(static_cast<uint8_t>(pending_));
  }
  void end() {
    if (bits_ > 0) writer_.put(static_cast<uint8_t>(pending_));
  }

 private:
  ByteWriter& writer_;
  uint32_t width_;
  uint64_t pending_ = 0;
  uint32_t bits_ = 0;
};

class NumberUnpacker {
 public:
  NumberUnpacker(BytesView bytes, uint32_t width, size_t instants) : bytes_(bytes), width_(width), instants_(instants) {}
  uint32_t get() {
    for (; bits_ < width_; bits_ += 8) pending_ |= uint64_t{bytes_[next_++]} << bits_;
    const auto number = static_cast<uint32_t>(pending_ & ((uint64_t{1} << width_) - 1));
    pending_ >>= width_;
    bits_ -= width_;
    if (number >= instants_) throw_corrupted("A member has an instant that is not there.");
    return number;
  }
  void expect_end() const {
    if (next_ != bytes_.size() || pending_ != 0) throw_corrupted("There are more bytes than there should be.");
  }

 private:
  BytesView bytes_;
  uint32_t width_;
  size_t instants_;
  size_t next_ = 0;
  uint64_t pending_ = 0;
  uint32_t bits_ = 0;
};

void put_instants(ByteWriter& writer, std::span<const Timestamp> ascending) {
  put_number(writer, ascending.size());
  put_signed(writer, ascending.front());
  for (size_t i = 1; i < ascending.size(); ++i) {
    put_number(writer, static_cast<uint64_t>(ascending[i]) - static_cast<uint64_t>(ascending[i - 1]));
  }
}

std::vector<Timestamp> get_instants(ByteReader& reader, size_t most) {
  const size_t count = get_count(reader);
  if (count == 0 || count > std::max<size_t>(most, 1)) throw_corrupted("There are more instants than members.");
  std::vector<Timestamp> instants{get_signed(reader)};
  while (instants.size() < count) {
    const uint64_t room = static_cast<uint64_t>(INT64_MAX) - static_cast<uint64_t>(instants.back());
    const uint64_t step = get_number(reader, room);
    if (step == 0) throw_corrupted("An instant is there twice.");
    instants.push_back(static_cast<Timestamp>(static_cast<uint64_t>(instants.back()) + step));
  }
  return instants;
}

}  // namespace

Timestamp MemberSince::of(uint32_t offset) const {
  const auto other = std::ranges::lower_bound(others_, offset, {}, &Other::offset);
  return instants_[other != others_.end() && other->offset == offset ? other->number : usual_];
}

uint32_t MemberSince::number_of(Timestamp since) {
  const auto found = std::ranges::find(instants_, since);
  const auto number = static_cast<uint32_t>(found - instants_.begin());
  if (found == instants_.end()) instants_.push_back(since);
  return number;
}

void MemberSince::set(std::span<const Entry> entries) {
  if (entries.empty()) return;
  std::vector<Other> merged;
  merged.reserve(others_.size() + entries.size());
  auto other = others_.begin();
  uint32_t number = number_of(entries.front().since);
  for (const Entry& entry : entries) {
    for (; other != others_.end() && other->offset < entry.offset; ++other) merged.push_back(*other);
    if (other != others_.end() && other->offset == entry.offset) ++other;
    if (instants_[number] != entry.since) number = number_of(entry.since);
    if (number != usual_) merged.push_back({entry.offset, number});
  }
  merged.insert(merged.end(), other, others_.end());
  others_ = std::move(merged);
}

void MemberSince::set(std::span<const uint32_t> offsets, Timestamp since) {
  std::vector<Entry> entries;
  entries.reserve(offsets.size());
  for (const uint32_t offset : offsets) entries.push_back({offset, since});
  set(entries);
}

namespace {

// The instants that are used, by time.
struct TimeOrder {
  std::vector<uint32_t> rank;        // of an instant among them
  std::vector<Timestamp> ascending;  // those instants
  uint32_t most;                     // which is used most
};

// If none is used, that is the `usual` one.
TimeOrder numbered_by_time(std::span<const Timestamp> instants, std::span<const size_t> uses, uint32_t usual) {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < instants.size(); ++i) {
    if (uses[i] > 0) order.push_back(i);
  }
  if (order.empty()) order.push_back(usual);
  std::ranges::sort(order, {}, [&](uint32_t i) { return instants[i]; });
  TimeOrder result{std::vector<uint32_t>(instants.size()), {}, order.front()};
  for (uint32_t i = 0; i < order.size(); ++i) {
    result.rank[order[i]] = i;
    result.ascending.push_back(instants[order[i]]);
    if (uses[order[i]] > uses[result.most]) result.most = order[i];
  }
  return result;
}

}  // namespace

Bytes MemberSince::encode(const DenseSet& members) const {
  const size_t count = members.cardinality();
  std::vector<size_t> uses(instants_.size());
  size_t differing = 0;
  for (const Other& other : others_) {
    if (!members.contains(other.offset)) continue;
    ++uses[other.number];
    ++differing;
  }
  uses[usual_] += count - differing;
  const TimeOrder order = numbered_by_time(instants_, uses, usual_);
  const uint32_t most = order.most;
  const uint32_t width = width_for(order.ascending.size());
  ByteWriter others;
  std::vector<uint32_t> numbers;
  uint32_t next = 0;
  const auto add = [&](uint32_t offset, uint32_t number) {
    put_number(others, offset - next);
    next = offset + 1;
    numbers.push_back(order.rank[number]);
  };
  // A gap takes a byte or more.
  const size_t least = count - uses[most] + packed_bytes(count - uses[most], width);
  bool is_dense = least > packed_bytes(count, width);
  if (!is_dense && most == usual_) {
    for (const Other& other : others_) {
      if (members.contains(other.offset)) add(other.offset, other.number);
    }
  } else if (!is_dense) {
    for_each_number(members, [&](uint32_t offset, uint32_t number) {
      if (number != most) add(offset, number);
    });
  }
  is_dense = is_dense || others.size() + packed_bytes(numbers.size(), width) > packed_bytes(count, width);
  ByteWriter writer;
  writer.put<uint8_t>(is_dense ? kEvery : kOthers);
  put_instants(writer, order.ascending);
  if (is_dense) {
    numbers.clear();
    for_each_number(members, [&](uint32_t, uint32_t number) { numbers.push_back(order.rank[number]); });
  } else {
    put_number(writer, order.rank[most]);
    put_number(writer, numbers.size());
    writer.put_array(others.view());
  }
  NumberPacker packer(writer, width);
  for (const uint32_t number : numbers) packer.put(number);
  packer.end();
  return writer.take();
}

MemberSince MemberSince::decode(BytesView bytes, const DenseSet& members) {
  ByteReader reader(bytes);
  const auto layout = reader.get<uint8_t>();
  if (layout != kOthers && layout != kEvery) throw_corrupted("The layout of the instants is unknown.");
  const size_t count = members.cardinality();
  MemberSince result;
  result.instants_ = get_instants(reader, count);
  const uint32_t width = width_for(result.instants_.size());
  std::vector<uint32_t> offsets;
  if (layout == kEvery) {
    offsets.reserve(count);
    members.for_each([&](uint32_t offset) { offsets.push_back(offset); });
  } else {
    result.usual_ = static_cast<uint32_t>(get_number(reader, result.instants_.size() - 1));
    offsets.resize(get_count(reader));
    if (offsets.size() > count) throw_corrupted("There are more instants than members.");
    uint32_t next = 0;
    for (uint32_t& offset : offsets) {
      if (next >= kTileSize) throw_corrupted("A member lies outside of its tile.");
      offset = next + static_cast<uint32_t>(get_number(reader, kTileSize - 1 - next));
      if (!members.contains(offset)) throw_corrupted("An instant is that of no member.");
      next = offset + 1;
    }
  }
  NumberUnpacker numbers(reader.take(packed_bytes(offsets.size(), width)), width, result.instants_.size());
  reader.expect_end();
  result.others_.reserve(offsets.size());
  for (const uint32_t offset : offsets) {
    const uint32_t number = numbers.get();
    if (number != result.usual_) result.others_.push_back({offset, number});
  }
  numbers.expect_end();
  return result;
}

}  // namespace segments
