#include "pg/identity/unification.h"

#include "pg/identity/mapping.h"
#include "pg/query/query.h"
#include "pg/identity/regrouping.h"
#include "pg/server/datum.h"
#include "pg/store/profile_ids.h"

namespace segments::pg {
namespace {

void warn(const char* message, const char* detail, const char* hint) {
  call([&] { ereport(WARNING, (errmsg("%s", message), errdetail("%s", detail), errhint("%s", hint))); });
}

// The first mapping of all: records come in the order of their profiles and get their ordinals as they come, so that
// the records of a profile are neighbours and every tile's map is written once.
class FirstMapping {
 public:
  FirstMapping(RefreshContext& context, RecordStore& records) : context_(context), records_(records) {}

  void load(const Mapping& mapping) {
    mapping.check_unique();
    records_.begin_bulk();
    mapping.stream_by_profile([&](const Datum* values, const bool*) {
      if (++rows_ % 4096 == 0) context_.interrupt->poll();
      add(text_view(values[0]), text_view(values[1]), text_view(values[2]));
    });
    if (unmappable_.any()) unmappable_.warn(mapping.may_be_shown());
    end_profile();
    end_tile();
    records_.flush();
    for (const auto& [tile, map] : maps_) records_.tiles().write_map(tile, map.bytes, map.profile_count);
    write_profile_ids(*context_.interrupt);
  }

 private:
  struct EncodedMap {
    Bytes bytes;
    uint32_t profile_count;
  };

  void add(std::string_view record_type, std::string_view record_id, std::string_view profile_id) {
    if (!is_mappable(record_type, record_id, profile_id)) return unmappable_.add(record_type, record_id);
    if (profile_id != profile_id_ || keys_.empty()) {
      end_profile();
      profile_id_ = profile_id;
    }
    append_record_key(keys_, record_type, record_id);
    ends_.push_back(keys_.size());
    // Refused here already: one profile for everything would otherwise fill the memory first.
    TileStore::check_record_count(ends_.size(), profile_id_);
  }

  void end_profile() {
    if (ends_.empty()) return;
    const auto count = static_cast<uint32_t>(ends_.size());
    Ordinal ordinal = records_.allocate(count);
    if (tile_of(ordinal) != tile_) {
      end_tile();
      tile_ = tile_of(ordinal);
    }
    size_t begin = 0;
    offsets_.clear();
    for (const size_t end : ends_) {
      const auto [record_type, record_id] = split_record_key({keys_.data() + begin, end - begin});
      records_.add(ordinal, record_type, record_id, profile_id_);
      offsets_.push_back(ordinal - first_ordinal(tile_));
      ++ordinal;
      begin = end;
    }
    map_.link(offsets_);
    keys_.clear();
    ends_.clear();
  }

  void end_tile() {
    const uint32_t profile_count = map_.profiles().cardinality();
    if (profile_count != 0) maps_.emplace_back(tile_, EncodedMap{map_.encode(seal_of_map(tile_)), profile_count});
    map_ = ProfileMap();
  }

  RefreshContext& context_;
  RecordStore& records_;
  uint64_t rows_ = 0;
  UnmappableRows unmappable_;
  std::string profile_id_;  // of the records in keys_
  std::vector<char> keys_;
  std::vector<size_t> ends_;  // of each record's key
  std::vector<uint32_t> offsets_;
  uint32_t tile_ = 0;
  ProfileMap map_;
  std::vector<std::pair<uint32_t, EncodedMap>> maps_;
};

}  // namespace

std::vector<RecordMove> apply_unification(RefreshContext& context, RecordStore& records) {
  const Mapping mapping(context);
  const bool is_empty = mapping.is_empty();
  if (!mapping.is_registered()) {
    warn("no unification is registered", "Without one, no record belongs to a profile, and segments have no members.",
         "Register the table that maps records to profiles with segments.register_unification.");
  } else if (is_empty) {
    warn("the unification table maps no record", "Interactions of records without a profile do not count.",
         mapping.has_condition() ? "Fill the table that maps records to profiles, or say which of its rows count with "
                                   "segments.alter_unification(rows_where => '...'); then refresh again."
                                 : "Fill the table that maps records to profiles, then refresh again.");
  }
  records.flush();
  std::vector<RecordMove> moves;
  if (is_empty && nothing_is_linked()) {
    // Neither side says anything.
  } else if (records.tiles().ordinals_used() == 0) {
    FirstMapping(context, records).load(mapping);
  } else {
    MappingChanges changes = mapping.must_compare_all() ? mapping.compare_all() : mapping.recent_changes();
    const int64_t known = context.counters.records_added;
    moves = Regrouping(context, records, std::move(changes)).run();
    if (!moves.empty() || context.counters.records_added != known) records.forget();
  }
  mapping.acknowledge();
  return moves;
}

}  // namespace segments::pg
