-- A condition on rows of interaction types, events and profile sources: those that do not meet it are as if they were not there.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never

CREATE TABLE mapping (record_type text DEFAULT 'contact', record_id text, profile_id text);
INSERT INTO mapping (record_id, profile_id) SELECT 'c' || n, 'p' || n / 2 FROM generate_series(1, 60) n;
SELECT segments.register_unification('mapping');
-- What a condition reads need not be what a definition can ask.
CREATE TABLE visit (contact_id text, at timestamptz, url text, is_test boolean, context jsonb DEFAULT '{}', network box);
CREATE VIEW visited AS SELECT contact_id, at, url FROM visit WHERE NOT is_test;
CREATE TABLE event (contact_id text, at timestamptz, kind text, state text, properties jsonb) PARTITION BY LIST (state);
CREATE TABLE event_on PARTITION OF event FOR VALUES IN ('on');
CREATE TABLE event_off (properties jsonb, state text, gone int, kind text, at timestamptz, contact_id text);
ALTER TABLE event_off DROP COLUMN gone;
ALTER TABLE event ATTACH PARTITION event_off FOR VALUES IN ('off', 'out');
CREATE VIEW happened AS SELECT contact_id, at, kind, properties FROM event WHERE state <> 'out' AND properties ->> 'test' IS DISTINCT FROM 'yes';
CREATE TABLE trait (contact_id text, city text, size int, left_on date);
CREATE VIEW living AS SELECT contact_id, city, size FROM trait WHERE left_on IS NULL;

-- All that is counted, by profile and as a whole; total: with rows of nobody, and rows without a time or a record.
CREATE FUNCTION differing() RETURNS TABLE (what text, of text, counted bigint, expected bigint) LANGUAGE sql AS $$
    SELECT * FROM (
        SELECT 'Visited by', profile_id, (SELECT interactions FROM segments.explain_member('visitors', profile_id)) AS counted, (SELECT count(*) FROM visited JOIN mapping m ON m.record_id = contact_id WHERE m.profile_id = p.profile_id AND at IS NOT NULL) AS expected
        FROM (SELECT DISTINCT profile_id FROM mapping) p
        UNION ALL SELECT 'timeline of', profile_id, (SELECT count(*) FROM segments.timeline(profile_id)), (SELECT count(*) FROM (SELECT contact_id FROM visited WHERE at IS NOT NULL UNION ALL SELECT contact_id FROM happened WHERE at IS NOT NULL) r JOIN mapping m ON m.record_id = contact_id WHERE m.profile_id = p.profile_id)
        FROM (SELECT DISTINCT profile_id FROM mapping) p
        UNION ALL SELECT 'count', definition, segments.segment_count(definition::segments.definition), (SELECT count(DISTINCT profile_id) FROM mapping JOIN unnest(ids) AS id ON id = record_id)
        FROM (VALUES ('Visited at least 1', ARRAY(SELECT contact_id FROM visited)), ('Visited where url = ''/a''', ARRAY(SELECT contact_id FROM visited WHERE url = '/a')),
            ('Event', ARRAY(SELECT contact_id FROM happened)), ('Event where properties.plan = ''pro''', ARRAY(SELECT contact_id FROM happened WHERE properties ->> 'plan' = 'pro')),
            ('"opened"', ARRAY(SELECT contact_id FROM happened WHERE kind = 'opened')),
            ('Trait.city = ''Oslo''', ARRAY(SELECT contact_id FROM living WHERE city = 'Oslo')), ('Trait at least 1', ARRAY(SELECT contact_id FROM living))) v (definition, ids)
        UNION ALL SELECT 'total', name, total, rows FROM segments.interaction_catalog(true) JOIN (VALUES ('Visited', (SELECT count(*) FROM visited)), ('Event', (SELECT count(*) FROM happened)), ('Trait', (SELECT count(*) FROM living))) v (name, rows) USING (name)
        UNION ALL SELECT 'waiting', name, rows, 0 FROM segments.waiting_rows()
        UNION ALL SELECT 'unlinked', 'Visited', (SELECT coalesce(sum(interactions), 0)::bigint FROM segments.unlinked_records('Visited')), (SELECT count(*) FROM visited WHERE at IS NULL OR contact_id IS NULL OR contact_id NOT IN (SELECT record_id FROM mapping))
    ) c (what, of, counted, expected) WHERE counted IS DISTINCT FROM expected
$$;

