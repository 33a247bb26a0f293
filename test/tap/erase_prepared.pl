# An erasure waits for prepared transactions that have written the registered tables, also over a restart of the server: what they
# wrote of the person goes too.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('erase_prepared');
$server->init;
$server->append_conf('postgresql.conf', 'max_prepared_transactions = 4');
$server->start;
sub sql { return $server->safe_psql('postgres', $_[0]); }

sql(q{
	CREATE EXTENSION segments;
	CREATE TABLE event (record_id text, occurred_at timestamptz, label text) PARTITION BY LIST (label);
	CREATE TABLE event_old PARTITION OF event FOR VALUES IN ('old');
	CREATE TABLE event_new PARTITION OF event DEFAULT;
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	CREATE TABLE other (n int);
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping');
	INSERT INTO mapping SELECT n, 'p' || n FROM generate_series(1, 50) n;
	INSERT INTO event SELECT n, '2026-01-01', 'old' FROM generate_series(1, 40) n;
});
sql('CALL segments.refresh()');

sub prepare { sql("BEGIN; $_[1]; PREPARE TRANSACTION '$_[0]'"); }

# Erases `profile` once `end` has ended the prepared transactions it waits for; returns how many interactions went.
sub erase
{
	my ($profile, $end) = @_;
	my $eraser = $server->background_psql('postgres');
	my $process = $eraser->query_safe('SELECT pg_backend_pid()');
	$eraser->query_until(qr/begun/, "\\echo begun\nSELECT 'erased ' || interactions FROM segments.erase_profile('$profile');\n");
	ok($server->poll_query_until('postgres', "SELECT wait_event = 'transactionid' FROM pg_stat_activity WHERE pid = $process"),
		"the erasure of $profile waits");
	is(sql("SELECT pg_blocking_pids($process)"), '{0}', 'for a prepared transaction');
	isnt($server->psql('postgres', 'CALL segments.refresh()'), 0, 'no refresh can begin meanwhile');
	$end->();
	# The answer comes before the next one.
	my ($erased) = $eraser->query_safe('SELECT 1') =~ /erased (\d+)/;
	$eraser->quit;
	return $erased;
}

sub is_forgotten
{
	my ($profile, $record) = @_;
	is(sql("SELECT * FROM segments.forgotten('$profile', '{{contact,$record}}')"), '', "$profile is forgotten");
	is(sql(q{SELECT segments.segment_count('Event'), segments.segment_count('all')}),
		sql(q{SELECT (SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id)), (SELECT count(DISTINCT profile_id) FROM mapping)}),
		'results equal SQL');
	return;
}

# Nobody waits for ever.
prepare('rows of p1', q{INSERT INTO event VALUES ('1', '2026-02-01', 'new')});
my (undef, undef, $error) = $server->psql('postgres', q{SET segments.erase_timeout = 1; SELECT segments.erase_profile('p1')});
like($error, qr/gave up waiting for prepared transaction 'rows of p1'/, 'an erasure that gives up names the prepared transaction');
sql(q{ROLLBACK PREPARED 'rows of p1'});

prepare('rows', q{INSERT INTO event VALUES ('1', '2026-02-01', 'new'), ('1', '2026-02-02', 'old')});
is(erase('p1', sub { sql(q{COMMIT PREPARED 'rows'}) }), '3', 'rows that are committed meanwhile are erased');
is_forgotten('p1', '1');

prepare('rows', q{UPDATE event SET label = 'new' WHERE record_id = '2'});
is(erase('p2', sub { sql(q{ROLLBACK PREPARED 'rows'}) }), '1', 'rows whose change is rolled back are erased');
is_forgotten('p2', '2');

prepare('record', q{INSERT INTO mapping VALUES ('also 3', 'p3'); INSERT INTO event VALUES ('also 3', '2026-02-01', 'new')});
prepare('leaf', q{INSERT INTO event_old VALUES ('3', '2026-02-01', 'old')});
prepare('elsewhere', 'INSERT INTO other VALUES (1)');
$server->stop('immediate');
$server->start;
is(erase('p3', sub { sql(q{COMMIT PREPARED 'leaf'}); sql(q{COMMIT PREPARED 'record'}) }), '3',
	'several are waited for, also after a crash, and one that has written other tables is not');
is_forgotten('p3', '3');
is_forgotten('p3', 'also 3');
sql(q{ROLLBACK PREPARED 'elsewhere'});

sql('CALL segments.refresh()');
is_forgotten($_, substr($_, 1)) for qw(p1 p2 p3);
$server->stop;

done_testing();
