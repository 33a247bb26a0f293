-- Tables for the built-in interaction types.

CREATE FUNCTION segments.create_interaction_tables(
    schema name DEFAULT 'interactions', types text[] DEFAULT NULL) RETURNS SETOF regclass
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type record;
    new_table regclass;
    unknown text;
    schema_owner regrole;
BEGIN
    SELECT wanted INTO unknown FROM unnest(types) AS wanted
    WHERE NOT EXISTS (SELECT FROM segments.builtin_interaction_type builtin
                      WHERE lower(builtin.name) = lower(wanted) OR builtin.description -> 'aliases' ? wanted)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'unknown built-in interaction type "%"', unknown USING ERRCODE = 'undefined_object',
            HINT = coalesce('Did you mean ' || segments_internal.as_arguments(segments_internal.nearest_names(unknown,
                ARRAY(SELECT builtin.name FROM segments.builtin_interaction_type builtin ORDER BY builtin.position))) || '?',
                'SELECT name FROM segments.builtin_interaction_type lists all.');
    END IF;
    SELECT CASE namespace.nspowner WHEN 'pg_database_owner'::regrole THEN database.datdba ELSE namespace.nspowner END::regrole
    INTO schema_owner
    FROM pg_namespace namespace JOIN pg_database database ON datname = current_database() WHERE nspname = schema;
    IF NOT FOUND THEN
        EXECUTE format('CREATE SCHEMA %I', schema);
    ELSIF NOT pg_has_role(schema_owner, current_user, 'USAGE') THEN
        RAISE EXCEPTION 'schema "%" belongs to %', schema, schema_owner USING ERRCODE = 'insufficient_privilege',
            DETAIL = 'The owner of a schema can drop what is in it, and put other tables in its place.',
            HINT = format('Name another schema, or make it yours: ALTER SCHEMA %I OWNER TO %I.', schema, current_user);
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
            display_name => type.description ->> 'display_name',
            group_name => type.description ->> 'group',
            description => type.description ->> 'description',
            aliases => ARRAY(SELECT jsonb_array_elements_text(type.description -> 'aliases')),
            relations => type.description -> 'relations',
            fields => (SELECT jsonb_agg(field - 'type' ORDER BY number)
                FROM jsonb_array_elements(type.description -> 'fields') WITH ORDINALITY AS fields (field, number)));
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
    'Errors: 42704 (no such type), 42P07 (a table exists), 42710 (a type is registered already), 42501 (the schema is somebody else''s)';

REVOKE EXECUTE ON FUNCTION segments.create_interaction_tables(name, text[]) FROM PUBLIC;
