-- A shop with five segments, names that would be markup, and refreshes between which people come and go; and a database where nothing was refreshed yet.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE DATABASE nothing_yet;
CREATE ROLE report_stranger LOGIN;
CREATE EXTENSION segments;
CREATE SCHEMA shop;
CREATE TABLE shop.person (contact text PRIMARY KEY, customer text NOT NULL);
CREATE TABLE shop.opened (contact text NOT NULL, opened_at timestamptz NOT NULL, mail text);
CREATE TABLE shop.clicked (contact text NOT NULL, clicked_at timestamptz NOT NULL, link text);
INSERT INTO shop.person SELECT 'c' || n, 'p' || n % 4000 FROM generate_series(1, 5000) AS n;
INSERT INTO shop.opened SELECT 'c' || 1 + (n * 7919) % 6000, now() - (n % 90) * interval '1 day', 'mail ' || n % 7 FROM generate_series(1, 9000) AS n;
INSERT INTO shop.clicked SELECT 'c' || 1 + (n * 104729) % 5000, now() - (n % 60) * interval '1 day', '/product/' || n % 20 FROM generate_series(1, 3000) AS n;
SELECT segments.register_unification('shop.person', 'customer', 'contact');
SELECT segments.register_interaction('shop.opened', 'Opened', 'opened_at', 'contact', display_name => 'E-mail opened </script><b>');
SELECT segments.register_interaction('shop.clicked', 'Clicked', 'clicked_at', 'contact');
CALL segments.refresh();
SELECT segments.create_segment('readers', 'Opened within last 60 days at least 2 times and not (Clicked within last 20 days or Opened where mail = ''mail 3'')');
SELECT segments.create_segment('clickers', 'Clicked');
SELECT segments.create_segment('either', 'Clicked or Opened within last 10 days');
SELECT segments.create_segment('</script><img src=x onerror=alert(1)> "Übermut" ☃', 'Opened where mail = ''</script><img src=x>'' or Clicked within last 30 days');
SELECT segments.create_segment('a name of sixty-three letters, which has to be cut somewhere, ok', 'Opened where mail in (''mail 1'', ''mail 2'') and Clicked');
-- Whoever has come, and one in eleven of those who were there has gone.
DO $$
BEGIN
    FOR n IN 1 .. 4 LOOP
        INSERT INTO shop.clicked SELECT 'c' || 1 + (i * 31) % 5000, now(), '/late' FROM generate_series(n * 100, n * 130) AS i;
    END LOOP;
END $$;
CALL segments.refresh();
DELETE FROM shop.clicked WHERE substr(contact, 2)::int % 11 = 1;
CALL segments.refresh();
INSERT INTO shop.clicked SELECT 'c' || n, now(), '/latest' FROM generate_series(1, 400, 3) AS n;
CALL segments.refresh();
INSERT INTO shop.opened SELECT 'c' || n, now(), 'waiting' FROM generate_series(1, 25) AS n;