INSERT INTO visit SELECT CASE WHEN n % 50 > 0 THEN 'c' || n % 70 END, CASE WHEN n % 40 > 0 THEN '2026-01-01'::timestamptz + n * interval '1 hour' END, '/' || chr(97 + n % 3), CASE WHEN n % 7 > 0 THEN n % 3 = 0 END FROM generate_series(1, 300) n;
INSERT INTO event SELECT 'c' || n % 65, CASE WHEN n % 40 > 0 THEN '2026-01-01'::timestamptz + n * interval '1 hour' END, (ARRAY['opened', 'clicked', 'test ' || n % 4])[1 + n % 3], (ARRAY['on', 'off', 'out'])[1 + n % 4 % 3],
    jsonb_build_object('plan', CASE WHEN n % 2 > 0 THEN 'pro' ELSE 'free' END, 'test', CASE WHEN n % 3 = 2 THEN 'yes' END, CASE WHEN n % 3 = 2 THEN 'hidden' ELSE 'shown' END, n) FROM generate_series(1, 300) n;
INSERT INTO trait SELECT 'c' || n, (ARRAY['Oslo', 'Bergen', 'Rome'])[1 + n % 3], n, CASE WHEN n % 4 = 0 THEN '2026-01-01'::date END FROM generate_series(1, 70) n;
SELECT segments.register_interaction('visit', 'Visited', 'at', 'contact_id', rows_where => 'not IS_TEST -- of ours', stamp => 'default') > 0;
SELECT segments.register_events('event', 'kind', 'at', 'contact_id', 'Event', rows_where => $$ state <> 'out' AND properties ->> 'test' IS DISTINCT FROM 'yes' $$) > 0;
SELECT segments.register_profile_source('trait', 'Trait', 'contact_id', rows_where => 'left_on IS NULL') > 0;
SELECT name, rows_where FROM segments.interaction_catalog(true) ORDER BY 1;
SELECT name, rows_where, rows_where_columns FROM segments.interaction_type ORDER BY 1;
-- Members of documents of rows that do not count are not seen.
SELECT field, occurrences FROM segments.discover_json_fields('Event') ORDER BY 1;
SELECT segments.add_json_field('Event', 'properties.plan');
SELECT name, rows FROM segments.waiting_rows() ORDER BY 1;
SELECT (SELECT count(*) FROM visited) AS visited, (SELECT count(*) FROM happened) AS happened, (SELECT count(*) FROM living) AS living;
CALL segments.refresh();
SELECT segments.create_segment('visitors', 'Visited at least 2 times');
SELECT * FROM differing();
SELECT value FROM segments.event_catalog ORDER BY 1;

-- ---- in and out, by all ways there are
UPDATE visit SET is_test = true WHERE contact_id IN ('c6', 'c7', 'c9', 'c10');
UPDATE visit SET is_test = NULL WHERE contact_id IN ('c2', 'c3');
UPDATE visit SET is_test = false WHERE contact_id IN ('c20', 'c40', 'c25', 'c0');
UPDATE visit SET url = '/z', network = '((0,0),(1,1))' WHERE contact_id IN ('c11', 'c12');
DELETE FROM visit WHERE contact_id IN ('c30', 'c60', 'c61');
INSERT INTO visit VALUES ('c1', '2026-02-01', '/a', true), ('c1', '2026-02-01', '/a', false), ('c69', '2026-02-01', '/a', true), (NULL, '2026-02-01', '/a', true), (NULL, '2026-02-01', '/a', false);
UPDATE event SET state = 'out' WHERE contact_id IN ('c3', 'c4');
UPDATE event SET state = 'on' WHERE contact_id IN ('c5', 'c8', 'c7');
UPDATE event SET properties = properties || '{"test": "yes"}' WHERE contact_id = 'c9';
UPDATE event SET properties = properties - 'test' WHERE contact_id = 'c10';
DELETE FROM event WHERE contact_id IN ('c11', 'c12');
UPDATE trait SET left_on = CASE WHEN left_on IS NULL THEN '2026-03-01'::date END WHERE size % 5 = 0;
DELETE FROM trait WHERE size % 11 = 0;
SELECT name, rows FROM segments.waiting_rows() ORDER BY 1;
-- Of what does not count nothing waits.
SELECT name, waiting_changes FROM segments.fragment_status WHERE name = 'Trait';
SELECT count(*) FROM trait WHERE left_on IS NULL AND size % 5 = 0;
CALL segments.refresh();
SELECT rows_added, rows_removed FROM segments.refresh_log ORDER BY refresh_id DESC LIMIT 1;
SELECT * FROM differing();
-- A row like one that counts, but for what nobody can ask.
INSERT INTO visit SELECT contact_id, at, url, true FROM visit WHERE NOT is_test AND contact_id IN ('c13', 'c14');
CALL segments.refresh();
DELETE FROM visit WHERE is_test AND contact_id IN ('c13', 'c14');
UPDATE visit SET is_test = NOT is_test WHERE contact_id IN ('c15', 'c16');
CALL segments.refresh();
SELECT rows_added, rows_removed FROM segments.refresh_log ORDER BY refresh_id DESC LIMIT 1;
SELECT * FROM differing();
-- Into another partition, which is a delete and an insert.
UPDATE event SET state = CASE state WHEN 'on' THEN 'off' ELSE 'on' END WHERE contact_id IN ('c20', 'c21');
BEGIN;
UPDATE visit SET is_test = true WHERE contact_id = 'c17';
SAVEPOINT a;
UPDATE visit SET is_test = false WHERE contact_id = 'c17';
ROLLBACK TO a;
UPDATE visit SET is_test = NULL WHERE contact_id = 'c18';
COMMIT;
CALL segments.refresh();
SELECT * FROM differing();
TRUNCATE trait;
INSERT INTO trait SELECT 'c' || n, 'Oslo', n, CASE WHEN n % 4 = 0 THEN '2026-01-01'::date END FROM generate_series(1, 40) n;
CALL segments.refresh();
SELECT * FROM differing();
SELECT segments.rebuild();
CALL segments.refresh();
SELECT * FROM differing();

