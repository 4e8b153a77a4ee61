import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, CALLBACK } from '../support/oauth.ts'

onEachDatabase('An authorization request', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  const postForm = (payload: string | Buffer) =>
    server().app.inject({
      method: 'POST',
      url: '/oauth/authorize',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload,
    })

  test('is read to its end, whatever question marks are in it', async () => {
    const { url } = anAttempt(server(), await aClient(server()), { state: 'STATE', prompt: 'none', login_hint: 'a?b' })
    const query = url.search.replace('STATE', 'one?two?three=four').replace('%3F', '?')
    const { statusCode, headers } = await server().app.inject(`/oauth/authorize${query}`)
    assert.equal(statusCode, 303)
    const answer = new URL(String(headers.location))
    assert.equal(`${answer.origin}${answer.pathname}`, CALLBACK)
    assert.deepEqual(
      [answer.searchParams.get('error'), answer.searchParams.get('state')],
      ['login_required', 'one?two?three=four'],
    )
  })

  test('that is posted becomes one that can be opened, whatever bytes it is of', async () => {
    const { url } = anAttempt(server(), await aClient(server()), { state: 'STATE' })
    const form = String(url.searchParams)
    for (const state of ['josé 用户', 'a\r\nset-cookie: x=y', '%0d%0aset-cookie: x=y']) {
      const { statusCode, headers } = await postForm(form.replace('STATE', state))
      assert.equal(statusCode, 303, state)
      const location = String(headers.location)
      assert.match(location, /^\/oauth\/authorize\?[\x21-\x7e]+$/)
      const expected = new URLSearchParams(form.replace('STATE', state)).get('state')
      assert.equal(new URL(location, server().origin).searchParams.get('state'), expected)
      assert.equal(headers['set-cookie'], undefined)
    }
    assert.equal((await postForm(Buffer.from([0x61, 0x3d, 0xff, 0xfe]))).statusCode, 303)
  })

  test('that is too long for an address is refused, and can be pushed instead', async () => {
    const { url } = anAttempt(server(), await aClient(server()), { state: 'x'.repeat(9000) })
    const { statusCode, body } = await postForm(String(url.searchParams))
    assert.deepEqual([statusCode, JSON.parse(body).error], [400, 'invalid_request'])
  })
})
