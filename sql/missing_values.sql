-- ALTER TABLE … ADD COLUMN … DEFAULT changes all rows without writing any: what the last refresh saw of it answers, whatever
-- becomes of the table meanwhile.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE TYPE mood AS ENUM ('calm', 'merry');
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
INSERT INTO opened SELECT i, '2026-03-01', 'label ' || i FROM generate_series(1, 9) i;
INSERT INTO mapping SELECT i, i FROM generate_series(1, 20) i;
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
CALL segments.refresh();

-- Each definition, against the SQL that it means.
CREATE TABLE question (source text, definition text, condition text);
INSERT INTO question SELECT 'opened', 'Opened where ' || condition, condition FROM unnest(ARRAY['channel = ''web''', 'channel is null',
    'not channel = ''web''', 'weight > 3', 'price = 1.50', 'ratio < 1', 'at_time >= ''2026-01-01''', 'mood = ''merry''', 'flag = true']) condition;
CREATE FUNCTION differences() RETURNS TABLE (definition text, answer bigint, truth bigint) LANGUAGE plpgsql AS $$
DECLARE q question;
BEGIN
    FOR q IN SELECT * FROM question LOOP
        definition := q.definition;
        answer := segments.segment_count(q.definition::segments.definition);
        EXECUTE format('SELECT count(DISTINCT profile_id) FROM %s JOIN mapping USING (record_id) WHERE (%s) IS TRUE', q.source,
                       replace(q.condition, 'not channel = ''web''', 'channel IS DISTINCT FROM ''web''')) INTO truth;
        IF answer IS DISTINCT FROM truth THEN RETURN NEXT; END IF;
    END LOOP;
END
$$;

-- A column that the last refresh did not know cannot be asked about yet; it can be saved.
ALTER TABLE opened ADD COLUMN channel text DEFAULT 'web', ADD COLUMN weight int DEFAULT 7, ADD COLUMN price numeric(10, 2) DEFAULT 1.5,
    ADD COLUMN ratio float8 DEFAULT 0.25, ADD COLUMN at_time timestamptz DEFAULT '2026-02-03', ADD COLUMN mood mood DEFAULT 'merry',
    ADD COLUMN flag boolean DEFAULT true;
SELECT segments.segment_count('Opened where channel = ''web''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Opened where label = ''label 1''');
SELECT segments.create_segment('by web', 'Opened where channel = ''web''', run => false);
INSERT INTO opened (record_id, occurred_at, channel) VALUES (10, '2026-03-02', 'app'), (11, '2026-03-02', NULL), (12, '2026-03-02', 'web');
CALL segments.refresh();
SELECT members FROM segments.segment_overview;
SELECT * FROM differences();

-- The table is rewritten, so that it has no missing values any more.
VACUUM FULL opened;
SELECT * FROM differences();
SELECT segments.run_segment('by web');
CALL segments.refresh();
SELECT * FROM differences();

-- The default is another one, or none; the column is dropped, and added again.
ALTER TABLE opened ADD COLUMN kind text DEFAULT 'a';
INSERT INTO question SELECT 'opened', 'Opened where ' || condition, condition FROM unnest(ARRAY['kind = ''a''', 'kind = ''b''', 'kind is null']) condition;
CALL segments.refresh();
ALTER TABLE opened ALTER COLUMN kind SET DEFAULT 'b';
SELECT * FROM differences();
INSERT INTO opened (record_id, occurred_at) VALUES (13, '2026-03-03');
CALL segments.refresh();
SELECT * FROM differences();
ALTER TABLE opened ALTER COLUMN kind DROP DEFAULT;
VACUUM FULL opened;
SELECT * FROM differences();
ALTER TABLE opened DROP COLUMN kind;
SELECT segments.segment_count('Opened where kind = ''a''');
ALTER TABLE opened ADD COLUMN kind text DEFAULT 'b';
SELECT segments.segment_count('Opened where kind = ''a''');
CALL segments.refresh();
SELECT * FROM differences();
VACUUM FULL opened;
SELECT * FROM differences();
CALL segments.refresh();
SELECT * FROM differences();

-- A column is given a type that holds the same values, or others.
ALTER TABLE opened ADD COLUMN code varchar(5) DEFAULT 'x', ADD COLUMN number int DEFAULT 5;
INSERT INTO question VALUES ('opened', 'Opened where code = ''x''', 'code = ''x''');
CALL segments.refresh();
ALTER TABLE opened ALTER COLUMN code TYPE text;
SELECT * FROM differences();
CALL segments.refresh();
SELECT * FROM differences();
ALTER TABLE opened ALTER COLUMN number TYPE bigint;
SELECT segments.segment_count('Opened where number = 5');
CALL segments.refresh();
SELECT segments.segment_count('Opened where number = 5'), segments.segment_count('Opened where number = 6');

-- Rows with a missing value are deleted, moved and merged with others.
DELETE FROM opened WHERE record_id = '1';
UPDATE mapping SET profile_id = '3' WHERE record_id = '2';
CALL segments.refresh();
SELECT * FROM differences();
VACUUM FULL opened;
SELECT * FROM differences();

-- Partitions with different missing values: of a default that is not the same twice, …
CREATE TABLE visit (record_id text, occurred_at timestamptz) PARTITION BY RANGE (occurred_at);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE visit_3 PARTITION OF visit FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
INSERT INTO visit SELECT i, '2026-01-15'::timestamptz + i % 3 * interval '1 month' FROM generate_series(1, 20) i;
SELECT segments.register_interaction('visit', 'Visit', 'occurred_at', 'record_id');
CALL segments.refresh();
CREATE SEQUENCE numbers;
CREATE FUNCTION next_number() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN nextval('numbers'); END $$;
ALTER TABLE visit ADD COLUMN source int DEFAULT next_number();
SELECT source, count(*) FROM visit GROUP BY 1 ORDER BY 1;
INSERT INTO question SELECT 'visit', 'Visit where source = ' || n, 'source = ' || n FROM generate_series(1, 4) n;
CALL segments.refresh();
SELECT * FROM differences();
CALL segments.refresh();
SELECT captured_by = (SELECT refresh_id FROM segments.published) AS read_again FROM segments.source_leaf WHERE leaf = 'visit_2'::regclass;
VACUUM FULL visit;
SELECT * FROM differences();
-- … and of one that was altered apart.
ALTER TABLE visit DETACH PARTITION visit_2;
ALTER TABLE visit_2 ADD COLUMN place text DEFAULT 'there';
ALTER TABLE visit ADD COLUMN place text DEFAULT 'here';
ALTER TABLE visit ATTACH PARTITION visit_2 FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CALL segments.refresh();
INSERT INTO question SELECT 'visit', format('Visit where place = %L', place), format('place = %L', place) FROM unnest(ARRAY['here', 'there']) place;
SELECT * FROM differences();
VACUUM FULL visit;
SELECT * FROM differences();
CALL segments.refresh();
SELECT * FROM differences();

-- A type without rows yet, and one whose table has no partition.
CREATE TABLE clicked (record_id text, occurred_at timestamptz, link text) PARTITION BY RANGE (occurred_at);
SELECT segments.register_interaction('clicked', 'Clicked', 'occurred_at', 'record_id');
SELECT segments.segment_count('Clicked where link = ''x'''), segments.segment_count('not Clicked where link = ''x''');
SELECT segments.unregister_interaction('Opened');
SELECT DISTINCT type.name FROM segments.source_column JOIN segments.interaction_type type USING (type_id) ORDER BY 1;
