#include "pg/writing/json_paths.h"

#include <algorithm>

#include "core/calendar/iso_time.h"
#include "core/text/characters.h"
#include "core/text/number_text.h"
#include "pg/server/datum.h"
#include "pg/server/json_elements.h"

namespace segments::pg {
namespace {

constexpr size_t kMostNames = 32;
constexpr size_t kBytesOfDay = 10;

void add_sample(JsonPathUse& use, std::string_view text) {
  if (use.samples.size() == JsonPathUse::kMostSamples) return;
  std::string sample = excerpt(text);
  if (std::ranges::find(use.samples, sample) == use.samples.end()) use.samples.push_back(std::move(sample));
}

}  // namespace

const char* JsonPathUse::kind() const {
  if (counts[kArray] > scalars()) return whole_elements > 0 && other_elements == 0 ? "bigint[]" : "text[]";
  const int64_t all = scalars();
  if (counts[kBoolean] == all) return "boolean";
  if (whole_numbers == all) return "bigint";
  if (counts[kNumber] == all) return "numeric";
  if (days == all) return "date";
  return times + days == all ? "timestamptz" : "text";
}

void JsonPathUse::count(const JsonbValue& value) {
  if (value.type == jbvBool) {
    ++counts[kBoolean];
    add_sample(*this, value.val.boolean ? "true" : "false");
  } else if (value.type == jbvNumeric) {
    const std::string number = digits_of(value.val.numeric);
    ++counts[kNumber];
    if (whole_number(number) && number.find('.') == std::string::npos) ++whole_numbers;
    add_sample(*this, number);
  } else if (value.type == jbvString) {
    const std::string_view text(value.val.string.val, static_cast<size_t>(value.val.string.len));
    ++counts[kString];
    if (timestamp_of_iso(text)) ++(text.size() == kBytesOfDay ? days : times);
    add_sample(*this, text);
  }
}

void JsonPaths::add(const std::string& column, Datum document, Interrupt& interrupt) {
  const struct varlena* plain = call([&] { return plain_value(document); });
  auto* root = &const_cast<Jsonb*>(reinterpret_cast<const Jsonb*>(plain))->root;
  path_ = {column};
  if (JsonContainerIsObject(root)) walk(root, interrupt);
  if (PointerGetDatum(plain) != document) pfree(const_cast<struct varlena*>(plain));
}

void JsonPaths::walk(JsonbContainer* object, Interrupt& interrupt) {
  JsonbIterator* iterator = call([&] { return JsonbIteratorInit(object); });
  for (;;) {
    interrupt.poll();
    JsonbValue value;
    const JsonbIteratorToken token = call([&] { return JsonbIteratorNext(&iterator, &value, true); });
    if (token == WJB_DONE || token == WJB_END_OBJECT) break;
    if (token == WJB_KEY) path_.emplace_back(value.val.string.val, static_cast<size_t>(value.val.string.len));
    if (token != WJB_VALUE) continue;
    // A name that is empty cannot be written in a definition.
    if (!path_.back().empty() && path_.size() <= kMostNames) {
      if (value.type != jbvBinary) {
        count(value);
      } else if (is_json_array(value)) {
        count_array(value.val.binary.data, interrupt);
      } else if (JsonContainerIsObject(value.val.binary.data) && path_.size() < kMostNames) {
        walk(value.val.binary.data, interrupt);
      }
    }
    path_.pop_back();
  }
}

JsonPathUse* JsonPaths::use_of_path() {
  auto found = uses_.find(path_);
  if (found == uses_.end()) {
    has_left_out_ = has_left_out_ || uses_.size() == kMost;
    if (uses_.size() == kMost) return nullptr;
    found = uses_.emplace(path_, JsonPathUse{}).first;
  }
  return &found->second;
}

void JsonPaths::count_array(JsonbContainer* array, Interrupt& interrupt) {
  JsonPathUse elements;
  JsonElements walk(array);
  for (JsonbValue value; walk.next(value);) {
    interrupt.poll();
    elements.count(value);
  }
  walk.free();
  if (walk.has_object()) return;
  JsonPathUse* use = use_of_path();
  if (use == nullptr) return;
  ++use->counts[JsonPathUse::kArray];
  use->whole_elements += elements.whole_numbers;
  use->other_elements += elements.scalars() - elements.whole_numbers;
  for (const std::string& sample : elements.samples) add_sample(*use, sample);
}

void JsonPaths::count(const JsonbValue& value) {
  if (value.type == jbvNull) return;
  JsonPathUse* use = use_of_path();
  if (use != nullptr) use->count(value);
}

}  // namespace segments::pg
