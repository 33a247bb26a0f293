-- History of memberships, as it is read.

CREATE FUNCTION segments_internal.forget_history() RETURNS trigger
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM segments.membership_history history USING segments.membership_run run
    WHERE history.run_id = run.run_id AND run.segment_id = OLD.segment_id;
    DELETE FROM segments.membership_run run WHERE run.segment_id = OLD.segment_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION segments_internal.forget_history() IS 'removes the history of a segment that is dropped';
CREATE TRIGGER forget_history AFTER DELETE ON segments.segment FOR EACH ROW EXECUTE FUNCTION segments_internal.forget_history();

CREATE FUNCTION segments_internal.has_number(members bytea, number int) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'segments_has_number';
COMMENT ON FUNCTION segments_internal.has_number(bytea, int) IS 'whether a bitmap of the history has a number';

-- segments.membership_change answers from the stored sets as segments.member does, by a foreign-data wrapper of its own.
CREATE FUNCTION segments_internal.change_handler() RETURNS fdw_handler
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'segments_change_handler';
COMMENT ON FUNCTION segments_internal.change_handler() IS 'the foreign-data wrapper behind segments.membership_change';
CREATE FUNCTION segments_internal.change_validator(text[], oid) RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'segments_member_validator';
COMMENT ON FUNCTION segments_internal.change_validator(text[], oid) IS 'refuses options: the foreign-data wrapper behind segments.membership_change has none';
REVOKE EXECUTE ON FUNCTION segments_internal.change_handler(), segments_internal.change_validator(text[], oid) FROM PUBLIC;
CREATE FOREIGN DATA WRAPPER segments_membership_change
    HANDLER segments_internal.change_handler VALIDATOR segments_internal.change_validator;
COMMENT ON FOREIGN DATA WRAPPER segments_membership_change IS 'who entered and left saved segments, from the sets that are stored';
CREATE SERVER segments_membership_change FOREIGN DATA WRAPPER segments_membership_change;
COMMENT ON SERVER segments_membership_change IS 'this database: who entered and left saved segments';

CREATE FOREIGN TABLE segments_internal.membership_change (
    segment text,
    profile_id text COLLATE "C",
    change text COLLATE "C",
    other_profile_id text COLLATE "C",
    run_id bigint,
    refresh_id bigint,
    at timestamptz
) SERVER segments_membership_change;
COMMENT ON FOREIGN TABLE segments_internal.membership_change IS 'what the view segments.membership_change shows';
COMMENT ON COLUMN segments_internal.membership_change.segment IS 'name of the segment';
COMMENT ON COLUMN segments_internal.membership_change.profile_id IS 'whose membership changed';
COMMENT ON COLUMN segments_internal.membership_change.change IS 'entered, left, merged or split';
COMMENT ON COLUMN segments_internal.membership_change.other_profile_id IS 'the other profile of merged and split';
COMMENT ON COLUMN segments_internal.membership_change.run_id IS 'the evaluation of the segment';
COMMENT ON COLUMN segments_internal.membership_change.refresh_id IS 'the refresh whose state was evaluated';
COMMENT ON COLUMN segments_internal.membership_change.at IS 'as of when the segment was evaluated';

CREATE VIEW segments.membership_change AS
SELECT segment, profile_id, change, other_profile_id, run_id, refresh_id, at FROM segments_internal.membership_change;
COMMENT ON VIEW segments.membership_change IS
    'who entered and left saved segments, run by run, as far as history is kept (segments.history_retention); for those who may read '
    'the members. A merge of profiles is no leaving and no entering, but a change of its own, and so is a split';
COMMENT ON COLUMN segments.membership_change.segment IS 'name of the segment';
COMMENT ON COLUMN segments.membership_change.profile_id IS 'whose membership changed: id of a unified profile';
COMMENT ON COLUMN segments.membership_change.change IS
    'entered or left; merged: the profile is no more, and is a member as part of another profile; split: the profile is new, and a member as one that it was part of';
COMMENT ON COLUMN segments.membership_change.other_profile_id IS 'of merged: the profile it is part of now; of split: the one it was part of';
COMMENT ON COLUMN segments.membership_change.run_id IS 'the evaluation of the segment; later ones of a segment have larger numbers';
COMMENT ON COLUMN segments.membership_change.refresh_id IS 'the refresh whose state was evaluated';
COMMENT ON COLUMN segments.membership_change.at IS 'as of when the segment was evaluated';
GRANT SELECT ON segments.membership_change TO PUBLIC;

CREATE FUNCTION segments.members_at(segment text, at timestamptz) RETURNS SETOF text
LANGUAGE C STABLE PARALLEL UNSAFE COST 10000 ROWS 10000 AS 'MODULE_PATHNAME', 'segments_members_at';
COMMENT ON FUNCTION segments.members_at(text, timestamptz) IS
    'the profile ids that were members of a segment at a time: those of the run that was in force then. This is what was known then; '
    'segment_eval with a past as_of asks today''s facts instead. For those who may read the members. Errors: 42704 (no such '
    'segment, or not for the caller), 55000 (history does not reach back), 22004';

