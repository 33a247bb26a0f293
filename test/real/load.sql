-- Loads both data sets (psql variable data: their folder) and registers them.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE EXTENSION segments;
SELECT segments.register_record_type('student');
SELECT segments.create_interaction_tables(types => '{EmailSent,EmailLinkClicked,EventRegistration,EventRegistrationCanceled}');

CREATE SCHEMA raw;
CREATE TABLE raw.campaign (campaign_id int, household_id int);
CREATE TABLE raw.campaign_description (campaign_id int, campaign_type text, start_date date, end_date date);
CREATE TABLE raw.redemption (household_id int, coupon_upc text, campaign_id int, redemption_date date);
CREATE TABLE raw.purchase (household_id int, store_id int, basket_id text, product_id text, quantity int, sales_value numeric,
    retail_disc numeric, coupon_disc numeric, coupon_match_disc numeric, week int, transaction_timestamp timestamptz);
CREATE TABLE raw.product (product_id text, manufacturer_id int, department text, brand text, product_category text, product_type text, package_size text);
CREATE TABLE raw.demographics (household_id int, age text, income text, home_ownership text, marital_status text, household_size text, household_comp text, kids_count text);
CREATE TABLE raw.registration (code_module text, code_presentation text, id_student int, date_registration int, date_unregistration int);
CREATE TABLE raw.student_assessment (id_assessment int, id_student int, date_submitted int, is_banked int, score numeric);
CREATE TABLE raw.assessment (code_module text, code_presentation text, id_assessment int, assessment_type text, date int, weight numeric);
\cd :data
\copy raw.campaign FROM completejourney/campaigns.csv CSV HEADER
\copy raw.campaign_description FROM completejourney/campaign_descriptions.csv CSV HEADER
\copy raw.redemption FROM completejourney/coupon_redemptions.csv CSV HEADER
\copy raw.purchase FROM PROGRAM 'gzip -cd completejourney/transactions_sample.csv.gz' CSV HEADER
\copy raw.product FROM PROGRAM 'gzip -cd completejourney/products.csv.gz' CSV HEADER
\copy raw.demographics FROM completejourney/demographics.csv CSV HEADER
\copy raw.registration FROM PROGRAM 'gzip -cd oulad/student_registration.csv.gz' CSV HEADER
\copy raw.student_assessment FROM PROGRAM 'gzip -cd oulad/student_assessment.csv.gz' CSV HEADER
\copy raw.assessment FROM oulad/assessment.csv CSV HEADER

CREATE SCHEMA shop;
CREATE TABLE shop.purchase (household_id int, bought_at timestamptz, store_id int, basket_id text, quantity int, sales_value numeric,
    coupon_disc float8, department text, brand text) PARTITION BY RANGE (bought_at);
CREATE TABLE shop.purchase_first_half PARTITION OF shop.purchase FOR VALUES FROM ('2017-01-01') TO ('2017-07-01');
CREATE TABLE shop.purchase_second_half PARTITION OF shop.purchase FOR VALUES FROM ('2017-07-01') TO ('2018-07-01');
SELECT segments.register_interaction('shop.purchase', 'Purchase', 'bought_at', 'household_id', record_type => 'contact', group_name => 'Shop');
CREATE SCHEMA university;
CREATE TABLE university.assessment (student int, submitted_at timestamptz, assessment int, kind text, score numeric, banked boolean, module text);
SELECT segments.register_interaction('university.assessment', 'AssessmentSubmitted', 'submitted_at', 'student', record_type => 'student',
    fields => '[{"column": "kind", "name": "Kind", "display_name": "Kind of assessment"}]');

CREATE FUNCTION raw.start_of(presentation text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
    $$ SELECT make_timestamptz(left(presentation, 4)::int, CASE right(presentation, 1) WHEN 'B' THEN 2 ELSE 10 END, 1, 0, 0, 0, 'UTC') $$;

INSERT INTO interactions.email_sent (record_type, record_id, occurred_at, email, journey)
SELECT 'contact', household_id, start_date, 'campaign ' || campaign_id, campaign_type
FROM raw.campaign JOIN raw.campaign_description USING (campaign_id);
INSERT INTO interactions.email_link_clicked (record_type, record_id, occurred_at, email, link, journey)
SELECT 'contact', household_id, redemption_date, 'campaign ' || campaign_id, coupon_upc, campaign_type
FROM raw.redemption JOIN raw.campaign_description USING (campaign_id);
INSERT INTO shop.purchase
SELECT household_id, transaction_timestamp, store_id, basket_id, quantity, sales_value, coupon_disc, department, brand
FROM raw.purchase LEFT JOIN raw.product USING (product_id);
INSERT INTO interactions.event_registration (record_type, record_id, occurred_at, event)
SELECT 'student', id_student, raw.start_of(code_presentation) + date_registration * interval '1 day', code_module || ' ' || code_presentation
FROM raw.registration WHERE date_registration IS NOT NULL;
INSERT INTO interactions.event_registration_canceled (record_type, record_id, occurred_at, event)
SELECT 'student', id_student, raw.start_of(code_presentation) + date_unregistration * interval '1 day', code_module || ' ' || code_presentation
FROM raw.registration WHERE date_unregistration IS NOT NULL;
INSERT INTO university.assessment
SELECT id_student, raw.start_of(code_presentation) + date_submitted * interval '1 day', id_assessment, assessment_type, score, is_banked = 1, code_module
FROM raw.student_assessment JOIN raw.assessment USING (id_assessment);

-- How households are, and what students have booked.  Published are ages, incomes and first purchases, registrations and starts of courses; countries and
-- days of birth are not, and made of the household's number, the year of birth of the age.
CREATE SCHEMA audience;
CREATE TABLE audience.household AS
SELECT household_id, (ARRAY['DE', 'NO', 'US'])[1 + household_id % 3] AS country, min(bought_at AT TIME ZONE 'America/New_York')::date AS first_bought,
    make_date(2017 - left(age, 2)::int, 1 + household_id % 12, 1 + household_id % 31 - CASE WHEN household_id % 31 > 27 THEN 4 ELSE 0 END) AS born,
    jsonb_build_object('plan', CASE WHEN left(income, 3) IN ('100', '125', '150', '175', '200', '250') THEN 'pro' ELSE 'basic' END, 'income', income) AS properties
FROM raw.demographics LEFT JOIN shop.purchase USING (household_id) GROUP BY household_id, age, income;
CREATE TABLE audience.enrolment AS
SELECT id_student AS student, raw.start_of(code_presentation) + date_registration * interval '1 day' AS enrolled_at, raw.start_of(code_presentation)::date AS starts_on
FROM raw.registration WHERE date_registration IS NOT NULL;
SELECT segments.register_profile_source('audience.household', 'Household', 'household_id', record_type => 'contact');
SELECT segments.add_json_field('Household', 'properties.plan');
SELECT segments.register_interaction('audience.enrolment', 'Enrolment', 'enrolled_at', 'student', record_type => 'student');

INSERT INTO interactions.unified_profile
SELECT 'contact', household_id, 'household ' || household_id FROM (SELECT household_id FROM raw.campaign UNION SELECT household_id FROM raw.purchase) AS households
UNION ALL
SELECT 'student', id_student, 'student ' || id_student FROM (SELECT DISTINCT id_student FROM raw.registration) AS students;
ANALYZE;
CALL segments.refresh();
