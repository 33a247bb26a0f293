# What came with PostgreSQL 17 and bears on what is promised: time limits of transactions, the right to maintain tables, restricted
# relations, and new ways to write.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use PsqlSession;
use SegmentsOracle;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('new_in_17');
SKIP:
{
	my ($version) = qx{"$ENV{PG_CONFIG}" --version} =~ /(\d+)/;
	skip "PostgreSQL $version has none of it", 1 if $version < 17;

	$server->init;
	$server->append_conf('postgresql.conf', "shared_preload_libraries = 'segments'\nsegments.naptime = '200ms'\nsegments.worker = off\n");
	$server->start;
	create_sources($server, 'postgres');
	test_all();
	$server->stop;
}
done_testing();

sub sql
{
	my ($statements) = @_;
	return $server->safe_psql('postgres', $statements);
}

sub refresh
{
	my ($what) = @_;
	sql('SET client_min_messages = error; CALL segments.refresh()');
	is(sql('SELECT frozen FROM segments.refresh_status'), '{}', "$what: nothing is frozen");
	is_exact($server, 'postgres', $what);
	return;
}

sub write_rows
{
	my ($seed) = @_;
	sql(qq{
		INSERT INTO event (record_id, occurred_at, label, number)
			SELECT (n * 7 + $seed) % 650, '2026-01-01 UTC'::timestamptz + n * interval '1 hour', 'inserted', (n + $seed) % 100 FROM generate_series(1, 2000) n;
		INSERT INTO visit (record_id, occurred_at, label, number)
			SELECT (n * 3 + $seed) % 650, '2025-12-25 UTC'::timestamptz + n * interval '2 hours', NULL, (n + $seed) % 100 FROM generate_series(1, 1000) n;
		UPDATE event SET label = 'changed', number = 99 - number WHERE id % 31 = $seed;
		DELETE FROM event WHERE id % 41 = $seed;
	});
	return;
}

sub test_all
{
	sql(q{INSERT INTO mapping SELECT n, 'p' || n % 300 FROM generate_series(1, 600) n});
	write_rows(1);
	refresh('the first refresh');
	test_transaction_timeout();
	test_timeout_of_worker();
	test_maintainers();
	test_restricted_relations();
	test_writers();
	test_materialized_views();
	test_builtin_collation();
	return;
}

