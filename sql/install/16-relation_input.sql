-- What a type is registered with for relations: checked, and written.

CREATE FUNCTION segments_internal.check_relations(source regclass, relations jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    relation record;
    names text[] := '{}';
    defaults int := 0;
BEGIN
    PERFORM segments_internal.check_objects('relations', relations,
        '{name,display_name,record_type_column,record_type,record_id_column,normalize_ids,default}');
    PERFORM segments_internal.check_size('relations', jsonb_array_length(relations), 100);
    FOR relation IN SELECT * FROM jsonb_to_recordset(relations) AS given (
        name text, display_name text, record_type_column text, record_type text, record_id_column text, normalize_ids text, "default" boolean)
    LOOP
        IF NOT segments_internal.is_plain_name(relation.name) OR length(relation.name) > 63
            OR relation.display_name = '' OR length(relation.display_name) > 255 THEN
            RAISE EXCEPTION 'invalid name in relations: "%"', relation.name USING ERRCODE = 'invalid_name',
                DETAIL = 'A relation''s name has 1 to 63 letters, digits and underscores; its display name is any text of 1 to 255 characters.';
        END IF;
        IF segments_internal.fold_name(relation.name) = ANY (names) THEN
            RAISE EXCEPTION 'relation "%" stands twice in relations', relation.name USING ERRCODE = 'duplicate_object';
        END IF;
        names := names || segments_internal.fold_name(relation.name);
        IF relation.record_id_column IS NULL THEN
            RAISE EXCEPTION 'relation "%" has no "record_id_column"', relation.name USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF relation.record_type_column IS NULL AND relation.record_type IS NULL THEN
            RAISE EXCEPTION 'relation "%" has neither "record_type_column" nor "record_type"', relation.name
                USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give record_type_column if a column tells the type of the record, else record_type if all are of one type.';
        END IF;
        PERFORM segments_internal.check_record_columns(source, relation.record_type_column, relation.record_type,
            relation.record_id_column);
        PERFORM segments_internal.normalize_words(relation.normalize_ids);
        defaults := defaults + coalesce(relation."default", false)::int;
    END LOOP;
    IF defaults <> 1 THEN
        RAISE EXCEPTION 'relations has % default relations', defaults USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Write "default": true in one of them: the one that leads from an interaction to its profile.';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_relations(regclass, jsonb) IS
    'raises an error unless these can be the relations of an interaction type. Errors: 22023 (unknown key or bad value), 42602 '
    '(name), and those of register_interaction';

CREATE FUNCTION segments_internal.check_normalize_is_said_once(relations jsonb, normalize_ids text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF normalize_ids IS NOT NULL AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(relations) relation
        WHERE relation @> '{"default": true}'
          AND segments_internal.normalize_words(relation ->> 'normalize_ids') IS NOT DISTINCT FROM segments_internal.normalize_words(normalize_ids)) THEN
        RAISE EXCEPTION 'normalize_ids is given for a default relation that relations describe' USING ERRCODE = 'invalid_parameter_value',
            HINT = format('Write "normalize_ids": %s in the relation that has "default": true.', to_json(normalize_ids));
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_normalize_is_said_once(jsonb, text) IS
    'raises 22023 if the argument would go unheeded because relations have the default one';

-- Whose a row is by the one is told by its columns where it is seen by another.
CREATE FUNCTION segments_internal.check_relations_apart(of_type_id int) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    shared record;
BEGIN
    SELECT read.name, other.name AS other, type.source, type.name AS type,
        CASE WHEN read.record_id_column IN (other.record_id_column, other.record_type_column) THEN read.record_id_column ELSE read.record_type_column END AS column_name
    INTO shared
    FROM segments.interaction_relation read JOIN segments.interaction_type type USING (type_id)
    JOIN segments.interaction_relation other ON other.type_id = read.type_id AND other.name <> read.name
        AND ARRAY[other.record_id_column, other.record_type_column] && ARRAY[read.record_id_column, read.record_type_column]
    WHERE read.type_id = of_type_id AND read.relation_id IS NOT NULL AND (other.is_default OR other.relation_id IS NOT NULL)
    ORDER BY read.name, other.name LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'relations "%" and "%" of % have column "%" in common', shared.name, shared.other, shared.type, shared.column_name
            USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Each has columns of its own, which say whose a row is by it alone.',
            HINT = format('Register a copy of it: %s.', segments_internal.owner_statement(shared.source, format(
                'ALTER TABLE %s ADD COLUMN %I text GENERATED ALWAYS AS (%I::text) STORED', shared.source,
                left(shared.name, 30) || '_' || left(shared.column_name, 30), shared.column_name)));
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_relations_apart(int) IS
    'raises 22023 if relations of an interaction type that are read have columns in common';

-- Of those that refreshes read, one that has other columns now gets another number: what was read of it says nothing any more.
CREATE FUNCTION segments_internal.write_relations(written_type_id int, relations jsonb) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    given record;
    former segments.interaction_relation;
    kept text[] := '{}';
    names text[] := ARRAY(SELECT relation ->> 'name' FROM jsonb_array_elements(relations) relation);
    erased CONSTANT bigint := segments_internal.erased_references_of(written_type_id);
BEGIN
    UPDATE segments.interaction_relation SET is_default = false WHERE type_id = written_type_id AND is_default;
    FOR given IN
        SELECT relation.name, coalesce(relation.display_name, relation.name) AS display_name, relation.record_type_column, relation.record_type,
            relation.record_id_column, segments_internal.normalize_words(relation.normalize_ids) AS normalize_ids, coalesce(relation."default", false) AS is_default
        FROM jsonb_to_recordset(relations) AS relation (
            name text, display_name text, record_type_column name, record_type text, record_id_column name, normalize_ids text, "default" boolean)
    LOOP
        -- A relation without its name in the list, but with the same columns, was renamed.
        SELECT * INTO former FROM segments.interaction_relation known
        WHERE known.type_id = written_type_id AND known.name <> ALL (kept)
          AND (known.name = given.name OR known.name <> ALL (names)
               AND (known.record_type_column, known.record_type, known.record_id_column, known.normalize_ids)
                   IS NOT DISTINCT FROM (given.record_type_column, given.record_type, given.record_id_column, given.normalize_ids))
        ORDER BY known.name <> given.name, known.relation_id LIMIT 1;
        IF FOUND THEN
            IF given.is_default THEN
                DELETE FROM segments.erased_reference WHERE relation_id = former.relation_id;
            END IF;
            UPDATE segments.interaction_relation known SET name = given.name, display_name = given.display_name,
                record_type_column = given.record_type_column, record_type = given.record_type, record_id_column = given.record_id_column,
                normalize_ids = given.normalize_ids, is_default = given.is_default,
                relation_id = CASE
                    WHEN given.is_default OR former.relation_id IS NULL THEN NULL
                    WHEN (former.record_type_column, former.record_type, former.record_id_column, former.normalize_ids)
                        IS NOT DISTINCT FROM (given.record_type_column, given.record_type, given.record_id_column, given.normalize_ids) THEN former.relation_id
                    ELSE segments_internal.new_type_number() END
            WHERE known.type_id = written_type_id AND known.name = former.name;
        ELSE
            INSERT INTO segments.interaction_relation
                (type_id, name, display_name, record_type_column, record_type, record_id_column, normalize_ids, is_default)
            VALUES (written_type_id, given.name, given.display_name, given.record_type_column, given.record_type, given.record_id_column,
                given.normalize_ids, given.is_default);
        END IF;
        kept := kept || given.name;
    END LOOP;
    DELETE FROM segments.interaction_relation known WHERE known.type_id = written_type_id AND known.name <> ALL (kept);
    PERFORM segments_internal.check_relations_apart(written_type_id);
    PERFORM segments_internal.warn_of_lost_references(type.name, erased - segments_internal.erased_references_of(written_type_id))
    FROM segments.interaction_type type WHERE type.type_id = written_type_id;
END
$$;
COMMENT ON FUNCTION segments_internal.write_relations(int, jsonb) IS 'writes the relations of an interaction type';

REVOKE EXECUTE ON FUNCTION
    segments_internal.check_relations(regclass, jsonb),
    segments_internal.check_normalize_is_said_once(jsonb, text),
    segments_internal.check_relations_apart(int),
    segments_internal.write_relations(int, jsonb)
FROM PUBLIC;
