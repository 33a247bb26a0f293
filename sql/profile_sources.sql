-- Tables that say how persons are: attributes, and rows that are counted.
SET client_min_messages = warning;
SET timezone = 'Europe/Oslo';
\set SHOW_CONTEXT never
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_unification('mapping');
-- Profiles of several records, and records without any.
INSERT INTO mapping SELECT 'contact', 'c' || i, 'p' || i / 3 FROM generate_series(0, 299) i;
INSERT INTO mapping SELECT 'contact', 'c' || i, 'q' || i FROM generate_series(300, 313) i;
INSERT INTO mapping SELECT 'lead', 'l' || i, 'p' || i * 2 FROM generate_series(0, 49) i;
CREATE TABLE contact (id text PRIMARY KEY, city text, country text, newsletter boolean, birthday date, visits int, spent numeric, "Full name" text COLLATE "C", since timestamptz);
INSERT INTO contact SELECT 'c' || i, (ARRAY['Oslo', 'Bergen', '', NULL, 'oslo'])[1 + i % 5], (ARRAY['NO', 'SE', 'DE'])[1 + i % 3], (ARRAY[true, false, NULL])[1 + i % 3],
    date '1980-03-28' + i * 37, nullif(i % 11, 3), i * 1.5, 'Person ' || i, '2026-01-01'::timestamptz + i * interval '1 day'
FROM generate_series(0, 319) i WHERE i % 7 <> 0;
CREATE TABLE subscription (record_type text, record_id text, product text, status text, at timestamptz);
INSERT INTO subscription SELECT CASE i % 4 WHEN 0 THEN 'lead' ELSE 'contact' END, CASE i % 4 WHEN 0 THEN 'l' || i % 50 ELSE 'c' || i * 7 % 300 END,
    (ARRAY['news', 'pro', 'x'])[1 + i % 3], (ARRAY['active', 'ended'])[1 + i % 2], (ARRAY['2026-03-01'::timestamptz - i * interval '6 hours', NULL, 'infinity', '-infinity'])[CASE WHEN i % 20 < 3 THEN 2 + i % 3 ELSE 1 END]
FROM generate_series(0, 799) i;
SELECT segments.register_profile_source('contact', 'Contact', 'id', fields => '[{"column": "city", "name": "City", "display_name": "Home town"}]') > 0;
SELECT segments.register_profile_source('subscription', 'Subscription', 'record_id', 'record_type', time_column => 'at', aliases => '{Sub}') > 0;
CREATE TABLE opened (record_id text, at timestamptz, label text);
INSERT INTO opened SELECT 'c' || i % 150, '2026-02-01'::timestamptz + i * interval '1 hour', 'x' FROM generate_series(0, 400) i;
SELECT segments.register_interaction('opened', 'Opened', 'at', 'record_id') > 0;
-- Before the first refresh there is nothing to answer from.
SELECT segments.segment_count('Contact.City = ''Oslo''');
CALL segments.refresh();
SELECT name, kind, total, linked, unlinked FROM segments.interaction_catalog ORDER BY name;

-- Equal to plain SQL: an attribute is that some row of the profile is so; negative forms are complements over profiles.
CREATE VIEW person AS SELECT DISTINCT profile_id FROM mapping;
CREATE VIEW contact_row AS SELECT profile_id, contact.* FROM contact JOIN mapping ON record_type = 'contact' AND record_id = id;
CREATE VIEW subscription_row AS SELECT profile_id, subscription.* FROM subscription JOIN mapping USING (record_type, record_id);
CREATE FUNCTION differs(definition text, sql text, as_of timestamptz DEFAULT '2026-03-01 12:00+00') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ours text[] := ARRAY(SELECT p FROM segments.profiles(segments.segment_eval(definition, as_of)) p ORDER BY p COLLATE "C");
    theirs text[];
