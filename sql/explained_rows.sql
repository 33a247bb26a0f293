-- EXPLAIN ANALYZE counts rows that conditions let through: whoever asks views for everybody about what is hidden gets the same counts
-- whether there is such a thing or not.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE bought (record_id text, at timestamptz, amount int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id'), segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 100) i;
INSERT INTO bought SELECT 'r' || i, '2026-01-01', i FROM generate_series(1, 100) i;
CALL segments.refresh();
CREATE ROLE regress_explained_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO regress_explained_owner;
SELECT segments.create_segment('hidden', 'Bought where amount > 50'), segments.describe_segment('hidden', 'hidden words');
SELECT segments.update_segment('hidden', 'Bought where amount > 70');
UPDATE mapping SET profile_id = 'q' || profile_id WHERE record_id > 'r8';
CALL segments.refresh();
SET ROLE regress_explained_owner;
SELECT segments.create_segment('own ' || i, 'Bought where amount < 40') FROM generate_series(1, 5) i;
RESET ROLE;
ANALYZE;
SET ROLE regress_explained_owner;
-- Without what conditions compare with, and what memory was used.
CREATE FUNCTION pg_temp.explained(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    result text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, COSTS OFF, BUFFERS OFF) ' || query LOOP
        IF line !~ 'Memory|Heap Blocks' THEN result := result || regexp_replace(line, '''[^'']*''', '''''', 'g') || E'\n'; END IF;
    END LOOP;
    RETURN result;
END $$;
SELECT view, condition, pg_temp.explained(format('SELECT * FROM segments.%s WHERE ' || condition, view, there)) =
                        pg_temp.explained(format('SELECT * FROM segments.%s WHERE ' || condition, view, 'nothing')) AS same
FROM (VALUES ('segment_versions', 'starts_with(definition, %L)', 'Bought where amount > 5'), ('segment_versions', 'definition = %L', 'Bought where amount > 50'),
             ('segment_versions', 'starts_with(segment, %L)', 'hid'), ('segment_versions', 'starts_with(saved_by, %L)', 'post'),
             ('segment_overview', 'starts_with(definition, %L)', 'Bought'), ('segment_overview', 'starts_with(description, %L)', 'hidden w'),
             ('segment_overview', 'starts_with(name, %L)', 'hid'), ('size_history', 'starts_with(segment, %L)', 'hid'),
             ('changed_segment', 'starts_with(segment, %L)', 'hid'), ('member', 'starts_with(segment, %L)', 'hid'), ('member', 'profile_id = %L', 'p75'), ('member', 'starts_with(profile_id, %L)', 'p75'),
             ('membership_change', 'profile_id = %L', 'p60'), ('membership_change', 'starts_with(profile_id, %L)', 'p6'),
             ('previous_profile_ids', 'profile_id = %L', 'p9'), ('previous_profile_ids', 'starts_with(current_profile_id, %L)', 'q')) asked (view, condition, there);
RESET ROLE;

\echo what one may see is found all the same
SELECT string_agg(version || ' ' || definition, ', ' ORDER BY version) FROM segments.segment_versions WHERE starts_with(definition, 'Bought') AND segment = 'hidden';
SELECT name FROM segments.segment_overview WHERE description = 'hidden words';
SELECT count(segments.drop_segment(name)) FROM segments.segment_overview;
DROP OWNED BY regress_explained_owner;
DROP ROLE regress_explained_owner;
