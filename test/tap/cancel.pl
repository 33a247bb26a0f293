# A cancel and a timeout end a statement soon, wherever it is, and change nothing.
use strict;
use warnings;
use IPC::Run ();
use List::Util qw(max);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

# How soon the work must end.  A busy machine may be late at times: the best of several tries counts.
my $limit_ms = 100;
my $tries = 4;

my $server = PostgreSQL::Test::Cluster->new('cancel');
$server->init;
$server->append_conf('postgresql.conf', "max_parallel_workers_per_gather = 0\nshared_buffers = 256MB\nautovacuum = off");
$server->start;
sub sql { return $server->safe_psql('postgres', $_[0]); }

sql(q{
	CREATE EXTENSION segments;
	CREATE TABLE event (record_id text, occurred_at timestamptz, label text, amount int);
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	SELECT segments.register_unification('mapping', record_type => 'contact');
	INSERT INTO mapping SELECT n, 'p' || n FROM generate_series(1, 200000) n;
	INSERT INTO event SELECT 1 + n * 7919::bigint % 250000, '2026-01-01'::timestamptz + n * interval '20 s', 'label ' || n % 50000, n % 1000
	FROM generate_series(1, 400000) n;
	CREATE TABLE big AS SELECT segments.profile_set_agg(n) AS a FROM generate_series(1::bigint, 4000000) n WHERE n % 3 = 0 OR n % 7 = 1;
	ALTER TABLE big ADD b segments.profile_set;
	UPDATE big SET b = (SELECT segments.profile_set_agg(n) FROM generate_series(1::bigint, 4000000) n WHERE n % 5 = 0 OR n % 11 = 1);
	ANALYZE;});

# The state that nothing here may change, but for the refreshes that are meant to succeed.
sub state_of_all {
	return sql(q{SELECT (SELECT count(*) FROM segments.fragment), (SELECT count(*) FROM segments.record), (SELECT count(*) FROM segments.tile),
		(SELECT count(*) FROM segments.refresh WHERE state = 'successful'), (SELECT count(*) FROM segments.change_log),
		(SELECT coalesce(max(member_count), -1) FROM segments.segment_state)});
}

# Milliseconds that the server takes to end `statement` after its timeout fires, by the clock of psql;
# undef if the statement was done before: then it is undone.
sub lag_of_timeout {
	my ($statement, $timeout) = @_;
	my ($out, $err);
	$server->psql('postgres', "SET statement_timeout = $timeout;\n\\timing on\nBEGIN;\n$statement\nROLLBACK;", stdout => \$out, stderr => \$err, on_error_stop => 0);
	return undef unless $err =~ /canceling statement due to statement timeout/;
	my @times = $out =~ /Time: ([\d.]+) ms/g;
	return max(@times) - $timeout;
}

# For each moment within the statement, asserts that the best of several tries was ended in time.
sub ends_soon {
	my ($name, $statement, @moments) = @_;
	my $before = state_of_all();
	for my $moment (@moments) {
		my ($best, $done);
		for (1 .. $tries) {
			my $lag = lag_of_timeout($statement, $moment);
			if (!defined $lag) { $done = 1; last; }
			$best = $lag if !defined $best || $lag < $best;
			last if $best <= $limit_ms;
		}
		if (defined $best) {
			cmp_ok($best, '<=', $limit_ms, "$name: ends soon after $moment ms");
		} else {
			pass("$name: was done within $moment ms");
		}
	}
	is(state_of_all(), $before, "$name: nothing has changed");
}

# Cancels a session `delay` milliseconds after its statement began; the statement must not be done by then.
# When its time has come is a condition over pg_stat_activity.
sub cancelled_by_another {
	my ($name, $statement, $is_time) = @_;
	my ($out, $err) = ('', '');
	my $victim = IPC::Run::start(['psql', '-XAt', '-d', $server->connstr('postgres') . " application_name=victim", '-c', $statement, '-c', "SELECT 'alive'"],
		'<', '/dev/null', '>', \$out, '2>', \$err);
	my $active = q{FROM pg_stat_activity WHERE application_name = 'victim' AND query LIKE '%segments.%' AND state = 'active'};
	$server->poll_query_until('postgres', "SELECT count(*) = 1 $active");
	my $lag = sql(qq{DO \$\$
		DECLARE
			sent timestamptz;
		BEGIN
			LOOP
				PERFORM pg_stat_clear_snapshot();
				EXIT WHEN NOT EXISTS (SELECT $active AND NOT ($is_time));
			END LOOP;
			PERFORM pg_cancel_backend(pid) $active;
			sent := clock_timestamp();
			LOOP
				PERFORM pg_stat_clear_snapshot();
				EXIT WHEN NOT EXISTS (SELECT $active);
				IF clock_timestamp() > sent + interval '60 s' THEN
					PERFORM pg_terminate_backend(pid) $active;
					EXIT;
				END IF;
			END LOOP;
			PERFORM set_config('test.lag', (extract(epoch FROM clock_timestamp() - sent) * 1000)::text, false);
		END \$\$;
		SELECT current_setting('test.lag')});
	$victim->finish;
	like($err, qr/canceling statement due to user request/, "$name: the other session was cancelled");
	like($out, qr/alive/, "$name: and goes on");
	cmp_ok($lag, '<', 1000, "$name: a cancel acts soon ($lag ms)");
}

