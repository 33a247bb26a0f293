-- Relations: other references of an interaction to a person than the default one, which refreshes read and definitions name after "via".

CREATE FUNCTION segments_internal.find_relation(of_type segments.interaction_type, name text) RETURNS segments.interaction_relation
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    found_relation segments.interaction_relation;
    near text[];
BEGIN
    IF name IS NULL THEN
        RAISE EXCEPTION 'the name of a relation must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT * INTO found_relation FROM segments.interaction_relation known
    WHERE known.type_id = of_type.type_id AND segments_internal.fold_name(known.name) = segments_internal.fold_name(find_relation.name);
    IF NOT FOUND THEN
        near := segments_internal.nearest_names(name, ARRAY(
            SELECT known.name FROM segments.interaction_relation known WHERE known.type_id = of_type.type_id ORDER BY known.name));
        RAISE EXCEPTION 'unknown relation % of %', format('"%s"', left(name, 100)), of_type.name USING ERRCODE = 'undefined_object',
            HINT = CASE WHEN cardinality(near) > 0 THEN format('Did you mean %s?', segments_internal.as_arguments(near))
                ELSE 'SELECT relation FROM segments.relation_catalog lists all.' END;
    END IF;
    RETURN found_relation;
END
$$;
COMMENT ON FUNCTION segments_internal.find_relation(segments.interaction_type, text) IS
    'the relation of an interaction type that has the name. Errors: 42704 (none; the hint names the nearest)';

