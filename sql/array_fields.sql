-- Arrays as fields: what their elements are, against plain SQL.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset null '(null)'
CREATE TYPE mood AS ENUM ('calm', 'merry', 'grim');
CREATE TABLE purchase (customer text, at timestamptz DEFAULT '2026-03-01', tags text[], words varchar(20)[], small smallint[], numbers int[], large bigint[], ids uuid[], moods mood[],
    label text, size int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('purchase', 'Purchase', 'at', 'customer', record_type => 'contact') > 0 AS registered;
SELECT segments.register_unification('mapping', record_type => 'contact');
SELECT name, kind, usable FROM segments.interaction_fields('Purchase');

-- Nulls, arrays without elements, null elements, elements twice, of several dimensions, with other bounds; texts that look like several.
CREATE FUNCTION texts(i int) RETURNS text[] LANGUAGE sql AS $$
    SELECT CASE i % 17 WHEN 0 THEN NULL WHEN 1 THEN '{}' WHEN 2 THEN '{NULL}' WHEN 3 THEN '{ski,ski}' WHEN 4 THEN '{{ski,sail},{golf,NULL}}' WHEN 5 THEN '[5:6]={sail,ski}'::text[] WHEN 6 THEN '{"ski,sail"}'
        WHEN 7 THEN ARRAY['', 'é', E'a\nb', '{ski}'] WHEN 8 THEN ARRAY[repeat('x', 5000), 'ski'] WHEN 9 THEN '{SKI}' WHEN 10 THEN ARRAY(SELECT 'tag ' || n FROM generate_series(1, 300) n)
        ELSE ARRAY(SELECT (ARRAY['ski', 'sail', 'golf', 'chess', '', NULL, 'é'])[1 + abs(hashint4(i * 7 + n)) % 7] FROM generate_series(1, abs(hashint4(i)) % 6) n) END
$$;
CREATE FUNCTION some_numbers(i int) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT CASE i % 7 WHEN 0 THEN NULL WHEN 1 THEN '{}' WHEN 2 THEN '{NULL,3}' ELSE ARRAY(SELECT CASE WHEN n <> 3 THEN hashint4(i * 7 + n) % 5 END FROM generate_series(1, abs(hashint4(i)) % 6) n) END
$$;
INSERT INTO purchase SELECT i, '2026-03-01', texts(i), texts(i + 1)::text[], some_numbers(i)::smallint[], some_numbers(i + 1)::int[], some_numbers(i + 2) || CASE WHEN i % 9 = 0 THEN 9223372036854775807 END,
    ARRAY(SELECT CASE WHEN n IS NOT NULL THEN format('00000000-0000-0000-0000-%s', lpad(abs(n)::text, 12, '0'))::uuid END FROM unnest(some_numbers(i)) n),
    ARRAY(SELECT (enum_range(NULL::mood))[1 + abs(n) % 3] FROM unnest(some_numbers(i)) n), 'label ' || i % 5, i FROM generate_series(1, 400) i
    WHERE octet_length(array_to_string(texts(i + 1), '')) < 400;
INSERT INTO mapping SELECT i, 'p' || i / 2 FROM generate_series(1, 500) i;
CALL segments.refresh();

-- Each condition, against the SQL that it means.
CREATE TABLE question (condition text, meaning text);
INSERT INTO question SELECT format(said, field, quote_literal(a), quote_literal(b)), format(meaning, field, quote_literal(a), quote_literal(b), type)
FROM (VALUES ('tags', 'text', '{ski,sail,golf,"",é,SKI,nothing,"ski,sail","{ski}","tag 300"}'::text[]), ('words', 'varchar', '{ski,sail,é}'), ('small', 'smallint', '{1,3,-2}'), ('numbers', 'int', '{1,3,-2,12345}'),
             ('large', 'bigint', '{1,3,9223372036854775807}'), ('ids', 'uuid', '{00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000003}'), ('moods', 'mood', '{calm,merry,grim}')) fields (field, type, literals),
    unnest(literals) a, unnest(literals) b,
    (VALUES ('%s contains any of (%s, %s)', '%1$s && ARRAY[%2$s, %3$s]::%4$s[]'), ('%s contains all of (%s, %s)', '%1$s @> ARRAY[%2$s, %3$s]::%4$s[]'), ('%s contains any of (%s)', '%1$s && ARRAY[%2$s]::%4$s[]'),
            ('%s not contains any of (%s)', '(%1$s && ARRAY[%2$s]::%4$s[]) IS NOT TRUE'), ('%s does not contain all of (%s, %s)', '(%1$s @> ARRAY[%2$s, %3$s]::%4$s[]) IS NOT TRUE')) forms (said, meaning)
WHERE a <= b AND hashtext(field || a || b || said) % 3 = 0;
INSERT INTO question SELECT format(said, field), format(meaning, field)
FROM unnest('{tags,words,small,numbers,large,ids,moods}'::text[]) field,
    (VALUES ('length of %s >= 2', 'cardinality(array_remove(%1$s, NULL)) >= 2'), ('length of %s = 0', 'cardinality(array_remove(%1$s, NULL)) = 0'), ('not length of %s between 1 and 3', '(cardinality(array_remove(%1$s, NULL)) BETWEEN 1 AND 3) IS NOT TRUE'),
            ('length of %s in (4, 300)', 'cardinality(array_remove(%1$s, NULL)) IN (4, 300)'), ('%s is null', '%1$s IS NULL'), ('%s has a value', '%1$s IS NOT NULL'), ('%s is empty', 'coalesce(cardinality(array_remove(%1$s, NULL)), 0) = 0'),
            ('%s is not empty', 'coalesce(cardinality(array_remove(%1$s, NULL)), 0) > 0')) forms (said, meaning);
-- array_remove() takes one dimension.
UPDATE question SET meaning = regexp_replace(meaning, 'array_remove\((\w+), NULL\)', 'CASE WHEN \1 IS NOT NULL THEN ARRAY(SELECT e FROM unnest(\1) e WHERE e IS NOT NULL) END', 'g');
CREATE FUNCTION differences(source text DEFAULT 'purchase', said text DEFAULT 'Purchase where %s') RETURNS TABLE (condition text, answer text[], truth text[]) LANGUAGE plpgsql AS $$
DECLARE
    q question;
BEGIN
    FOR q IN SELECT * FROM question LOOP
        condition := q.condition;
        answer := ARRAY(SELECT p FROM segments.profiles(segments.segment_eval(format(said, q.condition)::segments.definition)) p ORDER BY p COLLATE "C");
        EXECUTE format('SELECT ARRAY(SELECT DISTINCT profile_id COLLATE "C" FROM %s JOIN mapping ON record_id = customer WHERE %s ORDER BY 1)', source, q.meaning) INTO truth;
        IF answer IS DISTINCT FROM truth THEN RETURN NEXT; END IF;
    END LOOP;
END
$$;
SELECT count(*) AS questions FROM question;
SELECT condition, cardinality(answer) AS answer, cardinality(truth) AS truth FROM differences() LIMIT 10;

-- After changes: updates, deletes, other rows.
UPDATE purchase SET tags = CASE WHEN array_ndims(tags) = 1 THEN tags || 'more'::text ELSE tags END, numbers = numbers || 12345 WHERE size % 5 = 0;
UPDATE purchase SET tags = '{chess}', moods = '{grim}' WHERE size % 7 = 0;
DELETE FROM purchase WHERE size % 11 = 0;
INSERT INTO purchase SELECT i, '2026-03-01', texts(i), NULL, '{3}', '{}', '{1}', NULL, '{merry,NULL}', NULL, i FROM generate_series(390, 450) i;
INSERT INTO question VALUES ('tags contains all of (''more'', ''chess'')', 'tags @> ''{more,chess}''');
CALL segments.refresh();
SELECT condition, cardinality(answer) AS answer, cardinality(truth) AS truth FROM differences() LIMIT 10;
VACUUM FULL purchase;
CALL segments.refresh();
SELECT condition, cardinality(answer) AS answer, cardinality(truth) AS truth FROM differences() LIMIT 10;

-- A column with a default; one that becomes an array of the other text type.
ALTER TABLE purchase ADD COLUMN kinds text[] DEFAULT '{new,"",NULL}';
ALTER TABLE purchase ALTER COLUMN words TYPE text[];
UPDATE question SET meaning = replace(meaning, '::varchar[]', '::text[]');
INSERT INTO question VALUES ('kinds contains any of (''new'')', 'kinds && ''{new}'''), ('kinds contains any of (''old'')', 'kinds && ''{old}'''), ('length of kinds = 2', 'cardinality(array_remove(kinds, NULL)) = 2'), ('kinds is null', 'kinds IS NULL');
INSERT INTO purchase (customer, kinds) VALUES (451, NULL), (452, '{old}');
CALL segments.refresh();
SELECT condition, cardinality(answer) AS answer, cardinality(truth) AS truth FROM differences() LIMIT 10;

-- Together with others, printed, and as JSON.
SELECT segments.segment_count('Purchase where label = ''label 1'' and tags contains any of (''ski'') or size > 300 and tags not contains all of (''golf'', ''sail'')') =
    (SELECT count(DISTINCT profile_id) FROM purchase JOIN mapping ON record_id = customer WHERE label = 'label 1' AND tags && '{ski}' OR size > 300 AND (tags @> '{golf,sail}') IS NOT TRUE) AS equal;
SELECT segments.definition_text('Purchase where (Tags CONTAINS ANY OF(''it''''s'',''b'') and not length of tags >= 2 and tags does not contain all of (''a''))');
SELECT segments.definition_json('Purchase where (tags contains any of (''it''''s'', ''b'') and numbers not contains all of (1, 2))');
SELECT segments.definition_from_json(segments.definition_json(d))::text = d::text AS same FROM (SELECT 'Purchase where (tags contains any of (''it''''s'', ''b'') and numbers not contains all of (1, 2))'::segments.definition) v (d);
SELECT text, members, note FROM segments.segment_explain('Purchase where tags contains any of (''ski'', ''chess'')');

-- What does not fit, and what the hint makes of it.
CREATE FUNCTION outcome(definition text) RETURNS TABLE (error text, hint text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM segments.segment_count(definition::segments.definition);
    RETURN QUERY SELECT 'none', NULL;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS error = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    error := SQLSTATE || ' ' || error;
    RETURN NEXT;
END
$$;
SELECT said, outcome.* FROM unnest(ARRAY['tags = ''a''', 'tags <> ''a''', 'tags in (''a'', ''b'')', 'tags not in (''a'', ''b'')', 'tags contains ''a''', 'tags not contains ''a'' ignore case', 'tags matches ''a''', 'tags begins with ''a''',
    'tags > 3', 'tags between ''a'' and ''b''', 'tags within last 3 days', 'tags = words', 'tags = label', 'label = tags', 'tags = 5', 'numbers = 5', 'numbers contains any of (''x'')', 'numbers contains any of (true)', 'numbers contains any of (1.5)',
    'small contains any of (70000)', 'tags contains any of (5, 6)', 'ids contains any of (''x'')', 'moods contains any of (''sad'')', 'moods = ''calm''', 'tags contains any of ()', 'tags contains all of ()', 'tags contains any (''a'')', 'tags contains all (''a'')',
    'tags contains any of ''a''', 'tags contains (''a'', ''b'')', 'tags contains any of (''a'') ignore case', 'label contains any of (''a'', ''b'')', 'label contains all of (''a'', ''b'')', 'label not contains any of (''a'')', 'size contains any of (1, 2)',
    'size not contains any of (1)', 'label not contains all of (''a'', ''b'')', 'ProfileId contains any of (''a'')', 'Timestamp contains any of (''a'')', 'length of tags contains any of (1)', 'length of tags is null', 'hour of tags = 3', 'length of size = 3', 'length of tags > ''x''',
    'year of Timestamp contains any of (2026)']) said, outcome('Purchase where ' || said);
