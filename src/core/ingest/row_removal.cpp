// Deletions are found by a hash of (ordinal, time); only rows that pass it are hashed and compared as a whole.
#include "core/ingest/row_removal.h"

#include <algorithm>
#include <utility>

#include "core/ingest/hash.h"
#include "core/ingest/slot_table.h"

namespace segments {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

uint64_t hash_place(Ordinal ordinal, Timestamp time, HashSeed seed) {
  return hash_combine(hash_integer(ordinal, seed), static_cast<uint64_t>(time), seed);
}

// The hashes of a table's rows.  Null adds nothing, so a field without a column is a field of nulls.
class RowHashes {
 public:
  RowHashes(const RowTable& table, HashSeed seed) : table_(table), seed_(seed) {
    for (const DecodedField& field : table.fields) {
      std::vector<uint64_t> hashes(field.dictionary.size() + 1, 0);
      for (uint32_t i = 0; i < field.dictionary.size(); ++i) {
        const uint64_t value = field.dictionary.kind() == ValueKind::kBytes
                                   ? hash_bytes(field.dictionary.bytes(i), seed)
                                   : hash_integer(static_cast<uint64_t>(field.dictionary.integer(i)), seed);
        hashes[i + 1] = hash_combine(hash_integer(static_cast<uint64_t>(field.field), seed), value, seed);
      }
      of_values_.push_back(std::move(hashes));
    }
  }
  uint64_t of_row(uint32_t row) const {
    uint64_t hash = hash_place(table_.ordinals[row], table_.times[row], seed_);
    for (size_t i = 0; i < table_.fields.size(); ++i) hash += of_values_[i][table_.fields[i].codes[row]];
    return hash;
  }

 private:
  const RowTable& table_;
  HashSeed seed_;
  std::vector<std::vector<uint64_t>> of_values_;
};

bool same_value(const DecodedField* a, uint32_t row_a, const DecodedField* b, uint32_t row_b) {
  const uint32_t code_a = a == nullptr ? 0 : a->codes[row_a];
  const uint32_t code_b = b == nullptr ? 0 : b->codes[row_b];
  if (code_a == 0 || code_b == 0) return code_a == code_b;
  if (a->dictionary.kind() != b->dictionary.kind()) return false;
  return a->dictionary.kind() == ValueKind::kBytes ? a->dictionary.bytes(code_a - 1) == b->dictionary.bytes(code_b - 1)
                                                   : a->dictionary.integer(code_a - 1) == b->dictionary.integer(code_b - 1);
}

// The fields of two tables side by side; null where a table has no column.
using FieldPairs = std::vector<std::pair<const DecodedField*, const DecodedField*>>;

FieldPairs pair_fields(const RowTable& a, const RowTable& b) {
  FieldPairs pairs;
  auto at_a = a.fields.begin();
  auto at_b = b.fields.begin();
  while (at_a != a.fields.end() || at_b != b.fields.end()) {
    const bool takes_a = at_b == b.fields.end() || (at_a != a.fields.end() && at_a->field <= at_b->field);
    const bool takes_b = at_a == a.fields.end() || (at_b != b.fields.end() && at_b->field <= at_a->field);
    pairs.emplace_back(takes_a ? &*at_a++ : nullptr, takes_b ? &*at_b++ : nullptr);
  }
  return pairs;
}

bool same_row(const RowTable& a, uint32_t row_a, const RowTable& b, uint32_t row_b, const FieldPairs& pairs) {
  if (a.ordinals[row_a] != b.ordinals[row_b] || a.times[row_a] != b.times[row_b]) return false;
  return std::all_of(pairs.begin(), pairs.end(),
                     [&](const auto& pair) { return same_value(pair.first, row_a, pair.second, row_b); });
}

}  // namespace

struct RowRemoval::Implementation {
  Implementation(RowTable&& deleted_rows, MissingValues missing_values, HashSeed hash_seed)
      : seed(hash_seed), deleted(std::move(deleted_rows)), missing(std::move(missing_values)), remaining(deleted.row_count()) {
    index_places();
    index_rows();
  }

  // Deletions sorted by (tile, time), so that the ones a fragment can hold are neighbours.
  void index_places() {
    by_place.resize(deleted.row_count());
    for (uint32_t i = 0; i < by_place.size(); ++i) by_place[i] = i;
    std::sort(by_place.begin(), by_place.end(), [&](uint32_t a, uint32_t b) { return place(a) < place(b); });
    rank.resize(by_place.size());
    for (uint32_t i = 0; i < by_place.size(); ++i) rank[by_place[i]] = i;
    next_remaining.resize(by_place.size() + 1);
    for (uint32_t i = 0; i < next_remaining.size(); ++i) next_remaining[i] = i;
    places.reserve(by_place.size());
    for (uint32_t i = 0; i < by_place.size(); ++i) {
      const uint64_t hash = hash_place(deleted.ordinals[i], deleted.times[i], seed);
      const uint32_t found = find_place(deleted.ordinals[i], deleted.times[i]);
      if (found == SlotTable::kAbsent) places.insert(hash, i);
    }
  }

