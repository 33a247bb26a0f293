// The elements of arrays in jsonb documents.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// Not that of a document which is a scalar.
inline bool is_json_array(const JsonbValue& value) {
  return value.type == jbvBinary && JsonContainerIsArray(value.val.binary.data) && !JsonContainerIsScalar(value.val.binary.data);
}

// Walks over the scalars in an array, those of arrays within it too; nulls are left out.
class JsonElements {
 public:
  explicit JsonElements(JsonbContainer* array) : at_(call([&] { return JsonbIteratorInit(array); })) {}

  // False at the end, and at an object.
  bool next(JsonbValue& value) {
    for (;;) {
      const JsonbIteratorToken token = call([&] { return JsonbIteratorNext(&at_, &value, false); });
      if (token == WJB_BEGIN_OBJECT) has_object_ = true;
      if (token == WJB_DONE || token == WJB_BEGIN_OBJECT) return false;
      if (token == WJB_ELEM && value.type != jbvNull) return true;
    }
  }
  bool has_object() const { return has_object_; }

  // What the server has allocated for the rest of the walk.
  void free() {
    while (at_ != nullptr) {
      JsonbIterator* parent = at_->parent;
      pfree(at_);
      at_ = parent;
    }
  }

 private:
  JsonbIterator* at_;
  bool has_object_ = false;
};

}  // namespace segments::pg
