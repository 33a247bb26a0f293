-- What a refresh consists of before it is done: its parts, as segments.refresh_part records them afterwards.

-- Schedules say which of the active segments a refresh evaluates: the first one from each of their times on, and one that was never
-- run.
CREATE VIEW segments.due_segment AS
SELECT run.refresh_id, segment.segment_id, segment.name
FROM (SELECT refresh_id, coalesce(as_of, started_at) AS at FROM segments.refresh) run
CROSS JOIN segments.segment
LEFT JOIN segments.segment_schedule planned ON planned.segment_id = segment.segment_id
LEFT JOIN segments.segment_state state ON state.segment_id = segment.segment_id
WHERE segment.lifecycle = 'active'
  AND (planned.schedule IS NULL OR segments_internal.next_attempt(planned.schedule, ARRAY[state.as_of], 0, NULL, run.at) <= run.at);
COMMENT ON VIEW segments.due_segment IS 'the segments that a refresh which has not published yet is to evaluate';

CREATE VIEW segments.standing_part AS
SELECT row_number() OVER (ORDER BY part.position, part.type_id) AS number, part.kind, part.name
FROM (
    VALUES (1, NULL::int, 'unification', NULL::text), (3, NULL, 'merge', NULL)
    UNION ALL
    SELECT 2, type_id, 'source', name FROM segments.interaction_type
) part (position, type_id, kind, name);
COMMENT ON VIEW segments.standing_part IS 'the parts of every refresh, besides segments';

-- Numbers of parts are only an order.
CREATE VIEW segments.planned_part AS
SELECT run.refresh_id, part.number, part.kind, part.name
FROM segments.refresh run CROSS JOIN segments.standing_part part
WHERE run.state = 'refreshing'
UNION ALL
SELECT due.refresh_id, (SELECT max(number) FROM segments.standing_part) + due.segment_id, 'segment', due.name
FROM segments.refresh run JOIN segments.due_segment due USING (refresh_id)
WHERE run.state = 'refreshing';
COMMENT ON VIEW segments.planned_part IS 'all parts of a refresh that is running, or whose server process has ended';
