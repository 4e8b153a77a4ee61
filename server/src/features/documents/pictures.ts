import type { Sharp } from 'sharp'
import { MAX_UPLOAD_BYTES } from '../../platform/http/parameters.ts'

/** Beyond any camera of a phone; what claims more is made to fill the memory of whoever opens it. */
const MAX_PIXELS = 60_000_000
/** The cells that are compared, and the pixels along each side of one. */
const COLUMNS = 9
const ROWS = 8
const CELL = 16
/** How alike neighbours count as one colour, of 256: the noise of a blank page would make a fingerprint of its own. */
const NOISE = 2

/** Pixels along the longer side; what is larger is made smaller. */
const LONGEST = 4096

/** A picture as it is kept, and what it looks like. */
export interface CleanPicture {
  content: Buffer
  /** As it came, or JPEG where that would be too many bytes. */
  content_type: string
  /** Undefined where it shows next to nothing. */
  fingerprint: Fingerprint | undefined
}

/** A difference hash: 64 bits of what is lighter than its neighbour, in four parts of 16, that survive another size or format. */
export type Fingerprint = readonly [number, number, number, number]

/**
 * The picture drawn anew: upright, and of nothing but its pixels, so that places, devices, previews and whatever else was
 * put into or behind it are gone.
 */
export async function cleanPicture(
  content: Uint8Array,
  content_type: string,
): Promise<CleanPicture | 'unreadable' | 'too large'> {
  const { default: sharp } = await import('sharp')
  const { width, height } = await sharp(content, { limitInputPixels: false }).metadata().catch(nothing)
  if (!width || !height) return 'unreadable'
  if (width * height > MAX_PIXELS) return 'too large'
  try {
    const upright = sharp(content, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
      .autoOrient()
      .resize(LONGEST, LONGEST, { fit: 'inside', withoutEnlargement: true })
    const clean = await drawn(upright, content_type)
    return clean ? { ...clean, fingerprint: await fingerprintOf(sharp(clean.content)) } : 'too large'
  } catch {
    return 'unreadable'
  }
}

/** The first form that is no larger than a file may be; a fine pattern in a small file can take more than that. */
async function drawn(upright: Sharp, content_type: string): Promise<Omit<CleanPicture, 'fingerprint'> | undefined> {
  const jpeg = (quality: number) => ({
    content_type: 'image/jpeg',
    as: () => upright.clone().flatten({ background: '#fff' }).jpeg({ quality }),
  })
  const png = { content_type: 'image/png', as: () => upright.clone().png() }
  for (const form of [...(content_type === 'image/png' ? [png] : []), jpeg(92), jpeg(75)]) {
    const content = await form.as().toBuffer()
    if (content.byteLength <= MAX_UPLOAD_BYTES) return { content, content_type: form.content_type }
  }
  return undefined
}

/** How many of the 64 bits differ. */
export const distance = (a: Fingerprint, b: Fingerprint): number =>
  a.reduce((sum, part, index) => sum + ones(part ^ (b[index] ?? 0)), 0)

async function fingerprintOf(picture: Sharp): Promise<Fingerprint | undefined> {
  const size = { width: COLUMNS * CELL, height: ROWS * CELL, fit: 'fill', fastShrinkOnLoad: false } as const
  const grey = await picture.flatten({ background: '#fff' }).greyscale().resize(size).raw().toBuffer()
  const cells = averages(grey)
  const partOf = (part: number): number => {
    let bits = 0
    for (const row of [2 * part, 2 * part + 1]) {
      for (let column = 0; column < COLUMNS - 1; column += 1) {
        const at = row * COLUMNS + column
        bits = (bits << 1) | ((cells[at + 1] ?? 0) - (cells[at] ?? 0) > NOISE ? 1 : 0)
      }
    }
    return bits
  }
  const fingerprint = [partOf(0), partOf(1), partOf(2), partOf(3)] as const
  // A card on a sheet that is blank otherwise shows enough; by one part alone anything would be like anything.
  return fingerprint.filter((part) => part !== 0).length < 2 ? undefined : fingerprint
}

/** How light each cell is on average, row by row. */
function averages(grey: Buffer): number[] {
  const sums = new Array<number>(COLUMNS * ROWS).fill(0)
  for (const [index, light] of grey.entries()) {
    const column = Math.floor((index % (COLUMNS * CELL)) / CELL)
    const cell = Math.floor(index / (COLUMNS * CELL * CELL)) * COLUMNS + column
    sums[cell] = (sums[cell] ?? 0) + light
  }
  return sums.map((sum) => sum / CELL ** 2)
}

const nothing = (): { width?: number; height?: number } => ({})

function ones(bits: number): number {
  let count = 0
  for (let rest = bits; rest > 0; rest &= rest - 1) count += 1
  return count
}