# When a refresh merges fragments, in milliseconds from its start; found by one that is undone.
sub merging_of {
	my ($statement) = @_;
	my ($out, $err);
	$server->psql('postgres', "SET segments.progress = on;\nBEGIN;\n\\timing on\n$statement\n\\timing off\nROLLBACK;", stdout => \$out, stderr => \$err);
	my ($total) = $out =~ /Time: ([\d.]+) ms/;
	my ($seconds) = $err =~ /INFO:  merged fragments: .* in ([\d.]+) s/;
	return undef if !defined $seconds;
	my ($later) = $err =~ /INFO:  saved segments: .* in ([\d.]+) s/;
	my $end = $total - 1000 * ($later // 0);
	return ($end - 1000 * $seconds, 1000 * $seconds);
}

# A timeout and a cancel aimed at that phase.  How long a refresh takes changes with what else the machine does, so the timeout has some
# attempts to meet it.
sub ends_soon_while_merging {
	my ($name, $statement) = @_;
	my ($start, $length) = merging_of($statement);
	ok(defined $length, "$name: merges fragments") or return;
	note("$name: merges from $start ms on, for $length ms");
	ends_soon("$name, merging", $statement, map { int($start + $length * $_) } 0.2, 0.5, 0.8);
	my $is_met = 0;
	for (my $attempt = 0; !$is_met && $attempt < 20; $attempt++) {
		($start, $length) = merging_of($statement);
		my $moment = int($start + $length * 0.5);
		my ($out, $err);
		$server->psql('postgres', "SET segments.progress = on;\nSET statement_timeout = $moment;\nBEGIN;\n$statement\nROLLBACK;", stdout => \$out, stderr => \$err, on_error_stop => 0);
		$is_met = $err =~ /canceling statement/ && $err =~ /INFO:  Event/ && $err !~ /INFO:  merged fragments/;
	}
	ok($is_met, "$name: a timeout met the merging");
	my $before = state_of_all();
	cancelled_by_another("$name, merging", $statement, q{EXISTS (SELECT FROM segments.refresh_status WHERE phase = 'merging')});
	is(state_of_all(), $before, "$name: a cancel while merging changes nothing");
}

# The full length of a statement, to place the moments within it.
sub duration_ms {
	my $start = time;
	sql($_[0]);
	return (time - $start) * 1000;
}
sub moments_within { my ($duration, @parts) = @_; return map { int($duration * $_) || 1 } @parts; }

# Refreshes, from the first bulk on: unification, capture, and the writing of fragments.
my $refresh = 'CALL segments.refresh();';
ends_soon('bulk refresh', $refresh, 50, 300, 600, 1000);
my $first = duration_ms($refresh);
note("first refresh: $first ms");
my $count = sql(q{SELECT segments.segment_count('Event', '2027-01-01')});
is($count, sql(q{SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id)}), 'the next refresh completes');

# Deletions, then merging: fragments are read, rows looked for, and written again.
sql(q{DELETE FROM event WHERE amount < 30; UPDATE mapping SET profile_id = 'q' || (record_id::int / 3) WHERE record_id::int % 10 = 0;
	INSERT INTO event SELECT 1 + n * 7907::bigint % 250000, '2026-06-01'::timestamptz + n * interval '20 s', 'more ' || n % 50000, n % 1000
	FROM generate_series(1, 60000) n;});
ends_soon('refresh with deletions', $refresh, 50, 200, 400, 700);
sql($refresh);
is(sql(q{SELECT segments.segment_count('Event at least 3', '2027-01-01')}),
	sql(q{SELECT count(*) FROM (SELECT profile_id FROM event JOIN mapping USING (record_id) GROUP BY 1 HAVING count(*) >= 3) p}),
	'deletions and moves are exact after cancelled refreshes');

# Merging: the last of eight refreshes of the same size.
for my $part (1 .. 8) {
	sql(qq{INSERT INTO event SELECT 1 + n * 7907::bigint % 200000, '2026-06-01'::timestamptz + n * $part * interval '7 s', 'part $part ' || n % 50000, n % 1000
		FROM generate_series(1, 120000) n});
	sql($refresh) if $part < 8;
}
ends_soon_while_merging('refresh that merges', $refresh);
sql($refresh);
is(sql(q{SELECT segments.segment_count('Event at least 5', '2028-01-01')}),
	sql(q{SELECT count(*) FROM (SELECT profile_id FROM event JOIN mapping USING (record_id) GROUP BY 1 HAVING count(*) >= 5) p}),
	'merged fragments are exact after cancelled refreshes');

