import { deepEqual, equal, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { type CleanPicture, cleanPicture, distance, type Fingerprint } from './pictures.ts'

const MB = 1024 * 1024

/** A paper with bars in places that follow from the seed. */
function aPaper(seed: number) {
  let state = seed
  const next = (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  const bars = Array.from(
    { length: 40 },
    () =>
      `<rect x="${next(560)}" y="${next(380)}" width="${20 + next(160)}" height="${10 + next(60)}" fill="rgb(${next(256)},${next(256)},${next(256)})"/>`,
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"><rect width="600" height="400" fill="#eee"/>${bars.join('')}</svg>`
  return sharp(Buffer.from(svg))
}

async function cleaned(content: Uint8Array, content_type = 'image/jpeg'): Promise<CleanPicture> {
  const outcome = await cleanPicture(content, content_type)
  ok(typeof outcome === 'object', String(outcome))
  return outcome
}

async function fingerprintOf(content: Uint8Array): Promise<Fingerprint> {
  const { fingerprint } = await cleaned(content)
  ok(fingerprint)
  return fingerprint
}

describe('A picture', () => {
  test('keeps its pixels, upright, and nothing of where and with what it was taken', async () => {
    const exif = { IFD0: { Make: 'SecretPhone', Copyright: 'Somebody' }, IFD3: { GPSLatitude: '52/1 31/1 0/1' } }
    const taken = await aPaper(1).withExif(exif).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    ok(taken.includes('Exif'))
    const { content } = await cleaned(taken)
    const { format, width, height, exif: left, orientation } = await sharp(content).metadata()
    deepEqual(
      { format, width, height, left, orientation },
      { format: 'jpeg', width: 400, height: 600, left: undefined, orientation: undefined },
    )
    for (const trace of ['Exif', 'SecretPhone', 'Somebody']) ok(!content.includes(trace), trace)
  })

  test('loses what was put behind or into it', async () => {
    const hidden = '<script>alert(1)</script>'
    const png = Buffer.concat([await aPaper(2).png().toBuffer(), Buffer.from(hidden)])
    const { content } = await cleaned(png, 'image/png')
    ok(!content.includes(hidden))
    equal((await sharp(content).metadata()).format, 'png')
  })

  // ASVS 1.4.1, 1.4.3
  test('of more pixels than anybody photographs is refused before it is drawn', async () => {
    const png = await aPaper(4).png().toBuffer()
    // The head of a PNG says how large it is (PNG specification, 11.2.2).
    png.writeUInt32BE(60_000, 16)
    png.writeUInt32BE(60_000, 20)
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29)
    equal(await cleanPicture(png, 'image/png'), 'too large')
  })

  test('of a pattern so fine that it would take more than a file may have is kept as a smaller JPEG', async () => {
    const noiseOf = (side: number) =>
      sharp(randomBytes(side * side), { raw: { width: side, height: side, channels: 1 } })
    const noise = await noiseOf(4000).jpeg({ quality: 70 }).toBuffer()
    ok(noise.length < 10 * MB && (await sharp(noise).jpeg({ quality: 92 }).toBuffer()).length > 10 * MB)
    const kept = await cleaned(noise)
    ok(kept.content.length <= 10 * MB)
    const png = await noiseOf(3300).png().toBuffer()
    const { content, content_type } = await cleaned(png, 'image/png')
    deepEqual([content_type, (await sharp(content).metadata()).format], ['image/jpeg', 'jpeg'])
  })

  test('that is none inside, or is cut off, is told apart', async () => {
    const jpeg = await aPaper(3).jpeg().toBuffer()
    equal(await cleanPicture(jpeg.subarray(0, jpeg.length / 2), 'image/jpeg'), 'unreadable')
    equal(
      await cleanPicture(Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(100)]), 'image/png'),
      'unreadable',
    )
  })

  test('is known again in another size, format and quality, and no other is taken for it', async () => {
    const papers = Array.from({ length: 30 }, (_, index) => aPaper(index * 7919 + 5))
    const prints = await Promise.all(papers.map(async (paper) => fingerprintOf(await paper.clone().jpeg().toBuffer())))
    const copies = await Promise.all(
      papers.map(async (paper) =>
        fingerprintOf(
          await sharp(await paper.clone().png().toBuffer())
            .resize(431)
            .jpeg({ quality: 40 })
            .toBuffer(),
        ),
      ),
    )
    for (const [index, print] of prints.entries()) {
      for (const [other, copy] of copies.entries()) {
        const bits = distance(print, copy)
        if (index === other) ok(bits <= 3, `copy ${index}: ${bits}`)
        else ok(bits > 8, `${index} and ${other}: ${bits}`)
      }
    }
  })

  test('of a card on a sheet that is blank otherwise is known again, and no other is taken for it', async () => {
    const cards = Array.from({ length: 10 }, (_, index) => aPaper(index * 104_729 + 3))
    const onSheet = async (card: Buffer, width: number) =>
      fingerprintOf(
        await sharp(await sharp(card).extend({ bottom: 400, background: '#fff' }).png().toBuffer())
          .resize(width)
          .jpeg({ quality: 60 })
          .toBuffer(),
      )
    const all = await Promise.all(cards.map((card) => card.png().toBuffer()))
    const prints = await Promise.all(all.map((card) => onSheet(card, 600)))
    const copies = await Promise.all(all.map((card) => onSheet(card, 431)))
    for (const [index, print] of prints.entries())
      for (const [other, copy] of copies.entries())
        equal(distance(print, copy) <= 3, index === other, `${index} and ${other}: ${distance(print, copy)}`)
  })

  test('of a blank page looks like nothing', async () => {
    const blank = await sharp({ create: { width: 600, height: 400, channels: 3, background: '#fdfdfd' } })
      .jpeg()
      .toBuffer()
    equal((await cleaned(blank)).fingerprint, undefined)
  })
})
