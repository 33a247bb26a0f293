-- Help for writing definitions.

CREATE FUNCTION segments.check_definition(definition text, look_up_values boolean DEFAULT true)
RETURNS TABLE ("position" int, severity text, sqlstate text, message text, detail text, hint text)
AS 'MODULE_PATHNAME', 'segments_check_definition' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000 ROWS 3;
COMMENT ON FUNCTION segments.check_definition(text, boolean) IS
    'what is wrong with a definition, one row for each finding; no rows: the caller can evaluate and save it. position: the character where it is, from 1 on (null: '
    'the whole); severity: error (it is not accepted) or warning (values that nothing has, bounds that are reversed, types that are frozen); hint: what to do. A text that does not parse has one '
    'error; else each condition and predicate is looked at. look_up_values => false: without looking into the data. Raises no error, whatever the text is';

CREATE FUNCTION segments.field_values(type text, field text, prefix text DEFAULT '', max_values int DEFAULT 20)
RETURNS TABLE (value text, literal text, interactions bigint)
AS 'MODULE_PATHNAME', 'segments_field_values' LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 20;
COMMENT ON FUNCTION segments.field_values(text, text, text, int) IS
    'the values of a field that begin with prefix, whatever its case, as of the last refresh: as definitions write them (literal), and how many interactions of linked profiles '
    'have each, up to now; the most frequent first, at most max_values (null: all). type and field go by any of their names. The caller needs SELECT on the column. Errors: 42704 (no such type or field), 42501 (may not be '
    'read, or row-level security hides rows), 54000 (more than 50000 values), 55000 (not refreshed yet), 22023 (times and keys)';

CREATE FUNCTION segments_internal.written_name(name text) RETURNS text
AS 'MODULE_PATHNAME', 'segments_written_name' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.written_name(text) IS 'a name as definitions write it: in double quotes where it must be';

CREATE FUNCTION segments_internal.written_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '''' || replace(value, '''', '''''') || '''';
COMMENT ON FUNCTION segments_internal.written_text(text) IS 'a text as definitions write it';

CREATE FUNCTION segments_internal.edit_distance(a text, b text) RETURNS int
AS 'MODULE_PATHNAME', 'segments_edit_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.edit_distance(text, text) IS
    'how many characters have to be put in, taken out or exchanged to make one text of the other; of their first 128 bytes, case of ASCII aside';

-- What a caller may name: fields and relations are those of columns that it may read.
CREATE FUNCTION segments_internal.names_in_reach()
RETURNS TABLE (kind text, type_id int, type text, name text, display_name text, aliases text[], written text, path text[])
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT CASE type.kind WHEN 'interaction' THEN 'type' ELSE 'source' END, type.type_id, type.name, type.name, type.display_name, type.aliases,
           segments_internal.written_name(type.name), NULL::text[]
    FROM segments.interaction_type type WHERE type.kind <> 'look-up'
    UNION ALL
    SELECT 'type', type.type_id, type.name, event.name, event.display_name, event.aliases, segments_internal.written_name(event.name), NULL
    FROM segments.event_catalog event JOIN segments.interaction_type type ON type.name = event.source
    UNION ALL
    SELECT 'field', type.type_id, type.name, field.name, field.display_name, '{}',
           CASE WHEN field.path IS NULL THEN segments_internal.written_name(field.name) ELSE field.name END, field.path
    FROM segments.interaction_type type CROSS JOIN LATERAL segments_internal.fields_of(type.type_id) field
    WHERE type.kind <> 'look-up' AND field.usable AND (SELECT has_column_privilege(type.source, attnum, 'SELECT') FROM pg_attribute
           WHERE attrelid = type.source AND attname = field.column_name AND NOT attisdropped)
    UNION ALL
    SELECT 'field', type.type_id, type.name, segments_internal.written_path(looked_up.path), array_to_string(looked_up.path, '.'), '{}',
           segments_internal.written_path(looked_up.path), looked_up.path
    FROM segments.interaction_type type CROSS JOIN LATERAL segments_internal.looked_up_fields(type.type_id) looked_up
    WHERE type.kind <> 'look-up'
    UNION ALL
    SELECT 'relation', type.type_id, type.name, relation.name, relation.display_name, '{}', segments_internal.written_name(relation.name), NULL
    FROM segments.interaction_type type JOIN segments.interaction_relation relation USING (type_id)
    WHERE type.kind <> 'look-up' AND (relation.is_default OR relation.relation_id IS NOT NULL)
      AND (SELECT bool_and(has_column_privilege(type.source, attnum, 'SELECT')) FROM pg_attribute
           WHERE attrelid = type.source AND NOT attisdropped AND attname IN (relation.record_id_column, relation.record_type_column))
    UNION ALL
    SELECT 'segment', NULL, NULL, segment.name, segment.display_name, '{}', 'segment ' || segments_internal.written_text(segment.name), NULL
    FROM segments.segment_overview segment