# Owners of tables cannot end whoever refreshes or erases by a limit for the whole transaction.
sub test_transaction_timeout
{
	sql(q{
		CREATE ROLE hasty;
		CREATE SCHEMA hasty AUTHORIZATION hasty;
		SET ROLE hasty;
		CREATE TABLE hasty.slept (record_id text, occurred_at timestamptz);
		INSERT INTO hasty.slept SELECT n, '2026-01-01' FROM generate_series(1, 5) n;
		CREATE FUNCTION hasty.limited(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN v; END $$;
		CREATE INDEX ON hasty.slept (record_id) WHERE hasty.limited('x') = 'x';
		CREATE FUNCTION hasty.trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM hasty.limited('x'); RETURN OLD; END $$;
		CREATE TRIGGER trap BEFORE DELETE ON hasty.slept FOR EACH ROW EXECUTE FUNCTION hasty.trap();
		RESET ROLE;
		SELECT segments.register_interaction('hasty.slept', 'Slept', 'occurred_at', 'record_id');
		CALL segments.refresh();
	});
	my $harmless = 'CREATE OR REPLACE FUNCTION hasty.limited(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN v; END $$';
	my %limits = (
		'set_config' => q{LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('transaction_timeout', '1ms', is_local) FROM unnest(ARRAY[false, true]) is_local; PERFORM pg_sleep(0.1); RETURN v; END $$},
		'SET' => q{LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SET transaction_timeout = 1'; PERFORM pg_sleep(0.1); RETURN v; END $$},
		'a setting of the function' => q{LANGUAGE plpgsql SET transaction_timeout = '1ms' AS $$ BEGIN PERFORM pg_sleep(0.1); RETURN v; END $$},
		'a setting that is caught' => q{LANGUAGE plpgsql AS $$ BEGIN BEGIN PERFORM set_config('transaction_timeout', '1ms', false); EXCEPTION WHEN insufficient_privilege THEN NULL; END; PERFORM pg_sleep(0.1); RETURN v; END $$});
	my $number = 0;
	for my $limit (sort keys %limits)
	{
		++$number;
		# Rows to be read, while the function of the index, which is planned with whoever asks, does nothing.
		sql(q{INSERT INTO hasty.slept VALUES ('5', '2026-02-02')});
		# The superuser replaces the owner's function, since only the owner must be refused, whoever wrote it.
		sql("CREATE OR REPLACE FUNCTION hasty.limited(v text) RETURNS text IMMUTABLE PARALLEL SAFE $limits{$limit}");
		sql(q{INSERT INTO event (record_id, occurred_at, label, number) VALUES (3, '2026-02-02', 'inserted', 3)});
		my ($status, $out, $err) = $server->psql('postgres', q{
			SELECT pg_backend_pid();
			SET client_min_messages = error;
			CALL segments.refresh();
			SHOW transaction_timeout;
			SELECT pg_backend_pid()});
		my @lines = split /\n/, $out;
		is($status, 0, "$limit: a refresh ends as ever") or diag($err);
		is($lines[1], '0', "$limit: and without a limit");
		is($lines[2], $lines[0], "$limit: in the same session");
		is_exact($server, 'postgres', "$limit: other types are exact");
		my $frozen = $limit eq 'a setting that is caught' ? '{}' : '{Slept}';
		is(sql('SELECT frozen FROM segments.refresh_status'), $frozen, "$limit: frozen are $frozen");
		is(sql(q{SELECT DISTINCT part_sqlstate FROM segments.refresh_log WHERE refresh_id = (SELECT max(refresh_id) FROM segments.refresh_log)
			AND part_name = 'Slept' AND part_sqlstate IS NOT NULL}), $limit eq 'SET' ? '0A000' : '42501', "$limit: for the owner's lack of a right") if $frozen ne '{}';

		($status, $out, $err) = $server->psql('postgres', "SELECT profiles FROM segments.erase_profile('p$number')");
		unlike($err, qr/25P04|FATAL|terminat/i, "$limit: an erasure does not end the session");
		sql($harmless);
		my $rows = sql("SELECT count(*) FROM hasty.slept WHERE record_id = '$number'");
		is("$out, $rows", $frozen eq '{}' ? '1, 0' : ', 1', "$limit: it erases all or nothing");
	}
	sql(q{INSERT INTO hasty.slept VALUES ('5', '2026-02-02')});
	# Whoever refreshes may limit its own transactions.
	my ($status, $out, $err) = $server->psql('postgres', q{
		CREATE OR REPLACE FUNCTION hasty.limited(v text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3600); RETURN v; END $$;
		SET transaction_timeout = '1s';
		CALL segments.refresh()});
	like($err, qr/transaction timeout/, 'a limit of the session that refreshes holds');
	sql(q{
		DROP TABLE hasty.slept CASCADE;
		SELECT segments.unregister_interaction('Slept');
		DROP SCHEMA hasty CASCADE;
		DROP ROLE hasty});
	refresh('afterwards');
	return;
}

# A default for all transactions ends none of the worker's, as none of autovacuum's.
sub test_timeout_of_worker
{
	sql(q{
		CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.5); RETURN NEW; END $$;
		CREATE TRIGGER sleep BEFORE INSERT OR UPDATE ON segments.published FOR EACH ROW EXECUTE FUNCTION sleep();
		SELECT segments.set_refresh_schedule('every minute');
		UPDATE segments.refresh_schedule SET set_at = set_at - interval '1 hour';
		UPDATE segments.refresh SET as_of = as_of - interval '1 hour', finished_at = finished_at - interval '1 hour' WHERE state = 'successful'});
	my $before = sql('SELECT refresh_id FROM segments.published');
	$server->append_conf('postgresql.conf', "transaction_timeout = '1s'\nsegments.worker = on\n");
	$server->restart;
	ok($server->poll_query_until('postgres', "SELECT refresh_id > $before FROM segments.published"), 'a scheduled refresh outlasts transaction_timeout');
	is(sql("SELECT count(*) FROM segments.refresh WHERE state <> 'successful' AND refresh_id > $before"), '0', 'at once');
	$server->append_conf('postgresql.conf', "transaction_timeout = 0\nsegments.worker = off\n");
	$server->restart;
	sql(q{SELECT segments.set_refresh_schedule(NULL); DROP TRIGGER sleep ON segments.published; DROP FUNCTION sleep()});
	return;
}

# Who may maintain a table moves its rows, and can lock it; it changes no answer and stops nobody else.
sub test_maintainers
{
	sql(q{CREATE ROLE keeper LOGIN; GRANT MAINTAIN ON event, visit, mapping TO keeper});
	write_rows(2);
	for my $command ('CLUSTER event USING event_pkey', 'VACUUM (FULL) mapping', 'REINDEX TABLE visit', 'ANALYZE event')
	{
		$server->safe_psql('postgres', $command, extra_params => [ '-U', 'keeper' ]);
		sql(q{DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT 20);
			INSERT INTO visit (record_id, occurred_at, number) VALUES (5, '2026-02-03', 7)});
		refresh("after $command by a maintainer");
	}
	my $locker = PsqlSession->new($server);
	$locker->ask('SET ROLE keeper; BEGIN; LOCK TABLE event IN ACCESS EXCLUSIVE MODE;');
	sql(q{INSERT INTO visit (record_id, occurred_at, number) VALUES (6, '2026-02-03', 7);
		SET client_min_messages = error; SET segments.lock_timeout = '100ms'; CALL segments.refresh()});
	is(sql('SELECT frozen FROM segments.refresh_status'), '{Event}', 'a maintainer that locks a table freezes its type');
	is(sql(q{SELECT sum(linked) FROM segments.interaction_catalog(true) WHERE name = 'Visit'}),
		sql(q{SELECT count(*) FROM visit JOIN mapping USING (record_id)}), 'and no other');
	$locker->ask('ROLLBACK;');
	$locker->quit;
	refresh('when it has gone');

	# Of all tables, ours too.
	sql(q{GRANT pg_maintain TO keeper; SELECT segments.create_segment('many', 'Event at least 3')});
	my $members = sql('SELECT count(*) FROM segments.member');
	for my $command ('VACUUM (FULL, ANALYZE)', 'REINDEX SCHEMA segments', 'ANALYZE')
	{
		my ($status, $out, $err) = $server->psql('postgres', $command, extra_params => [ '-U', 'keeper' ]);
		is($status, 0, "$command by a maintainer of all") or diag($err);
		is(sql('SELECT count(*) FROM segments.member'), $members, "members after $command");
		write_rows(3);
		refresh("after $command by a maintainer of all");
	}
	is(sql(q{SELECT count(*) FROM pg_statistic WHERE starelid = 'segments.member'::regclass}), '0', 'nothing is sampled from members');
	is(scalar $server->psql('postgres', 'SELECT * FROM segments.member', extra_params => [ '-U', 'keeper' ]), 0, 'maintaining is asking nothing:');
	is($server->safe_psql('postgres', 'SELECT count(*) FROM segments.member', extra_params => [ '-U', 'keeper' ]), '0', 'no member is shown');
	isnt(scalar $server->psql('postgres', 'TABLE segments.membership', extra_params => [ '-U', 'keeper' ]), 0, 'nor what members are stored in');
	sql(q{REVOKE ALL ON event, visit, mapping FROM keeper; DROP ROLE keeper});
	return;
}

