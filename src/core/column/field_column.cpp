#include <algorithm>
#include <bit>

#include "core/column/column.h"
#include "core/column/dictionary_codec.h"
#include "core/column/section.h"

namespace segments {
namespace {

// Comparing costs per run and plane, looking up costs the same for any set: here they break even (fragment_bench).
constexpr size_t kLargestRunWork = 512;
constexpr size_t kMostRuns = 64;

uint32_t plane_count_of(uint32_t dictionary_size) { return static_cast<uint32_t>(std::bit_width(dictionary_size)); }

// The first position at or after `from` whose bit is `value`, or `end`.
uint32_t find_bit(const std::vector<uint64_t>& words, uint32_t from, uint32_t end, bool value) {
  const uint64_t flip = value ? 0 : ~uint64_t{0};
  uint64_t mask = ~uint64_t{0} << (from % 64);
  for (uint32_t word = from / 64; word < words.size(); ++word) {
    const uint64_t found = (words[word] ^ flip) & mask;
    if (found != 0) return std::min(end, word * 64 + static_cast<uint32_t>(std::countr_zero(found)));
    mask = ~uint64_t{0};
  }
  return end;
}

// The maximal runs of codes that are in the set (`value`) or not; one more than `most` if there are more.
std::vector<CodeRange> runs_of(const CodeSet& codes, bool value, size_t most) {
  std::vector<CodeRange> runs;
  const uint32_t end = codes.code_count();
  uint32_t first = 0;
  while (first < end && runs.size() <= most) {
    first = find_bit(codes.words(), first, end, value);
    if (first == end) break;
    const uint32_t run_end = find_bit(codes.words(), first, end, !value);
    runs.push_back({first, run_end == end ? UINT64_MAX : run_end - 1});  // nothing lies past the end
    first = run_end;
  }
  return runs;
}

}  // namespace

FieldColumn::FieldColumn(ColumnSource& source) : section_(source, SectionKind::kField) {
  ByteReader directory(section_.directory());
  dictionary_ = read_dictionary(directory, section_.detail(), section_.row_count());
  section_.expect_payload(part_bytes(BitPlanes::encoded_bytes(row_count(), plane_count_of(dictionary_.size()))));
}

size_t FieldColumn::dictionary_bytes(ColumnSource& source) { return SectionReader::directory_bytes(source, SectionKind::kField); }

const BitPlanes& FieldColumn::planes() {
  if (!planes_) {
    planes_ = read_planes(section_, 0, row_count(), plane_count_of(dictionary_.size()));
  }
  return *planes_;
}

RowSet FieldColumn::select(const CodeSet& codes, uint32_t first_row, uint32_t end_row) {
  RowSet rows(row_count());
  if (codes.empty()) return rows;
  const BitPlanes& bits = planes();
  uint64_t* words = rows.words().data();
  const size_t most = std::min(kMostRuns, kLargestRunWork / std::max(1u, bits.plane_count()));
  const auto inside = runs_of(codes, true, most);
  const auto outside = runs_of(codes, false, std::min(most, inside.size()));
  if (std::min(inside.size(), outside.size()) > most) {
    bits.select_members(codes.words(), first_row, end_row, words);
  } else if (outside.size() < inside.size()) {
    bits.select_ranges(outside, true, first_row, end_row, words);
  } else {
    bits.select_ranges(inside, false, first_row, end_row, words);
  }
  return rows;
}

std::vector<uint32_t> FieldColumn::codes() {
  std::vector<uint32_t> codes(row_count());
  planes().decode(codes);
  uint32_t largest = 0;
  for (const uint32_t code : codes) largest = std::max(largest, code);
  if (largest > dictionary_.size()) throw_corrupted("A row has a code that its dictionary does not have.");
  return codes;
}

std::vector<uint64_t> FieldColumn::count(const RowSet& rows) {
  std::vector<uint64_t> counts(size_t{1} << planes().plane_count());
  planes().count(rows.words().data(), counts);
  const size_t code_count = size_t{dictionary_.size()} + 1;
  if (std::any_of(counts.begin() + static_cast<ptrdiff_t>(code_count), counts.end(), [](uint64_t count) { return count != 0; })) {
    throw_corrupted("A row has a code that its dictionary does not have.");
  }
  counts.resize(code_count);
  return counts;
}

Bytes encode_field(const Dictionary& dictionary, std::span<const uint32_t> codes) {
  const auto row_count = static_cast<uint32_t>(codes.size());
  const CodeRenumbering used(dictionary.size() + 1, codes);
  const uint32_t plane_count = plane_count_of(used.used_values());
  SectionWriter section(SectionKind::kField, static_cast<uint8_t>(dictionary.kind()), row_count);
  write_dictionary(section.body(), dictionary, used);
  section.end_directory();
  if (used.used_values() == dictionary.size()) {
    append_planes(section.body(), codes, plane_count);
  } else {
    std::vector<uint32_t> renumbered(codes.size());
    for (size_t i = 0; i < codes.size(); ++i) renumbered[i] = used.renumber(codes[i]);
    append_planes(section.body(), renumbered, plane_count);
  }
  section.end_part();
  return section.end();
}

}  // namespace segments
