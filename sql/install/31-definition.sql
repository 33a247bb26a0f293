-- The type of definitions: text that parses, kept in its canonical form.

CREATE TYPE segments.definition;

CREATE FUNCTION segments_internal.definition_in(cstring) RETURNS segments.definition
AS 'MODULE_PATHNAME', 'segments_definition_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.definition_in(cstring) IS
    'reads a definition; names are not resolved. Errors: 42601 (syntax, with position), 22003 (number), '
    '54000 (too long, too deep, too many conditions)';

CREATE FUNCTION segments_internal.definition_out(segments.definition) RETURNS cstring
AS 'MODULE_PATHNAME', 'segments_definition_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.definition_out(segments.definition) IS 'the canonical text of a definition';

CREATE FUNCTION segments_internal.definition_recv(internal) RETURNS segments.definition
AS 'MODULE_PATHNAME', 'segments_definition_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.definition_recv(internal) IS 'reads a definition from the binary protocol: its text';

CREATE FUNCTION segments_internal.definition_send(segments.definition) RETURNS bytea
AS 'MODULE_PATHNAME', 'segments_definition_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.definition_send(segments.definition) IS
    'a definition for the binary protocol: its canonical text';

CREATE TYPE segments.definition (
    INPUT = segments_internal.definition_in,
    OUTPUT = segments_internal.definition_out,
    RECEIVE = segments_internal.definition_recv,
    SEND = segments_internal.definition_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended
);
COMMENT ON TYPE segments.definition IS
    'who belongs to a segment, for example: EmailOpened within last 30 days at least 3 and not FormSubmitted';

-- Implicit, so that functions that take a definition take parameters and columns of text, as drivers send them.  No operator takes
-- one, so that nothing else can be meant by it.
CREATE CAST (text AS segments.definition) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (text AS segments.definition) IS 'reads a definition';
CREATE CAST (varchar AS segments.definition) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (varchar AS segments.definition) IS 'reads a definition';
CREATE CAST (bpchar AS segments.definition) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (bpchar AS segments.definition) IS 'reads a definition';

CREATE CAST (segments.definition AS text) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (segments.definition AS text) IS 'the canonical text of a definition';
