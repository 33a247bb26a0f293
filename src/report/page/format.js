// Numbers, times and spans as people read them.
const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const fine = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 3 })
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

export const number = value => value == null ? '–' : whole.format(value)
export const compact = value => short.format(value)
export const tick = value => fine.format(value)   // of neighbours that may differ little
export const percent = share => share == null || Number.isNaN(share) ? '–' : `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`
export const signed = value => value > 0 ? `+${whole.format(value)}` : value < 0 ? `−${whole.format(-value)}` : '±0'
export const time = value => value == null ? '–' : exact.format(new Date(value))

export function span(seconds) {
  if (seconds == null) return '–'
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
  const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']]
  const first = units.findIndex(([size]) => seconds >= size)
  const [size, unit] = units[first]
  const rest = Math.floor((seconds % size) / (units[first + 1]?.[0] ?? 1))
  return `${Math.floor(seconds / size)} ${unit}${rest && units[first + 1] ? ` ${rest} ${units[first + 1][1]}` : ''}`
}

// Cut to what fits, which the tip and the table show whole.
export const cut = (text, letters) => [...text].length > letters ? `${[...text].slice(0, Math.max(1, letters - 1)).join('')}…` : text
