-- What the owner of a table wrote cannot end the session that refreshes or erases, by having errors end it.
SET TimeZone = 'UTC';
SET client_min_messages = error;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_ender;
CREATE SCHEMA ender AUTHORIZATION segments_test_ender;
CREATE TABLE mapping (record_id text, profile_id text);
INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 9) n;
CREATE TABLE visited (record_id text, occurred_at timestamptz);
SET ROLE segments_test_ender;
CREATE TABLE ender.gave (record_id text, occurred_at timestamptz);
CREATE FUNCTION ender.f(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$;
CREATE INDEX ON ender.gave (record_id) WHERE ender.f('x') = 'x';
CREATE FUNCTION ender.trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM ender.f('x'); RETURN OLD; END $$;
CREATE TRIGGER trap BEFORE DELETE ON ender.gave FOR EACH ROW EXECUTE FUNCTION ender.trap();
RESET ROLE;
SELECT segments.register_interaction('ender.gave', 'Gave', 'occurred_at', 'record_id'), segments.register_interaction('visited', 'Visited', 'occurred_at', 'record_id'), segments.register_unification('mapping', 'profile_id', 'record_id');
CALL segments.refresh();
CREATE VIEW parts AS SELECT part_name, part_state, part_sqlstate, left(part_reason, 110) AS reason FROM segments.refresh_log
WHERE refresh_id = (SELECT max(refresh_id) FROM segments.refresh_log) AND part_kind = 'source' ORDER BY 1;

-- A superuser replaces the function, whose owner is asked whether it may.
CREATE PROCEDURE replace_function(clauses text) LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CREATE OR REPLACE FUNCTION ender.f(text) RETURNS text IMMUTABLE ' || clauses; END $$;
INSERT INTO ender.gave VALUES ('r1', '2026-01-01'), ('r2', '2026-01-01');
SELECT pg_backend_pid() AS pid \gset
CALL replace_function($$ LANGUAGE plpgsql AS $f$ BEGIN PERFORM set_config('exit_on_error', 'on', false); RAISE EXCEPTION 'boo'; END $f$ $$);
INSERT INTO visited VALUES ('r1', '2026-01-01');
CALL segments.refresh();
SELECT * FROM parts;
SELECT segments.segment_count('Visited');
SELECT profiles FROM segments.erase_profile('p1');

CALL replace_function($$ LANGUAGE plpgsql SET exit_on_error = on AS $f$ BEGIN RAISE EXCEPTION 'boo'; END $f$ $$);
INSERT INTO visited VALUES ('r2', '2026-01-01');
CALL segments.refresh();
SELECT * FROM parts;
SELECT segments.segment_count('Visited');
SELECT profiles FROM segments.erase_profile('p1');

-- Tried in vain, and then failing like others; and in a block that catches.
CALL replace_function($$ LANGUAGE plpgsql AS $f$ BEGIN BEGIN SET exit_on_error = on; EXCEPTION WHEN others THEN NULL; END; BEGIN PERFORM set_config('exit_on_error', 'on', true); EXCEPTION WHEN others THEN NULL; END; RAISE EXCEPTION 'boo'; END $f$ $$);
INSERT INTO visited VALUES ('r3', '2026-01-01');
CALL segments.refresh();
SELECT * FROM parts;
SELECT segments.segment_count('Visited');
SELECT profiles FROM segments.erase_profile('p1');
SELECT pg_backend_pid() = :pid AS same_session;
SHOW exit_on_error;
-- In operations of one's own it is as ever.
SET exit_on_error = on;
SET exit_on_error = off;
CALL replace_function($$ LANGUAGE plpgsql AS $f$ BEGIN RETURN $1; END $f$ $$);
CALL segments.refresh();
SELECT * FROM parts;
SELECT segments.segment_count('Gave');
SELECT profiles FROM segments.erase_profile('p1');
SELECT count(*) FROM ender.gave;
SELECT segments.unregister_interaction('Gave');
DROP SCHEMA ender CASCADE;
DROP ROLE segments_test_ender;
