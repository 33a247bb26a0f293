-- The type segments.definition: what it stores, and what its errors say.
\set SHOW_CONTEXT never
CREATE FUNCTION failure(definition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    PERFORM definition::segments.definition;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;

-- canonical text
SELECT $$ EMAILOPENED Where email = 'it''s' WITHIN LAST 30 Day At Least 3 Times
    union (FormSubmitted never) -- everybody else $$::segments.definition;
SELECT 'A having count > 5 and (B or (C or D))'::text::segments.definition::text;
SELECT pg_typeof('all'::segments.definition), pg_column_size('all'::segments.definition);
CREATE TABLE saved (definition segments.definition NOT NULL);
INSERT INTO saved SELECT 'all' UNION ALL SELECT 'not (A)';
INSERT INTO saved VALUES ('A at least 1');
INSERT INTO saved SELECT text 'B exactly twice';
INSERT INTO saved SELECT string_agg(format('A where x = ''%s''', md5(i::text)), ' or ')::segments.definition FROM generate_series(1, 1000) i;
SELECT left(definition::text, 60), length(definition::text) FROM saved;
SELECT bool_and(definition::text::segments.definition::text = definition::text) FROM saved;
SELECT NULL::text::segments.definition IS NULL AS strict;

-- binary
SELECT segments_internal.definition_send('A  never');
CREATE TABLE read (LIKE saved);
\copy saved TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/definition.bin"' (FORMAT binary)
\copy read FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/definition.bin"' (FORMAT binary)
SELECT count(*), count(*) FILTER (WHERE read.definition::text = saved.definition::text) AS equal
FROM read FULL JOIN saved ON read.definition::text = saved.definition::text;

\copy (SELECT text 'A nevr') TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/definition.bin"' (FORMAT binary)
\copy read FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/definition.bin"' (FORMAT binary)

-- errors point into the definition, which is the internal query unless it is a literal of the statement
SELECT (text 'EmailOpened witin last 3 days')::segments.definition;
SELECT (text 'Größe where "größe" = ''ä'' and')::segments.definition;
SELECT (text $$A and
  B where x contains y$$)::segments.definition;
SELECT 'EmailOpened nevr'::segments.definition;

-- SQLSTATE, message, detail and hint
SELECT failure('');
SELECT failure('EmailOpened witin last 3 days');
SELECT failure('A at least 0');
SELECT failure('A within last 99999999999 days');
SELECT failure(repeat('(', 257));
SELECT failure('A via purchaser');
SELECT failure('A except B except C');
SELECT failure('A where x = 1 and not y = 2');
SELECT failure('A where x = ''y');
SELECT failure(repeat('A or ', 4096) || 'A');
SELECT failure(repeat(' ', 1048577));
-- What people say is understood, and stored in canonical words.
SELECT d::segments.definition FROM unnest(ARRAY['Visit in the last 30 days', 'Visit last 30 days', 'Visit past 2 weeks at least 2', 'Visit more than 3 times', 'Visit fewer than 3 times',
    'Visit where a = ''x'' and b = 2', 'Visit where a = ''x'' or b in (1, 2) and c is null and Other', 'Visit where a starts with ''x''',
    U&'Visit\00a0within\202flast 30\2003days', 'Visit since date ''2026-03-01 12:00''']) d;
-- What is not, is answered with what would have been right.
SELECT d, failure(d) FROM unnest(ARRAY['Visit last month', 'Visit 3 times', 'Visit within 30 days', 'Visit where amount > 1,5', 'Visit where a = ''x'' and (b = 2 or c = 3)',
    U&'Visit where a = \201cspring break\201d', U&'Visit where a \2265 5', '(Visit or (Other', 'Visit at least five times', 'Visit since 2026-03-01', 'Visit not within last 3 days']) d;

DROP FUNCTION failure;
DROP TABLE saved, read;
