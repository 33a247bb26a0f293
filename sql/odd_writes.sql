-- Writes that leave little trace, or more than one: what is counted equals SQL after each.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 5) n;
INSERT INTO opened SELECT 'r' || n, '2026-03-01', 'x' FROM generate_series(1, 3) n;
CALL segments.refresh();

-- Who has how many rows, and with which label.
CREATE FUNCTION wrong() RETURNS TABLE (what text, ours bigint, theirs bigint) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. 12 LOOP
        what := 'Opened at least ' || n;
        ours := segments.segment_count(what::segments.definition);
        SELECT count(*) INTO theirs FROM (SELECT FROM opened JOIN mapping USING (record_id) GROUP BY profile_id HAVING count(*) >= n) p;
        IF ours <> theirs THEN RETURN NEXT; END IF;
    END LOOP;
    FOR what, theirs IN
        SELECT CASE WHEN label IS NULL THEN 'Opened where label is null' ELSE format('Opened where label = %L', label) END, count(DISTINCT profile_id)
        FROM opened JOIN mapping USING (record_id) GROUP BY label
    LOOP
        ours := segments.segment_count(what::segments.definition);
        IF ours <> theirs THEN RETURN NEXT; END IF;
    END LOOP;
    what := 'rows';
    ours := (SELECT total FROM segments.interaction_catalog(true));
    theirs := (SELECT count(*) FROM opened);
    IF ours <> theirs THEN RETURN NEXT; END IF;
END
$$;
CREATE PROCEDURE follow(INOUT differences bigint, INOUT rows bigint) LANGUAGE plpgsql AS $$
BEGIN
    differences := (SELECT count(*) FROM wrong());
    rows := (SELECT count(*) FROM opened);
END
$$;

-- The trigger that logs, off for a moment; writes of the replica role.
BEGIN;
ALTER TABLE opened DISABLE TRIGGER segments_log_change;
DELETE FROM opened WHERE record_id = 'r1';
ALTER TABLE opened ENABLE ALWAYS TRIGGER segments_log_change;
COMMIT;
CALL segments.refresh();
CALL follow(NULL, NULL);
SET session_replication_role = replica;
INSERT INTO opened VALUES ('r4', '2026-03-01', 'x');
DELETE FROM opened WHERE record_id = 'r2';
UPDATE opened SET label = 'v' WHERE record_id = 'r3';
RESET session_replication_role;
CALL segments.refresh();
CALL follow(NULL, NULL);

-- A second trigger that logs: what it logs once more is not removed once more.
CREATE TRIGGER zz_again AFTER UPDATE OR DELETE ON opened FOR EACH ROW EXECUTE FUNCTION segments.log_change();
INSERT INTO opened SELECT 'r3', '2026-03-01', 'v' FROM generate_series(1, 3);
CALL segments.refresh();
UPDATE opened SET label = 'w' WHERE ctid IN (SELECT ctid FROM opened WHERE record_id = 'r3' LIMIT 1);
DELETE FROM opened WHERE record_id = 'r4' OR ctid IN (SELECT ctid FROM opened WHERE record_id = 'r3' AND label = 'v' LIMIT 1);
CALL segments.refresh();
CALL follow(NULL, NULL);
DROP TRIGGER zz_again ON opened;
-- Triggers that are no such triggers.
CREATE TRIGGER wrong_event AFTER INSERT ON opened FOR EACH ROW EXECUTE FUNCTION segments.log_change();
INSERT INTO opened VALUES ('r4', '2026-03-01', 'x');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER wrong_event ON opened;
CREATE TRIGGER wrong_level AFTER DELETE ON opened FOR EACH STATEMENT EXECUTE FUNCTION segments.log_change();
DELETE FROM opened WHERE false;
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER wrong_level ON opened;
CREATE TRIGGER wrong_time BEFORE DELETE ON opened FOR EACH ROW EXECUTE FUNCTION segments.log_change();
DELETE FROM opened;
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER wrong_time ON opened;
CREATE TABLE unregistered (a int);
CREATE TRIGGER not_ours AFTER DELETE ON unregistered FOR EACH ROW EXECUTE FUNCTION segments.log_change();
INSERT INTO unregistered VALUES (1);
DELETE FROM unregistered;
\echo :SQLSTATE
SELECT count(*) FROM segments.change_log;

-- A trigger of the table's that returns the old row.
CREATE FUNCTION keep_old() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE label text := NEW.label; BEGIN NEW := OLD; NEW.label := label; RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON opened FOR EACH ROW EXECUTE FUNCTION keep_old();
UPDATE opened SET label = 'new' WHERE record_id = 'r3';
CALL segments.refresh();
CALL follow(NULL, NULL);
DROP TRIGGER touch ON opened;

-- Rows that come frozen; a truncation that is undone; other files.
BEGIN;
TRUNCATE opened;
COPY opened (record_id, occurred_at) FROM STDIN WITH (FREEZE);
r4	2026-01-01
r5	2026-01-01
\.
COMMIT;
CALL segments.refresh();
CALL follow(NULL, NULL);
BEGIN;
TRUNCATE opened;
ROLLBACK;
CALL segments.refresh();
CALL follow(NULL, NULL);
CREATE INDEX opened_record ON opened (record_id);
CLUSTER opened USING opened_record;
INSERT INTO opened VALUES ('r1', '2026-01-01');
VACUUM FULL opened;
DELETE FROM opened WHERE record_id = 'r4';
CALL segments.refresh();
CALL follow(NULL, NULL);

-- More subtransactions than a snapshot remembers, a third of them undone, most of the others' rows deleted by the next.
DO $$
BEGIN
    FOR i IN 1 .. 3000 LOOP
        BEGIN
            INSERT INTO opened VALUES ('r' || i % 5 + 1, '2026-01-01', 's' || i);
            IF i % 3 = 0 THEN RAISE EXCEPTION 'undone'; END IF;
            DELETE FROM opened WHERE label = 's' || i - 1;
        EXCEPTION WHEN raise_exception THEN NULL;
        END;
    END LOOP;
END
$$;
CALL segments.refresh();
SELECT count(*) > 900 AS many FROM opened;
SELECT * FROM wrong() LIMIT 5;

-- Equal rows: as many go as were deleted.
DELETE FROM opened;
CALL segments.refresh();
CALL follow(NULL, NULL);
INSERT INTO opened SELECT 'r1', '2026-01-01', 'same' FROM generate_series(1, 10);
CALL segments.refresh();
DELETE FROM opened WHERE ctid IN (SELECT ctid FROM opened LIMIT 7);
CALL segments.refresh();
CALL follow(NULL, NULL);
DELETE FROM opened WHERE ctid IN (SELECT ctid FROM opened LIMIT 2);
INSERT INTO opened VALUES ('r2', '2026-01-01', 'same'), ('r1', '2026-01-01', 'same');
CALL segments.refresh();
CALL follow(NULL, NULL);
SELECT frozen FROM segments.refresh_status;
