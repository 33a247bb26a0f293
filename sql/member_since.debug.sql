-- Since when members are members: of their uninterrupted membership, whatever writes members.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE TABLE opened (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 12) i;
INSERT INTO opened SELECT 'r' || i, now() - interval '1 hour' FROM generate_series(1, 6) i;
CALL segments.refresh();

-- Runs are numbered by the instants they were as of.
CREATE TABLE run (run int, as_of timestamptz);
CREATE PROCEDURE note(number int) LANGUAGE sql AS
    $$ INSERT INTO run SELECT number, as_of FROM segments.segment_overview WHERE name = 's' $$;
CREATE VIEW since AS
SELECT record.profile_id, run.run
FROM segments_internal.debug_member_since((SELECT segment_id FROM segments.segment WHERE name = 's')) AS since
JOIN segments.record USING (ordinal) LEFT JOIN run ON run.as_of = since.since
ORDER BY record.profile_id;
SELECT segments.create_segment('s', 'Opened');
CALL note(1);
SELECT * FROM since;

-- Who enters is a member since that run; nobody else changes, and neither an edit nor a run that changes nothing restarts.
INSERT INTO opened VALUES ('r7', now() - interval '1 hour');
CALL segments.refresh();
CALL note(2);
SELECT segments.update_segment('s', 'Opened within last 30 days');
SELECT segments.run_segment('s');
CALL segments.refresh();
SELECT run, count(*), min(profile_id), max(profile_id) FROM since GROUP BY run ORDER BY run;

-- Leaving and coming back restarts.
DELETE FROM opened WHERE record_id = 'r2';
CALL segments.refresh();
CALL note(3);
INSERT INTO opened VALUES ('r2', now() - interval '1 hour');
CALL segments.refresh();
CALL note(4);
SELECT run, count(*), min(profile_id), max(profile_id) FROM since GROUP BY run ORDER BY run;

-- A new definition: who stays a member by it stays one.
INSERT INTO opened SELECT 'r5', now() - interval '1 hour';
CALL segments.refresh();
SELECT segments.update_segment('s', 'Opened at least 2 times or (Opened within last 30 days and not Opened within last 59 minutes)');
SELECT run, count(*) FROM since GROUP BY run ORDER BY run;

-- A record that is unlinked by an erasure: its profile goes by another one, and stays a member since.
INSERT INTO mapping VALUES ('z7', 'p7');
CALL segments.refresh();
SELECT run FROM since WHERE profile_id = 'p7';
UPDATE mapping SET profile_id = 'gone' WHERE record_id = 'r7';
SELECT profiles, records FROM segments.erase_profile('p1');
SELECT run, count(*), min(profile_id), max(profile_id) FROM since GROUP BY run ORDER BY run;

-- A merge: since the earlier of the two; of a merge with no member, since that one; a split: each part as before.
UPDATE mapping SET profile_id = 'p2' WHERE profile_id = 'p3';
UPDATE mapping SET profile_id = 'p9' WHERE profile_id = 'p4';
CALL segments.refresh();
SELECT profile_id, run FROM since WHERE profile_id IN ('p2', 'p3', 'p4', 'p9');
UPDATE mapping SET profile_id = 'part' WHERE record_id = 'r3';
CALL segments.refresh();
SELECT profile_id, run FROM since WHERE profile_id IN ('p2', 'part');

-- Members from before anything was noted: since the last run.
UPDATE segments.membership SET since = NULL;
CALL note(9);
SELECT segments.set_segment_schedule('s', 'manual');
INSERT INTO opened VALUES ('r12', now() - interval '1 hour');
CALL segments.refresh();
SELECT segments.run_segment('s') > 0 AS run;
CALL note(10);
SELECT run, string_agg(profile_id, ' ') FROM since GROUP BY run ORDER BY run;

-- Damaged: an error for who asks, and mended by a run.
UPDATE segments.membership SET since = set_byte(since, 2, get_byte(since, 2) # 1) WHERE to_refresh = 9223372036854775807;
\set VERBOSITY sqlstate
SELECT count(*) FROM since;
\set VERBOSITY default
SELECT segments.run_segment('s') > 0 AS run;
SELECT count(*) > 0 AS mended FROM since;
