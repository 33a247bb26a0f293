-- What users, data and time bring along: every error has its SQLSTATE, and nothing is lost or half-done after it.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set VERBOSITY terse
\set SHOW_CONTEXT never

-- The outcome of a statement, shortened; "ok" if it has no error.
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, left(SQLERRM, 120), nullif(detail, ''), nullif(hint, ''));
END
$$;
CREATE FUNCTION parsed(definition text) RETURNS text LANGUAGE sql AS $$ SELECT outcome(format('SELECT %L::segments.definition', definition)) $$;

-- Definitions: empty, long, deep, and with characters that mean nothing.
SELECT what, parsed(definition) FROM (VALUES
    ('empty', ''), ('blank', E' \t\n '), ('comment', '-- nothing'),
    ('one word', 'x'), ('unclosed', 'all and ('), ('closed', 'all)'), ('quote', 'Event where a = ''x'), ('name', '"Event'),
    ('no name', '""'), ('operator', 'and'), ('control', E'all \x01'), ('nbsp', U&'all\00a0and all'), ('wide', U&'all and \+01F600'),
    ('wide name', U&'"\+01F600\+01F600"'), ('1 MiB of blanks', repeat(' ', 1048576)), ('1 MiB in all', repeat(' ', 1048576 - 3) || 'all'),
    ('1 MiB of letters', repeat('x', 1048576)), ('1 MiB of words', repeat('x ', 524288)), ('1 MiB of or', 'all' || repeat(' or all', 149796)),
    ('more than that', repeat(' ', 1048576) || 'all'), ('1 MiB of not', repeat('not ', 262143) || 'all'),
    ('1 MiB of (', repeat('(', 1048576)), ('1 MiB in a name', '"' || repeat('x', 1048574) || '"'),
    ('1 MiB in a literal', 'Event where a = ''' || repeat('x', 1048556) || ''''),
    ('1 MiB list', 'Event where a in (' || repeat('1,', 520000) || '1)'),
    ('10,000 deep', repeat('(', 10000) || 'all' || repeat(')', 10000)), ('10,000 not', repeat('not ', 10000) || 'all'),
    ('10,000 deep in where', 'Event where ' || repeat('(', 10000) || 'a = 1' || repeat(')', 10000)),
    ('10,000 conditions', 'all' || repeat(' and Event', 9999)), ('mixed', repeat('not (all or ', 5000) || 'all' || repeat(')', 5000))
) AS definition(what, definition);

-- Bytes that are no text of the database never get as far as the parser.
SELECT outcome($$SELECT convert_from('\x616c6cff', 'UTF8')::segments.definition$$), outcome($$SELECT convert_from('\x616c6c00', 'UTF8')::segments.definition$$);
SELECT outcome($$SELECT E'all \xc3'::segments.definition$$);

-- Numbers out of range.
SELECT left(definition, 40) AS definition, parsed(definition) FROM unnest(ARRAY[
    'Event at least 0', 'Event at least -1', 'Event at least 99999999999999999999', 'Event at least 4294967296', 'Event at least 1.5',
    'Event within last 0 days', 'Event within last -1 days', 'Event within last 99999999999 years', 'Event within last 1.5 days',
    'Event within last 3 fortnights', 'Event within last days', 'Event between 5 and 3 days ago', 'Event at least 3 and at most 2',
    'Event where n = 1e999999', 'Event where n = 1e', 'Event where n = 0x1F', 'Event where n = --1', 'Event exactly 1e3',
    'Event where n between 1', 'Event where n in ()', 'Event where', 'Event where n contains', 'Event where n is', 'Event since',
    'Event from ''2026-01-01''', 'Event where n = ' || repeat('9', 5000)]) AS definition;
-- With hint and position.
\set VERBOSITY default
SELECT 'Event within last 3 fortnihgts'::segments.definition;
SELECT 'Event wihtin last 3 days'::segments.definition;
\set VERBOSITY terse

