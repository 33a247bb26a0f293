#include "pg/member/member_scan.h"

#include "pg/member/foreign_scan.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

std::vector<ExprState*> to_vector(const List* states) {
  std::vector<ExprState*> all;
  for (int i = 0; i < list_length(states); ++i) all.push_back(static_cast<ExprState*>(list_nth(states, i)));
  return all;
}

}  // namespace

MemberScan::MemberScan(ForeignScanState* node, const ScanPlan& plan, const MemberColumns& columns, List* conditions, List* values)
    : node_(node), user_(OidIsValid(plan.role) ? plan.role : GetUserId()), plan_(plan), columns_(columns),
      conditions_(to_vector(conditions)), values_(to_vector(values)) {
  memory_ = call([] { return AllocSetContextCreate(CurrentMemoryContext, "segments member scan", ALLOCSET_DEFAULT_SIZES); });
  const MemoryContext parent = memory_;
  start_memory_ = call([&] { return AllocSetContextCreate(parent, "segments member values", ALLOCSET_SMALL_SIZES); });
  const MemoryContext texts = call([&] { return AllocSetContextCreate(parent, "segments member texts", ALLOCSET_SMALL_SIZES); });
  texts_.emplace(texts);
  id_ = shown_id();
  if (id_ && id_->kind != IdKind::kText) id_values_.emplace(*id_);
}

// The type of ids in rows; nothing: they have none.
std::optional<IdType> MemberScan::shown_id() const {
  if (columns_.profile_id != 0) return columns_.id;
  if (plan_.mode != ScanMode::kPairs) return std::nullopt;
  const TupleDesc row = node_->ss.ss_ScanTupleSlot->tts_tupleDescriptor;
  for (int i = 0; i < list_length(plan_.outputs); ++i) {
    if (static_cast<PairColumn>(list_nth_int(plan_.outputs, i) / 2) != PairColumn::kProfile) continue;
    const FormData_pg_attribute* column = TupleDescAttr(row, i);
    return call([&] { return id_type(column->atttypid, column->atttypmod); });
  }
  return std::nullopt;
}

// One snapshot for all of it.
void MemberScan::open() {
  if (chosen_) return;
  Snapshot snapshot = node_->ss.ps.state->es_snapshot;
  if (id_) check_shows_ids(*id_, snapshot);
  std::shared_ptr<const SegmentDirectory> directory = segment_directory(snapshot);
  readable_ = readable_segments(directory, user_);
  chosen_.emplace(snapshot, directory, plan_.needs_since, memory_);
  if (plan_.mode == ScanMode::kPairs) second_.emplace(snapshot, directory, false, memory_);
  ids_.emplace(snapshot, memory_);
  records_.emplace(snapshot, memory_);
}

// In rows, the name stands in the column's place; in counts and pairs, the target list begins with it.
MemberScan::Side MemberScan::side(bool is_second) const {
  const std::span<ExprState* const> all(conditions_);
  const auto first = static_cast<size_t>(plan_.segment_conditions);
  const auto last = static_cast<int>(values_.size()) - 1;
  if (is_second) return {all.subspan(first), plan_.other_names, last, 1};
  const bool is_before_others = plan_.other_names != SegmentNames::kNone;
  const bool is_row = plan_.mode != ScanMode::kCounts && plan_.mode != ScanMode::kPairs;
  return {all.first(first), plan_.names, is_before_others ? last - 1 : last, is_row ? columns_.segment - 1 : 0};
}

bool MemberScan::is_chosen(const Side& side, Datum name) {
  if (side.conditions.empty()) return true;
  TupleTableSlot* slot = node_->ss.ss_ScanTupleSlot;
  return call([&] {
    ExecClearTuple(slot);
    set_all_null(node_);
    slot->tts_values[side.place] = name;
    slot->tts_isnull[side.place] = false;
    return all_hold(node_, side.conditions);
  });
}

// The readable segments that a condition names, ascending.
std::vector<uint32_t> MemberScan::named_places(const Side& side) {
  std::vector<uint32_t> places;
  bool is_null = false;
  const Datum value = evaluate(side.value, &is_null, false);
  if (is_null) return places;
  const SegmentDirectory& directory = chosen_->directory();
  const auto look_up = [&](Datum name) {
    const auto found = directory.by_name.find(text_view(name));
    if (found != directory.by_name.end() && readable_->has(found->second)) places.push_back(found->second);
  };
  if (side.names == SegmentNames::kOne) {
    look_up(value);
    return places;
  }
  const MemoryContext outer = MemoryContextSwitchTo(start_memory_);
  const ArrayElements names = elements_of(value, TEXTOID);
  MemoryContextSwitchTo(outer);
  for (int i = 0; i < names.count; ++i) {
    if (!names.nulls[i]) look_up(names.values[i]);
  }
  std::ranges::sort(places);
  places.erase(std::ranges::unique(places).begin(), places.end());
  return places;
}

