// What is left of a person: searches the registered tables and everything stored that is not plain text.
//
// A person's ordinals are not known any more once their records are gone.  So whatever stands for nobody is a leftover: every
// ordinal in maps, memberships and fragments must be that of a record, or one that a record had before it moved.
#include "core/evaluation/member_pieces.h"
#include "core/fragment/seal.h"
#include "core/fragment/value_bounds.h"
#include "core/column/id_chunk.h"
#include "core/set/profile_set.h"
#include "pg/capture/change_log.h"
#include "pg/erasure/damage.h"
#include "pg/erasure/dictionary_traces.h"
#include "pg/erasure/reference_erasure.h"
#include "pg/erasure/traces.h"
#include "pg/server/hash_seed.h"
#include "pg/erasure/person.h"
#include "pg/query/column_sql.h"
#include "pg/store/erased_reference.h"
#include "pg/server/scratch.h"
#include "pg/store/fragment_identity.h"
#include "pg/store/stored_column.h"
#include "pg/store/stored_fragment.h"
#include "pg/store/stored_members.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {
namespace {

// ---- what is stored under ordinals

// Of records, and those they had before they moved.
ProfileSet known_ordinals() {
  ProfileSet known;
  with_scratch([&] {
    run_streaming("SELECT ordinal FROM segments.record", {}, {},
                  [&](const Datum* values, const bool*) { known.insert(static_cast<Ordinal>(DatumGetInt64(values[0]))); });
  });
  std::unordered_multimap<Ordinal, Ordinal> before;
  with_scratch([&] {
    run_streaming("SELECT to_ordinal, from_ordinal FROM segments.moved_record", {}, {}, [&](const Datum* values, const bool*) {
      before.emplace(static_cast<Ordinal>(DatumGetInt64(values[0])), static_cast<Ordinal>(DatumGetInt64(values[1])));
    });
  });
  std::vector<Ordinal> reached;
  for (const auto& [to, from] : before) {
    if (known.contains(to)) reached.push_back(from);
  }
  while (!reached.empty()) {
    const Ordinal ordinal = reached.back();
    reached.pop_back();
    if (known.contains(ordinal)) continue;
    known.insert(ordinal);
    const auto [first, end] = before.equal_range(ordinal);
    for (auto at = first; at != end; ++at) reached.push_back(at->second);
  }
  return known;
}

void search_maps(const ProfileSet& known, Interrupt& interrupt, Findings& findings) {
  with_scratch([&] {
    run_streaming("SELECT tile, profile_map FROM segments.tile", {}, {}, [&](const Datum* values, const bool*) {
      interrupt.poll();
      const auto tile = static_cast<uint32_t>(DatumGetInt32(values[0]));
      DenseSet linked = open_map(tile, bytes_of(values[1])).linked();
      linked -= known.to_dense(tile);
      add(findings, "segments.tile", "profiles of no record", linked.cardinality());
    });
  });
}

// Bytes that were written beside other members may tell of some who are erased.
bool are_instants_of(const StoredMembers& stored, BytesView since, const ProfileSet& members) {
  try {
    open_since(stored, since, members.to_dense(stored.tile), 0);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kDataCorrupted) throw;
    return false;
  }
}

void search_memberships(const ProfileSet& known, Interrupt& interrupt, Findings& findings) {
  int32_t segment_id = 0;
  try {
    with_scratch([&] {
      run_streaming("SELECT segment_id, tile, member_count, checksum, members, since, pieces FROM segments.membership", {}, {},
                    [&](const Datum* values, const bool* nulls) {
                      interrupt.poll();
                      segment_id = DatumGetInt32(values[0]);
                      const Bytes bytes = bytes_of(values[4]);
                      const StoredMembers stored{segment_id, DatumGetUInt32(values[1]), DatumGetInt32(values[2]),
                                                 DatumGetUInt32(values[3]), bytes};
                      ProfileSet members = open_members(stored);
                      const bool other_instants = !nulls[5] && !are_instants_of(stored, bytes_of(values[5]), members);
                      const bool other_pieces = bytes_of(values[6]) != MemberPieces::encode(segment_id, stored.tile, bytes);
                      add(findings, "segments.membership", "instants of other members", other_instants ? 1 : 0);
                      add(findings, "segments.membership", "pieces of other members", other_pieces ? 1 : 0);
                      members -= known;
                      add(findings, "segments.membership", "members of no record", members.cardinality());
                    });
    });
  } catch (const Error& error) {
    throw_damaged_members(segment_id, error);
  }
}

