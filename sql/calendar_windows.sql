-- Windows of the calendar, days and "more than ... ago", around every edge, against plain SQL over what clocks show.
\set ON_ERROR_STOP 1
SET TimeZone = 'UTC';
SET client_min_messages = warning;

CREATE TABLE visit (visitor text, occurred_at timestamptz);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('visit', 'Visit', 'occurred_at', 'visitor') > 0 AS registered;
SELECT segments.register_unification('mapping', 'profile_id', 'record_id', 'record_type');

-- Clocks that jump at two and three, at midnight (and show its hour twice), by half an hour, and over a whole day.
CREATE TABLE moment AS
SELECT zone, as_of::timestamp AT TIME ZONE zone + later * interval '1 hour' AS as_of
FROM (VALUES ('UTC', '2026-03-11 10:00'), ('Europe/Paris', '2026-03-29 12:00'), ('Europe/Paris', '2026-10-25 12:00'),
        ('Europe/Paris', '2026-01-01 00:00'), ('America/Havana', '2026-11-01 00:30'), ('America/Havana', '2026-03-08 01:30'),
        ('Australia/Lord_Howe', '2026-04-05 01:45'), ('Australia/Lord_Howe', '2026-10-04 02:45'), ('Pacific/Apia', '2011-12-31 08:00'),
        ('America/Sao_Paulo', '2018-11-04 01:00'), ('Asia/Kolkata', '2024-02-29 23:59:59.999999')) clock(zone, as_of),
    unnest('{-1, 0, 1, 24, 192}'::int[]) later;
CREATE TABLE asked (definition text, unit text, units int);
INSERT INTO asked
SELECT CASE WHEN units = 0 THEN 'Visit this ' || unit WHEN units = 1 THEN 'Visit previous ' || unit
            ELSE format('Visit previous %s %ss', units, unit) END, unit, units
FROM unnest('{hour, day, week, month, quarter, year}'::text[]) unit, unnest('{0, 1, 2, 13}'::int[]) units;
-- When a unit begins: the first instant at which a clock shows what it begins with, or more.
CREATE FUNCTION begins(as_of timestamptz, zone text, unit text, units int) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    reading timestamp := date_trunc(unit, as_of AT TIME ZONE zone)
        - units * CASE unit WHEN 'quarter' THEN '3 months' ELSE '1 ' || unit END::interval;
BEGIN
    IF unit = 'hour' THEN RETURN date_trunc('hour', as_of, zone) - units * interval '1 hour'; END IF;
    RETURN (SELECT min(instant) FROM (SELECT reading AT TIME ZONE zone + halves * interval '30 minutes' FROM generate_series(-50, 50) halves) tried(instant)
            WHERE instant AT TIME ZONE zone >= reading);
END
$$;
CREATE TABLE begun AS
SELECT zone, as_of, definition, begins(as_of, zone, unit, units) AS first, CASE WHEN units = 0 THEN 'infinity' ELSE begins(as_of, zone, unit, 0) END AS before
FROM moment, asked;
INSERT INTO visit SELECT 'v' || row_number() OVER (ORDER BY at), at
FROM (SELECT DISTINCT at + delta AS at
      FROM begun, LATERAL (VALUES (first), (before), (as_of)) edge(at), unnest('{-1 microsecond, 0, 1 microsecond, 20 minutes, 40 minutes}'::interval[]) delta
      WHERE isfinite(at)) edges;
INSERT INTO visit VALUES ('never', NULL), ('first', '-infinity'), ('last', 'infinity');
INSERT INTO mapping SELECT 'contact', visitor, visitor FROM visit;
CALL segments.refresh();

CREATE FUNCTION evaluated(definition text, as_of timestamptz, zone text, week_start text DEFAULT 'monday') RETURNS text[]
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('segments.time_zone', zone, true), set_config('segments.week_start', week_start, true);
    RETURN ARRAY(SELECT profile_id COLLATE "C" FROM segments.profiles(segments.segment_eval(definition, as_of)) profile_id ORDER BY 1);
END
$$;
CREATE FUNCTION visitors(first timestamptz, before timestamptz, as_of timestamptz) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT visitor COLLATE "C" FROM visit
                 WHERE occurred_at >= first AND occurred_at < before AND occurred_at <= as_of AND occurred_at > '-infinity' ORDER BY 1)
$$;
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE evaluated <> visitors) AS differences, count(*) FILTER (WHERE evaluated <> '{}') > 1000 AS with_members
FROM (SELECT evaluated(definition, as_of, zone), visitors(first, before, as_of) FROM begun) compared;

