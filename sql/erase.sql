-- The right to be forgotten: what an erasure removes, and that nothing else changes.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_type text, record_id text, occurred_at timestamptz, email text, note text);
CREATE TABLE bought (customer int, bought_at timestamptz, amount numeric) PARTITION BY RANGE (bought_at);
CREATE TABLE bought_2025 PARTITION OF bought FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE bought_other PARTITION OF bought DEFAULT;
CREATE TABLE mapping (record_type text, record_id text, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id', 'record_type');
SELECT segments.register_interaction('bought', 'Bought', 'bought_at', 'customer', record_type => 'contact');
SELECT segments.register_unification('mapping');

-- What the extension says, beside what SQL says.
CREATE VIEW interaction AS
SELECT profile_id, 'opened' AS what, email, note FROM opened JOIN mapping USING (record_type, record_id) WHERE occurred_at IS NOT NULL
UNION ALL
SELECT profile_id, 'bought', NULL, NULL FROM bought JOIN mapping ON record_type = 'contact' AND record_id = customer::text;
CREATE FUNCTION differing() RETURNS TABLE (question text, ours text[], theirs text[]) LANGUAGE sql AS $$
    WITH asked (question, ours, theirs) AS (
        SELECT 'all', ARRAY(SELECT p FROM segments.profiles(segments.segment_eval('all')) p ORDER BY 1),
            ARRAY(SELECT DISTINCT profile_id FROM mapping ORDER BY 1)
        UNION ALL SELECT 'opened twice', ARRAY(SELECT p FROM segments.profiles(segments.segment_eval('Opened at least 2')) p ORDER BY 1),
            ARRAY(SELECT profile_id FROM interaction WHERE what = 'opened' GROUP BY 1 HAVING count(*) >= 2 ORDER BY 1)
        UNION ALL SELECT 'noted', ARRAY(SELECT p FROM segments.profiles(segments.segment_eval('Opened where note = ''a''')) p ORDER BY 1),
            ARRAY(SELECT DISTINCT profile_id FROM interaction WHERE note = 'a' ORDER BY 1)
        UNION ALL SELECT 'bought', ARRAY(SELECT p FROM segments.profiles(segments.segment_eval('Bought')) p ORDER BY 1),
            ARRAY(SELECT DISTINCT profile_id FROM interaction WHERE what = 'bought' ORDER BY 1)
        UNION ALL SELECT 'never bought', ARRAY(SELECT p FROM segments.profiles(segments.segment_eval('Bought never')) p ORDER BY 1),
            ARRAY(SELECT profile_id FROM mapping EXCEPT SELECT profile_id FROM interaction WHERE what = 'bought' ORDER BY 1)
        UNION ALL SELECT 'members', ARRAY(SELECT profile_id FROM segments.member WHERE segment = 'openers' ORDER BY 1),
            ARRAY(SELECT DISTINCT profile_id FROM interaction WHERE what = 'opened' ORDER BY 1)
        UNION ALL SELECT 'member count', ARRAY(SELECT members::text FROM segments.segment_overview WHERE name = 'openers'),
            ARRAY(SELECT count(DISTINCT profile_id)::text FROM interaction WHERE what = 'opened'))
    SELECT * FROM asked WHERE ours IS DISTINCT FROM theirs
$$;

-- No refresh has ever run: the sources and the mapping lose the person, and the log.
INSERT INTO mapping VALUES ('contact', '1', 'early'), ('lead', '1', 'other');
INSERT INTO opened VALUES ('contact', '1', '2026-01-01', 'early@example.org', NULL), ('lead', '1', '2026-01-01', 'other@example.org', NULL);
INSERT INTO bought VALUES (1, '2025-05-05', 1), (2, '2026-05-05', 1);
UPDATE opened SET note = 'changed';
SELECT count(*) AS logged FROM segments.change_log;
SELECT profiles, records, interactions, mapping_rows, logged_changes, fragments_rewritten FROM segments.erase_profile('early');
SELECT record_type, record_id, email FROM opened;
SELECT customer, amount FROM bought;
SELECT record_type, record_id, profile_id FROM mapping;
SELECT count(*) AS logged FROM segments.change_log;
TRUNCATE opened, bought, mapping;

-- A person of several records, interactions in partitions, some not yet refreshed, some without a time.
INSERT INTO mapping SELECT CASE WHEN i % 3 = 0 THEN 'lead' ELSE 'contact' END, i::text, 'p' || i / 3 FROM generate_series(1, 90) i;
INSERT INTO opened SELECT record_type, record_id, '2026-01-01'::timestamptz + n * interval '1 day', profile_id || '@example.org', CASE WHEN n = 1 THEN 'a' END
FROM mapping, generate_series(1, 3) n WHERE record_id::int % 4 <> 0;
INSERT INTO bought SELECT record_id::int, '2025-11-15'::timestamptz + n * interval '1 month', n FROM mapping, generate_series(1, 2) n WHERE record_id::int % 5 = 0 AND record_type = 'contact';
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened');
SELECT * FROM differing();
-- The second refresh leaves older versions of everything for readers.
UPDATE opened SET note = 'b' WHERE record_id::int % 7 = 0;
DELETE FROM opened WHERE record_id = '31' AND note = 'a';
INSERT INTO opened VALUES ('lead', '30', '2026-02-01', 'p10@example.org', 'a');
UPDATE mapping SET profile_id = 'p10' WHERE record_id = '33';
CALL segments.refresh();
SELECT count(*) > 0 AS older_versions FROM segments.fragment WHERE to_refresh <> 9223372036854775807;
-- After it: new rows, changed rows, deleted rows, a row without a time.
INSERT INTO opened VALUES ('contact', '31', '2026-02-02', 'p10@private.example', 'new'), ('contact', '31', NULL, 'p10@private.example', 'new');
UPDATE opened SET note = 'c' WHERE record_id IN ('32', '34') AND note = 'a';
DELETE FROM opened WHERE record_id IN ('32', '35') AND note IS NULL;
CREATE TABLE before_erasure AS SELECT * FROM interaction WHERE profile_id <> 'p10';
SELECT ordinal FROM segments.record WHERE profile_id = 'p10' ORDER BY 1;
SELECT max(ordinal) AS highest_ordinal FROM segments.record \gset
SELECT profiles, records, interactions, mapping_rows, logged_changes FROM segments.erase_profile('p10');
SELECT count(*) AS left_in_sources FROM opened WHERE record_id IN ('30', '31', '32', '33') OR email LIKE 'p10@%';
SELECT count(*) AS lost_by_others FROM (TABLE before_erasure EXCEPT ALL SELECT * FROM interaction) AS lost;
-- Nothing but what others changed since the refresh differs; and after a refresh nothing does.
SELECT count(*) FROM segments.profiles(segments.segment_eval('all')) p WHERE p = 'p10';
SELECT segments.segment_count('Opened where email begins with ''p10@''') AS by_value;
CALL segments.refresh();
SELECT * FROM differing();
SELECT rows_added, rows_removed, records_added, records_changed FROM segments.refresh JOIN segments.published USING (refresh_id);

-- Ordinals are not used again: the same record is somebody new.
INSERT INTO mapping VALUES ('contact', '31', 'p10');
INSERT INTO opened VALUES ('contact', '31', '2026-02-02', 'again@example.org', 'a');
CALL segments.refresh();
SELECT ordinal > :highest_ordinal AS fresh FROM segments.record WHERE profile_id = 'p10';
SELECT * FROM differing();

-- Without a refresh in between: a record that the mapping has moved since the last refresh goes with the profile it belongs to now.
UPDATE mapping SET profile_id = 'p20' WHERE record_id = '45';    -- of p15, whose lowest record it is
UPDATE mapping SET profile_id = 'p16' WHERE record_id = '61';    -- was of p20
SELECT records, mapping_rows, interactions FROM segments.erase_profile('p20');
SELECT record_id FROM segments.record WHERE record_id IN ('45', '60', '61', '62');
SELECT ARRAY(SELECT p FROM segments.profiles(segments.segment_eval('all')) p WHERE p IN ('p15', 'p16', 'p20') ORDER BY 1) AS still_there,
    ARRAY(SELECT profile_id FROM segments.member WHERE segment = 'openers' AND profile_id IN ('p15', 'p16', 'p20') ORDER BY 1) AS still_members;
CALL segments.refresh();
SELECT * FROM differing();

-- A profile whose rows of the mapping were deleted before: its records are known still, and go unless somebody else has them now.
DELETE FROM mapping WHERE profile_id = 'p21';
CALL segments.refresh();
SELECT records, mapping_rows, interactions > 0 AS interactions FROM segments.erase_profile('p21');
SELECT count(*) FROM opened WHERE record_id IN ('63', '64', '65');
UPDATE mapping SET profile_id = 'p23' WHERE profile_id = 'p22';
CALL segments.refresh();
SELECT profile_id, current_profile_id, count(*) FROM segments.previous_profile_ids WHERE profile_id = 'p22' GROUP BY 1, 2;
SELECT records, mapping_rows, interactions FROM segments.erase_profile('p22');
SELECT count(*) FROM segments.previous_profile_ids WHERE profile_id = 'p22';
SELECT * FROM differing();

-- Many at once, one unknown; then everybody.
SELECT profiles, records, mapping_rows FROM segments.erase_profiles('{p1,p2,p2,nobody}');
SELECT * FROM differing();
SELECT profiles, records FROM segments.erase_profiles(ARRAY(SELECT DISTINCT profile_id FROM mapping));
SELECT * FROM differing();
SELECT (SELECT count(*) FROM opened), (SELECT count(*) FROM bought), (SELECT count(*) FROM segments.record), (SELECT count(*) FROM segments.fragment),
    (SELECT count(*) FROM segments.membership), (SELECT count(*) FROM segments.previous_profile);
CALL segments.refresh();
SELECT * FROM differing();
-- Nobody, and nothing.
SET client_min_messages = notice;
SELECT profiles, records, interactions, mapping_rows FROM segments.erase_profile('nobody');
SELECT profiles, records, interactions, mapping_rows FROM segments.erase_profiles('{nobody,nobody else}');
SELECT profiles, records, interactions, mapping_rows FROM segments.erase_profiles('{}');
SET client_min_messages = warning;
\set VERBOSITY sqlstate
SELECT segments.erase_profiles('{a,NULL}');
SELECT segments.erase_profiles(NULL);
SELECT segments.erase_profile(NULL);
\set VERBOSITY default
SELECT erased_by = current_user AS by_me, profiles, records FROM segments.erasure ORDER BY erasure_id;

-- Who may: EXECUTE, and DELETE on every registered table.  Triggers run as the owner of their table, whoever erases.
CREATE ROLE segments_test_eraser;
CREATE ROLE segments_test_table_owner;
INSERT INTO mapping VALUES ('contact', '1', 'p1'), ('contact', '2', 'p2');
INSERT INTO opened VALUES ('contact', '1', '2026-01-01', 'one@example.org', NULL), ('contact', '2', '2026-01-01', 'two@example.org', NULL);
CREATE TABLE deleted_by (who text);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.deleted_by VALUES (current_user); RETURN OLD; END $$;
CREATE TRIGGER tell BEFORE DELETE ON opened FOR EACH ROW EXECUTE FUNCTION tell();
GRANT ALL ON deleted_by, mapping, bought TO segments_test_table_owner;
ALTER TABLE opened OWNER TO segments_test_table_owner;
SET ROLE segments_test_eraser;
SELECT segments.erase_profile('p1');
SELECT * FROM segments.forgotten('p1');
SELECT count(*) FROM segments.erasure;
RESET ROLE;
GRANT EXECUTE ON FUNCTION segments.erase_profile(text), segments.forgotten(text, text[], text[]) TO segments_test_eraser;
GRANT DELETE ON opened, bought TO segments_test_eraser;
SET ROLE segments_test_eraser;
SELECT segments.erase_profile('p1');
RESET ROLE;
GRANT DELETE ON mapping TO segments_test_eraser;
SET ROLE segments_test_eraser;
SELECT erased_by, records, interactions FROM segments.erase_profile('p1');
SELECT * FROM segments.forgotten('p1', '{{contact,1}}', '{one@example.org}');
RESET ROLE;
SELECT records, interactions FROM segments.erase_profile('p2');
SELECT who FROM deleted_by;
-- A policy that hides rows even from the owner of a table hides nothing from an erasure.
INSERT INTO mapping VALUES ('contact', '3', 'p3');
INSERT INTO opened VALUES ('contact', '3', '2026-01-01', 'three@example.org', NULL);
ALTER TABLE opened ENABLE ROW LEVEL SECURITY;
ALTER TABLE opened FORCE ROW LEVEL SECURITY;
SELECT records, interactions FROM segments.erase_profile('p3');
SELECT (SELECT count(*) FROM mapping) AS mapped, (SELECT count(*) FROM opened) AS opened;
ALTER TABLE opened OWNER TO CURRENT_USER;
DROP OWNED BY segments_test_eraser, segments_test_table_owner;
DROP ROLE segments_test_eraser, segments_test_table_owner;
