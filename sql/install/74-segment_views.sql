-- What BI tools and operators read.  These views never raise, not even before the first refresh.

-- The views below show a segment to its owner, to the owner of the extension and superusers, and to those its members were
-- granted to.  current_user is the reader, although the views' tables are read as the owner of the extension.
CREATE VIEW segments.readable_segment WITH (security_barrier) AS
SELECT segment.segment_id, segment.name, segment.kind, segment.definition, segment.time_zone, segment.owner, segment.owner_name,
       segment.created_at, segment.lifecycle, segment.lifecycle_since, segment.version, segment.description, segment.tags,
       coalesce(segment.display_name, segment.name) AS display_name, owned.owned
FROM segments.saved_segment segment
CROSS JOIN LATERAL (
    SELECT coalesce(pg_has_role(current_user, segment.owner, 'USAGE'), false)
           OR pg_has_role(current_user, extension.extowner, 'USAGE') AS owned
    FROM pg_extension extension WHERE extension.extname = 'segments'
) owned
WHERE owned.owned OR EXISTS (
    SELECT FROM segments.granted_reader
    WHERE granted_reader.segment_id = segment.segment_id
      AND CASE WHEN reader = 0 THEN true ELSE coalesce(pg_has_role(current_user, reader, 'USAGE'), false) END);
COMMENT ON VIEW segments.readable_segment IS 'saved segments whose members the current user may read; owned: may also change them';

CREATE VIEW segments.left_out_segment AS
SELECT part.name, part.sqlstate, part.reason, refresh.finished_at
FROM (SELECT refresh_id FROM segments.published LIMIT 1) published  -- LIMIT 1: what the planner does not know
JOIN segments.refresh USING (refresh_id)
JOIN segments.refresh_part part USING (refresh_id)
WHERE part.kind = 'segment' AND part.state = 'skipped';
COMMENT ON VIEW segments.left_out_segment IS 'segments that were due with the published refresh, which left them out, and why';

-- OFFSET 0, here and in other views for everybody: conditions of readers are asked of readable segments only.  A barrier lets those
-- that cannot leak (=, <, starts_with) go first, and EXPLAIN ANALYZE counts the rows that they let through.
CREATE VIEW segments.segment_overview WITH (security_barrier) AS
SELECT segment.name, segment.kind,
       CASE WHEN segment.owner IS NULL THEN 'orphaned'
            WHEN left_out.name IS NOT NULL THEN 'skipped'
            WHEN state.is_frozen THEN 'frozen'
            WHEN state.last_run_at IS NULL THEN 'never run'
            WHEN state.last_sqlstate IS NOT NULL THEN 'failed'
            ELSE 'successful' END AS state,
       CASE WHEN state.refresh_id < (SELECT max(moved.refresh_id) FROM segments.moved_step moved
                                     WHERE moved.refresh_id <= (SELECT refresh_id FROM segments.published LIMIT 1))
            THEN segments_internal.member_count(segment.segment_id) ELSE state.member_count END AS members,
       state.as_of, state.data_through, state.last_run_at, state.duration,
       coalesce(left_out.sqlstate, state.last_sqlstate) AS last_sqlstate,
       CASE WHEN segment.owned THEN coalesce(left_out.reason, state.last_error) END AS last_error,
       CASE WHEN segment.owned AND segment.kind <> 'static' THEN segment.definition END AS definition,
       segment.time_zone, segment.owner_name AS owner, segment.created_at,
       coalesce(planned.schedule, 'with every refresh') AS schedule,
       CASE WHEN segment.lifecycle <> 'active' THEN NULL
            WHEN planned.schedule IS NULL THEN refresh.next_run
            WHEN due.due_at <= refresh.next_run THEN refresh.next_run
            WHEN due.due_at > refresh.next_run THEN segments.next_run(refresh.schedule, due.due_at - interval '1 microsecond')
            END AS next_run,
       segment.lifecycle, segment.lifecycle_since, segment.description, segment.tags, segment.version,
       CASE WHEN segment.owned THEN EXISTS (SELECT FROM segments.member_reader granted WHERE granted.segment_id = segment.segment_id)
            OR EXISTS (SELECT FROM segments.generated_view published WHERE published.segment_id = segment.segment_id)
            OR segment.segment_id IN (SELECT refers.segment_id FROM segments.segment_reference refers WHERE refers.version IS NULL)
            OR EXISTS (SELECT FROM segments.following_reader follows WHERE follows.segment_id = segment.segment_id) END AS is_used,
       segment.display_name
