-- How a source tells when its rows happened: by instants, by what clocks in a zone show (timestamp, date), or by a count since 1970.
-- Refreshes, timelines and retention read such columns by source_time(), as the owners of tables, so that everybody may call it; the
-- trigger that logs old rows reads them by the same code.

CREATE FUNCTION segments_internal.source_time(reading timestamp, zone text) RETURNS timestamptz
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'segments_time_of_reading';
COMMENT ON FUNCTION segments_internal.source_time(timestamp, text) IS
    'reading AT TIME ZONE zone; null where that is out of range. Errors: 22023 (no such zone)';

CREATE FUNCTION segments_internal.source_time(day date, zone text) RETURNS timestamptz
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'segments_time_of_day';
COMMENT ON FUNCTION segments_internal.source_time(date, text) IS
    'midnight of a day in a zone: day::timestamp AT TIME ZONE zone; null where that is out of range. Errors: 22023 (no such zone)';

CREATE FUNCTION segments_internal.source_time(number float8, unit text) RETURNS timestamptz
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'segments_time_of_float';
COMMENT ON FUNCTION segments_internal.source_time(float8, text) IS
    'to_timestamp() of a number of s, ms or us; null where that is out of range, or no number. Errors: 22023 (no such unit)';

CREATE FUNCTION segments_internal.source_time(number numeric, unit text) RETURNS timestamptz
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'segments_time_of_numeric';
COMMENT ON FUNCTION segments_internal.source_time(numeric, text) IS
    'to_timestamp() of a number of s, ms or us; null where that is out of range, or no number. Errors: 22023 (no such unit)';

CREATE FUNCTION segments_internal.is_time_zone(zone text) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'segments_is_time_zone';
COMMENT ON FUNCTION segments_internal.is_time_zone(text) IS 'whether the server knows a time zone';

