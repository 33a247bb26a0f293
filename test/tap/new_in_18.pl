# What came with PostgreSQL 18 and bears on what is promised: virtual generated columns, old and new rows in RETURNING, keys over time,
# constraints that are not enforced, triggers that run as who queued them, statistics in dumps, asynchronous reads.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SegmentsOracle;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('new_in_18');
SKIP:
{
	my ($version) = qx{"$ENV{PG_CONFIG}" --version} =~ /(\d+)/;
	skip "PostgreSQL $version has none of it", 1 if $version < 18;

	$server->init;
	$server->append_conf('postgresql.conf', "shared_preload_libraries = 'segments'\nsegments.worker = off\n");
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

# The SQLSTATE and the hint of a statement that fails.
sub error_of
{
	my ($statement) = @_;
	my ($status, $out, $err) = $server->psql('postgres', "\\set VERBOSITY verbose\n$statement");
	my ($state) = $err =~ /ERROR:  (\w{5}):/;
	my ($hint) = $err =~ /HINT:  (.*)/;
	return ($state // '', $hint // '');
}

# The hint of its first warning.
sub warning_of
{
	my ($statement) = @_;
	my ($status, $out, $err) = $server->psql('postgres', $statement);
	my ($hint) = $err =~ /WARNING: .*?HINT:  (.*?)$/ms;
	return $hint // '';
}

# The statement that a hint tells.
sub follow
{
	my ($hint, $what) = @_;
	my ($statement) = $hint =~ /((?:ALTER|SELECT) .*)\.$/;
	ok(defined $statement, "$what: the hint says what to do") or diag($hint);
	sql($statement) if defined $statement;
	return;
}

sub refresh
{
	my ($what) = @_;
	sql('SET client_min_messages = error; CALL segments.refresh()');
	is(sql('SELECT frozen FROM segments.refresh_status'), '{}', "$what: nothing is frozen");
	is_exact($server, 'postgres', $what);
	return;
}

sub equals
{
	my ($definition, $query, $what) = @_;
	is(sql("SELECT p FROM segments.profiles(segments.segment_eval(\$\$$definition\$\$)) p ORDER BY 1"), sql("SELECT DISTINCT profile_id FROM mapping JOIN $query ORDER BY 1"), $what);
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
	test_virtual_fields();
	test_virtual_keys();
	test_returning();
	test_keys_over_time();
	test_constraints();
	test_queued_triggers();
	test_statistics_in_dumps();
	test_asynchronous_reads();
	return;
}

# Their values are in no stored row: no fields, told so, and what stores them makes a field.
sub test_virtual_fields
{
	sql(q{
		ALTER TABLE event ADD COLUMN half int GENERATED ALWAYS AS (number / 2);
		ALTER TABLE visit ADD COLUMN "Half" int GENERATED ALWAYS AS (number / 2) VIRTUAL});
	write_rows(2);
	refresh('tables with virtual columns');
	sql(q{ALTER TABLE event ALTER COLUMN half SET EXPRESSION AS (number / 3)});
	write_rows(3);
	refresh('after another expression');
	is(sql(q{SELECT name, usable FROM segments.interaction_fields('Event') WHERE name IN ('half', 'number') ORDER BY 1}), "half|f\nnumber|t", 'they are listed as not usable');
	for my $field ([ 'Event', 'half', 'event' ], [ 'Visit', 'Half', 'visit' ])
	{
		my ($type, $name, $table) = @$field;
		my ($state, $hint) = error_of("SELECT segments.segment_count('$type where $name = 20')");
		is($state, '42804', "$type: a condition on one is an error");
		follow($hint, "$type: a condition on one");
		sql('CALL segments.refresh()');
		equals("$type where ${name}_stored = 20", qq{$table USING (record_id) WHERE "$name" = 20}, "$type: what is stored can be asked for");
	}
	sql(q{UPDATE event SET number = number + 1 WHERE id % 7 = 0; DELETE FROM visit WHERE id % 9 = 0});
	refresh('rows with both change');
	equals('Event where half_stored = 20', 'event USING (record_id) WHERE half = 20', 'and what is stored changes with them');
	sql('ALTER TABLE event DROP COLUMN half_stored; ALTER TABLE visit DROP COLUMN "Half_stored"');
	refresh('without them');
	return;
}

# Triggers see no value of theirs, so rows that go could not be told.
sub test_virtual_keys
{
	sql(q{
		CREATE TABLE called (person int, local_time timestamp, at timestamptz GENERATED ALWAYS AS (local_time AT TIME ZONE 'UTC'),
			record_id text GENERATED ALWAYS AS (person::text), kind text GENERATED ALWAYS AS ('contact'));
		INSERT INTO called SELECT n, '2026-01-01' FROM generate_series(1, 9) n});
	my ($state, $hint) = error_of(q{SELECT segments.register_interaction('called', 'Called', 'at', 'record_id')});
	is($state, '0A000', 'a virtual time is refused');
	follow($hint, 'a virtual time');
	($state, $hint) = error_of(q{SELECT segments.register_interaction('called', 'Called', 'at_stored', 'record_id')});
	is($state, '0A000', 'a virtual record ID is refused');
	follow($hint, 'a virtual record ID');
	($state, $hint) = error_of(q{SELECT segments.register_interaction('called', 'Called', 'at_stored', 'record_id_stored', 'kind')});
	is($state, '0A000', 'a virtual record type is refused');
	sql(q{SELECT segments.register_interaction('called', 'Called', 'at_stored', 'record_id_stored')});
	refresh('what is stored is taken');
	equals('Called', 'called USING (record_id)', 'and equals SQL');

	# One takes the place of a column that was registered.
	sql(q{ALTER TABLE called DROP COLUMN record_id_stored, ADD COLUMN record_id_stored text GENERATED ALWAYS AS (person::text) VIRTUAL;
		DELETE FROM called WHERE person IN (2, 3);
		UPDATE called SET person = 20 WHERE person = 4});
	$hint = warning_of('CALL segments.refresh()');
	is(sql('SELECT frozen FROM segments.refresh_status'), '{Called}', 'a key that has become virtual freezes its type');
	follow($hint, 'a key that has become virtual');
	sql(q{SELECT segments.alter_interaction('Called', record_id_column => 'record_id_stored_stored')});
	refresh('with a key that is stored');
	equals('Called', 'called USING (record_id)', 'rows that went meanwhile are gone');
	sql(q{DELETE FROM called WHERE person = 5});
	refresh('and later');
	equals('Called', 'called USING (record_id)', 'rows that go later, too');

	sql(q{CREATE TABLE mapped (id int, record_id text GENERATED ALWAYS AS (id::text), profile_id text GENERATED ALWAYS AS ('p' || id))});
	($state) = error_of(q{BEGIN; SELECT segments.unregister_unification(); SELECT segments.register_unification('mapped')});
	is($state, '0A000', 'and a mapping by virtual columns is refused');
	sql(q{SELECT segments.unregister_interaction('Called'); DROP TABLE called, mapped});
	return;
}

# Statements see the rows that they have changed, with both kinds of stamp.
sub test_returning
{
	sql(q{
		CREATE TABLE noted (id int PRIMARY KEY, record_id text, occurred_at timestamptz, label text);
		SELECT segments.register_interaction('noted', 'Noted', 'occurred_at', 'record_id', stamp => 'default');
		INSERT INTO noted SELECT n, n, '2026-01-01', 'a' FROM generate_series(1, 50) n});
	refresh('before RETURNING');
	is(sql(q{UPDATE noted SET label = 'b' WHERE id = 7 RETURNING old.label, new.label, old.segments_xid < new.segments_xid, new.segments_xid = pg_current_xact_id()}),
		'a|b|t|t', 'a stamp that triggers set: the old one and the new one');
	is(sql(q{UPDATE event SET label = 'changed' WHERE id = (SELECT min(id) FROM event) RETURNING old.segments_xid < new.segments_xid, new.segments_xid = pg_current_xact_id()}),
		't|t', 'a generated stamp, too');
	is(sql(q{INSERT INTO noted VALUES (7, 8, '2026-01-01', 'c') ON CONFLICT (id) DO UPDATE SET label = excluded.label, record_id = excluded.record_id RETURNING old.record_id, new.record_id}), '7|8', 'ON CONFLICT');
	is(sql(q{DELETE FROM noted WHERE id = 9 RETURNING old.record_id, new.record_id}), '9|', 'DELETE');
	is(sql(q{WITH moved AS (DELETE FROM noted WHERE id BETWEEN 10 AND 19 RETURNING old.*)
		MERGE INTO noted n USING moved m ON n.id = m.id + 10 WHEN MATCHED THEN UPDATE SET record_id = m.record_id
		WHEN NOT MATCHED BY SOURCE AND n.id > 45 THEN DELETE RETURNING merge_action(), old.record_id IS NULL, new.record_id IS NULL}) =~ tr/\n//, 14, 'MERGE');
	refresh('after RETURNING old and new');
	equals('Noted', 'noted USING (record_id)', 'who is noted equals SQL');
	equals('Noted at least 2', '(SELECT record_id FROM noted GROUP BY 1 HAVING count(*) > 1) n USING (record_id)', 'how often, too');
	sql(q{SELECT segments.unregister_interaction('Noted'); DROP TABLE noted});
	return;
}

# Primary keys WITHOUT OVERLAPS, and what refers to them, are sources like others; one is no proof that a record is mapped once.
sub test_keys_over_time
{
	sql(q{
		CREATE EXTENSION btree_gist;
		CREATE TABLE contract (record_id text, valid tstzrange, occurred_at timestamptz, label text, PRIMARY KEY (record_id, valid WITHOUT OVERLAPS));
		CREATE TABLE used (record_id text, during tstzrange, occurred_at timestamptz, FOREIGN KEY (record_id, PERIOD during) REFERENCES contract (record_id, PERIOD valid));
		INSERT INTO contract SELECT n, tstzrange(d, d + interval '1 year'), d, 'x' FROM generate_series(1, 40) n, unnest('{2023-01-01,2024-01-01}'::timestamptz[]) d;
		INSERT INTO used SELECT n, '[2023-02-01,2023-06-01)', '2023-02-01' FROM generate_series(1, 20) n;
		SELECT segments.register_interaction('contract', 'Contract', 'occurred_at', 'record_id'), segments.register_interaction('used', 'Used', 'occurred_at', 'record_id')});
	refresh('keys over time');
	sql(q{
		UPDATE contract SET valid = valid * '[2024-03-01,)', occurred_at = '2024-03-01', label = 'late' WHERE record_id::int > 10 AND lower(valid) > '2023-06-01';
		DELETE FROM used WHERE record_id::int < 4;
		DELETE FROM contract WHERE record_id::int < 3});
	refresh('after changes');
	equals(q{Contract where label = 'late'}, q{contract USING (record_id) WHERE label = 'late'}, 'periods that changed');
	equals('Contract exactly 2', '(SELECT record_id FROM contract GROUP BY 1 HAVING count(*) = 2) n USING (record_id)', 'periods that went');
	equals('Used', 'used USING (record_id)', 'what refers to them');
	is(sql(q{SELECT profiles FROM segments.erase_profile('p30')}), '1', 'persons with periods are erased');
	is(sql(q{SELECT count(*) FROM contract WHERE record_id IN ('30', '330')}), '0', 'and their periods');
	sql(q{
		CREATE TABLE since (record_id text, profile_id text, valid daterange, PRIMARY KEY (record_id, valid WITHOUT OVERLAPS));
		INSERT INTO since VALUES ('1', 'p1', '[2024-01-01,2025-01-01)'), ('1', 'p2', '[2025-01-01,)'), ('2', 'p3', '[2025-01-01,)');
		SELECT segments.unregister_unification(), segments.register_unification('since', record_type => 'contact')});
	my $hint = warning_of('CALL segments.refresh()');
	is(sql('SELECT frozen FROM segments.refresh_status'), '{(unification)}', 'a record that is mapped twice over time is found');
	like($hint, qr/^Keep one row for each record; a unique index on the record's type and ID enforces that/, 'and what to do about it');
	sql(q{DELETE FROM since WHERE profile_id = 'p1'; CREATE UNIQUE INDEX ON since (record_id); SET client_min_messages = error; CALL segments.refresh()});
	is(sql('SELECT frozen FROM segments.refresh_status'), '{}', 'which is enough');
	is(sql(q{SELECT p FROM segments.profiles(segments.segment_eval('Event or Visit or Contract or Used')) p ORDER BY 1}),
		sql('SELECT profile_id FROM since WHERE record_id IN (SELECT record_id FROM event UNION SELECT record_id FROM visit UNION SELECT record_id FROM contract UNION SELECT record_id FROM used) ORDER BY 1'),
		'and who is left is who is mapped');
	sql(q{SELECT segments.unregister_unification(), segments.register_unification('mapping')});
	sql(q{SELECT segments.unregister_interaction(t) FROM unnest('{Contract,Used}'::text[]) t; DROP TABLE used, contract, since});
	refresh('with the mapping of before');
	return;
}

# Constraints that say what rows need not be.
sub test_constraints
{
	sql(q{
		CREATE TABLE paid (record_id text, occurred_at timestamptz, amount int, CONSTRAINT positive CHECK (amount > 0) NOT ENFORCED);
		INSERT INTO paid SELECT n, '2026-01-01', 50 - n FROM generate_series(1, 99) n;
		INSERT INTO paid VALUES (NULL, '2026-01-01', 1), ('7', NULL, 2), ('8', '2026-01-01', NULL);
		ALTER TABLE paid ADD CONSTRAINT known NOT NULL record_id NOT VALID, ADD CONSTRAINT timed NOT NULL occurred_at NOT VALID,
			ADD CONSTRAINT priced NOT NULL amount NOT VALID;
		SELECT segments.register_interaction('paid', 'Paid', 'occurred_at', 'record_id', stamp => 'default')});
	refresh('constraints that do not hold');
	equals('Paid where amount <= 0', 'paid USING (record_id) WHERE amount <= 0', 'rows that a constraint denies');
	equals('Paid where amount is null', 'paid USING (record_id) WHERE amount IS NULL', 'nulls that a constraint denies');
	sql(q{DELETE FROM paid WHERE record_id IS NULL OR occurred_at IS NULL OR amount < -40});
	refresh('rows that it denies go');
	equals('Paid where amount <= 0', 'paid USING (record_id) WHERE amount <= 0', 'and are gone');
	sql(q{SELECT segments.unregister_interaction('Paid'); DROP TABLE paid});
	return;
}

# A deferred trigger runs as who queued it: nobody else, whoever refreshes, erases or commits.
sub test_queued_triggers
{
	sql(q{
		CREATE ROLE queuer;
		CREATE SCHEMA queuer AUTHORIZATION queuer;
		CREATE TABLE seen (who text, what text);
		GRANT INSERT ON seen TO PUBLIC;
		SET ROLE queuer;
		CREATE TABLE queuer.left (record_id text, occurred_at timestamptz);
		INSERT INTO queuer.left SELECT n, '2026-01-01' FROM generate_series(1, 50) n;
		CREATE FUNCTION queuer.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES (current_user, TG_OP || TG_ARGV[0]); RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER late AFTER UPDATE OR DELETE ON queuer.left DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION queuer.see(' late');
		CREATE TRIGGER soon AFTER UPDATE OR DELETE ON queuer.left FOR EACH ROW EXECUTE FUNCTION queuer.see(' soon');
		RESET ROLE;
		SELECT segments.register_interaction('queuer.left', 'Left', 'occurred_at', 'record_id')});
	refresh('with deferred triggers');
	sql(q{BEGIN; SET LOCAL ROLE queuer; DELETE FROM queuer.left WHERE record_id = '11'; RESET ROLE; COMMIT});
	refresh('who queues is not who commits');
	equals('Left', 'queuer.left USING (record_id)', 'a row that went so');
	is(sql(q{SELECT profiles FROM segments.erase_profile('p12')}), '1', 'an erasure fires them');
	is(sql(q{SELECT DISTINCT who, what FROM seen ORDER BY 1, 2}), "queuer|DELETE late\nqueuer|DELETE soon", 'all ran as their owner');
	is(sql(q{SELECT count(*) FROM seen}), '4', 'once a row');
	is(sql(q{SELECT count(*) FROM queuer.left WHERE record_id = '12'}), '0', 'and the rows are erased');
	sql(q{SELECT segments.unregister_interaction('Left'); DROP SCHEMA queuer CASCADE; DROP TABLE seen; DROP ROLE queuer});
	return;
}

# The function, and its arguments by their names, of a statement that restores statistics.
sub statistics_call
{
	my ($statement) = @_;
	my ($function) = $statement =~ /^(\w+)\(/;
	return { function => $function, $statement =~ /^\t'(\w+)', '((?:[^']|'')*)'/gm };
}

# Statistics come along with a dump: those of users' tables, with sets in them; of ours the sizes of indexes, and names of types,
# which everybody may read; nothing of persons, segments or members, and nothing that stops a restore.
sub test_statistics_in_dumps
{
	sql(q{
		SELECT segments.create_segment('many', 'Event at least 3'), segments.create_segment('few', 'Event where number = 7');
		SELECT segments.create_static_segment('chosen', ARRAY(SELECT 'p' || n FROM generate_series(100, 149) n)), segments.exclude_members('few', '{p7,p999}');
		UPDATE mapping SET profile_id = 'p200' WHERE profile_id ~ '^p20';
		CALL segments.refresh();
		CREATE TABLE kept AS SELECT name, segments.members(name) AS set, profile FROM (VALUES ('many'), ('few')) n (name), segments.profiles(segments.members(name)) profile;
		CREATE STATISTICS kept_set ON segments.cardinality(set), name FROM kept;
		CREATE INDEX kept_size ON kept ((segments.cardinality(set)));
		ANALYZE});
	my $dump = $server->backup_dir . '.statistics';
	my $question = q{SET timezone = 'UTC'; SELECT name, definition, members FROM segments.segment_overview ORDER BY 1; SELECT segment, profile_id FROM segments.member ORDER BY 1, 2};
	my $answer = sql($question);
	my %is_index = map { $_ => 1 } split /\n/, sql(q{SELECT relnamespace::regnamespace || '.' || relname FROM pg_class WHERE relkind IN ('i', 'I')});
	for my $option ('--statistics', '--statistics-only')
	{
		$server->command_ok([ 'pg_dump', '--no-sync', $option, '--format', 'custom', '--file', $dump, 'postgres' ], "a dump with $option");
		my ($text) = run_command([ 'pg_restore', '--file', '-', $dump ]);
		my @statistics = map { statistics_call($_) } $text =~ /(pg_restore_\w+_stats\(.*?\);)/gs;
		cmp_ok(scalar(grep { $_->{schemaname} eq 'public' } @statistics), '>', 0, "$option: it has statistics");
		my @ours = grep { $_->{schemaname} =~ /^segments/ } @statistics;
		is_deeply([ grep { !$is_index{"$_->{schemaname}.$_->{relname}"} } @ours ], [], "$option: of ours those of indexes alone");
		is_deeply([ map { "$_->{relname} $_->{attnum}" } grep { $_->{function} ne 'pg_restore_relation_stats' } @ours ], ['interaction_type_name 1'],
			"$option: their sizes, and what names of types are like");
		sql('CREATE DATABASE restored') if $option eq '--statistics';
		$server->command_ok([ 'pg_restore', '--exit-on-error', '--dbname', 'restored', $option, $dump ], "$option: it is restored");
		is($server->safe_psql('restored', 'SELECT reltuples FROM pg_class WHERE oid = $$public.kept$$::regclass'), sql('SELECT reltuples FROM pg_class WHERE oid = $$public.kept$$::regclass'), "$option: and its numbers are there");
	}
	$server->safe_psql('restored', 'SET client_min_messages = error; CALL segments.refresh()');
	is($server->safe_psql('restored', $question), $answer, 'what was dumped with statistics is evaluated as before');
	is_exact($server, 'restored', 'and exact');
	$server->safe_psql('postgres', q{DROP DATABASE restored; DROP TABLE kept});
	return;
}

# Pages are read by others, or by this process: the same rows.
sub test_asynchronous_reads
{
	sql(q{ALTER TABLE event ADD COLUMN note text; UPDATE event SET note = repeat(md5(id::text), 1 + (id % 90)::int)});
	for my $method ('sync', 'worker', 'io_uring')
	{
		$server->append_conf('postgresql.conf', "io_method = $method\nshared_buffers = 2MB\n");
		if (!$server->restart(fail_ok => 1))
		{
			# Some kernels have none.
			note("this machine has no $method");
			$server->append_conf('postgresql.conf', "io_method = worker\n");
			$server->start;
			next;
		}
		is(sql('SHOW io_method'), $method, "io_method = $method");
		write_rows(10);
		sql(q{UPDATE event SET note = md5(note) || note WHERE id % 5 = 0});
		refresh("io_method = $method");
		equals(q{Event where note > 'b'}, q{event USING (record_id) WHERE note > 'b'}, "io_method = $method: long values");
		is(sql(q{SELECT segments.segment_count('Event where note is not null')}), sql(q{SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id) WHERE note IS NOT NULL}), "io_method = $method: wide rows");
	}
	return;
}
