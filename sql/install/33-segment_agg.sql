-- Ad-hoc segments over any rows: the ordinals with enough of them in a sliding window.

CREATE FUNCTION segments_internal.segment_agg_transition(internal, bigint, timestamptz, timestamptz, interval, integer) RETURNS internal
    AS 'MODULE_PATHNAME', 'segments_segment_agg_transition' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION segments_internal.segment_agg_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'segments_segment_agg_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segments_internal.segment_agg_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', 'segments_segment_agg_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION segments_internal.segment_agg_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'segments_segment_agg_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION segments_internal.segment_agg_final(internal) RETURNS segments.profile_set
    AS 'MODULE_PATHNAME', 'segments_segment_agg_final' LANGUAGE C STABLE PARALLEL SAFE;

CREATE AGGREGATE segments.segment_agg(
    ordinal bigint, occurred_at timestamptz, as_of timestamptz, lookback interval, at_least integer
) (
    STYPE = internal, SSPACE = 65536, PARALLEL = SAFE,
    SFUNC = segments_internal.segment_agg_transition,
    COMBINEFUNC = segments_internal.segment_agg_combine,
    SERIALFUNC = segments_internal.segment_agg_serialize,
    DESERIALFUNC = segments_internal.segment_agg_deserialize,
    FINALFUNC = segments_internal.segment_agg_final, FINALFUNC_MODIFY = READ_ONLY
);
COMMENT ON AGGREGATE segments.segment_agg(bigint, timestamptz, timestamptz, interval, integer) IS
    'ordinals with at_least rows where as_of - lookback <= occurred_at <= as_of (null lookback: all time). Rows with a null ordinal or occurred_at are ignored, infinity never counts, -infinity in all time only. as_of, lookback and at_least are constant within a group. Of no rows: null';
