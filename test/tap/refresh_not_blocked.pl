# Locks that are to be had without any right on a table, and those of readers, keep nobody from refreshing, the first time or later.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use PsqlSession;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('refresh_not_blocked');
$server->init;
$server->append_conf('postgresql.conf', "max_prepared_transactions = 4\nautovacuum = off");
$server->start;
sub sql { return $server->safe_psql('postgres', $_[0]); }

sql(q{
	CREATE EXTENSION segments;
	CREATE ROLE nobody LOGIN;
	CREATE TABLE event (record_id text, occurred_at timestamptz);
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping');
	INSERT INTO mapping SELECT n, 'p' || n / 2 FROM generate_series(1, 20000) n;
	INSERT INTO event SELECT n, '2026-01-01' FROM generate_series(10001, 30000) n;
	INSERT INTO event VALUES (repeat('long', 500), '2026-01-01');
});
my $has_amcheck = sql(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'});
sql('CREATE EXTENSION amcheck') if $has_amcheck;

sub files { return sql(q{SELECT string_agg(pg_relation_filenode(indexrelid)::text, ' ' ORDER BY indexrelid) FROM pg_index WHERE indrelid = 'segments.record'::regclass}); }

sub refreshes
{
	my ($what) = @_;
	my ($code, undef, $error) = $server->psql('postgres', q{SET statement_timeout = '30s'; SET segments.lock_timeout = '1s'; CALL segments.refresh();});
	is("$code$error", '0', "$what: a refresh does not wait");
	is(sql(q{SELECT segments.segment_count('Event'), segments.segment_count('all')}),
		sql(q{SELECT (SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id)), (SELECT count(DISTINCT profile_id) FROM mapping)}), "$what: results equal SQL");
	for my $query ('SELECT * FROM segments.record WHERE ordinal >= 0',
		q{SELECT * FROM segments.record WHERE record_id >= ''}, q{SELECT * FROM segments.record WHERE profile_id >= ''})
	{
		my $count = $query =~ s/\*/count(*), count(profile_id), sum(ordinal), min(record_id), max(profile_id)/r;
		is(sql("SET enable_seqscan = off; SET enable_bitmapscan = off; $count"), sql("SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off; $count"),
			"$what: an index knows all rows");
	}
  SKIP:
	{
		skip 'no amcheck', 1 unless $has_amcheck;
		is(sql(q{SELECT count(bt_index_check(indexrelid, true)) FROM pg_index WHERE indrelid = 'segments.record'::regclass}), '3', "$what: sound indexes");
	}
	return;
}

# Nobody in the way: indexes are built anew.
my $before = files();
refreshes('alone');
isnt(files(), $before, 'alone: indexes are built at once');

my $session = PsqlSession->new($server);
my $locks = 'PREPARE p AS DELETE FROM segments.record; PREPARE q AS INSERT INTO segments.fragment DEFAULT VALUES; PREPARE r AS SELECT FROM segments.published;';
sql('SELECT segments.rebuild()');
$session->ask("\\connect - nobody\nBEGIN; SELECT pg_current_xact_id() IS NULL; $locks");
is(sql(q{SELECT count(*) FROM pg_locks WHERE mode = 'RowExclusiveLock' AND relation = 'segments.record'::regclass}), '1', 'a role without any right holds a lock for writing');
my $files = files();
refreshes('beside it');
is(files(), $files, 'beside it: indexes are added to');
sql(q{INSERT INTO event VALUES ('later', '2026-01-02')});
refreshes('beside it, the second time');
$session->ask("PREPARE TRANSACTION 'nothing';");
$server->restart;
is(sql('SELECT count(*) FROM pg_prepared_xacts'), '1', 'it has prepared its transaction');
sql('SET lock_timeout = 1000; SELECT segments.rebuild()');
refreshes('beside a prepared transaction');
sql(q{ROLLBACK PREPARED 'nothing'});

$session = PsqlSession->new($server);
sql('SELECT segments.rebuild()');
$session->ask(q{BEGIN; SELECT count(*) FROM segments.record WHERE record_id = 'x';});
$files = files();
refreshes('beside a reader');
is(files(), $files, 'beside a reader: indexes are added to');
$session->ask('COMMIT;');

sql('SELECT segments.rebuild()');
$files = files();
refreshes('alone again');
isnt(files(), $files, 'alone again: indexes are built at once');
$server->stop;

done_testing();
