// How often a random test draws.
#pragma once

namespace segments::test {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SEGMENTS_SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SEGMENTS_SANITIZED
#endif

#ifdef SEGMENTS_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// Under sanitizers, which take several times as long, fewer: the other build draws all.
inline constexpr int rounds(int all) { return kSanitized ? (all + 4) / 5 : all; }

}  // namespace segments::test
