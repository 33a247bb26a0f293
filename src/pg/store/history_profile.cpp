#include "pg/store/history_profile.h"

#include "pg/server/datum.h"
#include "pg/server/scratch.h"
#include "pg/store/history_profile_reader.h"
#include "pg/store/number_source.h"
#include "pg/store/profile_id_reader.h"

namespace segments::pg {
namespace {

constexpr size_t kIdsPerStatement = size_t{1} << 15;
constexpr uint32_t kNumbersPerStatement = uint32_t{1} << 16;
// Whose numbers are kept, 512 KB each.
constexpr size_t kMostTiles = 256;

std::vector<int64_t> integers_of(const ProfileSet& set) {
  std::vector<int64_t> integers;
  integers.reserve(set.cardinality());
  set.for_each([&](Ordinal ordinal) {
    integers.push_back(ordinal);
    return true;
  });
  return integers;
}

// Calls visit(part) for each part of a set that lies in neighbouring `size` numbers.
template <class F>
void for_each_part(const ProfileSet& set, uint32_t size, F visit) {
  for (std::optional<Ordinal> next = set.minimum(); next;) {
    const uint64_t first = *next / size * uint64_t{size};
    ProfileSet part;
    part.insert_range(first, std::min<uint64_t>(first + size, uint64_t{1} << 32));
    part &= set;
    visit(part);
    Ordinal after = 0;
    const bool is_last = first + size > UINT32_MAX || set.read(static_cast<Ordinal>(first + size), {&after, 1}) == 0;
    next = is_last ? std::nullopt : std::optional<Ordinal>(after);
  }
}

}  // namespace

void HistoryNumbers::add(const ProfileSet& ordinals) { ordinals_ |= ordinals; }
void HistoryNumbers::add(std::string_view profile_id) { by_id_.try_emplace(std::string(profile_id), kUnknown); }

void HistoryNumbers::forget() {
  ordinals_ = {};
  by_offset_.clear();
  by_id_.clear();
  rivals_.clear();
}

namespace {

// Ids of the profiles that go by some ordinals of a tile, at their offsets, ascending.
struct OffsetIds {
  std::vector<uint32_t> offsets;
  std::vector<std::string> ids;
};

// Records as they are now; `read_only`: as the calling statement sees them.
Snapshot records_snapshot(bool read_only) {
  return call([&] {
    if (!read_only) CommandCounterIncrement();
    return RegisterSnapshot(read_only ? GetActiveSnapshot() : GetTransactionSnapshot());
  });
}

OffsetIds stored_ids(uint32_t tile, const DenseSet& wanted, bool read_only) {
  OffsetIds found;
  const Snapshot snapshot = records_snapshot(read_only);
  ProfileIdReader reader(snapshot, CurrentMemoryContext);
  const auto close = [&] {
    reader.close();
    call([&] { UnregisterSnapshot(snapshot); });
  };
  try {
    wanted.for_each([&](uint32_t offset) {
      const Ordinal ordinal = first_ordinal(tile) + offset;
      const std::optional<std::string_view> id = reader.read(id_chunk_of(ordinal)).at(offset_in_id_chunk(ordinal));
      if (!id) return;
      found.offsets.push_back(offset);
      found.ids.emplace_back(*id);
    });
  } catch (const Error&) {
    close();
    throw;
  }
  close();
  return found;
}

// What the records themselves say: of a chunk whose ids are damaged.
OffsetIds recorded_ids(uint32_t tile, const DenseSet& wanted, bool read_only) {
  OffsetIds found;
  const int64_t base = first_ordinal(tile);
  const Parameter range[] = {int8(base), int8(base + kTileSize)};
  run_streaming(
      "SELECT ordinal, profile_id FROM segments.record WHERE ordinal >= $1 AND ordinal < $2 AND profile_id IS NOT NULL"
      " ORDER BY ordinal",
      range, {.read_only = read_only}, [&](const Datum* values, const bool*) {
        const auto offset = static_cast<uint32_t>(DatumGetInt64(values[0]) - base);
        if (!wanted.contains(offset)) return;
        found.offsets.push_back(offset);
        found.ids.emplace_back(text_view(values[1]));
      });
  return found;
}

}  // namespace

DenseSet HistoryNumbers::unknown_in(uint32_t tile, const ProfileSet& wanted) {
  std::vector<int32_t>& numbers = by_offset_[tile];
  if (numbers.empty()) numbers.assign(kTileSize, kUnknown);
  DenseSet unknown = wanted.to_dense(tile);
  wanted.to_dense(tile).for_each([&](uint32_t offset) {
    if (numbers[offset] != kUnknown)
      unknown.remove(offset);
    else
      numbers[offset] = kNone;
  });
  return unknown;
}

void HistoryNumbers::resolve_tile(uint32_t tile, const DenseSet& unknown, HistoryProfileReader& reader) {
  OffsetIds found;
  try {
    found = stored_ids(tile, unknown, read_only_);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kDataCorrupted) throw;
    found = recorded_ids(tile, unknown, read_only_);
  }
  const std::vector<int32_t> given = number(std::vector<std::string_view>(found.ids.begin(), found.ids.end()), reader);
  std::vector<int32_t>& numbers = by_offset_[tile];
  for (size_t i = 0; i < given.size(); ++i) numbers[found.offsets[i]] = given[i];
}

