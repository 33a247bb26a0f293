// The last refreshes: how long each took, and how it ended.
import * as Plot from '@observablehq/plot'
import { figure, nothing, table } from './figure.js'
import { number, span, time } from './format.js'

const colours = { successful: 'var(--accent)', refreshing: 'var(--warn)', failed: 'var(--bad)', cancelled: 'var(--warn)', skipped: 'var(--line)' }
const colour = run => colours[run.state] ?? 'var(--soft)'

function chart(runs, width) {
  const ids = runs.map(run => run.refresh_id)
  const every = Math.ceil(runs.length / Math.max(1, Math.floor(width / 60)))
  const svg = Plot.plot({
    width, height: 190, marginLeft: 52, marginRight: Math.max(8, width - 60 - 56 * runs.length), marginBottom: 26, style: { background: 'none', color: 'var(--soft)', fontFamily: 'inherit', fontSize: '12px' },
    x: { type: 'band', domain: ids, label: null, tickSize: 0, padding: 0.25, tickFormat: id => ids.indexOf(id) % every ? '' : `#${id}` },
    y: { label: null, tickFormat: span, ticks: 4, grid: true, zero: true },
    marks: [
      Plot.barY(runs, { x: 'refresh_id', y: run => run.seconds ?? 0, fill: { value: colour, scale: null }, rx: 3 }),
      Plot.ruleY([0], { stroke: 'var(--line)' })
    ]
  })
  const x = svg.scale('x')
  return {
    svg, points: runs.map(run => ({
      x: x.apply(run.refresh_id) + x.bandwidth / 2, y: svg.scale('y').apply(run.seconds ?? 0),
      text: `#${run.refresh_id}, ${run.state}${run.is_published ? ' (published)' : ''}, ${run.triggered_by ?? ''}\n${time(run.started_at)}, took ${span(run.seconds)}\n${number(run.rows_added)} rows added, ${number(run.rows_removed)} removed\n${number(run.segments_run)} segments${run.reason ? `\n${run.reason}` : ''}`
    }))
  }
}

export function refreshes(host, runs) {
  if (!runs?.length) return nothing(host, 'No refresh is on record, or their log is not yours to read.')
  figure(host, 'Refreshes', width => chart(runs, width),
    table('refreshes', [['Refresh', run => run.refresh_id, true], ['State', run => run.state], ['Started', run => time(run.started_at)], ['Took', run => span(run.seconds), true], ['Rows added', run => run.rows_added, true], ['Removed', run => run.rows_removed, true], ['Segments', run => run.segments_run, true]], runs.toReversed()))
}
