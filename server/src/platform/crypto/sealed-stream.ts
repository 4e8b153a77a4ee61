import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const SEGMENT = 64 * 1024
const TAG = 16
const KEY = 32

/** What was opened is not what was sealed: altered, reordered, cut off, continued, or of another context. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken'
  constructor(options?: ErrorOptions) {
    super('The sealed content was altered or cut off', options)
  }
}

/**
 * Seals content of any length while it passes: AES-256-GCM over segments of 64 KiB, whose nonces carry their number and
 * whether they are the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). The key is made
 * here, as it must never seal a second stream. 16 bytes are added per segment; nothing is sealed as one empty segment.
 */
export function sealStream(
  context: string,
  content: AsyncIterable<Uint8Array>,
): { key: Buffer; sealed: AsyncGenerator<Buffer> } {
  const key = randomBytes(KEY)
  return { key, sealed: seal(key, Buffer.from(context), content) }
}

/** Opens what {@link sealStream} sealed; yields only what is genuine, and throws {@link SealBroken} at the first byte that is not. */
export async function* openStream(
  key: Buffer,
  context: string,
  sealed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const aad = Buffer.from(context)
  for await (const { bytes, number, last } of segmentsOf(sealed, SEGMENT + TAG)) {
    if (bytes.byteLength < TAG) throw new SealBroken()
    const decipher = createDecipheriv('aes-256-gcm', key, nonce(number, last))
      .setAAD(aad)
      .setAuthTag(bytes.subarray(-TAG))
    const plain = decipher.update(bytes.subarray(0, -TAG))
    try {
      decipher.final()
    } catch (cause) {
      throw new SealBroken({ cause })
    }
    if (plain.byteLength > 0) yield plain
  }
}

async function* seal(key: Buffer, aad: Buffer, content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const { bytes, number, last } of segmentsOf(content, SEGMENT)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce(number, last)).setAAD(aad)
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  }
}

function nonce(number: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(number, 7)
  bytes.writeUInt8(last ? 1 : 0, 11)
  return bytes
}

interface Segment {
  bytes: Uint8Array
  number: number
  last: boolean
}

/** Cuts into segments of `size` bytes; the last one is shorter or full, and empty only when there is no content. */
async function* segmentsOf(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Segment> {
  let number = 0
  let held: Uint8Array[] = []
  let length = 0
  for await (const chunk of content) {
    held.push(chunk)
    length += chunk.byteLength
    if (length <= size) continue
    let rest: Uint8Array = Buffer.concat(held, length)
    for (; rest.byteLength > size; rest = rest.subarray(size)) {
      yield { bytes: rest.subarray(0, size), number: number++, last: false }
    }
    held = [rest]
    length = rest.byteLength
  }
  yield { bytes: Buffer.concat(held, length), number, last: true }
}
