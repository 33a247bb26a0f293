-- The type segments.profile_set: a Roaring bitmap of ordinals, in the portable Roaring format, and the origin of its ordinals.

-- Drawn when the extension is created and whenever records are numbered anew.  Never dumped: a restore numbers anew.  pg_upgrade
-- takes it along, with the ordinals.
CREATE TABLE segments.ordinal_origin (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    origin bigint NOT NULL CHECK (origin <> 0)
);
COMMENT ON TABLE segments.ordinal_origin IS 'the random number that tells this numbering of the records from every other';
INSERT INTO segments.ordinal_origin (origin)
SELECT ('x' || left(drawn, 8) || right(drawn, 8))::bit(64)::bigint FROM CAST(gen_random_uuid() AS text) AS drawn;

CREATE TYPE segments.profile_set;

CREATE FUNCTION segments_internal.profile_set_in(cstring) RETURNS segments.profile_set
    AS 'MODULE_PATHNAME', 'segments_profile_set_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_out(segments.profile_set) RETURNS cstring
    AS 'MODULE_PATHNAME', 'segments_profile_set_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_recv(internal) RETURNS segments.profile_set
    AS 'MODULE_PATHNAME', 'segments_profile_set_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_send(segments.profile_set) RETURNS bytea
    AS 'MODULE_PATHNAME', 'segments_profile_set_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_in(cstring) IS 'text input: ordinals and ranges in braces, such as {1,2,5-9}, in any order, and after an @ their origin';
COMMENT ON FUNCTION segments_internal.profile_set_out(segments.profile_set) IS 'text output: ascending, runs of three or more ordinals as ranges, and after an @ their origin';
COMMENT ON FUNCTION segments_internal.profile_set_recv(internal) IS 'binary input: portable Roaring bytes, validated, after the stamp of their origin if they have one';
COMMENT ON FUNCTION segments_internal.profile_set_send(segments.profile_set) IS 'binary output: portable Roaring bytes, after the stamp of their origin if they have one';

-- Out of line and uncompressed: dense bitmaps do not compress, and runs are compressed already.
CREATE TYPE segments.profile_set (
    INPUT = segments_internal.profile_set_in,
    OUTPUT = segments_internal.profile_set_out,
    RECEIVE = segments_internal.profile_set_recv,
    SEND = segments_internal.profile_set_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = external
);
COMMENT ON TYPE segments.profile_set IS 'a set of ordinals: a portable Roaring bitmap, valid for the refresh it came from. It carries the origin of its ordinals: sets of two origins (before and after a restore) are never mixed';

-- Casts.  Those of bytea are of the portable bytes alone.
CREATE FUNCTION segments.profile_set(bytes bytea) RETURNS segments.profile_set
    AS 'MODULE_PATHNAME', 'segments_profile_set_from_bytea' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments.profile_set(bytea) IS 'a set from portable Roaring bytes, without an origin; other bytes raise 22P03';
CREATE FUNCTION segments.profile_set(ordinals bigint[]) RETURNS segments.profile_set
    AS 'MODULE_PATHNAME', 'segments_profile_set_from_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments.profile_set(bigint[]) IS 'the set of the ordinals, without an origin; a null raises 22004, no ordinal 22003';
CREATE FUNCTION segments.to_array(set segments.profile_set) RETURNS bigint[]
    AS 'MODULE_PATHNAME', 'segments_profile_set_to_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments.to_array(segments.profile_set) IS 'the members in ascending order';
CREATE FUNCTION segments.to_bytea(set segments.profile_set) RETURNS bytea
    AS 'MODULE_PATHNAME', 'segments_profile_set_to_bytea' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments.to_bytea(segments.profile_set) IS 'the portable Roaring bytes of a set, without its origin';
CREATE CAST (segments.profile_set AS bytea) WITH FUNCTION segments.to_bytea(segments.profile_set) AS ASSIGNMENT;
CREATE CAST (bytea AS segments.profile_set) WITH FUNCTION segments.profile_set(bytea);
CREATE CAST (bigint[] AS segments.profile_set) WITH FUNCTION segments.profile_set(bigint[]);
CREATE CAST (segments.profile_set AS bigint[]) WITH FUNCTION segments.to_array(segments.profile_set);

-- Questions.
CREATE FUNCTION segments.cardinality(set segments.profile_set) RETURNS bigint
    AS 'MODULE_PATHNAME', 'segments_profile_set_cardinality' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments.cardinality(segments.profile_set) IS 'how many members a set has';
CREATE FUNCTION segments.contains(set segments.profile_set, ordinal bigint) RETURNS boolean
    AS 'MODULE_PATHNAME', 'segments_profile_set_contains' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments.contains(segments.profile_set, bigint) IS 'whether the ordinal is a member';
