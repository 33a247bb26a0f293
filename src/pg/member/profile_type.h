// The types that a member table shows profile ids in: those that the unification's column may have.
//
// Ids are stored as texts, as the server writes them.  So two values are equal exactly if their texts are, for the operators that
// id_comparison() knows, and a condition on values can be answered by texts.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "pg/server/boundary.h"

namespace segments::pg {

enum class IdKind : int { kText, kPadded, kInteger, kUuid };

struct IdType {
  Oid type;  // base type of domains
  int32_t modifier;
  IdKind kind;

  bool is(const IdType& other) const { return type == other.type && modifier == other.modifier && kind == other.kind; }
};

// Nothing: no column of the unification can have that type.  Server calls only.
std::optional<IdType> id_type(Oid type, int32_t modifier);

struct IdComparison {
  IdKind kind;   // of the side that is an id
  int strategy;  // of B-trees
};
// What a function that compares two values compares; nothing: what texts do not tell.  Orders only where that of texts is the
// same.
std::optional<IdComparison> id_comparison(Oid function);

// The text that stands for a value of a type that ids are compared with.  Server calls only; in the current memory context.
Datum id_text(Datum value, Oid type);

// Makes values of a type from stored ids.
class IdValues {
 public:
  explicit IdValues(const IdType& type) : type_(type) {}
  const IdType& type() const { return type_; }
  bool shows_stored() const { return type_.kind == IdKind::kText; }
  // REQUIRES: !shows_stored().  Valid until the next one.  Throws Error{kTypeMismatch} for an id that the type does not have.
  Datum value(std::string_view id);

 private:
  int64_t integer(std::string_view id) const;
  void read_uuid(std::string_view id);
  void pad(std::string_view id);

  IdType type_;
  std::array<uint8_t, 16> uuid_ = {};
  std::string padded_;
};

// Throws Error{kTypeMismatch} if the unification's column has a type now that values of this one cannot show.
void check_shows_ids(const IdType& type, Snapshot snapshot);

}  // namespace segments::pg
