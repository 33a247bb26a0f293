-- A table that is loaded anew and swapped in by renaming, as loaders do: its type follows the name if the table has the same owner and
-- the registered columns; else it freezes until confirm_source() says so.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_loader;
CREATE ROLE segments_test_stranger;
CREATE SCHEMA loaded;
GRANT ALL ON SCHEMA loaded TO segments_test_loader, segments_test_stranger;
SET ROLE segments_test_loader;
CREATE TABLE loaded.opened (record_id text, occurred_at timestamptz, label text, size int);
CREATE TABLE loaded.mapping (record_id text, profile_id text);
INSERT INTO loaded.opened SELECT 'r' || n % 5, '2026-01-01', 'old', n FROM generate_series(1, 20) n;
INSERT INTO loaded.mapping SELECT 'r' || n, 'p' || n FROM generate_series(0, 9) n;
RESET ROLE;
SELECT segments.register_interaction('loaded.opened', 'Opened', 'occurred_at', 'record_id', aliases => '{OpenedAlias}');
SELECT segments.register_unification('loaded.mapping', record_type => 'contact');
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened where label = ''new''');

-- New table, two renames, drop.  Its columns have other numbers.
SET ROLE segments_test_loader;
CREATE TABLE loaded.opened_new (size int, label text, record_id text, occurred_at timestamptz);
INSERT INTO loaded.opened_new SELECT n, 'new', 'r' || n % 7, '2026-02-01' FROM generate_series(1, 30) n;
ALTER TABLE loaded.opened RENAME TO opened_old;
ALTER TABLE loaded.opened_new RENAME TO opened;
RESET ROLE;
CALL segments.refresh();
SELECT segments.segment_count('Opened where label = ''new'''), segments.segment_count('OpenedAlias where size = 30'), segments.segment_count('Opened before ''2026-01-15''');
SELECT name, state, members FROM segments.segment_overview;
DROP TABLE loaded.opened_old;
INSERT INTO loaded.opened VALUES (31, 'newer', 'r9', '2026-02-02');
DELETE FROM loaded.opened WHERE size = 30;
CALL segments.refresh();
SELECT segments.segment_count('Opened'), segments.segment_count('Opened where size = 30');
-- The drop comes before a refresh; a copy that has the stamp, but not as it must be; and the mapping likewise.
SET ROLE segments_test_loader;
CREATE TABLE loaded.opened_new AS SELECT * FROM loaded.opened WHERE size > 20;
DROP TABLE loaded.opened;
ALTER TABLE loaded.opened_new RENAME TO opened;
CREATE TABLE loaded.mapping_new (LIKE loaded.mapping INCLUDING ALL);
INSERT INTO loaded.mapping_new SELECT record_id, 'q' || record_id FROM loaded.mapping;
ALTER TABLE loaded.mapping RENAME TO mapping_old;
ALTER TABLE loaded.mapping_new RENAME TO mapping;
RESET ROLE;
\set VERBOSITY terse
CALL segments.refresh();
SELECT segments.segment_count('Opened') = (SELECT count(DISTINCT profile_id) FROM loaded.opened JOIN loaded.mapping USING (record_id)) AS is_exact;
SELECT * FROM segments.profiles(segments.segment_eval('all')) ORDER BY 1 LIMIT 3;

