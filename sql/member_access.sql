-- Who sees which members, whatever the plan was made for; and damaged members, which are named while others go on.
SET TimeZone = 'UTC';
SET client_min_messages = error;
\pset format unaligned
\pset tuples_only on
CREATE TABLE bought (record_id text, at timestamptz, amount int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id'), segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(0, 999) i;
INSERT INTO bought SELECT 'r' || i, now() - interval '1 day', i FROM generate_series(0, 999) i;
CALL segments.refresh();
CREATE ROLE regress_member_owner;
CREATE ROLE regress_member_reader;
CREATE ROLE regress_member_team;
CREATE ROLE regress_member_nobody;
CREATE ROLE regress_member_heir;
GRANT regress_member_team TO regress_member_heir;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO regress_member_owner;
GRANT SELECT ON bought, mapping TO regress_member_owner;
SET ROLE regress_member_owner;
SELECT segments.create_segment('a', 'Bought where amount < 100'), segments.create_segment('b', 'Bought where amount < 200'),
       segments.create_segment('c', 'Bought where amount < 300');
SELECT segments.grant_members('a', 'regress_member_reader'), segments.grant_members('b', 'regress_member_team'), segments.grant_members('c', 'public');
RESET ROLE;
SELECT segments.create_segment('own', 'Bought where amount < 400');

-- All ways of reading, as one role.
CREATE FUNCTION seen() RETURNS TABLE (counts text, scanned text, of_one text, ordered text) LANGUAGE sql AS $$
    SELECT (SELECT string_agg(segment || ' ' || n, ', ' ORDER BY segment) FROM (SELECT segment, count(*) AS n FROM segments.member GROUP BY 1) s),
           (SELECT string_agg(segment || ' ' || n, ', ' ORDER BY segment) FROM (SELECT segment, count(DISTINCT upper(profile_id)) AS n FROM segments.member GROUP BY 1) s),
           (SELECT string_agg(segment, ', ' ORDER BY segment) FROM segments.member WHERE profile_id = 'p7'),
           (SELECT string_agg(segment, ', ' ORDER BY segment) FROM (SELECT * FROM segments.member WHERE profile_id >= 'p7' ORDER BY profile_id LIMIT 4) s WHERE profile_id = 'p7')
$$;
SELECT current_user, * FROM seen();
SET ROLE regress_member_owner;
SELECT current_user, * FROM seen();
SET ROLE regress_member_reader;
SELECT current_user, * FROM seen();
SET ROLE regress_member_heir;
SELECT current_user, * FROM seen();
SET ROLE regress_member_nobody;
SELECT current_user, * FROM seen();

\echo the table below the view shows no more
SELECT string_agg(DISTINCT segment, ', ') FROM segments_internal.member;

\echo estimates tell of nothing that one may not read
CREATE FUNCTION pg_temp.estimated(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan; RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows'; END $$;
SELECT pg_temp.estimated('SELECT * FROM segments.member'), pg_temp.estimated('SELECT * FROM segments.member WHERE segment = ''a''') < 10;
RESET ROLE;

\echo rights of a definer are used in its functions
CREATE FUNCTION defined() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM segments.member WHERE segment = ''own''';
SET ROLE regress_member_nobody;
SELECT defined(), (SELECT count(*) FROM segments.member WHERE segment = 'own');

\echo grants that come and go between plan and execution
RESET ROLE;
SET ROLE regress_member_reader;
SET plan_cache_mode = force_generic_plan;
PREPARE counted AS SELECT count(*) FROM segments.member WHERE segment = 'a';
PREPARE listed AS SELECT count(profile_id) FROM segments.member WHERE segment = 'a' AND profile_id > 'p';
PREPARE found(text) AS SELECT string_agg(segment, ' ' ORDER BY segment) FROM segments.member WHERE profile_id = $1;
EXECUTE counted;
EXECUTE listed;
EXECUTE found('p7');
RESET ROLE;
SELECT segments.revoke_members('a', 'regress_member_reader');
SET ROLE regress_member_reader;
EXECUTE counted;
EXECUTE listed;
EXECUTE found('p7');
RESET ROLE;
SELECT segments.grant_members('a', 'regress_member_reader');
SET ROLE regress_member_reader;
EXECUTE counted;
EXECUTE found('p7');
RESET ROLE;
EXECUTE found('p7');
SET ROLE regress_member_heir;
EXECUTE found('p7');
RESET ROLE;
REVOKE regress_member_team FROM regress_member_heir;
SET ROLE regress_member_heir;
EXECUTE found('p7');
RESET ROLE;
RESET plan_cache_mode;

\echo cursors: what is dropped, renamed or erased meanwhile stays what it was for them
BEGIN;
DECLARE page CURSOR FOR SELECT segment, count(*) OVER (PARTITION BY segment) FROM segments.member WHERE profile_id IN ('p7', 'p8') ORDER BY segment, profile_id;
DECLARE whole CURSOR FOR SELECT profile_id FROM segments.member WHERE segment = 'b' ORDER BY profile_id;
FETCH 1 FROM page;
FETCH 1 FROM whole;
SELECT segments.drop_segment('a'), segments.rename_segment('b', 'renamed');
SELECT (segments.erase_profile('p8')).profiles;
FETCH 3 FROM page;
FETCH 1 FROM whole;
MOVE ALL FROM whole;
SELECT segment, count(*) FROM segments.member WHERE profile_id IN ('p7', 'p8') GROUP BY 1 ORDER BY 1;
ROLLBACK;

\echo cursors: as who has opened them, whoever fetches
CREATE FUNCTION opened(refcursor) RETURNS refcursor LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN OPEN $1 FOR SELECT segment, count(*) FROM segments.member WHERE segment = 'own' GROUP BY 1; RETURN $1; END $$;
BEGIN;
SET LOCAL ROLE regress_member_reader;
DECLARE theirs CURSOR FOR SELECT segment, count(*) FROM segments.member GROUP BY 1 ORDER BY 1;
DECLARE theirs_one CURSOR FOR SELECT segment FROM segments.member WHERE profile_id = 'p7' ORDER BY 1;
DECLARE theirs_change CURSOR FOR SELECT DISTINCT segment FROM segments.membership_change ORDER BY 1;
SET LOCAL ROLE regress_member_nobody;
DECLARE nobodys CURSOR FOR SELECT segment, count(profile_id) FROM segments.member GROUP BY 1 ORDER BY 1;
DECLARE nobodys_change CURSOR FOR SELECT DISTINCT segment FROM segments.membership_change ORDER BY 1;
SELECT opened('definers');
FETCH ALL FROM theirs;
FETCH ALL FROM theirs_one;
FETCH ALL FROM theirs_change;
FETCH ALL FROM definers;
RESET ROLE;
FETCH ALL FROM nobodys;
FETCH ALL FROM nobodys_change;
COMMIT;
DROP FUNCTION opened(refcursor);

\echo damaged members: an error for who asks for the segment, a warning for who reads all; others go on
SET client_min_messages = warning;
CREATE FUNCTION state_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN EXECUTE statement INTO result; RETURN result; EXCEPTION WHEN OTHERS THEN RETURN sqlstate || ' ' || sqlerrm; END $$;
UPDATE segments.membership SET members = set_byte(members, 20, 255 - get_byte(members, 20))
WHERE segment_id = (SELECT segment_id FROM segments.segment WHERE name = 'b');
SELECT state_of($$SELECT count(profile_id) FROM segments.member WHERE segment = 'b' AND profile_id > ''$$);
SELECT state_of($$SELECT count(*) FROM segments.member WHERE segment IN ('a', 'b') AND profile_id = 'p7'$$);
SELECT state_of($$SELECT count(*) FROM segments.member WHERE segment IN ('a', 'c') AND profile_id = 'p7'$$);
SELECT state_of($$SELECT string_agg(segment, ' ' ORDER BY segment) FROM segments.member WHERE profile_id = 'p7'$$);
SELECT state_of($$SELECT count(*) FROM segments.member WHERE profile_id >= ''$$);
SELECT segments.run_segment('b');
SELECT state_of($$SELECT string_agg(segment, ' ' ORDER BY segment) FROM segments.member WHERE profile_id = 'p7'$$);

SELECT segments.drop_segment(name) FROM segments.segment_overview;
DROP FUNCTION defined();
DROP OWNED BY regress_member_owner, regress_member_reader, regress_member_team, regress_member_nobody, regress_member_heir;
DROP ROLE regress_member_owner, regress_member_reader, regress_member_team, regress_member_nobody, regress_member_heir;
