// Counts the C++ objects that memory contexts keep alive: tests of the debug build prove that errors leave none.
#pragma once
#include <cstdint>

namespace segments::pg {

extern int64_t live_objects;

// A base of classes whose objects make_in() creates.
class LiveObject {
 public:
  LiveObject() { ++live_objects; }
  LiveObject(const LiveObject&) = delete;
  LiveObject& operator=(const LiveObject&) = delete;
  ~LiveObject() { --live_objects; }
};

}  // namespace segments::pg
