"""The report by psycopg2: parameters that the client writes into the text, and cursors on the server."""
import hashlib
import os
import psycopg2


def connect(user):
    connection = psycopg2.connect(user=user)
    connection.set_client_encoding('UTF8')
    return connection


def show(*values):
    print(*values, sep='\t')


def rows(connection, sql, parameters=None):
    with connection, connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def digest(ids):
    return hashlib.md5(','.join(ids).encode()).hexdigest()


def first_column(found):
    return [row[0] for row in found]


analyst = connect('clients_analyst')
for name, members, state in rows(analyst, 'SELECT name, members, state FROM segments.segment_overview ORDER BY name COLLATE "C"'):
    show('overview', name, members, state)
for row in rows(analyst, 'SELECT segment, count(*), count(DISTINCT profile_id) FROM segments.member GROUP BY segment ORDER BY segment COLLATE "C"'):
    show('counts', *row)
for person in 'p00001', 'Ж00007', 'p00002', 'absent':
    show('person', person, len(rows(analyst, 'SELECT segment FROM segments.member WHERE profile_id = %s', (person,))))
page = first_column(rows(analyst, 'SELECT profile_id FROM segments.member WHERE segment = %s ORDER BY profile_id COLLATE "C" LIMIT %s', ('readers', 50)))
show('page', digest(page))
show('next page', digest(first_column(rows(analyst, '''SELECT profile_id FROM segments.member
    WHERE segment = %(segment)s AND profile_id COLLATE "C" > %(last)s ORDER BY profile_id COLLATE "C" LIMIT 50''',
    {'segment': 'readers', 'last': page[-1]}))))
with analyst, analyst.cursor('every_reader') as cursor:
    cursor.itersize = 1000
    cursor.execute('SELECT profile_id FROM segments.member WHERE segment = %s ORDER BY profile_id COLLATE "C"', ('readers',))
    ids = [row[0] for row in cursor]
show('all', len(ids), digest(ids))
show('private', rows(analyst, 'SELECT count(*) FROM segments.member WHERE segment = ANY (%s)', (['private'],))[0][0])
with analyst, analyst.cursor() as cursor:
    cursor.execute('SELECT * FROM segments.member LIMIT 0')
    types = {25: 'text', 1184: 'timestamptz'}
    show('columns', ', '.join(f'{column.name} {types[column.type_code]}' for column in cursor.description))
analyst.close()

marketer = connect('clients_marketer')
show('asked', rows(marketer, 'SELECT segments.segment_count(%s)', ('Opened at least 4 times',))[0][0])
show('asked at', rows(marketer, 'SELECT segments.segment_count(%s, %s)', ('Opened within last 10 days', '2026-03-11 12:00+00'))[0][0])
show('explained', rows(marketer, 'SELECT members FROM segments.segment_explain(%s) WHERE node = 1', ('Clicked',))[0][0])
with marketer.cursor() as cursor:
    cursor.execute('SELECT segments.create_segment(%s, %s)', ('clickers', 'Clicked and not Opened'))
    saved = cursor.fetchone()[0]
    cursor.execute('SELECT count(*) FROM segments.member WHERE segment = %s', ('clickers',))
    show('saved', saved, cursor.fetchone()[0])
    try:
        cursor.execute('SELECT segments.segment_count(%s)', ('Nonsense',))
    except psycopg2.Error as error:
        show('error', error.pgcode)
marketer.rollback()
show('rolled back', rows(marketer, 'SELECT count(*) FROM segments.segment_overview WHERE name = %s', ('clickers',))[0][0])
marketer.close()
