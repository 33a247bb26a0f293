#include "pg/erasure/person.h"

#include "pg/catalog/counted_rows.h"
#include "pg/catalog/mapping_rows.h"
#include "pg/erasure/erased_rows.h"
#include "pg/query/column_sql.h"
#include "pg/server/scratch.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

std::vector<std::string_view> views_of(std::span<const std::string> texts) { return {texts.begin(), texts.end()}; }

void add_key(StringTable& keys, std::string_view type, std::string_view id) {
  std::vector<char> key;
  append_record_key(key, type, id);
  keys.insert({key.data(), key.size()});
}

// Which of the keys the mapping maps, by number.
std::vector<bool> mapped_now(const std::optional<UnificationSource>& mapping, const StringTable& keys) {
  std::vector<bool> mapped(keys.size());
  if (!mapping || table_name(mapping->relation).empty() || keys.size() == 0) return mapped;
  StringTable comparable(hash_seed());
  std::vector<uint32_t> numbers;
  for (uint32_t i = 0; i < keys.size(); ++i) {
    const auto [type, id] = split_record_key(keys.at(i));
    if (!can_hold(mapping->relation, mapping->record_id_column, id)) continue;
    add_key(comparable, type, id);
    numbers.push_back(i);
  }
  with_scratch([&] {
    const KeyParameters key = key_parameters(comparable);
    const Parameter parameters[] = {key.types, key.ids};
    const std::string rest = " ON " + record_is_key_sql(record_columns(*mapping)) + " WHERE " + mapped_sql(*mapping);
    stream_on_leaves(
        leaves_of(mapping->relation),
        "SELECT k.number FROM unnest($1, $2) WITH ORDINALITY AS k (record_type, record_id, number) JOIN ", rest, parameters, {},
        [&](const Datum* values, const bool*) { mapped[numbers[static_cast<size_t>(DatumGetInt64(values[0])) - 1]] = true; });
  });
  return mapped;
}

// Those of the rows that meet a condition.  REQUIRES: none has been put yet.
RowsOf narrowed(RowsOf rows, const std::string& condition) {
  rows.matching += " WHERE " + condition;
  return rows;
}

// The records that rows of profiles name, and deletes these rows.
class TheirRows {
 public:
  TheirRows(ErasedRows& rows, const UnificationSource& mapping)
      : rows_(rows), mapping_(mapping), columns_(record_columns(mapping)), counted_(counted_sql(mapping)) {}

  // Rows without a record name the profile too.
  void take(std::span<const std::string> profile_ids, Persons& persons, std::set<std::string>& known) {
    const RowsOf theirs = rows_of_profiles(profile_ids);
    const std::string named = ", " + record_type_sql(columns_) + ", " + record_id_sql(columns_) + ", k.profile_id, " +
                              (counted_.empty() ? "true" : counted_ + " IS TRUE");
    const std::vector<FoundRows> found = rows_.find(theirs, named, [&](const Datum* values, const bool* nulls) {
      known.insert(text_of(values[2]));
      if (nulls[0] || nulls[1]) return;
      const bool counts = DatumGetBool(values[3]);
      add_key(counts ? persons.records : former_, text_view(values[0]), text_view(values[1]));
      if (counts) ++with_record_;
    });
    add_former_records(persons.records);
    std::optional<RowsOf> of_records = rows_of_records(columns_, persons.records);
    const uint64_t of_others = of_records ? count_of_others(*of_records) : 0;
    persons.mapping_rows += rows_.delete_found(found);
    if (of_records && !counted_.empty()) {
      persons.mapping_rows += rows_.delete_found(rows_.find(narrowed(*of_records, counted_ + " IS NOT TRUE")));
    }
    rows_.expect_gone(theirs, 0);
    if (of_records) rows_.expect_gone(std::move(*of_records), of_others);
  }

 private:
  RowsOf rows_of_profiles(std::span<const std::string> profile_ids) const {
    std::vector<std::string_view> ids;
    for (const std::string& id : profile_ids) {
      if (can_hold(mapping_.relation, mapping_.profile_id_column, id)) ids.push_back(id);
    }
    return {mapping_.relation,
            " JOIN unnest($1) AS k (profile_id) ON " + equals(mapping_.relation, mapping_.profile_id_column, "k.profile_id"),
            {text_array(ids)}};
  }

  // Rows that do not count lead to records, too, unless these are somebody else's now.
  void add_former_records(StringTable& records) const {
    const std::vector<bool> mapped = mapped_now(mapping_, former_);
    for (uint32_t i = 0; i < former_.size(); ++i) {
      if (!mapped[i]) records.insert(former_.at(i));
    }
  }

  // A record may be mapped to somebody else as well.
  uint64_t count_of_others(const RowsOf& of_records) const {
    uint64_t count = 0;
    const RowsOf counted = counted_.empty() ? of_records : narrowed(of_records, counted_);
    for (const FoundRows& here : rows_.find(counted)) count += here.places.size();
    return count - std::min(count, with_record_);
  }

