# Owners and readers of segments come along by name: where one does not exist, nothing else is lost, and nobody gains anything.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('owner_dump');
$server->init;
$server->start;
$server->safe_psql(
	'postgres', q{
	SET client_min_messages = error;
	CREATE EXTENSION segments;
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
	INSERT INTO mapping VALUES ('r1', 'p1'), ('r2', 'p2');
	SELECT segments.register_unification('mapping', record_type => 'contact');
	CALL segments.refresh();
	CREATE ROLE ada;
	CREATE ROLE gone;
	CREATE ROLE leaver;
	CREATE ROLE reader;
	CREATE ROLE former_reader;
	SELECT segments.create_segment(name, 'all') FROM unnest(ARRAY['of ada', 'of gone', 'of leaver']) name;
	SELECT segments.set_segment_owner('of ada', 'ada'), segments.set_segment_owner('of gone', 'gone'), segments.set_segment_owner('of leaver', 'leaver');
	SELECT segments.grant_members(name, role) FROM segments.segment_overview, unnest(ARRAY['reader', 'former_reader', 'gone']) role;
	SELECT segments.set_segment_schedule(name, 'manual') FROM segments.segment_overview;
	GRANT EXECUTE ON FUNCTION segments.grant_members TO ada;
	SET ROLE ada;
	SELECT segments.grant_members('*', 'gone');
	RESET ROLE;
	DROP ROLE leaver;
	DROP ROLE former_reader;
	CREATE ROLE leaver;
	CREATE ROLE former_reader;
});

my $dump = $server->backup_dir . '.sql';
$server->command_ok([ 'pg_dump', '--no-sync', '--file', $dump, 'postgres' ], 'the database is dumped');
$server->stop;

my $other = PostgreSQL::Test::Cluster->new('other');
$other->init;
$other->start;
# Numbers of roles differ; those that were made anew are there under their old names.
$other->safe_psql('postgres', 'CREATE ROLE leaver; CREATE ROLE reader; CREATE ROLE former_reader; CREATE ROLE ada; CREATE DATABASE restored');
my ($stdout, $stderr) = run_command(
	[ 'psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--file', $dump, '--dbname', $other->connstr('restored') ]);
like($stderr, qr/WARNING:  role gone, which owned the segment 'of gone', does not exist/, 'an owner that does not exist is told');
like($stderr, qr/WARNING:  role gone, which could read the segment 'of ada', does not exist/, 'so is a reader');
like($stderr, qr/HINT:  segments\.set_segment_owner\(name, role\) gives it to another role\./, 'with what to do about the one');
like($stderr, qr/HINT:  segments\.grant_members\(segment, role\) grants it to a role that does\./, 'and about the other');
like($stderr, qr/HINT:  segments\.grant_members\('\*', role\), called by an owner of segments, grants all of them to a role that does\./, 'and about all of an owner');
unlike($stderr, qr{ERROR|role (leaver|former_reader)}, 'nothing else is');

my $restorer = $other->safe_psql('restored', 'SELECT current_user');
is( $other->safe_psql('restored', 'SELECT name, owner, state, schedule FROM segments.segment_overview ORDER BY name'),
	"of ada|ada|never run|manual\nof gone|$restorer|never run|manual\nof leaver||orphaned|manual",
	'every segment and schedule is there; that of a dropped role is nobody\'s');
$other->safe_psql('restored', q{CALL segments.refresh(); SELECT segments.run_segment('of ada'), segments.run_segment('of gone')});
for my $role (qw(ada reader leaver former_reader))
{
	is( $other->safe_psql('restored', "SET ROLE $role; SELECT coalesce(string_agg(name, ', ' ORDER BY name), 'none') FROM segments.segment_overview"),
		{ ada => 'of ada', reader => 'of ada, of gone, of leaver', leaver => 'none', former_reader => 'none' }->{$role},
		"what $role sees");
}
is($other->safe_psql('restored', 'SET ROLE reader; SELECT segment, count(*) FROM segments.member GROUP BY 1 ORDER BY 1'),
	"of ada|2\nof gone|2", 'members are read by whom they were granted to');

# As the hints say.
$other->safe_psql('restored', q{
	CREATE ROLE successor;
	SELECT segments.set_segment_owner('of gone', 'successor'), segments.grant_members('of gone', 'leaver');
	SET ROLE ada;
	SELECT segments.grant_members('*', 'former_reader');
});
is($other->safe_psql('restored', q{SELECT owner FROM segments.segment_overview WHERE name = 'of gone'}), 'successor', 'a role that exists owns it');
is($other->safe_psql('restored', "SET ROLE $_->[0]; SELECT segment, count(*) FROM segments.member GROUP BY 1"), "$_->[1]|2", "$_->[0] reads $_->[1]")
  for ['leaver', 'of gone'], ['former_reader', 'of ada'];
$other->stop;

done_testing();
