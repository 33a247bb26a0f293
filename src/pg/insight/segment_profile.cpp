// What members of a segment do more, or less, than others: segments.segment_profile.
#include <cmath>

#include "pg/catalog/captured_keys.h"
#include "pg/catalog/json_field.h"
#include "pg/catalog/source_column.h"
#include "pg/catalog/type_catalog.h"
#include "pg/evaluation/evaluation.h"
#include "pg/insight/field_dictionary.h"
#include "pg/run/published.h"
#include "pg/segment/readable_segment.h"
#include "pg/segment/segment.h"
#include "pg/server/time_limit.h"

namespace segments::pg {
namespace {

// Of the flags: the share of those set that are set by chance (Benjamini and Hochberg, 1995).
constexpr double kFalseDiscoveries = 0.05;

struct ProfileRow {
  std::string type;
  std::string field;
  const char* kind = "value";
  std::optional<std::string> value = {};
  std::optional<int64_t> members = {};
  std::optional<int64_t> others = {};
  std::optional<double> member_share = {};
  std::optional<double> other_share = {};
  std::optional<double> effect = {};
  std::optional<double> p_value = {};
  std::optional<bool> is_significant = {};
};

std::optional<double> share(uint64_t part, uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

// Two-sided, of the pooled two-proportion z test; nothing if all are alike.
std::optional<double> p_value(uint64_t first, uint64_t first_of, uint64_t second, uint64_t second_of) {
  if (first_of == 0 || second_of == 0) return std::nullopt;
  const auto n = static_cast<double>(first_of);
  const auto m = static_cast<double>(second_of);
  const double pooled = static_cast<double>(first + second) / (n + m);
  const double variance = pooled * (1 - pooled) * (1 / n + 1 / m);
  if (variance <= 0) return std::nullopt;
  const double z = (static_cast<double>(first) / n - static_cast<double>(second) / m) / std::sqrt(variance);
  return std::erfc(std::fabs(z) / std::sqrt(2.0));
}

void flag(std::vector<ProfileRow>& rows) {
  std::vector<double> sorted;
  for (const ProfileRow& row : rows) {
    if (row.p_value) sorted.push_back(*row.p_value);
  }
  std::ranges::sort(sorted);
  double limit = -1;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] <= kFalseDiscoveries * static_cast<double>(i + 1) / static_cast<double>(sorted.size())) limit = sorted[i];
  }
  for (ProfileRow& row : rows) {
    if (row.p_value) row.is_significant = *row.p_value <= limit;
  }
}

// As definitions write it.  `registered`: names of fields by their columns.
std::string written_name(const SourceField& field, const std::map<std::string, std::string>& registered) {
  const auto named = registered.find(field.column);
  return written_path(named == registered.end() ? field.column : named->second, field.path);
}

class SegmentProfiler {
 public:
  SegmentProfiler(ProfileSet members, std::optional<ProfileSet> others, Oid caller)
      : caller_(caller), refresh_id_(published_refresh()), catalog_(refresh_id_) {
    groups_.push_back(std::move(members));
    if (others) groups_.push_back(std::move(*others));
  }

  std::vector<ProfileRow> rows() {
    for (const InteractionSource& source : personal_sources()) {
      interrupt_.poll();
      add_type(source);
    }
    if (!has_read_any_ && denied_) std::rethrow_exception(denied_);
    flag(rows_);
    std::ranges::stable_sort(rows_, [](const ProfileRow& a, const ProfileRow& b) {
      return std::fabs(a.effect.value_or(0)) > std::fabs(b.effect.value_or(0));
    });
    return std::move(rows_);
  }

 private:
  void add_type(const InteractionSource& source) {
    const InteractionType& type = catalog_.find({source.name, true, 0});
    if (type.type_id != source.type_id || !type.captured || !type.has_leaves) return;
    const CapturedKeys keys(type.relation, refresh_id_);
    if (!keys.has_keys_of(type)) return;
    const CapturedColumns captured = captured_columns(source.type_id, refresh_id_);
    std::vector<FieldDictionary> dictionaries;
    std::vector<std::string> names;
    const std::map<std::string, std::string> registered = field_names(source.type_id);
    for (const SourceField& field : source.fields) {
      const auto column = captured.find(field.attnum);
      if (column == captured.end() || !is_stored_alike(column->second.type, field.type) || !may_quote(type, field)) continue;
      if (!field.path.empty() && !keys.has("json", field.column)) continue;
      FieldDictionary dictionary(source.type_id, field, column->second.missing, refresh_id_);
      if (dictionary.is_too_large()) {
        rows_.push_back({.type = source.name, .field = written_name(field, registered), .kind = "too many values"});
        continue;
      }
      if (dictionary.values().group_count == 0) continue;
      dictionaries.push_back(std::move(dictionary));
      names.push_back(written_name(field, registered));
    }
    if (!dictionaries.empty()) add_fields(source.name, names, dictionaries);
  }

  // SELECT on what the values stand in, and no policy that hides some of them.
  bool may_quote(const InteractionType& type, const SourceField& field) {
    std::set<int16_t> columns = key_columns(type);
    columns.insert(column_number(type.relation, field.column));
    const bool has_policies = may_hide_rows(type.relation);
    if (has_policies) return false;
    try {
      check_may_read(caller_, type, columns);
    } catch (const ServerError& error) {
      if (error.data->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE) throw;
      if (!denied_) denied_ = std::current_exception();
      return false;
    }
    has_read_any_ = true;
    return true;
  }

