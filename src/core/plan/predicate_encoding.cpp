#include "core/plan/predicate_encoding.h"

#include "core/error.h"
#include "core/plan/compact_number.h"

namespace segments {
namespace {

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// What matching_codes() relies on.
void check_predicate(const FieldPredicate& predicate) {
  if (predicate.field < 1) throw_corrupted("A plan has an impossible field.");
  if (predicate.missing && predicate.missing->kind != predicate.kind) throw_corrupted("A missing value has another kind.");
  const size_t literals = predicate.literals.size();
  if (predicate.method == PredicateMethod::kIntegers && predicate.kind == ValueKind::kBytes) {
    throw_corrupted("A plan compares bytes with numbers.");
  }
  if (predicate.method == PredicateMethod::kPart &&
      (predicate.kind == ValueKind::kBytes) != (predicate.part == ValuePart::kLength)) {
    throw_corrupted("A plan looks at what values do not have.");
  }
  if (predicate.method != PredicateMethod::kBytes) return;
  if (predicate.kind != ValueKind::kBytes) throw_corrupted("A plan compares numbers with bytes.");
  switch (predicate.op) {
    case ValueOperator::kIn:
      return;
    case ValueOperator::kIsEmpty:
      if (literals != 0) throw_corrupted("A predicate has too many literals.");
      return;
    case ValueOperator::kEqual:
    case ValueOperator::kContains:
    case ValueOperator::kBeginsWith:
    case ValueOperator::kEndsWith:
      if (literals != 1) throw_corrupted("A predicate needs exactly one literal.");
      return;
    case ValueOperator::kContainsAny:
    case ValueOperator::kContainsAll:
      if (literals == 0) throw_corrupted("A predicate needs a literal.");
      return;
    default:
      throw_corrupted("A predicate has an operator that bytes do not have.");
  }
}

void put_operand(ByteWriter& writer, const PairOperand& operand) {
  put_signed(writer, operand.field);
  put_enum(writer, operand.kind);
  put_number(writer, operand.type_oid);
  put_number(writer, operand.collation_oid);
  put_missing(writer, operand.missing);
}

PairOperand get_operand(ByteReader& reader) {
  PairOperand operand;
  const int64_t field = get_signed(reader);
  if (field != kTimeColumn && (field < 1 || field > INT16_MAX)) throw_corrupted("A plan has an impossible field.");
  operand.field = static_cast<int16_t>(field);
  operand.kind = get_kind(reader);
  operand.type_oid = static_cast<uint32_t>(get_number(reader, UINT32_MAX));
  operand.collation_oid = static_cast<uint32_t>(get_number(reader, UINT32_MAX));
  operand.missing = get_missing(reader);
  const bool fits = field != kTimeColumn || operand.kind == ValueKind::kInteger;
  if (!fits || (operand.missing && operand.missing->kind != operand.kind)) {
    throw_corrupted("A missing value has another kind.");
  }
  return operand;
}

}  // namespace

void put_missing(ByteWriter& writer, const std::optional<MissingValue>& missing) {
  writer.put(static_cast<uint8_t>(missing.has_value()));
  if (!missing) return;
  put_enum(writer, missing->kind);
  put_signed(writer, missing->integer);
  put_string(writer, missing->bytes);
}

std::optional<MissingValue> get_missing(ByteReader& reader) {
  if (!get_enum(reader, true)) return std::nullopt;
  MissingValue missing{get_kind(reader), get_signed(reader), {}};
  const auto bytes = get_string(reader);
  missing.bytes.assign(bytes.begin(), bytes.end());
  return missing;
}

void put_text(ByteWriter& writer, const std::string& text) { put_string(writer, bytes_of(text)); }

std::string get_text(ByteReader& reader) {
  const auto text = get_string(reader);
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

ValueKind get_kind(ByteReader& reader) {
  const auto kind = get_enum(reader, ValueKind::kBytes);
  if (kind < ValueKind::kInteger) throw_corrupted("A plan has an unknown kind of part.");
  return kind;
}

int16_t get_field(ByteReader& reader) {
  const auto field = static_cast<int16_t>(get_number(reader, INT16_MAX));
  if (field < 1) throw_corrupted("A plan has an impossible field.");
  return field;
}

int32_t get_type(ByteReader& reader) {
  const int64_t type_id = get_signed(reader);
  if (type_id < INT32_MIN || type_id > INT32_MAX) throw_corrupted("A plan has an impossible type.");
  return static_cast<int32_t>(type_id);
}

void put_predicate(ByteWriter& writer, const FieldPredicate& predicate) {
  put_number(writer, static_cast<uint16_t>(predicate.field));
  put_enum(writer, predicate.kind);
  put_enum(writer, predicate.method);
  put_enum(writer, predicate.op);
  writer.put(static_cast<uint8_t>(predicate.ignore_case));
  put_number(writer, predicate.type_oid);
  put_number(writer, predicate.collation_oid);
  put_enum(writer, predicate.part);
  put_text(writer, predicate.zone);
  put_number(writer, predicate.ranges.size());
  for (const IntegerRange& range : predicate.ranges) {
    put_signed(writer, range.first);
    put_signed(writer, range.last);
  }
  put_number(writer, predicate.literals.size());
  for (const std::string& literal : predicate.literals) put_text(writer, literal);
  put_missing(writer, predicate.missing);
}

FieldPredicate get_predicate(ByteReader& reader) {
  FieldPredicate predicate;
  predicate.field = static_cast<int16_t>(get_number(reader, INT16_MAX));
  predicate.kind = get_kind(reader);
  predicate.method = get_enum(reader, PredicateMethod::kPart);
  predicate.op = get_enum(reader, ValueOperator::kContainsAll);
  predicate.ignore_case = get_enum(reader, true);
  predicate.type_oid = static_cast<uint32_t>(get_number(reader, UINT32_MAX));
  predicate.collation_oid = static_cast<uint32_t>(get_number(reader, UINT32_MAX));
  predicate.part = get_enum(reader, ValuePart::kLength);
  predicate.zone = get_text(reader);
  for (size_t rest = get_count(reader, 2); rest > 0; --rest) {
    IntegerRange range{};
    range.first = get_signed(reader);
    range.last = get_signed(reader);
    predicate.ranges.push_back(range);
  }
  for (size_t rest = get_count(reader); rest > 0; --rest) {
    predicate.literals.push_back(get_text(reader));
  }
  predicate.missing = get_missing(reader);
  check_predicate(predicate);
  return predicate;
}

void put_pair(ByteWriter& writer, const PairPredicate& pair) {
  put_operand(writer, pair.left);
  put_operand(writer, pair.right);
  put_enum(writer, pair.op);
  for (const int64_t part : {pair.months, pair.days, pair.microseconds}) put_signed(writer, part);
  put_text(writer, pair.zone);
}

PairPredicate get_pair(ByteReader& reader) {
  PairPredicate pair;
  pair.left = get_operand(reader);
  pair.right = get_operand(reader);
  pair.op = get_enum(reader, PairOperator::kWithinOf);
  for (int64_t* part : {&pair.months, &pair.days, &pair.microseconds}) *part = get_signed(reader);
  pair.zone = get_text(reader);
  return pair;
}

}  // namespace segments
