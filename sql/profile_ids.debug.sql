-- Ids of profiles by chunks of ordinals: always what segments.record says, whatever happens to the mapping; and nothing else.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE opened (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
CREATE FUNCTION wrong() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (SELECT ordinal, profile_id FROM segments.record WHERE profile_id IS NOT NULL) record
    FULL JOIN segments_internal.debug_profile_ids() kept USING (ordinal) WHERE record.profile_id IS DISTINCT FROM kept.profile_id
$$;
CREATE FUNCTION stored() RETURNS TABLE (chunks bigint, changes bigint) LANGUAGE sql AS
    'SELECT (SELECT count(*) FROM segments.profile_ids), (SELECT count(*) FROM segments.changed_profile_id)';

\echo nothing; then a first mapping of two chunks and a bit
SELECT wrong(), * FROM stored();
INSERT INTO mapping SELECT 'r' || i, md5((i / 2)::text) FROM generate_series(1, 20000) i;
INSERT INTO opened SELECT 'r' || i, now() FROM generate_series(1, 100) i;
CALL segments.refresh();
SELECT wrong(), * FROM stored();

\echo few changes stay beside their chunks: moved, merged, gone, new, odd ids
UPDATE mapping SET profile_id = 'new' || record_id WHERE record_id IN ('r7', 'r9000', 'r19999');
UPDATE mapping SET profile_id = md5('1') WHERE record_id IN ('r40', 'r12000');
DELETE FROM mapping WHERE record_id IN ('r100', 'r101', 'r15000');
INSERT INTO mapping VALUES ('n1', ''), ('n2', repeat('long', 200)), ('n3', 'ünï'), ('n4', md5('5'));
CALL segments.refresh();
SELECT wrong(), * FROM stored();

\echo many changes write chunks anew
UPDATE mapping SET profile_id = profile_id || 'x' WHERE record_id ~ '^r1\d\d\d\d$';
CALL segments.refresh();
SELECT wrong(), chunks, changes < 300 AS few FROM stored();

\echo random changes
SELECT setseed(0.5);
CREATE PROCEDURE change(step int) LANGUAGE sql AS $$
    INSERT INTO mapping SELECT 's' || step || '-' || i, md5((random() * 12000)::int::text) FROM generate_series(1, (random() * 300)::int) i;
    UPDATE mapping SET profile_id = md5((random() * 12000)::int::text) WHERE random() < 0.002 * step;
    DELETE FROM mapping WHERE random() < 0.001;
$$;
DO $$
DECLARE
    differing bigint;
BEGIN
    FOR step IN 1 .. 12 LOOP
        CALL change(step);
        COMMIT;
        CALL segments.refresh();
        COMMIT;
        IF step % 3 = 0 THEN
            PERFORM segments.erase_profiles(ARRAY(SELECT profile_id FROM mapping ORDER BY random() LIMIT 20));
            COMMIT;
        END IF;
        SELECT wrong() INTO differing;
        IF differing > 0 THEN RAISE 'step %: % ids differ', step, differing; END IF;
    END LOOP;
END
$$;
SELECT wrong();

\echo a mapping that is emptied leaves none; a rolled back refresh leaves all
BEGIN;
CREATE TABLE kept AS SELECT record_id, profile_id FROM mapping;
DELETE FROM mapping;
COMMIT;
CALL segments.refresh();
SELECT wrong(), count(*) FROM segments_internal.debug_profile_ids();
INSERT INTO mapping SELECT record_id, profile_id FROM kept;
CALL segments.refresh();
SELECT wrong(), count(*) = (SELECT count(*) FROM mapping) FROM segments_internal.debug_profile_ids();
UPDATE mapping SET profile_id = 'one' WHERE record_id ~ '^r1';
BEGIN;
CALL segments.refresh();
SELECT wrong();
ROLLBACK;
SELECT wrong();

\echo an erased id is nowhere, also not below a change that covers it
INSERT INTO mapping VALUES ('e1', 'person-to-erase'), ('e2', 'person-to-erase'), ('e3', 'other');
CALL segments.refresh();
SELECT segments_internal.write_profile_ids();
UPDATE mapping SET profile_id = 'other' WHERE record_id IN ('e1', 'e2');
CALL segments.refresh();
SELECT count(*) FROM segments.profile_ids WHERE position('person-to-erase'::bytea IN ids) > 0;
-- It may be a bound of its chunk, too: which ids share one depends on where the server has put their rows.
SELECT ARRAY(SELECT detail FROM segments.forgotten('person-to-erase') WHERE place = 'segments.profile_ids' ORDER BY 1)
    = array_remove(ARRAY[CASE WHEN bool_or(highest = 'person-to-erase') THEN 'highest' END,
        CASE WHEN bool_or(lowest = 'person-to-erase') THEN 'lowest' END, 'profile_id'], NULL) FROM segments.profile_ids;
SELECT (segments.erase_profile('person-to-erase')).profiles;
SELECT count(*) FROM segments.profile_ids WHERE position('person-to-erase'::bytea IN ids) > 0 OR lowest = 'person-to-erase' OR highest = 'person-to-erase';
SELECT * FROM segments.forgotten('person-to-erase');
SELECT (segments.erase_profile('other')).profiles;
SELECT * FROM segments.forgotten('other', '{{contact,e1},{contact,e2},{contact,e3}}');
SELECT wrong();

\echo ids that are left over are found
UPDATE segments.record SET ordinal = 100000 WHERE ordinal = 5;
SELECT place, occurrences > 0, detail FROM segments.forgotten('nobody') WHERE place = 'segments.profile_ids';
UPDATE segments.record SET ordinal = 5 WHERE ordinal = 100000;

\echo damaged ids are named, and can be written anew
CREATE FUNCTION state_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN EXECUTE statement; RETURN 'ok'; EXCEPTION WHEN OTHERS THEN RETURN sqlstate || ' ' || sqlerrm; END $$;
UPDATE segments.profile_ids SET ids = set_byte(ids, 100, 255 - get_byte(ids, 100)) WHERE chunk = 0;
SELECT state_of($$SELECT count(*) FROM segments.profiles(segments.segment_eval('Opened'))$$);
SELECT state_of($$SELECT segments.forgotten('nobody')$$);
UPDATE segments.profile_ids p SET ids = other.ids FROM segments.profile_ids other WHERE p.chunk = 0 AND other.chunk = 1;
SELECT state_of($$SELECT count(*) FROM segments.profiles(segments.segment_eval('Opened'))$$);
SELECT segments_internal.write_profile_ids();
SELECT wrong(), state_of($$SELECT count(*) FROM segments.profiles(segments.segment_eval('Opened'))$$);
