-- Foreign tables that users make on the server of the member table: columns of other types or names are refused, not misread.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
CREATE TABLE bought (record_id text, at timestamptz, amount int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id'), segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 9) i;
INSERT INTO bought SELECT 'r' || i, '2026-01-01', i FROM generate_series(1, 9) i;
CALL segments.refresh();
CREATE ROLE regress_columns_user;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO regress_columns_user;
GRANT SELECT ON bought, mapping TO regress_columns_user;
GRANT USAGE ON FOREIGN SERVER segments_member TO regress_columns_user;
CREATE SCHEMA own AUTHORIZATION regress_columns_user;
SET ROLE regress_columns_user;
SELECT segments.create_segment('some', 'Bought where amount > 5');

-- What a table with these columns answers: a row, or the error in full.
CREATE FUNCTION own.answer(columns text, query text DEFAULT 'SELECT t FROM own.member t') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    detail text;
    hint text;
BEGIN
    DROP FOREIGN TABLE IF EXISTS own.member;
    EXECUTE 'CREATE FOREIGN TABLE own.member (' || columns || ') SERVER segments_member';
    EXECUTE query INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', sqlstate || ' ' || sqlerrm, detail, hint);
END $$;

\echo the columns that there are, in any order, without those that may be missing
SELECT own.answer('segment text, profile_id text COLLATE "C", since timestamptz, as_of timestamptz',
                  'SELECT count(*) || '' '' || bool_and(since <= as_of) || '' '' || min(profile_id) FROM own.member');
SELECT own.answer('as_of timestamptz, profile_id text, segment text', 'SELECT string_agg(profile_id, '' '' ORDER BY profile_id) FROM own.member WHERE as_of IS NOT NULL');
SELECT own.answer('profile_id text, segment text', 'SELECT count(*) FROM own.member WHERE profile_id = ''p7''');

\echo other types
SELECT own.answer('segment text, profile_id text, since timestamptz, as_of text');
SELECT own.answer('segment text, profile_id text, since int, as_of timestamptz', 'SELECT since FROM own.member');
SELECT own.answer('segment text, profile_id text, since timestamp', 'SELECT count(profile_id) FROM own.member');
SELECT own.answer('segment text, profile_id text, since timestamptz[]', 'SELECT count(*) FROM own.member');
SELECT own.answer('segment text, profile_id numeric', 'SELECT count(*) FROM own.member');
SELECT own.answer('segment text, profile_id int', 'SELECT max(profile_id) FROM own.member');
SELECT own.answer('segment name, profile_id text', 'SELECT segment, count(*) FROM own.member GROUP BY 1');
CREATE DOMAIN own.label AS text;
SELECT own.answer('segment own.label, profile_id text', 'SELECT segment FROM own.member ORDER BY profile_id');

\echo other names, and names that are missing
SELECT own.answer('segment text, profile_id text, sinse timestamptz');
SELECT own.answer('segment text');
SELECT own.answer('profile_id text, as_of timestamptz');
SELECT own.answer('', 'SELECT count(*) FROM own.member');

\echo a table that was right when the statement was planned; a column that was dropped
CREATE FOREIGN TABLE own.later (segment text, note text, profile_id text, since timestamptz) SERVER segments_member;
ALTER FOREIGN TABLE own.later DROP COLUMN note;
PREPARE later AS SELECT count(since) FROM own.later;
SET plan_cache_mode = force_generic_plan;
EXECUTE later;
ALTER FOREIGN TABLE own.later ALTER COLUMN since TYPE text;
DO $$ BEGIN EXECUTE 'EXECUTE later'; EXCEPTION WHEN fdw_invalid_data_type THEN RAISE INFO '%', sqlerrm; END $$;
RESET plan_cache_mode;

\echo as a partition, and as a child
CREATE TABLE own.whole (segment text, profile_id text, since text) PARTITION BY LIST (segment);
CREATE FOREIGN TABLE own.part PARTITION OF own.whole DEFAULT SERVER segments_member;
DO $$ BEGIN PERFORM FROM own.whole WHERE profile_id = 'p7'; EXCEPTION WHEN fdw_invalid_data_type THEN RAISE INFO '%', sqlerrm; END $$;

RESET ROLE;
SELECT segments.drop_segment('some');
DROP SCHEMA own CASCADE;
DROP OWNED BY regress_columns_user;
DROP ROLE regress_columns_user;
