// The right to be forgotten: erase_profile, erase_profiles.
//
//   lock (no refresh meanwhile) → tables → wait for who is writing them → mapping rows → who that was → interactions → fragments,
//   maps, memberships → change log (deleting has filled it, too) → records, and those that may be anybody's, traces, texts of
//   errors → the audit row
//
// All in one transaction.
#include "pg/erasure/derived_erasure.h"
#include "pg/erasure/erased_rows.h"
#include "pg/erasure/lost_records.h"
#include "pg/erasure/reference_erasure.h"
#include "pg/erasure/wait_limit.h"
#include "pg/server/hash_seed.h"
#include "pg/segment/carried_members.h"
#include "pg/store/history_profile.h"
#include "pg/query/column_sql.h"
#include "pg/query/owner_time.h"
#include "pg/server/scratch.h"
#include "pg/store/profile_ids.h"

namespace segments::pg {
namespace {

void check_isolation() {
  call([] {
    if (!IsolationUsesXactSnapshot()) return;
    ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION), errmsg("an erasure needs isolation level READ COMMITTED"),
                    errdetail("The transaction's snapshot may not show all rows of the person."),
                    errhint("Run it in a transaction of its own.")));
  });
}

std::vector<Oid> registered_tables(const std::vector<InteractionSource>& sources,
                                   const std::optional<UnificationSource>& mapping) {
  std::vector<Oid> tables;
  for (const InteractionSource& source : sources) tables.push_back(source.relation);
  if (mapping) tables.push_back(mapping->relation);
  std::erase_if(tables, [](Oid table) { return !call([&] { return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(table)); }); });
  return tables;
}

// Tables that were swapped in by renaming for registered ones: the next refresh will read those, and the others are erased from
// as long as they are registered.
void add_swapped_in(std::vector<InteractionSource>& sources) {
  Rows rows = run("SELECT type_id, relation FROM segments_internal.tables_swapped_in(NULL, true)");
  for (uint64_t i = 0; i < rows.size(); ++i) {
    const auto source = std::ranges::find(sources, rows.int4(i, 0), &InteractionSource::type_id);
    if (source == sources.end()) continue;
    InteractionSource swapped_in = *source;
    swapped_in.relation = rows.oid(i, 1);
    for (InteractionSource& relation : swapped_in.relations) relation.relation = swapped_in.relation;
    sources.push_back(std::move(swapped_in));
  }
  rows.release();
}

// Of all tables before anything is deleted: an erasure is whole or not at all.
void check_may_delete(std::span<const Oid> tables, Oid caller) {
  for (const Oid table : tables) {
    call([&] {
      if (pg_class_aclcheck(table, caller, ACL_DELETE) == ACLCHECK_OK) return;
      ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for table %s", get_rel_name(table)),
                      errdetail("Erasing a profile takes DELETE on every registered table.")));
    });
  }
}

int64_t delete_interactions(ErasedRows& rows, const InteractionSource& source, const StringTable& records) {
  std::optional<RowsOf> theirs = rows_of_records(record_columns(source), records);
  if (!theirs) return 0;
  const int64_t deleted = rows.delete_found(rows.find(*theirs));
  rows.expect_gone(std::move(*theirs), 0);
  return deleted;
}

void erase_ids(ChangeContext& context, const Persons& persons, std::span<const std::string_view> profile_ids) {
  std::vector<int64_t> ordinals(persons.erased.begin(), persons.erased.end());
  ordinals.insert(ordinals.end(), persons.unlinked.begin(), persons.unlinked.end());
  erase_profile_ids(std::move(ordinals), profile_ids, *context.interrupt);
}