FROM (SELECT * FROM segments.readable_segment OFFSET 0) segment
LEFT JOIN segments.segment_state state ON state.segment_id = segment.segment_id
LEFT JOIN segments.left_out_segment left_out
    ON left_out.name = segment.name AND (state.last_run_at IS NULL OR state.last_run_at < left_out.finished_at)
LEFT JOIN segments.segment_schedule planned ON planned.segment_id = segment.segment_id
LEFT JOIN segments.schedule refresh ON refresh.job = 'refresh'
CROSS JOIN LATERAL segments_internal.next_attempt(planned.schedule, ARRAY[state.as_of], 0, NULL, statement_timestamp()) due (due_at);
COMMENT ON VIEW segments.segment_overview IS
    'saved segments that the current user may read: state of the last run (never run, successful or failed; frozen: it reads an '
    'interaction type that cannot be read, and keeps the members of its last run; orphaned: its owner '
    'was dropped or renamed, so that it is not run until set_segment_owner() gives it to a role; skipped: the last refresh left it '
    'out, because somebody was changing it or it took too long), number of members, '
    'as_of (where their windows end) and data_through (the newest state of the sources) of the last good run, and the last '
    'error; its schedule, and next_run: the scheduled refresh that will evaluate it next (null: none); its lifecycle: only active '
    'ones are refreshed. The definition, and the text '
    'of the error, which may quote it, are shown to those who may change it';
COMMENT ON COLUMN segments.segment_overview.name IS 'name of the segment';
COMMENT ON COLUMN segments.segment_overview.kind IS 'dynamic: evaluated from its definition, and its lists; static: its members were listed by hand';
COMMENT ON COLUMN segments.segment_overview.state IS 'of the last run: never run, successful or failed; frozen: it reads a type that cannot be read; skipped: the last refresh left it out; orphaned: its owner is gone';
COMMENT ON COLUMN segments.segment_overview.members IS 'number of members of the last good run';
COMMENT ON COLUMN segments.segment_overview.as_of IS 'where the windows of the last good run end';
COMMENT ON COLUMN segments.segment_overview.data_through IS 'the newest state of the tables that it included';
COMMENT ON COLUMN segments.segment_overview.last_run_at IS 'when it was last run';
COMMENT ON COLUMN segments.segment_overview.duration IS 'how long that took';
COMMENT ON COLUMN segments.segment_overview.last_sqlstate IS 'of the last run, if it failed';
COMMENT ON COLUMN segments.segment_overview.last_error IS 'the error of the last run, if it failed, or why it could not write its history; for those who may change it';
COMMENT ON COLUMN segments.segment_overview.definition IS 'who belongs to the segment; for those who may change it';
COMMENT ON COLUMN segments.segment_overview.time_zone IS 'zone of its windows and times';
COMMENT ON COLUMN segments.segment_overview.owner IS 'role whose privileges it is run with';
COMMENT ON COLUMN segments.segment_overview.created_at IS 'when it was saved';
COMMENT ON COLUMN segments.segment_overview.schedule IS 'which refreshes evaluate it';
COMMENT ON COLUMN segments.segment_overview.next_run IS 'the scheduled refresh that will evaluate it next; null: none';
COMMENT ON COLUMN segments.segment_overview.lifecycle IS 'draft: never run yet; active: refreshed by its schedule; inactive: keeps the members of its last run';
COMMENT ON COLUMN segments.segment_overview.lifecycle_since IS 'since when it is that';
COMMENT ON COLUMN segments.segment_overview.description IS 'what it is for, in the words of its owner';
COMMENT ON COLUMN segments.segment_overview.tags IS 'what its owner has tagged it with';
COMMENT ON COLUMN segments.segment_overview.version IS 'of its definition: segment_versions has the others';
COMMENT ON COLUMN segments.segment_overview.is_used IS 'it is published, its members were granted to somebody, another segment refers to it, or somebody follows its changes: segment_usage tells by what; for those who may change it';
COMMENT ON COLUMN segments.segment_overview.display_name IS 'its name for people: set_display_name';
GRANT SELECT ON segments.segment_overview TO PUBLIC;

