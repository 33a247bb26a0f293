// How a dictionary is stored in the directory of a field's column.
#pragma once
#include <bit>

#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"
#include "core/column/column.h"

namespace segments {

// Which codes of a large dictionary a fragment uses, and their codes in a dictionary of just those.
class CodeRenumbering {
 public:
  CodeRenumbering(uint32_t code_count, std::span<const uint32_t> used_codes);
  uint32_t used_values() const { return used_values_; }  // null not counted
  uint32_t renumber(uint32_t code) const {               // REQUIRES: code is used, or null
    const Word& word = words_[code >> 6];
    return word.before + static_cast<uint32_t>(std::popcount(word.used & ((uint64_t{1} << (code & 63)) - 1)));
  }
  template <class F>
  void for_each_used_value(F visit) const {
    for (uint32_t i = 0; i < words_.size(); ++i) {
      for (uint64_t used = words_[i].used & (i == 0 ? ~uint64_t{1} : ~uint64_t{0}); used != 0; used &= used - 1) {
        visit(i * 64 + static_cast<uint32_t>(std::countr_zero(used)) - 1);
      }
    }
  }

 private:
  struct Word {
    uint64_t used = 0;
    uint32_t before = 0;  // used codes in earlier words, null among them
  };
  std::vector<Word> words_;
  uint32_t used_values_ = 0;
};

void write_dictionary(ByteWriter& out, const Dictionary& dictionary, const CodeRenumbering& used);

// Throws Error{kDataCorrupted} unless the rest of `in` is a dictionary of at most `largest_size` ascending values.
Dictionary read_dictionary(ByteReader& in, uint8_t kind, uint32_t largest_size);

}  // namespace segments