// The first number of each id that has one.
void HistoryNumbers::find_known(std::span<const std::string_view> profile_ids, std::span<int32_t> numbers,
                                HistoryProfileReader& reader) {
  for (size_t i = 0; i < profile_ids.size(); ++i) {
    const std::vector<int32_t>& found = reader.numbers_of(profile_ids[i]);
    if (!found.empty()) numbers[i] = found.front();
    if (found.size() > 1) rivals_[found.front()] = found;
  }
}

std::vector<int32_t> HistoryNumbers::number(std::span<const std::string_view> profile_ids, HistoryProfileReader& reader) {
  std::vector<int32_t> numbers(profile_ids.size(), kNone);
  for (size_t first = 0; first < profile_ids.size(); first += kIdsPerStatement) {
    const size_t count = std::min(kIdsPerStatement, profile_ids.size() - first);
    const std::span ids = profile_ids.subspan(first, count);
    const std::span given = std::span(numbers).subspan(first, count);
    with_scratch([&] {
      find_known(ids, given, reader);
      std::unordered_map<std::string_view, size_t> places;  // of new ones
      std::vector<std::string_view> added;
      for (size_t i = 0; i < count; ++i) {
        if (given[i] == kNone && places.try_emplace(ids[i], added.size()).second) added.push_back(ids[i]);
      }
      if (added.empty()) return;
      const std::vector<int32_t> free = free_numbers("history_profile", "number", "history_profile_number_seq", added.size());
      run("INSERT INTO segments.history_profile (number, profile_id) SELECT * FROM unnest($1, $2)",
          {int4_array(free), text_array(added)});
      for (size_t i = 0; i < count; ++i) {
        if (given[i] == kNone) given[i] = free[places.at(ids[i])];
      }
    });
  }
  return numbers;
}

namespace {

// Gives `use` a reader of the numbers that are there now.
template <class Use>
void with_numbers(Use use) {
  const Snapshot snapshot = records_snapshot(false);
  HistoryProfileReader reader(snapshot, CurrentMemoryContext);
  use(reader);
  reader.close();
  call([&] { UnregisterSnapshot(snapshot); });
}

}  // namespace

