-- The segments of a profile are told by pieces of stored members: the same as by reading them whole, and what is damaged is named.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE bought (record_id text, at timestamptz, amount int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 60000) i;
INSERT INTO bought SELECT 'r' || i, timestamptz '2026-01-01', hashint4(i) & 1023 FROM generate_series(1, 60000) i;
CALL segments.refresh();
-- A bitmap, members one by one, and two that are so few bytes that they are read whole.
SELECT segments.create_segment('half', 'Bought where amount < 512'), segments.create_segment('some', 'Bought where amount < 50'),
       segments.create_segment('all', 'all'), segments.create_segment('few', 'Bought where amount = 7');
SELECT name, sum(octet_length(members)) > 1024 AS has_pieces, bool_and((pieces <> '') = (octet_length(members) > 1024)) AS are_stored
FROM segments.membership JOIN segments.segment USING (segment_id) GROUP BY 1 ORDER BY 1;
SET segments.member_cache = 0;
CREATE FUNCTION decoded(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || query INTO plan; RETURN plan->0->'Plan'->>'Sets Decoded'; END $$;
SELECT decoded($$SELECT segment FROM segments.member WHERE profile_id = 'p77'$$) AS few_are_read_whole;
SELECT decoded($$SELECT segment FROM segments.member WHERE profile_id = 'p77' AND segment = 'half'$$) AS none_is;

CREATE TABLE heap AS SELECT segment, profile_id, since FROM segments.member;
CREATE INDEX ON heap (profile_id);
ANALYZE heap;

-- A transaction that writes has nothing kept from others, and looks at a tile for the first time.
\echo the same rows as in a heap, with since when and without, in all segments and in one
CREATE FUNCTION differing(looks int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE id text; differing int := 0; mine text; others text;
BEGIN
    FOR id IN SELECT 'p' || 1 + (i * 7919 % 60010) FROM generate_series(1, looks) i LOOP
        PERFORM pg_current_xact_id();
        SELECT string_agg(segment, ',' ORDER BY segment) INTO mine FROM segments.member WHERE profile_id = id;
        SELECT string_agg(segment, ',' ORDER BY segment) INTO others FROM heap WHERE profile_id = id;
        differing := differing + (mine IS DISTINCT FROM others)::int;
        SELECT string_agg(segment || since, ',' ORDER BY segment) INTO mine FROM segments.member WHERE profile_id = id;
        SELECT string_agg(segment || since, ',' ORDER BY segment) INTO others FROM heap WHERE profile_id = id;
        differing := differing + (mine IS DISTINCT FROM others)::int;
        SELECT string_agg(segment, ',') INTO mine FROM segments.member WHERE profile_id = id AND segment = 'some';
        SELECT string_agg(segment, ',') INTO others FROM heap WHERE profile_id = id AND segment = 'some';
        differing := differing + (mine IS DISTINCT FROM others)::int;
    END LOOP;
    RETURN differing;
END $$;
SELECT differing(400);
\echo likewise of many in one statement, and with much kept
SELECT count(*) FROM (SELECT 'p' || i * 37 AS profile_id FROM generate_series(1, 2000) i) c JOIN segments.member m USING (profile_id);
SELECT count(*) FROM (SELECT 'p' || i * 37 AS profile_id FROM generate_series(1, 2000) i) c JOIN heap m USING (profile_id);
RESET segments.member_cache;
SELECT differing(100);
SELECT count(*) FROM (SELECT 'p' || i * 37 AS profile_id FROM generate_series(1, 2000) i) c JOIN segments.member m USING (profile_id);
\echo and after members have changed
UPDATE bought SET amount = (amount + 100) % 1024 WHERE hashtext(record_id) % 3 = 0;
CALL segments.refresh();
TRUNCATE heap;
INSERT INTO heap SELECT segment, profile_id, since FROM segments.member;
SELECT differing(100);

\echo damage: of the piece that is read, and of what tells where pieces are; others go on
CREATE FUNCTION state_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; detail text;
BEGIN
    EXECUTE statement INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN sqlstate || ' ' || sqlerrm || '. ' || detail;
END $$;
CREATE FUNCTION damage(change text) RETURNS TABLE (result text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE segments.membership SET %s WHERE segment_id = (SELECT segment_id FROM segments.segment WHERE name = ''half'')', change);
    RETURN QUERY SELECT state_of(query) FROM (VALUES
        ($q$SELECT count(*) FROM segments.member WHERE segment = 'half' AND profile_id IN (SELECT profile_id FROM mapping WHERE record_id = 'r5')$q$),
        ($q$SELECT count(*) >= 0 FROM segments.member WHERE segment = 'all' AND profile_id = 'p5'$q$),
        ($q$SELECT bool_or(segment = 'all') FROM segments.member WHERE profile_id = 'p5'$q$)) q (query);
END $$;
SET client_min_messages = error;
BEGIN; SELECT damage($$members = substr(members, 1, 40) || decode(repeat('00', octet_length(members) - 40), 'hex')$$); ROLLBACK;
BEGIN; SELECT damage('pieces = set_byte(pieces, 3, 255 - get_byte(pieces, 3))'); ROLLBACK;
BEGIN; SELECT damage('pieces = substr(pieces, 1, 20)'); ROLLBACK;
BEGIN; SELECT damage('members = substr(members, 1, 20)'); ROLLBACK;
BEGIN; SELECT damage('checksum = checksum + 1'); ROLLBACK;
BEGIN; SELECT damage($$pieces = (SELECT pieces FROM segments.membership JOIN segments.segment USING (segment_id) WHERE name = 'some' AND to_refresh = 9223372036854775807)$$); ROLLBACK;
\echo the hint helps
UPDATE segments.membership SET pieces = set_byte(pieces, 3, 255 - get_byte(pieces, 3)) WHERE pieces <> '' AND to_refresh = 9223372036854775807;
SELECT state_of($$SELECT count(*) FROM segments.member WHERE segment = 'half' AND profile_id = 'p5'$$);
SELECT count(*) FROM (SELECT segments.run_segment(name) FROM segments.segment) r;
SELECT differing(20);
\echo an erasure writes pieces anew
SELECT profile_id AS person FROM heap WHERE segment = 'half' ORDER BY profile_id LIMIT 1 \gset
SELECT segments.erase_profile(:'person') IS NOT NULL;
SELECT count(*) FROM segments.member WHERE profile_id = :'person';
DELETE FROM heap WHERE profile_id = :'person';
SELECT differing(20);
SELECT place, detail FROM segments.forgotten(:'person') WHERE occurrences > 0;

\echo ordinals from the index alone, where all rows of a page are known to be visible, and profiles of several records
VACUUM segments.record;
SELECT differing(100);
UPDATE mapping SET profile_id = 'p7920' WHERE record_id IN ('r5', 'r60000');
UPDATE mapping SET profile_id = 'p15839' WHERE record_id = 'r7920';
DELETE FROM mapping WHERE record_id = 'r23758';
CALL segments.refresh();
TRUNCATE heap;
INSERT INTO heap SELECT segment, profile_id, since FROM segments.member;
SELECT differing(100);
VACUUM segments.record;
SELECT differing(100);
