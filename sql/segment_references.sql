-- Segments within definitions: at the instant, in the zone and with the rights of each, against plain SQL; what of them is told to
-- whom; cycles, other names, and what is dropped.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id text, occurred_at timestamptz, n int);
CREATE TABLE clicked (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') > 0 AS opened,
       segments.register_interaction('clicked', 'Clicked', 'occurred_at', 'record_id') > 0 AS clicked;
SELECT segments.register_unification('mapping', record_type => 'contact');
SELECT setseed(0.25);
INSERT INTO mapping SELECT 'r' || n, 'p' || n / 2 FROM generate_series(1, 400) n;
INSERT INTO opened SELECT 'r' || ceil(random() * 400), now() - random() * interval '9 days', floor(random() * 5) FROM generate_series(1, 1200);
INSERT INTO clicked SELECT 'r' || ceil(random() * 400), now() - random() * interval '9 days', 'l' || floor(random() * 4) FROM generate_series(1, 700);
CALL segments.refresh();

-- Random definitions that refer to segments saved before, in other zones, against the same in SQL; members, counts, explanations.
CREATE TABLE made (name text PRIMARY KEY, zone text, definition text, sql text);
CREATE FUNCTION condition(zone text, OUT definition text, OUT sql text) LANGUAGE plpgsql AS $$
DECLARE
    days int := 1 + floor(random() * 5);
    least int := 1 + floor(random() * 2);
    n int := floor(random() * 5);
BEGIN
    IF random() < 0.5 THEN
        definition := format('Opened where n >= %s previous %s days at least %s', n, days, least);
        sql := format('SELECT profile_id FROM opened JOIN mapping USING (record_id) WHERE n >= %1$s AND occurred_at >= date_trunc(''day'', now(), %4$L) - %2$s * interval ''1 day'''
            ' AND occurred_at < date_trunc(''day'', now(), %4$L) GROUP BY 1 HAVING count(*) >= %3$s', n, days, least, zone);
    ELSE
        definition := format('Clicked where label <> ''l%s'' within last %s days never', n, days);
        sql := format('SELECT profile_id FROM mapping EXCEPT SELECT profile_id FROM clicked JOIN mapping USING (record_id) WHERE label <> ''l%s'' AND occurred_at >= now() - %s * interval ''24 hours''', n, days);
    END IF;
END
$$;
CREATE FUNCTION make(number int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    zone text := (ARRAY['UTC', 'Asia/Kolkata', 'America/New_York', 'Pacific/Apia'])[1 + floor(random() * 4)];
    part record;
    made_definition text;
    made_sql text;
    operator int;
BEGIN
    PERFORM set_config('segments.time_zone', zone, true);
    SELECT definition, format('(%s)', sql) INTO made_definition, made_sql FROM condition(zone);
    FOR part IN SELECT format('segment %L', name) AS definition, sql FROM made WHERE random() < 3.0 / number LOOP
        operator := floor(random() * 5);
        made_definition := format((ARRAY['%s and %s', '%s or %s', '(%s) except %s', 'not (%s) and not %s', '%2$s except (%1$s)'])[1 + operator], made_definition, part.definition);
        made_sql := format((ARRAY['(%s INTERSECT %s)', '(%s UNION %s)', '(%s EXCEPT %s)', '((SELECT profile_id FROM mapping EXCEPT %s) EXCEPT %s)', '(%2$s EXCEPT %1$s)'])[1 + operator], made_sql, part.sql);
        made_definition := '(' || made_definition || ')';
    END LOOP;
    INSERT INTO made VALUES ('s' || number, zone, made_definition, made_sql);
    PERFORM segments.create_segment('s' || number, made_definition::segments.definition, state => (ARRAY['active', 'draft', 'inactive'])[1 + number % 3]);
END
$$;
CREATE FUNCTION wrong() RETURNS TABLE (name text, what text) LANGUAGE plpgsql AS $$
DECLARE
    expected text[];
    segment record;
BEGIN
    FOR segment IN SELECT * FROM made LOOP
        name := segment.name;
        EXECUTE format('SELECT coalesce(array_agg(profile_id ORDER BY profile_id), ''{}'') FROM (%s) truth', segment.sql) INTO expected;
        what := 'count';
        IF segments.count_segment(name) <> cardinality(expected) THEN RETURN NEXT; END IF;
        what := 'explain';
        IF (SELECT members FROM segments.explain_segment(name) WHERE node = 1) <> cardinality(expected) THEN RETURN NEXT; END IF;
        what := 'evaluated';
        IF ARRAY(SELECT profile_id FROM segments.profiles(segments.segment_eval(format('segment %L', name)::segments.definition)) profile_id ORDER BY profile_id) <> expected THEN RETURN NEXT; END IF;
        what := 'members';
        IF (SELECT lifecycle = 'active' FROM segments.segment_overview o WHERE o.name = segment.name) THEN
            PERFORM segments.run_segment(name);
            IF ARRAY(SELECT profile_id FROM segments.profiles(segments.members(name)) profile_id ORDER BY profile_id) <> expected THEN RETURN NEXT; END IF;
        END IF;
        what := 'member';
        IF (SELECT bool_or(e.verdict <> (p.profile_id = ANY (expected)))
            FROM (SELECT DISTINCT profile_id FROM mapping ORDER BY 1 LIMIT 5) p, segments.explain_member(name, p.profile_id) e WHERE e.node = 1) THEN RETURN NEXT; END IF;
    END LOOP;
END
$$;
BEGIN;
SELECT count(make(n)) FROM generate_series(1, 24) n;
SELECT count(*) FILTER (WHERE definition ~ 'segment') > 12 AS refer FROM made;
SELECT * FROM wrong();
COMMIT;
-- All in one refresh, as of one instant.
SELECT count(segments.set_segment_state(name, 'active', run => false)) FROM made;
CALL segments.refresh();
SELECT count(*), count(DISTINCT as_of) FROM segments.segment_overview WHERE state = 'successful';
CREATE FUNCTION run_wrong() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    segment record;
    expected text[];
    as_of timestamptz := (SELECT min(o.as_of) FROM segments.segment_overview o);
BEGIN
    FOR segment IN SELECT * FROM made LOOP
        EXECUTE format('SELECT coalesce(array_agg(profile_id ORDER BY profile_id), ''{}'') FROM (%s) truth', replace(segment.sql, 'now()', quote_literal(as_of) || '::timestamptz')) INTO expected;
        IF ARRAY(SELECT profile_id FROM segments.profiles(segments.members(segment.name)) profile_id ORDER BY profile_id) <> expected THEN RETURN NEXT segment.name; END IF;
    END LOOP;
END
$$;
SELECT * FROM run_wrong();
DO $$ BEGIN PERFORM segments.drop_segment(name, cascade => true) FROM made; END $$;

-- Who may read what: the same for one that is missing and one that is not for the caller.
CREATE ROLE segment_references_alice;
CREATE ROLE segment_references_bob;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO segment_references_alice, segment_references_bob;
GRANT SELECT ON opened, clicked TO segment_references_alice;
GRANT SELECT ON opened TO segment_references_bob;
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
SET ROLE segment_references_alice;
SELECT segments.create_segment('secret', 'Clicked where label = ''l1'' at least 2 and not Opened where n = 4') > 0 AS some;
SELECT segments.create_segment('secret draft', 'Clicked', state => 'draft');
SET ROLE segment_references_bob;
SELECT replace(error_of($$SELECT segments.segment_count('Opened and segment ''secret''')$$), 'secret', 'X')
     = replace(error_of($$SELECT segments.segment_count('Opened and segment ''missing''')$$), 'missing', 'X') AS alike;
SELECT error_of($$SELECT segments.segment_count('Opened and segment ''secret''')$$);
SELECT error_of($$SELECT segments.create_segment('mine', 'segment ''secret draft''')$$);
-- Who was granted the members may refer, without rights on what it reads; he sees one node.
SET ROLE segment_references_alice;
SELECT segments.grant_members('secret', 'segment_references_bob'), segments.grant_members('secret draft', 'segment_references_bob');
SET ROLE segment_references_bob;
SELECT error_of($$SELECT segments.segment_count('Clicked')$$);
SELECT segments.create_segment('mine', 'Opened where n < 4 and not segment ''secret''') > 0 AS some,
    segments.create_segment('of a draft', 'segment ''secret draft''') > 0 AS some;
RESET ROLE;
SELECT segments.members('mine') = segments.segment_eval('Opened where n < 4 and not (Clicked where label = ''l1'' at least 2 and not Opened where n = 4)') AS same;
SET ROLE segment_references_bob;
SELECT node, parent, depth, text, members > 0 AS some, fragments_read IS NULL AS opaque, note FROM segments.explain_segment('mine');
SELECT node, parent, depth, text, members > 0 AS some, fragments_read IS NULL AS opaque, note FROM segments.segment_explain('segment ''secret'' or segment ''secret''');
SELECT node, parent, depth, text, interactions IS NULL AS opaque, changes_at, note FROM segments.explain_member('mine', 'p1');
SELECT before > 0 AS some, before = after AS same FROM segments.compare_definitions('segment ''secret''', 'not not segment ''secret''');
SELECT count(*) FROM segments.membership_forecast('mine', 3);
-- Its owner sees what is in it; what is named twice is explained once.
SET ROLE segment_references_alice;
SELECT node, parent, depth, text, fragments_read IS NULL AS no_leaf, note FROM segments.segment_explain('segment ''secret'' and not (segment ''secret'' and Opened where n = 77)');
SELECT segments.create_segment('hers', 'segment ''secret'' and not segment ''secret''');
SELECT node, parent, depth, text, verdict, note FROM segments.explain_member('hers', 'p1') WHERE text !~ 'Opened|Clicked';
SELECT count(*) FROM segments.explain_member('hers', 'p1');
SELECT segments.drop_segment('hers');

-- What goes wrong in it is told to those who may see it.
RESET ROLE;
ALTER TABLE clicked RENAME COLUMN label TO caption;
SET ROLE segment_references_alice;
SELECT error_of($$SELECT segments.segment_count('Opened and segment ''secret''')$$);
SET ROLE segment_references_bob;
SELECT error_of($$SELECT segments.segment_count('Opened and segment ''secret''')$$);
SELECT error_of($$SELECT segments.create_segment('another', 'segment ''secret''')$$);
RESET ROLE;
ALTER TABLE clicked RENAME COLUMN caption TO label;
REVOKE SELECT ON clicked FROM segment_references_alice;
SET ROLE segment_references_bob;
SELECT error_of($$SELECT segments.run_segment('mine')$$);
SET ROLE segment_references_alice;
SELECT error_of($$SELECT segments.segment_count('segment ''secret''')$$);
RESET ROLE;
-- A refresh lets the members of the last run stay, and notes the same.
CREATE TABLE kept AS SELECT name, segments.members(name)::text AS members FROM segments.segment_overview WHERE state <> 'never run';
SET client_min_messages = error;
CALL segments.refresh();
SET client_min_messages = warning;
SELECT name, state, last_sqlstate, last_error FROM segments.segment_overview ORDER BY name;
SELECT name FROM kept WHERE members <> segments.members(name)::text;
GRANT SELECT ON clicked TO segment_references_alice;
-- With its owner's rights, never with those of who refers: bob's on clicked are of no use to alice, nor the superuser's.
GRANT SELECT ON clicked TO segment_references_bob;
REVOKE SELECT ON clicked FROM segment_references_alice;
SELECT error_of($$SELECT segments.segment_count('segment ''secret''')$$);
SET ROLE segment_references_bob;
SELECT error_of($$SELECT segments.segment_count('segment ''secret''')$$);
RESET ROLE;
GRANT SELECT ON clicked TO segment_references_alice;
-- A grant that is taken away, and an owner who is.
SET ROLE segment_references_alice;
SELECT segments.revoke_members('secret', 'segment_references_bob');
SET ROLE segment_references_bob;
SELECT error_of($$SELECT segments.run_segment('mine')$$);
SET ROLE segment_references_alice;
SELECT kind, used_by FROM segments.segment_usage('secret');
SELECT segments.rename_segment('secret', 'renamed'), segments.rename_segment('renamed', 'secret'), segments.grant_members('secret', 'segment_references_bob');
RESET ROLE;
UPDATE segments.segment_owner SET owner_name = 'nobody' WHERE segment_id = (SELECT segment_id FROM segments.segment WHERE name = 'secret');
SET ROLE segment_references_bob;
SELECT error_of($$SELECT segments.segment_count('segment ''secret''')$$);
RESET ROLE;
SELECT error_of($$SELECT segments.segment_count('segment ''secret''')$$);
UPDATE segments.segment_owner SET owner_name = 'segment_references_alice' WHERE owner_name = 'nobody';

-- A frozen type freezes who refers to it, and is not named to who may not see it.
ALTER TABLE clicked RENAME COLUMN occurred_at TO moved;
SET client_min_messages = error;
CALL segments.refresh();
SELECT name, state, last_sqlstate, last_error ~ 'Clicked' AS named, CASE WHEN last_error !~ 'Clicked' THEN last_error END AS error FROM segments.segment_overview ORDER BY name;
SET client_min_messages = warning;
SET ROLE segment_references_bob;
SELECT segments.segment_count('segment ''secret''') >= 0 AS counted;
SELECT text, note FROM segments.segment_explain('segment ''secret''');
RESET ROLE;
ALTER TABLE clicked RENAME COLUMN moved TO occurred_at;
CALL segments.refresh();
SELECT name, state FROM segments.segment_overview ORDER BY name;

-- Cycles: refused when saving, and when evaluating what two transactions have made.
SET ROLE segment_references_alice;
SELECT error_of($$SELECT segments.create_segment('self', 'Opened or segment ''self''')$$);
SELECT segments.create_segment('a', 'Opened where n = 0') >= 0 AS a, segments.create_segment('b', 'not segment ''a''') >= 0 AS b, segments.create_segment('c', 'segment ''b'' or Clicked') >= 0 AS c;
SELECT error_of($$SELECT segments.update_segment('a', 'segment ''a''')$$);
SELECT error_of($$SELECT segments.update_segment('a', 'segment ''c''')$$);
SELECT error_of($$SELECT segments.update_segment('b', 'segment ''c''')$$);
RESET ROLE;
SET ROLE segment_references_alice;
SELECT segments.grant_members('a', 'segment_references_bob');
SET ROLE segment_references_bob;
SELECT segments.create_segment('his', 'segment ''a'' and Opened') >= 0 AS his, segments.grant_members('his', 'segment_references_alice');
SET ROLE segment_references_alice;
SELECT error_of($$SELECT segments.update_segment('a', 'segment ''his''')$$);
RESET ROLE;
UPDATE segments.segment SET definition = 'segment ''c''' WHERE name = 'a';
SET ROLE segment_references_alice;
SELECT error_of($$SELECT segments.run_segment('b')$$);
SELECT error_of($$SELECT segments.segment_count('segment ''b''')$$);
SET ROLE segment_references_bob;
SELECT error_of($$SELECT segments.run_segment('his')$$);
RESET ROLE;
SET client_min_messages = error;
CALL segments.refresh();
SET client_min_messages = warning;
SELECT name, last_sqlstate, last_error FROM segments.segment_overview WHERE name IN ('a', 'b', 'c', 'his') ORDER BY name;
UPDATE segments.segment SET definition = 'Opened where n = 0' WHERE name = 'a';
-- Nor without end, nor without measure.
SET ROLE segment_references_alice;
SELECT segments.create_segment('d1', 'Opened where n = 1') >= 0 AS d1;
DO $$ BEGIN FOR n IN 2 .. 33 LOOP PERFORM segments.create_segment('d' || n, format('segment ''d%s'' or not segment ''d%s''', n - 1, n - 1)::segments.definition, run => false); END LOOP; END $$;
SELECT error_of($$SELECT segments.create_segment('d34', 'segment ''d33''')$$);
SELECT segments.count_segment('d33') = segments.segment_count('all') AS counted;
SELECT count(*) FROM segments.explain_segment('d33');
SELECT count(*) FROM segments.explain_member('d33', 'p1');
DO $$ BEGIN FOR n IN REVERSE 33 .. 1 LOOP PERFORM segments.drop_segment('d' || n); END LOOP; END $$;

-- Other names: in definitions in force, as new versions, and in old ones; for those who may read it.
SELECT segments.update_segment('c', 'segment ''b'' and Clicked') >= 0 AS updated;
SELECT segments.rename_segment('b', 'it''s b');
SELECT segment, version, definition, change FROM segments.segment_versions WHERE segment IN ('c', 'it''s b') ORDER BY 1, 2;
SELECT segments.restore_segment('c', 1) >= 0 AS restored;
SELECT definition FROM segments.segment_overview WHERE name = 'c';
SET ROLE segment_references_bob;
SELECT segment, version, definition, change, saved_by FROM segments.segment_versions WHERE segment = 'his';
SET ROLE segment_references_alice;
SELECT segments.rename_segment('a', 'a2');
SET ROLE segment_references_bob;
SELECT segment, version, definition, change, saved_by FROM segments.segment_versions WHERE segment = 'his';
SET ROLE segment_references_alice;
SELECT segments.revoke_members('a2', 'segment_references_bob'), segments.rename_segment('a2', 'a3');
SET ROLE segment_references_bob;
SELECT definition, error_of($$SELECT segments.run_segment('his')$$) FROM segments.segment_overview WHERE name = 'his';

-- What others refer to is not dropped unless that is asked for.
SET ROLE segment_references_alice;
SELECT name, is_used FROM segments.segment_overview ORDER BY name;
SELECT kind, used_by FROM segments.segment_usage('a3');
SELECT kind, used_by FROM segments.segment_usage('it''s b');
SELECT kind, used_by FROM segments.segment_usage('secret');
SELECT error_of($$SELECT segments.drop_segment('it''s b')$$);
SELECT error_of($$SELECT segments.drop_segment('secret')$$);
SET client_min_messages = notice;
SELECT segments.drop_segment('it''s b', cascade => true);
SET client_min_messages = warning;
SELECT error_of($$SELECT segments.run_segment('c')$$);
SELECT segments.copy_segment('secret', 'copy') >= 0 AS copied;
RESET ROLE;
SET client_min_messages = error;
SELECT count(segments.drop_segment(name, cascade => true)) FROM segments.segment_overview;
