-- Parts of fields and of an interaction's own time, and anniversaries, against plain SQL.
\set ON_ERROR_STOP 1
SET TimeZone = 'UTC';
SET client_min_messages = warning;

CREATE TABLE visit (visitor text, occurred_at timestamptz, day date, local timestamp, due timestamptz, word text, number int);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('visit', 'Visit', 'occurred_at', 'visitor') > 0 AS registered;
SELECT segments.register_unification('mapping', 'profile_id', 'record_id', 'record_type');

-- Around changes of the clock, ends of years, months and weeks, before Christ, and at random.
INSERT INTO visit SELECT 'v' || row_number() OVER (), '2001-01-01', (at AT TIME ZONE 'UTC')::date, at AT TIME ZONE 'UTC', at, repeat('x', n)
FROM (SELECT edge::timestamptz + delta AS at, 0 AS n
      FROM unnest('{2026-03-29 01:00, 2026-10-25 01:00, 2026-01-01, 2021-01-03, 2020-12-28, 2024-02-29, 2026-02-28, 2026-03-01, 0001-01-01, 0044-03-15 BC, 1600-02-29, 1900-02-28}'::text[]) edge,
          unnest('{0, -1 microsecond, 1 microsecond, 30 minutes, 1 hour, -90 minutes, 1 day, -1 day, 12 hours 34 minutes}'::interval[]) delta
      UNION ALL SELECT timestamptz '1950-01-01' + hashint8(i) / 2147483648.0 * interval '70 years', abs(hashint8(i)) % 40 FROM generate_series(1, 1500) i
      UNION ALL SELECT date '1996-02-20' + i + interval '11 hours', i % 7 FROM generate_series(0, 1500) i) moment;
UPDATE visit SET occurred_at = due;
INSERT INTO visit VALUES ('nothing', '2001-01-01', NULL, NULL, NULL, NULL), ('first', '2001-01-01', '-infinity', '-infinity', '-infinity', ''), ('last', '2001-01-01', 'infinity', 'infinity', 'infinity', U&'\00fc\+01F600');
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
CREATE TABLE zone AS SELECT unnest('{UTC, Europe/Paris, America/Havana, Asia/Kolkata, Pacific/Apia}'::text[]) AS zone;
-- F: the field.
CREATE TABLE part (said text, condition text, of_day boolean);
INSERT INTO part VALUES ('hour of F = 1', 'extract(hour FROM F) = 1', true), ('hour of F >= 18', 'extract(hour FROM F) >= 18', true), ('hour of F not in (0, 1, 2.5)', 'NOT coalesce(extract(hour FROM F) IN (0, 1, 2.5), false)', true),
    ('minute of F < 30', 'extract(minute FROM F) < 30', true), ('time of F between ''01:30'' and ''02:00:00.000001''', 'F::time BETWEEN ''01:30'' AND ''02:00:00.000001''', true), ('time of F = ''00:00''', 'F::time = ''00:00''', true),
    ('weekday of F in (''saturday'', ''Sunday'')', 'extract(isodow FROM F) IN (6, 7)', false), ('weekday of F = 1', 'extract(isodow FROM F) = 1', false), ('weekday of F > ''friday''', 'extract(isodow FROM F) > 5', false),
    ('month of F = 2', 'extract(month FROM F) = 2', false), ('quarter of F <> 4', 'extract(quarter FROM F) IS DISTINCT FROM 4', false), ('week of F = 53', 'extract(week FROM F) = 53', false), ('week of F <= 1', 'extract(week FROM F) <= 1', false),
    ('day of F between 28 and 31', 'extract(day FROM F) BETWEEN 28 AND 31', false), ('year of F >= 2024', 'extract(year FROM F) >= 2024', false), ('year of F < 1', 'extract(year FROM F) < 1', false), ('year of F = -44', 'extract(year FROM F) = -44', false),
    ('date of F = ''2026-03-29''', 'F::date = ''2026-03-29''', false), ('date of F >= ''2026-01-01''', 'F::date >= ''2026-01-01''', false), ('date of F in (''infinity'', ''1996-02-29'')', 'F::date IN (''infinity'', ''1996-02-29'')', false),
    ('date of F within last 2 days', 'F::date BETWEEN $1::date - 2 AND $1::date', false), ('date of F next month', 'date_trunc(''month'', F::date::timestamp) = date_trunc(''month'', $1 AT TIME ZONE current_setting(''TimeZone'')) + interval ''1 month''', false);
CREATE TABLE compared AS
SELECT field, said, zone, evaluated(regexp_replace(said, '\mF\M', field, 'g'), '2026-03-30 23:30', zone) AS evaluated, selected(regexp_replace(condition, '\mF\M', expression, 'g') || ' AND occurred_at <= $1', '2026-03-30 23:30', zone) AS selected
FROM part, zone, (VALUES ('due', 'due', false), ('local', 'local', false), ('day', 'day', true), ('Timestamp', 'occurred_at', false)) kind(field, expression, is_date)
WHERE NOT (is_date AND of_day);
SELECT field, count(*), count(*) FILTER (WHERE evaluated <> selected) AS differences, count(*) FILTER (WHERE evaluated <> '{}') > 60 AS with_members FROM compared GROUP BY field ORDER BY field;
SELECT field, said, zone, ARRAY(SELECT unnest(evaluated) EXCEPT SELECT unnest(selected)) AS too_many, ARRAY(SELECT unnest(selected) EXCEPT SELECT unnest(evaluated)) AS missing
FROM compared WHERE evaluated <> selected ORDER BY 1, 2, 3 LIMIT 10;
SELECT count(*) FILTER (WHERE evaluated(said, '2027-01-01', 'UTC') <> selected(condition, '2027-01-01', 'UTC')) AS differences
FROM (VALUES ('length of word = 5', 'length(word) = 5'), ('length of word between 10 and 20', 'length(word) BETWEEN 10 AND 20'), ('length of word < 3', 'length(word) < 3'), ('not length of word < 3', 'coalesce(length(word) >= 3, true)')) lengths(said, condition);

