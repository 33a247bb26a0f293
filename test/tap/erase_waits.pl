# What an erasure waits for: all waits together have one limit, each can be cancelled, and either way nothing is erased.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use PsqlSession;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('erase_waits');
$server->init;
$server->append_conf('postgresql.conf', 'autovacuum = off');
$server->start;
sub sql { return $server->safe_psql('postgres', $_[0]); }

sql(q{
	CREATE EXTENSION segments;
	CREATE TABLE event (record_id text, occurred_at timestamptz, label text);
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping');
	INSERT INTO mapping SELECT n, 'p' || n FROM generate_series(1, 20) n;
	INSERT INTO event SELECT n % 10, '2026-01-01', 'label ' || n FROM generate_series(1, 40) n;
	CALL segments.refresh();
	SELECT segments.create_segment('everybody', 'Event');
});
sub state_of_all {
	return sql(q{SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM mapping), (SELECT count(*) FROM segments.record), (SELECT count(*) FROM segments.erasure),
		(SELECT count(*) FROM segments.change_log), segments.segment_count('Event'), (SELECT count(*) FROM segments.member)});
}

my $eraser = PsqlSession->new($server);
my $other = PsqlSession->new($server);
my $third = PsqlSession->new($server);
$eraser->ask(q{\set VERBOSITY verbose});
my $erase = q{SELECT segments.erase_profile('p3');};

# Starts an erasure, and returns when it waits for a lock.
sub begin_to_wait {
	$eraser->send($erase);
	ok($server->poll_query_until('postgres', "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = " . $eraser->pid), "$_[0]: the erasure waits");
	return;
}

# Each wait: given up in time, and cancelled.
my $pid = $other->pid;
for my $wait (
	['a refresh', 'CALL segments.refresh();', "an erasure gave up waiting for process $pid"],
	['members', q{SELECT segments.create_segment('mine', 'all');}, 'another transaction has changed saved segments, and has not ended', "It is that of process $pid"],
	['a table', 'LOCK TABLE event IN SHARE MODE;', "an erasure gave up waiting for process $pid"],
	['a writer', q{INSERT INTO mapping VALUES ('new', 'new');}, "an erasure gave up waiting for process $pid"],
	['a row', q{SELECT FROM event WHERE record_id = '3' FOR UPDATE;}, "an erasure gave up waiting for process $pid"],
	['a row of the mapping', q{SELECT FROM mapping WHERE record_id = '3' FOR UPDATE;}, "an erasure gave up waiting for process $pid"])
{
	my ($name, $blocks, $message, $detail) = @$wait;
	my $before = state_of_all();
	$other->ask("BEGIN;\n$blocks");
	$eraser->ask("SET segments.erase_timeout = 50;\n$erase");
	like($eraser->err, qr/ERROR:  55P03: \Q$message\E/, "$name: gives up");
	like($eraser->err, qr/\Q$detail\E/, "$name: says who is in the way") if defined $detail;
	$eraser->ask('SET segments.erase_timeout = 0;');
	begin_to_wait($name);
	sql('SELECT pg_cancel_backend(' . $eraser->pid . ')');
	$eraser->wait;
	like($eraser->err, qr/ERROR:  57014: canceling statement due to user request/, "$name: is cancelled");
	# The session's own limit counts, too.
	$eraser->ask("SET lock_timeout = 50;\n$erase\nRESET lock_timeout;");
	like($eraser->err, qr/ERROR:  55P03: \Q$message\E/, "$name: gives up by lock_timeout");
	$eraser->ask("SET statement_timeout = 50;\n$erase\nRESET statement_timeout;");
	like($eraser->err, qr/ERROR:  57014: canceling statement due to statement timeout/, "$name: is ended by statement_timeout");
	$other->ask('ROLLBACK;');
	is(state_of_all(), $before, "$name: nothing was erased");
}

# One row after another: the second lock is waited for as long as the first has left.  The limit is that of the erasure's own clock; a busy machine
# may be late to notice, so the best of some tries counts.
my $limit = 2000;
$eraser->ask("SET segments.erase_timeout = $limit;");
my $before = state_of_all();
my ($waited, $alone);
for (1 .. 4) {
	$other->ask(q{BEGIN; SELECT FROM event WHERE label = 'label 3' FOR UPDATE;});
	$third->ask(q{BEGIN; SELECT FROM event WHERE label = 'label 13' FOR UPDATE;});
	begin_to_wait('two rows');
	my $since = 'SELECT extract(epoch FROM clock_timestamp() - query_start) * 1000 FROM pg_stat_activity WHERE pid = ' . $eraser->pid;
	$server->poll_query_until('postgres', "SELECT ($since) > 0.7 * $limit");
	my $released = sql($since);
	$other->ask('ROLLBACK;');
	$eraser->wait;
	$third->ask('ROLLBACK;');
	($waited) = $eraser->err =~ /It waited (\d+) ms for a lock on rows of a registered table/;
	last if !defined $waited;
	$alone = $released + $limit;
	note("waited $waited ms; the second lock alone would have taken until $alone ms");
	last if $waited < $alone;
}
like($eraser->err, qr/ERROR:  55P03: an erasure gave up waiting for process(?:es)? /, 'two rows: gives up');
cmp_ok($waited, '<', $alone, 'two rows: they share one limit');
is(state_of_all(), $before, 'two rows: nothing was erased');

# When nobody is in the way any more.
$eraser->ask($erase);
unlike($eraser->err, qr/ERROR/, 'then it erases');
is(sql(q{SELECT count(*) FROM segments.forgotten('p3', '{{contact,3}}')}), '0', 'everything');
$_->quit for $eraser, $other, $third;
$server->stop;
done_testing();
