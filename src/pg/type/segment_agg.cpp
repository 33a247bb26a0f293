// segment_agg(ordinal, occurred_at, as_of, lookback, at_least): ordinals with enough rows in a sliding window.
#include "core/set/ordinal_counts.h"
#include "core/time.h"
#include "pg/server/aggregate_state.h"
#include "pg/type/profile_set.h"

namespace segments::pg {
namespace {

// The arguments that are constant within a group.
struct Question {
  Timestamp as_of;
  Interval lookback;
  bool all_time;  // lookback is null
  int32_t at_least;

  bool operator==(const Question& other) const {
    return as_of == other.as_of && all_time == other.all_time && at_least == other.at_least &&
           (all_time || (lookback.time == other.lookback.time && lookback.day == other.lookback.day &&
                         lookback.month == other.lookback.month));
  }
};

// A question and when its window begins, kept for the next group: interval arithmetic is not free.
struct Window {
  Question question;
  Timestamp first;

  bool contains(Timestamp occurred_at) const {
    return occurred_at >= first && occurred_at <= question.as_of && occurred_at != kPlusInfinity &&
           (question.all_time || occurred_at != kMinusInfinity);
  }
};

struct SegmentState : LiveObject {
  explicit SegmentState(const Window& asked) : window(asked), counts(static_cast<uint32_t>(asked.question.at_least)) {}
  Window window;
  OrdinalCounts counts;
};

// What a serialized state begins with; the counts follow.
struct Header {
  static constexpr uint32_t kMagic = 0x31414753;  // "SGA1"
  uint32_t magic;
  int32_t at_least;
  int64_t as_of;
  int64_t first;
  int64_t lookback_us;
  int32_t lookback_days;
  int32_t lookback_months;
  uint32_t all_time;
  uint32_t reserved;
};
static_assert(sizeof(Header) == 48);

[[noreturn]] void raise_null(const char* name) {
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be null", name),
                    errhint("Only ordinal, occurred_at and lookback may be null.")));
  });
  pg_unreachable();
}

Question question_of(FunctionCallInfo fcinfo) {
  if (unlikely(PG_ARGISNULL(3))) raise_null("as_of");
  if (unlikely(PG_ARGISNULL(5))) raise_null("at_least");
  Question question{};
  question.as_of = PG_GETARG_TIMESTAMPTZ(3);
  question.all_time = PG_ARGISNULL(4);
  if (!question.all_time) question.lookback = *PG_GETARG_INTERVAL_P(4);
  question.at_least = PG_GETARG_INT32(5);
  return question;
}

// Checks the domain of the arguments, and finds where the window begins, by PostgreSQL's own arithmetic.
Window window_of(const Question& question) {
  if (question.at_least < 1) {
    throw Error(ErrorCode::kInvalidValue, "at_least must be at least 1, not " + std::to_string(question.at_least), {},
                "Pass how many rows an ordinal must have.");
  }
  Window window{question, kMinusInfinity};
  if (question.all_time) return window;
  Interval lookback = question.lookback;
  const bool negative = call([&] {
    Interval zero{};
    return DatumGetInt32(DirectFunctionCall2(interval_cmp, IntervalPGetDatum(&lookback), IntervalPGetDatum(&zero))) < 0;
  });
  if (negative) {
    throw Error(ErrorCode::kInvalidValue, "lookback must not be negative", {}, "Pass null for all time.");
  }
  window.first = call([&] {
    return DatumGetTimestampTz(
        DirectFunctionCall2(timestamptz_mi_interval, TimestampTzGetDatum(question.as_of), IntervalPGetDatum(&lookback)));
  });
  return window;
}

[[noreturn]] void throw_varying(const Question& now, const Question& before) {
  const char* name = now.as_of != before.as_of ? "as_of" : now.at_least != before.at_least ? "at_least" : "lookback";
  throw Error(ErrorCode::kInvalidValue, std::string(name) + " must be the same for all rows of a group", {},
              std::string("Group by ") + name + ", or pass a constant.");
}

// The window of the question, remembered over groups by the call site.
const Window& cached_window(FunctionCallInfo fcinfo, const Question& question) {
  auto* cached = static_cast<Window*>(fcinfo->flinfo->fn_extra);
  if (cached != nullptr && cached->question == question) return *cached;
  const Window window = window_of(question);
  if (cached == nullptr) {
    MemoryContext context = fcinfo->flinfo->fn_mcxt;
    cached = call([&] { return static_cast<Window*>(MemoryContextAlloc(context, sizeof(Window))); });
    fcinfo->flinfo->fn_extra = cached;
  }
  *cached = window;
  return *cached;
}

