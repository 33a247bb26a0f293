-- Where all tables of a database are published (CREATE PUBLICATION ... FOR ALL TABLES), rows can be updated and deleted only in tables whose
-- rows can be told apart: by their primary key, by another unique index, or by all of their columns.
DO $$
DECLARE
    own record;
BEGIN
    FOR own IN
        SELECT class.oid::regclass AS name, (
            SELECT key.indexrelid::regclass FROM pg_index key
            WHERE key.indrelid = class.oid AND key.indisunique AND key.indimmediate AND key.indpred IS NULL AND key.indexprs IS NULL AND NOT EXISTS (
                SELECT FROM unnest(key.indkey::int2[]) AS number JOIN pg_attribute ON attrelid = class.oid AND attnum = number WHERE NOT attnotnull)
            ORDER BY key.indnatts, key.indexrelid LIMIT 1) AS key
        FROM pg_class class JOIN pg_namespace namespace ON namespace.oid = class.relnamespace
        WHERE namespace.nspname IN ('segments', 'segments_internal') AND class.relkind IN ('r', 'p')
          AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = class.oid AND indisprimary)
    LOOP
        EXECUTE format('ALTER TABLE %s REPLICA IDENTITY %s', own.name, coalesce('USING INDEX ' || (SELECT quote_ident(relname) FROM pg_class WHERE oid = own.key), 'FULL'));
    END LOOP;
END
$$;
