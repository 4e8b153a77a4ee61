import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { TOTP, URI } from 'otpauth'
import type { Page } from 'playwright-core'
import { loadConfig } from '../../src/platform/config/config.ts'
import { openDatabase } from '../../src/platform/db/open.ts'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { nextMessage, type Program, startProgram } from '../support/program.ts'
import { aResident, MANY_PEOPLE } from './residents.ts'
import { PASSWORD } from './walk.ts'

const NUMBER = '+14155552671'

describe('Where every change asks for a fresh proof, in a browser', { skip: noChromium }, () => {
  const open = chromiumForSuite()
  const directory = mkdtempSync(join(tmpdir(), 'barong-proofs-'))
  const database = `sqlite:${join(directory, 'db.sqlite')}`
  let program: Program
  before(async () => {
    program = await startProgram(database, { ...MANY_PEOPLE, SUDO_FOR_ALL: 'true' })
  })
  after(async () => {
    await program[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  })

  test('a phone is added, a second factor set up, recovery codes and a key are made and a key removed, late each time', async () => {
    const { email, storageState } = await aResident(program, 'ada@example.com')
    await using person = await open(program.url, { storageState })
    const { page } = person

    const comeLate = async (path: string) => {
      // The page's token, which is made when it is opened, knows when its owner signed in.
      await page.goto(path, { waitUntil: 'networkidle' })
      await growOld(email)
    }
    await comeLate('/account/phone')
    await page.fill('input[type=tel]', NUMBER)
    await page.keyboard.press('Enter')
    await prove(page)
    await page.locator('.code-field').waitFor()
    await growOld(email)
    await page.locator('.code-field').fill(/\d{6}/.exec((await nextMessage(program, NUMBER)).text)?.[0] ?? '')
    await prove(page)
    await page.waitForURL('**/account')

    await comeLate('/account/security/two-factor')
    const enrolment = page.waitForResponse((answer) => answer.url().endsWith('/generate_qrcode') && answer.ok())
    await page.getByRole('button', { name: 'Set it up' }).click()
    await prove(page)
    const app = URI.parse((await (await enrolment).json()).data.url)
    assert.ok(app instanceof TOTP)
    await page.locator('.code-field').fill(app.generate())
    await page.locator('#recovery').waitFor()

    await growOld(email)
    await proveWithCode(page, app)
    await page.locator('.codes li').nth(9).waitFor()
    await stays(page, page.getByRole('link', { name: 'Home' }))
    await page.getByRole('button', { name: 'Save as a file' }).click()

    await comeLate('/account/security/api-keys')
    const list = page.locator('[aria-labelledby=keys]')
    await list.locator('.code-field').fill(app.generate())
    await page.getByText('You have no keys yet.').waitFor()
    await growOld(email)
    await proveWithCode(page, app)
    const save = page.getByRole('button', { name: 'Save the private key' })
    await save.waitFor()
    await stays(page, page.getByRole('link', { name: 'Home' }))
    await save.click()
    await list.locator('.row').waitFor()

    const remove = list.getByRole('button', { name: /^Remove / })
    await remove.click()
    await page.locator('.code-field:focus').waitFor()
    await page.getByRole('button', { name: 'Leave it as it is' }).click()
    await list.locator('.code-field').waitFor({ state: 'detached' })
    await growOld(email)
    await remove.click()
    await proveWithCode(page, app)
    await page.getByText('You have no keys yet.').waitFor()
  })

  /** As if they had proved long ago who they are, and used no code of the app since. */
  async function growOld(email: string): Promise<void> {
    const db = openDatabase(loadConfig({ DATABASE_URL: database }).database)
    try {
      const { id } = await db.selectFrom('accounts').select('id').where('email', '=', email).executeTakeFirstOrThrow()
      await db.updateTable('accounts').set({ otp_last_step: null }).where('id', '=', id).execute()
      const long = { authenticated_at: '2026-01-01T00:00:00.000Z', reauthenticated_at: null }
      await db.updateTable('sessions').set(long).where('account_id', '=', id).execute()
    } finally {
      await db.destroy()
    }
  }
})

/** Proves once more who it is. */
async function prove(page: Page, code?: string): Promise<void> {
  const password = page.locator('input[autocomplete=current-password]')
  await password.fill(PASSWORD)
  if (code !== undefined) await page.getByLabel('Code of your authenticator app').fill(code)
  await password.press('Enter')
}

/** Types a code, which goes into the proof that is asked for, and then the next one. */
async function proveWithCode(page: Page, app: TOTP): Promise<void> {
  await page.locator('.code-field').first().fill(app.generate())
  await prove(page, app.generate())
  await page.getByText('Now enter the next code').waitFor()
  await page.locator('.code-field:focus').fill(app.generate({ timestamp: Date.now() + 30_000 }))
}

/** Presses what leads away, thinks again when asked, and is still there. */
async function stays(page: Page, link: ReturnType<Page['locator']>): Promise<void> {
  const here = page.url()
  const asked = page.waitForEvent('dialog')
  const pressed = link.click()
  await (await asked).dismiss()
  await pressed
  assert.equal(page.url(), here)
}
