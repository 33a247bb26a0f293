// A set of ordinals over CRoaring, in the portable Roaring format.
//
// Untrusted bytes enter only through from_portable(), which deserializes safely, validates the structure, demands that
// the whole input is used, and bounds its size.  Trusted code may read our own stored bytes the same way: it is cheap.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/interrupt.h"
#include "core/ordinal.h"
#include "core/set/dense_set.h"

namespace roaring::api {
struct roaring_bitmap_s;
}

namespace segments {

// A set that was moved from may only be assigned to or destroyed.  Every operation may throw std::bad_alloc.
class ProfileSet {
 public:
  // Portable bytes larger than this are refused (a full 32-bit set takes 512 MiB + directory; run containers less).
  static constexpr size_t kMaxBytes = size_t{768} << 20;

  ProfileSet();
  ~ProfileSet();
  ProfileSet(const ProfileSet&);
  ProfileSet& operator=(const ProfileSet&);
  ProfileSet(ProfileSet&&) noexcept;
  ProfileSet& operator=(ProfileSet&&) noexcept;

  // Throws Error{kInvalidBytes} unless `bytes` is exactly one valid portable Roaring bitmap.
  static ProfileSet from_portable(std::span<const uint8_t> bytes);
  // In any order, each as often as it comes.
  static ProfileSet from_ordinals(std::span<const Ordinal> ordinals);
  // The members of `set`, offset by the tile's first ordinal.
  static ProfileSet from_dense(uint32_t tile, const DenseSet& set);

  // Canonical: equal sets give equal bytes (run-optimized, shrunk).
  std::vector<uint8_t> to_portable(Interrupt& interrupt) const;
  std::vector<uint8_t> to_portable() const;
  // The part of this set that lies in `tile`.
  DenseSet to_dense(uint32_t tile) const;
  std::vector<Ordinal> to_ordinals() const;

  void insert(Ordinal ordinal);
  // Throws Error{kOutOfRange} unless first <= end <= 2^32; the end is exclusive.
  void insert_range(uint64_t first, uint64_t end);
  void remove(Ordinal ordinal);
  bool contains(Ordinal ordinal) const;
  uint64_t cardinality() const;
  bool empty() const;
  std::optional<Ordinal> minimum() const;
  std::optional<Ordinal> maximum() const;
  // Zero-based: the member with exactly `rank` smaller members, if there is one.
  std::optional<Ordinal> select(uint32_t rank) const;
  uint64_t count_in(uint64_t first, uint64_t end) const;  // members in [first, end)

  ProfileSet& operator&=(const ProfileSet& other);
  ProfileSet& operator|=(const ProfileSet& other);
  ProfileSet& operator-=(const ProfileSet& other);
  ProfileSet& operator^=(const ProfileSet& other);
  bool operator==(const ProfileSet& other) const;
  bool is_subset_of(const ProfileSet& other) const;
  bool intersects(const ProfileSet& other) const;
  // A total order: lexicographic over ascending ordinals, a proper prefix first.
  int compare(const ProfileSet& other, Interrupt& interrupt) const;
  // Depends on the members only, never on the representation.
  uint64_t hash(uint64_t seed, Interrupt& interrupt) const;

  // Calls visit for each member in ascending order until it returns false.
  void for_each(const std::function<bool(Ordinal)>& visit) const;

  // Calls visit(first, last) for each maximal run of neighbours in ascending order until it returns false.
  void for_each_run(const std::function<bool(Ordinal, Ordinal)>& visit) const;
  // Copies members from `first` on, in ascending order, as many as there are or fit; returns how many.
  size_t read(Ordinal first, std::span<Ordinal> into) const;

  // Heap bytes held, approximately.
  size_t memory_bytes() const;

 private:
  using Bitmap = roaring::api::roaring_bitmap_s;
  explicit ProfileSet(Bitmap* bitmap) noexcept : bitmap_(bitmap) {}
  Bitmap* bitmap_;  // null only after having been moved from
};

}  // namespace segments
