-- What owners of tables attach to them: an erasure erases nevertheless, or says who has kept rows and changes nothing.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id text, occurred_at timestamptz, email text, deleted_at timestamptz) PARTITION BY RANGE (occurred_at);
CREATE TABLE opened_2025 PARTITION OF opened FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE opened_other PARTITION OF opened DEFAULT;
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id', record_type => 'contact');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'c' || n, 'p' || n / 2 FROM generate_series(2, 81) n;
INSERT INTO opened SELECT record_id, '2025-12-31'::timestamptz + n * interval '1 day', record_id || '@example.org' FROM mapping, generate_series(0, 1) n;
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened');

-- What an erasure says, and whether it changed anything though it failed.
CREATE VIEW stored AS SELECT (SELECT count(*) FROM opened WHERE deleted_at IS NULL) AS opened, (SELECT count(*) FROM mapping) AS mapped,
    (SELECT count(*) FROM segments.record) AS records, (SELECT count(*) FROM segments.erasure) AS erasures,
    (SELECT count(*) FROM segments.change_log) AS logged, segments.segment_count('Opened') AS openers,
    (SELECT count(*) FROM segments.member) AS members;
CREATE FUNCTION erase(profile text) RETURNS TABLE (said text) LANGUAGE plpgsql AS $$
DECLARE
    error_detail text;
    error_hint text;
    before stored;
    after stored;
BEGIN
    SELECT * INTO before FROM stored;
    BEGIN
        said := (SELECT format('erased %s of %s records, %s in the mapping', interactions, records, mapping_rows) FROM segments.erase_profile(profile));
        RETURN NEXT;
        IF EXISTS (SELECT FROM segments.forgotten(profile)) THEN said := 'NOT FORGOTTEN'; RETURN NEXT; END IF;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS error_detail = PG_EXCEPTION_DETAIL, error_hint = PG_EXCEPTION_HINT;
        said := SQLSTATE || ': ' || SQLERRM; RETURN NEXT;
        said := error_detail; RETURN NEXT;
        said := error_hint; RETURN NEXT;
        SELECT * INTO after FROM stored;
        IF before IS DISTINCT FROM after THEN said := 'CHANGED'; RETURN NEXT; END IF;
    END;
END
$$;
CREATE FUNCTION wrong() RETURNS TABLE (what text, ours bigint, theirs bigint) LANGUAGE sql AS $$
    WITH asked (what, ours, theirs) AS (
        SELECT 'openers', segments.segment_count('Opened'), (SELECT count(DISTINCT profile_id) FROM opened JOIN mapping USING (record_id))
        UNION ALL SELECT 'all', segments.segment_count('all'), (SELECT count(DISTINCT profile_id) FROM mapping)
        UNION ALL SELECT 'rows', (SELECT total FROM segments.interaction_catalog(true)), (SELECT count(*) FROM opened))
    SELECT * FROM asked WHERE ours <> theirs
$$;
\pset tuples_only on
\pset format unaligned

\echo -- a soft delete
CREATE FUNCTION soft_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE format('UPDATE %I.%I SET deleted_at = now() WHERE ctid = $1', TG_TABLE_SCHEMA, TG_TABLE_NAME) USING OLD.ctid; RETURN NULL; END $$;
CREATE TRIGGER soft_delete BEFORE DELETE ON opened FOR EACH ROW EXECUTE FUNCTION soft_delete();
SELECT erase('p1');
\echo -- its hint, followed
BEGIN;
ALTER TABLE public.opened_2025 DISABLE TRIGGER soft_delete;
SELECT erase('p1');
ROLLBACK;
BEGIN;
ALTER TABLE public.opened_2025 DISABLE TRIGGER soft_delete;
ALTER TABLE public.opened_other DISABLE TRIGGER soft_delete;
SELECT erase('p1');
ALTER TABLE public.opened_2025 ENABLE TRIGGER soft_delete;
ALTER TABLE public.opened_other ENABLE TRIGGER soft_delete;
COMMIT;
DROP TRIGGER soft_delete ON opened;

