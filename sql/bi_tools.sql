-- The SQL that Metabase, Superset, Tableau and Power BI write (doc/bi.md) says of segments.member what it says of a table with the same rows.
\pset format unaligned
\pset tuples_only on
SET timezone = 'UTC';
CREATE TABLE person (contact text PRIMARY KEY, customer text NOT NULL);
CREATE TABLE opened (contact text, opened_at timestamptz);
CREATE TABLE clicked (contact text, clicked_at timestamptz);
INSERT INTO person SELECT 'c' || n, 'p' || lpad((n % 3500)::text, 5, '0') FROM generate_series(1, 4000) n;
INSERT INTO opened SELECT 'c' || n, '2026-03-01' FROM generate_series(1, 3000) n;
INSERT INTO clicked SELECT 'c' || n, '2026-03-02' FROM generate_series(2, 4000, 5) n;
SELECT segments.register_unification('person', 'customer', 'contact') IS NULL, segments.register_interaction('opened', 'Opened', 'opened_at', 'contact') IS NULL,
       segments.register_interaction('clicked', 'Clicked', 'clicked_at', 'contact') IS NULL;
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened'), segments.create_segment('clickers', 'Clicked'), segments.create_segment('it''s "ours", Ünïcode', 'Opened and Clicked'),
       segments.create_segment('private', 'not Opened');
CREATE ROLE bi_tools_analyst;
SELECT segments.grant_members(segment, 'bi_tools_analyst') IS NULL FROM unnest(ARRAY['openers', 'clickers', 'it''s "ours", Ünïcode']) segment;

-- The same rows as a table, by plain SQL: of two refreshes, so that members are so since different times.
CREATE SCHEMA truth;
CREATE VIEW truth.now AS
WITH o AS (SELECT DISTINCT customer FROM opened JOIN person USING (contact)), c AS (SELECT DISTINCT customer FROM clicked JOIN person USING (contact))
SELECT 'openers' COLLATE "C" AS segment, customer COLLATE "C" AS profile_id FROM o
UNION ALL SELECT 'clickers', customer FROM c
UNION ALL SELECT 'it''s "ours", Ünïcode', customer FROM o JOIN c USING (customer);
CREATE TABLE truth.before AS SELECT n.segment, n.profile_id, o.as_of FROM truth.now n JOIN segments.segment_overview o ON o.name = n.segment;
DELETE FROM clicked WHERE contact IN ('c2', 'c7', 'c3502');
INSERT INTO clicked SELECT 'c' || n, '2026-03-03' FROM generate_series(1, 200, 3) n;
CALL segments.refresh();
CREATE TABLE truth.member AS
SELECT n.segment, n.profile_id, coalesce(b.as_of, o.as_of) AS since, o.as_of
FROM truth.now n JOIN segments.segment_overview o ON o.name = n.segment LEFT JOIN truth.before b USING (segment, profile_id);
CREATE TABLE truth.customer AS SELECT customer AS id, left(customer, 3) AS region, count(*) AS contacts FROM person GROUP BY customer;
GRANT USAGE ON SCHEMA truth TO bi_tools_analyst;
GRANT SELECT ON truth.member, truth.customer TO bi_tools_analyst;

-- Runs a statement as it is and over the table, and compares all rows, how often each comes, and the columns' types.
CREATE FUNCTION truth.says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    over_table text := replace(replace(statement, '"segments"."member"', '"truth"."member"'), 'segments.member', 'truth.member');
    columns text[];
    answer text;
BEGIN
    IF over_table = statement THEN RAISE 'reads no members: %', statement; END IF;
    EXECUTE format('CREATE TEMP TABLE ours AS SELECT * FROM (%s) AS q', statement);
    EXECUTE format('CREATE TEMP TABLE theirs AS SELECT * FROM (%s) AS q', over_table);
    SELECT array_agg(format('%s %s', attname, atttypid::regtype) ORDER BY attnum) INTO columns FROM pg_attribute WHERE attrelid = 'ours'::regclass AND attnum > 0;
    IF columns IS DISTINCT FROM (SELECT array_agg(format('%s %s', attname, atttypid::regtype) ORDER BY attnum) FROM pg_attribute
                                 WHERE attrelid = 'theirs'::regclass AND attnum > 0) THEN
        answer := format('other columns: %s', columns);
    ELSE
        -- (How many rows there are by day, week or minute depends on when the test runs.)
        SELECT CASE WHEN statement ~* 'trunc|as date' THEN 'rows by time' ELSE format('%s rows', (SELECT count(*) FROM ours)) END || CASE WHEN count(*) = 0 THEN ', the same' ELSE format(', %s DIFFERENT', count(*)) END INTO answer
        FROM ((TABLE ours EXCEPT ALL TABLE theirs) UNION ALL (TABLE theirs EXCEPT ALL TABLE ours)) AS different;
    END IF;
    DROP TABLE ours, theirs;
    RETURN answer;
