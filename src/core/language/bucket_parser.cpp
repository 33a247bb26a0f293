#include <algorithm>
#include <string>

#include "core/bucket/bucket.h"
#include "core/language/clauses.h"
#include "core/text/characters.h"
#include "core/text/number_separators.h"

namespace segments {
namespace {

// What a sample is a part of, so that a percentage has two decimals.
constexpr int64_t kSampled = 10'000;

std::string in_text(int64_t first, int64_t last, int64_t count) {
  return "\"bucket " + std::to_string(first) + (first == last ? "" : " to " + std::to_string(last)) + " of " +
         std::to_string(count) + "\"";
}

// That there are such buckets.  `position`: of the first or last one.
void check_numbers(const BucketCondition& bucket, uint32_t position, uint32_t count_position) {
  if (bucket.count == 0) {
    throw Error(ErrorCode::kSyntax, "there is no bucket of 0", "", "Write how many buckets there are: bucket 0 of 10.",
                count_position);
  }
  if (bucket.first > bucket.last) {
    throw Error(ErrorCode::kSyntax, in_text(bucket.first, bucket.last, bucket.count) + " matches no profile",
                "The smaller number comes first.", "Write " + in_text(bucket.last, bucket.first, bucket.count) + ".", position);
  }
  if (bucket.last < bucket.count) return;
  const int64_t greatest = bucket.count - 1;
  throw Error(ErrorCode::kSyntax, "there is no bucket " + std::to_string(bucket.last) + " of " + std::to_string(bucket.count),
              "The first one is 0, the last one " + std::to_string(greatest) + ".",
              "Write " + in_text(std::min(bucket.first, greatest), greatest, bucket.count) + ".", position);
}

void parse_numbers(TokenStream& stream, BucketCondition& bucket) {
  uint32_t position = stream.position();
  bucket.first = bucket.last = stream.take_count(kMaxBuckets);
  const bool is_range = stream.accept_word("to");
  if (is_range) {
    position = stream.position();
    bucket.last = stream.take_count(kMaxBuckets);
  } else if (!stream.at_word("of")) {
    stream.fail_expecting({"to", "of"});
  }
  stream.expect_word("of");
  const uint32_t count_position = stream.position();
  bucket.count = stream.take_count(kMaxBuckets);
  check_numbers(bucket, position, count_position);
}

[[noreturn]] void fail_sample(const std::string& message, const std::string& hint, const Token& number) {
  throw Error(ErrorCode::kSyntax, message, "", hint, number.position);
}

// In hundredths of a percent; further decimals are cut off.  More than can be: kSampled + 1.
int64_t hundredths_of(std::string_view number) {
  int64_t hundredths = 0;
  const size_t point = std::min(number.find('.'), number.size());
  const auto add = [&](char digit) { hundredths = std::min(hundredths * 10 + (digit - '0'), kSampled + 1); };
  for (const char digit : number.substr(0, point)) add(digit);
  for (size_t i = point + 1; i <= point + 2; ++i) add(i < number.size() ? number[i] : '0');
  const bool has_more = number.find_first_not_of('0', std::min(point + 3, number.size())) != std::string_view::npos;
  return hundredths == kSampled && has_more ? kSampled + 1 : hundredths;
}

std::string percent_text(int64_t hundredths) {
  const std::string decimals = std::to_string(100 + hundredths % 100).substr(1);
  return "\"sample " + std::to_string(hundredths / 100) + (decimals == "00" ? "" : "." + decimals) + " %\"";
}

// Of a number without sign or exponent.
int64_t take_hundredths(TokenStream& stream) {
  const Token number = stream.current();
  if (number.text.find_first_not_of("0123456789.") != std::string_view::npos) {
    fail_sample("a sample's percentage is digits with a point at most", "Write a number such as 2.5.", number);
  }
  stream.take();
  check_separators(stream, number.text, false);
  const int64_t hundredths = hundredths_of(number.text);
  if (hundredths > kSampled) fail_sample("a sample has at most 100 %", "Write \"sample 100 %\" or less.", number);
  const size_t point = number.text.find('.');
  if (point != std::string_view::npos && number.text.size() - point > 3) {
    fail_sample("a sample's percentage has at most two decimals",
                "Write " + percent_text(std::max(hundredths, int64_t{1})) + "; bucket … of 1000000 divides more finely.", number);
  }
  if (hundredths == 0) fail_sample("\"sample 0 %\" matches no profile", "Write \"sample 0.01 %\" or more.", number);
  return hundredths;
}

}  // namespace

bool at_bucket(const TokenStream& stream) {
  return (stream.at_word("bucket") || stream.at_word("sample")) && stream.peek().kind == TokenKind::kNumber;
}

std::unique_ptr<BucketCondition> parse_bucket(TokenStream& stream) {
  auto bucket = std::make_unique<BucketCondition>();
  const bool is_sample = stream.at_word("sample");
  stream.take();
  if (is_sample) {
    bucket->count = kSampled;
    bucket->last = take_hundredths(stream) - 1;
    stream.expect_symbol("%");
  } else {
    parse_numbers(stream, *bucket);
  }
  if (at_window(stream)) {
    stream.fail_because("A profile is in the same bucket at all times.",
                        "Leave the window out, or put it after an interaction type.");
  }
  if (!stream.accept_word("with")) return bucket;
  stream.expect_word("salt");
  Literal salt = stream.take_text();
  if (salt.text.empty()) {
    throw Error(ErrorCode::kSyntax, "salt is empty", "",
                "Leave out \"with salt\", or write one of your own: with salt 'holdout'.", salt.position);
  }
  bucket->salt = std::move(salt.text);
  return bucket;
}

}  // namespace segments
