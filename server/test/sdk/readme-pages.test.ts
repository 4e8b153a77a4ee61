import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createBarong, passwords } from '../../../sdk/src/index.ts'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { freePort } from '../support/loopback.ts'
import { type Program, startProgram } from '../support/program.ts'
import { aResident } from '../web/residents.ts'
import { PASSWORD } from '../web/walk.ts'
import { ADMIN } from '../web/world.ts'
import { exampleOf, packedSdkForSuite } from './packed.ts'

/** The page of an example; an import map stands for the bundler of a newcomer. */
const pageOf = (example: string, data = '', body = '') =>
  `<!doctype html><script type="importmap">{"imports":{"@barong/sdk":"/sdk/index.js"}}</script>
<body ${data}>${body}<output></output><script type="module">${exampleOf(example)}</script>`

const FORM =
  '<form><input name="email"><input name="password" type="password"><input name="otp_code" hidden><button>Sign in</button></form>'

describe('The pages of the README', { skip: noChromium }, () => {
  const open = chromiumForSuite()
  const project = packedSdkForSuite()
  const scriptOf = (path: string) =>
    readFileSync(join(project().folder, 'node_modules/@barong/sdk', path.replace('/sdk/', '')), 'utf8')
  let program: Program
  let site: string
  before(async () => {
    site = `http://127.0.0.1:${await freePort()}`
    program = await startProgram('sqlite:', { ...ADMIN, API_CORS_ORIGINS: site })
  })
  after(() => program[Symbol.asyncDispose]())

  test('sign somebody in by cookie beside the server', async () => {
    const { email } = await aResident(program, 'ada@example.com')
    await using person = await open(program.url)
    const { page } = person
    await page.route('**/tab', (route) => route.fulfill({ contentType: 'text/html', body: pageOf('page', '', FORM) }))
    await page.route('**/sdk/**', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: scriptOf(new URL(route.request().url()).pathname) }),
    )
    await page.goto('/tab')
    await page.fill('[name=email]', email)
    await page.fill('[name=password]', 'wrong')
    await page.click('button')
    await page.getByText('Invalid Email or Password').waitFor()
    await page.fill('[name=password]', PASSWORD)
    await page.click('button')
    await page.getByText(`Welcome, ${email}`).waitFor()
  })

  test('get somebody back from the sign-in of the server, at another site', async () => {
    const { email } = await aResident(program, 'grace@example.com')
    const client_id = await anApplication(`${site}/callback`)
    const body = pageOf('callback', `data-url="${program.url}" data-client_id="${client_id}"`)
    const server = createServer(({ url = '' }, response) => {
      const isScript = url.startsWith('/sdk/')
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? scriptOf(url) : url === '/favicon.ico' ? '' : body)
    })
    await new Promise<void>((resolve) => server.listen(Number(new URL(site).port), '127.0.0.1', resolve))
    await using person = await open(site)
    const { page, complaints } = person
    await page.goto('/')
    await page.fill('[name=email]', email)
    await page.fill('[name=password]', PASSWORD)
    await page.press('[name=password]', 'Enter')
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText(`Welcome, ${email}`).waitFor()
    assert.equal(page.url(), `${site}/`)
    await page.reload()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText(`Welcome, ${email}`).waitFor()
    await page.evaluate("sessionStorage.setItem('pending', JSON.stringify({ state: 's', code_verifier: 'v' }))")
    await page.goto(`/callback?${new URLSearchParams({ error: 'access_denied', state: 's', iss: program.url })}`)
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText(`Welcome, ${email}`).waitFor()
    // It is the other server that is asked, and nobody else.
    assert.ok(complaints.splice(0).every((each) => each.startsWith(`request: ${program.url}/`)))
    server.closeAllConnections()
    server.close()
  })

  async function anApplication(redirect_uri: string): Promise<string> {
    const admin = createBarong({ url: program.url, auth: passwords({ application_id: program.application_id }) })
    await admin.auth.signIn({ email: ADMIN.ADMIN_EMAIL, password: ADMIN.ADMIN_PASSWORD }).orThrow()
    const body = { name: 'Shop', redirect_uris: [redirect_uri], public: true }
    return (await admin.request('POST /api/v1/admin/applications', { body }).orThrow()).uid
  }
})
