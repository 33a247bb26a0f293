-- Registering tables: checks, the stamp that capture reads, the triggers that log changes, and undoing it all.
-- Tables stay the user's: they are altered with the caller's privileges (who must own them).

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

-- Raises unless `source` can be captured: a permanent ordinary or partitioned table of the user's.
CREATE FUNCTION segments.check_source(source regclass, acknowledge_row_security boolean) RETURNS void
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
    IF class.relispartition THEN
        RAISE EXCEPTION '% is a partition', source USING ERRCODE = 'wrong_object_type',
            HINT = 'Register the partitioned table above it.';
    END IF;
    IF class.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = source) THEN
        RAISE EXCEPTION '% has inheritance children', source USING ERRCODE = 'wrong_object_type',
            HINT = 'Register the children one by one, or make it a partitioned table.';
    END IF;
    SELECT relid INTO unfit FROM pg_partition_tree(source) JOIN pg_class leaf ON leaf.oid = relid
    WHERE isleaf AND (leaf.relkind <> 'r' OR leaf.relpersistence <> 'p') AND relid <> source
    ORDER BY relid LIMIT 1;
    IF unfit IS NOT NULL THEN
        RAISE EXCEPTION 'partition % of % is not a permanent table', unfit, source USING ERRCODE = 'wrong_object_type',
            HINT = 'Detach foreign and unlogged partitions first.';
    END IF;
    IF class.relrowsecurity AND NOT acknowledge_row_security THEN
        RAISE EXCEPTION '% has row-level security', source USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'Segments are computed over all rows, so their members can tell what a policy hides.',
            HINT = 'If that is intended, pass acknowledge_row_security => true.';
    END IF;
END
$$;
COMMENT ON FUNCTION segments.check_source(regclass, boolean) IS
    'raises an error that tells what to do unless the table can be captured';

CREATE FUNCTION segments.check_column(
    source regclass, column_name name, purpose text, allowed regtype[]) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    column_type regtype;
BEGIN
    SELECT CASE type.typtype WHEN 'd' THEN type.typbasetype ELSE type.oid END INTO column_type
    FROM pg_attribute attribute JOIN pg_type type ON type.oid = attribute.atttypid
    WHERE attrelid = source AND attname = column_name AND attnum > 0 AND NOT attisdropped;
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
COMMENT ON FUNCTION segments.check_column(regclass, name, text, regtype[]) IS
    'raises an error that tells what to do unless the column exists with one of the allowed types';

CREATE FUNCTION segments.check_record_columns(
    source regclass, record_type_column name, record_type text, record_id_column name) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF record_type_column IS NOT NULL AND record_type IS NOT NULL THEN
        RAISE EXCEPTION 'both record_type_column and record_type are given' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give record_type_column if a column tells the type of the record, else record_type if all are of one type.';
    END IF;
    PERFORM segments.check_column(source, record_id_column, 'record ID',
        '{text,varchar,bpchar,uuid,bigint,integer,smallint}');
    IF record_type_column IS NOT NULL THEN
        PERFORM segments.check_column(source, record_type_column, 'record type', '{text,varchar,bpchar}');
    ELSIF NOT EXISTS (SELECT FROM segments.record_type known WHERE known.name = record_type) THEN
        RAISE EXCEPTION 'unknown record type "%"', record_type USING ERRCODE = 'undefined_object',
            DETAIL = format('Known record types: %s.',
                (SELECT string_agg(known.name, ', ' ORDER BY known.name) FROM segments.record_type known)),
            HINT = format('Add it first: SELECT segments.register_record_type(%L).', record_type);
    END IF;
END
$$;
COMMENT ON FUNCTION segments.check_record_columns(regclass, name, text, name) IS
    'raises an error that tells what to do unless these columns can lead to records';

