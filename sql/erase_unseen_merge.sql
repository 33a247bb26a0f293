-- Erasing a person with records that the published state still counts to others: the mapping has merged them since.
SET client_min_messages = warning;
CREATE TABLE event (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id') > 0 AS registered;
SELECT segments.register_unification('mapping');
INSERT INTO mapping VALUES ('r1', 'loses its events'), ('r2', 'loses its events'), ('r3', 'erased'), ('r4', 'merged'), ('r5', 'keeps one'), ('r6', 'keeps one');
INSERT INTO event SELECT 'r' || n, now() - interval '1 day' FROM unnest('{1,3,4,5,6}'::int[]) n;
CALL segments.refresh();
SELECT segments.create_segment('any', 'Event');
UPDATE mapping SET profile_id = 'erased' WHERE record_id IN ('r1', 'r4', 'r5');
SELECT profiles, records, interactions FROM segments.erase_profile('erased');

-- Who was merged is the person, too: under no name is anything left, and the history is that of the members.
SELECT * FROM segments.forgotten('erased');
SELECT * FROM segments.forgotten('merged');
SELECT profile_id FROM segments.member EXCEPT SELECT segments.members_at('any', now());
SELECT segments.members_at('any', now()) EXCEPT SELECT profile_id FROM segments.member;
CALL segments.refresh();
SELECT profile_id FROM segments.member ORDER BY 1;
SELECT * FROM segments.members_at('any', now()) ORDER BY 1;
SELECT profile_id, change FROM segments.changes_since('any') ORDER BY run_id, profile_id;
SELECT members, entered, "left", members = (SELECT count(*) FROM segments.members_at('any', at)) AS told FROM segments.size_history ORDER BY run_id;
SELECT * FROM segments.forgotten('merged');