CREATE FUNCTION segments.is_empty(set segments.profile_set) RETURNS boolean
    AS 'MODULE_PATHNAME', 'segments_profile_set_is_empty' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments.is_empty(segments.profile_set) IS 'whether a set has no members';
CREATE FUNCTION segments.minimum(set segments.profile_set) RETURNS bigint
    AS 'MODULE_PATHNAME', 'segments_profile_set_minimum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments.minimum(segments.profile_set) IS 'the least member; null of the empty set';
CREATE FUNCTION segments.maximum(set segments.profile_set) RETURNS bigint
    AS 'MODULE_PATHNAME', 'segments_profile_set_maximum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments.maximum(segments.profile_set) IS 'the greatest member; null of the empty set';
CREATE FUNCTION segments.ordinals(set segments.profile_set) RETURNS SETOF bigint
    AS 'MODULE_PATHNAME', 'segments_profile_set_ordinals' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100000;
COMMENT ON FUNCTION segments.ordinals(segments.profile_set) IS 'the members in ascending order, a row each';

-- Set algebra.  Sets of two origins raise 55000, in the questions about two sets, too.
CREATE FUNCTION segments_internal.profile_set_and(segments.profile_set, segments.profile_set) RETURNS segments.profile_set
    AS 'MODULE_PATHNAME', 'segments_profile_set_and' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_and(segments.profile_set, segments.profile_set) IS 'members of both';
CREATE OPERATOR pg_catalog.& (FUNCTION = segments_internal.profile_set_and, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.&));
COMMENT ON OPERATOR pg_catalog.& (segments.profile_set, segments.profile_set) IS 'members of both';
CREATE FUNCTION segments_internal.profile_set_or(segments.profile_set, segments.profile_set) RETURNS segments.profile_set
    AS 'MODULE_PATHNAME', 'segments_profile_set_or' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_or(segments.profile_set, segments.profile_set) IS 'members of either';
CREATE OPERATOR pg_catalog.| (FUNCTION = segments_internal.profile_set_or, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.|));
COMMENT ON OPERATOR pg_catalog.| (segments.profile_set, segments.profile_set) IS 'members of either';
CREATE FUNCTION segments_internal.profile_set_except(segments.profile_set, segments.profile_set) RETURNS segments.profile_set
    AS 'MODULE_PATHNAME', 'segments_profile_set_except' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_except(segments.profile_set, segments.profile_set) IS 'members of the left set only';
CREATE OPERATOR pg_catalog.- (FUNCTION = segments_internal.profile_set_except, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set);
COMMENT ON OPERATOR pg_catalog.- (segments.profile_set, segments.profile_set) IS 'members of the left set only';
CREATE FUNCTION segments_internal.profile_set_xor(segments.profile_set, segments.profile_set) RETURNS segments.profile_set
    AS 'MODULE_PATHNAME', 'segments_profile_set_xor' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_xor(segments.profile_set, segments.profile_set) IS 'members of exactly one';
CREATE OPERATOR pg_catalog.# (FUNCTION = segments_internal.profile_set_xor, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.#));
COMMENT ON OPERATOR pg_catalog.# (segments.profile_set, segments.profile_set) IS 'members of exactly one';
CREATE FUNCTION segments_internal.profile_set_contains(segments.profile_set, segments.profile_set) RETURNS boolean
    AS 'MODULE_PATHNAME', 'segments_profile_set_contains_set' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_contains(segments.profile_set, segments.profile_set) IS 'contains all members of';
CREATE OPERATOR pg_catalog.@> (FUNCTION = segments_internal.profile_set_contains, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.<@), RESTRICT = contsel, JOIN = contjoinsel);
COMMENT ON OPERATOR pg_catalog.@> (segments.profile_set, segments.profile_set) IS 'contains all members of';
CREATE FUNCTION segments_internal.profile_set_contained(segments.profile_set, segments.profile_set) RETURNS boolean
    AS 'MODULE_PATHNAME', 'segments_profile_set_contained' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_contained(segments.profile_set, segments.profile_set) IS 'all members are in';
CREATE OPERATOR pg_catalog.<@ (FUNCTION = segments_internal.profile_set_contained, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.@>), RESTRICT = contsel, JOIN = contjoinsel);
COMMENT ON OPERATOR pg_catalog.<@ (segments.profile_set, segments.profile_set) IS 'all members are in';
CREATE FUNCTION segments_internal.profile_set_overlaps(segments.profile_set, segments.profile_set) RETURNS boolean
    AS 'MODULE_PATHNAME', 'segments_profile_set_overlaps' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_overlaps(segments.profile_set, segments.profile_set) IS 'have a member in common';
