-- Who entered and left, and what consumers are told: as plain SQL keeps it beside.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE TABLE opened (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 9) i;
INSERT INTO opened SELECT 'r' || i, now() - interval '1 hour' FROM generate_series(1, 4) i;
CALL segments.refresh();
SELECT segments.create_segment('s', 'Opened');
CREATE VIEW told AS SELECT profile_id, change, other_profile_id, dense_rank() OVER (ORDER BY run_id) AS run
FROM segments.membership_change WHERE segment = 's' ORDER BY run_id, change, profile_id;
SELECT * FROM told;

-- Entering and leaving; a run that changes nothing leaves nothing.
INSERT INTO opened VALUES ('r5', now() - interval '1 hour');
DELETE FROM opened WHERE record_id = 'r1';
CALL segments.refresh();
CALL segments.refresh();
SELECT segments.run_segment('s');
SELECT * FROM told WHERE run > 1;

-- A merge into a member, one into none, a split, a new name, and a profile that is gone.
UPDATE mapping SET profile_id = 'p3' WHERE profile_id = 'p2';
UPDATE mapping SET profile_id = 'p9' WHERE profile_id = 'p4';
UPDATE mapping SET profile_id = 'new' WHERE profile_id = 'p5';
INSERT INTO opened VALUES ('r6', now() - interval '1 hour'), ('r7', now() - interval '1 hour');
INSERT INTO mapping VALUES ('second', 'p6');
INSERT INTO opened VALUES ('second', now() - interval '1 hour');
CALL segments.refresh();
SELECT * FROM told WHERE run > 2;
UPDATE mapping SET profile_id = 'part' WHERE record_id = 'second';
DELETE FROM mapping WHERE profile_id = 'p7';
CALL segments.refresh();
SELECT * FROM told WHERE run > 3;
SELECT profile_id FROM segments.member WHERE segment = 's' ORDER BY profile_id;
SELECT row_number() OVER (ORDER BY run_id) AS run, members, entered, "left", merged, split FROM segments.size_history WHERE segment = 's' ORDER BY run_id;
-- A split of a segment that is not evaluated, and then is: whoever is no member by the definition leaves.
SELECT segments.set_segment_schedule('s', 'manual');
INSERT INTO mapping VALUES ('third', 'p6');
CALL segments.refresh();
UPDATE mapping SET profile_id = 'without' WHERE record_id = 'third';
CALL segments.refresh();
SELECT * FROM told WHERE run > 4;
SELECT segments.run_segment('s');
SELECT * FROM told WHERE run > 5;
SELECT segments.set_segment_schedule('s', NULL);

-- Members at a time.
SELECT members, (SELECT count(*) FROM segments.members_at('s', size.at)) AS members_at
FROM segments.size_history size WHERE segment = 's' ORDER BY run_id;
SELECT count(*) FROM segments.members_at('s', '2000-01-01');

-- The law: applying what changes_since() tells, a few rows at a time, gives the members; at every cursor behind a run, those of then.
CREATE TABLE consumer (profile_id text PRIMARY KEY);
CREATE TABLE place (cursor text);
INSERT INTO place VALUES (NULL);
CREATE TABLE past (run_id bigint, profile_id text);
CREATE FUNCTION apply(profile_id text, change text, other_profile_id text) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
    IF change IN ('entered', 'split') THEN
        INSERT INTO consumer VALUES (profile_id);  -- fails if it is told twice
    ELSE
        DELETE FROM consumer c WHERE c.profile_id = profile_id;
        IF NOT found THEN RAISE 'was told that % % who was no member', profile_id, change; END IF;
        IF change = 'merged' THEN INSERT INTO consumer VALUES (other_profile_id) ON CONFLICT DO NOTHING; END IF;
    END IF;
END $$;
CREATE PROCEDURE follow(most int) LANGUAGE plpgsql AS $$
DECLARE
    told record;
    rows int;
    seen_run bigint;
BEGIN
    LOOP
        rows := 0;
        FOR told IN SELECT * FROM segments.changes_since('s', (SELECT cursor FROM place), most) LOOP
            PERFORM apply(told.profile_id, told.change, told.other_profile_id);
            UPDATE place SET cursor = told.next_cursor;
            rows := rows + 1;
        END LOOP;
        EXIT WHEN rows < most;
    END LOOP;
    IF EXISTS (SELECT FROM consumer FULL JOIN (SELECT profile_id FROM segments.member WHERE segment = 's') m USING (profile_id)
               WHERE consumer IS NULL OR m IS NULL) THEN
        RAISE 'the consumer has other members than the segment';
    END IF;
    SELECT c.run_id INTO seen_run FROM segments.changed_segment c WHERE segment = 's';
    IF NOT EXISTS (SELECT FROM past WHERE run_id = seen_run) THEN INSERT INTO past SELECT seen_run, profile_id FROM consumer; END IF;
