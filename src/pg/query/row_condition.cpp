#include "pg/query/row_condition.h"

#include "pg/query/as_owner.h"
#include "pg/query/column_sql.h"
#include "pg/query/condition_names.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

constexpr size_t kMaxConditionBytes = 10'000;

// What the server makes of a condition.
struct Reading {
  bool is_one_condition = false;
  bool has_subquery = false;
  bool has_money = false;
  const char* type_with_code = nullptr;
  const char* replaceable = nullptr;
  const char* names = nullptr;
  bool is_immutable = false;
  Bitmapset* columns = nullptr;  // as pull_varattnos() numbers them
  const char* text = nullptr;
  const char* sql = nullptr;
  CachedExpression* prepared = nullptr;  // if it is wanted
};

// Positions in the statement that it was made part of are positions in the condition.
struct Place {
  const char* condition;
  int start;
};

void point_into_condition(void* argument) {
  const auto* place = static_cast<const Place*>(argument);
  const int position = geterrposition();
  if (position <= place->start) return;
  errposition(0);
  internalerrposition(position - place->start);
  internalerrquery(place->condition);
}

SelectStmt* select_of(List* statements) {
  if (list_length(statements) != 1) return nullptr;
  ::Node* statement = linitial_node(RawStmt, statements)->stmt;
  return statement->type == T_SelectStmt ? reinterpret_cast<SelectStmt*>(statement) : nullptr;
}

// Whether the statement is but the one that has no condition, with one.
bool differs_in_condition_only(List* statements, const char* without) {
  SelectStmt* select = select_of(statements);
  if (select == nullptr || select->whereClause == nullptr) return false;
  ::Node* condition = select->whereClause;
  select->whereClause = nullptr;
  const bool is_equal = equal(select, select_of(pg_parse_query(without)));
  select->whereClause = condition;
  return is_equal;
}

bool has_money(::Node* node, void*) {
  if (node == nullptr) return false;
  if (node->type == T_Const) return reinterpret_cast<Const*>(node)->consttype == MONEYOID;
  return walk_expression(node, has_money, nullptr);
}

