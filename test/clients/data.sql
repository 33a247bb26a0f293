-- Openings and clicks of 30,000 people, three segments that an analyst may read and one that she may not.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION segments;
CREATE ROLE clients_marketer LOGIN;
CREATE ROLE clients_analyst LOGIN;
CREATE SCHEMA shop;
CREATE TABLE shop.person (contact text PRIMARY KEY, customer text NOT NULL);
CREATE TABLE shop.opened (contact text NOT NULL, opened_at timestamptz NOT NULL, mail text);
CREATE TABLE shop.clicked (contact text NOT NULL, clicked_at timestamptz NOT NULL, link text);
-- Every tenth customer has two contacts; some ids need more than ASCII.
INSERT INTO shop.person SELECT 'c' || n, CASE WHEN n % 7 = 0 THEN 'Ж' ELSE 'p' END || lpad((n % 27000)::text, 5, '0') FROM generate_series(1, 30000) AS n;
INSERT INTO shop.opened
SELECT 'c' || 1 + (n * 7919) % 30000, timestamptz '2026-03-01 12:00+00' + (n % 1440) * interval '1 hour', CASE WHEN n % 3 = 0 THEN 'spring' ELSE 'welcome' END
FROM generate_series(1, 90000) AS n;
INSERT INTO shop.clicked
SELECT 'c' || 1 + (n * 104729) % 30000, timestamptz '2026-03-02 12:00+00' + (n % 1400) * interval '1 hour', '/product/' || n % 20
FROM generate_series(1, 12000) AS n;
SELECT segments.register_unification('shop.person', 'customer', 'contact');
SELECT segments.register_interaction('shop.opened', 'Opened', 'opened_at', 'contact');
SELECT segments.register_interaction('shop.clicked', 'Clicked', 'clicked_at', 'contact');
CALL segments.refresh();
GRANT USAGE ON SCHEMA shop TO clients_marketer;
GRANT EXECUTE ON FUNCTION segments.create_segment, segments.grant_members TO clients_marketer;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO clients_marketer;
SET ROLE clients_marketer;
SELECT segments.create_segment('readers', 'Opened where mail = ''spring'' at least 2 times');
SELECT segments.create_segment('say "hi", it''s Übermut ☃', 'Clicked and not Opened where mail = ''spring''');
SELECT segments.create_segment('nobody', 'Opened where mail = ''autumn''');
SELECT segments.create_segment('private', 'Clicked');
SELECT segments.grant_members(segment, 'clients_analyst')
FROM unnest(ARRAY['readers', 'say "hi", it''s Übermut ☃', 'nobody']) AS segment;
RESET ROLE;
