# A database whose segments are compared with plain SQL: two sources of one shape, one of them partitioned, and a mapping.
package SegmentsOracle;
use strict;
use warnings;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(create_sources is_exact);

# differences() lists what the extension and SQL disagree about; it only reads, so that a standby can run it too.  For every
# restriction it compares who has exactly 1, 2, … rows: a row that was lost or counted twice cannot hide.
sub create_sources
{
	my ($server, $database) = @_;
	$server->safe_psql(
		$database, q{
		CREATE EXTENSION segments;
		CREATE TABLE event (id bigserial PRIMARY KEY, record_id text, occurred_at timestamptz, label text, number int);
		CREATE TABLE visit (id bigserial, record_id text, occurred_at timestamptz, label text, number int)
			PARTITION BY RANGE (occurred_at);
		CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM ('2026-01-01 UTC') TO ('2026-02-01 UTC');
		CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM ('2026-02-01 UTC') TO ('2026-03-01 UTC');
		CREATE TABLE visit_other PARTITION OF visit DEFAULT;
		CREATE INDEX ON visit (id);
		CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
		SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
		SELECT segments.register_interaction('visit', 'Visit', 'occurred_at', 'record_id');
		SELECT segments.register_unification('mapping');

		CREATE FUNCTION differences() RETURNS TABLE (definition text, found text) LANGUAGE plpgsql AS $$
		DECLARE
			most CONSTANT int := 24;
			type text;
			restriction text;
			condition text;
		BEGIN
			FOR type, restriction, condition IN
				SELECT t, r, coalesce(c, r) FROM unnest(ARRAY['Event', 'Visit']) t, (VALUES
					('number >= 0', NULL), ('number < 50', NULL), ($q$label = 'changed'$q$, NULL), ($q$label <> 'inserted'$q$, $q$label IS DISTINCT FROM 'inserted'$q$)) a (r, c)
			LOOP
				RETURN QUERY EXECUTE format(
					'WITH counted AS MATERIALIZED ('
					'    SELECT profile_id, least(count(source.record_id) FILTER (WHERE %3$s), %4$s) AS rows'
					'    FROM public.mapping LEFT JOIN public.%1$I source USING (record_id) GROUP BY profile_id),'
					' evaluated AS MATERIALIZED ('
					'    SELECT segments.profiles(segments.segment_eval((%2$L || CASE n WHEN 0 THEN '' never'''
					'        WHEN %4$s THEN '' at least '' || n ELSE '' exactly '' || n END)::segments.definition)) AS profile_id, n AS rows'
					'    FROM generate_series(0, %4$s) n)'
					' SELECT %2$L, ''only segments: '' || a::text FROM (TABLE evaluated EXCEPT ALL TABLE counted) a'
					' UNION ALL SELECT %2$L, ''only SQL: '' || b::text FROM (TABLE counted EXCEPT ALL TABLE evaluated) b',
					lower(type), type || ' where ' || restriction, condition, most);
			END LOOP;
			RETURN QUERY
				WITH evaluated AS (
					SELECT segments.profiles(segments.segment_eval(
						'Event since ''2026-02-01 00:00 UTC'' at least 2 and not Visit where number > 60 before ''2026-02-10 00:00 UTC'''))),
				counted AS (
					SELECT profile_id FROM public.mapping JOIN public.event USING (record_id)
					WHERE occurred_at >= '2026-02-01 00:00 UTC' GROUP BY profile_id HAVING count(*) >= 2
					EXCEPT SELECT profile_id FROM public.mapping JOIN public.visit USING (record_id)
					WHERE number > 60 AND occurred_at < '2026-02-10 00:00 UTC')
				SELECT 'windows', 'only segments: ' || a::text FROM (TABLE evaluated EXCEPT ALL TABLE counted) a
				UNION ALL SELECT 'windows', 'only SQL: ' || b::text FROM (TABLE counted EXCEPT ALL TABLE evaluated) b;
			RETURN QUERY
				WITH stored AS (SELECT name, total, linked FROM segments.interaction_catalog(true) WHERE name IN ('Event', 'Visit')),
				counted AS (
					SELECT 'Event', count(*), count(profile_id) FROM public.event LEFT JOIN public.mapping USING (record_id)
					UNION ALL
					SELECT 'Visit', count(*), count(profile_id) FROM public.visit LEFT JOIN public.mapping USING (record_id))
				SELECT 'catalog', 'only segments: ' || a::text FROM (TABLE stored EXCEPT TABLE counted) a
				UNION ALL SELECT 'catalog', 'only SQL: ' || b::text FROM (TABLE counted EXCEPT TABLE stored) b;
		END $$;
	});
	return;
}

sub is_exact
{
	my ($server, $database, $what) = @_;
	is($server->safe_psql($database, 'SELECT count(*) || coalesce(min(definition || $$: $$ || found), $$$$) FROM public.differences()'),
		'0', $what);
	return;
}

1;