// Records go with their traces; a profile that was merged away has only those left.
// Lists of segments name persons by id and by record.  What was listed with an erased id and means somebody else by now, goes on
// meaning them, under their own.
void erase_from_lists(const KeyParameters& keys, std::span<const std::string_view> profile_ids) {
  run("DELETE FROM segments.listed_profile listed USING unnest($1, $2) AS k (record_type, record_id)"
      " WHERE listed.record_id = k.record_id AND listed.record_type = k.record_type",
      {keys.types, keys.ids});
  const Parameter ids = text_array(profile_ids);
  run("INSERT INTO segments.listed_profile (segment_id, list, profile_id, record_type, record_id, listed_at)"
      " SELECT listed.segment_id, listed.list, record.profile_id, listed.record_type, listed.record_id, listed.listed_at"
      " FROM segments.listed_profile listed JOIN segments.record USING (record_id, record_type)"
      " WHERE listed.profile_id = ANY ($1) AND record.profile_id <> ALL ($1) ON CONFLICT DO NOTHING",
      {ids});
  run("DELETE FROM segments.listed_profile WHERE profile_id = ANY ($1)", {ids});
}

int64_t delete_records(ChangeContext& context, const Persons& persons, std::span<const std::string_view> profile_ids) {
  int64_t deleted = 0;
  with_scratch([&] {
    const KeyParameters keys = key_parameters(persons.records);
    std::vector<int64_t> erased(persons.erased.begin(), persons.erased.end());
    std::vector<int64_t> unlinked(persons.unlinked.begin(), persons.unlinked.end());
    erase_history_profiles(profile_ids, keys.types, keys.ids);
    erase_from_lists(keys, profile_ids);
    run("DELETE FROM segments.previous_profile p USING unnest($1, $2) AS k (record_type, record_id)"
        " WHERE p.record_id = k.record_id AND p.record_type = k.record_type",
        {keys.types, keys.ids});
    run("DELETE FROM segments.previous_profile WHERE profile_id = ANY ($1)", {text_array(profile_ids)});
    run("DELETE FROM segments.moved_record WHERE to_ordinal = ANY ($1) OR from_ordinal = ANY ($1)", {int8_array(erased)});
    run("UPDATE segments.record SET profile_id = NULL WHERE ordinal = ANY ($1)", {int8_array(unlinked)});
    run("DELETE FROM segments.record WHERE ordinal = ANY ($1)", {int8_array(erased)});
    deleted = static_cast<int64_t>(rows_processed());
  });
  erase_ids(context, persons, profile_ids);
  return deleted;
}

std::vector<std::string_view> record_ids(const StringTable& keys) {
  std::vector<std::string_view> ids;
  for (uint32_t i = 0; i < keys.size(); ++i) ids.push_back(split_record_key(keys.at(i)).second);
  return ids;
}

// Messages of errors may quote a record or a profile.
void clear_errors(const Persons& persons, std::span<const std::string_view> profile_ids) {
  std::vector<std::string_view> names = record_ids(persons.records);
  names.insert(names.end(), profile_ids.begin(), profile_ids.end());
  with_scratch([&] {
    run("SELECT segments_internal.clear_errors($1, $2)", {text_array(names), text_array(record_ids(persons.lost))});
  });
}

// Samples of the columns hold ids.
void renew_statistics(const Persons& persons, std::span<const std::string_view> profile_ids) {
  with_scratch([&] {
    const auto are_sampled = [&](const StringTable& keys) {
      Rows rows =
          run("SELECT FROM segments_internal.sampled_names($1, $2) LIMIT 1", {key_parameters(keys).ids, text_array(profile_ids)});
      const bool sampled = !rows.empty();
      rows.release();
      return sampled;
    };
    if (!are_sampled(persons.records) && !are_sampled(persons.lost)) return;
    run("ANALYZE segments.record");
    run("ANALYZE segments.previous_profile");
    run("ANALYZE segments.history_profile");
  });
}

struct Counts {
  int64_t profiles = 0;
  int64_t records = 0;
  int64_t interactions = 0;
  int64_t mapping_rows = 0;
  int64_t logged_changes = 0;
  int64_t fragments = 0;
};

