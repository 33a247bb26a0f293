// How long loops of the core stay cancellable: they call poll() every few thousand items.
#pragma once

namespace segments {

class Interrupt {
 public:
  virtual ~Interrupt() = default;
  // Returns quickly, or throws to unwind the caller.
  virtual void poll() = 0;
};

// For callers that need no cancelling (tests, short inputs).
class NeverInterrupt final : public Interrupt {
 public:
  void poll() override {}
};

}  // namespace segments