$$;
COMMENT ON FUNCTION segments_internal.names_in_reach() IS
    'interaction types, profile sources, relations, events and fields that the caller may read, and segments whose members the caller may read';

CREATE FUNCTION segments.find(search text DEFAULT '', max_names int DEFAULT 50)
RETURNS TABLE (kind text, type text, name text, display_name text, written text, distance int)
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    -- Longer texts are like no name.
    WITH asked AS MATERIALIZED (
        SELECT lower(left(search, 1000)) AS text, 2 + greatest(1, least(length(search), 128) / 3) AS farthest
    ), near AS (
        SELECT known.*, (
            SELECT min(CASE WHEN lower(called) = asked.text THEN 0
                            WHEN starts_with(lower(called), asked.text) THEN 1
                            WHEN strpos(lower(called), asked.text) > 0 THEN 2
                            ELSE 2 + segments_internal.edit_distance(lower(called), asked.text) END)
            FROM asked, unnest(ARRAY[known.name, known.display_name] || known.aliases) called) AS distance
        FROM segments_internal.names_in_reach() known
    )
    SELECT near.kind, CASE WHEN near.kind IN ('field', 'relation') THEN near.type END, near.name, near.display_name,
           near.written, near.distance
    FROM near, asked
    WHERE (search = '' OR near.distance <= asked.farthest)
      -- Where there is one only, definitions need not name it.
      AND (near.kind <> 'relation' OR EXISTS (
          SELECT FROM segments.interaction_relation read WHERE read.type_id = near.type_id AND read.relation_id IS NOT NULL))
    ORDER BY CASE WHEN search <> '' THEN near.distance END, array_position(ARRAY['type', 'source', 'relation', 'field', 'segment'], near.kind), near.name, near.type
    LIMIT greatest(max_names, 0)
$$;
COMMENT ON FUNCTION segments.find(text, int) IS
    'interaction types, relations (of types that have several), fields and segments that the caller may name, by technical name, display name or alias; the nearest first: equal names (distance 0), those that begin with '
    'what is searched (1), those that hold it (2), and misspelt ones, up to a third of their letters. An empty search lists all. written: as it stands in a definition';

CREATE FUNCTION segments_internal.completion(definition text, "position" int, OUT start int, OUT typed text, OUT is_field_too boolean, OUT keywords text[],
    OUT place text, OUT types text[], OUT field text, OUT predicate text)
AS 'MODULE_PATHNAME', 'segments_completion' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION segments_internal.completion(text, int) IS
    'what may stand behind so many characters of a definition: keywords, and whether a type, a field, a member (of field), a value (of field), a segment or a time; predicate: a condition of its own with the predicate that goes on there';

