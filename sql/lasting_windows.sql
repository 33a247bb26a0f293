-- A saved definition must not come to have too many units in its window by the mere passing of time.
\set ON_ERROR_STOP 1
SET TimeZone = 'Europe/Paris';
SET DateStyle = 'ISO';
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on

CREATE TABLE visited (record_id text, at timestamptz);
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_interaction('visited', 'Visited', 'at', 'record_id'), segments.register_unification('mapping', 'profile_id', 'record_id');
INSERT INTO mapping VALUES ('r1', 'p1');
INSERT INTO visited VALUES ('r1', now());
CALL segments.refresh();

-- Days and instants of the error are those of this run.
CREATE FUNCTION told(said text) RETURNS text LANGUAGE sql AS $$ SELECT regexp_replace(said, '20\d\d-\d\d-\d\d', 'DAY', 'g') $$;
CREATE FUNCTION saved(definition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
    hint text;
BEGIN
    PERFORM segments.create_segment('s', definition);
    PERFORM segments.drop_segment('s');
    RETURN 'saved';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN told(format('%s %s. %s %s', SQLSTATE, SQLERRM, said, hint));
END $$;
CREATE TABLE asked (definition text, n int GENERATED ALWAYS AS IDENTITY);
INSERT INTO asked (definition)
SELECT format('Visited since ''%s'' %s', now()::date - 20, clause)
FROM unnest('{on at least 3 hours in a row, on at least 3 days in a row, on at least 3 weeks in a row, on at least 3 months in a row}'::text[]) clause;
INSERT INTO asked (definition)
SELECT format('Visited from ''%s'' to %s on at least 3 hours in a row', now()::date - 20, upper)
FROM unnest(ARRAY['''now''', format('''%s''', now()::date + 20), format('''%s''', now()::date + 40)]) upper;
INSERT INTO asked (definition) VALUES ('Visited since ''yesterday'' on at least 3 hours in a row'), ('Visited from ''yesterday'' to ''2999-01-01'' on at least 3 hours in a row'),
    ('Visited this month on at least 3 hours in a row'), ('Visited this year on at least 3 days in a row'), ('Visited this year on at least 3 weeks in a row'),
    ('Visited within last 1000 hours on at least 3 hours in a row'), ('Visited within last 1000 days on at least 3 days in a row'),
    ('Visited previous 1000 hours on at least 3 hours in a row'), ('Visited within last 1010 hours on at least 3 hours in a row');
SELECT told(definition), saved(definition) FROM asked ORDER BY n;
-- The rest of a quarter or a year may be too short for more: so whether they are refused at once or for later differs, and nothing else.
SELECT definition, saved(definition) LIKE '54000 %' FROM unnest('{Visited this quarter on at least 3 hours in a row, Visited this year on at least 3 hours in a row}'::text[]) definition;

-- What checks a definition says the same where it stands, and a definition that is asked once may be as it is.
SELECT part.severity, part.sqlstate, told(part.message), told(part.detail), part.hint, substr(definition, part.position, 8)
FROM asked, segments.check_definition(definition) part WHERE n = 1;
SELECT segments.segment_count(definition) FROM asked WHERE n = 1;
-- The hint, followed to the letter.
SELECT definition, saved(definition) FROM unnest('{Visited within last 1000 hours on at least 3 hours in a row}'::text[]) definition;

-- What was saved before goes on: it is run, refreshed, told of, renamed and referred to; and is refused when it is written anew.
SELECT segments.create_segment('old', 'Visited within last 5 days on at least 3 hours in a row') > 0;
UPDATE segments.segment SET definition = (SELECT definition FROM asked WHERE n = 1) WHERE name = 'old';
SELECT segments.run_segment('old');
CALL segments.refresh();
SELECT state, last_error FROM segments.segment_overview WHERE name = 'old';
SELECT segments.create_segment('referring', 'segment ''old'' or Visited at least 5') > 0;
SELECT segments.rename_segment('old', 'older');
SELECT segments.count_segment('older');
