-- What capture rests on: asked when a table is registered, and again, under its lock, by every refresh.  Only catalogs are read, and
-- nothing is locked, so that nothing of the table's owner is run and nobody is waited for.

CREATE FUNCTION segments_internal.check_profile_column(source regclass, profile_id_column name) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    PERFORM segments_internal.check_key_column(source, profile_id_column, 'profile ID',
        '{text,varchar,bpchar,uuid,bigint,integer,smallint}');
END
$$;
COMMENT ON FUNCTION segments_internal.check_profile_column(regclass, name) IS 'raises an error unless a column can hold profile IDs';

-- The table and everything below it.  Unlike pg_partition_tree() it locks nothing.  Refreshes ask often: PL/pgSQL keeps the plan.
CREATE FUNCTION segments_internal.tables_below(source regclass) RETURNS SETOF oid
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY WITH RECURSIVE tree AS (
        SELECT source::oid AS relation
        UNION ALL
        SELECT inhrelid FROM tree JOIN pg_inherits ON inhparent = tree.relation)
    SELECT relation FROM tree;
END
$$;
COMMENT ON FUNCTION segments_internal.tables_below(regclass) IS 'a table, its partitions at any level, and its children by inheritance';

-- Raises if a partition of the table is registered itself: it is one leaf, so its rows would count in one of the two types only.
CREATE FUNCTION segments_internal.check_parts(whole regclass) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    part record;
BEGIN
    SELECT below::regclass AS relation, inhparent::regclass AS parent, registered.name INTO part
    FROM segments_internal.tables_below(whole) below
    JOIN (SELECT type.source AS relation, type.name FROM segments.interaction_type type
          UNION ALL SELECT unification.source, NULL FROM segments.unification) registered ON registered.relation = below
    JOIN pg_inherits ON inhrelid = below
    WHERE below <> whole
    ORDER BY below LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'partition % of % is registered itself', part.relation, whole
            USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('It is registered as %s, where its rows count.', coalesce(part.name, 'the unification')),
            HINT = format('Detach it: ALTER TABLE %s DETACH PARTITION %s.', part.parent, part.relation) ||
                coalesce(format(' Or, if its rows are to count as those of the partitioned table only, give up that type and its names: '
                    'SELECT segments.unregister_interaction(%L).', part.name), '');
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_parts(regclass) IS
    'raises an error that tells what to do if a partition of a table, at any level, is registered itself';

