-- Sizes of what is stored per interaction type, and what refreshes have yet to do with it.

CREATE FUNCTION segments_internal.merges_ahead(first_tile int, last_tile int, row_count int) RETURNS int
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'segments_merges_ahead';
COMMENT ON FUNCTION segments_internal.merges_ahead(int, int, int) IS
    'how often, at most, the rows of such a fragment will be rewritten by merges until they are final (0: they are)';

-- Data that are stored apart are measured without being read.
CREATE FUNCTION segments_internal.fragment_counts(
    OUT type_id int, OUT fragments bigint, OUT unmerged_fragments bigint, OUT rows bigint, OUT unmerged_rows bigint,
    OUT merge_debt_rows bigint, OUT bytes bigint, OUT other_bytes bigint)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    SELECT fragment.type_id,
           count(*) FILTER (WHERE field = 0 AND current),
           count(*) FILTER (WHERE field = 0 AND current AND ahead > 0),
           coalesce(sum(row_count) FILTER (WHERE field = 0 AND current), 0)::bigint,
           coalesce(sum(row_count) FILTER (WHERE field = 0 AND current AND ahead > 0), 0)::bigint,
           coalesce(sum(row_count::bigint * ahead) FILTER (WHERE field = 0 AND current), 0)::bigint,
           coalesce(sum(pg_column_size(data)) FILTER (WHERE current), 0)::bigint,
           coalesce(sum(pg_column_size(data)) FILTER (WHERE NOT current), 0)::bigint
    FROM segments.fragment
    CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM segments.published p WHERE from_refresh <= p.refresh_id AND to_refresh > p.refresh_id) AS current,
               segments_internal.merges_ahead(first_tile, last_tile, row_count) AS ahead
    ) c
    GROUP BY fragment.type_id
$$;
COMMENT ON FUNCTION segments_internal.fragment_counts() IS 'what the view fragment_status shows of fragments';

-- By leaf first: that reads an index only.
CREATE FUNCTION segments_internal.waiting_changes_of_types(OUT type_id int, OUT waiting_changes bigint) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    SELECT type.type_id, sum(log.changes)::bigint
    FROM (SELECT leaf, rows_id, count(*) AS changes FROM (SELECT leaf, rows_id FROM segments.change_log LIMIT 1000000) logged GROUP BY leaf, rows_id) log
    -- Each is logged once more for each relation.
    JOIN segments.interaction_type type ON type.type_id = log.rows_id
    GROUP BY type.type_id
$$;
COMMENT ON FUNCTION segments_internal.waiting_changes_of_types() IS
    'updated and deleted interactions that the next refresh will take into account, by type; of the first million';

REVOKE EXECUTE ON FUNCTION segments_internal.merges_ahead(int, int, int), segments_internal.fragment_counts(), segments_internal.waiting_changes_of_types()
FROM PUBLIC;

CREATE VIEW segments.fragment_status AS
SELECT type.name, type.relation, coalesce(counts.fragments, 0) AS fragments, coalesce(counts.unmerged_fragments, 0) AS unmerged_fragments,
       coalesce(counts.rows, 0) AS rows, coalesce(counts.unmerged_rows, 0) AS unmerged_rows,
       coalesce(counts.merge_debt_rows, 0) AS merge_debt_rows,
       coalesce(counts.bytes, 0) AS bytes, coalesce(counts.other_bytes, 0) AS other_bytes,
       coalesce(changes.waiting_changes, 0) AS waiting_changes
FROM (SELECT name, NULL::text AS relation, type_id FROM segments.interaction_type
      UNION ALL SELECT read.name, relation.name, relation.relation_id FROM segments.interaction_type read
      JOIN segments.interaction_relation relation USING (type_id) WHERE relation.relation_id IS NOT NULL) type
LEFT JOIN segments_internal.fragment_counts() counts USING (type_id)
LEFT JOIN segments_internal.waiting_changes_of_types() changes USING (type_id);
COMMENT ON VIEW segments.fragment_status IS
    'per interaction type, and relation of it that is read beside the default one: fragments in the published state and their rows; those that are not final, because there are not enough '
    'rows beside them to be merged with yet (unmerged_fragments, unmerged_rows); merge_debt_rows: how many rows merges will yet '
    'rewrite, at most, until all of these are final (a row counts as often as it will be rewritten; every refresh makes the merges '
    'that are due, so none of it is overdue; cutting large fragments by time is not foreseen); the bytes of published fragments, '
    'and of those that are not published any more, or not yet; and waiting_changes: updated and deleted interactions that the next '
    'refresh will take into account (of the first million logged). For the extension''s owner';
COMMENT ON COLUMN segments.fragment_status.name IS 'technical name of the interaction type';
COMMENT ON COLUMN segments.fragment_status.relation IS 'the relation by which its rows lead to records; null: the default one';
COMMENT ON COLUMN segments.fragment_status.fragments IS 'fragments in the published state';
COMMENT ON COLUMN segments.fragment_status.unmerged_fragments IS 'those of them that merges will yet rewrite';
COMMENT ON COLUMN segments.fragment_status.rows IS 'rows of the published fragments';
COMMENT ON COLUMN segments.fragment_status.unmerged_rows IS 'rows of the unmerged ones';
COMMENT ON COLUMN segments.fragment_status.merge_debt_rows IS
    'how many rows merges will yet rewrite, at most; a row counts as often as it will be rewritten';
COMMENT ON COLUMN segments.fragment_status.bytes IS 'size of the published fragments';
COMMENT ON COLUMN segments.fragment_status.other_bytes IS 'size of fragments that are not published any more, or not yet';
COMMENT ON COLUMN segments.fragment_status.waiting_changes IS
    'updated and deleted interactions that the next refresh will take into account, of the first million logged';
