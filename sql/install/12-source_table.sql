-- What is asked of a table before it is registered, and what it then carries: the stamp that capture reads and the triggers that log
-- changes.  Tables stay the user's: they are altered with the caller's privileges (who must own them).

-- BRIN over xid8, which has no operator class of its own: rows lie in the order of their stamps, so a few pages index a table.
CREATE OPERATOR CLASS segments.xid8_minmax_ops FOR TYPE xid8 USING brin AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
    FUNCTION 1 brin_minmax_opcinfo(internal),
    FUNCTION 2 brin_minmax_add_value(internal, internal, internal, internal),
    FUNCTION 3 brin_minmax_consistent(internal, internal, internal),
    FUNCTION 4 brin_minmax_union(internal, internal, internal);
COMMENT ON OPERATOR CLASS segments.xid8_minmax_ops USING brin IS 'summarizes the transaction stamps of source tables';

CREATE FUNCTION segments.set_stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    NEW.segments_xid := pg_catalog.pg_current_xact_id();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION segments.set_stamp() IS
    'trigger of sources with stamp => ''default'': stamps every new row version, whatever value was given';

-- Raises unless `source` can be captured: a permanent ordinary or partitioned table of the user's.  One that is registered already
-- (is_new: false) may have become a partition since: its own rows are captured as before.
CREATE FUNCTION segments_internal.check_source(
    source regclass, acknowledge_row_security boolean, is_new boolean DEFAULT true,
    acknowledge_hint text DEFAULT 'If that is intended, pass acknowledge_row_security => true.') RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    class pg_class;
    unfit regclass;
BEGIN
    SELECT * INTO class FROM pg_class WHERE oid = source;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'table with OID % does not exist', source::oid USING ERRCODE = 'undefined_table';
    END IF;
    IF class.relkind NOT IN ('r', 'p') THEN
        RAISE EXCEPTION '% is not a table', source USING ERRCODE = 'wrong_object_type',
            DETAIL = 'Views, materialized views, foreign tables and other relations do not tell which of their rows are new.',
            HINT = 'Register the tables that hold the rows.';
    END IF;
    IF class.relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'segments'::regnamespace) THEN
        RAISE EXCEPTION '% is a system table', source USING ERRCODE = 'wrong_object_type',
            HINT = 'Register a table of your own.';
    END IF;
    IF class.relpersistence <> 'p' THEN
        RAISE EXCEPTION '% is %', source, CASE class.relpersistence WHEN 't' THEN 'a temporary table' ELSE 'unlogged' END
            USING ERRCODE = 'wrong_object_type',
            DETAIL = 'Its rows can vanish without a trace, so results could not be kept exact.',
            HINT = CASE class.relpersistence WHEN 't' THEN 'Register a permanent table.'
                ELSE format('Make it permanent first: ALTER TABLE %s SET LOGGED.', source) END;
    END IF;
    IF class.relispartition AND is_new THEN
        RAISE EXCEPTION '% is a partition', source USING ERRCODE = 'wrong_object_type',
            HINT = 'Register the partitioned table above it.';
    END IF;
    IF class.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = source) THEN
        RAISE EXCEPTION '% has inheritance children', source USING ERRCODE = 'wrong_object_type',
            HINT = 'Register the children one by one, or make it a partitioned table.';
    END IF;
    SELECT leaf.oid INTO unfit FROM segments_internal.tables_below(source) relation JOIN pg_class leaf ON leaf.oid = relation
    WHERE leaf.relkind NOT IN ('r', 'p') OR leaf.relpersistence <> 'p'
    ORDER BY leaf.oid LIMIT 1;
    IF unfit IS NOT NULL THEN
        RAISE EXCEPTION 'partition % of % is not a permanent table', unfit, source USING ERRCODE = 'wrong_object_type',
            HINT = 'Detach foreign and unlogged partitions first.';
    END IF;
    IF class.relrowsecurity AND NOT acknowledge_row_security THEN
        RAISE EXCEPTION '% has row-level security', source USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'Segments are computed over all rows, so their members can tell what a policy hides.',
            HINT = acknowledge_hint;
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_source(regclass, boolean, boolean, text) IS
    'raises an error that tells what to do unless the table can be captured';

