// What Cube makes of a model over segments.member: its compiler writes the SQL, and the analyst runs it.  Prints the report's lines of counts.
import { createRequire } from 'node:module'
import { join } from 'node:path'

const say = console.log
console.log = console.error   // what Cube has to tell
process.env.CUBEJS_TESSERACT_SQL_PLANNER = 'false'
const require = createRequire(join(process.env.CLIENTS_CUBE, 'package.json'))
const { Client } = createRequire(join(process.env.CLIENTS_NODE, 'package.json'))('pg')
// Templates of YAML models are Cube's native part, which comes from elsewhere than npm: this model is JavaScript and needs none.
require('@cubejs-backend/native').NativeInstance.prototype.newJinjaEngine = () => ({})
const { PostgresQuery, prepareCompiler } = require('@cubejs-backend/schema-compiler')

const model = `cube('member', {
  sql_table: 'segments.member',
  measures: { count: { type: 'count' }, people: { sql: 'profile_id', type: 'count_distinct' } },
  dimensions: { segment: { sql: 'segment', type: 'string', primary_key: true, public: true } }
})
cube('overview', {
  sql_table: 'segments.segment_overview',
  measures: { members: { sql: 'members', type: 'sum' } },
  dimensions: { name: { sql: 'name', type: 'string', primary_key: true, public: true }, state: { sql: 'state', type: 'string' } }
})`
const compilers = prepareCompiler({ localPath: () => '.', dataSchemaFiles: async () => [{ fileName: 'model.js', content: model }] }, {})
await compilers.compiler.compile()
const client = new Client({ host: process.env.PGHOST, port: +process.env.PGPORT, database: process.env.PGDATABASE, user: 'clients_analyst' })
await client.connect()
async function load(query) {
  const [text, values] = new PostgresQuery(compilers, { timezone: 'UTC', ...query }).buildSqlAndParams()
  return (await client.query({ text, values, rowMode: 'array' })).rows
}
const byName = (a, b) => Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0]))
const overview = await load({ measures: ['overview.members'], dimensions: ['overview.name', 'overview.state'] })
for (const [name, state, members] of overview.sort(byName)) say(['overview', name, members, state].join('\t'))
const counts = await load({ measures: ['member.count', 'member.people'], dimensions: ['member.segment'] })
for (const row of counts.sort(byName)) say(['counts', ...row].join('\t'))
const hidden = await load({ measures: ['member.count'], filters: [{ member: 'member.segment', operator: 'equals', values: ['private'] }] })
say(['private', hidden[0][0]].join('\t'))
await client.end()