Datum MemberScan::name_of(uint32_t place) {
  const std::string_view name = chosen_->directory().segments[place].name;
  return call([&] { return text_in(plan_.segments_are_fixed ? memory_ : start_memory_, name); });
}

void MemberScan::choose_segments(ChosenSegments& chosen, const Side& side) {
  chosen.clear();
  chosen.refuse_damage(!side.conditions.empty());
  const auto choose = [&](uint32_t place) {
    const Datum name = name_of(place);
    if (is_chosen(side, name)) chosen.add(chosen.directory().segments[place], name);
  };
  if (side.names == SegmentNames::kNone) {
    std::ranges::for_each(readable_->places(), choose);
    if (side.conditions.empty()) chosen.are_all(readable_);
  } else {
    std::ranges::for_each(named_places(side), choose);
  }
}

// A text or an array as it is; of another value, which ids are compared with, the text.
Datum MemberScan::evaluate(int number, bool* is_null, bool is_id) {
  ExprState* state = values_[static_cast<size_t>(number)];
  ExprContext* context = node_->ss.ps.ps_ExprContext;
  const MemoryContext memory = start_memory_;
  return call([&] {
    const Datum value = ExecEvalExprSwitchContext(state, context, is_null);
    if (*is_null) return value;
    MemoryContext outer = MemoryContextSwitchTo(memory);
    const Datum kept = is_id ? id_text(value, exprType(reinterpret_cast<::Node*>(state->expr))) : plain_copy(value);
    MemoryContextSwitchTo(outer);
    return kept;
  });
}

// The texts of a value, or of an array's elements, that are not null; ascending, each once.
std::vector<Datum> MemberScan::texts_of(int number) {
  std::vector<Datum> texts;
  bool is_null = false;
  const Datum value = evaluate(number, &is_null, !is_array(number));
  if (is_null) return texts;
  if (!is_array(number)) return {value};
  const MemoryContext outer = MemoryContextSwitchTo(start_memory_);
  const auto* expression = reinterpret_cast<::Node*>(values_[static_cast<size_t>(number)]->expr);
  const Oid type = call([&] { return get_base_element_type(exprType(expression)); });
  const ArrayElements elements = elements_of(value, type);
  call([&] {
    for (int i = 0; i < elements.count; ++i) {
      if (!elements.nulls[i]) elements.values[i] = id_text(elements.values[i], type);
    }
  });
  for (int i = 0; i < elements.count; ++i) {
    if (!elements.nulls[i]) texts.push_back(elements.values[i]);
  }
  MemoryContextSwitchTo(outer);
  return distinct_texts(std::move(texts));
}

// Nothing: no condition names profiles.
std::optional<std::vector<Datum>> MemberScan::asked_profiles() {
  return texts_in_all(list_length(plan_.is_array), [&](int number) { return texts_of(number); });
}

IdRange MemberScan::id_range() {
  IdRange range;
  for (int i = 0; i < list_length(plan_.strategies); ++i) {
    bool is_null = false;
    const Datum value = evaluate(list_length(plan_.is_array) + i, &is_null, true);
    if (is_null) continue;  // no row satisfies it: the executor finds out
    const std::string bound(text_view(value));
    switch (list_nth_int(plan_.strategies, i)) {
      case BTLessStrategyNumber:
      case BTLessEqualStrategyNumber:
        if (!range.high || bound < *range.high) range.high = bound;
        break;
      default:
        if (!range.low || bound > *range.low) range.low = bound;
    }
  }
  return range;
}

void MemberScan::make_rows() {
  const auto wanted = static_cast<size_t>(plan_.wanted);
  if (plan_.mode == ScanMode::kAscending || plan_.mode == ScanMode::kDescending) {
    const bool descending = plan_.mode == ScanMode::kDescending;
    rows_ = std::make_unique<MembersInOrder>(*chosen_, *ids_, *texts_, id_range(), descending, wanted);
    return;
  }
  if (std::optional<std::vector<Datum>> profiles = asked_profiles()) {
    rows_ = std::make_unique<MembersOfProfiles>(*chosen_, *records_, std::move(*profiles));
  } else {
    const SharedScan shared{counter_, static_cast<uint32_t>(plan_.chunks)};
    TileSource& source = pairs_ ? static_cast<TileSource&>(*pairs_) : *chosen_;
    rows_ = std::make_unique<MembersByTile>(source, plan_.needs_ids ? &*ids_ : nullptr, *texts_, wanted, shared);
  }
}

void MemberScan::start() {
  open();
  if (!has_chosen_ || !plan_.segments_are_fixed) {
    choose_segments(*chosen_, side(false));
    if (second_) {
      choose_segments(*second_, side(true));
      pairs_.emplace(*chosen_, *second_);
    }
    has_chosen_ = true;
  }
  next_count_ = 0;
  if (plan_.mode != ScanMode::kCounts) make_rows();
  has_started_ = true;
}

