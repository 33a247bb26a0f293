#include "core/evaluation/value_matcher.h"

#include <algorithm>
#include <optional>
#include <string>

#include "core/error.h"
#include "core/column/byte_reader.h"
#include "core/column/element_list.h"

namespace segments {
namespace {

constexpr uint32_t kValuesPerPoll = 2048;

// The smallest string above every string that begins with `prefix`; none if there is no such string.
std::optional<std::string> end_of_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (end.empty()) return std::nullopt;
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

template <class F>
void insert_matching(const Dictionary& dictionary, Interrupt& interrupt, CodeSet& codes, F matches) {
  for (uint32_t i = 0; i < dictionary.size(); ++i) {
    if (i % kValuesPerPoll == kValuesPerPoll - 1) interrupt.poll();
    if (matches(i)) codes.insert(i + 1);
  }
}

void match_integers(const FieldPredicate& predicate, const Dictionary& dictionary, CodeSet& codes) {
  for (const IntegerRange& range : predicate.ranges) {
    if (range.first > range.last) continue;
    const uint32_t first = dictionary.lower_bound(range.first);
    const uint32_t end = range.last == INT64_MAX ? dictionary.size() : dictionary.lower_bound(range.last + 1);
    codes.insert_range(first + 1, end + 1);
  }
}

void match_bytes(const FieldPredicate& predicate, const Dictionary& dictionary, Interrupt& interrupt, CodeSet& codes) {
  const auto insert_value = [&](std::string_view value) {
    const uint32_t index = dictionary.lower_bound(value);
    if (index < dictionary.size() && dictionary.bytes(index) == value) codes.insert(index + 1);
  };
  switch (predicate.op) {
    case ValueOperator::kEqual:
    case ValueOperator::kIn:
      for (const std::string& literal : predicate.literals) insert_value(literal);
      return;
    case ValueOperator::kIsEmpty:
      insert_value("");
      return;
    case ValueOperator::kBeginsWith: {
      const std::string& prefix = predicate.literals.at(0);
      const auto end = end_of_prefix(prefix);
      codes.insert_range(dictionary.lower_bound(prefix) + 1, (end ? dictionary.lower_bound(*end) : dictionary.size()) + 1);
      return;
    }
    case ValueOperator::kContains: {
      const std::string& part = predicate.literals.at(0);
      return insert_matching(dictionary, interrupt, codes,
                             [&](uint32_t index) { return dictionary.bytes(index).find(part) != std::string_view::npos; });
    }
    case ValueOperator::kEndsWith: {
      const std::string& end = predicate.literals.at(0);
      return insert_matching(dictionary, interrupt, codes,
                             [&](uint32_t index) { return dictionary.bytes(index).ends_with(end); });
    }
    case ValueOperator::kContainsAny:
    case ValueOperator::kContainsAll: {
      const auto contains = predicate.op == ValueOperator::kContainsAny ? contains_any : contains_all;
      const std::vector<std::string_view> values = sorted_values(predicate.literals);
      return insert_matching(dictionary, interrupt, codes,
                             [&](uint32_t index) { return contains(dictionary.bytes(index), values); });
    }
    default:
      throw Error(ErrorCode::kInternal, "operator cannot be evaluated byte by byte");
  }
}

// The integer that kInteger and kFloat bounds stand for: big-endian with the sign bit flipped.
std::optional<int64_t> bound_integer(const Bytes& bound) {
  if (bound.size() != 8) return std::nullopt;
  uint64_t value = 0;
  for (const uint8_t byte : bound) value = value << 8 | byte;
  return static_cast<int64_t>(value ^ uint64_t{1} << 63);
}

bool integers_may_match(const FieldPredicate& predicate, const ValueBounds& bounds) {
  const int64_t lower = bound_integer(bounds.lower).value_or(INT64_MIN);
  const int64_t upper = bounds.has_upper ? bound_integer(bounds.upper).value_or(INT64_MAX) : INT64_MAX;
  return std::ranges::any_of(
      predicate.ranges, [&](const IntegerRange& range) { return std::max(range.first, lower) <= std::min(range.last, upper); });
}

bool bytes_may_match(const FieldPredicate& predicate, const ValueBounds& bounds) {
  const std::string_view lower(reinterpret_cast<const char*>(bounds.lower.data()), bounds.lower.size());
  const std::string_view upper(reinterpret_cast<const char*>(bounds.upper.data()), bounds.upper.size());
  const auto within = [&](std::string_view value) { return lower <= value && (!bounds.has_upper || value <= upper); };
  switch (predicate.op) {
    case ValueOperator::kEqual:
    case ValueOperator::kIn:
      return std::ranges::any_of(predicate.literals, within);
    case ValueOperator::kIsEmpty:
      return within("");
    case ValueOperator::kBeginsWith: {
      const std::string& prefix = predicate.literals.at(0);
      const auto end = end_of_prefix(prefix);
      return (!bounds.has_upper || prefix <= upper) && (!end || lower < *end);
    }
    default:
      return true;
  }
}

}  // namespace

bool matches_null(const FieldPredicate& predicate) {
  return predicate.method == PredicateMethod::kNull || predicate.op == ValueOperator::kIsEmpty;
}

CodeSet matching_codes(const FieldPredicate& predicate, const Dictionary& dictionary, ValueMatcher* server,
                       Interrupt& interrupt) {
  CodeSet codes(dictionary.size() + 1);
  if (matches_null(predicate)) codes.insert(0);
  if (predicate.method == PredicateMethod::kNull || dictionary.size() == 0) return codes;
  if (dictionary.kind() != predicate.kind) throw_corrupted("A field's values are not of the expected kind.");
  switch (predicate.method) {
    case PredicateMethod::kNull:
      break;
    case PredicateMethod::kIntegers:
      match_integers(predicate, dictionary, codes);
      break;
    case PredicateMethod::kBytes:
      match_bytes(predicate, dictionary, interrupt, codes);
      break;
    case PredicateMethod::kServer:
    case PredicateMethod::kPart:
      if (server == nullptr) throw Error(ErrorCode::kInternal, "predicate needs the server's functions");
      insert_matching(dictionary, interrupt, codes, [&](uint32_t index) { return server->matches(dictionary, index); });
      break;
  }
  return codes;
}

bool may_match(const FieldPredicate& predicate, const ValueBounds& bounds) {
  switch (predicate.method) {
    case PredicateMethod::kNull:
      return false;
    case PredicateMethod::kIntegers:
      return integers_may_match(predicate, bounds);
    case PredicateMethod::kBytes:
      return bytes_may_match(predicate, bounds);
    case PredicateMethod::kServer:
    case PredicateMethod::kPart:
      return true;
  }
  return true;
}

}  // namespace segments
