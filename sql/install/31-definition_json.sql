-- Definitions as JSON, for programs that build them.

CREATE FUNCTION segments.definition_json(definition segments.definition) RETURNS jsonb
AS 'MODULE_PATHNAME', 'segments_definition_json' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments.definition_json(segments.definition) IS
    'a definition as JSON, in the form that segments.definition_schema() describes; definition_from_json() makes the same definition of it';

CREATE FUNCTION segments.definition_from_json(document jsonb) RETURNS segments.definition
AS 'MODULE_PATHNAME', 'segments_definition_from_json' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments.definition_from_json(jsonb) IS
    'the definition that JSON in the form of segments.definition_schema() says; names are not resolved. Errors name the JSON path: '
    '42601 (form, and what the language refuses), 22003 (number), 54000 (too long, too deep, too many conditions)';

-- Explicit: what is meant by an operator on jsonb stays as it is.
CREATE CAST (segments.definition AS jsonb) WITH FUNCTION segments.definition_json(segments.definition);
COMMENT ON CAST (segments.definition AS jsonb) IS 'a definition as JSON';
CREATE CAST (jsonb AS segments.definition) WITH FUNCTION segments.definition_from_json(jsonb);
COMMENT ON CAST (jsonb AS segments.definition) IS 'reads a definition from JSON';

CREATE FUNCTION segments.definition_schema() RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb
-- @embed segments-definition-schema.json
;
COMMENT ON FUNCTION segments.definition_schema() IS
    'the JSON Schema (2020-12) of definitions; also installed as segments-definition-schema.json in the server''s folder of extensions';
