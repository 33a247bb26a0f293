// What one person did last: the newest interactions of all records of a profile, from the tables themselves, as the caller may
// read them.
//
// A table without policies for the caller is read leaf by leaf as its owner, after the caller's privileges on it were checked, so
// that nothing its owner wrote runs with the caller's rights.  Policies are about who asks: a table with policies for the caller
// is read by a statement of the caller's, as any of theirs would be; unasked, only where its owner could do as much without.
//
// Whatever an owner does (locks the table, wrote what takes too long or fails) keeps no other type out of the answer.
#include "pg/catalog/counted_rows.h"
#include "pg/catalog/lock_sources.h"
#include "pg/catalog/mapping_access.h"
#include "pg/catalog/mapping_rows.h"
#include "pg/catalog/source.h"
#include "pg/catalog/source_checks.h"
#include "pg/catalog/type_catalog.h"
#include "pg/query/as_owner.h"
#include "pg/query/column_sql.h"
#include "pg/query/owner_time.h"
#include "pg/server/datum.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

constexpr int32_t kDefaultCount = 100;
constexpr int32_t kMaxCount = 100'000;
// What jsonb_build_object takes is limited.
constexpr size_t kFieldsPerObject = 40;

struct Event {
  Timestamp at;
  size_t source;
  std::string record_type;
  std::string record_id;
  std::string fields;  // JSON
};

struct Records {
  std::vector<std::string> types;
  std::vector<std::string> ids;
};

// What a caller may read of a table.
struct Access {
  bool usage = false;
  std::vector<std::string> columns;
  bool may_read(const std::string& column) const {
    return column.empty() || std::find(columns.begin(), columns.end(), column) != columns.end();
  }
};

Access access_of(Oid relation, Oid caller) {
  Rows rows =
      run("SELECT a.attname::text, has_schema_privilege($2, c.relnamespace, 'USAGE')"
          " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
          " WHERE c.oid = $1 AND a.attname <> 'segments_xid' AND has_column_privilege($2, c.oid, a.attnum, 'SELECT')"
          " ORDER BY a.attnum",
          {oid(relation), oid(caller)}, {.read_only = true});
  Access access;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    access.usage = rows.boolean(i, 1);
    access.columns.push_back(rows.text(i, 0));
  }
  rows.release();
  return access;
}

bool has_policies_for(Oid relation, Oid caller) {
  return call([&] { return check_enable_rls(relation, caller, true) == RLS_ENABLED; });
}

// Whether the owner of a table could do whatever the caller can, and so needs no trap.
bool is_trusted_by(Oid relation, Oid caller) {
  const Oid extension = extension_owner();
  return call([&] {
    const Oid owner = owner_of(relation);
    if (!OidIsValid(owner)) return false;
    return owner == extension || superuser_arg(owner) || has_privs_of_role(owner, caller);
  });
}

Records records_of(const std::string& profile_id) {
  Records records;
  Rows rows = run("SELECT record_type, record_id FROM segments.record WHERE profile_id = $1 ORDER BY record_type, record_id",
                  {text(profile_id)}, {.read_only = true});
  for (uint64_t i = 0; i < rows.size(); ++i) {
    records.types.push_back(rows.text(i, 0));
    records.ids.push_back(rows.text(i, 1));
  }
  rows.release();
  return records;
}

// Those that can stand in these columns.
std::array<Parameter, 2> keys_for(const RecordColumns& columns, const Records& records) {
  std::vector<std::string_view> types;
  std::vector<std::string_view> ids;
  for (size_t i = 0; i < records.ids.size(); ++i) {
    if (!can_hold(columns.relation, columns.id_column, records.ids[i])) continue;
    types.push_back(records.types[i]);
    ids.push_back(records.ids[i]);
  }
  return {text_array(types), text_array(ids)};
}

[[noreturn]] void throw_denied(Oid relation) {
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for table %s", get_rel_name(relation)),
                    errdetail("A timeline takes SELECT on the columns of the table that lead to time and record.")));
  });
  pg_unreachable();
}