void set_locally(const char* name, const char* value) {
  set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

// As it reads back under every setting but standard_conforming_strings, which is that of now.
const char* deparsed(::Node* condition, Oid table, bool is_qualified) {
  const int level = NewGUCNestLevel();
  set_locally("DateStyle", "ISO");
  set_locally("IntervalStyle", "postgres");
  set_locally("TimeZone", "UTC");
  set_locally("extra_float_digits", "1");
  set_locally("quote_all_identifiers", "off");
  const char* text = deparse_expression(condition, deparse_context_for("s", table), is_qualified, false);
  AtEOXact_GUC(false, level);
  return text;
}

// Text constants are read as the standard says, so that what is kept means the same whoever reads it.
List* parsed_by_standard(const char* statement) {
  const int level = NewGUCNestLevel();
  set_locally("standard_conforming_strings", "on");
  List* statements = pg_parse_query(statement);
  AtEOXact_GUC(false, level);
  return statements;
}

const char* deparsed_by_standard(::Node* condition, Oid table) {
  const int level = NewGUCNestLevel();
  set_locally("standard_conforming_strings", "on");
  const char* text = deparsed(condition, table, false);
  AtEOXact_GUC(false, level);
  return text;
}

// REQUIRES: as the owner of the table.
const char* names_of(const ConditionNames& names) {
  const char* owner = DatumGetCString(DirectFunctionCall1(regroleout, ObjectIdGetDatum(GetUserId())));
  return psprintf("table of %s%s%s", owner, names.led_to[0] != '\0' ? "\n" : "", names.led_to);
}

bool has_line(const char* lines, const char* line, size_t length) {
  for (const char* begin = lines; *begin != '\0';) {
    const size_t end = std::strcspn(begin, "\n");
    if (end == length && std::strncmp(begin, line, length) == 0) return true;
    begin += end + (begin[end] == '\n' ? 1 : 0);
  }
  return false;
}

// The lines that are not among others, with commas between.
const char* other_lines(const char* lines, const char* others) {
  StringInfoData found;
  initStringInfo(&found);
  for (const char* begin = lines; *begin != '\0';) {
    const size_t end = std::strcspn(begin, "\n");
    if (!has_line(others, begin, end)) {
      if (found.len > 0) appendStringInfoString(&found, ", ");
      appendBinaryStringInfo(&found, begin, static_cast<int>(end));
    }
    begin += end + (begin[end] == '\n' ? 1 : 0);
  }
  return found.len > 0 ? found.data : "nothing";
}

void check_names(Oid table, const char* now, const char* given) {
  if (std::strcmp(now, given) == 0) return;
  ereport(ERROR,
          (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
           errmsg("names in the condition on rows of table \"%s\" lead elsewhere than when it was given", get_rel_name(table)),
           errdetail("Then: %s. Now: %s.", other_lines(given, now), other_lines(now, given))));
}

// `given`: what its names led to; null: it is being given.
void read(Reading& reading, Oid table, const char* with, const char* without, const char* given, bool prepare) {
  List* statements = parsed_by_standard(with);
  reading.is_one_condition = differs_in_condition_only(statements, without);
  if (!reading.is_one_condition) return;
  reading.type_with_code = constant_with_code(select_of(statements)->whereClause);
  if (reading.type_with_code != nullptr) return;
  List* queries = pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt, statements), with, nullptr, 0, nullptr);
  const auto* query = linitial_node(Query, queries);
  if (rt_fetch(1, query->rtable)->relid != table) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("a registered table was renamed meanwhile"),
                    errdetail("Try again.")));
  }
  ::Node* condition = query->jointree->quals;
  reading.has_subquery = query->hasSubLinks;
  reading.has_money = has_money(condition, nullptr);
  if (reading.has_subquery || reading.has_money) return;
  const int level = NewGUCNestLevel();
  set_locally("quote_all_identifiers", "off");
  const ConditionNames names = names_in(condition);
  reading.replaceable = names.replaceable;
  reading.names = names_of(names);
  AtEOXact_GUC(false, level);
  if (given != nullptr) check_names(table, reading.names, given);
  if (reading.replaceable != nullptr) return;
  pull_varattnos(condition, 1, &reading.columns);
  reading.text = deparsed_by_standard(condition, table);
  reading.sql = deparsed(condition, table, true);
  // Planned: arguments that are left out are calls, too.  The last: what the owner wrote may change the search_path meanwhile.
  reading.is_immutable =
      !contain_mutable_functions(reinterpret_cast<::Node*>(expression_planner(reinterpret_cast<Expr*>(condition))));
  if (prepare && reading.is_immutable) reading.prepared = GetCachedExpression(condition);
}

[[noreturn]] void refuse(Oid table, const std::string& message, const std::string& detail, const std::string& hint) {
  throw Error(ErrorCode::kInvalidValue, "the condition on rows of " + table_name(table) + " " + message, detail, hint);
}

std::vector<std::string> columns_of(Oid table, const Reading& reading) {
  std::vector<std::string> columns;
  for (int member = -1; (member = bms_next_member(reading.columns, member)) >= 0;) {
    const auto number = static_cast<AttrNumber>(member + FirstLowInvalidHeapAttributeNumber);
    const char* name = number <= 0 ? "" : call([&] { return get_attname(table, number, false); });
    if (number <= 0 || std::strcmp(name, "segments_xid") == 0) {
      refuse(table, "reads more than its columns",
             "The row as a whole, its place, and who has written it are different in every copy of the table.",
             "Name columns of the table alone.");
    }
    if (call([&] { return get_attgenerated(table, number) == 'v'; })) {
      refuse(table, "reads the virtual column \"" + std::string(name) + "\"",
             "Another expression for that changes its values in all rows without a trace.",
             "Write its expression in the condition, or make it a stored column.");
    }
    columns.emplace_back(name);
  }
  return columns;
}

// The server's own hint does not say where it has looked.
void explain_search_path(const ServerError& error) {
  ErrorData* data = error.data;
  const int state = data->sqlerrcode;
  if (state != ERRCODE_UNDEFINED_FUNCTION && state != ERRCODE_UNDEFINED_OBJECT) return;
  call([&] {
    MemoryContext previous = MemoryContextSwitchTo(data->assoc_context);
    data->detail = nullptr;
    data->hint =
        pstrdup("Names are looked for in pg_catalog alone: write those of functions, types and operators with their schema.");
    MemoryContextSwitchTo(previous);
  });
}

