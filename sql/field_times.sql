-- Fields compared with times as of the instant of evaluation, around every edge, against plain SQL.
\set ON_ERROR_STOP 1
SET TimeZone = 'UTC';
SET client_min_messages = warning;

CREATE TABLE booking (visitor text, occurred_at timestamptz, day date, local timestamp, due timestamptz, word text);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('booking', 'Booking', 'occurred_at', 'visitor') > 0 AS registered;
SELECT segments.register_unification('mapping', 'profile_id', 'record_id', 'record_type');

-- Clocks that jump at two and three, at midnight (and show its hour twice), by half an hour, and over a whole day.
CREATE TABLE moment AS
SELECT zone, as_of::timestamp AT TIME ZONE zone + later * interval '1 hour' AS as_of
FROM (VALUES ('Europe/Paris', '2026-03-29 03:30'), ('Europe/Paris', '2026-10-25 02:30'), ('Europe/Paris', '2026-01-01 00:00'),
        ('America/Havana', '2026-11-01 00:30'), ('America/Havana', '2026-03-08 01:30'), ('Australia/Lord_Howe', '2026-04-05 01:45'),
        ('Pacific/Apia', '2011-12-31 08:00'), ('Asia/Kolkata', '2024-02-29 23:59:59.999999')) clock(zone, as_of),
    unnest('{0, 1}'::int[]) later;
-- F: the field; A: what it is compared with.
CREATE TABLE sliding AS
SELECT format('within last %s', span) AS times, format('F >= A - interval %L AND F <= A', span) AS condition, span FROM
    unnest('{1 hour, 90 minutes, 1 day, 3 days, 2 weeks, 1 month, 13 months, 2 years}'::text[]) span
UNION ALL SELECT format('within next %s', span), format('F >= A AND F <= A + interval %L', span), span FROM
    unnest('{1 hour, 90 minutes, 1 day, 2 weeks, 1 month, 1 year}'::text[]) span
UNION ALL SELECT format('more than %s ago', span), format('F < A - interval %L', span), span FROM unnest('{2 hours, 1 day, 1 month}'::text[]) span
UNION ALL SELECT 'between 1 and 3 days ago', 'F >= A - interval ''3 days'' AND F <= A - interval ''1 day''', '3 days';
-- R: what a clock shows; N: what it shows at the instant of evaluation.
CREATE TABLE calendar AS
SELECT format('this %s', unit) AS times, format('date_trunc(%L, R) = date_trunc(%1$L, N)', unit) AS condition, unit FROM
    unnest('{day, week, month, quarter, year}'::text[]) unit
UNION ALL SELECT format('previous 2 %ss', unit), format('R >= date_trunc(%L, N) - 2 * U AND R < date_trunc(%1$L, N)', unit), unit FROM
    unnest('{day, week, month, quarter, year}'::text[]) unit
UNION ALL SELECT format('next %s', unit), format('R >= date_trunc(%L, N) + U AND R < date_trunc(%1$L, N) + 2 * U', unit), unit FROM
    unnest('{day, week, month, quarter, year}'::text[]) unit;
CREATE FUNCTION unit_length(unit text) RETURNS interval LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE unit WHEN 'quarter' THEN '3 months' ELSE '1 ' || unit END::interval $$;

-- Values on every edge, and beside them.
CREATE FUNCTION edges(as_of timestamptz, zone text) RETURNS SETOF timestamptz LANGUAGE plpgsql STABLE SET TimeZone = 'UTC' AS $$
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    RETURN QUERY SELECT as_of + sign * span::interval FROM sliding, unnest('{-1, 1}'::int[]) sign
        UNION SELECT (date_trunc(unit, as_of AT TIME ZONE zone) + units * unit_length(unit)) AT TIME ZONE zone
              FROM calendar, unnest('{-2, 0, 1, 2}'::int[]) units
        UNION SELECT as_of;
