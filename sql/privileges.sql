-- Who may do what.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_analyst;
CREATE ROLE segments_test_reader;
CREATE ROLE segments_test_group;
CREATE ROLE segments_test_member IN ROLE segments_test_group;
CREATE SCHEMA sources;
CREATE TABLE sources.opened (record_type text, record_id text, occurred_at timestamptz, label text, secret text);
CREATE TABLE sources.mapping (record_id text PRIMARY KEY, profile_id text);
INSERT INTO sources.opened SELECT 'contact', 'r' || i, '2026-03-01', 'x', 'y' FROM generate_series(1, 3) i;
INSERT INTO sources.mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 5) i;
SELECT segments.register_interaction('sources.opened', 'Opened', 'occurred_at', 'record_id', 'record_type');
SELECT segments.register_unification('sources.mapping', record_type => 'contact');
CALL segments.refresh();

-- Reading a definition takes what reading the columns would take.
SET ROLE segments_test_analyst;
SELECT segments.segment_count('Opened');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('all');
RESET ROLE;
GRANT USAGE ON SCHEMA sources TO segments_test_analyst;
SET ROLE segments_test_analyst;
SELECT segments.segment_count('Opened');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT (record_type, record_id, occurred_at, label) ON sources.opened TO segments_test_analyst;
SET ROLE segments_test_analyst;
SELECT segments.segment_count('Opened where label = ''x''');
SELECT segments.segment_count('Opened where (label = ''x'' or not secret = ''y'')');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.segment_explain('Opened where secret is null');
SELECT segments.segment_count('Opened where ProfileId = ''r1''');