// Whatever changes beside them say.
void search_profile_ids(const std::string& profile_id, const ProfileSet& known, Interrupt& interrupt, Findings& findings) {
  uint64_t unknown = 0, same = 0;
  with_scratch([&] {
    IdChunk ids;
    run_streaming("SELECT chunk, ids FROM segments.profile_ids", {}, {}, [&](const Datum* values, const bool*) {
      interrupt.poll();
      const auto chunk = static_cast<uint32_t>(DatumGetInt32(values[0]));
      const Bytes bytes = bytes_of(values[1]);
      open_ids(ids, bytes, chunk);
      for (uint32_t offset = 0; offset < kIdChunkSize; ++offset) {
        const std::optional<std::string_view> id = ids.at(offset);
        if (!id) continue;
        if (!known.contains(static_cast<Ordinal>(first_of_id_chunk(chunk) + offset))) ++unknown;
        if (*id == profile_id) ++same;
      }
    });
  });
  add(findings, "segments.profile_ids", "ids of no record", unknown);
  add(findings, "segments.profile_ids", "profile_id", same);
}

void search_ordinals(const char* place, const char* sql, const ProfileSet& known, Findings& findings) {
  uint64_t unknown = 0;
  with_scratch([&] {
    run_streaming(sql, {}, {}, [&](const Datum* values, const bool*) {
      const int64_t ordinal = DatumGetInt64(values[0]);
      if (ordinal < 0 || ordinal > UINT32_MAX || !known.contains(static_cast<Ordinal>(ordinal))) ++unknown;
    });
  });
  add(findings, place, "ordinals of no record", unknown);
}

bool bounds_are_of(const Dictionary& dictionary, const std::optional<Bytes>& lower, const std::optional<Bytes>& upper,
                   uint32_t seal) {
  std::vector<uint32_t> codes(dictionary.size());
  for (uint32_t i = 0; i < codes.size(); ++i) codes[i] = i + 1;
  const std::optional<ValueBounds> expected = bounds_of(dictionary, codes);
  const bool has_upper = expected && expected->has_upper;
  return lower.has_value() == expected.has_value() && upper.has_value() == has_upper &&
         (!lower || *lower == sealed_lower_bound(*expected, seal)) && (!upper || *upper == expected->upper);
}

class FragmentSearch {
 public:
  FragmentSearch(const std::vector<InteractionSource>& sources, const Wanted& wanted, const ProfileSet& known)
      : wanted_(wanted), known_(known), searches_(field_searches(sources, wanted)) {
    for (uint32_t i = 0; i < wanted.records.size(); ++i) keys_.insert(wanted.records.at(i));
  }

  void run_over_all(Interrupt& interrupt, Findings& findings) {
    std::vector<FragmentPlace> places;
    with_scratch([&] {
      run_streaming("SELECT DISTINCT shard, fragment_id FROM segments.fragment", {}, {}, [&](const Datum* values, const bool*) {
        places.push_back({DatumGetInt16(values[0]), DatumGetInt64(values[1])});
      });
    });
    for (const FragmentPlace& place : places) {
      interrupt.poll();
      with_scratch([&] { search(place.shard, place.fragment_id, findings); });
    }
  }

 private:
  // A field of a fragment with ids that may be those of a record.
  struct Ids {
    int16_t field;
    int16_t known_fields;
    const FieldSearch* search;
  };

  void search(int16_t shard, int64_t fragment_id, Findings& findings) {
    int32_t type_id = 0;
    try {
      for (const Ids& ids : search_columns(shard, fragment_id, type_id, findings)) {
        add(findings, "segments.fragment", values_of(type_id, ids.field), count_rows_that_name(shard, fragment_id, ids));
      }
    } catch (const Error& error) {
      throw_damaged_fragment(fragment_id, type_id, error);
    }
  }

