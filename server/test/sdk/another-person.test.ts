import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  bearer,
  cookies,
  createBarong,
  memoryStore,
  type TokenStore,
  type Tokens,
  tokenFetch,
} from '../../../sdk/src/index.ts'
import { type Answers, aClientWith, answering, aTokenOf, bearersOf, EXPIRED, ended, heldOf, URL } from './fakes.ts'

const JWT = 'POST /api/v1/sessions/jwt'
const SIGN_IN = 'POST /api/v1/browser_session'
const LABELS = 'POST /api/v1/labels'
const ME = 'GET /api/v1/accounts/me'
const SESSIONS = 'POST /api/v1/sessions'
const NOBODY = () => Response.json({ error: 'Nobody is signed in in this browser' }, { status: 401 })

/** A page whose browser is signed in as whoever `person` says, and whose tokens of Ada are over. */
function aPage(answers: Answers = {}) {
  const browser = { person: 'ada' }
  const { ends, onSignedOut } = ended()
  const adas = new Set<string>()
  const { fetch, sent } = answering({
    [JWT]: () => {
      const token = aTokenOf(browser.person)
      if (browser.person === 'ada') adas.add(token)
      return Response.json({ token })
    },
    [LABELS]: (request) =>
      browser.person !== 'ada' && adas.has(bearersOf([request])[0] ?? '') ? EXPIRED() : Response.json(null),
    [SIGN_IN]: () => Response.json({ step: 'signed_in' }),
    ...answers,
  })
  return { browser, ends, sent, barong: createBarong({ url: URL, fetch, auth: cookies({ onSignedOut }) }) }
}

const timesOf = (sent: readonly Request[], name: string) =>
  sent.filter(({ method, url }) => `${method} ${url.slice(URL.length)}` === name).length

describe('A call for one person is never made in the name of another', () => {
  test('when the browser was signed in as somebody else since', async () => {
    const { browser, barong, ends, sent } = aPage()
    await barong.labels.add('language', 'english').orThrow()
    browser.person = 'grace'
    const { error } = await barong.labels.add('language', 'french')
    assert.deepEqual([error?.kind, error?.message], ['unauthenticated', 'Somebody else is signed in by now'])
    assert.deepEqual(ends, [error])
    assert.equal(timesOf(sent, LABELS), 2)
    assert.equal((await barong.labels.add('language', 'german')).error?.kind, 'unauthenticated')
    assert.deepEqual([ends.length, timesOf(sent, LABELS)], [1, 2])
  })

  test('until this page signs them in itself', async () => {
    const { browser, barong } = aPage()
    await barong.labels.add('language', 'english').orThrow()
    browser.person = 'grace'
    await barong.labels.add('language', 'french')
    await barong.auth.signIn({ email: 'grace@example.com', password: 'x' }).orThrow()
    await barong.labels.add('language', 'german').orThrow()
  })

  test('when another tab keeps somebody else in the store, whose session goes on there', async () => {
    const store = memoryStore()
    const [ada, grace] = [aTokenOf('ada'), aTokenOf('grace')]
    store.set(heldOf(ada))
    const { ends, onSignedOut } = ended()
    const { barong, sent } = aClientWith(store, { [LABELS]: () => Response.json(null) }, onSignedOut)
    await barong.labels.add('language', 'english').orThrow()
    store.set(heldOf(grace))
    for (let time = 0; time < 2; time += 1)
      assert.equal((await barong.labels.add('language', 'french')).error?.kind, 'unauthenticated')
    assert.deepEqual(bearersOf(sent), [ada])
    assert.equal(ends.length, 1)
    assert.equal(barong.auth.held(), undefined)
    await barong.auth.signOut().orThrow()
    assert.equal(store.get()?.token, grace)
  })

  test('when another tab puts somebody else there while the call is on its way', async () => {
    const store = memoryStore()
    store.set(heldOf(aTokenOf('ada')))
    const answers = {
      [LABELS]: () => {
        store.set(heldOf(aTokenOf('grace')))
        return EXPIRED()
      },
    }
    const { ends, onSignedOut } = ended()
    const { barong, sent } = aClientWith(store, answers, onSignedOut)
    assert.equal((await barong.labels.add('language', 'english')).error?.kind, 'unauthenticated')
    assert.deepEqual([sent.length, ends.length], [1, 1])
  })

  test('when somebody else signs in here while the call is on its way, whose session goes on', async () => {
    const store = memoryStore()
    store.set(heldOf(aTokenOf('ada')))
    const { ends, onSignedOut } = ended()
    const answers: Answers = {
      [LABELS]: async () => {
        await barong.auth.signIn({ email: 'grace@example.com', password: 'x' }).orThrow()
        return EXPIRED()
      },
      [SESSIONS]: () => Response.json(aTokenOf('grace')),
      [ME]: () => Response.json({ uid: 'grace' }),
    }
    const { barong, sent } = aClientWith(store, answers, onSignedOut)
    assert.equal((await barong.labels.add('language', 'english')).error?.kind, 'unauthenticated')
    assert.deepEqual([timesOf(sent, LABELS), ends.length], [1, 0])
    assert.equal((await barong.account.me().orThrow()).uid, 'grace')
  })

  test('by a token that a function gives, at the server or at a service', async () => {
    let times = 0
    const { fetch, sent } = answering({ [ME]: EXPIRED, 'GET /orders': EXPIRED })
    const auth = bearer(() => aTokenOf(++times % 2 === 1 ? 'ada' : 'grace'))
    const barong = createBarong({ url: URL, fetch, auth })
    assert.equal((await barong.account.me()).error?.kind, 'unauthenticated')
    assert.equal((await tokenFetch(barong.auth, [URL], fetch)(`${URL}/orders`)).status, 401)
    assert.equal(sent.length, 2)
  })
})

