-- Names for people: of interaction types, their fields and relations, record types and segments.

-- The column that a field's name means: the column itself, else a technical name, else a display name.
CREATE FUNCTION segments_internal.named_column(of_type segments.interaction_type, field text) RETURNS name
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    key text := segments_internal.fold_name(field);
    columns text[];
    near text[];
BEGIN
    SELECT array_agg(best.column_name ORDER BY best.column_name) INTO columns FROM (
        SELECT known.column_name, rank() OVER (ORDER BY answers.number) AS place
        FROM segments_internal.fields_of(of_type.type_id) known
        CROSS JOIN LATERAL (SELECT min(number) AS number FROM (VALUES (known.column_name = field, 1), (segments_internal.fold_name(known.name) = key, 2),
            (segments_internal.fold_name(known.column_name) = key, 3), (segments_internal.fold_name(known.display_name) = key, 4)) v (is_it, number) WHERE is_it) answers
        WHERE answers.number IS NOT NULL AND known.path IS NULL) best
    WHERE best.place = 1;
    IF cardinality(columns) = 1 THEN
        RETURN columns[1];
    END IF;
    near := segments_internal.nearest_names(field, ARRAY(SELECT known.name FROM segments_internal.fields_of(of_type.type_id) known WHERE known.path IS NULL));
    IF columns IS NULL THEN
        RAISE EXCEPTION 'unknown field "%" of %', field, segments_internal.called(of_type.type_id) USING ERRCODE = 'undefined_object',
            DETAIL = format('Its fields are: %s.', (SELECT string_agg(known.name, ', ') FROM segments_internal.fields_of(of_type.type_id) known WHERE known.path IS NULL)),
            HINT = CASE WHEN cardinality(near) > 0 THEN format('Did you mean %s?', segments_internal.as_arguments(near)) ELSE 'Use one of these names.' END;
    END IF;
    RAISE EXCEPTION 'field "%" of % is ambiguous', field, of_type.name USING ERRCODE = 'ambiguous_column',
        DETAIL = format('It can be any of these columns: %s.', array_to_string(columns, ', ')), HINT = 'Use the column''s name.';
END
$$;
COMMENT ON FUNCTION segments_internal.named_column(segments.interaction_type, text) IS
    'the column of a field. Errors: 42704 (unknown; the hint names the nearest), 42702 (several answer to it)';

