-- Registering tables as interaction types and as the unification, and undoing it.

-- Whoever may execute a function that changes what is registered has its namesake in segments_internal run, which learns who that is, as
-- the extension's owner: to be granted, it needs no right on anything else, and its caller has to own the tables it is about.
CREATE FUNCTION segments_internal.check_is_owner(caller oid, source oid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    owner CONSTANT oid := coalesce((SELECT relowner FROM pg_class WHERE oid = source),
        (SELECT registered.owner FROM segments.source_owner registered WHERE registered.source = check_is_owner.source LIMIT 1));
BEGIN
    IF coalesce(pg_has_role(caller, owner, 'USAGE'), false)
        OR pg_has_role(caller, (SELECT extowner FROM pg_extension WHERE extname = 'segments'), 'USAGE') THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'must be owner of table %', coalesce((SELECT oid::regclass::text FROM pg_class WHERE oid = source),
            (SELECT format('%I.%I', schema_name, table_name) FROM segments.source_name JOIN segments.source_owner registered USING (type_id)
             WHERE registered.source = check_is_owner.source LIMIT 1)) USING ERRCODE = 'insufficient_privilege',
        DETAIL = 'What a table is registered with is for its owner, or for the owner of the extension, to say.';
END
$$;
COMMENT ON FUNCTION segments_internal.check_is_owner(oid, oid) IS
    'raises 42501 unless a role has the privileges of a table''s owner, or of the extension''s';

-- Two at once, of clashing aliases: one waits here, not for ever, and then sees the other.
CREATE FUNCTION segments_internal.lock_interaction_types() RETURNS void
AS 'MODULE_PATHNAME', 'segments_lock_interaction_types' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments_internal.lock_interaction_types() IS
    'keeps others from registering interaction types until the transaction ends; waits for segments.lock_timeout';
REVOKE EXECUTE ON FUNCTION segments_internal.lock_interaction_types() FROM PUBLIC;

-- Of a type, or of a relation: rows of both stand in fragments.
CREATE FUNCTION segments_internal.new_type_number() RETURNS int
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    number int;
BEGIN
    -- Numbers that were rolled back are given again when the sequence has come round.
    LOOP
        number := nextval('segments.interaction_type_type_id_seq');
        EXIT WHEN NOT EXISTS (SELECT FROM segments.interaction_type known WHERE known.type_id = number)
            AND NOT EXISTS (SELECT FROM segments.interaction_relation known WHERE known.relation_id = number);
    END LOOP;
    RETURN number;
END
$$;
COMMENT ON FUNCTION segments_internal.new_type_number() IS 'a number that no interaction type has, and no relation';
REVOKE EXECUTE ON FUNCTION segments_internal.new_type_number() FROM PUBLIC;

CREATE FUNCTION segments_internal.record_interaction(
    source regclass, name text, time_column name, time_zone text, time_unit text, relations jsonb, display_name text, group_name text, description text,
    aliases text[], fields jsonb, stamp text, acknowledge_row_security boolean, caller name, kind text, rows_where text, rows_where_columns name[]) RETURNS int
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    new_type_id int;
    before jsonb;
BEGIN
    PERFORM segments_internal.lock_interaction_types();
    PERFORM segments_internal.check_type_names(NULL, name, display_name, aliases);
    PERFORM segments_internal.check_takes_over_nothing(caller, source, aliases || ARRAY[name, display_name]);
    before := segments_internal.names_in_saved_definitions();
    new_type_id := segments_internal.new_type_number();
    INSERT INTO segments.interaction_type
        (type_id, name, display_name, group_name, description, aliases, source, time_column, time_zone, time_unit, stamp, row_security_acknowledged, kind,
         rows_where, rows_where_columns)
    VALUES (new_type_id, name, display_name, group_name, description, aliases, source, time_column, time_zone, time_unit, stamp, acknowledge_row_security, kind,
        rows_where, rows_where_columns);
    PERFORM segments_internal.write_relations(new_type_id, relations);
    PERFORM segments_internal.write_fields(new_type_id, fields);
    -- What somebody saved by the display name of another type goes on reading that one.
    PERFORM segments_internal.rewrite_saved_definitions(before, name, caller,
        'Choose another name, or give these segments other definitions first: segments.update_segment().');
    RETURN new_type_id;
END
$$;
COMMENT ON FUNCTION segments_internal.record_interaction(
    regclass, text, name, text, text, jsonb, text, text, text, text[], jsonb, text, boolean, name, text, text, name[]) IS
    'writes the catalog rows of a registered interaction type';

-- The relation that the arguments of register_interaction describe stands first, unless the JSON has the default one.
CREATE FUNCTION segments_internal.with_default_relation(
    relations jsonb, record_type_column name, record_type text, record_id_column name, normalize_ids text) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT CASE WHEN relations @> '[{"default": true}]' OR jsonb_typeof(relations) <> 'array' THEN relations
        ELSE jsonb_build_array(jsonb_build_object('name', 'profile', 'display_name', 'Profile',
            'record_type_column', record_type_column, 'record_type', record_type, 'record_id_column', record_id_column,
            'normalize_ids', normalize_ids, 'default', true)) || coalesce(relations, '[]') END
$$;
COMMENT ON FUNCTION segments_internal.with_default_relation(jsonb, name, text, name, text) IS
    'relations as given, with a default one made of the arguments if there is none';

-- What all registrations have in common. kind: as in interaction_type.
CREATE FUNCTION segments_internal.register_source(
    caller oid, kind text, source regclass, name text, time_column name, record_id_column name, record_type_column name, record_type text,
    display_name text, group_name text, description text, aliases text[], relations jsonb, fields jsonb, stamp text,
    acknowledge_row_security boolean, time_zone text, time_unit text, rows_where text, normalize_ids text) RETURNS int
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    taken segments.interaction_type;
    new_type_id int;
    given jsonb := jsonb_build_object('display_name', display_name, 'group_name', group_name, 'description', description, 'aliases', aliases,
        'relations', relations, 'fields', fields, 'record_type', record_type, 'time_zone', time_zone, 'time_unit', time_unit,
        'rows_where', rows_where, 'normalize_ids', segments_internal.normalize_words(normalize_ids));
    condition record;
BEGIN
    aliases := coalesce(aliases, '{}');
    fields := coalesce(fields, '[]');
    acknowledge_row_security := coalesce(acknowledge_row_security, false);
    display_name := coalesce(display_name, name);
    PERFORM segments_internal.check_source(source, acknowledge_row_security);
    PERFORM segments_internal.check_is_owner(caller, source);
    PERFORM segments_internal.check_not_exchanged(source, time_column, record_id_column);
    PERFORM segments_internal.check_time_column(source, time_column, time_zone, time_unit, kind);
    IF record_type_column IS NULL THEN
        record_type := coalesce(record_type, 'contact');
    END IF;
    PERFORM segments_internal.check_record_columns(source, record_type_column, record_type, record_id_column);
    IF kind = 'look-up' THEN
        PERFORM segments_internal.check_lookup_key(source, record_id_column);
    ELSE
        PERFORM segments_internal.check_record_type(record_type);
    END IF;

    SELECT * INTO taken FROM segments.interaction_type type WHERE type.source = register_source.source;
    IF FOUND AND rows_where IS NOT NULL AND kind = taken.kind AND segments_internal.fold_name(name) <> segments_internal.fold_name(taken.name) THEN
        RAISE EXCEPTION '% is already registered as %', source, taken.name USING ERRCODE = 'duplicate_object',
            DETAIL = 'A table is registered once, with one condition on its rows, so that each of them is read and counted once.',
            HINT = format('Tell its rows apart where they are asked for: %s where ... . Or, if a column names their kinds, which are then types of their own: '
                'SELECT segments.unregister_interaction(%L), then segments.register_events(%L, type_column => ...).', taken.name, taken.name, source::text);
    ELSIF FOUND THEN
        RAISE EXCEPTION '% is already registered as %', source, taken.name USING ERRCODE = 'duplicate_object',
            HINT = CASE WHEN taken.kind <> kind AND 'look-up' IN (taken.kind, kind) THEN
                format('It is registered as %s %s. If it is to be %s %s: SELECT segments.unregister_interaction(%L), then register it.',
                    CASE taken.kind WHEN 'interaction' THEN 'an' ELSE 'a' END, taken.kind, CASE kind WHEN 'interaction' THEN 'an' ELSE 'a' END, kind, taken.name)
            ELSE segments_internal.already_registered_hint(taken, name, given, time_column, record_id_column, record_type_column,
                acknowledge_row_security) END;
    END IF;
    IF EXISTS (SELECT FROM segments.unification WHERE unification.source = register_source.source) THEN
        RAISE EXCEPTION '% is registered as the unification', source USING ERRCODE = 'duplicate_object';
    END IF;
    PERFORM segments_internal.check_type_names(NULL, name, display_name, aliases);
    PERFORM segments_internal.check_descriptions(group_name, description);
    relations := segments_internal.with_default_relation(relations, record_type_column, record_type, record_id_column, normalize_ids);
    PERFORM segments_internal.check_relations(source, relations);
    PERFORM segments_internal.check_normalize_is_said_once(relations, normalize_ids);
    PERFORM segments_internal.check_fields(source, fields);

    SELECT * INTO condition FROM segments_internal.given_condition(caller, source, rows_where);
    PERFORM segments_internal.attach_source(source, stamp);
    new_type_id := segments_internal.record_interaction(source, name, time_column, time_zone, time_unit, relations, display_name,
        coalesce(group_name, 'Custom'), description, aliases, fields, stamp, acknowledge_row_security, pg_get_userbyid(caller), kind,
        condition.canonical, condition.columns::name[]);
    UPDATE segments.interaction_type SET rows_where_names = condition.names WHERE type_id = new_type_id;
    PERFORM segments_internal.note_untestable_columns(source, name);
    RETURN new_type_id;
END
$$;
COMMENT ON FUNCTION segments_internal.register_source(
    oid, text, regclass, text, name, name, name, text, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text) IS
    'registers a table for a caller, as an interaction type or a profile source';

CREATE FUNCTION segments_internal.register_interaction(
    caller oid, source regclass, name text, time_column name, record_id_column name, record_type_column name, record_type text,
    display_name text, group_name text, description text, aliases text[], relations jsonb, fields jsonb, stamp text,
    acknowledge_row_security boolean, time_zone text, time_unit text, rows_where text, normalize_ids text) RETURNS int
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF source IS NULL OR name IS NULL OR time_column IS NULL OR record_id_column IS NULL THEN
        RAISE EXCEPTION 'source, name, time_column and record_id_column must not be null'
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    RETURN segments_internal.register_source(caller, 'interaction', source, name, time_column, record_id_column, record_type_column, record_type,
        display_name, group_name, description, aliases, relations, fields, stamp, acknowledge_row_security, time_zone, time_unit, rows_where, normalize_ids);
END
$$;
COMMENT ON FUNCTION segments_internal.register_interaction(
    oid, regclass, text, name, name, name, text, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text) IS
    'what segments.register_interaction does for a caller';

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
    acknowledge_row_security boolean DEFAULT false,
    time_zone text DEFAULT NULL,
    time_unit text DEFAULT NULL,
    rows_where text DEFAULT NULL,
    normalize_ids text DEFAULT NULL) RETURNS int
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.register_interaction(
    regclass, text, name, name, name, text, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text) IS
    'makes a table an interaction type: which columns are its time and its record; every other column becomes a field. '
    'fields: a JSON array of objects, one for each column that is to have another name: column, and any of name, display_name, '
    'references (what its values are ids of), note. relations: a JSON array of objects, one for each reference that leads to a record: '
    'name, record_id_column, record_type_column or record_type, and any of display_name, normalize_ids, default (true in one of them; without any, '
    'the relation "profile" is made of the arguments). time_zone: whose clocks show what a time column of type timestamp or date holds, which is read as '
    'column AT TIME ZONE time_zone, a date as its midnight. time_unit: what a time column of numbers counts since 1970: s, ms or us, read as to_timestamp does. '
    'What is no instant then (out of range, NaN) counts as null: the row has no time. rows_where: a condition on the rows of the table, as behind WHERE '
    '(''NOT is_test''): those that do not meet it are as if they were not there. It is immutable, reads columns of this table alone, has names outside of pg_catalog with their schemas, and is '
    'evaluated as the table''s owner. normalize_ids: ids of records that are written in several ways are the same: lower (they are taken in lower case, by the database''s collation), trim (without spaces at '
    'their ends), or ''lower, trim''; every table that names these records, the unification among them, is to say the same. The caller must own the table. A notice tells which columns restrictions cannot '
    'test. Saved segments go on meaning what they meant, as with alter_interaction. Returns the type''s number. Errors: 42809 (not a table that can be captured), 42703 (no such column), 42804 (wrong column '
    'type), 0A000 (a key with a nondeterministic collation), 42602 (name), 22023 (an argument, a time zone, a key or a value in the JSON), 42710 (name '
    'or table taken), 55000 (row-level security), 42501 (somebody else''s table); 42601, 42703, 42883, 42804 and 22023 (rows_where is no such condition)';

