-- One person: what segments they are in, and what they did last.

CREATE FUNCTION segments.profile_segments(profile_id text, OUT segment text, OUT since timestamptz, OUT as_of timestamptz) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 20
BEGIN ATOMIC
    SELECT member.segment, member.since, member.as_of FROM segments.member
    WHERE member.profile_id = profile_segments.profile_id;
END;
COMMENT ON FUNCTION segments.profile_segments(text) IS
    'the segments that a profile is a member of, since when without interruption, and as of when, as the view member shows them to the current user';

CREATE FUNCTION segments.timeline(profile_id text, types text[] DEFAULT NULL, newest int DEFAULT 100)
RETURNS TABLE (occurred_at timestamptz, type text, record_type text, record_id text, fields jsonb)
AS 'MODULE_PATHNAME', 'segments_timeline' LANGUAGE C STABLE PARALLEL UNSAFE COST 10000 ROWS 100;
COMMENT ON FUNCTION segments.timeline(text, text[], int) IS
    'the newest interactions of a person, over all records of the profile and all interaction types (or those that are named), the newest '
    'first, as the tables hold them now. fields are the columns that the caller may read, by the names of their fields, values of types that are not the server''s own as texts; interactions '
    'without a time are left out. With the caller''s privileges: it takes SELECT on record and profile ids in the table of the '
    'unification, and on time and record columns of a type, which is left out otherwise (42501 if it was named); policies of tables '
    'hold. A type whose table is locked (segments.lock_timeout), takes too long (segments.source_time_limit) or fails is left out, too, with a '
    'warning; if it was named, that is an error. An index on a table''s record ids makes it fast. Which records are the profile''s is as of the last refresh. Errors: 42501, '
    '42704 (no such type), 22023 (a negative number), 54000 (more than 100,000), of a type that was named: 55P03 (locked), 57014 '
    '(it took too long), those that its table raises';
