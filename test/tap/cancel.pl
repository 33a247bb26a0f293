# A cancel and a timeout end a statement soon, wherever it is, and change nothing.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PsqlSession;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(clock_gettime);

# How soon the work must end, in the milliseconds of a processor that the statement still uses after its cancel was sent, so that what else the
# machine does is not counted; on a slower machine as much longer as a plain statement takes longer there than it did on the machine that this
# was written on ($plain_ms).  The best of several tries counts.
my $limit_ms = 250;
my $tries = 5;
my $plain = 'SELECT sum(hashtext(n::text)) FROM generate_series(1, 300000) n;';
my $plain_ms = 30;

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

# A session whose statements are cancelled, and the clock of the processor time that its server process has used.
my $session = PsqlSession->new($server);
sub ask_session { return $session->ask($_[0]); }
ask_session('SET segments.progress = on;');
my $clock = unpack('l', pack('l', (~$session->pid << 3) | 2));    # CLOCK_PROCESS_CPUTIME_ID of another process
sub used_ms { return 1000 * clock_gettime($clock); }

# Milliseconds of a processor that a statement takes.
sub cost_of {
	my $before = used_ms();
	ask_session($_[0]);
	return used_ms() - $before;
}
sub cost_undone {
	my ($statement) = @_;
	ask_session('BEGIN;');
	my $cost = cost_of($statement);
	ask_session('ROLLBACK;');
	return $cost;
}

# Cancels a statement when it has used so much, and undoes it; what it still used then, or undef if it was done before.
sub lag_of_cancel {
	my ($statement, $moment) = @_;
	ask_session('BEGIN;');
	my $start = used_ms();
	my $sent;
	$session->send($statement);
	until ($session->is_done) {
		my $used = used_ms();
		if (!defined $sent && $used - $start >= $moment) {
			kill 'INT', $session->pid;
			$sent = $used;
		}
		$session->look;
	}
	my $end = used_ms();
	my $is_cancelled = $session->err =~ /canceling statement due to user request/;
	my $messages = $session->err;
	ask_session('ROLLBACK;');
	return ($is_cancelled ? $end - $sent : undef, $messages);
}

# What this machine may use, by what a plain statement uses right now.
sub limit_now {
	my $now = cost_of($plain);
	note(sprintf 'a plain statement uses %.1f ms', $now);
	return $limit_ms * ($now > $plain_ms ? $now / $plain_ms : 1);
}

# Cancels a statement at a moment until it ends in time, some times at most.  is_met tells by its messages whether a try counts.
sub ends_soon_at {
	my ($name, $statement, $moment, $is_met) = @_;
	my ($best, $limit);
	for (1 .. $tries) {
		my ($lag, $messages) = lag_of_cancel($statement, $moment);
		next if !defined $lag || ($is_met && !$is_met->($messages));
		$best = $lag if !defined $best || $lag < $best;
		my $now = limit_now();
		$limit = $now if !defined $limit || $now > $limit;
		last if $best <= $limit;
	}
	return 0 if !defined $best;
	note(sprintf '%s: cancelled after %d ms, ended %.1f ms later', $name, $moment, $best);
	cmp_ok($best, '<=', $limit, "$name: ends soon");
	return 1;
}

# The same at some parts of what it costs; what costs no more than the limit needs no cancel.
sub ends_soon {
	my ($name, $statement, @parts) = @_;
	my $before = state_of_all();
	my $cost = cost_undone($statement);
	note(sprintf '%s: %.1f ms', $name, $cost);
	my $met = 0;
	$met += ends_soon_at("$name, $_ of it", $statement, $cost * $_) for @parts;
	ok($met || $cost <= limit_now(), "$name: was cancelled");
	is(state_of_all(), $before, "$name: nothing has changed");
}

# A timeout ends it, too.
sub times_out {
	my ($name, $statement) = @_;
	my $before = state_of_all();
	ask_session("BEGIN;\nSET LOCAL statement_timeout = 20;\n$statement");
	like($session->err, qr/canceling statement due to statement timeout/, "$name: a timeout ends it");
	ask_session('ROLLBACK;');
	is(state_of_all(), $before, "$name: and changes nothing");
}

# What a refresh has used when its messages say that it begins and ends to merge fragments.
sub merging_of {
	my ($statement) = @_;
	my ($begin, $end);
	ask_session('BEGIN;');
	my $start = used_ms();
	$session->send($statement);
	until ($session->is_done) {
		my $used = used_ms() - $start;
		$begin = $used if !defined $begin && $session->err =~ /\bINFO:  Event/;
		$end = $used if !defined $end && $session->err =~ /\bINFO:  merged fragments/;
		$session->look;
	}
	$begin //= 0;
	$end //= used_ms() - $start;
	my $messages = $session->err;
	ask_session('ROLLBACK;');
	return ($begin, $end, $messages);
}