END $$;
CREATE PROCEDURE shuffle() LANGUAGE sql AS $$
    UPDATE mapping SET profile_id = 'p' || floor(random() * 60)::int WHERE random() < 0.08;
    UPDATE mapping SET profile_id = 'n' || floor(random() * 1000)::int WHERE random() < 0.04;
    DELETE FROM mapping WHERE random() < 0.03;
    INSERT INTO mapping SELECT 'r' || i, 'p' || floor(random() * 60)::int FROM generate_series(1, 80) i WHERE random() < 0.1 ON CONFLICT DO NOTHING;
    DELETE FROM opened WHERE random() < 0.1;
    INSERT INTO opened SELECT 'r' || ceil(random() * 80)::int, now() - interval '1 hour' FROM generate_series(1, 5);
$$;
CALL follow(1);
CALL follow(3);
SELECT count(*) > 0 AS followed FROM consumer;
SELECT setseed(0.7);
\pset format unaligned
\pset tuples_only on
SELECT statement FROM generate_series(1, 25) AS round, (VALUES (1, 'CALL shuffle()'), (2, 'CALL segments.refresh()'), (3, 'CALL follow(%s)')) AS s (part, text),
    LATERAL (SELECT format(text, round % 5 + 1) AS statement) AS f ORDER BY round, part
\gexec
-- While the segment is not evaluated, merges and splits are told all the same.
SELECT segments.set_segment_schedule('s', 'manual');
SELECT statement FROM generate_series(1, 12) AS round, (VALUES (1, 'CALL shuffle()'), (2, 'CALL segments.refresh()'), (3, 'CALL follow(%s)')) AS s (part, text),
    LATERAL (SELECT format(text, round % 5 + 1) AS statement) AS f ORDER BY round, part
\gexec
\pset tuples_only off
\pset format aligned
SELECT segments.run_segment('s') > 0 AS run;
CALL follow(100);
SELECT count(DISTINCT change) AS changes, count(*) > 200 AS many FROM segments.membership_change WHERE segment = 's';
-- From nothing once more, and at every run what it was; and the sizes.
TRUNCATE consumer;
UPDATE place SET cursor = NULL;
CALL follow(2);
SELECT count(*) FROM (
    SELECT run_id, profile_id FROM past
    EXCEPT SELECT size.run_id, at.profile_id FROM segments.size_history size, segments.members_at('s', size.at) AS at (profile_id) WHERE segment = 's') AS missing;
SELECT count(*) FROM (
    SELECT size.run_id, at.profile_id FROM segments.size_history size, segments.members_at('s', size.at) AS at (profile_id)
    WHERE segment = 's' AND size.run_id IN (SELECT run_id FROM past) EXCEPT SELECT run_id, profile_id FROM past) AS added;
SELECT count(*) > 30 AS runs, count(*) FILTER (WHERE members <> (SELECT count(*) FROM segments.members_at('s', size.at))) AS differences,
       count(*) FILTER (WHERE members <> coalesce(before, 0) + entered + split - "left" - merged) AS sums
FROM (SELECT *, lag(members) OVER (ORDER BY run_id) AS before FROM segments.size_history WHERE segment = 's') size;

