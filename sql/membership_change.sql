-- The table of changes of memberships: conditions, orders and joins against the stored history in plain SQL.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE TABLE opened (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 2000) i;
INSERT INTO opened SELECT 'r' || i, now() - interval '1 hour' FROM generate_series(1, 900) i;
CALL segments.refresh();
SELECT segments.create_segment('any', 'Opened'), segments.create_segment('often', 'Opened at least 2 times'),
    segments.create_segment('never', 'Opened never'), segments.create_segment('Quoted "name"', 'Opened');
INSERT INTO opened SELECT 'r' || i, now() - interval '1 hour' FROM generate_series(500, 1400) i;
DELETE FROM opened WHERE record_id IN (SELECT 'r' || i FROM generate_series(1, 40) i);
CALL segments.refresh();
UPDATE mapping SET profile_id = 'p7' WHERE record_id IN ('r50', 'r51', 'r1999');
UPDATE mapping SET profile_id = 'p900' WHERE record_id = 'r60';
UPDATE mapping SET profile_id = 'new' WHERE record_id = 'r61';
CALL segments.refresh();
UPDATE mapping SET profile_id = 'part' WHERE record_id = 'r50';
DELETE FROM opened WHERE record_id IN (SELECT 'r' || i FROM generate_series(600, 1000) i);
CALL segments.refresh();
SELECT segments.run_segment('any') > 0 AS run;

-- The oracle.
CREATE VIEW stored AS
SELECT s.name AS segment, p.profile_id, (ARRAY['left', 'split', 'merged', 'merged', 'entered'])[h.change] AS change,
       o.profile_id AS other_profile_id, r.run_id, r.refresh_id, r.at
FROM segments.membership_run r JOIN segments.segment s USING (segment_id) JOIN segments.membership_history h USING (run_id)
CROSS JOIN LATERAL (
    SELECT * FROM unnest(h.numbers, coalesce(h.others, '{}')) AS few (number, other) WHERE h.numbers IS NOT NULL
    UNION ALL SELECT p.number, NULL FROM segments.history_profile p
    WHERE h.members IS NOT NULL AND segments_internal.has_number(h.members, p.number)) AS n
JOIN segments.history_profile p ON p.number = n.number AND p.profile_id IS NOT NULL
LEFT JOIN segments.history_profile o ON o.number = n.other
WHERE h.change <> 0;
CREATE TABLE truth AS TABLE stored;
SELECT change, count(*) > 0 AS there FROM truth GROUP BY change ORDER BY change;
SELECT count(*) FILTER (WHERE members IS NOT NULL) > 3 AS bitmaps, count(*) FILTER (WHERE numbers IS NOT NULL) > 3 AS numbers FROM segments.membership_history;