# Cancels aimed at that phase.  What a refresh uses changes a little with what else the machine does, so there are some rounds to meet it.
sub ends_soon_while_merging {
	my ($name, $statement) = @_;
	my $before = state_of_all();
	my $is_merging = sub { return $_[0] =~ /\bINFO:  Event/ && $_[0] !~ /\bINFO:  merged fragments/; };
	my $met = 0;
	for (my $round = 0; $met == 0 && $round < 10; $round++) {
		my ($begin, $end, $messages) = merging_of($statement);
		like($messages, qr/\bINFO:  merged fragments/, "$name: merges fragments");
		note(sprintf '%s: merges from %.1f to %.1f ms', $name, $begin, $end);
		$met += ends_soon_at("$name, $_ of merging", $statement, $begin + ($end - $begin) * $_, $is_merging) for 0.2, 0.5, 0.8;
	}
	SKIP: {
		skip 'this machine was too busy to meet the merging', 1 if !$met;
		pass("$name: was cancelled while merging");
	}
	is(state_of_all(), $before, "$name: nothing has changed");
}

# Refreshes, from the first bulk on: unification, capture, and the writing of fragments.
my $refresh = 'CALL segments.refresh();';
ends_soon('bulk refresh', $refresh, 0.05, 0.3, 0.6, 0.9);
times_out('bulk refresh', $refresh);
sql($refresh);
my $count = sql(q{SELECT segments.segment_count('Event', '2027-01-01')});
is($count, sql(q{SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id)}), 'the next refresh completes');

# Deletions, then merging: fragments are read, rows looked for, and written again.
sql(q{DELETE FROM event WHERE amount < 30; UPDATE mapping SET profile_id = 'q' || (record_id::int / 3) WHERE record_id::int % 10 = 0;
	INSERT INTO event SELECT 1 + n * 7907::bigint % 250000, '2026-06-01'::timestamptz + n * interval '20 s', 'more ' || n % 50000, n % 1000
	FROM generate_series(1, 60000) n;});
ends_soon('refresh with deletions', $refresh, 0.05, 0.3, 0.6, 0.9);
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
ends_soon('segment_count', $evaluation, 0.1, 0.4, 0.8);
ends_soon('create_segment', "SELECT segments.create_segment('heavy', \$\$$heavy\$\$);", 0.3, 0.9);
times_out('segment_count', $evaluation);

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
	['text of a huge set', q{SELECT octet_length(a::text) FROM huge;}, 0.2, 0.3],    # what follows is the server's copying
	['rows of a huge set', q{SELECT count(*) FROM huge, segments.ordinals(a);}],
	['comparing huge sets', q{SELECT a > b FROM huge;}],
	['hashing a huge set', q{SELECT segments_internal.profile_set_hash_extended(a, n) FROM huge, generate_series(1, 12) n;}],
	['a window of many rows', q{SELECT segments.cardinality(segments.segment_agg(n, '2026-01-01', '2026-02-01', NULL, 3)) FROM generate_series(1::bigint, 5000000) n;}],
	['segment_agg', q{SELECT segments.cardinality(segments.segment_agg(n % 1000003, '2026-01-01', '2026-02-01', NULL, 2)) FROM generate_series(1::bigint, 3000000) n;}],
	['profile_set_agg', q{SELECT segments.cardinality(segments.profile_set_agg(n * 7919 % 4000037)) FROM generate_series(1::bigint, 3000000) n;}],
	['union of sets', q{SELECT segments.cardinality(segments.profile_set_union_agg(a)) FROM big, generate_series(1, 3000);}],
	['operators', q{SELECT count(*) FROM big, generate_series(1::bigint, 200) n WHERE segments.cardinality(segments_internal.profile_set_and(segments_internal.profile_set_or(a, segments.profile_set(ARRAY[n])), b)) > 0;}],
	['text of a set', q{SELECT octet_length((SELECT a FROM big)::text);}],
	['array of a set', q{SELECT cardinality(segments.to_array(a)) FROM big;}],
	['reading a set', q{SELECT segments.cardinality(text::segments.profile_set) FROM (SELECT a::text AS text FROM big OFFSET 0) t;}],
	['profiles of a set', q{SELECT count(*) FROM segments.profiles(segments.segment_eval('all'));}],
	['parsing', q{SELECT length((('Event where label in (' || repeat('''abc'',', 120000) || '''d'')')::segments.definition)::text);}],
	['resolving', q{SELECT segments.segment_count(('Event where label in (' || (SELECT string_agg(quote_literal('label ' || n), ',') FROM generate_series(1, 50000) n) || ')')::segments.definition);}])
{
	my ($name, $statement, @parts) = @$operation;
	ends_soon($name, $statement, @parts ? @parts : (0.3, 0.7));
}

# Everything still works.
is(sql(q{SELECT segments.segment_count('Event at least 3', '2027-01-01')}),
	sql(q{SELECT count(*) FROM (SELECT profile_id FROM event JOIN mapping USING (record_id) GROUP BY 1 HAVING count(*) >= 3) p}), 'evaluation is right');
sql($refresh);
is(sql(q{SELECT state FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1}), 'successful', 'so is the refresh');
$session->quit;
$server->stop;
done_testing();
