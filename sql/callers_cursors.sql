-- What runs as the owner of a table reads no cursor and no loop of the session that it runs in, and takes no row from them.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE ROLE callers_cursors_evil;
CREATE SCHEMA callers_cursors;
GRANT USAGE, CREATE ON SCHEMA callers_cursors TO callers_cursors_evil;
SET ROLE callers_cursors_evil;
CREATE TABLE callers_cursors.opened (record_id text, at timestamptz);
CREATE TABLE callers_cursors.mapping (record_id text, profile_id text);
INSERT INTO callers_cursors.opened SELECT 'r' || n, '2026-01-01' FROM generate_series(1, 20) n;
INSERT INTO callers_cursors.mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 20) n;
-- Every cursor that it finds, and one whose name it knows.
CREATE FUNCTION callers_cursors.fetch_all(tell boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
    cursor refcursor;
    found_row record;
BEGIN
    FOR name IN SELECT 'mine' UNION SELECT '<unnamed portal ' || n || '>' FROM generate_series(1, 30) n UNION SELECT pg_cursors.name FROM pg_cursors LOOP
        BEGIN
            cursor := name;
            FETCH cursor INTO found_row;
            IF found_row::text ~ 'secret' THEN
                RAISE WARNING '% fetched % from %', current_user, found_row, name;
            END IF;
        EXCEPTION WHEN OTHERS THEN
            IF name = 'mine' AND tell THEN
                RAISE WARNING '% %', SQLSTATE, SQLERRM;
            END IF;
        END;
    END LOOP;
    IF EXISTS (SELECT FROM pg_cursors WHERE statement ~ 'secret') THEN
        RAISE WARNING '% sees a cursor', current_user;
    END IF;
END
$$;
CREATE FUNCTION callers_cursors.fetch_by_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM callers_cursors.fetch_all(true); RETURN OLD; END $$;
CREATE TRIGGER fetch_rows BEFORE DELETE ON callers_cursors.opened FOR EACH ROW EXECUTE FUNCTION callers_cursors.fetch_by_trigger();
CREATE FUNCTION callers_cursors.fetches(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM callers_cursors.fetch_all(false); RETURN true; END $$;
RESET ROLE;
SELECT segments.register_interaction('callers_cursors.opened', 'Opened', 'at', 'record_id') > 0;
SELECT segments.register_unification('callers_cursors.mapping', rows_where => 'callers_cursors.fetches(profile_id)');
CREATE TABLE callers_cursors.to_erase AS SELECT 'p' || n AS profile_id, 'secret ' || n AS secret FROM generate_series(1, 5) n;
CALL segments.refresh();

\echo -- a cursor by name: by a condition on rows, and by a trigger
BEGIN;
DECLARE mine CURSOR FOR SELECT secret FROM callers_cursors.to_erase;
SELECT count(*) FROM segments.timeline('p20');
FETCH mine;
SELECT interactions FROM segments.erase_profile('p20');
FETCH mine;
SELECT name, statement FROM pg_cursors WHERE name = 'mine';
COMMIT;

\echo -- one that outlives its transaction
DECLARE mine CURSOR WITH HOLD FOR SELECT secret FROM callers_cursors.to_erase;
SELECT interactions FROM segments.erase_profile('p19');
FETCH mine;
CLOSE mine;

\echo -- a loop
DO $$
DECLARE
    person record;
    erased int := 0;
BEGIN
    FOR person IN SELECT profile_id, secret FROM callers_cursors.to_erase LOOP
        PERFORM segments.erase_profile(person.profile_id);
        erased := erased + 1;
    END LOOP;
    RAISE WARNING '% erased', erased;
END
$$;
SELECT count(*) FROM callers_cursors.mapping WHERE profile_id IN ('p1', 'p2', 'p3', 'p4', 'p5');

\echo -- they are there again after an error
SET ROLE callers_cursors_evil;
CREATE FUNCTION callers_cursors.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE TRIGGER refuse BEFORE DELETE ON callers_cursors.opened FOR EACH ROW EXECUTE FUNCTION callers_cursors.refuse();
RESET ROLE;
BEGIN;
DECLARE mine CURSOR FOR SELECT secret FROM callers_cursors.to_erase;
SAVEPOINT before;
SELECT segments.erase_profile('p18');
ROLLBACK TO before;
FETCH mine;
COMMIT;

\echo -- nor is one left behind, which would run as whoever fetches from it
SET ROLE callers_cursors_evil;
CREATE FUNCTION callers_cursors.whoever() RETURNS name LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'run by %', current_user; RETURN current_user; END $$;
CREATE FUNCTION callers_cursors.leave_open() RETURNS void LANGUAGE plpgsql AS $$
DECLARE left_open refcursor := 'left_open';
BEGIN
    OPEN left_open FOR SELECT callers_cursors.whoever();
EXCEPTION WHEN duplicate_cursor THEN NULL;
END
$$;
CREATE FUNCTION callers_cursors.leave_by_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM callers_cursors.leave_open(); RETURN OLD; END $$;
CREATE OR REPLACE FUNCTION callers_cursors.fetches(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM callers_cursors.leave_open(); RETURN true; END $$;
DROP TRIGGER refuse ON callers_cursors.opened;
DROP TRIGGER fetch_rows ON callers_cursors.opened;
CREATE TRIGGER leave_open BEFORE DELETE ON callers_cursors.opened FOR EACH ROW EXECUTE FUNCTION callers_cursors.leave_by_trigger();
RESET ROLE;
BEGIN;
SELECT count(*) FROM segments.timeline('p17');
SELECT interactions FROM segments.erase_profile('p17');
SELECT name, statement FROM pg_cursors;
DECLARE left_open CURSOR FOR SELECT 'ours';
SELECT interactions FROM segments.erase_profile('p16');
FETCH left_open;
COMMIT;
\echo -- an update that asks the condition
BEGIN;
UPDATE callers_cursors.mapping SET profile_id = profile_id || 'x' WHERE record_id = 'r15';
SELECT name, statement FROM pg_cursors;
ROLLBACK;
CALL segments.refresh();
DROP SCHEMA callers_cursors CASCADE;
DROP ROLE callers_cursors_evil;
