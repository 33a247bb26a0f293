-- Every id that a person was ever known by goes from the history, however often the mapping was numbered anew.
SET client_min_messages = warning;
CREATE TABLE event (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id') > 0 AS registered;
SELECT segments.register_unification('mapping');
INSERT INTO mapping SELECT 'r' || n, 'night0_' || n FROM generate_series(1, 4) n;
INSERT INTO event SELECT 'r' || n, now() - interval '1 day' FROM generate_series(1, 4) n;
CALL segments.refresh();
SELECT segments.create_segment('any', 'Event');
-- Where a person stands under which ids: in the history, and as told by it.
CREATE FUNCTION ids_of(person int) RETURNS TABLE (known bigint, told bigint, members_at bigint) LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM segments.history_profile WHERE profile_id LIKE 'night%\_' || person),
           (SELECT count(*) FROM segments.membership_change WHERE profile_id LIKE 'night%\_' || person OR other_profile_id LIKE 'night%\_' || person),
           (SELECT count(*) FROM segments.size_history size, segments.members_at('any', size.at) member WHERE member LIKE 'night%\_' || person)
$$;
DO $$
BEGIN
    FOR night IN 1 .. 12 LOOP
        UPDATE mapping SET profile_id = 'night' || night || substr(profile_id, strpos(profile_id, '_'));
        COMMIT;
        CALL segments.refresh();
    END LOOP;
END $$;
SELECT * FROM ids_of(1);
SELECT profiles, records FROM segments.erase_profile('night12_1');
SELECT * FROM ids_of(1);
SELECT * FROM segments.forgotten('night12_1', '{{contact,r1}}');
SELECT * FROM segments.forgotten('night0_1', '{{contact,r1}}');
-- Others keep theirs, as many as the history does.
SELECT * FROM ids_of(2);
SELECT count(*) FROM segments.previous_profile WHERE record_id = 'r2';

-- Derived data given up and made again: the history stays, and so does what leads to it; whoever is numbered anew meanwhile, too.
SELECT segments.rebuild();
UPDATE mapping SET profile_id = replace(profile_id, 'night12', 'night13');
SELECT profiles, records FROM segments.erase_profile('night13_2');
SELECT * FROM ids_of(2);
SELECT * FROM segments.forgotten('night12_2', '{{contact,r2}}');
CALL segments.refresh();
SELECT profiles, records FROM segments.erase_profile('night13_3');
SELECT * FROM ids_of(3);
SELECT * FROM segments.forgotten('night12_3', '{{contact,r3}}');

-- Before the next refresh, an id that somebody else goes by stays theirs.
INSERT INTO mapping VALUES ('r5', 'night13_4');
CALL segments.refresh();
SELECT segments.rebuild();
UPDATE mapping SET profile_id = 'night14_5' WHERE record_id = 'r5';
SELECT profiles, records FROM segments.erase_profile('night14_5');
SELECT count(*) AS still_known FROM segments.history_profile WHERE profile_id = 'night13_4';
CALL segments.refresh();
SELECT profile_id FROM segments.member;

-- What the history gives up is kept for the last eight profiles.
SET segments.history_retention = 0;
CALL segments.refresh();
UPDATE segments.history_origin SET numbers_checked_at = NULL;
CALL segments.refresh();
UPDATE mapping SET profile_id = 'night15_4';
CALL segments.refresh();
UPDATE segments.history_origin SET numbers_checked_at = NULL;
CALL segments.refresh();
UPDATE mapping SET profile_id = 'night16_4';
CALL segments.refresh();
SELECT string_agg(profile_id, ' ' ORDER BY until) AS kept FROM segments.previous_profile WHERE record_id = 'r4';
