-- Definitions in other names, and with the segments they refer to written out.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_text_owner;
CREATE ROLE segments_test_text_other;
CREATE SCHEMA web;
CREATE TABLE web.visit (contact text, at timestamptz, page text, note text, "Note" text, amount numeric, is_new boolean);
CREATE TABLE web.click (contact text, at timestamptz, page text, link text);
CREATE TABLE web.person (contact text PRIMARY KEY, person text);
SELECT segments.register_interaction('web.visit', 'Visit', 'at', 'contact', record_type => 'contact', display_name => 'Page visit', aliases => '{PageView}',
    fields => '[{"column": "is_new", "name": "IsNew", "display_name": "from"}, {"column": "page", "display_name": "The \"page\""}, {"column": "note", "display_name": "Remark"}, {"column": "amount", "display_name": "remark"}]');
SELECT segments.register_interaction('web.click', 'Click', 'at', 'contact', record_type => 'contact', display_name => 'visit', fields => '[{"column": "page", "display_name": "The \"page\""}]');
SELECT segments.register_unification('web.person', record_type => 'contact', record_id_column => 'contact', profile_id_column => 'person');
INSERT INTO web.visit SELECT 'c' || i, timestamptz '2026-03-01' + i * interval '1 hour', 'p' || i % 3, 'n' || i % 2, 'N' || i % 5, i % 4, i % 5 = 0 FROM generate_series(1, 40) i;
INSERT INTO web.click SELECT 'c' || i, '2026-03-02', 'p' || i % 2, 'buy' FROM generate_series(1, 20) i;
INSERT INTO web.person SELECT 'c' || i, 'p' || i / 2 FROM generate_series(1, 40) i;
CALL segments.refresh();
GRANT USAGE ON SCHEMA web TO segments_test_text_owner, segments_test_text_other;
GRANT SELECT ON ALL TABLES IN SCHEMA web TO segments_test_text_owner, segments_test_text_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO segments_test_text_owner, segments_test_text_other;

-- Names.  A display name that is another's technical one, or that of two fields, gives way.
CREATE FUNCTION say(definition text) RETURNS TABLE (technical text, display text, means_the_same boolean) LANGUAGE sql AS $$
    SELECT technical, display, segments.segment_eval(definition, '2026-03-05') = segments.segment_eval(display, '2026-03-05')
        AND segments.segment_eval(definition, '2026-03-05') = segments.segment_eval(technical, '2026-03-05')
    FROM segments.definition_text(definition) technical, segments.definition_text(definition, 'display') display
$$;
\x on
SELECT said.* FROM unnest(ARRAY[
    'pageview where PAGE is equal to ''p1'' and "from" = true',
    'Visit where (note = ''n1'' or "Note" = ''N1'' and AMOUNT is greater than 2)',
    'Click where link starts with ''b'' and page has a value',
    'any of (PageView, CLICK) where Page = ''p1''',
    'any interaction where "the ""page""" = ''p1'' and timestamp > ''2026-03-01''',
    'Visit where "profile type" = ''contact'' and ProfileId <> ''c7'' and "at" <= Timestamp and page <> note']) AS definition, say(definition) said;
\x off
SELECT segments.definition_text('Visit where remark = ''n1''') AS ambiguous, segments.definition_text('Vist where x = 1 and Click where nothing = 2', 'display') AS unknown;
SELECT segments.definition_text(NULL) IS NULL AS nothing;
SELECT segments.definition_text('Visit', 'short');
SELECT segments.definition_text('Visit nver');

-- Segments written out.
SET ROLE segments_test_text_owner;
SELECT segments.create_segment('visitors', 'Visit since ''2026-03-02'' or Click'), segments.create_segment('both', 'segment ''visitors'' and Click'),
    segments.create_segment('listed', 'Click'), segments.create_segment('by hand', 'Click');
SELECT segments.include_members('listed', '{p1}');
SELECT segments.create_static_segment('fixed', '{p1,p2}');
SET segments.time_zone = 'Europe/Oslo';
SET segments.week_start = 'sunday';
SELECT segments.create_segment('in Oslo', 'Click this week', run => false);
RESET segments.time_zone;
RESET segments.week_start;
SET client_min_messages = notice;
SELECT segments.definition_text('segment ''visitors''', expand => true) AS alone, segments.definition_text('segment ''visitors''') AS kept;
SELECT segments.definition_text('not segment ''both'' and (PageView or segment ''both'' or segment ''visitors'')', 'display', true) AS within;
SELECT segments.definition_text('segment ''listed'' or segment ''fixed'' or segment ''in Oslo'' or segment ''in Oslo''', expand => true) AS stay;
SELECT segments.definition_text('segment ''none'' or segment ''both'' entered within last 3 days or segment ''both'' as of ''2026-03-01''', expand => true) AS others;
SET segments.time_zone = 'Europe/Oslo'; SET segments.week_start = 'sunday';
SELECT segments.definition_text('segment ''in Oslo''', expand => true) AS after_the_hint;
RESET segments.time_zone;
RESET segments.week_start;
SELECT segments.grant_members('both', 'segments_test_text_other');
SET ROLE segments_test_text_other;
-- Members of others are one opaque node, within segments of one's own, too.
SELECT segments.create_segment('mine', 'segment ''both'' or Visit');
SELECT segments.definition_text('segment ''mine'' and not segment ''visitors''', expand => true) AS opaque;
SET ROLE segments_test_text_owner;
-- Twice as long at each step.
SELECT count(segments.create_segment('twice ' || i, CASE i WHEN 0 THEN 'Visit or Click' ELSE format('segment ''twice %s'' or segment ''twice %s'' and Click', i - 1, i - 1) END,
    run => false, state => 'draft')) FROM generate_series(0, 14) i;
SELECT length(segments.definition_text('segment ''twice 5''', expand => true));
SELECT segments.definition_text('segment ''twice 14''', expand => true);
RESET ROLE;
SET client_min_messages = warning;

-- What is made means the same.
SELECT count(*) AS differing FROM unnest(ARRAY['segment ''both''', 'not segment ''both'' or segment ''visitors'' and Click', 'segment ''visitors'' except segment ''both''',
    'segment ''both'' and segment ''listed'' or segment ''fixed''', 'Visit except (segment ''both'' or segment ''twice 3'')']) AS definition, unnest('{technical,display}'::text[]) names
WHERE segments.segment_eval(definition) <> segments.segment_eval(segments.definition_text(definition, names, true));

SELECT segments.drop_segment(name, cascade => true) FROM segments.segment_overview;
DROP SCHEMA web CASCADE;
DROP OWNED BY segments_test_text_owner, segments_test_text_other;
DROP ROLE segments_test_text_owner, segments_test_text_other;