void read_as_owner(Reading& reading, Oid table, const std::string& text, const std::string* given, bool prepare) {
  const std::string without = "SELECT FROM " + only(table) + " s";
  const std::string before = without + " WHERE ";
  const std::string with = before + text;
  try {
    call_as_owner(table, [&] {
      Place place{text.c_str(), pg_mbstrlen(before.c_str())};
      ErrorContextCallback callback{error_context_stack, point_into_condition, &place};
      error_context_stack = &callback;
      PushActiveSnapshot(GetTransactionSnapshot());
      read(reading, table, with.c_str(), without.c_str(), given != nullptr ? given->c_str() : nullptr, prepare);
      PopActiveSnapshot();
      error_context_stack = callback.previous;
    });
  } catch (const ServerError& error) {
    explain_search_path(error);
    throw;
  }
}

// What it is, and its columns.  Throws unless it is one.
std::pair<Reading, std::vector<std::string>> checked(Oid table, const std::string& text, const std::string* given, bool prepare) {
  Reading reading;
  read_as_owner(reading, table, text, given, prepare);
  if (!reading.is_one_condition) {
    refuse(table, "is more than one condition", "It is what could stand behind WHERE in a query of the table, and nothing else.",
           "Write it so: NOT is_deleted.");
  }
  if (reading.has_subquery) {
    refuse(table, "has a subquery", "What other tables say can change without a trace in this one.",
           "Use columns of this table alone.");
  }
  if (reading.has_money) {
    refuse(table, "has an amount of money", "How that is written, and what it means, depends on the setting lc_monetary.",
           "Compare the column as a number: amount::numeric.");
  }
  if (reading.type_with_code != nullptr) {
    refuse(table, "has a constant of type " + std::string(reading.type_with_code),
           "Reading it runs what the owner of that type wrote.",
           "Write constants of types that have no constraints, and no columns.");
  }
  if (reading.replaceable != nullptr) {
    refuse(table, "calls " + std::string(reading.replaceable) + " with values of other types",
           "Whoever may create functions in its schema could put one there that fits better.",
           "Convert them to the types that it takes, or make one that takes these.");
  }
  std::vector<std::string> columns = columns_of(table, reading);
  if (!reading.is_immutable) {
    refuse(table, "is not immutable",
           "What it says of a row could change with the time, a setting or another table, and no refresh would look at the row "
           "again.",
           "Call functions alone that are IMMUTABLE, and let columns that are updated say what changes.");
  }
  return {reading, std::move(columns)};
}

}  // namespace

namespace {

RowCondition condition_of(std::pair<Reading, std::vector<std::string>>&& checked) {
  const Reading& reading = checked.first;
  return {reading.text, "(" + std::string(reading.sql) + ")", std::move(checked.second), reading.names};
}

}  // namespace

RowCondition row_condition(Oid table, const std::string& text) { return condition_of(checked(table, text, nullptr, false)); }

RowCondition row_condition(Oid table, const GivenCondition& given) {
  return condition_of(checked(table, given.text, &given.names, false));
}

CachedExpression* prepared_condition(Oid table, const GivenCondition& given) {
  return checked(table, given.text, &given.names, true).first.prepared;
}

}  // namespace segments::pg

using namespace segments::pg;

// (relation, condition, OUT condition, OUT columns, OUT names)
SEGMENTS_FUNCTION(segments_row_condition) {
  const std::string given = text_of(PG_GETARG_DATUM(1));
  if (given.size() > kMaxConditionBytes) {
    throw segments::Error(
        segments::ErrorCode::kLimitExceeded, "the condition on rows has " + std::to_string(given.size()) + " bytes",
        "At most " + std::to_string(kMaxConditionBytes) + " are accepted: every row that is written is compared with it.",
        "Let an immutable function say it, and call that.");
  }
  const RowCondition condition = row_condition(PG_GETARG_OID(0), given);
  const std::vector<std::string_view> columns(condition.columns.begin(), condition.columns.end());
  const Datum parts[] = {segments::pg::text(condition.text).value, text_array(columns).value,
                         segments::pg::text(condition.names).value};
  return call([&] {
    TupleDesc descriptor;
    if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE) elog(ERROR, "not called for a row");
    Datum values[] = {parts[0], parts[1], parts[2]};
    bool nulls[] = {false, false, false};
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
  });
}
