-- Every object that the extension makes says what it is; but partitions are as their table is, the sequence of a column as
-- the column, a row type as its table, and an array type as its element.
SELECT pg_describe_object(classid, objid, 0) AS without_comment
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'segments')
  AND deptype = 'e'
  AND classid IN ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass)
  AND obj_description(objid, classid::regclass::name) IS NULL
  AND NOT EXISTS (SELECT FROM pg_class WHERE classid = 'pg_class'::regclass AND oid = objid AND relispartition)
  AND NOT EXISTS (
      SELECT FROM pg_depend column_of
      WHERE classid = 'pg_class'::regclass AND column_of.classid = classid AND column_of.objid = pg_depend.objid
        AND column_of.deptype = 'i')
  AND NOT EXISTS (
      SELECT FROM pg_type LEFT JOIN pg_class ON pg_class.oid = typrelid
      WHERE classid = 'pg_type'::regclass AND pg_type.oid = objid AND (relkind <> 'c' OR typcategory = 'A'))
ORDER BY 1;
