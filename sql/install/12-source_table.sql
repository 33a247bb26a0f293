-- What is asked of a table before it is registered, and what it then carries: the stamp that capture reads and the triggers that log
-- changes.  Tables stay the user's: callers must have their owner's rights, and what alters them is run as their owner, because
-- altering a table can run what its owner wrote (defaults, checks, expressions of indexes).

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
                ELSE format('Make it permanent first: %s.', segments_internal.owner_statement(source, format('ALTER TABLE %s SET LOGGED', source))) END;
    END IF;
    IF class.relispartition AND is_new THEN
        RAISE EXCEPTION '% is a partition', source USING ERRCODE = 'wrong_object_type',
            HINT = format('Register the partitioned table above it: %s.', pg_partition_root(source));
    END IF;
    IF class.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = source) THEN
        RAISE EXCEPTION '% has inheritance children', source USING ERRCODE = 'wrong_object_type',
            HINT = CASE WHEN is_new THEN
                'Make it a partitioned table; or, if it has interactions, register it and the children one by one, without the inheritance.'
                ELSE (SELECT format('End that, which loses nothing that was read before: %s.', string_agg(segments_internal.owner_statement(
                          inhrelid, format('ALTER TABLE %s NO INHERIT %s', inhrelid::regclass, source)), '; ' ORDER BY inhrelid))
                      FROM pg_inherits WHERE inhparent = source) END;
    END IF;
    SELECT leaf.oid INTO unfit FROM segments_internal.tables_below(source) relation JOIN pg_class leaf ON leaf.oid = relation
    WHERE leaf.relkind NOT IN ('r', 'p') OR leaf.relpersistence <> 'p'
    ORDER BY leaf.oid LIMIT 1;
    IF unfit IS NOT NULL THEN
        RAISE EXCEPTION 'partition % of % is not a permanent table', unfit, source USING ERRCODE = 'wrong_object_type',
            HINT = CASE WHEN (SELECT relkind = 'r' AND relpersistence = 'u' FROM pg_class WHERE oid = unfit)
                THEN format('Make it permanent first: %s.', segments_internal.owner_statement(unfit, format('ALTER TABLE %s SET LOGGED', unfit)))
                ELSE format('Detach it first: ALTER TABLE %s DETACH PARTITION %s.',
                    (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = unfit), unfit) END;
    END IF;
    PERFORM segments_internal.check_parts(source);
    IF class.relrowsecurity AND NOT acknowledge_row_security THEN
        RAISE EXCEPTION '% has row-level security', source USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'Segments are computed over all rows, so their members can tell what a policy hides.',
            HINT = acknowledge_hint;
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_source(regclass, boolean, boolean, text) IS
    'raises an error that tells what to do unless the table can be captured';