  uint64_t count_rows_that_name(int16_t shard, int64_t fragment_id, const Ids& ids) const {
    const RowTable rows = read_stored_fragment(shard, fragment_id, ids.known_fields);
    const std::vector<bool> named =
        ReferenceFields(*ids.search->source).rows_that_name(*ids.search->relation, rows, [this](int32_t, std::string_view key) {
          return keys_.contains(key);
        });
    return static_cast<uint64_t>(std::ranges::count(named, true));
  }

  std::vector<Ids> search_columns(int16_t shard, int64_t fragment_id, int32_t& type_id, Findings& findings) {
    std::vector<Ids> found;
    const Parameter parameters[] = {int2(shard), int8(fragment_id)};
    run_streaming("SELECT " SEGMENTS_FRAGMENT_IDENTITY
                  ", field, lower_bound, upper_bound, data FROM segments.fragment"
                  " WHERE shard = $1 AND fragment_id = $2",
                  parameters, {}, [&](const Datum* values, const bool* nulls) {
                    const FragmentIdentity fragment = fragment_identity(values);
                    type_id = fragment.type_id;
                    const int16_t field = DatumGetInt16(values[6]);
                    const Bytes data = bytes_of(values[9]);
                    const uint32_t seal = seal_of_column(fragment, field);
                    if (field == kRowsColumn) {
                      add(findings, "segments.fragment", "rows of no record", count_unknown(data, seal));
                    } else if (field != kTimeColumn) {
                      const FieldSearch* ids =
                          search_field(type_id, field, {field, data, seal}, optional_bytes(values[7], nulls[7]),
                                       optional_bytes(values[8], nulls[8]), findings);
                      if (ids != nullptr) found.push_back({field, fragment.known_fields, ids});
                    }
                  });
    return found;
  }

  static std::string name_of(int32_t type_id, int16_t field) {
    return "field " + std::to_string(field) + " of interaction type " + std::to_string(type_id);
  }
  static std::string values_of(int32_t type_id, int16_t field) { return "values of " + name_of(type_id, field); }

  static std::optional<Bytes> optional_bytes(Datum value, bool is_null) {
    if (is_null) return std::nullopt;
    return bytes_of(value);
  }

  uint64_t count_unknown(const Bytes& rows, uint32_t seal) const {
    BytesSource source(rows, seal);
    const std::vector<Ordinal> ordinals = RowsColumn(source).ordinals();
    return static_cast<uint64_t>(std::ranges::count_if(ordinals, [&](Ordinal ordinal) { return !known_.contains(ordinal); }));
  }

  // Returns what to look for in the rows; null: nothing.
  const FieldSearch* search_field(int32_t type_id, int16_t field, const ColumnBytes& stored, const std::optional<Bytes>& lower,
                                  const std::optional<Bytes>& upper, Findings& findings) const {
    static const FieldSearch unknown{true, {}};
    const auto found = searches_.find({type_id, field});
    const FieldSearch& search = found == searches_.end() ? unknown : found->second;
    BytesSource source(stored.bytes, stored.seal);
    const FieldColumn column(source);
    add(findings, "segments.fragment", values_of(type_id, field), count_entries(column.dictionary(), search, wanted_));
    if (!bounds_are_of(column.dictionary(), lower, upper, stored.seal)) {
      add(findings, "segments.fragment", "bounds of no value of " + name_of(type_id, field), 1);
    }
    return search.ids.may_be_in(column.dictionary()) ? &search : nullptr;
  }

  const Wanted& wanted_;
  const ProfileSet& known_;
  FieldSearches searches_;
  std::unordered_set<std::string_view> keys_;
};

// ---- the change log

uint64_t values_in(const RowTable& rows, const Wanted& wanted) {
  static const FieldSearch everything{true, {}};
  uint64_t count = 0;
  for (const DecodedField& field : rows.fields) count += count_entries(field.dictionary, everything, wanted);
  return count;
}

