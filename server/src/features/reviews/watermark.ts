import type { Bitmap } from '../../platform/pdf/draw.ts'
import { glyphOf, HEIGHT, WIDTH } from './pixel-font.ts'

/** Larger than any screen; what is larger is made smaller. */
const LARGEST = 4096

/** The picture with a text all over it; undefined where the content is none. */
export async function watermarked(picture: Buffer | Bitmap, text: string): Promise<Buffer | undefined> {
  const { default: sharp } = await import('sharp')
  const drawn =
    'data' in picture
      ? sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 4 } })
      : sharp(picture)
  const upright = await drawn
    .resize(LARGEST, LARGEST, { fit: 'inside', withoutEnlargement: true })
    .png({ compressionLevel: 3 })
    .toBuffer({ resolveWithObject: true })
    .catch(() => undefined)
  if (!upright) return undefined
  const { width, height } = upright.info
  return sharp(upright.data)
    .composite([{ input: Buffer.from(pattern(text, width, height)) }])
    .jpeg({ quality: 88 })
    .toBuffer()
}

/** Rows of the text, slanted, dark on light so that it shows on every ground. Drawn of squares: servers have no fonts. */
function pattern(text: string, width: number, height: number): string {
  const dot = Math.max(1, Math.round(Math.min(width, height) / 400))
  const cell = { width: (text.length + 6) * (WIDTH + 1) * dot, height: HEIGHT * dot * 9 }
  const line = squares(text, dot)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<defs><pattern id="p" width="${cell.width}" height="${cell.height}" patternUnits="userSpaceOnUse" patternTransform="rotate(-24)">
<path d="${line}" transform="translate(${dot} ${dot})" fill="#fff" fill-opacity="0.45"/>
<path d="${line}" fill="#000" fill-opacity="0.4"/></pattern></defs>
<rect width="100%" height="100%" fill="url(#p)"/></svg>`
}

function squares(text: string, dot: number): string {
  let path = ''
  for (const [index, character] of [...text].entries()) {
    for (const [y, row] of glyphOf(character).entries()) {
      for (let x = 0; x < WIDTH; x += 1) {
        if ((row >> (WIDTH - 1 - x)) & 1)
          path += `M${(index * (WIDTH + 1) + x) * dot} ${(y + 2) * dot}h${dot}v${dot}h-${dot}z`
      }
    }
  }
  return path
}
