// In debug builds, counts the C++ objects that memory contexts keep alive: tests prove that errors leave none.
#pragma once
#include <cstdint>

namespace segments::pg {

#ifdef SEGMENTS_DEBUG
extern int64_t live_objects;
#endif

// A base of classes whose objects make_in() creates.
class LiveObject {
#ifdef SEGMENTS_DEBUG
 public:
  LiveObject() { ++live_objects; }
  LiveObject(const LiveObject&) = delete;
  LiveObject& operator=(const LiveObject&) = delete;
  ~LiveObject() { --live_objects; }
#endif
};

}  // namespace segments::pg
