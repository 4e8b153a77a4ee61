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

/** A page of groups within each other, each of which is drawn on a sheet of its own first. */
function layered(levels: number): Buffer {
  const object = (number: number, dictionary: string, stream?: string) =>
    `${number} 0 obj << ${dictionary} ${stream === undefined ? '>>' : `/Length ${stream.length} >>\nstream\n${stream}\nendstream`} endobj\n`
  const faint = '/ExtGState << /G << /ca 0.5 /BM /Multiply >> >>'
  const groups = Array.from({ length: levels }, (_, level) =>
    object(
      10 + level,
      `/Subtype /Form /BBox [0 0 600 600] /Group << /S /Transparency /I true >> /Resources << /XObject << /X ${11 + level} 0 R >> ${faint} >>`,
      level === levels - 1 ? '1 0 0 rg 0 0 600 600 re f' : '/G gs /X Do',
    ),
  )
  const page = `/Type /Page /Parent 2 0 R /MediaBox [0 0 600 600] /Contents 4 0 R /Resources << /XObject << /X 10 0 R >> ${faint} >>`
  const objects = [
    object(1, '/Type /Catalog /Pages 2 0 R'),
    object(2, '/Type /Pages /Kids [3 0 R] /Count 1'),
    object(3, page),
    object(4, '', '/G gs /X Do'),
    ...groups,
  ]
  return Buffer.from(`%PDF-1.7\n${objects.join('')}trailer << /Root 1 0 R >>\n%%EOF\n`)
}

test('A page that would fill the memory takes no more than its bounds while it is drawn', async () => {
  const before = process.memoryUsage().rss
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss - before)
  }, 5)
  try {
    await drawPage({ content: layered(25), page: 0 })
  } finally {
    clearInterval(watch)
  }
  // Without bounds it takes 700.
  ok(most < 450 * 1024 * 1024, `${most} bytes`)
})

test('A page that takes too long is not drawn', async () => {
  equal(await drawPage({ content: layered(25), page: 0 }, 1), undefined)
})
