// What holds now: the published state, its lag, what comes next, and what needs a look.
import { element } from './figure.js'
import { number, span, time } from './format.js'

const tile = (title, value, more, kind) => element('div', { class: 'tile' },
  element('dl', {}, element('dt', {}, title), element('dd', { class: kind, 'data-tile': title }, value, more ? element('small', {}, more) : null)))
const kinds = { successful: 'good', failed: 'bad', cancelled: 'warn', refreshing: 'warn', 'never refreshed': 'warn' }

export function status(host, { status, schedule, segments, types, waiting }) {
  const linked = types.reduce((sum, type) => sum + type.linked, 0)
  const unlinked = types.reduce((sum, type) => sum + type.unlinked, 0)
  const written = waiting.reduce((sum, type) => sum + type.rows, 0) + status.waiting_changes
  const poor = segments.filter(segment => !['successful', 'never run'].includes(segment.state))
  host.replaceChildren(
    tile('Last refresh', status.state, status.seconds == null ? null : `took ${span(status.seconds)}, ${status.triggered_by ?? ''}`, kinds[status.state]),
    tile('Lag', span(status.lag_seconds), status.data_through ? `data through ${time(status.data_through)}` : 'nothing is published'),
    tile('Waiting', number(written), 'rows written since'),
    tile('Next refresh', schedule?.next_run ? time(schedule.next_run) : 'by hand', schedule?.schedule ?? 'no schedule'),
    tile('Segments', number(segments.length), poor.length ? `${poor.length} need a look: ${poor.slice(0, 3).map(segment => `${segment.name} (${segment.state})`).join(', ')}` : 'all as they should be', poor.length ? 'warn' : null),
    tile('Interactions', number(linked), unlinked ? `and ${number(unlinked)} without a profile` : 'all linked to a profile'))
  if (status.frozen?.length) host.append(tile('Frozen', String(status.frozen.length), status.frozen.join(', '), 'bad'))
}
