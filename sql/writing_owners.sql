-- What an owner of a source has a refresh evaluate cannot write: rows written within a refresh would carry its own transaction, and no refresh
-- looks for those.
SET TimeZone = 'UTC';
SET client_min_messages = error;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_writing;
CREATE SCHEMA writing AUTHORIZATION segments_test_writing;
CREATE TABLE bought (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text, profile_id text);
SET ROLE segments_test_writing;
CREATE TABLE writing.opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE writing.armed (target text);
CREATE TABLE writing.outcome (outcome text);
INSERT INTO writing.opened SELECT 'r' || i, '2026-03-01', 'x' FROM generate_series(1, 3) i;
RESET ROLE;
GRANT INSERT ON bought TO segments_test_writing;
INSERT INTO bought SELECT 'r' || i, '2026-03-01', 'x' FROM generate_series(1, 3) i;
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 5) i;
SELECT segments.register_interaction('bought', 'Bought', 'occurred_at', 'record_id') > 0 AS registered;
SELECT segments.register_interaction('writing.opened', 'Opened', 'occurred_at', 'record_id') > 0 AS registered;
SELECT segments.register_unification('mapping', record_type => 'contact');
CALL segments.refresh();
SET ROLE segments_test_writing;
CREATE FUNCTION writing.act() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CASE (SELECT target FROM writing.armed)
    WHEN 'theirs' THEN INSERT INTO public.bought VALUES ('r1', '2026-03-02', 'smuggled');
    WHEN 'own' THEN INSERT INTO writing.opened VALUES ('r1', '2026-03-02', 'smuggled');
    WHEN 'unlocked' THEN SET LOCAL transaction_read_only = off; INSERT INTO public.bought VALUES ('r1', '2026-03-02', 'smuggled');
    WHEN 'hushed' THEN BEGIN INSERT INTO public.bought VALUES ('r1', '2026-03-02', 'smuggled'); EXCEPTION WHEN OTHERS THEN NULL; END;
    ELSE NULL;
    END CASE;
END
$$;
CREATE FUNCTION writing.predicate(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM writing.act(); RETURN $1; END $$;
CREATE INDEX ON writing.opened (record_id) WHERE writing.predicate('x') = 'x';
RESET ROLE;
CREATE PROCEDURE try(target text) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO writing.opened VALUES ('r2', '2026-03-03', 'new');
    INSERT INTO public.bought VALUES ('r2', '2026-03-03', 'new');
    COMMIT;
    INSERT INTO writing.armed VALUES (target);
    COMMIT;
    CALL segments.refresh();
    DELETE FROM writing.armed;
    COMMIT;
END
$$;
CREATE VIEW result AS SELECT (SELECT frozen FROM segments.refresh_status) AS frozen, (SELECT array_agg(sqlstate) FROM segments.frozen_source) AS sqlstate,
    segments.segment_count(format('Bought exactly %s times', (SELECT count(*) FROM bought WHERE record_id = 'r2'))::segments.definition) AS bought,
    segments.segment_count('Bought where label = ''smuggled''') AS smuggled, (SELECT count(*) FROM bought WHERE label = 'smuggled') + (SELECT count(*) FROM writing.opened WHERE label = 'smuggled') AS written;
CALL try('theirs');
SELECT * FROM result;
CALL try('own');
SELECT * FROM result;
CALL try('unlocked');
SELECT * FROM result;
CALL try('hushed');
SELECT * FROM result;
-- It thaws as soon as nothing writes; and this session may write as before.
CALL segments.refresh();
SELECT * FROM result;
SELECT segments.segment_count('Opened') AS opened, (SELECT count(DISTINCT record_id) FROM writing.opened) AS expected;
SHOW transaction_read_only;
-- A transaction that goes on after the refresh is not read only either.
INSERT INTO writing.opened VALUES ('r3', '2026-03-04', 'new');
INSERT INTO writing.armed VALUES ('theirs');
BEGIN;
CALL segments.refresh();
SHOW transaction_read_only;
INSERT INTO bought VALUES ('r4', '2026-03-04', 'after');
DELETE FROM writing.armed;
COMMIT;
SELECT * FROM result;
CALL segments.refresh();
SELECT segments.segment_count('Bought where label = ''after''');
-- An erasure's triggers write.
SET ROLE segments_test_writing;
CREATE FUNCTION writing.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO writing.outcome VALUES ('deleted ' || OLD.record_id); RETURN OLD; END $$;
CREATE TRIGGER note BEFORE DELETE ON writing.opened FOR EACH ROW EXECUTE FUNCTION writing.note();
RESET ROLE;
SELECT interactions FROM segments.erase_profile('p1');
SELECT DISTINCT outcome FROM writing.outcome;
SELECT segments.detach_all();
DROP VIEW result;
DROP PROCEDURE try;
DROP TABLE bought, mapping;
DROP SCHEMA writing CASCADE;
DROP ROLE segments_test_writing;