-- Raises unless each of these tables stamps the rows that are written to it.
-- Expressions are compared as they are written where no setting of the session changes how.
CREATE FUNCTION segments_internal.check_stamps(stamp text, tables oid[], put_back text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp SET quote_all_identifiers TO off AS $$
DECLARE
    broken record;
BEGIN
    SELECT captured::regclass AS relation, attribute.attrelid IS NULL AS is_gone INTO broken
    FROM unnest(tables) captured
    LEFT JOIN pg_attribute attribute ON attrelid = captured AND attname = 'segments_xid' AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = captured AND adnum = attnum
    WHERE attribute.attrelid IS NULL OR atttypid <> 'xid8'::regtype
       OR CASE stamp WHEN 'generated' THEN attgenerated <> 's' OR pg_get_expr(adbin, adrelid) IS DISTINCT FROM 'segments.xact_stamp()'
          ELSE attgenerated <> '' END
    ORDER BY captured LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'new rows of % cannot be captured', broken.relation USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = CASE WHEN broken.is_gone THEN 'It has lost its column "segments_xid".' ELSE
                format('Its column "segments_xid" is not the one that registration has made: %s.', CASE stamp
                    WHEN 'generated' THEN 'xid8 GENERATED ALWAYS AS (segments.xact_stamp()) STORED' ELSE 'xid8, set by a trigger' END) END,
            HINT = format('Put it back, which loses nothing: %s.', put_back);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_stamps(text, oid[], text) IS
    'raises an error that tells what to do unless the stamp columns of these tables are as registration made them';

-- Raises unless each of these tables logs the rows that go, and nothing undoes its stamps.
CREATE FUNCTION segments_internal.check_triggers(source regclass, stamp text, tables oid[], put_back text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    broken record;
BEGIN
    -- Types of triggers: row 1, before 2, insert 4, delete 8, update 16.  All that is wrong with one table is told at once.
    SELECT captured::regclass AS relation, bool_or(trigger.tgname IS NULL) AS is_missing,
           string_agg(format('The trigger that %s is %s.', wanted.purpose,
               CASE WHEN trigger.tgname IS NULL THEN 'missing' ELSE 'not ENABLE ALWAYS' END), ' ' ORDER BY wanted.purpose) AS detail,
           string_agg(segments_internal.owner_statement(captured, format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %s', captured::regclass,
               quote_ident(trigger.tgname))), '; ' ORDER BY wanted.purpose) AS enable
    INTO broken
    FROM unnest(tables) captured
    CROSS JOIN (VALUES
        ('logs updates and deletes', 'segments.log_change'::regproc, 25, true),
        ('stamps updates', 'segments.keep_stamp'::regproc, 19, stamp = 'generated'),
        ('stamps rows', 'segments.set_stamp'::regproc, 23, stamp <> 'generated')) wanted (purpose, function, type, is_needed)
    LEFT JOIN LATERAL (
        SELECT tgname, tgenabled FROM pg_trigger
        WHERE tgrelid = captured AND tgfoid = wanted.function AND tgtype = wanted.type AND tgqual IS NULL AND tgattr = ''
          AND tgconstraint = 0
        ORDER BY tgenabled = 'A' DESC LIMIT 1) trigger ON true
    WHERE wanted.is_needed AND trigger.tgenabled IS DISTINCT FROM 'A'
    GROUP BY captured ORDER BY captured LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'changes of % cannot be captured', broken.relation USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = broken.detail,
            HINT = CASE WHEN broken.is_missing THEN format('Put it back, which loses nothing: %s.', put_back)
                ELSE format('Enable it, which loses nothing: %s.', broken.enable) END;
    END IF;

    SELECT captured::regclass AS relation, later.tgname AS name, CASE WHEN later.tgparentid <> 0 THEN source ELSE captured::regclass END AS altered
    INTO broken
    FROM unnest(tables) captured
    JOIN pg_trigger ours ON ours.tgrelid = captured AND ours.tgfoid = 'segments.set_stamp'::regproc AND ours.tgenabled = 'A'
    JOIN pg_trigger later ON later.tgrelid = captured AND later.tgname > ours.tgname AND later.tgfoid <> ours.tgfoid
        AND later.tgtype & 3 = 3 AND later.tgtype & 20 <> 0 AND later.tgenabled <> 'D'
    WHERE stamp <> 'generated'
    ORDER BY captured, later.tgname LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'trigger "%" of % can undo stamps', broken.name, broken.relation
            USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'It comes after the trigger that stamps rows, because its name sorts behind it.',
            HINT = format('Give it a name that sorts before: %s.', segments_internal.owner_statement(broken.altered, format(
                'ALTER TRIGGER %I ON %s RENAME TO %I', broken.name, broken.altered, left('before_' || broken.name, 63))));
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_triggers(regclass, text, oid[], text) IS
    'raises an error that tells what to do unless the triggers of these tables are as registration made them';

-- Only an index says so of all rows that there are and that will come.
CREATE FUNCTION segments_internal.check_lookup_key(source regclass, key_column name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indrelid = source AND attname = key_column AND indisunique AND indisvalid AND indnkeyatts = 1 AND indpred IS NULL)
    THEN
        RAISE EXCEPTION 'column "%" of % is not known to be unique', key_column, source USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'A key leads to one row. A primary key or a unique index on this column alone, without a condition, says so.',
            HINT = format('Make one; that fails if a key is there twice: %s.', segments_internal.owner_statement(source,
                format('CREATE UNIQUE INDEX ON %s (%I)', source, key_column)));
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_lookup_key(regclass, name) IS 'raises 55000 unless an index keeps the values of a column unique';

CREATE FUNCTION segments_internal.check_relation_columns(source regclass, type_name text, relation segments.interaction_relation) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    lost name;
BEGIN
    SELECT wanted INTO lost FROM unnest(ARRAY[relation.record_type_column, relation.record_id_column]) wanted
    WHERE wanted IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = source AND attname = wanted AND attnum > 0 AND NOT attisdropped)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% has no column "%" any more', source, lost USING ERRCODE = 'undefined_column',
            DETAIL = format('Relation "%s" of %s was registered with it.', relation.name, type_name),
            HINT = format('If it was renamed, say so, which loses nothing: SELECT segments.alter_interaction(%1$L, relations => %2$L). If it was dropped: '
                'SELECT segments.drop_relation(%1$L, %3$L).', type_name, (
                SELECT jsonb_agg(replace(described::text, to_jsonb(lost)::text, '"..."')::jsonb ORDER BY described ->> 'name')
                FROM jsonb_array_elements(segments_internal.relations_of(relation.type_id)) described
                WHERE described @> '{"default": false}'), relation.name);
    END IF;
    PERFORM segments_internal.check_record_columns(source, relation.record_type_column, relation.record_type, relation.record_id_column);
END
$$;
COMMENT ON FUNCTION segments_internal.check_relation_columns(regclass, text, segments.interaction_relation) IS
    'raises an error that tells what to do unless the columns of a relation are as they were when it was registered';

CREATE FUNCTION segments_internal.check_table_exists(registered_type int, source oid) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = source) THEN
        RAISE EXCEPTION 'its table does not exist any more' USING ERRCODE = 'undefined_table',
            HINT = segments_internal.lost_table_hint(registered_type);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_table_exists(int, oid) IS 'raises 42P01 if the table of an interaction type (0: of the unification) was dropped';