-- ---- who is erased loses the rows that do not count, too
INSERT INTO visit VALUES ('c31', '2026-02-01', '/secret', true);
SELECT count(*), count(*) FILTER (WHERE NOT is_test) AS counted FROM visit JOIN mapping ON record_id = contact_id WHERE profile_id = 'p15';
SELECT * FROM segments.forgotten('p15', '{{contact,c31}}') ORDER BY 1, 2, 3;
SELECT profiles, records, interactions FROM segments.erase_profile('p15');
SELECT count(*) FROM visit WHERE contact_id IN ('c30', 'c31');
SELECT * FROM segments.forgotten('p15', '{{contact,c31}}') ORDER BY 1, 2, 3;
SELECT * FROM differing();
-- What is left is told, whether it counts or not.
INSERT INTO visit VALUES ('c31', '2026-02-01', '/secret', true);
SELECT * FROM segments.forgotten('p15', '{{contact,c31}}') ORDER BY 1, 2, 3;
CALL segments.refresh();
SELECT * FROM differing();
DELETE FROM visit WHERE contact_id = 'c31';

-- ---- old rows
SELECT count(*) FILTER (WHERE is_test IS NOT FALSE) AS others FROM visit WHERE at < '2026-01-03';
SELECT * FROM segments.drop_interactions('Visited', '2026-01-03');
SELECT count(*), count(*) FILTER (WHERE is_test IS NOT FALSE) AS others FROM visit WHERE at < '2026-01-03';
\set VERBOSITY default
SELECT * FROM segments.drop_interactions('Visited', '2026-01-03', detach => true);
\set VERBOSITY terse
CALL segments.refresh();
SELECT * FROM differing();

-- ---- another condition, and none
SELECT segments.alter_interaction('Visited', rows_where => $$is_test AND context = '{}' AND (network IS NULL OR network >> '((0,0),(1,1))')$$);
SELECT segments.segment_count('Visited');
CREATE OR REPLACE VIEW visited AS SELECT contact_id, at, url FROM visit WHERE is_test AND context = '{}' AND (network IS NULL OR network >> '((0,0),(1,1))');
CALL segments.refresh();
SELECT * FROM differing();
UPDATE visit SET context = '{"a": 1}' WHERE contact_id IN ('c6', 'c7');
UPDATE visit SET is_test = false WHERE contact_id = 'c9';
CALL segments.refresh();
SELECT * FROM differing();
SELECT segments.alter_interaction('Visited', rows_where => '');
SELECT rows_where, rows_where_columns FROM segments.interaction_type WHERE name = 'Visited';
CREATE OR REPLACE VIEW visited AS SELECT contact_id, at, url FROM visit;
CALL segments.refresh();
SELECT * FROM differing();
SELECT segments.alter_interaction('Visited', rows_where => 'NOT is_test', time_column => 'at');
CREATE OR REPLACE VIEW visited AS SELECT contact_id, at, url FROM visit WHERE NOT is_test;
CALL segments.refresh();
SELECT * FROM differing();

