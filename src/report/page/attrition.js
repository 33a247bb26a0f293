// A definition as a tree: who is left after each of its conditions; below a condition that has parts, how many each part holds by itself.
import * as Plot from '@observablehq/plot'
import { figure, nothing, table } from './figure.js'
import { cut, number, percent } from './format.js'

const kRow = 46

// Rows from top to bottom: { text, depth, members, before (of a step) }.
export function rowsOf(nodes, left) {
  const root = nodes[0]
  const steps = nodes.filter(node => node.parent === root.node)
  // Attrition is that of a conjunction: what all conditions leave is the whole.
  const isConjunction = left?.length === steps.length + 1 && left.at(-1) === root.members && steps.length > 0
  const everybody = left?.[0]
  const rows = everybody == null ? [] : [{ text: 'everybody', depth: 0, members: everybody, before: everybody }]
  if (!isConjunction) {
    return [...rows, ...nodes.map(node => ({ text: node.text, depth: node.depth, members: node.members, before: node === root ? everybody : null, note: node.note }))]
  }
  const below = node => nodes.filter(child => child.parent === node.node).flatMap(child => [{ text: child.text, depth: child.depth, members: child.members, note: child.note }, ...below(child)])
  steps.forEach((step, i) => rows.push({ text: `${i ? 'and ' : ''}${step.text}`, depth: 0, members: left[i + 1], before: left[i], note: step.note }, ...below(step)))
  return rows
}

function said(row) {
  if (row.before == null) return `${row.text}\n${number(row.members)} profiles by itself${row.note ? `\n${row.note}` : ''}`
  const lost = row.before - row.members
  return `${row.text}\n${number(row.members)} left${lost ? `, ${number(lost)} fewer (${percent(lost / row.before)})` : ''}${row.note ? `\n${row.note}` : ''}`
}

function chart(rows, width) {
  const most = Math.max(1, ...rows.map(row => row.before ?? row.members))
  const data = rows.map((row, i) => ({ ...row, i }))
  const indent = row => 16 * row.depth
  const letters = Math.floor((width - 64) / 6.8)
  const svg = Plot.plot({
    width, height: rows.length * kRow + 8, marginTop: 4, marginBottom: 4, marginLeft: 0, marginRight: 0,
    style: { background: 'none', color: 'var(--ink)', fontFamily: 'inherit', fontSize: '13px' },
    x: { axis: null, domain: [0, most] }, y: { axis: null, type: 'linear', domain: [0, rows.length], range: [4, rows.length * kRow + 4] },
    marks: [
      Plot.rect(data.filter(row => row.before != null), { x1: 'members', x2: 'before', y1: row => row.i + 0.55, y2: row => row.i + 0.85, fill: 'var(--accent-soft)', rx: 3 }),
      Plot.rect(data, { x1: 0, x2: 'members', y1: row => row.i + (row.before == null ? 0.62 : 0.55), y2: row => row.i + (row.before == null ? 0.78 : 0.85), fill: 'var(--accent)', fillOpacity: row => row.before == null ? 0.45 : 1, rx: 3 }),
      ...data.flatMap(row => [
        Plot.text([row], { x: 0, y: row.i + 0.32, dx: indent(row), textAnchor: 'start', text: () => cut(row.depth ? `· ${row.text}` : row.text, letters - 2 * row.depth), fill: row.before == null ? 'var(--soft)' : 'var(--ink)' }),
        Plot.text([row], { x: most, y: row.i + 0.32, textAnchor: 'end', text: () => number(row.members), fontWeight: row.before == null ? 400 : 600, fontVariant: 'tabular-nums', fill: row.before == null ? 'var(--soft)' : 'var(--ink)' })
      ])
    ]
  })
  return { svg, points: data.map(row => ({ x: svg.scale('x').apply(row.members), y: svg.scale('y').apply(row.i + 0.7), text: said(row) })) }
}

export function attrition(host, name, nodes, left) {
  if (!nodes?.length) return nothing(host, 'Its definition is not yours to see, or it was not explained.')
  const rows = rowsOf(nodes, left)
  figure(host, `Attrition of ${name}`, width => chart(rows, width),
    table('attrition', [['Condition', row => `${'  '.repeat(row.depth)}${row.text}`], ['Left, or by itself', row => row.members, true], ['Fewer', row => row.before == null ? '' : row.before - row.members, true]], rows))
}
