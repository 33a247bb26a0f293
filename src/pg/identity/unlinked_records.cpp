// Records of interactions that belong to no profile, and what the unification has instead: segments.unlinked_records.
#include "core/text/id_spelling.h"
#include "core/text/lexer.h"
#include "pg/catalog/captured_keys.h"
#include "pg/catalog/catalog_name.h"
#include "pg/catalog/mapping_access.h"
#include "pg/catalog/type_catalog.h"
#include "pg/run/published.h"
#include "pg/server/scratch.h"
#include "pg/store/unlinked_rows.h"

namespace segments::pg {
namespace {

// $1, $2: ordinals, and how many interactions each has.  Of the linked records that nearly match one, the one that most
// probably is meant: of the same type, if there is one.  Where there is none, and $3, the first record of the profile that has
// the id.  A hint is made once, if at all.
constexpr const char* kNearRecords =
    "SELECT f.record_type, f.record_id, f.interactions, f.near_type, f.near_id, p.record_type, p.record_id,"
    " CASE WHEN f.near_type IS DISTINCT FROM f.record_type THEN NULL"
    "  WHEN segments_internal.normalized_id(f.record_id, 'lower') = segments_internal.normalized_id(f.near_id, 'lower')"
    "   THEN (SELECT segments_internal.normalize_hint('lower'))"
    "  WHEN segments_internal.normalized_id(f.record_id, 'trim') = segments_internal.normalized_id(f.near_id, 'trim')"
    "   THEN (SELECT segments_internal.normalize_hint('trim'))"
    "  WHEN segments_internal.normalized_id(f.record_id, 'lower, trim') = segments_internal.normalized_id(f.near_id, 'lower, "
    "trim')"
    "   THEN (SELECT segments_internal.normalize_hint('lower, trim')) END"
    " FROM ("
    " SELECT DISTINCT ON (r.ordinal) r.record_type, r.record_id, u.interactions, n.record_type AS near_type, n.record_id AS "
    "near_id"
    " FROM unnest($1, $2) AS u (ordinal, interactions) JOIN segments.record r ON r.ordinal = u.ordinal"
    " LEFT JOIN segments.record n ON n.profile_id IS NOT NULL"
    "  AND segments_internal.comparable_id(n.record_id) = segments_internal.comparable_id(r.record_id)"
    " ORDER BY r.ordinal, n.record_type = r.record_type DESC, n.record_id = r.record_id DESC, n.record_id, n.record_type) AS f"
    " LEFT JOIN LATERAL (SELECT record_type, record_id FROM segments.record"
    "  WHERE $3 AND f.near_id IS NULL AND profile_id = f.record_id ORDER BY ordinal LIMIT 1) AS p ON true"
    " ORDER BY f.interactions DESC, f.record_id, f.record_type";

// Throws unless `caller` may read who the interactions of a type are of, in the columns that a refresh has read.
void check_may_list(Oid caller, const InteractionType& type, int64_t refresh_id) {
  check_exists(type, Error::kNoPosition);
  const Oid relation = type.relation;
  if (may_hide_rows(relation)) {
    call([&] {
      ereport(ERROR,
              (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("records of table %s cannot be listed", get_rel_name(relation)),
               errdetail("Row-level security says who may see which of its rows.")));
    });
  }
  std::set<int16_t> columns = {column_number(relation, type.record_id_column)};
  if (!type.record_type_column.empty()) columns.insert(column_number(relation, type.record_type_column));
  check_may_read(caller, type, columns);
  check_is_captured(type, CapturedKeys(relation, refresh_id), Error::kNoPosition);
}

// The type of that name.
InteractionType chosen_type(const std::string& name, Oid caller, int64_t refresh_id) {
  TypeCatalog catalog(refresh_id);
  catalog.set_viewer(caller);
  catalog.expect_arguments();
  const InteractionType& type = catalog.find({name, true, Error::kNoPosition});
  if (type.event) {
    throw Error(ErrorCode::kInvalidValue, "unlinked records are told of all events of a table", "",
                "SELECT * FROM segments.unlinked_records(" + in_quotes(type.source_name, '\'') + ").");
  }
  if (type.is_lookup()) {
    throw Error(ErrorCode::kInvalidValue, "rows of " + type.called() + " belong to no profile",
                "They are found by keys that fields of others hold.", "Name an interaction type or a profile source.");
  }
  check_may_list(caller, type, refresh_id);
  return type;
}

bool may_list(Oid caller, const InteractionType& type, int64_t refresh_id) {
  try {
    check_may_list(caller, type, refresh_id);
    return true;
  } catch (const ServerError& error) {
    if (error.data->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE) throw;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotReady && error.code() != ErrorCode::kUndefined) throw;
  }
  return false;
}

// All that the caller may be told about.
std::vector<InteractionType> listable_types(Oid caller, int64_t refresh_id) {
  std::vector<InteractionType> types = TypeCatalog(refresh_id).types();
  std::erase_if(types, [&](const InteractionType& type) { return type.is_lookup() || !may_list(caller, type, refresh_id); });
  return types;
}

class Listing {
 public:
  Listing(ReturnSetInfo* result, size_t most, bool knows_profiles)
      : result_(result), most_(most), knows_profiles_(knows_profiles) {}

