// What each two of many segments share: segments.segment_overlap.
#include "core/set/overlap.h"
#include "pg/query/query.h"
#include "pg/segment/readable_segment.h"
#include "pg/segment/segment.h"
#include "pg/server/datum.h"
#include "pg/server/time_limit.h"

namespace segments::pg {
namespace {

// Their pairs and one tile of their members are in memory at once.
constexpr size_t kMostSegments = 4000;

// In this order, each once; nothing: all that the caller may read.
std::optional<std::vector<std::string>> names_of(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(0)) return std::nullopt;
  const ArrayElements elements = elements_of(PG_GETARG_DATUM(0), TEXTOID);
  std::vector<std::string> names;
  for (int i = 0; i < elements.count; ++i) {
    if (elements.nulls[i]) {
      call([&] { ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the name of a segment must not be null"))); });
    }
    std::string name = text_of(elements.values[i]);
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

// Those that were run.
std::vector<ReadableSegment> chosen_segments(const std::optional<std::vector<std::string>>& names, Oid role) {
  std::vector<ReadableSegment> segments;
  if (!names) {
    segments = all_readable(role);
    std::erase_if(segments, [](const ReadableSegment& segment) { return !segment.was_run; });
  } else {
    for (const std::string& name : *names) {
      segments.push_back(find_readable(name, role));
      check_was_run(segments.back());
    }
  }
  if (segments.size() > kMostSegments) {
    throw Error(ErrorCode::kLimitExceeded, "too many segments to compare",
                "There are " + std::to_string(segments.size()) + "; at most " + std::to_string(kMostSegments) + " are possible.",
                "Name those that matter.");
  }
  return segments;
}

struct Overlap {
  std::vector<std::string> names;
  std::vector<bool> damaged;  // by segment
  OverlapCounter counter;
};

// Adds stored members as they come, a tile at a time.
class TileCollector {
 public:
  TileCollector(OverlapCounter& counter, Interrupt& interrupt) : counter_(counter), interrupt_(interrupt) {}

  // REQUIRES: tiles ascend.
  void add(uint32_t tile, size_t segment, const ProfileSet& members) {
    if (tile != tile_) flush();
    tile_ = tile;
    sets_.push_back({static_cast<uint32_t>(segment), std::make_unique<DenseSet>(members.to_dense(tile))});
  }

  void flush() {
    if (!sets_.empty()) counter_.add_tile(std::move(sets_), interrupt_);
    sets_.clear();
  }

 private:
  OverlapCounter& counter_;
  Interrupt& interrupt_;
  uint32_t tile_ = 0;
  std::vector<OverlapCounter::TileSet> sets_;
};

// Members of segments as they go by now, by tile: of those few that a change of the mapping has left behind.
std::map<uint32_t, std::vector<std::pair<size_t, const ProfileSet*>>> by_tile(const std::map<size_t, ProfileSet>& sets) {
  std::map<uint32_t, std::vector<std::pair<size_t, const ProfileSet*>>> tiles;
  for (const auto& [segment, members] : sets) {
    if (members.empty()) continue;
    for (uint32_t tile = tile_of(*members.minimum()); tile <= tile_of(*members.maximum()); ++tile) {
      tiles[tile].emplace_back(segment, &members);
    }
  }
  return tiles;
}

void warn_of_damage(const SavedSegment& segment, const std::string& detail) {
  const char* texts[] = {segment.name.c_str(), detail.c_str()};
  call([&] {
    ereport(WARNING, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored members of segment \"%s\" are damaged", texts[0]),
                      errdetail_internal("%s", texts[1]),
                      errhint("Run it again with run_segment(); refreshes do so, too, by its schedule.")));
  });
}

class OverlapReader {
 public:
  OverlapReader(std::vector<ReadableSegment> segments, bool by_name)
      : segments_(std::move(segments)), by_name_(by_name), result_{{},
                                                                   std::vector<bool>(segments_.size()),
                                                                   OverlapCounter(static_cast<uint32_t>(segments_.size()))},
        collector_(result_.counter, interrupt_) {
    for (const ReadableSegment& segment : segments_) result_.names.push_back(segment.segment.name);
  }

  Overlap read() {
    std::vector<ReadableSegment> stored;
    std::vector<size_t> places;
    for (size_t i = 0; i < segments_.size(); ++i) {
      if (segments_[i].is_behind) {
        guarded(i, [&] { carried_[i] = published_members(segments_[i].segment); });
      } else {
        stored.push_back(segments_[i]);
        places.push_back(i);
      }
    }
    auto waiting = by_tile(carried_);
    const auto add_carried_until = [&](uint64_t end) {
      for (; !waiting.empty() && waiting.begin()->first < end; waiting.erase(waiting.begin())) {
        for (const auto& [segment, members] : waiting.begin()->second) collector_.add(waiting.begin()->first, segment, *members);
      }
    };
    read_by_tile(
        stored,
        [&](uint32_t tile, size_t segment, ProfileSet&& members) {
          interrupt_.poll();
          add_carried_until(uint64_t{tile} + 1);
          collector_.add(tile, places[segment], members);
        },
        [&](size_t segment, const Error& error) { damaged(places[segment], error); });
    add_carried_until(UINT64_MAX);
    collector_.flush();
    return std::move(result_);
  }

 private:
  template <class F>
  void guarded(size_t segment, F body) {
    try {
      body();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kDataCorrupted) throw;
      damaged(segment, error);
    }
  }

  // Of those that were named: an error.
  void damaged(size_t segment, const Error& error) {
    const SavedSegment& saved = segments_[segment].segment;
    if (by_name_) {
      throw Error(ErrorCode::kDataCorrupted, "stored members of " + called(saved.name) + " are damaged", error.detail(),
                  "Run it again with run_segment(); refreshes do so, too, by its schedule.");
    }
    if (!result_.damaged[segment]) warn_of_damage(saved, error.detail());
    result_.damaged[segment] = true;
  }

  std::vector<ReadableSegment> segments_;
  bool by_name_;
  Overlap result_;
  LimitedInterrupt interrupt_;
  TileCollector collector_;
  std::map<size_t, ProfileSet> carried_;
};

// a / b; nothing if b is 0.
struct Share {
  explicit Share(uint64_t a, uint64_t b) : value(b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b)), is_null(b == 0) {}
  double value;
  bool is_null;
};

void emit(ReturnSetInfo* result, Datum a, Datum b, const OverlapCounter& counter, uint32_t first, uint32_t second) {
  const uint64_t sizes[] = {counter.size(first), counter.size(second)};
  const uint64_t shared = counter.shared(first, second);
  const Share jaccard(shared, sizes[0] + sizes[1] - shared);
  const Share a_in_b(shared, sizes[0]);
  const Share b_in_a(shared, sizes[1]);
  const bool is_duplicate = sizes[0] == shared && sizes[1] == shared;
  call([&] {
    Datum values[] = {a,
                      b,
                      Int64GetDatum(static_cast<int64_t>(sizes[0])),
                      Int64GetDatum(static_cast<int64_t>(sizes[1])),
                      Int64GetDatum(static_cast<int64_t>(shared)),
                      Float8GetDatum(jaccard.value),
                      Float8GetDatum(a_in_b.value),
                      Float8GetDatum(b_in_a.value),
                      BoolGetDatum(is_duplicate)};
    bool nulls[] = {false, false, false, false, false, jaccard.is_null, a_in_b.is_null, b_in_a.is_null, false};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  });
}

void emit(ReturnSetInfo* result, const Overlap& overlap) {
  LimitedInterrupt interrupt;
  std::vector<Datum> names;
  for (const std::string& name : overlap.names) names.push_back(text(name).value);
  for (uint32_t a = 0; a < names.size(); ++a) {
    interrupt.poll();
    if (overlap.damaged[a]) continue;
    for (uint32_t b = a + 1; b < names.size(); ++b) {
      if (!overlap.damaged[b]) emit(result, names[a], names[b], overlap.counter, a, b);
    }
  }
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_segment_overlap) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  const std::optional<std::vector<std::string>> names = names_of(fcinfo);
  const Overlap overlap =
      as_owner([&](Oid caller) { return OverlapReader(chosen_segments(names, caller), names.has_value()).read(); });
  emit(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo), overlap);
  return Datum(0);
}
