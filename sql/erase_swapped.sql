-- An erasure between a table's being loaded anew and swapped in by renaming, and the refresh that follows the name: whom it has erased
-- does not come back.  And one after a key column was given a type that keys do not have: the table is named.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE ROLE segments_test_swapper;
CREATE ROLE segments_test_other;
CREATE SCHEMA loaded;
GRANT ALL ON SCHEMA loaded TO segments_test_swapper, segments_test_other;
-- A statement that must fail: its code, and all that it says.
CREATE FUNCTION failure(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'succeeds';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLSTATE || ': ' || message, detail, hint);
END
$$;
-- Where something of somebody stands.
CREATE FUNCTION traces(number int) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(concat_ws(': ', place, detail), ', ' ORDER BY place, detail), 'none')
    FROM segments.forgotten('p' || number, ARRAY[ARRAY['contact', 'r' || number]], ARRAY['secret ' || number || '.'])
$$;
SET ROLE segments_test_swapper;
CREATE TABLE loaded.opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE loaded.mapping (record_id text, profile_id text);
INSERT INTO loaded.opened SELECT 'r' || n, '2026-01-01', 'secret ' || n || '.' FROM generate_series(1, 20) n;
INSERT INTO loaded.mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 20) n;
RESET ROLE;
SELECT segments.register_interaction('loaded.opened', 'Opened', 'occurred_at', 'record_id') > 0;
SELECT segments.register_unification('loaded.mapping', record_type => 'contact');
CALL segments.refresh();
-- Profiles by interactions, ours and SQL's.
CREATE FUNCTION is_exact() RETURNS boolean LANGUAGE sql AS $$
    SELECT coalesce((SELECT string_agg(id, ' ' ORDER BY id) FROM segments.profiles(segments.segment_eval('Opened')) id), '')
        = coalesce((SELECT string_agg(DISTINCT profile_id, ' ' ORDER BY profile_id) FROM loaded.opened JOIN loaded.mapping USING (record_id)), '')
$$;

\echo -- a table of the same owner: rows go from both
SET ROLE segments_test_swapper;
CREATE TABLE loaded.opened_new (label text, record_id text, occurred_at timestamptz);
INSERT INTO loaded.opened_new SELECT label, record_id, occurred_at FROM loaded.opened;
INSERT INTO loaded.opened_new VALUES ('again secret 1.', 'r1', '2026-02-01');
ALTER TABLE loaded.opened RENAME TO opened_old;
ALTER TABLE loaded.opened_new RENAME TO opened;
RESET ROLE;
SELECT traces(1);
SELECT profiles, records, interactions, mapping_rows FROM segments.erase_profile('p1');
SELECT count(*) FROM loaded.opened WHERE record_id = 'r1';
SELECT traces(1);
-- Whoever erases may delete from both.
CREATE ROLE segments_test_eraser;
GRANT USAGE ON SCHEMA segments TO segments_test_eraser;
GRANT EXECUTE ON FUNCTION segments.erase_profile(text) TO segments_test_eraser;
GRANT DELETE ON loaded.opened_old, loaded.mapping TO segments_test_eraser;
SET ROLE segments_test_eraser;
SELECT failure($$ SELECT segments.erase_profile('p2') $$);
RESET ROLE;
GRANT DELETE ON loaded.opened TO segments_test_eraser;
SET ROLE segments_test_eraser;
SELECT profiles, interactions FROM segments.erase_profile('p2');
RESET ROLE;
-- A trigger of the other keeps rows: nothing is erased.
SET ROLE segments_test_swapper;
CREATE FUNCTION loaded.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep BEFORE DELETE ON loaded.opened FOR EACH ROW EXECUTE FUNCTION loaded.keep();
RESET ROLE;
SELECT split_part(failure($$ SELECT segments.erase_profile('p3') $$), E'\n', 1);
SELECT traces(3);
DROP TRIGGER keep ON loaded.opened;
SELECT interactions FROM segments.erase_profile('p3');
-- What is too old would come back, too.
SELECT failure($$ SELECT segments.drop_interactions('Opened', '2026-01-15') $$);
SET client_min_messages = error;
CALL segments.refresh();
SELECT traces(1), traces(2), traces(3), is_exact();
SELECT * FROM segments.drop_interactions('Opened', '2025-01-15');