-- Puts the stamp column, its BRIN index and the triggers on a source table.
CREATE FUNCTION segments.attach_source(source regclass, stamp text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    index_name name := left((SELECT relname FROM pg_class WHERE oid = source), 40) || '_segments_xid_' || source::oid;
BEGIN
    IF stamp IS NULL OR stamp NOT IN ('generated', 'default') THEN
        RAISE EXCEPTION 'invalid stamp: %', coalesce(stamp, 'null') USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Use ''generated'' (exact for every kind of writer; rewrites the table once) or ''default'' (added at once).';
    END IF;
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = source AND attname = 'segments_xid' AND NOT attisdropped) THEN
        RAISE EXCEPTION '% already has a column "segments_xid"', source USING ERRCODE = 'duplicate_column',
            HINT = format('Drop or rename it first: ALTER TABLE %s DROP COLUMN segments_xid.', source);
    END IF;
    IF stamp = 'generated' THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN segments_xid xid8 GENERATED ALWAYS AS (segments.xact_stamp()) STORED', source);
        EXECUTE format('CREATE TRIGGER segments_keep_stamp BEFORE UPDATE ON %s '
            'FOR EACH ROW EXECUTE FUNCTION segments.keep_stamp()', source);
    ELSE
        EXECUTE format('ALTER TABLE %s ADD COLUMN segments_xid xid8', source);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN segments_xid SET DEFAULT pg_current_xact_id()', source);
        EXECUTE format('CREATE TRIGGER segments_keep_stamp BEFORE INSERT OR UPDATE ON %s '
            'FOR EACH ROW EXECUTE FUNCTION segments.set_stamp()', source);
    END IF;
    EXECUTE format('CREATE TRIGGER segments_log_change AFTER UPDATE OR DELETE ON %s '
        'FOR EACH ROW EXECUTE FUNCTION segments.log_change()', source);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER segments_keep_stamp', source);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER segments_log_change', source);
    EXECUTE format('CREATE INDEX %I ON %s USING brin (segments_xid segments.xid8_minmax_ops) '
        'WITH (pages_per_range = 16)', index_name, source);
    EXECUTE format('COMMENT ON COLUMN %s.segments_xid IS %L', source,
        'the transaction that wrote this row version; read by segments.refresh()');
END
$$;
COMMENT ON FUNCTION segments.attach_source(regclass, text) IS
    'adds the stamp column, its index and the change triggers to a table';

-- Takes them off again; no effect on what is already gone.
CREATE FUNCTION segments.detach_source(source oid) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = source) THEN
        RETURN;
    END IF;
    EXECUTE format('DROP TRIGGER IF EXISTS segments_log_change ON %s', source::regclass);
    EXECUTE format('DROP TRIGGER IF EXISTS segments_keep_stamp ON %s', source::regclass);
    EXECUTE format('ALTER TABLE %s DROP COLUMN IF EXISTS segments_xid', source::regclass);
END
$$;
COMMENT ON FUNCTION segments.detach_source(oid) IS 'removes what attach_source added to a table';

-- Writes to the catalog on behalf of a caller who may register but does not own the extension's tables.
CREATE FUNCTION segments.record_interaction(
    source regclass, name text, time_column name, relations jsonb, display_name text, group_name text, description text,
    aliases text[], fields jsonb, stamp text, acknowledge_row_security boolean) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    new_type_id int;
BEGIN
    INSERT INTO segments.interaction_type
        (name, display_name, group_name, description, aliases, source, time_column, stamp, row_security_acknowledged)
    VALUES (name, display_name, group_name, description, aliases, source, time_column, stamp, acknowledge_row_security)
    RETURNING type_id INTO new_type_id;
    INSERT INTO segments.interaction_relation
        (type_id, name, display_name, record_type_column, record_type, record_id_column, is_default)
    SELECT new_type_id, relation.name, coalesce(relation.display, relation.name), relation.record_type_column,
        relation.record_type, relation.record_id_column, relation."default"
    FROM jsonb_to_recordset(relations) AS relation(
        name text, display text, record_type_column text, record_type text, record_id_column text, "default" boolean);
    INSERT INTO segments.interaction_field (type_id, column_name, name, display_name, refers_to, note)
    SELECT new_type_id, field."column", coalesce(field.name, field."column"),
        coalesce(field.display, field.name, field."column"), field."references", field.note
    FROM jsonb_to_recordset(fields) AS field(
        "column" text, name text, display text, "references" text, note text);
    RETURN new_type_id;