void search_change_log(const Wanted& wanted, const std::vector<InteractionSource>& sources, Interrupt& interrupt,
                       Findings& findings) {
  std::unordered_set<std::string_view> keys;
  for (uint32_t i = 0; i < wanted.records.size(); ++i) keys.insert(wanted.records.at(i));
  const ReferenceErasure references(sources, wanted.records);
  with_scratch([&] {
    run_streaming("SELECT old_row, rows_id FROM segments.change_log", {}, {}, [&](const Datum* values, const bool*) {
      interrupt.poll();
      const Bytes bytes = bytes_of(values[0]);
      const int32_t rows_id = DatumGetInt32(values[1]);
      if (logged_row_names(bytes, [&](std::string_view key) { return keys.contains(key); })) {
        add(findings, "segments.change_log", "rows of a record", 1);
      }
      try {
        const LoggedRow logged = decode_logged_row(bytes);
        const bool refers = references.is_own(rows_id, logged, interrupt) ||
                            references.without_references(rows_id, logged, interrupt).has_value();
        add(findings, "segments.change_log", "references to a record", refers ? 1 : 0);
        const std::vector<Ordinal> ordinals(logged.row.records().size(), 0);
        add(findings, "segments.change_log", "values",
            values_in(logged.row.to_rows(ordinals, logged.known_fields, interrupt), wanted));
      } catch (const Error&) {
        // The key of a mapping: looked at above.
      }
    });
  });
}

void emit(ReturnSetInfo* result, const Findings& findings) {
  for (const auto& [what, count] : findings) {
    const char* place = what.first.c_str();
    const char* detail = what.second.c_str();
    const int64_t found = count;
    call([&] {
      Datum values[] = {CStringGetTextDatum(place), Int64GetDatum(found), CStringGetTextDatum(detail)};
      bool nulls[] = {false, false, false};
      tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
    });
  }
}

std::vector<std::string> texts_of(Datum array) {
  const ArrayElements elements = elements_of(array, TEXTOID);
  std::vector<std::string> texts;
  for (int i = 0; i < elements.count; ++i) {
    texts.push_back(elements.nulls[i] ? std::string() : text_of(elements.values[i]));
  };
  return texts;
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

// (profile_id, record_types, record_ids, values), already checked by forgotten().
SEGMENTS_FUNCTION(segments_stored_traces) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  Wanted wanted{text_of(PG_GETARG_DATUM(0)), StringTable(hash_seed()), texts_of(PG_GETARG_DATUM(3))};
  const std::vector<std::string> types = texts_of(PG_GETARG_DATUM(1));
  const std::vector<std::string> ids = texts_of(PG_GETARG_DATUM(2));
  std::vector<char> key;
  for (size_t i = 0; i < std::min(types.size(), ids.size()); ++i) {
    key.clear();
    append_record_key(key, types[i], ids[i]);
    wanted.records.insert({key.data(), key.size()});
  }
  std::erase(wanted.values, std::string());
  with_spi([&] {
    ServerInterrupt interrupt;
    Findings findings;
    const std::vector<InteractionSource> sources = interaction_sources();
    search_registered_tables(wanted, findings);
    search_change_log(wanted, sources, interrupt, findings);
    const ProfileSet known = known_ordinals();
    search_ordinals("segments.moved_record", "SELECT to_ordinal FROM segments.moved_record", known, findings);
    search_ordinals("segments.changed_profile_id", "SELECT ordinal FROM segments.changed_profile_id", known, findings);
    search_ordinals("segments.moved_profile",
                    "SELECT from_ordinal FROM segments.moved_profile UNION ALL"
                    " SELECT to_ordinal FROM segments.moved_profile WHERE to_ordinal IS NOT NULL",
                    known, findings);
    search_profile_ids(wanted.profile_id, known, interrupt, findings);
    search_maps(known, interrupt, findings);
    search_memberships(known, interrupt, findings);
    FragmentSearch(sources, wanted, known).run_over_all(interrupt, findings);
    emit(result, findings);
  });
  PG_RETURN_NULL();
}
