// A chart within the page: drawn again for each width, walked through by pointer and arrow keys, with its figures in a table below.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue
    if (key === 'class') made.className = value
    else if (key.startsWith('on')) made.addEventListener(key.slice(2), value)
    else made.setAttribute(key, value === true ? '' : value)
  }
  made.append(...children.filter(child => child != null))
  return made
}

// columns: [title, row => text, is it a number]
export function table(name, columns, rows) {
  const cell = (kind, text, isNumber) => element(kind, { class: isNumber && 'number', scope: kind === 'th' && 'col' }, String(text))
  return element('details', {}, element('summary', {}, 'Figures'),
    element('div', { class: 'table', tabindex: 0, role: 'region', 'aria-label': `figures of ${name}` },
      element('table', { 'data-figures': name },
        element('thead', {}, element('tr', {}, ...columns.map(([title, , isNumber]) => cell('th', title, isNumber)))),
        element('tbody', {}, ...rows.map(row => element('tr', {}, ...columns.map(([, text, isNumber]) => cell('td', text(row), isNumber))))))))
}

// Shows one of the points of a chart: which one a pointer is near, or the arrow keys have come to.
class Walk {
  constructor(box, svg, points, step) {
    Object.assign(this, { box, svg, points, step, at: -1 })
    this.tip = element('div', { class: 'tip', hidden: true })
    this.mark = element('div', { class: 'mark', hidden: true })
    this.spoken = element('div', { class: 'unseen', 'aria-live': 'polite' })
    box.replaceChildren(svg, this.mark, this.tip, this.spoken)
    box.onpointermove = event => this.near(event)
    box.onpointerdown = event => this.near(event)
    box.onpointerleave = () => this.show(-1)
    box.onblur = () => this.show(-1)
    box.onkeydown = event => this.key(event)
  }

  scale() { return this.svg.getBoundingClientRect().width / this.svg.viewBox.baseVal.width }

  near(event) {
    const frame = this.svg.getBoundingClientRect()
    const x = (event.clientX - frame.left) / this.scale()
    const y = (event.clientY - frame.top) / this.scale()
    const distances = this.points.map(point => (point.x - x) ** 2 + (point.y - y) ** 2)
    this.show(distances.indexOf(Math.min(...distances)))
  }

  key(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.step, ArrowUp: -this.step, Home: -Infinity, End: Infinity }
    if (event.key === 'Escape') return this.show(-1)
    if (!(event.key in steps) || event.target !== this.box || this.points.length === 0) return
    event.preventDefault()
    const next = this.at < 0 ? (event.key === 'End' ? this.points.length - 1 : 0) : this.at + steps[event.key]
    this.show(Math.min(this.points.length - 1, Math.max(0, next)), true)
  }

  show(index, aloud = false) {
    this.at = index
    const point = this.points[index]
    this.tip.hidden = this.mark.hidden = !point
    if (!point) return
    const scale = this.scale()
    const [x, y] = [point.x * scale, point.y * scale]
    this.tip.textContent = point.text
    if (aloud) this.spoken.textContent = point.text
    Object.assign(this.mark.style, { left: `${x}px`, top: `${y}px` })
    const left = Math.min(Math.max(0, x + 12), Math.max(0, this.box.clientWidth - this.tip.offsetWidth))
    const above = y - this.tip.offsetHeight - 12
    Object.assign(this.tip.style, { left: `${left}px`, top: `${above > -40 ? above : y + 14}px` })
  }
}

// draw(width) returns { svg, points: [{ x, y, text }], step: how far the keys up and down go }.
export function figure(host, label, draw, figures) {
  const box = element('div', { class: 'chart', tabindex: 0, role: 'group', 'aria-roledescription': 'chart', 'aria-label': `${label}. Arrow keys walk through it.` })
  host.replaceChildren(box, ...(figures ? [figures] : []))
  let drawn = 0
  const again = () => {
    const width = Math.floor(box.clientWidth)
    if (width <= 0 || width === drawn) return
    drawn = width
    const { svg, points, step = 1 } = draw(width)
    svg.setAttribute('aria-hidden', 'true')
    new Walk(box, svg, points, step)
  }
  again()
  host.observer?.disconnect()
  host.observer = new ResizeObserver(again)
  host.observer.observe(box)
}

export const nothing = (host, why) => { host.observer?.disconnect(); host.replaceChildren(element('p', { class: 'none' }, why)) }
