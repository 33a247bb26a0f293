-- Views of members depend on nothing that the owner of the mapping can drop: not on a domain, nor a collation of theirs.
SET client_min_messages = error;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_mapper;
CREATE SCHEMA mapper AUTHORIZATION segments_test_mapper;
CREATE SCHEMA audience;
CREATE TABLE bought (record_id text, at timestamptz);
INSERT INTO bought SELECT 'r' || i, now() - interval '1 day' FROM generate_series(1, 4) i;
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id') > 0 AS registered;
SET ROLE segments_test_mapper;
CREATE DOMAIN mapper.short AS varchar(20);
CREATE DOMAIN mapper.id AS mapper.short CHECK (value <> '');
CREATE COLLATION mapper.own (provider = icu, locale = 'en-u-kn-true');
CREATE TABLE mapper.mapping (record_id text PRIMARY KEY, profile_id mapper.id);
INSERT INTO mapper.mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 3) i;
RESET ROLE;
SELECT segments.register_unification('mapper.mapping');
CALL segments.refresh();
SELECT segments.create_segment('buyers', 'Bought'), segments.publish_segment('buyers', 'audience');
CREATE VIEW audience.report AS SELECT count(*) FROM audience.buyers;
SELECT format_type(atttypid, atttypmod), attcollation::regcollation FROM pg_attribute WHERE attrelid = 'audience.buyers'::regclass AND attnum = 1;
SET ROLE segments_test_mapper;
DROP DOMAIN mapper.id CASCADE;
RESET ROLE;
TABLE audience.report;

-- A collation likewise; one of the server's, or of whoever may drop anything, stays.
SET ROLE segments_test_mapper;
ALTER TABLE mapper.mapping ADD COLUMN profile_id text COLLATE mapper.own;
UPDATE mapper.mapping SET profile_id = 'p' || substr(record_id, 2);
RESET ROLE;
SELECT segments.unregister_unification();
SELECT segments.register_unification('mapper.mapping');
CALL segments.refresh();
SELECT segments.unpublish_segment('buyers');
DROP VIEW audience.report;
SELECT segments.unpublish_segment('buyers');
SELECT segments.publish_segment('buyers', 'audience');
SET ROLE segments_test_mapper;
DROP COLLATION mapper.own CASCADE;
RESET ROLE;
SELECT format_type(atttypid, atttypmod), attcollation::regcollation, (SELECT count(*) FROM audience.buyers)
FROM pg_attribute WHERE attrelid = 'audience.buyers'::regclass AND attnum = 1;
SELECT segments.unpublish_segment('buyers');

-- Types of long names, and of the same name: each has a table of its own.
SELECT format('CREATE TYPE mapper.%I AS (a int)', 'd' || repeat('😀', 15)) \gexec
CREATE FUNCTION pg_temp.made(type text, modifier int, collation_name text) RETURNS text LANGUAGE sql AS $$
    SELECT segments_internal.make_member_table(type::regtype, modifier, coalesce(collation_name::regcollation, 0)) $$;
SELECT octet_length(name) - octet_length('segments_internal.""') <= 63 AS fits, name LIKE '%d😀%' AS is_of_the_type
FROM (VALUES (1), (2), (3)) n, LATERAL (SELECT pg_temp.made('mapper.d' || repeat('😀', 15), -1, NULL || n::text) AS name) made;
SELECT pg_temp.made('text', -1, '"C"') AS first, pg_temp.made('text', -1, '"POSIX"') AS second, pg_temp.made('varchar', 24, '"C"') AS third;
SELECT count(*) FROM segments.typed_member_table;
-- A table that has lost its column is still known, and goes.
DROP TYPE mapper.d😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀 CASCADE;
SELECT count(*) FROM segments.typed_member_table;
SELECT segments.drop_segment('buyers');
SELECT segments.detach_all();
SELECT count(*) FROM segments.typed_member_table;
DROP EXTENSION segments;
DROP SCHEMA mapper, audience CASCADE;
DROP ROLE segments_test_mapper;
