-- Hints about tables of a hostile owner, followed to the letter by a superuser: what the owner wrote runs as the owner only, and the
-- hint helps.  (Whether hints help at all: hints, hints_followed, hints_of_calls, hints_of_registering.)
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE ROLE hints_evil;
CREATE ROLE hints_group;
CREATE ROLE hints_friend;
GRANT hints_evil TO hints_group;
CREATE SCHEMA evil AUTHORIZATION hints_evil;
CREATE TABLE loot (who name, what text);
GRANT ALL ON loot TO PUBLIC;

-- Runs a statement, which must fail; then, in one statement each, what its hint says; then it again, until it succeeds.
CREATE FUNCTION follow(statement text, alternative int DEFAULT 1) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    error text;
    hint text;
    remedies text[];
    remedy text;
BEGIN
    FOR attempt IN 1 .. 3 LOOP
        BEGIN
            EXECUTE statement;
            RETURN NEXT 'succeeds';
            RETURN;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS error = RETURNED_SQLSTATE, hint = PG_EXCEPTION_HINT;
        END;
        remedies := array_remove(ARRAY(
            SELECT substring(rtrim(regexp_replace(sentence, '; if .*', ''), '.') FROM '(?:ALTER|SELECT|SET|CREATE|DROP) .*$')
            FROM regexp_split_to_table(hint, '\. (?=[A-Z])') sentence), NULL);
        RETURN NEXT format('%s: %s', error, remedies[alternative]);
        FOREACH remedy IN ARRAY string_to_array(remedies[alternative], '; ') LOOP
            EXECUTE remedy;
        END LOOP;
    END LOOP;
END
$$;
-- Who ran the owner's code since last asked, and whether that made the owner a superuser.
CREATE FUNCTION ran() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    SELECT coalesce(string_agg(DISTINCT who || ' ran ' || what, ', ' ORDER BY who || ' ran ' || what), 'nothing ran') ||
        CASE WHEN (SELECT rolsuper FROM pg_roles WHERE rolname = 'hints_evil') THEN ', and is a superuser' ELSE '' END
    INTO result FROM loot;
    TRUNCATE loot;
    RETURN result;
END
$$;