CREATE FUNCTION segments_internal.register_relation(
    caller oid, interaction_type text, name text, record_id_column name, record_type_column name, record_type text, display_name text, normalize_ids text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type segments.interaction_type;
    known segments.interaction_relation;
    relations jsonb;
    before jsonb;
BEGIN
    IF interaction_type IS NULL OR name IS NULL THEN
        RAISE EXCEPTION 'interaction_type and name must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    type := segments_internal.find_interaction(interaction_type);
    PERFORM segments_internal.check_is_owner(caller, type.source);
    IF type.kind = 'look-up' THEN
        RAISE EXCEPTION '% is a look-up', type.name USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Its rows are of no person.',
            HINT = 'Relations are of interaction types, tables of events and profile sources.';
    END IF;
    IF record_id_column IS NULL THEN
        -- One that the type was registered with.
        IF num_nonnulls(record_type_column, record_type, normalize_ids) > 0 OR NOT EXISTS (
            SELECT FROM segments.interaction_relation had
            WHERE had.type_id = type.type_id AND segments_internal.fold_name(had.name) = segments_internal.fold_name(register_relation.name)) THEN
            RAISE EXCEPTION 'record_id_column must not be null' USING ERRCODE = 'null_value_not_allowed',
                DETAIL = format('%s has no relation of that name yet.', type.name),
                HINT = format('Name the column with the ids of records: SELECT segments.register_relation(%L, %L, ''...'').', type.name, name);
        END IF;
        known := segments_internal.find_relation(type, name);
        record_id_column := known.record_id_column;
        record_type_column := known.record_type_column;
        record_type := known.record_type;
        normalize_ids := known.normalize_ids;
        display_name := coalesce(display_name, known.display_name);
        name := known.name;
    ELSE
        SELECT * INTO known FROM segments.interaction_relation had
        WHERE had.type_id = type.type_id AND segments_internal.fold_name(had.name) = segments_internal.fold_name(register_relation.name);
        IF record_type_column IS NULL THEN
            record_type := coalesce(record_type, 'contact');
        END IF;
        name := coalesce(known.name, name);
        display_name := coalesce(display_name, known.display_name, name);
    END IF;
    IF known.is_default THEN
        RAISE EXCEPTION 'relation "%" of % is its default relation', known.name, type.name USING ERRCODE = 'duplicate_object',
            DETAIL = 'It leads to the profile where a definition names none.',
            HINT = 'Choose another name; there is nothing to do if it is that one which is meant.';
    ELSIF known.relation_id IS NOT NULL THEN
        RAISE EXCEPTION 'relation "%" of % is registered already', known.name, type.name USING ERRCODE = 'duplicate_object',
            HINT = CASE WHEN (known.record_id_column, known.record_type_column, known.record_type, known.normalize_ids)
                    IS NOT DISTINCT FROM (record_id_column, record_type_column, record_type, segments_internal.normalize_words(normalize_ids))
                THEN 'It can be asked about once a refresh has read it: CALL segments.refresh().'
                ELSE format('If it is to lead by other columns: SELECT segments.drop_relation(%L, %L), then register it.', type.name, known.name) END;
    END IF;
    relations := (SELECT coalesce(jsonb_agg(relation), '[]') FROM jsonb_array_elements(segments_internal.relations_of(type.type_id)) relation
                  WHERE relation ->> 'name' <> name)
        || jsonb_build_array(jsonb_build_object('name', name, 'display_name', display_name, 'record_type_column', record_type_column,
            'record_type', record_type, 'record_id_column', record_id_column, 'normalize_ids', normalize_ids, 'default', false));
    PERFORM segments_internal.check_relations(type.source, relations);
    PERFORM segments_internal.check_record_type(record_type);
    -- Waits for writers, whose changes are logged without the reference, and makes every leaf count as changed.
    PERFORM segments_internal.detach_triggers(type.source);
    PERFORM segments_internal.attach_triggers(type.source, type.stamp);
    PERFORM segments_internal.lock_interaction_types();
    before := segments_internal.names_in_saved_definitions();
    PERFORM segments_internal.write_relations(type.type_id, relations);
    UPDATE segments.interaction_relation written SET relation_id = segments_internal.new_type_number()
    WHERE written.type_id = type.type_id AND written.name = register_relation.name;
    PERFORM segments_internal.check_relations_apart(type.type_id);
    PERFORM segments_internal.rewrite_saved_definitions(before, type.name, pg_get_userbyid(caller),
        'Choose another name, or give these segments other definitions first: segments.update_segment().');
END
$$;
COMMENT ON FUNCTION segments_internal.register_relation(oid, text, text, name, name, text, text, text) IS 'what segments.register_relation does for a caller';

CREATE FUNCTION segments.register_relation(
    interaction_type text,
    name text,
    record_id_column name DEFAULT NULL,
    record_type_column name DEFAULT NULL,
    record_type text DEFAULT NULL,
    display_name text DEFAULT NULL,
    normalize_ids text DEFAULT NULL) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.register_relation(text, text, name, name, text, text, text) IS
    'lets definitions follow another reference of an interaction, or of a row of a profile source, to a person: ''Order via receiver where Amount > 10''. Without columns: one that the type was '
    'registered with. record_type_column or record_type, and normalize_ids, as for register_interaction. The next refresh reads the table whole, once for each relation; until then asking about the relation '
    'is an error (55000). What is read takes as much room again. For the owner of the table or of the extension; waits for those who write the table. Errors: 42704 (no such type), 42710 '
    '(registered already, or the default relation), 22004 (no column, for one that is not known), 22023 (a look-up; unknown record type), and for its columns those of register_interaction';

CREATE FUNCTION segments_internal.drop_relation(caller oid, interaction_type text, name text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type segments.interaction_type := segments_internal.find_interaction(interaction_type);
    known segments.interaction_relation;
    before jsonb;
    erased CONSTANT bigint := segments_internal.erased_references_of(type.type_id);
BEGIN
    PERFORM segments_internal.check_is_owner(caller, type.source);
    known := segments_internal.find_relation(type, name);
    IF known.is_default THEN
        RAISE EXCEPTION 'relation "%" of % is its default relation', known.name, type.name USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'It leads to the profile where a definition names none.',
            HINT = format('Make another one the default: SELECT segments.alter_interaction(%L, relations => ''[{"name": ..., "record_id_column": ..., "default": true}]'').', type.name);
    END IF;
    PERFORM segments_internal.lock_interaction_types();
    before := segments_internal.names_in_saved_definitions();
    DELETE FROM segments.interaction_relation gone WHERE gone.type_id = type.type_id AND gone.name = known.name;
    PERFORM segments_internal.warn_of_lost_references(type.name, erased - segments_internal.erased_references_of(type.type_id));
    -- What was read by the other relations is as it was.
    UPDATE segments.source_leaf leaf SET keys = segments_internal.keys_without_relation(leaf.keys, known.relation_id)
    WHERE leaf.source = type.source AND known.relation_id IS NOT NULL;
    PERFORM segments_internal.rewrite_saved_definitions(before, type.name, pg_get_userbyid(caller),
        'Give these segments other definitions first: segments.update_segment().');
END
$$;
COMMENT ON FUNCTION segments_internal.drop_relation(oid, text, text) IS 'what segments.drop_relation does for a caller';

CREATE FUNCTION segments.drop_relation(interaction_type text, name text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.drop_relation(text, text) IS
    'undoes register_relation: what was read by the relation goes with the next refresh, the table is not read again. For the owner of the table or of the extension. Errors: 42704 (no such '
    'type or relation; the hint names the nearest), 55000 (the default relation), 42501 (privileges), 2BP01 (saved segments name it)';

-- As kKeysOfLeaf in src/pg/catalog/source.cpp writes them.
CREATE FUNCTION segments_internal.keys_without_relation(keys text, relation_id int) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT coalesce(string_agg(key, ',' ORDER BY number), '') FROM unnest(string_to_array(keys, ',')) WITH ORDINALITY AS listed (key, number)
    WHERE relation_id IS NULL OR NOT starts_with(key, 'via' || relation_id || '.')
$$;
COMMENT ON FUNCTION segments_internal.keys_without_relation(text, int) IS 'the columns that a leaf was read with, but for those of a relation';

REVOKE EXECUTE ON FUNCTION
    segments_internal.find_relation(segments.interaction_type, text),
    segments_internal.register_relation(oid, text, text, name, name, text, text, text),
    segments.register_relation(text, text, name, name, text, text, text),
    segments_internal.drop_relation(oid, text, text),
    segments.drop_relation(text, text),
    segments_internal.keys_without_relation(text, int)
FROM PUBLIC;
