// What may stand where somebody is writing a definition, without knowing any name.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/interrupt.h"
#include "core/language/predicate.h"
#include "core/text/literal.h"

namespace segments {

// Longer texts are not completed.
inline constexpr size_t kMaxCompletedBytes = size_t{64} << 10;
// Nor are places within more parentheses.
inline constexpr size_t kMaxCompletedDepth = 100;

// What else than a keyword may stand there.
enum class PlaceKind : uint8_t {
  kNothing,
  kType,      // the name of an interaction type
  kRelation,  // the name of a relation of `types`
  kField,     // the name of a field of `types`
  kMember,    // the name of a member of `field` of `types`
  kValue,     // a value of `field` of `types`
  kSegment,   // the name of a saved segment, as a text
  kTime,      // a time, as a text
};

struct Completion {
  uint32_t start = 0;  // byte offset of what is typed of it already: the offer goes from here to the position
  std::string typed;   // that, without quotes
  char quote = 0;      // the quote that it begins with: ' or "; 0: none
  // As they are inserted; those that begin with what is typed, in the order of the grammar.
  std::vector<std::string_view> keywords;
  PlaceKind place = PlaceKind::kNothing;  // of what is typed with its quote
  std::vector<Name> types;    // kRelation, kField, kValue: of the condition; none: any interaction.  kType: its other ones
  FieldPath field;            // kValue; kMember: what the member is in
  bool is_field_too = false;  // kValue: another field may stand there, too
  // A condition of its own up to the place, with the predicate that goes on there alone; empty: none goes on.
  std::string predicate;
};

// At a byte offset of the text, between two characters; what stands behind it is not looked at.  Every keyword, put in the place
// of what is typed, parses as far as the text goes then; where the text before does not, there are none.
Completion complete(std::string_view text, size_t position, Interrupt& interrupt);

}  // namespace segments
