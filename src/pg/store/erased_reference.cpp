#include "pg/store/erased_reference.h"

#include <algorithm>
#include <map>

#include "pg/catalog/equal_values.h"
#include "pg/query/query.h"
#include "pg/server/datum.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

template <class Rows>
auto* decoded(Rows& rows, int16_t attnum) {
  const auto found = std::ranges::find(rows.fields, attnum, &DecodedField::field);
  return found == rows.fields.end() ? nullptr : &*found;
}

// As keys are written.
std::string key_part(const DecodedField& field, uint32_t code, Oid type, KeyNormalization normalization = {}) {
  std::string text = value_text(field.dictionary, code - 1, type);
  if (type == BPCHAROID) text.erase(text.find_last_not_of(' ') + 1);
  return normalized(std::move(text), normalization);
}

std::string hash_of(const Bytes& salt, std::string_view key) {
  std::string hash;
  with_scratch([&] {
    Bytes salted = salt;
    salted.insert(salted.end(), key.begin(), key.end());
    const Datum argument = bytea(salted).value;
    const BytesView digest = bytes_view(call([&] { return DirectFunctionCall1(sha256_bytea, argument); }));
    hash.assign(digest.begin(), digest.end());
  });
  return hash;
}

Bytes stored_salt() {
  Rows rows = run("SELECT salt FROM segments.erasure_salt");
  const Bytes salt = rows.empty() ? Bytes() : rows.bytes(0, 0);
  rows.release();
  return salt;
}

Bytes bytes_from(const std::string& hash) { return Bytes(hash.begin(), hash.end()); }

}  // namespace

const SourceField* ReferenceFields::field_of(const std::string& column) const {
  const auto found =
      std::ranges::find_if(fields_, [&](const SourceField& field) { return field.path.empty() && field.column == column; });
  return found == fields_.end() ? nullptr : &*found;
}

int16_t ReferenceFields::id_field(const InteractionSource& relation) const {
  const SourceField* id = field_of(relation.record_id_column);
  return id == nullptr ? int16_t{0} : id->attnum;
}

std::vector<bool> ReferenceFields::rows_that_name(const InteractionSource& relation, const RowTable& rows,
                                                  const ReferenceMatch& matches) const {
  std::vector<bool> named(rows.row_count());
  const SourceField* id_field = field_of(relation.record_id_column);
  const SourceField* type_field = field_of(relation.record_type_column);
  const bool has_types = !relation.record_type_column.empty();
  if (id_field == nullptr || (has_types && type_field == nullptr)) return named;
  const DecodedField* ids = decoded(rows, id_field->attnum);
  const DecodedField* types = has_types ? decoded(rows, type_field->attnum) : nullptr;
  if (ids == nullptr || (has_types && types == nullptr)) return named;
  std::map<std::pair<uint32_t, uint32_t>, bool> known;  // by codes
  std::vector<char> key;
  for (uint32_t row = 0; row < rows.row_count(); ++row) {
    const uint32_t id = ids->codes[row];
    const uint32_t type = has_types ? types->codes[row] : 1;
    if (id == 0 || type == 0) continue;
    const auto [found, is_new] = known.try_emplace({type, id});
    if (is_new) {
      key.clear();
      append_record_key(key, has_types ? key_part(*types, type, type_field->type) : relation.record_type,
                        key_part(*ids, id, id_field->type, relation.normalization));
      found->second = matches(relation.rows_id, {key.data(), key.size()});
    }
    named[row] = found->second;
  }
  return named;
}

bool ReferenceFields::take_out(RowTable& rows, const ReferenceMatch& matches) const {
  bool changed = false;
  for (const InteractionSource& relation : source_.relations) {
    const std::vector<bool> named = rows_that_name(relation, rows, matches);
    if (std::ranges::find(named, true) == named.end()) continue;
    DecodedField& ids = *decoded(rows, id_field(relation));
    for (uint32_t row = 0; row < rows.row_count(); ++row) {
      if (named[row]) ids.codes[row] = 0;
    }
    changed = true;
  }
  return changed;
}

ErasedReferences::ErasedReferences(const InteractionSource& source) {
  std::vector<int32_t> relations;
  for (const InteractionSource& relation : source.relations) relations.push_back(relation.rows_id);
  if (relations.empty()) return;
  const Parameter parameters[] = {int4_array(relations)};
  run_streaming("SELECT relation_id, key_hash FROM segments.erased_reference WHERE relation_id = ANY ($1)", parameters, {},
                [&](const Datum* values, const bool*) {
                  const Bytes hash = bytes_of(values[1]);
                  hashes_[DatumGetInt32(values[0])].emplace(hash.begin(), hash.end());
                });
  if (!hashes_.empty()) salt_ = stored_salt();
}

bool ErasedReferences::has(int32_t relation_id, std::string_view key) const {
  const auto found = hashes_.find(relation_id);
  return found != hashes_.end() && found->second.contains(hash_of(salt_, key));
}

void add_erased_references(const std::set<Reference>& references) {
  if (references.empty()) return;
  // Drawn with the first of them: a dump has it, and a new database has none.
  run("INSERT INTO segments.erasure_salt (salt) SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))"
      " ON CONFLICT DO NOTHING");
  const Bytes salt = stored_salt();
  for (const auto& [relation_id, key] : references) {
    run("INSERT INTO segments.erased_reference (relation_id, key_hash) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        {int4(relation_id), bytea(bytes_from(hash_of(salt, key)))});
  }
}

void lift_erased_references(const std::set<Reference>& references) {
  if (references.empty()) return;
  const Bytes salt = stored_salt();
  for (const auto& [relation_id, key] : references) {
    run("DELETE FROM segments.erased_reference WHERE relation_id = $1 AND key_hash = $2",
        {int4(relation_id), bytea(bytes_from(hash_of(salt, key)))});
  }
}

}  // namespace segments::pg
