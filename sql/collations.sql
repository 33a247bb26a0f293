-- Keys under a collation that takes different texts for equal are refused: at registration, and with what helps.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE COLLATION ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN address AS text COLLATE ignore_case;
CREATE DOMAIN home_address AS address;
CREATE EXTENSION citext;
CREATE DOMAIN key AS citext;
CREATE DOMAIN number AS bigint;
CREATE DOMAIN small_number AS number;
CREATE TABLE opened (email text COLLATE ignore_case, home home_address, ci citext, ci_key key, kind text COLLATE ignore_case, number small_number, plain text COLLATE "de-x-icu", at timestamptz);
SELECT segments.register_interaction('opened', 'Opened', 'at', 'email');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('opened', 'Opened', 'at', 'home');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('opened', 'Opened', 'at', 'ci');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('opened', 'Opened', 'at', 'ci_key');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('opened', 'Opened', 'at', 'plain', 'kind');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('opened', 'Opened', 'at', 'plain', relations => '[{"name": "friend", "record_type": "contact", "record_id_column": "email"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_unification('opened', profile_id_column => 'email', record_id_column => 'plain');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_unification('opened', profile_id_column => 'plain', record_id_column => 'email');
\echo :LAST_ERROR_SQLSTATE
-- Domains over domains of a good type, and deterministic collations, are keys.
SELECT segments.register_interaction('opened', 'Opened', 'at', 'number') > 0 AS registered;
SELECT segments.alter_interaction('Opened', record_id_column => 'email');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.alter_interaction('Opened', record_id_column => 'plain');

-- As the hint says: a column that is the same wherever the keys are equal, in both tables.
CREATE TABLE person (email text COLLATE ignore_case PRIMARY KEY, person text);
INSERT INTO person VALUES ('Ada@example.org', 'Ada'), ('bob@example.org', 'Bob');
INSERT INTO opened (email, at) VALUES ('ada@EXAMPLE.org', '2026-01-01'), ('Bob@example.org', '2026-01-02'), ('BOB@example.org', '2026-01-03');
ALTER TABLE opened ADD COLUMN email_key text COLLATE "C" GENERATED ALWAYS AS (lower(email COLLATE "default")) STORED;
ALTER TABLE person ADD COLUMN email_key text COLLATE "C" GENERATED ALWAYS AS (lower(email COLLATE "default")) STORED;
SELECT segments.alter_interaction('Opened', record_id_column => 'email_key');
SELECT segments.register_unification('person', profile_id_column => 'person', record_id_column => 'email_key', record_type => 'contact');
CALL segments.refresh();
SELECT segments.profiles(segments.segment_eval('Opened at least 2 times'));
SELECT person FROM opened JOIN person USING (email) GROUP BY person HAVING count(*) >= 2;

-- A collation that is changed later is refused by the next refresh; what was published stays.
ALTER TABLE person ALTER COLUMN person TYPE text COLLATE ignore_case;
CALL segments.refresh();
ALTER TABLE person ALTER COLUMN person TYPE text COLLATE "default";
INSERT INTO opened (email, at) VALUES ('ADA@example.org', '2026-01-03');
CALL segments.refresh();
SELECT segments.profiles(segments.segment_eval('Opened at least 2 times')) ORDER BY 1;
