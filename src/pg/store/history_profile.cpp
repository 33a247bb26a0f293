#include "pg/store/history_profile.h"

#include "pg/server/scratch.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

constexpr size_t kIdsPerStatement = size_t{1} << 15;
constexpr uint32_t kNumbersPerStatement = uint32_t{1} << 16;
// Above this share of a tile's ordinals, reading all of its records is cheaper than looking some up.
constexpr uint32_t kSparse = kTileSize / 16;

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
void HistoryNumbers::add(std::string_view profile_id) { by_id_.emplace(profile_id, kNone); }

void HistoryNumbers::resolve(Interrupt& interrupt) {
  for_each_part(ordinals_, kTileSize, [&](const ProfileSet& part) {
    interrupt.poll();
    with_scratch([&] { resolve_tile(tile_of(*part.minimum()), part); });
  });
  std::vector<std::string_view> ids;
  for (const auto& [id, number] : by_id_) ids.push_back(id);
  for (size_t first = 0; first < ids.size(); first += kIdsPerStatement) {
    const std::span part = std::span(ids).subspan(first, std::min(kIdsPerStatement, ids.size() - first));
    with_scratch([&] {
      const std::vector<int32_t> numbers = number(part);
      for (size_t i = 0; i < part.size(); ++i) by_id_[std::string(part[i])] = numbers[i];
    });
  }
}

void HistoryNumbers::resolve_tile(uint32_t tile, const ProfileSet& wanted) {
  const int64_t base = first_ordinal(tile);
  std::vector<int32_t>& numbers = by_offset_[tile];
  numbers.assign(kTileSize, kNone);
  std::vector<std::string> ids;
  std::vector<uint32_t> offsets;
  const auto flush = [&] {
    const std::vector<std::string_view> views(ids.begin(), ids.end());
    const std::vector<int32_t> found = number(views);
    for (size_t i = 0; i < found.size(); ++i) numbers[offsets[i]] = found[i];
    ids.clear();
    offsets.clear();
  };
  const auto take = [&](const Datum* values, const bool*) {
    const auto offset = static_cast<uint32_t>(DatumGetInt64(values[0]) - base);
    if (!wanted.contains(static_cast<Ordinal>(base + offset))) return;
    ids.push_back(std::string(text_view(values[1])));
    offsets.push_back(offset);
  };
  const RunOptions options{.read_only = read_only_};
  if (wanted.cardinality() >= kSparse) {
    const Parameter range[] = {int8(base), int8(base + kTileSize)};
    run_streaming(
        "SELECT ordinal, profile_id FROM segments.record WHERE ordinal >= $1 AND ordinal < $2 AND profile_id IS NOT NULL"
        " ORDER BY ordinal",
        range, options, take);
  } else {
    const std::vector<int64_t> ordinals = integers_of(wanted);
    const Parameter list[] = {int8_array(ordinals)};
    run_streaming(
        "SELECT ordinal, profile_id FROM segments.record WHERE ordinal = ANY ($1) AND profile_id IS NOT NULL ORDER BY ordinal",
        list, options, take);
  }
  flush();
}

std::vector<int32_t> HistoryNumbers::number(std::span<const std::string_view> profile_ids) {
  std::vector<int32_t> numbers(profile_ids.size(), kNone);
  for (size_t first = 0; first < profile_ids.size(); first += kIdsPerStatement) {
    const size_t count = std::min(kIdsPerStatement, profile_ids.size() - first);
    with_scratch([&] {
      Rows rows =
          run("WITH wanted AS MATERIALIZED (SELECT id, i FROM unnest($1) WITH ORDINALITY AS w (id, i)),"
              " known AS MATERIALIZED (SELECT w.i, array_agg(p.number ORDER BY p.number) AS numbers FROM wanted w"
              "  JOIN segments.history_profile p ON p.profile_id = w.id GROUP BY w.i),"
              " added AS (INSERT INTO segments.history_profile (profile_id) SELECT id FROM wanted w"
              "  WHERE NOT EXISTS (SELECT FROM known k WHERE k.i = w.i) GROUP BY id ORDER BY min(i) RETURNING number, profile_id)"
              " SELECT i::int4, numbers[1], 1, 0 FROM known WHERE numbers[2] IS NULL"
              " UNION ALL SELECT k.i::int4, k.numbers[1], 2, n FROM known k, unnest(k.numbers) AS n WHERE numbers[2] IS NOT NULL"
              " UNION ALL SELECT w.i::int4, a.number, 1, 0 FROM added a JOIN wanted w ON a.profile_id = w.id",
              {text_array({profile_ids.data() + first, count})});
      for (uint64_t i = 0; i < rows.size(); ++i) {
        numbers[first + static_cast<size_t>(rows.int4(i, 0)) - 1] = rows.int4(i, 1);
        if (rows.int4(i, 2) == 2) rivals_[rows.int4(i, 1)].push_back(rows.int4(i, 3));
      }
      rows.release();
    });
  }
  return numbers;
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

void erase_history_profiles(std::span<const std::string_view> profile_ids, std::span<const int64_t> erased_ordinals) {
  run("UPDATE segments.history_profile known SET profile_id = NULL FROM ("
      "  SELECT unnest($1) AS profile_id UNION SELECT p.profile_id FROM segments.record r"
      "  JOIN segments.previous_profile p ON p.record_id = r.record_id AND p.record_type = r.record_type"
      "  WHERE r.ordinal = ANY ($2) AND NOT EXISTS (SELECT FROM segments.record other"
      "   WHERE other.profile_id = p.profile_id AND other.ordinal <> ALL ($2))) AS erased"
      " WHERE known.profile_id = erased.profile_id",
      {text_array(profile_ids), int8_array(erased_ordinals)});
}

}  // namespace segments::pg
