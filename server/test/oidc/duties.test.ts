import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, callbackOf, walk } from '../support/oauth.ts'

onEachDatabase('Who has to do something first, at an application,', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  // ASVS 6.4.1
  test('is led to where it is done, and back', async () => {
    const person = await anAccount(server(), { password_given_at: '2026-01-01T00:00:00.000Z' })
    const [client, browser] = [await aClient(server()), browserOf(server())]
    const attempt = anAttempt(server(), client)
    const page = await walk(browser, attempt.url, person)
    assert.match(page.url, /\/oauth\/interaction\/[\w-]+$/)
    assert.match(page.text, /One thing first/)
    assert.match(page.text, /href="\/account\/security\/password\?return_to=\/oauth\/interaction\/[\w-]+"/)
    assert.match((await browser.open(page.url)).text, /One thing first/, 'and stays there')
    const silent = await browser.open(anAttempt(server(), client, { prompt: 'none' }).url.href)
    assert.equal(callbackOf(silent).searchParams.get('error'), 'login_required')
    const { db } = server().deps
    await db.updateTable('accounts').set({ password_given_at: null }).where('id', '=', person.id).execute()
    const back = await walk(browser, page.url, { email: person.email, password: PASSWORD })
    assert.ok(callbackOf(back).searchParams.has('code'))
  })
})
