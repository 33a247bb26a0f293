-- Registering tables with a column that names the event, and the names of their events.

CREATE FUNCTION segments_internal.check_type_column(source regclass, type_column name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    named pg_attribute;
BEGIN
    SELECT * INTO named FROM pg_attribute WHERE attrelid = source AND attname = type_column AND attnum > 0 AND NOT attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% has no column "%"', source, type_column USING ERRCODE = 'undefined_column',
            HINT = segments_internal.column_names_hint(source, type_column);
    END IF;
    IF segments_internal.base_type(named.atttypid) NOT IN ('text'::regtype, 'varchar'::regtype)
        AND (SELECT typtype <> 'e' FROM pg_type WHERE oid = segments_internal.base_type(named.atttypid)) THEN
        RAISE EXCEPTION 'column "%" of % has type %', type_column, source, format_type(named.atttypid, named.atttypmod)
            USING ERRCODE = 'datatype_mismatch', DETAIL = 'Events are named by columns of type text or varchar, or of an enum.',
            HINT = format('Make it a text, which rewrites the table: %s.', segments_internal.owner_statement(source,
                format('ALTER TABLE %s ALTER COLUMN %I TYPE text USING %2$I::text', source, type_column)));
    END IF;
    IF EXISTS (SELECT FROM pg_collation WHERE oid = named.attcollation AND NOT collisdeterministic) THEN
        RAISE EXCEPTION 'column "%" of % has a nondeterministic collation', type_column, source USING ERRCODE = 'feature_not_supported',
            DETAIL = 'Values that it holds for equal would be several events, each with the interactions of all of them.',
            HINT = format('Give it another one: %s.', segments_internal.owner_statement(source,
                format('ALTER TABLE %s ALTER COLUMN %I TYPE text COLLATE "default"', source, type_column)));
    END IF;
    IF named.attgenerated = 'v' THEN
        RAISE EXCEPTION 'column "%" of % is a virtual generated column', type_column, source USING ERRCODE = 'datatype_mismatch',
            DETAIL = 'Its values are not captured.', HINT = segments_internal.stored_column_hint(source, type_column);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_type_column(regclass, name) IS
    'raises an error unless the values of a column can name events. Errors: 42703 (no such column), 42804 (wrong type)';

-- names: [{"value": "order_completed", "display_name": "Purchase", "aliases": ["Order"]}].
CREATE FUNCTION segments_internal.check_event_names(names jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    element jsonb;
BEGIN
    PERFORM segments_internal.check_objects('names',
        (SELECT coalesce(jsonb_agg(CASE jsonb_typeof(e) WHEN 'object' THEN e - 'aliases' ELSE e END), '[]')
         FROM jsonb_array_elements(CASE jsonb_typeof(names) WHEN 'array' THEN names ELSE '[null]' END) e),
        ARRAY['value', 'display_name', 'aliases']);
    FOR element IN SELECT * FROM jsonb_array_elements(names) LOOP
        IF coalesce(octet_length(element ->> 'value'), 1025) > 1024 THEN
            RAISE EXCEPTION 'names without a value' USING ERRCODE = 'invalid_parameter_value',
                DETAIL = 'value is what the type column holds: a text of up to 1024 bytes.';
        END IF;
        IF length(element ->> 'display_name') NOT BETWEEN 1 AND 255 THEN
            RAISE EXCEPTION 'invalid display name "%"', element ->> 'display_name' USING ERRCODE = 'invalid_parameter_value',
                DETAIL = 'A display name is any text of 1 to 255 characters.';
        END IF;
        IF element ? 'aliases' AND (jsonb_typeof(element -> 'aliases') <> 'array' OR EXISTS (
            SELECT FROM jsonb_array_elements(CASE jsonb_typeof(element -> 'aliases') WHEN 'array' THEN element -> 'aliases' ELSE '[]' END) alias
            WHERE jsonb_typeof(alias) <> 'string' OR length(alias #>> '{}') NOT BETWEEN 1 AND 255))
        THEN
            RAISE EXCEPTION 'aliases of "%" is not an array of texts', element ->> 'value' USING ERRCODE = 'invalid_parameter_value',
                DETAIL = 'An alias is any text of 1 to 255 characters.', HINT = 'Write it so: "aliases": ["..."].';
        END IF;
        PERFORM segments_internal.check_size(format('aliases of "%s"', element ->> 'value'), jsonb_array_length(element -> 'aliases'), 100);
    END LOOP;
END
$$;
COMMENT ON FUNCTION segments_internal.check_event_names(jsonb) IS 'raises 22023 unless this can be the argument names of register_events';

-- Names that people give are nobody else's: what is found by them may not change with who registers next.
CREATE FUNCTION segments_internal.write_event_names(of_type_id int, names jsonb) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    taken_names CONSTANT text[] := segments_internal.taken_type_names();
    prefixes CONSTANT text[] := segments_internal.event_prefixes();
    given record;
    taken text;
BEGIN
    FOR given IN
        SELECT e ->> 'value' AS value, e ->> 'display_name' AS display_name,
               CASE WHEN e ? 'aliases' THEN ARRAY(SELECT jsonb_array_elements_text(e -> 'aliases')) END AS aliases
        FROM jsonb_array_elements(names) e
    LOOP
        INSERT INTO segments.event_type AS known (type_id, value, display_name, aliases, keys, answers_alone)
        VALUES (of_type_id, given.value, coalesce(given.display_name, given.value), coalesce(given.aliases, '{}'), '{}',
                segments_internal.answers_alone(of_type_id, given.value, taken_names, prefixes))
        ON CONFLICT (type_id, value) DO UPDATE SET display_name = coalesce(given.display_name, known.display_name),
            aliases = coalesce(given.aliases, known.aliases), found_by = NULL;
        UPDATE segments.event_type known SET keys = segments_internal.event_keys(value, known.display_name, known.aliases)
        WHERE type_id = of_type_id AND value = given.value;
    END LOOP;
    PERFORM segments_internal.check_size('events', (SELECT count(*) FROM segments.event_type event WHERE event.type_id = of_type_id), current_setting('segments.max_event_types')::int)
    WHERE jsonb_array_length(names) > 0;
    WITH named AS (
        SELECT event.type_id, event.value, called, segments_internal.fold_name(called) AS key
        FROM segments.event_type event, unnest(event.display_name || event.aliases) called
        WHERE event.type_id = of_type_id AND segments_internal.fold_name(called) <> segments_internal.fold_name(event.value)
    )
    SELECT called INTO taken
    FROM (SELECT named.called FROM named WHERE named.key = ANY (taken_names)
          UNION ALL
          SELECT named.called FROM named
          JOIN (SELECT event.type_id, event.value, unnest(event.keys) AS key FROM segments.event_type event) other USING (key)
          WHERE (other.type_id, other.value) <> (named.type_id, named.value)) twice
    ORDER BY called LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'event name "%" is taken', taken USING ERRCODE = 'duplicate_object',
            DETAIL = 'Display names and aliases of events are unique among the names of interaction types and events, whatever their case.',
            HINT = 'Choose another name.';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.write_event_names(int, jsonb) IS 'writes display names and aliases of events. Errors: 42710 (taken)';

CREATE FUNCTION segments_internal.record_events(
    source regclass, name text, type_column name, event_types text[], names jsonb, caller name) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    new_type_id int := (segments_internal.find_interaction(name)).type_id;
BEGIN
    INSERT INTO segments.event_source (type_id, type_column, takes_new) VALUES (new_type_id, type_column, event_types IS NULL);
    PERFORM segments_internal.write_event_names(new_type_id, coalesce(
        (SELECT jsonb_agg(jsonb_build_object('value', value)) FROM (SELECT DISTINCT value FROM unnest(event_types) value WHERE value IS NOT NULL) listed), '[]')
        || names);
END
$$;
COMMENT ON FUNCTION segments_internal.record_events(regclass, text, name, text[], jsonb, name) IS 'writes the catalog rows of a table of events';

CREATE FUNCTION segments_internal.register_events(
    caller oid, source regclass, type_column name, time_column name, record_id_column name, name text, event_types text[], names jsonb,
    record_type_column name, record_type text, display_name text, group_name text, description text, aliases text[], relations jsonb,
    fields jsonb, stamp text, acknowledge_row_security boolean, time_zone text, time_unit text, rows_where text, normalize_ids text) RETURNS int
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    new_type_id int;
BEGIN
    IF source IS NULL OR type_column IS NULL THEN
        RAISE EXCEPTION 'source and type_column must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    names := coalesce(names, '[]');
    name := coalesce(name, (SELECT relname FROM pg_class WHERE oid = source));
    PERFORM segments_internal.check_is_owner(caller, source);
    PERFORM segments_internal.check_type_column(source, type_column);
    PERFORM segments_internal.check_event_names(names);
    new_type_id := segments_internal.register_interaction(caller, source, name, time_column, record_id_column, record_type_column,
        record_type, display_name, group_name, description, aliases, relations, fields, stamp, acknowledge_row_security, time_zone, time_unit, rows_where, normalize_ids);
    PERFORM segments_internal.record_events(source, name, type_column, event_types, names, pg_get_userbyid(caller));
    RETURN new_type_id;
END
$$;
COMMENT ON FUNCTION segments_internal.register_events(
    oid, regclass, name, name, name, text, text[], jsonb, name, text, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text) IS
    'what segments.register_events does for a caller';

CREATE FUNCTION segments.register_events(
    source regclass,
    type_column name,
    time_column name,
    record_id_column name,
    name text DEFAULT NULL,
    event_types text[] DEFAULT NULL,
    names jsonb DEFAULT '[]',
    record_type_column name DEFAULT NULL,
    record_type text DEFAULT NULL,
    display_name text DEFAULT NULL,
    group_name text DEFAULT 'Custom',
    description text DEFAULT NULL,
    aliases text[] DEFAULT '{}',
    relations jsonb DEFAULT NULL,
    fields jsonb DEFAULT '[]',
    stamp text DEFAULT 'generated',
    acknowledge_row_security boolean DEFAULT false,
    time_zone text DEFAULT NULL,
    time_unit text DEFAULT NULL,
    rows_where text DEFAULT NULL,
    normalize_ids text DEFAULT NULL) RETURNS int
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.register_events(
    regclass, name, name, name, text, text[], jsonb, name, text, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text) IS
    'makes a table of events an interaction type of that name (null: the table''s), and each value of type_column one of its own, which definitions name as it is '
    'written, in double quotes where it is no plain name. event_types: the values that are types; null: all, those of the data with the next refresh, new ones as '
    'refreshes find them, at most segments.new_event_types at a time. A value that something else goes by is found as "name: value" only. Values that differ in case are '
    'different types: an exact match comes first. names: a JSON array of objects, one for each event that is to have another name: value, and any of display_name, aliases. '
    'All other arguments, the result and errors are those of register_interaction; further errors: 42703, 42804 (type_column), 42710 (a display name or an alias is taken)';

CREATE FUNCTION segments_internal.find_event_source(wanted text) RETURNS segments.interaction_type
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type segments.interaction_type := segments_internal.find_interaction(wanted);
BEGIN
    IF NOT EXISTS (SELECT FROM segments.event_source source WHERE source.type_id = type.type_id) THEN
        RAISE EXCEPTION 'interaction type % has no column that names its events', type.name USING ERRCODE = 'wrong_object_type',
            HINT = format('Unregister it, and register its table anew, which reads it whole: SELECT segments.register_events(%L, type_column => ...).', type.source::text);
    END IF;
    RETURN type;
END
$$;
COMMENT ON FUNCTION segments_internal.find_event_source(text) IS
    'the interaction type of all events of a table, by any of its names. Errors: 42704 (unknown), 42809 (an interaction type of another kind)';

CREATE FUNCTION segments_internal.record_altered_events(
    altered_type_id int, altered_column name, names jsonb, takes_new boolean, type_name text, caller name) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    before jsonb;
BEGIN
    PERFORM segments_internal.lock_interaction_types();
    before := segments_internal.names_in_saved_definitions();
    UPDATE segments.event_source source SET type_column = altered_column,
        takes_new = coalesce(record_altered_events.takes_new, source.takes_new),
        -- Values that came while new ones were not taken are looked for again.
        waiting = CASE WHEN record_altered_events.takes_new AND NOT source.takes_new OR source.type_column <> altered_column THEN greatest(waiting, 1)
            ELSE waiting END
    WHERE type_id = altered_type_id;
    PERFORM segments_internal.write_event_names(altered_type_id, names);
    PERFORM segments_internal.rewrite_saved_definitions(before, type_name, caller,
        'Choose other names, or give these segments other definitions first: segments.update_segment().');
END
$$;
COMMENT ON FUNCTION segments_internal.record_altered_events(int, name, jsonb, boolean, text, name) IS 'writes what alter_events changes to the catalog';

CREATE FUNCTION segments_internal.alter_events(caller oid, name text, names jsonb, type_column name, takes_new boolean) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type segments.interaction_type := segments_internal.find_event_source(name);
BEGIN
    PERFORM segments_internal.check_is_owner(caller, type.source);
    names := coalesce(names, '[]');
    PERFORM segments_internal.check_event_names(names);
    IF type_column IS NOT NULL THEN
        PERFORM segments_internal.check_type_column(type.source, type_column);
    ELSE
        type_column := (SELECT source.type_column FROM segments.event_source source WHERE source.type_id = type.type_id);
    END IF;
    PERFORM segments_internal.record_altered_events(type.type_id, type_column, names, takes_new, type.name, pg_get_userbyid(caller));
END
$$;
COMMENT ON FUNCTION segments_internal.alter_events(oid, text, jsonb, name, boolean) IS 'what segments.alter_events does for a caller';

CREATE FUNCTION segments.alter_events(
    name text, names jsonb DEFAULT NULL, type_column name DEFAULT NULL, takes_new boolean DEFAULT NULL) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.alter_events(text, jsonb, name, boolean) IS
    'changes the names of events, as register_events takes them (events that are not listed keep theirs), which column names them (as after ALTER TABLE ... RENAME COLUMN), '
    'and whether values that refreshes find become types. name: of the interaction type of all of them. Whatever is null stays as it is; nothing is read again. Saved segments go on '
    'meaning what they meant. For the owner of the table or of the extension. Errors: 42704 (no such type), 42809 (none of events), 42501, and those of register_events';

CREATE FUNCTION segments_internal.drop_event_type(caller oid, name text, value text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type segments.interaction_type := segments_internal.find_event_source(name);
BEGIN
    PERFORM segments_internal.check_is_owner(caller, type.source);
    DELETE FROM segments.event_type event WHERE event.type_id = type.type_id AND event.value = drop_event_type.value;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% has no event "%"', type.name, value USING ERRCODE = 'undefined_object',
            HINT = format('SELECT value FROM segments.event_catalog WHERE source = %L lists them.', type.name);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.drop_event_type(oid, text, text) IS 'what segments.drop_event_type does for a caller';

CREATE FUNCTION segments.drop_event_type(name text, value text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.drop_event_type(text, text) IS
    'forgets that a value of a type column is an interaction type, with its names: for values that were inserted by mistake, or that name a person. The table keeps its rows; a refresh that reads '
    'one with the value makes it a type again. Runs of segments that name it fail, and members stay as they are. name: of the interaction type of all events. For the owner of '
    'the table or of the extension. Errors: 42704 (no such type or value), 42809 (none of events), 42501';

REVOKE EXECUTE ON FUNCTION
    segments_internal.drop_event_type(oid, text, text),
    segments.drop_event_type(text, text),
    segments_internal.write_event_names(int, jsonb),
    segments_internal.record_events(regclass, text, name, text[], jsonb, name),
    segments_internal.register_events(oid, regclass, name, name, name, text, text[], jsonb, name, text, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text),
    segments.register_events(regclass, name, name, name, text, text[], jsonb, name, text, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text),
    segments_internal.record_altered_events(int, name, jsonb, boolean, text, name),
    segments_internal.alter_events(oid, text, jsonb, name, boolean),
    segments.alter_events(text, jsonb, name, boolean)
FROM PUBLIC;
