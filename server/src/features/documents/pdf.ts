import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { actsWhenOpened, isElsewhere } from './pdf-actions.ts'
import { named, occurrences } from './pdf-names.ts'

/** What is wrong with a PDF, as far as can be told without showing it. */
export type PdfFault = 'unreadable' | 'active' | 'encrypted' | 'too large'

/** What may be unpacked of one PDF; more is made to fill the memory of whoever opens it. */
const MAX_UNPACKED = 16 * 1024 * 1024
/** More than any document of some pages has. */
const MAX_STREAMS = 20_000
/** How far back a comment is looked for before a dictionary. */
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
  'GoToR',
  'XFA',
  'FileAttachment',
  'OnInstantiate',
])
/** Too short to be looked for among compressed bytes, where it stands by chance. */
const ACTIVE_SHORT = named(['JS', 'AA', 'EF'])
const ENCRYPTED = named(['Encrypt'])
const PACKED_OBJECTS = named(['ObjStm'])
/** How many objects there are, and where the first begins: readers do not ask for the type. */
const COUNT = named(['N'])
const FIRST = named(['First'])
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
  const texts = { outside: parts.outside, packed }
  const objects = [parts.outside, ...packed]
  if (ENCRYPTED.test(parts.outside)) return 'encrypted'
  if ([bytes, ...packed].some((text) => ACTIVE.test(text))) return 'active'
  if (objects.some((text) => ACTIVE_SHORT.test(text)) || actsWhenOpened(texts)) return 'active'
  return parts.streams.some(({ head }) => isElsewhere(texts, head)) ? 'active' : undefined
}

interface Stream {
  /** Its dictionary, and perhaps something before it. */
  head: string
  start: number
  end: number
}

/** The streams of a file and what stands between them, in one pass (ISO 32000-2, 7.3.8). */
function takeApart(bytes: string): { streams: Stream[]; outside: string } | PdfFault {
  const streams: Stream[] = []
  const outside: string[] = []
  let from = 0
  for (const { index } of bytes.matchAll(/(?<!\w)stream(?!\w)/g)) {
    const start = startOfStream(bytes, index)
    if (start === undefined) continue
    // Also one within another: readers go where the file's table of objects leads them.
    if (start === 'odd' || index < from) return 'unreadable'
    const head = dictionaryIn(bytes.slice(from, index))
    const end = bytes.indexOf('endstream', start)
    if (end < 0) return 'unreadable'
    if (streams.length >= MAX_STREAMS) return 'too large'
    streams.push({ head, start, end })
    outside.push(bytes.slice(from, index))
    from = end + 'endstream'.length
  }
  outside.push(bytes.slice(from))
  return { streams, outside: outside.join('\n') }
}

/**
 * Where the data begins that the keyword at `index` announces; undefined where it is a word in a text. `odd`: readers may take it
 * for a stream, though it does not stand between a dictionary and the end of its line.
 */
function startOfStream(bytes: string, index: number): number | 'odd' | undefined {
  let before = index
  while (/[\s\0]/.test(bytes.charAt(before - 1))) before -= 1
  const isBehindDictionary = bytes.startsWith('>>', before - 2)
  const line = /[ \t\f\0]*(?:\r\n?|\n)/y
  line.lastIndex = index + 'stream'.length
  const isAtEndOfLine = line.test(bytes)
  if (isBehindDictionary && isAtEndOfLine) return line.lastIndex
  const isAtStartOfLine = /[\r\n]/.test(bytes.slice(before, index))
  return isBehindDictionary || isAtEndOfLine || isAtStartOfLine ? 'odd' : undefined
}

/** The dictionary that ends the text, or all of the text where what looks like its beginning may be in a string or a comment. */
function dictionaryIn(text: string): string {
  const start = text.lastIndexOf('obj')
  const dictionary = text.slice(start + 'obj'.length)
  const isComment = /%[^\r\n]*$/.test(text.slice(Math.max(0, start - HEAD), start))
  return start >= 0 && !isComment && isWhole(dictionary) ? dictionary : text
}

/** Whether brackets of all kinds begin and end in it. */
function isWhole(dictionary: string): boolean {
  if (!/^[\s\0]*<</.test(dictionary)) return false
  let depth = 0
  for (const { 0: sign } of dictionary.matchAll(/\\.|[()]/gs)) {
    depth += sign === '(' ? 1 : sign === ')' ? -1 : 0
    if (depth < 0) return false
  }
  const brackets = dictionary.replace(/(?<!<)<[\da-fA-F\s]*>(?!>)/g, '').match(/<<|>>|[<>]/g) ?? []
  const count = (bracket: string) => brackets.filter((found) => found === bracket).length
  return depth === 0 && count('<<') === count('>>') && count('<') + count('>') === 0
}

/** The objects that stand packed in streams (ISO 32000-2, 7.5.7). */
async function unpackObjects(content: Buffer, streams: Stream[]): Promise<{ packed: string[]; fault?: PdfFault }> {
  const packed: string[] = []
  let left = MAX_UNPACKED
  for (const { head, start, end } of streams) {
    if (!PACKED_OBJECTS.test(head) && !(COUNT.test(head) && FIRST.test(head))) continue
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
