-- What the names in a condition on rows lead to, and whose the table is: nothing of it is run unless that is as it was when it was given.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE ROLE condition_names_owner;
CREATE ROLE condition_names_author;
CREATE ROLE condition_names_evil;
CREATE SCHEMA condition_names;
CREATE SCHEMA util AUTHORIZATION condition_names_author;
GRANT USAGE, CREATE ON SCHEMA condition_names TO condition_names_owner, condition_names_evil;
GRANT USAGE, CREATE ON SCHEMA util TO condition_names_owner, condition_names_evil;
GRANT EXECUTE ON FUNCTION segments.register_unification, segments.alter_unification, segments.register_interaction, segments.alter_interaction TO condition_names_owner;
-- Who has run what: a sequence, because rows that an error takes back tell nothing.
CREATE SEQUENCE condition_names.stolen;
GRANT USAGE ON SEQUENCE condition_names.stolen TO condition_names_evil;
SET ROLE condition_names_author;
CREATE FUNCTION util.is_any(anyelement) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1::text <> 'deleted' $$;
CREATE FUNCTION util.is_none(VARIADIC text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT 'deleted' <> ALL ($1) $$;
CREATE FUNCTION util.is_long(text, int DEFAULT 0) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT length($1) > $2 $$;
CREATE FUNCTION util.is_ok(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 <> 'deleted' $$;
CREATE OPERATOR util.<=> (FUNCTION = textne, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR util.~~~ (FUNCTION = util.is_any, RIGHTARG = anyelement);
CREATE TYPE util.pair AS (a text, b text);
CREATE TYPE util.mood AS ENUM ('ok', 'deleted');
CREATE COLLATION util.plain (provider = libc, locale = 'C');
RESET ROLE;
SET ROLE condition_names_owner;
CREATE TABLE condition_names.mapping (record_id text, profile_id text, status varchar(20), mood util.mood DEFAULT 'ok', owner text DEFAULT 'x');
INSERT INTO condition_names.mapping VALUES ('r1', 'p1', 'ok'), ('r2', 'p2', 'deleted'), ('r3', 'p3', 'ok');
CREATE TABLE condition_names.opened (record_id text, at timestamptz, status text);
INSERT INTO condition_names.opened SELECT 'r' || n, '2026-01-01', CASE WHEN n = 3 THEN 'deleted' ELSE 'ok' END FROM generate_series(1, 3) n;

\echo -- what somebody could replace by something that fits better
SELECT segments.register_unification('condition_names.mapping', rows_where => 'util.is_any(status)');
SELECT segments.register_unification('condition_names.mapping', rows_where => 'util.is_none(status, owner)');
SELECT segments.register_unification('condition_names.mapping', rows_where => 'util.is_none(VARIADIC ARRAY[status::text])');
SELECT segments.register_unification('condition_names.mapping', rows_where => 'util.is_long(status)');
SELECT segments.register_unification('condition_names.mapping', rows_where => 'OPERATOR(util.~~~) status');
SELECT segments.register_unification('condition_names.mapping', rows_where => $$ ('(a,b)'::util.pair).a = status $$);
SELECT segments.register_unification('condition_names.mapping', rows_where => $$ status = ANY (ARRAY['(a,b)'::util.pair]::text[]) $$);

\echo -- what nobody can
SELECT segments.register_unification('condition_names.mapping', rows_where =>
    $$ util.is_ok(status) AND status OPERATOR(util.<=>) ANY (ARRAY['gone', 'away']) AND mood <> 'deleted' AND status COLLATE util.plain < 'zzz' AND util.is_long(status::text, 1) $$);
RESET ROLE;
SELECT rows_where_names FROM segments.unification;
SET ROLE condition_names_owner;
SELECT segments.register_interaction('condition_names.opened', 'Opened', 'at', 'record_id', rows_where => 'util.is_ok(status)') > 0;
RESET ROLE;
SELECT rows_where_names FROM segments.interaction_type;
CALL segments.refresh();
SELECT segments.segment_count('all'), segments.segment_count('Opened');
SET ROLE condition_names_evil;
CREATE FUNCTION util.steal() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN PERFORM nextval('condition_names.stolen'); RETURN true; END $$;
CREATE FUNCTION util.is_ok(varchar) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN util.steal(); END $$;
CREATE FUNCTION util.is_ok(anyelement) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN util.steal(); END $$;
CREATE FUNCTION util.is_long(varchar, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN util.steal(); END $$;
RESET ROLE;
INSERT INTO condition_names.mapping VALUES ('r4', 'p4', 'ok'), ('r5', 'p5', 'deleted');
INSERT INTO condition_names.opened VALUES ('r4', '2026-01-01', 'ok'), ('r5', '2026-01-01', 'ok');
CALL segments.refresh();
SELECT segments.segment_count('all'), segments.segment_count('Opened');
SELECT profiles, interactions FROM segments.erase_profile('p4');
SELECT is_called FROM condition_names.stolen;

\echo -- another function of the name, of somebody else
SET ROLE condition_names_author;
DROP FUNCTION util.is_ok(text);
RESET ROLE;
CALL segments.refresh();
SET ROLE condition_names_evil;
CREATE FUNCTION util.is_ok(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN util.steal(); END $$;
RESET ROLE;
INSERT INTO condition_names.mapping VALUES ('r6', 'p6', 'ok');
CALL segments.refresh();
SELECT segments.erase_profile('p1');
UPDATE condition_names.opened SET status = status;
SELECT is_called FROM condition_names.stolen;
SET ROLE condition_names_evil;
DROP FUNCTION util.is_ok(text);
SET ROLE condition_names_author;
CREATE FUNCTION util.is_ok(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 <> 'deleted' $$;
RESET ROLE;
CALL segments.refresh();
SELECT segments.segment_count('all'), segments.segment_count('Opened');

\echo -- how a session quotes names is nothing of them
SET quote_all_identifiers = on;
CALL segments.refresh();
SET ROLE condition_names_owner;
SELECT segments.alter_unification(rows_where => 'mood <> ''deleted'' AND util.is_ok(status::text)');
RESET ROLE;
RESET quote_all_identifiers;
CALL segments.refresh();
SELECT rows_where, rows_where_names FROM segments.unification;

\echo -- another owner of the table, who has not given the condition
ALTER TABLE condition_names.mapping OWNER TO condition_names_evil;
ALTER TABLE condition_names.opened OWNER TO condition_names_evil;
GRANT condition_names_author TO condition_names_evil;
INSERT INTO condition_names.mapping VALUES ('r7', 'p7', 'ok');
CALL segments.refresh();
SELECT segments.erase_profile('p1');
GRANT EXECUTE ON FUNCTION segments.alter_unification, segments.alter_interaction TO condition_names_evil;
SET ROLE condition_names_evil;
SELECT segments.alter_unification(rows_where => 'mood <> ''deleted'' AND status <> ''deleted''');
SELECT segments.alter_interaction('Opened', rows_where => '');
RESET ROLE;
CALL segments.refresh();
SELECT segments.segment_count('all'), segments.segment_count('Opened');
SELECT profiles, interactions FROM segments.erase_profile('p1');
SELECT is_called FROM condition_names.stolen;
SET client_min_messages = error;
SELECT segments.detach_all() IS NOT NULL;
DROP SCHEMA condition_names, util CASCADE;
DROP OWNED BY condition_names_owner, condition_names_author, condition_names_evil;
DROP ROLE condition_names_owner, condition_names_author, condition_names_evil;