  // Chains the remaining deletions of equal hash.
  void index_rows() {
    rows = SlotTable();
    rows.reserve(deleted.row_count());
    row_hashes.clear();
    next_equal_hash.assign(deleted.row_count(), kNone);
    const RowHashes hashes(deleted, seed);
    for (uint32_t i = 0; i < deleted.row_count(); ++i) row_hashes.push_back(hashes.of_row(i));
    for (uint32_t i = 0; i < deleted.row_count(); ++i) {
      if (!is_remaining(i)) continue;
      const uint32_t head = find_row(row_hashes[i]);
      if (head == SlotTable::kAbsent) {
        rows.insert(row_hashes[i], i);
      } else {
        next_equal_hash[i] = next_equal_hash[head];
        next_equal_hash[head] = i;
      }
    }
  }

  std::pair<uint32_t, Timestamp> place(uint32_t deletion) const {
    return {tile_of(deleted.ordinals[deletion]), deleted.times[deletion]};
  }
  uint32_t find_place(Ordinal ordinal, Timestamp time) const {
    return places.find(hash_place(ordinal, time, seed),
                       [&](uint32_t i) { return deleted.ordinals[i] == ordinal && deleted.times[i] == time; });
  }
  uint32_t find_row(uint64_t hash) const {
    return rows.find(hash, [&](uint32_t i) { return row_hashes[i] == hash; });
  }

  // The first remaining deletion at or after position `at` of by_place; its size if there is none.  (Union-find.)
  uint32_t find_remaining(uint32_t at) const {
    uint32_t root = at;
    while (next_remaining[root] != root) root = next_remaining[root];
    while (next_remaining[at] != root) at = std::exchange(next_remaining[at], root);
    return root;
  }
  bool is_remaining(uint32_t deletion) const { return next_remaining[rank[deletion]] == rank[deletion]; }
  void mark_removed(uint32_t deletion) {
    next_remaining[rank[deletion]] = rank[deletion] + 1;
    --remaining;
  }

  // A remaining deletion that equals the row, or kNone.
  uint32_t match(const RowTable& table, uint32_t row, uint64_t hash, const FieldPairs& pairs) {
    const uint32_t head = find_row(hash);
    if (head == SlotTable::kAbsent) return kNone;
    if (is_remaining(head) && same_row(deleted, head, table, row, pairs)) return head;
    // The head stays, because the chain is found by it; removed deletions behind it are unlinked on the way.
    for (uint32_t previous = head, at = next_equal_hash[head]; at != kNone; at = next_equal_hash[at]) {
      if (!is_remaining(at)) {
        next_equal_hash[previous] = next_equal_hash[at];
        continue;
      }
      if (same_row(deleted, at, table, row, pairs)) return at;
      previous = at;
    }
    return kNone;
  }

  HashSeed seed;
  RowTable deleted;
  MissingValues missing;
  uint32_t remaining;
  std::vector<uint32_t> by_place;
  std::vector<uint32_t> rank;
  mutable std::vector<uint32_t> next_remaining;
  SlotTable places;
  SlotTable rows;
  std::vector<uint64_t> row_hashes;
  std::vector<uint32_t> next_equal_hash;
};

RowRemoval::RowRemoval(RowTable&& deleted, MissingValues missing, HashSeed seed)
    : implementation_(std::make_unique<Implementation>(std::move(deleted), std::move(missing), seed)) {}

RowRemoval::~RowRemoval() = default;

bool RowRemoval::may_touch(uint32_t first_tile, uint32_t last_tile, Timestamp min_time, Timestamp max_time) const {
  const Implementation& removal = *implementation_;
  const bool one_shard = shard_of_tile(first_tile) == shard_of_tile(last_tile);
  const auto& order = removal.by_place;
  std::pair<uint32_t, Timestamp> from{first_tile, min_time};
  while (true) {
    const auto found = std::partition_point(order.begin(), order.end(), [&](uint32_t i) { return removal.place(i) < from; });
    const uint32_t at = removal.find_remaining(static_cast<uint32_t>(found - order.begin()));
    if (at == order.size()) return false;
    const auto [tile, time] = removal.place(order[at]);
    if (tile > last_tile) return false;
    const bool right_tile = !one_shard || shard_of_tile(tile) == shard_of_tile(first_tile);
    if (right_tile && min_time <= time && time <= max_time) return true;
    from = right_tile && time < min_time ? std::pair{tile, min_time} : std::pair{tile + 1, min_time};
  }
}

uint32_t RowRemoval::remove_from(const RowTable& table, std::vector<bool>& keep) {
  Implementation& removal = *implementation_;
  if (removal.remaining == 0) return 0;
  std::vector<uint32_t> candidates;
  for (uint32_t row = 0; row < table.row_count(); ++row) {
    if (keep[row] && removal.find_place(table.ordinals[row], table.times[row]) != SlotTable::kAbsent) candidates.push_back(row);
  }
  if (candidates.empty()) return 0;
  if (removal.deleted.known_fields < table.known_fields) {
    add_missing_values(removal.deleted, table.known_fields, removal.missing);
    removal.index_rows();
  }
  if (table.known_fields < removal.deleted.known_fields) {
    RowTable completed = table;
    add_missing_values(completed, removal.deleted.known_fields, removal.missing);
    return remove_from(completed, keep);
  }
  const RowHashes hashes(table, removal.seed);
  const FieldPairs pairs = pair_fields(removal.deleted, table);
  uint32_t cleared = 0;
  for (const uint32_t row : candidates) {
    const uint32_t deletion = removal.match(table, row, hashes.of_row(row), pairs);
    if (deletion == kNone) continue;
    removal.mark_removed(deletion);
    keep[row] = false;
    ++cleared;
  }
  return cleared;
}

uint32_t RowRemoval::remaining() const { return implementation_->remaining; }

}  // namespace segments
