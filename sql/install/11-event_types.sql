-- Tables with a column that names the event: each of its values is an interaction type.

CREATE TABLE segments.event_source (
    type_id int PRIMARY KEY REFERENCES segments.interaction_type ON DELETE CASCADE,
    type_column name NOT NULL,
    takes_new boolean NOT NULL,
    waiting bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE segments.event_source IS 'interaction types whose tables have a column that names the event';
COMMENT ON COLUMN segments.event_source.type_id IS 'the interaction type of all events of the table';
COMMENT ON COLUMN segments.event_source.type_column IS 'the column that names the event';
COMMENT ON COLUMN segments.event_source.takes_new IS 'values that refreshes find become types; false: only those that were listed';
COMMENT ON COLUMN segments.event_source.waiting IS 'values that are no types yet, because a refresh makes at most segments.new_event_types; the next one looks for them';

-- keys: folded, what the event goes by without the name of its source, if answers_alone, or behind it.
CREATE TABLE segments.event_type (
    type_id int NOT NULL REFERENCES segments.event_source ON DELETE CASCADE,
    value text NOT NULL CHECK (octet_length(value) <= 1024),
    display_name text NOT NULL,
    aliases text[] NOT NULL DEFAULT '{}',
    keys text[] NOT NULL,
    answers_alone boolean NOT NULL,
    found_by bigint,
    found_in_table oid,
    found_in_column int2,
    PRIMARY KEY (type_id, value)
);
CREATE INDEX event_type_value ON segments.event_type (value);
-- Looked into for every new value: a list of what is to be put in would be read each time.
CREATE INDEX event_type_keys ON segments.event_type USING gin (keys) WITH (fastupdate = off);
COMMENT ON TABLE segments.event_type IS 'values of type columns that are interaction types';
COMMENT ON COLUMN segments.event_type.type_id IS 'the interaction type of all events of the table';
COMMENT ON COLUMN segments.event_type.value IS 'what the column holds: the technical name, in its case';
COMMENT ON COLUMN segments.event_type.display_name IS 'name for people; definitions may use it in double quotes';
COMMENT ON COLUMN segments.event_type.aliases IS 'other names that definitions may use';
COMMENT ON COLUMN segments.event_type.keys IS 'value, display name and aliases, as they are compared whatever their case';
COMMENT ON COLUMN segments.event_type.answers_alone IS 'whether its names lead to it by themselves; false: only behind the name of the source, as "source: value"';
COMMENT ON COLUMN segments.event_type.found_by IS 'the refresh that found the value; null: it was listed';
COMMENT ON COLUMN segments.event_type.found_in_table IS 'the table in which a refresh found the value last';
COMMENT ON COLUMN segments.event_type.found_in_column IS 'the number of the column of that table';

-- Not dumped: labels have other numbers where a dump is restored.
CREATE TABLE segments.event_label (
    type_id int NOT NULL,
    value text NOT NULL,
    label oid NOT NULL,
    PRIMARY KEY (type_id, value),
    FOREIGN KEY (type_id, value) REFERENCES segments.event_type ON DELETE CASCADE
);
COMMENT ON TABLE segments.event_label IS 'which label of an enum an event is, so that it is found again when that has another name';
COMMENT ON COLUMN segments.event_label.type_id IS 'the interaction type of all events of the table';
COMMENT ON COLUMN segments.event_label.value IS 'the event';
COMMENT ON COLUMN segments.event_label.label IS 'the number of the label, as pg_enum has it';
ALTER TABLE segments.event_label ALTER COLUMN value SET STATISTICS 0;

-- Values are data: a sample would keep, and show, what an erasure has removed.
ALTER TABLE segments.event_type ALTER COLUMN value SET STATISTICS 0, ALTER COLUMN display_name SET STATISTICS 0,
    ALTER COLUMN aliases SET STATISTICS 0, ALTER COLUMN keys SET STATISTICS 0;

SELECT pg_catalog.pg_extension_config_dump('segments.event_source', '');
SELECT pg_catalog.pg_extension_config_dump('segments.event_type', '');
GRANT SELECT ON segments.event_source TO PUBLIC;

-- The names of tables and columns may come to lead elsewhere.
CREATE VIEW segments.type_column AS
SELECT type.type_id, type.source::oid AS relation, attribute.attnum AS number
FROM segments.event_source source JOIN segments.interaction_type type USING (type_id)
JOIN pg_attribute attribute ON attribute.attrelid = type.source AND attribute.attname = source.type_column AND NOT attribute.attisdropped;
COMMENT ON VIEW segments.type_column IS 'the columns that name events, as they are now';
COMMENT ON COLUMN segments.type_column.type_id IS 'the interaction type of all events of the table';
COMMENT ON COLUMN segments.type_column.relation IS 'its table';
COMMENT ON COLUMN segments.type_column.number IS 'the number of the column';

CREATE FUNCTION segments_internal.event_keys(value text, display_name text, aliases text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT array_agg(DISTINCT segments_internal.fold_name(name)) FROM unnest(ARRAY[value, display_name] || aliases) name
$$;
COMMENT ON FUNCTION segments_internal.event_keys(text, text, text[]) IS 'what an event is found by, whatever its case';

CREATE FUNCTION segments_internal.lost_type_names(definition text) RETURNS text[]
AS 'MODULE_PATHNAME', 'segments_lost_type_names' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION segments_internal.lost_type_names(text) IS
    'the names of types in a definition that lead nowhere, as they are compared; none if it does not parse';

-- Folded: what values of type columns must not answer to. So are names in saved definitions that lead nowhere any more: whoever inserts a row
-- takes none of them over.
CREATE FUNCTION segments_internal.taken_type_names() RETURNS text[]
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(segments_internal.fold_name(called)), '{}')
    FROM segments.interaction_type known, unnest(known.aliases || known.name || known.display_name) called
$$;
COMMENT ON FUNCTION segments_internal.taken_type_names() IS 'the names of interaction types, folded';

CREATE FUNCTION segments_internal.lost_type_names() RETURNS text[]
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT DISTINCT called FROM segments.kept_definition kept, unnest(segments_internal.lost_type_names(kept.definition)) called
                 WHERE kept.version IS NULL);