CREATE OPERATOR pg_catalog.&& (FUNCTION = segments_internal.profile_set_overlaps, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.&&), RESTRICT = contsel, JOIN = contjoinsel);
COMMENT ON OPERATOR pg_catalog.&& (segments.profile_set, segments.profile_set) IS 'have a member in common';
CREATE OPERATOR pg_catalog.@> (FUNCTION = segments.contains, LEFTARG = segments.profile_set, RIGHTARG = bigint,
    COMMUTATOR = OPERATOR(pg_catalog.<@), RESTRICT = contsel, JOIN = contjoinsel);
COMMENT ON OPERATOR pg_catalog.@> (segments.profile_set, bigint) IS 'contains the ordinal';
CREATE FUNCTION segments_internal.profile_set_contained(bigint, segments.profile_set) RETURNS boolean
    AS 'MODULE_PATHNAME', 'segments_profile_set_contained_ordinal' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_contained(bigint, segments.profile_set) IS 'is a member of';
CREATE OPERATOR pg_catalog.<@ (FUNCTION = segments_internal.profile_set_contained, LEFTARG = bigint, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.@>), RESTRICT = contsel, JOIN = contjoinsel);
COMMENT ON OPERATOR pg_catalog.<@ (bigint, segments.profile_set) IS 'is a member of';

-- Order (by ascending members, a prefix first; the origin takes no part), for ORDER BY, DISTINCT, GROUP BY and joins.
CREATE FUNCTION segments_internal.profile_set_eq(segments.profile_set, segments.profile_set) RETURNS boolean
    AS 'MODULE_PATHNAME', 'segments_profile_set_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_eq(segments.profile_set, segments.profile_set) IS 'have the same members';
