# A first ingestion that is killed or cancelled goes on where it ended, whatever was written in between; other sessions see how far
# it is, and can end it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);

my $server = PostgreSQL::Test::Cluster->new('refresh_resume');
$server->init;
$server->append_conf('postgresql.conf', "restart_after_crash = on\nsegments.refresh_step_size = 30\nautovacuum = off\nmax_parallel_workers_per_gather = 0\n");
$server->start;
sub sql { return $server->safe_psql('postgres', $_[0]); }

sql(q{
	CREATE EXTENSION segments;
	CREATE TABLE event (record_id text, occurred_at timestamptz, label text, number int) PARTITION BY RANGE (number);
	CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (200);
	CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (200) TO (400);
	CREATE TABLE event_3 PARTITION OF event FOR VALUES FROM (400) TO (600);
	CREATE TABLE event_4 PARTITION OF event FOR VALUES FROM (600) TO (1000);
	CREATE TABLE old (record_id text, occurred_at timestamptz, label text);
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	INSERT INTO old SELECT n % 5000, '2025-01-01'::timestamptz + n * interval '1 min', 'old ' || n % 9 FROM generate_series(1, 40000) n;
	INSERT INTO old SELECT NULL, now(), 'unplaced' FROM generate_series(1, 30) n;
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	SELECT segments.register_interaction('old', 'Old', 'occurred_at', 'record_id', stamp => 'default');
	SELECT segments.register_unification('mapping');
	INSERT INTO mapping SELECT n, 'p' || n / 2 FROM generate_series(1, 20000) n;
	INSERT INTO event SELECT (n * 7919) % 25000, '2026-01-01'::timestamptz + n * interval '1 second', repeat('l', 20) || n % 7, n % 1000
	FROM generate_series(1, 120000) n;
});

sub blocks_read { return sql('SELECT coalesce(sum(end_block - first_block), 0) FROM segments.leaf_span'); }
sub rows_read { return sql('SELECT coalesce(sum(row_count), 0) FROM segments.leaf_span'); }

# Writes of every kind: the rows of the last round change most.  Rows move to earlier blocks, which VACUUM has emptied, and to
# later ones.
my $round = 0;
sub write_rows
{
	$round++;
	sql(qq{
		DELETE FROM event WHERE number % 97 = $round AND record_id::int % 3 = 0;
		UPDATE event SET label = 'changed $round' WHERE number % 89 = $round;
		UPDATE event SET number = 999 - number WHERE number % 83 = $round;
		UPDATE event SET record_id = '' || (25000 + $round) WHERE number = 3 * $round;
		UPDATE old SET label = 'changed' WHERE record_id::int % 50 = $round;
		DELETE FROM old WHERE record_id::int % 50 = 49 - $round OR record_id IS NULL AND random() < 0.1;
		INSERT INTO event SELECT n, '2026-03-01', 'round $round', n % 1000 FROM generate_series($round, 3000) n;
		UPDATE mapping SET profile_id = 'moved ' || $round WHERE record_id::int % 1000 = $round;
		INSERT INTO mapping VALUES (25000 + $round, 'new');
	});
	sql("VACUUM event, old") if $round % 2;
	# What comes and goes within a transaction, or is rolled back.
	sql(qq{
		BEGIN; INSERT INTO event SELECT n, '2026-04-01', 'gone', 5 FROM generate_series(1, 100) n; DELETE FROM event WHERE label = 'gone'; COMMIT;
		BEGIN; DELETE FROM event WHERE number < 300; ROLLBACK;
		BEGIN; SAVEPOINT s; UPDATE event SET label = 'rolled back' WHERE number < 20; ROLLBACK TO s; UPDATE event SET label = 'kept' WHERE number = 20; COMMIT;
	});
}

sub differences { return sql(q{SELECT count(*) FROM (SELECT FROM segments_internal.debug_compare('Event') UNION ALL SELECT FROM segments_internal.debug_compare('Old')) d}); }
sub counts_by
{
	return sql(qq{SELECT string_agg($_[0], ' ' ORDER BY number) FROM (VALUES (3), (7), (20), (100), (996)) a (number)});
}
sub members { return counts_by(q{segments.segment_count(format('Event where number = %s', number)::segments.definition)::text}); }
sub expected { return counts_by(q{(SELECT count(DISTINCT profile_id) FROM event e JOIN mapping USING (record_id) WHERE e.number = a.number)::text}); }

sub wait_until_up
{
	for (1 .. 600)
	{
		return if eval { $server->psql('postgres', 'SELECT 1') == 0 };
		usleep(100_000);
	}
	die 'the server did not come back';
}