CREATE FUNCTION segments_internal.fitting_offers(predicate text, offers text[]) RETURNS text[]
AS 'MODULE_PATHNAME', 'segments_fitting_offers' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION segments_internal.fitting_offers(text, text[]) IS
    'those of the offers behind a predicate that the types of what it compares allow, however it ends; all, if the predicate is empty or wrong already. Raises no error';

-- Fields of all of the types, by the names that all of them have; no types: of every one.
CREATE FUNCTION segments_internal.completed_fields(types text[]) RETURNS TABLE (name text, display_name text, written text, path text[])
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    WITH meant AS (
        SELECT DISTINCT known.type_id FROM segments_internal.names_in_reach() known
        WHERE known.kind IN ('type', 'source') AND (cardinality(types) = 0 OR EXISTS (
            SELECT FROM unnest(types) written WHERE lower(written) = ANY (SELECT lower(n) FROM unnest(ARRAY[known.name, known.display_name] || known.aliases) n)))
    )
    SELECT known.name, min(known.display_name), min(known.written), min(known.path)
    FROM segments_internal.names_in_reach() known JOIN meant USING (type_id) WHERE known.kind = 'field'
    GROUP BY known.name HAVING count(*) = (SELECT count(*) FROM meant)
    UNION ALL
    SELECT common, common, common, NULL FROM unnest(ARRAY['Timestamp', 'ProfileId', 'ProfileType']) common
$$;
COMMENT ON FUNCTION segments_internal.completed_fields(text[]) IS 'the fields that all of these interaction types have, as far as the caller may read them';

CREATE FUNCTION segments_internal.completed_relations(types text[]) RETURNS TABLE (name text, display_name text, written text)
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    WITH meant AS (
        SELECT DISTINCT known.type_id FROM segments_internal.names_in_reach() known
        WHERE known.kind = 'type' AND cardinality(types) = 0 OR known.kind IN ('type', 'source') AND EXISTS (
            SELECT FROM unnest(types) written WHERE lower(written) = ANY (SELECT lower(n) FROM unnest(ARRAY[known.name, known.display_name] || known.aliases) n))
    )
    SELECT known.name, min(known.display_name), min(known.written)
    FROM segments_internal.names_in_reach() known JOIN meant USING (type_id) WHERE known.kind = 'relation'
    GROUP BY known.name HAVING count(*) = (SELECT count(*) FROM meant)
$$;
COMMENT ON FUNCTION segments_internal.completed_relations(text[]) IS 'the relations that all of these interaction types have; of none: all types';

-- The next names of the paths that begin with `before`, as definitions write it.
CREATE FUNCTION segments_internal.completed_members(types text[], before text) RETURNS TABLE (name text, written text)
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT DISTINCT field.path[cardinality(begun) + 1], substr(segments_internal.written_path(ARRAY['x', field.path[cardinality(begun) + 1]]), 3)
    FROM segments_internal.completed_fields(types) field, segments_internal.field_path(before) begun
    WHERE cardinality(field.path) > cardinality(begun) AND lower(field.path[:cardinality(begun)]::text) = lower(begun::text)
$$;
COMMENT ON FUNCTION segments_internal.completed_members(text[], text) IS 'names of members that lead on from there to fields of all of these interaction types';

CREATE FUNCTION segments_internal.completed_values(types text[], field text, typed text, max_offers int) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF cardinality(types) = 1 THEN
        RETURN QUERY SELECT literal FROM segments.field_values(types[1], completed_values.field, typed, max_offers);
    END IF;
EXCEPTION WHEN OTHERS THEN
    RETURN;  -- unknown, not to be read, too many: there is nothing to offer
END
$$;
COMMENT ON FUNCTION segments_internal.completed_values(text[], text, text, int) IS 'values of a field that begin with what is typed; none if they cannot be told';

