-- Databases whose encoding is not UTF8 are refused before anything is made, and before a character of the script can disturb.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT current_database() AS here \gset
CREATE DATABASE segments_test_latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE segments_test_euc_jp TEMPLATE template0 ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE segments_test_sql_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C';

\c segments_test_latin1
CREATE EXTENSION segments;
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pg_namespace WHERE nspname ~ '^segments';

\c segments_test_euc_jp
CREATE EXTENSION segments;
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pg_namespace WHERE nspname ~ '^segments';

\c segments_test_sql_ascii
CREATE EXTENSION segments;
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pg_namespace WHERE nspname ~ '^segments';

\c :here
DROP DATABASE segments_test_latin1;
DROP DATABASE segments_test_euc_jp;
DROP DATABASE segments_test_sql_ascii;

-- In UTF8 the language of the database does not matter.
CREATE DATABASE segments_test_utf8 TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
\c segments_test_utf8
CREATE EXTENSION segments;
SELECT 'Opened where city = ''Zürich'''::segments.definition;
\c :here
DROP DATABASE segments_test_utf8;
