# What README.md, the reference, the page about writing and the operator's manual say in SQL works when it is pasted.  (The tutorial has a test of its own.)
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use FindBin;

my $files = PostgreSQL::Test::Utils::tempdir();
append_to_file("$files/deliveries.csv", "contact,c1,2026-11-20 10:00+00,news,spring\ncontact,c2,2026-11-20 10:00+00,news,spring\n");
append_to_file("$files/opens.csv", "contact,c1,2026-11-20 10:01+00,news,spring\n");
append_to_file("$files/profiles.csv", "contact,c1,p1\ncontact,c2,p2\n");

# Tables that a reader may have already.
my $server = PostgreSQL::Test::Cluster->new('readme');
$server->init;
$server->append_conf('postgresql.conf', "shared_preload_libraries = 'segments'\nsegments.worker = off\nlog_statement = none\n");
$server->start;
$server->safe_psql('postgres', q{
	CREATE SCHEMA web;
	CREATE TABLE web.visit (contact_id text, visited_at timestamptz, url text, referred_by text, properties jsonb);
	CREATE INDEX visit_culprit ON web.visit (url);
	CREATE TABLE web.event (event_name text, sent_at timestamptz, contact_id text, amount numeric);
	INSERT INTO web.event VALUES ('page_view', now(), 'c1', NULL), ('order_completed', now(), 'c1', 120);
	CREATE ROLE its_owner;
	CREATE ROLE analysts;
	CREATE SCHEMA crm;
	CREATE SCHEMA reporting;
	CREATE TABLE crm.contact (contact_id text, customer_id text);
	CREATE TABLE crm.trait (contact_id text, "City" text);
	CREATE SCHEMA shop;
	CREATE TABLE shop.event (event_name text, sent_at timestamptz, contact_id text, amount int);
	INSERT INTO shop.event VALUES ('page_view', now(), 'c1', NULL);
	CREATE TABLE crm.customer (contact_id text, "City" text, "Country" text, "Newsletter" boolean);
	CREATE TABLE crm.subscription (contact_id text, started_at timestamptz, "Status" text, "Plan" text);
	INSERT INTO crm.contact VALUES ('c1', 'p1'), ('c2', 'p2');
});

sub paste_blocks_of
{
	my ($page) = @_;
	my $blocks = 0;
	my $text = slurp_file("$FindBin::Bin/$page");
	while ($text =~ /^```sql\n(.*?)^```/msg)
	{
		my $block = $1;
		$block =~ s{/path/}{$files/}g;
		my ($status, $output, $errors) = $server->psql('postgres', $block, on_error_stop => 1);
		is($status, 0, "$page: " . (split /\n/, $block)[0]) or diag($errors);
		$blocks++;
	}
	cmp_ok($blocks, '>', 0, "$page has blocks of SQL");
}

paste_blocks_of('README.md');
$server->safe_psql('postgres', q{SELECT segments.unregister_interaction(name) FROM segments.interaction_type WHERE source = 'web.event'::regclass});
paste_blocks_of('doc/reference.md');
paste_blocks_of('doc/writing.md');
paste_blocks_of('doc/operations.md');

# The recipe of roles: whatever PUBLIC may not call is granted to one of them, or said to be left to the extension's owner.
my ($left) = slurp_file("$FindBin::Bin/doc/operations.md") =~ /^What is left to the extension's owner \((.*?)\)/m;
my %left = map { $_ => 1 } $left =~ /`(\w+)`/g;
my @granted_to_nobody = split /\n/, $server->safe_psql('postgres', q{
	SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'segments'::regnamespace AND NOT has_function_privilege('public', oid, 'EXECUTE')
	AND NOT EXISTS (SELECT FROM unnest('{segment_admin,segment_registrar,segment_editor,segment_analyst}'::text[]) role WHERE has_function_privilege(role, oid, 'EXECUTE')) ORDER BY 1});
is(join(', ', @granted_to_nobody), join(', ', sort keys %left), 'what no role of the recipe may call is said to be left');

# Whatever users call or set is named in one of the pages.
my $pages = join "\n", map { slurp_file($_) } "$FindBin::Bin/README.md", glob "$FindBin::Bin/doc/*.md";
my @unnamed = grep { $pages !~ /\b\Q$_\E\b/ } split /\n/, $server->safe_psql('postgres', q{
	LOAD 'segments';
	SELECT proname FROM pg_proc WHERE pronamespace = 'segments'::regnamespace AND prorettype <> 'trigger'::regtype
	UNION SELECT name FROM pg_settings WHERE name LIKE 'segments.%'});
is(join(', ', @unnamed), '', 'every function and every setting is named in a page');
$server->stop;

done_testing();
