-- segments.member: every member of every segment that the current user may read, as if it were a table with indexes.  A foreign-data
-- wrapper of the extension's own answers from the stored sets. It decides itself who may read what: by the owner of the view that reads
-- such a table, else (no view, or one of the invoker's rights) by the current user.  So everybody may read these tables.

CREATE FUNCTION segments_internal.member_handler() RETURNS fdw_handler
AS 'MODULE_PATHNAME', 'segments_member_handler' LANGUAGE C STRICT;
COMMENT ON FUNCTION segments_internal.member_handler() IS 'the foreign-data wrapper behind segments.member';
CREATE FUNCTION segments_internal.member_validator(text[], oid) RETURNS void
AS 'MODULE_PATHNAME', 'segments_member_validator' LANGUAGE C STRICT;
COMMENT ON FUNCTION segments_internal.member_validator(text[], oid) IS 'refuses options: the foreign-data wrapper behind segments.member has none';
REVOKE EXECUTE ON FUNCTION segments_internal.member_handler(), segments_internal.member_validator(text[], oid) FROM PUBLIC;

CREATE FOREIGN DATA WRAPPER segments_member
    HANDLER segments_internal.member_handler VALIDATOR segments_internal.member_validator;
COMMENT ON FOREIGN DATA WRAPPER segments_member IS 'members of saved segments, from the sets that are stored';
CREATE SERVER segments_member FOREIGN DATA WRAPPER segments_member;
COMMENT ON SERVER segments_member IS 'this database: members of saved segments';

CREATE FOREIGN TABLE segments_internal.member (
    segment text,
    profile_id text COLLATE "C",
    since timestamptz,
    as_of timestamptz
) SERVER segments_member;
COMMENT ON FOREIGN TABLE segments_internal.member IS 'what the view segments.member shows';
COMMENT ON COLUMN segments_internal.member.segment IS 'name of the segment';
COMMENT ON COLUMN segments_internal.member.profile_id IS 'a member: id of a unified profile';
COMMENT ON COLUMN segments_internal.member.since IS 'since when it has been one without interruption';
COMMENT ON COLUMN segments_internal.member.as_of IS 'where the windows of the segment''s last good run end';

GRANT SELECT ON segments_internal.member TO PUBLIC;

CREATE VIEW segments.member WITH (security_invoker) AS SELECT segment, profile_id, since, as_of FROM segments_internal.member;
COMMENT ON VIEW segments.member IS
    'members of saved segments by profile id, as of each segment''s last good run: for its owner, and for roles that members were '
    'granted to (grant_members), who need no privileges on the sources. A segment that was never run has none here. Conditions on '
    'segment and profile_id, ORDER BY profile_id, and counts by segment are answered without producing other members. Damaged '
    'members of a segment are an error (XX001) if there is a condition on segment, else they are left out with a warning';
COMMENT ON COLUMN segments.member.segment IS 'name of the segment';
COMMENT ON COLUMN segments.member.profile_id IS 'a member: id of a unified profile';
COMMENT ON COLUMN segments.member.since IS 'since when it has been one without interruption';
COMMENT ON COLUMN segments.member.as_of IS 'where the windows of the segment''s last good run end';
GRANT SELECT ON segments.member TO PUBLIC;