void MemberScan::restart() {
  if (!has_started_) return;
  has_started_ = false;
  rows_.reset();
  texts_->clear();
  call([&] { MemoryContextReset(start_memory_); });
  if (plan_.segments_are_fixed) return;
  chosen_->clear();
  if (second_) second_->clear();
}

void MemberScan::close() {
  rows_.reset();
  if (!chosen_) return;
  decoded_before_ = chosen_->rows_decoded();
  chunks_before_ = ids_->chunks_read();
  records_->close();
  ids_->close();
  chosen_->close();
  if (second_) second_->close();
}

Datum MemberScan::id_value(const MemberRow& row) {
  return id_values_ && row.profile_id != 0 ? id_values_->value(text_view(row.profile_id)) : row.profile_id;
}

void MemberScan::put(const ChosenSegment& segment, Datum* values, bool* nulls) const {
  values[columns_.segment - 1] = segment.name;
  nulls[columns_.segment - 1] = false;
  if (columns_.as_of != 0) {
    values[columns_.as_of - 1] = TimestampTzGetDatum(segment.listed->as_of);
    nulls[columns_.as_of - 1] = false;
  }
}

void MemberScan::put_pair(const MemberRow& row, Datum* values, bool* nulls) {
  for (int i = 0; i < list_length(plan_.outputs); ++i) {
    const int output = list_nth_int(plan_.outputs, i);
    const ChosenSegment& segment = output % 2 == 0 ? pairs_->first(row.segment) : pairs_->second(row.segment);
    nulls[i] = false;
    switch (static_cast<PairColumn>(output / 2)) {
      case PairColumn::kSegment:
        values[i] = segment.name;
        break;
      case PairColumn::kProfile:
        values[i] = id_value(row);
        nulls[i] = row.profile_id == 0;
        break;
      case PairColumn::kAsOf:
        values[i] = TimestampTzGetDatum(segment.listed->as_of);
    }
  }
}

bool MemberScan::next(Datum* values, bool* nulls) {
  if (!has_started_) start();
  if (plan_.mode == ScanMode::kCounts) {
    set_all_null(node_);
    return next_count(values, nulls);
  }
  MemberRow row{};
  if (!rows_->next(row)) return false;
  set_all_null(node_);
  if (pairs_) {
    put_pair(row, values, nulls);
    return true;
  }
  put((*chosen_)[row.segment], values, nulls);
  if (plan_.needs_since) {
    values[columns_.since - 1] = TimestampTzGetDatum(row.since);
    nulls[columns_.since - 1] = false;
  }
  if (row.profile_id != 0) {
    values[columns_.profile_id - 1] = id_value(row);
    nulls[columns_.profile_id - 1] = false;
  }
  return true;
}

// ---- counts

// Profiles that are in any of the chosen segments.
int64_t MemberScan::united() {
  int64_t profiles = 0;
  std::vector<ChosenMembers> members;
  const std::optional<uint32_t> last = chosen_->last_tile();
  for (uint32_t tile = 0; last && tile <= *last; ++tile) {
    chosen_->read_tile(tile, 0, chosen_->size(), members);
    ProfileSet all;
    for (const ChosenMembers& segment : members) all |= segment.members->set;
    const uint64_t first = first_ordinal(tile);
    profiles += static_cast<int64_t>(all.count_in(first, first + kTileSize));
  }
  return profiles;
}

int64_t MemberScan::total(CountKind kind) {
  if (kind == CountKind::kDistinctProfiles && chosen_->size() != 1) return united();
  int64_t sum = 0;
  for (size_t i = 0; i < chosen_->size(); ++i) {
    sum += kind == CountKind::kDistinctSegments ? (chosen_->count(i) > 0 ? 1 : 0) : chosen_->count(i);
  }
  return sum;
}

bool MemberScan::next_count(Datum* values, bool* nulls) {
  if (plan_.is_grouped) {
    while (next_count_ < chosen_->size() && chosen_->count(next_count_) == 0) ++next_count_;
    if (next_count_ == chosen_->size()) return false;
  } else if (next_count_ > 0) {
    return false;
  }
  for (int i = 0; i < list_length(plan_.outputs); ++i) {
    const auto kind = static_cast<CountKind>(list_nth_int(plan_.outputs, i));
    nulls[i] = kind == CountKind::kSegment && !plan_.is_grouped;
    if (kind == CountKind::kSegment) {
      values[i] = plan_.is_grouped ? (*chosen_)[next_count_].name : Datum(0);
    } else if (!plan_.is_grouped) {
      values[i] = Int64GetDatum(total(kind));
    } else {
      values[i] = Int64GetDatum(kind == CountKind::kDistinctSegments ? 1 : chosen_->count(next_count_));
    }
  }
  ++next_count_;
  return true;
}

}  // namespace segments::pg