BEGIN
    EXECUTE format('SELECT ARRAY(SELECT profile_id FROM (%s) asked ORDER BY profile_id COLLATE "C")', replace(sql, ':as_of', quote_literal(as_of) || '::timestamptz')) INTO theirs;
    RETURN CASE WHEN ours = theirs AND cardinality(ours) BETWEEN 1 AND 112 THEN 'same' WHEN ours = theirs THEN 'same, of ' || cardinality(ours)
        ELSE format('differs: %s, SQL says %s', cardinality(ours), cardinality(theirs)) END;
END $$;
CREATE FUNCTION some_row(source text, condition text, counted text DEFAULT 'true') RETURNS text LANGUAGE sql AS
    $$ SELECT format('SELECT profile_id FROM %s WHERE %s GROUP BY 1 HAVING %s', source, condition, counted) $$;
CREATE FUNCTION no_row(source text, condition text) RETURNS text LANGUAGE sql AS
    $$ SELECT format('SELECT profile_id FROM person EXCEPT SELECT profile_id FROM %s WHERE %s', source, condition) $$;
SELECT definition, differs(definition, sql) FROM (VALUES
    ('Contact.City = ''Oslo''', some_row('contact_row', $$city = 'Oslo'$$)),
    ('contact."Home town" = ''OSLO'' ignore case', some_row('contact_row', $$lower(city) = 'oslo'$$)),
    ('Contact.City <> ''Oslo''', no_row('contact_row', $$city = 'Oslo'$$)),
    ('not Contact.City = ''Oslo''', no_row('contact_row', $$city = 'Oslo'$$)),
    ('Contact.City is null', no_row('contact_row', 'city IS NOT NULL')),
    ('Contact.City is not null', some_row('contact_row', 'city IS NOT NULL')),
    ('Contact.City has a value', some_row('contact_row', 'city IS NOT NULL')),
    ('Contact.City is empty', no_row('contact_row', $$city <> ''$$)),
    ('Contact.City is not empty', some_row('contact_row', $$city <> ''$$)),
    ('Contact.Country in (''NO'', ''SE'')', some_row('contact_row', $$country IN ('NO', 'SE')$$)),
    ('Contact.Country not in (''NO'', ''SE'')', no_row('contact_row', $$country IN ('NO', 'SE')$$)),
    ('Contact.Country not in (''NO'', ''XX'')', no_row('contact_row', $$country IN ('NO', 'XX')$$)),
    ('Contact.City not contains ''erg''', no_row('contact_row', $$city LIKE '%erg%'$$)),
    ('Contact.newsletter = true', some_row('contact_row', 'newsletter')),
    ('Contact.visits between 2 and 3', some_row('contact_row', 'visits BETWEEN 2 AND 3')),
    ('Contact.visits not between 2 and 9', no_row('contact_row', 'visits BETWEEN 2 AND 9')),
    ('Contact.visits > Contact.spent', some_row('contact_row', 'visits > spent')),
    ('Contact."Full name" ends with ''7''', some_row('contact_row', $$"Full name" LIKE '%7'$$)),
    ('length of Contact.City > 4', some_row('contact_row', 'length(city) > 4')),
    ('anniversary of Contact.birthday within next 7 days', some_row('contact_row', $$EXISTS (SELECT FROM generate_series(0, 7) d WHERE to_char(birthday, 'MM-DD') = to_char((:as_of)::date + d::int, 'MM-DD'))$$)),
    ('Contact.since within last 30 days', some_row('contact_row', $$since BETWEEN :as_of - interval '30 days' AND :as_of$$)),
    ('Contact.ProfileId = ''c12''', some_row('contact_row', $$id = 'c12'$$)),
    ('Contact', some_row('contact_row', 'true')),
    ('Contact never', no_row('contact_row', 'true')),
    ('Contact where (Country = ''NO'' and visits > 5) at least 1', some_row('contact_row', $$country = 'NO' AND visits > 5$$)),
    ('Contact where not (City = ''Oslo'') at least 3', some_row('contact_row', $$city IS DISTINCT FROM 'Oslo'$$, 'count(*) >= 3')),
    ('Subscription where (status = ''active'' and product <> ''x'') at least 2', some_row('subscription_row', $$status = 'active' AND product <> 'x'$$, 'count(*) >= 2')),
    ('Sub between 7 and 8 times', some_row('subscription_row', 'true', 'count(*) BETWEEN 7 AND 8')),
    ('Sub exactly 8', some_row('subscription_row', 'true', 'count(*) = 8')),
    ('Subscription where status = ''active'' within last 30 days at least 2', some_row('subscription_row', $$status = 'active' AND at BETWEEN :as_of - interval '30 days' AND :as_of$$, 'count(*) >= 2')),
    ('Subscription before ''2025-11-01'' at least 3', some_row('subscription_row', $$at < '2025-11-01' AND at > '-infinity'$$, 'count(*) >= 3')),
    ('Subscription since ''2026-02-15'' never', no_row('subscription_row', $$at >= '2026-02-15' AND at <= :as_of$$)),
    ('(Opened where label = ''x'') and Contact.Country = ''SE''', 'SELECT profile_id FROM opened JOIN mapping USING (record_id) INTERSECT ' || some_row('contact_row', $$country = 'SE'$$)),
    ('Contact.Country = ''SE'' except Subscription.product = ''pro''', some_row('contact_row', $$country = 'SE'$$) || ' EXCEPT ' || some_row('subscription_row', $$product = 'pro'$$)),
    ('any interaction', 'SELECT DISTINCT profile_id FROM opened JOIN mapping USING (record_id)')) AS asked (definition, sql);
