import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { aPdf } from '../../../test/support/multipart.ts'
import { drawPage } from './draw.ts'

test('A page is drawn in its colours, as large as a screen can use', async () => {
  const drawing = await drawPage({ content: aPdf('', { pages: 3, draws: '1 0 0 rg 0 0 300 200 re f' }), page: 1 })
  equal(drawing?.pages, 3)
  const { data, width, height } = drawing?.picture ?? { data: new Uint8Array(), width: 0, height: 0 }
  deepEqual([width, height], [1200, 800])
  const { channels } = await sharp(data, { raw: { width, height, channels: 4 } }).stats()
  deepEqual(
    channels.slice(0, 3).map(({ mean }) => Math.round(mean)),
    [255, 0, 0],
  )
})

test('Pages are counted without one being drawn, and one that is not there is none', async () => {
  deepEqual(await drawPage({ content: aPdf('', { pages: 2 }), page: undefined }), { pages: 2, picture: undefined })
  deepEqual(await drawPage({ content: aPdf('', { pages: 2 }), page: 2 }), { pages: 2, picture: undefined })
})

test('What is no PDF, and what has a password, is not drawn', async () => {
  equal(await drawPage({ content: Buffer.from('%PDF-1.4\nnothing\n%%EOF\n'), page: 0 }), undefined)
  equal(await drawPage({ content: Buffer.alloc(100_000, 'x'), page: 0 }), undefined)
})

test('A page that would fill the memory ends its thread and nothing else', async () => {
  // A picture of 30,000 × 30,000 pixels, which PDFium unfolds to draw it.
  const picture = '/Width 30000/Height 30000/BitsPerComponent 8/ColorSpace/DeviceRGB'
  const before = process.memoryUsage().rss
  const drawing = await drawPage({
    content: aPdf('', { draws: `300 0 0 200 0 0 cm BI ${picture} ID ${'x'.repeat(1000)} EI` }),
    page: 0,
  })
  ok(drawing === undefined || drawing.picture !== undefined)
  ok(process.memoryUsage().rss - before < 256 * 1024 * 1024)
})