CREATE VIEW segments.listed_member WITH (security_barrier) AS
SELECT segment.name AS segment, listed.list, listed.profile_id, listed.means, listed.listed_at
FROM (SELECT * FROM segments.readable_segment WHERE owned OFFSET 0) segment
JOIN (SELECT segment_id, list, listed_id AS profile_id, min(meant.listed_at) AS listed_at,
             coalesce(array_agg(meant.profile_id ORDER BY meant.profile_id) FILTER (WHERE EXISTS (
                 SELECT FROM segments.record WHERE record.profile_id = meant.profile_id)), '{}') AS means
      FROM segments.listed_meaning meant
      GROUP BY segment_id, list, listed_id) listed ON listed.segment_id = segment.segment_id;
COMMENT ON VIEW segments.listed_member IS 'who was included in or excluded from segments by hand; for those who may change them';
COMMENT ON COLUMN segments.listed_member.segment IS 'name of the segment';
COMMENT ON COLUMN segments.listed_member.list IS 'include or exclude';
COMMENT ON COLUMN segments.listed_member.profile_id IS 'the id that the profile had when it was listed';
COMMENT ON COLUMN segments.listed_member.means IS 'ids of the profiles that are meant now: several after a split, none if nobody is known by its records or id';
COMMENT ON COLUMN segments.listed_member.listed_at IS 'when it was listed first';
GRANT SELECT ON segments.listed_member TO PUBLIC;

CREATE VIEW segments.segment_versions WITH (security_barrier) AS
-- CASE: for the same reason, also of columns of the versions.
SELECT segment.name AS segment, saved.version, CASE WHEN segment.owned THEN saved.definition END AS definition,
       CASE WHEN segment.owned THEN saved.time_zone END AS time_zone, saved.saved_at,
       CASE WHEN segment.owned THEN saved.saved_by END AS saved_by, CASE WHEN segment.owned THEN saved.change END AS change,
       saved.version = segment.version AS is_current
FROM (SELECT * FROM segments.readable_segment OFFSET 0) segment
JOIN segments.segment_version saved ON saved.segment_id = segment.segment_id
WHERE segment.owned;
COMMENT ON VIEW segments.segment_versions IS
    'the definitions of segments that the current user may change, version by version: the newest 100 of each. restore_segment(name, '
    'version) goes back to one';
COMMENT ON COLUMN segments.segment_versions.segment IS 'name of the segment';
COMMENT ON COLUMN segments.segment_versions.version IS 'number of the version, from 1';
COMMENT ON COLUMN segments.segment_versions.definition IS 'who belonged to the segment';
COMMENT ON COLUMN segments.segment_versions.time_zone IS 'zone of its windows and times';
COMMENT ON COLUMN segments.segment_versions.saved_at IS 'when it was saved';
COMMENT ON COLUMN segments.segment_versions.saved_by IS 'who saved it: the name that the role had';
COMMENT ON COLUMN segments.segment_versions.change IS 'what changed: created, definition, time zone, names, restored version ...';
COMMENT ON COLUMN segments.segment_versions.is_current IS 'this is the version in force';
GRANT SELECT ON segments.segment_versions TO PUBLIC;
