-- A condition on rows of the mapping: those that do not meet it are as if they were not there.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never

-- ---- soft deletes
CREATE TABLE visited (contact_id text, at timestamptz);
CREATE TABLE contact (contact_id text, customer_id text, is_deleted boolean, note text);
CREATE UNIQUE INDEX ON contact (contact_id) WHERE NOT is_deleted;
CREATE VIEW live AS SELECT contact_id, customer_id FROM contact WHERE NOT is_deleted;
CREATE VIEW visits AS SELECT customer_id, at FROM visited JOIN live USING (contact_id);
CREATE FUNCTION differing() RETURNS TABLE (customer_id text, counted bigint, expected bigint) LANGUAGE sql AS $$
    SELECT * FROM (SELECT p.customer_id, (SELECT interactions FROM segments.explain_member('visitors', p.customer_id)) AS counted,
            (SELECT count(*) FROM visits v WHERE v.customer_id = p.customer_id) AS expected
        FROM (SELECT DISTINCT customer_id FROM live) p) c WHERE counted IS DISTINCT FROM expected
    UNION ALL SELECT 'visitors', segments.segment_count('Visited'), count(DISTINCT v.customer_id) FROM visits v
        HAVING count(DISTINCT v.customer_id) <> segments.segment_count('Visited')
    UNION ALL SELECT 'all', segments.segment_count('all'), count(DISTINCT l.customer_id) FROM live l
        HAVING count(DISTINCT l.customer_id) <> segments.segment_count('all')
$$;
INSERT INTO contact SELECT 'c' || n, 'p' || n / 3, CASE n % 4 WHEN 0 THEN true WHEN 1 THEN CASE WHEN n % 5 > 0 THEN false END ELSE false END FROM generate_series(1, 100) n;
INSERT INTO visited SELECT 'c' || n % 110, '2026-01-01'::timestamptz + n * interval '1 hour' FROM generate_series(1, 500) n;
SELECT segments.register_interaction('visited', 'Visited', 'at', 'contact_id') > 0;
SELECT segments.register_unification('contact', 'customer_id', 'contact_id', rows_where => 'not IS_deleted  -- soft');
SELECT rows_where, rows_where_columns FROM segments.unification;
CALL segments.refresh();
SELECT segments.create_segment('visitors', 'Visited at least 2 times');
SELECT count(*) FROM live;
SELECT * FROM differing();
-- In and out, by all ways there are; given to somebody else while the old row stays; null is not true.
UPDATE contact SET is_deleted = true WHERE contact_id IN ('c6', 'c7', 'c9', 'c10');
UPDATE contact SET is_deleted = NULL WHERE contact_id IN ('c2', 'c3');
UPDATE contact SET is_deleted = false WHERE contact_id IN ('c20', 'c40', 'c25');
DELETE FROM contact WHERE contact_id IN ('c30', 'c60');
INSERT INTO contact VALUES ('c8', 'p50', false), ('c9', 'p50', false), ('c9', 'p51', true), ('c9', 'p52', NULL), ('c105', 'p53', true), ('c106', 'p53', false);
UPDATE contact SET note = 'touched' WHERE is_deleted;
CALL segments.refresh();
SELECT * FROM differing();
SELECT record_id, profile_id, current_profile_id FROM segments.previous_profile_ids ORDER BY 1 LIMIT 5;
SELECT record_id, interactions FROM segments.unlinked_records('Visited') WHERE record_id IN ('c7', 'c9', 'c10', 'c105', 'c106') ORDER BY 1;
-- A record that two rows map which count.
DROP INDEX contact_contact_id_idx;
INSERT INTO contact VALUES ('c11', 'p70', false), ('c13', 'p71', true);
CALL segments.refresh();
UPDATE contact SET is_deleted = true WHERE contact_id = 'c11' AND customer_id = 'p70';
DELETE FROM contact WHERE customer_id = 'p71';
-- Everything is compared, and read anew.
SELECT segments.alter_unification(rows_where => 'NOT is_deleted');
CALL segments.refresh();
SELECT * FROM differing();
SELECT segments.rebuild();
CALL segments.refresh();
SELECT * FROM differing();
-- Who is erased loses the rows that do not count, too, but not what somebody else did whose record that is now.
SELECT contact_id, customer_id, is_deleted, note FROM contact WHERE customer_id = 'p3' OR contact_id IN ('c9', 'c10', 'c11') ORDER BY 1, 2;
SELECT profiles, records, interactions, mapping_rows FROM segments.erase_profile('p3');
SELECT contact_id, customer_id, is_deleted, note FROM contact WHERE customer_id = 'p3' OR contact_id IN ('c9', 'c10', 'c11') ORDER BY 1, 2;
SELECT DISTINCT contact_id FROM visited WHERE contact_id IN ('c9', 'c10', 'c11');
SELECT * FROM segments.forgotten('p3', '{{contact,c10},{contact,c11}}');
-- Rows of others that name a record of hers and do not count go with her.
SELECT records, mapping_rows FROM segments.erase_profile('p50');
SELECT contact_id, customer_id, is_deleted, note FROM contact WHERE contact_id IN ('c8', 'c9');
SELECT * FROM segments.forgotten('p50', '{{contact,c8},{contact,c9}}');
-- What is left is told, whether it counts or not.
INSERT INTO contact VALUES ('c9', 'p50', true);
SELECT * FROM segments.forgotten('p50', '{{contact,c9}}');
DELETE FROM contact WHERE contact_id = 'c9';
CALL segments.refresh();
SELECT * FROM differing();
-- Who was never mapped by a row that counts.
SELECT known, records, interactions, mapping_rows FROM (SELECT profiles AS known, * FROM segments.erase_profile('p53')) e;
SELECT count(*) FROM visited WHERE contact_id IN ('c105', 'c106');
CALL segments.refresh();
SELECT * FROM differing();

