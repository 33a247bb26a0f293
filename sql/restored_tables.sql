-- A dump has the number of a registered table that was dropped: restored, it is another table's, which is left alone.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE SCHEMA restored_tables;
SET search_path = public, restored_tables;
CREATE TABLE restored_tables.gone (record_id text, at timestamptz);
CREATE TABLE restored_tables."Opened mail" (record_id text, at timestamptz);
CREATE TABLE restored_tables.mapping (record_id text, profile_id text);
CREATE TABLE restored_tables.salaries (record_id text, profile_id text, at timestamptz, salary int);
INSERT INTO salaries VALUES ('r1', 'p1', '2026-01-01', 1000), ('r2', 'p2', '2026-01-01', 2000);
INSERT INTO mapping VALUES ('r1', 'p1'), ('r2', 'p2');
INSERT INTO "Opened mail" VALUES ('r1', '2026-01-01'), ('r2', '2026-01-02');
INSERT INTO gone VALUES ('r1', '2026-01-01');
SELECT count(segments.register_interaction(source, name, 'at', 'record_id')) FROM (VALUES ('gone'::regclass, 'Gone'), ('"Opened mail"', 'Opened')) AS given (source, name);
SELECT segments.register_unification('mapping');
CALL segments.refresh();
SELECT name, table_name FROM segments.interaction_type ORDER BY name;

\echo -- a table that is renamed is dumped under its present name, once a refresh has seen it
ALTER TABLE "Opened mail" RENAME TO "Opened.mail";
CALL segments.refresh();
SELECT name, table_name, source FROM segments.interaction_type ORDER BY name;

\echo -- dumped and restored: what is there, and what had been dropped, under a number that is that of another table
DROP TABLE gone;
CREATE TEMPORARY TABLE dumped AS TABLE segments.interaction_type;
CREATE TEMPORARY TABLE dumped_relations AS TABLE segments.interaction_relation;
DELETE FROM segments.interaction_type;
UPDATE dumped SET source = 'salaries'::regclass WHERE name = 'Gone';
INSERT INTO segments.interaction_type SELECT * FROM dumped ORDER BY type_id;
INSERT INTO segments.interaction_relation SELECT * FROM dumped_relations;
CALL segments.refresh();
SELECT segments.segment_count('Opened'), (SELECT count(*) FROM "Opened.mail");
SELECT segments.segment_count('Gone');
SELECT profiles, interactions FROM segments.erase_profile('p1');
SELECT count(*) FROM salaries;
SELECT * FROM segments.drop_interactions('Gone', now());
SELECT count(*) FROM salaries;

\echo -- the hint
CREATE TABLE restored_tables.gone (record_id text, at timestamptz);
INSERT INTO gone VALUES ('r2', '2026-01-01');
SELECT segments.confirm_source('Gone');
CALL segments.refresh();
SELECT segments.segment_count('Gone');

\echo -- likewise the mapping; a number of a registered table breaks nothing
CREATE TEMPORARY TABLE dumped_mapping AS TABLE segments.unification;
DELETE FROM segments.unification;
UPDATE dumped_mapping SET source = 'salaries'::regclass, table_name = 'restored_tables.former_mapping';
INSERT INTO segments.unification SELECT * FROM dumped_mapping;
CALL segments.refresh();
SELECT profiles, interactions FROM segments.erase_profile('p2');
SELECT count(*) FROM salaries;
ALTER TABLE mapping RENAME TO former_mapping;
SELECT segments.confirm_source();
CALL segments.refresh();
SELECT segments.segment_count('Gone and Opened');
DELETE FROM segments.interaction_type;
UPDATE dumped SET source = '"Opened.mail"'::regclass;
INSERT INTO segments.interaction_type SELECT * FROM dumped ORDER BY type_id;
SELECT name, source = '"Opened.mail"'::regclass AS is_there FROM segments.interaction_type ORDER BY name;

\echo -- restored while triggers are off: numbers are not believed before the tables have been looked for
CREATE PROCEDURE restore_all(mode text) LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM segments.interaction_type;
    DELETE FROM segments.unification;
    IF mode = 'disabled' THEN
        ALTER TABLE segments.interaction_type DISABLE TRIGGER ALL;
        ALTER TABLE segments.unification DISABLE TRIGGER ALL;
    ELSE
        PERFORM set_config('session_replication_role', 'replica', true);
    END IF;
    INSERT INTO segments.interaction_type SELECT * FROM dumped ORDER BY type_id;
    INSERT INTO segments.unification SELECT * FROM dumped_mapping;
    IF mode = 'disabled' THEN
        ALTER TABLE segments.interaction_type ENABLE TRIGGER ALL;
        ALTER TABLE segments.unification ENABLE TRIGGER ALL;
    END IF;
    PERFORM set_config('session_replication_role', 'origin', true);
    DELETE FROM segments.interaction_relation;
    INSERT INTO segments.interaction_relation SELECT * FROM dumped_relations;
END
$$;
UPDATE dumped SET source = CASE name WHEN 'Gone' THEN 'salaries' ELSE '"Opened.mail"' END::regclass, table_name = CASE name WHEN 'Gone' THEN 'restored_tables.left' ELSE table_name END;
UPDATE dumped_mapping SET source = 'former_mapping'::regclass;
INSERT INTO former_mapping VALUES ('r3', 'p3'), ('r4', 'p4');
INSERT INTO "Opened.mail" VALUES ('r3', '2026-01-01'), ('r4', '2026-01-01');
CALL restore_all('disabled');
SELECT * FROM segments.drop_interactions('Gone', now());
SELECT count(*) FROM segments.forgotten('p9', '{{contact,r1}}', '{x}'), segments.timeline('p1'), segments.unlinked_records(NULL);
SELECT profiles, interactions FROM segments.erase_profile('p3');
SELECT count(*) FROM salaries;
CALL restore_all('disabled');
CALL segments.refresh();
SELECT segments.segment_count('Opened'), (SELECT count(DISTINCT profile_id) FROM "Opened.mail" JOIN former_mapping USING (record_id));
CALL restore_all('disabled');
SELECT segments.reattach_source('Gone');
SELECT column_name FROM information_schema.columns WHERE table_name = 'salaries' ORDER BY ordinal_position;
CALL restore_all('replica');
SELECT profiles, interactions FROM segments.erase_profile('p4');
SELECT count(*) FROM salaries;
SELECT name, source::oid > 4000000000 AS is_lost FROM segments.interaction_type ORDER BY name;
RESET search_path;
