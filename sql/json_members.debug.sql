-- Members of documents as fields: what fragments hold of them is what plain SQL says, whatever was written in between.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set VERBOSITY terse
\set SHOW_CONTEXT never

-- What a member is as a value of a kind, as text; null where it is none.
CREATE FUNCTION is_number(v jsonb) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
    SELECT jsonb_typeof(v) = 'number' OR (jsonb_typeof(v) = 'string' AND v #>> '{}' ~ '^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$')
$$;
CREATE FUNCTION expected(v jsonb, kind text) RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
    t text := v #>> '{}';
BEGIN
    IF v IS NULL OR jsonb_typeof(v) IN ('null', 'object', 'array') THEN
        RETURN NULL;
    ELSIF kind = 'text' THEN
        RETURN t;
    ELSIF kind = 'boolean' THEN
        RETURN CASE WHEN t::boolean THEN 't' ELSE 'f' END;
    ELSIF kind = 'numeric' THEN
        RETURN CASE WHEN is_number(v) THEN t::numeric END;
    ELSIF kind = 'double precision' THEN
        RETURN CASE WHEN is_number(v) THEN t::float8 END;
    ELSIF kind = 'bigint' THEN
        RETURN CASE WHEN is_number(v) AND t::numeric = trunc(t::numeric) THEN t::numeric::bigint END;
    ELSIF jsonb_typeof(v) <> 'string' OR t !~ '^\s*\d{4,6}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s?(Z|[+-]\d\d(:?\d\d)?)?)?\s*$' THEN
        RETURN NULL;
    ELSIF kind = 'timestamptz' THEN
        RETURN t::timestamptz;
    ELSE
        RETURN t::date;
    END IF;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;

-- Two leaves that number their columns differently.
CREATE TABLE event (record_id text, at timestamptz, n int, doc jsonb, extra jsonb) PARTITION BY LIST (n);
CREATE TABLE event_0 PARTITION OF event FOR VALUES IN (0);
CREATE TABLE event_1 (extra jsonb, gone int, n int, doc jsonb, at timestamptz, record_id text);
ALTER TABLE event_1 DROP COLUMN gone;
ALTER TABLE event ATTACH PARTITION event_1 FOR VALUES IN (1);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
INSERT INTO mapping SELECT i, 'p' || i FROM generate_series(1, 40) i;
SELECT segments.register_interaction('event', 'Event', 'at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');

CREATE FUNCTION anything() RETURNS jsonb VOLATILE LANGUAGE sql AS $$
    SELECT (ARRAY['null', '"pro"', '""', '"it''s \"é\""', '12', '12.50', '12.5', '1e3', '-0', '0.1', '1e400', '1e-400', '5e-324', '-17', 'true', 'false', '"true"',
        '" f "', '"yes"', '"o"', '1', '0', '"12"', '" 7.0 "', '"+1e2"', '"1.50e1"', '"15e-1"', '"0e-3"', '"1e18"', '"1e19"', '"-0.9e1"', '"100e-2"', '".5"', '"5."', '"abc"', '"0x1F"', '"NaN"', '"Infinity"', '"1_000"', '9223372036854775807',
        '9223372036854775808', '-9223372036854775808.0', '"9223372036854775807.0"', '"2026-03-01"', '"2026-03-01T10:00:00.1234567Z"', '" 2026-03-01 10:00+02 "',
        '"2026-03-01T24:00:00Z"', '"2026-03-01T23:59:60Z"', '"2026-02-30"', '"294276-12-31T23:59:59Z"', '"294277-01-01"', '"01/02/2026"', '"today"', '"infinity"', '1767225600', '{"a": 1}', '[1, "x"]', '{"b": []}', '[]', '{}'
        ])[1 + floor(random() * 60)::int]::jsonb
$$;
CREATE FUNCTION any_document() RETURNS jsonb VOLATILE LANGUAGE sql AS $$
    SELECT CASE WHEN random() < 0.05 THEN NULL WHEN random() < 0.1 THEN anything()
        WHEN random() < 0.1 THEN jsonb_build_array(anything(), anything())
        ELSE jsonb_build_object('t', anything(), 'n', anything(), 'f', anything(), 'i', anything(), 'b', anything(), 'z', anything(), 'd', anything(),
            'Deep Key', CASE WHEN random() < 0.8 THEN jsonb_build_object('t', anything(), 'T', anything(), 'pad', repeat('x', (random() * 30)::int)) ELSE anything() END,
            'list', CASE WHEN random() < 0.8 THEN jsonb_build_array(anything(), jsonb_build_object('a', anything())) ELSE anything() END)
            - CASE WHEN random() < 0.3 THEN 't' ELSE '' END
            || CASE WHEN random() < 0.02 THEN jsonb_build_object('pad', repeat(md5(random()::text), 500)) ELSE '{}' END END
$$;
CREATE PROCEDURE add_rows(count int) LANGUAGE sql AS $$
    INSERT INTO event (record_id, at, n, doc, extra) SELECT (1 + random() * 50)::int, CASE WHEN random() > 0.01 THEN timestamptz '2026-01-01' + floor(random() * 20) * interval '1 day' END,
        i % 2, any_document(), any_document() FROM generate_series(1, count) i
$$;
CREATE TABLE declared (field text, member text[], kind text);
INSERT INTO declared VALUES ('doc.t', '{t}', 'text'), ('doc.n', '{n}', 'numeric'), ('doc.f', '{f}', 'double precision'), ('doc.i', '{i}', 'bigint'), ('doc.b', '{b}', 'boolean'),
    ('doc.z', '{z}', 'timestamptz'), ('doc.d', '{d}', 'date'), ('doc."Deep Key".t', '{Deep Key,t}', 'text'), ('doc."Deep Key"."T"', '{Deep Key,T}', 'numeric'),
    ('doc.list."0"', '{list,0}', 'text'), ('doc.list."1".a', '{list,1,a}', 'bigint');
-- Rows of either side that the other lacks, and counts of misfits that are not those of plain SQL.
CREATE FUNCTION differences() RETURNS TABLE (side text, record text, fields text) LANGUAGE sql AS $$
    WITH source AS (
        SELECT record_id, event.at, ARRAY(
            SELECT value FROM (VALUES ('n=' || n), ('extra.t=' || expected(extra -> 't', 'text'))) plain (value) WHERE value IS NOT NULL
            UNION ALL SELECT format('doc.%s=', array_to_string(member, '.')) || expected(doc #> member, kind) FROM declared WHERE expected(doc #> member, kind) IS NOT NULL
            ORDER BY 1)
        FROM event WHERE event.at IS NOT NULL
    ), stored AS (
        SELECT record.record_id, s.occurred_at, ARRAY(SELECT value FROM unnest(s.fields) value ORDER BY 1)
        FROM segments_internal.debug_fragment_rows(1) s JOIN segments.record USING (ordinal)
    )
    (SELECT 'only in fragments', a.record_id, left(a.array::text, 200) FROM (TABLE stored EXCEPT ALL TABLE source) a LIMIT 3)
    UNION ALL (SELECT 'only in source', b.record_id, left(b.array::text, 200) FROM (TABLE source EXCEPT ALL TABLE stored) b LIMIT 3)
    UNION ALL SELECT 'misfits', field, json_fields.misfits || ', not ' || wrong.count FROM segments.json_fields JOIN (
        SELECT declared.field, count(*) FILTER (WHERE jsonb_typeof(doc #> member) <> 'null' AND expected(doc #> member, kind) IS NULL) AS count
        FROM event, declared WHERE event.at IS NOT NULL GROUP BY 1) wrong USING (field) WHERE json_fields.misfits <> wrong.count
$$;
SELECT setseed(0.42);

-- Declared before and after the first refresh.
SELECT segments.add_json_field('Event', field, kind) FROM declared WHERE kind <> 'text';
CALL add_rows(300);
CALL segments.refresh();
SELECT segments.add_json_field('Event', field, kind) FROM declared WHERE kind = 'text';
SELECT segments.add_json_field('Event', 'extra.t');
SELECT count(*) FROM segments.json_fields WHERE NOT refreshed;
CALL segments.refresh();
SELECT * FROM differences();
SELECT count(*) > 250 AS has_rows, count(*) FILTER (WHERE cardinality(fields) > 5) > 50 AS has_values FROM segments_internal.debug_fragment_rows(1);
SELECT field, kind, misfits > 5 AS has_misfits FROM segments.json_fields;

-- Written by sessions with other settings, again and again, in subtransactions, between two refreshes.
CREATE PROCEDURE write_anything() LANGUAGE plpgsql AS $$
BEGIN
    CALL add_rows(40);
    UPDATE event SET doc = any_document() WHERE random() < 0.1;
    UPDATE event SET extra = any_document() WHERE random() < 0.05;
    UPDATE event SET doc = doc || '{"t": "again"}' WHERE random() < 0.05 AND jsonb_typeof(doc) = 'object';
    DELETE FROM event WHERE random() < 0.05;
    BEGIN
        UPDATE event SET doc = NULL WHERE random() < 0.5;
        RAISE EXCEPTION 'undone';
    EXCEPTION WHEN raise_exception THEN
    END;
    UPDATE event SET n = 1 - n WHERE random() < 0.05;
END
$$;
SET DateStyle = 'SQL, DMY';
SET TimeZone = 'Asia/Tokyo';
SET extra_float_digits = 0;
SET IntervalStyle = sql_standard;
CALL write_anything();
CALL write_anything();
RESET extra_float_digits;
SET DateStyle = 'Postgres, MDY';
SET TimeZone = 'UTC';
CALL segments.refresh();
SELECT * FROM differences();
DO $$
BEGIN
    FOR i IN 1..6 LOOP
        CALL write_anything();
        COMMIT;
        CALL segments.refresh();
        IF EXISTS (SELECT FROM differences()) THEN
            RAISE WARNING 'round % differs', i;
        END IF;
    END LOOP;
END
$$;
SELECT * FROM differences();

-- A column that comes later answers what it is to: the members have numbers beyond it, and make it look no older.
ALTER TABLE event ADD COLUMN late text DEFAULT 'before';
INSERT INTO event (record_id, at, n, doc, extra, late) SELECT i, '2026-01-05', 0, '{"t": "x"}', NULL, 'after' FROM generate_series(1, 3) i;
CALL segments.refresh();
SELECT segments.segment_count('Event where late = ''before''') = (SELECT count(DISTINCT record_id) FROM event JOIN mapping USING (record_id) WHERE late = 'before' AND at IS NOT NULL) AS as_sql;
SELECT segments.segment_count('Event where late = ''after''');
UPDATE event SET doc = '{"t": "moved"}' WHERE late = 'before' AND record_id = '7';
CALL segments.refresh();
SELECT segments.segment_count('Event where (late = ''before'' and doc.t = ''moved'')');
ALTER TABLE event DROP COLUMN late;

-- Records that move to other profiles take their members along.
UPDATE mapping SET profile_id = 'p1' WHERE record_id::int <= 20;
CALL segments.refresh();
SELECT * FROM differences();
SELECT segments.segment_count('Event where doc.t = ''again''') = (
    SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id) WHERE at IS NOT NULL AND expected(doc -> 't', 'text') = 'again') AS as_sql;

-- Erased, with what had changed of the person since the last refresh.
UPDATE event SET doc = '{"i": "none", "n": []}' WHERE record_id IN ('25', '26', '27');
CALL segments.refresh();
UPDATE event SET doc = any_document() WHERE record_id = '25' AND random() < 0.5;
INSERT INTO event (record_id, at, n, doc) VALUES ('26', '2026-01-07', 1, '{"i": "some"}');
SELECT count(*) FROM segments.erase_profiles('{p25,p26}');
SELECT * FROM differences() WHERE side = 'misfits';
CALL segments.refresh();
SELECT * FROM differences();

-- The column goes by another name for a while, and rows are written meanwhile.
ALTER TABLE event RENAME doc TO docs;
INSERT INTO event (record_id, at, n, docs) VALUES (1, '2026-01-03', 0, '{"t": "meanwhile"}'), (2, '2026-01-03', 1, '{"t": "meanwhile", "i": "none"}');
UPDATE event SET docs = any_document() WHERE record_id = '3';
CALL segments.refresh();
SELECT segments.segment_count('Event where doc.t = ''meanwhile''');
ALTER TABLE event RENAME docs TO doc;
SELECT segments.segment_count('Event where doc.t = ''meanwhile''');
CALL segments.refresh();
SELECT * FROM differences();
SELECT segments.segment_count('Event where doc.t = ''meanwhile''');

-- Read in steps.
SET segments.refresh_step_size = 1;
SELECT segments.drop_json_field('Event', 'doc.n');
CALL segments.refresh();
SELECT segments.add_json_field('Event', 'doc.n', 'numeric');
CALL write_anything();
CALL segments.refresh();
SELECT * FROM differences();
RESET segments.refresh_step_size;
SELECT segments.detach_all();
