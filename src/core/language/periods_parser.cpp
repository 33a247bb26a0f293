#include <algorithm>
#include <string>

#include "core/language/clauses.h"
#include "core/text/keywords.h"

namespace segments {
namespace {

// at least n, at most n, exactly n
void parse_bound(TokenStream& stream, Periods& periods) {
  const uint32_t position = stream.position();
  const bool exactly = stream.accept_word("exactly");
  if (!exactly) stream.expect_word("at");
  const bool least = !exactly && stream.at_word("least");
  if (!exactly && !least && !stream.at_word("most")) stream.fail_expecting({"least", "most"});
  if (!exactly) stream.take();
  const int64_t count = stream.take_count(kMaxWindowCount);
  if (least && count == 0) {
    throw Error(ErrorCode::kSyntax, "\"at least 0\" matches every profile", "", "Use \"at least 1\" or more.", position);
  }
  periods.bound = exactly ? HavingKind::kExactly : least ? HavingKind::kAtLeast : HavingKind::kAtMost;
  periods.minimum = periods.bound == HavingKind::kAtMost ? 0 : count;
  periods.maximum = periods.bound == HavingKind::kAtLeast ? INT64_MAX : count;
}

TimeUnit take_unit(TokenStream& stream) {
  const std::optional<TimeUnit> unit = accept_unit(stream);
  if (!unit.has_value()) stream.fail_expecting({"hours", "days", "weeks", "months", "quarters", "years"});
  return *unit;
}

// Several periods of a condition are all evaluated.
int64_t take_period_count(TokenStream& stream) {
  const uint32_t position = stream.position();
  const int64_t count = stream.take_count(kMaxWindowCount);
  if (count >= 1 && count <= kMaxPeriods) return count;
  throw Error(ErrorCode::kOutOfRange, "number of periods is out of range",
              "There can be from 1 to " + std::to_string(kMaxPeriods) + ".", "Use fewer, longer periods.", position);
}

// of the last count units, of the last count periods of length units
void parse_of_the_last(TokenStream& stream, Periods& periods) {
  periods.kind = PeriodsKind::kOfTheLast;
  stream.expect_word("the");
  stream.expect_word("last");
  periods.count = take_period_count(stream);
  if (stream.accept_word("periods") || stream.accept_word("period")) {
    stream.expect_word("of");
    const uint32_t position = stream.position();
    periods.length = stream.take_count(kMaxWindowCount);
    if (periods.length == 0) {
      throw Error(ErrorCode::kOutOfRange, "a period of nothing is empty", "", "Use a number from 1 on.", position);
    }
  }
  periods.unit = take_unit(stream);
  if (periods.minimum <= periods.count) return;
  throw Error(ErrorCode::kSyntax,
              "\"" + std::to_string(periods.minimum) + " of the last " + std::to_string(periods.count) + "\" matches no profile",
              "There are fewer periods than that.", "Use a smaller number before \"of\".", periods.position);
}

}  // namespace

bool at_periods(const TokenStream& stream) {
  if (!stream.at_word("in") && !stream.at_word("on")) return false;
  const Token next = stream.peek();
  return TokenStream::is_word(next, "at") || TokenStream::is_word(next, "exactly");
}

Periods parse_periods(TokenStream& stream) {
  Periods periods;
  periods.position = stream.position();
  stream.take();
  parse_bound(stream, periods);
  if (stream.accept_word("of")) {
    parse_of_the_last(stream, periods);
    return periods;
  }
  periods.kind = PeriodsKind::kInARow;
  const uint32_t position = stream.position();
  periods.unit = take_unit(stream);
  if (periods.unit < TimeUnit::kHour) {
    throw Error(ErrorCode::kSyntax, "\"" + std::string(unit_word(periods.unit)) + "s in a row\" cannot be asked for",
                "The calendar's units are hours and longer ones.", "Write \"hours\", \"days\", \"weeks\" ….", position);
  }
  for (const std::string_view word : {"in", "a", "row"}) stream.expect_word(word);
  return periods;
}

int64_t parse_occurrence(TokenStream& stream) {
  stream.expect_word("for");
  if (stream.accept_word("time")) {
    const uint32_t position = stream.position();
    const int64_t number = stream.take_count(kMaxHavingCount);
    if (number > 0) return number;
    throw Error(ErrorCode::kOutOfRange, "there is no \"time 0\"", "", "Use a number from 1 on.", position);
  }
  if (!stream.accept_word("the")) stream.fail_expecting({"the", "time"});
  for (size_t i = 0; i < kOrdinalWords.size(); ++i) {
    if (!stream.accept_word(kOrdinalWords[i])) continue;
    stream.expect_word("time");
    return static_cast<int64_t>(i) + 1;
  }
  if (stream.current().kind == TokenKind::kNumber) {
    stream.fail_because("Expected \"first\" to \"fifth\".", "Write \"for time\" and a number: for time 7.");
  }
  stream.fail_expecting({kOrdinalWords.begin(), kOrdinalWords.end()});
}

}  // namespace segments
