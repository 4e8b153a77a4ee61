import assert from 'node:assert/strict'
import type { Visit } from '../../support/browser.ts'
import { type Module, metadataOf, type RelyingParty, refusalOf } from './relying-party.ts'

const AFTER = 'https://app.example/'

const signOut = ({ browser, server }: RelyingParty, query: Record<string, string>): Promise<Visit> =>
  browser.open(`${server.origin}/oauth/sign_out?${new URLSearchParams(query)}`)
const confirm = ({ browser }: RelyingParty, visit: Visit): Promise<Visit> =>
  browser.submit(visit, '/sign_out/confirm', { logout: 'yes' })
const isSignedIn = async ({ open }: RelyingParty): Promise<boolean> =>
  !(await open({ prompt: 'none' })).url.includes('error=login_required')

/** Signs in, signs out with `query`, and ends where the person is told so by a page. */
const endsHere = (name: string, checks: string, queryOf: (id_token: string) => Record<string, string>): Module => ({
  name,
  checks,
  run: async (party) => {
    const { body } = await party.tokens()
    const asked = await signOut(party, queryOf(body['id_token'] ?? ''))
    assert.ok(await isSignedIn(party))
    const again = await signOut(party, queryOf(body['id_token'] ?? ''))
    assert.equal(asked.status, 200)
    const out = await confirm(party, again)
    assert.match(out.text, /You are signed out/)
    assert.equal(await isSignedIn(party), false)
  },
})

/** Signs in, and is refused to sign out with `query`; nobody is redirected and nobody signed out. */
const isRefused = (name: string, checks: string, queryOf: (id_token: string) => Record<string, string>): Module => ({
  name,
  checks,
  run: async (party) => {
    const { body } = await party.tokens()
    const refused = await signOut(party, queryOf(body['id_token'] ?? ''))
    assert.equal(refused.status, 400)
    assert.ok(refusalOf(refused))
    assert.ok(await isSignedIn(party))
  },
})

/** The plan oidcc-rp-initiated-logout-certification-test-plan. */
export const logout: readonly Module[] = [
  {
    name: 'oidcc-rp-initiated-logout-discovery-endpoint-verification',
    checks: 'discovery names the end_session_endpoint',
    run: async ({ server }) => {
      const metadata = await metadataOf(server)
      assert.equal(metadata['end_session_endpoint'], `${server.origin}/oauth/sign_out`)
    },
  },
  {
    name: 'oidcc-rp-initiated-logout',
    checks: 'the person is asked, signed out and sent back with the state',
    run: async (party) => {
      const { body } = await party.tokens()
      const query = { id_token_hint: body['id_token'] ?? '', post_logout_redirect_uri: AFTER, state: 'a state' }
      const out = await confirm(party, await signOut(party, query))
      assert.equal(out.url, `${AFTER}?state=a+state`)
      assert.equal(await isSignedIn(party), false)
    },
  },
  {
    name: 'oidcc-rp-initiated-logout-no-state',
    checks: 'without a state none is sent back',
    run: async (party) => {
      const { body } = await party.tokens()
      const query = { id_token_hint: body['id_token'] ?? '', post_logout_redirect_uri: AFTER }
      assert.equal((await confirm(party, await signOut(party, query))).url, AFTER)
    },
  },
  isRefused(
    'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
    'an address that is not registered is refused on a page',
    (id_token_hint) => ({ id_token_hint, post_logout_redirect_uri: `${AFTER}elsewhere` }),
  ),
  isRefused(
    'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
    'a query added to a registered address is refused on a page',
    (id_token_hint) => ({ id_token_hint, post_logout_redirect_uri: `${AFTER}?added=1` }),
  ),
  isRefused(
    'oidcc-rp-initiated-logout-modified-id-token-hint',
    'an id token with another signature is refused on a page',
    (id_token_hint) => ({
      id_token_hint: id_token_hint.replace(/.{8}$/, 'AAAAAAAA'),
      post_logout_redirect_uri: AFTER,
    }),
  ),
  isRefused('oidcc-rp-initiated-logout-bad-id-token-hint', 'a hint that is no id token is refused on a page', () => ({
    id_token_hint: 'x.y.z',
    post_logout_redirect_uri: AFTER,
  })),
  endsHere(
    'oidcc-rp-initiated-logout-no-id-token-hint',
    'without a hint the person is asked, and not redirected',
    () => ({ post_logout_redirect_uri: AFTER }),
  ),
  endsHere('oidcc-rp-initiated-logout-no-params', 'without parameters the person is asked', () => ({})),
  endsHere(
    'oidcc-rp-initiated-logout-no-post-logout-redirect-uri',
    'without an address the person is told here',
    (id_token_hint) => ({ id_token_hint, state: 'a state' }),
  ),
  endsHere('oidcc-rp-initiated-logout-only-state', 'with a state alone the person is told here', () => ({
    state: 'a state',
  })),
]