void HistoryNumbers::resolve(Interrupt& interrupt) {
  if (by_offset_.size() > kMostTiles) by_offset_.clear();
  std::vector<std::pair<uint32_t, DenseSet>> tiles;
  size_t wanted = 0;
  for_each_part(ordinals_, kTileSize, [&](const ProfileSet& part) {
    const uint32_t tile = tile_of(*part.minimum());
    DenseSet unknown = unknown_in(tile, part);
    const size_t count = unknown.cardinality();
    if (count > 0) tiles.emplace_back(tile, std::move(unknown));
    wanted += count;
  });
  if (!tiles.empty()) {
    with_numbers([&](HistoryProfileReader& reader) {
      reader.expect(wanted);
      for (const auto& [tile, unknown] : tiles) {
        interrupt.poll();
        with_scratch([&] { resolve_tile(tile, unknown, reader); });
      }
    });
  }
  ordinals_ = {};
  std::vector<std::string_view> ids;
  for (const auto& [id, number] : by_id_) {
    if (number == kUnknown) ids.push_back(id);
  }
  if (ids.empty()) return;
  with_numbers([&](HistoryProfileReader& reader) {
    const std::vector<int32_t> numbers = number(ids, reader);
    for (size_t i = 0; i < ids.size(); ++i) by_id_[std::string(ids[i])] = numbers[i];
  });
}

std::optional<int32_t> HistoryNumbers::of(Ordinal ordinal) const {
  const int32_t number = by_offset_.at(tile_of(ordinal))[ordinal - first_ordinal(tile_of(ordinal))];
  return number == kNone ? std::nullopt : std::optional<int32_t>(number);
}

// Numbers follow ordinals where they were given together: their bits stand side by side.
ProfileSet HistoryNumbers::of(const ProfileSet& ordinals) const {
  constexpr uint64_t kFew = 2048;
  if (ordinals.cardinality() < kFew) {
    std::vector<Ordinal> numbers;
    ordinals.for_each([&](Ordinal ordinal) {
      if (const std::optional<int32_t> number = of(ordinal)) numbers.push_back(static_cast<Ordinal>(*number));
      return true;
    });
    std::ranges::sort(numbers);
    return ProfileSet::from_ordinals(numbers);
  }
  std::map<uint32_t, std::unique_ptr<DenseSet>> tiles;
  uint32_t last_tile = 0;
  DenseSet* last = nullptr;
  for_each_part(ordinals, kTileSize, [&](const ProfileSet& part) {
    const uint32_t tile = tile_of(*part.minimum());
    const std::vector<int32_t>& numbers = by_offset_.at(tile);
    part.to_dense(tile).for_each([&](uint32_t offset) {
      if (numbers[offset] == kNone) return;
      const auto number = static_cast<Ordinal>(numbers[offset]);
      if (last == nullptr || tile_of(number) != last_tile) {
        std::unique_ptr<DenseSet>& target = tiles[tile_of(number)];
        if (!target) target = std::make_unique<DenseSet>();
        last = target.get();
        last_tile = tile_of(number);
      }
      last->insert(number - first_ordinal(last_tile));
    });
  });
  ProfileSet numbers;
  for (const auto& [tile, dense] : tiles) numbers |= ProfileSet::from_dense(tile, *dense);
  return numbers;
}

std::vector<int32_t> HistoryNumbers::rivals(int32_t number) const {
  const auto found = rivals_.find(number);
  return found == rivals_.end() ? std::vector<int32_t>() : found->second;
}

void profiles_of_numbers(const ProfileSet& numbers, Interrupt& interrupt,
                         const std::function<void(int32_t number, Datum profile_id)>& visit) {
  for_each_part(numbers, kNumbersPerStatement, [&](const ProfileSet& part) {
    interrupt.poll();
    with_scratch([&] {
      const auto take = [&](const Datum* values, const bool*) {
        const int32_t number = DatumGetInt32(values[0]);
        if (part.contains(static_cast<Ordinal>(number))) visit(number, values[1]);
      };
      if (part.cardinality() >= kNumbersPerStatement / 16) {
        const Parameter range[] = {int8(*part.minimum()), int8(*part.maximum())};
        run_streaming(
            "SELECT number, profile_id FROM segments.history_profile WHERE number BETWEEN $1::int4 AND $2::int4"
            " AND profile_id IS NOT NULL ORDER BY number",
            range, {.read_only = true}, take);
        return;
      }
      const Parameter list[] = {int8_array(integers_of(part))};
      run_streaming(
          "SELECT number, profile_id FROM segments.history_profile WHERE number = ANY ($1::int4[])"
          " AND profile_id IS NOT NULL ORDER BY number",
          list, {.read_only = true}, take);
    });
  });
}