// Where policies of the mapping tell the caller less than all, those records that the caller sees there.
Records visible_records(const std::string& profile_id, Oid caller) {
  Records records = records_of(profile_id);
  const std::optional<UnificationSource> mapping = unification_source();
  if (!mapping || !has_policies_for(mapping->relation, caller)) return records;
  if (!is_trusted_by(mapping->relation, caller)) throw_denied(mapping->relation);
  const RecordColumns columns = record_columns(*mapping);
  const std::array<Parameter, 2> keys = keys_for(columns, records);
  const Parameter parameters[] = {keys[0], keys[1], text(profile_id)};
  Records visible;
  const OwnerTimeLimit limit;
  stream_as_role(caller, mapping->relation,
                 "SELECT k.record_type, k.record_id FROM unnest($1, $2) AS k (record_type, record_id) JOIN " +
                     table_name(mapping->relation) + " s ON " + record_is_key_sql(columns) + " WHERE " + mapped_sql(*mapping) +
                     " AND " + as_text(mapping->profile_id_column) + " = $3",
                 parameters, [&](const Datum* values, const bool*) {
                   visible.types.push_back(text_of(values[0]));
                   visible.ids.push_back(text_of(values[1]));
                 });
  return visible;
}

// The fields that the caller may read, by their names, as jsonb.
std::string fields_sql(const InteractionSource& source, const Access& access) {
  const std::map<std::string, std::string> names = field_names(source.type_id);
  std::string sql = "pg_catalog.jsonb_build_object(";
  size_t count = 0;
  for (const std::string& column : access.columns) {
    if (column == source.time.column || column == source.record_type_column || column == source.record_id_column) continue;
    const auto named = names.find(column);
    if (count > 0) sql += count % kFieldsPerObject == 0 ? ") OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(" : ", ";
    sql += quoted_literal(named == names.end() ? column : named->second) + "::pg_catalog.text, " +
           (has_own_type(source.relation, column) ? shown_text(source.relation, column) : "s." + quoted_name(column));
    ++count;
  }
  return sql + ")";
}

// A source whose interactions are listed.
struct ChosenSource {
  InteractionSource source;
  std::string type_column;          // that names events; empty: none does
  std::vector<std::string> events;  // those alone; empty: all interactions
};

// Collects the newest interactions of some records.
class Timeline {
 public:
  Timeline(Records records, Oid caller, int32_t count) : records_(std::move(records)), caller_(caller), count_(count) {}

  // `is_asked_for`: by name, so that it must not be left out.
  void read(const ChosenSource& chosen, size_t number, bool is_asked_for) {
    const InteractionSource& source = chosen.source;
    const Access access = access_of(source.relation, caller_);
    if (!access.usage || !access.may_read(source.time.column) || !access.may_read(source.record_type_column) ||
        !access.may_read(source.record_id_column) || (!chosen.events.empty() && !access.may_read(chosen.type_column))) {
      if (is_asked_for) throw_denied(source.relation);
      return;
    }
    const bool has_policies = has_policies_for(source.relation, caller_);
    if (has_policies && !is_asked_for && !is_trusted_by(source.relation, caller_)) {
      tell_left_out(source);
      return;
    }
    const auto read_table = [&] {
      const OwnerTimeLimit limit;
      lock(source);
      check_time(source);
      with_scratch([&] { read_rows(chosen, number, fields_sql(source, access), has_policies); });
    };
    if (is_asked_for) {
      read_table();
    } else if (const std::optional<Failure> failure = in_subtransaction(read_table)) {
      found_.clear();
      warn_of_left_out(source, *failure);
    }
    events_.insert(events_.end(), std::make_move_iterator(found_.begin()), std::make_move_iterator(found_.end()));
    found_.clear();
    cut(events_, 0);
  }

  std::vector<Event> take() { return std::move(events_); }

