#include "pg/segment/segment.h"
#include "pg/writing/findings.h"

namespace segments::pg {
namespace {

// As the server counts: from 1, in characters.
int32_t character_at(const std::string& text, uint32_t offset) {
  const char* bytes = text.data();
  return call([&] { return pg_mbstrlen_with_len(bytes, static_cast<int>(offset)); }) + 1;
}

void emit(ReturnSetInfo* result, const std::string& definition, const Finding& finding) {
  const int32_t position = finding.position ? character_at(definition, *finding.position) : 0;
  const char* severity = finding.severity == Severity::kError ? "error" : "warning";
  const char* texts[] = {finding.sqlstate.c_str(), finding.message.c_str(), finding.detail.c_str(), finding.hint.c_str()};
  call([&] {
    Datum values[] = {Int32GetDatum(position),       CStringGetTextDatum(severity), CStringGetTextDatum(texts[0]),
                      CStringGetTextDatum(texts[1]), CStringGetTextDatum(texts[2]), CStringGetTextDatum(texts[3])};
    bool nulls[] = {position == 0, false, false, false, texts[2][0] == '\0', texts[3][0] == '\0'};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  });
}

}  // namespace
}  // namespace segments::pg

using namespace segments::pg;

SEGMENTS_FUNCTION(segments_check_definition) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  if (PG_ARGISNULL(0)) return Datum(0);
  const std::string definition = text_of(PG_GETARG_DATUM(0));
  const bool looks_up_values = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
  const std::vector<Finding> found = as_owner([&](Oid caller) { return findings(definition, caller, looks_up_values); });
  for (const Finding& finding : found) emit(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo), definition, finding);
  return Datum(0);
}
