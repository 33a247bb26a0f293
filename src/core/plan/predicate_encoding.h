// Predicates of a plan, as bytes.
#pragma once
#include <string>

#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"
#include "core/plan/plan.h"

namespace segments {

template <class E>
void put_enum(ByteWriter& writer, E value) {
  writer.put(static_cast<uint8_t>(value));
}

template <class E>
E get_enum(ByteReader& reader, E last) {
  const auto value = reader.get<uint8_t>();
  if (value > static_cast<uint8_t>(last)) throw_corrupted("A plan has an unknown kind of part.");
  return static_cast<E>(value);
}

void put_text(ByteWriter& writer, const std::string& text);
std::string get_text(ByteReader& reader);
ValueKind get_kind(ByteReader& reader);
// The number of a field of a type.
int16_t get_field(ByteReader& reader);
int32_t get_type(ByteReader& reader);

// Equal predicates give equal bytes.
void put_predicate(ByteWriter& writer, const FieldPredicate& predicate);
// Throws Error{kDataCorrupted} for what evaluation does not expect.
FieldPredicate get_predicate(ByteReader& reader);

// As predicates answer for fragments that are older than the field.
void put_missing(ByteWriter& writer, const std::optional<MissingValue>& missing);
std::optional<MissingValue> get_missing(ByteReader& reader);

void put_pair(ByteWriter& writer, const PairPredicate& pair);
PairPredicate get_pair(ByteReader& reader);

}  // namespace segments