Counts erase(ChangeContext& context, WaitLimit& limit, const std::vector<InteractionSource>& sources,
             const std::optional<UnificationSource>& mapping, std::span<const std::string> profile_ids) {
  const std::vector<std::string_view> ids(profile_ids.begin(), profile_ids.end());
  const OwnerTimeLimit time_limit;
  ErasedRows rows(limit);
  Persons persons = take_persons(rows, mapping, profile_ids);
  Counts counts;
  counts.profiles = persons.known_profiles;
  counts.mapping_rows = persons.mapping_rows;
  for (const InteractionSource& source : sources) counts.interactions += delete_interactions(rows, source, persons.records);
  rows.check_gone();
  ReferenceErasure references(sources, persons.records);
  references.find_left(rows);
  rows.end();
  add_lost_records(persons, *context.interrupt);
  counts.fragments = erase_from_fragments(context, persons) + references.erase_from_fragments(context);
  erase_from_tiles(context, persons);
  counts.logged_changes = erase_from_change_log(context, persons.records, references);
  references.save();
  counts.records = static_cast<int64_t>(persons.records.size());
  delete_records(context, persons, ids);
  clear_errors(persons, ids);
  renew_statistics(persons, ids);
  return counts;
}

// The audit row, as a datum in the caller's memory.
Datum record_erasure(const Counts& counts, Oid caller, MemoryContext memory) {
  Rows rows =
      run("INSERT INTO segments.erasure AS e"
          " (erased_by, profiles, records, interactions, mapping_rows, logged_changes, fragments_rewritten)"
          " VALUES (pg_catalog.pg_get_userbyid($1), $2, $3, $4, $5, $6, $7) RETURNING e",
          {oid(caller), int8(counts.profiles), int8(counts.records), int8(counts.interactions), int8(counts.mapping_rows),
           int8(counts.logged_changes), int8(counts.fragments)});
  const Datum row = rows.value(0, 0);
  return call([&] {
    const MemoryContext previous = MemoryContextSwitchTo(memory);
    const Datum copy = datumCopy(row, false, -1);
    MemoryContextSwitchTo(previous);
    return copy;
  });
}

// A trigger that waits for the end of the transaction could do anything after the last look at the tables, and the server refuses
// to let one wait on behalf of somebody else.  So all are fired with their statement, from now on until the transaction ends.
void fire_constraints_at_once() {
  Rows rows = run("SELECT DISTINCT tgrelid FROM pg_trigger WHERE tgdeferrable", {}, {.read_only = true});
  for (uint64_t i = 0; i < rows.size(); ++i) {
    const Oid table = rows.oid(i, 0);
    if (!call([&] { return AfterTriggerPendingOnRel(table); })) continue;
    throw Error(ErrorCode::kNotReady, "an erasure cannot run while deferred triggers wait",
                "What this transaction has done before has queued them for its end, when they run with other rights.",
                "Let them run before: SET CONSTRAINTS ALL IMMEDIATE.");
  }
  rows.release();
  run("SET CONSTRAINTS ALL IMMEDIATE");
}

// One at a time: a trigger of a table that is being erased from must not erase.
class TheOnlyErasure {
 public:
  TheOnlyErasure() {
    if (is_running_) throw Error(ErrorCode::kNotReady, "an erasure is running in this session already");
    is_running_ = true;
  }
  ~TheOnlyErasure() { is_running_ = false; }
  TheOnlyErasure(const TheOnlyErasure&) = delete;
  TheOnlyErasure& operator=(const TheOnlyErasure&) = delete;

 private:
  static inline bool is_running_ = false;
};

