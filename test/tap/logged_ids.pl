# The server's log, which others may read, is told how many records the mapping has wrong, never which; a client that may read the mapping is told.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('logged_ids');
$server->init;
$server->append_conf('postgresql.conf', q{
shared_preload_libraries = 'segments'
segments.naptime = '200ms'
log_statement = none
log_min_messages = warning
});
$server->start;
$server->safe_psql('postgres', q{
	CREATE EXTENSION segments;
	CREATE TABLE mapping (record_id text, profile_id text);
	CREATE TABLE opened (record_id text, occurred_at timestamptz);
	SELECT segments.register_unification('mapping', record_type => 'contact');
	SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
	INSERT INTO mapping VALUES ('first', 'ada');
	CALL segments.refresh();
});

# Refreshes; what the client was told, and what was logged meanwhile.
sub refresh
{
	my $offset = -s $server->logfile;
	my ($out, $err);
	$server->psql('postgres', 'CALL segments.refresh()', stdout => \$out, stderr => \$err);
	return ($err, slurp_file($server->logfile, $offset));
}

sub is_told_to_the_client_only
{
	my ($told, $logged, $what, $counted, @ids) = @_;
	like($told, $counted, "$what: the client is told");
	like($logged, $counted, "$what: so is the log");
	for my $id (@ids)
	{
		like($told, qr/$id/, "$what: which, to the client");
		unlike($logged, qr/$id/, "$what: not to the log");
	}
	return;
}

$server->safe_psql('postgres', q{INSERT INTO mapping VALUES ('secret-1', 'secret-2'), ('secret-1', 'secret-3')});
is_told_to_the_client_only(refresh(), 'a record mapped twice', qr/1 record is mapped more than once/, qw(secret-1 secret-2 secret-3));

# A session that refreshes by schedule has no client.
my $offset = -s $server->logfile;
$server->safe_psql('postgres', q{
	SELECT segments.set_refresh_schedule('every minute');
	UPDATE segments.refresh_schedule SET set_at = set_at - interval '1 hour';
});
$server->wait_for_log(qr/1 record is mapped more than once/, $offset);
ok($server->poll_query_until('postgres', q{SELECT state = 'successful' FROM segments.schedule}), 'a scheduled refresh ends');
unlike(slurp_file($server->logfile, $offset), qr/secret/, 'it logs no id');
$server->safe_psql('postgres', 'SELECT segments.set_refresh_schedule(NULL)');

$server->safe_psql('postgres', q{DELETE FROM mapping WHERE record_id <> 'first'; INSERT INTO mapping VALUES (repeat('secret', 500), 'p')});
is_told_to_the_client_only(refresh(), 'a record that is too long', qr/1 row of the mapping is too long/, 'secretsecret');

$server->safe_psql('postgres', q{
	DELETE FROM mapping WHERE record_id <> 'first';
	INSERT INTO mapping SELECT n, 'secret' FROM generate_series(1, 114689) n;
});
is_told_to_the_client_only(refresh(), 'a profile of too many records', qr/too many records for one profile/, 'secret');

$server->safe_psql('postgres', q{DELETE FROM mapping WHERE record_id <> 'first'; INSERT INTO opened VALUES ('secret-4', '2026-01-01')});
is_told_to_the_client_only(refresh(), 'interactions that are not linked', qr/no interaction of type "Opened" belongs to a profile/, 'secret-4');

done_testing();
