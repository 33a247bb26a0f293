-- What runs amid statements on a source, as its owner, can raise any error.  It freezes that source; it never ends the refresh of the others.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE ROLE segments_test_raising;
CREATE SCHEMA raising AUTHORIZATION segments_test_raising;
CREATE TABLE clicked (record_id text, occurred_at timestamptz);
SET ROLE segments_test_raising;
CREATE TABLE raising.opened (record_id text, occurred_at timestamptz);
CREATE TABLE raising.mapping (record_id text, profile_id text);
CREATE TABLE raising.error (relation text, sqlstate text);
RESET ROLE;
INSERT INTO raising.opened SELECT 'r' || n, '2026-03-01' FROM generate_series(1, 3) n;
INSERT INTO raising.mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 100) n;
SELECT segments.register_interaction('raising.opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_interaction('clicked', 'Clicked', 'occurred_at', 'record_id');
SELECT segments.register_unification('raising.mapping', record_type => 'contact');
CALL segments.refresh();

-- In the words of the server, and as a constraint of a table of ours.
SET ROLE segments_test_raising;
CREATE FUNCTION raising.raise(wanted text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    code text := (SELECT sqlstate FROM raising.error WHERE relation = wanted);
BEGIN
    IF code IS NULL THEN RETURN true; END IF;
    RAISE EXCEPTION USING ERRCODE = code, MESSAGE = CASE code WHEN '57014' THEN 'canceling statement due to user request' WHEN '53200' THEN 'out of shared memory'
        ELSE 'foreign' END, SCHEMA = 'segments', TABLE = 'record', CONSTRAINT = 'record_key', HINT = 'Do what the owner says.';
END
$$;
CREATE FUNCTION raising.predicate(wanted text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN raising.raise(wanted); END';
CREATE INDEX ON raising.opened (record_id) WHERE raising.predicate('opened');
CREATE INDEX ON raising.mapping (record_id) WHERE raising.predicate('mapping');
RESET ROLE;

-- What each error of each source leaves behind: what is frozen, whether the refresh was published, and the clicks that it has found.
CREATE TABLE outcome (source text, sqlstate text, clicks bigint, frozen text[], parts text[]);
CREATE PROCEDURE try(sources text[], code text) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO raising.opened VALUES ('r50', '2026-03-02');
    INSERT INTO clicked VALUES ('r60', '2026-03-02');
    INSERT INTO raising.error SELECT unnest(sources), code;
    COMMIT;
    CALL segments.refresh();
    INSERT INTO outcome SELECT array_to_string(sources, '+'), code, segments.segment_count(format('Clicked exactly %s times', (SELECT count(*) FROM clicked))::segments.definition),
        (SELECT frozen FROM segments.refresh_status), array(SELECT part_sqlstate FROM segments.refresh_log WHERE is_published AND part_state = 'frozen' ORDER BY part_number);
    DELETE FROM raising.error;
    COMMIT;
END
$$;
SET client_min_messages = error;
DO $$
DECLARE
    code text;
BEGIN
    FOREACH code IN ARRAY ARRAY['57014', '57P01', '53100', '58030', '53200', '23505', 'XX000', 'XX001', '22012'] LOOP
        CALL try('{opened}', code);
        CALL try('{mapping}', code);
        CALL try('{opened,mapping}', code);
    END LOOP;
END
$$;
SELECT * FROM outcome ORDER BY sqlstate, source;
SET client_min_messages = warning;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
SELECT segments.segment_count('Clicked exactly 27 times'), segments.segment_count('Opened exactly 27 times');

-- It is told like any other failure.
INSERT INTO raising.opened VALUES ('r51', '2026-03-02');
INSERT INTO clicked VALUES ('r61', '2026-03-02');
INSERT INTO raising.error VALUES ('opened', '57014');
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
SELECT segments.segment_count('Clicked');

-- Read ahead, in steps.
SET segments.refresh_step_size = 1;
TRUNCATE raising.error, raising.opened, clicked;
INSERT INTO raising.opened SELECT 'r' || n % 50 + 1, '2026-03-01' FROM generate_series(1, 3000) n;
INSERT INTO raising.error VALUES ('opened', '57014');
INSERT INTO clicked SELECT 'r' || n % 50 + 1, '2026-03-01' FROM generate_series(1, 3000) n;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
SELECT segments.segment_count('Clicked');
DELETE FROM raising.error;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
SELECT segments.segment_count('Clicked'), segments.segment_count('Opened');

DROP EXTENSION segments CASCADE;
DROP OWNED BY segments_test_raising CASCADE;
DROP ROLE segments_test_raising;