CREATE OPERATOR pg_catalog.= (FUNCTION = segments_internal.profile_set_eq, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR pg_catalog.= (segments.profile_set, segments.profile_set) IS 'have the same members';
CREATE FUNCTION segments_internal.profile_set_ne(segments.profile_set, segments.profile_set) RETURNS boolean
    AS 'MODULE_PATHNAME', 'segments_profile_set_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_ne(segments.profile_set, segments.profile_set) IS 'differ';
CREATE OPERATOR pg_catalog.<> (FUNCTION = segments_internal.profile_set_ne, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=), RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR pg_catalog.<> (segments.profile_set, segments.profile_set) IS 'differ';
CREATE FUNCTION segments_internal.profile_set_lt(segments.profile_set, segments.profile_set) RETURNS boolean
    AS 'MODULE_PATHNAME', 'segments_profile_set_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_lt(segments.profile_set, segments.profile_set) IS 'sorts before';
CREATE OPERATOR pg_catalog.< (FUNCTION = segments_internal.profile_set_lt, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR pg_catalog.< (segments.profile_set, segments.profile_set) IS 'sorts before';
CREATE FUNCTION segments_internal.profile_set_le(segments.profile_set, segments.profile_set) RETURNS boolean
    AS 'MODULE_PATHNAME', 'segments_profile_set_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_le(segments.profile_set, segments.profile_set) IS 'sorts before or is equal';
CREATE OPERATOR pg_catalog.<= (FUNCTION = segments_internal.profile_set_le, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR pg_catalog.<= (segments.profile_set, segments.profile_set) IS 'sorts before or is equal';
CREATE FUNCTION segments_internal.profile_set_gt(segments.profile_set, segments.profile_set) RETURNS boolean
    AS 'MODULE_PATHNAME', 'segments_profile_set_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_gt(segments.profile_set, segments.profile_set) IS 'sorts after';
CREATE OPERATOR pg_catalog.> (FUNCTION = segments_internal.profile_set_gt, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR pg_catalog.> (segments.profile_set, segments.profile_set) IS 'sorts after';
CREATE FUNCTION segments_internal.profile_set_ge(segments.profile_set, segments.profile_set) RETURNS boolean
    AS 'MODULE_PATHNAME', 'segments_profile_set_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_ge(segments.profile_set, segments.profile_set) IS 'sorts after or is equal';
CREATE OPERATOR pg_catalog.>= (FUNCTION = segments_internal.profile_set_ge, LEFTARG = segments.profile_set, RIGHTARG = segments.profile_set, COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<), RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR pg_catalog.>= (segments.profile_set, segments.profile_set) IS 'sorts after or is equal';
CREATE FUNCTION segments_internal.profile_set_cmp(segments.profile_set, segments.profile_set) RETURNS integer
    AS 'MODULE_PATHNAME', 'segments_profile_set_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_cmp(segments.profile_set, segments.profile_set) IS '-1, 0 or 1: how two sets sort';
CREATE FUNCTION segments_internal.profile_set_hash(segments.profile_set) RETURNS integer
    AS 'MODULE_PATHNAME', 'segments_profile_set_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_hash(segments.profile_set) IS 'hash of the members';
CREATE FUNCTION segments_internal.profile_set_hash_extended(segments.profile_set, bigint) RETURNS bigint
    AS 'MODULE_PATHNAME', 'segments_profile_set_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.profile_set_hash_extended(segments.profile_set, bigint) IS 'seeded hash of the members';
CREATE OPERATOR CLASS segments.profile_set_ops DEFAULT FOR TYPE segments.profile_set USING btree AS
    OPERATOR 1 pg_catalog.<, OPERATOR 2 pg_catalog.<=, OPERATOR 3 pg_catalog.=, OPERATOR 4 pg_catalog.>=, OPERATOR 5 pg_catalog.>,
    FUNCTION 1 segments_internal.profile_set_cmp(segments.profile_set, segments.profile_set);
CREATE OPERATOR CLASS segments.profile_set_ops DEFAULT FOR TYPE segments.profile_set USING hash AS
    OPERATOR 1 pg_catalog.=,
    FUNCTION 1 segments_internal.profile_set_hash(segments.profile_set),
    FUNCTION 2 segments_internal.profile_set_hash_extended(segments.profile_set, bigint);

-- Aggregates.  Nulls are ignored; of no rows the result is null.
CREATE FUNCTION segments_internal.profile_set_agg_transition(internal, bigint) RETURNS internal
    AS 'MODULE_PATHNAME', 'segments_profile_set_agg_transition' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_agg_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'segments_profile_set_agg_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_agg_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', 'segments_profile_set_agg_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_agg_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'segments_profile_set_agg_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_agg_final(internal) RETURNS segments.profile_set
    AS 'MODULE_PATHNAME', 'segments_profile_set_agg_final' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_union_transition(internal, segments.profile_set) RETURNS internal
    AS 'MODULE_PATHNAME', 'segments_profile_set_union_transition' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_union_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'segments_profile_set_union_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_intersect_transition(internal, segments.profile_set) RETURNS internal
    AS 'MODULE_PATHNAME', 'segments_profile_set_intersect_transition' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_intersect_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'segments_profile_set_intersect_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_state_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', 'segments_profile_set_state_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_state_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'segments_profile_set_state_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION segments_internal.profile_set_state_final(internal) RETURNS segments.profile_set
    AS 'MODULE_PATHNAME', 'segments_profile_set_state_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE segments.profile_set_agg(ordinal bigint) (
    STYPE = internal, SSPACE = 16384, PARALLEL = SAFE,
    SFUNC = segments_internal.profile_set_agg_transition,
    COMBINEFUNC = segments_internal.profile_set_agg_combine,
    SERIALFUNC = segments_internal.profile_set_agg_serialize,
    DESERIALFUNC = segments_internal.profile_set_agg_deserialize,
    FINALFUNC = segments_internal.profile_set_agg_final, FINALFUNC_MODIFY = READ_ONLY
);
COMMENT ON AGGREGATE segments.profile_set_agg(bigint) IS 'the set of all ordinals, with the current origin';
CREATE AGGREGATE segments.profile_set_union_agg(set segments.profile_set) (
    STYPE = internal, SSPACE = 65536, PARALLEL = SAFE,
    SFUNC = segments_internal.profile_set_union_transition,
    COMBINEFUNC = segments_internal.profile_set_union_combine,
    SERIALFUNC = segments_internal.profile_set_state_serialize,
    DESERIALFUNC = segments_internal.profile_set_state_deserialize,
    FINALFUNC = segments_internal.profile_set_state_final, FINALFUNC_MODIFY = READ_ONLY
);
COMMENT ON AGGREGATE segments.profile_set_union_agg(segments.profile_set) IS 'members of any set';
CREATE AGGREGATE segments.profile_set_intersect_agg(set segments.profile_set) (
    STYPE = internal, SSPACE = 65536, PARALLEL = SAFE,
    SFUNC = segments_internal.profile_set_intersect_transition,
    COMBINEFUNC = segments_internal.profile_set_intersect_combine,
    SERIALFUNC = segments_internal.profile_set_state_serialize,
    DESERIALFUNC = segments_internal.profile_set_state_deserialize,
    FINALFUNC = segments_internal.profile_set_state_final, FINALFUNC_MODIFY = READ_ONLY
);
COMMENT ON AGGREGATE segments.profile_set_intersect_agg(segments.profile_set) IS 'members of every set';
