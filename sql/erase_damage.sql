-- Damaged bytes: an erasure does not rewrite them as if they were right, and no proof is given over them.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id text, occurred_at timestamptz, email text);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id', record_type => 'contact');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'c' || n, 'p' || n / 2 FROM generate_series(1, 40) n;
INSERT INTO opened SELECT record_id, '2026-01-01', record_id || '@example.org' FROM mapping;
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened');

-- What a call says about damage, which is undone, and whether it changed anything.
CREATE VIEW stored AS SELECT (SELECT count(*) FROM opened) AS opened, (SELECT count(*) FROM mapping) AS mapped,
    (SELECT count(*) FROM segments.record) AS records, (SELECT count(*) FROM segments.erasure) AS erasures;
CREATE FUNCTION flip(bytes bytea, place int) RETURNS bytea LANGUAGE sql AS $$
    SELECT set_byte(bytes, place, get_byte(bytes, place) # 1) $$;
CREATE FUNCTION outcome(damage text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
    detail text;
    before stored;
    after stored;
BEGIN
    SELECT * INTO before FROM stored;
    BEGIN
        EXECUTE damage;
        EXECUTE call;
        said := 'no error';
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        said := SQLSTATE || ' ' || regexp_replace(SQLERRM, 'fragment \d+', 'fragment N') || ': ' || detail;
    END;
    SELECT * INTO after FROM stored;
    RETURN said || CASE WHEN before = after THEN '' ELSE ' CHANGED' END;
END
$$;
CREATE TABLE damage (what text, statement text);
INSERT INTO damage VALUES
    ('members', 'UPDATE segments.membership SET members = flip(members, octet_length(members) - 1)'),
    ('members of another segment', 'UPDATE segments.membership SET checksum = checksum + 1'),
    ('member count', 'UPDATE segments.membership SET member_count = member_count + 1'),
    ('profile map', 'UPDATE segments.tile SET profile_map = flip(profile_map, octet_length(profile_map) - 1)'),
    ('rows', 'UPDATE segments.fragment SET data = flip(data, octet_length(data) - 1) WHERE field = 0'),
    ('times', 'UPDATE segments.fragment SET data = flip(data, octet_length(data) - 1) WHERE field = -1'),
    ('field', 'UPDATE segments.fragment SET data = flip(data, octet_length(data) / 2) WHERE field = 3');
SELECT what, outcome(statement, 'SELECT segments.erase_profile(''p7'')') FROM damage;
-- (Times say nothing about anybody: the proof does not read them.)
SELECT what, outcome(statement, 'SELECT segments.forgotten(''nobody'')') FROM damage WHERE what <> 'times';

-- The hint, followed.
UPDATE segments.membership SET members = flip(members, octet_length(members) - 1);
SELECT segments.erase_profile('p7');
SELECT segments.run_segment('openers');
CALL segments.refresh();
SELECT profiles, records, interactions FROM segments.erase_profile('p7');
SELECT * FROM segments.forgotten('p7', '{{contact,c14},{contact,c15}}', '{c14@example.org,c15@example.org}');
SELECT segments.cardinality(segments.members('openers')) AS members, (SELECT count(DISTINCT profile_id) FROM mapping) AS truth;
