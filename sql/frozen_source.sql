-- A source that cannot be read freezes its own type, or the mapping as a whole; the rest goes on.  What was written meanwhile is
-- exact once it thaws, after however many refreshes.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE clicked (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_interaction('clicked', 'Clicked', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || n, 'p' || n / 2 FROM generate_series(1, 60) n;
INSERT INTO opened SELECT 'r' || n % 50 + 1, '2026-01-01'::timestamptz + n * interval '1 hour', 'l' || n % 3 FROM generate_series(1, 300) n;
INSERT INTO clicked SELECT 'r' || n % 30 + 1, '2026-01-01'::timestamptz + n * interval '1 hour', 'l' || n % 3 FROM generate_series(1, 200) n;
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened at least 12'), segments.create_segment('clickers', 'Clicked at least 12'),
    segments.create_segment('everybody', 'all');

-- Answers that differ from SQL, of the whole and of one type each.
CREATE FUNCTION wrong(type text) RETURNS TABLE (what text, ours bigint, theirs bigint) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. 16 LOOP
        what := type || ' at least ' || n;
        ours := segments.segment_count(what::segments.definition);
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %I JOIN mapping USING (record_id) GROUP BY profile_id HAVING count(*) >= $1) p', lower(type))
            INTO theirs USING n;
        IF ours <> theirs THEN RETURN NEXT; END IF;
        what := format('%s where label = ''l%s''', type, n);
        ours := segments.segment_count(what::segments.definition);
        EXECUTE format('SELECT count(DISTINCT profile_id) FROM %I JOIN mapping USING (record_id) WHERE label = ''l'' || $1', lower(type))
            INTO theirs USING n;
        IF ours <> theirs THEN RETURN NEXT; END IF;
    END LOOP;
    what := type || ' rows';
    ours := (SELECT total FROM segments.interaction_catalog(true) WHERE name = type);
    EXECUTE format('SELECT count(*) FROM %I', lower(type)) INTO theirs;
    IF ours <> theirs THEN RETURN NEXT; END IF;
    what := 'all';
    ours := segments.segment_count(what::segments.definition);
    theirs := (SELECT count(DISTINCT profile_id) FROM mapping);
    IF ours <> theirs THEN RETURN NEXT; END IF;
END
$$;
CREATE FUNCTION wrong() RETURNS TABLE (what text, ours bigint, theirs bigint) LANGUAGE sql AS $$ SELECT * FROM wrong('Opened') UNION ALL SELECT * FROM wrong('Clicked') $$;
SELECT * FROM wrong();

-- Inserts, updates and deletes of all tables, and moves of records to other profiles.
CREATE PROCEDURE change(step int) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO opened SELECT 'r' || n % 50 + 1, '2026-02-01'::timestamptz + n * interval '1 hour', 'l' || step FROM generate_series(1, 20) n;
    INSERT INTO clicked SELECT 'r' || n % 70 + 1, '2026-02-01'::timestamptz + n * interval '1 hour', 'l' || step FROM generate_series(1, 20) n;
    INSERT INTO opened VALUES ('r1', '2026-02-03', 'gone');
    UPDATE opened SET label = 'l' || step + 4 WHERE ctid IN (SELECT ctid FROM opened ORDER BY occurred_at, record_id OFFSET step * 5 LIMIT 4);
    UPDATE clicked SET record_id = 'r2' WHERE ctid IN (SELECT ctid FROM clicked ORDER BY occurred_at DESC, record_id OFFSET step LIMIT 4);
    DELETE FROM opened WHERE label = 'gone' OR ctid IN (SELECT ctid FROM opened ORDER BY occurred_at, record_id OFFSET step * 7 LIMIT 5);
    DELETE FROM clicked WHERE ctid IN (SELECT ctid FROM clicked ORDER BY occurred_at, record_id OFFSET step * 3 LIMIT 5);
    UPDATE mapping SET profile_id = 'p' || (step * 3) % 20 WHERE record_id = 'r' || step * 2;
    DELETE FROM mapping WHERE record_id = 'r' || step * 2 + 1;
    INSERT INTO mapping VALUES ('r' || 60 + step, 'p' || step);
END
$$;
CREATE VIEW frozen AS SELECT frozen FROM segments.refresh_status;

-- A child by inheritance: nothing of the table is lost, although three refreshes cannot read it.
CREATE TABLE child () INHERITS (opened);
CALL change(1);
CALL segments.refresh();
TABLE frozen;
SELECT part_kind, part_name, part_state, part_sqlstate, left(part_reason, 36) AS part_reason FROM segments.refresh_log WHERE is_published ORDER BY part_number;
SELECT name, state, members, as_of = (SELECT as_of FROM segments.refresh_status) AS is_new, as_of = data_through AS is_of_its_run, last_sqlstate, left(last_error, 41) AS last_error
FROM segments.segment_overview ORDER BY name;
SET client_min_messages = error;
SELECT * FROM wrong('Clicked');
SELECT count(*) > 0 AS is_frozen FROM wrong('Opened');
SELECT text, left(note, 13) AS note FROM segments.segment_explain('Opened and Clicked');
SET client_min_messages = warning;
\set VERBOSITY sqlstate
DO $$ BEGIN PERFORM segments.segment_count('Clicked'); END $$;
DO $$ BEGIN PERFORM segments.segment_count('Clicked and not Opened'); END $$;
\set VERBOSITY terse
SELECT segments.create_segment('late', 'Clicked and Opened', run => false);
SELECT count(*) FROM segments.segment_overview WHERE name = 'late' AND state = 'never run';
DO $$ BEGIN PERFORM segments.create_segment('later', 'Opened'); EXCEPTION WHEN object_not_in_prerequisite_state THEN RAISE WARNING '%: %', SQLSTATE, left(SQLERRM, 41); END $$;
DO $$ BEGIN PERFORM segments.run_segment('openers'); EXCEPTION WHEN object_not_in_prerequisite_state THEN RAISE WARNING '%: %', SQLSTATE, left(SQLERRM, 41); END $$;
CALL change(2);
CALL segments.refresh();
SELECT name, state, members IS NULL AS has_no_members FROM segments.segment_overview ORDER BY name;
CALL change(3);
CALL segments.refresh();
SELECT name, rows > 0 AS has_rows FROM segments.waiting_rows() ORDER BY name;
DROP TABLE child;
CALL change(4);
CALL segments.refresh();
SELECT part_rows_added BETWEEN 1 AND 150 AS reads_what_is_new FROM segments.refresh_log WHERE is_published AND part_name = 'Opened';
TABLE frozen;
SELECT * FROM wrong();
SELECT name, state, data_through = (SELECT data_through FROM segments.refresh_status) AS is_new, last_error FROM segments.segment_overview ORDER BY name;
SELECT count(*) FROM segments.change_log;

-- The mapping: a record that is mapped twice.  The last one stays in force, new records belong to nobody.
INSERT INTO mapping SELECT 'r' || n, 'p90' FROM generate_series(20, 40) n;
CALL change(5);
\set VERBOSITY default
CALL segments.refresh();
\set VERBOSITY terse
TABLE frozen;
SET client_min_messages = error;
SELECT text, left(note, 24) AS note FROM segments.segment_explain('not Opened');
SET client_min_messages = warning;
SELECT name, state, as_of > data_through AS is_older FROM segments.segment_overview ORDER BY name;
CALL change(6);
CALL segments.refresh();
DELETE FROM mapping WHERE profile_id = 'p90';
CALL change(7);
CALL segments.refresh();
TABLE frozen;
SELECT * FROM wrong();

-- A type that freezes while it is read: what it has done by then is undone, also its new records.
INSERT INTO opened SELECT 'new' || n, '2026-02-01', 'l1' FROM generate_series(1, 10) n;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''refused''; END';
CREATE TRIGGER refuse BEFORE INSERT ON segments.fragment_0 FOR EACH ROW WHEN (NEW.type_id = 1) EXECUTE FUNCTION refuse();
CALL change(8);
INSERT INTO clicked SELECT 'new' || n, '2026-02-01', 'l1' FROM generate_series(5, 12) n;
CALL segments.refresh();
SELECT record_id FROM segments.record WHERE record_id LIKE 'new%' ORDER BY length(record_id), record_id;
INSERT INTO mapping SELECT 'new' || n, 'new' FROM generate_series(1, 12) n;
CALL segments.refresh();
DROP TRIGGER refuse ON segments.fragment_0;
CALL change(9);
CALL segments.refresh();
TABLE frozen;
SELECT * FROM wrong();

-- Read ahead in steps: what was read of a type that freezes is not shown, and not read again.
SET segments.refresh_step_size = 1;
TRUNCATE opened;
INSERT INTO opened SELECT 'r' || n % 50 + 1, '2026-01-01'::timestamptz + n * interval '1 hour', 'l' || n % 3 FROM generate_series(1, 3000) n;
CREATE TRIGGER refuse BEFORE UPDATE ON segments.source_leaf FOR EACH ROW WHEN (NEW.leaf = 'public.opened'::regclass) EXECUTE FUNCTION refuse();
CALL change(10);
CALL segments.refresh();
TABLE frozen;
SET client_min_messages = error;
SELECT segments.segment_count('Opened at least 100');
SET client_min_messages = warning;
SELECT count(*) > 2 AS is_read FROM segments.leaf_span WHERE leaf = 'opened'::regclass;
DROP TRIGGER refuse ON segments.source_leaf;
CALL change(11);
CALL segments.refresh();
SELECT count(*) FROM segments.leaf_span;
SELECT * FROM wrong();
CREATE TRIGGER refuse BEFORE INSERT ON segments.fragment_0 FOR EACH ROW WHEN (NEW.type_id = 1) EXECUTE FUNCTION refuse();
TRUNCATE opened;
INSERT INTO opened SELECT 'r' || n % 50 + 1, '2026-01-01'::timestamptz + n * interval '1 hour', 'l' || n % 3 FROM generate_series(1, 3000) n;
CALL change(12);
CALL segments.refresh();
DROP TRIGGER refuse ON segments.fragment_0;
CALL segments.refresh();
SELECT * FROM wrong();
RESET segments.refresh_step_size;

-- Causes that end a refresh: a cancel is nobody's fault.
CREATE FUNCTION cancel() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''cancelled'' USING ERRCODE = ''query_canceled''; END';
CREATE TRIGGER cancel BEFORE INSERT ON segments.fragment_0 FOR EACH ROW EXECUTE FUNCTION cancel();
CALL change(13);
CALL segments.refresh();
DROP TRIGGER cancel ON segments.fragment_0;
TABLE frozen;
CALL segments.refresh();
SELECT * FROM wrong();

-- Everything frozen at the first refresh: nobody is a member, and nothing is lost.
SELECT segments.unregister_interaction('Opened'), segments.unregister_interaction('Clicked'), segments.unregister_unification();
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_interaction('clicked', 'Clicked', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
ALTER TABLE opened ENABLE ROW LEVEL SECURITY;
ALTER TABLE mapping DISABLE TRIGGER segments_log_change;
CALL segments.refresh();
SELECT segments.segment_count('Opened');
\echo :LAST_ERROR_SQLSTATE
CALL change(14);
ALTER TABLE opened DISABLE ROW LEVEL SECURITY;
ALTER TABLE mapping ENABLE ALWAYS TRIGGER segments_log_change;
CALL segments.refresh();
SELECT * FROM wrong();
