-- Who entered or left a saved segment, or was a member of it at a time: against membership_change and members_at, at the edges of
-- times, after changes of the mapping; what a refresh sees; who may ask; where the history ends.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE bought (record_id text, at timestamptz DEFAULT now(), n int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id') > 0 AS registered;
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || n, 'p' || n / 2 FROM generate_series(1, 300) n;
INSERT INTO bought SELECT 'r' || n, now(), n % 7 FROM generate_series(1, 300) n;
CALL segments.refresh();
SELECT segments.create_segment('buyers', 'Bought where n = 1') > 0 AS created;
CREATE TABLE moment (at timestamptz);

-- Rounds of changes, with a run after each: who enters, leaves, comes back, merges, splits and is named anew.
CREATE FUNCTION change(round int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO moment VALUES (clock_timestamp());
    PERFORM setseed(round / 10.0);
    UPDATE bought SET n = floor(random() * 7) WHERE random() < 0.2;
    DELETE FROM bought WHERE random() < 0.05;
    INSERT INTO bought SELECT 'r' || ceil(random() * 300), now(), floor(random() * 7) FROM generate_series(1, 20);
    UPDATE mapping SET profile_id = 'p' || floor(random() * 150) WHERE random() < 0.04;
    UPDATE mapping SET profile_id = 'q' || profile_id WHERE profile_id = 'p' || round * 3;
END
$$;
SELECT change(1);
CALL segments.refresh();
SELECT change(2);
CALL segments.refresh();
SELECT change(3);
CALL segments.refresh();
SELECT change(4);
CALL segments.refresh();
SELECT change(5);
CALL segments.refresh();
SELECT segments.run_segment('buyers') > 0 AS run;

-- The times of runs, a microsecond before and after each, and times between them.
CREATE TABLE edge AS
SELECT DISTINCT at + shift * interval '1 microsecond' AS at
FROM (SELECT at FROM segments.size_history WHERE segment = 'buyers' UNION ALL SELECT at FROM moment) run, generate_series(-1, 1) shift;
CREATE FUNCTION evaluated(definition text) RETURNS text[] LANGUAGE sql AS $$
    SELECT ARRAY(SELECT profile_id FROM segments.profiles(segments.segment_eval(definition::segments.definition)) profile_id ORDER BY profile_id)
$$;
CREATE FUNCTION changed(kind text, first timestamptz, before timestamptz) RETURNS text[] LANGUAGE sql AS $$
    SELECT ARRAY(SELECT DISTINCT profile_id FROM segments.membership_change c
                 WHERE segment = 'buyers' AND change = kind AND at >= first AND at < before
                     AND profile_id IN (SELECT profile_id FROM mapping) ORDER BY profile_id)
$$;
SELECT count(*) > 10 AS edges FROM edge;
SELECT kind, count(*) > 50 AS asked, count(*) FILTER (WHERE cardinality(wanted) > 0) > 20 AS some, count(*) FILTER (WHERE got <> wanted) AS wrong
FROM (SELECT kind, evaluated(format('segment %L %s from %L to %L', 'buyers', kind, a.at, b.at)) AS got, changed(kind, a.at, b.at) AS wanted
      FROM edge a JOIN edge b ON a.at < b.at, unnest(ARRAY['entered', 'left']) kind) asked
GROUP BY kind ORDER BY kind;
SELECT kind, count(*) FILTER (WHERE got <> wanted) AS wrong_since, count(*) FILTER (WHERE before_got <> before_wanted) AS wrong_before
FROM (SELECT kind, evaluated(format('segment %L %s since %L', 'buyers', kind, at)) AS got, changed(kind, at, 'infinity') AS wanted,
          evaluated(format('segment %L %s before %L', 'buyers', kind, at)) AS before_got, changed(kind, '-infinity', at) AS before_wanted
      FROM edge, unnest(ARRAY['entered', 'left']) kind) asked
GROUP BY kind ORDER BY kind;
SELECT count(*) FILTER (WHERE got <> wanted) AS wrong, count(*) FILTER (WHERE cardinality(got) > 0) > 5 AS some, count(*) FILTER (WHERE cardinality(got) = 0) > 0 AS none
FROM (SELECT evaluated(format('segment %L as of %L', 'buyers', at)) AS got,
          ARRAY(SELECT m FROM segments.members_at('buyers', at) m WHERE m IN (SELECT profile_id FROM mapping) ORDER BY m) AS wanted
      FROM (SELECT at FROM edge UNION ALL SELECT unnest(ARRAY['-infinity', 'infinity', '2000-01-01']::timestamptz[])) edge) asked;
-- Windows that slide, and what is joined to them.
SELECT evaluated('segment ''buyers'' entered within last 1 hour') = changed('entered', '-infinity', 'infinity') AS hour,
       evaluated('segment ''buyers'' entered today or segment ''buyers'' entered yesterday') = changed('entered', '-infinity', 'infinity') AS day,
       evaluated('segment ''buyers'' left more than 1 hour ago') = '{}' AS ago,
       evaluated('segment ''buyers'' left between 0 and 1 hours ago') = changed('left', '-infinity', 'infinity') AS between_ago;
SELECT evaluated('segment ''buyers'' except segment ''buyers'' entered within last 1 day') = ARRAY(
           SELECT profile_id FROM segments.member WHERE segment = 'buyers' AND profile_id <> ALL (changed('entered', '-infinity', 'infinity')) ORDER BY 1) AS by_merges,
       evaluated('not segment ''buyers'' left today and Bought') = ARRAY(SELECT DISTINCT profile_id FROM bought JOIN mapping USING (record_id) WHERE profile_id <> ALL (changed('left', '-infinity', 'infinity')) ORDER BY 1) AS never_left;
SELECT segments.segment_count('segment ''buyers'' entered within last 1 day', now() + interval '2 days') AS in_two_days,
       segments.segment_count('segment ''buyers'' as of ''yesterday''', now() + interval '2 days') = segments.segment_count('segment ''buyers''') AS yesterday_then;

-- A refresh sees what was published before it, in whatever order it runs its segments.
SELECT segments.create_segment('a before', 'segment ''buyers'' entered within last 1 day') > 0 AS a,
       segments.create_segment('z after', 'segment ''buyers'' entered within last 1 day') > 0 AS z;
INSERT INTO mapping VALUES ('new', 'new');
INSERT INTO bought VALUES ('new', now(), 1);
CALL segments.refresh();
SELECT segment FROM segments.member WHERE profile_id = 'new' ORDER BY segment;
CALL segments.refresh();
SELECT segment FROM segments.member WHERE profile_id = 'new' ORDER BY segment;

-- Explained.
SELECT segments.create_segment('both', 'segment ''a before'' and (segment ''buyers'' entered today or segment ''buyers'' as of ''2000-01-01'')') > 0 AS some;
SELECT node, depth, text, members > 0 AS some, fragments_read, note FROM segments.explain_segment('both') ORDER BY node;
SELECT node, depth, text, verdict, interactions, first_at = (SELECT min(at) FROM segments.membership_change WHERE segment = 'buyers' AND profile_id = 'new') AS first,
    changes_at IS NOT NULL AS changes, note FROM segments.explain_member('both', 'new') ORDER BY node;
SELECT segments.create_segment('once', 'segment ''buyers'' as of ''yesterday''');
SELECT node, text, verdict, changes_at, note FROM segments.explain_member('once', 'new');
-- It changes when explain_member says, not a microsecond before; whether that is so for all who entered or left, too.
CREATE TABLE foreseen (name text, definition text, profile_id text, verdict boolean, changes_at timestamptz);
SELECT segments.create_segment('gone', 'segment ''buyers'' left previous 1 day or segment ''buyers'' left more than 2 days ago') >= 0 AS gone,
       segments.create_segment('not new', 'not segment ''buyers'' entered today') >= 0 AS not_new;
INSERT INTO foreseen
SELECT s.name, s.definition, m.profile_id, e.verdict, e.changes_at
FROM segments.segment_overview s, (SELECT DISTINCT profile_id FROM mapping ORDER BY 1 LIMIT 40) m, segments.explain_member(s.name, m.profile_id) e
WHERE s.name IN ('a before', 'gone', 'not new') AND e.node = 1;
SELECT name, count(*) FILTER (WHERE changes_at IS NOT NULL) > 2 AS some_change,
    count(*) FILTER (WHERE verdict <> (profile_id IN (SELECT segments.profiles(segments.segment_eval(definition::segments.definition, now()))))) AS wrong,
    count(*) FILTER (WHERE changes_at IS NOT NULL AND verdict <> (profile_id IN (SELECT segments.profiles(segments.segment_eval(definition::segments.definition, changes_at - interval '1 microsecond'))))) AS too_late,
    count(*) FILTER (WHERE changes_at IS NOT NULL AND verdict = (profile_id IN (SELECT segments.profiles(segments.segment_eval(definition::segments.definition, changes_at))))) AS too_early
FROM foreseen GROUP BY name ORDER BY name;
SELECT members FROM segments.membership_forecast('a before', 3) ORDER BY at;

-- Names, JSON, drops.
SELECT segments.rename_segment('buyers', 'who bought');
SELECT name, definition FROM segments.segment_overview WHERE name IN ('a before', 'z after') ORDER BY name;
SELECT definition_json, segments.definition_from_json(definition_json)::text = definition::text AS same
FROM (SELECT definition, segments.definition_json(definition) FROM (VALUES ('segment ''x'' entered previous 2 weeks'::segments.definition), ('segment ''x'' left on ''2026-03-01'''), ('segment ''x'' as of date ''2026-03-01''')) v (definition)) j;
SELECT segments.definition_from_json('{"segment": "x", "entered": {"this": "day"}, "asOf": "today"}');
SELECT segments.definition_from_json('{"segment": "x", "asOf": 5}');
SELECT segments.drop_segment('who bought');

-- A segment does not ask its own history, but through another one: that is evaluated by nobody.
SELECT segments.create_segment('one', 'Bought where n = 3') > 0 AS one, segments.create_segment('other', 'segment ''one''') > 0 AS other;
SELECT segments.update_segment('one', 'Bought where n = 4 or segment ''other'' as of ''yesterday''') > 0 AS updated;
SELECT segments.segment_count('segment ''other''') = segments.segment_count('segment ''one''') AS same, segments.run_segment('other') > 0 AS run;
SELECT segments.update_segment('one', 'segment ''one'' as of ''yesterday''');
SELECT segments.drop_segment('other', cascade => true), segments.drop_segment('one', cascade => true);
SELECT segments.update_segment('who bought', 'segment ''who bought'' left today');
SELECT segments.create_segment('own', 'segment ''own'' entered today');

-- What would have been right.
SELECT 'segment ''x'' within last 7 days'::segments.definition;
SELECT 'segment ''x'' entered'::segments.definition;
SELECT 'segment ''x'' entered at least 2 times'::segments.definition;
SELECT 'segment ''x'' left between 2 and 3 times'::segments.definition;
SELECT 'segment ''x'' as of 5'::segments.definition;
SELECT 'segment ''x'' as at ''today'''::segments.definition;
SELECT 'segment ''x'' enterd today'::segments.definition;
SELECT 'segment  ''x''   ENTERED in the past 1 weeks and segment ''x'' As Of ''today'''::segments.definition;
SELECT segments.create_segment('reversed', 'segment ''who bought'' entered from ''2026-03-05'' to ''2026-03-01''');
SELECT segments.segment_count('segment ''who bought'' as of ''2026-13-01''');

-- Whoever may read the members may ask.
CREATE ROLE past_references_reader;
GRANT USAGE ON SCHEMA segments TO past_references_reader;
GRANT EXECUTE ON FUNCTION segments.segment_count(segments.definition, timestamptz) TO past_references_reader;
SET ROLE past_references_reader;
SELECT segments.segment_count('segment ''who bought'' entered today');
RESET ROLE;
SELECT segments.grant_members('who bought', 'past_references_reader');
SET ROLE past_references_reader;
SELECT segments.segment_count('segment ''who bought'' entered today') > 0 AS some, segments.segment_count('segment ''who bought'' as of ''infinity''') > 0 AS all;
RESET ROLE;
SELECT segments.revoke_members('who bought', 'past_references_reader');

-- Asking for many times takes long: that ends at the limit of a segment, and others are run.
SELECT segments.create_segment('many times', string_agg(format('segment %L as of %L', 'who bought', now() - n * interval '1 hour'), ' or ')::segments.definition) >= 0 AS made FROM generate_series(1, 4000) n;
SELECT segments.create_segment('few', 'Bought where n = 2') > 0 AS few;
SET segments.segment_time_limit = '100ms';
SET client_min_messages = error;
CALL segments.refresh();
RESET segments.segment_time_limit;
SELECT name, state, last_sqlstate, last_error FROM segments.segment_overview WHERE name IN ('few', 'many times') ORDER BY name;
SELECT segments.drop_segment('many times');
SET client_min_messages = warning;

-- The history ends where it was cut: said, and a segment that asks for more keeps its members.
SELECT segments.create_segment('ever', 'segment ''who bought'' entered since ''2000-01-01''') AS ever \gset
SET segments.history_retention = 0;
UPDATE bought SET n = n + 1;
CALL segments.refresh();
RESET segments.history_retention;
SELECT segments.segment_count('segment ''who bought'' entered since ''2000-01-01''');
SELECT segments.segment_count('segment ''who bought'' as of ''2000-01-01''');
SELECT segments.segment_count('segment ''who bought'' as of ''infinity''') = (SELECT count(*) FROM segments.member WHERE segment = 'who bought') AS now;
-- Warnings come in no order.
SET client_min_messages = error;
CALL segments.refresh();
SELECT state, last_sqlstate, last_error, members = :ever AS kept FROM segments.segment_overview WHERE name = 'ever';
UPDATE bought SET n = n - 1;
CALL segments.refresh();
SELECT max(at) AS cut FROM segments.size_history WHERE segment = 'who bought' \gset
SELECT segments.segment_count(format('segment ''who bought'' left since %L', :'cut')::segments.definition) > 0 AS after_the_cut;
DROP OWNED BY past_references_reader;
DROP ROLE past_references_reader;

-- What was never run has no history, which explain says.
SELECT segments.create_segment('a draft', 'all', state => 'draft');
SELECT text, members, note FROM segments.segment_explain('segment ''a draft'' entered within last 7 days or segment ''a draft'' as of ''2026-01-01'' or segment ''a draft'' left this month');
SELECT segments.set_segment_state('a draft', 'active');
CALL segments.refresh();
SELECT text, note FROM segments.segment_explain('segment ''a draft'' as of ''2026-01-01''');
