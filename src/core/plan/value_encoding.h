// What a plan makes of the values of rows, as bytes.  All that reads throws Error{kDataCorrupted} for what evaluation does not
// expect.
#pragma once
#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"
#include "core/plan/plan.h"

namespace segments {

// REQUIRES: the plan's counters are there.
void put_fold(ByteWriter& writer, const FoldPlan& fold);
FoldPlan get_fold(ByteReader& reader, const EvaluationPlan& plan);
void put_distinct(ByteWriter& writer, const DistinctPlan& distinct);
DistinctPlan get_distinct(ByteReader& reader, const EvaluationPlan& plan);

// What a node (kSum, kAverage, kDistinct) compares, and with what.  REQUIRES: the plan's folds and distincts are there.
void put_comparison(ByteWriter& writer, const PlanNode& node);
void get_comparison(ByteReader& reader, const EvaluationPlan& plan, PlanNode& node);

// A value.  REQUIRES: the plan's counters, folds, distincts and earlier values are there.
void put_value(ByteWriter& writer, const PlanValue& value);
PlanValue get_value(ByteReader& reader, const EvaluationPlan& plan);
// That no value is made of more than kMostOperands.
void check_operands(const EvaluationPlan& plan);
// What a node (kComparison) compares.  REQUIRES: the plan's values are there.
void put_compared_values(ByteWriter& writer, const PlanNode& node);
void get_compared_values(ByteReader& reader, const EvaluationPlan& plan, PlanNode& node);

void put_field_values(ByteWriter& writer, const FieldValues& field);
FieldValues get_field_values(ByteReader& reader);
void put_counted_field(ByteWriter& writer, const CountedField& field);
CountedField get_counted_field(ByteReader& reader, const EvaluationPlan& plan);

}  // namespace segments
