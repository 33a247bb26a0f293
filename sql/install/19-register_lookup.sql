-- Tables that are looked up: by keys that fields of interactions, of profile sources and of other look-ups hold.

CREATE FUNCTION segments_internal.find_lookup(name text) RETURNS segments.interaction_type
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type segments.interaction_type := segments_internal.find_interaction(name);
    near text[];
BEGIN
    IF type.kind <> 'look-up' THEN
        near := ARRAY(SELECT known.name FROM segments.interaction_type known WHERE known.kind = 'look-up' ORDER BY known.name LIMIT 10);
        RAISE EXCEPTION '% is no look-up', type.name USING ERRCODE = 'wrong_object_type',
            HINT = CASE WHEN cardinality(near) > 0 THEN format('Look-ups are: %s.', segments_internal.as_arguments(near))
                ELSE 'SELECT segments.register_lookup(...) makes one of a table.' END;
    END IF;
    RETURN type;
END
$$;
COMMENT ON FUNCTION segments_internal.find_lookup(text) IS 'the look-up of a name. Errors: those of find_interaction, 42809 (no look-up)';

CREATE FUNCTION segments_internal.add_lookup_field(caller oid, type text, field text, lookup text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    known segments.interaction_type;
    looked_up segments.interaction_type;
    referring name;
    taken text;
BEGIN
    IF type IS NULL OR field IS NULL OR lookup IS NULL THEN
        RAISE EXCEPTION 'type, field and lookup must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    known := segments_internal.find_interaction(type);
    looked_up := segments_internal.find_lookup(lookup);
    PERFORM segments_internal.check_is_owner(caller, known.source), segments_internal.check_is_owner(caller, looked_up.source);
    referring := segments_internal.named_column(known, field);
    PERFORM segments_internal.check_refers(known.source, referring, looked_up.source,
        (SELECT record_id_column FROM segments.interaction_relation relation WHERE relation.type_id = looked_up.type_id AND relation.is_default));
    PERFORM segments_internal.lock_interaction_types();
    SELECT other.name INTO taken FROM segments.lookup_field has JOIN segments.interaction_type other ON other.type_id = has.lookup_id
    WHERE has.type_id = known.type_id AND has.column_name = referring;
    IF FOUND THEN
        RAISE EXCEPTION 'field % of % is looked up already', field, known.name USING ERRCODE = 'duplicate_object',
            DETAIL = format('Its values are keys of %s.', taken),
            HINT = CASE WHEN taken = looked_up.name THEN 'There is nothing to do.'
                ELSE format('If they are keys of %s: SELECT segments.drop_lookup_field(%L, %L), then add it.', looked_up.name, known.name, field) END;
    END IF;
    INSERT INTO segments.lookup_field VALUES (known.type_id, referring, looked_up.type_id);
END
$$;
COMMENT ON FUNCTION segments_internal.add_lookup_field(oid, text, text, text) IS 'what segments.add_lookup_field does for a caller';

CREATE FUNCTION segments.add_lookup_field(type text, field text, lookup text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.add_lookup_field(text, text, text) IS
    'says that the values of a field of an interaction type, a profile source or another look-up are keys of a look-up, so that definitions can go on to its columns: Email.Campaign. Nothing is '
    'read again. For who owns both tables, or the extension. Errors: 42704 (no such type, field or look-up), 42809 (no look-up, or a virtual generated column), 42804 (types that cannot be compared), 42710 (looked up already), '
    '42501 (privileges)';

CREATE FUNCTION segments_internal.drop_lookup_field(caller oid, type text, field text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    known segments.interaction_type;
    referring name;
    before jsonb;
BEGIN
    IF type IS NULL OR field IS NULL THEN
        RAISE EXCEPTION 'type and field must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    known := segments_internal.find_interaction(type);
    PERFORM segments_internal.check_is_owner(caller, known.source);
    -- One whose column is gone goes by that.
    referring := coalesce(
        (SELECT column_name FROM segments.lookup_field has WHERE has.type_id = known.type_id AND has.column_name = field),
        segments_internal.named_column(known, field));
    PERFORM segments_internal.lock_interaction_types();
    before := segments_internal.names_in_saved_definitions();
    DELETE FROM segments.lookup_field has WHERE has.type_id = known.type_id AND has.column_name = referring;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'field % of % is not looked up', field, known.name USING ERRCODE = 'undefined_object',
            HINT = 'SELECT * FROM segments.lookup_fields lists those that are.';
    END IF;
    PERFORM segments_internal.rewrite_saved_definitions(before, known.name, pg_get_userbyid(caller),
        'Give these segments other definitions first: segments.update_segment().');
END
$$;
COMMENT ON FUNCTION segments_internal.drop_lookup_field(oid, text, text) IS 'what segments.drop_lookup_field does for a caller';

CREATE FUNCTION segments.drop_lookup_field(type text, field text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.drop_lookup_field(text, text) IS
    'undoes add_lookup_field. For the owner of the table that has the field, or of the extension. Errors: 42704 (no such type or field, or none that is looked up), 42501 (privileges), 2BP01 (saved segments '
    'go on through it)';

CREATE FUNCTION segments_internal.register_lookup(
    caller oid, source regclass, name text, key_column name, fields text[], display_name text, group_name text, description text, stamp text,
    acknowledge_row_security boolean) RETURNS int
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    new_type_id int;
    field text;
    path text[];
BEGIN
    IF source IS NULL OR name IS NULL OR key_column IS NULL OR array_position(fields, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'source, name, key_column and fields must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    new_type_id := segments_internal.register_source(caller, 'look-up', source, name, NULL, key_column, NULL, '(look-up)',
        display_name, group_name, description, '{}', NULL, '[]', stamp, acknowledge_row_security, NULL, NULL, NULL, NULL);
    FOREACH field IN ARRAY coalesce(fields, '{}') LOOP
        path := segments_internal.field_path(field);
        IF cardinality(path) <> 2 THEN
            RAISE EXCEPTION '% is no field of a type', field USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Write the name of the type, a dot, and the name of the field: Type.Field.';
        END IF;
        PERFORM segments_internal.add_lookup_field(caller, path[1], path[2], name);
    END LOOP;
    RETURN new_type_id;
END
$$;
COMMENT ON FUNCTION segments_internal.register_lookup(oid, regclass, text, name, text[], text, text, text, text, boolean) IS
    'what segments.register_lookup does for a caller';

CREATE FUNCTION segments.register_lookup(
    source regclass,
    name text,
    key_column name,
    fields text[] DEFAULT '{}',
    display_name text DEFAULT NULL,
    group_name text DEFAULT 'Look-up',
    description text DEFAULT NULL,
    stamp text DEFAULT 'generated',
    acknowledge_row_security boolean DEFAULT false) RETURNS int
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.register_lookup(regclass, text, name, text[], text, text, text, text, boolean) IS
    'makes a table one that is looked up: by key_column, which an index must keep unique. fields: those that hold its keys, each as Type.Field; of interaction types, profile sources and other look-ups '
    '(add_lookup_field adds more). Definitions go on from such a field to the columns: EmailOpened where Email.Campaign = ''spring'' means Email in (select id from crm.email where campaign = ''spring''). '
    'Where no row has the key, all of its columns are null. It is captured and refreshed as interaction types are, so that a definition speaks of one state, and altered and unregistered by '
    'alter_interaction (record_id_column: another key) and unregister_interaction. Its rows are nobody''s: an erasure leaves them alone. Returns the type''s number. Errors: 55000 (the key is not known to be unique), '
    'those of add_lookup_field, and those of register_interaction';

CREATE FUNCTION segments_internal.looked_up_hint(type text, field text) RETURNS text
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT CASE WHEN count(*) = 0 THEN 'If its values are keys of the rows of a table, make that a look-up: SELECT segments.register_lookup(...).'
        ELSE format('If its values are keys of a look-up (%s): SELECT segments.add_lookup_field(%L, %L, ''...'').', string_agg(name, ', ' ORDER BY name), type, field) END
    FROM (SELECT name FROM segments.interaction_type WHERE kind = 'look-up' ORDER BY name LIMIT 10) known
$$;
COMMENT ON FUNCTION segments_internal.looked_up_hint(text, text) IS 'what makes a field lead on to columns of another table';

-- What definitions reach through fields of a type, over at most two look-ups, as far as the caller may read it.
CREATE FUNCTION segments_internal.looked_up_fields(of_type_id int) RETURNS TABLE (path text[], source regclass, column_name name)
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    WITH RECURSIVE step AS (
        SELECT of_type_id AS type_id, '{}'::text[] AS path, 0 AS hops
        UNION ALL
        SELECT next.lookup_id, step.path || coalesce(field.name, next.column_name::text COLLATE "default"), hops + 1
        FROM step JOIN segments.lookup_field next USING (type_id)
        JOIN segments.interaction_type type USING (type_id)
        JOIN pg_attribute ON attrelid = type.source AND attname = next.column_name AND attnum > 0 AND NOT attisdropped
        JOIN segments.interaction_type lookup ON lookup.type_id = next.lookup_id
        JOIN segments.interaction_relation key ON key.type_id = next.lookup_id AND key.is_default
        JOIN pg_attribute key_attribute ON key_attribute.attrelid = lookup.source AND key_attribute.attname = key.record_id_column
        LEFT JOIN segments.interaction_field field ON field.type_id = next.type_id AND field.column_name = next.column_name
        WHERE hops < 2 AND has_column_privilege(type.source, pg_attribute.attnum, 'SELECT')
          AND has_column_privilege(lookup.source, key_attribute.attnum, 'SELECT')
    )
    SELECT step.path || coalesce(field.path, ARRAY[field.name]), lookup.source, field.column_name
    FROM step JOIN segments.interaction_type lookup USING (type_id)
    CROSS JOIN LATERAL segments_internal.fields_of(step.type_id) field
    WHERE hops > 0 AND field.usable AND (SELECT has_column_privilege(lookup.source, attnum, 'SELECT') FROM pg_attribute
        WHERE attrelid = lookup.source AND attname = field.column_name AND NOT attisdropped)
$$;
COMMENT ON FUNCTION segments_internal.looked_up_fields(int) IS
    'paths that lead through look-ups, and the columns that they lead to, as far as the caller may read them';

CREATE VIEW segments.lookup_fields AS
SELECT type.name AS type, coalesce(named.name, field.column_name::text) AS field, field.column_name, lookup.name AS lookup, lookup.source,
       key.record_id_column AS key_column
FROM segments.lookup_field field JOIN segments.interaction_type type USING (type_id)
JOIN segments.interaction_type lookup ON lookup.type_id = field.lookup_id
JOIN segments.interaction_relation key ON key.type_id = field.lookup_id AND key.is_default
LEFT JOIN segments.interaction_field named ON named.type_id = field.type_id AND named.column_name = field.column_name;
COMMENT ON VIEW segments.lookup_fields IS 'fields through which definitions reach the columns of look-ups';
COMMENT ON COLUMN segments.lookup_fields.type IS 'the interaction type, profile source or look-up that has the field';
COMMENT ON COLUMN segments.lookup_fields.field IS 'technical name of the field';
COMMENT ON COLUMN segments.lookup_fields.column_name IS 'its column';
COMMENT ON COLUMN segments.lookup_fields.lookup IS 'the look-up whose keys its values are';
COMMENT ON COLUMN segments.lookup_fields.source IS 'the table of the look-up';
COMMENT ON COLUMN segments.lookup_fields.key_column IS 'the column of that table that is the key';
GRANT SELECT ON segments.lookup_fields TO PUBLIC;

REVOKE EXECUTE ON FUNCTION
    segments_internal.find_lookup(text),
    segments_internal.add_lookup_field(oid, text, text, text),
    segments.add_lookup_field(text, text, text),
    segments_internal.drop_lookup_field(oid, text, text),
    segments.drop_lookup_field(text, text),
    segments_internal.register_lookup(oid, regclass, text, name, text[], text, text, text, text, boolean),
    segments.register_lookup(regclass, text, name, text[], text, text, text, text, boolean)
FROM PUBLIC;
