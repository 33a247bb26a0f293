-- What happens next: twice, people open, click and check in, some records are withdrawn, and a refresh takes it up.
\set ON_ERROR_STOP on
SELECT setseed(0.11);
INSERT INTO interactions.email_opened (record_type, record_id, occurred_at, email, journey, email_client)
SELECT record_type, record_id, now(), email, journey, client FROM demo.mailing WHERE number IN (12, 13) AND luck > 0.02 AND random() < 0.03;
INSERT INTO interactions.email_link_clicked (record_type, record_id, occurred_at, email, journey, link)
SELECT record_type, record_id, now(), email, journey, 'https://shop.example/product/' || n FROM demo.mailing, generate_series(1, 2) AS n WHERE number = 13 AND luck BETWEEN 0.5 AND 0.501;
CALL segments.refresh();
INSERT INTO interactions.event_check_in (record_type, record_id, occurred_at, event)
SELECT record_type, record_id, now(), 'event-8' FROM demo.registration WHERE luck > 0.97;
DELETE FROM interactions.push_notification_not_sent WHERE random() < 0.06;
INSERT INTO demo.push_notification_delivered (contact_id, delivered_at, message)
SELECT record_id, now(), message FROM demo.push WHERE sent_at > now() - interval '30 days' AND luck BETWEEN 0.03 AND 0.05;
INSERT INTO interactions.email_opened (record_type, record_id, occurred_at, email, journey, email_client)
SELECT record_type, record_id, now(), email, journey, client FROM demo.mailing WHERE number = 13 AND luck > 0.02 AND random() < 0.02;
CALL segments.refresh();
