# Owners of registered tables who attach to them whatever can be attached, before or after registration: whoever then refreshes,
# evaluates, counts, erases, drops or unregisters, here a superuser, what they wrote runs as themselves or is refused.
# HOSTILE_OWNER_CASES, a regular expression, chooses cases by their names.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use List::Util qw(sum0);
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('hostile_owner');
$server->init;
$server->append_conf('postgresql.conf', q{
shared_preload_libraries = 'segments'
segments.naptime = '200ms'
max_parallel_workers_per_gather = 2
});
$server->start;

# evil owns the tables; worse owns some of their partitions.  loot has who ran what, and whose code that was.
$server->safe_psql('postgres', q{
	CREATE ROLE evil LOGIN;
	CREATE ROLE worse LOGIN;
	CREATE DATABASE base;
});
$server->safe_psql('base', q{
	CREATE EXTENSION segments;
	CREATE TABLE public.loot (who text, what text, owner text);
	GRANT ALL ON public.loot TO PUBLIC;
	CREATE SCHEMA evil AUTHORIZATION evil;
	GRANT USAGE ON SCHEMA evil TO worse;
	SET ROLE evil;
	CREATE FUNCTION evil.take(what text, owner text DEFAULT 'evil') RETURNS boolean LANGUAGE plpgsql AS $$
	BEGIN
		-- Where it cannot write, the server's log tells.
		BEGIN INSERT INTO public.loot VALUES (current_user, what, owner);
		EXCEPTION WHEN read_only_sql_transaction THEN RAISE LOG 'loot|%|%|%', current_user, what, owner; END;
		BEGIN ALTER ROLE evil SUPERUSER; EXCEPTION WHEN OTHERS THEN NULL; END;
		IF current_user = owner THEN
			BEGIN SET ROLE postgres; INSERT INTO public.loot VALUES (current_user, 'escaped: ' || what, owner); EXCEPTION WHEN OTHERS THEN NULL; END;
			BEGIN RESET ROLE; INSERT INTO public.loot VALUES (current_user, 'reset: ' || what, owner); EXCEPTION WHEN OTHERS THEN NULL; END;
			BEGIN CREATE TEMPORARY TABLE pg_temp_trap (n int); INSERT INTO public.loot VALUES ('a temporary table', what, owner); EXCEPTION WHEN OTHERS THEN NULL; END;
			BEGIN PERFORM set_config('search_path', 'evil, pg_catalog', false); EXCEPTION WHEN OTHERS THEN NULL; END;
		END IF;
		RETURN true;
	END $$;
	GRANT EXECUTE ON FUNCTION evil.take TO PUBLIC;
	CREATE FUNCTION evil.im(value text, what text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.take(what); RETURN value; END $$;
	CREATE FUNCTION evil.trap() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN PERFORM evil.take(lower(concat_ws(' ', TG_WHEN, TG_OP, TG_LEVEL, TG_TABLE_NAME)), coalesce(TG_ARGV[0], 'evil')); RETURN coalesce(NEW, OLD); END $$;
	CREATE TYPE evil.rid AS ENUM ('r1', 'r2', 'r3', 'r4', 'r5', 'p1', 'p2', 'p3', 'p4', 'p5', 'contact', 'x');
	CREATE FUNCTION evil.to_text(evil.rid) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('cast to text'); RETURN enum_out($1)::text; END $$;
	CREATE FUNCTION evil.to_time(evil.rid) RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('cast to time'); RETURN '2026-03-01'; END $$;
	CREATE FUNCTION evil.to_xid8(evil.rid) RETURNS xid8 LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('cast to xid8'); RETURN '3'; END $$;
	CREATE FUNCTION evil.to_xid(evil.rid) RETURNS xid LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('cast to xid'); RETURN '3'; END $$;
	CREATE CAST (evil.rid AS text) WITH FUNCTION evil.to_text(evil.rid) AS IMPLICIT;
	CREATE CAST (evil.rid AS timestamptz) WITH FUNCTION evil.to_time(evil.rid) AS IMPLICIT;
	CREATE FUNCTION evil.to_reading(evil.rid) RETURNS timestamp LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('cast to reading'); RETURN '2026-03-01'; END $$;
	CREATE CAST (evil.rid AS timestamp) WITH FUNCTION evil.to_reading(evil.rid) AS IMPLICIT;
	CREATE CAST (evil.rid AS xid8) WITH FUNCTION evil.to_xid8(evil.rid) AS IMPLICIT;
	CREATE CAST (evil.rid AS xid) WITH FUNCTION evil.to_xid(evil.rid) AS IMPLICIT;
	CREATE FUNCTION evil.same(evil.rid, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN evil.take('operator'); END $$;
	CREATE OPERATOR evil.= (FUNCTION = evil.same, LEFTARG = evil.rid, RIGHTARG = text);
	CREATE OPERATOR evil.< (FUNCTION = evil.same, LEFTARG = evil.rid, RIGHTARG = text);
	CREATE DOMAIN evil.checked AS text CHECK (evil.im(VALUE, 'domain') IS NOT NULL);
	CREATE DOMAIN evil.checked_time AS timestamptz CHECK (evil.im(VALUE::text, 'domain') IS NOT NULL);
	CREATE DOMAIN evil.checked_reading AS timestamp CHECK (evil.im(VALUE::text, 'domain') IS NOT NULL);
	CREATE DOMAIN evil.checked_day AS date CHECK (evil.im(VALUE::text, 'domain') IS NOT NULL);
	CREATE DOMAIN evil.checked_document AS jsonb CHECK (evil.im(VALUE::text, 'domain') IS NOT NULL);
	CREATE DOMAIN evil.checked_words AS text[] CHECK (evil.im(VALUE::text, 'domain') IS NOT NULL);
	CREATE DOMAIN evil.checked_stamp AS xid8 CHECK (evil.im(VALUE::text, 'domain') IS NOT NULL);
	CREATE TABLE evil.opened (record_type text DEFAULT 'contact', record_id text, occurred_at timestamptz, label text, document jsonb DEFAULT '{"plan": "pro", "n": "x", "list": ["a", "b"]}',
		words text[] DEFAULT '{a,b}', moods evil.rid[] DEFAULT '{r1,x}', other_type text DEFAULT 'contact', other_id text DEFAULT 'r1');
	CREATE TABLE evil.mapping (record_type text DEFAULT 'contact', record_id text, profile_id text);
	CREATE TABLE evil.parted (record_id text, at timestamptz, label text) PARTITION BY RANGE (at);
	CREATE TABLE evil.parted_1 PARTITION OF evil.parted FOR VALUES FROM ('2018-01-01') TO ('2019-01-01');
	CREATE TABLE evil.parted_3 (record_id text, at timestamptz, label text);
	CREATE TABLE evil.parted_2 PARTITION OF evil.parted FOR VALUES FROM ('2019-01-01') TO ('2030-01-01');
	CREATE TABLE evil.happened (record_id text, at timestamp, label text);
	CREATE TABLE evil.person (record_id text, at date, label text);
	CREATE TABLE evil.known (label text PRIMARY KEY, meaning text);
	INSERT INTO evil.known VALUES ('x', 'the first'), ('y', 'the second');
	INSERT INTO evil.person SELECT 'r' || i, '2026-03-01', 'trait ' || i FROM generate_series(1, 3) i;
	INSERT INTO evil.happened SELECT 'r' || i, '2026-03-01', 'kind ' || i FROM generate_series(1, 3) i;
	INSERT INTO evil.opened (record_id, occurred_at, label) SELECT 'r' || i, '2026-03-01', 'x' FROM generate_series(1, 3) i;
	INSERT INTO evil.mapping (record_id, profile_id) SELECT 'r' || i, 'p' || i FROM generate_series(1, 5) i;
	INSERT INTO evil.parted SELECT 'r' || i, make_timestamptz(2014 + i, 3, 1, 0, 0, 0), 'x' FROM generate_series(4, 5) i;
	INSERT INTO evil.parted_3 VALUES ('r1', '2030-01-02', 'x');
	CREATE INDEX ON evil.parted_3 (record_id) WHERE evil.im(record_id, 'prepare_partition') <> 'q';
	RESET ROLE;
});

my $register = q{
	SELECT segments.register_interaction('evil.opened', 'Opened', 'occurred_at', 'record_id', 'record_type', stamp => :'stamp');
	\echo register :SQLSTATE
	SELECT segments.add_json_field('Opened', 'document.plan'), segments.add_json_field('Opened', 'document.n', 'numeric'), segments.add_json_field('Opened', 'document.list', 'text[]');
	\echo json :SQLSTATE
	SELECT segments.register_relation('Opened', 'other', 'other_id', 'other_type');
	\echo relation :SQLSTATE
	SELECT segments.register_interaction('evil.parted', 'Parted', 'at', 'record_id');
	\echo register :SQLSTATE
	SELECT segments.register_events('evil.happened', 'label', 'at', 'record_id', stamp => :'stamp', time_zone => 'Europe/Oslo');
	\echo register :SQLSTATE
	SELECT segments.register_profile_source('evil.person', 'Person', 'record_id', time_column => 'at', stamp => :'stamp', time_zone => 'Europe/Oslo');
	\echo register :SQLSTATE
	SELECT segments.register_lookup('evil.known', 'Known', 'label', '{Opened.label}', stamp => :'stamp');
	\echo register :SQLSTATE
	SELECT segments.register_unification('evil.mapping', stamp => :'stamp');
	\echo register :SQLSTATE
};
my $refresh = q{
	CALL segments.refresh();
	\echo refresh :SQLSTATE
	SELECT 'froze ' || count(*) FROM segments.frozen_source HAVING count(*) > 0;
};
# Everything that touches tables.  Each statement is a transaction of its own.
my @operations = (
	$refresh,
	q{SELECT segments.segment_count('Opened where label = ''x''');
	\echo evaluate :SQLSTATE
	SELECT segments.segment_count('Opened where (label begins with ''x'' or ProfileId in (''r1'', ''r2'')) and Parted within last 30 days');
	\echo evaluate :SQLSTATE
	SELECT segments.segment_count('Opened where (document.plan = ''pro'' and document.n is null)');
	\echo json :SQLSTATE
	SELECT segments.segment_count('Opened where (words contains any of (''a'') and length of words > 1 or words is empty)'), count(*) FROM segments.field_values('Opened', 'words');
	\echo array :SQLSTATE
	SELECT segments.segment_count('Opened where (moods contains all of (''r1'', ''x'') and document.list contains any of (''b'', ''c''))'), count(*) FROM segments.field_values('Opened', 'moods');
	\echo array :SQLSTATE
	SELECT segments.segment_count('Opened via other where (label = ''x'' or ProfileId = ''r1'') and Opened via profile where other_id = ''r1''');
	\echo relation :SQLSTATE
	SELECT segments.segment_count('Opened having count(distinct label) > 0 or Opened having max(label) > ''a''');
	\echo aggregate :SQLSTATE
	SELECT segments.segment_count('Opened having count(distinct moods) >= 1 or Opened having count(distinct other_id) = 1');
	\echo aggregate :SQLSTATE
	SELECT count(*) FROM segments.segment_explain('Opened where label >= ''p1''');
	\echo explain :SQLSTATE
	SELECT count(*) FROM segments.profiles(segments.segment_eval('all'));
	\echo profiles :SQLSTATE
	SELECT segments.create_segment('s', 'Opened where not label = ''y''');
	\echo save :SQLSTATE},
	q{SELECT count(*) FROM segments.waiting_rows();
	\echo waiting_rows :SQLSTATE
	SELECT count(*) FROM segments.interaction_catalog(true), segments.interaction_fields('Opened'), segments.fragment_status, segments.refresh_status, segments.relation_catalog;
	\echo status :SQLSTATE},
	q{SELECT count(*) FROM segments.timeline('p1');
	\echo timeline :SQLSTATE
	SELECT count(*) FROM segments.timeline('p4', '{Opened,Parted}');
	\echo timeline :SQLSTATE
	SELECT count(*) FROM segments.unlinked_records(NULL, NULL), segments.unlinked_records('Person');
	\echo unlinked_records :SQLSTATE
	SELECT count(*) FROM segments.explain_member('s', 'p1');
	\echo explain_member :SQLSTATE
	SELECT count(*) FROM segments.segment_profile('s');
	\echo segment_profile :SQLSTATE
	SELECT count(*) FROM segments.compare_definitions('Opened', 'Opened where label = ''x'' or Parted');
	\echo compare_definitions :SQLSTATE
	SELECT count(*) FROM segments.check_definition('Opened where label = ''y'' and Parted where label = ''z''');
	\echo check_definition :SQLSTATE
	SELECT count(*) FROM segments.find('label');
	\echo find :SQLSTATE
	SELECT count(*) FROM segments.complete_definition('Opened where label = ');
	\echo complete_definition :SQLSTATE
	SELECT segments.definition_text('Opened where label = ''y'' and segment ''s''', 'display', true);
	\echo definition_text :SQLSTATE
	SELECT segments.alter_interaction('Opened', fields => '[{"column" : "label", "references" : "label"}]');
	SELECT count(*) FROM segments.find_references(), segments.find_references('label', 'x');
	\echo find_references :SQLSTATE
	SELECT segments.definition_from_mql('INTERACTION(opened).FILTER(label == ''y'') EXCEPT SEGMENT(s)');
	\echo definition_from_mql :SQLSTATE
	SELECT count(*) FROM segments.field_values('Opened', 'label'), segments.field_values('Parted', 'label');
	\echo field_values :SQLSTATE},
	q{SELECT segments.alter_interaction('Opened', aliases => '{Seen}', fields => '[{"column" : "label", "name" : "Mark"}]');
	\echo alter_interaction :SQLSTATE
	SELECT segments.alter_interaction('Parted', time_column => 'at', record_id_column => 'record_id');
	\echo alter_interaction :SQLSTATE
	SELECT count(*) FROM segments.discover_json_fields('Opened'), segments.discover_json_fields('Parted', declare_all => true);
	\echo json :SQLSTATE
	SELECT segments.drop_json_field('Opened', 'document.n'), segments.add_json_field('Opened', 'document.n', 'boolean');
	\echo json :SQLSTATE
	SELECT segments.drop_relation('Opened', 'other'), segments.register_relation('Opened', 'other', 'other_id', 'other_type');
	\echo relation :SQLSTATE
	SELECT segments.alter_events('happened', names => '[{"value": "kind 1", "aliases": ["first"]}]', type_column => 'label', takes_new => true), segments.drop_event_type('happened', 'kind 3');
	\echo alter_events :SQLSTATE
	SELECT segments.segment_count('"kind 1" or first or "happened: kind 2"'), segments.timeline('p1', '{first}');
	\echo events :SQLSTATE
	SELECT segments.segment_count('Person.label = ''trait 1'' and Person within last 300 days never'), segments.alter_interaction('Person', time_column => 'at', time_zone => 'UTC');
	\echo person :SQLSTATE
	SELECT segments.segment_count('Opened where Mark.meaning = ''the first'''), count(*) FROM segments.find('meaning'), segments.lookup_fields;
	\echo look_up :SQLSTATE
	SELECT segments.drop_lookup_field('Opened', 'Mark'), segments.add_lookup_field('Opened', 'Mark', 'Known'), segments.alter_interaction('Known', record_id_column => 'label');
	\echo look_up :SQLSTATE
	SELECT segments.alter_unification(record_id_column => 'record_id', profile_id_column => 'profile_id');
	\echo alter_unification :SQLSTATE
	SELECT segments.set_display_name('type', 'Opened', 'Seen it'), segments.set_display_name('field', 'Mark', 'The mark', 'Opened'),
		segments.set_display_name('relation', 'profile', 'Who', 'Parted'), segments.set_display_name('record type', 'lead', 'Lead'), segments.set_display_name('segment', 's', 'S');
	\echo set_display_name :SQLSTATE
	SELECT segments.confirm_source('Opened');
	\echo confirm_source :SQLSTATE
	SELECT segments.confirm_source('Parted');
	\echo confirm_source :SQLSTATE
	SELECT segments.confirm_source();
	\echo confirm_source :SQLSTATE
	SELECT segments.prepare_partition('evil.parted_3', 'evil.parted');
	\echo prepare_partition :SQLSTATE},
	q{SELECT segments.create_static_segment('by_hand', '{p1,p2}'), segments.create_snapshot('shot', segments.segment_eval('Opened'));
	\echo save :SQLSTATE
	SELECT segments.include_members('s', '{p5}'), segments.exclude_members('s', '{p1}'), segments.unlist_members('s', '{p5}');
	\echo lists :SQLSTATE
	SELECT segments.update_segment('s', 'Opened or Parted'), segments.set_segment_time_zone('s', 'Europe/Rome'), segments.restore_segment('s', 1);
	\echo update :SQLSTATE
	SELECT segments.run_segment('s'), segments.count_segment('s'), segments.set_segment_state('s', 'inactive'), segments.set_segment_state('s', 'active');
	\echo run :SQLSTATE
	SELECT count(*) FROM segments.explain_segment('s'), segments.segment_usage('s'), segments.segment_overlap();
	\echo explain :SQLSTATE
	SELECT segments.members('s'), segments.profile_ordinal('p1'), segments.profile_ordinal('contact', 'r1');
	\echo members :SQLSTATE
	SELECT count(*) FROM segments.members_at('s', now()), segments.changes_since('s'), segments.profile_segments('p2');
	\echo history :SQLSTATE
	SELECT count(*) FROM segments.membership_forecast('s', 2);
	\echo forecast :SQLSTATE
	SELECT segments.copy_segment('s', 'copy'), segments.rename_segment('copy', 't'), segments.describe_segment('t', 'a copy'), segments.set_segment_tags('t', '{x}');
	\echo copy :SQLSTATE
	SELECT segments.grant_members('t', 'evil'), segments.revoke_members('t', 'evil'), segments.set_segment_owner('t', 'worse'), segments.forget_versions('t');
	\echo grant :SQLSTATE
	SELECT segments.publish_segment('t', 'public'), segments.unpublish_segment('t'), segments.drop_segment('t');
	\echo publish :SQLSTATE
	SELECT segments.set_segment_schedule('s', 'daily at 06:00'), segments.set_refresh_schedule('every hour'), segments.set_refresh_schedule(NULL), segments.cancel_refresh();
	\echo schedule :SQLSTATE
	SELECT segments.run_as_owner('evil.opened', 'COMMENT ON TABLE evil.opened IS ''x''');
	\echo run_as_owner :SQLSTATE
	SELECT segments.register_record_type('shopper'), segments.create_interaction_tables('public', '{EmailOpened}');
	\echo register :SQLSTATE},
	$refresh,
	q{SELECT segments.rebuild();
	\echo rebuild :SQLSTATE},
	$refresh,
	q{SELECT count(*) FROM segments.erase_profile('p1');
	\echo erase :SQLSTATE
	SELECT count(*) FROM segments.erase_profiles('{p4,p5}');
	\echo erase :SQLSTATE},
	q{SELECT count(*) FROM segments.forgotten('p1', '{{contact,r1}}', '{x}');
	\echo forgotten :SQLSTATE
	SELECT segments.readmit_references('Opened', 'other', 'contact', 'r1');
	\echo relation :SQLSTATE},
	q{SELECT count(*) FROM segments.drop_interactions('Opened', '2026-03-02');
	\echo drop :SQLSTATE
	SELECT count(*) FROM segments.drop_interactions('Parted', '2019-06-01', detach => :'detach');
	\echo drop :SQLSTATE},
	q{SELECT count(*) FROM segments.drop_interactions('happened', '2026-03-02');
	\echo drop :SQLSTATE
	SELECT segments.alter_interaction('happened', time_zone => 'UTC');
	\echo alter_interaction :SQLSTATE},
	q{SELECT segments.reattach_source('Opened');
	\echo reattach :SQLSTATE
	SELECT segments.unregister_interaction('Opened');
	\echo unregister :SQLSTATE
	SELECT segments.unregister_unification();
	\echo unregister :SQLSTATE},
	q{SELECT segments.detach_all();
	\echo detach_all :SQLSTATE});

# Between the first refresh and the second one, by evil.
my $changes = q{
	INSERT INTO evil.opened (record_id, occurred_at) VALUES ('r4', '2026-03-02');
	UPDATE evil.opened SET occurred_at = occurred_at WHERE record_id = 'r2';
	INSERT INTO evil.mapping (record_id, profile_id) VALUES ('r6', 'p6');
};

# Whatever users call is among the operations, but for what has only its arguments to look at.
{
	my %walked = map { $_ => 1 } join(' ', $register, @operations) =~ /segments\.(\w+)/g;
	$walked{$_} = 1 for qw(bucket cardinality contains definition_from_json definition_json definition_schema is_empty maximum minimum next_run ordinals profile_set to_array to_bytea xact_stamp);
	my @missing = grep { !$walked{$_} } split /\n/, $server->safe_psql('base', q{
		SELECT DISTINCT proname FROM pg_proc
		WHERE pronamespace = 'segments'::regnamespace AND prokind IN ('f', 'p') AND prorettype <> 'trigger'::regtype ORDER BY 1});
	is(join(', ', @missing), '', 'every function is among the operations: name a new one there');
}

my $number = 0;
# What neither runs, because nothing of ours evaluates it, nor is refused, because it does not matter.
my $idle = qr/^(
	normalized\ ids\ and\ functions\ by\ the\ names\ of\ those\ that\ do\ it |
	domain\ at\ \w+\ \w+(\ from\ the\ beginning)?
	| enum\ with\ casts\ at\ parted\ label(\ from\ the\ beginning)?
	| casts\ of\ an\ array\ of\ an\ enum
	| (check|default|generated\ column|partial\ index)\ of\ (opened|mapping|parted)(\ from\ the\ beginning)?
	| (domain|domain\ as\ the\ key)\ of\ what\ is\ looked\ up(,\ from\ the\ beginning)?
	| indexes\ of\ what\ is\ looked\ up
	| (rules\ beside|rules\ instead|rules\ that\ delete\ elsewhere|statistics|a\ column\ that\ is\ gone)\ of\ parted)$/x;
my %usual;    # what is refused whatever evil does: lines of \echo

# Runs all operations on a database of its own; `attack` is what evil does, before or after registration.
sub try
{
	my ($name, $attack, %options) = @_;
	return if defined $ENV{HOSTILE_OWNER_CASES} && $name !~ /$ENV{HOSTILE_OWNER_CASES}/;
	my $database = 'case_' . ++$number;
	$server->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE base STRATEGY file_copy");
	# One psql runs them all, and what a role does goes on in its session: starting either takes longer than most operations.
	my $connected = '';
	my $script = "\\set stamp " . ($options{stamp} // 'generated') . "\n\\set detach " . ($options{detach} // 'false') . "\n";
	my $run = sub {
		my ($sql, $user) = @_;
		$user //= 'postgres';
		$script .= "\\connect - $user\nSET client_min_messages = error;\n" if $user ne $connected;
		$connected = $user;
		$script .= "$sql\n;\n";
		return;
	};
	if ($options{before}) { $run->($attack, 'evil'); $run->('TRUNCATE public.loot'); $run->($register) }
	else
	{
		$run->($register);
		$run->($refresh) unless $options{unread};
		$run->($attack, 'evil');
		$run->('TRUNCATE public.loot');
	}
	$run->($options{as_superuser}) if $options{as_superuser};
	my $loot = q{
		SELECT DISTINCT 'foreign: ' || concat_ws('|', who, what, owner) FROM public.loot WHERE who IS DISTINCT FROM owner;
		SELECT 'ran: ' || count(*) FROM public.loot WHERE what NOT LIKE '%prepare_partition'};
	for my $operation ($refresh, undef, @operations)
	{
		if (defined $operation) { $run->($operation); next }
		# Evil may do as it likes in sessions of its own.
		$run->($loot);
		$run->($changes, 'evil');
		$run->('TRUNCATE public.loot');
	}
	$run->($loot);
	$run->("SELECT 'ended'");
	my (undef, $output, $stderr) = $server->psql($database, $script, on_error_stop => 0);
	my $errors = "$output\n$stderr\n";
	like($output, qr/^ended$/m, "$name: the server survives") or diag($errors);
	is(join(', ', $output =~ /^foreign: (.*)$/mg), '', "$name: whatever ran, ran as its owner");
	my @counts = $output =~ /^ran: (\d+)$/mg;
	is(scalar @counts, 2, "$name: what ran was counted");
	my $ran = sum0(@counts);
	my $superusers = q{SELECT rolname FROM pg_roles WHERE rolname IN ('evil', 'worse') AND rolsuper};
	is($server->safe_psql('postgres', "$superusers; ALTER ROLE evil NOSUPERUSER; DROP DATABASE $database"), '', "$name: nobody became superuser");
	my @internal = grep { /^\w+ (XX|58|08|57P0[12])/ } split /\n/, $errors;
	is(join(', ', @internal), '', "$name: refusals have words") or diag($errors);
	ok($ran > 0, "$name: it did run") if $options{runs};
	my @refusals = grep { /^(froze \d+|\w+ (?!00000)[0-9A-Z]{5})$/ && !$usual{$_} } split /\n/, $errors;
	if ($options{is_usual}) { $usual{$_} = 1 for @refusals }
	elsif ($name =~ $idle) { is("$ran @refusals", '0 ', "$name: there is nothing to run or to refuse") }
	else { ok($ran > 0 || @refusals > 0, "$name: it ran as its owner, or was refused") }
	return;
}

# Nothing.
{
	local $ENV{HOSTILE_OWNER_CASES};
	try('nothing', 'SELECT 1;', is_usual => 1);
}

# Types of columns, with casts and operators of evil's own.
my %columns = (
	'opened record_id' => 'checked',
	'opened record_type' => 'checked',
	'opened occurred_at' => 'checked_time',
	'opened label' => 'checked',
	'opened other_id' => 'checked',
	'opened other_type' => 'checked',
	'mapping record_type' => 'checked',
	'mapping record_id' => 'checked',
	'mapping profile_id' => 'checked',
	'parted record_id' => 'checked',
	'parted label' => 'checked',
	'happened record_id' => 'checked',
	'happened at' => 'checked_reading',
	'happened label' => 'checked',    # names the event
	'person record_id' => 'checked',
	'person at' => 'checked_day',
	'person label' => 'checked');
for my $column (sort keys %columns)
{
	my ($table, $name) = split / /, $column;
	my $value = $name =~ /^(occurred_at|at|label)$/ ? q{'x'} : $name =~ /type$/ ? q{'contact'} : $name;
	my $enum = "ALTER TABLE evil.$table ALTER $name DROP DEFAULT, ALTER $name TYPE evil.rid USING ($value)::text::evil.rid";
	my $domain = "ALTER TABLE evil.$table ALTER $name TYPE evil.$columns{$column}";
	try("enum with casts at $column", "$enum;");
	try("enum with casts at $column from the beginning", "$enum;", before => 1) if $name eq 'label';
	try("domain at $column", "$domain;");
	try("domain at $column from the beginning", "$domain;", before => 1);
}
try('enum with casts at opened document', q{ALTER TABLE evil.opened ALTER document DROP DEFAULT, ALTER document TYPE evil.rid USING 'x'::evil.rid;});
try('array of a domain at opened words', q{ALTER TABLE evil.opened ALTER words DROP DEFAULT, ALTER words TYPE evil.checked[];});
try('array of a domain at opened words from the beginning', q{ALTER TABLE evil.opened ALTER words DROP DEFAULT, ALTER words TYPE evil.checked[];}, before => 1);
try('domain at opened words', q{ALTER TABLE evil.opened ALTER words TYPE evil.checked_words;});
try('domain at opened words from the beginning', q{ALTER TABLE evil.opened ALTER words TYPE evil.checked_words;}, before => 1);
try('array of an enum with casts at opened words', q{ALTER TABLE evil.opened ALTER words DROP DEFAULT, ALTER words TYPE evil.rid[] USING '{x}'::evil.rid[];});
try('casts of an array of an enum', q{
	CREATE FUNCTION evil.moods_to_text(evil.rid[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.take('cast of an array to text'); RETURN 'x'; END $$;
	CREATE CAST (evil.rid[] AS text) WITH FUNCTION evil.moods_to_text(evil.rid[]) AS IMPLICIT;
	CREATE FUNCTION evil.overlaps(evil.rid[], evil.rid[]) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN evil.take('operator of arrays'); END $$;
	CREATE OPERATOR evil.&& (FUNCTION = evil.overlaps, LEFTARG = evil.rid[], RIGHTARG = evil.rid[]);
	CREATE OPERATOR evil.= (FUNCTION = evil.overlaps, LEFTARG = evil.rid[], RIGHTARG = evil.rid[]);});
try('domain at opened document', q{ALTER TABLE evil.opened ALTER document TYPE evil.checked_document;});
try('domain at opened document from the beginning', q{ALTER TABLE evil.opened ALTER document TYPE evil.checked_document;}, before => 1);
try('enum at the record id with the capture of before', q{ALTER TABLE evil.opened ALTER record_id TYPE evil.rid USING record_id::evil.rid;}, unread => 1);

# The stamp.
for my $table ('opened', 'mapping')
{
	try("stamp of another type at $table", "ALTER TABLE evil.$table DROP COLUMN segments_xid; ALTER TABLE evil.$table ADD COLUMN segments_xid evil.rid DEFAULT 'r1';", stamp => 'default');
	try("generated stamp of another type at $table", "ALTER TABLE evil.$table DROP COLUMN segments_xid; ALTER TABLE evil.$table ADD COLUMN segments_xid evil.rid GENERATED ALWAYS AS ('r1'::evil.rid) STORED;");
	try("stamp that is a domain at $table", "ALTER TABLE evil.$table DROP COLUMN segments_xid; ALTER TABLE evil.$table ADD COLUMN segments_xid evil.checked_stamp DEFAULT '3';", stamp => 'default');
	try("index over a stamp of another type at $table", "ALTER TABLE evil.$table DROP COLUMN segments_xid; ALTER TABLE evil.$table ADD COLUMN segments_xid text; CREATE INDEX ON evil.$table USING brin (segments_xid);");
}

# What hangs on tables.  Those of events and of profile sources go the way of all others, so they are tried by a choice.
my $chosen = qr/^(partial index with a constant predicate|index on an expression|policies|triggers of rows|triggers of statements|deferred triggers|rules instead|being renamed|a column that is gone)$/;
for my $table ('opened', 'mapping', 'parted', 'happened', 'person')
{
	my $text = $table eq 'mapping' ? 'profile_id' : 'label';
	my %attacks = (
		'partial index with a constant predicate' => "CREATE INDEX ON evil.$table (record_id) WHERE evil.im('x', 'predicate') IS NOT NULL;",
		'partial index' => "CREATE INDEX ON evil.$table (record_id) WHERE evil.im(record_id, 'predicate') <> 'q';",
		'index on an expression' => "CREATE INDEX ON evil.$table (evil.im($text, 'expression')) WHERE evil.im('x', 'predicate') = 'x'; CREATE INDEX ON evil.$table ((evil.im('x', 'constant')));",
		'statistics' => "CREATE STATISTICS evil.kept ON (evil.im($text, 'statistics')), (evil.im('x', 'statistics')), record_id FROM evil.$table; ANALYZE evil.$table;",
		'check' => "ALTER TABLE evil.$table ADD CHECK (evil.im($text, 'check') IS NOT NULL AND evil.im('x', 'check') = 'x');",
		'default' => "ALTER TABLE evil.$table ALTER $text SET DEFAULT evil.im('x', 'default'); ALTER TABLE evil.$table ADD COLUMN more text DEFAULT evil.im('y', 'default');",
		'generated column' => "ALTER TABLE evil.$table ADD COLUMN made text GENERATED ALWAYS AS (evil.im($text, 'generated')) STORED;",
		'policies' => "CREATE POLICY trap ON evil.$table USING (evil.take('policy')) WITH CHECK (evil.take('policy')); ALTER TABLE evil.$table ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
		'triggers of rows' => "CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON evil.$table FOR EACH ROW EXECUTE FUNCTION evil.trap(); CREATE TRIGGER z AFTER INSERT OR UPDATE OR DELETE ON evil.$table FOR EACH ROW EXECUTE FUNCTION evil.trap();",
		'triggers of statements' => "CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON evil.$table FOR EACH STATEMENT EXECUTE FUNCTION evil.trap(); CREATE TRIGGER z AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON evil.$table FOR EACH STATEMENT EXECUTE FUNCTION evil.trap();"
			. ($table eq 'parted' ? "CREATE TRIGGER b BEFORE DELETE ON evil.parted_1 FOR EACH STATEMENT EXECUTE FUNCTION evil.trap();" : ''),
		'deferred triggers' => "CREATE CONSTRAINT TRIGGER later AFTER INSERT OR UPDATE OR DELETE ON evil.$table DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION evil.trap();",
		'triggers with conditions' => "CREATE TRIGGER a BEFORE DELETE ON evil.$table FOR EACH ROW WHEN (evil.take('condition')) EXECUTE FUNCTION evil.trap();",
		'rules beside' => "CREATE RULE a AS ON DELETE TO evil.$table DO ALSO SELECT evil.take('rule'); CREATE RULE b AS ON INSERT TO evil.$table DO ALSO SELECT evil.take('rule');",
		'rules instead' => "CREATE RULE a AS ON DELETE TO evil.$table DO INSTEAD SELECT evil.take('rule');",
		'rules that delete elsewhere' => "CREATE TABLE evil.other (record_id text); CREATE TRIGGER a BEFORE DELETE ON evil.other FOR EACH STATEMENT EXECUTE FUNCTION evil.trap(); CREATE RULE a AS ON DELETE TO evil.$table DO INSTEAD DELETE FROM evil.other WHERE evil.take('rule');",
		'a table that refers to it' => "ALTER TABLE evil.$table ADD UNIQUE (record_id" . ($table eq 'parted' ? ', at' : '') . "); CREATE TABLE evil.child (a text, b timestamptz, FOREIGN KEY " . ($table eq 'parted' ? '(a, b)' : '(a)') . " REFERENCES evil.$table (record_id" . ($table eq 'parted' ? ', at' : '') . ") ON DELETE CASCADE); INSERT INTO evil.child SELECT record_id" . ($table eq 'parted' ? ', at' : '') . " FROM evil.$table; CREATE TRIGGER a BEFORE DELETE ON evil.child FOR EACH ROW EXECUTE FUNCTION evil.trap(); CREATE INDEX ON evil.child (a) WHERE evil.im('x', 'predicate') = 'x';",
		'an inheritance child' => $table eq 'parted' ? '' : "CREATE TABLE evil.child () INHERITS (evil.$table); CREATE INDEX ON evil.child (record_id) WHERE evil.im('x', 'predicate') = 'x'; INSERT INTO evil.child (record_id) VALUES ('r5'); CREATE TRIGGER a BEFORE DELETE ON evil.child FOR EACH ROW EXECUTE FUNCTION evil.trap();",
		'being unlogged' => $table eq 'parted' ? '' : "ALTER TABLE evil.$table SET UNLOGGED;",
		'being renamed' => "ALTER TABLE evil.$table RENAME TO gone; CREATE VIEW evil.$table AS SELECT *, evil.take('view') FROM evil.gone;",
		'its schema being renamed' => "CREATE TABLE evil.mark (n int); ALTER TABLE evil.$table RENAME record_id TO id;",
		'being a view' => $table eq 'parted' ? '' : "CREATE TABLE evil.rows AS SELECT * FROM evil.$table; TRUNCATE evil.$table; DROP TRIGGER IF EXISTS segments_log_change ON evil.$table; DROP TRIGGER IF EXISTS segments_keep_stamp ON evil.$table; DO \$\$ DECLARE i regclass; BEGIN FOR i IN SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'evil.$table'::regclass LOOP EXECUTE 'DROP INDEX ' || i; END LOOP; END \$\$; VACUUM evil.$table; CREATE RULE \"_RETURN\" AS ON SELECT TO evil.$table DO INSTEAD SELECT * FROM evil.rows WHERE evil.take('view');",
		'a column that is gone' => "ALTER TABLE evil.$table DROP COLUMN $text; ALTER TABLE evil.$table ADD COLUMN $text evil.rid;");
	for my $attack (sort keys %attacks)
	{
		next if $attacks{$attack} eq '' || $table =~ /^(happened|person)$/ && $attack !~ $chosen;
		# Leaves are read and erased one by one: a rule of the root does not notice.
		my $runs = $attack =~ /^(triggers|deferred)/ || ($attack eq 'rules beside' && $table ne 'parted') ? 1 : 0;
		try("$attack of $table", $attacks{$attack}, runs => $runs);
		try("$attack of $table from the beginning", $attacks{$attack}, before => 1, stamp => 'default')
			if $table eq 'opened' && $attack =~ /index|statistics|check|default|generated|trigger|rule/;
	}
}

# A table that is looked up.
my %lookups = (
	'enum as the key' => q{ALTER TABLE evil.known ALTER label TYPE evil.rid USING CASE label WHEN 'x' THEN 'x' ELSE 'r1' END::text::evil.rid;},
	'domain as the key' => q{ALTER TABLE evil.known ALTER label TYPE evil.checked;},
	'enum with casts' => q{ALTER TABLE evil.known ALTER meaning TYPE evil.rid USING 'x'::text::evil.rid;},
	'domain' => q{ALTER TABLE evil.known ALTER meaning TYPE evil.checked;},
	'indexes' => q{CREATE INDEX ON evil.known (evil.im(meaning, 'expression')) WHERE evil.im('x', 'predicate') = 'x'; CREATE UNIQUE INDEX ON evil.known (evil.im(label, 'unique'));},
	'a unique index for some' => q{ALTER TABLE evil.known DROP CONSTRAINT known_pkey; CREATE UNIQUE INDEX ON evil.known (label) WHERE evil.im(label, 'unique') = 'x';},
	'policies' => q{CREATE POLICY trap ON evil.known USING (evil.take('policy')); ALTER TABLE evil.known ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;});
for my $attack (sort keys %lookups)
{
	try("$attack of what is looked up", $lookups{$attack});
	try("$attack of what is looked up, from the beginning", $lookups{$attack}, before => 1);
}

# Partitions of somebody else's.
my $given = q{
	ALTER TABLE evil.parted_1 OWNER TO worse; GRANT ALL ON SCHEMA evil TO worse;
	CREATE FUNCTION evil.worse_im(value text, what text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.take(what, 'worse'); RETURN value; END $$;
	SET ROLE worse;
	CREATE INDEX ON evil.parted_1 (evil.worse_im(label, 'expression')) WHERE evil.worse_im('x', 'predicate') = 'x';
	CREATE TRIGGER a BEFORE DELETE ON evil.parted_1 FOR EACH ROW EXECUTE FUNCTION evil.trap('worse');
	RESET ROLE;
	TRUNCATE public.loot;
};
try('partitions of somebody else', 'SELECT 1;', as_superuser => $given, runs => 1);
try('partitions of somebody else, detached', 'SELECT 1;', as_superuser => $given, detach => 'true');
try('partitions of somebody else whose root is hostile', q{CREATE TRIGGER b BEFORE DELETE ON evil.parted FOR EACH STATEMENT EXECUTE FUNCTION evil.trap(); CREATE INDEX ON ONLY evil.parted (evil.im('x', 'predicate'));}, as_superuser => $given);

# A condition is evaluated where rows of the mapping are read or erased, and planned where it is given or looked at again.
try('a condition on rows of the mapping', 'SELECT 1;', runs => 1, as_superuser =>
	q{SELECT segments.alter_unification(rows_where => 'evil.im(record_id, ''condition'') IS NOT NULL AND evil.im(''x'', ''planned condition'') = ''x''');});

# One on rows of what happened is evaluated by whoever updates or deletes, too.
try('a condition on rows of sources', 'SELECT 1;', runs => 1, as_superuser => q{
	SELECT segments.alter_interaction(name, rows_where => 'evil.im(record_id, ''condition'') IS NOT NULL AND evil.im(''x'', ''planned condition'') = ''x''')
	FROM unnest('{Opened,Parted,happened,Person}'::text[]) name;
	BEGIN;
	UPDATE evil.opened SET label = label;
	UPDATE evil.parted_1 SET label = label;
	DELETE FROM evil.happened WHERE record_id = 'r2';
	COMMIT;
	UPDATE evil.person SET label = label WHERE record_id = 'r2';});
try('a condition on rows and partitions of somebody else', 'SELECT 1;', as_superuser => q{
	SELECT segments.alter_interaction('Parted', rows_where => 'evil.im(record_id, ''condition'') IS NOT NULL AND evil.im(''x'', ''planned condition'') = ''x''');
	ALTER TABLE evil.parted_1 OWNER TO worse; GRANT ALL ON SCHEMA evil TO worse;
	UPDATE evil.parted SET label = label;});

# Ids that are made alike are compared as expressions, of whatever type the column is by then.
my $normalized = q{
	SELECT segments.alter_interaction(name, normalize_ids => 'lower, trim') FROM segments.interaction_type WHERE kind <> 'look-up';
	SELECT segments.alter_interaction('Opened', relations => '[{"name": "other", "record_type_column": "other_type", "record_id_column": "other_id", "normalize_ids": "lower"}]');
	SELECT segments.alter_unification(normalize_ids => 'trim');
	BEGIN;
	UPDATE evil.opened SET label = label;
	DELETE FROM evil.mapping WHERE record_id = 'r5';
	COMMIT;};
try('normalized ids of enums with casts', 'SELECT 1;', as_superuser => $normalized . q{
	SET ROLE evil;
	ALTER TABLE evil.opened ALTER record_id TYPE evil.rid USING record_id::evil.rid;
	ALTER TABLE evil.mapping ALTER record_id TYPE evil.rid USING record_id::evil.rid;
	RESET ROLE;
	TRUNCATE public.loot;});
try('normalized ids and functions by the names of those that do it', q{
	CREATE FUNCTION evil.lower(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT evil.im($1, 'lower') $$;
	CREATE FUNCTION evil.btrim(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT evil.im($1, 'btrim') $$;
	ALTER ROLE evil SET search_path = evil, pg_catalog;}, as_superuser => $normalized);

# Privileges that owners have taken from themselves.
try("no right to read", 'REVOKE ALL ON evil.opened, evil.mapping, evil.parted, evil.parted_1, evil.parted_2 FROM evil;');

# The worker acts for nobody in particular.
my $offset = -s $server->logfile;
$server->safe_psql('postgres', 'CREATE DATABASE scheduled TEMPLATE base');
$server->psql('scheduled', "\\set stamp generated\n$register", on_error_stop => 0);
$server->safe_psql('scheduled', q{
	CALL segments.refresh();
	SET ROLE evil;
	CREATE INDEX ON evil.opened (label) WHERE evil.im('x', 'predicate') = 'x';
	ALTER TABLE evil.opened ALTER label TYPE evil.rid USING label::evil.rid;
	RESET ROLE;
	TRUNCATE public.loot;
	SELECT segments.set_refresh_schedule('every minute');
	UPDATE segments.refresh_schedule SET set_at = set_at - interval '1 hour';
	UPDATE segments.refresh SET as_of = as_of - interval '1 hour', finished_at = finished_at - interval '1 hour';
});
# Reading is all that a refresh has evil's index do, in a read-only transaction.
my @logged = slurp_file($server->logfile) =~ /loot\|(\w+\|[^|\n]+\|\w+)/g;
cmp_ok(scalar @logged, '>', 0, 'some of it ran where nothing can be written') unless defined $ENV{HOSTILE_OWNER_CASES};
is(join(', ', grep { !/^(\w+)\|.*\|\1$/ } @logged), '', 'and as its owner, too');
ok($server->poll_query_until('scheduled', q{SELECT count(*) > 1 FROM segments.refresh WHERE state IN ('successful', 'failed')}), 'a scheduled refresh has run');
my %runners = map { $_ => 1 } slurp_file($server->logfile, $offset) =~ /loot\|(\w+)\|/g;
is(join(', ', sort keys %runners), 'evil', 'what it came across ran as its owner');
is($server->safe_psql('scheduled', 'SELECT count(*) FROM public.loot'), '0', 'and wrote nothing');
is($server->safe_psql('scheduled', q{SELECT rolsuper FROM pg_roles WHERE rolname = 'evil'}), 'f', 'who is no superuser');

$server->stop;
done_testing();
