-- What refreshes have seen of the sources, and what they have yet to see.

-- One row per captured leaf table of a registered source; written only when it changes.
CREATE TABLE segments.source_leaf (
    leaf oid PRIMARY KEY,
    source oid NOT NULL,               -- the registered table: the leaf itself, or the partitioned table above it
    filenode oid NOT NULL,             -- another one: the leaf was rewritten or truncated, and is read whole
    triggers text NOT NULL,            -- others: changes may have been missed, as while it was detached; read whole
    keys text NOT NULL,                -- columns of time, records, profiles, relations; others: their names lead elsewhere; read whole
    column_types oid[] NOT NULL,       -- by attnum; a type that changed without a rewrite: read whole
    captured_by bigint NOT NULL,       -- the refresh that read it whole
    unplaced_rows bigint NOT NULL DEFAULT 0, -- rows with a null time or record, or too long a key: they only count
    misfits jsonb NOT NULL DEFAULT '{}'      -- by number of a JSON field: rows whose member is no value of its kind
);
CREATE INDEX source_leaf_source ON segments.source_leaf (source);
ALTER TABLE segments.source_leaf ALTER COLUMN misfits SET STATISTICS 0;
COMMENT ON TABLE segments.source_leaf IS 'leaf tables whose rows are in fragments, as of the published refresh';

-- Sources whose part of the last refresh failed: they stay as an earlier refresh has seen them until one can read them again.
CREATE TABLE segments.frozen_source (
    type_id int PRIMARY KEY,           -- 0: the unification
    frozen_at timestamptz NOT NULL,
    snapshot pg_snapshot,              -- what is shown of the source; null: nothing
    data_through timestamptz,
    sqlstate text NOT NULL,
    reason text NOT NULL
);
ALTER TABLE segments.frozen_source ALTER COLUMN reason SET STATISTICS 0;
COMMENT ON TABLE segments.frozen_source IS 'sources that could not be read by the last refresh, and the state of them that is shown';

-- Columns of interaction types as refreshes have seen them.  Numbers of columns are never used twice.
CREATE TABLE segments.source_column (
    type_id int NOT NULL REFERENCES segments.interaction_type ON DELETE CASCADE,
    field int2 NOT NULL,               -- attnum in the registered table
    type oid NOT NULL,                 -- its base type
    seen_by bigint NOT NULL,           -- the first refresh that knew the column, with this type
    missing bytea,                     -- what rows older than the column answer with; null: null
    name text NOT NULL,                -- its name when it was first seen
    PRIMARY KEY (type_id, field)
);
COMMENT ON TABLE segments.source_column IS 'columns of interaction types as refreshes have seen them, with their missing values';

CREATE FUNCTION segments_internal.sum_of_counts(a jsonb, b jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT coalesce(jsonb_object_agg(key, total), '{}') FROM (
        SELECT key, sum(value::bigint) AS total
        FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) counts (key, value)
        GROUP BY key) summed
    WHERE total <> 0
$$;
COMMENT ON FUNCTION segments_internal.sum_of_counts(jsonb, jsonb) IS 'two objects of counts, added up key by key; those that are 0 are left out';
REVOKE EXECUTE ON FUNCTION segments_internal.sum_of_counts(jsonb, jsonb) FROM PUBLIC;

CREATE FUNCTION segments_internal.renamed_field_hint(of_type_id int, former text, field text) RETURNS text
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT format('If it is the column that is called "%s" now, say so, which loses nothing: '
        'SELECT segments.alter_interaction(%L, fields => %L).', attname, type.name,
        json_build_array(json_build_object('column', attname, 'name', renamed_field_hint.field)))
    FROM segments.interaction_type type JOIN segments.source_column seen USING (type_id)
    JOIN pg_attribute ON attrelid = type.source AND attnum = seen.field AND NOT attisdropped
    WHERE type_id = of_type_id AND segments_internal.fold_name(seen.name) = segments_internal.fold_name(former) AND attname <> seen.name
    ORDER BY attnum LIMIT 1
$$;
COMMENT ON FUNCTION segments_internal.renamed_field_hint(int, text, text) IS
    'what to do about a field whose column was renamed; null: no column that has another name now was called so';
REVOKE EXECUTE ON FUNCTION segments_internal.renamed_field_hint(int, text, text) FROM PUBLIC;

-- Leaves that are being read in steps, each committed by itself, before the refresh that will show them.  What was read outlives a
-- refresh that is cancelled or killed; its fragments belong to refreshes that were not published.
CREATE TABLE segments.leaf_reading (
    leaf oid PRIMARY KEY,
    source oid NOT NULL,
    type_id int,                       -- null: a leaf of the unification, which is read at once
    filenode oid NOT NULL,             -- these four as in source_leaf; others: read anew
    triggers text NOT NULL,
    keys text NOT NULL,
    column_types oid[] NOT NULL,
    snapshot pg_snapshot NOT NULL,     -- of the first step: rows with later stamps are left to the end
    unplaced_rows bigint NOT NULL DEFAULT 0,
    misfits jsonb NOT NULL DEFAULT '{}'
);
ALTER TABLE segments.leaf_reading ALTER COLUMN misfits SET STATISTICS 0;
COMMENT ON TABLE segments.leaf_reading IS 'leaf tables that are being read for a refresh to come';

CREATE TABLE segments.leaf_span (
    leaf oid NOT NULL REFERENCES segments.leaf_reading ON DELETE CASCADE,
    first_block bigint NOT NULL,
    end_block bigint NOT NULL,
    snapshot pg_snapshot NOT NULL,     -- the rows that are live in it were read
    row_count bigint NOT NULL,
    PRIMARY KEY (leaf, first_block)
);
COMMENT ON TABLE segments.leaf_span IS 'blocks of leaf tables that have been read for a refresh to come';

-- Updated and deleted rows of sources, logged by row triggers, consumed and removed by refreshes.
CREATE TABLE segments.change_log (
    change_id bigint GENERATED ALWAYS AS IDENTITY,
    leaf oid NOT NULL,
    stamp xid8,                        -- of the old row: who wrote it (null: before registration)
    removed_by xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    old_block bigint NOT NULL,         -- where in the leaf it was
    old_row bytea NOT NULL,            -- a RowBatch of one row (interactions), or the record's key (unification)
    rows_id int NOT NULL               -- the type, or the relation of it by which old_row names a record; 0: the unification
);
CREATE INDEX change_log_leaf ON segments.change_log (leaf, removed_by) INCLUDE (rows_id);
COMMENT ON TABLE segments.change_log IS 'rows that were updated or deleted in source tables since the last refresh';
ALTER TABLE segments.change_log ALTER COLUMN old_row SET STATISTICS 0;