\echo -- the mapping: it is to be read first
SET ROLE segments_test_swapper;
CREATE TABLE loaded.mapping_new AS SELECT record_id, profile_id FROM loaded.mapping;
ALTER TABLE loaded.mapping RENAME TO mapping_old;
ALTER TABLE loaded.mapping_new RENAME TO mapping;
RESET ROLE;
SELECT failure($$ SELECT segments.erase_profile('p4') $$);
SELECT traces(4);
CALL segments.refresh();
SELECT profiles, records, interactions, mapping_rows FROM segments.erase_profile('p4');
SELECT traces(4);
CALL segments.refresh();
SELECT traces(4), is_exact();
SET ROLE segments_test_swapper;
CREATE TABLE loaded.mapping_new AS SELECT record_id, profile_id FROM loaded.mapping;
DROP TABLE loaded.mapping;
ALTER TABLE loaded.mapping_new RENAME TO mapping;
RESET ROLE;
SELECT split_part(failure($$ SELECT segments.erase_profile('p5') $$), E'\n', 1);
SELECT segments.confirm_source();
SELECT profiles, records, interactions, mapping_rows FROM segments.erase_profile('p5');
CALL segments.refresh();
SELECT traces(5), is_exact();

\echo -- another owner: a refresh reads it only if it is confirmed
ALTER TABLE loaded.opened RENAME TO opened_mine;
SET ROLE segments_test_other;
CREATE TABLE loaded.opened (record_id text, occurred_at timestamptz, label text);
INSERT INTO loaded.opened VALUES ('r6', '2026-03-01', 'secret 6.'), ('r7', '2026-03-01', 'secret 7.');
RESET ROLE;
-- It keeps nobody from erasing, nor from dropping; what is left there is named.
SET client_min_messages = warning;
SELECT profiles, interactions FROM segments.erase_profile('p6');
SELECT * FROM segments.drop_interactions('Opened', '2020-01-01');
SET client_min_messages = error;
SELECT traces(6);
DELETE FROM loaded.opened WHERE record_id = 'r6';
SELECT traces(6);
SELECT segments.confirm_source('Opened');
CALL segments.refresh();
SELECT count(*) FROM loaded.opened WHERE record_id = 'r6';
SELECT traces(6), is_exact();
\echo -- one that lacks a column
ALTER TABLE loaded.opened RENAME TO opened_theirs;
SET ROLE segments_test_other;
CREATE TABLE loaded.opened (record_id jsonb, label text);
INSERT INTO loaded.opened VALUES ('"r7"', 'secret 7.');
RESET ROLE;
SET client_min_messages = warning;
SELECT profiles, interactions FROM segments.erase_profile('p7');
SET client_min_messages = error;
SELECT traces(7);
SELECT segments.run_as_owner('loaded.opened', 'ALTER TABLE loaded.opened RENAME TO opened_other');
SELECT traces(7);
-- A view is never read.
CREATE VIEW loaded.opened AS SELECT * FROM loaded.opened_other;
SELECT profiles, interactions FROM segments.erase_profile('p8');
SELECT traces(8);
DROP VIEW loaded.opened;
ALTER TABLE loaded.opened_theirs RENAME TO opened;
CALL segments.refresh();
SELECT is_exact();