-- ---- another condition, and none
SELECT segments.alter_unification(rows_where => $$contact_id LIKE 'c_1'$$);
SELECT rows_where, rows_where_columns FROM segments.unification;
CREATE OR REPLACE VIEW live AS SELECT contact_id, customer_id FROM contact WHERE contact_id LIKE 'c_1';
CALL segments.refresh();
SELECT count(*) > 3 FROM live;
SELECT * FROM differing();
SELECT segments.alter_unification(rows_where => '');
SELECT rows_where, rows_where_columns FROM segments.unification;
CREATE OR REPLACE VIEW live AS SELECT contact_id, customer_id FROM contact;
CALL segments.refresh();
SELECT * FROM differing();
SELECT segments.alter_unification(rows_where => 'false');
\set VERBOSITY default
CALL segments.refresh();
SELECT segments.segment_count('all');

-- ---- what it names has changed
SELECT segments.alter_unification(rows_where => 'is_deleted IS NOT TRUE');
CREATE OR REPLACE VIEW live AS SELECT contact_id, customer_id FROM contact WHERE is_deleted IS NOT TRUE;
CALL segments.refresh();
ALTER TABLE contact RENAME COLUMN is_deleted TO is_gone;
CALL segments.refresh();
SELECT segments.alter_unification(rows_where => 'is_gone IS NOT TRUE');
CALL segments.refresh();
SELECT * FROM differing();
-- Another column goes by its name.
ALTER TABLE contact ADD COLUMN is_kept boolean DEFAULT true;
UPDATE contact SET is_kept = is_gone;
CALL segments.refresh();
ALTER TABLE contact RENAME COLUMN is_gone TO was_gone;
ALTER TABLE contact RENAME COLUMN is_kept TO is_gone;
ALTER TABLE contact RENAME COLUMN was_gone TO is_kept;
UPDATE contact SET is_gone = NOT coalesce(is_kept, false) WHERE contact_id < 'c5';
CREATE OR REPLACE VIEW live AS SELECT contact_id, customer_id FROM contact WHERE is_gone IS NOT TRUE;
CALL segments.refresh();
SELECT * FROM differing();
ALTER TABLE contact ADD COLUMN counts boolean DEFAULT true;
SELECT segments.alter_unification(rows_where => 'is_gone IS NOT TRUE AND counts');
CALL segments.refresh();
ALTER TABLE contact ALTER COLUMN counts DROP DEFAULT, ALTER COLUMN counts TYPE text USING counts::text;
CALL segments.refresh();
ALTER TABLE contact ALTER COLUMN counts TYPE boolean USING counts::boolean;
CALL segments.refresh();
SELECT * FROM differing();

