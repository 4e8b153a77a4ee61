import { promisify } from 'node:util'
import { inflate } from 'node:zlib'

/** What is wrong with a PDF, as far as can be told without showing it. */
export type PdfFault = 'unreadable' | 'active' | 'encrypted' | 'too large'

/** What may be unpacked of one PDF; more is made to fill the memory of whoever opens it. */
const MAX_UNPACKED = 16 * 1024 * 1024
/** More than any document of some pages has. */
const MAX_STREAMS = 20_000
/** What a stream is stands right before it. */
const HEAD = 1024

/** What makes a PDF do something, or carry other files (ISO 32000-2, 7.11.4, 12.6.4, 12.7.8, 13). Links stay: bills have them. */
const ACTIVE = named([
  'JavaScript',
  'Launch',
  'EmbeddedFile',
  'EmbeddedFiles',
  'RichMedia',
  'SubmitForm',
  'ImportData',
  'Rendition',
  'GoToE',
  'XFA',
])
/** Too short to be looked for among compressed bytes, where it stands by chance. */
const ACTIVE_SHORT = named(['JS'])
const ENCRYPTED = named(['Encrypt'])
const PACKED_OBJECTS = named(['ObjStm'])
const FILTER = named(['Filter', 'F'])
const DEFLATED = named(['FlateDecode', 'Fl'])
/** Objects are deflated, or not packed at all; there is no reason for another way than to hide them. */
const OTHER_PACKING = named([
  ...['ASCIIHexDecode', 'AHx', 'ASCII85Decode', 'A85', 'LZWDecode', 'LZW', 'RunLengthDecode', 'RL', 'Crypt'],
  ...['DecodeParms', 'DP'],
])

/**
 * Looks for what a document has no need of. Names count however they are written (`/J#61vaScript`), in the file and in its
 * packed objects. Nothing but a PDF may begin or end it, so that it is not a second kind of file at once.
 */
export async function judgePdf(content: Buffer): Promise<PdfFault | undefined> {
  const bytes = content.toString('latin1')
  if (!/^%PDF-\d\.\d/.test(bytes) || !/%%EOF[\s\0]*$/.test(bytes.slice(-1024))) return 'unreadable'
  const parts = takeApart(bytes)
  if (typeof parts === 'string') return parts
  const { packed, fault } = await unpackObjects(content, parts.streams)
  if (fault) return fault
  // One that was not found hides its objects.
  if (occurrences(PACKED_OBJECTS, bytes) > packed.length) return 'unreadable'
  const objects = [parts.outside, ...packed]
  if (objects.some((text) => ENCRYPTED.test(text))) return 'encrypted'
  if ([bytes, ...packed].some((text) => ACTIVE.test(text))) return 'active'
  return objects.some((text) => ACTIVE_SHORT.test(text)) ? 'active' : undefined
}

interface Stream {
  head: string
  start: number
  end: number
}

/** The streams of a file and what stands between them, in one pass (ISO 32000-2, 7.3.8). */
function takeApart(bytes: string): { streams: Stream[]; outside: string } | PdfFault {
  const streams: Stream[] = []
  const outside: string[] = []
  const keyword = /stream\r?\n/g
  let from = 0
  for (let found = keyword.exec(bytes); found; found = keyword.exec(bytes)) {
    const head = bytes.slice(Math.max(from, found.index - HEAD), found.index)
    if (!head.trimEnd().endsWith('>>')) continue
    const end = bytes.indexOf('endstream', keyword.lastIndex)
    if (end < 0) return 'unreadable'
    if (streams.length >= MAX_STREAMS) return 'too large'
    streams.push({ head, start: keyword.lastIndex, end })
    outside.push(bytes.slice(from, found.index))
    from = end + 'endstream'.length
    keyword.lastIndex = from
  }
  outside.push(bytes.slice(from))
  return { streams, outside: outside.join('\n') }
}

/** The objects that stand packed in streams of the type ObjStm (ISO 32000-2, 7.5.7). */
async function unpackObjects(content: Buffer, streams: Stream[]): Promise<{ packed: string[]; fault?: PdfFault }> {
  const packed: string[] = []
  let left = MAX_UNPACKED
  for (const { head, start, end } of streams) {
    if (!PACKED_OBJECTS.test(head)) continue
    const unpacked = await unpack(head, content.subarray(start, end), left)
    if ('fault' in unpacked) return { packed, fault: unpacked.fault }
    left -= unpacked.bytes.length
    packed.push(unpacked.bytes.toString('latin1'))
  }
  return { packed }
}

async function unpack(head: string, stream: Buffer, limit: number): Promise<{ bytes: Buffer } | { fault: PdfFault }> {
  if (!FILTER.test(head)) return stream.length > limit ? { fault: 'too large' } : { bytes: stream }
  if (!DEFLATED.test(head) || OTHER_PACKING.test(head)) return { fault: 'unreadable' }
  try {
    return { bytes: await promisify(inflate)(stream, { maxOutputLength: Math.max(1, limit) }) }
  } catch (error) {
    return { fault: error instanceof RangeError ? 'too large' : 'unreadable' }
  }
}

const occurrences = (name: RegExp, text: string): number => text.match(new RegExp(name, 'g'))?.length ?? 0

/** Finds the names whole, each character as it is or as `#` and two hexadecimal digits (ISO 32000-2, 7.3.5). */
function named(names: readonly string[]): RegExp {
  const spelled = names.map((name) => [...name].map(spelling).join(''))
  return new RegExp(`/(?:${spelled.join('|')})(?=[\\s\\0()<>[\\]{}/%]|$)`)
}

function spelling(character: string): string {
  const digits = [...character.charCodeAt(0).toString(16)]
  return `(?:${character}|#${digits.map((digit) => `[${digit}${digit.toUpperCase()}]`).join('')})`
}