  void add(const InteractionType& type) {
    type_ = text(type.name).value;
    const UnlinkedRecords unlinked = unlinked_records(type.type_id, most_);
    const Parameter parameters[] = {int8_array(unlinked.ordinals), int8_array(unlinked.rows), boolean(knows_profiles_)};
    run_streaming(kNearRecords, parameters, {.parallel = true, .read_only = true},
                  [&](const Datum* values, const bool* nulls) { with_scratch([&] { add_record(values, nulls); }); });
    const int64_t unplaced = most_ == 0 ? 0 : unplaced_rows(type.relation);
    if (unplaced != 0) put({type_, 0, 0, Int64GetDatum(unplaced), 0, 0, 0, 0});
  }

 private:
  using Row = std::array<Datum, 8>;

  void add_record(const Datum* values, const bool* nulls) {
    Row row = {type_, values[0], values[1], values[2], 0, 0, 0, 0};
    if (!nulls[3]) {
      std::vector<std::string_view> differences = spelling_differences(text_view(values[1]), text_view(values[4]));
      if (text_view(values[0]) != text_view(values[3])) differences.insert(differences.begin(), "record type");
      if (!nulls[7]) row[7] = values[7];
      add_near(row, values[3], values[4], differences);
    } else if (!nulls[5]) {
      const std::string_view difference = "profile id";
      add_near(row, values[5], values[6], {&difference, 1});
    }
    put(row);
  }

  static void add_near(Row& row, Datum record_type, Datum record_id, std::span<const std::string_view> differences) {
    row[4] = record_type;
    row[5] = record_id;
    row[6] = text_array(differences).value;
  }

  // What is 0 is null.
  void put(Row row) {
    bool nulls[8];
    for (size_t i = 0; i < row.size(); ++i) nulls[i] = row[i] == 0;
    call([&] { tuplestore_putvalues(result_->setResult, result_->setDesc, row.data(), nulls); });
  }

  ReturnSetInfo* result_;
  size_t most_;
  bool knows_profiles_;
  Datum type_ = 0;
};

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

// What ids have in common that nearly match.
SEGMENTS_FUNCTION(segments_comparable_id) { return segments::pg::text(fold_name(bare_id(text_view(PG_GETARG_DATUM(0))))).value; }

SEGMENTS_FUNCTION(segments_unlinked_records) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  const size_t most = PG_ARGISNULL(1) ? SIZE_MAX : static_cast<size_t>(std::max<int32_t>(0, PG_GETARG_INT32(1)));
  const Oid caller = GetUserId();
  const OwnerScope owner = OwnerScope::enter();
  with_spi([&] {
    check_may_read_records(caller);
    const int64_t refresh_id = published_refresh();
    const std::vector<InteractionType> types = PG_ARGISNULL(0)
                                                   ? listable_types(caller, refresh_id)
                                                   : std::vector{chosen_type(text_of(PG_GETARG_DATUM(0)), caller, refresh_id)};
    Listing listing(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo), most, may_read_profiles(caller));
    for (const InteractionType& type : types) listing.add(type);
  });
  owner.leave();
  return Datum(0);
}
