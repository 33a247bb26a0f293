// Opens the report in headless Chromium: it renders, complains of nothing, asks nobody outside, and its figures are SQL's.
//     node check.mjs CHROMIUM PAGE FOLDER       (screenshots come into FOLDER)
import { spawnSync } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { Browser } from './browser.mjs'

const [program, page, folder] = process.argv.slice(2)
const reporter = join(dirname(fileURLToPath(import.meta.url)), '../../src/report/run')
let failed = 0

function check(name, actual, expected = true) {
  const isRight = isDeepStrictEqual(actual, expected)
  console.log(`${isRight ? 'ok     ' : 'not ok '} ${name}${isRight ? '' : `\n        ${JSON.stringify(actual)}\n  not   ${JSON.stringify(expected)}`}`)
  appendFileSync(process.env.SEGMENTS_RESULTS, `${isRight ? 'passed' : 'failed'} report: ${name}\n`)
  if (!isRight) failed = 1
}

function sql(query) {
  const { stdout, stderr, status } = spawnSync('psql', ['--no-psqlrc', '-At', '-c', `SELECT coalesce(jsonb_agg(to_jsonb(q)), '[]') FROM (${query}) q`], { encoding: 'utf8' })
  if (status) throw new Error(stderr)
  return JSON.parse(stdout).map(Object.values)
}

const looks = {
  desktop: { width: 1280 }, 'desktop-dark': { width: 1280, scheme: 'dark' }, phone: { width: 390, mobile: true }, 'phone-dark': { width: 390, mobile: true, scheme: 'dark' },
  print: { width: 720, media: 'print' }
}
const luminance = `(colour => { const [r, g, b] = colour.match(/[0-9.]+/g).map(Number); return (r + g + b) / 765 })(getComputedStyle(document.body).backgroundColor)`
// Cells of a table of figures; numbers come without separators.
const figures = name => `[...document.querySelectorAll('table[data-figures=${name}] tbody tr')].map(row => [...row.cells].map(cell => cell.classList.contains('number') && /^[0-9]+$/.test(cell.textContent) ? +cell.textContent : cell.textContent))`

async function appearance(browser) {
  for (const [name, look] of Object.entries(looks)) {
    await browser.look(look)
    writeFileSync(join(folder, `${name}.png`), await browser.screenshot())
    check(`${name}: nothing is wider than the page`, await browser.evaluate('document.documentElement.scrollWidth <= innerWidth'))
    check(`${name}: every chart is drawn`, await browser.evaluate(`[...document.querySelectorAll('.chart')].filter(chart => !(chart.querySelector('svg')?.getBoundingClientRect().height > 40)).length`), 0)
    check(`${name}: light or dark as asked`, await browser.evaluate(luminance) > 0.5, look.scheme !== 'dark')
  }
  const pdf = await browser.print()
  writeFileSync(join(folder, 'report.pdf'), pdf)
  check('it prints', pdf.length > 20000 && pdf.subarray(0, 5).toString() === '%PDF-')
  await browser.look(looks.desktop)
}

async function figuresAreThoseOfSql(browser) {
  const charts = await browser.evaluate(`[...document.querySelectorAll('.chart')].map(chart => chart.getAttribute('aria-label'))`)
  check('types', (await browser.evaluate(figures('types'))).map(row => [row[0], row[2], row[3], row[4]]), sql(`
    SELECT name AS a, linked AS b, unlinked AS c, waiting AS d FROM (
      SELECT 'E-mail opened </script><b>' AS name, count(customer) AS linked, count(*) - count(customer) AS unlinked, 25 AS waiting
      FROM shop.opened LEFT JOIN shop.person USING (contact) WHERE mail <> 'waiting'
      UNION ALL SELECT 'Clicked', count(customer), count(*) - count(customer), 0 FROM shop.clicked LEFT JOIN shop.person USING (contact)) t ORDER BY linked + unlinked DESC`))
  const overview = sql('SELECT name AS a, members AS b FROM segments.segment_overview ORDER BY members DESC, name COLLATE "C"')
  check('segments to choose from', await browser.evaluate(`[...document.getElementById('choice').options].map(option => option.text)`), overview.map(row => row[0]))
  check('refreshes', (await browser.evaluate(figures('refreshes'))).map(row => [row[0], row[1], row[4], row[5]]),
    sql('SELECT DISTINCT refresh_id AS a, state AS b, rows_added AS c, rows_removed AS d FROM segments.refresh_log ORDER BY refresh_id DESC'))
  check('clickers by plain SQL', overview.find(row => row[0] === 'clickers')[1], sql('SELECT count(DISTINCT customer) FROM shop.clicked JOIN shop.person USING (contact)')[0][0])
  for (const [name, count] of overview) {
    await browser.evaluate(`{ const choice = document.getElementById('choice'); choice.value = ${JSON.stringify(name)}; choice.dispatchEvent(new Event('change')) }`)
    const rows = await browser.evaluate(figures('attrition'))
    check(`attrition of ${name.slice(0, 20)}: everybody, and the members at the end`, [rows[0].slice(0, 2), rows.filter(row => row[2] !== '').at(-1)[1]],
      [['everybody', sql('SELECT count(DISTINCT customer) FROM shop.person')[0][0]], count])
  }
  await browser.evaluate(`{ const choice = document.getElementById('choice'); choice.value = 'readers'; choice.dispatchEvent(new Event('change')) }`)
  const opened = `SELECT customer FROM shop.opened JOIN shop.person USING (contact) WHERE mail <> 'waiting' AND opened_at BETWEEN as_of - interval '60 days' AND as_of GROUP BY customer HAVING count(*) >= 2`
  check('attrition, step by step', (await browser.evaluate(figures('attrition'))).filter(row => row[2] !== '').map(row => row[1]), sql(`
    SELECT (SELECT count(DISTINCT customer) FROM shop.person) AS a, (SELECT count(*) FROM (${opened}) q) AS b, members AS c FROM segments.segment_overview WHERE name = 'readers'`)[0])
  return { charts, overview }
}

