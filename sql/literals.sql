-- What literals mean: as SQL reads them, at as_of, and under the settings a segment was saved with.
SET TimeZone = 'Europe/Oslo';
SET client_min_messages = warning;
CREATE TABLE visit (record_id text, occurred_at timestamptz, d date, ts timestamp, tz timestamptz, t time, tt timetz, span interval,
                    price money, n int, x numeric, label text);
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_interaction('visit', 'Visit', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO visit (record_id, occurred_at, d, ts, tz, t, tt, span, price, n, x, label)
SELECT 'r' || i, at, at::date, at::timestamp, at, at::time, (at::time || '+01')::timetz, make_interval(hours => i - 100), i * 1.5::numeric::float8::numeric::money, i, i, i::text
FROM generate_series(0, 200) i, LATERAL (SELECT '2026-03-01 00:00+01'::timestamptz + i * interval '1 hour' AS at) made;
INSERT INTO visit (record_id, occurred_at, d, ts, tz) VALUES
    ('past', '2026-01-01', '-infinity', '-infinity', '-infinity'), ('future', '2026-01-01', 'infinity', 'infinity', 'infinity'),
    ('epoch', '2026-01-01', '1970-01-01', 'epoch', 'epoch'), ('spring', '2026-03-29 03:30+02', '2026-03-29', '2026-03-29 02:30', '2026-03-29 03:30+02');
INSERT INTO mapping SELECT DISTINCT record_id, record_id FROM visit;
CALL segments.refresh();

-- Whether a definition selects what SQL does: how many, or both numbers.
CREATE FUNCTION compare(definition text, condition text, as_of timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ours text[] := ARRAY(SELECT segments.profiles(segments.segment_eval(definition::segments.definition, as_of)) ORDER BY 1);
    theirs text[];
BEGIN
    EXECUTE format('SELECT ARRAY(SELECT DISTINCT record_id FROM visit WHERE occurred_at <= $1 AND (%s) ORDER BY 1)', condition)
    INTO theirs USING as_of;
    RETURN CASE WHEN ours = theirs THEN 'same, ' || cardinality(ours) ELSE format('%s for %s', ours, theirs) END;
END
$$;

-- today, yesterday, tomorrow and now are those of as_of, in the zone.
SELECT definition, compare('Visit ' || definition, condition, '2026-03-05 10:00') FROM (VALUES
    ('since ''today''', 'occurred_at >= ''2026-03-05'''),
    ('since ''yesterday''', 'occurred_at >= ''2026-03-04'''),
    ('since ''Yesterday 17:00''', 'occurred_at >= ''2026-03-04 17:00'''),
    ('since ''17:00 yesterday''', 'occurred_at >= ''2026-03-04 17:00'''),
    ('since ''yesterday 12:00 UTC''', 'occurred_at >= ''2026-03-04 12:00Z'''),
    ('since ''yesterday allballs''', 'occurred_at >= ''2026-03-04 00:00Z'''),
    ('since date ''yesterday''', 'occurred_at >= ''2026-03-04'''),
    ('since timestamp ''yesterday 17:00''', 'occurred_at >= ''2026-03-04 17:00'''),
    ('from ''yesterday'' to ''today''', 'occurred_at >= ''2026-03-04'' AND occurred_at < ''2026-03-05'''),
    ('before ''today 06:00''', 'occurred_at > ''-infinity'' AND occurred_at < ''2026-03-05 06:00'''),
    ('since ''now''', 'occurred_at >= ''2026-03-05 10:00'''),
    ('where d = ''today''', 'd = ''2026-03-05'''),
    ('where d < ''yesterday''', 'd < ''2026-03-04'''),
    ('where d = ''tomorrow''', 'd = ''2026-03-06'''),
    ('where d = ''now''', 'd = ''2026-03-05'''),
    ('where d in (''today'', ''yesterday'', ''2026-03-01'')', 'd IN (''2026-03-05'', ''2026-03-04'', ''2026-03-01'')'),
    ('where ts between ''yesterday 06:00'' and ''today 06:00''', 'ts BETWEEN ''2026-03-04 06:00'' AND ''2026-03-05 06:00'''),
    ('where ts = ''now''', 'ts = ''2026-03-05 10:00'''),
    ('where tz >= ''today''', 'tz >= ''2026-03-05'''),
    ('where tz >= ''now''', 'tz >= ''2026-03-05 10:00'''),
    ('where Timestamp >= ''today 05:00''', 'occurred_at >= ''2026-03-05 05:00'''),
    ('where t = ''now''', 't = ''10:00'''),
    ('where tt = ''now''', 'tt = ''10:00+01'''),
    ('where label = ''today''', 'label = ''today''')
) AS question(definition, condition);
-- Shortly after midnight in Oslo it is yesterday in London.
SELECT compare('Visit since ''today''', 'occurred_at >= ''2026-03-05''', '2026-03-05 00:30');
SET segments.time_zone = 'Europe/London';
SELECT compare('Visit since ''today''', 'occurred_at >= ''2026-03-04 01:00''', '2026-03-05 00:30');
RESET segments.time_zone;
SELECT segments.segment_count('Visit where t = ''today''');

-- date, timestamp and timestamptz before a literal, against each type.
CREATE TABLE question AS
SELECT field, op, kind, literal, compare(format('Visit where %s %s %s %L', field, op, kind, literal), format('%s %s %s %L', field, op, kind, literal), '2026-04-01')
FROM unnest('{d,ts,tz,occurred_at}'::text[]) field, unnest('{=,<,<=,>,>=}'::text[]) op, unnest('{date,timestamp,timestamptz}'::text[]) kind,
     unnest('{2026-03-05,2026-03-05 12:00,2026-03-05 12:00 -05,2026-03-05 00:00 Z,2026-03-29 02:30,2026-03-29,infinity,-infinity,1960-07-01 12:00}'::text[]) literal
WHERE NOT (field = 'ts' AND kind = 'timestamptz');
SELECT field, kind, count(*), count(*) FILTER (WHERE compare LIKE 'same%') AS same, count(DISTINCT compare) > 8 AS telling FROM question GROUP BY field, kind ORDER BY field, kind;
SELECT * FROM question WHERE compare NOT LIKE 'same%';
-- A zone that has skipped a day; days beyond the last timestamp.
SET TimeZone = 'Pacific/Apia';
SELECT literal, op, compare(format('Visit where d %s %s', op, literal), format('d %s %s', op, literal), '2026-04-01')
FROM unnest('{timestamptz ''2011-12-30 10:00Z'',timestamptz ''2026-03-05 12:00 -05'',timestamp ''2026-03-05 12:00'',date ''5874897-12-31''}'::text[]) literal, unnest('{=,<,>=}'::text[]) op;
SELECT op, compare(format('Visit where tz %s date ''5874897-12-31''', op), format('tz %s date ''5874897-12-31''', op), '2026-04-01') FROM unnest('{=,<,>=}'::text[]) op;
SET TimeZone = 'Europe/Oslo';
SELECT definition, compare('Visit ' || definition, condition, '2026-04-01') FROM (VALUES
    ('since date ''2026-03-05 12:00:01''', 'occurred_at >= date ''2026-03-05 12:00:01'''),
    ('since timestamp ''2026-03-05 12:00 -05''', 'occurred_at >= timestamp ''2026-03-05 12:00 -05'''),
    ('since timestamptz ''2026-03-05 12:00 -05''', 'occurred_at >= timestamptz ''2026-03-05 12:00 -05'''),
    ('from date ''2026-03-05'' to timestamp ''2026-03-06 12:00''', 'occurred_at >= date ''2026-03-05'' AND occurred_at < timestamp ''2026-03-06 12:00'''),
    ('before date ''2026-03-05 23:00''', 'occurred_at > ''-infinity'' AND occurred_at < date ''2026-03-05'''),
    ('where d between date ''2026-03-05 12:00'' and date ''2026-03-06''', 'd BETWEEN date ''2026-03-05 12:00'' AND date ''2026-03-06'''),
    ('where tz in (date ''2026-03-05'', timestamp ''2026-03-06 12:00'')', 'tz = date ''2026-03-05'' OR tz = timestamp ''2026-03-06 12:00''')
) AS question(definition, condition);
SELECT segments.segment_count('Visit where n = date ''1''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Visit where label = date ''2026-01-01''');
SELECT segments.segment_count('Visit where x = timestamp ''2026-01-01''');
SELECT segments.segment_count('Visit where record_id = date ''2026-01-01''');
SELECT segments.segment_count('Visit where ts > timestamptz ''2026-03-05 12:00+01''');
\echo :LAST_ERROR_SQLSTATE
-- What the hints say means what was written: for SQL, a timestamp is a time in the zone.
CREATE FUNCTION followed(written text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    PERFORM segments.segment_count(('Visit where ts > ' || written)::segments.definition);
    RETURN 'succeeds';
EXCEPTION WHEN datatype_mismatch THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN written || ': ' || hint || ' ' || compare('Visit where ts > ' || substring(hint FROM 'timestamp ''[^'']*'''), 'ts > ' || written, '2026-03-05 12:00');
END
$$;
SELECT followed(format('timestamptz %L', written)) FROM unnest(ARRAY['2026-03-05 12:00+01', '2026-03-05 12:00+02', '2026-03-05 09:00Z',
    '2026-07-05 12:00:00.5+02', '2026-03-05 12:00', '2026-03-05', 'infinity', '-infinity', '0044-03-15 12:00+00 BC']) written;
SELECT segments.segment_count('Visit where ts > timestamptz ''someday''');
\echo :LAST_ERROR_SQLSTATE

-- What a segment's literals mean is what they meant where it was saved, whoever runs it later and under whatever settings.
SET TimeZone = 'Asia/Tokyo';
SET IntervalStyle = 'sql_standard';
SET lc_monetary = 'C';
SET timezone_abbreviations = 'Australia';
SELECT segments.create_segment('day', 'Visit since ''2026-03-05''') AS day, segments.create_segment('zone', 'Visit since ''2026-03-05 12:00 EST''') AS zone,
       segments.create_segment('span', 'Visit where span >= ''-1 1:00:00''') AS span, segments.create_segment('timetz', 'Visit where tt >= ''20:00''') AS timetz,
       segments.create_segment('money', 'Visit where price > ''$100.50''') AS money;
SELECT name, time_zone, interval_style, monetary_locale, zone_abbreviations FROM segments.segment WHERE name = 'day';
CREATE TABLE saved AS SELECT name, members FROM segments.segment_overview;
RESET ALL;
SET client_min_messages = warning;
SET TimeZone = 'America/New_York';
SET DateStyle = 'German, DMY';
CALL segments.refresh();
SELECT count(*), count(*) FILTER (WHERE o.members = s.members) AS unchanged FROM saved s JOIN segments.segment_overview o USING (name);
-- In SQL, where they were saved; and what the same texts mean here.
SELECT name, members FROM saved ORDER BY name;
SELECT count(*) FROM visit WHERE occurred_at >= timestamptz '2026-03-05 00:00 Asia/Tokyo';
SELECT count(*) FROM visit WHERE occurred_at >= timestamptz '2026-03-05 12:00+10';
SELECT count(*) FROM visit WHERE span >= interval '-25 hours';
SELECT count(*) FROM visit WHERE tt >= timetz '20:00+09';
SELECT count(*) FROM visit WHERE price > '$100.50';
SELECT segments.segment_count('Visit since ''2026-03-05''') <> (SELECT members FROM saved WHERE name = 'day') AS another_day;
-- An editor elsewhere changes the text, not what its times mean.
SELECT segments.update_segment('day', 'Visit since ''2026-03-05 00:00''') = (SELECT members FROM saved WHERE name = 'day') AS same_members;
SELECT time_zone, interval_style FROM segments.segment WHERE name = 'day';
-- A locale that this server does not have fails that segment alone, and says so.
UPDATE segments.segment SET monetary_locale = 'xx_XX' WHERE name = 'money';
SELECT segments.run_segment('money');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.run_segment('span') = (SELECT members FROM saved WHERE name = 'span') AS same_members;
SELECT segments.drop_segment(name) FROM segments.segment;
RESET DateStyle;

-- A window that no time lies in.
SET TimeZone = 'UTC';
SELECT segments.segment_count('Visit from ''2026-03-05'' to ''2026-03-05''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Visit from ''2026-03-05'' to ''2026-03-06''');
SELECT segments.segment_count('all and Visit from ''2026-03-06'' to date ''2026-03-05''');
SELECT segments.segment_count('Visit from date ''2026-03-05'' to ''2026-03-06''');
SELECT segments.create_segment('empty', 'Visit from ''2026-03-05 10:00'' to ''2026-03-05 10:00''', run => false);
\echo :LAST_ERROR_SQLSTATE
-- An end that moves is accepted, and noted; so is what was saved before.
SELECT segments.segment_count('Visit from ''today'' to ''2026-03-05''', '2026-03-07'), segments.segment_count('Visit from ''yesterday'' to ''today''', '2026-03-07');
SELECT text, members, note FROM segments.segment_explain('Visit from ''today'' to ''2026-03-05'' or Visit since ''tomorrow'' or Visit from ''2026-03-05'' to ''2026-03-05'' or Visit since ''today''', '2026-03-07');
SELECT segments.create_segment('empty', 'Visit from ''2026-03-05'' to ''2026-03-06''');
UPDATE segments.segment SET definition = 'Visit from ''2026-03-05'' to ''2026-03-05''' WHERE name = 'empty';
SELECT segments.run_segment('empty');

-- Hints, followed.
SELECT segments.segment_count('Visit since ''2026-13-01''');
SELECT segments.segment_count('Visit since ''2026-01-13''');
SELECT segments.segment_count('Visit where d = ''2026-02-30''');
SELECT segments.segment_count('Visit where d = ''2026-02-28''');
SELECT segments.segment_count('Visit since ''03/04/2026''');
SELECT segments.segment_count('Visit since ''2026-03-04'''), segments.segment_count('Visit since ''2026-04-03''');
SELECT segments.segment_count('Visit where x > ''1,5''');
SELECT segments.segment_count('Visit where x > 1.5');
SELECT segments.segment_count('Visit where n > true');
SELECT segments.segment_count('Visit where t > 5');
SELECT segments.segment_count('Visit where t > ''17:30''');
SELECT segments.segment_count('Visit where span > ''long''');
SELECT segments.segment_count('Visit where span > ''01:30:00''');
SELECT segments.segment_count('Visit where label > 9');
ALTER TABLE public.visit ADD COLUMN label_number numeric GENERATED ALWAYS AS (CASE WHEN label ~ '^-?[0-9]+([.][0-9]+)?$' THEN label::numeric END) STORED;
INSERT INTO visit (record_id, occurred_at, label) VALUES ('past', '2026-01-01', '9.5'), ('future', '2026-01-01', 'abc');
CALL segments.refresh();
SELECT compare('Visit where label_number > 9', 'label ~ ''^[0-9.]+$'' AND label::numeric > 9', '2026-04-01') AS as_numbers;
SELECT segments.segment_count('Visit where label = 9');
SELECT segments.segment_count('Visit where label = ''9''');

SELECT segments.segment_count('Visit where n contains ''1''');
SELECT segments.segment_count('Visit where n between 1 and 1');
SELECT segments.segment_count('Visit where Timestamp contains ''2026''');
SELECT segments.segment_count('Visit where Timestamp between ''2026-01-01'' and ''2026-12-31''', '2026-04-01');
SELECT segments.segment_count('Visit where tt = 5');
SELECT segments.segment_count('Visit where tt = ''17:30''', '2026-04-01');
SELECT segments.segment_count('Visit where price > ''ten''');
SELECT segments.segment_count('Visit where price > 12', '2026-04-01');
SELECT segments.segment_count('Visit where record_id = 5');
SELECT segments.segment_count('Visit where record_id = ''5''');
SELECT segments.segment_count('Visit where d > 5');
SELECT segments.segment_count('Visit where d > ''2026-03-31''', '2026-04-01');
SELECT segments.segment_count('Visit where tz > true');
SELECT segments.segment_count('Visit where tz > ''2026-03-31 17:30''', '2026-04-01');
-- Many values: those that are near, or how to list them.
CREATE TYPE colour AS ENUM ('red', 'orange', 'yellow', 'green', 'cyan', 'blue', 'violet', 'black', 'white', 'grey', 'brown', 'pink', 'gold');
ALTER TABLE visit ADD COLUMN colour colour;
CALL segments.refresh();
SELECT segments.segment_count('Visit where colour = ''yelow''');
SELECT segments.segment_count('Visit where colour = ''yellow''');
SELECT segments.segment_count('Visit where colour = ''transparent''');
SELECT enum_range(NULL::public.colour);
SELECT segments.segment_count('Visit where colour > 5');

-- Values that no interaction has are noted, with the nearest, by explain and when a segment is saved.
SET client_min_messages = notice;
CREATE TYPE channel AS ENUM ('mail', 'sms', 'push');
CREATE TABLE sent (record_id text, occurred_at timestamptz, event_type text, channel channel, code char(4), name text COLLATE "C", amount numeric);
SELECT segments.register_interaction('sent', 'Sent', 'occurred_at', 'record_id');
INSERT INTO sent SELECT 'r' || i % 200, '2026-03-02', (ARRAY['email_opened', 'email_clicked', 'unsubscribed'])[i % 3 + 1], 'mail', 'ab', 'Zoë', i FROM generate_series(1, 1000) i;
CALL segments.refresh();
SELECT members, note FROM segments.segment_explain('Sent where event_type = ''email_opend''', '2026-04-01');
SELECT members, note FROM segments.segment_explain('Sent where event_type in (''email_opened'', ''unsubscribe'', ''x'')', '2026-04-01');
SELECT members > 0 AS some, note FROM segments.segment_explain('Sent where event_type <> ''EMAIL_OPENED'' or Sent where event_type = ''EMAIL_OPENED'' ignore case', '2026-04-01') OFFSET 1;
SELECT members, note FROM segments.segment_explain('Sent where channel = ''sms'' or Sent where code = ''abc'' or Sent where code = ''ab'' or Sent where name contains ''zo'' or Sent where amount = -5', '2026-04-01');
SELECT note FROM segments.segment_explain('Sent where event_type = ''email_opened''', '2026-04-01');
SELECT segments.create_segment('misspelt', 'Sent where (event_type = ''email_opnd'' and channel = ''mail'')');
SELECT segments.update_segment('misspelt', 'Sent where event_type = ''email_opened'' since ''2026-01-01''') > 0 AS some;
-- Numbers, days and times, too: with those next to them.  Against plain SQL: noted where, and only where, no row has the value.
CREATE TABLE measured (record_id text, occurred_at timestamptz, i int, b bigint, f float8, n numeric, d date, ts timestamp, t time,
    yes boolean, u uuid, ip inet, late int DEFAULT 7);
INSERT INTO measured SELECT 'r' || n, '2026-03-01', n * 2, n * 2, n, n * 2, date '2026-01-01' + 2 * n, '2026-01-01'::timestamp + n * interval '1 day',
    time '12:00' + n * interval '1 hour', true, '00000000-0000-0000-0000-000000000001', '10.0.0.1' FROM generate_series(1, 5) n;
INSERT INTO measured (record_id, occurred_at) VALUES ('r9', '2026-03-01');
SELECT segments.register_interaction('measured', 'Measured', 'occurred_at', 'record_id');
CALL segments.refresh();
CREATE FUNCTION noted(field text, VARIADIC written text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    value text;
    note text;
    is_there boolean;
BEGIN
    FOREACH value IN ARRAY written LOOP
        SELECT e.note INTO note FROM segments.segment_explain(format('Measured where %I = %s', field, value)::segments.definition) e WHERE e.note <> '';
        EXECUTE format('SELECT EXISTS (SELECT FROM measured WHERE %I = %s)', field, value) INTO is_there;
        RETURN NEXT format('%s = %s: %s%s', field, value, coalesce(note, '-'), CASE WHEN is_there = (note IS NOT NULL) THEN ' WRONG' END);
    END LOOP;
END
$$;
SELECT noted(field, VARIADIC written) FROM (VALUES
    ('i', ARRAY['4', '5', '-5', '500']), ('b', ARRAY['4', '5', '''9''']), ('f', ARRAY['2', '2.5', '1e300']), ('n', ARRAY['4.00', '5', '4.001', '-1e20']),
    ('d', ARRAY['''2026-01-03''', '''2026-01-04''', '''1999-01-01''', '''infinity''']), ('ts', ARRAY['''2026-01-03''', '''2026-01-03 12:00''']),
    ('t', ARRAY['''13:00''', '''13:30''']), ('yes', ARRAY['true', 'false']), ('u', ARRAY['''00000000-0000-0000-0000-000000000001''', '''00000000-0000-0000-0000-000000000002''']),
    ('ip', ARRAY['''10.0.0.1''', '''10.0.0.2''']), ('late', ARRAY['7', '8'])) asked (field, written);
SELECT note FROM segments.segment_explain('Measured where i in (4, 5, 7)') WHERE note <> '';
SELECT segments.create_segment('none', 'Measured where i = 5 and d = ''2026-01-04''', run => false);
-- What no note is written of: comparisons, and what no integer can be.
SELECT count(*) FROM unnest(ARRAY['i > 100', 'i between 11 and 20', 'i is null', 'd < ''1999-01-01''', 'i = 2.5']) w,
    segments.segment_explain(('Measured where ' || w)::segments.definition) WHERE note <> '';
ALTER TABLE measured ADD COLUMN later int DEFAULT 3;
CALL segments.refresh();
SELECT noted('later', '3', '4');

-- Row-level security: what there is else is not told.
SET client_min_messages = warning;
SELECT segments.unregister_interaction('Sent');
ALTER TABLE sent ENABLE ROW LEVEL SECURITY;
SELECT segments.register_interaction('sent', 'Sent', 'occurred_at', 'record_id', acknowledge_row_security => true);
CALL segments.refresh();
SELECT note FROM segments.segment_explain('Sent where event_type = ''email_opnd''', '2026-04-01');

-- A restriction by record id tells who is one person: it takes the right to read the mapping.  Evaluating needs no more than the table.
CREATE ROLE literals_analyst;
GRANT USAGE ON SCHEMA public, segments TO literals_analyst;
GRANT SELECT ON visit TO literals_analyst;
GRANT EXECUTE ON FUNCTION segments.create_segment(text, segments.definition, boolean, text) TO literals_analyst;
SET ROLE literals_analyst;
SELECT segments.segment_count('Visit where ProfileId = ''r1''', '2026-04-01');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Visit where (n = 1 and not record_id begins with ''r1'')', '2026-04-01');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.create_segment('linked', 'Visit where ProfileId = ''r1''', run => false);
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Visit where n = 1', '2026-04-01'), segments.segment_count('Visit where ProfileType = ''contact''', '2026-04-01') > 1 AS of_contacts;
RESET ROLE;
GRANT SELECT (record_id) ON mapping TO literals_analyst;
SET ROLE literals_analyst;
SELECT segments.segment_count('Visit where ProfileId = ''r1''', '2026-04-01');
RESET ROLE;
GRANT SELECT (record_id, profile_id) ON mapping TO literals_analyst;
SET ROLE literals_analyst;
SELECT segments.segment_count('Visit where ProfileId = ''r1''', '2026-04-01');
SELECT count(*) FROM segments.profiles(segments.segment_eval('Visit where ProfileId = ''r1''', '2026-04-01'));
RESET ROLE;
-- Row-level security on the mapping that nobody has acknowledged hides who is one person, and profile ids.
ALTER TABLE mapping ENABLE ROW LEVEL SECURITY;
SET ROLE literals_analyst;
SELECT segments.segment_count('Visit where ProfileId = ''r1''', '2026-04-01');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.profiles(segments.segment_eval('all', '2026-04-01'));
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.previous_profile_ids;
SELECT segments.segment_count('Visit where n = 1', '2026-04-01');
RESET ROLE;
SELECT segments.segment_count('Visit where ProfileId = ''r1''', '2026-04-01') AS of_the_owner;
SELECT segments.reattach_source(acknowledge_row_security => true);
SET ROLE literals_analyst;
SELECT segments.segment_count('Visit where ProfileId = ''r1''', '2026-04-01');
RESET ROLE;
DROP OWNED BY literals_analyst;
DROP ROLE literals_analyst;
