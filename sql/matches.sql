-- Regular expressions, against PostgreSQL's own operators.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;

CREATE TABLE visit (visitor text, occurred_at timestamptz, a text, b text COLLATE "C", c varchar(20), d char(12), e name, n int, any_case text);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('visit', 'Visit', 'occurred_at', 'visitor') > 0 AS registered;
SELECT segments.register_unification('mapping', 'profile_id', 'record_id', 'record_type');
INSERT INTO visit SELECT 'v' || row_number() OVER (), '2026-01-01', word, word, word, word, word, length(word)
FROM unnest(ARRAY['', 'a', 'A', 'ab', 'AB', 'abab', 'foo bar', 'foobar', 'FOO', 'x1', 'x12', '12', '1.5', 'a.b', 'a+b', U&'\00e4\00f6', U&'\00c4', U&'stra\00dfe', 'STRASSE', E'two\nlines', 'tab' || chr(9), 'a\b', '   ', 'it''s', NULL]) word;
INSERT INTO visit VALUES ('long', '2026-01-01', repeat('a', 2000));
INSERT INTO mapping SELECT 'contact', visitor, visitor FROM visit;
CALL segments.refresh();

CREATE FUNCTION evaluated(definition text, as_of timestamptz, zone text) RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('segments.time_zone', zone, true);
    RETURN ARRAY(SELECT profile_id COLLATE "C" FROM segments.profiles(segments.segment_eval('Visit where ' || definition, as_of)) profile_id ORDER BY 1);
END
$$;
CREATE FUNCTION selected(condition text, as_of timestamptz, zone text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    visitors text[];
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    EXECUTE format('SELECT array(SELECT visitor COLLATE "C" FROM visit WHERE %s ORDER BY 1)', condition) INTO visitors USING as_of;
    PERFORM set_config('TimeZone', 'UTC', true);
    RETURN visitors;
END
$$;
CREATE TABLE compared AS
SELECT field, pattern, op, evaluated(format('%s %s ''%s'' %s', field, op, replace(pattern, '''', ''''''), fold), '2026-02-01', 'UTC') AS evaluated,
       selected(format('%s coalesce(%s::text %s %L, false)', CASE WHEN op <> 'matches' THEN 'NOT' END, field, CASE WHEN fold = '' THEN '~' ELSE '~*' END, pattern), '2026-02-01', 'UTC') AS selected
FROM unnest('{a, b, c, d, e, visitor}'::text[]) field, unnest('{matches, not matches, does not match}'::text[]) op, unnest('{"", ignore case}'::text[]) fold,
    unnest(ARRAY['', '^a', 'b+$', '^.$', '^$', '\d{2,}', '[[:alpha:]]+$', '^[[:upper:]]', U&'\00e4|\00f6', '(?i)^foo', '(ab)\1', '\mfoo\M', '^v1', 'a\.b', 'a\+b', '\\', '''', '(?n)^lines', ' ', '.{100}', '(?=foo)', '***=a.b']) pattern;
SELECT count(*), count(*) FILTER (WHERE evaluated <> selected) AS differences, count(*) FILTER (WHERE evaluated <> '{}') > 400 AS with_members FROM compared;
SELECT field, pattern, op, evaluated, selected FROM compared WHERE evaluated <> selected ORDER BY 1, 2, 3 LIMIT 10;
SELECT said, format('Visit where %s', said)::segments.definition::text AS canonical
FROM unnest(ARRAY['a matches ''^x''', 'n = 3 and a matches ''y'' ignore case', 'not a matches ''z'' within last 3 days', 'a does not match ''it''''s''']) said;

-- What is no regular expression is told where it stands; what explodes ends with the statement, or with the run.
\set ON_ERROR_STOP 0
SELECT segments.segment_count('Visit where (n = 1 or a matches ''(unclosed'')');
SELECT segments.create_segment('broken', 'Visit where a matches ''[z-a]''', run => false);
SELECT segments.segment_count('Visit where a matches ''(((x{1,200}){1,200}){1,200}){1,200}''');
SET statement_timeout = '300ms';
\set VERBOSITY terse
SELECT segments.segment_count('Visit where a matches ''^(a*)(a*)(a*)(a*)\1\2\3\4a$''');
RESET statement_timeout;
\set VERBOSITY default
\set ON_ERROR_STOP 1
SELECT segments.segment_count('Visit where a matches ''^a''') AS goes_on;
CREATE TABLE refused (definition text);
INSERT INTO refused SELECT unnest(ARRAY['n matches ''1''', 'a matches 5', 'a matches', 'a matches ''?''', 'a ~ ''x''', 'a matches b', 'visitor matches ''(''', 'a like ''x%''']);
DO $$
DECLARE
    definition text;
    hint text;
BEGIN
    FOR definition IN TABLE refused LOOP
        BEGIN
            PERFORM segments.segment_count('Visit where ' || definition);
            RAISE INFO 'accepted: %', definition;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
            RAISE INFO '%: % % (%)', definition, SQLSTATE, SQLERRM, hint;
        END;
    END LOOP;
END
$$;
