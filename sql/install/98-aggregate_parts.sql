-- What the functions that aggregates are made of are for: said once for all of them.
DO $$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT f.function, f.role, string_agg(a.aggfnoid::regproc::text, ', ' ORDER BY a.aggfnoid) AS aggregates
        FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid,
            LATERAL (VALUES (a.aggtransfn, 'adds a row'), (a.aggcombinefn, 'adds another state'), (a.aggserialfn, 'writes a state'),
                (a.aggdeserialfn, 'reads a state'), (a.aggfinalfn, 'gives the result')) f (function, role)
        WHERE p.pronamespace = 'segments'::regnamespace AND f.function <> 0
        GROUP BY f.function, f.role
    LOOP
        EXECUTE format('COMMENT ON FUNCTION %s IS %L', part.function::regprocedure, part.role || ': part of ' || part.aggregates);
    END LOOP;
END
$$;
