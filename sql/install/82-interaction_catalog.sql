-- What can be asked about: interaction types, their fields, and how many interactions they hold.

CREATE FUNCTION segments_internal.field_kind(type regtype) RETURNS text
AS 'MODULE_PATHNAME', 'segments_field_kind' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.field_kind(regtype) IS
    'how a column of this type can be used as a field: integer, number, boolean, time, text, array or other; null: it cannot';

-- Names of members stand in rows: they are shown to who may read the column and all rows, as event_catalog shows values, and to owners;
-- to owners alone once another column has taken the place of the one that was read, until it is read, too.
CREATE VIEW segments_internal.readable_json_field WITH (security_barrier) AS
SELECT member.*
FROM segments.json_field member JOIN segments.interaction_type type USING (type_id)
LEFT JOIN pg_class class ON class.oid = type.source
LEFT JOIN pg_attribute attribute ON attribute.attrelid = type.source AND attribute.attname = member.column_name AND NOT attribute.attisdropped
WHERE (has_column_privilege(type.source, attribute.attnum, 'SELECT') AND has_schema_privilege(class.relnamespace, 'USAGE') AND NOT class.relrowsecurity
       AND (SELECT coalesce(bool_or(coalesce(strpos(',' || leaf.keys, ',json' || present.attnum || ':') > 0, false)), true)
            FROM segments.source_leaf leaf LEFT JOIN pg_attribute present
                ON present.attrelid = leaf.leaf AND present.attname = member.column_name AND NOT present.attisdropped
            WHERE leaf.source = type.source AND leaf.keys ~ '(^|,)json'
                AND (leaf.leaf = leaf.source OR EXISTS (SELECT FROM pg_partition_ancestors(leaf.leaf) above WHERE above.relid = leaf.source))))
   OR pg_has_role(class.relowner, 'USAGE')
   OR (SELECT pg_has_role(extension.extowner, 'USAGE') FROM pg_extension extension WHERE extension.extname = 'segments');
GRANT SELECT ON segments_internal.readable_json_field TO PUBLIC;
COMMENT ON VIEW segments_internal.readable_json_field IS 'members of documents that are fields, as far as the caller may read the column and all of its rows, which a refresh has read if it has read any documents of the table, or owns the table';

CREATE FUNCTION segments_internal.fields_of(of_type_id int)
RETURNS TABLE (name text, display_name text, column_name name, column_type regtype, kind text, usable boolean,
               refers_to text, note text, path text[])
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    WITH columns AS (
        SELECT known.type_id, CASE WHEN known.kind = 'interaction' AND attname = known.time_column THEN 'time' END AS kind, attribute.*, coalesce(field.name, attribute.attname) AS name,
               coalesce(field.display_name, attribute.attname) AS display_name, field.refers_to, field.note
        FROM segments.interaction_type known
        JOIN pg_attribute attribute ON attribute.attrelid = known.source AND attnum > 0 AND NOT attisdropped
            AND attname <> 'segments_xid'
        LEFT JOIN segments.interaction_field field ON field.type_id = known.type_id AND field.column_name = attribute.attname
        WHERE known.type_id = of_type_id
    )
    SELECT name, display_name, attname, type, coalesce(kind, segments_internal.field_kind(type)), usable, refers_to, note, path FROM (
        SELECT attnum AS field, name, display_name, attname, atttypid::regtype AS type, columns.kind,
               segments_internal.field_kind(atttypid) IS NOT NULL AND attgenerated <> 'v' AS usable, refers_to, note, NULL::text[] AS path
        FROM columns
        UNION ALL
        SELECT member.field, segments_internal.written_path(columns.name || member.path),
               columns.display_name || '.' || array_to_string(member.path, '.'), attname, member.kind, NULL,
               segments_internal.base_type(atttypid) = 'jsonb'::regtype AND attgenerated <> 'v', NULL, NULL, columns.name || member.path
        FROM segments_internal.readable_json_field member JOIN columns ON columns.type_id = member.type_id AND attname = member.column_name
    ) fields
    ORDER BY field
$$;
COMMENT ON FUNCTION segments_internal.fields_of(int) IS 'the fields of an interaction type; path: the names of the one that is a member of documents';

-- An event has the fields of all events of its table.
CREATE FUNCTION segments_internal.type_or_source(wanted text) RETURNS int
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    event_source int;
BEGIN
    SELECT type.type_id INTO event_source
    FROM segments.event_catalog event JOIN segments.interaction_type type ON type.name = event.source WHERE event.name = wanted LIMIT 1;
    RETURN coalesce(event_source, (segments_internal.find_interaction(wanted)).type_id);
END
$$;
COMMENT ON FUNCTION segments_internal.type_or_source(text) IS
    'the number of the interaction type of a name; of an event, by the name that event_catalog shows, that of its source. Errors: 42704 (unknown)';

