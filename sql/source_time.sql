-- Time columns that are no timestamptz: timestamp and date in a zone, and numbers since 1970.  What SQL says is what is answered.
SET TimeZone = 'Asia/Tokyo';  -- nobody's
SET datestyle TO ISO;

-- What a column says is what AT TIME ZONE and to_timestamp() say: around both changes of clocks, at both infinities.
SELECT count(*) AS readings, count(*) FILTER (WHERE segments_internal.source_time(reading, zone) IS DISTINCT FROM reading AT TIME ZONE zone) AS differing
FROM unnest(ARRAY['Europe/Oslo', 'America/New_York', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC', 'Asia/Kathmandu', 'Africa/Casablanca', 'europe/oslo']) zone,
     LATERAL (SELECT timestamp '2026-03-28' + i * interval '13 minutes 7.123456 seconds' AS reading FROM generate_series(0, 400) i
              UNION ALL SELECT timestamp '2025-10-25' + i * interval '13 minutes 7.123456 seconds' FROM generate_series(0, 400) i
              UNION ALL SELECT timestamp '2011-12-28' + i * interval '1 hour' FROM generate_series(0, 120) i
              UNION ALL SELECT timestamp '1890-01-01' + i * interval '301 days 5 hours' FROM generate_series(0, 200) i
              UNION ALL VALUES (timestamp 'infinity'), ('-infinity'), ('294276-12-30'), ('4714-11-26 BC'), (NULL)) readings;
SELECT count(*) AS days, count(*) FILTER (WHERE segments_internal.source_time(day, zone) IS DISTINCT FROM day::timestamp AT TIME ZONE zone) AS differing
FROM unnest(ARRAY['Europe/Oslo', 'America/Sao_Paulo', 'Asia/Beirut', 'Pacific/Apia']) zone,
     LATERAL (SELECT date '2010-01-01' + i AS day FROM generate_series(0, 6000) i UNION ALL VALUES (date 'infinity'), ('-infinity'), (NULL)) days;
SELECT count(*) AS numbers,
       count(*) FILTER (WHERE segments_internal.source_time(number, 's') IS DISTINCT FROM to_timestamp(number)) AS seconds,
       count(*) FILTER (WHERE segments_internal.source_time(number * 1000, 'ms') IS DISTINCT FROM to_timestamp(number * 1000 / 1000)) AS milliseconds,
       count(*) FILTER (WHERE segments_internal.source_time(number::numeric, 's') IS DISTINCT FROM to_timestamp(number)) AS numerics
FROM (SELECT 1767225600 + i * 12345.678901 AS number FROM generate_series(-2000, 2000) i
      UNION ALL VALUES (0), (-1), (1e-6), (-210866803200), (9224318015999), ('Infinity'), ('-Infinity'), (NULL)) v (number);
SELECT segments_internal.source_time(1767225600123456, 'us'), to_timestamp(1767225600123456 / 1e6), segments_internal.source_time(1767225600123, 'ms'), to_timestamp(1767225600123 / 1e3);
-- What is no instant is none, and nothing fails.
SELECT segments_internal.source_time(timestamp '294276-12-31 23:59:59', 'America/New_York') IS NULL, segments_internal.source_time(timestamp '4714-11-24 00:00 BC', 'Asia/Tokyo') IS NULL,
       segments_internal.source_time(date '294277-01-01', 'UTC') IS NULL, segments_internal.source_time(date '5874897-12-31', 'UTC') IS NULL,
       segments_internal.source_time(float8 'NaN', 's') IS NULL, segments_internal.source_time(numeric '1e400', 's') IS NULL, segments_internal.source_time(1e300, 'ms') IS NULL,
       segments_internal.source_time(9224318016000, 's') IS NULL, segments_internal.source_time(-210866803201, 's') IS NULL, segments_internal.source_time(numeric '-1e400', 'ms') IS NULL;
SELECT segments_internal.source_time(timestamp '2026-01-01', 'Nowhere');
SELECT segments_internal.source_time(1.0, 'h');

-- Sources of each kind of column.  A row of SQL's own says when each of theirs happened.
CREATE TABLE profile (record_id text PRIMARY KEY, profile_id text NOT NULL);
INSERT INTO profile SELECT 'r' || i, 'p' || i / 2 FROM generate_series(1, 40) i;
SELECT segments.register_unification('profile', record_type => 'contact');
CREATE DOMAIN wall_clock AS timestamp;
CREATE TABLE local (id int, record_id text, at wall_clock);
CREATE TABLE daily (id int, record_id text, day date);
CREATE TABLE counted (id bigint, record_id text, seconds bigint);
CREATE TABLE counted_small (id bigint, record_id text, seconds int);
CREATE TABLE counted_exactly (id bigint, record_id text, milliseconds numeric);
CREATE TABLE counted_roughly (id bigint, record_id text, microseconds float8);
CREATE TABLE events (id int, record_id text, name text, at timestamp) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2026-03-29 03:00');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-03-29 03:00') TO (MAXVALUE);
SELECT segments.register_interaction('local', 'Local', 'at', 'record_id', time_zone => 'Europe/Oslo') > 0 AND
    segments.register_interaction('daily', 'Daily', 'day', 'record_id', time_zone => 'America/New_York') > 0 AND
    segments.register_interaction('counted', 'Counted', 'seconds', 'record_id', time_unit => 's') > 0 AND
    segments.register_interaction('counted_small', 'Small', 'seconds', 'record_id', time_unit => 's') > 0 AND
    segments.register_interaction('counted_exactly', 'Precise', 'milliseconds', 'record_id', time_unit => 'ms') > 0 AND
    segments.register_interaction('counted_roughly', 'Roughly', 'microseconds', 'record_id', time_unit => 'us', stamp => 'default') > 0 AND
    segments.register_events('events', 'name', 'at', 'record_id', name => 'Event', time_zone => 'Europe/Oslo') > 0 AS registered;
SELECT name, time_zone, time_unit FROM segments.interaction_catalog(true) ORDER BY name;
SELECT name, column_type, kind FROM segments.interaction_fields('Counted');

CREATE VIEW happened AS
    SELECT 'Local' AS type, id::bigint, record_id, at::timestamp AT TIME ZONE 'Europe/Oslo' AS at FROM local
    UNION ALL SELECT 'Daily', id, record_id, day::timestamp AT TIME ZONE 'America/New_York' FROM daily
    UNION ALL SELECT 'Counted', id, record_id, to_timestamp(seconds) FROM counted
    UNION ALL SELECT 'Small', id, record_id, to_timestamp(seconds) FROM counted_small
    UNION ALL SELECT 'Precise', id, record_id, to_timestamp(milliseconds / 1000) FROM counted_exactly
    UNION ALL SELECT 'Roughly', id, record_id, to_timestamp(microseconds / 1000000) FROM counted_roughly
    UNION ALL SELECT 'Event', id, record_id, at AT TIME ZONE 'Europe/Oslo' FROM events;
-- How many questions are answered as SQL answers them: since, before, and at each instant that matters, one microsecond off, too.
CREATE FUNCTION differences() RETURNS TABLE (type text, definition text, ours text[], theirs text[]) LANGUAGE plpgsql AS $$
DECLARE
    instant timestamptz;
    clause text;
    condition text;
BEGIN
    FOR type IN SELECT DISTINCT known.name FROM segments.interaction_catalog(true) known WHERE known.kind = 'interaction' LOOP
        FOR instant IN
            SELECT edge + shift FROM unnest(ARRAY['2026-03-29 01:00+00', '2026-03-29 02:00+00', '2025-10-26 00:30+00', '2025-10-26 01:00+00', '2026-03-08 05:00+00', '2026-03-09 04:00+00',
                '2026-01-01 00:00+00', '2026-03-15 10:00+00']::timestamptz[]) edge, unnest(ARRAY['0', '-1 microsecond', '1 microsecond', '30 minutes', '-30 minutes']::interval[]) shift
        LOOP
            FOR clause, condition IN VALUES (' since ', 'at >= '), (' before ', 'isfinite(at) AND at < '), (' where Timestamp > ', 'at > '), (' at least 2 before ', 'isfinite(at) AND at < ') LOOP
                definition := CASE WHEN clause LIKE ' at least%' THEN type || ' before ' || quote_literal(instant) || ' at least 2' ELSE type || clause || quote_literal(instant) END;
                ours := ARRAY(SELECT profile FROM segments.profiles(segments.segment_eval(definition::segments.definition)) profile ORDER BY profile);
                EXECUTE format('SELECT ARRAY(SELECT profile_id FROM happened JOIN profile USING (record_id) WHERE type = %L AND %s %L AND at <= now() GROUP BY profile_id HAVING count(*) >= %s ORDER BY profile_id)',
                    type, condition, instant, CASE WHEN clause LIKE ' at least%' THEN 2 ELSE 1 END) INTO theirs;
                IF ours IS DISTINCT FROM theirs THEN
                    RETURN NEXT;
                END IF;
            END LOOP;
        END LOOP;
        ours := ARRAY[(SELECT format('%s of %s', linked, total) FROM segments.interaction_catalog(true) WHERE name = type)];
        definition := 'counts';
        theirs := ARRAY[(SELECT format('%s of %s', count(at) FILTER (WHERE EXISTS (SELECT FROM profile WHERE profile.record_id = happened.record_id)), count(*)) FROM happened WHERE happened.type = differences.type)];
        IF ours IS DISTINCT FROM theirs THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;

-- Instants that matter, and what each column has to say for them.
CREATE TABLE wanted AS
    SELECT row_number() OVER () AS id, 'r' || 1 + row_number() OVER () % 43 AS record_id, reading
    FROM (SELECT edge + shift AS reading FROM unnest(ARRAY['2026-03-29 02:00', '2026-03-29 03:00', '2026-03-29 01:00', '2025-10-26 02:00', '2025-10-26 03:00', '2025-10-26 01:00', '2026-03-08 02:30',
        '2026-01-01', '2026-03-15 12:00', '2026-02-28', '2025-12-31 23:59:59.999999']::timestamp[]) edge,
        unnest(ARRAY['0', '-1 microsecond', '1 microsecond', '30 minutes', '1 hour', '-30 minutes', '1 day']::interval[]) shift
        UNION ALL VALUES (timestamp 'infinity'), ('-infinity'), (NULL)) readings;
CREATE FUNCTION fill() RETURNS void LANGUAGE sql BEGIN ATOMIC
    INSERT INTO local SELECT * FROM wanted;
    INSERT INTO daily SELECT id, record_id, reading::date FROM wanted;
    INSERT INTO counted SELECT id, record_id, extract(epoch FROM reading) FROM wanted WHERE isfinite(reading) IS NOT FALSE;
    INSERT INTO counted_small SELECT id, record_id, extract(epoch FROM reading) FROM wanted WHERE isfinite(reading) IS NOT FALSE;
    INSERT INTO counted_exactly SELECT id, record_id, extract(epoch FROM reading) * 1000 FROM wanted;
    INSERT INTO counted_roughly SELECT id, record_id, extract(epoch FROM reading) * 1000000 FROM wanted;
    INSERT INTO events SELECT id, record_id, CASE id % 2 WHEN 0 THEN 'even' ELSE 'odd' END, reading FROM wanted WHERE reading IS NOT NULL;
END;
SELECT fill();
CALL segments.refresh();
SELECT * FROM differences();
SELECT segments.segment_count('odd') = (SELECT count(DISTINCT profile_id) FROM events JOIN profile USING (record_id) WHERE name = 'odd' AND at AT TIME ZONE 'Europe/Oslo' <= now()) AS events;

-- What is updated and deleted is found again, in whatever zone a session is; new rows are added.
SET TimeZone = 'America/Los_Angeles';
UPDATE local SET at = at + interval '30 minutes' WHERE id % 3 = 0;
DELETE FROM local WHERE id % 5 = 0;
UPDATE daily SET day = day + 1 WHERE id % 3 = 0 AND isfinite(day);
DELETE FROM daily WHERE id % 5 = 0;
UPDATE counted SET seconds = seconds + 1800 WHERE id % 3 = 0;
DELETE FROM counted WHERE id % 5 = 0;
DELETE FROM counted_small WHERE id % 2 = 0;
UPDATE counted_exactly SET milliseconds = milliseconds + 0.001 WHERE id % 3 = 0;
DELETE FROM counted_exactly WHERE id % 5 = 0;
UPDATE counted_roughly SET microseconds = microseconds - 1 WHERE id % 3 = 0;
DELETE FROM counted_roughly WHERE id % 5 = 0;
UPDATE events SET at = at - interval '1 hour' WHERE id % 3 = 0;
DELETE FROM events WHERE id % 5 = 0;
SELECT fill();
CALL segments.refresh();
SELECT * FROM differences();
-- Not by reading all again: what was removed is what was updated and deleted.
SELECT part_name, part_rows_removed > 0 AND part_rows_removed < 60 AS some_removed FROM segments.refresh_log
WHERE part_kind = 'source' AND refresh_id = (SELECT max(refresh_id) FROM segments.refresh_log) ORDER BY part_name;

-- Whose column is out of range has no time, which stops neither refreshes nor writers.
INSERT INTO local VALUES (901, 'r1', '294276-12-31 23:59:59'), (902, 'r1', '4714-11-24 00:00 BC');
INSERT INTO daily VALUES (901, 'r1', '300000-01-01'), (902, 'r1', '5874897-12-31');
INSERT INTO counted VALUES (901, 'r1', 9223372036854775807), (902, 'r1', -9223372036854775807);
INSERT INTO counted_exactly VALUES (901, 'r1', 'NaN'), (902, 'r1', '1e400');
INSERT INTO counted_roughly VALUES (901, 'r1', 'NaN'), (902, 'r1', 1e300);
CREATE TABLE before AS SELECT name, total, linked FROM segments.interaction_catalog;
CALL segments.refresh();
SELECT name, now.total - before.total AS more, now.linked - before.linked AS more_linked FROM segments.interaction_catalog now JOIN before USING (name) ORDER BY name;
UPDATE counted SET seconds = 0 WHERE id = 901;
DELETE FROM local WHERE id > 900;
DELETE FROM daily WHERE id > 900;
DELETE FROM counted WHERE id = 902;
DELETE FROM counted_exactly WHERE id > 900;
DELETE FROM counted_roughly WHERE id > 900;
CALL segments.refresh();
SELECT * FROM differences();

-- Timelines.
SELECT count(*) AS differing
FROM segments.timeline('p7') ours FULL JOIN (SELECT type, at, record_id FROM happened JOIN profile USING (record_id) WHERE profile_id = 'p7' AND at IS NOT NULL) theirs
    ON ours.type = theirs.type AND ours.occurred_at = theirs.at AND ours.record_id = theirs.record_id WHERE ours.type IS NULL OR theirs.type IS NULL;
SELECT type, occurred_at FROM segments.timeline('p7', '{Local,Counted}', 4);

-- Retention: a partition goes if no reading in it can be as late; 02:30, which clocks skip, is 01:30 UTC, and the bound 01:00 UTC.
SELECT segments.drop_interactions('Event', '2026-03-29 01:00+00');
SELECT segments.drop_interactions('Event', '2026-03-29 01:45+00');
SELECT count(*) AS too_old FROM events WHERE at AT TIME ZONE 'Europe/Oslo' < '2026-03-29 01:45+00';
SELECT segments.drop_interactions('Event', '2026-03-30 01:00+00');
SELECT segments.drop_interactions('Local', '2026-03-29 01:30+00') IS NOT NULL, segments.drop_interactions('Daily', '2026-03-08 05:00+00') IS NOT NULL,
    segments.drop_interactions('Counted', '2026-03-29 01:30+00') IS NOT NULL, segments.drop_interactions('Precise', '2026-03-29 01:30+00') IS NOT NULL;
SELECT type, min(at) FROM happened WHERE at > '-infinity' GROUP BY type ORDER BY type;
CALL segments.refresh();
SELECT * FROM differences();
-- An index on the column serves.
CREATE INDEX ON local (at);
CREATE INDEX ON daily (day);
CREATE INDEX ON counted (seconds);
CREATE INDEX ON counted_small (seconds);
CREATE INDEX ON counted_exactly (milliseconds);
CREATE INDEX ON counted_roughly (microseconds);
BEGIN;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT type, dropped.rows_deleted = (SELECT count(*) FROM happened WHERE happened.type = asked.type AND at < '2026-04-01 00:00+00') AS all_deleted
FROM (VALUES ('Local'), ('Daily'), ('Counted'), ('Small'), ('Precise'), ('Roughly')) asked (type), segments.drop_interactions(type, '2026-04-01 00:00+00') dropped;
SELECT relname, idx_scan > 0 AS by_index FROM pg_stat_xact_user_tables WHERE relname IN ('local', 'daily') OR relname LIKE 'counted%' ORDER BY relname;
ROLLBACK;
-- Bounds of every kind of column.
SELECT bound, segments_internal.ends_before(type, bound, '2026-01-01 05:00+00') AS goes
FROM segments.interaction_type type JOIN (VALUES ('Daily', '2026-01-01'), ('Daily', '2026-01-02'), ('Counted', '1767243600'), ('Counted', '1767243601'), ('Precise', '1767243600000.0'),
    ('Roughly', '1767243600000001'), ('Local', '2026-01-01 06:00:00'), ('Local', '2026-01-01 06:00:00.000001'), ('Local', 'infinity'), ('Local', '-infinity'), ('Counted', 'MAXVALUE'), ('Counted', '-5')) bounds (name, bound) USING (name)
ORDER BY type_id, bound COLLATE "C";

-- Erasure.
SELECT profiles, records, interactions = (SELECT count(*) FROM happened JOIN profile USING (record_id) WHERE profile_id = 'p9') AS all_found FROM segments.erase_profile('p9');
SELECT count(*) AS left_over FROM happened WHERE record_id IN ('r18', 'r19');
SELECT * FROM segments.forgotten('p9', ARRAY[ARRAY['contact', 'r18'], ARRAY['contact', 'r19']]);
SELECT * FROM differences();