-- Followed to the letter.
SELECT said, outcome.error FROM unnest(ARRAY['tags contains any of (''a'')', 'tags not contains any of (''a'')', 'tags contains any of (''a'', ''b'')', 'tags contains any of (''5'')', 'numbers contains any of (5)', 'moods contains any of (''calm'')',
    '(label contains ''a'' or label contains ''b'')', '(label contains ''a'' and label contains ''b'')', 'not (label contains ''a'' and label contains ''b'')', 'size in (1, 2)', 'size not in (1)', 'length of tags in (1)']) said, outcome('Purchase where ' || said);

-- Arrays that are no fields.
CREATE DOMAIN tag AS text CHECK (VALUE <> '');
CREATE DOMAIN tags AS text[];
CREATE TYPE pair AS (a int, b int);
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE odd (customer text, at timestamptz DEFAULT '2026-03-01', a tag[], b tags, c text[] COLLATE ci, d numeric[], e date[], f pair[], g jsonb[], h int4range[], i text[] GENERATED ALWAYS AS (ARRAY[customer]) STORED, j int2vector);
SET client_min_messages = notice;
SELECT segments.register_interaction('odd', 'Odd', 'at', 'customer', record_type => 'contact') > 0 AS registered;
SET client_min_messages = warning;
INSERT INTO odd (customer, b, c) VALUES (1, '{x,y}', '{A,b}');
CALL segments.refresh();
SELECT said, outcome.* FROM unnest(ARRAY['a contains any of (''x'')', 'b contains any of (''x'')', 'c contains any of (''a'')', 'length of c = 2', 'c is empty', 'd contains any of (1)', 'i contains any of (''1'')', 'j contains any of (1)']) said, outcome('Odd where ' || said);

