package Definition;
# Random definitions.  A node is a hash; text() says it in the language, sql() selects the same profile ids.
use strict;
use warnings;

# Columns of the table that a field's values are keys of: as SQL, functions of a row (Data.pm).
sub looked_up {
    my $field = shift;
    return (["$field.topic", 'mail_topic', 'text', 1], ["$field.sent", 'mail_sent', 'time', 1], ["$field.day", 'mail_day', 'date', 1], ["$field.size", 'mail_size', 'integer', 1],
        ["$field.price", 'mail_price', 'numeric', 1], ["$field.product.title", 'mail_product_title', 'text', 1], ["$field.id", 'mail_id', 'record', 1], ["$field.topics", 'mail_topics', 'array', 1]);
}

# Interaction types: how the language names them, where they are, and their fields [name, column, kind].
our @TYPES = (
    { names => ['EmailOpened', '"Email Opened"', 'emailopened'], table => 'interactions.email_opened', time => 'occurred_at',
      type => 'record_type', id => 'record_id',
      fields => [ ['Email', 'email', 'text'], ['"Email client"', 'email_client', 'text'], ['journey', 'journey', 'text'],
          ['is_smart_scheduled', 'is_smart_scheduled', 'boolean'], ['SendingPipeline', 'sending_pipeline', 'integer'],
          ['ActivityExpiryTime', 'activity_expiry_time', 'time'], ['Timestamp', 'occurred_at', 'time'],
          ['ProfileType', 'record_type', 'record'], ['ProfileId', 'record_id', 'record'], ['InteractionId', 'interaction_id', 'text'],
          looked_up('Email') ] },
    { names => ['EmailSent', '"email sent"'], table => 'interactions.email_sent', time => 'occurred_at',
      type => 'record_type', id => 'record_id', other => { type => 'sender_type', id => 'sender' },
      fields => [ ['Email', 'email', 'text'], ['Journey', 'journey', 'text'], ['SendingPipeline', 'sending_pipeline', 'integer'],
          ['"Profile type"', 'record_type', 'record'], ['sender_id', 'sender', 'record'] ] },
    { names => ['Purchase', 'Bought'], table => 'shop.purchase', time => 'bought_at', type => undef, id => 'customer_no', other => { type => undef, id => 'paid_by' },
      fields => [ ['amount', 'amount', 'numeric'], ['weight', 'weight', 'float'], ['quantity', 'quantity', 'integer'],
          ['gift', 'gift', 'boolean'], ['day', 'day', 'date'], ['note', 'note', 'text'], ['label', 'label', 'text'],
          ['small', 'small', 'integer'], ['added', 'added', 'text'], ['Timestamp', 'bought_at', 'time'], ['tags', 'tags', 'array'], ['properties.tags', 'property_tags', 'array', 1],
          ['quantity.title', 'product_title', 'text', 1], ['quantity.mail.topic', 'product_mail_topic', 'text', 1] ] },
    # Its column of time is no timestamptz (Data::clock), which shop.visited makes one.
    { names => ['Visit', '"A visit"'], table => 'shop.visited', time => 'at', type => undef, id => 'visitor',
      fields => [ ['Email', 'email', 'text'], ['Timestamp', 'at', 'time'], ['"at"', 'at', 'time'], ['SendingPipeline', 'sending_pipeline', 'integer'] ] },
);

# Events of a table are types that take part in no set: with their table they would count the same rows twice in SQL.
our @EVENTS = map { my ($value, @names) = @$_; +{
    %{ $TYPES[2] }, fields => [ grep { !$_->[3] } @{ $TYPES[2]{fields} } ], names => [ @names, "\"Purchase: $value\"" ], table => "(SELECT p.*, p.paid_by FROM shop.purchase p WHERE label = " . quote($value) . ')', single => 1 } }
    ([ 'e1', 'e1', '"e1"' ], [ 'E1', '"E1"', 'E1' ], [ 'spring', 'spring' ], [ 'Spring', '"Spring"' ], [ "it's", "\"it's\"", 'Contraction' ], [ 'ring', 'Ring', '"RING"' ]);

# Whether conditions go by other relations than the default one.
our $via = 1;

# A profile source: rows that say how persons are.
our $SOURCE = { names => ['Trait', '"trait"'], table => 'shop.trait', time => 'at', type => 'record_type', id => 'record_id',
    fields => [ ['Note', 'note', 'text'], ['amount', 'amount', 'numeric'], ['day', 'day', 'date'], ['flag', 'flag', 'boolean'], ['"at"', 'at', 'time'],
        ['size', 'size', 'integer'], ['ProfileId', 'record_id', 'record'], ['interests', 'interests', 'array'], looked_up('Note') ] };
