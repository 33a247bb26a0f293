// Numbers in as many bytes as they need (LEB128; signed ones zigzag), and sets, in serialized plans, maps and results.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "core/error.h"
#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"
#include "core/set/profile_set.h"

namespace segments {

void put_number(ByteWriter& writer, uint64_t value);
void put_signed(ByteWriter& writer, int64_t value);
void put_string(ByteWriter& writer, std::span<const uint8_t> bytes);
void put_set(ByteWriter& writer, const ProfileSet& set);

// All throw Error{kDataCorrupted} on anything that is not there or exceeds `largest`.
uint64_t get_number(ByteReader& reader, uint64_t largest = UINT64_MAX);
int64_t get_signed(ByteReader& reader);
std::span<const uint8_t> get_string(ByteReader& reader);
ProfileSet get_set(ByteReader& reader);
// A number of items that take at least `item_bytes` (1 or more) each: never more than can be there.
size_t get_count(ByteReader& reader, size_t item_bytes = 1);
// An index below `count`.
uint32_t get_index(ByteReader& reader, size_t count);

}  // namespace segments
