-- Columns that are renamed, once and again: a field that is told the new name of its column goes on as what it was, at every step.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE TABLE visit (contact text, at timestamptz, plain text, named text, doc jsonb);
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_unification('mapping') IS NOT NULL AS registered;
SELECT segments.register_interaction('visit', 'Visit', 'at', 'contact', fields => '[{"column": "named", "name": "Called", "display_name": "So called", "references": "form", "note": "n"}]') > 0 AS registered;
SELECT segments.add_json_field('Visit', 'doc.k');
INSERT INTO mapping VALUES ('c1', 'p1');
INSERT INTO visit VALUES ('c1', '2026-01-01', 'x', 'y', '{"k": "z"}');
CALL segments.refresh();
SELECT segments.create_segment('all of them', 'Visit where (plain = ''x'' and Called = ''y'' and doc.k = ''z'')');

-- A statement's hint, if it fails; then the call that it names.
CREATE FUNCTION follow(definition text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    FOR attempt IN 1 .. 4 LOOP
        BEGIN
            RETURN NEXT segments.segment_count(definition::segments.definition);
            RETURN;
        EXCEPTION WHEN undefined_object THEN
            GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
        END;
        RETURN NEXT hint;
        EXECUTE rtrim(substring(hint FROM 'SELECT .*'), '.');
    END LOOP;
END
$$;
CREATE VIEW known AS SELECT column_name, name, display_name, refers_to, note FROM segments.interaction_field ORDER BY 1;
ALTER TABLE visit RENAME plain TO plain_2;
ALTER TABLE visit RENAME named TO named_2;
ALTER TABLE visit RENAME doc TO doc_2;
SELECT follow('Visit where (plain = ''x'' and Called = ''y'' and doc.k = ''z'')');
TABLE known;
-- Again, read in between or not.
CALL segments.refresh();
ALTER TABLE visit RENAME plain_2 TO plain_3;
ALTER TABLE visit RENAME named_2 TO named_3;
ALTER TABLE visit RENAME doc_2 TO doc_3;
SELECT follow('Visit where (plain = ''x'' and Called = ''y'' and doc.k = ''z'')');
ALTER TABLE visit RENAME plain_3 TO plain_4;
ALTER TABLE visit RENAME named_3 TO named_4;
ALTER TABLE visit RENAME doc_3 TO doc_4;
SELECT follow('Visit where (plain = ''x'' and Called = ''y'' and doc.k = ''z'')');
TABLE known;
INSERT INTO visit VALUES ('c1', '2026-01-02', 'x', 'y', '{"k": "z"}');
CALL segments.refresh();
SELECT segments.segment_count('Visit where (plain = ''x'' and Called = ''y'' and doc.k = ''z'') at least 2'), segments.cardinality(segments.members('all of them'));
-- Back to where it was, and a name that a column which is there has.
ALTER TABLE visit RENAME plain_4 TO plain;
SELECT segments.segment_count('Visit where plain = ''x''');
SELECT segments.alter_interaction('Visit', fields => '[{"column": "plain", "name": "Called"}]');
\echo :LAST_ERROR_SQLSTATE
TABLE known;
