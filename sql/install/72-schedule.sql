-- Schedules: of the system's refresh, and of segments.  src/core/schedule/README.md says what they mean.

CREATE TABLE segments.refresh_schedule (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    schedule text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE segments.refresh_schedule IS 'when the system refreshes by itself; no row: never';

-- A segment without a row is evaluated with every refresh.
CREATE TABLE segments.segment_schedule (
    segment_id int PRIMARY KEY REFERENCES segments.segment ON DELETE CASCADE,
    schedule text NOT NULL
);
COMMENT ON TABLE segments.segment_schedule IS 'segments that are not evaluated with every refresh, and when they are';

SELECT pg_catalog.pg_extension_config_dump('segments.refresh_schedule', '');
SELECT pg_catalog.pg_extension_config_dump('segments.segment_schedule', '');

-- Not dumped: what was run belongs to this database.  Written by the worker alone, which waits for nobody's transaction to do so.
CREATE TABLE segments.job (
    job text PRIMARY KEY CHECK (job IN ('refresh')),
    began_at timestamptz NOT NULL,
    ended_at timestamptz,              -- null: running, or cut off by a crash
    failures int NOT NULL DEFAULT 0,   -- since the last good run
    failed_at timestamptz,
    last_sqlstate text,                -- of the last run, if it failed
    last_error text
);
ALTER TABLE segments.job ALTER COLUMN last_error SET STATISTICS 0;
COMMENT ON TABLE segments.job IS 'the last scheduled run of each job of this database';

CREATE FUNCTION segments.set_refresh_schedule(schedule text) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'segments_set_refresh_schedule' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.set_refresh_schedule(text) IS
    'lets the background worker refresh by schedule, for example: every 15 minutes; daily at 06:00 and 18:30; monday and friday at '
    '02:00 in ''Europe/Berlin''; null turns it off, as it is at first. Returns the time of the next run. Times of day without a '
    'zone are in that of the setting segments.time_zone, else the session''s, and stay so. Warns if no worker will do it. Errors: '
    '42601 (syntax, with position), 22003 (number), 22023 (time zone)';
REVOKE EXECUTE ON FUNCTION segments.set_refresh_schedule(text) FROM PUBLIC;

CREATE FUNCTION segments.set_segment_schedule(name text, schedule text) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'segments_set_segment_schedule' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.set_segment_schedule(text, text) IS
    'says which refreshes evaluate a segment: with every refresh (the default; so is null), manual (none: only run_segment), or the '
    'first one from each time of a schedule on: weekly, monthly, daily at 06:00 ... Until then its members stay. Returns the time of '
    'the next refresh that will; null if none is scheduled, which a notice tells. Only for its owner. Errors: as set_refresh_schedule';

CREATE FUNCTION segments_internal.copy_schedule(from_id int, to_id int) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO segments.segment_schedule (segment_id, schedule)
    SELECT to_id, planned.schedule FROM segments.segment_schedule planned WHERE planned.segment_id = from_id;
END;
COMMENT ON FUNCTION segments_internal.copy_schedule(int, int) IS 'gives a segment the schedule of another one';

REVOKE EXECUTE ON FUNCTION segments.set_segment_schedule(text, text), segments_internal.copy_schedule(int, int) FROM PUBLIC;

CREATE FUNCTION segments.next_run(schedule text, after timestamptz DEFAULT now()) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'segments_next_run' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments.next_run(text, timestamptz) IS
    'the first time that a schedule names after another time: to see what a schedule means. Null: it names none. Errors: as '
    'set_refresh_schedule';

CREATE FUNCTION segments_internal.next_attempt(schedule text, runs timestamptz[], failures int, failed_at timestamptz, at timestamptz)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'segments_next_attempt' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.next_attempt(text, timestamptz[], int, timestamptz, timestamptz) IS
    'when a job is to run next, as seen at a time, by its schedule, the runs it counts from and the failures since the last good '
    'one. -infinity: at once; null: never, or its time zone is gone, which warns';

-- The refresh that is published counts, whoever called it, and makes up for failures before it; so does a change of the schedule.
CREATE VIEW segments.job_history AS
SELECT 'refresh' AS job, planned.schedule,
       ARRAY[planned.set_at, job.began_at, published.as_of] AS runs,
       CASE WHEN greatest(published.finished_at, planned.set_at) > job.failed_at THEN 0 ELSE coalesce(job.failures, 0) END AS failures,
       job.failed_at, job.began_at, job.ended_at, job.last_sqlstate, job.last_error
FROM (SELECT schedule, set_at FROM segments.refresh_schedule LIMIT 1) planned  -- LIMIT 1: what the planner does not know
LEFT JOIN segments.job ON job.job = 'refresh'
LEFT JOIN (
    SELECT refresh.as_of, refresh.finished_at FROM segments.published JOIN segments.refresh USING (refresh_id) LIMIT 1) published
    ON true;
COMMENT ON VIEW segments.job_history IS 'scheduled jobs of this database, and what their next runs depend on';

CREATE VIEW segments.schedule WITH (security_barrier) AS
SELECT job, schedule,
       CASE planned.next_run WHEN '-infinity' THEN statement_timestamp() ELSE planned.next_run END AS next_run,
       CASE WHEN began_at IS NULL THEN 'never run'
            WHEN ended_at IS NULL THEN 'running'
            WHEN last_sqlstate = '55P03' THEN 'skipped'
            WHEN last_sqlstate IS NOT NULL THEN 'failed'
            ELSE 'successful' END AS state,
       began_at, ended_at, failures, last_sqlstate,
       CASE WHEN has_function_privilege(current_user, 'segments.refresh()', 'EXECUTE') THEN last_error END AS last_error
FROM segments.job_history history
CROSS JOIN LATERAL segments_internal.next_attempt(schedule, runs, failures, failed_at, statement_timestamp()) planned (next_run);
COMMENT ON VIEW segments.schedule IS
    'what is scheduled in this database: next_run (in the past: overdue), and the state of the last scheduled run (never run, '
    'running, successful, failed, or skipped: another refresh or an erasure was running) with the failures since the last good one, '
    'after which it is tried again ever later. Errors may quote data: they are shown to those who may refresh';
COMMENT ON COLUMN segments.schedule.job IS 'what is run: refresh';
COMMENT ON COLUMN segments.schedule.schedule IS 'when, in canonical form';
COMMENT ON COLUMN segments.schedule.next_run IS 'when it is due next; in the past: overdue';
COMMENT ON COLUMN segments.schedule.state IS 'of the last scheduled run: never run, running, successful, failed or skipped';
COMMENT ON COLUMN segments.schedule.began_at IS 'when that run began';
COMMENT ON COLUMN segments.schedule.ended_at IS 'when it ended; null: it has not';
COMMENT ON COLUMN segments.schedule.failures IS 'failed runs since the last good one';
COMMENT ON COLUMN segments.schedule.last_sqlstate IS 'of the error of the last run, if it failed';
COMMENT ON COLUMN segments.schedule.last_error IS 'that error; for those who may refresh';
GRANT SELECT ON segments.schedule TO PUBLIC;

-- For the worker, which tells the time: next_due_at and due_jobs say what is to be run when; begin_job and end_job, in transactions
-- of their own around a run, move the schedule on.
CREATE FUNCTION segments_internal.next_due_at(at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT min(segments_internal.next_attempt(schedule, runs, failures, failed_at, at)) FROM segments.job_history;
END;
COMMENT ON FUNCTION segments_internal.next_due_at(timestamptz) IS
    'when the next job of this database is due, as seen at a time: in the past if one is overdue; null: nothing is scheduled';

CREATE FUNCTION segments_internal.due_jobs(at timestamptz, OUT job text, OUT due_at timestamptz) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT history.job, planned.next_run
    FROM segments.job_history history
    CROSS JOIN LATERAL segments_internal.next_attempt(schedule, runs, failures, failed_at, at) planned (next_run)
    WHERE planned.next_run <= at
    ORDER BY planned.next_run, history.job;
END;
COMMENT ON FUNCTION segments_internal.due_jobs(timestamptz) IS 'the jobs of this database that are due at a time, the longest overdue first';

CREATE FUNCTION segments_internal.begin_job(job text, at timestamptz) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO segments.job AS j (job, began_at) VALUES (begin_job.job, at)
    ON CONFLICT (job) DO UPDATE SET began_at = excluded.began_at, ended_at = NULL;
END;
COMMENT ON FUNCTION segments_internal.begin_job(text, timestamptz) IS 'records that a scheduled run begins: to be committed before it does';

CREATE FUNCTION segments_internal.end_job(job text, at timestamptz, sqlstate text DEFAULT NULL, error text DEFAULT NULL) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    UPDATE segments.job j
    SET ended_at = at, last_sqlstate = end_job.sqlstate, last_error = end_job.error,
        failures = CASE WHEN end_job.sqlstate IS NULL THEN 0 ELSE
            coalesce((SELECT least(history.failures, 1000000) FROM segments.job_history history WHERE history.job = j.job), 0) + 1 END,
        failed_at = CASE WHEN end_job.sqlstate IS NULL THEN NULL ELSE at END
    WHERE j.job = end_job.job;
END;
COMMENT ON FUNCTION segments_internal.end_job(text, timestamptz, text, text) IS
    'records that a scheduled run has ended: well, or with an error, after which it is tried again ever later';

CREATE FUNCTION segments_internal.end_interrupted_jobs(at timestamptz) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT segments_internal.end_job(job, at, '57P02', 'the run was cut off') FROM segments.job WHERE ended_at IS NULL;
END;
COMMENT ON FUNCTION segments_internal.end_interrupted_jobs(timestamptz) IS
    'records that scheduled runs which began but did not end have failed: for a worker that knows that none is running';

REVOKE EXECUTE ON FUNCTION segments_internal.next_due_at(timestamptz), segments_internal.due_jobs(timestamptz), segments_internal.begin_job(text, timestamptz),
    segments_internal.end_job(text, timestamptz, text, text), segments_internal.end_interrupted_jobs(timestamptz) FROM PUBLIC;
