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