-- Many at once, and a profile, a segment, a span of time by their indexes.
INSERT INTO mapping SELECT 'm' || i, 'm' || i FROM generate_series(1, 3000) i;
INSERT INTO opened SELECT 'm' || i, now() - interval '1 hour' FROM generate_series(1, 3000) i;
SELECT segments.set_segment_schedule('s', NULL);
CALL segments.refresh();
CALL follow(700);
SELECT change, other_profile_id FROM segments.membership_change WHERE segment = 's' AND profile_id = 'm77';
DELETE FROM opened WHERE record_id LIKE 'm%5';
CALL segments.refresh();
CALL follow(700);
SELECT change, count(*) FROM segments.membership_change WHERE segment = 's' AND profile_id LIKE 'm%' GROUP BY change ORDER BY change;
SELECT change FROM segments.membership_change WHERE profile_id = 'm75' ORDER BY run_id;
SELECT count(*) FROM segments.membership_change WHERE segment = 's' AND at = (SELECT max(at) FROM segments.membership_change);
ANALYZE;
CREATE FUNCTION scanned(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
        IF line ~ 'Seq Scan on (history_profile|membership_history)' THEN RETURN NEXT btrim(line); END IF;
    END LOOP;
END $$;
SET enable_seqscan = off;
SELECT * FROM scanned($$ SELECT * FROM segments.membership_change WHERE profile_id = 'm75' $$);
SELECT * FROM scanned($$ SELECT * FROM segments.membership_change WHERE segment = 's' AND at > now() - interval '1 hour' $$);
RESET enable_seqscan;

-- What cannot be followed.
\set VERBOSITY sqlstate
SELECT * FROM segments.changes_since('s', 'x');
SELECT * FROM segments.changes_since('s', '1-2-3');
SELECT * FROM segments.changes_since('s', (SELECT cursor FROM place) || '0');
SELECT segments.create_segment('t', 'Opened') > 0 AS run;
SELECT * FROM segments.changes_since('t', (SELECT cursor FROM place));
SELECT * FROM segments.changes_since('none');
SELECT * FROM segments.changes_since(NULL);
SELECT * FROM segments.changes_since('s', NULL, -1);
SELECT * FROM segments.members_at('none', now());
SELECT * FROM segments.members_at('s', NULL);
\set VERBOSITY default
BEGIN;
UPDATE segments.history_origin SET origin = origin + 1;
SELECT * FROM segments.changes_since('s', (SELECT cursor FROM place));
ROLLBACK;

-- As members are granted.
CREATE ROLE regress_history_reader;
CREATE ROLE regress_history_stranger;
SELECT segments.grant_members('s', 'regress_history_reader');
SET ROLE regress_history_reader;
SELECT count(*) > 0 AS changes FROM segments.membership_change WHERE segment = 's';
SELECT count(*) FROM segments.membership_change WHERE segment = 't';
SELECT count(*) > 0 AS sizes FROM segments.size_history;
SELECT segment FROM segments.changed_segment;
SELECT count(*) > 0 AS told FROM segments.changes_since('s');
SELECT count(*) > 0 AS members FROM segments.members_at('s', now());
SELECT * FROM segments.changes_since('t');
SET ROLE regress_history_stranger;
SELECT count(*) FROM segments.membership_change;
SELECT count(*) FROM segments.size_history;
SELECT count(*) FROM segments.changed_segment;
SELECT count(*) FROM segments_internal.size_history(1);
SELECT * FROM segments.changes_since('s');
SELECT * FROM segments.members_at('s', now());
SELECT * FROM segments.membership_history;
RESET ROLE;
DROP ROLE regress_history_reader, regress_history_stranger;

-- An erased person is in no past: sizes shrink and stay what members_at() tells.
CALL follow(100);
CREATE TABLE sizes AS SELECT run_id, members FROM segments.size_history WHERE segment = 's';
SELECT profiles FROM segments.erase_profile('m75');
SELECT profiles FROM segments.erase_profile('m76');
SELECT count(*) FROM segments.membership_change WHERE profile_id IN ('m75', 'm76');
SELECT place FROM segments.forgotten('m75');
SELECT count(*) FROM segments.changes_since('s') WHERE profile_id IN ('m75', 'm76') OR other_profile_id IN ('m75', 'm76');
SELECT sizes.members - now.members AS fewer, count(*) > 0 AS runs FROM sizes JOIN segments.size_history now USING (run_id) WHERE segment = 's'
GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM segments.size_history size
WHERE segment = 's' AND members <> (SELECT count(*) FROM segments.members_at('s', size.at));
SELECT count(*) FROM segments.changes_since('s', (SELECT cursor FROM place));

-- Retention: what is older becomes members that were there; cursors from before are told so.
CREATE TABLE old AS SELECT cursor FROM place;
SELECT next_cursor AS early FROM segments.changes_since('s', NULL, 3) OFFSET 2 \gset
SELECT count(*) AS members FROM segments.member WHERE segment = 's' \gset
INSERT INTO opened VALUES ('m15', now() - interval '1 hour');
CREATE TABLE since AS SELECT profile_id, since FROM segments.member WHERE segment = 's';
SET segments.history_retention = 0;
CALL segments.refresh();
RESET segments.history_retention;
-- Since when they are members stands with the members.
SELECT count(*) > 1000 AS many, (SELECT count(*) FROM (TABLE since EXCEPT SELECT profile_id, since FROM segments.member WHERE segment = 's') o) AS others,
    (SELECT array_agg(profile_id) FROM (SELECT profile_id, since FROM segments.member WHERE segment = 's' EXCEPT TABLE since) n) AS new FROM since;
SELECT count(*), bool_and(is_base) FROM segments.membership_run WHERE segment_id = (SELECT segment_id FROM segments.segment WHERE name = 's');
SELECT entered, "left", members - :members AS grown FROM segments.size_history WHERE segment = 's';
SELECT * FROM segments.changes_since('s', :'early');
SELECT profile_id, change FROM segments.changes_since('s', (SELECT cursor FROM old));
SELECT * FROM segments.members_at('s', '2000-01-01');
TRUNCATE consumer;
UPDATE place SET cursor = NULL;
CALL follow(50);
INSERT INTO opened VALUES ('m25', now() - interval '1 hour');
CALL segments.refresh();
CALL follow(50);
SELECT change, profile_id FROM told;

-- Damaged history is named, and stops no run.
UPDATE segments.membership_history SET numbers = numbers || 1 WHERE numbers IS NOT NULL;
\set VERBOSITY sqlstate
SELECT * FROM segments.members_at('s', now());
\set VERBOSITY default
INSERT INTO opened VALUES ('m35', now() - interval '1 hour');
CALL segments.refresh();
SELECT state FROM segments.segment_overview WHERE name = 's';

-- A segment that is dropped takes its history along.
SELECT segments.drop_segment('s'), segments.drop_segment('t');
SELECT count(*) FROM segments.membership_history;
SELECT count(*) FROM segments.membership_run;