\echo -- a key column whose type was changed
INSERT INTO loaded.opened SELECT 'r' || n, '2026-01-01', 'secret ' || n || '.' FROM generate_series(9, 20) n;
CALL segments.refresh();
SET ROLE segments_test_other;
ALTER TABLE loaded.opened ALTER record_id TYPE jsonb USING to_jsonb(record_id);
RESET ROLE;
SELECT failure($$ SELECT segments.erase_profile('p9') $$);
SELECT failure($$ SELECT segments.forgotten('p9', '{{contact,r9}}') $$);
CALL segments.refresh();
SELECT split_part(failure($$ SELECT segments.erase_profile('p9') $$), E'\n', 1);
SELECT segments.run_as_owner('loaded.opened', 'ALTER TABLE loaded.opened ALTER COLUMN record_id TYPE text USING record_id #>> ''{}''');
SELECT profiles, interactions FROM segments.erase_profile('p9');
CALL segments.refresh();
SELECT traces(9), is_exact();
SET ROLE segments_test_swapper;
ALTER TABLE loaded.mapping ALTER profile_id TYPE text[] USING ARRAY[profile_id];
RESET ROLE;
SELECT failure($$ SELECT segments.erase_profile('p10') $$);
SELECT failure($$ SELECT segments.forgotten('p10') $$);
SELECT segments.run_as_owner('loaded.mapping', 'ALTER TABLE loaded.mapping ALTER COLUMN profile_id TYPE text USING profile_id[1]::text');
SELECT profiles, interactions FROM segments.erase_profile('p10');
ALTER TABLE loaded.mapping ALTER record_id TYPE date USING '2026-01-01'::date + substr(record_id, 2)::int;
SELECT failure($$ SELECT segments.erase_profile('p11') $$);
ALTER TABLE loaded.mapping ALTER record_id TYPE text USING 'r' || record_id - '2026-01-01'::date;
SELECT profiles, interactions FROM segments.erase_profile('p11');
CALL segments.refresh();
SELECT traces(10), traces(11), is_exact();
-- Columns that are json from the beginning.
CREATE TABLE loaded.made (id jsonb, at timestamptz);
INSERT INTO loaded.made VALUES ('"r12"', '2026-01-01');
SELECT failure($$ SELECT segments.register_interaction('loaded.made', 'Made', 'at', 'id', record_type => 'contact') $$);
ALTER TABLE loaded.made ADD COLUMN id_key text GENERATED ALWAYS AS (id #>> '{}') STORED;
SELECT segments.register_interaction('loaded.made', 'Made', 'at', 'id_key', record_type => 'contact') > 0;
CALL segments.refresh();
SELECT segments.profiles(segments.segment_eval('Made'));

\echo -- profile sources, with and without a column of time, and events
CREATE TABLE loaded.person (record_id text, note text);
CREATE TABLE loaded.subscription (record_id text, started_at timestamptz);
CREATE TABLE loaded.happened (record_id text, at timestamptz, kind text);
SELECT segments.register_profile_source('loaded.person', 'Person', 'record_id') > 0 AND
    segments.register_profile_source('loaded.subscription', 'Subscription', 'record_id', time_column => 'started_at') > 0 AND
    segments.register_events('loaded.happened', 'kind', 'at', 'record_id', 'happened') > 0;
CALL segments.refresh();
CREATE TABLE loaded.person_new AS SELECT 'r' || n AS record_id, 'secret ' || n || '.' AS note FROM generate_series(12, 14) n;
CREATE TABLE loaded.subscription_new AS SELECT 'r' || n AS record_id, timestamptz '2026-01-01' AS started_at FROM generate_series(12, 14) n;
CREATE TABLE loaded.happened_new AS SELECT 'r' || n AS record_id, timestamptz '2026-01-01' AS at, 'came' AS kind FROM generate_series(12, 14) n;
ALTER TABLE loaded.person RENAME TO person_old; ALTER TABLE loaded.person_new RENAME TO person;
ALTER TABLE loaded.subscription RENAME TO subscription_old; ALTER TABLE loaded.subscription_new RENAME TO subscription;
ALTER TABLE loaded.happened RENAME TO happened_old; ALTER TABLE loaded.happened_new RENAME TO happened;
SELECT traces(12);
SELECT profiles, interactions FROM segments.erase_profile('p12');
SELECT traces(12);
CALL segments.refresh();
SELECT segments.profiles(segments.segment_eval('Person and Subscription and came'));

DROP OWNED BY segments_test_swapper, segments_test_other, segments_test_eraser CASCADE;
DROP ROLE segments_test_swapper;
DROP ROLE segments_test_other;
DROP ROLE segments_test_eraser;
