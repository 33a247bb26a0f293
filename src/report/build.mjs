// Writes the page:  node build.mjs PACKAGES DATA OUT
// PACKAGES: folder whose node_modules have the chart library and the bundler; DATA: what data.sql printed; DATA.errors: what went wrong.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [packages, dataFile, out] = process.argv.slice(2)
const here = dirname(fileURLToPath(import.meta.url))
const esbuild = createRequire(join(packages, 'package.json'))('esbuild')

function readData() {
  const data = { trees: {}, attrition: {}, errors: [] }
  for (const line of readFileSync(dataFile, 'utf8').split('\n').filter(line => line)) {
    const tab = line.indexOf('\t')
    const section = line.slice(0, tab)
    const value = JSON.parse(line.slice(tab + 1))
    if (section === 'tree') data.trees[value.segment] = value.nodes
    else if (section === 'attrition') data.attrition[value.segment] = value.left
    else data[section] = value
  }
  data.errors = readFileSync(`${dataFile}.errors`, 'utf8').split('\n').flatMap(line => line.match(/^psql:.*:\d+: [^ :]+: +(.*)/)?.[1] ?? [])
  return data
}

const data = readData()
if (!data.about || !data.status) throw new Error(data.errors[0] ?? 'the database told nothing')
const { outputFiles: [script] } = esbuild.buildSync({
  entryPoints: [join(here, 'page/main.js')], bundle: true, minify: true, write: false, format: 'iife', charset: 'utf8', legalComments: 'inline', nodePaths: [join(packages, 'node_modules')]
})
const code = script.text.replaceAll('</script', '<\\/script')
const style = readFileSync(join(here, 'page/page.css'), 'utf8')
// Nothing of the data can end the element it stands in, and nothing but this script is run.
const json = JSON.stringify(data).replaceAll('<', '\\u003c')
const hash = createHash('sha256').update(code).digest('base64')
const page = readFileSync(join(here, 'page/page.html'), 'utf8')
writeFileSync(out, page.replace(/<!--(policy|style|data|script)-->/g, (_, part) => ({
  policy: `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'">`,
  style: `<style>\n${style}</style>`, data: `<script type="application/json" id="data">${json}</script>`, script: `<script>${code}</script>`
})[part]))