std::map<int32_t, Ordinal> ordinals_of_numbers(const ProfileSet& numbers, bool read_only, Interrupt& interrupt) {
  std::map<int32_t, Ordinal> ordinals;
  for_each_part(numbers, kNumbersPerStatement, [&](const ProfileSet& part) {
    interrupt.poll();
    with_scratch([&] {
      const Parameter list[] = {int8_array(integers_of(part))};
      run_streaming(
          "SELECT p.number, min(r.ordinal) FROM segments.history_profile p JOIN segments.record r ON r.profile_id = p.profile_id"
          " WHERE p.number = ANY ($1::int4[]) GROUP BY p.number",
          list, {.read_only = read_only}, [&](const Datum* values, const bool*) {
            ordinals[DatumGetInt32(values[0])] = static_cast<Ordinal>(DatumGetInt64(values[1]));
          });
    });
  });
  return ordinals;
}

ProfileSet erased_numbers() {
  std::vector<Ordinal> numbers;
  run_streaming("SELECT number FROM segments.history_profile WHERE profile_id IS NULL ORDER BY number", {}, {.read_only = true},
                [&](const Datum* values, const bool*) { numbers.push_back(static_cast<Ordinal>(DatumGetInt32(values[0]))); });
  return ProfileSet::from_ordinals(numbers);
}

void forget_numbers_but(const ProfileSet& used) {
  std::vector<int32_t> unused;
  run_streaming("SELECT number FROM segments.history_profile", {}, {}, [&](const Datum* values, const bool*) {
    const int32_t number = DatumGetInt32(values[0]);
    if (!used.contains(static_cast<Ordinal>(number))) unused.push_back(number);
  });
  for (size_t first = 0; first < unused.size(); first += kIdsPerStatement) {
    const std::span part = std::span(unused).subspan(first, std::min(kIdsPerStatement, unused.size() - first));
    with_scratch([&] { run("DELETE FROM segments.history_profile WHERE number = ANY ($1)", {int4_array(part)}); });
  }
}

// Before the first refresh after a rebuild, whoever was last known by an id has it.
void erase_history_profiles(std::span<const std::string_view> profile_ids, const Parameter& record_types,
                            const Parameter& record_ids) {
  run("WITH gone AS MATERIALIZED (SELECT * FROM unnest($2, $3) AS k (record_type, record_id))"
      " UPDATE segments.history_profile known SET profile_id = NULL FROM ("
      "  SELECT unnest($1) AS profile_id UNION SELECT theirs.profile_id FROM ("
      "   SELECT r.profile_id FROM gone JOIN segments.record r USING (record_id, record_type)"
      "   UNION SELECT p.profile_id FROM gone JOIN segments.previous_profile p USING (record_id, record_type)) AS theirs"
      "  WHERE NOT EXISTS (SELECT FROM segments.record other WHERE other.profile_id = theirs.profile_id"
      "    AND NOT EXISTS (SELECT FROM gone WHERE gone.record_id = other.record_id AND gone.record_type = other.record_type))"
      "   AND (EXISTS (SELECT FROM segments.published) OR NOT EXISTS (SELECT FROM segments.previous_profile other"
      "    WHERE other.profile_id = theirs.profile_id"
      "     AND NOT EXISTS (SELECT FROM gone WHERE gone.record_id = other.record_id AND gone.record_type = other.record_type)"
      "     AND NOT EXISTS (SELECT FROM segments.previous_profile later WHERE later.record_id = other.record_id"
      "      AND later.record_type = other.record_type AND later.until > other.until)))) AS erased"
      " WHERE known.profile_id = erased.profile_id",
      {text_array(profile_ids), record_types, record_ids});
}

}  // namespace segments::pg
