# What an owner has its table run and no cancel ends: the process that waits for it is ended, the log says of which table, and all go on.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('owner_ended');
$server->init;
$server->append_conf('postgresql.conf', "segments.source_time_limit = '500ms'\nrestart_after_crash = off\n");
$server->start;
sub sql { return $server->safe_psql('postgres', $_[0]); }

sql(q{
	CREATE EXTENSION segments;
	CREATE TABLE mapping (record_id text, profile_id text);
	CREATE TABLE opened (record_id text, occurred_at timestamptz);
	CREATE ROLE sleeper;
	GRANT CREATE ON SCHEMA public TO sleeper;
	GRANT USAGE ON SCHEMA segments_internal TO sleeper;
	GRANT EXECUTE ON FUNCTION segments_internal.debug_ignore_cancels() TO sleeper;
	SET ROLE sleeper;
	CREATE TABLE slept (record_id text, occurred_at timestamptz);
	CREATE FUNCTION awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN v; END $$;
	CREATE INDEX culprit ON slept (record_id) WHERE public.awake('x') = 'x';
	RESET ROLE;
	SELECT segments.register_unification('mapping', record_type => 'contact');
	SELECT segments.register_interaction('slept', 'Slept', 'occurred_at', 'record_id');
	SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
	INSERT INTO mapping SELECT n, 'p' || n FROM generate_series(1, 9) n;
	INSERT INTO slept VALUES (1, '2026-01-01');
	CALL segments.refresh();
	INSERT INTO slept VALUES (2, '2026-01-01');
	CREATE OR REPLACE FUNCTION awake(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
		BEGIN PERFORM segments_internal.debug_ignore_cancels(); RETURN v; END $$;
	INSERT INTO opened VALUES (3, '2026-01-01');
});

my $offset = -s $server->logfile;
my ($code, $out, $err) = $server->psql('postgres', 'CALL segments.refresh()', timeout => 120);
isnt($code, 0, 'a refresh that does not end is ended');
like($err, qr/terminating connection due to administrator command/, 'with its process');
like(slurp_file($server->logfile, $offset), qr/CONTEXT:.*statements on table public\.slept, which have not ended at segments\.source_time_limit/s,
	'the log says of which table');
is(sql(q{SELECT segments.segment_count('Slept')}), '1', 'what was published stays');

# As the manual says: taking the right to read the table from its owner freezes its type, and nothing of it is run.
sql('REVOKE SELECT ON slept FROM sleeper');
($code, $out, $err) = $server->psql('postgres', 'CALL segments.refresh()');
is($code, 0, 'the others are refreshed') or diag($err);
is(sql(q{SELECT frozen, segments.segment_count('Opened') FROM segments.refresh_status}), '{Slept}|1', 'that type is frozen');

sql(q{
	DROP INDEX culprit;
	GRANT SELECT ON slept TO sleeper;
	CALL segments.refresh();
});
is(sql(q{SELECT frozen, segments.segment_count('Slept') FROM segments.refresh_status}), '{}|2', 'without the culprit all is read');
done_testing();