 private:
  void read_rows(const ChosenSource& chosen, size_t number, const std::string& fields, bool as_caller) {
    const InteractionSource& source = chosen.source;
    const RecordColumns columns = record_columns(source);
    const std::array<Parameter, 2> keys = keys_for(columns, records_);
    const std::vector<std::string_view> events(chosen.events.begin(), chosen.events.end());
    std::vector<Parameter> parameters = {keys[0], keys[1], int4(count_), text_array(events)};
    std::string counted = counted_sql(" AND ", source);
    const std::string of_events =
        events.empty() ? " AND $4 IS NOT NULL" : " AND " + shown_text(source.relation, chosen.type_column) + " = ANY ($4)";
    const std::string at = source.time.sql("s.") + "::pg_catalog.timestamptz";
    const std::string theirs = " ON " + record_is_key_sql(columns);
    if (as_caller && !counted.empty()) counted = among_counted(source, theirs, counted, parameters);
    const std::string start = "SELECT " + at + ", k.record_type, k.record_id, (" + fields +
                              ")::pg_catalog.text FROM unnest($1, $2) AS k (record_type, record_id) JOIN ";
    const std::string rest = theirs + " WHERE " + at + " IS NOT NULL" + of_events + counted + " ORDER BY 1 DESC LIMIT $3";
    const RowConsumer add = [&](const Datum* values, const bool*) {
      found_.push_back({DatumGetTimestampTz(values[0]), number, text_of(values[1]), text_of(values[2]), text_of(values[3])});
      cut(found_, static_cast<size_t>(count_));
    };
    if (as_caller)
      return stream_as_role(caller_, source.relation, start + table_name(source.relation) + " s" + rest, parameters, add);
    stream_on_leaves(leaves_of(source.relation), start, rest, parameters, {.read_only = true}, add);
  }

  // A condition on rows is evaluated as owners of tables and as nobody else: they say first which rows meet it.  Whether a row is
  // one of these.
  static std::string among_counted(const InteractionSource& source, const std::string& theirs, const std::string& counted,
                                   std::vector<Parameter>& parameters) {
    std::vector<std::string> rows;
    const std::vector<Parameter> keys(parameters.begin(), parameters.begin() + 2);
    stream_on_leaves(leaves_of(source.relation),
                     "SELECT s.tableoid::int8::text || s.ctid::text FROM unnest($1, $2) AS k (record_type, record_id) JOIN ",
                     theirs + counted, keys, {.read_only = true},
                     [&](const Datum* values, const bool*) { rows.push_back(text_of(values[0])); });
    parameters.push_back(text_array(std::vector<std::string_view>(rows.begin(), rows.end())));
    return " AND s.tableoid::pg_catalog.int8::pg_catalog.text || s.ctid::pg_catalog.text = ANY ($5)";
  }

  // Keeps the newest, once `slack` more than these are there.
  void cut(std::vector<Event>& events, size_t slack) const {
    const auto count = static_cast<size_t>(count_);
    if (slack > 0 && events.size() < count + slack) return;
    std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
      return std::tie(b.at, a.source, a.record_type, a.record_id) < std::tie(a.at, b.source, b.record_type, b.record_id);
    });
    if (events.size() > count) events.resize(count);
  }

  static void lock(const InteractionSource& source) {
    const std::optional<Failure> failure = lock_for_reading(source.relation);
    if (!failure) return;
    const std::string table = table_name(source.relation);
    const char* texts[] = {table.c_str(), failure->message.c_str()};
    call([&] {
      ereport(ERROR,
              (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("table %s cannot be read", texts[0]),
               errdetail_internal("%s.", texts[1]), errhint("Try again when that has ended, or SET segments.lock_timeout.")));
    });
  }

  static void warn_of_left_out(const InteractionSource& source, const Failure& failure) {
    const char* texts[] = {source.name.c_str(), failure.message.c_str(), failure.detail.c_str(), failure.hint.c_str(),
                           failure.sqlstate.c_str()};
    call([&] {
      ereport(WARNING,
              (errcode(MAKE_SQLSTATE(texts[4][0], texts[4][1], texts[4][2], texts[4][3], texts[4][4])),
               errmsg("interaction type %s is left out: %s", texts[0], texts[1]),
               texts[2][0] != '\0' ? errdetail_internal("%s", texts[2]) : 0, texts[3][0] != '\0' ? errhint("%s", texts[3]) : 0));
    });
  }

  static void tell_left_out(const InteractionSource& source) {
    const char* name = source.name.c_str();
    call([&] {
      ereport(NOTICE, (errmsg("interaction type %s is left out", name),
                       errdetail("Its table has row-level security, and its policies would run with your privileges."),
                       errhint("Name it in types to read it nevertheless.")));
    });
  }

  Records records_;
  Oid caller_;
  int32_t count_;
  std::vector<Event> found_;   // of one source
  std::vector<Event> events_;  // of all that were read
};

