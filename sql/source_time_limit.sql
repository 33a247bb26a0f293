-- What the owner of a table wrote may run so long amid a refresh, and amid an erasure, whatever it catches.
SET TimeZone = 'UTC';
SET client_min_messages = error;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_sleeper;
CREATE SCHEMA sleeper AUTHORIZATION segments_test_sleeper;
CREATE TABLE opened (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text, profile_id text);
INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 5) n;
INSERT INTO opened SELECT 'r' || n, '2026-01-01' FROM generate_series(1, 3) n;
SET ROLE segments_test_sleeper;
CREATE TABLE sleeper.slept (record_id text, occurred_at timestamptz);
INSERT INTO sleeper.slept SELECT 'r' || n, '2026-01-01' FROM generate_series(1, 2) n;
CREATE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN v; END $$;
CREATE INDEX ON sleeper.slept (record_id) WHERE sleeper.awake('x') = 'x';
RESET ROLE;
SELECT segments.register_interaction('sleeper.slept', 'Slept', 'occurred_at', 'record_id');
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
CALL segments.refresh();
SELECT segments.segment_count('Slept'), segments.segment_count('Opened');

SHOW segments.source_time_limit;

-- For the owner of the server's settings to say.
SET ROLE segments_test_sleeper;
SET segments.source_time_limit = 0;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- A refresh: that type freezes, the others go on.
INSERT INTO sleeper.slept VALUES ('r3', '2026-01-02');
INSERT INTO opened VALUES ('r4', '2026-01-02');
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(3600); RETURN v; END $$;
SET segments.source_time_limit = '1s';
SET client_min_messages = warning;
CALL segments.refresh();
SET client_min_messages = error;
SELECT segments.segment_count('Slept'), segments.segment_count('Opened');
SELECT part_name, part_state, part_sqlstate FROM segments.refresh_log WHERE refresh_id = (SELECT max(refresh_id) FROM segments.refresh_log) AND part_kind = 'source' ORDER BY 1;

-- Whoever catches what ends it is ended once more, or found out afterwards.
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    BEGIN
        PERFORM pg_sleep(3600);
    EXCEPTION WHEN query_canceled THEN
        PERFORM pg_sleep(3600);
    END;
    RETURN v;
END $$;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM pg_sleep(3600);
EXCEPTION WHEN query_canceled THEN
    RETURN v;
END $$;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;

-- Nor does a loop around what catches it go on, however deep.
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    LOOP
        BEGIN
            LOOP
                BEGIN
                    PERFORM pg_sleep(3600);
                EXCEPTION WHEN query_canceled THEN
                END;
            END LOOP;
        EXCEPTION WHEN query_canceled OR others THEN
            NULL;
        END;
    END LOOP;
END $$;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    WHILE true LOOP
        BEGIN
            RAISE EXCEPTION 'on and on';
        EXCEPTION WHEN raise_exception THEN
            CONTINUE;
        WHEN query_canceled THEN
            BEGIN
                PERFORM sleeper.awake(v);
            EXCEPTION WHEN query_canceled THEN
                PERFORM sleeper.awake(v);
            END;
        END;
    END LOOP;
END $$;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;

-- Others that are to be cancelled end the refresh as ever.
SET statement_timeout = '100ms';
SET segments.source_time_limit = '1h';
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(3600); RETURN v; END $$;
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
-- Also where they are caught, and whatever is raised instead.  (Which of both ways of cancelling it was differs between versions.)
\set VERBOSITY sqlstate
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    LOOP
        BEGIN
            LOOP
                BEGIN PERFORM pg_sleep(3600); EXCEPTION WHEN query_canceled THEN RAISE EXCEPTION 'not me'; END;
            END LOOP;
        EXCEPTION WHEN query_canceled OR others THEN NULL;
        END;
    END LOOP;