\echo -- a trigger that keeps rows as they are
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep BEFORE DELETE ON opened FOR EACH ROW EXECUTE FUNCTION keep();
SELECT erase('p2');
DROP TRIGGER keep ON opened;
\echo -- one that keeps them under another name
CREATE FUNCTION rename_record() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE format('UPDATE %I.%I SET record_id = ''anonymous'' WHERE ctid = $1', TG_TABLE_SCHEMA, TG_TABLE_NAME) USING OLD.ctid; RETURN NULL; END $$;
CREATE TRIGGER rename_record BEFORE DELETE ON opened FOR EACH ROW EXECUTE FUNCTION rename_record();
SELECT erase('p2');
DROP TRIGGER rename_record ON opened;
\echo -- one that writes them anew
CREATE FUNCTION revive() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.opened VALUES (OLD.record_id, OLD.occurred_at); RETURN NULL; END';
CREATE TRIGGER revive AFTER DELETE ON opened FOR EACH ROW EXECUTE FUNCTION revive();
SELECT erase('p2');
DROP TRIGGER revive ON opened;
\echo -- at the end of the transaction
CREATE CONSTRAINT TRIGGER revive_later AFTER DELETE ON opened DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION revive();
SELECT erase('p2');
DROP TRIGGER revive_later ON opened;
\echo -- of another table
CREATE FUNCTION revive_all() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.mapping VALUES (OLD.record_id, ''p2''); RETURN NULL; END';
CREATE TRIGGER revive_all AFTER DELETE ON opened FOR EACH ROW EXECUTE FUNCTION revive_all();
SELECT erase('p2');
DROP TRIGGER revive_all ON opened;
\echo -- rules
CREATE RULE keep AS ON DELETE TO mapping DO INSTEAD NOTHING;
SELECT erase('p2');
\echo -- its hint, followed
BEGIN;
ALTER TABLE public.mapping DISABLE RULE keep;
SELECT erase('p2');
ALTER TABLE public.mapping ENABLE RULE keep;
COMMIT;
DROP RULE keep ON mapping;
\echo -- a row of the mapping that stays under another profile, or comes back under one
CREATE FUNCTION give_away() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE public.mapping SET profile_id = ''p40'' WHERE ctid = OLD.ctid; RETURN NULL; END';
CREATE TRIGGER give_away BEFORE DELETE ON mapping FOR EACH ROW EXECUTE FUNCTION give_away();
SELECT erase('p3');
DROP TRIGGER give_away ON mapping;
CREATE FUNCTION map_again() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.mapping VALUES (OLD.record_id, ''p40''); RETURN NULL; END';
CREATE TRIGGER map_again AFTER DELETE ON mapping FOR EACH ROW EXECUTE FUNCTION map_again();
SELECT erase('p3');
DROP TRIGGER map_again ON mapping;
\echo -- a record that is mapped to somebody else as well is no such row
INSERT INTO mapping VALUES ('c6', 'p40');
SELECT erase('p3');
DELETE FROM mapping WHERE record_id = 'c6';

\echo -- rows that triggers delete are deleted
CREATE FUNCTION delete_all() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM public.opened WHERE record_id = OLD.record_id; RETURN NULL; END';
CREATE TRIGGER delete_all BEFORE DELETE ON opened FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION delete_all();
SELECT erase('p4');
DROP TRIGGER delete_all ON opened;

\echo -- deferred constraint triggers run with their statement
CREATE TABLE told (record_id text);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.told VALUES (OLD.record_id); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER tell AFTER DELETE ON mapping DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell();
SELECT erase('p5');
TABLE told;
\echo -- those that wait already run before, as whoever they wait for
BEGIN;
DELETE FROM mapping WHERE record_id = 'c81';
SELECT erase('p6');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT erase('p6');
COMMIT;
DROP TRIGGER tell ON mapping;