-- Anniversaries: of the date in the segment's zone, from the next year on; of 29 February on the 28th in other years.
CREATE FUNCTION celebrated(field text, first text, last text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT format('CASE WHEN isfinite(%1$s) THEN EXISTS (SELECT FROM generate_series(greatest(1, extract(year FROM %2$s)::int - extract(year FROM %1$s)::int - 1), extract(year FROM %3$s)::int - extract(year FROM %1$s)::int + 1) k
                                                          WHERE (%1$s::date + k * interval ''1 year'')::date BETWEEN (%2$s)::date AND (%3$s)::date) END', field, first, last)
$$;
CREATE TABLE around (times text, first text, last text);
INSERT INTO around VALUES ('is today', '$1', '$1'), ('is yesterday', '$1::date - 1', '$1::date - 1'), ('within last 7 days', '$1::date - 7', '$1'), ('within next 30 days', '$1', '$1::date + 30'), ('within next 2 months', '$1', '$1::date + interval ''2 months'''),
    ('this month', 'date_trunc(''month'', $1)', 'date_trunc(''month'', $1) + interval ''1 month'' - interval ''1 day'''), ('next week', 'date_trunc(''week'', $1) + interval ''7 days''', 'date_trunc(''week'', $1) + interval ''13 days'''),
    ('previous 2 years', 'date_trunc(''year'', $1) - interval ''2 years''', 'date_trunc(''year'', $1) - interval ''1 day'''), ('on ''2026-02-28''', 'date ''2026-02-28''', 'date ''2026-02-28'''), ('between 1 and 2 weeks ago', '$1::date - 14', '$1::date - 7');
CREATE TABLE celebration AS
SELECT field, times, as_of, zone, evaluated(format('anniversary of %s %s', field, times), as_of, zone) AS evaluated, selected(celebrated(expression, first, last) || ' AND occurred_at <= $1', as_of, zone) AS selected
FROM around, (VALUES ('due', 'due'), ('local', 'local'), ('day', 'day'), ('Timestamp', 'occurred_at')) kind(field, expression),
    (VALUES ('2026-02-28 12:00'::timestamptz, 'UTC'), ('2024-02-29 00:00', 'UTC'), ('2027-03-01 04:30', 'America/Havana'), ('2026-12-31 23:30', 'Europe/Paris'), ('1997-02-28 11:00', 'UTC'), ('2000-02-28 18:29:59.999999', 'Asia/Kolkata')) moment(as_of, zone);
SELECT field, count(*), count(*) FILTER (WHERE evaluated <> selected) AS differences, count(*) FILTER (WHERE evaluated <> '{}') > 40 AS with_members FROM celebration GROUP BY field ORDER BY field;
SELECT field, times, as_of, zone, ARRAY(SELECT unnest(evaluated) EXCEPT SELECT unnest(selected)) AS too_many, ARRAY(SELECT unnest(selected) EXCEPT SELECT unnest(evaluated)) AS missing
FROM celebration WHERE evaluated <> selected ORDER BY 1, 2, 3 LIMIT 10;

SELECT said, format('Visit where %s', said)::segments.definition::text AS canonical
FROM unnest(ARRAY['HOUR of Timestamp >= 18 within last 90 days', 'word = ''x'' and hour of Timestamp < 6', '(word = ''x'' and hour of Timestamp < 6 and not (month of day = 2))', '(weekday of Timestamp in (''saturday'', ''sunday'') and hour of Timestamp >= 18) within last 90 days',
    'anniversary of day is not today', 'date of due within last week at least twice', 'length of "word" > 3']) said;
-- A word for a part is a name where "of" does not follow.
ALTER TABLE visit ADD hour int DEFAULT 7;
CALL segments.refresh();
SELECT segments.segment_count('Visit where hour = 7', '2027-01-01') = (SELECT count(*) FROM visit) AS is_a_field, segments.segment_count('Visit where (hour of due = 7 and hour = 7)', '2027-01-01') > 0 AS both;
SELECT segments.create_segment('birthday', 'Visit where anniversary of day is today', run => false) IS NOT NULL AS created;
SELECT verdict, interactions, changes_at IS NULL AS unforeseen FROM segments.explain_member('birthday', 'nothing');
CREATE TABLE refused (definition text);
INSERT INTO refused SELECT unnest(ARRAY['hour of day = 1', 'month of word = 1', 'length of due = 1', 'hour of due = ''noon''', 'hour of due = true', 'weekday of due = ''funday''', 'weekday of due = 0.5', 'time of due > ''25:00''', 'time of due = 3', 'hour of due is null', 'hour of due contains ''1''',
    'hour of due = hour of local', 'hour of due = number', 'anniversary of day = ''2026-01-01''', 'anniversary of day within last 3 hours', 'anniversary of day is null', 'hour of due = 1 ignore case', 'hour of visitor = 1', 'century of due = 21', 'hour due = 5', 'number = 1 and not (hour of due = 5)', 'number = 1 and anniversary of due within last 3 days']);
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
-- A part of a record id is refused, whatever was asked of the whole id before.
\set ON_ERROR_STOP 0
\set VERBOSITY sqlstate
SELECT segments.segment_count('Visit where (ProfileId = ''5'' and length of ProfileId = ''5'')');
SELECT segments.segment_count('Visit where (length of ProfileId = ''5'')');