END $$;
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.timeline('p1');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.timeline('p1', '{Slept}');
\echo :LAST_ERROR_SQLSTATE
SET segments.source_time_limit = 0;
SELECT count(*) FROM segments.timeline('p1');
\echo :LAST_ERROR_SQLSTATE
SELECT name FROM segments.waiting_rows();
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
RESET statement_timeout;

-- What reads tables outside of refreshes: a type that takes too long, fails or is locked is left out, unless it was asked for.
SET segments.source_time_limit = '300ms';
SET client_min_messages = warning;
SELECT occurred_at, type FROM segments.timeline('p1');
SELECT occurred_at, type FROM segments.timeline('p1', '{Opened}');
SELECT occurred_at, type FROM segments.timeline('p1', '{Opened,Slept}');
\echo :LAST_ERROR_SQLSTATE
SELECT name, rows FROM segments.waiting_rows() ORDER BY 1;
SELECT count(*) FROM segments.forgotten('p1', '{{contact,r1}}');
\echo :LAST_ERROR_SQLSTATE
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'never' USING ERRCODE = 'ZZ001', DETAIL = 'As said.', HINT = 'Ask me.'; END $$;
SELECT occurred_at, type FROM segments.timeline('p1');
SELECT occurred_at, type FROM segments.timeline('p1', '{Slept}');
\echo :LAST_ERROR_SQLSTATE
SELECT name, rows FROM segments.waiting_rows() ORDER BY 1;
SET client_min_messages = error;

-- It thaws when it is awake.
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN v; END $$;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
SELECT segments.segment_count('Slept'), segments.segment_count('Opened');

-- As the hint says: more time.
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(1); RETURN v; END $$;
INSERT INTO sleeper.slept VALUES ('r4', '2026-01-02');
SET segments.source_time_limit = '100ms';
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
SET segments.source_time_limit = '1h';
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
SELECT segments.segment_count('Slept');
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN v; END $$;

-- It ends no session either: whoever sets a limit for the transaction (from 17 on there is one) is refused, and nobody else is affected.
INSERT INTO sleeper.slept VALUES ('r4', '2026-01-03');
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    BEGIN
        PERFORM set_config('transaction_timeout', '50ms', false);
        PERFORM pg_sleep(3600);
    EXCEPTION WHEN undefined_object OR insufficient_privilege THEN
        NULL;
    END;
    RETURN v;
END $$;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
CREATE OR REPLACE FUNCTION sleeper.awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN v; END $$;

-- An erasure: all or nothing.
SET ROLE segments_test_sleeper;
CREATE FUNCTION sleeper.sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3600); RETURN OLD; END $$;
CREATE TRIGGER sleep BEFORE DELETE ON sleeper.slept FOR EACH ROW EXECUTE FUNCTION sleeper.sleep();
RESET ROLE;
SET segments.source_time_limit = '1s';
SELECT profiles FROM segments.erase_profile('p1');
\echo :LAST_ERROR_SQLSTATE
CREATE OR REPLACE FUNCTION sleeper.sleep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        BEGIN PERFORM pg_sleep(3600); EXCEPTION WHEN query_canceled THEN END;
    END LOOP;
END $$;
SELECT profiles FROM segments.erase_profile('p1');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM sleeper.slept WHERE record_id = 'r1';
SELECT count(*) FROM mapping WHERE record_id = 'r1';
ALTER TABLE sleeper.slept DISABLE TRIGGER sleep;
RESET segments.source_time_limit;
SELECT profiles, interactions FROM segments.erase_profile('p1');
SELECT count(*) FROM segments.forgotten('p1', '{{contact,r1}}');

SET segments.source_time_limit = 0;
INSERT INTO opened VALUES ('r5', '2026-01-02');
CALL segments.refresh();
SELECT segments.segment_count('Opened');
RESET segments.source_time_limit;
DROP TABLE sleeper.slept CASCADE;
DROP SCHEMA sleeper CASCADE;
DROP ROLE segments_test_sleeper;
