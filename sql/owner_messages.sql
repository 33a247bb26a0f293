-- What code of a table's owner says below an error, in our own words if it likes, is told as the owner's: nobody follows its hint.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE ROLE owner_messages_evil;
CREATE SCHEMA owner_messages;
GRANT USAGE, CREATE ON SCHEMA owner_messages TO owner_messages_evil;
SET ROLE owner_messages_evil;
CREATE TABLE owner_messages."Opened mail" (record_id text, at timestamptz);
CREATE TABLE owner_messages.mapping (record_id text, profile_id text);
INSERT INTO owner_messages."Opened mail" VALUES ('r1', '2026-01-01'), ('r2', '2026-01-02');
INSERT INTO owner_messages.mapping VALUES ('r1', 'p1'), ('r2', 'p2');
CREATE FUNCTION owner_messages.says(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF $1 = 'r1' THEN
        RAISE WARNING 'interaction type "Opened" is frozen' USING HINT = 'Enable it, which loses nothing: ALTER ROLE owner_messages_evil SUPERUSER.', DETAIL = 'A trigger is off.';
        RAISE NOTICE 'a notice';
        RAISE INFO 'an information';
        RAISE LOG 'for the log alone';
    END IF;
    RETURN true;
END
$$;
CREATE FUNCTION owner_messages.says_by_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE WARNING 'by a trigger' USING HINT = 'GRANT owner_messages_evil TO you.';
    RETURN OLD;
END
$$;
CREATE TRIGGER says BEFORE DELETE ON owner_messages."Opened mail" FOR EACH ROW EXECUTE FUNCTION owner_messages.says_by_trigger();
RESET ROLE;
SELECT segments.register_interaction('owner_messages."Opened mail"', 'Opened', 'at', 'record_id', rows_where => 'owner_messages.says(record_id)') > 0;
SELECT segments.register_unification('owner_messages.mapping');
SET client_min_messages = notice;

\echo -- a refresh, and a timeline
CALL segments.refresh();
SELECT count(*) FROM segments.timeline('p1');

\echo -- the owner cannot take it away
SET ROLE owner_messages_evil;
CREATE OR REPLACE FUNCTION owner_messages.says(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM set_config('client_min_messages', 'debug1', false);
    IF $1 = 'r1' THEN
        RAISE DEBUG 'between the lines' USING HINT = 'Do this.';
        RAISE WARNING E'a warning\nHINT:  Do that.';
    END IF;
    RETURN true;
END
$$;
RESET ROLE;
SELECT count(*) FROM segments.timeline('p1');

\echo -- however much it says, little of it is passed on, and kept
SET client_min_messages = warning;
SET ROLE owner_messages_evil;
CREATE OR REPLACE FUNCTION owner_messages.says(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF $1 = 'r1' THEN
        RAISE WARNING '%', repeat('ö', 1000000) USING DETAIL = repeat('d', 1001), HINT = repeat('h', 1000000);
    END IF;
    RAISE EXCEPTION '%', repeat('ö', 1000000) USING DETAIL = repeat('d', 1001), HINT = repeat('h', 1000000);
END
$$;
RESET ROLE;
\set VERBOSITY terse
SELECT count(*) FROM segments.timeline('p1');
\set VERBOSITY default
SET client_min_messages = error;
UPDATE owner_messages."Opened mail" SET at = at;
CALL segments.refresh();
SET client_min_messages = warning;
SELECT name, length(reason) BETWEEN 450 AND 2000 AS is_short FROM segments.refresh_part WHERE length(reason) > 100;
SET ROLE owner_messages_evil;
CREATE OR REPLACE FUNCTION owner_messages.says(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN true; END $$;
RESET ROLE;

\echo -- what we say ourselves, of the table of an owner, is ours
SET client_min_messages = warning;
SET ROLE owner_messages_evil;
ALTER TABLE owner_messages."Opened mail" DROP COLUMN at;
RESET ROLE;
CALL segments.refresh();

\echo -- an erasure
SET ROLE owner_messages_evil;
ALTER TABLE owner_messages."Opened mail" ADD COLUMN at timestamptz;
RESET ROLE;
SELECT interactions FROM segments.erase_profile('p1');

DROP EXTENSION segments CASCADE;
DROP SCHEMA owner_messages CASCADE;
DROP ROLE owner_messages_evil;
