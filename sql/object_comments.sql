-- Every object that the extension makes says what it is.
SELECT pg_describe_object(classid, objid, 0) AS without_comment
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'segments')
  AND deptype = 'e'
  AND classid IN ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass)
  AND obj_description(objid, classid::regclass::name) IS NULL
  -- partitions are as their table is, the sequence of a column as the column, and an array type as its element
  AND NOT (classid = 'pg_class'::regclass AND (
      (SELECT relispartition FROM pg_class WHERE oid = objid)
      OR EXISTS (SELECT FROM pg_depend column_of
                 WHERE column_of.classid = 'pg_class'::regclass AND column_of.objid = pg_depend.objid AND column_of.deptype = 'i')))
  AND NOT (classid = 'pg_type'::regclass AND (SELECT typtype = 'b' AND typelem <> 0 AND typsubscript::oid <> 0 FROM pg_type WHERE oid = objid))
ORDER BY 1;