SET ROLE hints_evil;
-- Not while this session, which is a superuser's, acts as the owner.
CREATE FUNCTION evil.take(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('role') = 'hints_evil' THEN
        RETURN true;
    END IF;
    BEGIN EXECUTE 'RESET ROLE'; EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN EXECUTE 'RESET SESSION AUTHORIZATION'; EXCEPTION WHEN OTHERS THEN NULL; END;
    INSERT INTO public.loot VALUES (current_user, what);
    BEGIN EXECUTE 'ALTER ROLE hints_evil SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
    RETURN true;
END
$$;
CREATE FUNCTION evil.checked(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN evil.take('check'); END $$;
CREATE FUNCTION evil.trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('trigger'); RETURN coalesce(NEW, OLD); END $$;
CREATE TYPE evil.rid AS ENUM ('r1', 'r2', 'r3');
CREATE FUNCTION evil.to_text(evil.rid) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('cast'); RETURN enum_out($1)::text; END $$;
CREATE CAST (evil.rid AS text) WITH FUNCTION evil.to_text(evil.rid) AS ASSIGNMENT;
CREATE TYPE evil.pair AS (first int, second text);
CREATE FUNCTION evil.to_text(evil.pair) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.take('cast'); RETURN ($1).second; END $$;
CREATE CAST (evil.pair AS text) WITH FUNCTION evil.to_text(evil.pair);
CREATE TABLE evil.mapping (record_id text, profile_id text);
INSERT INTO evil.mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 3) n;
RESET ROLE;
SELECT segments.register_unification('evil.mapping');

\echo -- types of columns
SET ROLE hints_evil;
CREATE TABLE evil.keyed (record_id evil.rid, at timestamptz, CHECK (evil.checked(at::text)));
INSERT INTO evil.keyed VALUES ('r1', '2026-03-01');
CREATE TABLE evil.timed (record_id text, at timestamp, day date, written text, seconds int, CHECK (evil.checked(at::text)));
INSERT INTO evil.timed VALUES ('r1', '2026-03-01 12:00', '2026-03-01', '2026-03-01 12:00', 1767268800);
CREATE TABLE evil.parted (record_id text, at timestamp, CHECK (evil.checked(at::text))) PARTITION BY RANGE (at);
CREATE TABLE evil.parted_1 PARTITION OF evil.parted DEFAULT;
INSERT INTO evil.parted VALUES ('r1', '2026-03-01');
RESET ROLE;
TRUNCATE loot;
SELECT follow($$ SELECT segments.register_interaction('evil.keyed', 'Keyed', 'at', 'record_id') $$);
SELECT ran();
SELECT segments.register_interaction('evil.timed', 'Timed', 'at', 'record_id', time_zone => 'UTC') > 0 AS registered;
SELECT ran();
SELECT segments.alter_interaction('Timed', time_column => 'day');
SELECT ran();
SELECT follow($$ SELECT segments.alter_interaction('Timed', time_column => 'written') $$);
SELECT ran();
SELECT segments.alter_interaction('Timed', time_column => 'seconds', time_unit => 's');
SELECT ran();
SELECT segments.register_interaction('evil.parted', 'Parted', 'at', 'record_id', time_zone => 'UTC') > 0 AS registered;
SELECT ran();
CALL segments.refresh();
SELECT segments.segment_count('Keyed and Timed and Parted');
SET ROLE hints_evil;
ALTER TABLE evil.keyed ALTER COLUMN record_id TYPE evil.rid USING record_id::evil.rid;
RESET ROLE;
TRUNCATE loot;
CALL segments.refresh();
SELECT segments.run_as_owner('evil.keyed', 'ALTER TABLE evil.keyed ALTER COLUMN record_id TYPE text');
SELECT ran();
CALL segments.refresh();
SELECT segments.segment_count('Keyed');

\echo -- fields that cannot be tested
SET ROLE hints_evil;
CREATE TABLE evil.odd (record_id text, at timestamptz, pair evil.pair, place point, amount text, CHECK (evil.checked(record_id)));
INSERT INTO evil.odd VALUES ('r1', '2026-03-01', (1, 'x'), '(1,2)', '9');
RESET ROLE;
TRUNCATE loot;
SET client_min_messages = notice;
SELECT segments.register_interaction('evil.odd', 'Odd', 'at', 'record_id') > 0 AS registered;
SET client_min_messages = warning;
SELECT segments.run_as_owner('evil.odd', 'ALTER TABLE evil.odd ADD COLUMN pair_part integer GENERATED ALWAYS AS ((pair).first) STORED');
CALL segments.refresh();
SELECT segments.segment_count('Odd where pair_part = 1');
SELECT segments.segment_count('Odd where place is null');
SELECT segments.run_as_owner('evil.odd', 'ALTER TABLE evil.odd ADD COLUMN place_text text GENERATED ALWAYS AS (place::text) STORED');
SELECT segments.segment_count('Odd where amount > 5');
SELECT segments.run_as_owner('evil.odd', 'ALTER TABLE evil.odd ADD COLUMN amount_number numeric GENERATED ALWAYS AS (CASE WHEN amount ~ ''^-?[0-9]+([.][0-9]+)?$'' THEN amount::numeric END) STORED');
CALL segments.refresh();
SELECT segments.segment_count('Odd where amount_number > 5 and place_text = ''(1,2)''');
SELECT ran();

\echo -- tables as they cannot be read
SET ROLE hints_evil;
CREATE UNLOGGED TABLE evil.unlogged (record_id text, at timestamptz, segments_xid int, CHECK (evil.checked(record_id)));
CREATE INDEX ON evil.unlogged (record_id) WHERE evil.checked(record_id);
INSERT INTO evil.unlogged VALUES ('r1', '2026-03-01');
RESET ROLE;
TRUNCATE loot;
SELECT follow($$ SELECT segments.register_interaction('evil.unlogged', 'Unlogged', 'at', 'record_id') $$);
SELECT ran();
SET ROLE hints_evil;
ALTER TABLE evil.unlogged DISABLE TRIGGER ALL;
RESET ROLE;
SELECT follow(format($$ SELECT segments_internal.check_registered(%s, NULL) $$, type_id)) FROM segments.interaction_type WHERE name = 'Unlogged';
CREATE TABLE kid () INHERITS (evil.unlogged);
ALTER TABLE kid OWNER TO hints_evil;
SELECT follow(format($$ SELECT segments_internal.check_registered(%s, NULL) $$, type_id)) FROM segments.interaction_type WHERE name = 'Unlogged';
DROP TABLE kid;
SELECT ran();

\echo -- stamps of another server
SET ROLE hints_evil;
CREATE TABLE evil.restored (record_id text, at timestamptz);
CREATE TRIGGER a BEFORE UPDATE ON evil.restored FOR EACH ROW EXECUTE FUNCTION evil.trap();
CREATE TRIGGER b AFTER UPDATE ON evil.restored FOR EACH STATEMENT EXECUTE FUNCTION evil.trap();
RESET ROLE;
SELECT segments.register_interaction('evil.restored', 'Restored', 'at', 'record_id', stamp => 'default') > 0 AS registered;
CALL segments.refresh();
SET ROLE hints_evil;
ALTER TABLE evil.restored DISABLE TRIGGER USER;
INSERT INTO evil.restored VALUES ('r2', '2026-03-01', '999999999999');
ALTER TABLE evil.restored ENABLE TRIGGER USER, ENABLE ALWAYS TRIGGER "~segments_keep_stamp", ENABLE ALWAYS TRIGGER segments_log_change;
RESET ROLE;
TRUNCATE loot;
CALL segments.refresh();
SELECT segments.run_as_owner('evil.restored', 'UPDATE evil.restored SET segments_xid = NULL');
SELECT ran();
CALL segments.refresh();
SELECT segments.segment_count('Restored');

\echo -- rows that are kept
SET ROLE hints_evil;
CREATE FUNCTION evil.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('trigger'); RETURN NULL; END $$;
CREATE TRIGGER keep BEFORE DELETE ON evil.odd FOR EACH ROW EXECUTE FUNCTION evil.keep();
ALTER TABLE evil.odd ENABLE ALWAYS TRIGGER keep;
RESET ROLE;
SELECT records FROM segments.erase_profile('p1');
BEGIN; SELECT segments.run_as_owner('evil.odd', 'ALTER TABLE evil.odd DISABLE TRIGGER keep'); SELECT records FROM segments.erase_profile('p1'); SELECT segments.run_as_owner('evil.odd', 'ALTER TABLE evil.odd ENABLE ALWAYS TRIGGER keep'); COMMIT;
SELECT tgname, tgenabled FROM pg_trigger WHERE tgname = 'keep';
SELECT ran();

\echo -- what an owner advises is no hint of ours
SET ROLE hints_evil;
CREATE FUNCTION evil.stale(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$;
CREATE INDEX ON evil.restored (record_id) WHERE evil.stale('x') = 'x';
INSERT INTO evil.restored VALUES ('r3', '2026-03-01');
CREATE OR REPLACE FUNCTION evil.stale(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN RAISE EXCEPTION 'stale' USING DETAIL = 'It is.', HINT = 'Repair it: SELECT evil.take().', ERRCODE = '55000'; END $$;
RESET ROLE;
CALL segments.refresh();
SET ROLE hints_evil;
CREATE OR REPLACE FUNCTION evil.stale(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$;
RESET ROLE;
CALL segments.refresh();
TRUNCATE loot;

\echo -- who may run what as its owner
SET ROLE hints_group;
SELECT segments.run_as_owner('evil.odd', 'ALTER TABLE evil.odd ADD COLUMN more text');
SELECT segments_internal.owner_statement('evil.odd'::regclass, 'ALTER TABLE evil.odd ADD COLUMN more text');
SET ROLE hints_friend;
SELECT segments.run_as_owner(oid, 'ALTER TABLE evil.odd ADD COLUMN most text') FROM pg_class WHERE relname = 'odd';
\echo :LAST_ERROR_SQLSTATE
SET ROLE hints_evil;
SELECT segments_internal.owner_statement('evil.odd'::regclass, 'ALTER TABLE evil.odd ADD COLUMN more text');
RESET ROLE;
SELECT segments.run_as_owner(0, 'SELECT 1');
\echo :LAST_ERROR_SQLSTATE
SELECT ran();

\echo -- what stands in the way of DROP EXTENSION
SELECT segments.create_segment('all', 'all');
SET ROLE hints_evil;
CREATE VIEW evil.seen AS SELECT profile_id, t FROM (SELECT evil.take('view') AS t OFFSET 0) x LEFT JOIN segments.member m ON true;
CREATE MATERIALIZED VIEW evil.sets AS SELECT '{1}'::segments.profile_set AS m, 'all'::segments.definition AS d, 1 AS n;
CREATE FUNCTION evil.checked(bytea) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN evil.take('check'); END $$;
CREATE TABLE evil.keeps (m segments.profile_set, CHECK (evil.checked(m::bytea)));
INSERT INTO evil.keeps VALUES ('{1}');
CREATE FUNCTION evil.of_sets(segments.profile_set) RETURNS int LANGUAGE sql AS 'SELECT 1';
RESET ROLE;
TRUNCATE loot;
SELECT segments.detach_all();
SELECT segments.run_as_owner('evil.keeps', 'ALTER TABLE evil.keeps ALTER COLUMN m TYPE bytea USING m::bytea');
SELECT segments.run_as_owner('evil.sets', 'CREATE TABLE evil.sets_kept AS SELECT m::bytea AS m, d::text AS d, n FROM evil.sets'); DROP MATERIALIZED VIEW evil.sets;
SELECT pg_get_viewdef('evil.seen') <> ''; SELECT segments.run_as_owner('evil.seen', 'CREATE TABLE evil.seen_kept AS TABLE evil.seen'); DROP VIEW evil.seen;
SELECT pg_get_functiondef('evil.of_sets(segments.profile_set)'::regprocedure) <> ''; DROP FUNCTION evil.of_sets(segments.profile_set);
SELECT ran();
SELECT segments.detach_all();
DROP EXTENSION segments;
SELECT d, n, m IS NOT NULL FROM evil.sets_kept;
SELECT count(*) FROM evil.seen_kept;
SELECT count(*) FROM evil.keeps;
SET client_min_messages = error;
DROP SCHEMA evil CASCADE;
DROP OWNED BY hints_evil, hints_group, hints_friend;
DROP ROLE hints_evil, hints_group, hints_friend;
