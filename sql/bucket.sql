-- Buckets and samples: a published function of the profile's id, and what definitions ask of it, against plain SQL.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
-- Fixed for good: whoever is in a control group stays in it.
SELECT segments.bucket('p1', 100), segments.bucket('p1', 100, 'holdout-2026'), segments.bucket('42', 2), segments.bucket('Zoë', 1000000, 'x'),
       segments.bucket('person@example.com', 997, repeat('s', 60)), segments.bucket('', 7), segments.bucket('any', 1);
SELECT provolatile, proparallel, proisstrict FROM pg_proc WHERE oid = 'segments.bucket(text, int, text)'::regprocedure;
SELECT segments.bucket(NULL, 10) IS NULL AND segments.bucket('p1', NULL) IS NULL AND segments.bucket('p1', 10, NULL) IS NULL AS strict;
-- As anybody can compute it: ids and salts of all lengths, characters of many bytes.
SELECT count(*) AS computed, count(*) FILTER (WHERE segments.bucket(id, n, salt) <> ('x' || left(md5(salt || ':' || id), 15))::bit(60)::bigint % n) AS differing
FROM generate_series(0, 200) length, LATERAL (SELECT repeat('äb€', length) AS long) l, LATERAL (VALUES (left(long, length)), (length::text), (gen_random_uuid()::text)) ids (id),
     (VALUES (''), ('s'), ('holdout-2026'), (repeat('x', 47)), (repeat('ö', 300))) salts (salt), (VALUES (1), (2), (100), (10000), (999983), (1000000)) ns (n);
SELECT segments.bucket('p1', 0);
SELECT segments.bucket('p1', -1);
SELECT segments.bucket('p1', 1000001);
\echo :LAST_ERROR_SQLSTATE

CREATE TABLE visit (record_id int, at timestamptz);
CREATE TABLE mapping (record_id int PRIMARY KEY, profile_id uuid);
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
SELECT segments.segment_count('bucket 0 of 1');
-- Profiles of one to three records, and records of nobody.
INSERT INTO mapping SELECT i, md5((i % 9000)::text)::uuid FROM generate_series(1, 20000) i;
INSERT INTO visit SELECT i, '2026-03-01' FROM generate_series(1, 21000, 3) i;
CALL segments.refresh();

CREATE TABLE defined (definition text, condition text);
INSERT INTO defined VALUES
    ('bucket 0 of 2', 'segments.bucket(id, 2) = 0'),
    ('bucket 0 to 9 of 100 with salt ''holdout-2026''', 'segments.bucket(id, 100, ''holdout-2026'') BETWEEN 0 AND 9'),
    ('bucket 10 to 99 of 100 with salt ''holdout-2026''', 'segments.bucket(id, 100, ''holdout-2026'') BETWEEN 10 AND 99'),
    ('not bucket 10 to 99 of 100 with salt ''holdout-2026''', 'segments.bucket(id, 100, ''holdout-2026'') < 10'),
    ('sample 2.5 %', 'segments.bucket(id, 10000) < 250'),
    ('sample .01%', 'segments.bucket(id, 10000) < 1'),
    ('sample 100 %', 'true'),
    ('bucket 0 of 1', 'true'),
    ('bucket 0 to 499999 of 1000000 with salt ''it''''s''', 'segments.bucket(id, 1000000, ''it''''s'') < 500000'),
    ('Visit and sample 50 % with salt ''a'' and not bucket 3 of 7', 'segments.bucket(id, 10000, ''a'') < 5000 AND segments.bucket(id, 7) <> 3 AND visits'),
    ('bucket 1 of 3 or Visit never', 'segments.bucket(id, 3) = 1 OR NOT visits'),
    ('Visit except (bucket 1 of 3 or bucket 2 of 3)', 'segments.bucket(id, 3) = 0 AND visits'),
    ('bucket 1 of 3 and bucket 1 of 3', 'segments.bucket(id, 3) = 1');
-- How many each has, and how many of them differ from what plain SQL says.
CREATE FUNCTION compared() RETURNS TABLE (definition text, profiles bigint, differing bigint) LANGUAGE plpgsql AS $$
DECLARE each record;
BEGIN
    FOR each IN SELECT * FROM defined d LOOP
        definition := each.definition;
        EXECUTE format('CREATE TEMP TABLE ours AS SELECT segments.profiles(segments.segment_eval(%L)) AS id', each.definition);
        EXECUTE format('CREATE TEMP TABLE truth AS SELECT id FROM (SELECT profile_id::text AS id, bool_or(EXISTS (SELECT FROM visit v WHERE v.record_id = m.record_id)) AS visits FROM mapping m GROUP BY 1) p WHERE %s', each.condition);
        SELECT count(*), count(*) FILTER (WHERE ours.id IS NULL OR truth.id IS NULL) INTO profiles, differing FROM ours FULL JOIN truth USING (id);
        DROP TABLE ours, truth;
        RETURN NEXT;
    END LOOP;
END $$;
SELECT * FROM compared();
-- Through updates of the mapping, and in the transaction that writes: who is merged has the bucket of the id they have now.
UPDATE mapping SET profile_id = md5('merged')::uuid WHERE record_id % 100 = 0;
UPDATE mapping SET profile_id = md5(profile_id::text)::uuid WHERE record_id % 7 = 0;
DELETE FROM mapping WHERE record_id % 11 = 0;
INSERT INTO mapping SELECT i, md5(i::text)::uuid FROM generate_series(20001, 40000) i;
CALL segments.refresh();
SELECT * FROM compared() WHERE differing > 0;
SELECT profiles FROM compared() WHERE definition = 'bucket 0 of 1';
BEGIN;
SELECT count(*) > 0 AS erased FROM segments.erase_profiles(ARRAY(SELECT profile_id::text FROM mapping WHERE segments.bucket(profile_id::text, 2) = 0 ORDER BY 1 LIMIT 50));
SELECT * FROM compared() WHERE differing > 0;
SELECT profiles FROM compared() WHERE definition = 'bucket 0 of 1';
ROLLBACK;
SELECT * FROM compared() WHERE differing > 0;
SELECT profiles FROM compared() WHERE definition = 'bucket 0 of 1';
SELECT segments.create_segment('control', 'bucket 0 to 9 of 100 with salt ''holdout-2026'''), segments.create_segment('treated', 'Visit and not segment ''control''');
SELECT count(*) AS control, count(*) FILTER (WHERE segments.bucket(profile_id, 100, 'holdout-2026') > 9) AS differing FROM segments.member WHERE segment = 'control';
-- Runs of refreshes, for persons who come, have other ids, and are erased.
UPDATE mapping SET profile_id = md5('later' || record_id)::uuid WHERE record_id % 13 = 0;
CALL segments.refresh();
SELECT count(*) > 0 FROM segments.erase_profiles(ARRAY(SELECT profile_id FROM segments.member WHERE segment = 'control' ORDER BY profile_id LIMIT 50));
SELECT count(*) AS differing FROM (SELECT profile_id FROM segments.member WHERE segment = 'control') ours
    FULL JOIN (SELECT DISTINCT profile_id::text FROM mapping WHERE segments.bucket(profile_id::text, 100, 'holdout-2026') < 10) truth USING (profile_id)
    WHERE ours.profile_id IS NULL OR truth.profile_id IS NULL;