CREATE FUNCTION segments_internal.column_names_hint(source regclass, wanted text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    names text[] := ARRAY(SELECT attname::text FROM pg_attribute
        WHERE attrelid = source AND attnum > 0 AND NOT attisdropped AND attname <> 'segments_xid' ORDER BY attnum);
BEGIN
    RETURN concat_ws(' ', 'Did you mean ' || segments_internal.as_arguments(segments_internal.nearest_names(wanted, names)) || '?',
        format('Columns of %s: %s.', source, segments_internal.as_arguments(names)));
END
$$;
COMMENT ON FUNCTION segments_internal.column_names_hint(regclass, text) IS 'the columns of a table as arguments, the nearest to a wrong name first';

CREATE FUNCTION segments_internal.check_column(
    source regclass, column_name name, purpose text, allowed regtype[], hint text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    column_type regtype;
    is_virtual boolean;
BEGIN
    SELECT segments_internal.base_type(atttypid), attgenerated = 'v' INTO column_type, is_virtual FROM pg_attribute
    WHERE attrelid = source AND attname = column_name AND attnum > 0 AND NOT attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of % does not exist', column_name, source USING ERRCODE = 'undefined_column',
            DETAIL = format('It was named as the %s column.', purpose),
            HINT = segments_internal.column_names_hint(source, column_name);
    END IF;
    IF is_virtual THEN
        RAISE EXCEPTION 'column "%" of % is a virtual generated column', column_name, source USING ERRCODE = 'feature_not_supported',
            DETAIL = format('Triggers do not see its values, and another expression changes those of all rows without a trace: '
                'it cannot be the %s column.', purpose),
            HINT = segments_internal.stored_column_hint(source, column_name);
    END IF;
    IF column_type <> ALL (allowed) THEN
        RAISE EXCEPTION 'column "%" of % has type %', column_name, source, format_type(column_type, NULL)
            USING ERRCODE = 'datatype_mismatch',
            DETAIL = format('A %s column has one of the types %s.', purpose,
                (SELECT string_agg(format_type(type, NULL), ', ' ORDER BY number) FROM unnest(allowed) WITH ORDINALITY AS a (type, number))),
            HINT = coalesce(hint, segments_internal.key_column_hint(source, column_name, column_type));
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_column(regclass, name, text, regtype[], text) IS
    'raises an error that tells what to do unless the column exists with one of the allowed types; hint: what to do about another type (null: make a key of it)';

-- Keys are compared byte by byte.  Refreshes ask this again: a collation can change after registration.
CREATE FUNCTION segments_internal.check_key_column(source regclass, column_name name, purpose text, allowed regtype[]) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    unfit regcollation;
BEGIN
    PERFORM segments_internal.check_column(source, column_name, purpose, allowed);
    SELECT pg_collation.oid INTO unfit FROM pg_attribute JOIN pg_collation ON pg_collation.oid = attcollation
    WHERE attrelid = source AND attname = column_name AND NOT collisdeterministic;
    IF FOUND THEN
        RAISE EXCEPTION 'column "%" of % has the nondeterministic collation %', column_name, source, unfit
            USING ERRCODE = 'feature_not_supported',
            DETAIL = format('Keys are compared byte by byte, so a %s would be told apart from others that its collation takes for equal.',
                purpose),
            HINT = format('Add a column that is the same wherever the keys are equal, and name that one, in every table: %s.',
                segments_internal.owner_statement(source, format(
                    'ALTER TABLE %s ADD COLUMN %I text COLLATE "C" GENERATED ALWAYS AS (lower(%I COLLATE "default")) STORED',
                    source, left(column_name, 59) || '_key', column_name)));
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_key_column(regclass, name, text, regtype[]) IS
    'check_column, for columns that hold keys: these have no nondeterministic collation';

-- That of rows of look-ups, '(look-up)', is none: they are nobody's.
CREATE FUNCTION segments_internal.check_record_type(record_type text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    alike text;
BEGIN
    IF record_type = '(look-up)' THEN
        RAISE EXCEPTION 'records of type "(look-up)" are nobody''s' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'They are the rows of look-ups.', HINT = 'Choose another record type, such as contact.';
    END IF;
    IF NOT EXISTS (SELECT FROM segments.record_type known WHERE known.name = check_record_type.record_type) AND record_type IS NOT NULL THEN
        SELECT known.name INTO alike FROM segments.record_type known
        WHERE segments_internal.fold_name(known.name) = segments_internal.fold_name(record_type) ORDER BY known.name LIMIT 1;
        RAISE EXCEPTION 'unknown record type "%"', record_type USING ERRCODE = 'undefined_object',
            DETAIL = format('Known record types: %s.',
                (SELECT string_agg(known.name, ', ' ORDER BY known.name) FROM segments.record_type known)),
            HINT = CASE WHEN alike IS NOT NULL THEN format('Write it as it is known: record_type => %L.', alike)
                ELSE format('Add it first: SELECT segments.register_record_type(%L).', record_type) END;
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_record_type(text) IS 'raises an error that tells what to do unless records of persons are of this type; null: none is given';
REVOKE EXECUTE ON FUNCTION segments_internal.check_record_type(text) FROM PUBLIC;

-- Lower-casing is that of the database's collation, whatever the column has: the same in every table.
CREATE FUNCTION segments_internal.normalized_id(id text, normalize_ids text) RETURNS text
AS 'MODULE_PATHNAME', 'segments_normalized_id' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.normalized_id(text, text) IS
    'an id of a record as a registration with this normalize_ids makes it: lower(btrim(id) COLLATE "default") for both words';

CREATE FUNCTION segments_internal.normalize_words(normalize_ids text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    words CONSTANT text[] := regexp_split_to_array(btrim(normalize_ids), '\s*,\s*|\s+');
BEGIN
    IF normalize_ids IS NULL OR words = '{""}' THEN
        RETURN NULL;
    ELSIF NOT words <@ '{lower,trim}' THEN
        RAISE EXCEPTION 'invalid normalize_ids: "%"', left(normalize_ids, 100) USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'lower takes upper and lower case for the same, trim spaces at the ends of ids for none.',
            HINT = 'Write normalize_ids => ''lower'', ''trim'' or ''lower, trim''.';
    END IF;
    RETURN array_to_string(ARRAY(SELECT word FROM unnest('{lower,trim}'::text[]) word WHERE word = ANY (words)), ', ');
END
$$;
COMMENT ON FUNCTION segments_internal.normalize_words(text) IS
    'normalize_ids as catalogs have it; null: ids are taken as they are. Errors: 22023';

CREATE FUNCTION segments_internal.check_record_columns(
    source regclass, record_type_column name, record_type text, record_id_column name) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
BEGIN
    IF record_type_column IS NOT NULL AND record_type IS NOT NULL THEN
        RAISE EXCEPTION 'both record_type_column and record_type are given' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give record_type_column if a column tells the type of the record, else record_type if all are of one type.';
    END IF;
    PERFORM segments_internal.check_key_column(source, record_id_column, 'record ID',
        '{text,varchar,bpchar,uuid,bigint,integer,smallint}');
    IF record_type_column IS NOT NULL THEN
        PERFORM segments_internal.check_key_column(source, record_type_column, 'record type', '{text,varchar,bpchar}');
    ELSIF record_type <> '(look-up)' THEN
        PERFORM segments_internal.check_record_type(record_type);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_record_columns(regclass, name, text, name) IS
    'raises an error that tells what to do unless these columns can lead to records';

CREATE FUNCTION segments_internal.run_as_owner(relation regclass, command text) RETURNS void
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segments_run_as_owner';
COMMENT ON FUNCTION segments_internal.run_as_owner(regclass, text) IS
    'runs a command that defines something as the owner of a relation, in a security-restricted operation. The caller must have the '
    'owner''s rights. Errors: 42501 (privileges)';

-- Raises unless the table and all below it have one owner, who alone can alter it as a whole.
CREATE FUNCTION segments_internal.check_one_owner(source regclass) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    owner regrole;
    other record;
BEGIN
    SELECT relowner INTO owner FROM pg_class WHERE oid = source;
    SELECT part.oid::regclass AS relation, part.relowner::regrole AS owner INTO other
    FROM segments_internal.tables_below(source) below JOIN pg_class part ON part.oid = below
    WHERE part.relowner <> owner ORDER BY part.oid LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'partition % of % belongs to %', other.relation, source, other.owner USING ERRCODE = 'insufficient_privilege',
            DETAIL = format('The table belongs to %s, as whom it is altered.', owner),
            HINT = format('Give the partition to that role for the time being: ALTER TABLE %s OWNER TO %s.', other.relation, owner);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_one_owner(regclass) IS
    'raises an error that tells what to do unless a table''s partitions belong to its owner';

-- Each is locked by refreshes and erasures, and the table of locks is everybody's.
CREATE FUNCTION segments_internal.check_partition_count(source regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    allowed CONSTANT int := current_setting('segments.max_partitions');
BEGIN
    IF allowed > 0 AND (
        WITH RECURSIVE part (oid) AS (
            SELECT inhrelid FROM pg_inherits WHERE inhparent = source UNION ALL SELECT inhrelid FROM part JOIN pg_inherits ON inhparent = part.oid)
        SELECT count(*) FROM (SELECT FROM part LIMIT allowed + 1) counted) > allowed
    THEN
        RAISE EXCEPTION '% has more than % partitions', source, allowed USING ERRCODE = 'program_limit_exceeded',
            DETAIL = 'Refreshes and erasures lock each of them, and the server has room for so many locks.',
            HINT = 'Let an administrator raise segments.max_partitions, and max_locks_per_transaction with it; or detach partitions, or merge them.';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_partition_count(regclass) IS 'raises 54000 if a table has more partitions than the setting segments.max_partitions allows';

-- Puts the stamp column and its BRIN index on a source table.
CREATE FUNCTION segments_internal.attach_stamp(source regclass, stamp text) RETURNS void
-- Not where a caller's settings put it: who may use a tablespace is asked of whom the index is made by.
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp SET default_tablespace TO '' AS $$
DECLARE
    -- The server names it, since it knows which names fit and are free.
    create_index CONSTANT text := format(
        'CREATE INDEX ON %s USING brin (segments_xid segments.xid8_minmax_ops) WITH (pages_per_range = 16)', source);
BEGIN
    IF stamp = 'generated' THEN
        PERFORM segments_internal.run_as_owner(source, format('ALTER TABLE %s ADD COLUMN segments_xid xid8 GENERATED ALWAYS AS (segments.xact_stamp()) STORED', source));
    ELSE
        PERFORM segments_internal.run_as_owner(source, format('ALTER TABLE %s ADD COLUMN segments_xid xid8', source));
        PERFORM segments_internal.run_as_owner(source, format('ALTER TABLE %s ALTER COLUMN segments_xid SET DEFAULT pg_current_xact_id()', source));
    END IF;
    IF (SELECT has_schema_privilege(relowner, relnamespace, 'CREATE') FROM pg_class WHERE oid = source) THEN
        PERFORM segments_internal.run_as_owner(source, create_index);
    ELSE
        -- An owner need not be allowed to create anything in the schema; the server builds the index as the owner all the same.
        EXECUTE create_index;
    END IF;
    PERFORM segments_internal.run_as_owner(source, format('COMMENT ON COLUMN %s.segments_xid IS %L', source,
        'the transaction that wrote this row version; read by segments.refresh(). A table that is to be attached as a partition gets it by '
        'segments.prepare_partition(partition, parent); rows of a copy are inserted by naming the other columns'));
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
        PERFORM segments_internal.run_as_owner(source, format('CREATE TRIGGER %I BEFORE UPDATE ON %s '
            'FOR EACH ROW EXECUTE FUNCTION segments.keep_stamp()', stamp_trigger, source));
    ELSE
        PERFORM segments_internal.run_as_owner(source, format('CREATE TRIGGER %I BEFORE INSERT OR UPDATE ON %s '
            'FOR EACH ROW EXECUTE FUNCTION segments.set_stamp()', stamp_trigger, source));
    END IF;
    PERFORM segments_internal.run_as_owner(source, format('CREATE TRIGGER segments_log_change AFTER UPDATE OR DELETE ON %s '
        'FOR EACH ROW EXECUTE FUNCTION segments.log_change()', source));
    PERFORM segments_internal.run_as_owner(source, format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', source, stamp_trigger));
    PERFORM segments_internal.run_as_owner(source, format('ALTER TABLE %s ENABLE ALWAYS TRIGGER segments_log_change', source));
END
$$;
COMMENT ON FUNCTION segments_internal.attach_triggers(regclass, text) IS 'adds the change triggers to a table';

CREATE FUNCTION segments_internal.detach_triggers(source regclass) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    present name;
BEGIN
    FOR present IN
        SELECT tgname FROM pg_trigger
        WHERE tgrelid = source AND tgparentid = 0 AND NOT tgisinternal
          AND tgfoid IN ('segments.log_change'::regproc, 'segments.keep_stamp'::regproc, 'segments.set_stamp'::regproc)
    LOOP
        PERFORM segments_internal.run_as_owner(source, format('DROP TRIGGER %I ON %s', present, source));
    END LOOP;
END
$$;
COMMENT ON FUNCTION segments_internal.detach_triggers(regclass) IS
    'removes the change triggers from a table, whatever their names are by now, but not those of a partitioned table above it';

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
            HINT = format('Rename it first: %s.', segments_internal.owner_statement(source,
                format('ALTER TABLE %s RENAME COLUMN segments_xid TO former_segments_xid', source)));
    END IF;
    PERFORM segments_internal.check_one_owner(source);
    PERFORM segments_internal.check_partition_count(source);
    PERFORM segments_internal.attach_stamp(source, stamp);
    PERFORM segments_internal.attach_triggers(source, stamp);
    PERFORM segments_internal.check_triggers(source, stamp, ARRAY(SELECT segments_internal.tables_below(source)), NULL);
END
$$;
COMMENT ON FUNCTION segments_internal.attach_source(regclass, text) IS
    'adds the stamp column, its index and the change triggers to a table';

-- A column of this name that computes nothing any more is the user's, who chose to keep it.
CREATE FUNCTION segments_internal.drop_stamp(source regclass) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    is_generated boolean;
    dependents text;
BEGIN
    SELECT attgenerated <> '' INTO is_generated FROM pg_attribute
    WHERE attrelid = source AND attname = 'segments_xid' AND NOT attisdropped AND atthasdef AND attinhcount = 0;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM segments_internal.run_as_owner(source, format('ALTER TABLE %s DROP COLUMN segments_xid', source));
EXCEPTION WHEN dependent_objects_still_exist THEN
    GET STACKED DIAGNOSTICS dependents = PG_EXCEPTION_DETAIL;
    RAISE EXCEPTION 'column "segments_xid" of % is used by other objects', source
        USING ERRCODE = 'dependent_objects_still_exist',
        DETAIL = dependents,
        HINT = format('Let the column stay, as an ordinary one, then try again: %s. Or define the others without it first.',
            segments_internal.owner_statement(source, format('ALTER TABLE %s ALTER COLUMN segments_xid DROP %s', source,
                CASE WHEN is_generated THEN 'EXPRESSION' ELSE 'DEFAULT' END)));
END
$$;
COMMENT ON FUNCTION segments_internal.drop_stamp(regclass) IS
    'drops the stamp column of a table. Errors: 2BP01 (a view or another object uses it; the hint says what to do)';

CREATE FUNCTION segments_internal.drop_stamp_index(source oid) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    stamp_index regclass;
BEGIN
    FOR stamp_index IN
        SELECT index.indexrelid FROM pg_index index JOIN pg_opclass opclass ON opclass.oid = ANY (index.indclass)
        JOIN pg_class class ON class.oid = index.indexrelid AND NOT class.relispartition
        WHERE index.indrelid = source AND opclass.opcname = 'xid8_minmax_ops' AND opclass.opcnamespace = 'segments'::regnamespace
    LOOP
        PERFORM segments_internal.run_as_owner(stamp_index, format('DROP INDEX %s', stamp_index));
    END LOOP;
END
$$;
COMMENT ON FUNCTION segments_internal.drop_stamp_index(oid) IS 'drops the index of a table''s stamp, whatever the column''s name is by now';

-- Takes them off again; no effect on what is already gone.
CREATE FUNCTION segments_internal.detach_source(source oid) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = source) THEN
        RETURN;
    END IF;
    PERFORM segments_internal.check_one_owner(source);
    PERFORM segments_internal.detach_triggers(source::regclass);
    PERFORM segments_internal.drop_stamp_index(source);
    PERFORM segments_internal.drop_stamp(source);
END
$$;
COMMENT ON FUNCTION segments_internal.detach_source(oid) IS 'removes what attach_source added to a table';

REVOKE EXECUTE ON FUNCTION
    segments_internal.check_source(regclass, boolean, boolean, text),
    segments_internal.check_column(regclass, name, text, regtype[], text),
    segments_internal.check_key_column(regclass, name, text, regtype[]),
    segments_internal.check_record_columns(regclass, name, text, name),
    segments_internal.normalized_id(text, text),
    segments_internal.normalize_words(text),
    segments_internal.run_as_owner(regclass, text),
    segments_internal.check_one_owner(regclass),
    segments_internal.check_partition_count(regclass),
    segments_internal.attach_stamp(regclass, text),
    segments_internal.attach_triggers(regclass, text),
    segments_internal.detach_triggers(regclass),
    segments_internal.attach_source(regclass, text),
    segments_internal.drop_stamp(regclass),
    segments_internal.drop_stamp_index(oid),
    segments_internal.detach_source(oid)
FROM PUBLIC;