END
$$;
COMMENT ON FUNCTION segments_internal.lost_type_names() IS 'the names of types in saved definitions that lead nowhere, folded';

-- Beginnings of names that are read as those of a source's events, folded.
CREATE FUNCTION segments_internal.event_prefixes() RETURNS text[]
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(segments_internal.fold_name(called) || ': '), '{}')
    FROM segments.interaction_type known JOIN segments.event_source USING (type_id), unnest(known.aliases || known.name || known.display_name) called
$$;
COMMENT ON FUNCTION segments_internal.event_prefixes() IS 'what names of events behind those of their sources begin with';

-- A name belongs to who had it first. Events of one table that differ in case alone have each its own.
CREATE FUNCTION segments_internal.answers_alone(of_type_id int, of_value text, taken text[], prefixes text[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT of_value = '' OR segments_internal.fold_name(of_value) <> ALL (taken)
    AND NOT EXISTS (SELECT FROM unnest(prefixes) prefix WHERE starts_with(segments_internal.fold_name(of_value), prefix))
    AND NOT EXISTS (
        SELECT FROM segments.event_type other
        WHERE other.keys @> ARRAY[segments_internal.fold_name(of_value)] AND other.answers_alone
          AND (other.type_id <> of_type_id OR segments_internal.fold_name(other.value) <> segments_internal.fold_name(of_value)))
$$;
COMMENT ON FUNCTION segments_internal.answers_alone(int, text, text[], text[]) IS 'whether a value of a type column is nothing else''s name';

-- What a refresh has found in a type column. `most`: how many of them become types. qualified: of these, what goes by the name of
-- something else already.
CREATE FUNCTION segments_internal.note_event_values(
    of_type_id int, in_column text[], most int, in_refresh bigint, OUT left_over bigint, OUT qualified text[])
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    fresh text[] := ARRAY(
        SELECT value FROM unnest(in_column) AS given (value)
        WHERE NOT EXISTS (SELECT FROM segments.event_type known WHERE known.type_id = of_type_id AND known.value = given.value)
        ORDER BY value COLLATE "C");
    taken text[];
    prefixes text[];
BEGIN
    -- What was found elsewhere is of the present column, too, once a row has it there.
    UPDATE segments.event_type event SET found_in_table = present.relation, found_in_column = present.number
    FROM segments.type_column present
    WHERE present.type_id = of_type_id AND event.type_id = of_type_id AND event.found_by IS NOT NULL
      AND (event.found_in_table, event.found_in_column) IS DISTINCT FROM (present.relation, present.number)
      AND EXISTS (SELECT FROM unnest(in_column) AS given (value) WHERE given.value = event.value);
    left_over := greatest(cardinality(fresh) - most, 0);
    IF cardinality(fresh) > 0 THEN
        taken := segments_internal.taken_type_names() || segments_internal.lost_type_names();
        prefixes := segments_internal.event_prefixes();
        WITH noted AS (
            INSERT INTO segments.event_type (type_id, value, display_name, keys, answers_alone, found_by, found_in_table, found_in_column)
            SELECT of_type_id, value, value, segments_internal.event_keys(value, value, '{}'),
                   segments_internal.answers_alone(of_type_id, value, taken, prefixes), in_refresh, present.relation, present.number
            FROM unnest(fresh[:most]) value LEFT JOIN segments.type_column present ON present.type_id = of_type_id
            RETURNING value, answers_alone
        )
        SELECT array_agg(value ORDER BY value COLLATE "C") FILTER (WHERE NOT answers_alone AND value <> '') INTO qualified FROM noted;
    END IF;
    -- Where none may become a type, the refresh has looked at its own rows alone.
    UPDATE segments.event_source source SET waiting = CASE WHEN most = 0 THEN greatest(waiting, left_over) ELSE left_over END
    WHERE source.type_id = of_type_id AND waiting <> left_over;
END
$$;
COMMENT ON FUNCTION segments_internal.note_event_values(int, text[], int, bigint) IS
    'makes types of values of a type column; left_over: how many more there are; qualified: those that are found behind the name of their source only';

CREATE FUNCTION segments_internal.is_free_event_name(name text, labels regtype) RETURNS boolean
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT segments_internal.fold_name(name) <> ALL (segments_internal.taken_type_names())
       AND NOT EXISTS (SELECT FROM segments.event_type other WHERE other.keys @> ARRAY[segments_internal.fold_name(name)])
       AND NOT EXISTS (SELECT FROM pg_enum label WHERE label.enumtypid = labels AND segments_internal.fold_name(label.enumlabel) = segments_internal.fold_name(name))
$$;
COMMENT ON FUNCTION segments_internal.is_free_event_name(text, regtype) IS 'whether a label of an enum, and nothing else, had this name';

-- Labels of one enum may exchange their names: all of the renamed are taken out before any is put in. The former name goes on leading to its
-- event, unless it is a name of something else.
CREATE FUNCTION segments_internal.follow_labels(of_type_id int, labels regtype) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    renamed segments.event_type[];
    numbers oid[];
    names text[];
    taken text[];
    prefixes text[];
BEGIN
    SELECT array_agg(event ORDER BY known.value), array_agg(known.label ORDER BY known.value), array_agg(present.enumlabel::text ORDER BY known.value)
    INTO renamed, numbers, names
    FROM segments.event_label known JOIN segments.event_type event USING (type_id, value)
    JOIN pg_enum present ON present.oid = known.label AND present.enumtypid = labels
    WHERE known.type_id = of_type_id AND present.enumlabel <> known.value;
    IF renamed IS NOT NULL THEN
        taken := segments_internal.taken_type_names() || segments_internal.lost_type_names();
        prefixes := segments_internal.event_prefixes();
        DELETE FROM segments.event_type event USING unnest(renamed) gone
        WHERE event.type_id = of_type_id AND event.value IN (gone.value, names[array_position(renamed, gone)]);
        FOR i IN 1 .. cardinality(renamed) LOOP
            INSERT INTO segments.event_type
            SELECT of_type_id, names[i], display_name, aliases, segments_internal.event_keys(names[i], display_name, aliases),
                   segments_internal.answers_alone(of_type_id, names[i], taken, prefixes), renamed[i].found_by, renamed[i].found_in_table, renamed[i].found_in_column
            FROM (SELECT CASE WHEN renamed[i].display_name = renamed[i].value THEN names[i] ELSE renamed[i].display_name END AS display_name,
                         renamed[i].aliases || CASE WHEN segments_internal.is_free_event_name(renamed[i].value, labels)
                                                    THEN ARRAY[renamed[i].value] ELSE '{}' END AS aliases) called;
            INSERT INTO segments.event_label VALUES (of_type_id, names[i], numbers[i]);
        END LOOP;
    END IF;
    DELETE FROM segments.event_label known
    WHERE known.type_id = of_type_id AND NOT EXISTS (SELECT FROM pg_enum present WHERE present.oid = known.label AND present.enumtypid = labels);
    INSERT INTO segments.event_label
    SELECT event.type_id, event.value, present.oid
    FROM segments.event_type event JOIN pg_enum present ON present.enumtypid = labels AND present.enumlabel = event.value
    WHERE event.type_id = of_type_id AND NOT EXISTS (SELECT FROM segments.event_label known WHERE (known.type_id, known.value) = (event.type_id, event.value));
END
$$;
COMMENT ON FUNCTION segments_internal.follow_labels(int, regtype) IS 'gives events of an enum the names that their labels have now';

REVOKE EXECUTE ON FUNCTION
    segments_internal.is_free_event_name(text, regtype),
    segments_internal.follow_labels(int, regtype),
    segments_internal.event_keys(text, text, text[]),
    segments_internal.lost_type_names(text),
    segments_internal.lost_type_names(),
    segments_internal.answers_alone(int, text, text[], text[]),
    segments_internal.note_event_values(int, text[], int, bigint)
FROM PUBLIC;

-- Events that whoever asks may read, with the name that definitions find each by.  What was found in another column than the present one,
-- or in another table, is shown to those alone who own the table or the extension.
CREATE VIEW segments.event_catalog WITH (security_barrier) AS
SELECT type.name AS source, event.value,
       CASE WHEN event.answers_alone AND event.value <> ''
            AND segments_internal.fold_name(event.value) <> ALL ((SELECT segments_internal.taken_type_names())::text[])
            AND NOT EXISTS (SELECT FROM unnest((SELECT segments_internal.event_prefixes())) prefix
                            WHERE starts_with(segments_internal.fold_name(event.value), prefix))
            THEN event.value ELSE type.name || ': ' || event.value END AS name,
       event.display_name, event.aliases, event.found_by IS NULL AS is_listed
FROM segments.event_type event JOIN segments.interaction_type type USING (type_id) JOIN segments.event_source source USING (type_id)
JOIN pg_class class ON class.oid = type.source
JOIN segments.type_column present USING (type_id)
WHERE has_column_privilege(type.source, present.number, 'SELECT') AND has_schema_privilege(class.relnamespace, 'USAGE')
  AND (NOT class.relrowsecurity OR pg_has_role(class.relowner, 'USAGE'))
  AND (event.found_by IS NULL OR (event.found_in_table = present.relation AND event.found_in_column = present.number)
       OR pg_has_role(class.relowner, 'USAGE')
       OR (SELECT pg_has_role(extension.extowner, 'USAGE') FROM pg_extension extension WHERE extension.extname = 'segments'));
GRANT SELECT ON segments.event_catalog TO PUBLIC;
COMMENT ON VIEW segments.event_catalog IS
    'values of type columns that are interaction types (register_events), as far as the caller may read the column and all of its rows. Values that refreshes have found in a column '
    'or table that another has taken the place of are shown to owners alone, until they are found there, too';
COMMENT ON COLUMN segments.event_catalog.source IS 'technical name of the interaction type of all events of the table';
COMMENT ON COLUMN segments.event_catalog.value IS 'what the column holds';
COMMENT ON COLUMN segments.event_catalog.name IS 'what definitions find it by: the value, or "source: value" where something else goes by the value';
COMMENT ON COLUMN segments.event_catalog.display_name IS 'name for people; definitions may use it in double quotes';
COMMENT ON COLUMN segments.event_catalog.aliases IS 'other names that definitions may use';
COMMENT ON COLUMN segments.event_catalog.is_listed IS 'whether it was listed when the table was registered; else a refresh has found it';