END
$$;
COMMENT ON FUNCTION segments.record_interaction(
    regclass, text, name, jsonb, text, text, text, text[], jsonb, text, boolean) IS
    'writes the catalog rows of a registered interaction type';

CREATE FUNCTION segments.register_interaction(
    source regclass,
    name text,
    time_column name,
    record_id_column name,
    record_type_column name DEFAULT NULL,
    record_type text DEFAULT NULL,
    display_name text DEFAULT NULL,
    group_name text DEFAULT 'Custom',
    description text DEFAULT NULL,
    aliases text[] DEFAULT '{}',
    relations jsonb DEFAULT NULL,
    fields jsonb DEFAULT '[]',
    stamp text DEFAULT 'generated',
    acknowledge_row_security boolean DEFAULT false) RETURNS int
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    relation record;
    field record;
    taken text;
BEGIN
    IF source IS NULL OR name IS NULL OR time_column IS NULL OR record_id_column IS NULL THEN
        RAISE EXCEPTION 'source, name, time_column and record_id_column must not be null'
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF name !~ '^[[:alpha:]_][[:alnum:]_]*$' OR length(name) > 63 THEN
        RAISE EXCEPTION 'invalid interaction type name "%"', name USING ERRCODE = 'invalid_name',
            HINT = 'Use letters, digits and underscores, at most 63; any text can be its display_name.';
    END IF;
    PERFORM segments.check_source(source, acknowledge_row_security);
    PERFORM segments.check_column(source, time_column, 'time', '{timestamptz}');
    IF record_type_column IS NULL THEN
        record_type := coalesce(record_type, 'contact');
    END IF;
    PERFORM segments.check_record_columns(source, record_type_column, record_type, record_id_column);

    SELECT type.name INTO taken FROM segments.interaction_type type WHERE type.source = register_interaction.source;
    IF FOUND THEN
        RAISE EXCEPTION '% is already registered as %', source, taken USING ERRCODE = 'duplicate_object',
            HINT = format('Unregister it first: SELECT segments.unregister_interaction(%L).', taken);
    END IF;
    IF EXISTS (SELECT FROM segments.unification WHERE unification.source = register_interaction.source) THEN
        RAISE EXCEPTION '% is registered as the unification', source USING ERRCODE = 'duplicate_object';
    END IF;
    SELECT type.name INTO taken
    FROM segments.interaction_type type, unnest(type.aliases || type.name) AS theirs, unnest(register_interaction.aliases || register_interaction.name) AS ours
    WHERE lower(theirs) = lower(ours) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'interaction type name "%" clashes with %', name, taken USING ERRCODE = 'duplicate_object',
            DETAIL = 'Names and aliases of interaction types are unique, whatever their case.';
    END IF;

    relations := coalesce(relations, '[]');
    IF NOT EXISTS (SELECT FROM jsonb_array_elements(relations) given WHERE (given ->> 'default')::boolean) THEN
        relations := jsonb_build_array(jsonb_build_object(
            'name', 'profile', 'display', 'Profile', 'record_type_column', record_type_column,
            'record_type', record_type, 'record_id_column', record_id_column, 'default', true)) || relations;
    END IF;
    FOR relation IN SELECT * FROM jsonb_to_recordset(relations) AS given(
        name text, record_type_column name, record_type text, record_id_column name, "default" boolean)
    LOOP
        PERFORM segments.check_record_columns(source, relation.record_type_column, relation.record_type,
            relation.record_id_column);
    END LOOP;
    FOR field IN SELECT * FROM jsonb_to_recordset(fields) AS given("column" name, name text) LOOP
        IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = source AND attname = field."column"
                       AND attnum > 0 AND NOT attisdropped) THEN
            RAISE EXCEPTION 'column "%" of % does not exist', field."column", source USING ERRCODE = 'undefined_column',
                DETAIL = 'It was named in fields.';
        END IF;
    END LOOP;

    PERFORM segments.attach_source(source, stamp);
    RETURN segments.record_interaction(source, name, time_column, relations, coalesce(display_name, name), group_name,
        description, aliases, fields, stamp, acknowledge_row_security);
