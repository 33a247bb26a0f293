-- Whoever registers a type under a name by which somebody else's is displayed takes no saved segment over.
SET client_min_messages = error;
\set SHOW_CONTEXT never
CREATE TABLE buy (record_id text, at timestamptz, n int);
CREATE TABLE evil (record_id text, at timestamptz, number int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 5) i;
INSERT INTO buy SELECT 'r' || i, '2026-03-01', i FROM generate_series(1, 5) i;
INSERT INTO evil VALUES ('r1', '2026-03-01', 9);
SELECT segments.register_interaction('buy', 'Buy', 'at', 'record_id', display_name => 'Purchase', fields => '[{"column": "n", "name": "n", "display_name": "Number"}]') > 0 AS registered;
SELECT segments.register_unification('mapping');
CALL segments.refresh();
SELECT segments.create_segment('some', '"Purchase" where "Number" > 3'), segments.create_segment('all buyers', 'Purchase'), segments.create_segment('changed', 'Purchase where Number > 4');
SELECT segments.update_segment('changed', 'Buy');
CREATE VIEW answer AS SELECT segment.name, string_agg(profile_id, ' ' ORDER BY profile_id) AS members, min(definition) AS definition
FROM segments.segment_overview segment LEFT JOIN segments.member ON member.segment = segment.name GROUP BY 1 ORDER BY 1;
TABLE answer;
-- As its name, an alias, or its display name, too.
CREATE PROCEDURE try(arguments text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT segments.register_interaction(''evil'', %s)', arguments);
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE '%: %', SQLSTATE, SQLERRM;
END $$;
SET client_min_messages = notice;
CALL try($$'Purchase', 'at', 'record_id'$$);
CALL segments.refresh();
TABLE answer;
SELECT segments.restore_segment('changed', 1);
SELECT definition, string_agg(profile_id, ' ') FROM segments.segment_overview JOIN segments.member ON segment = name WHERE name = 'changed' GROUP BY 1;
-- What is saved from now on means that one; it cannot go while its name would lead to the other.
SELECT segments.create_segment('of evil', 'Purchase');
SELECT segments.unregister_interaction('Purchase');
SELECT segments.update_segment('of evil', 'Buy where n = 2');
SELECT segments.unregister_interaction('Purchase');
SELECT segments.update_segment('all buyers', 'Purchase');
CALL try($$'Aliased', 'at', 'record_id', aliases => '{Purchase}'$$);
SELECT segments.update_segment('some', '"Purchase" where "Number" > 3');
CALL segments.refresh();
TABLE answer;
SELECT segments.drop_segment('some'), segments.unregister_interaction('Aliased');
SELECT segments.update_segment('all buyers', 'Purchase');
CALL try($$'Displayed', 'at', 'record_id', display_name => 'Purchase'$$);
CALL segments.refresh();
TABLE answer;
-- Two types that are displayed alike: the technical name tells them apart.
SELECT segments.create_segment('ambiguous', 'Purchase');
