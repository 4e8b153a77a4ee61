import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { aClient, anAttempt } from '../support/oauth.ts'
import { testServer } from '../support/server.ts'

onEachDatabase('Cookies of a browser that signs in', (newDatabase) => {
  // ASVS 3.3.1, 3.3.2, 3.3.3, 3.3.4, 7.2.3
  test('are for this host alone, over TLS alone, out of reach of scripts and of other sites', async () => {
    const origin = 'https://id.example.com'
    await using server = await testServer(await newDatabase(), { BARONG_URL: origin })
    const { url } = anAttempt({ origin }, await aClient(server))
    // The proxy that holds the certificate speaks plain HTTP with us, and nothing it says is needed to know better.
    const answer = await server.app.inject({ url: `${url.pathname}${url.search}`, headers: { host: 'id.example.com' } })
    assert.equal(answer.statusCode, 303)
    const cookies = [answer.headers['set-cookie'] ?? []].flat()
    const browser = cookies.find((cookie) => cookie.startsWith('__Host-barong_browser='))
    assert.match(browser ?? '', /^__Host-barong_browser=[\w-]{22}; path=\/; samesite=lax; secure; httponly$/)
    for (const cookie of cookies) {
      assert.match(cookie, /^__Host-barong_\w+=[^;]*; path=\/;/)
      assert.match(cookie, /; secure/)
      assert.match(cookie, /; httponly/)
      assert.match(cookie, /; samesite=lax/)
      assert.doesNotMatch(cookie, /domain=/)
    }
    const { email } = await anAccount(server)
    const how = { json: { email, password: PASSWORD }, headers: { 'sec-fetch-site': 'same-origin' } }
    const signedIn = await server.call('POST', '/browser_session', how)
    const session = [signedIn.headers['set-cookie'] ?? []]
      .flat()
      .map(String)
      .find((cookie) => cookie.includes('barong_session'))
    assert.match(
      session ?? '',
      /^__Host-barong_session=[\w-]{22}; path=\/; max-age=\d+; samesite=lax; secure; httponly$/,
    )
  })

  test('let an interaction go on in the browser alone that began it, whatever cookie of the engine somebody plants', async () => {
    await using server = await testServer(await newDatabase())
    const { url } = anAttempt({ origin: 'http://barong.test' }, await aClient(server))
    const begun = await server.app.inject(`${url.pathname}${url.search}`)
    const own = [begun.headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split(';')[0] ?? '')
    const id = String(begun.headers.location).split('/').at(-1) ?? ''
    assert.doesNotMatch(own.join(), /resume/)
    const back = (cookie: string) => server.app.inject({ url: `/oauth/authorize/${id}`, headers: { cookie } })
    const other = await server.app.inject(`${url.pathname}${url.search}`)
    const foreign = [other.headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split(';')[0] ?? '')
    for (const cookies of [[], [`barong_resume=${id}`], foreign, [...foreign, `barong_resume=${id}`]]) {
      const answer = await back(cookies.join('; '))
      assert.equal(answer.statusCode, 400, cookies.join())
      assert.doesNotMatch(String(answer.headers['set-cookie']), /resume/)
    }
    const answer = await back(own.join('; '))
    assert.equal(answer.statusCode, 303, 'its own browser is asked again')
    assert.match(String(answer.headers.location), /^\/oauth\/interaction\//)
  })

  test('are answered on any page without a session id before somebody signs in', async () => {
    await using server = await testServer(await newDatabase())
    const { url } = anAttempt({ origin: 'http://barong.test' }, await aClient(server))
    const answer = await server.app.inject(`${url.pathname}${url.search}`)
    assert.doesNotMatch(String(answer.headers['set-cookie']), /barong_session=/)
  })
})
