-- Leaving: views that publish_segment made, and others on the members of segments, are told before DROP EXTENSION refuses; what the hints say keeps their rows.
SET client_min_messages = warning;
CREATE TABLE visit (contact text, at timestamptz);
CREATE TABLE person (contact text, person bigint);
INSERT INTO visit VALUES ('c', '2026-01-01'), ('d', '2026-01-02');
INSERT INTO person VALUES ('c', 1), ('d', 2);
SELECT segments.register_interaction('visit', 'Visit', 'at', 'contact', record_type => 'contact') > 0 AS registered;
SELECT segments.register_unification('person', record_type => 'contact', record_id_column => 'contact', profile_id_column => 'person');
CALL segments.refresh();
SELECT segments.create_segment('it''s "vip"', 'Visit'), segments.create_segment('late', 'Visit since ''2026-01-02''');
CREATE SCHEMA reporting;
SELECT segments.publish_segment('it''s "vip"', 'reporting', 'Vip'), segments.publish_segment('late', 'reporting');
CREATE VIEW reporting.own AS SELECT profile_id FROM segments_internal.member_int8 WHERE segment = 'late';
SELECT segments.detach_all();
DROP EXTENSION segments;
SELECT pg_get_viewdef('reporting.own') <> '' AS defined; CREATE TABLE reporting.own_kept AS TABLE reporting.own; DROP VIEW reporting.own; SELECT segments.detach_all();
CREATE TABLE reporting.late_kept AS TABLE reporting.late; SELECT segments.unpublish_segment('late');
CREATE TABLE reporting."Vip_kept" AS TABLE reporting."Vip"; SELECT segments.unpublish_segment('it''s "vip"');
SELECT segments.detach_all();
DROP EXTENSION segments;
SELECT 'own' AS kept, array_agg(profile_id ORDER BY profile_id) FROM reporting.own_kept UNION ALL SELECT 'late', array_agg(profile_id) FROM reporting.late_kept
UNION ALL SELECT 'Vip', array_agg(profile_id ORDER BY profile_id) FROM reporting."Vip_kept";
SELECT attname FROM pg_attribute WHERE attrelid IN ('visit'::regclass, 'person'::regclass) AND attnum > 0 AND NOT attisdropped;
