-- Tables that are dumped.  pg_dump orders them by their foreign keys, but pg_restore --jobs does not know these, and loads tables of an
-- extension in any order, each in a transaction of its own.  So what is inserted is not checked: nobody but functions of the
-- extension inserts.  What belongs to a deleted row still goes with it.
DO $$
DECLARE
    check_of record;
BEGIN
    FOR check_of IN
        SELECT trigger.tgrelid::regclass AS child, trigger.tgname AS name
        FROM pg_extension extension
        JOIN pg_constraint foreign_key ON foreign_key.conrelid = ANY (extension.extconfig) AND foreign_key.contype = 'f'
        JOIN pg_trigger trigger ON trigger.tgconstraint = foreign_key.oid AND trigger.tgrelid = foreign_key.conrelid
        WHERE extension.extname = 'segments'
    LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', check_of.child, check_of.name);
    END LOOP;
END
$$;
