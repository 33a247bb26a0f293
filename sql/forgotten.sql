-- That a proof of an erasure finds what is left, wherever that is: leftovers are planted place by place.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id text, occurred_at timestamptz, email text, phone bigint, token uuid, recommended_by text);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id', record_type => 'contact',
    relations => '[{"name": "profile", "record_type": "contact", "record_id_column": "record_id", "default": true},
                   {"name": "recommender", "record_type": "contact", "record_id_column": "recommended_by", "default": false}]');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'c' || i, 'p' || i / 2 FROM generate_series(1, 40) i;
INSERT INTO opened SELECT 'c' || i, '2026-01-01'::timestamptz + n * interval '1 day', 'p' || i / 2 || '@example.org', 4930000 + i,
    ('00000000-0000-0000-0000-0000000000' || i + 10)::uuid, NULL FROM generate_series(1, 40) i, generate_series(1, 2) n;
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened');
SELECT segments.create_segment('named', 'Opened where email = ''p7@example.org''');
UPDATE opened SET occurred_at = occurred_at + interval '1 hour' WHERE record_id IN ('c14', 'c20');
CALL segments.refresh();
UPDATE mapping SET profile_id = 'p7' WHERE record_id = 'c16';
CALL segments.refresh();
ANALYZE segments.record;
DELETE FROM opened WHERE record_id IN ('c14', 'c20') AND occurred_at < '2026-01-03';
CREATE FUNCTION leftovers() RETURNS TABLE (place text, occurrences bigint, detail text) LANGUAGE sql AS $$
    SELECT * FROM segments.forgotten('p7', '{{contact,c14},{contact,c15},{contact,c16}}',
                                     '{p7@example.org,4930014,00000000-0000-0000-0000-000000000025}') ORDER BY place COLLATE "C", detail COLLATE "C"
$$;

-- Nothing is forgotten yet.
SELECT * FROM leftovers();
CREATE TABLE kept_record AS SELECT * FROM segments.record;
CREATE TABLE kept_previous_profile AS SELECT * FROM segments.previous_profile;
CREATE TABLE kept_fragment AS SELECT * FROM segments.fragment;
CREATE TABLE kept_tile AS SELECT * FROM segments.tile;
CREATE TABLE kept_membership AS SELECT * FROM segments.membership;
CREATE TABLE kept_change_log AS SELECT * FROM segments.change_log;
SELECT records, interactions, mapping_rows FROM segments.erase_profile('p7');
-- Only what a user wrote names them still.
SELECT * FROM leftovers();
SELECT segments.update_segment('named', 'Opened'), segments.forget_versions('named');
SELECT * FROM leftovers();

-- Everything else, planted.
\echo records and traces
INSERT INTO segments.record SELECT * FROM kept_record WHERE record_id = 'c14';
SELECT * FROM leftovers();
DELETE FROM segments.record WHERE record_id = 'c14';
INSERT INTO segments.previous_profile VALUES ('contact', 'c99', 'p7', 1, now()), ('contact', 'c15', 'p99', 1, now());
SELECT * FROM leftovers();
TRUNCATE segments.previous_profile;

\echo messages of errors
UPDATE segments.refresh SET reason = 'record "c15" of type "contact" is mapped more than once: ''p7'', ''p8''' WHERE refresh_id = 1;
UPDATE segments.segment_state SET last_error = 'profile ''p7'': p7@example.org';
SELECT * FROM leftovers();
SELECT profiles, records FROM segments.erase_profile('p7');
SELECT reason FROM segments.refresh WHERE refresh_id = 1;
SELECT * FROM leftovers();
UPDATE segments.refresh SET reason = 'other-c15 and c150, and c15 or so' WHERE refresh_id = 1;
UPDATE segments.segment_state SET last_error = NULL;
SELECT * FROM leftovers();

UPDATE segments.interaction_type SET aliases = '{other,p7}';
SELECT * FROM leftovers();
UPDATE segments.interaction_type SET aliases = '{}';

\echo the log: an interaction, and a row of the mapping
INSERT INTO segments.change_log OVERRIDING SYSTEM VALUE SELECT * FROM kept_change_log;
SELECT * FROM leftovers();
TRUNCATE segments.change_log;
INSERT INTO segments.change_log (leaf, rows_id, old_block, old_row) VALUES ('mapping'::regclass, 0, 0, 'contact\000c16');
SELECT * FROM leftovers();
TRUNCATE segments.change_log;

