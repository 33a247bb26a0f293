-- Numbers that the history knows profiles by: one profile that has two of them stays one person, and numbers that nothing names go.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE TABLE opened (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 3000) i;
INSERT INTO mapping VALUES ('second', 'p6');
INSERT INTO opened SELECT 'r' || i, now() - interval '1 hour' FROM generate_series(1, 2000) i;
INSERT INTO opened VALUES ('second', now() - interval '1 hour');
SELECT setval('segments.history_profile_number_seq', 100000) > 0 AS set;
CALL segments.refresh();
SELECT segments.create_segment('s', 'Opened');

-- Each has got another one in the meantime, as from a transaction that could not see the first.
INSERT INTO segments.history_profile (number, profile_id) SELECT number - 100000, profile_id FROM segments.history_profile;
CREATE FUNCTION law(OUT more bigint, OUT less bigint, OUT sizes bigint) LANGUAGE plpgsql AS $$
DECLARE
    told record;
    known text[] := '{}';
BEGIN
    FOR told IN SELECT * FROM segments.changes_since('s') LOOP
        IF told.change IN ('entered', 'split') THEN
            IF told.profile_id = ANY (known) THEN RAISE '% entered twice', told.profile_id; END IF;
            known := known || told.profile_id;
        ELSE
            IF told.profile_id <> ALL (known) THEN RAISE '% % who was no member', told.profile_id, told.change; END IF;
            known := array_remove(known, told.profile_id);
        END IF;
        IF told.change = 'merged' AND told.other_profile_id <> ALL (known) THEN known := known || told.other_profile_id; END IF;
    END LOOP;
    more := (SELECT count(*) FROM (SELECT unnest(known) EXCEPT SELECT profile_id FROM segments.member WHERE segment = 's') a);
    less := (SELECT count(*) FROM (SELECT profile_id FROM segments.member WHERE segment = 's' EXCEPT SELECT unnest(known)) a);
    sizes := (SELECT members FROM segments.size_history WHERE segment = 's' ORDER BY run_id DESC LIMIT 1) - cardinality(known);