CREATE FUNCTION segments_internal.forget_interaction(forgotten_type_id int) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    forgotten regclass;
BEGIN
    PERFORM segments_internal.note_former_names(known) FROM segments.interaction_type known WHERE known.type_id = forgotten_type_id;
    DELETE FROM segments.fragment WHERE type_id IN (SELECT relation_id FROM segments.interaction_relation WHERE type_id = forgotten_type_id);
    DELETE FROM segments.interaction_type known WHERE known.type_id = forgotten_type_id RETURNING known.source INTO forgotten;
    DELETE FROM segments.change_log WHERE leaf IN (SELECT known.leaf FROM segments.source_leaf known WHERE source = forgotten);
    DELETE FROM segments.source_leaf WHERE source = forgotten;
    DELETE FROM segments.leaf_reading WHERE type_id = forgotten_type_id;
    DELETE FROM segments.fragment WHERE type_id = forgotten_type_id;
END
$$;
COMMENT ON FUNCTION segments_internal.forget_interaction(int) IS 'removes an interaction type from the catalog and the derived tables';

-- Old versions of definitions do not count: they can be given another look before they are restored.
CREATE FUNCTION segments_internal.warn_of_readers(type segments.interaction_type, caller oid) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    readers bigint;
    named text;
BEGIN
    SELECT count(*), string_agg(quote_literal(name), ', ' ORDER BY name) FILTER (WHERE number <= 10) INTO readers, named
    FROM (SELECT CASE WHEN coalesce(pg_has_role(caller, owner, 'USAGE'), false) OR is_operator THEN name END AS name,
                 row_number() OVER (PARTITION BY coalesce(pg_has_role(caller, owner, 'USAGE'), false) OR is_operator ORDER BY name) AS number
          FROM segments.saved_segment,
               pg_has_role(caller, (SELECT extowner FROM pg_extension WHERE extname = 'segments'), 'USAGE') is_operator
          WHERE segments_internal.names_type(definition, type.type_id)) reader;
    IF readers > 0 THEN
        RAISE WARNING '% saved % %', readers, CASE readers WHEN 1 THEN 'segment reads' ELSE 'segments read' END, segments_internal.called(type.type_id)
            USING DETAIL = CASE type.kind WHEN 'look-up' THEN 'Until it is registered again, with the fields that hold its keys, runs fail, and members stay as they are.'
                ELSE 'Until a type of that name is registered again, runs fail, and members stay as they are.' END ||
                CASE WHEN named IS NOT NULL THEN format(' You may see: %s.', named) ELSE '' END,
            HINT = 'Give those segments other definitions (segments.update_segment), or drop them (segments.drop_segment).';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.warn_of_readers(segments.interaction_type, oid) IS
    'warns of saved segments that read an interaction type; names those that the caller may see';

