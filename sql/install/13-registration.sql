-- Registering tables as interaction types and as the unification, and undoing it.

-- Writes to the catalog on behalf of a caller who may register but does not own the extension's tables.
CREATE FUNCTION segments_internal.record_interaction(
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
COMMENT ON FUNCTION segments_internal.record_interaction(
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
    PERFORM segments_internal.check_source(source, acknowledge_row_security);
    PERFORM segments_internal.check_time_column(source, time_column);
    IF record_type_column IS NULL THEN
        record_type := coalesce(record_type, 'contact');
    END IF;
    PERFORM segments_internal.check_record_columns(source, record_type_column, record_type, record_id_column);

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
        PERFORM segments_internal.check_record_columns(source, relation.record_type_column, relation.record_type,
            relation.record_id_column);
    END LOOP;
    FOR field IN SELECT * FROM jsonb_to_recordset(fields) AS given("column" name, name text) LOOP
        IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = source AND attname = field."column"
                       AND attnum > 0 AND NOT attisdropped) THEN
            RAISE EXCEPTION 'column "%" of % does not exist', field."column", source USING ERRCODE = 'undefined_column',
                DETAIL = 'It was named in fields.';
        END IF;
    END LOOP;

    PERFORM segments_internal.attach_source(source, stamp);
    RETURN segments_internal.record_interaction(source, name, time_column, relations, coalesce(display_name, name), group_name,
        description, aliases, fields, stamp, acknowledge_row_security);
END
$$;
COMMENT ON FUNCTION segments.register_interaction(
    regclass, text, name, name, name, text, text, text, text, text[], jsonb, jsonb, text, boolean) IS
    'makes a table an interaction type: which columns are its time and its record; every other column becomes a field. '
    'The caller must own the table. Returns the type''s number. Errors: 42809 (not a table that can be captured), 42703 '
    '(no such column), 42804 (wrong column type), 42710 (name or table taken), 55000 (row-level security)';

CREATE FUNCTION segments_internal.forget_interaction(name text) RETURNS oid
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
COMMENT ON FUNCTION segments_internal.forget_interaction(text) IS 'removes an interaction type from the catalog and the derived tables';

CREATE FUNCTION segments.unregister_interaction(name text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    -- First the table: its lock waits for a running refresh, which would otherwise write what has just been forgotten.
    PERFORM segments_internal.detach_source(type.source) FROM segments.interaction_type type
    WHERE lower(type.name) = lower(unregister_interaction.name);
    PERFORM segments_internal.forget_interaction(name);
END
$$;
COMMENT ON FUNCTION segments.unregister_interaction(text) IS
    'undoes register_interaction: the table keeps its rows and loses the stamp column and the triggers. '
    'Errors: 42704 (no such type)';

CREATE FUNCTION segments_internal.record_unification(
    source regclass, record_type_column name, record_type text, record_id_column name, profile_id_column name,
    stamp text, acknowledge_row_security boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    INSERT INTO segments.unification
        (source, record_type_column, record_type, record_id_column, profile_id_column, stamp, row_security_acknowledged)
    VALUES (source, record_type_column, record_type, record_id_column, profile_id_column, stamp, acknowledge_row_security);
$$;
COMMENT ON FUNCTION segments_internal.record_unification(regclass, name, text, name, name, text, boolean) IS
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
    PERFORM segments_internal.check_source(source, acknowledge_row_security);
    IF record_type_column IS NULL AND record_type IS NULL THEN
        record_type_column := (SELECT attname FROM pg_attribute
            WHERE attrelid = source AND attname = 'record_type' AND NOT attisdropped);
        record_type := CASE WHEN record_type_column IS NULL THEN 'contact' END;
    END IF;
    PERFORM segments_internal.check_record_columns(source, record_type_column, record_type, record_id_column);
    PERFORM segments_internal.check_profile_column(source, profile_id_column);
    PERFORM segments_internal.attach_source(source, stamp);
    PERFORM segments_internal.record_unification(source, record_type_column, record_type, record_id_column, profile_id_column,
        stamp, acknowledge_row_security);
END
$$;
COMMENT ON FUNCTION segments.register_unification(regclass, name, name, name, text, text, boolean) IS
    'says which table maps records to unified profiles: one row per record. Without record_type_column and record_type, a '
    'column record_type is used if there is one, else all records are contacts. The caller must own the table. '
    'Errors: as register_interaction';

CREATE FUNCTION segments_internal.forget_unification() RETURNS oid
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
COMMENT ON FUNCTION segments_internal.forget_unification() IS 'removes the unification from the catalog';

CREATE FUNCTION segments.unregister_unification() RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    -- First the table: see unregister_interaction.
    PERFORM segments_internal.detach_source(unification.source) FROM segments.unification;
    PERFORM segments_internal.forget_unification();
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
    segments_internal.record_interaction(regclass, text, name, jsonb, text, text, text, text[], jsonb, text, boolean),
    segments.register_interaction(regclass, text, name, name, name, text, text, text, text, text[], jsonb, jsonb, text, boolean),
    segments_internal.forget_interaction(text),
    segments.unregister_interaction(text),
    segments_internal.record_unification(regclass, name, text, name, name, text, boolean),
    segments.register_unification(regclass, name, name, name, text, text, boolean),
    segments_internal.forget_unification(),
    segments.unregister_unification(),
    segments.detach_all(),
    segments.register_record_type(text, text),
    segments.create_interaction_tables(name, text[])
FROM PUBLIC;
