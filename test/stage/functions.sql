-- What several tests ask, in the database that each begins with (see regress).

-- Of a statement that must fail: its code, and what to do.
CREATE FUNCTION fails(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'succeeds';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ': ' || hint;
END
$$;

-- What is said of a definition that must be refused.
CREATE FUNCTION refusal(definition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; hint text; detail text;
BEGIN
    PERFORM segments.segment_count(definition);
    RETURN definition || ': accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT, detail = PG_EXCEPTION_DETAIL;
    RETURN definition || ': ' || SQLSTATE || ' ' || message || ' | ' || detail || ' | ' || hint;
END $$;
