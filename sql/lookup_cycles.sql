-- Look-ups that lead to themselves, as trees do: answers equal SQL as far as paths reach, and longer paths are refused everywhere.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 100) i;
-- A tree of categories, one that is its own parent, and two that are each other's.
CREATE TABLE category (id text PRIMARY KEY, name text, parent text);
INSERT INTO category SELECT 'n' || i, 'Category ' || i, 'n' || i / 2 FROM generate_series(1, 60) i;
INSERT INTO category VALUES ('loop', 'Loop', 'loop'), ('even', 'Even', 'odd'), ('odd', 'Odd', 'even');
CREATE TABLE seen (record_id text, at timestamptz, category text);
INSERT INTO seen SELECT 'r' || i, '2026-01-01', CASE i % 50 WHEN 48 THEN 'loop' WHEN 49 THEN 'even' ELSE 'n' || 1 + i % 59 END FROM generate_series(1, 120) i;
SELECT segments.register_unification('mapping', record_type => 'contact');
SELECT segments.register_interaction('seen', 'Seen', 'at', 'record_id') > 0;
SELECT segments.register_lookup('category', 'Category', 'id', '{Seen.category}') > 0;
SELECT segments.add_lookup_field('Category', 'parent', 'Category');
CALL segments.refresh();

-- The name of the ancestor, n steps up.
CREATE FUNCTION ancestor(category text, steps int) RETURNS text LANGUAGE sql AS $$
    WITH RECURSIVE up AS (
        SELECT id, name, parent, 0 AS step FROM category WHERE id = $1
        UNION ALL SELECT above.id, above.name, above.parent, step + 1 FROM up JOIN category above ON above.id = up.parent WHERE step < steps)
    SELECT name FROM up WHERE step = steps
$$;
CREATE FUNCTION path(steps int) RETURNS text LANGUAGE sql AS $$ SELECT 'category' || repeat('.parent', steps) $$;
SELECT steps, name, ours, ours = theirs AS is_exact
FROM (VALUES (0, 'Category 7'), (1, 'Category 7'), (2, 'Category 3'), (3, 'Category 1'), (5, 'Category 1'), (1, 'Loop'), (61, 'Loop'),
             (60, 'Even'), (61, 'Even'), (61, 'Odd')) asked (steps, name),
     LATERAL (SELECT segments.segment_count(format('Seen where %s.name = %L', path(steps), name)::segments.definition) AS ours) a,
     LATERAL (SELECT count(DISTINCT profile_id) AS theirs FROM seen JOIN mapping USING (record_id) WHERE ancestor(category, steps) = asked.name) b;
SELECT segments.segment_count(format('Seen where %s.name is null', path(4))::segments.definition) =
    (SELECT count(DISTINCT profile_id) FROM seen JOIN mapping USING (record_id) WHERE ancestor(category, 4) IS NULL) AS is_exact;

-- What is asked with a path of n names.
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
    RETURN 'succeeds';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN format('%s %s (%s)', SQLSTATE, left(SQLERRM, 100), left(detail, 100));
END
$$;
SELECT segments.create_segment('changing', 'Seen');
CREATE VIEW attempts AS
SELECT names, what, outcome(format(statement, format('Seen where category%s.name = ''Loop''', repeat('.parent', names - 2)))) AS outcome
FROM (VALUES (64), (65), (10000), (100000)) length (names), LATERAL (VALUES
    ('segment_count', 'SELECT segments.segment_count(%L::segments.definition)'),
    ('create_segment', 'SELECT segments.create_segment(''long'', %L)'),
    ('create_segment, draft', 'SELECT segments.create_segment(''draft'', %L, state => ''draft'')'),
    ('update_segment', 'SELECT segments.update_segment(''changing'', %L)'),
    ('definition', 'SELECT %L::segments.definition'),
    ('definition_text', 'SELECT segments.definition_text(%L, ''display'')'),
    ('definition_json', 'SELECT segments.definition_json(%L)'),
    ('segment_explain', 'SELECT count(*) FROM segments.segment_explain(%L::segments.definition)')) asked (what, statement);
SELECT * FROM attempts ORDER BY names, what;
SELECT names, severity, message FROM (VALUES (64), (65), (10000), (100000)) length (names),
    LATERAL segments.check_definition('Seen where category' || repeat('.parent', names - 2) || '.name = ''Loop''', true) ORDER BY names;
SELECT names, count(*) FROM (VALUES (3), (64), (65), (10000), (100000)) length (names),
    LATERAL (SELECT 'Seen where category' || repeat('.parent', names - 2) || '.' AS text) written,
    LATERAL segments.complete_definition(text, length(text)) GROUP BY names ORDER BY names;
SELECT names, outcome(format('SELECT segments.definition_from_json(%L)', jsonb_build_object('interaction', 'Seen', 'where',
    jsonb_build_object('field', to_jsonb(ARRAY['category'] || array_fill('parent'::text, ARRAY[names - 2]) || ARRAY['name']), 'op', '=', 'value', 'Loop'))))
FROM (VALUES (64), (65), (10000)) length (names);
SELECT names, outcome(format('SELECT segments.add_json_field(''Seen'', %L)', 'category' || repeat('.a', names - 1))) FROM (VALUES (64), (65), (100000)) length (names);

-- A saved path at the limit is refreshed, and follows its columns.
INSERT INTO mapping VALUES ('r101', 'p101');
INSERT INTO seen VALUES ('r101', '2026-01-01', 'loop');
CALL segments.refresh();
SELECT segments.cardinality(segments.members('changing')) = segments.segment_count('Seen where category = ''loop''') AS is_exact;
ALTER TABLE category RENAME COLUMN parent TO above;
SELECT left(definition::text, 60) FROM segments.segment_overview WHERE name = 'changing';
CALL segments.refresh();
SELECT segments.cardinality(segments.members('changing')) = segments.segment_count('Seen where category = ''loop''') AS is_exact;
