#include "pg/writing/json_paths.h"

#include <algorithm>

#include "core/calendar/iso_time.h"
#include "core/text/characters.h"
#include "core/text/number_text.h"
#include "pg/server/datum.h"

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
  const int64_t all = occurrences();
  if (counts[kBoolean] == all) return "boolean";
  if (whole_numbers == all) return "bigint";
  if (counts[kNumber] == all) return "numeric";
  if (days == all) return "date";
  return times + days == all ? "timestamptz" : "text";
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
      } else if (JsonContainerIsObject(value.val.binary.data) && path_.size() < kMostNames) {
        walk(value.val.binary.data, interrupt);
      }
    }
    path_.pop_back();
  }
}

void JsonPaths::count(const JsonbValue& value) {
  if (value.type == jbvNull) return;
  auto found = uses_.find(path_);
  if (found == uses_.end()) {
    has_left_out_ = has_left_out_ || uses_.size() == kMost;
    if (uses_.size() == kMost) return;
    found = uses_.emplace(path_, JsonPathUse{}).first;
  }
  JsonPathUse& use = found->second;
  if (value.type == jbvBool) {
    ++use.counts[JsonPathUse::kBoolean];
    add_sample(use, value.val.boolean ? "true" : "false");
  } else if (value.type == jbvNumeric) {
    const std::string number = digits_of(value.val.numeric);
    ++use.counts[JsonPathUse::kNumber];
    if (whole_number(number) && number.find('.') == std::string::npos) ++use.whole_numbers;
    add_sample(use, number);
  } else if (value.type == jbvString) {
    const std::string_view text(value.val.string.val, static_cast<size_t>(value.val.string.len));
    ++use.counts[JsonPathUse::kString];
    if (timestamp_of_iso(text)) ++(text.size() == kBytesOfDay ? use.days : use.times);
    add_sample(use, text);
  }
}

}  // namespace segments::pg