-- What fields hold of them, for who writes.
SELECT * FROM segments.field_values('Purchase', 'moods');
SELECT value, literal, interactions = (SELECT count(*) FROM purchase JOIN mapping ON record_id = customer WHERE tags @> ARRAY[value]) AS counted FROM segments.field_values('Purchase', 'tags', 's');
SELECT string_agg(literal, ' ' ORDER BY literal) FROM segments.field_values('Purchase', 'numbers') WHERE interactions = (SELECT count(*) FROM purchase JOIN mapping ON record_id = customer WHERE numbers @> ARRAY[value::int]);
SET client_min_messages = notice;
SELECT segments.create_segment('by tag', 'Purchase where (tags contains any of (''sky'', ''ski'') and numbers contains all of (1, 77) and moods contains any of (''grim'') and kinds contains any of (''new'', ''nex''))') IS NOT NULL AS created;
SET client_min_messages = warning;
SELECT offer FROM segments.complete_definition('Purchase where tags ') offer;
SELECT offer FROM segments.complete_definition('Purchase where tags contains any of (''s') offer;
SELECT offer FROM segments.complete_definition('Purchase where moods contains all of (''merry'', ') offer;

-- In documents.
CREATE FUNCTION document(i int) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE i % 13 WHEN 0 THEN NULL WHEN 1 THEN '{}' WHEN 2 THEN '[1]' WHEN 3 THEN '{"a": {"tags": "ski"}}' WHEN 4 THEN '{"a": {"tags": [], "n": []}}' WHEN 5 THEN '{"a": {"tags": [null], "n": [null]}}' WHEN 6 THEN '{"a": {"tags": ["ski", {"x": 1}], "n": [1, "x"]}}'
        WHEN 7 THEN '{"a": {"tags": ["ski", ["golf", [true, 1.50]]], "n": [1, [2, "3", [3.0]]]}}' WHEN 8 THEN '{"a": {"tags": null, "n": [1.5]}}' WHEN 9 THEN '{"a": {"tags": ["", "é"], "n": [99999999999999999999]}}'
        ELSE jsonb_build_object('a', jsonb_build_object('tags', to_jsonb(texts(i)), 'n', to_jsonb(some_numbers(i)))) END