-- Bytes of profile sets: every bit of one set with each kind of container is flipped, and it is cut everywhere.
CREATE TABLE good AS SELECT (segments.profile_set_agg(n))::bytea AS bytes FROM (
    SELECT n FROM generate_series(1::bigint, 40, 3) n UNION ALL
    SELECT n FROM generate_series(70000::bigint, 75000) n UNION ALL
    SELECT n FROM generate_series(140000::bigint, 150000) n WHERE n % 2 = 0) members;
DO $$
DECLARE
    bytes bytea := (SELECT good.bytes FROM good);
    flipped bytea;
    set segments.profile_set;
    refused int := 0;
    accepted int := 0;
BEGIN
    FOR place IN 0 .. octet_length(bytes) - 1 LOOP
        FOR bit IN 0 .. CASE WHEN place < 200 THEN 7 ELSE 0 END LOOP
            BEGIN
                flipped := set_byte(bytes, place, get_byte(bytes, place) # (1 << bit));
                set := flipped::segments.profile_set;
                accepted := accepted + 1;
                -- What was accepted is a set: its text leads back to it.
                IF segments_internal.profile_set_ne(set, set::text::segments.profile_set)
                   OR segments.cardinality(set) <> (SELECT count(*) FROM segments.ordinals(set)) THEN
                    RAISE EXCEPTION 'no set at %.%', place, bit;
                END IF;
            EXCEPTION WHEN invalid_binary_representation THEN
                refused := refused + 1;
            END;
        END LOOP;
    END LOOP;
    FOR length IN 0 .. octet_length(bytes) - 1 LOOP
        BEGIN
            set := substr(bytes, 1, length)::segments.profile_set;
            RAISE EXCEPTION 'accepted when cut to %', length;
        EXCEPTION WHEN invalid_binary_representation THEN
            NULL;
        END;
    END LOOP;
    RAISE WARNING 'some refused: %, some accepted: %', refused > 50, accepted > 20;
END
$$;
SELECT outcome($$SELECT ''::bytea::segments.profile_set$$), outcome($$SELECT decode(repeat('00', 100000), 'hex')::segments.profile_set$$),
       outcome($$SELECT decode(repeat('ff', 1000), 'hex')::segments.profile_set$$);
SELECT outcome($$SELECT (SELECT bytes || '\x00' FROM good)::segments.profile_set$$);
SELECT text, split_part(outcome(format('SELECT %L::segments.profile_set', text)), ' | Write', 1) FROM unnest(ARRAY['', '{', '}', '{1', '{1,}', '{,1}', '{1,,2}', '{-1}', '{4294967295}',
    '{4294967296}', '{99999999999999999999}', '{5-1}', '{1-}', '{1-4294967295}', '{1.5}', '{a}', '{1}x', '{1 2}', '{0x1}']) AS text;

-- Times that are null, infinite, or at the ends of what there is; records of unknown types, empty, and long.
CREATE TABLE event (record_type text, record_id text, occurred_at timestamptz, label text);
SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id', 'record_type');
CREATE TABLE mapping (record_type text, record_id text, profile_id text);
SELECT segments.register_unification('mapping', record_type_column => 'record_type');
INSERT INTO event VALUES
    ('contact', '1', NULL, 'null'), ('contact', '2', 'infinity', 'infinity'), ('contact', '3', '-infinity', '-infinity'),
    ('contact', '4', '294276-12-31 23:59:59.999999+00', 'last'), ('contact', '5', '4714-11-24 00:00:00+00 BC', 'first'),
    ('martian', '6', '2026-01-01', 'unknown type'), ('', '7', '2026-01-01', 'empty type'), (NULL, '8', '2026-01-01', 'null type'),
    ('contact', NULL, '2026-01-01', 'null record'), ('contact', '', '2026-01-01', 'empty record'),
    ('contact', repeat('x', 2000), '2026-01-01', repeat('y', 1000000)), ('contact', '10', '2026-01-01', 'plain');
INSERT INTO mapping SELECT type, n, 'p' || n FROM unnest(ARRAY['contact', 'martian', '']) type, generate_series(1, 10) n WHERE type <> '' OR n = 7;
INSERT INTO mapping VALUES ('contact', '', 'empty'), ('contact', repeat('x', 2000), 'long'), (NULL, '1', 'x'), ('contact', NULL, 'x'), ('contact', 'none', NULL);
CALL segments.refresh();
SELECT label, segments.segment_count(format('Event where label = %L', label)::segments.definition, as_of) AS at_as_of, as_of
FROM (VALUES ('null'), ('infinity'), ('-infinity'), ('last'), ('first'), ('unknown type'), ('empty type'), ('null type'), ('null record'),
    ('empty record'), ('plain')) AS labels(label),
    (VALUES ('2026-06-01'::timestamptz), ('294276-12-31 23:59:59.999999'), ('4714-11-24 00:00:00 BC')) AS times(as_of) ORDER BY as_of, label;
SELECT segments.segment_count(format('Event where label = %L', repeat('y', 1000000))::segments.definition, '2026-06-01') AS of_a_megabyte;
SELECT definition, as_of, outcome(format('SELECT segments.segment_count(%L, %L)', definition, as_of))
FROM unnest(ARRAY['Event within last 300000 years', 'Event within last 2147483647 days', 'Event between 300000 and 299999 years ago',
    'Event since ''infinity''', 'Event since ''294276-12-31''', 'Event from ''-infinity'' to ''infinity''', 'Event since ''294277-01-01''']) AS definition,
    unnest(ARRAY['294276-12-31 23:59:59.999999', '2026-06-01', '4714-11-24 00:00:00 BC']) AS as_of;
SELECT outcome($$SELECT segments.segment_count('Event', 'infinity')$$), outcome($$SELECT segments.segment_agg(1, 'infinity', '-infinity', '1 year', 1)$$);

-- A record id that no index can hold: its interactions only count (long_keys.sql).
INSERT INTO event SELECT 'contact', string_agg(md5(n::text), ''), '2026-01-02', 'too long' FROM generate_series(1, 500) n;
\set VERBOSITY default
CALL segments.refresh();
\set VERBOSITY terse
SELECT segments.segment_count('Event where label = ''plain''', '2026-06-01');
DELETE FROM event WHERE label = 'too long';
CALL segments.refresh();
SELECT segments.segment_count('Event where label = ''plain''', '2026-06-01');

-- A column of a saved segment is dropped: that one says so, the others still run.
SELECT segments.create_segment('labelled', 'Event where label = ''plain'''), segments.create_segment('all events', 'Event');
ALTER TABLE event DROP COLUMN label;
INSERT INTO event VALUES ('contact', '9', '2026-01-01');
CALL segments.refresh();
SELECT name, state, members, last_sqlstate, last_error FROM segments.segment_overview ORDER BY name;
SELECT outcome('SELECT segments.run_segment(''labelled'')'), outcome('SELECT segments.run_segment(''all events'')');
SELECT count(*) FROM segments.member WHERE segment = 'labelled';

-- The table of a saved segment is dropped: the error names the type, whatever the definition asks about it.
CREATE TABLE lost (record_id text, occurred_at timestamptz, label text);
SELECT segments.register_interaction('lost', 'Lost', 'occurred_at', 'record_id');
INSERT INTO lost VALUES ('1', '2026-01-01', 'x');
CALL segments.refresh();
SELECT segments.create_segment('lost labels', 'Lost where label = ''x'''), segments.create_segment('lost', 'Lost');
DROP TABLE lost;
SELECT outcome('SELECT segments.run_segment(''lost labels'')'), outcome('SELECT segments.run_segment(''lost'')');
CALL segments.refresh();
SELECT name, state, members, last_sqlstate, left(last_error, 36) AS last_error FROM segments.segment_overview WHERE name LIKE 'lost%' ORDER BY name;
SELECT segments.unregister_interaction('Lost');
CALL segments.refresh();
SELECT name, state, members, last_sqlstate, last_error FROM segments.segment_overview WHERE name LIKE 'lost%' ORDER BY name;
SELECT segments.drop_segment('lost'), segments.drop_segment('lost labels');

-- Sources that are renamed or moved go on; the type keeps its name.
ALTER TABLE event RENAME TO happening;
ALTER TABLE happening RENAME COLUMN occurred_at TO moment;
CREATE SCHEMA elsewhere;
ALTER TABLE happening SET SCHEMA elsewhere;
ALTER TABLE mapping SET SCHEMA elsewhere;
ALTER SCHEMA elsewhere RENAME TO "else where";
INSERT INTO "else where".happening VALUES ('contact', '1', '2026-01-01');
\set VERBOSITY default
CALL segments.refresh();
\set VERBOSITY terse
SET client_min_messages = error;
SELECT segments.segment_count('Event', '2026-06-01');
SET client_min_messages = warning;
ALTER TABLE "else where".happening RENAME COLUMN moment TO occurred_at;
CALL segments.refresh();
SELECT segments.segment_count('Event', '2026-06-01');

-- No privileges: on the source, on the mapping, on the refresh.  The owner of a segment loses them.
CREATE ROLE bad_input_reader;
GRANT USAGE ON SCHEMA "else where", segments TO bad_input_reader;
GRANT EXECUTE ON FUNCTION segments.create_segment(text, segments.definition, boolean, text) TO bad_input_reader;
SET ROLE bad_input_reader;
SELECT segments.segment_count('Event');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.create_segment('mine', 'Event');
\echo :LAST_ERROR_SQLSTATE
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.fragment;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT ON "else where".happening TO bad_input_reader;
SET ROLE bad_input_reader;
SELECT segments.create_segment('mine', 'Event');
RESET ROLE;
REVOKE SELECT ON "else where".happening FROM bad_input_reader;
CALL segments.refresh();
SELECT name, state, members, last_sqlstate, last_error FROM segments.segment_overview ORDER BY name;
SELECT segments.drop_segment('mine');
DROP OWNED BY bad_input_reader;
DROP ROLE bad_input_reader;

-- Where a refresh may not run.
CREATE FUNCTION refresh_in_function() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL segments.refresh(); END $$;
CREATE FUNCTION refresh_after_writing() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "else where".happening VALUES ('contact', '3', '2026-01-01');
    CALL segments.refresh();
END
$$;
SELECT refresh_in_function();
SELECT refresh_after_writing();
\echo :LAST_ERROR_SQLSTATE
BEGIN ISOLATION LEVEL REPEATABLE READ;
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN READ ONLY;
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
DO $$
BEGIN
    INSERT INTO "else where".happening VALUES ('contact', '3', '2026-01-01');
    BEGIN
        CALL segments.refresh();
    EXCEPTION WHEN active_sql_transaction THEN
        RAISE WARNING 'refused: %', SQLERRM;
    END;
END
$$;
SELECT state, count(*) > 0 AS some FROM segments.refresh GROUP BY state;
CALL segments.refresh();
SELECT segments.segment_count('Event', '2026-06-01');

-- The mapping loses its column, then itself; a source is dropped: they freeze, and evaluation of the type, too.
SET client_min_messages = notice;
ALTER TABLE "else where".mapping RENAME COLUMN profile_id TO person;
CALL segments.refresh();
SET client_min_messages = error;
SELECT segments.segment_count('Event', '2026-06-01');
SET client_min_messages = notice;
ALTER TABLE "else where".mapping DROP COLUMN person;
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = error;
SELECT segments.segment_count('Event', '2026-06-01');
SET client_min_messages = notice;
DROP TABLE "else where".mapping;
CALL segments.refresh();
SET client_min_messages = error;
SELECT segments.segment_count('all', '2026-06-01');
SET client_min_messages = notice;
DROP TABLE "else where".happening;
SET client_min_messages = error;
SELECT segments.segment_count('Event', '2026-06-01');
SET client_min_messages = notice;
\echo :LAST_ERROR_SQLSTATE
CALL segments.refresh();
SELECT outcome('SELECT segments.segment_count(''Event'')');
SELECT name, state, last_sqlstate, left(last_error, 36) AS last_error FROM segments.segment_overview ORDER BY name;
SELECT count(*) FROM segments.interaction_catalog(true);
SELECT segments.unregister_interaction('Event'), segments.unregister_unification();
CALL segments.refresh();
SELECT count(*) FROM segments.fragment WHERE to_refresh = 9223372036854775807;