# Evaluation: wide restrictions over large dictionaries, several counters.
my $heavy = join(' or ', map { "Event where (label contains '$_' and not label contains 'x$_') at least 2" } 10 .. 69);
my $evaluation = "SELECT segments.segment_count(\$\$$heavy\$\$, '2027-01-01');";
my $evaluated = duration_ms($evaluation);
note("evaluation: $evaluated ms");
ends_soon('segment_count', $evaluation, moments_within($evaluated, 0.1, 0.4, 0.8));
ends_soon('create_segment', "SELECT segments.create_segment('heavy', \$\$$heavy\$\$);", moments_within($evaluated, 0.3, 0.9));

# Every second ordinal of 256 blocks, written as its bytes: 8 million runs in 2 MB; and the same with the greatest member left out.
my $block = 8192;
sql(qq{
	CREATE FUNCTION little(value bigint, bytes int) RETURNS bytea LANGUAGE sql AS
		'SELECT string_agg(substring(int8send(value) FROM 9 - i FOR 1), NULL ORDER BY i) FROM generate_series(1, bytes) i';
	CREATE TABLE huge AS
	SELECT (little(12346, 4) || little(256, 4) || string_agg(little(n, 2) || little(32767, 2), NULL ORDER BY n)
			|| string_agg(little(8 + 8 * 256 + $block * n, 4), NULL ORDER BY n) || decode(repeat('55', $block * 256), 'hex'))::segments.profile_set AS a
	FROM generate_series(0::bigint, 255) n;
	ALTER TABLE huge ADD b segments.profile_set;
	UPDATE huge SET b = a - segments.profile_set(ARRAY[segments.maximum(a)]);});

# Sets and aggregates.
for my $operation (
	['array of a huge set', q{SELECT cardinality(segments.to_array('{0-10000000}'));}],
	['text with huge ranges', q{SELECT segments.cardinality(('{0-4294967295' || repeat(',0-4294967295', 2000) || '}')::segments.profile_set);}],
	['text of a huge set', q{SELECT length(a::text) FROM huge;}],
	['rows of a huge set', q{SELECT count(*) FROM huge, segments.ordinals(a);}],
	['comparing huge sets', q{SELECT a > b FROM huge;}],
	['hashing a huge set', q{SELECT segments_internal.profile_set_hash_extended(a, n) FROM huge, generate_series(1, 12) n;}],
	['a window of many rows', q{SELECT segments.cardinality(segments.segment_agg(n, '2026-01-01', '2026-02-01', NULL, 3)) FROM generate_series(1::bigint, 5000000) n;}],
	['segment_agg', q{SELECT segments.cardinality(segments.segment_agg(n % 1000003, '2026-01-01', '2026-02-01', NULL, 2)) FROM generate_series(1::bigint, 3000000) n;}],
	['profile_set_agg', q{SELECT segments.cardinality(segments.profile_set_agg(n * 7919 % 4000037)) FROM generate_series(1::bigint, 3000000) n;}],
	['union of sets', q{SELECT segments.cardinality(segments.profile_set_union_agg(a)) FROM big, generate_series(1, 3000);}],
	['operators', q{SELECT count(*) FROM big, generate_series(1::bigint, 200) n WHERE segments.cardinality(segments_internal.profile_set_and(segments_internal.profile_set_or(a, segments.profile_set(ARRAY[n])), b)) > 0;}],
	['text of a set', q{SELECT length((SELECT a FROM big)::text);}],
	['array of a set', q{SELECT cardinality(segments.to_array(a)) FROM big;}],
	['reading a set', q{SELECT segments.cardinality(text::segments.profile_set) FROM (SELECT a::text AS text FROM big OFFSET 0) t;}],
	['profiles of a set', q{SELECT count(*) FROM segments.profiles(segments.segment_eval('all'));}],
	['parsing', q{SELECT length((('Event where label in (' || repeat('''abc'',', 120000) || '''d'')')::segments.definition)::text);}],
	['resolving', q{SELECT segments.segment_count(('Event where label in (' || (SELECT string_agg(quote_literal('label ' || n), ',') FROM generate_series(1, 50000) n) || ')')::segments.definition);}])
{
	my ($name, $statement) = @$operation;
	my $duration = duration_ms($statement);
	note("$name: $duration ms");
	ends_soon($name, $statement, moments_within($duration, 0.3, 0.7));
}

# A cancel by another session: of an evaluation that would go on for long, whatever the machine.
cancelled_by_another('evaluation', "SELECT count(segments.segment_count(\$\$$heavy\$\$, '2027-01-01'::timestamptz + n * interval '1 s')) FROM generate_series(1, 1000000) n", q{clock_timestamp() >= query_start + interval '200 ms'});

# Everything still works.
is(sql(q{SELECT segments.segment_count('Event at least 3', '2027-01-01')}),
	sql(q{SELECT count(*) FROM (SELECT profile_id FROM event JOIN mapping USING (record_id) GROUP BY 1 HAVING count(*) >= 3) p}), 'evaluation is right');
sql($refresh);
is(sql(q{SELECT state FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1}), 'successful', 'so is the refresh');
$server->stop;
done_testing();
