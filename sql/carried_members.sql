-- Members of a segment that a refresh does not evaluate: the same profiles as before, wherever the refresh has put them.  Whoever is
-- part of another profile now makes that one a member; and so is a new profile that a member was split into.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');

-- Three records a profile; every seventh profile has opened.
INSERT INTO mapping SELECT 'r' || i, 'p' || i / 3 FROM generate_series(0, 599) i;
INSERT INTO opened SELECT 'r' || i * 21, now() - interval '3 days', 'x' FROM generate_series(0, 28) i;
CALL segments.refresh();
SELECT segments.create_segment('by hand', 'Opened'), segments.create_segment('fails later', 'Opened where label = ''x''');
SELECT segments.set_segment_schedule('by hand', 'manual');
CREATE TABLE expected AS SELECT profile_id FROM segments.member WHERE segment = 'by hand';
CREATE FUNCTION differences(segment_name text) RETURNS TABLE (members bigint, counted bigint, expected bigint, differences bigint)
LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM segments.member WHERE segment = segment_name),
           (SELECT o.members FROM segments.segment_overview o WHERE name = segment_name),
           (SELECT count(*) FROM expected WHERE profile_id IN (SELECT profile_id FROM mapping)),
           (SELECT count(*) FROM (SELECT profile_id FROM segments.member WHERE segment = segment_name) member
            FULL JOIN (SELECT profile_id FROM expected WHERE profile_id IN (SELECT profile_id FROM mapping)) expected USING (profile_id)
            WHERE member IS NULL OR expected IS NULL)
$$;
SELECT * FROM differences('by hand');
-- What the next refresh makes of them: segments.record still tells how it was.
CREATE PROCEDURE follow_mapping() LANGUAGE sql AS $$
    WITH heir AS (
        SELECT DISTINCT ON (record.profile_id) mapping.profile_id FROM segments.record JOIN expected USING (profile_id) JOIN mapping USING (record_id)
        WHERE record.profile_id NOT IN (SELECT profile_id FROM mapping) ORDER BY record.profile_id, record.ordinal),
    part AS (
        SELECT mapping.profile_id FROM segments.record JOIN expected USING (profile_id) JOIN mapping USING (record_id)
        WHERE NOT EXISTS (SELECT FROM segments.record old WHERE old.profile_id = mapping.profile_id))
    INSERT INTO expected (SELECT profile_id FROM heir UNION SELECT profile_id FROM part) EXCEPT SELECT profile_id FROM expected;
    DELETE FROM expected WHERE profile_id NOT IN (SELECT profile_id FROM mapping);
$$;

-- The first record of a member goes to a profile that is none, and the other way round; a member is split, merged, dissolved.
UPDATE mapping SET profile_id = 'p1' WHERE record_id = 'r0';
UPDATE mapping SET profile_id = 'p7' WHERE record_id = 'r3';
UPDATE mapping SET profile_id = 'new' WHERE record_id = 'r42';
UPDATE mapping SET profile_id = 'p20' WHERE profile_id = 'p21';
UPDATE mapping SET profile_id = 'p35' WHERE profile_id = 'p28';
DELETE FROM mapping WHERE profile_id = 'p42';
UPDATE mapping SET profile_id = 'p50' WHERE profile_id = 'p49';
CALL follow_mapping();
CALL segments.refresh();
SELECT * FROM differences('by hand');
SELECT profile_id FROM segments.member WHERE segment = 'by hand' AND profile_id IN ('p0', 'p1', 'p7', 'p14', 'p20', 'p35', 'p42', 'p50', 'new') ORDER BY 1;

-- A profile that is gone stays gone, even if its name comes back.
DELETE FROM expected WHERE profile_id NOT IN (SELECT profile_id FROM mapping);
INSERT INTO mapping VALUES ('back', 'p42');
CALL segments.refresh();
DELETE FROM expected WHERE profile_id = 'p42';
SELECT * FROM differences('by hand');