-- Somebody else's table, or one without a registered column, is not followed.
ALTER TABLE loaded.opened RENAME TO opened_old;
SET ROLE segments_test_stranger;
CREATE TABLE loaded.opened (record_id text, occurred_at timestamptz);
INSERT INTO loaded.opened VALUES ('r1', '2026-03-01');
RESET ROLE;
\set VERBOSITY default
CALL segments.refresh();
\set VERBOSITY terse
GRANT EXECUTE ON FUNCTION segments.confirm_source(text) TO segments_test_loader;
SET ROLE segments_test_loader;
SELECT segments.confirm_source('Opened');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
REVOKE EXECUTE ON FUNCTION segments.confirm_source(text) FROM segments_test_loader;
SELECT segments.confirm_source();
\echo :LAST_ERROR_SQLSTATE
SELECT segments.confirm_source('opened');
CALL segments.refresh();
SELECT segments.segment_count('Opened'), segments.segment_count('Opened since ''2026-03-01''');
DROP TABLE loaded.opened;
CALL segments.refresh();
SET ROLE segments_test_stranger;
CREATE TABLE loaded.opened (record_id text, at timestamptz);
RESET ROLE;
CALL segments.refresh();
SELECT segments.confirm_source('Opened');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE loaded.opened RENAME at TO occurred_at;
CALL segments.refresh();
SELECT segments.segment_count('Opened');
-- Within a transaction a swap waits for the next refresh outside of one.
SET ROLE segments_test_stranger;
CREATE TABLE loaded.opened_new (record_id text, occurred_at timestamptz);
INSERT INTO loaded.opened_new VALUES ('r1', '2026-03-01'), ('r2', '2026-03-01');
DROP TABLE loaded.opened;
ALTER TABLE loaded.opened_new RENAME TO opened;
RESET ROLE;
BEGIN;
CALL segments.refresh();
COMMIT;
CALL segments.refresh();
SELECT segments.segment_count('Opened');
-- A table that was renamed and nothing more goes on.
ALTER TABLE loaded.opened RENAME TO opens;
INSERT INTO loaded.opens VALUES ('r3', '2026-03-01');
CALL segments.refresh();
SELECT segments.segment_count('Opened');
-- So are tables of profile sources, with and without a column of time, and of events.
SET ROLE segments_test_loader;
CREATE TABLE loaded.person (record_id text, city text);
CREATE TABLE loaded.subscription (record_id text, plan text, started_at timestamptz);
CREATE TABLE loaded.event (record_id text, at timestamptz, kind text);
INSERT INTO loaded.person VALUES ('r1', 'Oslo');
INSERT INTO loaded.subscription VALUES ('r1', 'free', '2026-01-01');
INSERT INTO loaded.event VALUES ('r1', '2026-01-01', 'came');
RESET ROLE;
SELECT segments.register_profile_source('loaded.person', 'Person', 'record_id') > 0 AND
    segments.register_profile_source('loaded.subscription', 'Subscription', 'record_id', time_column => 'started_at') > 0 AND
    segments.register_events('loaded.event', 'kind', 'at', 'record_id', 'event') > 0 AS registered;