-- At other times windows move; rows are those of the refresh.
SELECT day, differs('Subscription within last 30 days at least 2', some_row('subscription_row', $$at BETWEEN :as_of - interval '30 days' AND :as_of$$, 'count(*) >= 2'), day),
    differs('Contact.City = ''Bergen''', some_row('contact_row', $$city = 'Bergen'$$), day)
FROM unnest('{2026-02-28 18:00+00,2026-02-28 18:00:00.000001+00,2025-12-24,1999-01-01}'::timestamptz[]) day WHERE day > '2025-01-01';

-- Changes arrive with refreshes: updates, deletes, merges.
UPDATE contact SET city = 'Bergen' WHERE city = 'Oslo' AND id LIKE '%5';
DELETE FROM contact WHERE id LIKE '%4';
INSERT INTO contact (id, city, country) VALUES ('c7', 'Oslo', 'NO'), ('c14', 'Tromsø', 'NO');
UPDATE subscription SET status = 'active' WHERE product = 'x';
DELETE FROM subscription WHERE record_id LIKE '%5';
UPDATE mapping SET profile_id = 'p1' WHERE profile_id = 'p2';
CALL segments.refresh();
SELECT definition, differs(definition, sql) FROM (VALUES
    ('Contact.City = ''Oslo''', some_row('contact_row', $$city = 'Oslo'$$)),
    ('Contact.City = ''Tromsø''', some_row('contact_row', $$city = 'Tromsø'$$)),
    ('Contact.City <> ''Bergen''', no_row('contact_row', $$city = 'Bergen'$$)),
    ('Subscription where (status = ''active'' and product = ''x'') at least 2', some_row('subscription_row', $$status = 'active' AND product = 'x'$$, 'count(*) >= 2'))) AS asked (definition, sql);