END
$$;
CREATE TABLE value AS
SELECT DISTINCT edge + delta AS at, zone
FROM moment, LATERAL edges(as_of, zone) edge, unnest('{-1 microsecond, 0, 1 microsecond, 30 minutes, -1 hour}'::interval[]) delta;
INSERT INTO booking
SELECT 'v' || row_number() OVER (ORDER BY at, zone), '2001-01-01', (at AT TIME ZONE zone)::date, at AT TIME ZONE zone, at
FROM value;
INSERT INTO booking VALUES ('nothing', '2001-01-01', NULL, NULL, NULL), ('first', '2001-01-01', '-infinity', '-infinity', '-infinity'),
    ('last', '2001-01-01', 'infinity', 'infinity', 'infinity'), ('old', '2001-01-01', '4712-05-27 BC', '4712-05-27 BC', '4712-05-27 00:00+00 BC'),
    ('far', '2001-01-01', '294275-05-28', '294275-05-28 23:59:59.999999', '294275-05-28 23:59:59.999999+00');
INSERT INTO mapping SELECT 'contact', visitor, visitor FROM booking;
CALL segments.refresh();
SELECT count(*) > 1500 AS many FROM booking;

CREATE FUNCTION evaluated(definition text, as_of timestamptz, zone text) RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('segments.time_zone', zone, true);
    RETURN ARRAY(SELECT profile_id COLLATE "C" FROM segments.profiles(segments.segment_eval(definition, as_of)) profile_id ORDER BY 1);
