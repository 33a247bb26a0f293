#include "pg/store/record_store.h"

#include <limits>

#include "core/ingest/record_index.h"
#include "pg/server/hash_seed.h"
#include "pg/query/query.h"
#include "pg/server/scratch.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

// How many keys one statement looks up.
constexpr uint32_t kKeysPerStatement = 1u << 19;
// Loading a record into memory costs about as much as looking up a sixteenth of one.
constexpr uint64_t kLoadedPerLookUp = 16;
constexpr uint64_t kMinKeysInMemory = 10000;
constexpr uint64_t kMinRowsToAnalyze = 10000;
// How many records tell the length of an id.
constexpr const char* kAverageId =
    "SELECT ceil(avg(octet_length(record_id)))::int8 FROM (SELECT record_id FROM segments.record LIMIT 10000) AS sample";

}  // namespace

struct RecordStore::Memory {
  explicit Memory(size_t expected_records) : index(expected_records, hash_seed()) {}
  RecordIndex index;
};

RecordStore::RecordStore(ChangeContext& context) : context_(context), tiles_(context) {}
RecordStore::~RecordStore() = default;

void RecordStore::expect_keys(uint64_t count) { expected_keys_ += count; }

bool RecordStore::resolves_in_memory() const {
  return memory_ != nullptr && memory_->index.memory_bytes() <= context_.memory_bytes;
}

std::vector<Ordinal> RecordStore::resolve(const StringTable& keys) {
  if (memory_ == nullptr && choose_memory(keys.size())) load_memory();
  if (memory_ != nullptr && memory_->index.memory_bytes() > context_.memory_bytes) {
    flush();
    forget();
    memory_is_full_ = true;
  }
  return memory_ != nullptr ? resolve_in_memory(keys) : resolve_in_table(keys);
}

bool RecordStore::choose_memory(uint32_t key_count) {
  const uint64_t keys = std::max<uint64_t>(expected_keys_, key_count);
  if (memory_is_full_ || keys < kMinKeysInMemory) return false;
  const uint64_t known = tiles_.ordinals_used();
  if (keys * kLoadedPerLookUp < known) return false;
  if (known == 0) return true;
  flush();
  Rows rows = run(kAverageId, {}, {.read_only = true});
  const auto id_bytes = static_cast<size_t>(rows.is_null(0, 0) ? 0 : rows.int8(0, 0));
  rows.release();
  memory_is_full_ = RecordIndex::estimated_bytes(known, id_bytes) > context_.memory_bytes;
  return !memory_is_full_;
}

void RecordStore::load_memory() {
  const uint64_t known = tiles_.ordinals_used();
  auto memory = std::make_unique<Memory>(known);
  if (known == 0) {
    begin_bulk();
  } else {
    std::vector<char> key;
    uint64_t loaded = 0;
    run_streaming("SELECT ordinal, record_type, record_id FROM segments.record", {}, {}, [&](const Datum* values, const bool*) {
      if (++loaded % 4096 == 0) context_.interrupt->poll();
      key.clear();
      append_record_key(key, text_view(values[1]), text_view(values[2]));
      memory->index.insert({key.data(), key.size()}, static_cast<Ordinal>(DatumGetInt64(values[0])));
    });
  }
  writer_.open();  // now, while no parallel query is running
  memory_ = std::move(memory);
}

std::vector<Ordinal> RecordStore::resolve_in_memory(const StringTable& keys) {
  std::vector<Ordinal> ordinals(keys.size());
  for (uint32_t i = 0; i < keys.size(); ++i) {
    if (i % 4096 == 0) context_.interrupt->poll();
    const std::string_view key = keys.at(i);
    if (const std::optional<Ordinal> known = memory_->index.find(key)) {
      ordinals[i] = *known;
      continue;
    }
    const auto [record_type, record_id] = split_record_key(key);
    ordinals[i] = tiles_.allocate(1);
    memory_->index.insert(key, ordinals[i]);
    add(ordinals[i], record_type, record_id, std::nullopt);
  }
  return ordinals;
}

std::vector<Ordinal> RecordStore::resolve_in_table(const StringTable& keys) {
  std::vector<Ordinal> ordinals(keys.size());
  std::vector<bool> is_known(keys.size());
  look_up(keys, [&](uint32_t number, Ordinal ordinal, std::optional<std::string_view>) {
    ordinals[number] = ordinal;
    is_known[number] = true;
  });
  for (uint32_t i = 0; i < keys.size(); ++i) {
    if (is_known[i]) continue;
    const auto [record_type, record_id] = split_record_key(keys.at(i));
    ordinals[i] = tiles_.allocate(1);
    add(ordinals[i], record_type, record_id, std::nullopt);
  }
  writer_.finish();  // so that the next look-up finds them
  return ordinals;
}

void RecordStore::look_up(const StringTable& keys, const RecordConsumer& found) {
  std::vector<std::string_view> types;
  std::vector<std::string_view> ids;
  for (uint32_t first = 0; first < keys.size(); first += kKeysPerStatement) {
    const uint32_t end = std::min(keys.size(), first + kKeysPerStatement);
    types.clear();
    ids.clear();
    for (uint32_t i = first; i < end; ++i) {
      const auto [type, id] = split_record_key(keys.at(i));
      types.push_back(type);
      ids.push_back(id);
    }
    context_.interrupt->poll();
    with_scratch([&] {
      const Parameter parameters[] = {text_array(types), text_array(ids)};
      run_streaming(
          "SELECT k.number, r.ordinal, r.profile_id"
          " FROM unnest($1, $2) WITH ORDINALITY AS k (record_type, record_id, number)"
          " JOIN segments.record r ON r.record_id = k.record_id AND r.record_type = k.record_type",
          parameters, {}, [&](const Datum* values, const bool* nulls) {
            std::optional<std::string_view> profile;
            if (!nulls[2]) profile = text_view(values[2]);
            found(first + static_cast<uint32_t>(DatumGetInt64(values[0])) - 1, static_cast<Ordinal>(DatumGetInt64(values[1])),
                  profile);
          });
    });
  }
}

void RecordStore::add(Ordinal ordinal, std::string_view record_type, std::string_view record_id,
                      std::optional<std::string_view> profile_id) {
  if (!is_record_key(record_type, record_id)) throw Error(ErrorCode::kInternal, "a record's key is too long");
  writer_.add(ordinal, record_type, record_id, profile_id);
  ++context_.counters.records_added;
  ++unanalyzed_rows_;
}

void RecordStore::begin_bulk() {
  if (tiles_.ordinals_used() == 0) writer_.defer_indexes();
  writer_.open();
}

// Statistics follow bulk additions at once: the statements of this very refresh need them.
void RecordStore::flush() {
  writer_.finish();
  tiles_.flush();
  if (unanalyzed_rows_ >= std::max(kMinRowsToAnalyze, tiles_.ordinals_used() / 4)) {
    run("ANALYZE segments.record");
    unanalyzed_rows_ = 0;
  }
}

void RecordStore::forget() { memory_.reset(); }

void RecordStore::go_back() {
  forget();
  writer_.forget();
  tiles_.forget();
  unanalyzed_rows_ = 0;
}

}  // namespace segments::pg
