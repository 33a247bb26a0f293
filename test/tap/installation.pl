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

done_testing();
