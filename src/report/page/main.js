// The page: reads the data that stand in it, and draws every part.
import { attrition } from './attrition.js'
import { element, nothing } from './figure.js'
import { time } from './format.js'
import { overlap } from './overlap.js'
import { refreshes } from './refreshes.js'
import { members, sizes, sizesTable } from './sizes.js'
import { status } from './status.js'
import { types } from './types.js'

const data = { segments: [], types: [], waiting: [], sizes: [], overlap: [], ...JSON.parse(document.getElementById('data').textContent) }
const place = id => document.getElementById(id)

document.title = `Segments · ${data.about.database}`
place('about').textContent = `${data.about.database}, ${time(data.about.at)}, as ${data.about.reader} sees it. segments ${data.about.version} on PostgreSQL ${data.about.server.split(' ')[0]}`
if (data.errors.length) {
  place('notes').hidden = false
  place('notes').replaceChildren(element('p', {}, 'Left out of this page:'), element('ul', {}, ...data.errors.map(error => element('li', {}, error))))
}
status(place('status'), data)

const histories = new Map()
for (const [name, at, count, entered, left] of data.sizes) {
  if (!histories.has(name)) histories.set(name, [])
  histories.get(name).push({ at: new Date(at), members: count, entered, left })
}
const historyOf = name => histories.get(name) ?? []

const choice = place('choice')
function choose(name) {
  choice.value = name
  const segment = data.segments.find(other => other.name === name)
  place('definition').hidden = !segment.definition
  place('definition').textContent = segment.definition ?? ''
  members(place('members'), name, historyOf(name))
  attrition(place('attrition'), name, data.trees[name], data.attrition[name])
}
if (data.segments.length) {
  choice.replaceChildren(...data.segments.map(segment => element('option', { value: segment.name }, segment.name)))
  choice.addEventListener('change', () => choose(choice.value))
  choose(data.segments[0].name)
} else {
  place('one').hidden = true
}

const known = data.segments.map(segment => ({ segment, history: historyOf(segment.name) })).filter(({ history }) => history.length)
if (known.length) {
  sizes(place('sizes'), known.slice(0, 12), name => {
    choose(name)
    place('one').scrollIntoView()
    choice.focus({ preventScroll: true })
  })
  place('sizes').after(sizesTable(known))
  place('sizes-hint').textContent = `Members after each run, and the change since the run before${known.length > 12 ? `; the 12 largest of ${data.segments.length}` : ''}.`
} else {
  nothing(place('sizes'), 'No run of a segment is on record yet.')
}

const measure = place('measure')
const drawOverlap = () => overlap(place('overlap'), data.segments, data.overlap, measure.value)
measure.addEventListener('change', drawOverlap)
drawOverlap()
place('overlap-hint').textContent = 'How much of the row\'s segment is in the column\'s, too: columns go by the numbers of the rows.'
types(place('types'), data.types, data.waiting)
refreshes(place('refreshes'), data.refreshes)
document.documentElement.dataset.drawn = 'true'
