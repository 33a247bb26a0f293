-- What is registered changes without a new reading, unless other columns lead to time or record; saved definitions keep their meaning.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
CREATE TABLE visit (customer text, friend text, at timestamptz, page text, seconds int);
CREATE TABLE person (id text PRIMARY KEY, person text);
INSERT INTO person VALUES ('1', 'Ada'), ('2', 'Bob'), ('3', 'Cyd');
INSERT INTO visit VALUES ('1', '3', '2026-01-01', '/a', 5), ('1', '3', '2026-01-02', '/b', 6), ('2', '3', '2026-01-03', '/a', 7);
SELECT segments.register_interaction('visit', 'Visit', 'at', 'customer', aliases => '{Seen}', display_name => 'Site visit',
    fields => '[{"column": "page", "name": "Page", "display_name": "Page address"}]') > 0 AS registered;
SELECT segments.register_unification('person', 'person', 'id', record_type => 'contact');
CALL segments.refresh();
SELECT segments.create_segment('by name', $$ Visit where Page = '/a' $$), segments.create_segment('by alias', $$ Seen at least 2 times $$),
    segments.create_segment('by display name', $$ "Site visit" where "Page address" = '/a' and Seen where seconds > 5 $$);

-- Nothing given: nothing changes.
CREATE VIEW registered AS
SELECT type.name, type.display_name, group_name, description, aliases, time_column, row_security_acknowledged, relations_of AS relations,
       (SELECT jsonb_agg(to_jsonb(f) - 'type_id' ORDER BY column_name) FROM segments.interaction_field f WHERE f.type_id = type.type_id) AS fields
FROM segments.interaction_type type, LATERAL segments_internal.relations_of(type_id);
CREATE TABLE before AS SELECT * FROM registered;
SELECT segments.alter_interaction('visit');
SELECT count(*) AS changed FROM (TABLE before EXCEPT TABLE registered) c;

-- Descriptions.
SELECT segments.alter_interaction('Visit', group_name => 'Web', description => 'Somebody came.', acknowledge_row_security => true);
SELECT group_name, description, row_security_acknowledged FROM registered;
SELECT segments.alter_interaction('Visit', description => '');
SELECT description IS NULL AS removed, group_name FROM registered;

-- Names that saved segments use stay where they are kept as aliases; else the segments get the new ones.
BEGIN;
SELECT segments.alter_interaction('Visit', new_name => 'WebVisit', display_name => 'Visit of the site');
SELECT segments.alter_interaction('WebVisit', aliases => '{}');
SELECT segments.alter_interaction('WebVisit', fields => '[{"column": "page", "name": "Address"}]');
SELECT segment, version, definition, change FROM segments.segment_versions ORDER BY segment, version;
SELECT segments.run_segment(name) - members AS difference FROM segments.segment_overview ORDER BY name;
ROLLBACK;
SELECT name, aliases FROM registered;
SELECT segments.alter_interaction('Visit', new_name => 'WebVisit', display_name => 'Visit of the site', aliases => '{Seen,"Site visit",Visit}');
SELECT name, display_name, aliases FROM registered;
CALL segments.refresh();
SELECT name, state, members FROM segments.segment_overview ORDER BY name;
-- What no segment names is free.
SELECT segments.alter_interaction('WebVisit', fields => '[{"column": "seconds", "name": "Duration", "display_name": "How long", "note": "seconds", "references": "time"}]');
SELECT segments.segment_count('WebVisit where Duration > 5'), segments.segment_count('WebVisit where "how LONG" > 5'), segments.segment_count('WebVisit where Page = ''/a''');
SELECT segments.alter_interaction('WebVisit', fields => '[{"column": "seconds"}]');
SELECT segments.segment_count('WebVisit where Duration > 5');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('WebVisit where seconds > 5');
-- A name that would lead saved definitions elsewhere: taken, or told apart.
CREATE TABLE third (customer text, at timestamptz);
SELECT segments.register_interaction('third', 'Third', 'at', 'customer') > 0 AS registered;
SELECT segments.alter_interaction('Third', new_name => 'seen');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.alter_interaction('Third', display_name => 'sEEn');
SELECT name, definition FROM segments.segment_overview ORDER BY name;
-- Two columns change their names; an old version follows, too.
SELECT segments.create_segment('swapped', 'WebVisit where (seconds > 5 and page = ''/b'')'), segments.create_segment('old', 'WebVisit where seconds > 5');
SELECT segments.update_segment('old', 'all');
SELECT segments.alter_interaction('WebVisit', fields => '[{"column": "page", "name": "seconds", "display_name": "s"}, {"column": "seconds", "name": "page", "display_name": "p"}]');
SELECT name, definition, members, version FROM segments.segment_overview WHERE name = 'swapped';
SELECT segments.run_segment('swapped'), segments.restore_segment('old', 1);
SELECT version, definition, change FROM segments.segment_versions WHERE segment = 'old' ORDER BY version;
SELECT segments.alter_interaction('WebVisit', fields => '[{"column": "page", "name": "Page", "display_name": "Page address"}, {"column": "seconds"}]');
SELECT name, definition FROM segments.segment_overview WHERE name IN ('swapped', 'old') ORDER BY name;
SELECT segments.drop_segment('swapped'), segments.drop_segment('old');
SELECT segments.unregister_interaction('Third');

