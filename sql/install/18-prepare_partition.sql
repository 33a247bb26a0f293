-- Tables that are to be attached as partitions of registered ones.

CREATE FUNCTION segments.prepare_partition(partition regclass, parent regclass) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    of_extension CONSTANT regclass := (SELECT objid FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid IN (partition, parent) AND deptype = 'e' LIMIT 1);
    wanted pg_attribute;
    present pg_attribute;
    commands text[];
    command text;
BEGIN
    IF partition IS NULL OR parent IS NULL THEN
        RAISE EXCEPTION 'partition and parent must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF of_extension IS NOT NULL THEN
        RAISE EXCEPTION '% belongs to an extension', of_extension USING ERRCODE = 'wrong_object_type', HINT = 'Give tables of your own.';
    END IF;
    IF (SELECT relkind FROM pg_class WHERE oid = parent) <> 'p' THEN
        RAISE EXCEPTION '% is not a partitioned table', parent USING ERRCODE = 'wrong_object_type',
            HINT = CASE WHEN (SELECT relkind FROM pg_class WHERE oid = partition) = 'p' THEN
                format('The table that is to be attached comes first: SELECT segments.prepare_partition(%L, %L).', parent, partition)
                ELSE 'Give the table that it is to be attached to.' END;
    END IF;
    SELECT * INTO wanted FROM pg_attribute WHERE attrelid = parent AND attname = 'segments_xid' AND NOT attisdropped;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO present FROM pg_attribute WHERE attrelid = partition AND attname = 'segments_xid' AND NOT attisdropped;
    IF FOUND AND present.attgenerated = wanted.attgenerated AND present.atttypid = wanted.atttypid THEN
        RETURN;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION '% has a column "segments_xid" that is not a stamp like that of %', partition, parent
            USING ERRCODE = 'duplicate_column',
            DETAIL = 'Copies of a registered table bring one along.',
            HINT = format('Without it, the stamp is added: %s.', segments_internal.owner_statement(partition,
                format('ALTER TABLE %s DROP COLUMN segments_xid', partition)));
    END IF;
    commands := CASE wanted.attgenerated
        WHEN 's' THEN ARRAY['ADD COLUMN segments_xid xid8 GENERATED ALWAYS AS (segments.xact_stamp()) STORED']
        ELSE ARRAY['ADD COLUMN segments_xid xid8', 'ALTER COLUMN segments_xid SET DEFAULT pg_current_xact_id()'] END;
    FOREACH command IN ARRAY commands LOOP
        PERFORM segments.run_as_owner(partition, format('ALTER TABLE %s %s', partition, command));
    END LOOP;
END
$$;
COMMENT ON FUNCTION segments.prepare_partition(regclass, regclass) IS
    'gives a table the stamp column of a registered partitioned table, so that ALTER TABLE ... ATTACH PARTITION takes it (triggers and '
    'index come with attaching); no effect where it has one. The caller must own the table. Errors: 42701 (a column segments_xid that is '
    'no such stamp), 22004 (null), 42809 (parent is not partitioned, or a table is an extension''s)';
