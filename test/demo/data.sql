-- Half a year of a retailer's marketing, up to now.  See README.md beside this file.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SELECT setseed(0.2026);

\echo extension and tables
CREATE EXTENSION segments;
SELECT segments.create_interaction_tables();

CREATE SCHEMA demo;

-- A table of our own becomes an interaction type, too.
CREATE TABLE demo.push_notification_delivered (contact_id text, delivered_at timestamptz, message text);
SELECT segments.register_interaction('demo.push_notification_delivered', 'PushNotificationDelivered',
    time_column => 'delivered_at', record_id_column => 'contact_id', record_type => 'contact',
    display_name => 'Push notification delivered', group_name => 'Push notifications');

\echo 100,000 people with their records
-- 100,000 people; one in five has both a contact and a lead record, one in ten is only a lead.
CREATE TABLE demo.person AS
SELECT i AS person, power(random(), 2) AS engagement,
       CASE WHEN i % 10 = 9 THEN NULL ELSE 'C' || i END AS contact,
       CASE WHEN i % 10 = 9 OR i % 5 = 0 THEN 'L' || i END AS lead,
       (ARRAY['Gmail', 'Apple Mail', 'Outlook', 'Yahoo Mail', 'Thunderbird'])[1 + floor(5 * power(random(), 1.8))::int] AS client,
       (ARRAY['iOS', 'Android'])[1 + (random() < 0.62)::int] AS platform
FROM generate_series(1, 100000) AS i;
INSERT INTO interactions.unified_profile (record_type, record_id, profile_id)
SELECT record_type, record_id, 'P' || lpad(person::text, 6, '0')
FROM demo.person, LATERAL (VALUES ('contact', contact), ('lead', lead)) AS record (record_type, record_id)
WHERE record_id IS NOT NULL;

\echo e-mails: sent, delivered, opened, clicked
-- How long after delivery an e-mail is opened: log-linear between published quantiles.
CREATE FUNCTION demo.open_delay(u float8) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
    SELECT make_interval(secs => exp(
        CASE WHEN u < 0.259 THEN ln(20) + (ln(3600) - ln(20)) * u / 0.259
             WHEN u < 0.5 THEN ln(3600) + (ln(23100) - ln(3600)) * (u - 0.259) / 0.241
             WHEN u < 0.712 THEN ln(23100) + (ln(86400) - ln(23100)) * (u - 0.5) / 0.212
             WHEN u < 0.93 THEN ln(86400) + (ln(604800) - ln(86400)) * (u - 0.712) / 0.218
             ELSE ln(604800) + (ln(2592000) - ln(604800)) * (u - 0.93) / 0.07 END))
$$;

-- One newsletter a fortnight to a third of all people, each in a journey.
CREATE TABLE demo.mailing AS
SELECT person, number, coalesce(contact, lead) AS record_id, CASE WHEN contact IS NULL THEN 'lead' ELSE 'contact' END AS record_type,
       engagement, client, 'newsletter-' || lpad(number::text, 2, '0') AS email,
       (ARRAY['spring', 'welcome', 'win-back', 'loyalty'])[1 + number % 4] AS journey,
       now() - make_interval(days => 182 - number * 13) + random() * interval '4 hours' AS sent_at, random() AS luck
FROM demo.person, generate_series(1, 13) AS number
WHERE random() < 0.35;
INSERT INTO interactions.email_sent (interaction_id, record_type, record_id, occurred_at, email, journey)
SELECT email || '/' || person, record_type, record_id, sent_at, email, journey FROM demo.mailing;
INSERT INTO interactions.email_hard_bounced (record_type, record_id, occurred_at, email, journey, bounce_reason)
SELECT record_type, record_id, sent_at + interval '40 seconds', email, journey, 'mailbox unknown' FROM demo.mailing WHERE luck < 0.008;
INSERT INTO interactions.email_soft_bounced (record_type, record_id, occurred_at, email, journey, bounce_reason)
SELECT record_type, record_id, sent_at + interval '90 seconds', email, journey, 'mailbox full' FROM demo.mailing WHERE luck BETWEEN 0.008 AND 0.02;
INSERT INTO interactions.email_delivered (interaction_id, record_type, record_id, occurred_at, email, journey)
SELECT email || '/' || person, record_type, record_id, sent_at + random() * interval '3 minutes', email, journey
FROM demo.mailing WHERE luck > 0.02;
CREATE TABLE demo.opening AS
SELECT *, sent_at + interval '3 minutes' + demo.open_delay(random()) AS opened_at
FROM demo.mailing WHERE luck > 0.02 AND random() < 0.27 * engagement;
INSERT INTO interactions.email_opened (record_type, record_id, occurred_at, email, journey, email_client)
SELECT record_type, record_id, opened_at, email, journey, client FROM demo.opening WHERE opened_at < now();
INSERT INTO interactions.email_link_clicked (record_type, record_id, occurred_at, email, journey, link)
SELECT record_type, record_id, opened_at + random() * interval '10 minutes', email, journey,
       'https://shop.example/' || (ARRAY['product', 'product', 'sale', 'legal'])[1 + floor(4 * random())::int] || '/' || (1 + floor(40 * random())::int)