# Lets a refresh read until it comes to `leaf`, which is locked, and ends it there by `end`(process).
sub refresh_until
{
	my ($leaf, $end) = @_;
	my $blocker = $server->background_psql('postgres', on_error_stop => 0);
	$blocker->query_safe("BEGIN; LOCK TABLE $leaf IN ACCESS EXCLUSIVE MODE");
	my $victim = $server->background_psql('postgres', on_error_stop => 0);
	my $process = $victim->query_safe('SELECT pg_backend_pid()');
	$victim->query_until(qr//, "CALL segments.refresh();\n");
	$server->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_locks WHERE pid = $process AND relation = '$leaf'::regclass AND NOT granted")
		or die 'the refresh does not get on';
	$end->($process);
	eval { $blocker->quit };
	eval { $victim->quit };
	$server->poll_query_until('postgres', 'SELECT count(*) = 0 FROM segments_internal.running_refresh()');
}
sub cancel { sql('SELECT segments.cancel_refresh()') }

my $last = 0;
for my $kill (1 .. 4)
{
	refresh_until($kill < 4 ? 'event_' . ($kill + 1) : 'old', sub {
		if ($kill % 2) { kill 'KILL', $_[0]; usleep(200_000); wait_until_up(); }
		else { is(cancel(), 't', "cancel $kill: there was one to cancel"); }
	});
	my $read = blocks_read();
	cmp_ok($read, '>', $last + 100, "kill $kill: $read blocks are read, and those read before are not lost");
	$last = $read;
	is(sql('SELECT count(*) FROM segments.published'), '0', "kill $kill: nothing is published");
	is(sql(q{SELECT state FROM segments.refresh_status}), $kill % 2 ? 'failed' : 'cancelled', "kill $kill: its run says so at once");
	is(sql(q{SELECT count(DISTINCT (part_kind, part_name)), bool_or(part_state = 'queued') FROM segments.refresh_log WHERE refresh_id = (SELECT max(refresh_id) FROM segments.refresh)}),
		$kill % 2 ? '4|t' : '4|f', "kill $kill: its record lists all parts, also those it did not come to");
	write_rows();
}
my $rows_before = rows_read();
sql('CALL segments.refresh()');
is(differences(), '0', 'fragments equal their tables');
is(members(), expected(), 'members equal SQL');
is(sql(q{SELECT total - unlinked - linked, total FROM segments.interaction_catalog(true) WHERE name = 'Old'}),
	'0|' . sql('SELECT count(*) FROM old'), 'rows without a record are counted');
is(sql('SELECT count(*) FROM segments.leaf_reading') + sql('SELECT count(*) FROM segments.leaf_span'), 0, 'nothing is left over');
is(sql('SELECT count(*) FROM segments.change_log'), '0', 'no log row is left');
is(sql(q{SELECT string_agg(state, ' ' ORDER BY refresh_id) FROM segments.refresh}), 'failed cancelled failed cancelled successful',
	'all runs are recorded');
cmp_ok(sql('SELECT rows_added FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1'), '>=', $rows_before, 'rows that were read before count as added');
write_rows();
sql('CALL segments.refresh()');
is(differences(), '0', 'incremental refreshes go on from there');
is(members(), expected(), 'and so do members');

# A rewritten leaf is read in steps too; the published state stays until it is done.  Rows of records that move meanwhile are there once.
my $published = members();
sql('VACUUM FULL event_1');
sql('VACUUM FULL event_2');
refresh_until('event_2', \&cancel);
cmp_ok(blocks_read(), '>', 0, 'a rewritten leaf is read in steps');
is(members(), $published, 'the published state stays');
write_rows();
sql('BEGIN; CALL segments.refresh(); COMMIT');
is(differences(), '0', 'a refresh within a transaction block completes what steps have begun');
is(members(), expected(), 'with all members');

# Rewritten, altered and dropped in between: what was read is thrown away.
for my $change ('VACUUM FULL event_3', 'ALTER TABLE event ADD COLUMN more int DEFAULT 4', 'TRUNCATE event_3', 'ALTER TABLE event DETACH PARTITION event_3',
	'ALTER TABLE event ATTACH PARTITION event_3 FOR VALUES FROM (400) TO (600)')
{
	sql('VACUUM FULL event_3, event_4; INSERT INTO event SELECT n, now(), NULL, 600 + n % 400 FROM generate_series(1, 20000) n');
	refresh_until('event_4', \&cancel);
	sql($change);
	sql('CALL segments.refresh()');
	is(differences(), '0', "$change: fragments equal their tables");
}
sql('VACUUM FULL event_1');
sql('VACUUM FULL event_2');
refresh_until('event_2', \&cancel);
sql(q{SELECT segments.unregister_interaction('Event')});
is(sql('SELECT count(*) FROM segments.leaf_reading') + sql('SELECT count(*) FROM segments.leaf_span'), 0, 'unregistering forgets what was read');
sql('CALL segments.refresh()');
sql(q{SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id')});

# Progress, seen from another session, while it runs; then it is ended, within a second.
refresh_until('event_4', sub {
	is(sql(q{SELECT phase = 'reading' AND done > 0 AND done <= total * 1.5 AND part = 'Event' AND bytes_read > 0 AND per_second > 0
		AND estimated_end > now() - interval '1 min' AND refresh_id > published_refresh FROM segments.refresh_status}), 't',
		'another session sees how far it is');
	is(sql(q{SELECT string_agg(part_state, ' ') FROM segments.refresh_log WHERE state = 'refreshing'}), 'queued queued queued queued',
		'and what it consists of');
	my $start = time;
	is(cancel(), 't', 'the refresh is cancelled');
	$server->poll_query_until('postgres', q{SELECT state = 'cancelled' FROM segments.refresh_status});
	cmp_ok(time - $start, '<', 1, 'within a second');
});
is(sql(q{SELECT sqlstate FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1}), '57014', 'its run is recorded as cancelled');
is(cancel(), 'f', 'there is none to cancel any more');
sql('CALL segments.refresh()');
is(differences(), '0', 'and the next one completes');
$server->stop;

done_testing();