END $$;
CREATE TABLE truth.statement (number int GENERATED ALWAYS AS IDENTITY, tool text, what text, statement text);
GRANT SELECT ON truth.statement TO bi_tools_analyst;

INSERT INTO truth.statement (tool, what, statement) VALUES
('Metabase', 'may it be read', $$SELECT TRUE AS "_" FROM "segments"."member" WHERE 1 <> 1 LIMIT 0$$),
('Metabase', 'values for filters', $$SELECT "segments"."member"."segment" AS "segment" FROM "segments"."member" GROUP BY "segments"."member"."segment" ORDER BY "segments"."member"."segment" ASC LIMIT 1001$$),
('Metabase', 'summary', $$SELECT "segments"."member"."segment" AS "segment", COUNT(*) AS "count" FROM "segments"."member" GROUP BY "segments"."member"."segment" ORDER BY "segments"."member"."segment" ASC$$),
('Metabase', 'one person', $$SELECT "segments"."member"."segment" AS "segment" FROM "segments"."member" WHERE "segments"."member"."profile_id" = 'p00007' LIMIT 2001$$),
('Metabase', 'a saved question', $$SELECT "source"."segment" AS "segment", COUNT(distinct "source"."profile_id") AS "count" FROM (SELECT "segments"."member"."segment" AS "segment", "segments"."member"."profile_id" AS "profile_id" FROM "segments"."member" WHERE ("segments"."member"."segment" = 'openers') OR ("segments"."member"."segment" = 'clickers')) AS "source" GROUP BY "source"."segment" ORDER BY "count" DESC, "source"."segment" ASC LIMIT 2001$$),
('Metabase', 'a join', $$SELECT "Customer"."region" AS "Customer__region", COUNT(*) AS "count" FROM "segments"."member" LEFT JOIN "truth"."customer" AS "Customer" ON "segments"."member"."profile_id" = "Customer"."id" WHERE "segments"."member"."segment" = 'openers' GROUP BY "Customer"."region" ORDER BY "Customer"."region" ASC$$),
('Metabase', 'a search', $$SELECT "segments"."member"."profile_id" AS "profile_id" FROM "segments"."member" WHERE (LOWER("segments"."member"."segment") LIKE '%ours%') ORDER BY "segments"."member"."profile_id" ASC LIMIT 2001$$),
('Metabase', 'since, by week', $$SELECT DATE_TRUNC('week', "segments"."member"."since") AS "since", COUNT(*) AS "count" FROM "segments"."member" WHERE ("segments"."member"."segment" = 'clickers') AND ("segments"."member"."since" >= timestamp with time zone '2026-01-01 00:00:00.000Z') GROUP BY DATE_TRUNC('week', "segments"."member"."since") ORDER BY DATE_TRUNC('week', "segments"."member"."since") ASC$$),
('Metabase', 'since, as a date', $$SELECT CAST("segments"."member"."since" AS date) AS "since", "segments"."member"."segment" AS "segment", COUNT(distinct "segments"."member"."profile_id") AS "count" FROM "segments"."member" GROUP BY CAST("segments"."member"."since" AS date), "segments"."member"."segment"$$),
('Superset', 'since, by day', $$SELECT DATE_TRUNC('day', since) AS since, COUNT(DISTINCT profile_id) AS "COUNT_DISTINCT(profile_id)" FROM segments.member WHERE since >= TO_TIMESTAMP('2026-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND since < TO_TIMESTAMP('2126-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') GROUP BY DATE_TRUNC('day', since) ORDER BY "COUNT_DISTINCT(profile_id)" DESC LIMIT 10000$$),
('Superset', 'the newest, by minute', $$SELECT DATE_TRUNC('minute', since) AS since, segment AS segment, MAX(as_of) AS "MAX(as_of)" FROM segments.member GROUP BY DATE_TRUNC('minute', since), segment LIMIT 10000$$),
('Tableau', 'since, by month', $$SELECT CAST(DATE_TRUNC('MONTH', CAST("member"."since" AS TIMESTAMP)) AS DATE) AS "tmn:since:ok", COUNT(1) AS "cnt:member_1:ok" FROM "segments"."member" "member" GROUP BY 1$$),
('Tableau', 'since, from and to', $$SELECT MIN("member"."since") AS "TEMP(lower)", MAX("member"."since") AS "TEMP(upper)", COUNT(1) AS "cnt:member_1:ok" FROM "segments"."member" "member" HAVING (COUNT(1) > 0)$$),
('Power BI', 'DirectQuery, since', $$select "_"."since", "_"."a0" from (select "rows"."since" as "since", count(1) as "a0" from (select "_"."since" from "segments"."member" "_" where "_"."since" >= timestamp '2026-01-01 00:00:00' and "_"."segment" = 'clickers') "rows" group by "since") "_" where not "_"."a0" is null limit 1000001$$),
('Superset', 'columns of a data set', $$SELECT * FROM (SELECT * FROM segments.member) AS virtual_table LIMIT 0$$),
('Superset', 'SQL Lab', $$SELECT segment, profile_id FROM segments.member ORDER BY segment, profile_id LIMIT 1001$$),
('Superset', 'a chart', $$SELECT segment AS segment, COUNT(DISTINCT profile_id) AS "COUNT_DISTINCT(profile_id)" FROM segments.member WHERE segment IN ('openers', 'clickers') GROUP BY segment ORDER BY "COUNT_DISTINCT(profile_id)" DESC LIMIT 10000$$),
('Superset', 'of a virtual data set', $$SELECT segment AS segment, COUNT(*) AS count FROM (SELECT m.segment, m.profile_id, c.region FROM segments.member m JOIN truth.customer c ON c.id = m.profile_id) AS virtual_table WHERE region IN ('p00', 'p01') GROUP BY segment ORDER BY count DESC LIMIT 1000$$),
('Superset', 'how many rows', $$SELECT COUNT(*) AS rowcount FROM (SELECT segment AS segment, profile_id AS profile_id FROM segments.member LIMIT 50000) AS rowcount_qry$$),
('Tableau', 'columns of custom SQL', $$SELECT * FROM (SELECT * FROM segments.member) "t" LIMIT 0$$),
('Tableau', 'a bar for each segment', $$SELECT "member"."segment" AS "segment", COUNT(DISTINCT "member"."profile_id") AS "ctd:profile_id:ok" FROM "segments"."member" "member" GROUP BY 1$$),
('Tableau', 'how many rows', $$SELECT COUNT(1) AS "cnt:member_1:ok" FROM "segments"."member" "member" HAVING (COUNT(1) > 0)$$),
('Tableau', 'custom SQL', $$SELECT "Custom SQL Query"."segment" AS "segment", SUM("Custom SQL Query"."contacts") AS "sum:contacts:ok" FROM (SELECT m.segment, c.contacts FROM segments.member m JOIN truth.customer c ON c.id = m.profile_id) "Custom SQL Query" WHERE (("Custom SQL Query"."segment" >= 'clickers') AND ("Custom SQL Query"."segment" <= 'openers')) GROUP BY 1 HAVING (SUM("Custom SQL Query"."contacts") > 0)$$),
('Tableau', 'sets: in both', $$SELECT COUNT(DISTINCT "a"."profile_id") AS "ctd:profile_id:ok" FROM "segments"."member" "a" INNER JOIN "segments"."member" "b" ON ("a"."profile_id" = "b"."profile_id") WHERE (("a"."segment" = 'openers') AND ("b"."segment" = 'clickers'))$$),
('Power BI', 'import', $$select "$Table"."segment" as "segment", "$Table"."profile_id" as "profile_id", "$Table"."since" as "since", "$Table"."as_of" as "as_of" from "segments"."member" "$Table"$$),
('Power BI', 'DirectQuery, a chart', $$select "_"."segment", "_"."a0" from (select "rows"."segment" as "segment", count(distinct "rows"."profile_id") as "a0" from (select "_"."segment", "_"."profile_id" from "segments"."member" "_" where "_"."segment" in ('openers', 'clickers')) "rows" group by "segment") "_" where not "_"."a0" is null limit 1000001$$),
('Power BI', 'DirectQuery, a card', $$select count(distinct("_"."profile_id")) + max(case when "_"."profile_id" is null then 1 else 0 end) as "a0" from (select "$Table"."profile_id" from "segments"."member" "$Table") "_"$$),
('Power BI', 'DirectQuery, one side of a relation', $$select "_"."region", count(*) as "a0" from (select "$Outer"."segment", "$Inner"."region" from "segments"."member" "$Outer" left outer join "truth"."customer" "$Inner" on ("$Outer"."profile_id" = "$Inner"."id")) "_" where "_"."segment" = 'clickers' group by "_"."region" limit 1000001$$);

SET ROLE bi_tools_analyst;
CREATE TEMP TABLE said AS SELECT number, tool, what, NULL::text AS answer FROM truth.statement WHERE false;
DO $$
DECLARE
    asked record;
BEGIN
    FOR asked IN SELECT * FROM truth.statement ORDER BY number LOOP
        INSERT INTO said VALUES (asked.number, asked.tool, asked.what, truth.says(asked.statement));
    END LOOP;
END $$;
SELECT format('%s, %s: %s', tool, what, answer) FROM said ORDER BY number;

\echo a table of 2,001 rows: so many come, and all of them are members
SELECT count(*), count(DISTINCT (segment, profile_id)), count(*) FILTER (WHERE (segment, profile_id) IN (SELECT segment, profile_id FROM truth.member))
FROM (SELECT "segments"."member"."segment" AS "segment", "segments"."member"."profile_id" AS "profile_id" FROM "segments"."member" LIMIT 2001) page;

\echo a cursor, as the ODBC driver of Tableau and Power BI declares it
BEGIN;
DECLARE "SQL_CUR0x1" CURSOR WITH HOLD FOR SELECT "member"."profile_id" AS "profile_id" FROM "segments"."member" "member" WHERE ("member"."segment" = 'clickers') ORDER BY 1;
FETCH 2 IN "SQL_CUR0x1";
MOVE 100 IN "SQL_CUR0x1";
COMMIT;
FETCH 1 IN "SQL_CUR0x1";
CLOSE "SQL_CUR0x1";
CREATE LOCAL TEMPORARY TABLE "#Tableau_1_Connect_Check" ("COL" INTEGER) ON COMMIT PRESERVE ROWS;
INSERT INTO "#Tableau_1_Connect_Check" SELECT length(segment) FROM segments.member LIMIT 3;
DROP TABLE "#Tableau_1_Connect_Check";

\echo what the tools list: Power BI, Superset (SQLAlchemy), Metabase and Tableau (the driver for JDBC)
select TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE from INFORMATION_SCHEMA.tables
where TABLE_SCHEMA not in ('information_schema', 'pg_catalog') and TABLE_NAME in ('member', 'segment_overview') and TABLE_SCHEMA = 'segments' order by TABLE_SCHEMA, TABLE_NAME;
SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace
WHERE pg_catalog.pg_class.relkind = ANY (ARRAY['v']) AND pg_catalog.pg_class.relpersistence != 't' AND pg_catalog.pg_namespace.nspname = 'segments'
  AND pg_class.relname IN ('member', 'segment_overview') ORDER BY 1;
SELECT n.nspname AS "TABLE_SCHEM", c.relname AS "TABLE_NAME", CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW' WHEN 'f' THEN 'FOREIGN TABLE' END AS "TABLE_TYPE",
       d.description IS NOT NULL AS "HAS_REMARKS"
FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_description d ON (c.oid = d.objoid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass)
WHERE c.relnamespace = n.oid AND n.nspname LIKE 'segments' AND has_table_privilege(c.oid, 'SELECT') AND c.relname IN ('member', 'segment_overview') ORDER BY "TABLE_TYPE", "TABLE_SCHEM", "TABLE_NAME";
SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = 'segments' AND table_name = 'member'
ORDER BY ordinal_position;

\echo only what is granted
SELECT segment, count(*) FROM segments.member GROUP BY segment ORDER BY segment COLLATE "C";
RESET ROLE;
DROP OWNED BY bi_tools_analyst;
DROP ROLE bi_tools_analyst;
