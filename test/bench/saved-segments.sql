-- Saves `count` segments of five kinds over the loaded data.
SELECT segments.create_segment('bench ' || i, format(
    CASE i % 5
    WHEN 0 THEN 'Opened since ''2025-%s-%s'' at least %s times'
    WHEN 1 THEN 'Opened where email = %3$s since ''2025-%1$s-%2$s'''
    WHEN 2 THEN 'Delivered since ''2025-%s-%s'' and not Opened since ''2025-%1$s-%2$s'' at least %s times'
    WHEN 3 THEN 'Opened where (client = %3$s and country = ''de'') since ''2025-%1$s-%2$s'''
    ELSE 'Opened since ''2025-%s-%s'' exactly %s times or Delivered never' END,
    10 + i / 5 % 3, lpad((1 + i / 15 % 28)::text, 2, '0'), 1 + i / 7 % 9)::segments.definition, false)
FROM generate_series(1, :count) AS i;
