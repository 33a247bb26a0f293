-- What is derived can be made again from the sources, whatever happened to it.

CREATE FUNCTION segments_internal.keep_out_writers() RETURNS void
AS 'MODULE_PATHNAME', 'segments_keep_out_writers' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments_internal.keep_out_writers() IS
    'until the transaction ends, no refresh, no erasure and no run of a segment. Errors: 55P03 (one is under way)';

-- The history outlives the records: by what they are known as now, and were before, an erasure finds the ids of its person there.
CREATE FUNCTION segments_internal.keep_ids_in_history() RETURNS void
LANGUAGE sql SET search_path TO pg_catalog, pg_temp AS $$
    DELETE FROM segments.previous_profile previous
    WHERE NOT EXISTS (SELECT FROM segments.history_profile known WHERE known.profile_id = previous.profile_id);
    INSERT INTO segments.previous_profile (record_type, record_id, profile_id, until_refresh, until)
    SELECT record_type, record_id, profile_id, refresh.refresh_id, clock_timestamp()
    FROM segments.record
    CROSS JOIN (SELECT coalesce(max(refresh_id), 0) AS refresh_id FROM segments.published) refresh
    WHERE EXISTS (SELECT FROM segments.history_profile known WHERE known.profile_id = record.profile_id)
    ON CONFLICT (record_id, record_type, hashtextextended(profile_id, 0))
    DO UPDATE SET profile_id = excluded.profile_id, until_refresh = excluded.until_refresh, until = excluded.until;
$$;
COMMENT ON FUNCTION segments_internal.keep_ids_in_history() IS
    'leaves of the profiles that records belonged to those that the history of members knows, and adds those that they belong to';
REVOKE EXECUTE ON FUNCTION segments_internal.keep_ids_in_history() FROM PUBLIC;

-- The state of a database that a dump was restored to: what is dumped stays, the history of members too.  Rows are deleted, not
-- truncated, so that snapshots that are older go on to see all of it.
CREATE FUNCTION segments.rebuild() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    PERFORM segments_internal.keep_out_writers();
    PERFORM segments_internal.keep_ids_in_history();
    DELETE FROM segments.published;
    DELETE FROM segments.frozen_source;
    DELETE FROM segments.segment_state;
    DELETE FROM segments.membership;
    DELETE FROM segments.fragment;
    DELETE FROM segments.tile;
    DELETE FROM segments.leaf_span;
    DELETE FROM segments.leaf_reading;
    DELETE FROM segments.change_log;
    DELETE FROM segments.source_leaf;
    DELETE FROM segments.source_column;
    DELETE FROM segments.changed_profile_id;
    DELETE FROM segments.profile_ids;
    DELETE FROM segments.moved_step;
    DELETE FROM segments.moved_profile;
    DELETE FROM segments.moved_record;
    DELETE FROM segments.record;
    UPDATE segments.ordinal_origin
    SET origin = ('x' || left(drawn, 8) || right(drawn, 8))::bit(64)::bigint FROM CAST(gen_random_uuid() AS text) AS drawn;
END
$$;
COMMENT ON FUNCTION segments.rebuild() IS
    'gives up all that is derived from the sources, damaged or not: nothing can be asked until the next refresh, which reads all of them '
    'whole, numbers records anew and runs every segment. What was registered and saved, schedules and the history of members stay; profile '
    'sets that were stored elsewhere are those of the former numbering, and are refused. Errors: 55P03 (a refresh, an erasure or a run of a segment is under way)';
REVOKE EXECUTE ON FUNCTION segments_internal.keep_out_writers(), segments.rebuild() FROM PUBLIC;