\echo -- names without a schema
CREATE FUNCTION tell_unqualified() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO told VALUES (OLD.record_id); RETURN NULL; END';
CREATE TRIGGER tell AFTER DELETE ON mapping FOR EACH ROW EXECUTE FUNCTION tell_unqualified();
SELECT erase('p7');
\echo -- the hint, followed
ALTER FUNCTION tell_unqualified() SET search_path = public;
SELECT erase('p7');
DROP TRIGGER tell ON mapping;
\echo -- an erasure within an erasure
CREATE FUNCTION erase_more() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM segments.erase_profile(''p9''); RETURN NULL; END';
CREATE TRIGGER erase_more AFTER DELETE ON mapping FOR EACH ROW EXECUTE FUNCTION erase_more();
SELECT erase('p8');
DROP TRIGGER erase_more ON mapping;
SELECT erase('p8');

\echo -- policies that hold back the owner
CREATE ROLE segments_test_erased_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON told TO segments_test_erased_owner;
ALTER TABLE mapping OWNER TO segments_test_erased_owner;
ALTER TABLE mapping ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SELECT erase('p9');
ALTER TABLE mapping DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
\echo -- each partition as its owner
ALTER TABLE opened_other OWNER TO segments_test_erased_owner;
CREATE FUNCTION tell_who() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.told VALUES (TG_TABLE_NAME || '' as '' || current_user); RETURN OLD; END';
CREATE TRIGGER tell_who BEFORE DELETE ON opened_other FOR EACH ROW EXECUTE FUNCTION tell_who();
TRUNCATE told;
SELECT erase('p10');
SELECT DISTINCT * FROM told;
ALTER TABLE mapping OWNER TO CURRENT_USER;
ALTER TABLE opened_other OWNER TO CURRENT_USER;
DROP OWNED BY segments_test_erased_owner;
DROP ROLE segments_test_erased_owner;

\echo -- a table that was given children
CREATE TABLE mapping_child () INHERITS (mapping);
SELECT erase('p11');
ALTER TABLE mapping_child NO INHERIT mapping;

\echo -- rows without a time are not counted any more
SELECT * FROM wrong();
CALL segments.refresh();
SELECT * FROM wrong();
INSERT INTO opened VALUES ('c24', NULL, 'c24@example.org'), ('c24', NULL, 'c24@example.org'), ('c26', NULL, 'c26@example.org');
CALL segments.refresh();
INSERT INTO opened VALUES ('c24', NULL, 'c24@example.org');
SELECT erase('p12');
SELECT * FROM wrong();
SELECT count(*) FROM segments.change_log;
CALL segments.refresh();
SELECT * FROM wrong();

\echo -- values in every column of registered tables
CREATE TYPE mood AS ENUM ('ada@example.org', 'sad');
ALTER TABLE opened ADD COLUMN tags text[], ADD COLUMN document jsonb, ADD COLUMN born date, ADD COLUMN score numeric, ADD COLUMN mood mood,
    ADD COLUMN padded char(30), ADD COLUMN bytes bytea, ADD COLUMN place inet, ADD COLUMN flag boolean, ADD COLUMN id uuid;
INSERT INTO opened (record_id, occurred_at, email, tags, document, born, score, mood, padded, bytes, place, flag, id)
VALUES ('c30', '2026-01-01', 'x', '{b,ada@example.org}', '{"mail": "ada@example.org"}', '1815-12-10', 1.50, 'ada@example.org',
    'ada@example.org', 'to ada@example.org', '10.0.0.7', true, '00000000-0000-0000-0000-0000000000AB');
INSERT INTO opened (record_id, occurred_at, tags) VALUES ('c30', '2025-05-05', '{ada@example.org}');
ALTER TABLE mapping ADD COLUMN note text;
UPDATE mapping SET note = 'Ada: ada@example.org' WHERE record_id = 'c30';
SELECT * FROM segments.forgotten('nobody', '{}', '{ada@example.org,December 10 1815,1.5,10.0.0.7,00000000-0000-0000-0000-0000000000ab,true}');