-- ---- what it names has changed
\set VERBOSITY default
ALTER TABLE visit RENAME COLUMN is_test TO is_fake;
UPDATE visit SET url = '/renamed' WHERE contact_id = 'c21';
CALL segments.refresh();
SELECT segments.alter_interaction('Visited', rows_where => 'NOT is_fake');
CALL segments.refresh();
SELECT * FROM differing();
-- Another column goes by its name, for a while.
ALTER TABLE visit ADD COLUMN is_other boolean DEFAULT true;
CALL segments.refresh();
BEGIN;
ALTER TABLE visit RENAME COLUMN is_fake TO was_fake;
ALTER TABLE visit RENAME COLUMN is_other TO is_fake;
UPDATE visit SET url = '/meanwhile' WHERE contact_id IN ('c21', 'c22');
ALTER TABLE visit RENAME COLUMN is_fake TO is_other;
ALTER TABLE visit RENAME COLUMN was_fake TO is_fake;
COMMIT;
CALL segments.refresh();
SELECT * FROM differing();
DROP VIEW visited;
ALTER TABLE visit ALTER COLUMN is_fake TYPE text USING is_fake::text;
UPDATE visit SET url = '/text' WHERE contact_id = 'c23';
DELETE FROM visit WHERE contact_id = 'c24';
CALL segments.refresh();
SELECT (SELECT interactions FROM segments.erase_profile('p13'));
ALTER TABLE visit ALTER COLUMN is_fake TYPE boolean USING is_fake::boolean;
CREATE VIEW visited AS SELECT contact_id, at, url FROM visit WHERE NOT is_fake;
CALL segments.refresh();
SELECT * FROM differing();
ALTER TABLE visit DROP COLUMN is_other;

