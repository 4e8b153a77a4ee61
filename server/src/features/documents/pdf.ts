import { inflateSync } from 'node:zlib'

/** What is wrong with a PDF, as far as can be told without showing it. */
export type PdfFault = 'unreadable' | 'active' | 'encrypted' | 'too large'

/** What makes a PDF do something, or carry other files (ISO 32000-2, 7.11.4, 12.6.4, 12.7.8, 13). Links stay: bills have them. */
const ACTIVE = [
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
]
/** Too short to be looked for among compressed bytes, where it stands by chance. */
const ACTIVE_SHORT = ['JS']
/** What may be unpacked of one PDF; more is made to fill the memory of whoever opens it. */
const MAX_UNPACKED = 64 * 1024 * 1024
/** A packed list of objects is told of right before it. */
const HEAD = 1024

/**
 * Looks for what a document has no need of. Names count however they are written (`/J#61vaScript`), in the file and in its
 * packed objects. Nothing but a PDF may begin or end it, so that it is not a second kind of file at once.
 */
export function judgePdf(content: Buffer): PdfFault | undefined {
  const bytes = content.toString('latin1')
  if (!/^%PDF-\d\.\d/.test(bytes) || !/%%EOF[\s\0]*$/.test(bytes.slice(-1024))) return 'unreadable'
  const { packed, fault } = unpackObjects(bytes, content)
  if (fault) return fault
  const objects = [bytes.replace(/>>\s*stream\r?\n[\s\S]*?endstream/g, '>>'), ...packed]
  if (objects.some((text) => named(['Encrypt']).test(text))) return 'encrypted'
  if ([bytes, ...packed].some((text) => named(ACTIVE).test(text))) return 'active'
  return objects.some((text) => named(ACTIVE_SHORT).test(text)) ? 'active' : undefined
}

/** The objects that stand packed in streams of the type ObjStm (ISO 32000-2, 7.5.7). */
function unpackObjects(bytes: string, content: Buffer): { packed: string[]; fault?: PdfFault } {
  const packed: string[] = []
  let left = MAX_UNPACKED
  for (const { index, 0: keyword } of bytes.matchAll(/>>\s*stream\r?\n/g)) {
    const before = bytes.slice(Math.max(0, index - HEAD), index)
    const head = before.slice(before.lastIndexOf('endobj') + 1)
    if (!named(['ObjStm']).test(head)) continue
    const start = index + keyword.length
    const unpacked = unpack(head, content.subarray(start, bytes.indexOf('endstream', start)), left)
    if ('fault' in unpacked) return { packed, fault: unpacked.fault }
    left -= unpacked.text.length
    packed.push(unpacked.text)
  }
  // One that was not found hides its objects.
  const told = bytes.match(named(['ObjStm'], 'g'))?.length ?? 0
  return told === packed.length ? { packed } : { packed, fault: 'unreadable' }
}

/** Objects are packed in one way, or not at all; there is no reason for another than to hide them. */
function unpack(head: string, stream: Buffer, limit: number): { text: string } | { fault: PdfFault } {
  if (!named(['Filter', 'F']).test(head)) return { text: stream.toString('latin1') }
  if (!named(['FlateDecode', 'Fl']).test(head) || named(OTHER_PACKING).test(head)) return { fault: 'unreadable' }
  try {
    return { text: inflateSync(stream, { maxOutputLength: Math.max(1, limit) }).toString('latin1') }
  } catch (error) {
    return { fault: error instanceof RangeError ? 'too large' : 'unreadable' }
  }
}

const OTHER_PACKING = [
  ...['ASCIIHexDecode', 'AHx', 'ASCII85Decode', 'A85', 'LZWDecode', 'LZW', 'RunLengthDecode', 'RL', 'Crypt'],
  ...['DecodeParms', 'DP'],
]

/** Finds the names whole, each character as it is or as `#` and two hexadecimal digits (ISO 32000-2, 7.3.5). */
function named(names: readonly string[], flags = ''): RegExp {
  const spelled = names.map((name) => [...name].map(spelling).join(''))
  return new RegExp(`/(?:${spelled.join('|')})(?=[\\s\\0()<>[\\]{}/%]|$)`, flags)
}

function spelling(character: string): string {
  const digits = [...character.charCodeAt(0).toString(16)]
  return `(?:${character}|#${digits.map((digit) => `[${digit}${digit.toUpperCase()}]`).join('')})`
}
