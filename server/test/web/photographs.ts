import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core'
import sharp from 'sharp'
import { ARGUMENTS, EXECUTABLE } from '../support/chromium.ts'
import { type Program, startProgram } from '../support/program.ts'
import { MANY_PEOPLE } from './residents.ts'
import { account, consolePages, entrance, type Scene } from './scenes.ts'
import { ADMIN, aWorld, type World } from './world.ts'

/** The ways that each page is looked at. */
const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1120, height: 720 } },
  dark: { colorScheme: 'dark', viewport: { width: 1120, height: 720 } },
  phone: { colorScheme: 'light', viewport: { width: 360, height: 740 }, hasTouch: true },
  rtl: { colorScheme: 'light', locale: 'ar', viewport: { width: 1120, height: 720 } },
} satisfies Record<string, BrowserContextOptions>

/** Lists grow with what happened; what is below is more of the same. */
const TALLEST = 1600

/** Photographs into `folder` every page whose name begins with `only`, in every look; returns the page that shows them. */
export async function photographPages(folder: string, only: string): Promise<string> {
  await using program = await startProgram('sqlite:', { ...ADMIN, ...MANY_PEOPLE })
  const world = await aWorld(program)
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: [...ARGUMENTS] })
  const groups = { entrance: entrance(world), account: account(), console: consolePages(world) }
  for (const [group, scenes] of Object.entries(groups)) {
    mkdirSync(join(folder, group), { recursive: true })
    for (const scene of scenes.filter(({ name }) => `${group}/${name}`.startsWith(only))) {
      for (const [look, options] of Object.entries(LOOKS)) {
        const file = join(folder, group, `${scene.name}.${look}.webp`)
        writeFileSync(file, await photograph(program, browser, world, scene, options))
      }
    }
  }
  await browser.close()
  return Object.entries(groups)
    .map(([group, scenes]) => `## ${TITLES[group]}\n\n${scenes.map((scene) => showing(group, scene)).join('\n')}`)
    .join('\n')
}

const TITLES: Readonly<Record<string, string>> = {
  entrance: 'The way in',
  account: 'The account',
  console: 'The console',
}

/** Markdown of one page in all its looks. */
function showing(group: string, { name }: Scene): string {
  const title = name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ')
  const pictures = Object.keys(LOOKS).map(
    (look) =>
      `<img src="../screenshots/${group}/${name}.${look}.webp" alt="${title}, ${look}" width="${WIDTHS[look]}">`,
  )
  return `### ${title}\n\n${pictures.join('\n')}\n`
}

const WIDTHS: Readonly<Record<string, number>> = { light: 360, dark: 360, phone: 160, rtl: 360 }

async function photograph(
  program: Program,
  browser: Browser,
  world: World,
  { path, as, act }: Scene,
  options: BrowserContextOptions,
): Promise<Buffer> {
  const context = await browser.newContext({
    baseURL: program.url,
    locale: 'en',
    reducedMotion: 'reduce',
    ...options,
    ...(as === undefined ? {} : { storageState: world[as].storageState }),
  })
  const page = await context.newPage()
  await page.goto(path, { waitUntil: 'networkidle' })
  await act?.(page)
  // On a busy machine the network is idle before the page has come to what it asks for.
  await page.locator('h1').first().waitFor()
  await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' })
  const png = await page.screenshot({ fullPage: true, animations: 'disabled', caret: 'hide' })
  await context.close()
  const { width, height } = await sharp(png).metadata()
  const top = { left: 0, top: 0, width, height: Math.min(height, TALLEST) }
  return sharp(png).extract(top).webp({ quality: 60, effort: 6 }).toBuffer()
}
