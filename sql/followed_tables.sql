-- What the owner of a table that was swapped in wrote runs while a refresh, or somebody else, alters it: it ends in time, is told as
-- the owner's, and stops nothing else.
SET TimeZone = 'UTC';
SET client_min_messages = error;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_swapper;
CREATE SCHEMA swapper AUTHORIZATION segments_test_swapper;
CREATE TABLE mapping (record_id text, profile_id text);
INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 9) n;
CREATE TABLE visited (record_id text, occurred_at timestamptz);
INSERT INTO visited VALUES ('r1', '2026-01-01');
SET ROLE segments_test_swapper;
CREATE TABLE swapper.gave (record_id text, occurred_at timestamptz);
INSERT INTO swapper.gave SELECT 'r' || n, '2026-01-01' FROM generate_series(1, 2) n;
-- Quiet while its owner makes the table, and its index.
CREATE FUNCTION swapper.indexed(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN v; END $$;
CREATE PROCEDURE swapper.swap(rows int) LANGUAGE plpgsql AS $$
BEGIN
    CREATE OR REPLACE FUNCTION swapper.indexed(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN v; END';
    CREATE TABLE swapper.gave_new (record_id text, occurred_at timestamptz);
    INSERT INTO swapper.gave_new SELECT 'r' || n, '2026-01-01' FROM generate_series(1, rows) n;
    CREATE INDEX ON swapper.gave_new (swapper.indexed(record_id));
    ALTER TABLE swapper.gave RENAME TO gave_old;
    ALTER TABLE swapper.gave_new RENAME TO gave;
END $$;
RESET ROLE;
CREATE PROCEDURE swap_visited(rows int) LANGUAGE plpgsql AS $$
BEGIN
    CREATE TABLE visited_new (record_id text, occurred_at timestamptz);
    INSERT INTO visited_new SELECT 'r' || n, '2026-01-01' FROM generate_series(1, rows) n;
    DROP TABLE IF EXISTS visited_old;
    ALTER TABLE visited RENAME TO visited_old;
    ALTER TABLE visited_new RENAME TO visited;
END $$;
SELECT segments.register_interaction('swapper.gave', 'Gave', 'occurred_at', 'record_id');
SELECT segments.register_interaction('visited', 'Visited', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
CALL segments.refresh();
CREATE VIEW answers AS SELECT segments.segment_count('Gave') AS gave, segments.segment_count('Visited') AS visited;
CREATE VIEW parts AS SELECT part_name, part_state, part_sqlstate, left(part_reason, 80) AS reason FROM segments.refresh_log
WHERE refresh_id = (SELECT max(refresh_id) FROM segments.refresh_log) AND part_kind = 'source' ORDER BY 1;
SELECT * FROM answers;
SET statement_timeout = '60s';

-- What does not end: the limit ends it, and the honest table is followed.
CALL swap_visited(2);
SET ROLE segments_test_swapper;
CALL swapper.swap(3);
CREATE OR REPLACE FUNCTION swapper.indexed(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(3600); RETURN v; END $$;
RESET ROLE;
SET segments.source_time_limit = '1s';
SET client_min_messages = warning;
CALL segments.refresh();
SET client_min_messages = error;
SELECT * FROM answers;
SELECT * FROM parts;

-- Nor does it go on by catching that.
SET ROLE segments_test_swapper;
CREATE OR REPLACE FUNCTION swapper.indexed(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    LOOP
        BEGIN
            PERFORM pg_sleep(3600);
        EXCEPTION WHEN query_canceled OR others THEN
            NULL;
        END;
    END LOOP;
END $$;
RESET ROLE;
INSERT INTO visited VALUES ('r3', '2026-01-02');
CALL segments.refresh();
SELECT * FROM answers;
SELECT * FROM parts;

-- A cancel of who refreshes does end the refresh, whatever catches it; so does one of who confirms the table, for whom there is no limit.
SET segments.source_time_limit = '1h';
SET statement_timeout = '1s';
\set VERBOSITY sqlstate
CALL segments.refresh();
SET segments.source_time_limit = '100ms';
SELECT segments.confirm_source('Gave');
\set VERBOSITY default
SET segments.source_time_limit = '1h';
SET statement_timeout = '60s';
SELECT state, sqlstate FROM segments.refresh_log WHERE refresh_id = (SELECT max(refresh_id) FROM segments.refresh_log) LIMIT 1;

-- Errors that PL/pgSQL's OTHERS leaves out, and those that look as if they were the session's or the server's, are that table's alone.
CREATE PROCEDURE say(statement text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION swapper.indexed(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS %L', 'BEGIN ' || statement || '; RETURN v; END');
END $$;
CALL say('ASSERT false, ''no''');
INSERT INTO visited VALUES ('r4', '2026-01-02');
SET client_min_messages = warning;
CALL segments.refresh();
SET client_min_messages = error;
SELECT * FROM answers;
CALL say('RAISE EXCEPTION ''no'' USING ERRCODE = ''query_canceled''');
CALL segments.refresh();
SELECT * FROM parts;
CALL say('RAISE EXCEPTION ''canceling statement due to user request'' USING ERRCODE = ''query_canceled''');
CALL segments.refresh();
SELECT * FROM parts;
CALL say('RAISE EXCEPTION ''no'' USING ERRCODE = ''admin_shutdown''');
CALL segments.refresh();
SELECT * FROM parts;
CALL say('RAISE EXCEPTION ''no'' USING ERRCODE = ''disk_full''');
CALL segments.refresh();
SELECT * FROM parts;
CALL say('RAISE EXCEPTION ''no'' USING ERRCODE = ''lock_not_available''');
CALL segments.refresh();
SELECT * FROM parts;

-- However much it says, little is kept; and what it advises is no advice of ours.
CALL say('RAISE EXCEPTION ''%'', repeat(''x'', 5000000) USING DETAIL = repeat(''y'', 5000000), HINT = ''ALTER ROLE segments_test_swapper SUPERUSER''');
CALL segments.refresh();
SELECT length(part_reason) < 1100 AS is_cut FROM segments.refresh_log
WHERE refresh_id = (SELECT max(refresh_id) FROM segments.refresh_log) AND part_kind = 'source' AND part_name = 'Gave';
CALL say('RAISE EXCEPTION ''interaction type "Gave" cannot be read'' USING HINT = ''Let its owner do so: ALTER ROLE segments_test_swapper SUPERUSER.'', DETAIL = ''Its rows stay as they are.''');
SET client_min_messages = warning;
CALL segments.refresh();
-- Nor for whoever does what hints say.
SELECT segments.confirm_source('Gave');
SELECT segments.run_as_owner('swapper.gave', 'ALTER TABLE swapper.gave ADD COLUMN z int GENERATED ALWAYS AS (1) STORED');
SET client_min_messages = error;
CALL say('NULL');
SET client_min_messages = warning;
CALL segments.refresh();
SET client_min_messages = error;
SELECT * FROM answers;
CALL say('RAISE EXCEPTION ''interaction type "Gave" cannot be read'' USING HINT = ''Let its owner do so: ALTER ROLE segments_test_swapper SUPERUSER.''');
ALTER TABLE swapper.gave DROP COLUMN segments_xid;
SELECT segments.reattach_source('Gave');
CALL say('PERFORM pg_sleep(3600)');
SET statement_timeout = '1s';
\set VERBOSITY sqlstate
SELECT segments.reattach_source('Gave');
\set VERBOSITY default
SET statement_timeout = '60s';
CALL say('NULL');
SELECT segments.reattach_source('Gave');
CALL segments.refresh();
SELECT * FROM answers;
-- A view in the way: the server's own advice is one.
CREATE VIEW stamps AS SELECT segments_xid FROM swapper.gave;
SELECT segments.unregister_interaction('Gave');
DROP VIEW stamps;
SELECT segments.unregister_interaction('Gave');

-- A swapped mapping likewise.
SET ROLE segments_test_swapper;
CREATE TABLE swapper.mapping (record_id text, profile_id text);
INSERT INTO swapper.mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 9) n;
RESET ROLE;
SELECT segments.unregister_unification();
SELECT segments.register_unification('swapper.mapping', record_type => 'contact');
CALL segments.refresh();
SELECT segments.segment_count('Visited');
SET ROLE segments_test_swapper;
CREATE OR REPLACE FUNCTION swapper.indexed(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN v; END';
CREATE TABLE swapper.mapping_new (record_id text, profile_id text);
INSERT INTO swapper.mapping_new SELECT 'r' || n, 'q' FROM generate_series(1, 9) n;
CREATE INDEX ON swapper.mapping_new (swapper.indexed(record_id));
DROP TABLE swapper.mapping;
ALTER TABLE swapper.mapping_new RENAME TO mapping;
RESET ROLE;
CALL say('ASSERT false, ''no''');
CALL swap_visited(5);
SET client_min_messages = warning;
CALL segments.refresh();
SET client_min_messages = error;
SELECT segments.segment_count('Visited');
CALL say('NULL');
CALL segments.refresh();
SELECT segments.segment_count('Visited');

SELECT segments.detach_all();
DROP PROCEDURE say, swap_visited;
DROP VIEW answers, parts;
DROP TABLE visited, visited_old, mapping;
DROP SCHEMA swapper CASCADE;
DROP ROLE segments_test_swapper;