CREATE FUNCTION segments_internal.check_column(
    source regclass, column_name name, purpose text, allowed regtype[]) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    column_type regtype;
BEGIN
    WITH RECURSIVE base AS (
        SELECT type.oid, type.typtype, type.typbasetype
        FROM pg_attribute attribute JOIN pg_type type ON type.oid = attribute.atttypid
        WHERE attrelid = source AND attname = column_name AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT type.oid, type.typtype, type.typbasetype FROM base JOIN pg_type type ON type.oid = base.typbasetype WHERE base.typtype = 'd')
    SELECT oid INTO column_type FROM base WHERE typtype <> 'd';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of % does not exist', column_name, source USING ERRCODE = 'undefined_column',
            DETAIL = format('It was named as the %s column.', purpose),
            HINT = format('Columns of %s: %s.', source, (
                SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
                WHERE attrelid = source AND attnum > 0 AND NOT attisdropped));
    END IF;
    IF column_type <> ALL (allowed) THEN
        RAISE EXCEPTION 'column "%" of % has type %', column_name, source, column_type USING ERRCODE = 'datatype_mismatch',
            DETAIL = format('A %s column has one of the types %s.', purpose, array_to_string(allowed, ', ')),
            HINT = format('Name another column, or change its type with ALTER TABLE %s ALTER COLUMN %I TYPE %s.',
                source, column_name, allowed[1]);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_column(regclass, name, text, regtype[]) IS
    'raises an error that tells what to do unless the column exists with one of the allowed types';

CREATE FUNCTION segments_internal.check_record_columns(
    source regclass, record_type_column name, record_type text, record_id_column name) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF record_type_column IS NOT NULL AND record_type IS NOT NULL THEN
        RAISE EXCEPTION 'both record_type_column and record_type are given' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give record_type_column if a column tells the type of the record, else record_type if all are of one type.';
    END IF;
    PERFORM segments_internal.check_column(source, record_id_column, 'record ID',
        '{text,varchar,bpchar,uuid,bigint,integer,smallint}');
    IF record_type_column IS NOT NULL THEN
        PERFORM segments_internal.check_column(source, record_type_column, 'record type', '{text,varchar,bpchar}');
    ELSIF NOT EXISTS (SELECT FROM segments.record_type known WHERE known.name = record_type) THEN
        RAISE EXCEPTION 'unknown record type "%"', record_type USING ERRCODE = 'undefined_object',
            DETAIL = format('Known record types: %s.',
                (SELECT string_agg(known.name, ', ' ORDER BY known.name) FROM segments.record_type known)),
            HINT = format('Add it first: SELECT segments.register_record_type(%L).', record_type);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_record_columns(regclass, name, text, name) IS
    'raises an error that tells what to do unless these columns can lead to records';