void refuse_null(const char* what) {
  call([&] { ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be null", what))); });
}

std::string profile_id_argument(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(0)) refuse_null("profile_id");
  return text_of(PG_GETARG_DATUM(0));
}

void tell_unknown(int64_t known, size_t asked) {
  const auto unknown = static_cast<long long>(asked) - known;
  if (unknown == 0) return;
  const auto all = static_cast<long long>(asked);
  call([&] {
    ereport(NOTICE, (errmsg("%lld of %lld profiles that were to be erased are not known", unknown, all),
                     errdetail("Neither the table of the unification nor a refresh has seen them."),
                     errhint("Profile ids are compared as they are written.")));
  });
}

// What is registered now, by others and by this transaction, and not as it was when the statement began.
template <class F>
auto as_of_now(F body) {
  call([] {
    CommandCounterIncrement();
    PushActiveSnapshot(GetLatestSnapshot());
  });
  auto result = body();
  call([] { PopActiveSnapshot(); });
  return result;
}

// With those that were swapped in, which are added to `sources`.  While a lock is waited for, another table may get the name.
std::vector<Oid> lock_all_tables(WaitLimit& limit, std::vector<InteractionSource>& sources,
                                 const std::optional<UnificationSource>& mapping, Oid caller) {
  const std::vector<InteractionSource> registered = sources;
  std::vector<Oid> locked;
  for (std::vector<Oid> tables = registered_tables(sources, mapping); tables != locked;) {
    check_may_delete(tables, caller);
    lock_tables(limit, tables);
    locked = std::move(tables);
    sources = registered;
    add_swapped_in(sources);
    tables = registered_tables(sources, mapping);
  }
  run("SELECT segments_internal.warn_of_other_tables(NULL)");
  return locked;
}

// A trigger of a table that is erased from may register another.
void check_none_was_registered(const std::vector<Oid>& tables) {
  const std::vector<Oid> registered = as_of_now([] {
    std::vector<InteractionSource> sources = personal_sources();
    add_swapped_in(sources);
    return registered_tables(sources, unification_source());
  });
  if (registered == tables) return;
  throw Error(ErrorCode::kNotReady, "what is registered was changed amid the erasure",
              "Another session has done so, or a trigger of a table that rows are deleted from. Nothing was erased.",
              "Erase again. If that ends alike, look for a trigger that registers tables, and disable it.");
}

Datum erase_profiles(const std::vector<std::string>& profile_ids) {
  check_isolation();
  const TheOnlyErasure only;
  const Oid caller = GetUserId();
  const MemoryContext memory = CurrentMemoryContext;
  const OwnerScope owner = OwnerScope::enter();
  Datum row = 0;
  WaitLimit limit;
  limit.run([&] {
    with_spi([&] {
      check_may_delete(registered_tables(personal_sources(), unification_source()), caller);
      fire_constraints_at_once();
      keep_out_changes(limit);
      run("SELECT segments_internal.find_restored_tables()");
      ServerInterrupt interrupt;
      settle_members(interrupt);
      // Others may have been registered meanwhile.
      auto [sources, mapping] = as_of_now([] { return std::pair(personal_sources(), unification_source()); });
      const std::vector<Oid> tables = lock_all_tables(limit, sources, mapping, caller);
      for (const Oid table : tables) check_erasable(table);
      ChangeContext context;
      context.interrupt = &interrupt;
      const Counts counts = erase(context, limit, sources, mapping, profile_ids);
      check_none_was_registered(tables);
      row = record_erasure(counts, caller, memory);
      tell_unknown(counts.profiles, profile_ids.size());
    });
  });
  owner.leave();
  return row;
}

}  // namespace
}  // namespace segments::pg

using namespace segments::pg;

SEGMENTS_FUNCTION(segments_erase_profile) { return erase_profiles({profile_id_argument(fcinfo)}); }

SEGMENTS_FUNCTION(segments_erase_profiles) {
  if (PG_ARGISNULL(0)) refuse_null("profile_ids");
  const ArrayElements elements = elements_of(PG_GETARG_DATUM(0), TEXTOID);
  std::set<std::string> profile_ids;
  for (int i = 0; i < elements.count; ++i) {
    if (elements.nulls[i]) refuse_null("a profile id that is to be erased");
    profile_ids.insert(text_of(elements.values[i]));
  }
  return erase_profiles({profile_ids.begin(), profile_ids.end()});
}
