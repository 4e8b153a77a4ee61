import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admit, type Demand, tokenOf } from '../../../sdk/src/bearer.ts'
import type { TokenClaims, Verdict, Verifier } from '../../../sdk/src/verifier.ts'

const claims: TokenClaims = { jti: '1', iat: 1, exp: 2, sub: 'session', scope: 'profile trade' }
const answering = (verdict: Verdict) => ({
  verify: async () => verdict,
  schemes: ['Bearer'] as const,
  [Symbol.asyncDispose]: async () => {},
})
const good = answering({ claims })

/** The status and challenge that a request is answered with, or what its token says. */
async function outcomeOf(verifier: Verifier, authorization: string | undefined, demand: Demand): Promise<unknown> {
  const asked = { method: 'GET', target: '/', authorization, dpop: undefined }
  const admission = await admit(verifier, asked, demand)
  if ('claims' in admission) return admission.claims
  const { status, headers } = admission.denial
  return [status, headers['www-authenticate'] ?? headers['retry-after']]
}

test('a service lets in a bearer of a good token with the scope it wants, and challenges others (RFC 6750)', async () => {
  assert.equal(await outcomeOf(good, 'Bearer token', {}), claims)
  assert.equal(await outcomeOf(good, 'bearer  token ', { scope: 'trade' }), claims)
  const insufficient = 'Bearer error="insufficient_scope", scope="rad"'
  assert.deepEqual(await outcomeOf(good, 'Bearer token', { scope: 'rad' }), [403, insufficient])
  for (const header of [undefined, '', 'Bearer', 'Basic token', 'Bearer one two', 'DPoP token'])
    assert.deepEqual(await outcomeOf(good, header, {}), [401, 'Bearer'], header ?? 'none')
  for (const refused of ['expired', 'revoked', 'bound_to_key'] as const)
    assert.deepEqual(await outcomeOf(answering({ refused }), 'Bearer token', {}), [401, 'Bearer error="invalid_token"'])
})

test('a service lets people in without the scope where it says so, and API keys by their audience', async () => {
  const { scope: _, ...person } = { ...claims, uid: 'ID1' }
  const insufficient = [403, 'Bearer error="insufficient_scope", scope="trade"']
  const wants = { scope: 'trade', people: true }
  assert.equal(await outcomeOf(answering({ claims: person }), 'Bearer token', wants), person)
  assert.deepEqual(await outcomeOf(answering({ claims: person }), 'Bearer token', { scope: 'trade' }), insufficient)
  const audience = { ...person, aud: ['trade'] }
  assert.deepEqual(await outcomeOf(answering({ claims: audience }), 'Bearer token', { scope: 'trade' }), insufficient)
  for (const limited of [{ scope: 'profile' }, { client_id: 'an-application' }, { api_kid: 'a-key', aud: 'rad' }])
    assert.deepEqual(
      await outcomeOf(answering({ claims: { ...person, ...limited } }), 'Bearer token', wants),
      insufficient,
      JSON.stringify(limited),
    )
  const key = { ...person, api_kid: 'a-key', aud: 'rad,trade' }
  assert.equal(await outcomeOf(answering({ claims: key }), 'Bearer token', { scope: 'trade' }), key)
})

test('a service that cannot tell whether a token is good asks to try again, and lets nobody in', async () => {
  for (const refused of ['keys_unavailable', 'revocations_unknown', 'proofs_unavailable'] as const)
    assert.deepEqual(await outcomeOf(answering({ refused }), 'Bearer token', {}), [503, '1'])
})

test('a route that stands behind no requireToken() is told so', () => {
  assert.throws(() => tokenOf({}), /stands behind no requireToken/)
})