-- Puts the stamp column and its BRIN index on a source table.
CREATE FUNCTION segments_internal.attach_stamp(source regclass, stamp text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    index_name name := left((SELECT relname FROM pg_class WHERE oid = source), 40) || '_segments_xid_' || source::oid;
BEGIN
    IF stamp = 'generated' THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN segments_xid xid8 GENERATED ALWAYS AS (segments.xact_stamp()) STORED', source);
    ELSE
        EXECUTE format('ALTER TABLE %s ADD COLUMN segments_xid xid8', source);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN segments_xid SET DEFAULT pg_current_xact_id()', source);
    END IF;
    EXECUTE format('CREATE INDEX %I ON %s USING brin (segments_xid segments.xid8_minmax_ops) '
        'WITH (pages_per_range = 16)', index_name, source);
    EXECUTE format('COMMENT ON COLUMN %s.segments_xid IS %L', source,
        'the transaction that wrote this row version; read by segments.refresh()');
END
$$;
COMMENT ON FUNCTION segments_internal.attach_stamp(regclass, text) IS 'adds the stamp column and its index to a table';

-- Puts the triggers on a source table.
CREATE FUNCTION segments_internal.attach_triggers(source regclass, stamp text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    -- Triggers are run in the order of their names: the one that stamps has the last word, whatever others return.
    stamp_trigger CONSTANT name := CASE stamp WHEN 'generated' THEN 'segments_keep_stamp' ELSE '~segments_keep_stamp' END;
BEGIN
    IF stamp = 'generated' THEN
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE ON %s '
            'FOR EACH ROW EXECUTE FUNCTION segments.keep_stamp()', stamp_trigger, source);
    ELSE
        EXECUTE format('CREATE TRIGGER %I BEFORE INSERT OR UPDATE ON %s '
            'FOR EACH ROW EXECUTE FUNCTION segments.set_stamp()', stamp_trigger, source);
    END IF;
    EXECUTE format('CREATE TRIGGER segments_log_change AFTER UPDATE OR DELETE ON %s '
        'FOR EACH ROW EXECUTE FUNCTION segments.log_change()', source);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', source, stamp_trigger);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER segments_log_change', source);
END
$$;
COMMENT ON FUNCTION segments_internal.attach_triggers(regclass, text) IS 'adds the change triggers to a table';

CREATE FUNCTION segments_internal.detach_triggers(source regclass) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('DROP TRIGGER IF EXISTS segments_log_change ON %s', source);
    EXECUTE format('DROP TRIGGER IF EXISTS segments_keep_stamp ON %s', source);
    EXECUTE format('DROP TRIGGER IF EXISTS "~segments_keep_stamp" ON %s', source);
END
$$;
COMMENT ON FUNCTION segments_internal.detach_triggers(regclass) IS 'removes the change triggers from a table';

-- Puts the stamp column, its BRIN index and the triggers on a source table.
CREATE FUNCTION segments_internal.attach_source(source regclass, stamp text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF stamp IS NULL OR stamp NOT IN ('generated', 'default') THEN
        RAISE EXCEPTION 'invalid stamp: %', coalesce(stamp, 'null') USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Use ''generated'' (exact for every kind of writer; rewrites the table once) or ''default'' (added at once).';
    END IF;
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = source AND attname = 'segments_xid' AND NOT attisdropped) THEN
        RAISE EXCEPTION '% already has a column "segments_xid"', source USING ERRCODE = 'duplicate_column',
            HINT = format('Drop or rename it first: ALTER TABLE %s DROP COLUMN segments_xid.', source);
    END IF;
    PERFORM segments_internal.attach_stamp(source, stamp);
    PERFORM segments_internal.attach_triggers(source, stamp);
    PERFORM segments_internal.check_triggers(source, stamp, ARRAY(SELECT segments_internal.tables_below(source)), NULL);
END
$$;
COMMENT ON FUNCTION segments_internal.attach_source(regclass, text) IS
    'adds the stamp column, its index and the change triggers to a table';

-- Takes them off again; no effect on what is already gone.
CREATE FUNCTION segments_internal.detach_source(source oid) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = source) THEN
        RETURN;
    END IF;
    PERFORM segments_internal.detach_triggers(source::regclass);
    EXECUTE format('ALTER TABLE %s DROP COLUMN IF EXISTS segments_xid', source::regclass);
END
$$;
COMMENT ON FUNCTION segments_internal.detach_source(oid) IS 'removes what attach_source added to a table';

REVOKE EXECUTE ON FUNCTION
    segments_internal.check_source(regclass, boolean, boolean, text),
    segments_internal.check_column(regclass, name, text, regtype[]),
    segments_internal.check_record_columns(regclass, name, text, name),
    segments_internal.attach_stamp(regclass, text),
    segments_internal.attach_triggers(regclass, text),
    segments_internal.detach_triggers(regclass),
    segments_internal.attach_source(regclass, text),
    segments_internal.detach_source(oid)
FROM PUBLIC;