-- ---- functions
CREATE SCHEMA rule;
CREATE FUNCTION rule.counts(url text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN url <> '/a' AND 1 / nullif(length(url), 9) > -1; END $$;
SELECT segments.alter_interaction('Visited', rows_where => 'counts(url)');
SELECT segments.alter_interaction('Visited', rows_where => 'rule.counts(url)');
CREATE OR REPLACE VIEW visited AS SELECT contact_id, at, url FROM visit WHERE rule.counts(url);
CALL segments.refresh();
SELECT * FROM differing();
UPDATE visit SET url = CASE url WHEN '/a' THEN '/b' ELSE '/a' END WHERE contact_id IN ('c25', 'c26', 'c28');
CALL segments.refresh();
SELECT * FROM differing();
-- One that fails for a row keeps nobody from writing it, and freezes the type until the row is gone.
INSERT INTO visit VALUES ('c28', '2026-02-01', '', false);
CALL segments.refresh();
UPDATE visit SET at = '2026-02-02' WHERE contact_id = 'c28';
DELETE FROM visit WHERE url = '';
CALL segments.refresh();
SELECT * FROM differing();
ALTER FUNCTION rule.counts VOLATILE;
DELETE FROM visit WHERE contact_id = 'c29';
CALL segments.refresh();
ALTER FUNCTION rule.counts IMMUTABLE;
CALL segments.refresh();
SELECT * FROM differing();
CREATE OR REPLACE FUNCTION rule.counts(url text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN url = '/a'; END $$;
SELECT segments.alter_interaction('Visited', rows_where => 'rule.counts(url)');
CALL segments.refresh();
UPDATE visit SET url = '/b' WHERE contact_id = 'c32';
CALL segments.refresh();
SELECT * FROM differing();
DROP FUNCTION rule.counts CASCADE;
DELETE FROM visit WHERE contact_id = 'c33';
CALL segments.refresh();
SELECT segments.alter_interaction('Visited', rows_where => 'NOT is_fake');
CREATE VIEW visited AS SELECT contact_id, at, url FROM visit WHERE NOT is_fake;
CALL segments.refresh();
SELECT * FROM differing();

-- ---- what is no condition, and where there can be none
SELECT segments.alter_interaction('Visited', rows_where => 'NOT is_fke');
SELECT segments.alter_interaction('Visited', rows_where => 'now() > at');
SELECT segments.alter_interaction('Visited', rows_where => 'EXISTS (SELECT FROM mapping)');
SELECT segments.register_interaction('visit', 'Visited', 'at', 'contact_id', rows_where => 'is_fake');
SELECT segments.register_interaction('visit', 'Faked', 'at', 'contact_id', rows_where => 'is_fake');
CREATE TABLE page (url text PRIMARY KEY, is_gone boolean);
SELECT segments.register_interaction('page', 'Page', 'at', 'url', rows_where => 'true; DROP TABLE page');
SELECT segments.register_lookup('page', 'Page', 'url', '{Visited.url}') > 0;
SELECT segments.alter_interaction('Page', rows_where => 'NOT is_gone');
SELECT segments.unregister_interaction('Page');

-- ---- as whom it runs
CREATE ROLE counted_rows_owner;
CREATE ROLE counted_rows_reader;
GRANT CREATE, USAGE ON SCHEMA rule, public TO counted_rows_owner;
GRANT EXECUTE ON FUNCTION segments.alter_interaction TO counted_rows_owner, counted_rows_reader;
SELECT segments.unregister_interaction('Visited');
ALTER TABLE visit OWNER TO counted_rows_owner;
SET ROLE counted_rows_owner;
CREATE TABLE rule.heard (who name);
CREATE FUNCTION rule.whose(is_fake boolean) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF current_user <> 'counted_rows_owner' THEN
        RAISE WARNING 'it runs as %', current_user;
    END IF;
    BEGIN
        INSERT INTO rule.heard VALUES (session_user);
        RAISE WARNING 'it writes';
    EXCEPTION WHEN feature_not_supported OR read_only_sql_transaction THEN NULL;
    END;
    PERFORM set_config('search_path', 'rule, pg_catalog', false);
    RETURN NOT is_fake;
END
$$;
REVOKE EXECUTE ON FUNCTION rule.whose FROM PUBLIC;
RESET ROLE;
SELECT segments.register_interaction('visit', 'Visited', 'at', 'contact_id', rows_where => 'rule.whose(is_fake)', acknowledge_row_security => true) > 0;
CALL segments.refresh();
SELECT * FROM differing();
-- Whoever writes need not be allowed to call it.
GRANT SELECT, UPDATE, DELETE ON visit TO counted_rows_reader;
SET ROLE counted_rows_reader;
UPDATE visit SET url = '/reader' WHERE contact_id = 'c34';
SHOW search_path;
RESET ROLE;
SELECT segments.erase_profile('p17') IS NOT NULL;
CALL segments.refresh();
SELECT * FROM differing();
-- Whoever may not act as the owner has nothing evaluated as the owner.
SET ROLE counted_rows_reader;
SELECT segments.alter_interaction('Visited', rows_where => 'true');
RESET ROLE;
-- A timeline under policies, too.
GRANT USAGE ON SCHEMA segments TO counted_rows_reader;
GRANT EXECUTE ON FUNCTION segments.timeline TO counted_rows_reader;
GRANT SELECT ON mapping, visit TO counted_rows_reader;
ALTER TABLE visit ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_readers ON visit TO counted_rows_reader USING (url <> '/b');
SELECT url, count(*) FROM visited JOIN mapping ON record_id = contact_id WHERE profile_id = 'p18' GROUP BY 1 ORDER BY 1;
SET ROLE counted_rows_reader;
SELECT fields ->> 'url' AS url, count(*) FROM segments.timeline('p18', '{Visited}') GROUP BY 1 ORDER BY 1;
RESET ROLE;
-- No refresh waits for one that does not end.
INSERT INTO visit VALUES ('c36', '2026-02-01', '/a', false);
SET segments.source_time_limit = '50ms';
CREATE OR REPLACE FUNCTION rule.whose(is_fake boolean) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN LOOP NULL; END LOOP; END $$;
CALL segments.refresh();
RESET segments.source_time_limit;
SELECT segments.unregister_interaction('Visited');

-- ---- another table in its place has what the condition reads, or is not followed to
CREATE TABLE loaded (contact_id text, city text, size int);
ALTER TABLE trait RENAME TO trait_before;
ALTER TABLE loaded RENAME TO trait;
CALL segments.refresh();
SELECT segments.confirm_source('Trait');
ALTER TABLE trait ADD COLUMN left_on date;
INSERT INTO trait SELECT 'c' || n, 'Rome', n, CASE WHEN n % 4 = 0 THEN '2026-01-01'::date END FROM generate_series(1, 40) n;
CALL segments.refresh();
SELECT segments.segment_count('Trait.city = ''Rome''') = (SELECT count(DISTINCT profile_id) FROM trait JOIN mapping ON record_id = contact_id WHERE left_on IS NULL);
SELECT segments.detach_all();
DROP SCHEMA rule CASCADE;
DROP TABLE visit, event, trait, trait_before, mapping, page CASCADE;
DROP OWNED BY counted_rows_owner, counted_rows_reader;
DROP ROLE counted_rows_owner, counted_rows_reader;