async function historyIsThatOfSql(browser) {
  check('sizes over time', (await browser.evaluate(figures('sizes'))).map(row => [row[0], row[2], row[3], row[4]]), sql(`
    SELECT segment AS a, h.members AS b, entered AS c, "left" AS d FROM segments.size_history h JOIN segments.segment_overview o ON o.name = h.segment
    ORDER BY o.members DESC, o.name COLLATE "C", at`))
  check('the last size is what member holds', (await browser.evaluate(figures('sizes'))).filter((row, i, rows) => rows[i + 1]?.[0] !== row[0]).map(row => [row[0], row[2]]), sql(`
    SELECT segment AS a, count(*) AS b FROM segments.member GROUP BY segment ORDER BY 2 DESC, segment COLLATE "C"`))
}

async function overlapIsThatOfSql(browser) {
  check('overlap', (await browser.evaluate(figures('overlap'))).map(row => [...row.slice(0, 3), parseFloat(row[3]), +row[4]]), sql(`
    WITH o AS (SELECT name, members, row_number() OVER (ORDER BY members DESC, name COLLATE "C") AS place FROM segments.segment_overview WHERE members > 0)
    SELECT a.name AS a, b.name AS b, both_of AS c, round(100.0 * both_of / a.members, CASE WHEN both_of > 0 AND both_of < 0.1 * a.members THEN 1 ELSE 0 END) AS d,
           round(both_of::numeric / (a.members + b.members - both_of), 4) AS e
    FROM o a CROSS JOIN o b CROSS JOIN LATERAL (
        SELECT count(*) FROM segments.member x JOIN segments.member y USING (profile_id) WHERE x.segment = a.name AND y.segment = b.name) both_in (both_of)
    ORDER BY a.place, b.place`))
}

async function keyboard(browser) {
  await browser.evaluate(`document.querySelector('#types .chart').focus()`)
  await browser.press('End')
  check('arrow keys show the figures', await browser.evaluate(`document.querySelector('#types .tip').textContent.split('\\n')[0]`), 'Clicked')
  await browser.press('ArrowLeft')
  check('one by one, spoken too', await browser.evaluate(`document.querySelector('#types [aria-live]').textContent.split('\\n')[0]`), 'E-mail opened </script><b>')
  await browser.evaluate('document.activeElement.blur()')
  check('everything is reached by the tab key', await browser.evaluate(`[...document.querySelectorAll('.chart, select, button, summary')].every(part => part.tabIndex === 0)`))
  await browser.press('Tab')
  check('what has the focus is seen', await browser.evaluate(`document.activeElement !== document.body && getComputedStyle(document.activeElement).outlineStyle`), 'solid')
}

// Another database, or another reader: the page is whole, too.
async function others() {
  for (const [name, environment, expected] of [
    ['of a database where nothing was refreshed', { PGDATABASE: 'nothing_yet' }, 'never refreshed'], ['for a reader without rights', { PGUSER: 'report_stranger' }, 'successful']]) {
    const browser = new Browser(program)
    try {
      const out = join(folder, 'other.html')
      const { stderr, status } = spawnSync(reporter, [out], { env: { ...process.env, ...environment }, encoding: 'utf8' })
      if (status) { check(`a page ${name} is written`, stderr, ''); continue }
      await browser.open(pathToFileURL(out).href)
      await browser.look(looks.phone)
      check(`a page ${name}`, [await browser.evaluate(`document.querySelector('[data-tile="Last refresh"]').firstChild.textContent`), await browser.evaluate(figures('attrition')), browser.complaints()], [expected, [], []])
    } finally { await browser.close() }
  }
}

const browser = new Browser(program)
try {
  await browser.open(pathToFileURL(page).href)
  await appearance(browser)
  await figuresAreThoseOfSql(browser)
  await historyIsThatOfSql(browser)
  await overlapIsThatOfSql(browser)
  await keyboard(browser)
  check('names are text, not markup', await browser.evaluate(`document.querySelectorAll('img, main b').length`), 0)
  check('nothing to complain of, nothing asked of others', browser.complaints(), [])
} catch (error) {
  check('the page can be looked at', error.stack, '')
} finally {
  await browser.close()
}
spawnSync('psql', ['--no-psqlrc', '-q', '-d', 'nothing_yet', '-c', 'CREATE EXTENSION segments'])
await others()
process.exitCode = failed