END $$;
SELECT * FROM law();
-- They leave, merge into a member and into none, are renamed, split, and come back.
DELETE FROM opened WHERE record_id IN ('r1', 'r7', 'r8');
UPDATE mapping SET profile_id = 'p3' WHERE record_id = 'r2';
UPDATE mapping SET profile_id = 'p2500' WHERE record_id = 'r4';
UPDATE mapping SET profile_id = 'new' WHERE record_id = 'r5';
UPDATE mapping SET profile_id = 'part' WHERE record_id = 'second';
CALL segments.refresh();
SELECT * FROM law();
SELECT profile_id, array_agg(change ORDER BY run_id) AS changes FROM segments.membership_change
WHERE profile_id IN ('p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'part', 'new', 'p2500') GROUP BY profile_id ORDER BY profile_id;
INSERT INTO opened VALUES ('r7', now() - interval '1 hour'), ('r2999', now() - interval '1 hour');
UPDATE mapping SET profile_id = 'p6' WHERE record_id = 'second';
CALL segments.refresh();
SELECT * FROM law();
DELETE FROM opened WHERE record_id IN ('r7', 'r2999');
DELETE FROM opened WHERE record_id IN (SELECT 'r' || i FROM generate_series(1000, 1900) i);
UPDATE mapping SET profile_id = 'new' WHERE record_id = 'r3';
CALL segments.refresh();
SELECT * FROM law();
SELECT profile_id, array_agg(change ORDER BY run_id) AS changes FROM segments.membership_change
WHERE profile_id IN ('p2', 'p3', 'p6', 'p7', 'part', 'new', 'p1000', 'p2999') GROUP BY profile_id ORDER BY profile_id;
SELECT count(*) FROM segments.membership_change WHERE profile_id = 'p1001' GROUP BY run_id HAVING count(*) > 1;

-- An erasure takes both.
SELECT profiles FROM segments.erase_profile('p1500');
SELECT count(*) FROM segments.history_profile WHERE profile_id = 'p1500';
SELECT place FROM segments.forgotten('p1500');
SELECT * FROM law();

-- Once their past is not kept any more, numbers go that no history names; the members stay who they are.
SELECT count(*) > 4000 AS before FROM segments.history_profile;
INSERT INTO opened VALUES ('r1', now() - interval '1 hour');
SET segments.history_retention = 0;
CALL segments.refresh();
SELECT count(*) - (SELECT count(*) FROM segments.member) AS unused FROM segments.history_profile;
SELECT * FROM law();
-- Not sooner.
SELECT segments.create_segment('t', 'Opened never', false);
CALL segments.refresh();
RESET segments.history_retention;
SELECT segments.drop_segment('t');
SELECT count(*) > 500 AS kept FROM segments.history_profile WHERE profile_id NOT IN (SELECT profile_id FROM segments.member);
-- History that is damaged is not cut, nor are its numbers taken away; the refresh goes on.
UPDATE segments.membership_history SET checksum = checksum + 1;
INSERT INTO opened VALUES ('r8', now() - interval '1 hour');
SET client_min_messages = error;
SET segments.history_retention = 0;
CALL segments.refresh();
SELECT count(*) > 500 AS kept FROM segments.history_profile WHERE profile_id NOT IN (SELECT profile_id FROM segments.member);
SELECT segments.members('s') IS NOT NULL AS members;

-- So many that their numbers are read at once: some have two, some ids are long, some have none yet.
RESET segments.history_retention;
RESET client_min_messages;
SELECT segments.drop_segment('s');
INSERT INTO mapping SELECT 'm' || i, CASE WHEN i % 300 = 0 THEN repeat(md5(i::text), 60) ELSE 'q' || i END FROM generate_series(1, 30000) i;
INSERT INTO opened SELECT 'm' || i, CASE WHEN i % 2 = 0 THEN '2026-01-01' ELSE '2026-02-01' END::timestamptz FROM generate_series(1, 30000) i;
CALL segments.refresh();
SELECT segments.create_segment('even', 'Opened on ''2026-01-01''');
INSERT INTO segments.history_profile (number, profile_id)
SELECT known.number - 60000, known.profile_id FROM segments.history_profile known JOIN mapping USING (profile_id) WHERE record_id LIKE 'm%0';
CREATE TABLE numbered AS SELECT number FROM segments.history_profile;
SELECT segments.create_segment('all', 'Opened on ''2026-01-01'' or Opened on ''2026-02-01''');
SELECT count(*) AS given, count(DISTINCT profile_id) AS profiles, count(*) FILTER (WHERE EXISTS (SELECT FROM segments.history_profile other
    WHERE other.profile_id = known.profile_id AND other.number <> known.number)) AS again
FROM segments.history_profile known WHERE number NOT IN (SELECT number FROM numbered);
CREATE FUNCTION astray(segment text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (SELECT profile_id, sum(CASE change WHEN 'entered' THEN 1 WHEN 'left' THEN -1 END) AS is_member, count(*) FILTER (WHERE change = 'entered') AS entered
                          FROM segments.changes_since(segment) GROUP BY profile_id) told
    FULL JOIN (SELECT profile_id FROM segments.member WHERE member.segment = astray.segment) member USING (profile_id)
    WHERE coalesce(told.is_member, 0) <> CASE WHEN member.profile_id IS NULL THEN 0 ELSE 1 END OR told.entered > 1
$$;
SELECT name, members, astray(name) FROM segments.segment_overview WHERE name IN ('even', 'all') ORDER BY name;
DELETE FROM opened WHERE record_id LIKE 'm%' AND substr(record_id, 2)::int % 3 = 0;
CALL segments.refresh();
SELECT name, members, astray(name) FROM segments.segment_overview WHERE name IN ('even', 'all') ORDER BY name;