-- Raises unless a registered table is as it was when it was registered.  type_id 0: the unification.  tables: those of its
-- partitions that will be read (null: all).
CREATE FUNCTION segments_internal.check_registered(registered_type int, tables oid[]) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    known record;
    other_relation segments.interaction_relation;
    lost name;
    other regclass;
    put_back text;
BEGIN
    IF registered_type = 0 THEN
        SELECT source, stamp, row_security_acknowledged, NULL::text AS name, NULL::text AS kind, NULL::name AS time_column, NULL::text AS time_zone, NULL::text AS time_unit,
               record_type_column, record_type, record_id_column, profile_id_column, rows_where_columns
        INTO known FROM segments.unification;
    ELSE
        SELECT type.source, type.stamp, type.row_security_acknowledged, type.name, type.kind, type.time_column, type.time_zone, type.time_unit,
               relation.record_type_column, relation.record_type, relation.record_id_column, NULL::name AS profile_id_column,
               type.rows_where_columns
        INTO known FROM segments.interaction_type type JOIN segments.interaction_relation relation USING (type_id)
        WHERE type.type_id = registered_type AND relation.is_default;
    END IF;
    SELECT swapped.swapped_in INTO other FROM segments.swapped_source swapped WHERE swapped.type_id = registered_type;
    IF FOUND THEN
        RAISE EXCEPTION '% is not the table that was registered', other USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'It has another owner, lacks a registered column, or was swapped in while a refresh could not alter it.',
            HINT = format('If it is to be read from now on: SELECT segments.confirm_source(%s).', coalesce(quote_literal(known.name), ''));
    END IF;
    PERFORM segments_internal.check_table_exists(registered_type, known.source);
    put_back := format('SELECT segments.reattach_source(%s)', coalesce(quote_literal(known.name), ''));
    PERFORM segments_internal.check_source(known.source, known.row_security_acknowledged, false,
        format('If that is intended: SELECT segments.reattach_source(%s).',
            concat_ws(', ', quote_literal(known.name), 'acknowledge_row_security => true')));
    SELECT wanted INTO lost
    FROM unnest(ARRAY[known.time_column, known.record_type_column, known.record_id_column, known.profile_id_column] || known.rows_where_columns) wanted
    WHERE wanted IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = known.source AND attname = wanted AND attnum > 0 AND NOT attisdropped)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% has no column "%" any more', known.source, lost USING ERRCODE = 'undefined_column',
            DETAIL = 'It was registered with it.',
            HINT = format('If it was renamed, say so, which loses nothing: SELECT segments.alter_%s%s => ''...'').',
                CASE registered_type WHEN 0 THEN 'unification(' ELSE format('interaction(%L, ', known.name) END,
                CASE lost WHEN known.time_column THEN 'time_column' WHEN known.record_type_column THEN 'record_type_column'
                    WHEN known.record_id_column THEN 'record_id_column' WHEN known.profile_id_column THEN 'profile_id_column' ELSE 'rows_where' END);
    END IF;
    IF known.time_column IS NOT NULL THEN
        PERFORM segments_internal.check_time_column(known.source, known.time_column, known.time_zone, known.time_unit, known.kind, known.name);
    END IF;
    IF known.profile_id_column IS NOT NULL THEN
        PERFORM segments_internal.check_profile_column(known.source, known.profile_id_column);
    END IF;
    PERFORM segments_internal.check_record_columns(known.source, known.record_type_column, known.record_type, known.record_id_column);
    FOR other_relation IN
        SELECT * FROM segments.interaction_relation other WHERE other.type_id = registered_type AND other.relation_id IS NOT NULL ORDER BY other.name
    LOOP
        PERFORM segments_internal.check_relation_columns(known.source, known.name, other_relation);
    END LOOP;
    IF known.kind = 'look-up' THEN
        PERFORM segments_internal.check_lookup_key(known.source, known.record_id_column);
    END IF;
    tables := coalesce(tables, ARRAY(SELECT segments_internal.tables_below(known.source)));
    PERFORM segments_internal.check_stamps(known.stamp, tables, put_back);
    PERFORM segments_internal.check_triggers(known.source, known.stamp, tables, put_back);
END
$$;
COMMENT ON FUNCTION segments_internal.check_registered(int, oid[]) IS
    'raises an error that tells what to do unless a registered table is still as it was when it was registered';

REVOKE EXECUTE ON FUNCTION
    segments_internal.check_profile_column(regclass, name),
    segments_internal.tables_below(regclass),
    segments_internal.check_parts(regclass),
    segments_internal.check_stamps(text, oid[], text),
    segments_internal.check_triggers(regclass, text, oid[], text),
    segments_internal.check_lookup_key(regclass, name),
    segments_internal.check_relation_columns(regclass, text, segments.interaction_relation),
    segments_internal.check_table_exists(int, oid),
    segments_internal.check_registered(int, oid[])
FROM PUBLIC;