END
$$;
COMMENT ON FUNCTION segments.register_interaction(
    regclass, text, name, name, name, text, text, text, text, text[], jsonb, jsonb, text, boolean) IS
    'makes a table an interaction type: which columns are its time and its record; every other column becomes a field. '
    'The caller must own the table. Returns the type''s number. Errors: 42809 (not a table that can be captured), 42703 '
    '(no such column), 42804 (wrong column type), 42710 (name or table taken), 55000 (row-level security)';

CREATE FUNCTION segments.forget_interaction(name text) RETURNS oid
LANGUAGE plpgsql SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type segments.interaction_type;
BEGIN
    DELETE FROM segments.interaction_type known WHERE lower(known.name) = lower(forget_interaction.name)
    RETURNING * INTO type;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unknown interaction type "%"', name USING ERRCODE = 'undefined_object',
            HINT = 'SELECT name FROM segments.interaction_catalog(true) lists all.';
    END IF;
    DELETE FROM segments.change_log WHERE leaf IN (SELECT known.leaf FROM segments.source_leaf known WHERE source = type.source);
    DELETE FROM segments.source_leaf WHERE source = type.source;
    DELETE FROM segments.leaf_reading WHERE type_id = type.type_id;
    DELETE FROM segments.fragment WHERE type_id = type.type_id;
    RETURN type.source;
END
$$;
COMMENT ON FUNCTION segments.forget_interaction(text) IS 'removes an interaction type from the catalog and the derived tables';