CREATE FUNCTION segments_internal.name_type_for_people(caller oid, type segments.interaction_type, display_name text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    others text;
BEGIN
    PERFORM segments_internal.alter_interaction(caller, type.name, NULL, coalesce(display_name, type.name), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    SELECT string_agg(other.name, ', ' ORDER BY other.name) INTO others FROM segments.interaction_type other
    WHERE other.type_id <> type.type_id AND EXISTS (SELECT FROM unnest(other.aliases || other.name || other.display_name) theirs
        WHERE segments_internal.fold_name(theirs) = segments_internal.fold_name(name_type_for_people.display_name));
    IF others IS NOT NULL THEN
        RAISE NOTICE 'definitions do not find % by the name "%"', segments_internal.called(type.type_id), display_name
            USING DETAIL = format('It is a name of %s, too.', others), HINT = format('In definitions, write %s.', segments_internal.written_name(type.name));
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.name_type_for_people(oid, segments.interaction_type, text) IS
    'gives an interaction type another display name, and tells if definitions cannot use it';

CREATE FUNCTION segments_internal.name_field_for_people(caller oid, type segments.interaction_type, field text, display_name text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    named name := segments_internal.named_column(type, field);
    fields jsonb;
    others text;
BEGIN
    SELECT jsonb_build_array(jsonb_build_object('column', named, 'display_name', display_name)
        || coalesce((SELECT jsonb_build_object('name', known.name, 'references', known.refers_to, 'note', known.note)
            FROM segments.interaction_field known WHERE known.type_id = type.type_id AND known.column_name = named), '{}')) INTO fields;
    PERFORM segments_internal.alter_interaction(caller, type.name, NULL, NULL, NULL, NULL, NULL, NULL, fields, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    SELECT string_agg(quote_ident(other.column_name), ', ' ORDER BY other.column_name) INTO others FROM segments_internal.fields_of(type.type_id) other
    WHERE other.column_name <> named AND segments_internal.fold_name(name_field_for_people.display_name) IN (
        segments_internal.fold_name(other.name), segments_internal.fold_name(other.display_name), segments_internal.fold_name(other.column_name));
    IF others IS NOT NULL THEN
        RAISE NOTICE 'several fields of % answer to the name "%"', type.name, display_name
            USING DETAIL = format('Columns %s and %s.', quote_ident(named), others), HINT = 'In definitions, write technical names, or give one of them another display name.';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.name_field_for_people(oid, segments.interaction_type, text, text) IS
    'gives a field of an interaction type another display name, and tells if others answer to it';

CREATE FUNCTION segments_internal.name_relation_for_people(caller oid, type segments.interaction_type, relation text, display_name text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    relations jsonb := segments_internal.relations_of(type.type_id);
    named text := (SELECT known.name FROM segments.interaction_relation known
        WHERE known.type_id = type.type_id AND segments_internal.fold_name(known.name) = segments_internal.fold_name(relation));
BEGIN
    IF named IS NULL THEN
        RAISE EXCEPTION 'unknown relation "%" of interaction type %', relation, type.name USING ERRCODE = 'undefined_object',
            HINT = format('Its relations are: %s.', (SELECT segments_internal.as_arguments(array_agg(known ->> 'name')) FROM jsonb_array_elements(relations) known));
    END IF;
    relations := (SELECT jsonb_agg(CASE known ->> 'name' WHEN named THEN known || jsonb_build_object('display_name', coalesce(display_name, named)) ELSE known END ORDER BY number)
        FROM jsonb_array_elements(relations) WITH ORDINALITY AS listed (known, number));
    PERFORM segments_internal.alter_interaction(caller, type.name, NULL, NULL, NULL, NULL, NULL, relations, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
END
$$;
COMMENT ON FUNCTION segments_internal.name_relation_for_people(oid, segments.interaction_type, text, text) IS
    'gives a relation of an interaction type another display name';

CREATE FUNCTION segments_internal.name_record_type_for_people(caller oid, record_type text, display_name text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(caller, (SELECT extowner FROM pg_extension WHERE extname = 'segments'), 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of extension segments' USING ERRCODE = 'insufficient_privilege',
            DETAIL = 'Record types are of all tables.';
    END IF;
    UPDATE segments.record_type known SET display_name = coalesce(name_record_type_for_people.display_name, initcap(known.name)) WHERE known.name = record_type;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unknown record type "%"', record_type USING ERRCODE = 'undefined_object',
            HINT = format('There are: %s.', (SELECT segments_internal.as_arguments(array_agg(known.name ORDER BY known.name)) FROM segments.record_type known));
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.name_record_type_for_people(oid, text, text) IS 'gives a record type another display name';

CREATE FUNCTION segments_internal.set_display_name(caller oid, kind text, name text, display_name text, of_type text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    kinds CONSTANT text[] := '{type,field,relation,record type,segment}';
    near text[] := segments_internal.nearest_names(coalesce(kind, ''), kinds);
BEGIN
    IF kind IS NULL OR name IS NULL THEN
        RAISE EXCEPTION '% must not be null', CASE WHEN kind IS NULL THEN 'kind' ELSE 'name' END USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF kind <> ALL (kinds) THEN
        RAISE EXCEPTION 'nothing of the kind "%" has a display name', kind USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('Kinds are: %s.', array_to_string(kinds, ', ')),
            HINT = CASE WHEN cardinality(near) > 0 THEN format('Did you mean %L?', near[1]) ELSE 'Use one of these.' END;
    END IF;
    IF display_name = '' OR length(display_name) > 255 THEN
        RAISE EXCEPTION 'invalid display name "%"', left(display_name, 64) USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'A display name is any text of 1 to 255 characters.', HINT = 'Null removes it: then the technical name is shown.';
    END IF;
    IF (kind IN ('field', 'relation')) <> (of_type IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = CASE WHEN of_type IS NULL THEN format('of which interaction type is the %s?', kind) ELSE format('a %s belongs to no interaction type', kind) END,
            HINT = CASE WHEN of_type IS NULL THEN format('Add of_type: segments.set_display_name(%L, %L, %L, of_type => ''Type'').', kind, name, display_name)
                ELSE 'Leave of_type out.' END;
    END IF;
    CASE kind
        WHEN 'type' THEN PERFORM segments_internal.name_type_for_people(caller, segments_internal.find_interaction(name), display_name);
        WHEN 'field' THEN PERFORM segments_internal.name_field_for_people(caller, segments_internal.find_interaction(of_type), name, display_name);
        WHEN 'relation' THEN PERFORM segments_internal.name_relation_for_people(caller, segments_internal.find_interaction(of_type), name, display_name);
        WHEN 'record type' THEN PERFORM segments_internal.name_record_type_for_people(caller, name, display_name);
        WHEN 'segment' THEN PERFORM segments_internal.name_segment_for_people(caller, name, display_name);
    END CASE;
END
$$;
COMMENT ON FUNCTION segments_internal.set_display_name(oid, text, text, text, text) IS 'what segments.set_display_name does for a caller';

CREATE FUNCTION segments.set_display_name(kind text, name text, display_name text, of_type text DEFAULT NULL) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.set_display_name(text, text, text, text) IS
    'gives something its name for people; null takes it away, and the technical name is shown. kind: type, field or relation (of_type tells of which interaction type), record type, '
    'or segment. Definitions may use display names of types and fields, in double quotes; segments go by their names alone. Nothing is read again, and saved segments go on meaning what they meant, as '
    'after alter_interaction, which this is for types, fields and relations. A name that others answer to is told by a notice: definitions then need the technical name. For the owner of the table, the extension or '
    'the segment. Errors: 22023 (kind, display name), 42501 (somebody else''s), 42704 (no such thing), 42702 (a field that is several), and those of alter_interaction';

REVOKE EXECUTE ON FUNCTION
    segments_internal.name_type_for_people(oid, segments.interaction_type, text),
    segments_internal.name_field_for_people(oid, segments.interaction_type, text, text),
    segments_internal.name_relation_for_people(oid, segments.interaction_type, text, text),
    segments_internal.name_record_type_for_people(oid, text, text),
    segments_internal.set_display_name(oid, text, text, text, text),
    segments.set_display_name(text, text, text, text)
FROM PUBLIC;
