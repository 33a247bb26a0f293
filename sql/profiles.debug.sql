-- From records and profile ids to ordinals, and from sets of ordinals to profile ids.
SET search_path TO public, segments, segments_internal;
\pset format unaligned
\pset tuples_only on

\echo before the first refresh: nothing is linked
SELECT profile_ordinal('contact', 'r1') IS NULL, profile_ordinal('p1') IS NULL, (SELECT count(*) FROM profiles('{0-100}'));

CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT register_unification('mapping');
INSERT INTO mapping SELECT 'contact', 'r' || i, 'p' || i % 1000 FROM generate_series(1, 3000) i;
SELECT count(*) FROM debug_apply_unification();
SELECT debug_resolve('{contact}', '{loose}', 0);
-- the rest in another tile
UPDATE tile SET next_ordinal = 131072 - 16384;
INSERT INTO mapping SELECT 'contact', 'r' || i, 'q' || i FROM generate_series(4001, 5000) i;
SELECT count(*) FROM debug_apply_unification();

\echo the profile of a record goes by the lowest ordinal of its records
SELECT count(*) FROM mapping m
WHERE profile_ordinal(m.record_type, m.record_id) IS DISTINCT FROM (SELECT min(ordinal) FROM record r WHERE r.profile_id = m.profile_id)
   OR profile_ordinal(m.profile_id) IS DISTINCT FROM (SELECT min(ordinal) FROM record r WHERE r.profile_id = m.profile_id);
SELECT profile_ordinal('contact', 'loose'), profile_ordinal('contact', 'nobody'), profile_ordinal('lead', 'r1'), profile_ordinal('nobody'),
       profile_ordinal(NULL, 'r1'), profile_ordinal(NULL);

\echo a set becomes the ids of its profiles, by ordinal; ordinals of nobody, of further and of loose records are left out
CREATE VIEW expected AS SELECT min(ordinal) AS ordinal, profile_id FROM record WHERE profile_id IS NOT NULL GROUP BY profile_id;
CREATE FUNCTION wrong(members profile_set) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (SELECT profile_id, row_number() OVER (ORDER BY ordinal) AS n FROM expected WHERE contains(members, ordinal)) e
    FULL JOIN profiles(members) WITH ORDINALITY AS p (profile_id, n) USING (n) WHERE e.profile_id IS DISTINCT FROM p.profile_id
$$;
SELECT wrong('{}'), wrong('{0-4294967295}'), wrong('{0-200000}'), wrong('{0,1,2,3,114690,131071,131072,131073,4294967295}');
SELECT count(*) FROM profiles('{0-4294967295}');
SELECT count(*) FROM profiles(NULL);

\echo ordinals are for whom they are granted to; profile ids for those who may read them in the mapping
CREATE ROLE regress_segments_reader;
GRANT EXECUTE ON FUNCTION profile_ordinal(text, text) TO regress_segments_reader;
SET ROLE regress_segments_reader;
SELECT profile_ordinal('contact', 'r1') IS NOT NULL;
SELECT count(*) FROM profiles('{0-10}');
SELECT count(*) FROM record;
RESET ROLE;
GRANT SELECT (profile_id) ON mapping TO regress_segments_reader;
SET ROLE regress_segments_reader;
SELECT count(*) FROM profiles('{0-10}');
RESET ROLE;
REVOKE SELECT (profile_id) ON mapping FROM regress_segments_reader;
REVOKE EXECUTE ON FUNCTION profile_ordinal(text, text) FROM regress_segments_reader;
DROP ROLE regress_segments_reader;