CREATE FUNCTION segments.interaction_fields(type text)
RETURNS TABLE (name text, display_name text, column_name name, column_type regtype, kind text, usable boolean,
               refers_to text, note text)
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT field.name, field.display_name, field.column_name, field.column_type, field.kind, field.usable, field.refers_to, field.note
    FROM segments_internal.fields_of(segments_internal.type_or_source(type)) field
$$;
COMMENT ON FUNCTION segments.interaction_fields(text) IS
    'the fields of an interaction type, which goes by its technical name, an alias or its display name, or of an event; usable is false for columns '
    'of types that definitions cannot test, and for virtual generated ones. Members of documents that are fields stand at the end, with their type in column_type. '
    'Errors: 42704 (no such type; the hint names the nearest)';

-- linked: rows of records that belong to a profile; live: all rows but those of ordinals that are out of use.
CREATE FUNCTION segments_internal.count_tile_rows(
    tile int4, profile_map bytea, rows_column bytea, fragment_id bigint, type_id int4, row_count int4, known_fields int2,
    min_time timestamptz, max_time timestamptz, OUT linked bigint, OUT live bigint)
AS 'MODULE_PATHNAME', 'segments_count_tile_rows' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION segments_internal.count_tile_rows(int4, bytea, bytea, bigint, int4, int4, int2, timestamptz, timestamptz) IS
    'counts the rows of a fragment''s rows column that lie in a tile. Errors: XX001 (bytes that are not ours)';
REVOKE EXECUTE ON FUNCTION segments_internal.count_tile_rows(int4, bytea, bytea, bigint, int4, int4, int2, timestamptz, timestamptz) FROM PUBLIC;