-- AT TIME ZONE takes a name that is both for the abbreviation, whose offset is fixed; which are known is a setting of the session.
CREATE FUNCTION segments_internal.check_time_zone(zone text, registered_as text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    near text[];
    -- What to do about a type that has it.
    remedy CONSTANT text := format('Give another one: SELECT segments.alter_interaction(%L, time_zone => ''...'').', registered_as);
BEGIN
    IF upper(zone) NOT IN ('UTC', 'GMT', 'UCT', 'ZULU') AND EXISTS (SELECT FROM pg_timezone_abbrevs WHERE upper(abbrev) = upper(zone)) THEN
        RAISE EXCEPTION '"%" is an abbreviation, which names an offset and no time zone', zone USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Clocks that change between summer and winter have several of them.',
            HINT = concat_ws(' ', 'Name the zone by a place, such as ''Europe/Paris''. SELECT name FROM pg_timezone_names lists those there are.',
                CASE WHEN registered_as IS NOT NULL THEN remedy END);
    END IF;
    IF NOT segments_internal.is_time_zone(zone) THEN
        near := ARRAY(SELECT name FROM pg_timezone_names WHERE right(lower(name), length(zone) + 1) = '/' || lower(zone) AND name !~ '^(posix|right)/' ORDER BY name);
        IF cardinality(near) = 0 THEN
            near := segments_internal.nearest_names(zone, ARRAY(SELECT name FROM pg_timezone_names WHERE name !~ '^(posix|right)/' ORDER BY name));
        END IF;
        RAISE EXCEPTION 'there is no time zone "%"', left(zone, 100) USING ERRCODE = 'invalid_parameter_value',
            HINT = concat_ws(' ', 'Did you mean ' || segments_internal.as_arguments(near) || '?',
                'SELECT name FROM pg_timezone_names lists those there are.', CASE WHEN registered_as IS NOT NULL THEN remedy END);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_time_zone(text, text) IS
    'raises 22023 unless the server knows a time zone, and AT TIME ZONE takes its name for nothing else; registered_as: the type that has it already';

-- `registered_as`: the type whose column it is already; null: it is being registered.
CREATE FUNCTION segments_internal.time_column_hint(
    source regclass, column_name name, column_type regtype, kind text, registered_as text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    before CONSTANT text := coalesce('SELECT segments.alter_interaction(' || quote_literal(registered_as) || ', ', '');
    after CONSTANT text := CASE WHEN registered_as IS NULL THEN '' ELSE ')' END;
    is_generated CONSTANT boolean := (SELECT attgenerated <> '' FROM pg_attribute WHERE attrelid = source AND attname = column_name);
    is_partition_key CONSTANT boolean := EXISTS (
        SELECT FROM pg_partitioned_table JOIN pg_attribute ON attrelid = partrelid AND attnum = ANY (partattrs)
        WHERE partrelid IN (SELECT segments_internal.tables_below(source)) AND attname = column_name);
BEGIN
    RETURN CASE
        WHEN column_type IN ('timestamp'::regtype, 'date'::regtype) THEN
            CASE WHEN registered_as IS NULL THEN 'Say in which zone its times are: time_zone => ''UTC''.'
                ELSE format('Say in which zone its times are; if ALTER TABLE has converted them, in that of the session that ran it: '
                    'SELECT segments.alter_interaction(%L, time_zone => ''...'').', registered_as) END
        WHEN column_type = ANY (segments_internal.count_types(kind)) THEN
            'If it counts seconds since 1970: ' || before || 'time_unit => ''s''' || after || '; if milliseconds, ''ms''; if microseconds, ''us''.'
        WHEN column_type = ANY (segments_internal.count_types('interaction')) AND NOT is_generated THEN
            format('If it counts seconds since 1970, add a column: %s; if milliseconds, with %I / 1000.0.',
                segments_internal.owner_statement(source, format('ALTER TABLE %s ADD COLUMN %I timestamptz GENERATED ALWAYS AS (to_timestamp(%I)) STORED',
                    source, left(column_name, 58) || '_time', column_name)), column_name)
        WHEN column_type = ANY ('{text,varchar,bpchar}'::regtype[]) AND NOT is_generated AND NOT is_partition_key THEN
            format('Say which zone is meant where a text names none, then read them: SET TimeZone = ''UTC''; %s.',
                segments_internal.owner_statement(source, format(
                    'ALTER TABLE %1$s ALTER COLUMN %2$I TYPE timestamptz USING %2$I::timestamptz', source, column_name)))
        ELSE 'Name another column.' END;
END
$$;
COMMENT ON FUNCTION segments_internal.time_column_hint(regclass, name, regtype, text, text) IS
    'what makes times of a column of another type, without losing the zone';

-- Windows of a profile source look at its field, whose values are compared as they are.
CREATE FUNCTION segments_internal.count_types(kind text) RETURNS regtype[]
LANGUAGE sql IMMUTABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT CASE kind WHEN 'profile source' THEN '{bigint,integer}' ELSE '{bigint,integer,numeric,float8}' END::regtype[]
$$;
COMMENT ON FUNCTION segments_internal.count_types(text) IS 'types of columns that can count since 1970 when rows of a kind of source happened';

-- Asked again by every refresh: columns get other types, and servers other time zones.  Without a column there is nothing to ask.
CREATE FUNCTION segments_internal.check_time_column(
    source regclass, time_column name, time_zone text, time_unit text, kind text, registered_as text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    column_type CONSTANT regtype := (SELECT segments_internal.base_type(atttypid) FROM pg_attribute
        WHERE attrelid = source AND attname = time_column AND attnum > 0 AND NOT attisdropped);
    superfluous CONSTANT text := CASE WHEN time_zone IS NOT NULL THEN 'time_zone' ELSE 'time_unit' END;
    allowed CONSTANT regtype[] := CASE WHEN time_zone IS NOT NULL THEN '{timestamp,date}'
        WHEN time_unit IS NOT NULL THEN segments_internal.count_types(kind) ELSE '{timestamptz}' END;
BEGIN
    IF num_nonnulls(time_zone, time_unit) > 0 AND time_column IS NULL THEN
        RAISE EXCEPTION '% is given without a time column', superfluous USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Name the column that it is about: time_column => ''...''.';
    ELSIF time_column IS NULL THEN
        RETURN;
    ELSIF num_nonnulls(time_zone, time_unit) = 2 THEN
        RAISE EXCEPTION 'both time_zone and time_unit are given' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give time_zone if the column is a timestamp or a date, time_unit if it is a number.';
    ELSIF num_nonnulls(time_zone, time_unit) = 1 AND column_type = 'timestamptz'::regtype THEN
        RAISE EXCEPTION 'column "%" of % has type %, which takes no %', time_column, source, format_type(column_type, NULL), superfluous
            USING ERRCODE = 'datatype_mismatch',
            DETAIL = 'Its values are instants: they are the same in every zone.',
            HINT = CASE WHEN registered_as IS NULL THEN format('Leave out %s.', superfluous)
                ELSE format('Say so: SELECT segments.alter_interaction(%L, %s => '''').', registered_as, superfluous) END;
    END IF;
    PERFORM segments_internal.check_column(source, time_column, 'time', allowed,
        CASE WHEN column_type <> ALL (allowed) THEN segments_internal.time_column_hint(source, time_column, column_type, kind, registered_as) END);
    IF time_unit NOT IN ('s', 'ms', 'us') THEN
        RAISE EXCEPTION 'unknown time_unit "%"', left(time_unit, 100) USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'A column of numbers counts seconds, milliseconds or microseconds since 1970-01-01 00:00 UTC.',
            HINT = 'Write ''s'', ''ms'' or ''us''.';
    END IF;
    IF time_zone IS NOT NULL THEN
        PERFORM segments_internal.check_time_zone(time_zone, registered_as);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_time_column(regclass, name, text, text, text, text) IS
    'raises an error that tells what to do unless a column, read in that zone or unit, can tell times of interactions. Errors: 42703, 42804 (its type), 22023 (zone, unit)';

-- What is given of time_zone and time_unit takes the place of the other; nothing goes with a column of instants.
CREATE FUNCTION segments_internal.with_time(
    type segments.interaction_type, time_column name, time_zone text, time_unit text) RETURNS segments.interaction_type
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    type.time_column := coalesce(time_column, type.time_column);
    IF num_nonnulls(time_zone, time_unit) > 0 THEN
        type.time_zone := coalesce(nullif(time_zone, ''), CASE WHEN time_zone IS NULL AND coalesce(time_unit, '') = '' THEN type.time_zone END);
        type.time_unit := coalesce(nullif(time_unit, ''), CASE WHEN time_unit IS NULL AND coalesce(time_zone, '') = '' THEN type.time_unit END);
    ELSIF time_column IS NOT NULL AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = type.source AND attname = time_column
            AND segments_internal.base_type(atttypid) = 'timestamptz'::regtype AND NOT attisdropped) THEN
        type.time_zone := NULL;
        type.time_unit := NULL;
    END IF;
    RETURN type;
END
$$;
COMMENT ON FUNCTION segments_internal.with_time(segments.interaction_type, name, text, text) IS
    'an interaction type with what alter_interaction says of its time; null: as it is, empty: none';

-- A partition holds what lies before its bound.  Clocks that are put forward on a day before skip readings, which stand for times up to
-- that much behind the bound's own.
CREATE FUNCTION segments_internal.ends_before(type segments.interaction_type, bound text, older_than timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp SET datestyle TO iso AS $$
DECLARE
    day CONSTANT interval := interval '1 day';
    ends timestamptz;
BEGIN
    IF bound IN ('MAXVALUE', 'MINVALUE') OR bound IS NULL THEN
        RETURN false;
    ELSIF type.time_unit IS NOT NULL THEN
        RETURN coalesce(segments_internal.source_time(bound::numeric, type.time_unit) <= older_than, false);
    ELSIF type.time_zone IS NULL THEN
        RETURN bound::timestamptz <= older_than;
    END IF;
    ends := segments_internal.source_time(bound::timestamp, type.time_zone);
    IF isfinite(ends) AND ends - segments_internal.source_time(bound::timestamp - day, type.time_zone) < day THEN
        ends := ends + day;
    END IF;
    RETURN coalesce(ends <= older_than, false);
END
$$;
COMMENT ON FUNCTION segments_internal.ends_before(segments.interaction_type, text, timestamptz) IS
    'whether whatever lies before a bound of the time column of a type lies before an instant, too; bound: as pg_get_expr() writes it, without quotes';

REVOKE EXECUTE ON FUNCTION
    segments_internal.check_time_zone(text, text),
    segments_internal.check_time_column(regclass, name, text, text, text, text),
    segments_internal.with_time(segments.interaction_type, name, text, text)
FROM PUBLIC;