CALL segments.refresh();
SET ROLE segments_test_loader;
CREATE TABLE loaded.person_new (city text, record_id text);
CREATE TABLE loaded.subscription_new (plan text, started_at timestamptz, record_id text);
CREATE TABLE loaded.event_new (kind text, at timestamptz, record_id text);
INSERT INTO loaded.person_new SELECT 'Bergen', 'r' || n FROM generate_series(1, 2) n;
INSERT INTO loaded.subscription_new SELECT 'pro', '2026-02-01', 'r' || n FROM generate_series(1, 3) n;
INSERT INTO loaded.event_new SELECT 'went', '2026-02-01', 'r' || n FROM generate_series(1, 4) n;
CREATE PROCEDURE loaded.swap(name text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE loaded.%I RENAME TO %I', name, name || '_old');
    EXECUTE format('ALTER TABLE loaded.%I RENAME TO %I', name || '_new', name);
    EXECUTE format('DROP TABLE loaded.%I', name || '_old');
END $$;
CALL loaded.swap('person');
CALL loaded.swap('subscription');
CALL loaded.swap('event');
RESET ROLE;
SET client_min_messages = notice;
CALL segments.refresh();
SET client_min_messages = warning;
SELECT segments.segment_count('Person.city = ''Bergen'''), segments.segment_count('Person.city = ''Oslo'''),
    segments.segment_count('Subscription.plan = ''pro'' and Subscription since ''2026-01-15'''), segments.segment_count('went'), segments.segment_count('event before ''2026-01-15''');
-- Not one without the column that names events; once it is there, it is.
SET ROLE segments_test_loader;
CREATE TABLE loaded.event_new (at timestamptz, record_id text);
INSERT INTO loaded.event_new VALUES ('2026-03-01', 'r5');
CALL loaded.swap('event');
RESET ROLE;
CALL segments.refresh();
SELECT segments.confirm_source('event');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE loaded.event ADD COLUMN kind text DEFAULT 'came back';
CALL segments.refresh();
SELECT segments.segment_count('"came back"'), segments.segment_count('event');
-- Whose it was is who owned it last, and a role, not its name: neither a former owner nor who was made under the name of one feeds the type.
CREATE ROLE segments_test_buyer;
GRANT USAGE ON SCHEMA loaded TO segments_test_buyer;
GRANT EXECUTE ON FUNCTION segments.confirm_source TO segments_test_loader, segments_test_buyer;
SET client_min_messages = error;
DROP TABLE loaded.event;
SET ROLE segments_test_loader;
CREATE TABLE loaded.sold (record_id text, at timestamptz);
INSERT INTO loaded.sold VALUES ('r1', '2026-01-01');
RESET ROLE;
SELECT segments.register_interaction('loaded.sold', 'Sold', 'at', 'record_id') > 0;
GRANT CREATE ON SCHEMA loaded TO segments_test_buyer;
ALTER TABLE loaded.sold OWNER TO segments_test_buyer;
CALL segments.refresh();
DROP TABLE loaded.sold;
SET ROLE segments_test_loader;
CREATE TABLE loaded.sold AS SELECT 'r' || n AS record_id, '2026-01-01'::timestamptz AS at FROM generate_series(1, 5) n;
SELECT segments.confirm_source('Sold');
RESET ROLE;
CALL segments.refresh();
SELECT segments.segment_count('Sold');
DROP TABLE loaded.sold;
DROP OWNED BY segments_test_buyer;
DROP ROLE segments_test_buyer;
CREATE ROLE segments_test_buyer;
GRANT USAGE, CREATE ON SCHEMA loaded TO segments_test_buyer;
GRANT EXECUTE ON FUNCTION segments.confirm_source TO segments_test_buyer;
SET ROLE segments_test_buyer;
CREATE TABLE loaded.sold AS SELECT 'r' || n AS record_id, '2026-01-01'::timestamptz AS at FROM generate_series(1, 6) n;
SELECT segments.confirm_source('Sold');
RESET ROLE;
CALL segments.refresh();
SELECT segments.segment_count('Sold');
SELECT segments.confirm_source('Sold');
CALL segments.refresh();
SELECT segments.segment_count('Sold');

-- The registered table is gone, and somebody else's stands under its name: what the hints say is enough.
CREATE FUNCTION followed(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'nothing was wrong';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    EXECUTE substring(hint FROM 'SELECT segments\.confirm_source\([^)]*\)');
    RETURN SQLSTATE || ': ' || SQLERRM || ' ' || hint;
END
$$;
CREATE SCHEMA mine;
CREATE TABLE mine.came (record_id text, occurred_at timestamptz);
INSERT INTO mine.came VALUES ('r1', '2026-03-01');
SELECT segments.register_interaction('mine.came', 'Came', 'occurred_at', 'record_id') > 0 AS registered;
CALL segments.refresh();
ALTER TABLE mine.came RENAME TO former;
DROP TABLE mine.former;
CREATE TABLE mine.came (record_id text, occurred_at timestamptz);
INSERT INTO mine.came VALUES ('r1', '2026-03-01'), ('r2', '2026-03-01');
CREATE ROLE segments_test_owner;
GRANT USAGE ON SCHEMA mine, loaded TO segments_test_owner;
ALTER TABLE mine.came OWNER TO segments_test_owner;
SELECT followed('SELECT segments.segment_count(''Came'')');
CALL segments.refresh();
SELECT segments.segment_count('Came') = (SELECT count(DISTINCT profile_id) FROM mine.came JOIN loaded.mapping USING (record_id)) AS is_exact;
CREATE TABLE loaded.mapping_new AS SELECT record_id, 'z' || record_id AS profile_id FROM loaded.mapping;
DROP TABLE loaded.mapping;
ALTER TABLE loaded.mapping_new RENAME TO mapping;
ALTER TABLE loaded.mapping OWNER TO segments_test_owner;
SELECT followed('SELECT segments.register_unification(''loaded.mapping'')');
CALL segments.refresh();
SELECT segments.segment_count('all') = (SELECT count(DISTINCT profile_id) FROM loaded.mapping) AS is_exact;
DROP TABLE loaded.mapping;
SELECT segments.register_unification('mine.came', 'record_id', 'record_id');
\echo :LAST_ERROR_SQLSTATE
DROP OWNED BY segments_test_owner CASCADE;
DROP ROLE segments_test_owner;
SET client_min_messages = error;
SELECT segments.detach_all();
DROP SCHEMA loaded, mine CASCADE;
DROP OWNED BY segments_test_loader, segments_test_stranger, segments_test_buyer;
DROP ROLE segments_test_loader, segments_test_stranger, segments_test_buyer;