SELECT * FROM compared() WHERE differing > 0;
CALL segments.refresh();
SELECT * FROM compared() WHERE differing > 0;

-- What it is told as.
SELECT definition::segments.definition AS canonical, segments.definition_json(definition::segments.definition) AS json,
       segments.definition_from_json(segments.definition_json(definition::segments.definition))::text = definition::segments.definition::text AS survives
FROM (VALUES ('BUCKET 3 TO 3 OF 10'), ('sample 2.5%'), ('bucket 0 to 9 of 100 with salt ''x'''), ('Visit and not sample 5 % with salt ''it''''s''')) d (definition);
SELECT segments.definition_text('segment ''treated''', expand => true);
SELECT node, parent, text, members = (SELECT count(DISTINCT profile_id) FROM mapping WHERE segments.bucket(profile_id::text, 100, 'holdout-2026') < 10) AS as_counted, note
    FROM segments.segment_explain('Visit or bucket 0 to 9 of 100 with salt ''holdout-2026''') WHERE text LIKE 'bucket%';
SELECT text, verdict, interactions, changes_at, note = 'in bucket ' || segments.bucket(p, 100, 'holdout-2026') || ' of 100' AS told
    FROM (SELECT min(profile_id::text) AS p FROM mapping WHERE segments.bucket(profile_id::text, 100, 'holdout-2026') > 9) one, segments.explain_member('control', p);
SELECT position, severity, message, hint FROM segments.check_definition('Visit and bucket 100 of 100');
SELECT position, severity, message, hint FROM segments.check_definition('sample 2.505 % and Vist');
SELECT position, severity, message, hint FROM segments.check_definition('bucket 1 of 2 with salt ''''');
SELECT position, severity, message, hint FROM segments.check_definition('Visit and (bucket 1 of 2 or sample 3 %)');
SELECT offer FROM segments.complete_definition('Visit and bucket 0 ');
SELECT offer FROM segments.complete_definition('sample 5 % ') WHERE offer LIKE 'with%';
SELECT segments.segment_count('bucket 9 to 0 of 100');
SELECT segments.segment_count('sample 101 %');
SELECT segments.segment_count('bucket 0 of 0');
SELECT segments.definition_from_json('{"bucket": [0, 10], "of": 10}');
-- It tells of ids: who may not read them may refer to a segment instead.
CREATE ROLE segments_test_bucket;
GRANT USAGE ON SCHEMA segments TO segments_test_bucket;
GRANT SELECT ON visit TO segments_test_bucket;
SELECT segments.grant_members('control', 'segments_test_bucket');
SET ROLE segments_test_bucket;
SELECT segments.segment_count('Visit and bucket 0 of 10');
SELECT segments.segment_count('Visit and segment ''control''') > 0 AS through_a_segment;
RESET ROLE;
GRANT SELECT (profile_id) ON mapping TO segments_test_bucket;
SET ROLE segments_test_bucket;
SELECT segments.segment_count('bucket 0 of 10') > 0 AS granted;
RESET ROLE;
DROP OWNED BY segments_test_bucket;
DROP ROLE segments_test_bucket;
