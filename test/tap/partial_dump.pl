# A dump may leave a registered table out, or have one that cannot be made again: all registrations come along, and what has lost its table says so.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('partial_dump');
$server->init;
$server->start;
$server->safe_psql('postgres', 'CREATE ROLE breaker; CREATE DATABASE dumped');
$server->safe_psql('dumped', q{
	SET client_min_messages = error;
	CREATE EXTENSION segments;
	CREATE SCHEMA broken AUTHORIZATION breaker;
	CREATE SCHEMA "left out";
	CREATE TABLE visit (record_id text, at timestamptz);
	INSERT INTO visit SELECT 'r' || n, '2026-01-01 UTC' FROM generate_series(1, 5) n;
	CREATE TABLE mapping (record_id text, profile_id text);
	INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 9) n;
	CREATE TABLE staging (record_id text, at timestamptz);
	INSERT INTO staging VALUES ('r7', '2026-01-01 UTC');
	CREATE TABLE "left out".mail (record_id text, at timestamptz);
	GRANT SELECT ON visit, mapping TO breaker;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO breaker;
	SET ROLE breaker;
	CREATE FUNCTION broken.same(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
	CREATE TABLE broken.gift (record_id text, at timestamptz, same text GENERATED ALWAYS AS (broken.same(record_id)) STORED);
	RESET ROLE;
	SELECT segments.register_unification('mapping'), segments.register_interaction('visit', 'Visit', 'at', 'record_id'),
		segments.register_interaction('staging', 'Staging', 'at', 'record_id'), segments.register_interaction('broken.gift', 'Gift', 'at', 'record_id'),
		segments.register_interaction('"left out".mail', 'Mail', 'at', 'record_id');
	CALL segments.refresh();
	SELECT segments.create_segment('visitors', 'Visit'), segments.publish_segment('visitors', 'public');
	SET SESSION AUTHORIZATION breaker;
	-- Neither the table nor a view on it can be made again.
	ALTER FUNCTION broken.same VOLATILE;
	SELECT segments.create_segment(name, 'Visit'), segments.publish_segment(name, 'broken') FROM unnest('{mine,too}'::text[]) name;
	CREATE OR REPLACE VIEW broken.mine AS SELECT profile_id FROM segments_internal.member_text WHERE segment = 'mine' AND EXISTS (SELECT FROM broken.gift);
	CREATE OR REPLACE VIEW broken.too AS TABLE broken.mine;
});

sub rows_of { my ($database, $query) = @_; return $server->safe_psql($database, $query); }

my $registered = q{
	SELECT type_id, name, stamp, table_name FROM segments.interaction_type ORDER BY 1;
	SELECT * FROM segments.interaction_relation ORDER BY 1;
	SELECT record_id_column, table_name FROM segments.unification};
my $before = rows_of('dumped', $registered);

sub is_restored
{
	my ($database, $what, $lost, $messages) = @_;
	like($messages, qr/WARNING:  interaction type "$_" is restored without its table/, "$what: $_ is said to be without its table") for @$lost;
	is(rows_of($database, $registered), $before, "$what: all that was registered is there");
	is(rows_of($database, q{SELECT segment.name FROM segments.generated_view JOIN segments.segment USING (segment_id)}), 'visitors', "$what: the view that is there is known");
	is($server->psql($database, 'CALL segments.refresh()'), 0, "$what: it is refreshed");
	is(rows_of($database, q{SELECT name FROM segments.interaction_type WHERE source NOT IN (SELECT oid FROM pg_class) ORDER BY 1}), join("\n", sort @$lost), "$what: which have no table");
	is(rows_of($database, 'SELECT string_agg(profile_id, \' \' ORDER BY profile_id) FROM visitors'), 'p1 p2 p3 p4 p5', "$what: segments go on");
	is(rows_of($database, q{SELECT count(*) FROM segments.segment_overview WHERE last_error IS NOT NULL}), '0', "$what: none fails");
	return;
}

sub make_database { my ($name) = @_; $server->safe_psql('postgres', "CREATE DATABASE $name"); return $server->connstr($name); }

my @all_lost = qw(Gift Mail Staging);
my @without = ('--exclude-table', 'staging', '--exclude-schema', 'left out');
my $folder = PostgreSQL::Test::Utils::tempdir();
$server->command_ok([ 'pg_dump', '--no-sync', @without, '--file', "$folder/plain", 'dumped' ], 'dumped as statements');
$server->command_ok([ 'pg_dump', '--no-sync', @without, '--format', 'custom', '--file', "$folder/custom", 'dumped' ], 'dumped as an archive');

my ($stdout, $stderr) = run_command([ 'psql', '--no-psqlrc', '--quiet', '--file', "$folder/plain", '--dbname', make_database('plain') ]);
unlike($stderr, qr/COPY|interaction_type: ERROR/, 'psql: no table of the extension is lost');
is_restored('plain', 'psql', \@all_lost, $stderr);

# The hint.
like($stderr, qr/HINT:  Once a table of that name, with its columns, is there: SELECT segments\.confirm_source\('Staging'\)\./, 'what to do is said');
rows_of('plain', q{CREATE TABLE staging (record_id text, at timestamptz); INSERT INTO staging VALUES ('r8', '2026-01-01 UTC');
	SELECT segments.confirm_source('Staging'); CALL segments.refresh()});
is(rows_of('plain', q{SELECT segments.segment_count('Staging')}), '1', 'and does it');
rows_of('plain', q{SET SESSION AUTHORIZATION breaker; SELECT segments.publish_segment('too', 'broken')});
is(rows_of('plain', 'SELECT count(*) FROM broken.too'), '5', 'a segment whose view is lost is published again');

(undef, $stderr) = run_command([ 'pg_restore', '--verbose', '--dbname', make_database('archive'), "$folder/custom" ]);
unlike($stderr, qr/COPY failed/, 'pg_restore: no table of the extension is lost');
is_restored('archive', 'pg_restore', \@all_lost, $stderr);

# Data by themselves, while triggers are off: several types without a table.
my $target = make_database('disabled');
run_command([ 'pg_restore', '--section', 'pre-data', '--dbname', $target, "$folder/custom" ]);
(undef, $stderr) = run_command([ 'pg_restore', '--section', 'data', '--disable-triggers', '--dbname', $target, "$folder/custom" ]);
unlike($stderr, qr/COPY failed/, 'triggers off: no table of the extension is lost');
run_command([ 'pg_restore', '--section', 'post-data', '--dbname', $target, "$folder/custom" ]);
(undef, undef, $stderr) = $server->psql('disabled', 'CALL segments.refresh()');
is_restored('disabled', 'triggers off', \@all_lost, $stderr);

# The mapping may be what is left out.
$server->command_ok([ 'pg_dump', '--no-sync', '--exclude-table', 'mapping', '--file', "$folder/unmapped", 'dumped' ], 'dumped without the mapping');
(undef, $stderr) = run_command([ 'psql', '--no-psqlrc', '--quiet', '--file', "$folder/unmapped", '--dbname', make_database('unmapped') ]);
like($stderr, qr/WARNING:  the unification is restored without its table/, 'which is said');
is(rows_of('unmapped', $registered), $before, 'nothing is lost');
rows_of('unmapped', q{CREATE TABLE mapping (record_id text, profile_id text); INSERT INTO mapping VALUES ('r1', 'p1'), ('r2', 'p2');
	SELECT segments.confirm_source(); CALL segments.refresh()});
is(rows_of('unmapped', 'SELECT count(*) FROM visitors'), '2', 'and with another mapping, it goes on');
$server->stop;

done_testing();