-- Saved, explained, completed, told in other words.
SELECT segments.create_segment('norwegian', 'contact.city is equal to ''Oslo'' or Contact.Country = ''NO''', run => true) >= 0;
SELECT definition FROM segments.saved_segment;
SELECT count(*) = (SELECT count(DISTINCT profile_id) FROM contact_row WHERE city = 'Oslo' OR country = 'NO') AS equal FROM segments.member WHERE segment = 'norwegian';
SELECT text, verdict, interactions, first_at, threshold, changes_at, note FROM segments.explain_member('norwegian', 'p0');
SELECT segments.definition_text('contact."Home town" <> ''x''', names => n) FROM unnest('{technical,display}'::text[]) n;
SELECT segments.definition_json('Contact.City <> ''Oslo'' and not length of Contact.City > 3 and Contact.visits > Contact.spent');
SELECT segments.definition_from_json(segments.definition_json('Contact.City <> ''Oslo'' and not length of Contact.City > 3 and Contact.visits > Contact.spent'));
SELECT offer, kind FROM segments.complete_definition('Cont');
SELECT offer, kind FROM segments.complete_definition('Contact.Ci');
SELECT offer, kind FROM segments.complete_definition('Contact.City = ');
SELECT kind, name, written FROM segments.find('Subscr');
SELECT field, value, members, others FROM segments.segment_profile('norwegian') WHERE type = 'Contact' AND field = 'country' ORDER BY value;
SELECT * FROM segments.check_definition('Contact.City = ''Olso'' and Contakt.City = ''x''');

-- What is asked wrongly.
SELECT segments.segment_count('Opened.label = ''x''');
SELECT segments.segment_count('Contact within last 3 days');
SELECT segments.segment_count('any of (Contact, Opened)');
SELECT segments.segment_count('Sub within last 3 days but not within last 1 day');
SELECT segments.segment_count('Sub for the first time within last 3 days');
SELECT segments.segment_count('Contact.Town = ''x''');
SELECT segments.segment_count('Contact.City = City');
SELECT segments.segment_count('City = ''Oslo''');
SELECT segments.segment_count('Opened where label = ''x'' and Contact.City = ''Oslo''');
SELECT segments.segment_count('length of City > 3');
SELECT * FROM segments.timeline('p1', '{Contact}');
SELECT count(*) FROM segments.timeline('p1') WHERE type <> 'Opened';
SELECT segments.drop_interactions('Contact', '2026-01-01');
SELECT segments.register_profile_source('contact', 'Again', 'id');
SELECT segments.register_profile_source('opened', 'Opened2', 'nope');
SELECT segments.register_profile_source('opened', NULL, 'id');
-- Hints, followed.
SELECT segments.alter_interaction('Contact', time_column => 'since');
SELECT differs('Contact within last 30 days', some_row('contact_row', $$since BETWEEN :as_of - interval '30 days' AND :as_of$$));
-- What is not foreseen, and why.
SELECT segments.create_segment('lately', 'Contact within last 30 days') >= 0, segments.create_segment('weeks', 'Opened in at least 1 of the last 2 weeks') >= 0;
SELECT note FROM unnest(ARRAY['lately', 'weeks']) name, segments.explain_member(name, 'p0');
-- The right to read it is the column's.
CREATE ROLE profile_sources_reader;
GRANT SELECT (id, city) ON contact TO profile_sources_reader;
GRANT EXECUTE ON FUNCTION segments.segment_count(segments.definition, timestamptz) TO profile_sources_reader;
SET ROLE profile_sources_reader;
SELECT segments.segment_count('Contact.City = ''Oslo''') > 0;
SELECT segments.segment_count('Contact.Country = ''NO''');
SELECT segments.segment_count('Contact.City = ''Oslo'' and Contact.ProfileId = ''c1''');
RESET ROLE;
DROP OWNED BY profile_sources_reader;
DROP ROLE profile_sources_reader;
-- An erased person's rows are gone.
SELECT profiles, interactions > 0 AS rows FROM segments.erase_profile('p1');
SELECT count(*) FROM contact_row WHERE profile_id = 'p1';
SELECT * FROM segments.forgotten('p1', '{{contact,c3}}');
SELECT differs('Contact.Country = ''SE''', some_row('contact_row', $$country = 'SE'$$));
DROP VIEW contact_row, subscription_row;
-- A column that is gone freezes nothing but what asks for it.
ALTER TABLE contact DROP COLUMN since;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
SELECT segments.unregister_interaction('Contact');
SELECT segments.segment_count('Contact.City = ''Oslo''');
