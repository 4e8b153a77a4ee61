// Photographs every page in light, dark, on a phone and right to left, for docs/guides/screenshots.md:
// `npm run screenshots`, or `npm run screenshots -- account/home` for those whose name begins so.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { photographPages } from '../server/test/web/photographs.ts'

const docs = join(import.meta.dirname, '../docs')
const only = process.argv[2] ?? ''
const LEAD = `# What the pages look like

Each page in light, dark, on a phone 360 pixels wide, and right to left in Arabic. Made by \`npm run screenshots\`, which starts
the server, fills it with people at every stage and photographs what they see; run it after a change of a page and look.

`

if (only === '') rmSync(join(docs, 'screenshots'), { recursive: true, force: true })
const pictures = await photographPages(join(docs, 'screenshots'), only)
writeFileSync(join(docs, 'guides/screenshots.md'), LEAD + pictures)