# What pg_dump forbids itself does not stop us, nor what an owner forbids amid our statements.
sub test_restricted_relations
{
	write_rows(4);
	like(sql(q{
		SET restrict_nonsystem_relation_kind = 'view, foreign-table';
		SET client_min_messages = error;
		CALL segments.refresh();
		SELECT segments.create_segment('restricted', 'Event at least 2');
		SELECT segments.segment_count('Event at least 3') > 0, segments.run_segment('restricted') IS NOT NULL, segments.members('restricted') IS NOT NULL}), qr/^t\|t\|t$/m, 'functions read no view of ours');
	is_exact($server, 'postgres', 'a refresh that may read no view');
	isnt(scalar $server->psql('postgres', q{SET restrict_nonsystem_relation_kind = 'foreign-table'; SELECT * FROM segments.member}), 0, 'members are a foreign table');
	sql(q{
		CREATE ROLE strict;
		CREATE SCHEMA strict AUTHORIZATION strict;
		SET ROLE strict;
		CREATE TABLE strict.read (record_id text, occurred_at timestamptz);
		INSERT INTO strict.read SELECT n, '2026-01-01' FROM generate_series(1, 5) n;
		CREATE FUNCTION strict.forbid(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
		BEGIN
			PERFORM set_config('restrict_nonsystem_relation_kind', 'view, foreign-table', false), set_config('standard_conforming_strings', 'off', false),
				set_config('row_security', 'off', false), set_config('search_path', 'strict', false);
			RETURN v;
		END $$;
		CREATE INDEX ON strict.read (record_id) WHERE strict.forbid('x') = 'x';
		RESET ROLE;
		SELECT segments.register_interaction('strict.read', 'Read', 'occurred_at', 'record_id')});
	is(sql(q{SET client_min_messages = error; CALL segments.refresh(); SHOW restrict_nonsystem_relation_kind}), '', 'what an owner forbids is allowed again');
	is(sql(q{SELECT segments.segment_count('Read')}), sql(q{SELECT count(DISTINCT profile_id) FROM mapping WHERE record_id IN ('1', '2', '3', '4', '5')}), 'and its rows are read');
	refresh('next to an owner who forbids');
	sql(q{SELECT segments.unregister_interaction('Read'); DROP SCHEMA strict CASCADE; DROP ROLE strict; SELECT segments.drop_segment('restricted')});
	return;
}

# New kinds of statements write what the old ones would.
sub test_writers
{
	sql(q{
		MERGE INTO event e USING (SELECT n AS id, n % 600 AS record FROM generate_series(1, 900) n WHERE n % 3 = 0) s ON e.id = s.id
			WHEN MATCHED AND s.id % 2 = 0 THEN UPDATE SET label = 'changed', record_id = s.record
			WHEN NOT MATCHED THEN INSERT (record_id, occurred_at, label, number) VALUES (s.record, '2026-02-05', 'inserted', 12)
			WHEN NOT MATCHED BY SOURCE AND e.id % 5 = 0 THEN DELETE
			RETURNING merge_action(), e.*});
	refresh('after MERGE … WHEN NOT MATCHED BY SOURCE … RETURNING');
	sql("COPY event (record_id, occurred_at, label, number) FROM STDIN (ON_ERROR ignore);\n1\t2026-02-06 07:08:09\tinserted\t5\n2\tnever\tinserted\t6\n3\t2026-02-06 07:08:09\tinserted\t7\n\\.\n");
	is(sql(q{SELECT count(*) FROM event WHERE occurred_at = '2026-02-06 07:08:09'}), '2', 'COPY leaves a row out');
	refresh('after COPY (ON_ERROR ignore)');
	sql(q{ALTER TABLE event ADD COLUMN half int GENERATED ALWAYS AS (number / 2) STORED});
	refresh('a generated field');
	sql(q{ALTER TABLE event ALTER COLUMN half SET EXPRESSION AS (number / 3)});
	refresh('after SET EXPRESSION');
	is(sql(q{SELECT segments.segment_count('Event where half = 20')}), sql(q{SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id) WHERE half = 20}),
		'another expression of a stored column is read');
	sql(q{ALTER TABLE event DROP COLUMN half});
	return;
}

