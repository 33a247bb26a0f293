// DuckDB's side of the benchmark: loads the same files, asks the same questions.
// node duckdb.mjs FOLDER QUESTIONS  →  one line a question:  name|answer|milliseconds (best of three)
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, questions] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(`${folder}/`)('@duckdb/node-api');
const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
const columns = {
  opened: "{customer: 'BIGINT', occurred_at: 'TIMESTAMPTZ', email: 'INTEGER', client: 'SMALLINT', country: 'VARCHAR', journey: 'VARCHAR'}",
  delivered: "{customer: 'BIGINT', occurred_at: 'TIMESTAMPTZ'}",
  mapping: "{record_id: 'BIGINT', profile_id: 'BIGINT'}",
};
await connection.run('CREATE SCHEMA bench');
for (const [table, types] of Object.entries(columns)) {
  await connection.run(`CREATE TABLE bench.${table} AS SELECT * FROM read_csv('${folder}/${table}.csv', header = false, columns = ${types})`);
}
for (const line of readFileSync(questions, 'utf8').split('\n')) {
  if (!line || line.startsWith('#')) continue;
  const [name, , sql] = line.split(' | ');
  let best = Infinity;
  let answer;
  for (let run = 0; run < 3; ++run) {
    const started = process.hrtime.bigint();
    answer = (await connection.runAndReadAll(sql)).getRows()[0][0];
    best = Math.min(best, Number(process.hrtime.bigint() - started) / 1e6);
  }
  console.log(`${name}|${answer}|${best.toFixed(1)}`);
}
