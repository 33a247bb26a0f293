-- Queries of Dynamics 365 as definitions.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_mql;
SELECT segments.create_interaction_tables(types => '{EmailDelivered,EmailLinkClicked,EventCheckIn}');
CREATE SCHEMA shop;
CREATE TABLE shop.purchase (buyer text, receiver text, at timestamptz, order_total numeric, "from" text, is_gift boolean, shipped timestamptz, order_count2 int, ordercount_2 int);
SELECT segments.register_interaction('shop.purchase', 'ShopPurchase', 'at', 'buyer', record_type => 'contact', display_name => 'Purchase in a shop',
    relations => '[{"name": "receiver", "record_id_column": "receiver", "record_type": "contact"}]', fields => '[{"column": "is_gift", "name": "Gift", "display_name": "It is a gift"}]');
INSERT INTO interactions.email_delivered (record_type, record_id, occurred_at, journey) SELECT 'contact', i::text, timestamptz '2026-03-01' + i * interval '1 day', 'j' || i % 3 FROM generate_series(1, 30) i, generate_series(0, i % 4);
INSERT INTO interactions.email_link_clicked (record_type, record_id, occurred_at, email_address) SELECT 'contact', i::text, '2026-03-20', i || '@example.org' FROM generate_series(1, 10) i;
INSERT INTO shop.purchase SELECT i, i + 1, timestamptz '2026-02-01', i * 10, 'web', i % 2 = 0, '2026-02-03' FROM generate_series(5, 25) i;
INSERT INTO interactions.unified_profile (record_type, record_id, profile_id) SELECT 'contact', i, 'p' || i FROM generate_series(1, 40) i;
CALL segments.refresh();
SELECT segments.create_segment('VIP', 'EmailLinkClicked', run => false), segments.create_segment('it''s', 'ShopPurchase', run => false);
SET client_min_messages = notice;

-- Names: of types by publisher's prefix, alias, display name; of fields likewise; segments whatever their case.
SELECT segments.definition_from_mql($$INTERACTION(msdynmkt_emaildelivered, contact).FILTER(msdynmkt_journey == 'j1').HAVING(COUNT() >= 1, UTCMONTHS(24))$$);
SELECT segments.definition_from_mql(query) FROM unnest(ARRAY[
    $$interaction(EmailClicked).filter(email_address startswith '1' || EmailAddress EndsWith 'org')$$,
    $$INTERACTION(msdyncrm_marketingeventcheckin)$$,
    $$INTERACTION(shop_purchase).FILTER(shop_purchase.ordertotal > 50 && from == 'web' && itisagift == TRUE && shipped > Timestamp)$$,
    $$INTERACTION('purchase in a shop').FILTER(is_gift == false).HAVING(COUNT() < 2)$$,
    $$(SEGMENT(vip) UNION SEGMENT('it''s')) INTERSECT INTERACTION(EmailDelivered).HAVING(COUNT() != 2)$$]) AS query;
SELECT segments.definition_from_mql(NULL) IS NULL AS nothing;

-- What it says is what it means.
SELECT segments.segment_count(segments.definition_from_mql($$INTERACTION(EmailDelivered, contact).FILTER(Journey != 'j1').HAVING(COUNT() >= 3) EXCEPT INTERACTION(shoppurchase).FILTER(order_total >= 100)$$), '2026-06-01') AS ours,
    (SELECT count(*) FROM (SELECT record_id FROM interactions.email_delivered WHERE journey <> 'j1' GROUP BY 1 HAVING count(*) >= 3
                           EXCEPT SELECT buyer FROM shop.purchase WHERE order_total >= 100) as_sql) AS as_sql;
SELECT segments.segment_count(segments.definition_from_mql($$PROFILE(contact) EXCEPT SEGMENT(VIP)$$)) AS ours, 40 - 10 AS as_sql;

-- Days are those of another zone.
SET TimeZone = 'Europe/Oslo';
SELECT segments.definition_from_mql($$INTERACTION(EmailDelivered).HAVING(COUNT() >= 2, UTCDAYS(7))$$);
SET segments.time_zone = 'UTC';
SELECT segments.definition_from_mql($$INTERACTION(EmailDelivered).HAVING(COUNT() >= 2, UTCDAYS(7))$$);
RESET segments.time_zone;
SET TimeZone = 'UTC';

-- What definitions cannot say, and what is not here.
SELECT segments.definition_from_mql($$PROFILE(contact).FILTER(address1_city == 'Oslo') INTERSECT INTERACTION(msdynmkt_emaildelivered, contact).HAVING(COUNT() >= 1, UTCMONTHS(24))$$);
CREATE TABLE mql_contact (contactid text, address1_city text);
SELECT segments.register_profile_source('mql_contact', 'Contact', 'contactid') > 0;
SELECT segments.definition_from_mql($$PROFILE(contact).FILTER(address1_city == 'Oslo') INTERSECT INTERACTION(msdynmkt_emaildelivered, contact).HAVING(COUNT() >= 1, UTCMONTHS(24))$$);
SELECT segments.definition_from_mql($$INTERACTION(msdynmkt_emaildelivred, contact).FILTER(x == 1) UNION INTERACTION(EmailDelivered).FILTER(msdynmkt_jurney == 'a') EXCEPT SEGMENT(nothing)$$);
SELECT segments.definition_from_mql($$INTERACTION(EmailDelivered).FILTER(colour == 'a')$$);
SELECT segments.definition_from_mql($$SEGMENT(VPI)$$);
SELECT segments.definition_from_mql($$PROFILE(account)$$);
SELECT segments.definition_from_mql($$PROFILE(contakt)$$);
SELECT segments.definition_from_mql($$INTERACTION(ShopPurchase, receiver)$$);
SELECT segments.definition_from_mql($$INTERACTION(ShopPurchase).FILTER(order_count_2 > 1)$$);
SELECT segments.definition_from_mql($$INTERACTION(ShopPurchase).HAVING(SUM(order_total) > 100)$$);
SELECT segments.definition_from_mql($$INTERACTION(ShopPurchase).FILTER(x = "y")$$);
SELECT segments.definition_from_mql(repeat('(', 300));
SELECT segments.definition_from_mql($$INTERACTION(ShopPurchase$$);
-- Events likewise.
CREATE TABLE shop.happened (who text, at timestamptz, what text);
SELECT segments.register_events('shop.happened', 'what', 'at', 'who', names => '[{"value": "Order Completed"}, {"value": "order_begun"}, {"value": "ÜBER-uns"}, {"value": "a_b"}, {"value": "ab"}, {"value": "x_y"}, {"value": "x y"}]') > 0;
CALL segments.refresh();
SELECT query, segments.definition_from_mql(query) FROM unnest(ARRAY[
    $$INTERACTION(order_completed)$$, $$INTERACTION(msdynmkt_OrderBegun).FILTER(who == '1')$$, $$INTERACTION(ORDERBEGUN)$$, $$INTERACTION(überuns)$$, $$INTERACTION('order completed')$$, $$INTERACTION(A_B)$$]) AS query;
SELECT segments.definition_from_mql($$INTERACTION(xy)$$);
SELECT segments.definition_from_mql($$INTERACTION(order_complted)$$);
-- Others' segments are as unknown as any.
SET ROLE segments_test_mql;
SELECT segments.definition_from_mql($$SEGMENT(vip)$$);
RESET ROLE;

SET client_min_messages = warning;
SELECT segments.drop_segment(name) FROM segments.segment_overview;
DROP SCHEMA shop CASCADE;
DROP ROLE segments_test_mql;
