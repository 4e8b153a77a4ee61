import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE, SECOND } from '../../src/lib/clock.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import {
  aClient,
  anAttempt,
  browserOf,
  CALLBACK,
  callbackOf,
  exchange,
  post,
  refresh,
  tokensOf,
  walk,
} from '../support/oauth.ts'

const WAIVED = { pkce_waived_at: '2026-01-01T00:00:00.000Z' }
const NO_PKCE = { code_challenge: undefined, code_challenge_method: undefined }

onEachDatabase('Attackers', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)
  const me = (token: string) => server().call('GET', '/accounts/me', { token })
  const errorOf = (visit: { url: string }) => new URL(visit.url).searchParams.get('error')
  const landedAt = async (client: Awaited<ReturnType<typeof aClient>>, account: Account, params = {}) => {
    const attempt = anAttempt(server(), client, params)
    return { attempt, landed: await walk(browserOf(server()), attempt.url, account) }
  }

  // ASVS 10.4.2
  test('who replay a code end the tokens of its first use, and nobody else’s', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const elsewhere = await tokensOf(server(), client, account)
    const { attempt, landed } = await landedAt(client, account)
    const first = await exchange(server(), client, attempt, landed)
    assert.equal((await me(first.body.access_token)).status, 200)
    const replay = await exchange(server(), client, attempt, landed)
    assert.deepEqual([replay.status, replay.body.error], [400, 'invalid_grant'])
    assert.equal((await me(first.body.access_token)).status, 401)
    assert.equal((await refresh(server(), client, first.body.refresh_token)).status, 400)
    assert.equal((await me(elsewhere.access_token)).status, 200)
  })

  // ASVS 10.4.2
  test('who bring a code many times at once get tokens once at most, and none that outlive that', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const { attempt, landed } = await landedAt(client, account)
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => exchange(server(), client, attempt, landed)))
    const statuses = answers.map(({ status }) => status).sort()
    // One that comes while the tokens are made ends what they are made from.
    assert.ok(['200 400 400 400 400', '400 400 400 400 400'].includes(statuses.join(' ')), statuses.join(' '))
    assert.equal((await exchange(server(), client, attempt, landed)).status, 400)
    for (const { status, body } of answers) if (status === 200) assert.equal((await me(body.access_token)).status, 401)
  })

  test('cannot use a code that was not issued for their attempt, their application or their address', async () => {
    const account = await anAccount(server())
    const client = await aClient(server(), { redirect_uri: `${CALLBACK}\nhttps://app.example/other` })
    const other = await aClient(server())
    const { attempt, landed } = await landedAt(client, account)
    const injected = await exchange(server(), client, anAttempt(server(), client), landed)
    const elsewhere = await exchange(server(), client, attempt, landed, { redirect_uri: 'https://app.example/other' })
    const stolen = await exchange(server(), other, attempt, landed)
    for (const { status, body } of [injected, elsewhere, stolen])
      assert.deepEqual([status, body.error], [400, 'invalid_grant'])
    assert.equal((await exchange(server(), client, attempt, landed)).status, 200)
  })

  // ASVS 10.4.4, 10.6.1
  test('get nothing from grants that are no more: no token from the front, none for a password', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    for (const response_type of ['token', 'id_token', 'id_token token', 'code token', 'code id_token', 'none']) {
      const answer = await walk(browserOf(server()), anAttempt(server(), client, { response_type }).url, account)
      assert.match(answer.url, /error=(unsupported_response_type|invalid_request)/, response_type)
      assert.doesNotMatch(answer.url, /token=|code=/, response_type)
    }
    const form = { grant_type: 'password', username: account.email, password: PASSWORD }
    const { status, body } = await post(server(), '/oauth/token', client, form)
    assert.deepEqual([status, body.error], [400, 'unsupported_grant_type'])
    const narrow = await aClient(server(), { grant_types: 'authorization_code' })
    const own = await post(server(), '/oauth/token', narrow, { grant_type: 'client_credentials' })
    assert.deepEqual([own.status, own.body.access_token], [400, undefined])
  })

  // ASVS 10.4.3
  test('come too late with a code after a minute', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const { attempt, landed } = await landedAt(client, account)
    server().clock.advance(MINUTE + SECOND)
    const { status, body } = await exchange(server(), client, attempt, landed)
    assert.deepEqual([status, body.error], [400, 'invalid_grant'])
  })

  // ASVS 10.4.6
  test('cannot leave PKCE out, weaken it, or drop it half way', async () => {
    const [account, client, waived] = [
      await anAccount(server()),
      await aClient(server()),
      await aClient(server(), WAIVED),
    ]
    const errors = []
    for (const params of [NO_PKCE, { code_challenge_method: 'plain' }, { code_challenge_method: undefined }])
      errors.push(errorOf(await browserOf(server()).open(anAttempt(server(), client, params).url.href)))
    assert.deepEqual(errors, ['invalid_request', 'invalid_request', 'invalid_request'])
    const plain = await browserOf(server()).open(
      anAttempt(server(), waived, { code_challenge_method: 'plain' }).url.href,
    )
    assert.equal(errorOf(plain), 'invalid_request')
    const without = await landedAt(waived, account, NO_PKCE)
    assert.equal((await exchange(server(), waived, without.attempt, without.landed)).body.error, 'invalid_grant')
    const half = await landedAt(waived, account)
    const dropped = await exchange(server(), waived, half.attempt, half.landed, { code_verifier: '' })
    assert.equal(dropped.body.error, 'invalid_grant')
  })

  test('who mix servers up are found out by `iss`, in answers and in refusals', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const { landed } = await landedAt(client, account)
    assert.equal(callbackOf(landed).searchParams.get('iss'), server().origin)
    const refused = await browserOf(server()).open(anAttempt(server(), client, { prompt: 'none' }).url.href)
    assert.equal(callbackOf(refused).searchParams.get('iss'), server().origin)
  })

  // ASVS 10.1.2
  test('cannot use a consent page of one person with the browser of another', async () => {
    const [ann, bob, client] = [await anAccount(server()), await anAccount(server()), await aClient(server())]
    const browser = browserOf(server())
    const page = await browser.open(anAttempt(server(), client).url.href)
    const annConsents = await browser.submit(page, '/sign_in', { email: ann.email, password: PASSWORD })
    const again = await browser.open(anAttempt(server(), await aClient(server()), { prompt: 'login' }).url.href)
    await browser.submit(again, '/sign_in', { email: bob.email, password: PASSWORD })
    assert.equal((await browser.submit(annConsents, '/consent')).status, 404)
    const strange = browserOf(server())
    assert.equal((await strange.submit(annConsents, '/consent')).status, 404)
  })

  test('who have somebody sign in at a page they opened are not signed in by it, whatever cookies they planted', async () => {
    const [victim, client] = [await anAccount(server()), await aClient(server())]
    const [theirs, hers] = [browserOf(server()), browserOf(server())]
    const page = await theirs.open(anAttempt(server(), client).url.href)
    assert.equal((await hers.submit(page, '/sign_in', { email: victim.email, password: PASSWORD })).status, 404)
    hers.plant('barong_browser', theirs.cookie('barong_browser') ?? '')
    const form = page.forms.find(({ action }) => action.endsWith('/sign_in'))
    const typed = { ...form?.fields, email: victim.email, password: PASSWORD }
    const signedIn = await hers.request(form?.action ?? '', { method: 'POST', body: new URLSearchParams(typed) })
    assert.equal(signedIn.status, 303)
    const goOn = new URL(signedIn.headers.get('location') ?? '', server().origin).href
    assert.deepEqual([(await theirs.open(goOn)).status, (await theirs.open(page.url)).status], [400, 404])
    assert.equal(errorOf(await theirs.open(anAttempt(server(), client, { prompt: 'none' }).url.href)), 'login_required')
  })

  // ASVS 10.4.10
  test('cannot learn of or end the tokens of another application', async () => {
    const [account, client, other] = [await anAccount(server()), await aClient(server()), await aClient(server())]
    const tokens = await tokensOf(server(), client, account)
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      const looked = await post(server(), '/oauth/introspect', other, { token })
      assert.deepEqual([looked.status, looked.body], [200, { active: false }])
      assert.equal((await post(server(), '/oauth/revoke', other, { token })).status, 200)
    }
    assert.equal((await refresh(server(), other, tokens.refresh_token)).body.error, 'invalid_grant')
    assert.equal((await me(tokens.access_token)).status, 200)
    assert.equal((await refresh(server(), client, tokens.refresh_token)).status, 200)
  })

  // ASVS 9.2.2
  test('cannot pass a token of another kind, or the bare id of one', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const tokens = await tokensOf(server(), client, account)
    const { jti } = JSON.parse(Buffer.from(tokens.access_token.split('.')[1], 'base64url').toString())
    for (const token of [tokens.id_token, tokens.refresh_token, jti, `${tokens.access_token}x`]) {
      const userinfo = await fetch(`${server().origin}/oauth/userinfo`, {
        headers: { authorization: `Bearer ${token}` },
      })
      assert.equal(userinfo.status, 401)
      assert.equal((await me(token)).status, 401)
    }
    for (const token of [tokens.id_token, jti, tokens.access_token.replace(/.$/, '')])
      assert.deepEqual((await post(server(), '/oauth/introspect', client, { token })).body, { active: false })
  })

  // ASVS 10.4.11
  test('cannot widen what was granted by refreshing', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const tokens = await tokensOf(server(), client, account, { params: { scope: 'openid profile' } })
    const wider = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, scope: 'openid kyc.write' }
    assert.equal((await post(server(), '/oauth/token', client, wider)).body.error, 'invalid_scope')
    const limited = await aClient(server(), { scopes: 'openid profile' })
    const visit = await browserOf(server()).open(anAttempt(server(), limited, { scope: 'openid kyc' }).url.href)
    assert.equal(errorOf(visit), 'invalid_scope')
  })
})