\echo fragments
CREATE TABLE clean_fragment AS SELECT * FROM segments.fragment;
INSERT INTO segments.fragment SELECT * FROM kept_fragment k
WHERE NOT EXISTS (SELECT FROM segments.fragment f WHERE f.fragment_id = k.fragment_id AND f.field = k.field AND f.from_refresh = k.from_refresh);
SELECT place, occurrences > 0 AS found, detail FROM leftovers();
DELETE FROM segments.fragment;
INSERT INTO segments.fragment SELECT * FROM clean_fragment;
SELECT * FROM leftovers();
\echo - bounds
UPDATE segments.fragment SET lower_bound = 'p7@example.org' WHERE field = 3 AND to_refresh = 9223372036854775807;
SELECT place, occurrences > 0 AS found, detail FROM leftovers();
DELETE FROM segments.fragment;
INSERT INTO segments.fragment SELECT * FROM clean_fragment;

\echo ordinals that were moved
INSERT INTO segments.moved_record SELECT 4000000000, 4000000001;
INSERT INTO segments.moved_profile SELECT 1, min(ordinal), 4000000000 FROM segments.record;
SELECT place, occurrences, detail FROM leftovers();
TRUNCATE segments.moved_record, segments.moved_profile;

\echo profile maps and members
CREATE TABLE clean_tile AS SELECT * FROM segments.tile;
CREATE TABLE clean_membership AS SELECT * FROM segments.membership;
UPDATE segments.tile t SET profile_map = k.profile_map FROM kept_tile k WHERE k.tile = t.tile AND k.from_refresh = t.from_refresh;
UPDATE segments.membership m SET members = k.members, member_count = k.member_count, checksum = k.checksum, since = k.since FROM kept_membership k
WHERE k.tile = m.tile AND k.segment_id = m.segment_id AND k.from_refresh = m.from_refresh AND m.to_refresh = 9223372036854775807;
SELECT place, occurrences > 0 AS found, detail FROM leftovers();
DELETE FROM segments.tile;
INSERT INTO segments.tile SELECT * FROM clean_tile;
DELETE FROM segments.membership;
INSERT INTO segments.membership SELECT * FROM clean_membership;
UPDATE segments.membership m SET since = k.since FROM kept_membership k
WHERE k.tile = m.tile AND k.segment_id = m.segment_id AND k.from_refresh = m.from_refresh AND m.since <> k.since;
SELECT place, occurrences > 0 AS found, detail FROM leftovers();
DELETE FROM segments.membership;
INSERT INTO segments.membership SELECT * FROM clean_membership;
SELECT * FROM leftovers();

\echo the registered tables, by any relation
INSERT INTO mapping VALUES ('c15', 'p3');
INSERT INTO opened (record_id, occurred_at, recommended_by) VALUES ('c3', '2026-01-01', 'c14');
SELECT place, occurrences, detail FROM leftovers() WHERE place LIKE 'public.%';
CALL segments.refresh();
SELECT place, occurrences, detail FROM leftovers() WHERE place IN ('segments.record', 'segments.fragment');

\echo ids that others go by
-- A profile may be called as another's record is.
INSERT INTO mapping VALUES ('c91', 'a'), ('c92', 'e'), ('a', 'e');
INSERT INTO opened (record_id, occurred_at) VALUES ('c91', '2026-01-01'), ('c92', '2026-01-01');
CALL segments.refresh();
SELECT profiles, records FROM segments.erase_profile('e');
SELECT count(*) > 0 AS found FROM segments.profile_ids WHERE lowest = 'a';
SELECT * FROM segments.forgotten('e', '{{contact,c92},{contact,a}}');

\echo arguments
SELECT * FROM segments.forgotten(NULL);
SELECT * FROM segments.forgotten('p7', '{contact,c1}');
SELECT * FROM segments.forgotten('p7', '{{contact,NULL}}');
SELECT * FROM segments.forgotten('p7', '{}', '{NULL}');
SELECT * FROM segments.forgotten('p7');

\echo where it looks
-- Texts are searched wherever there are any.  A column that is new here is not: teach forgotten() what it may hold.
SELECT class.relname, attribute.attname, attribute.atttypid::regtype
FROM pg_depend member
JOIN pg_class class ON class.oid = member.objid AND class.relkind IN ('r', 'p') AND NOT class.relispartition
JOIN pg_attribute attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
WHERE member.classid = 'pg_class'::regclass AND member.refclassid = 'pg_extension'::regclass AND member.deptype = 'e'
  AND member.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'segments')
  AND NOT EXISTS (SELECT FROM segments_internal.own_text_columns() searched
                  WHERE searched.relation = class.oid AND searched.column_name = attribute.attname)
  AND (attribute.attname LIKE '%ordinal%'
       OR attribute.atttypid <> ALL ('{boolean,smallint,integer,bigint,oid,oid[],regclass,segments_internal.named_relation,regrole,name,timestamptz,interval,xid8,pg_snapshot}'::regtype[]))
ORDER BY class.relname, attribute.attnum;
\echo - a default for rows that are older than their column
ALTER TABLE opened ADD COLUMN owner text DEFAULT 'p7@example.org';
CALL segments.refresh();
SELECT place, occurrences > 0 AS found, detail FROM leftovers() WHERE place IN ('segments.source_column', 'public.opened');