-- Relations that are not the default one.
SELECT segments.alter_interaction('WebVisit', relations => '[{"name": "friend", "display_name": "A friend", "record_type": "contact", "record_id_column": "friend"}]');
SELECT relations FROM segments.interaction_catalog(true);
SELECT segments.segment_count('WebVisit at least 2') AS not_read_again;
SELECT segments.alter_interaction('WebVisit', relations => '[]');
SELECT relations FROM segments.interaction_catalog(true);

-- Another record: read with the next refresh, refused until then.
SELECT segments.alter_interaction('WebVisit', record_id_column => 'friend');
SELECT segments.segment_count('WebVisit');
\echo :LAST_ERROR_SQLSTATE
CALL segments.refresh();
SELECT segments.profiles(segments.segment_eval('WebVisit at least 3'));
SELECT segments.profiles(segments.segment_eval('WebVisit where customer = ''2'''));
DELETE FROM visit WHERE seconds = 7;
CALL segments.refresh();
SELECT segments.segment_count('WebVisit at least 3'), segments.segment_count('WebVisit at least 2');
SELECT segments.alter_interaction('WebVisit', relations => '[{"name": "guest", "record_type": "lead", "record_id_column": "customer", "default": true}]');
CALL segments.refresh();
SELECT segments.segment_count('WebVisit');
SELECT segments.alter_interaction('WebVisit', record_type => 'contact');
SELECT segments_internal.relations_of(type_id) FROM segments.interaction_type;

-- Columns that were renamed.
ALTER TABLE visit RENAME customer TO customer_id;
ALTER TABLE visit RENAME at TO visited_at;
ALTER TABLE person RENAME id TO customer_id;
ALTER TABLE person RENAME person TO customer_name;
SELECT segments.alter_interaction('WebVisit', time_column => 'visited_at', record_id_column => 'customer_id');
SELECT segments.alter_unification(profile_id_column => 'customer_name', record_id_column => 'customer_id');
INSERT INTO visit VALUES ('2', '1', '2026-01-05', '/c', 1);
DELETE FROM person WHERE customer_id = '3';
CALL segments.refresh();
SELECT segments.profiles(segments.segment_eval('WebVisit')) ORDER BY 1;
SELECT segments.segment_count('all');
SELECT segments.alter_unification(record_id_column => 'nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.alter_interaction('WebVisit', time_column => 'page');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.alter_interaction('Nobody', new_name => 'Somebody');
\echo :LAST_ERROR_SQLSTATE

-- Who may: the owner of the table or of the extension, with EXECUTE as for registering.
CREATE ROLE segments_test_other;
SET ROLE segments_test_other;
SELECT segments.alter_interaction('WebVisit', group_name => 'Mine');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments, segments_internal TO segments_test_other;
SET ROLE segments_test_other;
SELECT segments.alter_interaction('WebVisit', group_name => 'Mine');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.alter_unification(record_type => 'lead');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER TABLE visit OWNER TO segments_test_other;
SET ROLE segments_test_other;
SELECT segments.alter_interaction('WebVisit', group_name => 'Mine');
-- Others' segments go on meaning what they meant.
SELECT segments.alter_interaction('WebVisit', aliases => '{}');
SELECT group_name FROM segments.interaction_catalog(true);
RESET ROLE;
ALTER TABLE visit OWNER TO CURRENT_USER;
DROP OWNED BY segments_test_other;
DROP ROLE segments_test_other;
