# What a refresh leaves out is in the server's log with its reason, whoever refreshes and however little the client wants to hear; all else goes on.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('logged_failures');
$server->init;
$server->append_conf('postgresql.conf', q{
shared_preload_libraries = 'segments'
segments.naptime = '200ms'
segments.lock_timeout = '100ms'
log_statement = none
});
$server->start;
sub sql { return $server->safe_psql('postgres', 'SET client_min_messages = error; ' . $_[0]); }

# One type for each way to break a source, and one that stays whole.
my %breaks = (
	no_triggers => ['ALTER TABLE no_triggers DISABLE TRIGGER segments_log_change', qr/trigger/],
	no_stamp => ['ALTER TABLE no_stamp DROP COLUMN segments_xid', qr/new rows of public\.no_stamp/],
	renamed => ['ALTER TABLE renamed RENAME record_id TO id', qr/"record_id"/],
	unlogged => ['ALTER TABLE unlogged SET UNLOGGED', qr/public\.unlogged/]);
my @broken = sort keys %breaks;
sql('CREATE EXTENSION segments');
for my $table ('whole', @broken)
{
	sql(qq{
		CREATE TABLE $table (record_id text, occurred_at timestamptz, label text);
		INSERT INTO $table SELECT 'r' || n, '2026-01-01', 'x' FROM generate_series(1, 5) n;
		SELECT segments.register_interaction('$table', '$table', 'occurred_at', 'record_id')});
}
sql(q{
	CREATE TABLE mapping (record_id text, profile_id text);
	INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 9) n;
	SELECT segments.register_unification('mapping', record_type => 'contact');
	CALL segments.refresh();
	SELECT segments.create_segment('failing', $$whole where label = 'x'$$), segments.create_segment('going on', 'whole')});
sql("$_->[0]; INSERT INTO whole VALUES ('r6', '2026-01-01')") for values %breaks;
sql(q{ALTER TABLE whole ALTER label TYPE int USING 1; INSERT INTO whole VALUES ('r7', '2026-01-01', 7)});

sub is_logged
{
	my ($who, $log) = @_;
	like($log, qr/WARNING:  interaction type "$_" is frozen: .*$breaks{$_}[1]/, "$who: $_") for @broken;
	unlike($log, qr/interaction type "whole" is frozen/, "$who: a type that is whole is not frozen");
	like($log, qr/WARNING:  segment "failing" failed\n[^\n]*DETAIL:  invalid input syntax for type integer: "x"/, "$who: a segment that failed, and why");
	unlike($log, qr/"going on"/, "$who: not one that did not");
	is(sql('SELECT array_to_string(ARRAY(SELECT unnest(frozen) ORDER BY 1), $$ $$), failed_segments FROM segments.refresh_status'), "@broken|1", "$who: the published state says so, too");
	is(sql(q{SELECT name, state, members FROM segments.segment_overview ORDER BY name}), sql(q{SELECT 'failing', 'failed', 5
		UNION ALL SELECT 'going on', 'successful', count(DISTINCT profile_id) FROM whole JOIN mapping USING (record_id)}), "$who: what is whole goes on");
	return;
}

my $offset = -s $server->logfile;
my (undef, undef, $told) = $server->psql('postgres', 'SET client_min_messages = error; CALL segments.refresh()');
is($told, '', 'a client that does not want to hear is told nothing');
is_logged('by hand', slurp_file($server->logfile, $offset));

sql(q{INSERT INTO whole VALUES ('r8', '2026-01-01', 8)});
$offset = -s $server->logfile;
sql(q{
	SELECT segments.set_refresh_schedule('every minute');
	UPDATE segments.refresh_schedule SET set_at = set_at - interval '1 hour';
	UPDATE segments.refresh SET as_of = as_of - interval '1 hour', finished_at = finished_at - interval '1 hour';
});
ok($server->poll_query_until('postgres', q{SELECT state = 'successful' AND next_run > now() FROM segments.schedule}), 'a scheduled refresh ends well');
is_logged('by schedule', slurp_file($server->logfile, $offset));
sql('SELECT segments.set_refresh_schedule(NULL)');

# The mapping, as a whole.
sql(q{INSERT INTO mapping VALUES ('r1', 'p2'), ('r9', 'p1')});
$offset = -s $server->logfile;
sql('CALL segments.refresh()');
like(slurp_file($server->logfile, $offset), qr/WARNING:  the unification is frozen: 2 records are mapped more than once/, 'a mapping that maps records twice');
$server->stop;

done_testing();