-- Each condition: the same rows as in the table, none twice.
CREATE FUNCTION differs(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('WITH found AS (SELECT c.* FROM segments.membership_change c WHERE %1$s), wanted AS (SELECT c.* FROM truth c WHERE %1$s),
        more AS (TABLE found EXCEPT ALL TABLE wanted), less AS (TABLE wanted EXCEPT ALL TABLE found)
        SELECT CASE WHEN EXISTS (TABLE more) OR EXISTS (TABLE less) THEN ''differs'' WHEN EXISTS (TABLE wanted) THEN ''same'' ELSE ''none'' END', condition)
    INTO answer;
    RETURN answer;
END $$;
CREATE TABLE instants AS SELECT min(at) AS first, max(at) AS last, (array_agg(DISTINCT at))[2] AS second, min(run_id) AS run, min(refresh_id) AS refresh FROM truth;
SELECT condition, differs(condition) FROM (VALUES
    ('true'), ('false'),
    ('segment = ''any'''), ('segment = ''nobody'''), ('segment IN (''any'', ''often'')'), ('segment LIKE ''%a%'''), ('segment = ''Quoted "name"'''), ('segment IS NULL'),
    ('profile_id = ''p7'''), ('profile_id = ''p600'''), ('profile_id = ''nobody'''), ('profile_id IN (''p7'', ''p50'', ''p50'', ''part'', NULL)'),
    ('profile_id = ANY (''{}'')'), ('profile_id = NULL'), ('profile_id = ''p7'' AND profile_id = ''p8'''), ('profile_id = ''p7'' AND segment = ''any'''),
    ('profile_id LIKE ''p70%'''), ('profile_id > ''p7'' AND profile_id <= ''p9'''), ('profile_id IS NULL'),
    ('change = ''entered'''), ('change <> ''entered'''), ('change IN (''merged'', ''split'')'), ('change = ''left'' AND segment = ''often'''), ('change || segment = ''leftany'''),
    ('other_profile_id = ''p7'''), ('other_profile_id IS NOT NULL'), ('profile_id = ''p51'' AND other_profile_id = ''p7'''),
    ('at = (SELECT first FROM instants)'), ('at > (SELECT first FROM instants)'), ('at < (SELECT last FROM instants)'), ('at >= (SELECT second FROM instants)'),
    ('at <= (SELECT second FROM instants)'), ('at BETWEEN (SELECT first FROM instants) AND (SELECT second FROM instants)'), ('at > NULL'), ('at > ''infinity'''),
    ('at > (SELECT first FROM instants) AND segment = ''never'' AND change = ''left'''), ('(SELECT second FROM instants) > at'), ('date_trunc(''day'', at) < ''2000-01-01'''),
    ('run_id = (SELECT run FROM instants)'), ('run_id > (SELECT run FROM instants) + 3'), ('run_id IN (1, 2, 3)'), ('refresh_id = (SELECT refresh FROM instants)'),
    ('refresh_id + run_id > 5 AND segment <> ''any'''), ('random() >= 0'), ('c IS NOT NULL'), ('(segment, profile_id) IN ((''any'', ''p7''), (''often'', ''p700''))'),
    ('profile_id IN (SELECT ''p'' || i FROM generate_series(1, 60) i)'), ('EXISTS (SELECT FROM mapping m WHERE m.profile_id = c.profile_id AND m.record_id < ''r2'')')
) AS v (condition);
-- With more segments than are looked for one by one, too.
SELECT count(segments.create_segment('more ' || i, 'Opened never', false)) FROM generate_series(1, 40) i;
SELECT condition, differs(condition) FROM (VALUES ('true'), ('at > (SELECT first FROM instants)'), ('at <= (SELECT second FROM instants)'), ('at = ''-infinity'''),
    ('segment LIKE ''a%'''), ('profile_id = ''p61''')) AS v (condition);

-- Joins, laterals, prepared statements, cursors.
SELECT count(*) = (SELECT count(*) FROM truth t JOIN mapping m USING (profile_id) WHERE m.record_id LIKE 'r5%') AS joined
FROM segments.membership_change c JOIN mapping m USING (profile_id) WHERE m.record_id LIKE 'r5%';
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT count(*) = (SELECT count(*) FROM truth t JOIN mapping m USING (profile_id) WHERE m.record_id LIKE 'r5%') AS joined
FROM segments.membership_change c JOIN mapping m USING (profile_id) WHERE m.record_id LIKE 'r5%';
SELECT count(*) FROM instants i JOIN segments.membership_change c ON c.run_id = i.run JOIN truth t USING (run_id, profile_id)
    GROUP BY t.segment ORDER BY 1;
RESET enable_hashjoin;
RESET enable_mergejoin;
SELECT v.profile_id, array_agg(c.change || ' ' || c.segment ORDER BY c.run_id, c.segment, c.change)
FROM (VALUES ('p7'), ('p50'), ('p51'), ('part'), ('p60'), ('new'), ('p61'), ('nobody')) AS v (profile_id)
CROSS JOIN LATERAL (SELECT * FROM segments.membership_change c WHERE c.profile_id = v.profile_id) AS c GROUP BY 1 ORDER BY 1;
PREPARE of_profile(text, timestamptz) AS SELECT segment, change FROM segments.membership_change WHERE profile_id = $1 AND at > $2 ORDER BY at, segment;
SET plan_cache_mode = force_generic_plan;
EXECUTE of_profile('p61', '-infinity');
EXECUTE of_profile('p61', 'infinity');
EXECUTE of_profile(NULL, '-infinity');
RESET plan_cache_mode;
BEGIN;
DECLARE c CURSOR FOR SELECT segment, profile_id FROM segments.membership_change WHERE segment = 'any' ORDER BY at;
FETCH 2 FROM c;
SELECT segments.drop_segment('often');
MOVE FORWARD ALL FROM c;
ROLLBACK;

-- In the order of runs.
SELECT bool_and(at >= before) AS ordered, count(*) = (SELECT count(*) FROM truth) AS whole
FROM (SELECT at, lag(at, 1, '-infinity') OVER () AS before FROM (SELECT at FROM segments.membership_change ORDER BY at) AS o) AS o;
SELECT bool_and(at <= before) AS ordered, count(*) = (SELECT count(*) FROM truth) AS whole
FROM (SELECT at, lag(at, 1, 'infinity') OVER () AS before FROM (SELECT at FROM segments.membership_change ORDER BY at DESC NULLS LAST) AS o) AS o;
SELECT DISTINCT at = (SELECT last FROM instants) AS last FROM (SELECT at FROM segments.membership_change ORDER BY at DESC LIMIT 5) AS newest;
SELECT segment, change, count(*) FROM segments.membership_change GROUP BY 1, 2 EXCEPT SELECT segment, change, count(*) FROM truth GROUP BY 1, 2;
SELECT count(*) = (SELECT count(*) FROM truth) AS counted FROM segments.membership_change;

-- Plans.
EXPLAIN (COSTS off) SELECT * FROM segments.membership_change WHERE segment = 'any' AND at > '2020-01-01' AND change = 'left';
EXPLAIN (COSTS off) SELECT * FROM segments.membership_change WHERE profile_id = 'p7' AND other_profile_id = 'p8';
EXPLAIN (COSTS off) SELECT * FROM segments.membership_change ORDER BY at DESC LIMIT 1;
EXPLAIN (COSTS off) SELECT count(*) FROM segments.membership_change;

-- Who may read.
CREATE ROLE membership_change_reader;

SET ROLE membership_change_reader;
SELECT count(*) FROM segments.membership_change;
SELECT count(*) FROM segments.membership_change WHERE profile_id = 'p7';
RESET ROLE;
SELECT segments.grant_members('any', 'membership_change_reader');
SET ROLE membership_change_reader;
SELECT DISTINCT segment FROM segments.membership_change;
SELECT DISTINCT segment FROM segments.membership_change WHERE profile_id = 'p7';
SELECT count(*) FROM segments_internal.membership_change;
RESET ROLE;
-- A plan is older than what its user may read.
SET ROLE membership_change_reader;
SET plan_cache_mode = force_generic_plan;
PREPARE readable AS SELECT count(*) > 0 AS readable FROM segments.membership_change;
PREPARE readable_of(text) AS SELECT count(*) > 0 AS readable FROM segments.membership_change WHERE profile_id = $1;
EXECUTE readable;
EXECUTE readable_of('p7');
RESET ROLE;
SELECT segments.revoke_members('any', 'membership_change_reader');
SET ROLE membership_change_reader;
EXECUTE readable;
EXECUTE readable_of('p7');
RESET ROLE;
RESET plan_cache_mode;
SELECT segments.grant_members('any', 'membership_change_reader');

DO $$ BEGIN
    INSERT INTO segments.membership_change (segment) VALUES ('any');
EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLSTATE; END $$;

-- Tables that users make on the server: columns of other types or names are refused, not misread.
GRANT USAGE ON FOREIGN SERVER segments_membership_change TO membership_change_reader;
CREATE SCHEMA membership_change_own AUTHORIZATION membership_change_reader;
SET ROLE membership_change_reader;
CREATE FUNCTION membership_change_own.answer(columns text, query text DEFAULT 'SELECT t FROM own t') RETURNS text LANGUAGE plpgsql
SET search_path = membership_change_own AS $$
DECLARE
    result text;
    hint text;
BEGIN
    EXECUTE 'CREATE FOREIGN TABLE own (' || columns || ') SERVER segments_membership_change';
    EXECUTE query INTO result;
    DROP FOREIGN TABLE own;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', sqlstate || ' ' || sqlerrm, hint);
END $$;
SELECT membership_change_own.answer('at timestamptz, refresh_id bigint, run_id bigint, other_profile_id text, change text, profile_id text, segment text',
    'SELECT string_agg(change, '' '' ORDER BY at) FROM own WHERE profile_id = ''p7''');
SELECT membership_change_own.answer('segment text, profile_id text, change text, other_profile_id text, run_id bigint, refresh_id bigint, at text');
SELECT membership_change_own.answer('segment text, profile_id text, change int, other_profile_id text, run_id bigint, refresh_id bigint, at timestamptz',
    'SELECT count(*) FROM own');
SELECT membership_change_own.answer('segment text, profile_id text, change text, other_profile_id text, run_id bigint, refresh_id bigint, at timestamptz, since timestamptz',
    'SELECT count(*) FROM own WHERE segment = ''any''');
SELECT membership_change_own.answer('segment text, profile_id text, change text, run_id bigint, refresh_id bigint, at timestamptz',
    'SELECT count(*) FROM own WHERE profile_id = ''p7''');
RESET ROLE;
DROP SCHEMA membership_change_own CASCADE;

-- Whoever was erased is in none of it, and counts in none.
SELECT count(*) > 0 AS erased FROM segments.erase_profile('p700');
SELECT differs('true') AS with_the_erased, count(*) = (SELECT count(*) FROM truth WHERE profile_id <> 'p700') AS counted FROM segments.membership_change;
DELETE FROM truth WHERE profile_id = 'p700';
SELECT differs('true'), differs('profile_id = ''p700''');

-- Of profiles that are named, too, rows come in the order of their times.
SELECT string_agg(quote_literal(profile_id), ',') AS ids FROM (SELECT DISTINCT profile_id FROM truth ORDER BY 1 LIMIT 40) p \gset
SET enable_sort = off;
SELECT count(*) > 40 AS many, count(*) FILTER (WHERE at < previous) AS misplaced
FROM (SELECT at, lag(at) OVER () AS previous FROM (SELECT at FROM segments.membership_change WHERE profile_id IN (:ids) ORDER BY at OFFSET 0) o) w;
SELECT (SELECT max(at) FROM segments.membership_change WHERE profile_id IN (:ids)) = (SELECT max(at) FROM truth WHERE profile_id IN (:ids)) AS newest;
RESET enable_sort;

-- Damaged history: an error for whoever names segments, else a warning; the rest is there.
CREATE TABLE whole AS TABLE segments.membership_history;
UPDATE segments.membership_history h SET checksum = h.checksum + 1 FROM segments.membership_run r JOIN segments.segment s USING (segment_id)
WHERE h.run_id = r.run_id AND s.name = 'never';
DO $$ BEGIN
    PERFORM FROM segments.membership_change WHERE segment = 'never';
EXCEPTION WHEN OTHERS THEN RAISE WARNING '% %', SQLSTATE, SQLERRM; END $$;
SELECT count(*) = (SELECT count(*) FROM truth WHERE segment <> 'never') AS others FROM segments.membership_change;
UPDATE segments.membership_history h SET checksum = w.checksum FROM whole w
WHERE (h.run_id, h.step, h.change, h.part) = (w.run_id, w.step, w.change, w.part) AND h.checksum <> w.checksum;
SELECT differs('true');
-- A draft has no members, but a past.
SELECT segments.set_segment_state('often', 'draft');
SELECT count(*) FROM segments.member WHERE segment = 'often';
TRUNCATE truth;
INSERT INTO truth TABLE stored;
SELECT differs('true'), differs('segment = ''often''');
SELECT change, count(*) > 0 AS there FROM segments.membership_change WHERE segment = 'often' AND run_id = (SELECT max(run_id) FROM truth) GROUP BY change;
-- Two runs over one published state are two; each is in force until the next.
SELECT segments.update_segment('any', 'Opened at least 2 times');
SELECT segments.update_segment('any', 'Opened');
SELECT count(DISTINCT run_id) AS runs, count(DISTINCT refresh_id) AS refreshes, array_agg(DISTINCT change) AS changes
FROM segments.membership_change WHERE segment = 'any' AND refresh_id = (SELECT refresh_id FROM segments.published)
    AND run_id > (SELECT max(run_id) FROM truth);
SELECT count(*) AS differences FROM segments.size_history size
WHERE segment = 'any' AND members <> (SELECT count(*) FROM segments.members_at('any', size.at));
DROP OWNED BY membership_change_reader;
DROP ROLE membership_change_reader;
