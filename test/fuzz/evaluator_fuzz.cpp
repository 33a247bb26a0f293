// Evaluation against row-by-row evaluation, and the decoders of everything that evaluation stores or sends.
//
// The first byte chooses: bytes of a plan, of a profile map, of a tile's result, or choices of a random tile and plan.
#include <cstdint>
#include <cstdlib>

#include "core/error.h"
#include "core/plan/plan.h"
#include "core/evaluation/profile_map.h"
#include "core/evaluation/tile_evaluator.h"
#include "core/column/checksum.h"
#include "unit/model_oracle.h"
#include "unit/random_plan.h"

namespace {

using namespace segments;

void require(bool holds) {
  if (!holds) std::abort();
}

// What was decoded is written and read back as the same; anything else is refused as corrupted.
template <class T>
void decode(BytesView bytes) {
  try {
    const Bytes first = T::decode(bytes).encode();
    require(T::decode(first).encode() == first);
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kDataCorrupted);
  }
}

// A decoded plan needs no more checks: evaluating it must be safe.
void decode_and_evaluate(BytesView bytes) {
  decode<EvaluationPlan>(bytes);
  try {
    const EvaluationPlan plan = EvaluationPlan::decode(bytes);
    if (plan.nodes.size() > 200 || plan.counters.size() > 20) return;
    model::Choices choices(uint64_t{1});
    const model::Tile tile = model::random_tile(choices, 200);
    model::ModelMatchers matchers;
    NeverInterrupt interrupt;
    TileEvaluator evaluator(plan, matchers, interrupt, nullptr);
    std::vector<std::unique_ptr<model::StoredFragment>> stored;
    std::vector<FragmentSource*> sources;
    for (const model::Fragment& fragment : tile.fragments) {
      stored.push_back(std::make_unique<model::StoredFragment>(fragment));
      sources.push_back(stored.back().get());
    }
    evaluator.evaluate(tile.number, tile.map, sources);
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kDataCorrupted);
  }
}

// Most mutations only break a checksum; with the right one they reach the checks behind it.
void decode_map(BytesView bytes) {
  decode<ProfileMap>(bytes);
  Bytes sealed(bytes.begin(), bytes.end());
  const uint32_t crc = crc32c(sealed);
  for (uint32_t shift = 0; shift < 32; shift += 8) sealed.push_back(static_cast<uint8_t>(crc >> shift));
  decode<ProfileMap>(sealed);
}

void compare_with_model(BytesView bytes) {
  model::Choices choices(bytes);
  const model::Tile tile = model::random_tile(choices, 5000);
  const EvaluationPlan plan = EvaluationPlan::decode(model::random_plan(choices, tile).encode());
  std::vector<std::unique_ptr<model::StoredFragment>> stored;
  std::vector<FragmentSource*> sources;
  for (const model::Fragment& fragment : tile.fragments) {
    stored.push_back(std::make_unique<model::StoredFragment>(fragment));
    sources.push_back(stored.back().get());
  }
  model::ModelMatchers matchers;
  NeverInterrupt interrupt;
  TileEvaluator evaluator(plan, matchers, interrupt, nullptr);
  require(model::difference(plan, tile, evaluator.evaluate(tile.number, tile.map, sources)).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const segments::BytesView rest(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      decode_and_evaluate(rest);
      break;
    case 1:
      decode_map(rest);
      break;
    case 2:
      decode<segments::TileResult>(rest);
      break;
    default:
      compare_with_model(rest);
      break;
  }
  return 0;
}
