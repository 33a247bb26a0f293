// The largest interaction types, linked and unlinked.
import * as Plot from '@observablehq/plot'
import { figure, nothing, table } from './figure.js'
import { compact, cut, number, percent } from './format.js'

const kRow = 40

function chart(types, width) {
  const most = Math.max(1, ...types.map(type => type.total))
  const data = types.map((type, i) => ({ ...type, i }))
  const bar = { y1: type => type.i + 0.5, y2: type => type.i + 0.82, rx: 3 }
  const svg = Plot.plot({
    width, height: types.length * kRow + 4, margin: 0, style: { background: 'none', color: 'var(--ink)', fontFamily: 'inherit', fontSize: '13px' },
    x: { axis: null, domain: [0, most] }, y: { axis: null, domain: [0, types.length], type: 'linear', range: [0, types.length * kRow] },
    marks: [
      Plot.rect(data, { x1: 'linked', x2: 'total', ...bar, fill: 'var(--out)' }),
      Plot.rect(data, { x1: 0, x2: 'linked', ...bar, fill: 'var(--accent)' }),
      Plot.text(data, { x: 0, y: type => type.i + 0.28, textAnchor: 'start', text: type => cut(type.display_name, Math.floor(width / 7) - 12) }),
      Plot.text(data, { x: most, y: type => type.i + 0.28, textAnchor: 'end', fontWeight: 600, fontVariant: 'tabular-nums', text: type => compact(type.total) })
    ]
  })
  return {
    svg, points: data.map(type => ({
      x: svg.scale('x').apply(type.linked), y: svg.scale('y').apply(type.i + 0.66),
      text: `${type.display_name}\n${number(type.total)} interactions\n${number(type.unlinked)} of records without a profile (${percent(type.unlinked / (type.total || 1))})${type.waiting ? `\n${number(type.waiting)} written since the last refresh` : ''}`
    }))
  }
}

export function types(host, all, waiting) {
  if (all.length === 0) return nothing(host, 'No type holds data yet.')
  const written = new Map(waiting.map(type => [type.name, type.rows]))
  const shown = all.map(type => ({ ...type, waiting: written.get(type.name) ?? 0 }))
  figure(host, 'Largest interaction types', width => chart(shown.slice(0, 12), width),
    table('types', [['Type', type => type.display_name], ['Group', type => type.group_name ?? ''], ['Linked', type => type.linked, true], ['Unlinked', type => type.unlinked, true], ['Waiting', type => type.waiting, true]], shown))
}
