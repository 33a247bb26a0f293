-- Rights are asked before anything is looked at, by the columns that were read: neither how long a question takes nor what it says tells
-- who may not read a table what is in it.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE ROLE segments_test_first;
CREATE SCHEMA hidden;
GRANT USAGE ON SCHEMA hidden TO segments_test_first;
CREATE TABLE hidden.mapping (record_type text DEFAULT 'contact', record_id text, profile_id text);
INSERT INTO hidden.mapping (record_id, profile_id) VALUES ('ada.lovelace@example.org', 'p1'), ('r2', 'p2'), ('spring', 'p3');
CREATE TABLE hidden.email (id text PRIMARY KEY, name text);
INSERT INTO hidden.email VALUES ('spring', 'Spring'), ('r2', 'Other');
CREATE TABLE hidden.opened (record_type text DEFAULT 'contact', record_id text, at timestamptz, email text, doc jsonb, other jsonb);
INSERT INTO hidden.opened (record_id, at, email, doc) VALUES ('r2', '2026-01-01', 'spring', '{"secret": 1}'), ('ada.lovelace@example.org', '2026-01-01', 'r2', '{"secret": "none"}'), ('nobody', '2026-01-01', 'spring', '{}');
SELECT segments.register_unification('hidden.mapping', record_type => NULL, record_type_column => 'record_type');
SELECT segments.register_interaction('hidden.opened', 'Opened', 'at', 'record_id', record_type => NULL, record_type_column => 'record_type') > 0;
SELECT segments.register_lookup('hidden.email', 'Email', 'id', '{Opened.email}') > 0;
SELECT segments.add_json_field('Opened', 'doc.secret', 'bigint');
CALL segments.refresh();

\echo -- A regular expression that takes for ever on an id, if there is one, and no time at all if there is none.
SELECT format('^%s(.+)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)\9\8\7\6\5\4\3\2\1$', 'ada\.l') AS endless \gset
SET statement_timeout = '20s';
SET ROLE segments_test_first;
SELECT segments.segment_count(('Opened where email.id matches ' || '''' || :'endless' || '''')::segments.definition);
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count(('Opened where ProfileId matches ' || '''' || :'endless' || '''')::segments.definition);
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count(('Opened where ProfileType matches ' || '''^c(.+)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)\9\8\7\6\5\4\3\2\1$''')::segments.definition);
\echo :LAST_ERROR_SQLSTATE
SELECT severity, message FROM segments.check_definition('Opened where email.id matches ' || '''' || :'endless' || '''');
RESET ROLE;
\echo -- Keys of look-ups are looked for among rows of look-ups alone: whoever may read these learns nothing of persons.
GRANT SELECT ON hidden.email, hidden.opened TO segments_test_first;
SET ROLE segments_test_first;
SELECT segments.segment_count(('Opened where email.id matches ' || '''' || :'endless' || '''')::segments.definition);
SELECT segments.segment_count('Opened where email.id = ''spring'''), segments.segment_count('Opened where email.id in (''r2'', ''spring'')'),
       segments.segment_count('Opened where email.id <> ''r2'''), segments.segment_count('Opened where email.id is null');
RESET ROLE;
SELECT segments.segment_count('Opened where ProfileId = ''spring'''), segments.segment_count('Opened where ProfileId = ''r2'''), segments.segment_count('Opened where ProfileType = ''(look-up)''');
RESET statement_timeout;

\echo -- Columns that have exchanged their names.
GRANT SELECT ON hidden.mapping TO segments_test_first;
REVOKE SELECT ON hidden.opened FROM segments_test_first;
ALTER TABLE hidden.opened ADD public_id text DEFAULT 'public';
GRANT SELECT (record_type, public_id, at, other) ON hidden.opened TO segments_test_first;
SET ROLE segments_test_first;
SELECT record_id FROM segments.unlinked_records('Opened');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.json_fields;
RESET ROLE;
ALTER TABLE hidden.opened RENAME record_id TO former_id;
ALTER TABLE hidden.opened RENAME public_id TO record_id;
ALTER TABLE hidden.opened RENAME doc TO former_doc;
ALTER TABLE hidden.opened RENAME other TO doc;
SET ROLE segments_test_first;
SELECT record_id FROM segments.unlinked_records('Opened');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.unlinked_records();
SELECT * FROM segments.json_fields;
SELECT name FROM segments.interaction_fields('Opened') WHERE name LIKE 'doc.%';
RESET ROLE;
SELECT * FROM segments.json_fields;
CALL segments.refresh();
SET ROLE segments_test_first;
SELECT record_id, interactions FROM segments.unlinked_records('Opened');
SELECT * FROM segments.json_fields;
RESET ROLE;

\echo -- Nobody but those who may read the documents is told how many members are fields, and of how many rows they hold something else.
SELECT count(*) FROM pg_proc WHERE pronamespace = 'segments_internal'::regnamespace AND proname = 'json_field_counts';

\echo -- A type of the owner of the mapping stands in no view of others, and runs nothing there.
CREATE ROLE segments_test_typist;
CREATE SCHEMA typed AUTHORIZATION segments_test_typist;
CREATE SCHEMA reports;
SELECT segments.create_segment('everybody', 'all');
ALTER TABLE hidden.mapping OWNER TO segments_test_typist;
GRANT USAGE ON SCHEMA hidden TO segments_test_typist;
SET ROLE segments_test_typist;
CREATE FUNCTION typed.checked(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$;
CREATE DOMAIN typed.id AS text CHECK (value IS NULL OR typed.checked(value));
CREATE TYPE typed.pair AS (one text, two text);
CREATE TYPE typed.choice AS ENUM ('p1', 'p2', 'p3');
ALTER TABLE hidden.mapping DROP COLUMN profile_id, ADD profile_id typed.id[];
RESET ROLE;
SELECT segments.publish_segment('everybody', 'reports', 'as_array');
SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'reports.as_array'::regclass AND attname = 'profile_id';
SELECT profile_id FROM reports.as_array WHERE profile_id = '{p1}';
SELECT profile_id FROM reports.as_array WHERE profile_id = 'p1';
SELECT segments.unpublish_segment('everybody');
ALTER TABLE hidden.mapping DROP COLUMN profile_id, ADD profile_id typed.pair;
SELECT segments.publish_segment('everybody', 'reports', 'as_pair');
SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'reports.as_pair'::regclass AND attname = 'profile_id';
SELECT segments.unpublish_segment('everybody');
ALTER TABLE hidden.mapping DROP COLUMN profile_id, ADD profile_id typed.choice;
SELECT segments.publish_segment('everybody', 'reports', 'as_choice');
SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'reports.as_choice'::regclass AND attname = 'profile_id';
SET client_min_messages = error;
DROP SCHEMA typed CASCADE;
SELECT profile_id FROM reports.as_choice ORDER BY 1;
DROP OWNED BY segments_test_first, segments_test_typist CASCADE;
DROP ROLE segments_test_first, segments_test_typist;