CREATE FUNCTION segments_internal.size_history(segment_id int, OUT run_id bigint, OUT refresh_id bigint, OUT at timestamptz,
    OUT members bigint, OUT entered bigint, OUT "left" bigint, OUT merged bigint, OUT split bigint) RETURNS SETOF record
LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'segments_size_history';
COMMENT ON FUNCTION segments_internal.size_history(int) IS
    'the sizes of a segment, run by run; none if the caller may not read its members: what the view size_history shows';
CREATE VIEW segments.size_history WITH (security_barrier) AS
SELECT segment.name AS segment, size.at, size.members, size.entered, size."left", size.merged, size.split, size.run_id, size.refresh_id
FROM (SELECT * FROM segments.readable_segment OFFSET 0) segment
CROSS JOIN LATERAL segments_internal.size_history(segment.segment_id) AS size;
COMMENT ON VIEW segments.size_history IS
    'how many members saved segments had after each run that changed them: as many as members_at() tells. Persons that were erased '
    'count in none, so that past sizes shrink';
COMMENT ON COLUMN segments.size_history.segment IS 'name of the segment';
COMMENT ON COLUMN segments.size_history.at IS 'as of when the segment was evaluated';
COMMENT ON COLUMN segments.size_history.members IS 'members from then on: those before, plus entered and split, minus left and merged';
COMMENT ON COLUMN segments.size_history.entered IS 'how many entered; null: what was before is not kept any more';
COMMENT ON COLUMN segments.size_history."left" IS 'how many left';
COMMENT ON COLUMN segments.size_history.merged IS 'how many became part of another member';
COMMENT ON COLUMN segments.size_history.split IS 'how many were split from a member';
COMMENT ON COLUMN segments.size_history.run_id IS 'the evaluation of the segment';
COMMENT ON COLUMN segments.size_history.refresh_id IS 'the refresh whose state was evaluated';
GRANT SELECT ON segments.size_history TO PUBLIC;

CREATE FUNCTION segments.changes_since(segment text, cursor text DEFAULT NULL, max_rows bigint DEFAULT NULL,
    OUT profile_id text, OUT change text, OUT other_profile_id text, OUT run_id bigint, OUT refresh_id bigint, OUT at timestamptz,
    OUT next_cursor text) RETURNS SETOF record
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'segments_changes_since';
COMMENT ON FUNCTION segments.changes_since(text, text, bigint) IS
    'what has changed in a segment since a cursor, in the order of commits, each change exactly once: keep next_cursor of the last row you '
    'have worked through, and give it the next time; no rows: nothing has changed, the cursor stays. A null cursor begins with all that is '
    'kept: applied to nothing (entered, split: add profile_id; left: remove it; merged: remove it, and add other_profile_id), it gives the '
    'members. Any number of consumers. For those who may read the members. Erasures are not told: whoever erases tells the consumers. That a role reads '
    'the changes of a segment is noted, about once an hour: segment_usage shows it. '
    'Errors: 42704 (no such segment, or not for the caller), 55000 (the cursor is of another database or older than the history that is '
    'kept: begin anew with null), 22023 (not a cursor, or of another segment)';

CREATE FUNCTION segments_internal.end_cursor(segment_id int, run_id bigint, at timestamptz) RETURNS text
LANGUAGE C STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segments_end_cursor';
COMMENT ON FUNCTION segments_internal.end_cursor(int, bigint, timestamptz) IS 'the cursor behind a run';
CREATE VIEW segments.changed_segment WITH (security_barrier) AS
SELECT segment.name AS segment, last.at, last.run_id, last.refresh_id,
       segments_internal.end_cursor(segment.segment_id, last.run_id, last.at) AS cursor
FROM (SELECT * FROM segments.readable_segment OFFSET 0) segment
CROSS JOIN LATERAL (
    SELECT run.run_id, run.refresh_id, run.at FROM segments.membership_run run
    WHERE run.segment_id = segment.segment_id ORDER BY run.run_id DESC LIMIT 1) last;
COMMENT ON VIEW segments.changed_segment IS
    'when the members of saved segments last changed, for those who may read them. What listens to the channel segments_changed hears how '
    'many segments changed, and finds here which: those whose cursor is another one than changes_since() last told';
COMMENT ON COLUMN segments.changed_segment.segment IS 'name of the segment';
COMMENT ON COLUMN segments.changed_segment.at IS 'as of when the run was that changed it last';
COMMENT ON COLUMN segments.changed_segment.run_id IS 'that run';
COMMENT ON COLUMN segments.changed_segment.refresh_id IS 'the refresh whose state it has evaluated';
COMMENT ON COLUMN segments.changed_segment.cursor IS 'where changes_since() would go on after it';
GRANT SELECT ON segments.changed_segment TO PUBLIC;
