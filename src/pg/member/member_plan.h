// What the planner tells the executor about a scan of the member table: how it goes, and which conditions it answers itself.
#pragma once
#include "pg/member/profile_type.h"

namespace segments::pg {

// Columns of the foreign table by their names; `since` and `as_of` are 0 if it has none of that name.
struct MemberColumns {
  AttrNumber segment;
  AttrNumber profile_id;
  AttrNumber since;
  AttrNumber as_of;
  IdType id;  // of profile_id
};
// An error (HV...) if they are others.  Server calls only.  REQUIRES: the table is locked.
MemberColumns member_columns(Oid table);

enum class ScanMode : int { kRows, kAscending, kDescending, kCounts, kPairs };

// One value a row of kCounts.
enum class CountKind : int { kSegment, kMembers, kDistinctProfiles, kDistinctSegments };

// One value a row of kPairs, twice this and 1 if it is of the second segment.
enum class PairColumn : int { kSegment, kProfile, kAsOf };

// Whether a condition names segments, and how.
enum class SegmentNames : int { kNone, kOne, kArray };

// ForeignScan.fdw_private.  Its fdw_exprs are conditions that read only `segment`, then values or arrays of values that
// profile_id is equal to or in, then values that it is compared with; last what one of the conditions names segments by, if any
// does.
struct ScanPlan {
  ScanMode mode = ScanMode::kRows;
  Oid role = InvalidOid;  // whose rights count: the owner of the view that reads the table; invalid: the current user
  int segment_conditions = 0;
  bool segments_are_fixed = true;  // no parameter decides which segments
  bool is_grouped = false;         // kCounts: a row a segment; else one row
  bool needs_ids = true;
  bool needs_since = false;
  int chunks = 0;  // that each of several processes claims together
  int wanted = 0;  // about as many rows will be read; 0: all
  SegmentNames names = SegmentNames::kNone;
  List* is_array = nullptr;    // of ints: of each value that profile_id is equal to
  List* strategies = nullptr;  // of ints: B-tree strategies of the comparisons
  List* outputs = nullptr;     // of ints: CountKinds, or PairColumns
  // kPairs: of the second segment, whose conditions and names follow those of the first.
  int other_conditions = 0;
  SegmentNames other_names = SegmentNames::kNone;

  // Server calls only, both.
  List* serialize() const;
  static ScanPlan read(const List* serialized);
};

// How conditions are shared out between the scan and the executor.  Server calls only.
struct ScanConditions {
  List* segment = nullptr;  // all of these are lists of expressions
  List* profile = nullptr;
  List* range = nullptr;  // also among `local`: the scan only skips by them
  List* local = nullptr;
  List* values = nullptr;  // of `profile`, then of `range`: the side without columns of this table
  List* is_array = nullptr;
  List* strategies = nullptr;

  void add(PlannerInfo* root, const RelOptInfo* relation, const MemberColumns& columns, Expr* clause);
};

// Whether a column is read beyond what the scan answers itself; all are by a row as a whole.
bool reads_column(const RelOptInfo* relation, AttrNumber column, const List* local);
// Whether a scan may evaluate it whenever and however often it likes.
bool is_evaluated_alone(::Node* expression);
// The other side of a comparison with a column, made by the function `comparison`; null if the clause is none.
Expr* compared_value(PlannerInfo* root, const RelOptInfo* relation, AttrNumber column, Expr* clause, Oid* comparison,
                     Oid* collation);
bool reads_only_segment(PlannerInfo* root, const RelOptInfo* relation, const MemberColumns& columns, Expr* clause);
// The side of `profile_id = …` or `profile_id = ANY (…)` without columns of this table; null if the clause is none.
Expr* profile_value(PlannerInfo* root, const RelOptInfo* relation, const MemberColumns& columns, Expr* clause, bool* is_array);
// The first of these conditions' side of `segment = …` or `segment = ANY (…)` without columns of this table; null: none is of
// that kind.
Expr* named_segments(PlannerInfo* root, const RelOptInfo* relation, const MemberColumns& columns, List* conditions,
                     SegmentNames* names);
bool has_subplan(::Node* expression);
// Whether conditions read a parameter that may change between executions, or a column of another relation, which becomes one.
bool has_parameter(List* conditions, Index relation);
// Whether it is this column of the relation, maybe as another type of the same bytes.
bool is_column(const ::Node* expression, Index relation, AttrNumber column);
// Whether an operator, with a collation, tells values of a kind apart exactly as their texts are.
bool is_exact_equality(Oid operator_id, Oid collation, IdKind kind);

}  // namespace segments::pg
