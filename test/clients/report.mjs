// The report by Node's pg: statements that are prepared under a name, parameters and results as text or in binary, and cursors.
//     node report.mjs text|binary|unnamed        (unnamed: for a pool that does not keep prepared statements)
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(join(process.env.CLIENTS_NODE, 'package.json'))
const { Client } = require('pg')
const Cursor = require('pg-cursor')
const how = process.argv[2]

async function connect(user) {
  const client = new Client({ host: process.env.PGHOST, port: +process.env.PGPORT, database: process.env.PGDATABASE, user, binary: how === 'binary' })
  await client.connect()
  return client
}

// A client of binary results garbles numbers (it takes all bytes for UTF-8), so they are asked for as text; parameters may be anything.
function inBinary(value) {
  if (typeof value === 'string') return Buffer.from(value)
  if (!(value instanceof Date)) return value
  const microseconds = Buffer.alloc(8)
  microseconds.writeBigInt64BE(BigInt(value - Date.UTC(2000)) * 1000n)
  return microseconds
}

// Each statement is prepared once and used again under its name.
const names = new Map()
function rows(client, text, values = []) {
  const query = { text, values: how === 'binary' ? values.map(inBinary) : values, rowMode: 'array' }
  if (how !== 'unnamed') {
    if (!names.has(text)) names.set(text, `statement ${names.size}`)
    query.name = names.get(text)
  }
  return client.query(query).then(result => result.rows)
}

const show = (...values) => console.log(values.join('\t'))
const digest = ids => createHash('md5').update(ids.join(',')).digest('hex')
const first = found => found.map(row => row[0])

const analyst = await connect('clients_analyst')
for (const row of await rows(analyst, 'SELECT name, members::text, state FROM segments.segment_overview ORDER BY name COLLATE "C"')) show('overview', ...row)
for (const row of await rows(analyst, 'SELECT segment, count(*)::text, count(DISTINCT profile_id)::text FROM segments.member GROUP BY segment ORDER BY segment COLLATE "C"')) show('counts', ...row)
for (const person of ['p00001', 'Ж00007', 'p00002', 'absent']) {
  show('person', person, (await rows(analyst, 'SELECT segment FROM segments.member WHERE profile_id = $1', [person])).length)
}
const page = first(await rows(analyst, 'SELECT profile_id FROM segments.member WHERE segment = $1 ORDER BY profile_id COLLATE "C" LIMIT $2', ['readers', 50]))
show('page', digest(page))
show('next page', digest(first(await rows(analyst, 'SELECT profile_id FROM segments.member WHERE segment = $1 AND profile_id COLLATE "C" > $2 ORDER BY profile_id COLLATE "C" LIMIT 50', ['readers', page.at(-1)]))))

const cursor = analyst.query(new Cursor('SELECT profile_id FROM segments.member WHERE segment = $1 ORDER BY profile_id COLLATE "C"', ['readers'], { rowMode: 'array' }))
const ids = []
for (let batch; (batch = await cursor.read(1000)).length > 0;) ids.push(...first(batch))
await cursor.close()
show('all', ids.length, digest(ids))
show('private', ...(await rows(analyst, 'SELECT count(*)::text FROM segments.member WHERE segment = ANY ($1)', [['private']]))[0])
const types = { 25: 'text', 1184: 'timestamptz' }
const { fields } = await analyst.query('SELECT * FROM segments.member LIMIT 0')
show('columns', fields.map(field => `${field.name} ${types[field.dataTypeID]}`).join(', '))
await analyst.end()

const marketer = await connect('clients_marketer')
show('asked', ...(await rows(marketer, 'SELECT segments.segment_count($1)::text', ['Opened at least 4 times']))[0])
show('asked at', ...(await rows(marketer, 'SELECT segments.segment_count($1, $2)::text', ['Opened within last 10 days', new Date('2026-03-11T12:00:00Z')]))[0])
show('explained', ...(await rows(marketer, 'SELECT members::text FROM segments.segment_explain($1) WHERE node = 1', ['Clicked']))[0])
await marketer.query('BEGIN')
const [[saved]] = await rows(marketer, 'SELECT segments.create_segment($1, $2)::text', ['clickers', 'Clicked and not Opened'])
show('saved', saved, ...(await rows(marketer, 'SELECT count(*)::text FROM segments.member WHERE segment = $1', ['clickers']))[0])
try {
  await rows(marketer, 'SELECT segments.segment_count($1) AS failing', ['Nonsense'])
} catch (error) {
  show('error', error.code)
}
await marketer.query('ROLLBACK')
show('rolled back', ...(await rows(marketer, 'SELECT count(*)::text FROM segments.segment_overview WHERE name = $1', ['clickers']))[0])
await marketer.end()