our $ATTRIBUTES = { %$SOURCE, fields => [ map { [ "Trait.$_->[0]", @$_[1 .. $#$_] ] } @{ $SOURCE->{fields} } ] };

sub pick { return $_[int rand @_] }
sub chance { return rand() < $_[0] }
sub quote { my $text = shift; $text =~ s/'/''/g; return "'$text'" }

our @TEXTS = ('e1', 'e2', 'e3', 'E1', '', 'spring', 'Spring', 'a%b_c', "it's", "\x{fc}n\x{ef}", 'ring', 'e', 'contact', 'lead', "STRASSE", "stra\x{df}e");
our @TIMES = ('2026-03-29 01:30', '2026-03-29 03:30:00', '2026-02-28', '2026-03-01T00:00:00Z', '2025-10-26 02:30', '2026-03-15 12:00:00.000001+02', '2026-01-31');

# What stands before a literal of a time or date, or nothing.
sub prefix {
    my $kind = shift;
    return '' if $kind !~ /^(date|time)$/ || chance(0.6);
    return pick('date', 'timestamp', 'timestamptz');
}

# Words that follow as_of, as text and as SQL.
our %CLOCK = (today => "date_trunc('day', :as_of)", yesterday => "date_trunc('day', :as_of) - interval '1 day'",
    tomorrow => "date_trunc('day', :as_of) + interval '1 day'", now => ':as_of');
sub clock_literal {
    my $kind = shift;
    my $word = pick(sort keys %CLOCK);
    my $sql = $CLOCK{$word};
    my $text = $word;
    if ($word ne 'now' && $kind eq 'time' && chance(0.5)) {
        my $time = pick('06:00', '17:30:00', '02:30');
        $text = pick("$word $time", "$time $word");
        $sql = "((($sql)::date)::text || ' $time')::timestamptz";
    }
    return { text => quote($text), sql => $kind eq 'date' ? "(($sql)::date)" : "($sql)" };
}

# A literal with its text and its SQL, in the field's own type unless a type stands before it.
sub value {
    my $kind = shift;
    return clock_literal($kind) if $kind =~ /^(date|time)$/ && chance(0.2);
    my $text = literal($kind);
    my $prefix = prefix($kind);
    return $prefix ? { text => "$prefix $text", sql => "$prefix $text" } : { text => $text, sql => sql_literal($kind, $text) };
}

sub literal {
    my $kind = shift;
    return quote(pick(@TEXTS)) if $kind eq 'text';
    return quote(pick('contact', 'lead', 'Contact', 'account', 'c1', 'c2', 'c3', 'l4', '')) if $kind eq 'record';
    return pick(-3 .. 12, 7, 7) if $kind eq 'integer';
    return pick('0', '1', '2.5', '-1.25', '10.00', '1e1', '0.1', '99999999999999999999.5') if $kind eq 'numeric';
    return pick('0', '1', '2.5', '-1.25', '0.1', '1e300', '7') if $kind eq 'float';
    return pick('true', 'false') if $kind eq 'boolean';
    return quote(pick('2026-02-28', '2026-03-01', '2026-03-29', '2025-12-31')) if $kind eq 'date';
    return quote(pick(@TIMES));
}

# The literal as SQL, so that the comparison is made in the field's own type.
sub sql_literal {
    my ($kind, $text) = @_;
    return "$text" if $kind eq 'integer' || $kind eq 'numeric' || $kind eq 'boolean';
    return "float8 '$text'" if $kind eq 'float';
    return "date $text" if $kind eq 'date';
    return "timestamptz $text" if $kind eq 'time';
    return $text;
}

# Times as of the instant of evaluation, over a field of type timestamptz or date.  A: what the field is compared with.
sub times_predicate {
    my ($name, $column, $kind) = @_;
    my ($field, $now) = $kind eq 'date' ? ("t.$column\::timestamp", '(:as_of::date)::timestamp') : ("t.$column", ':as_of');
    # The start of a unit of the calendar, so many units on: what clocks show, as an instant where the field is one.
    my $start = sub {
        my ($unit, $units) = @_;
        my $reading = "date_trunc('$unit', :as_of AT TIME ZONE current_setting('timezone')) + $units * " . interval(1, $unit);
        return $kind eq 'date' ? "($reading)" : "(($reading) AT TIME ZONE current_setting('timezone'))";
    };
    my $unit = $kind eq 'date' ? pick('day', 'week', 'month', 'quarter', 'year') : pick('minute', 'hour', 'day', 'day', 'week', 'month', 'year');
    my ($n, $m) = (1 + int rand 40, 1 + int rand 40);
    my $last = { text => "within last " . span($n, $unit), sql => "$field >= $now - " . interval($n, $unit) . " AND $field <= $now" };
    my $next = { text => "within next " . span($n, $unit), sql => "$field >= $now AND $field <= $now + " . interval($n, $unit) };
    my $more = { text => "more than " . span($n, $unit) . ' ago', sql => "$field < $now - " . interval($n, $unit) };
    my $calendar = pick('day', 'week', 'month', 'quarter', 'year');
    my $units = sub { "$field >= " . $start->($calendar, $_[0]) . " AND $field < " . $start->($calendar, $_[1]) };
    my $this = { text => "this $calendar", sql => $units->(0, 1) };
    my $previous = { text => "previous " . span($n, $calendar), sql => $units->(-$n, 0) };
    my $after = { text => "next $calendar", sql => $units->(1, 2) };
    my $times = pick($last, $next, $more, $this, $previous, $after);
    return { kind => 'predicate', text => "$name $times->{text}", sql => "coalesce($times->{sql}, false)" };
}

# Parts of times, and lengths of texts.
sub part_predicate {
    my ($name, $column, $kind) = @_;
    my $operator = pick('=', '<', '>=', '<>');
    my ($text, $sql);
    if ($kind eq 'text') {
        my $n = int rand 7;
        ($text, $sql) = ("length of $name $operator $n", "length(t.$column) $operator $n");
    } elsif ($kind eq 'time' && chance(0.5)) {
        my ($part, $n) = @{ pick([ 'hour', int rand 24 ], [ 'minute', int rand 60 ]) };
        ($text, $sql) = ("$part of $name $operator $n", "extract($part FROM t.$column) $operator $n");
    } else {
        my ($part, $field, $n) = @{ pick([ 'weekday', 'isodow', 1 + int rand 7 ], [ 'month', 'month', 1 + int rand 12 ], [ 'day', 'day', 1 + int rand 31 ], [ 'year', 'year', pick(2025, 2026) ], [ 'week', 'week', 1 + int rand 53 ]) };
        ($text, $sql) = ("$part of $name $operator $n", "extract($field FROM t.$column) $operator $n");
    }
    # <> is the complement of =, also of what is null.
    $sql = $operator eq '<>' ? 'NOT coalesce(' . ($sql =~ s/<>/=/r) . ', false)' : "coalesce($sql, false)";
    return { kind => 'predicate', text => $text, sql => $sql };
}

# Arrays: elements that are null count for nothing.
sub array_predicate {
    my ($name, $column) = @_;
    my $count = "CASE WHEN t.$column IS NOT NULL THEN cardinality(ARRAY(SELECT e FROM unnest(t.$column) e WHERE e IS NOT NULL)) END";
    if (chance(0.3)) {
        my ($operator, $n) = (pick('=', '<', '>=', '<>'), int rand 4);
        return { kind => 'predicate', text => "length of $name $operator $n", sql => $operator eq '<>' ? "NOT coalesce($count = $n, false)" : "coalesce($count $operator $n, false)" };
    }
    if (chance(0.3)) {
        my ($operator, $sql) = @{ pick([ 'is null', "t.$column IS NULL" ], [ 'is empty', "coalesce($count, 0) = 0" ]) };
        return { kind => 'predicate', text => "$name " . written($operator), sql => "coalesce($sql, false)" } if chance(0.5);
        $operator =~ s/is /is not /;
        return { kind => 'predicate', text => "$name " . written($operator), sql => "NOT coalesce($sql, false)" };
    }
    my ($words, $operator) = @{ pick([ 'any of', '&&' ], [ 'all of', '@>' ]) };
    my $list = join ', ', map { quote(pick(@TEXTS)) } 1 .. 1 + int rand 3;
    my $negated = chance(0.3);
    my $verb = $negated ? pick('not contains', 'does not contain') : 'contains';
    return { kind => 'predicate', text => "$name $verb $words ($list)", sql => ($negated ? 'NOT ' : '') . "coalesce(t.$column $operator ARRAY[$list]\::text[], false)" };
}

# Two fields of a type.
sub pair_predicate {
    my $type = shift;
    my %group = (text => 'text', time => 'time', date => 'time', integer => 'number', numeric => 'number', float => 'number');
    my $looked_up = chance(0.3);    # both in the row that is found, or neither
    my @fields = grep { $group{$_->[2]} && ($looked_up ? ($_->[1] =~ /^mail_(sent|day|size|price)$/) : !$_->[3]) && ($_->[2] ne 'text' || $_->[1] !~ /note|label/) } @{ $type->{fields} };
    return if !@fields;
    my $a = pick(@fields);
    my $b = pick(grep { $group{$_->[2]} eq $group{$a->[2]} } @fields);
    my $operator = pick('=', '<', '<=', '>', '>=');
    return { kind => 'predicate', text => "$a->[0] " . written($operator) . " $b->[0]", sql => "coalesce(t.$a->[1] $operator t.$b->[1], false)" };
}

sub expression_predicate {
    my ($name, $column) = @_;
    my $fold = chance(0.3);
    my $expression = quote(pick('^e', '\\d$', '^.?$', 'ring|journey', '[[:upper:]]', '(.)\\1', ''));
    return { kind => 'predicate', text => "$name matches $expression" . ($fold ? ' ignore case' : ''), sql => "coalesce(t.$column\::text " . ($fold ? '~*' : '~') . " $expression, false)" };
}

# What words say instead of symbols, and may stand in their place.
our %WORDED = ('=' => 'is equal to', '<>' => 'is not equal to', '<' => 'is less than', '<=' => 'is less than or equal to',
    '>' => 'is greater than', '>=' => 'is greater than or equal to', 'in' => 'is one of', 'not in' => 'is not one of',
    'is null' => 'has no value', 'is not null' => 'has a value', 'begins with' => 'starts with', 'not begins with' => 'does not start with');
sub written { my $operator = shift; return chance(0.25) ? $WORDED{$operator} // $operator : $operator }

sub predicate {
    my ($type, $depth) = @_;
    my ($name, $column, $kind) = @{ pick(@{ $type->{fields} }) };
    return array_predicate($name, $column) if $kind eq 'array';
    return times_predicate($name, $column, $kind) if $kind =~ /^(date|time)$/ && chance(0.4);
    return part_predicate($name, $column, $kind) if $kind =~ /^(date|time|text)$/ && chance(0.2);
    return expression_predicate($name, $column) if $kind =~ /^(text|record)$/ && chance(0.15);
    my $pair = chance(0.1) ? pair_predicate($type) : undef;
    return $pair if $pair;
    my $is_text = $kind eq 'text' || $kind eq 'record';
    my @operators = ('=', '<>', 'in', 'not in', 'is null', 'is not null');
    push @operators, '<', '<=', '>', '>=', 'between', 'not between' if $kind ne 'boolean';
    push @operators, 'contains', 'not contains', 'begins with', 'ends with', 'not begins with', 'not ends with', 'is empty', 'is not empty' if $is_text;
    my $operator = pick(@operators);
    my $fold = $is_text && $operator !~ /^is|[<>]=?$|between/ && chance(0.25);
    $fold = 1 if $is_text && $operator eq '<>' && chance(0.2);
    my ($field_sql, $wrap) = ("t.$column", sub { $_[0] });
    ($field_sql, $wrap) = ("lower(t.$column)", sub { "lower($_[0])" }) if $fold;
    my @values = map { value($kind) } 1 .. ($operator =~ /in$/ ? 1 + int rand 3 : $operator =~ /between/ ? 2 : 1);
    my @literals = map { $_->{text} } @values;
    my @sql = map { $wrap->($_->{sql}) } @values;
    my ($text, $positive);
    my $negated = $operator =~ /not|<>/;
    (my $plain = $operator) =~ s/not //;
    my $written = written($operator);
    if ($operator =~ /^is/) {
        $text = "$name $written";
        $positive = $plain eq 'is null' ? "$field_sql IS NULL" : "($field_sql IS NULL OR $field_sql = '')";
    } elsif ($plain eq 'in') {
        $text = "$name $written (" . join(', ', @literals) . ')';
        $positive = '(' . join(' OR ', map { "$field_sql = $_" } @sql) . ')';
    } elsif ($plain eq 'between') {
        $text = "$name $operator $literals[0] and $literals[1]";
        $positive = "$field_sql BETWEEN $sql[0] AND $sql[1]";
    } else {
        $text = "$name $written $literals[0]";
        $positive = $plain eq 'contains' ? "strpos($field_sql, $sql[0]) > 0"
            : $plain eq 'begins with' ? "starts_with($field_sql, $sql[0])"
            : $plain eq 'ends with' ? "right($field_sql, length($sql[0])) = $sql[0]"
            : $plain eq '<>' ? "$field_sql = $sql[0]" : "$field_sql $plain $sql[0]";
    }
    $text .= ' ignore case' if $fold;
    my $sql = "coalesce($positive, false)";
    $sql = "NOT $sql" if $negated;
    return { kind => 'predicate', text => $text, sql => $sql };
}

sub restriction {
    my ($type, $depth) = @_;
    return predicate($type) if $depth == 0 || chance(0.5);
    return { kind => 'not', children => [ restriction($type, $depth - 1) ] } if chance(0.2);
    return { kind => pick('and', 'or'), children => [ map { restriction($type, $depth - 1) } 1 .. 2 + int rand 2 ] };
}

sub restriction_text {
    my $node = shift;
    return $node->{text} if $node->{kind} eq 'predicate';
    return 'not (' . restriction_text($node->{children}[0]) . ')' if $node->{kind} eq 'not';
    return join(" $node->{kind} ", map { '(' . restriction_text($_) . ')' } @{ $node->{children} });
}

# Predicates that are simple enough may stand without parentheses.
sub where_text {
    my $node = shift;
    my @children = @{ $node->{children} // [] };
    my $plain = $node->{kind} =~ /^(and|or)$/ && !grep { $_->{kind} ne 'predicate' || $_->{text} =~ /\b(?:between|within|this|previous|next|more)\b|^[^']*\w\.\w/ } @children;
    return join(" $node->{kind} ", map { $_->{text} } @children) if $plain && chance(0.7);
    return '(' . restriction_text($node) . ')';
}

sub restriction_sql {
    my $node = shift;
    return $node->{sql} if $node->{kind} eq 'predicate';
    return 'NOT (' . restriction_sql($node->{children}[0]) . ')' if $node->{kind} eq 'not';
    return join(' ' . uc($node->{kind}) . ' ', map { '(' . restriction_sql($_) . ')' } @{ $node->{children} });
}

sub span { my ($count, $unit) = @_; return ($count == 1 && $unit ne 'quarter' ? "$count $unit" : "$count ${unit}s") }
sub interval { my ($count, $unit) = @_; return $unit eq 'quarter' ? "interval '" . 3 * $count . " months'" : "interval '$count ${unit}s'" }

# Windows of the calendar, as readings of a clock in the session's zone.  Weeks begin on Mondays, as date_trunc's do.
sub calendar_window {
    my $time = shift;
    my ($reading, $now) = ("($time AT TIME ZONE current_setting('timezone'))", "(:as_of AT TIME ZONE current_setting('timezone'))");
    if (chance(0.2)) {
        my $day = pick('2026-02-28', '2026-03-29', '2026-03-28', '2025-10-26', '2026-04-01');
        return { text => "on '$day'", sql => "$reading >= '$day' AND $reading < date '$day' + 1 AND $time <= :as_of" };
    }
    my $unit = pick('day', 'day', 'week', 'month', 'quarter', 'year', 'hour');
    my $n = pick(1, 1, 2, 3);
    my $start = "date_trunc('$unit', $now)";
    if ($unit eq 'hour') {
        my $hour = "date_trunc('hour', :as_of)";
        return { text => 'this hour', sql => "$time >= $hour AND $time <= :as_of" } if chance(0.5);
        return { text => 'previous ' . span($n, 'hour'), sql => "$time >= $hour - interval '$n hours' AND $time < $hour" };
    }
    if (chance(0.5)) {
        my $text = $unit eq 'day' ? pick('today', 'this day') : "this $unit";
        return { text => $text, sql => "$reading >= $start AND $time <= :as_of" };
    }
    my $text = $n > 1 ? 'previous ' . span($n, $unit) : $unit eq 'day' ? pick('yesterday', 'previous day') : pick("previous $unit", "previous 1 $unit");
    return { text => $text, sql => "$reading >= $start - " . interval($n, $unit) . " AND $reading < $start AND $time <= :as_of" };
}

# Windows: text, and SQL over t.TIME with :as_of.
sub window {
    my $time = shift;
    my $unit = pick('second', 'minute', 'hour', 'day', 'day', 'day', 'week', 'month', 'quarter', 'year');
    my %limit = (second => 100000, minute => 3000, hour => 900, day => 60, week => 9, month => 4, quarter => 2, year => 2);
    my $n = 1 + int rand $limit{$unit};
    my $kind = pick('last', 'last', 'last', 'ago', 'from', 'since', 'before', 'calendar', 'calendar', 'more');
    return calendar_window($time) if $kind eq 'calendar';
    return { text => "more than " . span($n, $unit) . ' ago', sql => "$time < :as_of - " . interval($n, $unit) } if $kind eq 'more';
    if ($kind eq 'last') {
        my $text = $n == 1 && chance(0.5) ? $unit : span($n, $unit);
        my $words = pick('within last', 'within last', 'in the last', 'within the past', 'during the last');
        ($words, $text) = (pick('last', 'past', 'in last'), span($n, $unit)) if chance(0.3);
        return { text => "$words $text", sql => "$time >= :as_of - " . interval($n, $unit) . " AND $time <= :as_of" };
    }
    if ($kind eq 'ago') {
        my $m = 1 + int rand $limit{$unit};
        my ($near, $far) = $n < $m ? ($n, $m) : ($m, $n);
        my $text = chance(0.5) ? "between $n and " . span($m, $unit) . ' ago' : 'between ' . span($n, $unit) . ' and ' . span($m, $unit) . ' ago';
        return { text => $text, sql => "$time >= :as_of - " . interval($far, $unit) . " AND $time <= :as_of - " . interval($near, $unit) };
    }
    my ($from, $to) = map { quote($_) } sort { $a cmp $b } (pick('2025-12-31', '2026-01-31 06:00', '2026-02-28'), pick('2026-03-01', '2026-03-29 01:30', '2026-04-02 00:00:00+00'));
    return { text => "from $from to $to", sql => "$time >= timestamptz $from AND $time < timestamptz $to AND $time <= :as_of" } if $kind eq 'from';
    if (chance(0.3)) {
        my $clock = clock_literal('time');
        return { text => "since $clock->{text}", sql => "$time >= $clock->{sql} AND $time <= :as_of" } if $kind eq 'since';
        return { text => "before $clock->{text}", sql => "$time < $clock->{sql} AND $time <= :as_of AND $time > '-infinity'" } if $kind eq 'before';
    }
    if ($kind eq 'since' && chance(0.3)) {
        my $prefix = pick('date', 'timestamp', 'timestamptz');
        return { text => "since $prefix $from", sql => "$time >= $prefix $from AND $time <= :as_of" };
    }
    return { text => "since $from", sql => "$time >= timestamptz $from AND $time <= :as_of" } if $kind eq 'since';
    return { text => "before $to", sql => "$time < timestamptz $to AND $time <= :as_of AND $time > '-infinity'" };
}

sub having {
    my $n = pick(1, 1, 2, 2, 3, 5, 17);
    my $m = $n + int rand 4;
    return @{ pick(
        [ "at least $n", $n, undef ], [ "at least $n times", $n, undef ], [ "at most $n", 0, $n ], [ "exactly $n times", $n, $n ],
        [ "between $n and $m times", $n, $m ], [ 'never', 0, 0 ], [ 'exactly 0', 0, 0 ], [ "having count > $n", $n + 1, undef ],
        [ "having count <= $n", 0, $n ], [ 'at least twice', 2, undef ], [ "more than $n times", $n + 1, undef ],
        [ "less than $n times", 0, $n - 1 ], [ "fewer than $n", 0, $n - 1 ] ) };
}

# What an aggregate of a field is compared with; as SQL, of the rows r of a profile, of which there may be none.
sub aggregate {
    my $type = shift;
    return distinct_values($type) if chance(0.3);
    return edge_value($type) if !$type->{of_source} && chance(0.3);
    my @fields = grep { !$_->[3] && $_->[2] =~ /^(integer|numeric|float|text|date|time)$/ } @{ $type->{fields} };
    my ($name, $column, $kind) = @{ pick(@fields) };
    my $function = pick($kind =~ /^(integer|numeric|float)$/ ? qw(sum sum avg avg min max) : qw(min max));
    my $adds_up = $function =~ /sum|avg/;
    my $value = $adds_up ? "sum(r.v::numeric)" : "$function(r.v)";
    my @literals = map { my $literal = $adds_up ? literal(pick('integer', 'numeric')) : $kind =~ /^(date|time)$/ ? value($kind) : literal($kind);
        ref $literal ? $literal : { text => $literal, sql => $adds_up ? "numeric '$literal'" : sql_literal($kind, $literal) } } 1 .. 3;
    my ($low, $high) = bounds($kind, @literals);
    my @sql = map { $function eq 'avg' ? "($_->{sql} * count(r.v))" : $_->{sql} } @literals;
    my ($text, $sql, $negated) = @{ pick(
        (map { [ written($_) . " $literals[0]{text}", "$value $_ $sql[0]", 0 ] } '=', '<', '<=', '>', '>='),
        [ "<> $literals[0]{text}", "$value = $sql[0]", 1 ],
        [ "between $literals[$low]{text} and $literals[$high]{text}", "$value BETWEEN $sql[$low] AND $sql[$high]", 0 ],
        [ written('in') . ' (' . join(', ', map { $_->{text} } @literals) . ')', join(' OR ', map { "$value = $_" } @sql), 0 ],
        [ written('not in') . " ($literals[0]{text}, $literals[1]{text})", "$value = $sql[0] OR $value = $sql[1]", 1 ],
        [ written('is null'), "$value IS NULL", 0 ], [ written('is not null'), "$value IS NULL", 1 ]) };
    return { column => $column, text => "having $function($name) $text", sql => ($negated ? 'NOT ' : '') . "coalesce($sql, false)" };
}

# Which of the first two literals are bounds in their order: reversed ones are refused.  Of what only the server orders, one is both.
sub bounds {
    my ($kind, $first, $second) = @_;
    return (0, 0) if $kind !~ /^(integer|numeric|float)$/;
    return $first->{text} <= $second->{text} ? (0, 1) : (1, 0);
}

# The value of the earliest or latest rows: the least or the greatest of these.
sub edge_value {
    my $type = shift;
    my @fields = grep { !$_->[3] && $_->[2] =~ /^(integer|numeric|float|text|date|time|boolean)$/ } @{ $type->{fields} };
    my ($name, $column, $kind) = @{ pick(@fields) };
    my ($function, $order) = @{ pick([ 'first', '' ], [ 'last', ' DESC' ]) };
    my $value = "(array_agg(r.v ORDER BY r.at$order, r.v$order) FILTER (WHERE r.v IS NOT NULL))[1]";
    my @literals = map { my $literal = $kind eq 'boolean' ? pick('true', 'false') : $kind =~ /^(date|time)$/ ? value($kind) : literal($kind);
        ref $literal ? $literal : { text => $literal, sql => $kind eq 'boolean' ? $literal : sql_literal($kind, $literal) } } 1 .. 2;
    my ($low, $high) = bounds($kind, @literals);
    my @sql = map { $_->{sql} } @literals;
    my ($text, $sql, $negated) = @{ pick(
        (map { [ "$_ $literals[0]{text}", "$value $_ $sql[0]", 0 ] } $kind eq 'boolean' ? '=' : ('=', '<', '<=', '>', '>=')), [ "<> $literals[0]{text}", "$value = $sql[0]", 1 ],
        $kind eq 'boolean' ? () : [ "between $literals[$low]{text} and $literals[$high]{text}", "$value BETWEEN $sql[$low] AND $sql[$high]", 0 ],
        [ "in ($literals[0]{text}, $literals[1]{text})", "$value = $sql[0] OR $value = $sql[1]", 0 ], [ "not in ($literals[0]{text}, $literals[1]{text})", "$value = $sql[0] OR $value = $sql[1]", 1 ],
        [ 'is null', "$value IS NULL", 0 ], [ 'is not null', "$value IS NULL", 1 ]) };
    return { column => $column, text => "having $function($name) $text", sql => ($negated ? 'NOT ' : '') . "coalesce($sql, false)" };
}

# How many different values a field has; that of the time column is counted by units.
sub distinct_values {
    my $type = shift;
    my @fields = grep { !$_->[3] && $_->[2] =~ /^(integer|numeric|float|text|date|time|boolean)$/ && $_->[1] ne $type->{time} } @{ $type->{fields} };
    my ($name, $column) = @{ pick(@fields) };
    $name = "\"$name\"" if $name eq 'day';  # else a unit of the calendar
    my $value = 'count(DISTINCT r.v)';
    my ($few, $more) = (pick(0, 1, 1, 2, '1.5'), pick(2, 3, 5));
    my ($text, $sql) = @{ pick(
        (map { [ written($_) . " $few", "$value $_ $few" ] } '=', '<>', '<', '<=', '>', '>='), [ "between $few and $more", "$value BETWEEN $few AND $more" ],
        [ written('in') . " ($few, $more)", "$value IN ($few, $more)" ], [ written('not in') . " ($few, $more)", "$value NOT IN ($few, $more)" ]) };
    return { column => $column, text => "having count(distinct $name) $text", sql => $sql };
}

# Rows of the source for which something holds, with their profiles.
sub source_rows_sql {
    my ($condition, $guardian) = @_;
    my $record = $guardian ? "('contact', t.guarded_by)" : '(t.record_type, t.record_id)';
    return "SELECT u.profile_id FROM $SOURCE->{table} t JOIN interactions.unified_profile u ON (u.record_type, u.record_id) = $record WHERE ($condition)";
}

# That a row of the profile satisfies a predicate; a negative one, that no row satisfies its positive form.
sub attribute {
    my $predicate = predicate($ATTRIBUTES, 0);
    my $negated = $predicate->{sql} =~ /^NOT /;
    my $of_values = $predicate->{text} =~ / is (?:not )?(?:null|empty)\b| has (?:a|no) value\b/;
    my $none = ($negated xor $of_values);
    my $sql = source_rows_sql($none ? "NOT ($predicate->{sql})" : $predicate->{sql});
    return { kind => 'attribute', text => $predicate->{text}, sql => $none ? "(SELECT profile_id FROM oracle.profile) EXCEPT $sql" : "$sql GROUP BY 1" };
}

# How many rows of the source a profile has.
sub source_rows {
    my $guardian = $via && chance(0.3);
    my $seen = { %{ $guardian ? by_relation($SOURCE) : $SOURCE }, of_source => 1 };
    my $restriction = chance(0.6) ? restriction($seen, 2) : undef;
    my $window = chance(0.4) ? window('t.at') : undef;
    my ($having, $minimum, $maximum) = chance(0.6) ? having() : ('', 1, undef);
    my $aggregate = !$having && chance(0.5) ? aggregate($seen) : undef;
    $having = $aggregate->{text} if $aggregate;
    my $text = join ' ', pick(@{ $SOURCE->{names} }), $guardian ? 'via guardian' : (), $restriction ? 'where ' . where_text($restriction) : (), $window ? $window->{text} : (), $having;
    my $rows = source_rows_sql(join(' AND ', 'true', $restriction ? '(' . restriction_sql($restriction) . ')' : (), $window ? "($window->{sql})" : ()), $guardian);
    if ($aggregate) {
        (my $values = $rows) =~ s/SELECT u.profile_id/SELECT u.profile_id, t.$aggregate->{column} AS v/;
        return { kind => 'attribute', text => $text, sql => "SELECT p.profile_id FROM oracle.profile p LEFT JOIN ($values) r ON r.profile_id = p.profile_id GROUP BY p.profile_id HAVING $aggregate->{sql}" };
    }
    my $upper = defined $maximum ? "AND count(*) <= $maximum" : '';
    my $sql = $minimum > 0 ? "$rows GROUP BY 1 HAVING count(*) >= $minimum $upper"
        : "(SELECT profile_id FROM oracle.profile) EXCEPT ($rows GROUP BY 1 HAVING count(*) > $maximum)";
    return { kind => 'attribute', text => $text, sql => $sql };
}

# Rows of a type as its other relation leads to records; fields of records are other columns then.
sub by_relation {
    my $type = shift;
    return { %$type, %{ $type->{other} // {} }, fields => [ grep { $_->[2] ne 'record' || $_->[3] } @{ $type->{fields} } ] };
}

sub condition { return with_clauses(interactions()); }

# Interactions of which nothing is said but what they are.
sub interactions {
    my $type = chance(0.15) ? pick(@EVENTS) : pick(@TYPES);
    my $node = { kind => 'condition', types => [$type], name => pick(@{ $type->{names} }) };
    if ($via && $type->{other} && chance(0.3)) {
        $node->{via} = 'via ' . pick('other', 'OTHER', '"other"', $type->{table} =~ /sent/ ? () : '"paid by"');
        $node->{types} = [ by_relation($type) ];
        if (!$type->{single} && chance(0.2)) {
            $node->{types} = [ map { by_relation($_) } grep { $_->{other} } @TYPES ];
            ($node->{name}, $node->{via}) = ('any of (EmailSent, Bought)', 'via other');
        } elsif (chance(0.55)) {
            $node->{restriction} = restriction($node->{types}[0], 2);
        }
        return $node;
    }
    $node->{via} = 'via profile' if chance(0.1);
    if (!$type->{single} && chance(0.12)) {
        $node->{types} = [ chance(0.5) ? @TYPES : grep { $_ != $type } @TYPES ];
        $node->{name} = @{ $node->{types} } == @TYPES && chance(0.5) ? 'any interaction' : 'any of (' . join(', ', map { pick(@{ $_->{names} }) } @{ $node->{types} }) . ')';
    } elsif (chance(0.55)) {
        $node->{restriction} = restriction($type, 2);
    }
    return $node;
}

# A value that profiles have: text, and SQL of a fraction of those of `rows`, which are joined by profile.
sub rows_value {
    my $rows = shift;
    my $node = interactions();
    $node->{window} = window('r.at') if chance(0.6);
    @$node{qw(latest clause_text)} = (2, 'latest 2') if chance(0.1);
    $node->{order} = int rand 6;
    my ($function, $value) = ('count(', 'count(r.profile_id)');
    my @fields = grep { !$_->[3] && $_->[2] =~ /^(integer|numeric|float)$/ } @{ $node->{types}[0]{fields} };
    if (@fields && @{ $node->{types} } == 1 && chance(0.5)) {
        my ($name, $column) = @{ pick(@fields) };
        $node->{aggregate} = { column => $column };
        my $kind = pick('sum', 'avg', 'count(distinct');
        $function = $kind =~ /distinct/ ? "count(distinct $name of " : "$kind($name of ";
        $value = $kind =~ /distinct/ ? 'count(DISTINCT r.v)' : 'sum(r.v::numeric)';
        $value = "$value, count(r.v)" if $kind eq 'avg';
    }
    my $alias = 'v' . scalar @$rows;
    push @$rows, "(SELECT p.profile_id, oracle.fraction($value) AS value FROM oracle.profile p LEFT JOIN (SELECT * " . latest_sql($node) . ') r ON r.profile_id = p.profile_id GROUP BY 1)';
    return { text => $function . text($node) . ')', sql => "$alias.value", tight => 1 };
}

sub made_value {
    my ($rows, $depth) = @_;
    return rows_value($rows) if chance($depth == 0 ? 0.6 : 0.3);
    if ($depth == 0 || chance(0.2)) {
        my $number = pick(0, 1, 2, 3, '0.5', '-1', '-2.25', '1e3', '100000000000000000000000000000', '0.000000000000000000000000001');
        return { text => $number, sql => "oracle.fraction(numeric '$number')", tight => 1 };
    }
    my ($left, $right) = map { made_value($rows, $depth - 1) } 1, 2;
    my ($sign, $function) = @{ pick([ '+', 'plus' ], [ '-', 'minus' ], [ '*', 'times' ], [ '/', 'over' ], [ '/', 'over' ], [ ',', 'or_else' ]) };
    my $sql = "oracle.$function($left->{sql}, $right->{sql})";
    return { text => "coalesce($left->{text}, $right->{text})", sql => $sql, tight => 1 } if $sign eq ',';
    my ($first, $second) = map { $_->{tight} ? $_->{text} : "($_->{text})" } $left, $right;
    return { text => "$first $sign $second", sql => $sql };
}

# A value compared with others; what compares with null does not hold, and negative forms are complements.
sub comparison {
    my @rows;
    my @values = (rows_value(\@rows), map { made_value(\@rows, 2) } 1, 2);
    my $is_swapped = chance(0.3);
    @values[ 0, 1 ] = @values[ 1, 0 ] if $is_swapped;
    $values[0] = { text => "($values[0]{text}) * $values[1]{text}", sql => "oracle.times($values[0]{sql}, $values[1]{sql})" } if $values[1]{tight} && chance(0.2);
    my ($text, $sql, $negated) = @{ pick(
        (map { [ written($_) . " $values[1]{text}", "oracle.order_of($values[0]{sql}, $values[1]{sql}) $_ 0", 0 ] } ('=', '<', '<=', '>', '>=') x 2),
        [ "<> $values[1]{text}", "oracle.order_of($values[0]{sql}, $values[1]{sql}) = 0", 1 ],
        [ "between $values[1]{text} and $values[2]{text}", "oracle.order_of($values[0]{sql}, $values[1]{sql}) >= 0 AND oracle.order_of($values[0]{sql}, $values[2]{sql}) <= 0", 0 ],
        [ written('not in') . " ($values[1]{text}, $values[2]{text})", "oracle.order_of($values[0]{sql}, $values[1]{sql}) = 0 OR oracle.order_of($values[0]{sql}, $values[2]{sql}) = 0", 1 ],
        [ written('in') . " ($values[1]{text}, $values[2]{text})", "oracle.order_of($values[0]{sql}, $values[1]{sql}) = 0 OR oracle.order_of($values[0]{sql}, $values[2]{sql}) = 0", 0 ],
        $is_swapped ? () : ([ written('is null'), "$values[0]{sql} IS NULL", 0 ], [ written('is not null'), "$values[0]{sql} IS NULL", 1 ])) };
    my @used = grep { $sql =~ /\bv$_\b/ } 0 .. $#rows;
    # Each is made once, whatever the planner expects of it.
    my $with = join ', ', map { "v$_ AS MATERIALIZED $rows[$_]" } @used;
    my $from = join '', map { " JOIN v$_ USING (profile_id)" } @used;
    $sql = "SELECT profile_id FROM oracle.profile p$from WHERE " . ($negated ? 'NOT ' : '') . "coalesce($sql, false)";
    return { kind => 'comparison', text => "$values[0]{text} $text", sql => @used ? "(WITH $with $sql)" : $sql };
}

sub with_clauses {
    my $node = shift;
    $node->{window} = window('r.at') if chance(0.7);
    ($node->{having_text}, $node->{minimum}, $node->{maximum}) = having() if chance(0.6);
    add_clause($node) if chance(0.3);
    if (!grep({ $node->{$_} } qw(having_text number periods)) && @{ $node->{types} } == 1 && chance(0.4)) {
        $node->{aggregate} = aggregate($node->{types}[0]);
        $node->{having_text} = $node->{aggregate}{text};
    }
    # Restrictions and "latest" are about nothing but what a having asks; "at least 1" is none.
    if ($node->{latest} && $node->{restriction} && !$node->{aggregate} && !defined $node->{maximum} && ($node->{minimum} // 1) == 1) {
        @$node{qw(having_text minimum)} = ('at least 2', 2);
    }
    $node->{order} = int rand 6;
    return $node;
}

# One of the clauses that do not stand together, and away with what does not stand with it.
sub add_clause {
    my $node = shift;
    my $clause = pick('but', 'latest', 'time', 'of the last', 'in a row', 'distinct');
    if ($clause eq 'but') {
        $node->{but_not} = window('r.at');
        $node->{clause_text} = "but not $node->{but_not}{text}";
        return;
    }
    if ($clause eq 'latest') {
        $node->{latest} = pick(1, 1, 2, 3, 5, 17);
        $node->{clause_text} = "latest $node->{latest}";
        return;
    }
    delete @$node{qw(having_text minimum maximum)} if $clause ne 'of the last';
    if ($clause eq 'time') {
        $node->{window} //= window('r.at');
        $node->{number} = 1 + int rand 7;
        my @words = ('time 0', 'the first time', 'the second time', 'the third time', 'the fourth time', 'the fifth time');
        $node->{clause_text} = 'for ' . ($words[ $node->{number} ] // "time $node->{number}");
        return;
    }
    my $bound = pick('at least', 'at most', 'exactly');
    my $n = 1 + int rand 4;
    $node->{periods} = { least => $bound eq 'at most' ? 0 : $n, most => $bound eq 'at least' ? 1_000_000 : $n };
    if ($clause eq 'of the last') {
        delete $node->{window};
        my $count = $n + int rand 4;
        my ($length, $unit) = (pick(1, 1, 1, 2, 10), pick('hour', 'day', 'week', 'month', 'quarter'));
        @{ $node->{periods} }{qw(count span)} = ($count, interval($length, $unit));
        $node->{clause_text} = "in $bound $n of the last " . ($length == 1 && chance(0.7) ? span($count, $unit) : "$count periods of " . span($length, $unit));
        return;
    }
    my %unit = (day => "(%s)::date - date '2000-01-01'", week => "(date_trunc('week', %s)::date - date '2000-01-03') / 7",
        month => "(extract(year FROM %s) * 12 + extract(month FROM %s))::int", quarter => "(extract(year FROM %s) * 4 + extract(quarter FROM %s))::int",
        year => "extract(year FROM %s)::int", hour => "(SELECT number FROM oracle.hour WHERE started = date_trunc('hour', r.at))");
    my $unit = pick(sort keys %unit);
    ($node->{periods}{unit} = $unit{$unit}) =~ s/%s/(r.at AT TIME ZONE current_setting('timezone'))/g;
    $node->{periods}{in_a_row} = $clause eq 'in a row';
    my $days = 1 + int rand($unit eq 'hour' ? 40 : 60);
    $node->{window} = { text => "within last $days days", sql => "r.at >= :as_of - interval '$days days' AND r.at <= :as_of" };
    if ($clause eq 'distinct' && chance(0.4)) {
        # Long windows, or none: few of their units have rows.  The server cannot tell the month of its first day.
        $node->{periods}{unit} = "CASE WHEN r.at < '4700-01-01 BC' THEN r.at ELSE date_trunc('$unit', r.at) END";
        $node->{window} = chance(0.5) ? undef : { text => "since '1900-01-01'", sql => "r.at >= '1900-01-01' AND r.at <= :as_of" };
    }
    my %operator = ('at least' => '>=', 'at most' => '<=', exactly => '=');
    $node->{clause_text} = $clause eq 'distinct' ? "having count(distinct $unit) $operator{$bound} $n" : pick('on', 'in') . " $bound $n ${unit}s in a row";
}
# A bucket, or a sample.
sub bucket {
    my $salt = chance(0.5) ? pick('', 'x', "it''s") : '';
    my $with_salt = $salt eq '' ? '' : " with salt '$salt'";
    if (chance(0.4)) {
        my $hundredths = 1 + int rand 10_000;
        my $percent = sprintf '%.2f', $hundredths / 100;
        return { kind => 'bucket', text => "sample $percent %$with_salt",
            sql => "SELECT profile_id FROM oracle.profile WHERE segments.bucket(profile_id, 10000, '$salt') < $hundredths" };
    }
    my $count = pick(1, 2, 3, 10, 100, 1_000_000);
    my $first = int rand $count;
    my $last = chance(0.3) ? $first : $first + int rand($count - $first);
    return { kind => 'bucket', text => 'bucket ' . ($first == $last ? $first : "$first to $last") . " of $count$with_salt",
        sql => "SELECT profile_id FROM oracle.profile WHERE segments.bucket(profile_id, $count, '$salt') BETWEEN $first AND $last" };
}

# Saved segments that definitions refer to: name, definition.
our @referred;

sub random {
    my $depth = shift;
    if (@referred && chance(0.1)) {
        my $segment = pick(@referred);
        return { kind => 'segment', name => $segment->[0], children => [ $segment->[1] ] };
    }
    return chance(0.6) ? attribute() : source_rows() if chance(0.12);
    return bucket() if chance(0.04);
    return comparison() if chance(0.12);
    return condition() if $depth == 0 || chance(0.3);
    return { kind => 'all' } if chance(0.03);
    return { kind => 'not', children => [ random($depth - 1) ] } if chance(0.2);
    return { kind => 'except', children => [ random($depth - 1), random($depth - 1) ] } if chance(0.15);
    return { kind => pick('and', 'or', 'union', 'intersect'), children => [ map { random($depth - 1) } 1 .. 2 + int rand 2 ] };
}

sub text {
    my $node = shift;
    my $kind = $node->{kind};
    return 'all' if $kind eq 'all';
    if ($kind eq 'condition') {
        my @parts = ($node->{via} // (), $node->{restriction} ? 'where ' . where_text($node->{restriction}) : (),
            $node->{window} ? $node->{window}{text} : (), $node->{having_text} // (), $node->{clause_text} // ());
        @parts = reverse @parts if $node->{order} % 2;
        push @parts, shift @parts if @parts && $node->{order} > 3;
        return join ' ', $node->{name}, @parts;
    }
    return "segment '$node->{name}'" if $kind eq 'segment';
    return $node->{text} if $kind =~ /^(attribute|bucket|comparison)$/;
    my @children = map { my $text = text($_); $_->{kind} =~ /^(all|condition|segment|bucket|comparison)$/ ? $text : "($text)" } @{ $node->{children} };
    return "not $children[0]" if $kind eq 'not';
    return join " $kind ", @children;
}

sub sql {
    my $node = shift;
    my $kind = $node->{kind};
    return 'SELECT profile_id FROM oracle.profile' if $kind eq 'all';
    return condition_sql($node) if $kind eq 'condition';
    return $node->{sql} if $kind =~ /^(attribute|bucket|comparison)$/;
    my @children = map { '(' . sql($_) . ')' } @{ $node->{children} };
    return "(SELECT profile_id FROM oracle.profile) EXCEPT $children[0]" if $kind eq 'not';
    return "SELECT profile_id FROM $children[0] referred" if $kind eq 'segment';
    my %operator = (and => 'INTERSECT', intersect => 'INTERSECT', or => 'UNION', union => 'UNION', except => 'EXCEPT');
    return join " $operator{$kind} ", @children;
}

# The interactions of a condition at all times until as_of: when they happened, r.at, and to whom, r.profile_id.
sub happened_sql {
    my $node = shift;
    my @parts = map {
        my $record_type = $_->{type} ? "t.$_->{type}" : "'contact'";
        "SELECT u.profile_id, t.$_->{time} AS at" . ($node->{aggregate} ? ", t.$node->{aggregate}{column} AS v" : '') . " FROM $_->{table} t JOIN interactions.unified_profile u ON u.record_type = $record_type AND u.record_id = t.$_->{id}::text"
            . " WHERE t.$_->{time} <= :as_of" . ($node->{restriction} ? ' AND (' . restriction_sql($node->{restriction}) . ')' : '')
    } @{ $node->{types} };
    return '(' . join(' UNION ALL ', @parts) . ') r';
}

# Those that count.
sub counted_sql {
    my $node = shift;
    my @conditions = map { "($_)" } $node->{window} ? $node->{window}{sql} : (), $node->{but_not} ? "NOT coalesce($node->{but_not}{sql}, false)" : ();
    return 'FROM ' . happened_sql($node) . (@conditions ? ' WHERE ' . join(' AND ', @conditions) : '');
}

# How many they are for profile $1, and the first and last; nothing where they are counted another way.
sub evidence_sql {
    my $node = shift;
    return '' if $node->{kind} eq 'attribute' || $node->{number} || $node->{periods};
    return 'SELECT count(*) AS count, min(at) AS first, max(at) AS last FROM (SELECT * ' . counted_sql($node) . ') r WHERE profile_id = $1';
}

# The conditions of a definition, in order; those of a segment that it refers to once.
sub conditions {
    my ($node, $seen) = (@_, {});
    return $node if $node->{kind} =~ /^(condition|attribute)$/;
    return if $node->{kind} eq 'segment' && $seen->{ $node->{name} }++;
    return map { conditions($_, $seen) } @{ $node->{children} // [] };
}

sub condition_sql {
    my $node = shift;
    return occurrence_sql($node) if $node->{number};
    return periods_sql($node) if $node->{periods};
    my $sql = having_sql($node);
    return $sql unless $node->{but_not};
    return "($sql) EXCEPT SELECT r.profile_id FROM " . happened_sql($node) . " WHERE $node->{but_not}{sql}";
}

# Of these the latest; all that happened at one time have one rank.
sub latest_sql {
    my $node = shift;
    my $from = counted_sql($node);
    return $from unless $node->{latest};
    return "FROM (SELECT r.*, rank() OVER (PARTITION BY r.profile_id ORDER BY r.at DESC) AS place $from) r WHERE r.place <= $node->{latest}";
}

sub having_sql {
    my $node = shift;
    my $from = latest_sql($node);
    return "SELECT p.profile_id FROM oracle.profile p LEFT JOIN (SELECT * $from) r ON r.profile_id = p.profile_id GROUP BY p.profile_id HAVING $node->{aggregate}{sql}" if $node->{aggregate};
    my ($minimum, $maximum) = ($node->{minimum} // 1, $node->{maximum});
    if ($minimum > 0) {
        my $bound = defined $maximum ? "BETWEEN $minimum AND $maximum" : ">= $minimum";
        return "SELECT r.profile_id $from GROUP BY r.profile_id HAVING count(*) $bound";
    }
    return "(SELECT profile_id FROM oracle.profile) EXCEPT (SELECT r.profile_id $from GROUP BY r.profile_id HAVING count(*) > $maximum)";
}

sub occurrence_sql {
    my $node = shift;
    return 'SELECT r.profile_id FROM (SELECT r.profile_id, r.at, row_number() OVER (PARTITION BY r.profile_id ORDER BY r.at) AS number FROM '
        . happened_sql($node) . ") r WHERE r.number = $node->{number} AND $node->{window}{sql}";
}

# The number of periods of each profile, or the longest run of them; none is 0.
sub periods_sql {
    my $node = shift;
    my $periods = $node->{periods};
    my $number;
    if ($periods->{count}) {
        my $last = $periods->{count} - 1;
        my $bound = 'BETWEEN ' . ($node->{minimum} // 1) . ' AND ' . ($node->{maximum} // 1_000_000_000);
        $number = "SELECT profile_id, count(*) FILTER (WHERE rows $bound) AS number FROM (
            SELECT p.profile_id, i, count(r.at) AS rows FROM oracle.profile p CROSS JOIN generate_series(0, $last) i LEFT JOIN " . happened_sql($node)
            . " ON r.profile_id = p.profile_id AND r.at > :as_of - (i + 1) * $periods->{span} AND r.at <= :as_of - i * $periods->{span} GROUP BY 1, 2) w GROUP BY 1";
    } else {
        my $units = "SELECT DISTINCT r.profile_id, $periods->{unit} AS unit " . counted_sql($node);
        $number = $periods->{in_a_row}
            ? "SELECT profile_id, max(length) AS number FROM (SELECT profile_id, count(*) AS length FROM (SELECT profile_id, unit - dense_rank() OVER (PARTITION BY profile_id ORDER BY unit) AS run FROM ($units) u) w GROUP BY profile_id, run) l GROUP BY 1"
            : "SELECT profile_id, count(*) AS number FROM ($units) u GROUP BY 1";
    }
    return "SELECT p.profile_id FROM oracle.profile p LEFT JOIN ($number) n ON n.profile_id = p.profile_id WHERE coalesce(n.number, 0) BETWEEN $periods->{least} AND $periods->{most}";
}

# Smaller variants of a definition, for minimising.
sub smaller {
    my $node = shift;
    my @variants;
    if ($node->{kind} eq 'condition') {
        if ($node->{clause_text}) {
            my %copy = %$node;
            delete @copy{qw(clause_text but_not latest number periods)};
            push @variants, \%copy;
        }
        for my $part (qw(restriction window having_text)) {
            next unless defined $node->{$part};
            next if $part eq 'having_text' && $node->{latest} && $node->{restriction};
            next if $part eq 'window' && ($node->{number} || $node->{periods});
            my %copy = %$node;
            delete $copy{$part};
            delete @copy{qw(minimum maximum aggregate)} if $part eq 'having_text';
            push @variants, \%copy;
        }
        if ($node->{restriction}) {
            push @variants, { %$node, restriction => $_ } for @{ $node->{restriction}{children} // [] };
        }
        return @variants;
    }
    my @children = @{ $node->{children} // [] };
    push @variants, @children;
    return @variants if $node->{kind} eq 'segment';
    for my $i (0 .. $#children) {
        for my $variant (smaller($children[$i])) {
            my @copy = @children;
            $copy[$i] = $variant;
            push @variants, { %$node, children => \@copy };
        }
    }
    return @variants;
}

1;