CREATE FUNCTION segments.complete_definition(definition text, "position" int DEFAULT NULL, max_offers int DEFAULT 100)
RETURNS TABLE (offer text, kind text, label text, start int)
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    WITH place AS MATERIALIZED (
        SELECT * FROM segments_internal.completion(definition, "position") WHERE definition IS NOT NULL
    ), offered AS (
        SELECT 2 AS rank, number, keyword AS offer, 'keyword' AS kind, keyword AS label
        FROM place CROSS JOIN LATERAL unnest(place.keywords) WITH ORDINALITY AS keywords (keyword, number)
        UNION ALL
        SELECT 1, row_number() OVER (ORDER BY named.name), named.written, named.kind, named.display_name
        FROM place CROSS JOIN LATERAL (
            SELECT known.kind, known.name, known.display_name, known.aliases, known.written FROM segments_internal.names_in_reach() known
            WHERE (known.kind = 'type' OR known.kind = 'source' AND cardinality(place.types) = 0) AND place.place = 'type' AND NOT EXISTS (
                SELECT FROM unnest(place.types) written
                WHERE lower(written) = ANY (SELECT lower(n) FROM unnest(ARRAY[known.name, known.display_name] || known.aliases) n))
            UNION ALL
            SELECT 'field', field.name, field.display_name, '{}', field.written FROM segments_internal.completed_fields(place.types) field
            WHERE place.place = 'field' OR place.is_field_too
            UNION ALL
            SELECT 'relation', relation.name, relation.display_name, '{}', relation.written FROM segments_internal.completed_relations(place.types) relation
            WHERE place.place = 'relation'
            UNION ALL
            SELECT 'member', member.name, member.name, '{}', member.written FROM segments_internal.completed_members(place.types, place.field) member
            WHERE place.place = 'member'
        ) named
        WHERE EXISTS (SELECT FROM unnest(ARRAY[named.name, named.display_name] || named.aliases) called
                      WHERE starts_with(lower(called), lower(place.typed)))
        UNION ALL
        SELECT 0, row_number() OVER (ORDER BY known.name), segments_internal.written_text(known.name), 'segment', known.display_name
        FROM place JOIN segments_internal.names_in_reach() known ON place.place = 'segment' AND known.kind = 'segment'
        WHERE starts_with(lower(known.name), lower(place.typed)) OR starts_with(lower(known.display_name), lower(place.typed))
        UNION ALL
        SELECT 0, number, literal, 'value', literal
        FROM place CROSS JOIN LATERAL segments_internal.completed_values(place.types, place.field, place.typed, max_offers) WITH ORDINALITY AS v (literal, number)
        WHERE place.place = 'value'
        UNION ALL
        SELECT 0, number, segments_internal.written_text(word), 'time', word
        FROM place CROSS JOIN LATERAL unnest(ARRAY['today', 'yesterday']) WITH ORDINALITY AS t (word, number)
        WHERE place.place = 'time' AND starts_with(word, lower(place.typed))
    ), fitting AS MATERIALIZED (
        SELECT segments_internal.fitting_offers(place.predicate, ARRAY(SELECT offered.offer FROM offered WHERE offered.kind <> 'value')) AS offers FROM place
    )
    SELECT chosen.offer, chosen.kind, chosen.label, place.start
    FROM (SELECT DISTINCT ON (offered.offer) offered.* FROM offered ORDER BY offered.offer, offered.rank) chosen CROSS JOIN place
    WHERE chosen.kind = 'value' OR chosen.offer IN (SELECT unnest(fitting.offers) FROM fitting)
    ORDER BY chosen.rank, chosen.number LIMIT greatest(max_offers, 0)
$$;
COMMENT ON FUNCTION segments.complete_definition(text, int, int) IS
    'what may stand behind so many characters of a definition (position; null: at its end), where somebody is writing: keywords, and names of types, fields, segments and values that the caller may '
    'name. offer is to be put in the place of what stands from character start + 1 up to the position; label says it to people. Everything that is offered is accepted there, as far as the text '
    'goes then, and by the types of fields; what stands behind the position is not looked at. No rows where the text before is wrong already. Raises no error, whatever the text is';