-- Saving is granted by name.
SELECT segments.create_segment('openers', 'Opened where label = ''x''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.update_segment('openers', 'all');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.run_segment('openers');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT proname FROM pg_proc WHERE pronamespace = 'segments'::regnamespace AND has_function_privilege('segments_test_analyst', oid, 'EXECUTE')
    AND proname ~ 'segment$|members$|segment_schedule$' ORDER BY 1;
GRANT EXECUTE ON FUNCTION segments.create_segment(text, segments.definition, boolean, text),
    segments.update_segment(text, segments.definition, boolean), segments.rename_segment(text, text), segments.run_segment(text),
    segments.drop_segment(text, boolean), segments.grant_members(text, text), segments.revoke_members(text, text),
    segments.set_segment_schedule(text, text) TO segments_test_analyst, segments_test_reader;
SET ROLE segments_test_analyst;

-- What a user owns, and what is the extension's alone.
SELECT segments.create_segment('openers', 'Opened where label = ''x''');
SELECT segments.create_segment('secret', 'Opened where secret = ''y''');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.membership;
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.fragment;
SELECT count(*) FROM segments.readable_segment;
SELECT segments_internal.evaluate_tile(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
\echo :LAST_ERROR_SQLSTATE
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- Whether somebody is known is not for everybody.
SET ROLE segments_test_analyst;
SELECT segments.profile_ordinal('contact', 'r1');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.profile_ordinal('p1');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT EXECUTE ON FUNCTION segments.profile_ordinal(text, text), segments.profile_ordinal(text) TO segments_test_analyst;
SET ROLE segments_test_analyst;
SELECT segments.profile_ordinal('contact', 'r1') = segments.profile_ordinal('p1') AS same;
RESET ROLE;

-- Members for those who may not see the sources.
SET ROLE segments_test_reader;
SELECT segment, profile_id FROM segments.member;
SELECT name FROM segments.segment_overview;
SELECT segments.members('openers');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.run_segment('openers');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.drop_segment('openers');
SELECT segments.rename_segment('openers', 'mine');
SELECT segments.update_segment('openers', 'all');
SELECT segments.grant_members('openers', 'segments_test_reader');
SELECT segments.set_segment_schedule('openers', 'manual');
\echo :LAST_ERROR_SQLSTATE
-- What may not be seen is not there.  Only its name is taken.
SELECT segments.drop_segment('not there');
SELECT segments.create_segment('openers', 'all');
\echo :LAST_ERROR_SQLSTATE
SET ROLE segments_test_analyst;
SELECT segments.create_segment('openers', 'all');
SELECT segments.grant_members('openers', 'segments_test_reader'), segments.grant_members('openers', 'segments_test_group');
SET ROLE segments_test_reader;
SELECT segment, profile_id FROM segments.member ORDER BY profile_id;
SELECT name, state, members, definition FROM segments.segment_overview;
SELECT segments.cardinality(segments.members('openers'));
SELECT segments.create_segment('openers', 'all');
SELECT segments.run_segment('openers');
\echo :LAST_ERROR_SQLSTATE
SET ROLE segments_test_member;
SELECT count(*) FROM segments.member;
SET ROLE segments_test_analyst;
SELECT segments.revoke_members('openers', 'segments_test_reader');
SET ROLE segments_test_reader;
SELECT count(*) FROM segments.member;
SET ROLE segments_test_analyst;
SELECT segments.grant_members('openers', 'public');
SET ROLE segments_test_reader;
SELECT count(*) FROM segments.member;
RESET ROLE;

-- A refresh runs a segment with its owner's privileges: those of now.  Its last members stay.
REVOKE SELECT (label) ON sources.opened FROM segments_test_analyst;
INSERT INTO sources.opened VALUES ('contact', 'r4', '2026-03-02', 'x', 'z');
SELECT segments.create_segment('everybody', 'all');
CALL segments.refresh();
SELECT name, state, members, last_sqlstate, last_error FROM segments.segment_overview ORDER BY name;
SELECT count(*) FROM segments.member WHERE segment = 'openers';
SELECT segments.run_segment('openers');
\echo :LAST_ERROR_SQLSTATE
GRANT SELECT ON sources.opened TO segments_test_analyst;
CALL segments.refresh();
SELECT name, state, members, last_error FROM segments.segment_overview ORDER BY name;

-- The text of an error may quote a definition: it is for those who may change the segment.
ALTER TABLE sources.opened ALTER COLUMN label TYPE int USING 1;
CALL segments.refresh();
GRANT EXECUTE ON PROCEDURE segments.refresh() TO segments_test_reader, segments_test_analyst;
SET ROLE segments_test_reader;
SELECT state, last_sqlstate, last_error, definition FROM segments.segment_overview WHERE name = 'openers';
SELECT part_name, part_state, part_sqlstate, part_reason FROM segments.refresh_log WHERE is_published AND part_kind = 'segment' ORDER BY 1;
SET ROLE segments_test_analyst;
SELECT state, last_sqlstate, last_error, definition FROM segments.segment_overview WHERE name = 'openers';
SELECT part_name, part_state, part_sqlstate, part_reason FROM segments.refresh_log WHERE is_published AND part_kind = 'segment' ORDER BY 1;
RESET ROLE;
SELECT part_reason FROM segments.refresh_log WHERE is_published AND part_name = 'openers';
REVOKE EXECUTE ON PROCEDURE segments.refresh() FROM segments_test_reader, segments_test_analyst;
ALTER TABLE sources.opened ALTER COLUMN label TYPE text USING 'x';
CALL segments.refresh();

-- Row-level security hides rows that segments count: it needs an acknowledgement.
ALTER TABLE sources.opened ENABLE ROW LEVEL SECURITY;
SELECT segments.segment_count('Opened');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE sources.opened DISABLE ROW LEVEL SECURITY;

-- What a user defines does not run as somebody else: the look-up of names ignores the caller's search_path.
CREATE SCHEMA trap;
CREATE TABLE trap.published (refresh_id bigint);
CREATE FUNCTION trap.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
SET search_path = trap, segments, pg_catalog;
SELECT segments.segment_count('Opened where label = ''X'' ignore case');
RESET search_path;

-- Read-only transactions.
BEGIN READ ONLY;
SELECT segments.segment_count('Opened'), segments.cardinality(segments.segment_eval('all'));
SELECT count(*) FROM segments.segment_explain('Opened and not all');
SELECT count(*) FROM segments.member;
SELECT segments.run_segment('openers');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- A role that was dropped leaves its segments to nobody, and its grants to nobody, whoever has its number or its name next.
CREATE ROLE segments_test_leaver;
CREATE ROLE segments_test_heir;
GRANT USAGE ON SCHEMA sources TO segments_test_leaver;
GRANT SELECT ON sources.opened TO segments_test_leaver;
GRANT EXECUTE ON FUNCTION segments.create_segment(text, segments.definition, boolean, text), segments.set_segment_owner(text, text),
    segments.run_segment(text), segments.grant_members(text, text) TO segments_test_leaver, segments_test_heir;
SET ROLE segments_test_leaver;
SELECT segments.create_segment('left', 'Opened'), segments.create_segment('kept', 'Opened');
SELECT segments.grant_members('left', 'segments_test_reader');
SELECT segments.set_segment_owner('kept', 'segments_test_heir');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT segments.grant_members('everybody', 'segments_test_leaver'), segments.grant_members('everybody', 'segments_test_heir');
SELECT segments.set_segment_owner('kept', 'segments_test_heir');
SELECT segments.set_segment_owner('kept', 'segments_test_nobody');
\echo :LAST_ERROR_SQLSTATE
SELECT name, owner, state FROM segments.segment_overview ORDER BY name;
DROP OWNED BY segments_test_leaver;
DROP ROLE segments_test_leaver;
CREATE ROLE segments_test_leaver;
SET ROLE segments_test_leaver;
SELECT name FROM segments.segment_overview ORDER BY name;
RESET ROLE;
-- The next role with that number: the worst case.
UPDATE segments.segment_owner SET owner = 'segments_test_heir'::regrole WHERE owner_name = 'segments_test_leaver';
UPDATE segments.member_reader SET reader = 'segments_test_group'::regrole WHERE reader_name = 'segments_test_leaver';
SET ROLE segments_test_heir;
SELECT name, owner FROM segments.segment_overview ORDER BY name;
SET ROLE segments_test_group;
SELECT name FROM segments.segment_overview ORDER BY name;
-- Nobody may change it, run it, or have it run; those who could read it go on.
SET ROLE segments_test_reader;
SELECT segment, count(*) FROM segments.member GROUP BY segment ORDER BY 1;
RESET ROLE;
CALL segments.refresh();
SELECT part_state, part_sqlstate, part_reason FROM segments.refresh_log WHERE is_published AND part_name = 'left';
SELECT name, owner, state, members FROM segments.segment_overview ORDER BY name;
SELECT segments.run_segment('left');
SELECT segments.update_segment('left', 'all');
\echo :LAST_ERROR_SQLSTATE
-- The hint.
SELECT segments.set_segment_owner('left', current_user::text), segments.run_segment('left');
SELECT segments.revoke_members('everybody', 'segments_test_leaver');
SELECT segments.revoke_members('everybody', 'segments_test_nobody');
\echo :LAST_ERROR_SQLSTATE
SELECT reader_name FROM segments.member_reader JOIN segments.segment USING (segment_id) WHERE name = 'everybody';
-- A role that was renamed looks like that, too.
ALTER ROLE segments_test_heir RENAME TO segments_test_other_heir;
SELECT name, owner, state FROM segments.segment_overview ORDER BY name;
SELECT segments.set_segment_owner(name, 'segments_test_other_heir') FROM segments.segment_overview WHERE state = 'orphaned';
SELECT name, owner, state FROM segments.segment_overview ORDER BY name;
DROP OWNED BY segments_test_other_heir;
DROP ROLE segments_test_leaver, segments_test_other_heir;
SELECT segments.drop_segment('left'), segments.drop_segment('kept');
SELECT count(*) FROM segments.segment_owner WHERE owner_name LIKE 'segments_test_other_heir';

DROP OWNED BY segments_test_analyst, segments_test_reader, segments_test_group, segments_test_member;
SELECT segments.drop_segment('openers');
DROP ROLE segments_test_analyst, segments_test_reader, segments_test_member, segments_test_group;
SELECT name FROM segments.segment_overview;
