#include "pg/server/json_value.h"

#include "core/text/lexer.h"
#include "pg/server/datum.h"
#include "pg/server/jsonb_headers.h"

namespace segments::pg {
namespace {

// Sixteen times what a definition's text may have: JSON of none is larger.
constexpr size_t kMaxJsonbBytes = 16 * kMaxDefinitionBytes;

JsonValue scalar_of(const JsonbValue& value) {
  JsonValue result;
  switch (value.type) {
    case jbvString:
      return json_text({value.val.string.val, static_cast<size_t>(value.val.string.len)});
    case jbvNumeric:
      result.kind = JsonKind::kNumber;
      result.text = digits_of(value.val.numeric);
      return result;
    case jbvBool:
      return json_boolean(value.val.boolean);
    default:
      return result;
  }
}

class JsonbReader {
 public:
  explicit JsonbReader(Jsonb* jsonb) {
    iterator_ = call([&] { return JsonbIteratorInit(&jsonb->root); });
    is_scalar_ = JB_ROOT_IS_SCALAR(jsonb);
  }

  JsonValue read() {
    const JsonbIteratorToken token = next();
    JsonValue value = this->value(token);
    // A scalar is held as an array of one.
    return is_scalar_ ? std::move(value.elements.front()) : std::move(value);
  }

 private:
  JsonbIteratorToken next() {
    return call([this] { return JsonbIteratorNext(&iterator_, &current_, false); });
  }

  // As deep as the server has parsed it, which looks after its stack.
  JsonValue value(JsonbIteratorToken token) {
    interrupt_.poll();
    call([] { check_stack_depth(); });
    JsonValue result;
    if (token == WJB_BEGIN_ARRAY) {
      result.kind = JsonKind::kArray;
      while ((token = next()) != WJB_END_ARRAY) result.elements.push_back(value(token));
      return result;
    }
    if (token == WJB_BEGIN_OBJECT) {
      result.kind = JsonKind::kObject;
      while (next() != WJB_END_OBJECT) {
        std::string key(current_.val.string.val, static_cast<size_t>(current_.val.string.len));
        token = next();
        result.members.push_back({std::move(key), value(token)});
      }
      return result;
    }
    return scalar_of(current_);
  }

  ServerInterrupt interrupt_;
  JsonbIterator* iterator_;
  JsonbValue current_{};
  bool is_scalar_ = false;
};

class JsonbWriter {
 public:
  Datum write(const JsonValue& value) {
    push(value, WJB_ELEM);
    return call([this] { return JsonbPGetDatum(JsonbValueToJsonb(result_)); });
  }

 private:
  // `as`: how a scalar is pushed, as an element or as the value of a key.
  void push(const JsonValue& value, JsonbIteratorToken as) {
    switch (value.kind) {
      case JsonKind::kArray:
        push(WJB_BEGIN_ARRAY);
        for (const JsonValue& element : value.elements) push(element, WJB_ELEM);
        return push(WJB_END_ARRAY);
      case JsonKind::kObject:
        push(WJB_BEGIN_OBJECT);
        for (const JsonMember& member : value.members) {
          push_text(member.key, WJB_KEY);
          push(member.value, WJB_VALUE);
        }
        return push(WJB_END_OBJECT);
      case JsonKind::kText:
        return push_text(value.text, as);
      case JsonKind::kNumber:
        return push_number(value.text, as);
      case JsonKind::kBoolean:
      case JsonKind::kNull:
        break;
    }
    JsonbValue scalar{};
    scalar.type = value.kind == JsonKind::kNull ? jbvNull : jbvBool;
    scalar.val.boolean = value.boolean;
    push_scalar(as, scalar);
  }

  void push(JsonbIteratorToken token) {
    call([&] { result_ = pushJsonbValue(&state_, token, nullptr); });
  }

  void push_scalar(JsonbIteratorToken as, JsonbValue& scalar) {
    call([&] { result_ = pushJsonbValue(&state_, as, &scalar); });
  }

  void push_text(const std::string& text, JsonbIteratorToken as) {
    JsonbValue scalar{};
    scalar.type = jbvString;
    scalar.val.string.val = const_cast<char*>(text.data());
    scalar.val.string.len = static_cast<int>(text.size());
    push_scalar(as, scalar);
  }

  void push_number(const std::string& digits, JsonbIteratorToken as) {
    const char* text = digits.c_str();
    JsonbValue scalar{};
    scalar.type = jbvNumeric;
    scalar.val.numeric = call([&] {
      return DatumGetNumeric(
          DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
    });
    push_scalar(as, scalar);
  }

  JsonbParseState* state_ = nullptr;
  JsonbValue* result_ = nullptr;
};

}  // namespace

JsonValue json_of(Datum jsonb) {
  const Size size = call([&] { return toast_raw_datum_size(jsonb); });
  if (size > kMaxJsonbBytes) {
    throw Error(
        ErrorCode::kLimitExceeded, "JSON of a definition is too long",
        "It has " + std::to_string(size) + " bytes as jsonb; at most " + std::to_string(kMaxJsonbBytes) + " are accepted.",
        "Split the definition.");
  }
  return JsonbReader(call([&] { return DatumGetJsonbP(jsonb); })).read();
}

Datum jsonb_of(const JsonValue& json) { return JsonbWriter().write(json); }

}  // namespace segments::pg
