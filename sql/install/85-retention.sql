-- Retention: interactions older than a time are dropped from their table; fragments follow with the next refresh.

CREATE TABLE segments.retention (
    type_id int PRIMARY KEY REFERENCES segments.interaction_type ON DELETE CASCADE,
    data_begins timestamptz NOT NULL
);
COMMENT ON TABLE segments.retention IS 'interaction types whose older interactions were dropped, and up to when';
SELECT pg_catalog.pg_extension_config_dump('segments.retention', '');

CREATE FUNCTION segments_internal.note_retention(dropped_type_id int, older_than timestamptz) RETURNS void
LANGUAGE sql SET search_path TO pg_catalog, pg_temp AS $$
    INSERT INTO segments.retention AS kept VALUES (dropped_type_id, older_than)
    ON CONFLICT (type_id) DO UPDATE SET data_begins = greatest(kept.data_begins, excluded.data_begins)
$$;
COMMENT ON FUNCTION segments_internal.note_retention(int, timestamptz) IS 'notes since when there is data of a type';

-- Partitions, at any level, below a table of a type, whose bounds by the time column end at or before a time; of nested ones the outermost.
CREATE FUNCTION segments_internal.partitions_before(type segments.interaction_type, parent regclass, older_than timestamptz) RETURNS SETOF regclass
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp SET datestyle TO iso AS $$
DECLARE
    partition record;
    bound text;
BEGIN
    FOR partition IN
        SELECT child.oid::regclass AS table, pg_get_expr(child.relpartbound, child.oid) AS bounds,
               partitioned.partstrat = 'r' AND partitioned.partnatts = 1 AND attribute.attname = type.time_column AS by_time
        FROM pg_inherits inheritance
        JOIN pg_class child ON child.oid = inheritance.inhrelid
        JOIN pg_partitioned_table partitioned ON partitioned.partrelid = inheritance.inhparent
        LEFT JOIN pg_attribute attribute ON attribute.attrelid = inheritance.inhparent AND attribute.attnum = partitioned.partattrs[0]
        WHERE inheritance.inhparent = partitions_before.parent
        ORDER BY child.oid
    LOOP
        bound := substring(partition.bounds FROM 'TO \(''?([^''()]+)''?\)$');
        IF partition.by_time AND segments_internal.ends_before(type, bound, older_than) THEN
            RETURN NEXT partition.table;
        ELSE
            RETURN QUERY SELECT segments_internal.partitions_before(type, partition.table, older_than);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION segments_internal.partitions_before(segments.interaction_type, regclass, timestamptz) IS
    'partitions below a table of an interaction type that can only hold rows before a time';

CREATE FUNCTION segments_internal.delete_interactions(type_id int, older_than timestamptz) RETURNS bigint
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segments_delete_interactions';
COMMENT ON FUNCTION segments_internal.delete_interactions(int, timestamptz) IS
    'deletes rows of a type from before a time, from every partition as its owner, and notes since when there is data; returns how many rows. The caller may '
    'call segments.drop_interactions, and needs DELETE on the table, and SELECT on its time column. Errors: 42501 (privileges, or row-level security hides rows from the caller), 42704';

CREATE FUNCTION segments_internal.release_partition(partition regclass) RETURNS void
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segments_release_partition';
COMMENT ON FUNCTION segments_internal.release_partition(regclass) IS
    'removes stamp and triggers from a table that was detached; no effect on one that is registered, or a partition. For who may act as '
    'its owner, and may call segments.drop_interactions. Errors: 42501 (others)';

CREATE FUNCTION segments.drop_interactions(
    interaction_type text, older_than timestamptz, detach boolean DEFAULT false, OUT partitions bigint, OUT rows_deleted bigint)
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type segments.interaction_type;
    partition regclass;
    parent regclass;
BEGIN
    IF interaction_type IS NULL OR older_than IS NULL OR detach IS NULL THEN
        RAISE EXCEPTION 'interaction_type, older_than and detach must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF NOT isfinite(older_than) OR older_than > now() THEN
        RAISE EXCEPTION 'older_than must not lie in the future' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give a time that has passed: now() is the latest.';
    END IF;
    type := segments_internal.find_interaction(interaction_type);
    IF type.kind <> 'interaction' THEN
        RAISE EXCEPTION '% is a %', type.name, type.kind USING ERRCODE = 'wrong_object_type',
            DETAIL = CASE type.kind WHEN 'look-up' THEN 'Its rows are of no time.' ELSE 'Its rows say how persons are, whatever their age.' END, HINT = format('Delete rows of %s yourself: refreshes follow.', type.source);
    END IF;
    -- Other rows of theirs are none of this type.
    IF type.rows_where IS NOT NULL AND detach THEN
        RAISE EXCEPTION 'partitions of % hold rows that are no interactions of type %', type.source, type.name USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('The type was registered with a condition on rows of the table: %s.', type.rows_where),
            HINT = format('Without detach, the rows that meet it are deleted: SELECT segments.drop_interactions(%L, %L).', type.name, older_than);
    END IF;
    partitions := 0;
    FOR partition IN SELECT * FROM segments_internal.partitions_before(type, type.source, older_than) WHERE type.rows_where IS NULL LOOP
        IF detach THEN
            SELECT inhparent::regclass INTO parent FROM pg_inherits WHERE inhrelid = partition;
            PERFORM segments.run_as_owner(parent, format('ALTER TABLE %s DETACH PARTITION %s', parent, partition));
            PERFORM segments_internal.release_partition(partition);
        ELSE
            PERFORM segments.run_as_owner(partition, format('DROP TABLE %s', partition));
        END IF;
        partitions := partitions + 1;
    END LOOP;
    rows_deleted := segments_internal.delete_interactions(type.type_id, older_than);
END
$$;
COMMENT ON FUNCTION segments.drop_interactions(text, timestamptz, boolean) IS
    'drops the interactions of a type that are older than a time: partitions by time that hold nothing else are dropped (or, with '
    'detach, detached and kept as tables of their own), other rows are deleted; of a type with a condition on rows (rows_where), those that meet it are deleted, and no partition goes. Returns how many of both. Results follow with the '
    'next refresh; segment_explain then notes where windows reach further back. Acts as the owner of each table; the caller '
    'has to be able to act as the owner of partitions (to detach them, of what they are part of as well) that go as a whole, and else needs DELETE on the table. Errors: 42704 (no such type), 42501 (privileges), 22023 (a time '
    'in the future), 55000 (another table stands under the name of the registered one; detach, of a type with a condition on rows)';

-- Whoever may call drop_interactions calls the rest.
REVOKE EXECUTE ON FUNCTION
    segments_internal.note_retention(int, timestamptz),
    segments.drop_interactions(text, timestamptz, boolean)
FROM PUBLIC;