SegmentState* deserialized(std::span<const uint8_t> bytes) {
  Header header;
  if (bytes.size() < sizeof header) throw Error(ErrorCode::kInvalidBytes, "invalid state of segment_agg");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != Header::kMagic || header.at_least < 1 || header.all_time > 1 || header.reserved != 0) {
    throw Error(ErrorCode::kInvalidBytes, "invalid state of segment_agg");
  }
  Window window{};
  window.question.as_of = header.as_of;
  window.question.lookback.time = header.lookback_us;
  window.question.lookback.day = header.lookback_days;
  window.question.lookback.month = header.lookback_months;
  window.question.all_time = header.all_time != 0;
  window.question.at_least = header.at_least;
  window.first = header.first;
  ServerInterrupt interrupt;
  const auto limit = static_cast<uint32_t>(header.at_least);
  auto counts = OrdinalCounts::from_bytes(limit, bytes.subspan(sizeof header), interrupt);
  auto* state = make_in<SegmentState>(CurrentMemoryContext, window);
  state->counts = std::move(counts);
  return state;
}

Datum serialized(const SegmentState& state) {
  const Question& question = state.window.question;
  const Header header{Header::kMagic,          question.at_least,      question.as_of,
                      state.window.first,      question.lookback.time, question.lookback.day,
                      question.lookback.month, question.all_time,      0};
  ServerInterrupt interrupt;
  const std::vector<uint8_t> counts = state.counts.to_bytes(interrupt);
  std::vector<uint8_t> bytes(sizeof header + counts.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  std::copy(counts.begin(), counts.end(), bytes.begin() + sizeof header);
  return varlena_of(bytes);
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

// The arguments are checked on every row, so that whether a query fails does not depend on which rows it meets first.
SEGMENTS_FUNCTION(segments_segment_agg_transition) {
  MemoryContext context = aggregate_context(fcinfo);
  auto* state = state_argument<SegmentState>(fcinfo, 0);
  const Question question = question_of(fcinfo);
  if (state == nullptr) {
    state = make_in<SegmentState>(context, cached_window(fcinfo, question));
  } else if (unlikely(!(question == state->window.question))) {
    throw_varying(question, state->window.question);
  }
  if (PG_ARGISNULL(1)) PG_RETURN_POINTER(state);
  const Ordinal ordinal = ordinal_of(PG_GETARG_INT64(1));
  ServerInterrupt interrupt;
  if (!PG_ARGISNULL(2) && state->window.contains(PG_GETARG_TIMESTAMPTZ(2))) state->counts.add(ordinal, interrupt);
  PG_RETURN_POINTER(state);
}

SEGMENTS_FUNCTION(segments_segment_agg_combine) {
  MemoryContext context = aggregate_context(fcinfo);
  auto* state = state_argument<SegmentState>(fcinfo, 0);
  const auto* other = state_argument<SegmentState>(fcinfo, 1);
  if (other == nullptr) {
    if (state == nullptr) PG_RETURN_NULL();
    PG_RETURN_POINTER(state);
  }
  if (state == nullptr) {
    state = make_in<SegmentState>(context, other->window);
  } else if (!(state->window.question == other->window.question)) {
    throw_varying(other->window.question, state->window.question);
  }
  ServerInterrupt interrupt;
  state->counts.merge(other->counts, interrupt);
  PG_RETURN_POINTER(state);
}

SEGMENTS_FUNCTION(segments_segment_agg_serialize) {
  aggregate_context(fcinfo);
  return serialized(*state_argument<SegmentState>(fcinfo, 0));
}

SEGMENTS_FUNCTION(segments_segment_agg_deserialize) {
  aggregate_context(fcinfo);
  PG_RETURN_POINTER(deserialized(payload_of(PG_GETARG_DATUM(0))));
}

SEGMENTS_FUNCTION(segments_segment_agg_final) {
  aggregate_context(fcinfo);
  const auto* state = state_argument<SegmentState>(fcinfo, 0);
  if (state == nullptr) PG_RETURN_NULL();
  ServerInterrupt interrupt;
  return current_profile_set_datum(state->counts.reached(interrupt));
}
