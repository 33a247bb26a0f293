-- The built-in interaction types, as data: what create_interaction_tables() creates and registers.

CREATE TABLE segments.builtin_interaction_type (
    position int PRIMARY KEY,
    name text NOT NULL UNIQUE,
    table_name name NOT NULL UNIQUE,
    description jsonb NOT NULL
);
COMMENT ON TABLE segments.builtin_interaction_type IS
    'built-in interaction types: names, group, aliases, relations and fields (the common ones first) of each';
COMMENT ON COLUMN segments.builtin_interaction_type.position IS 'order in which create_interaction_tables() makes the tables';
COMMENT ON COLUMN segments.builtin_interaction_type.name IS 'technical name of the type';
COMMENT ON COLUMN segments.builtin_interaction_type.table_name IS 'name of the table that is created for it';
COMMENT ON COLUMN segments.builtin_interaction_type.description IS 'the type as JSON: display_name, group, aliases, description, fields (column, type and names; the common ones first) and relations';

GRANT SELECT ON segments.builtin_interaction_type TO PUBLIC;

INSERT INTO segments.builtin_interaction_type
SELECT type.position, type.value ->> 'type', (type.value ->> 'table')::name,
       jsonb_set(type.value, '{fields}', types.common || (type.value -> 'fields'))
FROM (
    SELECT json -> 'types' AS list, json -> 'common_fields' AS common
    FROM (SELECT
-- @embed interaction-types.json
    ::jsonb AS json) AS document
) AS types, jsonb_array_elements(types.list) WITH ORDINALITY AS type (value, position);