CREATE FUNCTION segments.unregister_interaction(name text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    -- First the table: its lock waits for a running refresh, which would otherwise write what has just been forgotten.
    PERFORM segments.detach_source(type.source) FROM segments.interaction_type type
    WHERE lower(type.name) = lower(unregister_interaction.name);
    PERFORM segments.forget_interaction(name);
END
$$;
COMMENT ON FUNCTION segments.unregister_interaction(text) IS
    'undoes register_interaction: the table keeps its rows and loses the stamp column and the triggers. '
    'Errors: 42704 (no such type)';

CREATE FUNCTION segments.record_unification(
    source regclass, record_type_column name, record_type text, record_id_column name, profile_id_column name,
    stamp text, acknowledge_row_security boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    INSERT INTO segments.unification
        (source, record_type_column, record_type, record_id_column, profile_id_column, stamp, row_security_acknowledged)
    VALUES (source, record_type_column, record_type, record_id_column, profile_id_column, stamp, acknowledge_row_security);
$$;
COMMENT ON FUNCTION segments.record_unification(regclass, name, text, name, name, text, boolean) IS
    'writes the catalog row of the unification';

CREATE FUNCTION segments.register_unification(
    source regclass,
    profile_id_column name DEFAULT 'profile_id',
    record_id_column name DEFAULT 'record_id',
    record_type_column name DEFAULT NULL,
    record_type text DEFAULT NULL,
    stamp text DEFAULT 'generated',
    acknowledge_row_security boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    registered regclass;
BEGIN
    IF source IS NULL OR profile_id_column IS NULL OR record_id_column IS NULL THEN
        RAISE EXCEPTION 'source, profile_id_column and record_id_column must not be null'
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT unification.source INTO registered FROM segments.unification;
    IF FOUND THEN
        RAISE EXCEPTION '% is registered as the unification', registered USING ERRCODE = 'duplicate_object',
            HINT = 'There is one mapping at a time: SELECT segments.unregister_unification() first.';
    END IF;
    IF EXISTS (SELECT FROM segments.interaction_type type WHERE type.source = register_unification.source) THEN
        RAISE EXCEPTION '% is registered as an interaction type', source USING ERRCODE = 'duplicate_object';
    END IF;
    PERFORM segments.check_source(source, acknowledge_row_security);
    IF record_type_column IS NULL AND record_type IS NULL THEN
        record_type_column := (SELECT attname FROM pg_attribute
            WHERE attrelid = source AND attname = 'record_type' AND NOT attisdropped);
        record_type := CASE WHEN record_type_column IS NULL THEN 'contact' END;
    END IF;
    PERFORM segments.check_record_columns(source, record_type_column, record_type, record_id_column);
    PERFORM segments.check_column(source, profile_id_column, 'profile ID',
        '{text,varchar,bpchar,uuid,bigint,integer,smallint}');
    PERFORM segments.attach_source(source, stamp);
    PERFORM segments.record_unification(source, record_type_column, record_type, record_id_column, profile_id_column,
        stamp, acknowledge_row_security);
END
$$;
COMMENT ON FUNCTION segments.register_unification(regclass, name, name, name, text, text, boolean) IS
    'says which table maps records to unified profiles: one row per record. Without record_type_column and record_type, a '
    'column record_type is used if there is one, else all records are contacts. The caller must own the table. '
    'Errors: as register_interaction';

CREATE FUNCTION segments.forget_unification() RETURNS oid
LANGUAGE plpgsql SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    mapping oid;
BEGIN
    DELETE FROM segments.unification RETURNING source INTO mapping;
    DELETE FROM segments.change_log WHERE leaf IN (SELECT known.leaf FROM segments.source_leaf known WHERE source = mapping);
    DELETE FROM segments.source_leaf WHERE source = mapping;
    DELETE FROM segments.leaf_reading WHERE source = mapping;
    RETURN mapping;
END
$$;
COMMENT ON FUNCTION segments.forget_unification() IS 'removes the unification from the catalog';

CREATE FUNCTION segments.unregister_unification() RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    -- First the table: see unregister_interaction.
    PERFORM segments.detach_source(unification.source) FROM segments.unification;
    PERFORM segments.forget_unification();
END
$$;
COMMENT ON FUNCTION segments.unregister_unification() IS
    'undoes register_unification; from the next refresh no record belongs to a profile until another mapping is registered';

CREATE FUNCTION segments.detach_all() RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type record;
BEGIN
    FOR type IN SELECT name FROM segments.interaction_type ORDER BY type_id LOOP
        PERFORM segments.unregister_interaction(type.name);
    END LOOP;
    PERFORM segments.unregister_unification();
END
$$;
COMMENT ON FUNCTION segments.detach_all() IS
    'unregisters every interaction type and the unification, so that DROP EXTENSION segments leaves your tables as they were';

CREATE FUNCTION segments.register_record_type(name text, display_name text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF name IS NULL OR name = '' OR length(name) > 63 THEN
        RAISE EXCEPTION 'invalid record type name' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'A record type has a name of 1 to 63 characters.';
    END IF;
    INSERT INTO segments.record_type VALUES (register_record_type.name, coalesce(register_record_type.display_name, initcap(register_record_type.name)));
EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION 'record type "%" already exists', name USING ERRCODE = 'duplicate_object';
END
$$;
COMMENT ON FUNCTION segments.register_record_type(text, text) IS
    'adds a kind of record to contact and lead. Errors: 22023 (bad name), 42710 (exists)';

CREATE FUNCTION segments.create_interaction_tables(
    schema name DEFAULT 'interactions', types text[] DEFAULT NULL) RETURNS SETOF regclass
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type record;
    new_table regclass;
    unknown text;
BEGIN
    SELECT wanted INTO unknown FROM unnest(types) AS wanted
    WHERE NOT EXISTS (SELECT FROM segments.builtin_interaction_type builtin
                      WHERE lower(builtin.name) = lower(wanted) OR builtin.description -> 'aliases' ? wanted)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'unknown built-in interaction type "%"', unknown USING ERRCODE = 'undefined_object',
            HINT = 'SELECT name FROM segments.builtin_interaction_type lists all.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = schema) THEN
        EXECUTE format('CREATE SCHEMA %I', schema);
    END IF;
    FOR type IN
        SELECT builtin.* FROM segments.builtin_interaction_type builtin
        WHERE types IS NULL OR lower(builtin.name) IN (SELECT lower(wanted) FROM unnest(types) AS wanted)
           OR EXISTS (SELECT FROM unnest(types) AS wanted WHERE builtin.description -> 'aliases' ? wanted)
        ORDER BY builtin.position
    LOOP
        EXECUTE format('CREATE TABLE %I.%I (%s)', schema, type.table_name, (
            SELECT string_agg(format('%I %s', field ->> 'column', field ->> 'type'), ', ' ORDER BY number)
            FROM jsonb_array_elements(type.description -> 'fields') WITH ORDINALITY AS fields (field, number)));
        new_table := format('%I.%I', schema, type.table_name)::regclass;
        EXECUTE format('COMMENT ON TABLE %s IS %L', new_table, type.description ->> 'description');
        PERFORM segments.register_interaction(
            new_table, type.name, 'occurred_at', 'record_id', 'record_type',
            display_name => type.description ->> 'display',
            group_name => type.description ->> 'group',
            description => type.description ->> 'description',
            aliases => ARRAY(SELECT jsonb_array_elements_text(type.description -> 'aliases')),
            relations => type.description -> 'relations',
            fields => type.description -> 'fields');
        RETURN NEXT new_table;
    END LOOP;
    IF NOT EXISTS (SELECT FROM segments.unification) THEN
        EXECUTE format('CREATE TABLE %I.unified_profile (record_type text, record_id text, profile_id text NOT NULL, '
            'PRIMARY KEY (record_type, record_id))', schema);
        new_table := format('%I.unified_profile', schema)::regclass;
        EXECUTE format('COMMENT ON TABLE %s IS %L', new_table, 'which unified profile each record belongs to');
        PERFORM segments.register_unification(new_table, record_type_column => 'record_type');
        RETURN NEXT new_table;
    END IF;
END
$$;
COMMENT ON FUNCTION segments.create_interaction_tables(name, text[]) IS
    'creates ordinary tables for the built-in interaction types (all, or those named), and unified_profile unless another '
    'mapping is registered, in the given schema; registers them and returns them. They belong to the caller. '
    'Errors: 42704 (no such type), 42P07 (a table exists), 42710 (a type is registered already)';

REVOKE EXECUTE ON FUNCTION
    segments.check_source(regclass, boolean),
    segments.check_column(regclass, name, text, regtype[]),
    segments.check_record_columns(regclass, name, text, name),
    segments.attach_source(regclass, text),
    segments.detach_source(oid),
    segments.record_interaction(regclass, text, name, jsonb, text, text, text, text[], jsonb, text, boolean),
    segments.register_interaction(regclass, text, name, name, name, text, text, text, text, text[], jsonb, jsonb, text, boolean),
    segments.forget_interaction(text),
    segments.unregister_interaction(text),
    segments.record_unification(regclass, name, text, name, name, text, boolean),
    segments.register_unification(regclass, name, name, name, text, text, boolean),
    segments.forget_unification(),
    segments.unregister_unification(),
    segments.detach_all(),
    segments.register_record_type(text, text),
    segments.create_interaction_tables(name, text[])
FROM PUBLIC;