-- A name that leads nowhere fails; one that another type goes by as its display name would be read as that type.
CREATE FUNCTION segments_internal.check_read_no_other(before jsonb, caller oid) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    readers bigint;
    named text;
BEGIN
    SELECT count(*), string_agg(quote_literal(saved.name), ', ' ORDER BY saved.name)
        FILTER (WHERE coalesce(pg_has_role(caller, saved.owner, 'USAGE'), false))
    INTO readers, named
    FROM segments.kept_definition kept JOIN segments.saved_segment saved USING (segment_id)
    WHERE kept.version IS NULL AND EXISTS (
        SELECT FROM jsonb_array_elements_text(before -> kept.key) WITH ORDINALITY AS was (name, number)
        JOIN unnest(segments_internal.resolved_names(kept.definition)) WITH ORDINALITY AS is_now (name, number) USING (number)
        WHERE was.name <> '' AND is_now.name <> '' AND was.name <> is_now.name);
    IF readers > 0 THEN
        RAISE EXCEPTION 'names in saved segments would lead to another interaction type' USING ERRCODE = 'dependent_objects_still_exist',
            DETAIL = format('It is displayed by the name that they use. Segments that use it: %s%s.', readers, coalesce(', among them ' || named, '')),
            HINT = 'Give these segments other definitions first: segments.update_segment().';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_read_no_other(jsonb, oid) IS
    'raises 2BP01 if names in saved definitions lead elsewhere than they did, and not nowhere';
