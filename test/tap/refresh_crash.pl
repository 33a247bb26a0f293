# Killed at any point, a refresh leaves the published state as it was, and the next refresh completes.
# REFRESH_CRASH_ROUNDS: how often; REFRESH_CRASH_SEED: repeats the times of another run.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use KilledServer;
use Test::More;
use Time::HiRes qw(time usleep);

my $rounds = $ENV{REFRESH_CRASH_ROUNDS} || 12;
my $seed = srand($ENV{REFRESH_CRASH_SEED} || int(time * 1000) % 1_000_000);
note("seed $seed");
my $server = PostgreSQL::Test::Cluster->new('refresh_crash');
$server->init;
$server->append_conf('postgresql.conf', "restart_after_crash = on\nmax_prepared_transactions = 4\n");
$server->start;
$server->safe_psql('postgres', q{
	CREATE EXTENSION segments;
	CREATE TABLE event (record_id text, occurred_at timestamptz, label text, number int);
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping');
	INSERT INTO mapping SELECT n, 'p' || n / 2 FROM generate_series(1, 20000) n;
});

my $round = 0;
sub write_rows
{
	$round++;
	# What accumulates goes now and then, which makes the next refresh read the table whole.
	$server->safe_psql('postgres', 'TRUNCATE event') if $round % 10 == 0;
	$server->safe_psql('postgres', qq{
		INSERT INTO event SELECT (n * 7919 + $round) % 25000, '2026-01-01'::timestamptz + n * interval '1 second',
			'round $round', n % 50 FROM generate_series(1, 60000) n;
		UPDATE event SET number = 100 WHERE label = 'round ' || ($round - 1) AND number = 7;
		DELETE FROM event WHERE label = 'round ' || ($round - 1) AND number = 8;
		UPDATE mapping SET profile_id = 'moved ' || $round WHERE record_id IN ('$round', (20000 - $round)::text);
	});
}

# Members by the extension and by SQL, of some segments.
sub members
{
	return $server->safe_psql('postgres', q{
		SELECT string_agg(segments.segment_count(format('Event where number = %s at least %s', number, least)::segments.definition)::text, ' ' ORDER BY number, least)
		FROM (VALUES (7), (8), (9), (100)) a (number), (VALUES (1), (3)) b (least)});
}
sub expected
{
	return $server->safe_psql('postgres', q{
		SELECT string_agg((SELECT count(*) FROM (
			SELECT FROM event JOIN mapping USING (record_id) WHERE event.number = a.number GROUP BY profile_id
			HAVING count(*) >= least) p)::text, ' ' ORDER BY number, least)
		FROM (VALUES (7), (8), (9), (100)) a (number), (VALUES (1), (3)) b (least)});
}

sub wait_until_up
{
	for (1 .. 600)
	{
		return if $server->psql('postgres', 'SELECT 1') == 0;
		usleep(100_000);
	}
	die 'the server did not come back';
}

write_rows();
$server->safe_psql('postgres', 'CALL segments.refresh()');
is(members(), expected(), 'the first refresh equals SQL');

sub process_of
{
	my ($type) = @_;
	for (1 .. 20)
	{
		my $process = $server->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = '$type' LIMIT 1");
		return $process if $process ne '';
	}
	return;
}

# How long a whole refresh takes says when to kill.
my $duration = 0.3;
sub refresh
{
	my $began = time;
	$server->safe_psql('postgres', 'CALL segments.refresh()');
	$duration = time - $began;
	return;
}

my $interrupted = 0;
for my $kill (1 .. $rounds)
{
	write_rows();
	my $before = members();
	my $published = $server->safe_psql('postgres', 'TABLE segments.published');
	my $victim = $server->background_psql('postgres', on_error_stop => 0);
	my $process = $victim->query_safe('SELECT pg_backend_pid()');
	$victim->query_until(qr//, "CALL segments.refresh();\n");
	usleep(int(1e6 * rand $duration));
	my $kind = ('backend', 'immediate stop', 'postmaster', 'parallel worker')[ $kill % 4 ];
	if ($kind eq 'immediate stop')
	{
		$server->stop('immediate');
		$server->start;
	}
	elsif ($kind eq 'postmaster')
	{
		kill_postmaster($server);
		start_again($server);
	}
	else
	{
		$process = process_of('parallel worker') || process_of('background writer') if $kind eq 'parallel worker';
		kill 'KILL', $process;
		usleep(200_000);
		wait_until_up();
	}
	eval { $victim->quit };
	my $now = $server->safe_psql('postgres', 'TABLE segments.published');
	if ($now eq $published)
	{
		$interrupted++;
		is(members(), $before, "kill $kill ($kind): the old state is valid");
	}
	else
	{
		is(members(), expected(), "kill $kill ($kind): the refresh was faster, and is whole");
	}
	refresh();
	is(members(), expected(), "kill $kill ($kind): the next refresh completes");
}
note("$interrupted of $rounds refreshes were cut off");
cmp_ok($interrupted, '>=', $rounds / 4, 'some refreshes were cut off');

is($server->safe_psql('postgres', 'SELECT count(*) FROM segments.change_log'), '0', 'no log row is left');
is($server->safe_psql('postgres', q{SELECT count(*) FROM segments.refresh
		WHERE state <> 'successful' AND (state, sqlstate) IS DISTINCT FROM ('failed', '57P02')}), '0', 'killed refreshes are recorded as failed');
$server->stop;

done_testing();
