-- Relations that are dumped by name.  A regclass refuses a name that leads nowhere, and with it a whole table of a dump in which, of all that is
-- registered, one table is missing.  A number in a dump is that of a relation that had been dropped: another has it where the dump is restored.

CREATE TYPE segments_internal.named_relation;

CREATE FUNCTION segments_internal.named_relation_in(cstring) RETURNS segments_internal.named_relation
AS 'MODULE_PATHNAME', 'segments_named_relation_in' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.named_relation_in(cstring) IS 'the relation of a name; 0 if there is none, and for any number';

CREATE FUNCTION segments_internal.named_relation_out(segments_internal.named_relation) RETURNS cstring
AS 'regclassout' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.named_relation_out(segments_internal.named_relation) IS 'the name of a relation, its number if it is not there';

CREATE FUNCTION segments_internal.named_relation_recv(internal) RETURNS segments_internal.named_relation
AS 'oidrecv' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.named_relation_recv(internal) IS 'a relation from the binary protocol: its number';

CREATE FUNCTION segments_internal.named_relation_send(segments_internal.named_relation) RETURNS bytea
AS 'oidsend' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.named_relation_send(segments_internal.named_relation) IS 'a relation for the binary protocol: its number';

CREATE TYPE segments_internal.named_relation (
    INPUT = segments_internal.named_relation_in,
    OUTPUT = segments_internal.named_relation_out,
    RECEIVE = segments_internal.named_relation_recv,
    SEND = segments_internal.named_relation_send,
    LIKE = regclass,
    CATEGORY = 'N'
);
COMMENT ON TYPE segments_internal.named_relation IS 'a relation as regclass has it, which may be restored from a dump although it is not there';

CREATE CAST (segments_internal.named_relation AS oid) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (segments_internal.named_relation AS oid) IS 'its number';
CREATE CAST (segments_internal.named_relation AS regclass) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (segments_internal.named_relation AS regclass) IS 'the same';
CREATE CAST (oid AS segments_internal.named_relation) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (oid AS segments_internal.named_relation) IS 'the relation of that number';
CREATE CAST (regclass AS segments_internal.named_relation) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (regclass AS segments_internal.named_relation) IS 'the same';
