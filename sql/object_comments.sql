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

-- So does every column of a view, and every one that monitors may read.
SELECT class.oid::regclass || '.' || attname AS without_comment
FROM pg_class class JOIN pg_attribute ON attrelid = class.oid AND attnum > 0 AND NOT attisdropped
WHERE relnamespace = 'segments'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
  AND (relkind = 'v' OR has_table_privilege('pg_monitor', class.oid, 'SELECT') OR has_column_privilege('pg_monitor', class.oid, attnum, 'SELECT'))
  AND col_description(class.oid, attnum) IS NULL
ORDER BY 1;

-- What \df segments.* shows is called by users, or named by what the dumps of their tables hold.
SELECT proname AS internal FROM pg_proc
WHERE pronamespace = 'segments'::regnamespace
  AND (prorettype IN ('internal'::regtype, 'cstring'::regtype) OR 'internal'::regtype = ANY (proargtypes) OR 'cstring'::regtype = ANY (proargtypes))
ORDER BY 1;
SELECT proname AS named_by_tables FROM pg_proc
WHERE pronamespace = 'segments'::regnamespace AND prokind = 'f' AND (prorettype = 'trigger'::regtype OR prolang = 12) ORDER BY 1;

-- A setting that has a unit says which.
SELECT name AS without_unit FROM pg_settings
WHERE name LIKE 'segments.%' AND unit IS NOT NULL
  AND coalesce(extra_desc, '') !~ ('^In ' || CASE unit WHEN 'ms' THEN 'milliseconds' WHEN 'min' THEN 'minutes' WHEN 'MB' THEN 'megabytes' ELSE 'blocks' END || '\M')
ORDER BY 1;