REVOKE EXECUTE ON FUNCTION segments_internal.check_read_no_other(jsonb, oid) FROM PUBLIC;

CREATE FUNCTION segments_internal.unregister_interaction(caller oid, name text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type segments.interaction_type := segments_internal.find_interaction(name);
    before jsonb;
BEGIN
    PERFORM segments_internal.check_is_owner(caller, type.source);
    PERFORM segments_internal.warn_of_readers(type, caller);
    PERFORM segments_internal.warn_of_lost_references(type.name, segments_internal.erased_references_of(type.type_id));
    -- First the table: its lock waits for a running refresh, which would otherwise write what has just been forgotten.
    PERFORM segments_internal.detach_source(type.source);
    before := segments_internal.names_in_saved_definitions();
    PERFORM segments_internal.forget_interaction(type.type_id);
    PERFORM segments_internal.check_read_no_other(before, caller);
END
$$;
COMMENT ON FUNCTION segments_internal.unregister_interaction(oid, text) IS 'what segments.unregister_interaction does for a caller';

CREATE FUNCTION segments.unregister_interaction(name text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.unregister_interaction(text) IS
    'undoes register_interaction: the table keeps its rows and loses the stamp column and the triggers. Names, aliases and relations '
    'of the type are lost (alter_interaction changes them instead). Warns of saved segments that read it. The caller must own the table. '
    'Errors: 42704 (no such type), 42501 (somebody else''s table), 2BP01 (a view uses the stamp; another type is displayed by the name that saved segments use)';

CREATE FUNCTION segments_internal.record_unification(
    source regclass, record_type_column name, record_type text, record_id_column name, profile_id_column name,
    stamp text, acknowledge_row_security boolean, rows_where text, rows_where_columns name[], normalize_ids text) RETURNS void
LANGUAGE sql SET search_path TO pg_catalog, pg_temp AS $$
    INSERT INTO segments.unification (source, record_type_column, record_type, record_id_column, profile_id_column, stamp,
        row_security_acknowledged, rows_where, rows_where_columns, normalize_ids)
    VALUES (source, record_type_column, record_type, record_id_column, profile_id_column, stamp,
        acknowledge_row_security, rows_where, rows_where_columns, segments_internal.normalize_words(normalize_ids));
$$;
COMMENT ON FUNCTION segments_internal.record_unification(regclass, name, text, name, name, text, boolean, text, name[], text) IS
    'writes the catalog row of the unification';

CREATE FUNCTION segments_internal.register_unification(
    caller oid, source regclass, profile_id_column name, record_id_column name, record_type_column name, record_type text, stamp text,
    acknowledge_row_security boolean, rows_where text, normalize_ids text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    registered regclass;
    condition record;
BEGIN
    IF source IS NULL OR profile_id_column IS NULL OR record_id_column IS NULL THEN
        RAISE EXCEPTION 'source, profile_id_column and record_id_column must not be null'
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT unification.source INTO registered FROM segments.unification;
    IF FOUND AND NOT EXISTS (SELECT FROM pg_class WHERE oid = registered) THEN
        RAISE EXCEPTION 'the table that is registered as the unification does not exist any more' USING ERRCODE = 'duplicate_object',
            HINT = format('%s Or unregister it first: SELECT segments.unregister_unification().', segments_internal.lost_table_hint(0));
    ELSIF FOUND THEN
        RAISE EXCEPTION '% is registered as the unification', registered USING ERRCODE = 'duplicate_object',
            HINT = CASE WHEN registered = source
                THEN segments_internal.already_unification_hint(
                    profile_id_column, record_id_column, record_type_column, record_type, rows_where, normalize_ids)
                ELSE 'There is one mapping at a time. Unregister that one first: SELECT segments.unregister_unification().' END;
    END IF;
    IF EXISTS (SELECT FROM segments.interaction_type type WHERE type.source = register_unification.source) THEN
        RAISE EXCEPTION '% is registered as an interaction type', source USING ERRCODE = 'duplicate_object';
    END IF;
    PERFORM segments_internal.check_source(source, acknowledge_row_security);
    PERFORM segments_internal.check_is_owner(caller, source);
    IF record_type_column IS NULL AND record_type IS NULL THEN
        record_type_column := (SELECT attname FROM pg_attribute
            WHERE attrelid = source AND attname = 'record_type' AND NOT attisdropped);
        record_type := CASE WHEN record_type_column IS NULL THEN 'contact' END;
    END IF;
    PERFORM segments_internal.check_record_columns(source, record_type_column, record_type, record_id_column);
    PERFORM segments_internal.check_record_type(record_type);
    PERFORM segments_internal.check_profile_column(source, profile_id_column);
    SELECT * INTO condition FROM segments_internal.given_condition(caller, source, rows_where);
    PERFORM segments_internal.attach_source(source, stamp);
    PERFORM segments_internal.record_unification(source, record_type_column, record_type, record_id_column, profile_id_column,
        stamp, acknowledge_row_security, condition.canonical, condition.columns::name[], normalize_ids);
    UPDATE segments.unification SET rows_where_names = condition.names;
    PERFORM segments_internal.note_exchanged_mapping(source, profile_id_column, record_id_column);
END
$$;
COMMENT ON FUNCTION segments_internal.register_unification(oid, regclass, name, name, name, text, text, boolean, text, text) IS
    'what segments.register_unification does for a caller';

CREATE FUNCTION segments.register_unification(
    source regclass,
    profile_id_column name DEFAULT 'profile_id',
    record_id_column name DEFAULT 'record_id',
    record_type_column name DEFAULT NULL,
    record_type text DEFAULT NULL,
    stamp text DEFAULT 'generated',
    acknowledge_row_security boolean DEFAULT false,
    rows_where text DEFAULT NULL,
    normalize_ids text DEFAULT NULL) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.register_unification(regclass, name, name, name, text, text, boolean, text, text) IS
    'says which table maps records to unified profiles: one row per record. Without record_type_column and record_type, a '
    'column record_type is used if there is one, else all records are contacts. rows_where: a condition on its rows, as behind WHERE '
    '(''NOT is_deleted''): those that do not meet it are as if they were not there. It is immutable, reads columns of this table alone, '
    'has names outside of pg_catalog with their schemas, and is evaluated as the table''s owner. normalize_ids: as for register_interaction; a record then has one row, or several that '
    'name the same profile. The caller must own the table. '
    'Errors: as register_interaction; 42601, 42703, 42883, 42804 and 22023 (rows_where is no such condition)';

CREATE FUNCTION segments_internal.forget_unification() RETURNS oid
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    mapping oid;
BEGIN
    DELETE FROM segments.unification RETURNING source INTO mapping;
    DELETE FROM segments.frozen_source WHERE type_id = 0;
    DELETE FROM segments.change_log WHERE leaf IN (SELECT known.leaf FROM segments.source_leaf known WHERE source = mapping);
    DELETE FROM segments.source_leaf WHERE source = mapping;
    DELETE FROM segments.leaf_reading WHERE source = mapping;
    RETURN mapping;
END
$$;
COMMENT ON FUNCTION segments_internal.forget_unification() IS 'removes the unification from the catalog';

CREATE FUNCTION segments_internal.unregister_unification(caller oid) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    PERFORM segments_internal.check_is_owner(caller, unification.source) FROM segments.unification;
    -- First the table: see unregister_interaction.
    PERFORM segments_internal.detach_source(unification.source) FROM segments.unification;
    PERFORM segments_internal.forget_unification();
END
$$;
COMMENT ON FUNCTION segments_internal.unregister_unification(oid) IS 'what segments.unregister_unification does for a caller';

CREATE FUNCTION segments.unregister_unification() RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.unregister_unification() IS
    'undoes register_unification; from the next refresh no record belongs to a profile until another mapping is registered. The caller '
    'must own the table. Errors: 42501 (somebody else''s table)';

CREATE FUNCTION segments.register_record_type(name text, display_name text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF name IS NULL OR name = '' OR length(name) > 63 THEN
        RAISE EXCEPTION 'invalid record type name' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'A record type has a name of 1 to 63 characters.';
    END IF;
    IF name = '(look-up)' THEN
        PERFORM segments_internal.check_record_type(name);  -- raises
    END IF;
    INSERT INTO segments.record_type VALUES (register_record_type.name, coalesce(register_record_type.display_name, initcap(register_record_type.name)));
EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION 'record type "%" already exists', name USING ERRCODE = 'duplicate_object';
END
$$;
COMMENT ON FUNCTION segments.register_record_type(text, text) IS
    'adds a kind of record to contact and lead. Errors: 22023 (bad name), 42710 (exists)';

REVOKE EXECUTE ON FUNCTION
    segments_internal.check_is_owner(oid, oid),
    segments_internal.register_source(oid, text, regclass, text, name, name, name, text, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text),
    segments_internal.register_interaction(oid, regclass, text, name, name, name, text, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text),
    segments_internal.warn_of_readers(segments.interaction_type, oid),
    segments_internal.unregister_interaction(oid, text),
    segments_internal.register_unification(oid, regclass, name, name, name, text, text, boolean, text, text),
    segments_internal.unregister_unification(oid),
    segments_internal.record_interaction(regclass, text, name, text, text, jsonb, text, text, text, text[], jsonb, text, boolean, name, text, text, name[]),
    segments.register_interaction(regclass, text, name, name, name, text, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text),
    segments_internal.forget_interaction(int),
    segments.unregister_interaction(text),
    segments_internal.record_unification(regclass, name, text, name, name, text, boolean, text, name[], text),
    segments.register_unification(regclass, name, name, name, text, text, boolean, text, text),
    segments_internal.forget_unification(),
    segments.unregister_unification(),
    segments.register_record_type(text, text)
FROM PUBLIC;