$$;
CREATE TABLE visit (customer text, at timestamptz DEFAULT '2026-03-01', properties jsonb);
SELECT segments.register_interaction('visit', 'Visit', 'at', 'customer', record_type => 'contact') > 0 AS registered;
INSERT INTO visit SELECT i, '2026-03-01', document(i) FROM generate_series(1, 300) i;
SELECT segments.add_json_field('Visit', 'properties.a.tags', 'text[]'), segments.add_json_field('Visit', 'properties.a.n', 'bigint[]');
CALL segments.refresh();
CREATE VIEW visited AS SELECT customer, CASE WHEN jsonb_typeof(tags) = 'array' AND NOT tags @? 'strict $.** ? (@.type() == "object")' THEN ARRAY(SELECT e #>> '{}' FROM jsonb_path_query(tags, 'strict $.** ? (@.type() <> "array")') e) END AS tags,
    CASE WHEN jsonb_typeof(n) = 'array' AND NOT n @? 'strict $.** ? (@.type() == "object" || @ == "x" || @ == 1.5 || @ > 9223372036854775807)' THEN ARRAY(SELECT (e #>> '{}')::numeric::bigint FROM jsonb_path_query(n, 'strict $.** ? (@.type() <> "array")') e) END AS n
    FROM (SELECT customer, properties #> '{a,tags}' AS tags, properties #> '{a,n}' AS n FROM visit) v;
TRUNCATE question;
INSERT INTO question SELECT format(said, field, value), format(meaning, replace(field, 'properties.a.', ''), value, type)
FROM (VALUES ('properties.a.tags', 'text', '{ski,golf,true,1.50,"",é,null,nothing}'::text[]), ('properties.a.n', 'bigint', '{1,2,3,-3}')) fields (field, type, literals), unnest(literals) value,
    (VALUES ('%s contains any of (''%s'', ''4'')', '%1$s && ARRAY[''%2$s'', ''4'']::%3$s[]'), ('%s contains all of (''%s'', ''1'')', '%1$s @> ARRAY[''%2$s'', ''1'']::%3$s[]'), ('%s not contains any of (''%s'')', '(%1$s && ARRAY[''%2$s'']::%3$s[]) IS NOT TRUE'),
            ('length of %s >= 3', 'cardinality(array_remove(%1$s, NULL)) >= 3'), ('%s is null', '%1$s IS NULL'), ('%s is empty', 'coalesce(cardinality(array_remove(%1$s, NULL)), 0) = 0')) forms (said, meaning);
SELECT condition, answer, truth FROM differences('visited', 'Visit where (%s)') LIMIT 3;
SELECT field, kind, misfits FROM segments.json_fields;
UPDATE visit SET properties = document(customer::int + 1) WHERE customer::int % 3 = 0;
DELETE FROM visit WHERE customer::int % 7 = 0;
CALL segments.refresh();
SELECT condition, answer, truth FROM differences('visited', 'Visit where (%s)') LIMIT 3;
SELECT value, literal FROM segments.field_values('Visit', 'properties.a.n') ORDER BY value LIMIT 3;
SELECT segments.add_json_field('Visit', 'properties.b', 'integer[]');
SELECT segments.add_json_field('Visit', 'properties.b', 'array');
SELECT segments.add_json_field('Visit', 'properties.b', 'uuid[]');
SELECT segments.add_json_field('Visit', 'properties.b', 'txt[]');

-- Of profile sources: of any row of the profile, negative forms of none.
CREATE TABLE person (customer text, interests text[]);
SELECT segments.register_profile_source('person', 'Contact', 'customer', record_type => 'contact', fields => '[{"column": "interests", "name": "Interests"}]') > 0 AS registered;
INSERT INTO person SELECT i, texts(i) FROM generate_series(1, 300) i UNION ALL SELECT i, '{golf}' FROM generate_series(1, 300, 5) i;
CALL segments.refresh();
CREATE FUNCTION persons(definition text) RETURNS text[] LANGUAGE sql AS $$ SELECT ARRAY(SELECT p FROM segments.profiles(segments.segment_eval(definition::segments.definition)) p ORDER BY p COLLATE "C") $$;
CREATE FUNCTION none_of(condition text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    result text[];
BEGIN
    EXECUTE format('SELECT ARRAY(SELECT DISTINCT profile_id COLLATE "C" FROM mapping WHERE profile_id NOT IN (SELECT profile_id FROM person JOIN mapping ON record_id = customer WHERE %s) ORDER BY 1)', condition) INTO result;
    RETURN result;
END
$$;
TRUNCATE question;
INSERT INTO question VALUES ('contains any of (''ski'', ''sail'')', 'interests && ''{ski,sail}'''), ('contains all of (''ski'', ''sail'')', 'interests @> ''{ski,sail}'''), ('is not empty', 'cardinality(CASE WHEN interests IS NOT NULL THEN ARRAY(SELECT e FROM unnest(interests) e WHERE e IS NOT NULL) END) > 0'),
    ('has a value', 'interests IS NOT NULL');
SELECT condition, answer, truth FROM differences('person', 'Contact.Interests %s') LIMIT 3;
SELECT condition, persons('Contact.Interests ' || said) = none_of(meaning) AS complement FROM question, LATERAL (SELECT CASE condition WHEN 'is not empty' THEN 'is empty' WHEN 'has a value' THEN 'is null' ELSE 'not ' || condition END) o (said);
SELECT persons('length of Contact.Interests >= 3') = ARRAY(SELECT DISTINCT profile_id COLLATE "C" FROM person JOIN mapping ON record_id = customer WHERE cardinality(ARRAY(SELECT e FROM unnest(interests) e WHERE e IS NOT NULL)) >= 3 ORDER BY 1) AS equal,
       persons('not length of Contact.Interests >= 3') = none_of('cardinality(ARRAY(SELECT e FROM unnest(interests) e WHERE e IS NOT NULL)) >= 3') AS complement,
       persons('Contact where Interests not contains any of (''ski'') at least 2') = ARRAY(SELECT profile_id COLLATE "C" FROM person JOIN mapping ON record_id = customer WHERE (interests && '{ski}') IS NOT TRUE GROUP BY 1 HAVING count(*) >= 2 ORDER BY 1) AS equal;
SELECT outcome.* FROM unnest('{Contact.Interests = ''ski'',Contact.Interests <> ''ski''}'::text[]) said, outcome(said);

-- In rows that are looked up.
CREATE TABLE article (id text PRIMARY KEY, keywords text[]);
SELECT segments.register_lookup('article', 'Article', 'id', '{Purchase.label}') > 0 AS registered;
INSERT INTO article SELECT 'label ' || i, CASE WHEN i <> 4 THEN ARRAY['k' || i % 2, 'all'] END FROM generate_series(0, 4) i;
CALL segments.refresh();
SELECT said, persons('Purchase where (' || said || ')') = ARRAY(SELECT DISTINCT profile_id COLLATE "C" FROM purchase LEFT JOIN article ON id = label JOIN mapping ON record_id = customer WHERE CASE said
    WHEN 'label.keywords contains any of (''k1'')' THEN keywords && '{k1}' WHEN 'label.keywords not contains all of (''k1'', ''all'')' THEN (keywords @> '{k1,all}') IS NOT TRUE WHEN 'label.keywords is empty' THEN keywords IS NULL ELSE cardinality(keywords) = 2 END ORDER BY 1) AS equal
FROM unnest('{label.keywords contains any of (''k1''),"label.keywords not contains all of (''k1'', ''all'')",label.keywords is empty,length of label.keywords = 2}'::text[]) said;
SELECT segments.add_lookup_field('Purchase', 'tags', 'Article');
ALTER TABLE public.purchase ADD COLUMN tags_text text COLLATE "C" GENERATED ALWAYS AS ((tags)[1]::text) STORED;
SELECT segments.add_lookup_field('Purchase', 'tags_text', 'Article');

-- What is told of members and of persons.
SELECT value, members FROM segments.segment_profile('by tag') WHERE field = 'moods' ORDER BY value LIMIT 3;
SELECT count(*) > 0 AS explained FROM segments.explain_member('by tag', 'p1');
SELECT count(*) FROM segments.forgotten('nobody', '{}', '{chess}') WHERE place = 'segments.fragment';
SELECT segments.erase_profile('p28') IS NOT NULL AS erased;
SELECT count(*) FROM segments.forgotten('p28', '{{contact,56},{contact,57}}', '{tags that nobody has,00000000-0000-0000-0000-000000009999}');
UPDATE purchase SET tags = '{"only once"}', ids = '{00000000-0000-0000-0000-00000000beef}' WHERE customer = '63';
CALL segments.refresh();
SELECT DISTINCT place, detail FROM segments.forgotten('nobody', '{}', '{ly onc}') ORDER BY 1, 2;
SELECT DISTINCT place, detail FROM segments.forgotten('nobody', '{}', '{00000000-0000-0000-0000-00000000BEEF}') ORDER BY 1, 2;

-- Large ones.
INSERT INTO purchase (customer, tags, numbers, large) SELECT '70', ARRAY(SELECT 'element ' || i FROM generate_series(1, 1000000) i), ARRAY(SELECT i % 1000 FROM generate_series(1, 2000000) i), ARRAY(SELECT i FROM generate_series(1000000, 1, -1) i);
UPDATE purchase SET size = 5 WHERE customer = '70';
CALL segments.refresh();
SELECT segments.segment_count('Purchase where tags contains all of (''element 1'', ''element 1000000'')'), segments.segment_count('Purchase where length of tags = 1000000'), segments.segment_count('Purchase where length of numbers = 2000000'),
       segments.segment_count('Purchase where large contains all of (1, 500000, 1000000)');
SELECT segments.field_values('Purchase', 'tags');