describe('A sign-in', () => {
  test('is not undone by a renewal that was on its way before it', async () => {
    const first = Promise.withResolvers<Response>()
    let asked = 0
    const token = aTokenOf('ada')
    const { barong } = aPage({
      [JWT]: () => (++asked === 1 ? first.promise : Response.json({ token })),
      [ME]: () => Response.json({ uid: 'ada' }),
    })
    const early = barong.account.me()
    await barong.auth.signIn({ email: 'ada@example.com', password: 'x' }).orThrow()
    assert.equal((await barong.account.me().orThrow()).uid, 'ada')
    first.resolve(NOBODY())
    assert.equal((await early.orThrow()).uid, 'ada')
    assert.equal((await barong.auth.token()).data, token)
  })

  test('is not followed by a token that the browser got by the sign-in before it', async () => {
    const first = Promise.withResolvers<Response>()
    let asked = 0
    const [before, after] = [aTokenOf('ada'), aTokenOf('grace')]
    const { barong } = aPage({
      [JWT]: () => (++asked === 1 ? first.promise : Response.json({ token: after })),
      [ME]: () => Response.json({ uid: 'ada' }),
    })
    const early = barong.account.me()
    await barong.auth.signIn({ email: 'grace@example.com', password: 'x' }).orThrow()
    first.resolve(Response.json({ token: before }))
    await early
    assert.equal((await barong.auth.token()).data, after)
  })

  test('that fails leaves whoever was signed in', async () => {
    const { barong, sent } = aPage({
      [SIGN_IN]: () => Response.json({ error: 'Invalid Email or Password' }, { status: 401 }),
    })
    await barong.labels.add('language', 'english').orThrow()
    await barong.auth.signIn({ email: 'ada@example.com', password: 'wrong' })
    await barong.labels.add('language', 'french').orThrow()
    assert.equal(timesOf(sent, JWT), 1)
  })
})

/** A store as a program may write it. */
class OwnStore implements TokenStore {
  #kept: Tokens | undefined
  get() {
    return this.#kept
  }
  set(tokens: Tokens | undefined) {
    this.#kept = tokens
  }
}

test('tokens are kept by a store that is a class with private fields', async () => {
  const { barong } = aClientWith(new OwnStore(), { [SESSIONS]: () => Response.json(aTokenOf('ada')) })
  assert.equal(barong.auth.held(), undefined)
  await barong.auth.signIn({ email: 'ada@example.com', password: 'x' }).orThrow()
  assert.equal(barong.auth.held()?.token, (await barong.auth.token()).data)
})