-- Days by name, which analysts write as casts of what a clock shows.
SELECT count(*) > 100 AS many, count(*) FILTER (WHERE evaluated <> expected) AS differences
FROM (SELECT evaluated(format('Visit on %L', to_char(day, 'YYYY-MM-DD')), as_of, zone),
             ARRAY(SELECT visitor COLLATE "C" FROM visit
                   WHERE isfinite(occurred_at) AND (occurred_at AT TIME ZONE zone)::date = day AND occurred_at <= as_of ORDER BY 1) AS expected
      FROM moment, LATERAL (SELECT (as_of AT TIME ZONE zone)::date - back AS day FROM generate_series(-1, 3) back) days) compared;
SELECT evaluated('Visit on date ''2026-03-29 17:00''', '2026-05-01', 'Europe/Paris') = evaluated('Visit on ''2026-03-29''', '2026-05-01', 'Europe/Paris') AS a_date_is_a_day,
       evaluated('Visit on ''yesterday''', '2026-03-30 12:00', 'Europe/Paris') = evaluated('Visit yesterday', '2026-03-30 12:00', 'Europe/Paris') AS follows_as_of;
DO $$
DECLARE
    definition text;
    hint text;
BEGIN
    FOREACH definition IN ARRAY ARRAY['Visit on ''2026-03-29 17:00''', 'Visit on ''infinity''', 'Visit on ''soon''', 'Visit this minute',
        'Visit previous 2 seconds', 'Visit previous 0 days', 'Visit this 2 days', 'Visit last week', 'Visit tomorrow'] LOOP
        BEGIN
            PERFORM segments.segment_count(definition);
            RAISE EXCEPTION 'accepted: %', definition;
        EXCEPTION WHEN syntax_error OR invalid_datetime_format OR invalid_text_representation OR numeric_value_out_of_range THEN
            GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
            RAISE INFO '% % (%)', SQLSTATE, SQLERRM, hint;
        END;
    END LOOP;
END
$$;

-- Weeks begin where the setting says; a saved segment keeps its day.
SELECT count(*) FILTER (WHERE evaluated <> expected) AS differences, count(DISTINCT evaluated) > 3 AS days_differ
FROM (SELECT evaluated('Visit previous 2 weeks', as_of, 'UTC', word),
             visitors(date_trunc('week', as_of - shift) + shift - interval '14 days', date_trunc('week', as_of - shift) + shift, as_of) AS expected
      FROM moment, (VALUES ('monday', 0), ('tuesday', 1), ('saturday', 5), ('sunday', 6)) day(word, number), LATERAL (SELECT number * interval '1 day' AS shift) shifted) compared;
SET segments.week_start = 'sunday';
SELECT segments.create_segment('week', 'Visit this week', run => false);
RESET segments.week_start;
SELECT segments.copy_segment('week', 'copy', run => false);
SELECT name, week_start FROM segments.segment ORDER BY name;
SELECT segments.count_segment('week', '2026-03-08 10:00') = cardinality(evaluated('Visit this week', '2026-03-08 10:00', 'UTC', 'sunday')) AS keeps_its_day,
       segments.count_segment('week', '2026-03-08 10:00') <> cardinality(evaluated('Visit this week', '2026-03-08 10:00', 'UTC')) AS it_matters;
\set ON_ERROR_STOP 0
SET segments.week_start = 'someday';
\set ON_ERROR_STOP 1

-- What within last leaves out of the past, minus infinity included.
SELECT count(*) FILTER (WHERE evaluated('Visit ' || recent, as_of, zone) && evaluated('Visit ' || old, as_of, zone)) AS in_both,
       count(*) FILTER (WHERE cardinality(evaluated('Visit ' || recent, as_of, zone)) + cardinality(evaluated('Visit ' || old, as_of, zone))
                              <> (SELECT count(*) FROM visit WHERE occurred_at <= as_of)) AS in_none
FROM moment, (SELECT 'within last ' || span AS recent, format('more than %s ago', span) AS old
              FROM unnest('{1 hour, 1 day, 2 weeks, 13 months, 1000000000 years}'::text[]) span) spans;
SELECT 'first' = ANY (evaluated('Visit more than 1000000000 years ago', '2026-03-11', 'UTC')) AS minus_infinity,
       segments.segment_count('Visit more than 3 times') AS is_no_window;
