-- Names that hints tell stand there as what asks for them takes them: in definitions and as arguments of functions.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
CREATE TABLE odd (contact text, "occurred at" timestamptz, "from" text, "Odd name" text, "it's" int, "a ""quoted"" one" int, "Größe" int);
INSERT INTO odd VALUES ('c', '2026-01-01', 'x', 'y', 1, 2, 3);
CREATE TABLE person (contact text, "the person" text);
INSERT INTO person VALUES ('c', 'p');

-- What stands in quotes first in the hint of an error takes the place of what was written, until the call succeeds.
CREATE FUNCTION follow(call text, written text, quote text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    told text;
    meant text;
BEGIN
    FOR attempt IN 1 .. 3 LOOP
        BEGIN
            EXECUTE replace(call, '?', written);
            RETURN NEXT 'succeeds with ' || written;
            RETURN;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS told = PG_EXCEPTION_HINT;
        END;
        RETURN NEXT written || ': ' || told;
        meant := CASE quote WHEN '''' THEN substring(told FROM '''(?:[^'']|'''')*''')
                            ELSE coalesce(substring(told FROM '"(?:[^"]|"")*"'), substring(told FROM 'mean ([^ ?,]+)')) END;
        written := CASE quote WHEN '''' THEN meant ELSE replace(meant, '''', '''''') END;
    END LOOP;
END
$$;
SELECT follow($$ SELECT segments.register_interaction('odd', 'Odd', ?, 'contact', record_type => 'lead') $$, '''occured at''', '''');
SELECT segments.unregister_interaction('Odd');
SELECT segments.register_interaction('odd', 'Odd', 'ocurred', 'contact');
SELECT segments.register_interaction('odd', 'Odd', 'occurred at', 'contact', record_type => 'contact', display_name => 'Odd thing', aliases => '{"odd one"}',
    fields => '[{"columm": "from"}]');
SELECT segments.register_interaction('odd', 'Odd', 'occurred at', 'contact', record_type => 'contact', display_name => 'Odd thing', aliases => '{"odd one"}',
    fields => '[{"column": "form"}]');
SELECT segments.register_interaction('odd', 'Odd', 'occurred at', 'contact', record_type => 'contact', display_name => 'Odd thing', aliases => '{"odd one"}') > 0 AS registered;
SELECT segments.register_unification('person', record_type => 'contact', record_id_column => 'contact', profile_id_column => 'persn');
SELECT segments.register_unification('person', record_type => 'contact', record_id_column => 'contact', profile_id_column => 'the person');
CALL segments.refresh();

SELECT written, follow($$ SELECT segments.field_values(?, 'from') $$, written, '''') FROM unnest(ARRAY['''Od''', '''Odd''', '''odd one''']) written;
SELECT written, follow($$ SELECT segments.field_values('Odd', ?) $$, written, '''')
FROM unnest(ARRAY['''form''', '''Od name''', '''its''', '''a quoted one''', '''Grösse''', '''"from"''', '''ProfleId''']) written;
SELECT written, follow($$ SELECT segments.interaction_fields(?) $$, written, '''') FROM unnest(ARRAY['''Od''']) written;
SELECT follow($$ SELECT segments.set_display_name('field', ?, 'Sender', 'Odd') $$, '''form''', '''');
SELECT follow($$ SELECT segments.set_display_name(?, 'Odd', 'Odd thing') $$, '''typ''', '''');
SELECT follow($$ SELECT segments.timeline('p', types => ARRAY[?]) $$, '''Ood''', '''');
SELECT follow($$ SELECT segments.alter_interaction(?, display_name => 'Odd thing') $$, '''Ood''', '''');
SELECT follow($$ SELECT segments.create_interaction_tables('odd_tables', ARRAY[?]) $$, '''EmailOpend''', '''');
-- In definitions.
SELECT written, follow($$ SELECT segments.segment_count('Odd where ? is not null') $$, written, '"')
FROM unnest(ARRAY['form', '"Od name"', '"its"', '"a quoted one"', 'Grösse']) written;
SELECT follow($$ SELECT segments.segment_count('?') $$, 'Ood', '"');
-- A table that is registered already: the hint's call makes it what it would have been.
SELECT segments.register_interaction('odd', 'odd', 'occurred at', 'contact', display_name => 'Odd thing', aliases => '{"odd one"}');
SELECT segments.alter_interaction('Odd', new_name => 'odd');
SELECT segments.register_interaction('odd', 'odd', 'occurred at', 'contact', display_name => 'Odd thing', aliases => '{"odd one"}');
SELECT segments.register_interaction('odd', 'Strange', 'occurred at', 'Odd name', display_name => 'It''s', aliases => '{}', description => 'x', fields => '[{"column": "from", "name": "sender"}]');
SELECT segments.alter_interaction('odd', new_name => 'Strange', display_name => 'It''s', description => 'x', fields => '[{"name": "sender", "column": "from"}]', record_id_column => 'Odd name');
SELECT segments.register_interaction('odd', 'Strange', 'occurred at', 'Odd name', display_name => 'It''s', aliases => '{}', description => 'x');
SELECT segments.alter_interaction('Strange', new_name => 'Odd');
SELECT segments.register_unification('person', record_type => 'contact', record_id_column => 'contact', profile_id_column => 'the person');
SELECT segments.register_unification('person', record_type => 'lead', record_id_column => 'contact', profile_id_column => 'contact');
SELECT segments.alter_unification(profile_id_column => 'contact', record_type => 'lead');
SELECT segments.register_unification('person', record_type => 'lead', record_id_column => 'contact', profile_id_column => 'contact');
CALL segments.refresh();
-- Segments that a warning names are what its hint's functions take.
SELECT segments.create_segment('it''s "mine"', 'Odd');
SET client_min_messages = notice;
SELECT segments.unregister_interaction('Odd');
SELECT segments.drop_segment('it''s "mine"');
