-- Saved segments.

-- Who may read a segment's members besides its owner: they need not be allowed to see the sources.
CREATE TABLE segments.member_reader (
    segment_id int NOT NULL REFERENCES segments.segment ON DELETE CASCADE,
    reader regrole NOT NULL,           -- 0: everybody
    PRIMARY KEY (segment_id, reader)
);
COMMENT ON TABLE segments.member_reader IS 'roles that may read the members of a segment besides its owner';
SELECT pg_catalog.pg_extension_config_dump('segments.member_reader', '');

CREATE FUNCTION segments.create_segment(name text, definition segments.definition, run boolean DEFAULT true) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_create_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.create_segment(text, segments.definition, boolean) IS
    'saves a segment, which then belongs to the caller, and runs it at once unless run is false; returns its number of members '
    '(null: not run). Names, literals and the caller''s privileges are checked either way. The zone of its windows and times is '
    'that of the setting segments.time_zone, else the session''s, and stays so. Errors: 42710 (name taken), 55000 (nothing '
    'refreshed yet), and those of segment_eval';

CREATE FUNCTION segments.update_segment(name text, definition segments.definition, run boolean DEFAULT true) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_update_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.update_segment(text, segments.definition, boolean) IS
    'gives a segment another definition (and the zone in force), and runs it at once unless run is false: then its members stay '
    'as they are until the next run. Only for its owner. Otherwise like create_segment';

CREATE FUNCTION segments.rename_segment(name text, new_name text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_rename_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.rename_segment(text, text) IS 'gives a segment another name. Only for its owner';

CREATE FUNCTION segments.run_segment(name text) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_run_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.run_segment(text) IS
    'evaluates a segment over the state of the last refresh, as of the transaction''s time, with the privileges of its owner; '
    'returns its number of members. An error leaves the members of the last run. Only for its owner';

CREATE FUNCTION segments.members(name text) RETURNS segments.profile_set
AS 'MODULE_PATHNAME', 'segments_members' LANGUAGE C STABLE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION segments.members(text) IS
    'the members of a segment as of its last good run. For its owner and roles that members were granted to. Errors: 42704 (no '
    'such segment), 42501 (not granted), 55000 (never run)';

CREATE FUNCTION segments.drop_segment(name text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_drop_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.drop_segment(text) IS 'removes a segment and its members. Only for its owner';

CREATE FUNCTION segments.grant_members(segment text, role text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_grant_members' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.grant_members(text, text) IS
    'lets a role (or public) read the members of a segment: through members(), the views member and segment_overview. The role '
    'needs no privileges on the sources. Only for the segment''s owner';

CREATE FUNCTION segments.revoke_members(segment text, role text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_revoke_members' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.revoke_members(text, text) IS 'undoes grant_members. Only for the segment''s owner';

CREATE FUNCTION segments.member_profiles(segment_id int) RETURNS SETOF text
AS 'MODULE_PATHNAME', 'segments_member_profiles' LANGUAGE C STABLE PARALLEL UNSAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION segments.member_profiles(int) IS
    'the profile ids of a segment''s members; none if the caller may not read them: what the view member shows';
