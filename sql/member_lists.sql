-- Members by hand: included, excluded, static; through merges, splits and renamed ids, against plain SQL over the same random changes.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id text, occurred_at timestamptz, n int);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') > 0 AS registered;
SELECT segments.register_unification('mapping', record_type_column => 'record_type');
SELECT setseed(0.375);
INSERT INTO mapping SELECT (ARRAY['contact', 'lead'])[1 + n % 2], 'r' || n / 2, 'p' || floor(random() * 60) FROM generate_series(2, 300) n;
INSERT INTO opened SELECT 'r' || floor(random() * 150), '2026-01-01'::timestamptz + n * interval '1 hour', floor(random() * 4) FROM generate_series(1, 400) n;
CALL segments.refresh();

-- What lists mean, told by the mapping alone: for each listed id the records it had then.
CREATE TABLE listed (segment text, list text, id text, record_type text, record_id text);
CREATE FUNCTION list(of_segment text, of_list text, ids text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO listed SELECT of_segment, of_list, id, record_type, record_id FROM unnest(ids) id LEFT JOIN mapping ON profile_id = id;
    IF of_list = 'include' THEN PERFORM segments.include_members(of_segment, ids, run => false); ELSE PERFORM segments.exclude_members(of_segment, ids, run => false); END IF;
END
$$;
-- Ids that nobody had get records with the first refresh that finds some.
CREATE FUNCTION adopt() RETURNS void LANGUAGE sql AS $$
    INSERT INTO listed SELECT DISTINCT l.segment, l.list, l.id, m.record_type, m.record_id FROM listed l JOIN mapping m ON m.profile_id = l.id WHERE l.record_id IS NULL;
    DELETE FROM listed l WHERE record_id IS NULL AND EXISTS (SELECT FROM listed o WHERE o.segment = l.segment AND o.list = l.list AND o.id = l.id AND o.record_id IS NOT NULL);
$$;
CREATE FUNCTION meant(of_segment text, of_list text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT profile_id FROM listed JOIN mapping USING (record_type, record_id) WHERE segment = of_segment AND list = of_list
    UNION
    SELECT id FROM listed WHERE segment = of_segment AND list = of_list AND id IN (SELECT profile_id FROM mapping)
        AND id NOT IN (SELECT id FROM listed JOIN mapping USING (record_type, record_id) WHERE segment = of_segment AND list = of_list)
$$;
CREATE FUNCTION expected(of_segment text, base text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    result text[];
BEGIN
    EXECUTE format('SELECT coalesce(array_agg(profile_id ORDER BY profile_id), ''{}'') FROM ((SELECT profile_id FROM (%s) base UNION SELECT meant($1, ''include'')) EXCEPT SELECT meant($1, ''exclude'')) truth', base)
    INTO result USING of_segment;
    RETURN result;
END
$$;
CREATE FUNCTION have(members segments.profile_set) RETURNS text[] LANGUAGE sql AS $$ SELECT ARRAY(SELECT id FROM segments.profiles(members) id ORDER BY id) $$;
CREATE TABLE base (name text, sql text);
INSERT INTO base VALUES
    ('both', 'SELECT profile_id FROM opened o JOIN mapping m ON m.record_type = ''contact'' AND m.record_id = o.record_id WHERE n = 1 GROUP BY 1 HAVING count(*) >= 2'),
    ('exclude', 'SELECT profile_id FROM mapping'), ('include', 'SELECT NULL::text AS profile_id WHERE false'), ('none', 'SELECT profile_id FROM opened o JOIN mapping m ON m.record_type = ''contact'' AND m.record_id = o.record_id WHERE n = 2'),
    ('static', 'SELECT NULL::text AS profile_id WHERE false'),
    ('referring', '(SELECT profile_id FROM mapping EXCEPT SELECT unnest(expected(''both'', (SELECT sql FROM base WHERE name = ''both'')))) UNION SELECT unnest(expected(''static'', (SELECT sql FROM base WHERE name = ''static'')))');
CREATE FUNCTION wrong() RETURNS TABLE (segment text, what text) LANGUAGE plpgsql AS $$
DECLARE
    truth text[];
BEGIN
    FOR segment, truth IN SELECT name, expected(name, sql) FROM base LOOP
        what := 'members';
        IF have(segments.members(segment)) <> truth THEN RETURN NEXT; END IF;
        what := 'count';
        IF segments.count_segment(segment) <> cardinality(truth) THEN RETURN NEXT; END IF;
        what := 'reference';
        IF have(segments.segment_eval(format('segment %L', segment)::segments.definition)) <> truth THEN RETURN NEXT; END IF;
        what := 'explained';
        IF (SELECT members FROM segments.explain_segment(segment) WHERE node = 1) <> cardinality(truth) THEN RETURN NEXT; END IF;
        what := 'forecast';
        IF (SELECT members FROM segments.membership_forecast(segment, 1)) <> cardinality(truth) THEN RETURN NEXT; END IF;
        what := 'member';
        IF EXISTS (SELECT FROM (SELECT profile_id FROM mapping GROUP BY 1 ORDER BY md5(profile_id) LIMIT 6) p, segments.explain_member(segment, p.profile_id) e WHERE node = 1 AND verdict <> (p.profile_id = ANY (truth))) THEN RETURN NEXT; END IF;
        what := 'shown';
        IF EXISTS (SELECT FROM segments.listed_member l WHERE l.segment = wrong.segment AND NOT l.means <@ ARRAY(SELECT meant(l.segment, l.list)))
            OR EXISTS (SELECT FROM unnest('{include,exclude}'::text[]) one (kind) WHERE ARRAY(SELECT DISTINCT unnest(means) FROM segments.listed_member l WHERE l.segment = wrong.segment AND l.list = one.kind ORDER BY 1) <> ARRAY(SELECT meant(wrong.segment, one.kind) ORDER BY 1))
        THEN RETURN NEXT; END IF;
    END LOOP;
END
$$;
SELECT segments.create_segment('both', 'Opened where n = 1 at least 2') > 0 AS some, segments.create_segment('exclude', 'all') > 0 AS some,
       segments.create_segment('include', 'not all'), segments.create_segment('none', 'Opened where n = 2') > 0 AS some;
SELECT list('both', 'include', '{p1,p2,p3,p4,p5,p6}'), list('both', 'exclude', '{p5,p6,p7,p8,p9,p10,p11}'), list('exclude', 'exclude', '{p1,p20,p21,nobody}'), list('include', 'include', '{p30,p31,p32,later}');
SELECT segments.create_static_segment('static', '{p40,p41,p42,p42,p1}');
INSERT INTO listed SELECT 'static', 'include', id, record_type, record_id FROM unnest('{p40,p41,p42,p1}'::text[]) id LEFT JOIN mapping ON profile_id = id;
SELECT segments.create_segment('referring', 'not segment ''both'' or segment ''static''') > 0 AS some;
SELECT name, segments.run_segment(name) = cardinality(expected(name, sql)) AS right FROM base ORDER BY name;
SELECT * FROM wrong();
SELECT node, parent, depth, text FROM segments.explain_segment('both');
SELECT node, parent, depth, text, verdict FROM segments.explain_member('both', 'p5');
SELECT node, parent, depth, text FROM segments.segment_explain('segment ''static''');
SELECT name, kind, definition FROM segments.segment_overview ORDER BY name;

-- Merges, splits, other ids, ids that go to others, records that go and come back; and lists that change meanwhile.
CREATE PROCEDURE change(step int) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mapping SET profile_id = 'p' || floor(random() * 60) WHERE record_id IN (SELECT 'r' || floor(random() * 150) FROM generate_series(1, 8));
    UPDATE mapping SET profile_id = 'q' || step WHERE profile_id = 'p' || (step * 7) % 60;
    UPDATE mapping SET profile_id = 'p' || step WHERE profile_id = 'p' || (step * 11) % 60;
    UPDATE mapping SET profile_id = CASE profile_id WHEN 'p1' THEN 'p2' ELSE 'p1' END WHERE profile_id IN ('p1', 'p2') AND step % 4 = 0;
    DELETE FROM mapping WHERE profile_id = 'p' || (step * 13) % 60 AND random() < 0.7;
    INSERT INTO mapping SELECT 'contact', 'new' || step, (ARRAY['nobody', 'later', 'p5', 'p40'])[1 + step % 4] ON CONFLICT DO NOTHING;
    INSERT INTO opened SELECT 'r' || floor(random() * 150), '2026-02-01', floor(random() * 4) FROM generate_series(1, 10);
END
$$;
CREATE FUNCTION list_more(step int) RETURNS void LANGUAGE sql AS $$
    SELECT list((ARRAY['both', 'exclude', 'static'])[1 + step % 3], CASE WHEN step % 3 = 2 THEN 'include' ELSE 'exclude' END, ARRAY['p' || (step * 5) % 60])
$$;
\t
SELECT format('CALL change(%s)', step), 'CALL segments.refresh()', format('SELECT count(adopt()), count(list_more(%s))', step), 'CALL segments.refresh()',
    CASE WHEN step % 4 = 0 THEN 'SELECT * FROM wrong()' ELSE 'SELECT WHERE false' END
FROM generate_series(1, 12) step \gexec
\t

-- An id that nobody had yet, then somebody, who gets another one; and both at once.
SELECT segments.exclude_members('exclude', '{early,earlier}', run => false) IS NULL AS listed;
INSERT INTO mapping VALUES ('contact', 'early1', 'early'), ('lead', 'early2', 'early'), ('contact', 'other', 'another');
CALL segments.refresh();
UPDATE mapping SET profile_id = 'later on' WHERE record_id = 'early1';
UPDATE mapping SET profile_id = 'early' WHERE record_id = 'other';
UPDATE mapping SET profile_id = 'even later' WHERE record_id = 'early2';
CALL segments.refresh();
SELECT profile_id, means FROM segments.listed_member WHERE profile_id ~ '^earl' ORDER BY 1;
SELECT id, id = ANY (have(segments.members('exclude'))) AS member FROM unnest('{early,later on,even later}'::text[]) id;

-- Taken off a list by the id that was listed, or that is meant now.
CREATE TABLE was AS SELECT list, profile_id, means FROM segments.listed_member WHERE segment = 'both';
SELECT segments.unlist_members('both', '{p5}', 'exclude') > 0 AS run;
SELECT count(*) FROM segments.listed_member WHERE segment = 'both' AND list = 'exclude' AND (profile_id = 'p5' OR means @> '{p5}');
SELECT count(*) = (SELECT count(*) FROM was WHERE list = 'include') AS other_list FROM segments.listed_member WHERE segment = 'both' AND list = 'include';
SELECT segments.unlist_members('both', ARRAY(SELECT unnest(means) FROM was), run => false);
SELECT count(*) FROM segments.listed_member WHERE segment = 'both' AND means <> '{}';
SELECT segments.unlist_members('both', ARRAY(SELECT profile_id FROM was)) = segments.segment_count('Opened where n = 1 at least 2') AS only_defined;

-- Copies, snapshots, sets; what a static segment does not do.
SELECT segments.copy_segment('static', 'copy') = segments.count_segment('static') AS copied;
SELECT kind, count(*) FROM segments.segment_overview WHERE name IN ('static', 'copy') GROUP BY 1;
-- Ordinals that nobody has, four billion of them, are nobody.
SELECT segments.create_snapshot('everything', '{0-4294967295}') = segments.segment_count('all') AS everybody;
SELECT segments.drop_segment('everything');
SELECT segments.create_snapshot('snapshot', segments.members('none')) = segments.count_segment('none') AS all_of_them,
       segments.create_snapshot('found', segments.segment_eval('Opened where n = 3')) = segments.segment_count('Opened where n = 3') AS all_of_them,
       segments.create_static_segment('empty', '{}');
SELECT have(segments.members('snapshot')) = have(segments.members('none')) AS alike;
DELETE FROM opened WHERE n = 2;
CALL segments.refresh();
SELECT cardinality(have(segments.members('none'))), cardinality(have(segments.members('snapshot'))) > 0 AS stays;
SELECT segments.include_members('empty', somebody), segments.exclude_members('empty', somebody), segments.unlist_members('empty', somebody, 'exclude')
FROM (SELECT ARRAY[min(profile_id)] AS somebody FROM mapping) known;
CREATE FUNCTION error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; detail text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END
$$;
SELECT error_of(statement) FROM unnest(ARRAY[
    $$SELECT segments.update_segment('static', 'all')$$, $$SELECT segments.restore_segment('static', 1)$$,
    $$SELECT segments.include_members('static', '{a,NULL}')$$, $$SELECT segments.include_members('static', '{""}')$$, $$SELECT segments.exclude_members('static', NULL)$$,
    $$SELECT segments.include_members('missing', '{a}')$$, $$SELECT segments.unlist_members('static', '{a}', 'other')$$, $$SELECT segments.create_static_segment('static', '{a}')$$,
    $$SELECT segments.create_snapshot('nothing', NULL)$$]) statement;
SET client_min_messages = notice;
SELECT segments.exclude_members('empty', ARRAY['nobody at all', min(profile_id)], run => false) FROM mapping;
SET client_min_messages = warning;

-- Others' lists are neither seen nor changed; readers see the members.
CREATE ROLE member_lists_reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO member_lists_reader;
SELECT segments.grant_members('static', 'member_lists_reader');
SET ROLE member_lists_reader;
SELECT count(*) FROM segments.listed_member;
SELECT error_of(statement) FROM unnest(ARRAY[$$SELECT segments.include_members('static', '{p1}')$$, $$SELECT segments.exclude_members('empty', '{p1}')$$, $$SELECT FROM segments.listed_profile$$]) statement;
SELECT segments.segment_count('segment ''static''') > 0 AS counted;
SELECT text, note FROM segments.segment_explain('segment ''static''');
RESET ROLE;

-- Erased with the person: the id, and the records; who was listed with an erased id and is somebody else now, still is.
SELECT segments.exclude_members('exclude', '{a1,a2,a3}', run => false) IS NULL AS listed;
INSERT INTO mapping VALUES ('contact', 'e1', 'a4'), ('contact', 'e2', 'a4'), ('lead', 'e3', 'a5'), ('contact', 'e4', 'a6');
INSERT INTO opened VALUES ('e1', '2026-03-01', 1), ('e2', '2026-03-01', 1), ('e4', '2026-03-01', 1);
CALL segments.refresh();
SELECT segments.include_members('include', '{a4,a5}', run => false) IS NULL AS listed, segments.exclude_members('exclude', '{a4,a6}') > 0 AS run;
UPDATE mapping SET profile_id = 'a7' WHERE record_id = 'e2';
CALL segments.refresh();
SELECT list, profile_id, means FROM segments.listed_member WHERE profile_id ~ '^a' AND segment = 'exclude' ORDER BY 1, 2;
SELECT (segments.erase_profile('a4')).profiles, (segments.erase_profile('a1')).profiles, (segments.erase_profile('a6')).profiles;
SELECT segment, list, profile_id, means FROM segments.listed_member WHERE profile_id ~ '^a' ORDER BY 1, 2, 3;
SELECT id, count(*) FROM unnest('{a1,a4,a6}'::text[]) id, segments.forgotten(id, '{{contact,e1},{contact,e4}}') WHERE place ~ 'listed' GROUP BY 1;
SELECT place, occurrences FROM segments.forgotten('a5') WHERE place ~ 'listed';
SET client_min_messages = error;
SELECT count(segments.drop_segment(name, cascade => true)) FROM segments.segment_overview;
SELECT count(*) FROM segments.listed_profile;