-- By number of the type, or of the relation by which rows lead to records.
CREATE FUNCTION segments_internal.row_counts() RETURNS TABLE (rows_id int, linked bigint, live bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    SELECT fragment.type_id, sum(counts.linked)::bigint, sum(counts.live)::bigint
    FROM segments.published
    JOIN segments.tile ON tile.from_refresh <= published.refresh_id AND tile.to_refresh > published.refresh_id
    JOIN segments.fragment ON fragment.shard = tile.shard AND fragment.field = 0
        AND fragment.first_tile <= tile.tile AND fragment.last_tile >= tile.tile
        AND fragment.from_refresh <= published.refresh_id AND fragment.to_refresh > published.refresh_id
    CROSS JOIN LATERAL segments_internal.count_tile_rows(
        tile.tile, tile.profile_map, fragment.data, fragment.fragment_id, fragment.type_id, fragment.row_count,
        fragment.known_fields, fragment.min_time, fragment.max_time) counts
    GROUP BY fragment.type_id
$$;
COMMENT ON FUNCTION segments_internal.row_counts() IS
    'rows as of the last refresh, by interaction type or relation: those of records with a profile, and all that are in use';

CREATE FUNCTION segments_internal.interaction_counts()
RETURNS TABLE (type_id int, total bigint, linked bigint, unlinked bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    WITH counted AS MATERIALIZED (
        SELECT rows_id AS type_id, linked, live FROM segments_internal.row_counts()
    ), unplaced AS (
        SELECT type.type_id, sum(leaf.unplaced_rows)::bigint AS unplaced
        FROM segments.interaction_type type JOIN segments.source_leaf leaf ON leaf.source = type.source
        GROUP BY type.type_id
    )
    SELECT type.type_id, coalesce(counted.live, 0) + coalesce(unplaced.unplaced, 0), coalesce(counted.linked, 0),
           coalesce(counted.live, 0) + coalesce(unplaced.unplaced, 0) - coalesce(counted.linked, 0)
    FROM segments.interaction_type type LEFT JOIN counted USING (type_id) LEFT JOIN unplaced USING (type_id)
$$;
COMMENT ON FUNCTION segments_internal.interaction_counts() IS
    'interactions per type as of the last refresh: all, those of records with a profile, and the others';

CREATE FUNCTION segments.interaction_catalog(include_empty boolean)
RETURNS TABLE (name text, display_name text, group_name text, aliases text[], description text, source regclass,
               relations text[], fields jsonb, total bigint, linked bigint, unlinked bigint, kind text,
               time_zone text, time_unit text, rows_where text, normalize_ids text)
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT type.name, type.display_name, type.group_name, type.aliases, type.description, type.source,
           ARRAY(SELECT relation.name FROM segments.interaction_relation relation
                 WHERE relation.type_id = type.type_id ORDER BY relation.is_default DESC, relation.name),
           (SELECT coalesce(jsonb_agg(jsonb_build_object('name', field.name, 'display_name', field.display_name,
                       'column', field.column_name, 'type', field.column_type, 'kind', field.kind, 'usable', field.usable)),
                   '[]')
            FROM segments_internal.fields_of(type.type_id) field),
           counts.total, CASE WHEN type.kind <> 'look-up' THEN counts.linked END, CASE WHEN type.kind <> 'look-up' THEN counts.unlinked END, type.kind,
           type.time_zone, type.time_unit, type.rows_where,
           (SELECT relation.normalize_ids FROM segments.interaction_relation relation WHERE relation.type_id = type.type_id AND relation.is_default)
    FROM segments.interaction_type type JOIN segments_internal.interaction_counts() counts USING (type_id)
    WHERE include_empty OR counts.total > 0
    ORDER BY type.group_name, type.name
$$;
COMMENT ON FUNCTION segments.interaction_catalog(boolean) IS
    'registered interaction types with their fields and counts; without empty ones unless include_empty';

CREATE VIEW segments.interaction_catalog AS SELECT * FROM segments.interaction_catalog(false);
COMMENT ON VIEW segments.interaction_catalog IS
    'interaction types that hold data, with their fields and counts as of the last refresh; interaction_catalog(true) lists all';
COMMENT ON COLUMN segments.interaction_catalog.name IS 'technical name';
COMMENT ON COLUMN segments.interaction_catalog.display_name IS 'name for people; definitions may use it in double quotes';
COMMENT ON COLUMN segments.interaction_catalog.group_name IS 'heading under which the type is listed';
COMMENT ON COLUMN segments.interaction_catalog.aliases IS 'other names that definitions may use';
COMMENT ON COLUMN segments.interaction_catalog.description IS 'what the interaction means';
COMMENT ON COLUMN segments.interaction_catalog.source IS 'the table that holds the interactions';
COMMENT ON COLUMN segments.interaction_catalog.relations IS 'names of the references that lead to a record, the default one first';
COMMENT ON COLUMN segments.interaction_catalog.fields IS 'JSON array of the fields: name, display_name, column, type, kind (integer, number, boolean, time, text, other; null: not usable), usable';
COMMENT ON COLUMN segments.interaction_catalog.total IS 'interactions as of the last refresh';
COMMENT ON COLUMN segments.interaction_catalog.linked IS 'those of records that belong to a profile; null: rows of a look-up belong to none';
COMMENT ON COLUMN segments.interaction_catalog.kind IS
    'interaction: rows happened at a time; profile source: rows say how records are; look-up: rows are found by keys that fields of others hold';
COMMENT ON COLUMN segments.interaction_catalog.unlinked IS 'those of records without a profile, which count in no segment: unlinked_records lists them; null: of a look-up';
COMMENT ON COLUMN segments.interaction_catalog.time_zone IS 'whose clocks show what a time column of type timestamp or date holds; null: it holds instants, or counts';
COMMENT ON COLUMN segments.interaction_catalog.time_unit IS 'what a time column of numbers counts since 1970: s, ms or us; null: it holds no numbers';
COMMENT ON COLUMN segments.interaction_catalog.rows_where IS 'the condition that rows of the table have to meet to be interactions of this type; null: all are';
COMMENT ON COLUMN segments.interaction_catalog.normalize_ids IS 'how ids of records are made alike before they are compared: lower, trim, or both; null: they are taken as they are';
GRANT SELECT ON segments.interaction_catalog TO PUBLIC;

-- Which members of documents are fields, and how many rows hold something else there.
CREATE VIEW segments.json_fields WITH (security_barrier) AS
SELECT type.name AS type, segments_internal.written_path(coalesce(named.name, member.column_name) || member.path) AS field, member.kind,
       EXISTS (SELECT FROM segments.source_column seen, segments.published
               WHERE seen.type_id = member.type_id AND seen.field = member.field AND seen.seen_by <= published.refresh_id) AS refreshed,
       CASE WHEN has_column_privilege(type.source, column_of.attnum, 'SELECT')
           THEN coalesce((SELECT sum((leaf.misfits ->> member.field::text)::bigint) FROM segments.source_leaf leaf WHERE leaf.source = type.source), 0)::bigint
       END AS misfits
FROM segments_internal.readable_json_field member JOIN segments.interaction_type type USING (type_id)
LEFT JOIN segments.interaction_field named ON named.type_id = member.type_id AND named.column_name = member.column_name
LEFT JOIN pg_attribute column_of ON column_of.attrelid = type.source AND column_of.attname = member.column_name AND NOT column_of.attisdropped
ORDER BY type.name, member.field;
COMMENT ON VIEW segments.json_fields IS
    'members of documents that are fields (add_json_field), as of the last refresh, as far as the caller may read the column and all of its rows, or owns the table';
COMMENT ON COLUMN segments.json_fields.type IS 'technical name of the interaction type';
COMMENT ON COLUMN segments.json_fields.field IS 'the field as definitions write it';
COMMENT ON COLUMN segments.json_fields.kind IS 'type of its values';
COMMENT ON COLUMN segments.json_fields.refreshed IS 'whether a refresh has read it: before, asking about it is an error';
COMMENT ON COLUMN segments.json_fields.misfits IS 'interactions whose member is there and no value of this kind: they count as null; null to who may not read the column';
GRANT SELECT ON segments.json_fields TO PUBLIC;
