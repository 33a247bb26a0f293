-- What definitions mean, sentence by sentence, against plain SQL.
\set ON_ERROR_STOP 1
SET TimeZone = 'UTC';
SET client_min_messages = warning;

CREATE TABLE sent (record_type text, record_id text, occurred_at timestamptz, label text, n int, price numeric, ratio float8,
                   flag boolean, day date);
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE silent (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT count(segments.register_interaction('sent', 'Sent', 'occurred_at', 'record_id', 'record_type')),
       count(segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id')),
       count(segments.register_interaction('silent', 'Silent', 'occurred_at', 'record_id'));
SELECT segments.register_unification('mapping', 'profile_id', 'record_id', 'record_type');

-- Instants around every edge of every window below, a record each, for several ends of windows: month ends, a leap day, and both
-- changes of daylight saving time.
CREATE TABLE moment AS
SELECT as_of, zone FROM unnest('{2026-03-31 12:00+00, 2026-03-29 12:00+00, 2026-03-30 00:30+00, 2026-10-25 12:00+00, 2024-02-29 12:00+00, 2026-05-31 23:59:59.999999+00}'::timestamptz[]) as_of,
     unnest('{UTC, Europe/Paris, America/New_York, Asia/Kolkata}'::text[]) zone;
CREATE TABLE span AS
SELECT * FROM (VALUES ('1 second', '1 second'), ('90 minutes', '90 minutes'), ('1 hour', '1 hour'), ('24 hours', '24 hours'),
    ('36 hours', '36 hours'), ('1 day', '1 day'), ('2 days', '2 days'), ('7 days', '7 days'), ('1 week', '7 days'), ('30 days', '30 days'),
    ('1 month', '1 month'), ('13 months', '13 months'), ('1 quarter', '3 months'), ('2 quarters', '6 months'), ('1 year', '1 year'))
    AS span(written, meant);
CREATE FUNCTION ago(as_of timestamptz, meant text, zone text) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    as_of := as_of - meant::interval;
    PERFORM set_config('TimeZone', 'UTC', true);
    RETURN as_of;
END
$$;
INSERT INTO sent (record_type, record_id, occurred_at)
SELECT 'contact', 'edge' || row_number() OVER (ORDER BY at), at
FROM (SELECT DISTINCT edge + delta AS at
      FROM moment, span, LATERAL (VALUES (ago(as_of, meant, zone)), (as_of)) edge(edge),
           unnest('{-1 microsecond, 0, 1 microsecond}'::interval[]) delta
      UNION SELECT '-infinity' UNION SELECT 'infinity' UNION SELECT NULL) edges;

-- Behaviour: several records of a profile (side by side and far apart), of several types; unlinked records; duplicates.
INSERT INTO sent
SELECT CASE WHEN i % 7 = 0 THEN 'lead' ELSE 'contact' END, 'r' || (i * 13) % 97, '2026-03-31 12:00+00'::timestamptz - (i % 50) * interval '1 day',
       (ARRAY['alpha', 'Beta', '', NULL, '100% pure', 'a_b', 'ALPHA', 'gamma', 'Straße', 'a''b'])[i % 10 + 1],
       CASE WHEN i % 11 = 0 THEN NULL ELSE i % 6 - 2 END, (ARRAY[1.0, 1.00, 2.50, NULL, -7])[i % 5 + 1],
       (ARRAY['NaN', 'Infinity', '-Infinity', 0, '-0', 1.5, NULL])[i % 7 + 1]::float8, (ARRAY[true, false, NULL])[i % 3 + 1],
       date '2026-03-01' + i % 40
FROM generate_series(1, 600) i;
INSERT INTO opened
SELECT 'r' || (i * 31) % 120, '2026-03-31 12:00+00'::timestamptz - (i % 80) * interval '12 hours', CASE WHEN i % 3 = 0 THEN 'alpha' ELSE 'beta' END
FROM generate_series(1, 200) i;
INSERT INTO mapping SELECT 'contact', 'r' || i, 'p' || i % 40 FROM generate_series(0, 89) i;
INSERT INTO mapping SELECT 'lead', 'r' || i, 'p' || i % 50 FROM generate_series(0, 60) i;
INSERT INTO mapping SELECT DISTINCT 'contact', record_id, 'profile of ' || record_id FROM sent WHERE record_id LIKE 'edge%';
INSERT INTO mapping SELECT 'contact', 'quiet' || i, 'quiet' || i FROM generate_series(1, 5) i;
CALL segments.refresh();

-- What plain SQL says: sent and opened by profile.
CREATE VIEW s AS SELECT mapping.profile_id, sent.* FROM sent JOIN mapping USING (record_type, record_id) WHERE occurred_at IS NOT NULL;
CREATE VIEW o AS SELECT mapping.profile_id, opened.* FROM opened JOIN mapping USING (record_id)
WHERE mapping.record_type = 'contact' AND occurred_at IS NOT NULL;
CREATE VIEW everybody AS SELECT DISTINCT profile_id FROM mapping;

-- same, and how many; or what is too many and what is missing
CREATE FUNCTION compare(definition text, truth text, at timestamptz, zone text DEFAULT 'UTC') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ours text[];
    theirs text[];
BEGIN
    PERFORM set_config('segments.time_zone', zone, true);
    ours := ARRAY(SELECT segments.profiles(segments.segment_eval(definition::segments.definition, at)) ORDER BY 1);
    EXECUTE format('SELECT ARRAY(SELECT DISTINCT profile_id FROM (%s) truth ORDER BY 1)', truth) INTO theirs USING at;
    IF cardinality(ours) <> segments.segment_count(definition::segments.definition, at) THEN
        RETURN 'segment_count differs from segment_eval';
    END IF;
    RETURN CASE WHEN ours = theirs THEN 'same, ' || cardinality(ours)
        ELSE format('too many: %s; missing: %s', ARRAY(SELECT unnest(ours) EXCEPT SELECT unnest(theirs)),
                    ARRAY(SELECT unnest(theirs) EXCEPT SELECT unnest(ours))) END;
END
$$;

-- Sliding windows: both ends included, hours absolute, days and longer by the calendar of the zone.
SELECT count(*) AS windows, count(DISTINCT result) > 20 AS telling, count(*) FILTER (WHERE result NOT LIKE 'same%') AS different
FROM (SELECT compare('Sent within last ' || written,
          format('SELECT profile_id FROM s WHERE occurred_at BETWEEN %L AND $1', ago(as_of, meant, zone)), as_of, zone) AS result
      FROM moment, span) compared;

-- The same, as of other times than the edges were made for; interactions after as_of never count, whatever the window.
SELECT at, compare('Sent within last 30 days', 'SELECT profile_id FROM s WHERE occurred_at BETWEEN $1 - interval ''30 days'' AND $1', at) AS days,
       compare('Sent', 'SELECT profile_id FROM s WHERE occurred_at <= $1', at) AS all_time,
       compare('Sent since ''2024-01-01''', 'SELECT profile_id FROM s WHERE occurred_at BETWEEN ''2024-01-01'' AND $1', at) AS since,
       compare('Sent before ''2030-01-01''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND occurred_at > ''-infinity''', at) AS before
FROM unnest('{2023-06-01, 2026-02-28 10:00, 2026-03-31 12:00:00.000001, 2029-01-01}'::timestamptz[]) at;

CREATE TABLE question (number int GENERATED ALWAYS AS IDENTITY, definition text, truth text);
INSERT INTO question (definition, truth) VALUES
-- between … ago: both ends included, in either order; units of one's own
('Sent between 7 and 30 days ago', 'SELECT profile_id FROM s WHERE occurred_at BETWEEN $1 - interval ''30 days'' AND $1 - interval ''7 days'''),
('Sent between 30 and 7 days ago', 'SELECT profile_id FROM s WHERE occurred_at BETWEEN $1 - interval ''30 days'' AND $1 - interval ''7 days'''),
('Sent between 36 hours and 1 month ago', 'SELECT profile_id FROM s WHERE occurred_at BETWEEN $1 - interval ''1 month'' AND $1 - interval ''36 hours'''),
-- from and since include their instant, to and before do not
('Sent from ''2026-03-30 12:00'' to ''2026-03-31 11:59:59''', 'SELECT profile_id FROM s WHERE occurred_at >= ''2026-03-30 12:00'' AND occurred_at < ''2026-03-31 11:59:59'' AND occurred_at <= $1'),
('Sent since ''2026-03-30 12:00''', 'SELECT profile_id FROM s WHERE occurred_at BETWEEN ''2026-03-30 12:00'' AND $1'),
('Sent before ''2026-03-30 12:00''', 'SELECT profile_id FROM s WHERE occurred_at < least(''2026-03-30 12:00'', $1 + interval ''1 microsecond'') AND occurred_at > ''-infinity'''),
-- -infinity in all time only; infinity and null never
('Sent', 'SELECT profile_id FROM s WHERE occurred_at <= $1'),
('not Sent', 'SELECT profile_id FROM everybody EXCEPT SELECT profile_id FROM s WHERE occurred_at <= $1'),
-- having counts over all records of a profile
('Sent at least 8', 'SELECT profile_id FROM s WHERE occurred_at <= $1 GROUP BY 1 HAVING count(*) >= 8'),
('Sent at most 8', 'SELECT profile_id FROM everybody LEFT JOIN s USING (profile_id) GROUP BY 1 HAVING count(*) FILTER (WHERE occurred_at <= $1) <= 8'),
('Sent exactly 15', 'SELECT profile_id FROM s WHERE occurred_at <= $1 GROUP BY 1 HAVING count(*) = 15'),
('Sent between 12 and 15 times', 'SELECT profile_id FROM s WHERE occurred_at <= $1 GROUP BY 1 HAVING count(*) BETWEEN 12 AND 15'),
('Sent between 0 and 9 times', 'SELECT profile_id FROM everybody LEFT JOIN s USING (profile_id) GROUP BY 1 HAVING count(*) FILTER (WHERE occurred_at <= $1) <= 9'),
('Opened never', 'SELECT profile_id FROM everybody EXCEPT SELECT profile_id FROM o WHERE occurred_at <= $1'),
('Opened exactly 0', 'SELECT profile_id FROM everybody EXCEPT SELECT profile_id FROM o WHERE occurred_at <= $1'),
('Silent', 'SELECT profile_id FROM everybody WHERE false'),
('Silent never', 'SELECT profile_id FROM everybody'),
('Silent at most 3', 'SELECT profile_id FROM everybody'),
('all', 'SELECT profile_id FROM everybody'),
-- all predicates of a restriction hold on one and the same interaction
('Sent where (label = ''alpha'' and n = 2) at least 2', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND label = ''alpha'' AND n = 2 GROUP BY 1 HAVING count(*) >= 2'),
('Sent where label = ''alpha'' and Sent where n = 2', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND label = ''alpha'' INTERSECT SELECT profile_id FROM s WHERE occurred_at <= $1 AND n = 2'),
('Sent where (label = ''alpha'' or not (n > 0 and flag = true)) within last 20 days', 'SELECT profile_id FROM s WHERE occurred_at BETWEEN $1 - interval ''20 days'' AND $1 AND (coalesce(label = ''alpha'', false) OR NOT (coalesce(n > 0, false) AND coalesce(flag, false)))'),
-- two-valued logic: a positive predicate on a missing value is false, a negative one its complement
('Sent where label <> ''alpha'' at least 10', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND label IS DISTINCT FROM ''alpha'' GROUP BY 1 HAVING count(*) >= 10'),
('Sent where label not in (''alpha'', ''Beta'') at least 10', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND coalesce(label NOT IN (''alpha'', ''Beta''), true) GROUP BY 1 HAVING count(*) >= 10'),
('Sent where label not contains ''a'' at least 5', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND coalesce(strpos(label, ''a'') = 0, true) GROUP BY 1 HAVING count(*) >= 5'),
('Sent where n <> 2 at least 10', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND n IS DISTINCT FROM 2 GROUP BY 1 HAVING count(*) >= 10'),
('Sent where label is null at least 2', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND label IS NULL GROUP BY 1 HAVING count(*) >= 2'),
('Sent where label is not null at least 12', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND label IS NOT NULL GROUP BY 1 HAVING count(*) >= 12'),
('Sent where label is empty at least 3', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND (label IS NULL OR label = '''') GROUP BY 1 HAVING count(*) >= 3'),
('Sent where label is not empty at least 12', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND label <> '''' GROUP BY 1 HAVING count(*) >= 12'),
('Sent where label = ''''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND label = '''''),
-- texts: what is special to LIKE is not special here
('Sent where label contains ''%''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND strpos(label, ''%'') > 0'),
('Sent where label contains ''_''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND strpos(label, ''_'') > 0'),
('Sent where label contains ''''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND label IS NOT NULL'),
('Sent where label begins with ''a''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND starts_with(label, ''a'')'),
('Sent where label ends with ''pha''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND right(label, 3) = ''pha'''),
('Sent where label = ''ALPHA'' ignore case at least 3', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND lower(label) = ''alpha'' GROUP BY 1 HAVING count(*) >= 3'),
('Sent where label in (''ALPHA'', ''beta'') ignore case at least 3', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND lower(label) IN (''alpha'', ''beta'') GROUP BY 1 HAVING count(*) >= 3'),
('Sent where label contains ''LPH'' ignore case at least 3', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND strpos(lower(label), ''lph'') > 0 GROUP BY 1 HAVING count(*) >= 3'),
('Sent where label begins with ''STRA'' ignore case', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND starts_with(lower(label), ''stra'')'),
('Sent where label < ''b'' at least 5', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND label < ''b'' GROUP BY 1 HAVING count(*) >= 5'),
('Sent where label between ''B'' and ''h'' at least 5', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND label BETWEEN ''B'' AND ''h'' GROUP BY 1 HAVING count(*) >= 5'),
('Sent where label = ''a''''b''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND label = ''a''''b'''),
-- numbers compare as numbers, whatever they are written like
('Sent where n > 0.5 at least 5', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND n > 0.5 GROUP BY 1 HAVING count(*) >= 5'),
('Sent where n >= 2.5', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND n >= 2.5'),
('Sent where n = 2.5', 'SELECT profile_id FROM s WHERE false'),
('Sent where n = 2.0', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND n = 2.0'),
('Sent where n <> 2.5 at least 17', 'SELECT profile_id FROM s WHERE occurred_at <= $1 GROUP BY 1 HAVING count(*) >= 17'),
('Sent where n < 99999999999999999999 at least 12', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND n IS NOT NULL GROUP BY 1 HAVING count(*) >= 12'),
('Sent where n > 99999999999999999999', 'SELECT profile_id FROM s WHERE false'),
('Sent where n between -1.5 and 0.5 at least 5', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND n BETWEEN -1.5 AND 0.5 GROUP BY 1 HAVING count(*) >= 5'),
('Sent where n in (-2, 3, 7) at least 5', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND n IN (-2, 3, 7) GROUP BY 1 HAVING count(*) >= 5'),
('Sent where n = ''3''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND n = ''3'''),
('Sent where price = 1 at least 5', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND price = 1 GROUP BY 1 HAVING count(*) >= 5'),
('Sent where price < 2.5 at least 8', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND price < 2.5 GROUP BY 1 HAVING count(*) >= 8'),
('Sent where price in (2.5, -7) at least 5', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND price IN (2.5, -7) GROUP BY 1 HAVING count(*) >= 5'),
('Sent where ratio > 1 at least 5', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND ratio > 1 GROUP BY 1 HAVING count(*) >= 5'),
('Sent where ratio = ''NaN'' at least 2', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND ratio = ''NaN'' GROUP BY 1 HAVING count(*) >= 2'),
('Sent where ratio = 0 at least 4', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND ratio = 0 GROUP BY 1 HAVING count(*) >= 4'),
('Sent where ratio <= ''-Infinity''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND ratio <= ''-Infinity'''),
-- booleans, dates, times
('Sent where flag = true at least 5', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND flag GROUP BY 1 HAVING count(*) >= 5'),
('Sent where flag <> true at least 11', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND flag IS NOT TRUE GROUP BY 1 HAVING count(*) >= 11'),
('Sent where flag in (false) at least 5', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND NOT flag GROUP BY 1 HAVING count(*) >= 5'),
('Sent where day >= ''2026-04-01'' at least 3', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND day >= ''2026-04-01'' GROUP BY 1 HAVING count(*) >= 3'),
('Sent where day between ''2026-03-05'' and ''2026-03-07''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND day BETWEEN ''2026-03-05'' AND ''2026-03-07'''),
('Sent where Timestamp >= ''2026-03-20 12:00'' at least 2', 'SELECT profile_id FROM s WHERE occurred_at BETWEEN ''2026-03-20 12:00'' AND $1 GROUP BY 1 HAVING count(*) >= 2'),
('Sent where not Timestamp >= ''2026-03-20 12:00'' at least 2', 'SELECT profile_id FROM s WHERE occurred_at < least(''2026-03-20 12:00'', $1 + interval ''1 microsecond'') GROUP BY 1 HAVING count(*) >= 2'),
('Sent where Timestamp is null', 'SELECT profile_id FROM s WHERE false'),
-- the interaction's record
('Sent where ProfileType = ''lead''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND record_type = ''lead'''),
('Sent where ProfileType <> ''lead'' at least 10', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND record_type <> ''lead'' GROUP BY 1 HAVING count(*) >= 10'),
('Sent where "Profile type" = ''LEAD'' ignore case', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND lower(record_type) = ''lead'''),
('Sent where ProfileId in (''r1'', ''r2'', ''nobody'')', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND record_id IN (''r1'', ''r2'')'),
('Sent where (ProfileId begins with ''r1'' and n > 0) at least 2', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND record_id LIKE ''r1%'' AND n > 0 GROUP BY 1 HAVING count(*) >= 2'),
('Sent where ProfileId is null', 'SELECT profile_id FROM s WHERE false'),
('Opened where ProfileType = ''contact''', 'SELECT profile_id FROM o WHERE occurred_at <= $1'),
('Opened where ProfileType = ''lead''', 'SELECT profile_id FROM o WHERE false'),
-- and, or, not over profiles
('Sent where n = 3 and not Opened', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND n = 3 EXCEPT SELECT profile_id FROM o WHERE occurred_at <= $1'),
('Sent where n = 3 except Opened', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND n = 3 EXCEPT SELECT profile_id FROM o WHERE occurred_at <= $1'),
('Sent where n = 3 union Opened at least 3', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND n = 3 UNION SELECT profile_id FROM o WHERE occurred_at <= $1 GROUP BY 1 HAVING count(*) >= 3'),
('not (Sent where n = 3 or Opened)', 'SELECT profile_id FROM everybody EXCEPT SELECT profile_id FROM s WHERE occurred_at <= $1 AND n = 3 EXCEPT SELECT profile_id FROM o WHERE occurred_at <= $1'),
('not Sent within last 30 days and not Opened within last 30 days', 'SELECT profile_id FROM everybody EXCEPT SELECT profile_id FROM s WHERE occurred_at BETWEEN $1 - interval ''30 days'' AND $1 EXCEPT SELECT profile_id FROM o WHERE occurred_at BETWEEN $1 - interval ''30 days'' AND $1'),
('not all', 'SELECT profile_id FROM everybody WHERE false');

SELECT number, definition, compare(definition, truth, '2026-03-31 12:00+00') AS result FROM question ORDER BY number;

-- As of an earlier time too.
SELECT count(*) AS questions, count(*) FILTER (WHERE compare(definition, truth, '2026-03-10 00:00+00') NOT LIKE 'same%') AS different FROM question;

-- An unlinked record counts from the next refresh after its unification.
INSERT INTO sent (record_type, record_id, occurred_at) VALUES ('contact', 'newcomer', '2026-03-31 11:00+00');
CALL segments.refresh();
SELECT segments.segment_count('Sent where ProfileId = ''newcomer''', '2026-04-01') AS before_unification;
INSERT INTO mapping VALUES ('contact', 'newcomer', 'p1');
SELECT segments.segment_count('Sent where ProfileId = ''newcomer''', '2026-04-01') AS before_refresh;
CALL segments.refresh();
SELECT compare('Sent where ProfileId = ''newcomer''', 'SELECT profile_id FROM s WHERE record_id = ''newcomer''', '2026-04-01') AS after_refresh;

-- A column that is added later: its missing value answers for the rows before.
ALTER TABLE sent ADD COLUMN source text DEFAULT 'web', ADD COLUMN weight int;
CREATE OR REPLACE VIEW s AS SELECT mapping.profile_id, sent.* FROM sent JOIN mapping USING (record_type, record_id) WHERE occurred_at IS NOT NULL;
INSERT INTO sent (record_type, record_id, occurred_at, source, weight) VALUES ('contact', 'quiet1', '2026-03-31 11:00+00', 'shop', 7);
CALL segments.refresh();
SELECT compare('Sent where source = ''web'' at least 10', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND source = ''web'' GROUP BY 1 HAVING count(*) >= 10', '2026-03-31 12:00+00') AS with_default,
       compare('Sent where source <> ''web''', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND source <> ''web''', '2026-03-31 12:00+00') AS other_value,
       compare('Sent where weight is null at least 10', 'SELECT profile_id FROM s WHERE occurred_at <= $1 AND weight IS NULL GROUP BY 1 HAVING count(*) >= 10', '2026-03-31 12:00+00') AS without_default;
