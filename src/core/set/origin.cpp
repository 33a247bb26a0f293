#include "core/set/origin.h"

#include <array>
#include <charconv>
#include <cstring>

#include "core/error.h"

namespace segments {
namespace {

// No portable Roaring bitmap begins with these four bytes ("SPS1").
constexpr uint32_t kMagic = 0x31535053;
constexpr size_t kDigits = 16;

}  // namespace

Origin joint_origin(Origin left, Origin right) {
  if (left == right || right == Origin::kNone) return left;
  if (left == Origin::kNone) return right;
  throw Error(ErrorCode::kNotReady, "profile sets of different origins cannot be combined",
              "The ordinals of one are from numbering " + print_origin(left) + ", those of the other from " +
                  print_origin(right) + ": the same ordinal is another profile in each.",
              "Make the older set again from its definition, or from profile ids: records are numbered anew by a restore. Keep "
              "profile ids, as segments.profiles(set) gives them, of what must last.");
}

StampedBytes read_stamp(std::span<const uint8_t> bytes) {
  uint32_t magic = 0;
  if (bytes.size() >= sizeof magic) std::memcpy(&magic, bytes.data(), sizeof magic);
  if (magic != kMagic) return {bytes};
  uint64_t origin = 0;
  if (bytes.size() >= kStampBytes) std::memcpy(&origin, bytes.data() + sizeof magic, sizeof origin);
  if (origin == 0) {
    throw Error(ErrorCode::kInvalidBytes, "invalid profile set", "The bytes begin with a stamp that names no origin.",
                "Pass bytes that the binary format of a profile_set gave.");
  }
  return {bytes.subspan(kStampBytes), Origin{origin}};
}

void write_stamp(Origin origin, uint8_t* to) {
  std::memcpy(to, &kMagic, sizeof kMagic);
  std::memcpy(to + sizeof kMagic, &origin, sizeof origin);
}

std::string print_origin(Origin origin) {
  std::array<char, kDigits> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + kDigits, static_cast<uint64_t>(origin), 16);
  const auto length = static_cast<size_t>(result.ptr - digits.data());
  return std::string(kDigits - length, '0').append(digits.data(), length);
}

std::optional<Origin> parse_origin(std::string_view digits) {
  uint64_t origin = 0;
  if (digits.size() != kDigits) return std::nullopt;
  const auto result = std::from_chars(digits.data(), digits.data() + kDigits, origin, 16);
  if (result.ec != std::errc() || result.ptr != digits.data() + kDigits || origin == 0) return std::nullopt;
  return Origin{origin};
}

}  // namespace segments
