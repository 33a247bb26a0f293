// Integers are stored as the first value and the gaps between neighbours less one, in the narrowest width that holds
// all of them (none at all for a dense range); byte strings as their lengths, likewise, and their bytes.
#include "core/column/dictionary_codec.h"

#include <algorithm>

namespace segments {
namespace {

void write_integers(ByteWriter& out, const Dictionary& dictionary, const CodeRenumbering& used) {
  std::vector<int64_t> values;
  values.reserve(used.used_values());
  used.for_each_used_value([&](uint32_t index) { values.push_back(dictionary.integer(index)); });
  const auto gap = [&](size_t i) { return static_cast<uint64_t>(values[i]) - static_cast<uint64_t>(values[i - 1]) - 1; };
  uint64_t largest = 0;
  for (size_t i = 1; i < values.size(); ++i) largest = std::max(largest, gap(i));
  const uint32_t width = narrow_width(largest);
  out.put(static_cast<uint8_t>(width));
  if (values.empty()) return;
  out.put(values[0]);
  for (size_t i = 1; i < values.size(); ++i) out.put_narrow(gap(i), width);
}

Dictionary read_integers(ByteReader& in, ValueKind kind, uint32_t size) {
  const uint32_t width = in.get<uint8_t>();
  check_width(width, 8);
  std::vector<int64_t> values;
  if (size != 0) {
    int64_t last = in.get<int64_t>();
    const auto gaps = in.take_array(size - 1, width);
    values.resize(size);
    values[0] = last;
    bool overflow = false;
    for_each_narrow(gaps, width, size - 1, [&](size_t i, uint64_t gap) {
      const uint64_t room = static_cast<uint64_t>(INT64_MAX) - static_cast<uint64_t>(last);
      overflow |= gap >= room;
      last = static_cast<int64_t>(static_cast<uint64_t>(last) + gap + 1);
      values[i + 1] = last;
    });
    if (overflow) throw_corrupted("The values of a dictionary do not ascend.");
  }
  return Dictionary::of_integers(kind, std::move(values));
}

void write_strings(ByteWriter& out, const Dictionary& dictionary, const CodeRenumbering& used) {
  uint64_t largest = 0;
  uint64_t total = 0;
  used.for_each_used_value([&](uint32_t index) {
    const uint64_t length = dictionary.bytes(index).size();
    largest = std::max(largest, length);
    total += length;
  });
  const uint32_t width = narrow_width(largest);
  out.put(static_cast<uint8_t>(width));
  out.reserve(out.size() + size_t{used.used_values()} * width + total + 64);
  used.for_each_used_value([&](uint32_t index) { out.put_narrow(dictionary.bytes(index).size(), width); });
  used.for_each_used_value([&](uint32_t index) { out.put_text(dictionary.bytes(index)); });
}

Dictionary read_strings(ByteReader& in, uint32_t size) {
  const uint32_t width = in.get<uint8_t>();
  check_width(width, 4);
  const auto lengths = in.take_array(size, width);
  std::vector<uint32_t> ends(size);
  uint64_t end = 0;
  for_each_narrow(lengths, width, size, [&](size_t i, uint64_t length) {
    end += length;
    ends[i] = static_cast<uint32_t>(end);
  });
  const auto blob = in.take(end);  // so `end` fits: a column is read whole, and its directory is below 4 GB
  if (end > UINT32_MAX) throw_corrupted("The values of a dictionary are too long.");
  Dictionary dictionary = Dictionary::of_bytes(std::move(ends), Bytes(blob.begin(), blob.end()));
  for (uint32_t i = 1; i < size; ++i) {
    if (!(dictionary.bytes(i - 1) < dictionary.bytes(i))) throw_corrupted("The values of a dictionary do not ascend.");
  }
  return dictionary;
}

}  // namespace

CodeRenumbering::CodeRenumbering(uint32_t code_count, std::span<const uint32_t> used_codes) : words_(code_count / 64 + 1) {
  words_[0].used = 1;
  for (const uint32_t code : used_codes) words_[code >> 6].used |= uint64_t{1} << (code & 63);
  uint32_t before = 0;
  for (Word& word : words_) {
    word.before = before;
    before += static_cast<uint32_t>(std::popcount(word.used));
  }
  used_values_ = before - 1;
}

void write_dictionary(ByteWriter& out, const Dictionary& dictionary, const CodeRenumbering& used) {
  out.put(used.used_values());
  if (dictionary.kind() == ValueKind::kBytes) {
    write_strings(out, dictionary, used);
  } else {
    write_integers(out, dictionary, used);
  }
}

Dictionary read_dictionary(ByteReader& in, uint8_t kind, uint32_t largest_size) {
  const auto size = in.get<uint32_t>();
  if (size > largest_size) throw_corrupted("A dictionary has more values than its column has rows.");
  Dictionary dictionary;
  switch (static_cast<ValueKind>(kind)) {
    case ValueKind::kInteger:
    case ValueKind::kFloat:
      dictionary = read_integers(in, static_cast<ValueKind>(kind), size);
      break;
    case ValueKind::kBytes:
      dictionary = read_strings(in, size);
      break;
    default:
      throw_corrupted("A dictionary holds values of an unknown kind.");
  }
  in.expect_end();
  return dictionary;
}

}  // namespace segments