FROM demo.opening, generate_series(1, 1 + floor(3 * power(engagement, 2))::int)
WHERE opened_at < now() - interval '10 minutes' AND random() < 0.25;

\echo push notifications
-- Push: every ten days to those who have the app.
CREATE TABLE demo.push AS
SELECT contact AS record_id, platform, 'push-' || number AS message,
       now() - make_interval(days => 170 - number * 10) + random() * interval '1 hour' AS sent_at, random() AS luck
FROM demo.person, generate_series(1, 16) AS number
WHERE contact IS NOT NULL AND person % 3 = 0 AND random() < 0.4;
INSERT INTO interactions.push_notification_not_sent (record_type, record_id, occurred_at, message, platform, blocked_reason)
SELECT 'contact', record_id, sent_at, message, platform, 'no device token' FROM demo.push WHERE luck < 0.03;
INSERT INTO interactions.push_notification_sent (record_type, record_id, occurred_at, message, platform)
SELECT 'contact', record_id, sent_at, message, platform FROM demo.push WHERE luck >= 0.03;
INSERT INTO demo.push_notification_delivered (contact_id, delivered_at, message)
SELECT record_id, sent_at + random() * interval '2 minutes', message FROM demo.push WHERE luck >= 0.11;
INSERT INTO interactions.push_notification_opened (record_type, record_id, occurred_at, message, platform)
SELECT 'contact', record_id, sent_at + demo.open_delay(random()), message, platform FROM demo.push WHERE luck >= 0.93 AND sent_at < now() - interval '30 days';

\echo text messages, events, forms, visits of the web site
-- Text messages, events, forms and the web.
INSERT INTO interactions.text_message_sent (record_type, record_id, occurred_at, journey)
SELECT 'contact', contact, now() - random() * interval '180 days', 'flash sale'
FROM demo.person, generate_series(1, 2) WHERE contact IS NOT NULL AND person % 4 = 1;
CREATE TABLE demo.registration AS
SELECT coalesce(contact, lead) AS record_id, CASE WHEN contact IS NULL THEN 'lead' ELSE 'contact' END AS record_type,
       'event-' || number AS event, now() - make_interval(days => 175 - number * 20) AS event_at, random() AS luck
FROM demo.person, generate_series(1, 8) AS number WHERE random() < 0.02;
INSERT INTO interactions.event_registration (record_type, record_id, occurred_at, event, ticket_price)
SELECT record_type, record_id, event_at - random() * interval '20 days', event, 25 FROM demo.registration;
INSERT INTO interactions.event_check_in (record_type, record_id, occurred_at, event)
SELECT record_type, record_id, event_at + random() * interval '1 hour', event FROM demo.registration WHERE luck < 0.6;
INSERT INTO interactions.form_submitted (record_type, record_id, occurred_at, form)
SELECT 'lead', lead, now() - random() * interval '180 days', (ARRAY['newsletter', 'contact us', 'competition'])[1 + floor(3 * random())::int]
FROM demo.person WHERE lead IS NOT NULL;
INSERT INTO interactions.website_visited (record_type, record_id, occurred_at, page_address, visitor_id)
SELECT CASE WHEN as_lead THEN 'lead' ELSE 'contact' END, CASE WHEN as_lead THEN lead ELSE contact END,
       now() - random() * interval '180 days',
       '/' || (ARRAY['', 'product', 'product', 'basket', 'stores', 'help'])[1 + floor(6 * random())::int], 'V' || person
FROM (SELECT *, contact IS NULL OR lead IS NOT NULL AND random() < 0.3 AS as_lead
      FROM demo.person, generate_series(1, (9 * engagement)::int) OFFSET 0) AS visit;
-- Visitors nobody has identified yet: stored, but in no segment until their record is unified.
INSERT INTO interactions.website_visited (record_type, record_id, occurred_at, page_address, visitor_id)
SELECT 'contact', 'unknown-' || i, now() - random() * interval '180 days', '/', 'U' || i FROM generate_series(1, 20000) AS i;
\echo statistics of the planner
ANALYZE;
