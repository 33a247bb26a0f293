-- What the owner of a source writes is evaluated with that owner's rights, also while a refresh plans its queries.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_untrusted;
CREATE SCHEMA untrusted AUTHORIZATION segments_test_untrusted;
CREATE TEMPORARY TABLE seen (who text NOT NULL);
GRANT ALL ON pg_temp.seen TO PUBLIC;
SET ROLE segments_test_untrusted;
CREATE TABLE untrusted.opened (record_id char(6), occurred_at timestamptz, label text);
CREATE TABLE untrusted.mapping (record_id text PRIMARY KEY, profile_id text);
INSERT INTO untrusted.opened SELECT 'r' || i, '2026-03-01', 'x' FROM generate_series(1, 3) i;
INSERT INTO untrusted.mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 5) i;
RESET ROLE;
SELECT segments.register_interaction('untrusted.opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('untrusted.mapping', record_type => 'contact');
SET ROLE segments_test_untrusted;
CREATE FUNCTION untrusted.take() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pg_temp.seen VALUES (current_user);
    PERFORM set_config('search_path', 'untrusted, pg_catalog', false);
    RETURN true;
END
$$;
CREATE FUNCTION untrusted.trap() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN untrusted.take(); END $$;
CREATE INDEX ON untrusted.opened (label) WHERE untrusted.trap();
CREATE INDEX ON untrusted.mapping ((untrusted.trap())) WHERE untrusted.trap();
CREATE STATISTICS untrusted.trapped ON (untrusted.trap()), label FROM untrusted.opened;
RESET ROLE;
RESET search_path;
\c
CREATE TEMPORARY TABLE seen (who text NOT NULL);
GRANT ALL ON pg_temp.seen TO PUBLIC;
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CALL segments.refresh();
SELECT DISTINCT who FROM pg_temp.seen;
INSERT INTO untrusted.opened VALUES ('r4', '2026-03-01', 'x'), ('r5', '2026-03-01', 'x');
INSERT INTO untrusted.mapping VALUES ('r6', 'p6');
\c
CREATE TEMPORARY TABLE seen (who text NOT NULL);
GRANT ALL ON pg_temp.seen TO PUBLIC;
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CALL segments.refresh();
SELECT who, count(*) > 0 AS often FROM pg_temp.seen GROUP BY who;
SHOW search_path;
SELECT segments.segment_count('Opened'), segments.segment_count('all');

-- A record ID of type char(n) is compared as the server compares it.
SELECT segments.segment_count('Opened where ProfileId = ''r4  '''), segments.segment_count('Opened where ProfileId in (''r1 '', ''r2'')'),
    segments.segment_count('Opened where not ProfileId = ''r4  '''), segments.segment_count('Opened where ProfileId ends with ''4 ''');

-- Turning a set into profile ids takes what reading them would take.
CREATE ROLE segments_test_curious;
GRANT USAGE ON SCHEMA untrusted TO segments_test_curious;
SET ROLE segments_test_curious;
SELECT * FROM segments.profiles(segments.segment_eval('all'));
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT (profile_id) ON untrusted.mapping TO segments_test_curious;
SET ROLE segments_test_curious;
SELECT * FROM segments.profiles(segments.segment_eval('all'));
RESET ROLE;

-- A column that cannot be found protects nothing: then the whole table is needed.
GRANT SELECT (occurred_at, label) ON untrusted.opened TO segments_test_curious;
ALTER TABLE untrusted.opened RENAME record_id TO id;
SET ROLE segments_test_curious;
SELECT segments.segment_count('Opened');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER TABLE untrusted.opened RENAME id TO record_id;

SET client_min_messages = error;
DROP EXTENSION segments CASCADE;
DROP OWNED BY segments_test_untrusted, segments_test_curious CASCADE;
DROP ROLE segments_test_untrusted, segments_test_curious;