# They are refreshed under a search_path of the server's.
sub test_materialized_views
{
	sql(q{
		CREATE MATERIALIZED VIEW shown AS SELECT segment, profile_id FROM segments.member;
		CREATE MATERIALIZED VIEW counted AS SELECT segments.segment_count('Event at least 3') AS events, segments.cardinality(segments.members('many') & segments.segment_eval('Visit')) AS both,
			(SELECT count(*) FROM segments.profile_segments('p7')) AS of_one});
	write_rows(5);
	sql(q{SET client_min_messages = error; CALL segments.refresh(); REFRESH MATERIALIZED VIEW shown; REFRESH MATERIALIZED VIEW counted});
	is(sql('SELECT count(*) FROM ((TABLE shown EXCEPT SELECT segment, profile_id FROM segments.member) UNION ALL (SELECT segment, profile_id FROM segments.member EXCEPT TABLE shown)) d'), '0',
		'a materialized view of members is refreshed');
	is(sql('TABLE counted'), sql(q{SELECT segments.segment_count('Event at least 3'), (SELECT count(*) FROM segments.profiles(segments.members('many')) p WHERE p IN (SELECT segments.profiles(segments.segment_eval('Visit')))),
		(SELECT count(*) FROM segments.profile_segments('p7'))}), 'and one of questions');
	sql('DROP MATERIALIZED VIEW shown, counted');
	return;
}

