# A server finds the extension, creates it, and keeps it over a restart.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('installation');
$server->init;
$server->start;
$server->safe_psql('postgres', 'CREATE EXTENSION segments');
$server->restart;
is($server->safe_psql('postgres', q{SELECT extname FROM pg_extension WHERE extname = 'segments'}),
	'segments', 'the extension is there after a restart');
$server->safe_psql('postgres', 'DROP EXTENSION segments');
is($server->safe_psql('postgres', q{SELECT count(*) FROM pg_namespace WHERE nspname = 'segments'}),
	'0', 'dropping the extension takes its schema along');
$server->stop;

# Without CRoaring: the error says what to install, which helps.
my $broken = PostgreSQL::Test::Utils::tempdir();
append_to_file("$broken/libroaring.so.21", '');
{
	local $ENV{LD_LIBRARY_PATH} = $broken;
	$server->start;
	my ($out, $errors);
	isnt($server->psql('postgres', 'CREATE EXTENSION segments', stdout => \$out, stderr => \$errors), 0, 'without CRoaring there is no extension');
	like($errors, qr/ERROR:  could not load "libroaring\.so\.21"/, 'it says what could not be loaded');
	like($errors, qr/HINT:  Install CRoaring 4 or newer on the server \(package libroaring21\)\./, 'it says what to install');
	$server->stop;
}
unlink "$broken/libroaring.so.21";
{
	local $ENV{LD_LIBRARY_PATH} = $broken;
	$server->start;
	$server->safe_psql('postgres', 'CREATE EXTENSION segments');
	is($server->safe_psql('postgres', q{SELECT segments.cardinality('{1-3}')}), '3', 'with it, there is');
	$server->stop;
}

done_testing();
