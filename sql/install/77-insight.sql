-- What segments have in common, and why.

CREATE FUNCTION segments.segment_overlap(names text[] DEFAULT NULL)
RETURNS TABLE (a text, b text, a_members bigint, b_members bigint, intersection bigint, jaccard double precision,
               a_in_b double precision, b_in_a double precision, is_duplicate boolean)
AS 'MODULE_PATHNAME', 'segments_segment_overlap' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000 ROWS 1000;
COMMENT ON FUNCTION segments.segment_overlap(text[]) IS
    'one row for each two of these saved segments (null: all that the caller may read and that were run), members as of their last '
    'good runs: their sizes, the number of profiles in both, that number by those in either (jaccard), and the shares of each that lie in '
    'the other (null: it is empty); is_duplicate: both have the same members. For owners of the segments and roles that members '
    'were granted to. A segment whose stored members are damaged is left out with a warning, unless it was named. Errors: 42704 (no such segment, '
    'or not for the caller), 55000 (never run), 54000 (more than 4000 segments), XX001';

CREATE FUNCTION segments.membership_forecast(segment text, days int, as_of timestamptz DEFAULT NULL)
RETURNS TABLE (at timestamptz, members bigint, entered bigint, "left" bigint)
AS 'MODULE_PATHNAME', 'segments_membership_forecast' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000 ROWS 30;
COMMENT ON FUNCTION segments.membership_forecast(text, int, timestamptz) IS
    'how a saved segment changes by the mere passing of time, if nothing happens: one row for each of so many calendar days after as_of '
    '(null: the transaction''s time), at the same time of day in the segment''s zone: its members then, on the facts of the last refresh '
    '(what segment_eval gives for that time), and how many entered and left since the row before (the first: since as_of). Evaluated '
    'with the privileges of the segment''s owner. For its owner and roles that members were granted to. Errors: 42704 (no such segment, or '
    'not for the caller), 22023 (days not between 1 and 3660), 55000 (nothing refreshed yet; the owner is gone; for readers: it cannot be '
    'evaluated), and for its owner those of segment_eval';

CREATE FUNCTION segments.compare_definitions(a segments.definition, b segments.definition, as_of timestamptz DEFAULT NULL)
RETURNS TABLE (segment text, before bigint, after bigint, added bigint, dropped bigint,
               added_profiles segments.profile_set, dropped_profiles segments.profile_set)
AS 'MODULE_PATHNAME', 'segments_compare_definitions' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000 ROWS 10;
COMMENT ON FUNCTION segments.compare_definitions(segments.definition, segments.definition, timestamptz) IS
    'what changes if definition a becomes b: how many profiles belong to each as of that time (null: the transaction''s), how many are added '
    'and dropped, and which. The first row (segment null) is of the definitions themselves; then one for each of the '
    'caller''s saved segments that a stands in, whole or as a part (several conditions of an and or an or, too), with b in its '
    'place; their figures are null where the caller may not read what else they read. The caller needs SELECT on what the definitions read. Errors: those of segment_eval';

CREATE FUNCTION segments.explain_member(segment text, profile_id text, as_of timestamptz DEFAULT NULL)
RETURNS TABLE (node int, parent int, depth int, text text, verdict boolean, interactions bigint, first_at timestamptz, last_at timestamptz,
               threshold bigint, changes_at timestamptz, note text)
AS 'MODULE_PATHNAME', 'segments_explain_member' LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 10;
COMMENT ON FUNCTION segments.explain_member(text, text, timestamptz) IS
    'why a profile belongs to a saved segment, or does not, as of a time (null: the transaction''s) on the facts of the last refresh: one row for each node of the '
    'definition, with its verdict and, for a condition, how many interactions counted, the first and the last of them, and the nearest '
    'number of them with which the verdict would be the other one; changes_at: when the verdict becomes the other one by the mere passing of time (null: '
    'never, or not known: then the note says so). node 1 is the whole. The caller needs SELECT on the sources, as for segment_explain. Roles that only '
    'may read the members get one row: whether the last run found the profile. Errors: 42704 (no such segment, or not for the caller; no '
    'such profile), 55000 (nothing refreshed yet), and those of segment_eval';

CREATE FUNCTION segments.segment_profile(segment text, other text DEFAULT NULL)
RETURNS TABLE (type text, field text, kind text, value text, members bigint, others bigint, member_share double precision,
               other_share double precision, effect double precision, p_value double precision, is_significant boolean)
AS 'MODULE_PATHNAME', 'segments_segment_profile' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000 ROWS 1000;
COMMENT ON FUNCTION segments.segment_profile(text, text) IS
    'what tells the members of a saved segment (as of its last good run) from all other profiles, or, if another segment is given, from that one''s members outside of '
    'the first: one row for each value of each field of the interaction types (kind value): how many profiles of either group have an interaction with '
    'it, up to now, the shares of their groups, the difference of the shares (effect), and the two-sided p of the pooled two-proportion z test; '
    'is_significant: it is small enough that of all rows flagged at most 5 % are by chance (Benjamini and Hochberg). For a field of numbers '
    'one row more (kind number): of the profiles with a value, each by its largest one, the value up to which the shares of the two groups lie '
    'farthest apart, and how far (effect: the Kolmogorov-Smirnov distance). Largest effects first. A field with more than 50000 values '
    'is named only (kind too many values). Fields that the caller may not SELECT, and tables with row-level security, are left out. Errors: 42704 (no such segment, or not for '
    'the caller), 55000 (never run), 42501 (no field may be read)';
