import { readdirSync, readlinkSync } from 'node:fs'
import { crc32, deflateSync } from 'node:zlib'

/** A file of a form. */
export interface FormFile {
  filename: string
  content: Buffer | string
  type?: string
}
export type FormPart = readonly [name: string, value: string | FormFile]

const BOUNDARY = 'XBOUNDARYX'

/** A `multipart/form-data` body with its headers, as `call` and `inject` take them. */
export function multipart(parts: readonly FormPart[]): { headers: Record<string, string>; payload: Buffer } {
  const payload = Buffer.concat([...parts.map(partOf), Buffer.from(`--${BOUNDARY}--\r\n`)])
  return { headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }, payload }
}

function partOf([name, value]: FormPart): Buffer {
  const file = typeof value === 'string' ? undefined : value
  const filename = file ? `; filename="${file.filename}"` : ''
  const type = file ? `\r\nContent-Type: ${file.type ?? 'application/octet-stream'}` : ''
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${filename}${type}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(file?.content ?? String(value)), Buffer.from('\r\n')])
}

/** A PNG of one black pixel, filled up to `size` bytes with the {@link MARK}. */
export function aPng(size = 80): Buffer {
  const start = [
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', Buffer.from('00000001000000010800000000', 'hex')),
    chunk('IDAT', deflateSync(Buffer.from([0, 0]))),
  ]
  const end = chunk('IEND', Buffer.alloc(0))
  const length = start.reduce((sum, part) => sum + part.length, end.length)
  const padding = size - length
  return Buffer.concat([
    ...start,
    padding >= 12 ? chunk('prVt', Buffer.alloc(padding - 12, MARK)) : Buffer.alloc(0),
    end,
  ])
}

/** The smallest JPEG that decoders take: one grey pixel; followed by `comment`. */
export const aJpeg = (comment = ''): Buffer =>
  Buffer.concat([
    Buffer.from('ffd8ffe000104a46494600010101004800480000ffdb004300', 'hex'),
    Buffer.alloc(64, 1),
    Buffer.from('ffc0000b080001000101011100', 'hex'),
    ...['00', '10'].map((table) => Buffer.from(`ffc40014${table}0100000000000000000000000000000000`, 'hex')),
    Buffer.from('ffda0008010100003f003fffd9', 'hex'),
    Buffer.from(comment),
  ])

/** A PDF of pages of 300 × 200 points which all draw the same; none of them anything, unless told what. */
export function aPdf(comment = '', { pages = 1, draws = '' } = {}): Buffer {
  const numbers = Array.from({ length: pages }, (_, page) => page + 4)
  const kids = numbers.map((number) => `${number} 0 R`).join(' ')
  const page = '<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 3 0 R>>'
  return Buffer.from(
    `%PDF-1.4\n%${comment}\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n` +
      `2 0 obj<</Type/Pages/Kids[${kids}]/Count ${pages}>>endobj\n` +
      `3 0 obj<</Length ${draws.length}>>\nstream\n${draws}\nendstream\nendobj\n` +
      numbers.map((number) => `${number} 0 obj${page}endobj\n`).join('') +
      'trailer<</Root 1 0 R>>\n%%EOF\n',
  )
}

/** What plain files made here contain, to search for where they must not be readable. */
export const MARK = 'plain identity document '

/** Files below the directory that this process has open, also those without a name; undefined where the system cannot tell. */
export function openFilesBelow(directory: string): string[] | undefined {
  if (process.platform !== 'linux') return undefined
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory) ? [`/proc/self/fd/${fd}`] : []
    } catch {
      return []
    }
  })
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}