std::vector<std::string> names_of(Datum array) {
  return take_texts(run("SELECT coalesce(name, '') FROM unnest($1) WITH ORDINALITY AS named (name, number) ORDER BY number",
                        {datum(TEXTARRAYOID, array)}, {.read_only = true}));
}

// By type_id; those that are named, or all.
std::vector<ChosenSource> chosen_sources(const std::optional<std::vector<std::string>>& names, Oid caller) {
  std::vector<ChosenSource> sources;
  for (InteractionSource& source : interaction_sources()) {
    if (!source.time.empty()) sources.push_back({std::move(source), {}, {}});
  }
  if (!names) return sources;
  TypeCatalog catalog(0);
  catalog.set_viewer(caller);
  catalog.expect_arguments();
  std::set<int32_t> whole;
  std::map<int32_t, std::set<std::string>> events;
  for (const std::string& name : *names) {
    const InteractionType& type = catalog.find({name, true, Error::kNoPosition});
    if (type.kind != SourceKind::kInteraction) {
      throw Error(ErrorCode::kInvalidValue, type.called() + " has no timeline", "Its rows did not happen at a time.",
                  "Leave it out.");
    }
    type.event ? void(events[type.type_id].insert(*type.event)) : void(whole.insert(type.type_id));
  }
  std::erase_if(sources, [&](ChosenSource& chosen) {
    const int32_t type_id = chosen.source.type_id;
    const auto found = events.find(type_id);
    if (whole.contains(type_id)) return false;
    if (found == events.end()) return true;
    chosen.events.assign(found->second.begin(), found->second.end());
    chosen.type_column = std::ranges::find(catalog.types(), type_id, &InteractionType::type_id)->type_column;
    return false;
  });
  return sources;
}

void emit(ReturnSetInfo* result, const InteractionSource& source, const Event& event) {
  const char* texts[] = {source.name.c_str(), event.record_type.c_str(), event.record_id.c_str(), event.fields.c_str()};
  call([&] {
    Datum values[] = {TimestampTzGetDatum(event.at), CStringGetTextDatum(texts[0]), CStringGetTextDatum(texts[1]),
                      CStringGetTextDatum(texts[2]), DirectFunctionCall1(jsonb_in, CStringGetDatum(texts[3]))};
    bool nulls[] = {false, false, false, false, false};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  });
}

bool is_there(Oid relation) {
  return call([&] { return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation)); });
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_timeline) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  const int32_t count = PG_ARGISNULL(2) ? kDefaultCount : PG_GETARG_INT32(2);
  if (count < 0) throw Error(ErrorCode::kInvalidValue, "the number of interactions must not be negative");
  if (count > kMaxCount) {
    throw Error(ErrorCode::kLimitExceeded, "too many interactions",
                "A timeline has at most " + std::to_string(kMaxCount) + " interactions.");
  }
  if (PG_ARGISNULL(0)) return Datum(0);
  const std::string profile_id(text_view(PG_GETARG_DATUM(0)));
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  const Oid caller = GetUserId();
  const OwnerScope owner = OwnerScope::enter();
  with_spi([&] {
    check_may_read_mapping(caller);
    std::optional<std::vector<std::string>> names;
    if (!PG_ARGISNULL(1)) names = names_of(PG_GETARG_DATUM(1));
    const std::vector<ChosenSource> sources = chosen_sources(names, caller);
    Timeline timeline(visible_records(profile_id, caller), caller, count);
    ServerInterrupt interrupt;
    for (size_t i = 0; i < sources.size() && count > 0; ++i) {
      interrupt.poll();
      if (is_there(sources[i].source.relation)) timeline.read(sources[i], i, names.has_value());
    }
    for (const Event& event : timeline.take()) emit(result, sources[event.source].source, event);
  });
  owner.leave();
  return Datum(0);
}
