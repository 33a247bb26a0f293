# The background worker: where it runs, how it starts and stops, and how it takes new settings.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('worker');
$server->init;
$server->append_conf('postgresql.conf', q{
shared_preload_libraries = 'segments'
segments.naptime = '200ms'
log_min_messages = debug1
restart_after_crash = on
});
$server->start;

sub launcher
{
	return $server->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'segments launcher'});
}

# Waits for the launcher that is not the process given.
sub next_launcher
{
	my ($previous) = @_;
	$server->poll_query_until('postgres', qq{
		SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'segments launcher' AND pid <> $previous})
		or die 'no launcher';
	return launcher();
}

# Whether a database is visited from now on.
sub is_visited
{
	my ($database) = @_;
	my $offset = -s $server->logfile;
	return eval { $server->wait_for_log(qr/segments worker visits database "$database"/, $offset); 1 };
}

# What setting a schedule warns of.
sub warning
{
	my ($result, $output, $errors) = $server->psql('postgres', q{SELECT segments.set_refresh_schedule('daily')});
	return $errors;
}

my $launcher = next_launcher(0);
is($server->safe_psql('postgres', qq{SELECT datname IS NULL FROM pg_stat_activity WHERE pid = $launcher}), 't',
	'the launcher is in no database');
ok(is_visited('postgres'), 'a database is visited before it has the extension');
$server->safe_psql('postgres', 'CREATE EXTENSION segments');
is($server->safe_psql('postgres', q{SELECT segments.cardinality(segments.profile_set_agg(n)) FROM generate_series(1, 5) n}), '5',
	'sessions of a server that preloads the module can evaluate');
$server->safe_psql('postgres', 'CREATE DATABASE other');
ok(is_visited('other'), 'a new database is visited');
is(warning(), '', 'setting a schedule does not warn');

$server->safe_psql('postgres', q{ALTER DATABASE other ALLOW_CONNECTIONS false});
my $offset = -s $server->logfile;
ok(is_visited('postgres') && is_visited('postgres'), 'others are visited');
$server->safe_psql('postgres', q{ALTER DATABASE other IS_TEMPLATE true ALLOW_CONNECTIONS true});
ok(is_visited('postgres') && is_visited('postgres'), 'others are visited still');
my $log = slurp_file($server->logfile, $offset);
my @late = $log =~ /visits database "other"/g;
cmp_ok(scalar @late, '<=', 1, 'databases without connections and templates are not visited');
$server->safe_psql('postgres', q{ALTER DATABASE other IS_TEMPLATE false});

# Settings.
$server->append_conf('postgresql.conf', q{segments.databases = 'other, "no such"'});
$server->reload;
ok(is_visited('other'), 'the database that is named after a reload is visited');
$offset = -s $server->logfile;
ok(is_visited('other') && is_visited('other'), 'it is visited again');
unlike(slurp_file($server->logfile, $offset), qr/visits database "postgres"/, 'one that is not named is not');
like(warning(), qr/WARNING:.*The setting segments.databases does not name this database/s, 'setting a schedule there warns');
$server->append_conf('postgresql.conf', q{segments.databases = '*'});
$server->append_conf('postgresql.conf', q{segments.worker = off});
$server->reload;
$offset = -s $server->logfile;
$server->wait_for_log(qr/parameter "segments.worker" changed to "off"/);
$server->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'segments worker'});
is($launcher, launcher(), 'the launcher stays when it is switched off');
like(warning(), qr/WARNING:.*The setting segments.worker is off/s, 'setting a schedule warns');
$server->append_conf('postgresql.conf', q{segments.worker = on});
$server->reload;
ok(is_visited('postgres'), 'and goes on when it is switched on');
$server->append_conf('postgresql.conf', q{segments.databases = 'a,,b'});
$server->reload;
$server->wait_for_log(qr/invalid value for parameter "segments.databases": "a,,b"/);
ok(is_visited('postgres'), 'a list that is none is not taken');
$server->append_conf('postgresql.conf', q{segments.databases = '*'});

# Trouble in one database.
$server->safe_psql('postgres', q{UPDATE segments.refresh_schedule SET schedule = 'rubbish'});
$offset = -s $server->logfile;
$server->wait_for_log(qr/segments worker ERROR|ERROR:.*rubbish|ERROR:.*schedule/, $offset);
ok(is_visited('other'), 'an error in one database does not keep the worker from others');
$server->safe_psql('postgres', q{SELECT segments.set_refresh_schedule(NULL)});

# Nobody waits for an idle worker.
for my $round (1 .. 5)
{
	$server->safe_psql('postgres', "CREATE DATABASE copy$round TEMPLATE other");
	$server->safe_psql('postgres', "ALTER DATABASE copy$round RENAME TO moved$round");
	$server->safe_psql('postgres', "DROP DATABASE moved$round");
}
pass('databases are copied, renamed and dropped while the worker visits them');

# The end.
$server->safe_psql('postgres', "SELECT pg_terminate_backend($launcher)");
$launcher = next_launcher($launcher);
ok(is_visited('postgres'), 'a launcher that was terminated is started again');
kill 'KILL', $launcher;
$server->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $launcher");
$launcher = next_launcher($launcher);
ok(is_visited('postgres'), 'a launcher that was killed is started again with the server');
for my $mode ('fast', 'immediate', 'smart')
{
	$server->stop($mode);
	$server->start;
	$launcher = next_launcher(0);
	ok(is_visited('postgres'), "it starts after a $mode stop");
}
$server->stop;

$server->append_conf('postgresql.conf', 'max_worker_processes = 2');    # for this launcher, and for that of logical replication
$offset = -s $server->logfile;
$server->start;
ok($server->wait_for_log(qr/could not start a segments worker: too many processes.*HINT:  Raise max_worker_processes/s, $offset),
	'a server without free processes is told what to do');
$server->stop;
$server->append_conf('postgresql.conf', 'max_worker_processes = 8');

# As pg_upgrade starts servers.
$server->command_ok(['pg_ctl', '--wait', '--pgdata', $server->data_dir, '--log', $server->logfile, '--options', '-b', 'start'],
	'a server is started for a binary upgrade');
is(launcher(), '', 'it has no launcher');
$server->command_ok(['pg_ctl', '--wait', '--pgdata', $server->data_dir, 'stop'], 'it is stopped');

# By hand.
$server->append_conf('postgresql.conf', q{shared_preload_libraries = ''});
$server->start;
is(launcher(), '', 'a server that does not preload the module has no launcher');
like(warning(), qr/WARNING:.*The server has not preloaded segments.*HINT:  Add segments to shared_preload_libraries/s,
	'setting a schedule warns');
$server->safe_psql('postgres', 'CALL segments.refresh()');
pass('a refresh by hand works');
$server->stop;

done_testing();
