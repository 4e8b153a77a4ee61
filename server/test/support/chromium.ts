import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, afterEach, before } from 'node:test'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** Where Chromium is: the one without windows, which does the same with half the work, or else the one for people. */
export const EXECUTABLE =
  process.env['CHROMIUM'] ??
  (existsSync('/usr/bin/chromium-headless-shell') ? '/usr/bin/chromium-headless-shell' : '/usr/bin/chromium')
/** How it is started: alone, and asking nobody anything. */
export const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why browser tests cannot run here; `false` where they can. To be given to `skip`. */
export const noChromium: string | false = existsSync(EXECUTABLE)
  ? false
  : `BROWSER TESTS DID NOT RUN: there is no Chromium at ${EXECUTABLE} (apt-get install chromium-headless-shell, or set CHROMIUM)`

/** What a browser asks itself for, its viewer of PDFs too. */
const OWN = ['blob:', 'data:', 'chrome:', 'chrome-extension:']

/** A person at a page. What goes wrong on the page fails the test that they are in. */
export interface Person extends AsyncDisposable {
  page: Page
  /** What went wrong so far: errors of scripts, breaches of the policy, requests to other hosts. */
  complaints: string[]
}

/** Starts Chromium for the tests of a suite; each person has cookies of their own. */
export function chromiumForSuite(): (origin: string, options?: BrowserContextOptions) => Promise<Person> {
  let browser: Browser | undefined
  const complaints: string[][] = []
  before(async () => {
    if (noChromium === false) browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS })
  })
  afterEach(() => assert.deepEqual(complaints.splice(0).flat(), []))
  after(() => browser?.close())
  return async (origin, options) => {
    if (!browser) throw new Error('Chromium is not started yet.')
    const person = await aPerson(browser, origin, options)
    complaints.push(person.complaints)
    return person
  }
}

/** Opens a browser of their own for one person; addresses are relative to `origin`. */
async function aPerson(browser: Browser, origin: string, options?: BrowserContextOptions): Promise<Person> {
  const context = await browser.newContext({ baseURL: origin, locale: 'en', reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    // Answers with 4xx are part of what is tested.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(`console: ${message.text()}`)
    }
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== origin && !OWN.includes(url.protocol)) complaints.push(`request: ${url}`)
  })
  return {
    page,
    complaints,
    [Symbol.asyncDispose]: async () => {
      await context.close()
    },
  }
}

/** Gives the page's browser an authenticator that says yes. */
export async function anAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}