# The order of texts under collations that the server has of its own.
sub test_builtin_collation
{
	for my $locale ('C', 'C.UTF-8', 'PG_UNICODE_FAST')
	{
		my $status = $server->psql('postgres', "CREATE DATABASE builtin LOCALE_PROVIDER builtin BUILTIN_LOCALE '$locale' ENCODING 'UTF8' TEMPLATE template0");
		next if $status != 0 && $locale eq 'PG_UNICODE_FAST';    # from 18 on
		my $found = $server->safe_psql('builtin', q{
			CREATE EXTENSION segments;
			CREATE TABLE event (record_id text, at timestamptz, label text);
			CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
			INSERT INTO event SELECT l, '2026-01-01', l FROM unnest('{a,B,b,Z,z,é,É,ß,SS,ss,ı,İ,i,I,ae,æ,"",_,1,10,2,Ω,ω,ς,Σ,ﬁ}'::text[]) l;
			INSERT INTO mapping SELECT record_id, record_id FROM event;
			SELECT segments.register_interaction('event', 'Event', 'at', 'record_id'), segments.register_unification('mapping');
			CALL segments.refresh();
			CREATE FUNCTION differences() RETURNS SETOF text LANGUAGE plpgsql AS $$
			DECLARE word text; operator text; theirs text[]; ours text[];
			BEGIN
				FOR word, operator IN SELECT DISTINCT e.label, o FROM event e, unnest('{<,<=,=,>=,>,<>}'::text[]) o LOOP
					EXECUTE format('SELECT array_agg(record_id ORDER BY record_id) FROM event WHERE label %s %L', operator, word) INTO theirs;
					ours := (SELECT array_agg(p ORDER BY p) FROM segments.profiles(segments.segment_eval(format('Event where label %s %L', operator, word)::segments.definition)) p);
					IF ours IS DISTINCT FROM theirs THEN RETURN NEXT format('%s %s: %s instead of %s', operator, word, ours, theirs); END IF;
				END LOOP;
			END $$;
			SELECT * FROM differences()});
		is(($found =~ s/^\d*\|\n?//mr), '', "builtin locale $locale: texts compare as in SQL");
		$server->safe_psql('postgres', 'DROP DATABASE builtin');
	}
	return;
}