  ErasedRows& rows_;
  const UnificationSource& mapping_;
  RecordColumns columns_;
  std::string counted_;
  StringTable former_{hash_seed()};  // keys of records that rows name which do not count
  uint64_t with_record_ = 0;         // rows that count and name a record
};

// Records that were last known as a profile's: published as such, or without a profile since they left it.
StringTable last_known_records(std::span<const std::string> profile_ids) {
  StringTable keys(hash_seed());
  with_scratch([&] {
    const Parameter parameters[] = {text_array(views_of(profile_ids))};
    run_streaming(
        "SELECT record_type, record_id FROM segments.record WHERE profile_id = ANY ($1)"
        " UNION SELECT record_type, record_id FROM ("
        "  SELECT DISTINCT ON (p.record_id, p.record_type) p.record_type, p.record_id, p.profile_id"
        "  FROM segments.previous_profile p"
        "  WHERE EXISTS (SELECT FROM segments.previous_profile was WHERE was.profile_id = ANY ($1)"
        "    AND was.record_id = p.record_id AND was.record_type = p.record_type)"
        "  ORDER BY p.record_id, p.record_type, p.until DESC, p.until_refresh DESC) AS latest"
        " WHERE latest.profile_id = ANY ($1) AND NOT EXISTS (SELECT FROM segments.record r WHERE"
        "  r.record_id = latest.record_id AND r.record_type = latest.record_type AND r.profile_id IS NOT NULL)",
        parameters, {}, [&](const Datum* values, const bool*) { add_key(keys, text_view(values[0]), text_view(values[1])); });
  });
  return keys;
}

// Of these, those that refreshes have seen.
void find_known(std::span<const std::string> profile_ids, std::set<std::string>& known) {
  with_scratch([&] {
    const Parameter parameters[] = {text_array(views_of(profile_ids))};
    run_streaming(
        "SELECT id FROM unnest($1) AS id WHERE EXISTS (SELECT FROM segments.record WHERE profile_id = id)"
        " OR EXISTS (SELECT FROM segments.previous_profile WHERE profile_id = id)"
        " OR EXISTS (SELECT FROM segments.listed_profile WHERE profile_id = id)",
        parameters, {}, [&](const Datum* values, const bool*) { known.insert(text_of(values[0])); });
  });
}

void find_ordinals(std::span<const std::string> profile_ids, Persons& persons) {
  with_scratch([&] {
    const KeyParameters key = key_parameters(persons.records);
    const Parameter parameters[] = {key.types, key.ids};
    run_streaming(
        "WITH RECURSIVE theirs AS ("
        "  SELECT r.ordinal FROM unnest($1, $2) AS k (record_type, record_id)"
        "  JOIN segments.record r ON r.record_id = k.record_id AND r.record_type = k.record_type"
        "  UNION SELECT m.from_ordinal FROM theirs JOIN segments.moved_record m ON m.to_ordinal = theirs.ordinal)"
        " SELECT ordinal FROM theirs ORDER BY ordinal",
        parameters, {},
        [&](const Datum* values, const bool*) { persons.erased.push_back(static_cast<Ordinal>(DatumGetInt64(values[0]))); });
    const Parameter ids[] = {text_array(views_of(profile_ids))};
    run_streaming("SELECT ordinal FROM segments.record WHERE profile_id = ANY ($1) ORDER BY ordinal", ids, {},
                  [&](const Datum* values, const bool*) {
                    const auto ordinal = static_cast<Ordinal>(DatumGetInt64(values[0]));
                    if (!std::binary_search(persons.erased.begin(), persons.erased.end(), ordinal)) {
                      persons.unlinked.push_back(ordinal);
                    }
                  });
  });
}

}  // namespace

Persons take_persons(ErasedRows& rows, const std::optional<UnificationSource>& mapping,
                     std::span<const std::string> profile_ids) {
  Persons persons;
  std::set<std::string> known_profiles;
  if (mapping && !table_name(mapping->relation).empty()) {
    TheirRows(rows, *mapping).take(profile_ids, persons, known_profiles);
  }
  find_known(profile_ids, known_profiles);
  persons.known_profiles = static_cast<int64_t>(known_profiles.size());
  const StringTable known = last_known_records(profile_ids);
  const std::vector<bool> mapped = mapped_now(mapping, known);
  for (uint32_t i = 0; i < known.size(); ++i) {
    if (!mapped[i]) persons.records.insert(known.at(i));
  }
  find_ordinals(profile_ids, persons);
  return persons;
}

KeyParameters key_parameters(const StringTable& keys) {
  std::vector<std::string_view> types;
  std::vector<std::string_view> ids;
  for (uint32_t i = 0; i < keys.size(); ++i) {
    const auto [type, id] = split_record_key(keys.at(i));
    types.push_back(type);
    ids.push_back(id);
  }
  return {text_array(types), text_array(ids)};
}

}  // namespace segments::pg
