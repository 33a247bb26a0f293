// Who is in two segments at once: a matrix of the largest segments.
import * as Plot from '@observablehq/plot'
import { figure, nothing, table } from './figure.js'
import { cut, number, percent } from './format.js'

// Both directions of each pair: { row, column, both, share (of the row), jaccard }.
export function cellsOf(names, members, pairs) {
  const cells = names.map(name => ({ row: name, column: name, both: members.get(name), share: 1, jaccard: 1 }))
  for (const pair of pairs) {
    if (pair.a === pair.b || !members.has(pair.a) || !members.has(pair.b)) continue
    cells.push({ row: pair.a, column: pair.b, both: pair.intersection, share: pair.a_in_b, jaccard: pair.jaccard })
    cells.push({ row: pair.b, column: pair.a, both: pair.intersection, share: pair.b_in_a, jaccard: pair.jaccard })
  }
  const place = new Map(names.map((name, i) => [name, i]))
  return cells.sort((a, b) => place.get(a.row) - place.get(b.row) || place.get(a.column) - place.get(b.column))
}

function chart(names, cells, measure, width) {
  const place = new Map(names.map((name, i) => [name, i + 1]))
  const labels = Math.min(170, Math.floor(width * 0.36))
  const side = Math.min(56, (width - labels) / names.length)
  const letters = Math.floor((labels - 30) / 7)
  const shade = cell => `color-mix(in oklab, var(--accent) ${Math.round(8 + 92 * (cell[measure] ?? 0))}%, var(--card))`
  const isFaint = cell => (cell[measure] ?? 0) < 0.6
  const figures = side >= 34 ? [
    Plot.text(cells.filter(isFaint), { x: 'column', y: 'row', text: cell => percent(cell[measure]).replace(' ', '\u2009'), fill: 'var(--ink)' }),
    Plot.text(cells.filter(cell => !isFaint(cell)), { x: 'column', y: 'row', text: cell => percent(cell[measure]).replace(' ', '\u2009'), fill: 'var(--on-accent)' })
  ] : []
  const svg = Plot.plot({
    width, height: side * names.length + 26, marginLeft: labels, marginTop: 22, marginBottom: 4, marginRight: Math.max(0, width - labels - side * names.length),
    style: { background: 'none', color: 'var(--ink)', fontFamily: 'inherit', fontSize: side >= 44 ? '13px' : '11px' },
    x: { domain: names, axis: 'top', tickFormat: name => place.get(name), tickSize: 0, label: null, padding: 0.04 },
    y: { domain: names, tickFormat: name => `${cut(name, letters)}  ${place.get(name)}`, tickSize: 0, label: null, padding: 0.04 },
    marks: [Plot.cell(cells, { x: 'column', y: 'row', fill: { value: shade, scale: null }, rx: 4 }), ...figures]
  })
  const middle = (scale, value) => svg.scale(scale).apply(value) + svg.scale(scale).bandwidth / 2
  const points = cells.map(cell => ({
    x: middle('x', cell.column), y: middle('y', cell.row),
    text: cell.row === cell.column ? `${cell.row}\n${number(cell.both)} members`
      : `${cell.row} and ${cell.column}\n${number(cell.both)} in both\n${percent(cell.share)} of ${cell.row}, Jaccard ${cell.jaccard?.toFixed(3) ?? '–'}`
  }))
  return { svg, points, step: names.length }
}

export function overlap(host, segments, pairs, measure) {
  const known = new Set(pairs.flatMap(pair => [pair.a, pair.b]))
  const names = segments.filter(segment => known.has(segment.name)).map(segment => segment.name)
  if (names.length < 2) return nothing(host, 'There are no two segments with members.')
  const members = new Map()
  for (const pair of pairs) members.set(pair.a, pair.a_members).set(pair.b, pair.b_members)
  const cells = cellsOf(names, members, pairs)
  figure(host, 'Overlap of segments', width => chart(names, cells, measure, width),
    table('overlap', [['Segment', cell => cell.row], ['with', cell => cell.column], ['In both', cell => cell.both, true], ['Share of the first', cell => percent(cell.share), true], ['Jaccard', cell => cell.jaccard?.toFixed(4) ?? '–', true]], cells))
}
