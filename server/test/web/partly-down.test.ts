import { after, before, describe, test } from 'node:test'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { type Program, startProgram } from '../support/program.ts'
import { aResident, type Resident } from './residents.ts'

const REFUSED = { status: 422, json: { error: 'Something went wrong' } }

describe('Pages of an account of which one part is not answered', { skip: noChromium }, () => {
  const open = chromiumForSuite()
  let program: Program
  let ada: Resident
  before(async () => {
    program = await startProgram('sqlite:')
    ada = await aResident(program, 'ada@example.com')
  })
  after(() => program[Symbol.asyncDispose]())

  test('say so above what is known, where the holds are missing', async () => {
    await using person = await open(program.url, { storageState: ada.storageState })
    await person.page.route('**/security/holds', (route) => route.fulfill(REFUSED))
    await person.page.goto('/account/security')
    await person.page.locator('.refused').waitFor()
    await person.page.getByRole('link', { name: 'Passkeys' }).waitFor()
  })

  for (const part of ['labels', 'reviews/me', 'profiles/me'])
    test(`say so in place of the profile, where ${part} are missing`, async () => {
      await using person = await open(program.url, { storageState: ada.storageState })
      await person.page.route(`**/api/v1/**/${part}`, (route) => route.fulfill(REFUSED))
      await person.page.goto('/account/profile')
      await person.page.locator('.refused').waitFor()
    })
})