END
$$;
CREATE FUNCTION selected(condition text, as_of timestamptz, zone text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    visitors text[];
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    EXECUTE format('SELECT array(SELECT visitor COLLATE "C" FROM booking WHERE %s ORDER BY 1)', condition) INTO visitors USING as_of, zone;
    PERFORM set_config('TimeZone', 'UTC', true);
    RETURN visitors;
END
$$;
-- Letters are replaced where they stand alone.
CREATE FUNCTION filled(condition text, field text, now text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT regexp_replace(regexp_replace(condition, '\m[FR]\M', field, 'g'), '\m[AN]\M', now, 'g') $$;

CREATE TABLE compared AS
SELECT field, times, as_of, zone, evaluated(format('Booking where %s %s', field, times), as_of, zone) AS evaluated,
       selected(filled(condition, expression, now), as_of, zone) AS selected
FROM moment, sliding,
    (VALUES ('due', 'due', '$1'), ('local', 'local::timestamptz', '$1'), ('day', 'day::timestamp', '$1::date::timestamp')) kind(field, expression, now)
WHERE field <> 'day' OR span !~ 'hour|minute';
SELECT field, count(*) > 100 AS many, count(*) FILTER (WHERE evaluated <> selected) AS differences, count(*) FILTER (WHERE evaluated <> '{}') > 100 AS with_members
FROM compared GROUP BY field ORDER BY field;
INSERT INTO compared
SELECT 'calendar of ' || field, times, as_of, zone, evaluated(format('Booking where %s %s', field, times), as_of, zone),
       selected(filled(replace(condition, ' U', format(' interval %L', unit_length(unit))), expression, '($1 AT TIME ZONE $2)'), as_of, zone)
FROM moment, calendar, (VALUES ('due', '(due AT TIME ZONE $2)'), ('local', 'local'), ('day', 'day::timestamp')) kind(field, expression);
INSERT INTO compared
SELECT 'hours of ' || field, times, as_of, zone, evaluated(format('Booking where %s %s', field, times), as_of, zone),
       selected(format('%1$s >= %2$s + %3$L AND %1$s < %2$s + %4$L', field, hour, first, before), as_of, zone)
FROM moment, (VALUES ('due', 'date_trunc(''hour'', $1, $2)'), ('local', 'date_trunc(''hour'', $1 AT TIME ZONE $2)')) kind(field, hour),
    (VALUES ('this hour', interval '0', interval '1 hour'), ('previous 3 hours', '-3 hours', '0'), ('next 2 hours', '1 hour', '3 hours')) hours(times, first, before);
INSERT INTO compared
SELECT 'day of ' || field, '', as_of, zone, evaluated(format('Booking where %s on %L', field, to_char(named, 'YYYY-MM-DD')), as_of, zone), selected(format('%s::date = %L', field, named), as_of, zone)
FROM moment, unnest('{due, local, day}'::text[]) field, LATERAL (SELECT (as_of AT TIME ZONE zone)::date - back AS named FROM generate_series(-1, 2) back) named;
SELECT field, count(*) FILTER (WHERE evaluated <> selected) AS differences, count(*) FILTER (WHERE evaluated <> '{}') > 30 AS with_members
FROM compared WHERE field LIKE '% of %' GROUP BY field ORDER BY field;
-- What differs, if anything does.
SELECT field, times, as_of, zone, ARRAY(SELECT unnest(evaluated) EXCEPT SELECT unnest(selected)) AS too_many, ARRAY(SELECT unnest(selected) EXCEPT SELECT unnest(evaluated)) AS missing
FROM compared WHERE evaluated <> selected ORDER BY field, times, as_of, zone LIMIT 10;

-- Every way to say it; negations are complements, also of what is null.
SELECT said, format('Booking where %s', said)::segments.definition::text AS canonical
FROM unnest(ARRAY['due is today', 'due is not today', 'due is yesterday', 'due is not tomorrow', 'due is within the last 7 days', 'due within the next week',
    'due last 3 days', 'not due within next 2 months', 'due not within last month', 'due next week', 'due next 1 weeks', 'due since ''2026-03-01''', 'due before Timestamp',
    'due not between 3 and 5 days ago', 'due between 3 hours and 5 days ago', '(due more than 3 days ago and word = ''x'') more than 3 times',
    'due on date ''2026-03-01'' on ''2026-03-02''', 'due within 3 days before local', 'due within 0 days of "Timestamp"', 'due <> "local"', 'due this week this month']) said;
SELECT count(*) FILTER (WHERE cardinality(evaluated('Booking where ' || said, as_of, zone)) + cardinality(evaluated('Booking where not ' || said, as_of, zone))
                        <> (SELECT count(*) FROM booking)) AS not_complements
FROM moment, unnest('{due is today, day within last 2 weeks, local within next 3 days}'::text[]) said;
SELECT segments.segment_count('Booking where Timestamp within last 30 years', '2026-03-11') = (SELECT count(*) FROM booking) AS over_its_own_time,
       segments.segment_count('Booking where Timestamp next year', '2026-03-11') AS never;

-- Saved segments keep zone and start of weeks; when such a verdict changes is not foreseen.
SET segments.week_start = 'sunday';
SELECT segments.create_segment('soon', 'Booking where day this week', run => false) IS NOT NULL AS created;
RESET segments.week_start;
SELECT segments.count_segment('soon', '2026-03-29 03:30') = (SELECT count(*) FROM booking WHERE day BETWEEN '2026-03-29' AND '2026-04-04') AS keeps_its_day;
SELECT verdict, changes_at IS NULL AS unforeseen, note FROM segments.explain_member('soon', 'nothing', '2026-03-29 03:30');
SELECT text FROM segments.segment_explain('Booking where (day is today or due within 3 days of local)', '2026-03-29 03:30') ORDER BY node LIMIT 1;

CREATE TABLE refused (definition text);
INSERT INTO refused SELECT 'Booking where ' || said FROM unnest(ARRAY['day within last 3 hours', 'day between 1 hour and 2 days ago', 'day this hour', 'due this minute', 'due within last 0 days',
    'due next 0 days', 'word within last 3 days', 'word is today', 'visitor within last 3 days', 'ProfileType is today', 'due within 3 days', 'due within 3 days before ''2026-03-01''',
    'due on ''2026-03-01 17:00''', 'due on ''infinity''', 'due on ''soon''', 'due within next 3 fortnights', 'due is soon', 'due after ''2026-03-01''', 'due within last 3 days ignore case',
    'word = Oslo', 'word = "Oslo"', 'word = measure ''x''', 'word = due', 'due = word', 'word within 3 days of due', 'day within 3 hours of due', 'visitor = word', 'word = visitor', 'due < hour of local']) said;
DO $$
DECLARE
    definition text;
    hint text;
BEGIN
    FOR definition IN TABLE refused LOOP
        BEGIN
            PERFORM segments.segment_count(definition);
            RAISE INFO 'accepted: %', definition;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
            RAISE INFO '%: % % (%)', definition, SQLSTATE, SQLERRM, hint;
        END;
    END LOOP;
END
$$;
