package Data;
# Random interactions and mappings as SQL, and rounds of changes to them.
use strict;
use warnings;

sub pick { return $_[int rand @_] }
sub chance { return rand() < $_[0] }
sub quote { my $text = shift; return 'NULL' unless defined $text; $text =~ s/'/''/g; return "'$text'" }

# How many records; activity falls off by Zipf's law.
our $records = 200;
sub active { return 1 + int($records * rand() ** 2.5) }

# Instants that matter: ends of months, changes to and from summer time, equal times, infinities, the future.
sub instant {
    my $roll = rand;
    return 'NULL' if $roll < 0.01;
    return pick("'-infinity'", "'infinity'") if $roll < 0.03;
    return pick("'2026-03-29 00:59:59.999999+00'", "'2026-03-29 01:00:00+00'", "'2026-02-28 12:00:00+00'", "'2026-03-15 10:00:00+00'",
        "'2025-10-26 00:30:00+00'", "'2026-01-31 06:00:00+00'", "'1970-01-01 00:00:00+00'", "'294276-12-31 23:59:59+00'", "'4714-11-24 00:00:00+00 BC'") if $roll < 0.12;
    return sprintf "timestamptz '2026-03-15 10:00:00+00' - interval '%d hours'", int(rand 2400) - 240 if $roll < 0.5;
    return sprintf "timestamptz '2026-03-15 10:00:00+00' - interval '%d microseconds'", int(rand 1e13) - 1e12;
}

# Columns of time that are no timestamptz: the type, how it is registered, what it says in SQL, and how it holds a reading.
our @CLOCKS = (
    [ 'timestamp', "time_zone => 'America/New_York'", "at AT TIME ZONE 'America/New_York'", 'reading' ],
    [ 'timestamp', "time_zone => 'Europe/Oslo'", "at AT TIME ZONE 'Europe/Oslo'", 'reading' ],
    [ 'date', "time_zone => 'America/Sao_Paulo'", "at::timestamp AT TIME ZONE 'America/Sao_Paulo'", 'reading::date' ],
    [ 'bigint', "time_unit => 's'", 'to_timestamp(at)', 'CASE WHEN isfinite(reading) THEN extract(epoch FROM reading)::bigint END' ],
    [ 'numeric', "time_unit => 'ms'", 'to_timestamp(at / 1000)', 'extract(epoch FROM reading) * 1000' ],
    [ 'float8', "time_unit => 'us'", 'to_timestamp(at / 1000000)', 'extract(epoch FROM reading)::float8 * 1000000' ]);
our $clock;

# What clocks show around changes to and from summer time, where it occurs twice or never; at midnights; at any time.
sub reading {
    my $roll = rand;
    return 'NULL' if $roll < 0.01;
    return pick("'-infinity'", "'infinity'") if $roll < 0.03;
    return "timestamp '" . pick('2026-03-29 02:00:00', '2026-03-29 02:30:00', '2026-03-29 01:59:59.999999', '2026-03-29 03:00:00', '2026-03-08 02:30:00', '2025-11-02 01:30:00', '2025-10-26 02:30:00',
        '2025-10-26 02:00:00', '2026-03-01 00:00:00', '2018-11-04 00:00:00') . "'" if $roll < 0.2;
    return sprintf "timestamp '2026-03-15 10:00:00' - interval '%d hours'", int(rand 2400) - 240 if $roll < 0.6;
    return sprintf "timestamp '2026-03-15 10:00:00' - interval '%d microseconds'", int(rand 1e13) - 1e12;
}

# Tables of raw have rows that do not count, in most seeds; those that do are views in shop.
our %where;
our $normalize_ids = '';
sub choose_where {
    my ($seed) = @_;
    $normalize_ids = int($seed / 2) % 2 ? ", normalize_ids => 'lower, trim'" : '';
    my @conditions = (undef, 'NOT is_test', q{marks ->> 'test' IS DISTINCT FROM 'yes' AND is_test IS NOT TRUE}, q{raw.is_real(is_test, marks)}, 'NOT is_test AND coalesce(number, 1) <> 4');
    my %number = (purchase => 'quantity', trait => 'size', visit => 'sending_pipeline');
    my $turn = $seed;
    for my $table (sort keys %number) {
        $where{$table} = $conditions[ $turn++ % @conditions ];
        $where{$table} =~ s/number/$number{$table}/ if defined $where{$table};
    }
    return;
}
sub rows_where { my $table = shift; return defined $where{$table} ? ", rows_where => \$\$ $where{$table} \$\$" : '' }
sub one { my $id = shift; return $normalize_ids ? "lower(btrim($id)) AS $id" : $id }
sub counted { my ($table, $columns) = @_; return "SELECT $columns FROM raw.$table" . (defined $where{$table} ? " WHERE $where{$table}" : '') . ';' }
sub purchases { return counted('purchase', 'customer_no, bought_at, weight, quantity, amount, gift, day, note, label, small, tags, properties, payer' . (shift // '')) }
sub mark { return (pick('false', 'false', 'false', 'true', 'NULL'), pick("'{}'", 'NULL', q{'{"test": "yes"}'}, q{'{"test": "no"}'})) }

# Rows come to count, or cease to.
sub change_marks {
    my ($table, $number) = @_;
    my @sql;
    push @sql, "UPDATE raw.$table SET is_test = " . pick('true', 'false', 'NULL', 'NOT is_test') . " WHERE $number = " . int(rand 8) . ';' if chance(0.5);
    push @sql, "UPDATE raw.$table SET marks = " . pick('NULL', q{'{"test": "yes"}'}, q{coalesce(marks, '{}') || '{"more": [1, 2]}'}) . " WHERE $number = " . int(rand 8) . ';' if chance(0.3);
    push @sql, "DELETE FROM raw.$table WHERE is_test AND $number = " . int(rand 8) . ';' if chance(0.3);
    return @sql;
}

sub visits {
    my $count = shift;
    my $rows = join ', ', map { '(' . join(', ', (chance(0.01) ? 'NULL' : "'c" . active() . "'"), reading(), quote(text()), pick('NULL', -3 .. 12), mark()) . ')' } 1 .. $count;
    return "INSERT INTO raw.visit (visitor, at, email, sending_pipeline, is_test, marks) SELECT visitor, $clock->[3], email, sending_pipeline, is_test, marks FROM (VALUES ('c1', timestamp '2026-01-01', NULL::text, NULL::int, false, NULL::jsonb), $rows) AS v (visitor, reading, email, sending_pipeline, is_test, marks);";
}

sub array {
    return 'NULL::text[]' if chance(0.15);
    return 'ARRAY[' . join(', ', map { chance(0.15) ? 'NULL' : quote(pick(@Definition::TEXTS)) } 1 .. int rand 5) . ']::text[]';
}

sub properties {
    return pick('NULL', q('{}'), q('[]'), q('{"tags": null}'), q('{"tags": "e1"}'), q('{"tags": []}'), q('{"tags": ["e1", {"x": "e2"}]}'), q('{"tags": [5, true, null, "e1"]}')) if chance(0.3);
    return "jsonb_build_object('tags', to_jsonb(" . array() . '))';
}

sub text { return chance(0.15) ? undef : pick(@Definition::TEXTS) }

sub record {
    my $type = pick('contact', 'contact', 'contact', 'lead', 'lead', 'account');
    $type = undef if chance(0.01);
    my $id = chance(0.01) ? undef : ($type // 'x') =~ /^c/ ? 'c' . active() : 'l' . active();
    return (quote($type), quote($id));
}

# Who is referred to beside whose a row is.
sub other { return chance(0.3) ? ('NULL', 'NULL') : record() }

sub email_row {
    my ($type, $id) = record();
    return join ', ', $type, $id, instant(), quote(text()), quote(text()),
        (chance(0.2) ? 'NULL' : int(rand 12) - 2);
}

sub opened_extra { return join ', ', quote(text()), pick('true', 'false', 'NULL'), chance(0.3) ? 'NULL' : instant(), quote(text()) }

sub purchase_row {
    return join ', ', (chance(0.01) ? 'NULL' : active()), instant(), pick('NULL', '0', '1', '1.0', '2.50', '-1.25', '10.00', "'NaN'", '123456789012345678901234567890.5'),
        pick('NULL', '0', "'-0'", '1', '2.5', '0.1', "'NaN'", "'Infinity'", '7', '1e300'), pick('NULL', -3 .. 12), pick('true', 'false', 'NULL'),
        pick('NULL', "'2026-02-28'", "'2026-03-01'", "'2026-03-29'", "'infinity'", "'2025-12-31'"), quote(text()), quote(text()), pick('NULL', -3 .. 12),
        array(), properties(), chance(0.3) ? 'NULL' : active();
}

# In most seeds ids of traits are written in several ways.
sub spelled {
    my $id = shift;
    return $normalize_ids && chance(0.6) ? pick(uc $id, $id =~ s/^'/' /r, $id =~ s/(.)'$/$1  '/r, uc($id) =~ s/^'/'  /r) : $id;
}

sub trait_row {
    my ($type, $id) = record();
    return join ', ', $type, spelled($id), quote(text()), pick('NULL', '0', '1', '2.50', '-1.25', "'NaN'"), pick('NULL', "'2026-02-28'", "'2026-03-29'", "'infinity'", "'1980-03-16'"),
        pick('true', 'false', 'NULL'), instant(), pick('NULL', -3 .. 12), array(), chance(0.3) ? 'NULL' : spelled("'c" . active() . "'");
}

sub inserts {
    my $count = shift;
    my @sql;
    my $traits = join ",\n", map { '(' . join(', ', trait_row(), mark()) . ')' } 1 .. $count;
    push @sql, "INSERT INTO raw.trait (record_type, record_id, note, amount, day, flag, at, size, interests, guardian, is_test, marks) VALUES $traits;";
    my $opened = join ",\n", map { '(' . email_row() . ', ' . opened_extra() . ')' } 1 .. $count;
    my $sent = join ",\n", map { '(' . join(', ', email_row(), other()) . ')' } 1 .. $count;
    my $bought = join ",\n", map { '(' . join(', ', purchase_row(), mark()) . ')' } 1 .. $count;
    push @sql, "INSERT INTO interactions.email_opened (record_type, record_id, occurred_at, email, journey, sending_pipeline, email_client, is_smart_scheduled, activity_expiry_time, interaction_id) VALUES $opened;";
    push @sql, "INSERT INTO interactions.email_sent (record_type, record_id, occurred_at, email, journey, sending_pipeline, sender_type, sender_id) VALUES $sent;";
    push @sql, "INSERT INTO raw.purchase (customer_no, bought_at, amount, weight, quantity, gift, day, note, label, small, tags, properties, payer, is_test, marks) VALUES $bought;";
    push @sql, visits($count);
    push @sql, 'INSERT INTO interactions.email_opened SELECT interaction_id, record_type, record_id, occurred_at FROM interactions.email_opened ORDER BY record_id, occurred_at LIMIT 5;' if chance(0.5);
    return @sql;
}

sub mapping {
    my @rows;
    for my $i (1 .. $records) {
        my $profile = 'p' . int($i / pick(1, 1, 1, 2, 7));
        push @rows, "('contact', 'c$i', '$profile')" if chance(0.85);
        push @rows, "('lead', 'l$i', '" . (chance(0.6) ? $profile : 'q' . int($i / 3)) . "')" if chance(0.6);
        push @rows, "('contact', '$i', '$profile')" if chance(0.8);
    }
    return 'INSERT INTO interactions.unified_profile (record_type, record_id, profile_id) VALUES ' . join(', ', @rows) . ' ON CONFLICT DO NOTHING;';
}

# Rows that are looked up come, go, and exchange their keys.
sub looked_up {
    my @mails = map { '(' . join(', ', quote($_), pick('NULL', map { quote($_) } @Definition::TEXTS), instant(), pick('NULL', "'2026-02-28'", "'2026-03-29'", "'infinity'"), pick('NULL', -3 .. 12),
        pick('NULL', '0', '1', '2.50', '-1.25', "'NaN'"), pick('NULL', -3 .. 12), array()) . ')' } grep { chance(0.5) } @Definition::TEXTS, 'nobody';
    my @products = map { '(' . join(', ', $_, pick('NULL', map { quote($_) } @Definition::TEXTS), pick('NULL', map { quote($_) } @Definition::TEXTS)) . ')' } grep { chance(0.5) } -3 .. 12, 99;
    my @sql;
    push @sql, 'DELETE FROM shop.mail WHERE size = ' . int(rand 8) . '; DELETE FROM shop.product WHERE title = ' . quote(pick(@Definition::TEXTS)) . ';' if chance(0.5);
    push @sql, "UPDATE shop.mail SET id = CASE id WHEN 'e1' THEN 'was e1' ELSE id END; UPDATE shop.mail SET id = 'e1' WHERE id = 'e2'; UPDATE shop.mail SET id = 'e2' WHERE id = 'was e1';" if chance(0.3);
    push @sql, 'TRUNCATE shop.product;' if chance(0.1);
    push @sql, 'INSERT INTO shop.mail VALUES ' . join(', ', @mails) . ' ON CONFLICT (id) DO UPDATE SET topic = excluded.topic, sent = excluded.sent, size = excluded.size, product = excluded.product, topics = excluded.topics;' if @mails;
    push @sql, 'INSERT INTO shop.product VALUES ' . join(', ', @products) . ' ON CONFLICT (id) DO UPDATE SET title = excluded.title, mail = excluded.mail;' if @products;
    return @sql;
}

# Of two seeds in five: the mapping keeps rows that do not count.  What counts is a view, which stands where the table would.
my $table = 'interactions.unified_profile';
my $counts;

sub mapping_with_condition {
    my ($seed) = @_;
    $table = 'crm.mapping';
    $counts = ('NOT is_deleted', q{is_deleted IS NOT TRUE AND coalesce(left_on, 'infinity') > '2026-01-01'}, q{crm.is_live(is_deleted, left_on)})[ int($seed / 5) % 3 ];
    return <<"SQL";
CREATE SCHEMA crm;
CREATE FUNCTION crm.is_live(is_deleted boolean, left_on date) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT NOT (is_deleted OR left_on IS NOT NULL)';
CREATE TABLE crm.mapping (left_on date, record_type text, is_deleted boolean DEFAULT false, record_id text, profile_id text NOT NULL);
CREATE UNIQUE INDEX ON crm.mapping (record_type, record_id) WHERE $counts;
SELECT segments.register_unification('crm.mapping', rows_where => \$\$ $counts \$\$$normalize_ids);
CREATE SCHEMA interactions;
CREATE VIEW interactions.unified_profile AS SELECT record_type, record_id, profile_id FROM crm.mapping WHERE $counts;
SQL
}

# Rows come to count, or cease to.
sub change_what_counts {
    my $these = "record_id LIKE '%" . int(rand 10) . "'";
    my @sql;
    push @sql, "UPDATE crm.mapping SET is_deleted = " . pick('true', 'NULL') . " WHERE $these AND record_type = '" . pick('contact', 'lead') . "' AND NOT is_deleted AND left_on IS NULL;" if chance(0.5);
    push @sql, "UPDATE crm.mapping SET left_on = '" . pick('2025-12-31', '2026-01-01') . "' WHERE profile_id LIKE 'p" . int(1 + rand 9) . "%' AND is_deleted IS NOT TRUE;" if chance(0.3);
    push @sql, "INSERT INTO crm.mapping (record_type, record_id, profile_id, is_deleted) SELECT record_type, record_id, 'p" . int(rand 9) . "', true FROM interactions.unified_profile WHERE $these;" if chance(0.4);
    push @sql, "UPDATE crm.mapping m SET is_deleted = false, left_on = NULL WHERE ctid IN (SELECT min(ctid) FROM crm.mapping d WHERE ($counts) IS NOT TRUE AND "
        . 'NOT EXISTS (SELECT FROM interactions.unified_profile u WHERE (u.record_type, u.record_id) = (d.record_type, d.record_id)) GROUP BY record_type, record_id) AND ' . "$these;" if chance(0.5);
    push @sql, 'DELETE FROM crm.mapping WHERE is_deleted;' if chance(0.1);
    push @sql, "SELECT segments.alter_unification(rows_where => \$\$($counts) AND true\$\$);" if chance(0.1);
    return @sql;
}

sub setup {
    my ($seed) = @_;
    $clock = $CLOCKS[ $seed % @CLOCKS ];
    choose_where($seed);
    my @sql = ('CREATE EXTENSION segments;', $seed % 5 % 2 ? mapping_with_condition($seed) : (), <<"SQL", <<'SQL');
CREATE SCHEMA raw;
CREATE FUNCTION raw.is_real(is_test boolean, marks jsonb) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN NOT is_test AND coalesce(marks ->> ''test'', ''no'') <> ''yes''; END';
CREATE TABLE raw.purchase (customer_no int, bought_at timestamptz, amount numeric, gone text, weight float8, quantity int, gift boolean,
    day date, note varchar(20), is_test boolean, label text COLLATE "en-x-icu", small smallint, tags text[], properties jsonb, payer int, marks jsonb) PARTITION BY RANGE (bought_at);
ALTER TABLE raw.purchase DROP COLUMN gone;
CREATE TABLE raw.purchase_2025 PARTITION OF raw.purchase FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE raw.purchase_2026 PARTITION OF raw.purchase FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE raw.purchase_other PARTITION OF raw.purchase DEFAULT;
SELECT segments.register_events('raw.purchase', 'label', 'bought_at', 'customer_no', 'Purchase', record_type => 'contact', aliases => '{Bought}', display_name => 'EmailSent',
    fields => '[{"column": "quantity", "display_name": "How many?"}, {"column": "small", "display_name": "how many?"}, {"column": "note", "name": "Remark", "display_name": "the \\"note\\""}, {"column": "gift", "display_name": "from"}]',
    names => '[{"value": "e1"}, {"value": "E1"}, {"value": "spring"}, {"value": "Spring"}, {"value": "it''s", "aliases": ["Contraction"]}, {"value": "ring"}]'@{[ rows_where('purchase') ]});
CREATE TABLE raw.trait (is_test boolean, record_type text, record_id text, note text, amount numeric, day date, flag boolean, at timestamptz, size int, marks jsonb, interests text[], guardian text);
SELECT segments.register_profile_source('raw.trait', 'Trait', 'record_id', 'record_type', time_column => 'at'$normalize_ids@{[ rows_where('trait') ]});
SELECT segments.register_relation('Trait', 'guardian', 'guardian'$normalize_ids);
CREATE SCHEMA shop;
CREATE VIEW shop.purchase AS @{[ purchases() ]}
CREATE VIEW shop.trait AS @{[ counted('trait', 'record_type, ' . one('record_id') . ', note, amount, day, flag, at, size, interests, ' . one('guardian')) ]}
SQL
SELECT segments.create_interaction_tables(types => '{EmailOpened,EmailSent}');
-- Who else is referred to.  References to erased persons lead nowhere.
ALTER TABLE interactions.email_sent ADD sender_type text, ADD sender_id text;
SELECT segments.register_relation('EmailSent', 'other', 'sender_id', 'sender_type'), segments.register_relation('Purchase', 'other', 'payer', display_name => 'paid by');
-- What is looked up: by texts, and by numbers.
CREATE TABLE shop.mail (id text PRIMARY KEY, topic text, sent timestamptz, day date, size int, price numeric, product bigint, topics text[]);
CREATE TABLE shop.product (id bigint PRIMARY KEY, title text, mail varchar);
SELECT segments.register_lookup('shop.mail', 'Mail', 'id', '{EmailOpened.Email, Trait.note}'), segments.register_lookup('shop.product', 'Product', 'id', '{Purchase.quantity, Mail.product}');
SELECT segments.add_lookup_field('Product', 'mail', 'Mail');
DO $$
DECLARE
    of_type record;
    field record;
BEGIN
    FOR of_type IN SELECT * FROM (VALUES ('interactions.email_opened', 'email'), ('shop.trait', 'note')) v (relation, key) LOOP
        FOR field IN SELECT * FROM (VALUES ('topic', 'text'), ('sent', 'timestamptz'), ('day', 'date'), ('size', 'int'), ('price', 'numeric'), ('id', 'text'), ('topics', 'text[]')) v (name, type) LOOP
            EXECUTE format('CREATE FUNCTION mail_%1$s(t %3$s) RETURNS %2$s STABLE LANGUAGE sql AS $f$ SELECT %1$s FROM shop.mail WHERE id = t.%4$s $f$', field.name, field.type, of_type.relation, of_type.key);
        END LOOP;
        EXECUTE format('CREATE FUNCTION mail_product_title(t %s) RETURNS text STABLE LANGUAGE sql AS $f$ SELECT title FROM shop.mail m JOIN shop.product p ON p.id = m.product WHERE m.id = t.%s $f$', of_type.relation, of_type.key);
    END LOOP;
END $$;
CREATE FUNCTION product_title(t shop.purchase) RETURNS text STABLE LANGUAGE sql AS $$ SELECT title FROM shop.product WHERE id = t.quantity $$;
CREATE FUNCTION product_mail_topic(t shop.purchase) RETURNS text STABLE LANGUAGE sql AS $$ SELECT topic FROM shop.product p JOIN shop.mail m ON m.id = p.mail WHERE p.id = t.quantity $$;
SELECT segments.add_json_field('Purchase', 'properties.tags', 'text[]');
CREATE FUNCTION property_tags(t shop.purchase) RETURNS text[] STABLE LANGUAGE sql AS $$
    SELECT CASE WHEN jsonb_typeof(t.properties -> 'tags') = 'array' AND NOT t.properties -> 'tags' @? '$[*] ? (@.type() == "object")' THEN ARRAY(SELECT jsonb_array_elements_text(t.properties -> 'tags')) END
$$;
CREATE SCHEMA oracle;
CREATE FUNCTION oracle.is_erased(of_type text, relation text, record_type text, record_id text) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM segments.erased_reference JOIN segments.interaction_relation r USING (relation_id) JOIN segments.interaction_type t USING (type_id)
        WHERE t.name = of_type AND r.name = relation AND key_hash = segments_internal.reference_hash(is_erased.record_type, record_id)) $$;
CREATE FUNCTION sender(t interactions.email_sent) RETURNS text STABLE LANGUAGE sql AS $$ SELECT t.sender_id WHERE NOT oracle.is_erased('EmailSent', 'other', t.sender_type, t.sender_id) $$;
CREATE FUNCTION paid_by(t shop.purchase) RETURNS int STABLE LANGUAGE sql AS $$ SELECT t.payer WHERE NOT oracle.is_erased('Purchase', 'other', 'contact', t.payer::text) $$;
CREATE FUNCTION guarded_by(t shop.trait) RETURNS text STABLE LANGUAGE sql AS $$ SELECT t.guardian WHERE NOT oracle.is_erased('Trait', 'guardian', 'contact', t.guardian) $$;
CREATE VIEW oracle.profile AS SELECT DISTINCT profile_id FROM interactions.unified_profile;
-- What values come to: fractions, whose denominators are greater than 0, and finite.
CREATE TYPE oracle.quotient AS (n numeric, d numeric);
CREATE FUNCTION oracle.fraction(n numeric, d bigint DEFAULT 1) RETURNS oracle.quotient IMMUTABLE LANGUAGE sql AS $$ SELECT CASE WHEN n IS NOT NULL AND d > 0 THEN ROW(n, d)::oracle.quotient END $$;
CREATE FUNCTION oracle.plus(a oracle.quotient, b oracle.quotient) RETURNS oracle.quotient IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT ROW(a.n * b.d + b.n * a.d, a.d * b.d)::oracle.quotient $$;
CREATE FUNCTION oracle.minus(a oracle.quotient, b oracle.quotient) RETURNS oracle.quotient IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT ROW(a.n * b.d - b.n * a.d, a.d * b.d)::oracle.quotient $$;
CREATE FUNCTION oracle.times(a oracle.quotient, b oracle.quotient) RETURNS oracle.quotient IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT ROW(a.n * b.n, a.d * b.d)::oracle.quotient $$;
CREATE FUNCTION oracle.over(a oracle.quotient, b oracle.quotient) RETURNS oracle.quotient IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT CASE WHEN b.n = 0 THEN NULL
    WHEN b.n IN ('NaN', 'Infinity', '-Infinity') THEN ROW(a.n / b.n, 1)::oracle.quotient ELSE ROW(a.n * b.d * sign(b.n), a.d * abs(b.n))::oracle.quotient END $$;
CREATE FUNCTION oracle.or_else(a oracle.quotient, b oracle.quotient) RETURNS oracle.quotient IMMUTABLE LANGUAGE sql AS $$ SELECT CASE WHEN a IS NULL THEN b ELSE a END $$;
CREATE FUNCTION oracle.order_of(a oracle.quotient, b oracle.quotient) RETURNS int IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT CASE WHEN a.n * b.d < b.n * a.d THEN -1 WHEN a.n * b.d = b.n * a.d THEN 0 ELSE 1 END $$;
-- Where processes cost nothing, what SQL asks of one row after another would start some for each.
CREATE FUNCTION oracle.plain(sql text) RETURNS text[] LANGUAGE plpgsql SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    answer text[];
BEGIN
    EXECUTE format('SELECT ARRAY(SELECT profile_id FROM (%s) AS answer ORDER BY profile_id COLLATE "C")', sql) INTO answer;
    RETURN answer;
END
$$;
CREATE FUNCTION oracle.compare(definition text, as_of timestamptz, sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ours text[];
    theirs text[];
    counted bigint;
    otherwise text;  -- said
BEGIN
    theirs := oracle.plain(sql);
    ours := ARRAY(SELECT profile FROM segments.profiles(segments.segment_eval(definition::segments.definition, as_of)) AS profile ORDER BY profile COLLATE "C");
    counted := segments.segment_count(definition::segments.definition, as_of);
    IF ours IS DISTINCT FROM theirs THEN
        RETURN format('differs: %s profiles, SQL says %s; too many: %s; missing: %s', cardinality(ours), cardinality(theirs),
            (ARRAY(SELECT unnest(ours) EXCEPT SELECT unnest(theirs)))[1:5], (ARRAY(SELECT unnest(theirs) EXCEPT SELECT unnest(ours)))[1:5]);
    END IF;
    IF counted <> cardinality(ours) THEN
        RETURN format('differs: segment_count says %s, segment_eval has %s', counted, cardinality(ours));
    END IF;
    IF hashtext(definition) % 3 = 0 THEN
        otherwise := segments.definition_text(definition::segments.definition, CASE hashtext(definition) % 2 WHEN 0 THEN 'technical' ELSE 'display' END, expand => true);
        IF counted <> segments.segment_count(otherwise::segments.definition, as_of)
            OR segments.segment_eval(definition::segments.definition, as_of) <> segments.segment_eval(otherwise::segments.definition, as_of) THEN
            RETURN format('differs: definition_text says %s', otherwise);
        END IF;
    END IF;
    RETURN 'same ' || counted;
EXCEPTION WHEN OTHERS THEN
    RETURN 'error ' || SQLSTATE || ': ' || SQLERRM;
END
$$;
CREATE FUNCTION oracle.compare_members(segment text, sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ours text[] := ARRAY(SELECT profile_id FROM segments.member WHERE member.segment = compare_members.segment ORDER BY profile_id COLLATE "C");
    theirs text[];
    counted bigint := (SELECT members FROM segments.segment_overview WHERE name = segment);
BEGIN
    theirs := oracle.plain(sql);
    IF ours IS DISTINCT FROM theirs OR counted IS DISTINCT FROM cardinality(theirs) THEN
        RETURN format('differs: %s members, %s counted, SQL says %s; too many: %s; missing: %s', cardinality(ours), counted, cardinality(theirs),
            (ARRAY(SELECT unnest(ours) EXCEPT SELECT unnest(theirs)))[1:5], (ARRAY(SELECT unnest(theirs) EXCEPT SELECT unnest(ours)))[1:5]);
    END IF;
    RETURN 'same ' || counted;
END
$$;
CREATE TABLE oracle.erased (profile_id text, records text[]);
-- The hours of the session's zone, one after the other.
CREATE TABLE oracle.hour AS SELECT started, row_number() OVER (ORDER BY started) AS number
FROM (SELECT DISTINCT date_trunc('hour', t) AS started FROM generate_series(timestamptz '2025-08-01', '2026-08-01', interval '30 minutes') t) h;
ALTER TABLE oracle.hour ADD PRIMARY KEY (started);
-- Nothing is left of those that were erased since the last refresh, but in definitions, which are what somebody wrote.
CREATE FUNCTION oracle.compare_erased() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT format('differs: %s is not forgotten: %s, %s', erased.profile_id, place, detail)
                     FROM oracle.erased, segments.forgotten(erased.profile_id, erased.records)
                     WHERE place NOT IN ('segments.segment', 'segments.segment_version') AND detail NOT IN ('relation other', 'relation guardian') LIMIT 1), 'same 0')
$$;
SQL
    push @sql, "CREATE TABLE raw.visit (visitor text, at $clock->[0], email text, sending_pipeline int, is_test boolean, marks jsonb);",
        "SELECT segments.register_interaction('raw.visit', 'Visit', 'at', 'visitor', display_name => 'A visit', $clock->[1], stamp => '" . pick('generated', 'default') . "', fields => '[{\"column\": \"sending_pipeline\", \"name\": \"SendingPipeline\"}]'" . rows_where('visit') . ');',
        'CREATE VIEW shop.visited AS ' . counted('visit', "visitor, $clock->[2] AS at, email, sending_pipeline");
    # Some seeds fill more than one tile, so that records of a profile must move and merging crosses tiles.
    push @sql, "INSERT INTO interactions.unified_profile SELECT 'contact', 'filler' || i, 'filler' || i / 2 FROM generate_series(1, 150000) AS i;" if $seed % 10 == 0;
    push @sql, mapping(), inserts(300), looked_up();
    return @sql;
}

# Erases a few persons, and remembers their records for oracle.compare_erased().
sub erase {
    my $some = "SELECT DISTINCT profile_id FROM interactions.unified_profile WHERE profile_id LIKE '%" . int(rand 10) . "' ORDER BY 1 LIMIT " . pick(1, 1, 3, 20);
    return ('CALL oracle.see();', "INSERT INTO oracle.ever_erased $some;", "INSERT INTO oracle.erased SELECT profile_id, array_agg(ARRAY[record_type, record_id]) FROM interactions.unified_profile WHERE profile_id IN ($some) GROUP BY 1;",
        "SELECT segments.erase_profiles(ARRAY($some));");
}

# References to erased persons count again; with a relation goes what was known of them, and what saved segments name is not dropped.
sub readmit {
    my $id = active();
    return map { "DELETE FROM oracle.erased WHERE '$_->[2]' = ANY (records); SELECT segments.readmit_references('$_->[0]', '$_->[1]', 'contact', '$_->[2]');" }
        [ 'Purchase', 'other', $id ], [ 'Trait', 'guardian', "c$id" ], [ 'EmailSent', 'other', "c$id" ] if chance(0.7);
    return "DO \$\$ BEGIN PERFORM segments.drop_relation('Trait', 'guardian'), segments.register_relation('Trait', 'guardian', 'guardian'$normalize_ids); DELETE FROM oracle.erased; EXCEPTION WHEN dependent_objects_still_exist THEN END \$\$;";
}

# What comes after the refresh: results are right without another one.
sub after { return chance(0.4) ? erase() : () }

# One round of changes; a refresh follows.
sub change {
    my $round = shift;
    my @sql = inserts(pick(1, 20, 60));
    push @sql, "UPDATE interactions.email_opened SET email = 'e2', occurred_at = occurred_at + interval '1 hour' WHERE record_id LIKE 'c%" . int(rand 10) . "' AND isfinite(occurred_at) AND occurred_at < '2027-01-01';" if chance(0.5);
    push @sql, "UPDATE interactions.email_sent SET journey = journey WHERE sending_pipeline = 3;" if chance(0.3);
    push @sql, "DELETE FROM interactions.email_opened WHERE sending_pipeline = " . int(rand 8) . ';' if chance(0.5);
    push @sql, "DELETE FROM shop.trait WHERE size = " . int(rand 8) . ';' if chance(0.5);
    push @sql, "UPDATE shop.trait SET note = 'e2', at = '2026-03-01' WHERE size = " . int(rand 8) . ';' if chance(0.5);
    push @sql, "UPDATE shop.trait SET interests = array_append(interests, 'e2') WHERE size = " . int(rand 8) . '; UPDATE shop.purchase SET tags = tags[2:] WHERE quantity = ' . int(rand 8) . ';' if chance(0.5);
    push @sql, "UPDATE interactions.email_sent SET (sender_type, sender_id) = ('contact', 'c" . active() . "') WHERE sending_pipeline = " . int(rand 8) . ';' if chance(0.5);
    push @sql, "UPDATE interactions.email_sent SET sender_id = " . pick('NULL', 'record_id') . " WHERE sender_id LIKE 'c%" . int(rand 10) . "';" if chance(0.3);
    push @sql, 'UPDATE raw.purchase SET payer = ' . pick('NULL', 'customer_no', active()) . ' WHERE small = ' . int(rand 8) . ';' if chance(0.5);
    push @sql, "UPDATE raw.trait SET guardian = 'c" . active() . "' WHERE size = " . int(rand 8) . ';' if chance(0.5);
    push @sql, "UPDATE raw.trait SET record_id = " . pick('upper(record_id)', q{' ' || record_id}, 'btrim(record_id)') . ' WHERE size = ' . int(rand 8) . ';' if $normalize_ids && chance(0.5);
    push @sql, readmit() if chance(0.2);
    push @sql, 'TRUNCATE raw.trait;' if chance(0.05);
    push @sql, "DELETE FROM shop.purchase WHERE quantity = " . int(rand 8) . ';' if chance(0.5);
    push @sql, "UPDATE shop.purchase SET bought_at = '2025-06-01' WHERE quantity = " . int(rand 8) . ';' if chance(0.3);
    push @sql, "UPDATE raw.visit SET email = 'e2', at = (SELECT $clock->[3] FROM (SELECT CAST(" . reading() . " AS timestamp)) AS v (reading)) WHERE sending_pipeline = " . int(rand 8) . ';' if chance(0.5);
    push @sql, 'DELETE FROM raw.visit WHERE sending_pipeline = ' . int(rand 8) . ';' if chance(0.5);
    push @sql, 'TRUNCATE interactions.email_sent;' if chance(0.1);
    push @sql, 'TRUNCATE raw.purchase_2026;' if chance(0.1);
    push @sql, "BEGIN; SAVEPOINT a; " . (inserts(3))[0] . ' ROLLBACK TO a; ' . (inserts(3))[0] . ' COMMIT;' if chance(0.4);
    push @sql, "UPDATE interactions.unified_profile SET profile_id = 'p" . int(rand $records) . "' WHERE record_id LIKE '%" . int(rand 10) . "' AND record_id NOT LIKE 'filler%';" if chance(0.4);
    push @sql, "DELETE FROM interactions.unified_profile WHERE record_id LIKE 'l%" . int(rand 10) . "';" if chance(0.4);
    push @sql, mapping() if chance(0.3);
    push @sql, "TRUNCATE $table; " . mapping() if chance(0.1);
    push @sql, "UPDATE interactions.unified_profile SET profile_id = 'p" . int(rand 9) . "' WHERE profile_id = 'p" . int(rand 9) . "';" if chance(0.4);
    push @sql, "UPDATE interactions.unified_profile SET profile_id = profile_id || record_type WHERE profile_id LIKE 'p" . int(1 + rand 9) . "%';" if chance(0.3);
    push @sql, "DELETE FROM interactions.unified_profile WHERE profile_id LIKE 'p" . int(1 + rand 9) . "%';" if chance(0.2);
    push @sql, 'CREATE TEMPORARY TABLE copied AS SELECT record_type, record_id, profile_id FROM interactions.unified_profile; TRUNCATE ' . $table . '; INSERT INTO interactions.unified_profile SELECT * FROM copied; DROP TABLE copied;' if chance(0.1);
    push @sql, change_what_counts() if defined $counts;
    push @sql, erase() if chance(0.3);
    push @sql, change_marks('purchase', 'quantity'), change_marks('trait', 'size'), change_marks('visit', 'sending_pipeline');
    if (chance(0.15)) {
        my ($type, $table) = @{ pick([ 'Purchase', 'purchase' ], [ 'Trait', 'trait' ], [ 'Visit', 'visit' ]) };
        push @sql, "SELECT segments.alter_interaction('$type', rows_where => \$\$($where{$table}) AND true\$\$);" if defined $where{$table};
    }
    if (chance(0.2)) {
        my $type = pick('Purchase', 'EmailOpened', 'EmailSent', 'Visit');
        my $detach = { Purchase => $where{purchase}, Visit => $where{visit} }->{$type} ? 'false' : pick('true', 'false');
        push @sql, "SELECT segments.drop_interactions('$type', '" . pick('2025-06-01', '2026-01-01', '2026-02-28 12:00:00+00') . "', detach => $detach);";
    }
    push @sql, 'VACUUM FULL interactions.email_opened;' if chance(0.1);
    push @sql, looked_up() if chance(0.6);
    push @sql, "ALTER TABLE raw.purchase ADD COLUMN added text DEFAULT 'e1'; CREATE OR REPLACE VIEW shop.purchase AS " . purchases(', added') if $round == 1;
    return @sql;
}

1;