-- ---- functions
CREATE SCHEMA rule;
CREATE FUNCTION rule.counts(note text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN note IS NULL; END $$;
SELECT segments.alter_unification(rows_where => 'counts(note)');
SELECT segments.alter_unification(rows_where => 'rule.counts(note)');
CREATE OR REPLACE VIEW live AS SELECT contact_id, customer_id FROM contact WHERE note IS NULL;
CALL segments.refresh();
SELECT count(*) < (SELECT count(*) FROM contact) FROM live;
SELECT * FROM differing();
ALTER FUNCTION rule.counts VOLATILE;
CALL segments.refresh();
SELECT segments.erase_profile('p9');
ALTER FUNCTION rule.counts IMMUTABLE;
CREATE OR REPLACE FUNCTION rule.counts(note text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN note IS NOT NULL; END $$;
SELECT segments.alter_unification(rows_where => (SELECT rows_where FROM segments.unification));
CREATE OR REPLACE VIEW live AS SELECT contact_id, customer_id FROM contact WHERE note IS NOT NULL;
CALL segments.refresh();
SELECT count(*) > 3 FROM live;
SELECT * FROM differing();
DROP FUNCTION rule.counts;
CALL segments.refresh();
SET client_min_messages = error;
SELECT * FROM differing();
SET client_min_messages = warning;
-- One that fails says so, and nothing else.
CREATE FUNCTION rule.counts(note text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'no idea' USING HINT = 'DROP DATABASE'; END $$;
CALL segments.refresh();
SELECT segments.alter_unification(rows_where => 'note IS NOT NULL');
CALL segments.refresh();
SELECT * FROM differing();

-- ---- what is no condition
\set VERBOSITY default
SELECT segments.alter_unification(rows_where => 'NOT is_delted');
SELECT segments.alter_unification(rows_where => 'is_gone AND');
SELECT segments.alter_unification(rows_where => 'contact_id');
SELECT segments.alter_unification(rows_where => $$é = 'ü' AND note = 5$$);
DO $$
DECLARE
    given text;
BEGIN
    FOREACH given IN ARRAY ARRAY['true; DELETE FROM contact', 'true FOR UPDATE', 'true UNION SELECT', 'true GROUP BY contact_id', 'true LIMIT 1', 'true ORDER BY 1', '-- nothing', ' ', 'true) OR (true',
        'true WINDOW w AS ()', 'true HAVING true', 'is_gone, true', '* ', 'count(*) > 1', 'row_number() OVER () > 1', 'generate_series(1, 2) > 1', '$1', 'CURRENT OF c', 'GROUPING(note) = 1',
        'EXISTS (SELECT FROM visited)', 'EXISTS (SELECT FROM public.visited)', '(SELECT true)', 'contact IS NULL', 's IS NULL', 's.note IS NULL', 'contact.note IS NULL', 'visited.at IS NULL', 'ctid IS NULL', 'xmin IS NULL', 'tableoid IS NULL', 'segments_xid IS NULL',
        'random() > 0.5', 'now() > at', 'now() > ''2026-01-01''', 'current_user = note', 'note::date IS NULL', 'note::text::timestamptz IS NULL', 'note::int::money > ''5''', '''5''::money > ''4''', 'pg_temp.x(note)', 'note = 5'] LOOP
        BEGIN
            PERFORM segments.alter_unification(rows_where => given);
            RAISE WARNING '% is accepted', given;
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING '%  →  % %', given, SQLSTATE, SQLERRM;
        END;
    END LOOP;
END
$$;
SELECT segments.alter_unification(rows_where => 'EXISTS (SELECT FROM public.visited v WHERE v.contact_id = s.contact_id)');
SELECT segments.alter_unification(rows_where => 'now() > ''2026-01-01''');
SELECT segments.alter_unification(rows_where => 'xmin IS NULL');
SELECT segments.alter_unification(rows_where => 'true UNION SELECT');
SELECT rows_where FROM segments.unification;
-- As it is kept: what the session means when it says it, whatever the settings are later.
BEGIN;
ALTER TABLE contact ADD COLUMN since timestamptz, ADD COLUMN until date, ADD COLUMN span interval, ADD COLUMN share float8, ADD COLUMN "a b" text;
SET LOCAL datestyle = 'SQL, DMY';
SET LOCAL TimeZone = 'Asia/Kolkata';
SET LOCAL intervalstyle = 'sql_standard';
SET LOCAL extra_float_digits = 0;
SET LOCAL escape_string_warning = off;
SET LOCAL search_path = pg_temp, public;
SET LOCAL standard_conforming_strings = off;
SELECT segments.alter_unification(rows_where => $$since < '02/01/2026 10:00' AND until < '02/01/2026' AND span > '-1-2 3 4:05:06' AND share > 0.1::float8 + 0.30000000000000004::float8 AND "a b" <> 'it''s\\' AND note IN ('x', 'y')$$);
SELECT rows_where, rows_where_columns FROM segments.unification;
CREATE TABLE said AS SELECT rows_where FROM segments.unification;
SET LOCAL TimeZone = 'America/New_York';
INSERT INTO contact (contact_id, customer_id, since, until, span, share, "a b", note) SELECT 'd' || n, 'd', '2026-01-02 09:59:59+05:30', '2026-01-01', '1 day', n, backslashes, 'x' FROM (VALUES (1, E'it''s\\'), (2, E'it''s\\\\')) v (n, backslashes);
SELECT mapping_rows, records FROM segments.erase_profile('d');
SELECT segments.alter_unification(rows_where => (SELECT rows_where FROM segments.unification));
SELECT rows_where = (TABLE said) FROM segments.unification;
ROLLBACK;

-- ---- as whom it runs
CREATE ROLE row_condition_owner;
CREATE ROLE row_condition_operator;
GRANT CREATE, USAGE ON SCHEMA rule, public TO row_condition_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO row_condition_owner;
SELECT segments.unregister_unification();
ALTER TABLE contact OWNER TO row_condition_owner;
SET ROLE row_condition_owner;
CREATE TABLE rule.heard (who name);
CREATE FUNCTION rule.write() RETURNS void LANGUAGE sql AS $$ INSERT INTO rule.heard VALUES (session_user) $$;
CREATE FUNCTION rule.whose(note text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF current_user <> 'row_condition_owner' THEN
        RAISE EXCEPTION 'it runs as %', current_user;
    END IF;
    PERFORM set_config('search_path', 'rule, pg_catalog', false);
    BEGIN
        PERFORM rule.write();
        RAISE EXCEPTION 'it writes';
    EXCEPTION WHEN read_only_sql_transaction THEN
        RETURN note IS NULL;
    END;
END
$$;
SELECT segments.register_unification('contact', 'customer_id', 'contact_id', rows_where => 'rule.whose(note) AND rule.whose(NULL::text)');
RESET ROLE;
CREATE OR REPLACE VIEW live AS SELECT contact_id, customer_id FROM contact WHERE note IS NULL;
CALL segments.refresh();
UPDATE contact SET note = 'gone' WHERE contact_id = 'c95';
CALL segments.refresh();
SELECT * FROM differing();
-- Whoever may not act as the owner has nothing evaluated as the owner.
GRANT EXECUTE ON FUNCTION segments.alter_unification TO row_condition_operator;
SET ROLE row_condition_operator;
SELECT segments.alter_unification(rows_where => 'true');
RESET ROLE;
SELECT segments_internal.check_may_give_condition('row_condition_operator'::regrole, 'contact');
-- Whose policies of the mapping hide the rows that count sees nothing by those that do not.
INSERT INTO contact (contact_id, customer_id, note) VALUES ('c94', 'p31', 'x');
CALL segments.refresh();
GRANT row_condition_operator TO row_condition_owner;
GRANT USAGE ON SCHEMA segments TO row_condition_operator;
GRANT EXECUTE ON FUNCTION segments.timeline TO row_condition_operator;
GRANT SELECT ON visited, contact TO row_condition_operator;
ALTER TABLE contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_operators ON contact TO row_condition_operator USING (note IS NOT NULL);
SELECT segments.alter_unification(rows_where => 'note IS NULL', acknowledge_row_security => true);
CALL segments.refresh();
SELECT record_id, count(*) FROM segments.timeline('p31') GROUP BY 1 ORDER BY 1;
SET ROLE row_condition_operator;
SELECT record_id, count(*) FROM segments.timeline('p31') GROUP BY 1 ORDER BY 1;
RESET ROLE;
ALTER POLICY of_operators ON contact USING (contact_id <> 'c94');
SET ROLE row_condition_operator;
SELECT record_id, count(*) FROM segments.timeline('p31') GROUP BY 1 ORDER BY 1;
RESET ROLE;
SELECT segments.alter_unification(rows_where => 'rule.whose(note)');
-- It is registered so.
SELECT segments.register_unification('contact', 'customer_id', 'contact_id', rows_where => 'note IS NULL');
-- Nobody waits for one that does not end.
CREATE OR REPLACE FUNCTION rule.whose(note text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN LOOP NULL; END LOOP; END $$;
SET segments.source_time_limit = '50ms';
CALL segments.refresh();
RESET segments.source_time_limit;

-- ---- partitions
SELECT segments.unregister_unification();
CREATE TABLE mapping (extra int, contact_id text, customer_id text, state text) PARTITION BY LIST (state);
CREATE TABLE mapping_on PARTITION OF mapping FOR VALUES IN ('on');
CREATE TABLE mapping_off (state text, customer_id text, dropped int, contact_id text, extra int);
ALTER TABLE mapping_off DROP COLUMN dropped;
ALTER TABLE mapping ATTACH PARTITION mapping_off FOR VALUES IN ('off', 'out');
INSERT INTO mapping SELECT n, 'c' || n, 'p' || n / 2, (ARRAY['on', 'off', 'out'])[n % 3 + 1] FROM generate_series(1, 60) n;
SELECT segments.register_unification('mapping', 'customer_id', 'contact_id', rows_where => $$ state <> 'out' AND extra % 7 > 0 $$);
CREATE OR REPLACE VIEW live AS SELECT contact_id, customer_id FROM mapping WHERE state <> 'out' AND extra % 7 > 0;
CALL segments.refresh();
SELECT * FROM differing();
UPDATE mapping SET state = 'out' WHERE contact_id IN ('c3', 'c4');
UPDATE mapping SET state = 'on' WHERE contact_id IN ('c5', 'c8', 'c7');
CALL segments.refresh();
SELECT * FROM differing();
-- Another table in its place has what the condition reads, or is not followed to.
CREATE TABLE loaded (contact_id text, customer_id text);
ALTER TABLE mapping RENAME TO mapping_before;
ALTER TABLE loaded RENAME TO mapping;
CALL segments.refresh();
SELECT segments.confirm_source();
ALTER TABLE mapping RENAME TO loaded;
ALTER TABLE mapping_before RENAME TO mapping;
ALTER TABLE loaded ADD COLUMN state text, ADD COLUMN extra int;
INSERT INTO loaded SELECT 'c' || n, 'p' || n / 2, (ARRAY['on', 'off', 'out'])[n % 3 + 1], n FROM generate_series(1, 40) n;
ALTER TABLE mapping RENAME TO mapping_before;
ALTER TABLE loaded RENAME TO mapping;
CALL segments.refresh();
CREATE OR REPLACE VIEW live AS SELECT contact_id, customer_id FROM mapping WHERE state <> 'out' AND extra % 7 > 0;
SELECT * FROM differing();
SELECT segments.unregister_unification(), segments.unregister_interaction('Visited');
DROP TABLE contact CASCADE;
DROP SCHEMA rule CASCADE;
DROP OWNED BY row_condition_owner, row_condition_operator;
DROP ROLE row_condition_owner, row_condition_operator;
