import { WORKS, type Work } from '../contenders/contender.ts'
import type { Row } from './markdown.ts'

const WIDTH = 960
const LABELS = 330
const BAR = 14
const COLOURS = { floor: '#9aa5b1', ours: '#2563eb', peer: '#d97706' } as const

/** Bars of the rates at one number of connections, on a logarithmic scale. */
export function plot(rows: readonly Row[], connections: number): string {
  const shown = rows.filter((row) => row.connections === connections && row.figures.rate > 0)
  const most = Math.max(10, ...shown.map((row) => row.figures.rate))
  const scale = (rate: number) => (Math.log10(Math.max(1, rate)) / Math.log10(most)) * (WIDTH - LABELS - 90)
  const parts: string[] = []
  let y = 40
  for (const work of Object.keys(WORKS) as Work[]) {
    const group = shown.filter((row) => row.work === work)
    if (group.length === 0) continue
    parts.push(text(10, y, WORKS[work], 'bold'))
    for (const { contender, figures } of group) {
      y += BAR + 4
      const width = Math.max(1, scale(figures.rate))
      parts.push(text(LABELS - 8, y, contender.name, 'normal', 'end'))
      parts.push(
        `<rect x="${LABELS}" y="${y - BAR + 3}" width="${width.toFixed(1)}" height="${BAR}" fill="${COLOURS[contender.kind]}"/>`,
      )
      const errors = figures.errors > 0 ? `, and ${figures.errors.toLocaleString('en')} errors` : ''
      parts.push(text(LABELS + width + 6, y, `${Math.round(figures.rate).toLocaleString('en')}${errors}`))
    }
    y += BAR + 14
  }
  const title = text(10, 18, `Answers a second over ${connections} connections (logarithmic)`, 'bold')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>${title}${parts.join('')}</svg>\n`
}

const text = (x: number, y: number, words: string, weight = 'normal', anchor = 'start'): string =>
  `<text x="${x.toFixed(1)}" y="${y}" font-weight="${weight}" text-anchor="${anchor}">${words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`