  void add_fields(const std::string& type, const std::vector<std::string>& names,
                  const std::vector<FieldDictionary>& dictionaries) {
    EvaluationPlan plan;
    plan.output = PlanOutput::kShares;
    plan.as_of = GetCurrentTransactionStartTimestamp();
    plan.ordinal_sets = groups_;
    for (const FieldDictionary& dictionary : dictionaries) plan.field_values.push_back(dictionary.values());
    const TileResult result = evaluate(plan, refresh_id_, Visibility::kStatement);
    if (result.shares.size() != dictionaries.size()) return;  // there is no tile yet
    for (size_t i = 0; i < dictionaries.size(); ++i) {
      add_values(type, names[i], dictionaries[i], result.shares[i], result.counts);
      if (dictionaries[i].holds_numbers()) add_distance(type, names[i], dictionaries[i], result.shares[i]);
    }
  }

  void add_values(const std::string& type, const std::string& field, const FieldDictionary& dictionary, const ValueShares& shares,
                  const std::vector<uint64_t>& sizes) {
    for (uint32_t group = 0; group < dictionary.values().group_count; ++group) {
      const uint64_t members = shares.having[0][group];
      const uint64_t others = shares.having[1][group];
      if (members + others == 0) continue;
      ProfileRow row{.type = type, .field = field};
      row.value = dictionary.text_of_group(group);
      row.members = static_cast<int64_t>(members);
      row.others = static_cast<int64_t>(others);
      row.member_share = share(members, sizes[0]);
      row.other_share = share(others, sizes[1]);
      if (row.member_share && row.other_share) row.effect = *row.member_share - *row.other_share;
      row.p_value = p_value(members, sizes[0], others, sizes[1]);
      rows_.push_back(std::move(row));
    }
  }

  // Where the shares of profiles whose largest value is no larger lie farthest apart.
  void add_distance(const std::string& type, const std::string& field, const FieldDictionary& dictionary,
                    const ValueShares& shares) {
    uint64_t sizes[2] = {0, 0};
    for (uint32_t i = 0; i < 2; ++i) {
      for (const uint64_t count : shares.largest[i]) sizes[i] += count;
    }
    if (sizes[0] == 0 || sizes[1] == 0) return;
    uint64_t up_to[2] = {0, 0};
    uint64_t widest_up_to[2] = {0, 0};
    uint32_t widest = 0;
    double distance = -1;
    for (uint32_t group = 0; group < dictionary.values().group_count; ++group) {
      for (uint32_t i = 0; i < 2; ++i) up_to[i] += shares.largest[i][group];
      const double apart = std::fabs(*share(up_to[0], sizes[0]) - *share(up_to[1], sizes[1]));
      if (apart <= distance) continue;
      distance = apart;
      widest = group;
      std::copy(up_to, up_to + 2, widest_up_to);
    }
    ProfileRow row{.type = type, .field = field, .kind = "number"};
    row.value = dictionary.text_of_group(widest);
    row.members = static_cast<int64_t>(widest_up_to[0]);
    row.others = static_cast<int64_t>(widest_up_to[1]);
    row.member_share = share(widest_up_to[0], sizes[0]);
    row.other_share = share(widest_up_to[1], sizes[1]);
    row.effect = distance;
    rows_.push_back(std::move(row));
  }

  Oid caller_;
  int64_t refresh_id_;
  TypeCatalog catalog_;
  std::vector<ProfileSet> groups_;
  LimitedInterrupt interrupt_;
  bool has_read_any_ = false;
  std::exception_ptr denied_;
  std::vector<ProfileRow> rows_;
};

ProfileSet readable_members(const std::string& name, Oid caller) {
  const ReadableSegment readable = find_readable(name, caller);
  check_was_run(readable);
  return published_members(readable.segment);
}

void emit(ReturnSetInfo* result, const ProfileRow& row) {
  const char* texts[] = {row.type.c_str(), row.field.c_str(), row.kind, row.value ? row.value->c_str() : nullptr};
  call([&] {
    Datum values[] = {CStringGetTextDatum(texts[0]),
                      CStringGetTextDatum(texts[1]),
                      CStringGetTextDatum(texts[2]),
                      texts[3] == nullptr ? Datum(0) : CStringGetTextDatum(texts[3]),
                      Int64GetDatum(row.members.value_or(0)),
                      Int64GetDatum(row.others.value_or(0)),
                      Float8GetDatum(row.member_share.value_or(0)),
                      Float8GetDatum(row.other_share.value_or(0)),
                      Float8GetDatum(row.effect.value_or(0)),
                      Float8GetDatum(row.p_value.value_or(0)),
                      BoolGetDatum(row.is_significant.value_or(false))};
    bool nulls[] = {false,
                    false,
                    false,
                    !row.value,
                    !row.members,
                    !row.others,
                    !row.member_share,
                    !row.other_share,
                    !row.effect,
                    !row.p_value,
                    !row.is_significant};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  });
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_segment_profile) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  const std::string name = required_text(fcinfo, 0, "segment");
  std::optional<std::string> other;
  if (!PG_ARGISNULL(1)) other = required_text(fcinfo, 1, "other");
  const std::vector<ProfileRow> rows = as_owner([&](Oid caller) {
    ProfileSet members = readable_members(name, caller);
    std::optional<ProfileSet> others;
    if (other) others = readable_members(*other, caller);
    return SegmentProfiler(std::move(members), std::move(others), caller).rows();
  });
  for (const ProfileRow& row : rows) emit(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo), row);
  return Datum(0);
}
