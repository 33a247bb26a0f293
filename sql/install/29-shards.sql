-- Partitions of every table by shard that stands above: @SHARD_COUNT@ of each.  They inherit storage and indexes, but not what is
-- gathered of which column.
DO $$
DECLARE
    parent record;
    unsampled name;
BEGIN
    FOR parent IN
        SELECT oid, relname FROM pg_class c
        WHERE relkind = 'p' AND relnamespace = 'segments'::regnamespace AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid)
        ORDER BY relname
    LOOP
        FOR shard IN 0 .. @SHARD_COUNT@ - 1 LOOP
            EXECUTE format('CREATE TABLE segments.%1$I PARTITION OF segments.%2$I FOR VALUES IN (%3$s)',
                parent.relname || '_' || shard, parent.relname, shard);
            FOR unsampled IN SELECT attname FROM pg_attribute WHERE attrelid = parent.oid AND attnum > 0 AND attstattarget = 0 LOOP
                EXECUTE format('ALTER TABLE segments.%I ALTER COLUMN %I SET STATISTICS 0', parent.relname || '_' || shard, unsampled);
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;
