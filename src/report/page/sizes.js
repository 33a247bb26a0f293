// Sizes over time: one small chart for each segment; and one large, with who entered and who left.
import * as Plot from '@observablehq/plot'
import { element, figure, nothing, table } from './figure.js'
import { number, signed, tick, time } from './format.js'

const style = { background: 'none', color: 'var(--soft)', fontFamily: 'inherit', fontSize: '12px' }
// A little room above and below, and never a flat line on the frame.
function domain(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = (high - low) * 0.12 || Math.max(1, high * 0.05)
  return [Math.max(0, low - room), high + room]
}
const pointsOf = (plot, history, text) => history.map(run => ({ x: plot.scale('x').apply(run.at), y: plot.scale('y').apply(run.members), text: text(run) }))
const told = run => `${time(run.at)}\n${number(run.members)} members\n${signed(run.entered)} entered, ${signed(-run.left)} left`

function smallChart(history, width) {
  const svg = Plot.plot({
    width, height: 64, margin: 8, style, x: { axis: null, type: 'time' }, y: { axis: null, domain: domain(history.map(run => run.members)) },
    marks: [
      Plot.lineY(history, { x: 'at', y: 'members', stroke: 'var(--accent)', strokeWidth: 2, curve: 'step-after' }),
      Plot.dot(history.slice(-1), { x: 'at', y: 'members', r: 4, fill: 'var(--accent)' })
    ]
  })
  return { svg, points: pointsOf(svg, history, told) }
}

export function sizes(host, segments, choose) {
  host.replaceChildren(...segments.map(({ segment, history }) => {
    const chart = element('figure')
    const last = history.at(-1)
    const change = history.length > 1 ? last.members - history.at(-2).members : null
    const card = element('div', { class: 'small' },
      element('button', { type: 'button', title: `${segment.name}: look closer`, onclick: () => choose(segment.name) }, segment.name),
      element('span', { class: 'now' }, number(segment.members)),
      change == null ? null : element('span', { class: `change ${change > 0 ? 'good' : change < 0 ? 'bad' : ''}`, title: 'since the run before' }, signed(change)), chart)
    queueMicrotask(() => figure(chart, `Size of ${segment.name} over time`, width => smallChart(history, width)))
    return card
  }))
}

export function sizesTable(segments) {
  return table('sizes', [['Segment', row => row.segment], ['At', row => time(row.at)], ['Members', row => row.members, true], ['Entered', row => row.entered, true], ['Left', row => row.left, true]],
    segments.flatMap(({ segment, history }) => history.map(run => ({ segment: segment.name, ...run }))))
}

// Above: members. Below: bars of who entered upwards, and of who left downwards.
function largeChart(history, width) {
  const options = { width, marginLeft: 48, marginRight: 16, style }
  const x = { type: 'time', label: null, ticks: Math.max(2, Math.floor(width / 130)), inset: 8 }
  const upper = Plot.plot({
    ...options, height: 190, marginBottom: 24, x, y: { domain: domain(history.map(run => run.members)), label: null, tickFormat: tick, ticks: 5, grid: true, nice: true },
    marks: [
      Plot.lineY(history, { x: 'at', y: 'members', stroke: 'var(--accent)', strokeWidth: 2.5, curve: 'step-after' }),
      Plot.dot(history, { x: 'at', y: 'members', r: history.length > 60 ? 0 : 3.5, fill: 'var(--accent)' })
    ]
  })
  // The first run's members have not entered anything: there was nothing before.
  const changes = history.slice(1)
  const lower = Plot.plot({
    ...options, height: 120, marginTop: 16, marginBottom: 8, x: { ...x, axis: null, domain: upper.scale('x').domain }, y: { label: null, tickFormat: value => tick(Math.abs(value)), ticks: 4, grid: true },
    marks: [
      Plot.ruleX(changes, { x: 'at', y1: 0, y2: 'entered', stroke: 'var(--in)', strokeWidth: Math.max(1.5, Math.min(14, 0.5 * width / history.length)) }),
      Plot.ruleX(changes, { x: 'at', y1: 0, y2: run => -run.left, stroke: 'var(--out)', strokeWidth: Math.max(1.5, Math.min(14, 0.5 * width / history.length)) }),
      Plot.ruleY([0], { stroke: 'currentColor' }),
      Plot.text(['entered'], { frameAnchor: 'top-right', fill: 'var(--in)', fontWeight: 600, dy: -14 }),
      Plot.text(['left'], { frameAnchor: 'bottom-right', fill: 'var(--out)', fontWeight: 600, dy: 6 })
    ]
  })
  return { svg: stack(upper, lower), points: pointsOf(upper, history, told) }
}

function stack(upper, lower) {
  const height = +upper.getAttribute('height') + +lower.getAttribute('height')
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  for (const [key, value] of [['viewBox', `0 0 ${upper.getAttribute('width')} ${height}`], ['width', upper.getAttribute('width')], ['height', height]]) svg.setAttribute(key, value)
  lower.setAttribute('y', upper.getAttribute('height'))
  svg.append(upper, lower)
  return svg
}

export function members(host, name, history) {
  if (history.length === 0) return nothing(host, 'No run of it is on record yet.')
  figure(host, `Members of ${name} over time`, width => largeChart(history, width),
    table('members', [['At', run => time(run.at)], ['Members', run => run.members, true], ['Entered', run => run.entered, true], ['Left', run => run.left, true]], history.toReversed()))
}
