// Whom an erasure is about: the records of profiles, and the ordinals that stand for them.
#pragma once
#include <string>
#include <vector>

#include "core/ingest/row_batch.h"
#include "core/ordinal.h"
#include "pg/server/hash_seed.h"
#include "pg/query/query.h"
#include "pg/catalog/source.h"

namespace segments::pg {

class ErasedRows;

struct Persons {
  StringTable records{hash_seed()};  // keys of the records whose data goes; see append_record_key
  StringTable lost{hash_seed()};     // keys of records that may have been theirs; see lost_records.h
  std::vector<Ordinal> erased;       // of all of these, also those they had before they moved; ascending
  std::vector<Ordinal> unlinked;     // of records that the published state still counts to a profile that is erased; ascending
  int64_t known_profiles = 0;        // how many of those asked for the mapping, a record or a trace has named
  int64_t mapping_rows = 0;          // deleted
};

// Deletes the profiles' rows from the mapping and finds their records: those that it mapped to them, and those last known as
// theirs that it maps to nobody else.
// REQUIRES: within with_spi, as the extension's owner.
Persons take_persons(ErasedRows& rows, const std::optional<UnificationSource>& mapping, std::span<const std::string> profile_ids);

// The record's type and id of each key, as parameters $1 and $2 of a statement; in the current memory context.
struct KeyParameters {
  Parameter types;
  Parameter ids;
};
KeyParameters key_parameters(const StringTable& keys);

}  // namespace segments::pg