-- So it is when a segment cannot be evaluated.
ALTER TABLE opened DROP COLUMN label;
UPDATE segments.segment SET definition = 'Opened where label = ''x''' WHERE name = 'fails later';
SELECT segments.run_segment('by hand');
DELETE FROM expected;
INSERT INTO expected SELECT profile_id FROM segments.member WHERE segment = 'fails later';
UPDATE mapping SET profile_id = 'p' || (substring(profile_id FROM '\d+')::int + 1) WHERE record_id LIKE '%1' AND profile_id LIKE 'p%';
CALL follow_mapping();
CALL segments.refresh();
SELECT last_sqlstate FROM segments.segment_overview WHERE name = 'fails later';
SELECT * FROM differences('fails later');

-- Any change of the mapping, again and again.
SELECT segments.drop_segment('fails later');
SELECT segments.run_segment('by hand') > 0 AS run;
DELETE FROM expected;
INSERT INTO expected SELECT profile_id FROM segments.member WHERE segment = 'by hand';
SELECT setseed(0.42);
CREATE PROCEDURE shuffle() LANGUAGE sql AS $$
    UPDATE mapping SET profile_id = 'p' || floor(random() * 250)::int WHERE random() < 0.1;
    DELETE FROM mapping WHERE random() < 0.02;
    CALL follow_mapping();
$$;
CALL shuffle();
CALL segments.refresh();
SELECT differences FROM differences('by hand');
CALL shuffle();
CALL segments.refresh();
SELECT differences FROM differences('by hand');
CALL shuffle();
CALL segments.refresh();
SELECT differences FROM differences('by hand');

-- Over the borders of tiles.
INSERT INTO mapping SELECT 'far' || i, 'far' || i FROM generate_series(1, 140000) i;
INSERT INTO opened SELECT 'far' || i * 1000, now() - interval '3 days' FROM generate_series(1, 140) i;
CALL segments.refresh();
SELECT count(*) AS tiles FROM segments.tile WHERE to_refresh = 9223372036854775807;
SELECT segments.run_segment('by hand') > 140 AS run;
DELETE FROM expected;
INSERT INTO expected SELECT profile_id FROM segments.member WHERE segment = 'by hand';
UPDATE mapping SET profile_id = 'far1000' WHERE record_id IN ('far139000', 'far139001', 'far139002');
UPDATE mapping SET profile_id = 'far140000' WHERE record_id IN ('far2000', 'far2001', 'far139999');
UPDATE mapping SET profile_id = 'far3000' WHERE record_id = 'far138000';
INSERT INTO mapping VALUES ('other138000', 'far138000');
CALL follow_mapping();
CALL segments.refresh();
SELECT members = expected AND counted = expected AS as_many, differences FROM differences('by hand');
-- Nothing is left to carry, and rows are written only where they changed.
SELECT count(*) FROM segments.moved_profile;
CREATE TABLE before AS SELECT ctid AS place, tableoid::regclass AS partition FROM segments.membership;
CALL segments.refresh();
SELECT count(*) FROM segments.membership m WHERE to_refresh = 9223372036854775807 AND NOT EXISTS (SELECT FROM before WHERE place = m.ctid AND partition = m.tableoid);

-- Damaged members stop nothing else, and are not passed off as members.
SELECT segments.create_segment('damaged', 'Opened') > 0 AS run, segments.set_segment_schedule('damaged', 'manual');
UPDATE segments.membership SET members = '\x00' WHERE segment_id = (SELECT segment_id FROM segments.segment WHERE name = 'damaged');
DELETE FROM expected;
INSERT INTO expected SELECT profile_id FROM segments.member WHERE segment = 'by hand';
DELETE FROM mapping WHERE record_id = 'far5000';
CALL segments.refresh();
SELECT members = expected AND counted = expected AS as_many, differences FROM differences('by hand');
SELECT state, members, as_of, last_sqlstate FROM segments.segment_overview WHERE name = 'damaged';
SELECT segments.members('damaged');
SELECT segments.run_segment('damaged') > 0 AS run_again;
