# A refresh holds a lock on every leaf: where the lock table is too small, it says what to set, and goes on once that is done.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $leaves = 500;
my $server = PostgreSQL::Test::Cluster->new('many_leaves');
$server->init;
$server->append_conf('postgresql.conf', "max_connections = 10\nmax_worker_processes = 2\nautovacuum = off\nmax_wal_senders = 0\n");
$server->start;
$server->safe_psql('postgres', q{
	CREATE EXTENSION segments;
	CREATE TABLE event (record_id text, occurred_at timestamptz, leaf int) PARTITION BY LIST (leaf);
	CREATE TABLE event_0 PARTITION OF event FOR VALUES IN (0);
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	INSERT INTO mapping SELECT n, 'p' || n FROM generate_series(1, 100) n;
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping');
	INSERT INTO event VALUES ('1', '2026-01-01', 0);
	CALL segments.refresh();
});
# Each in a transaction of its own, which needs few locks.
$server->safe_psql('postgres', join('', map {
	"CREATE TABLE event_$_ PARTITION OF event FOR VALUES IN ($_); INSERT INTO event_$_ VALUES ($_ % 100 + 1, '2026-01-01', $_);\n"
} 1 .. $leaves));

$server->append_conf('postgresql.conf', 'max_locks_per_transaction = 10');
$server->restart;
my ($status, $output, $errors) = $server->psql('postgres', "\\set VERBOSITY verbose\nCALL segments.refresh();");
isnt($status, 0, 'the refresh fails for want of locks');
like($errors, qr/ERROR:  53200: /, 'as out of memory');
like($errors, qr/a refresh needs more locks than the server has room for/, 'it says of what');
like($errors, qr/DETAIL:  .*every partition/, 'it says why');
like($errors, qr/HINT:  .*max_locks_per_transaction \(now 10\)/, 'it says what to set');
is($server->safe_psql('postgres', q{SELECT segments.segment_count('Event')}), '1', 'the last state is untouched');

$server->append_conf('postgresql.conf', 'max_locks_per_transaction = 200');
$server->restart;
$server->safe_psql('postgres', 'CALL segments.refresh()');
is($server->safe_psql('postgres', q{SELECT segments.segment_count('Event')}), '100', 'with more locks, all leaves are refreshed');
$server->safe_psql('postgres', q{INSERT INTO event SELECT n, '2026-01-02', n FROM generate_series(1, 10) n});
$server->safe_psql('postgres', 'CALL segments.refresh()');
is($server->safe_psql('postgres', q{SELECT segments.segment_count('Event since ''2026-01-02''')}), '10', 'and again');
$server->stop;

done_testing();
