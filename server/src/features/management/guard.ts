import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { seconds } from '../../lib/clock.ts'
import { defineErrors, Refusal } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { actAs } from '../../platform/acting/acting.ts'
import type { ManagementScope } from '../../platform/config/management-api/policy.ts'
import type { Guard } from '../../platform/http/guards.ts'
import { wrongClaim } from './claims.ts'
import { envelopeOf, parseBody, type ReceivedEnvelope, verifiedSigners } from './envelope.ts'
import { wrongPurpose } from './purpose.ts'
import { useOnce } from './replays.ts'
import { unverified } from './unverified.ts'

const errors = defineErrors('management', {
  wrongVerb: [405, 'Only POST and PUT verbs are allowed.'],
  query: [400, 'Query parameters are not allowed.'],
  contentType: [400, 'Only JSON body is accepted.'],
  unsigned: [401, 'Not enough signatures for the action.'],
  unknown: [404, 'Unable to find endpoint'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'management'>

/** Lets in what may be an envelope: JSON, by POST or PUT, without a query. */
export function takeEnvelopes(http: FastifyInstance): void {
  http.addHook('onRequest', async ({ method, raw, headers }) => {
    if (method !== 'POST' && method !== 'PUT') throw errors.wrongVerb({ headers: { allow: 'POST, PUT' } })
    if (raw.url?.includes('?')) throw errors.query()
    if (!/^application\/json[ \t]*(?:;|$)/i.test(headers['content-type'] ?? '')) throw errors.contentType()
  })
  http.removeAllContentTypeParsers()
  http.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    parseBody(body),
  )
}

/** Lets in envelopes that enough signers of the scope have signed, each envelope once; the body is its `data` then. */
export const requireSigners = (needs: Needs, scope: ManagementScope): Guard => ({
  security: 'Signatures',
  check: async (request) => {
    const envelope = envelopeOf(request.body)
    const signers = await signersOf(needs, scope, envelope)
    actAsSigners(signers)
    const refusal = await refusalOf(needs, scope, envelope, signers, request)
    if (refusal) throw refusal
    const { data } = envelope.claims
    request.body = isObject(data) ? data : {}
  },
})

/** Logs why requests are refused on the routes that are registered on `http` afterwards: their senders are told one text for many reasons. */
export function logRefusals(http: FastifyInstance): void {
  http.addHook('onError', async ({ log }, _reply, error) => {
    if (error instanceof Refusal && error.status === 401) log.info({ code: error.code }, 'A signed request is refused')
  })
}

/** Tells anybody that there is no such endpoint. */
export const refuseEndpoint = async (): Promise<void> => {
  throw errors.unknown()
}

/** Tells only known signers that there is no such endpoint. */
export const refuseUnknownEndpoint =
  ({ clock, management }: Pick<Deps, 'clock' | 'management'>) =>
  async (request: FastifyRequest): Promise<void> => {
    const envelope = envelopeOf(request.body)
    const signers = await verifiedSigners(envelope, management.keychain)
    const wrong = wrongClaim(management.claims, envelope.claims, seconds(clock.now()))
    actAsSigners(signers)
    if (signers.size === 0) throw unverified.unknownSigners()
    throw wrong === undefined ? errors.unknown() : unverified[wrong]()
  }

function actAsSigners(signers: ReadonlySet<string>): void {
  if (signers.size > 0) actAs('signer', [...signers].sort().join(' '))
}

/** The signers permitted in the scope whose signatures are right. */
async function signersOf(
  { management }: Needs,
  scope: ManagementScope,
  envelope: ReceivedEnvelope,
): Promise<ReadonlySet<string>> {
  const rule = management.scopes.get(scope)
  if (!rule) throw unverified.notConfigured()
  const permitted = new Map([...management.keychain].filter(([kid]) => rule.permitted_signers.includes(kid)))
  return verifiedSigners(envelope, permitted)
}

/** Claims are looked at only when somebody permitted has signed them, as in 1.8.26: else signatures are what is missing. */
async function refusalOf(
  needs: Needs,
  scope: ManagementScope,
  envelope: ReceivedEnvelope,
  signers: ReadonlySet<string>,
  request: Pick<FastifyRequest, 'method' | 'url'>,
): Promise<Refusal | undefined> {
  const { clock, management } = needs
  const wrong =
    wrongClaim(management.claims, envelope.claims, seconds(clock.now())) ??
    wrongPurpose(management.claims, envelope.claims, request)
  if (signers.size > 0 && wrong !== undefined) return unverified[wrong]()
  const mandatory = management.scopes.get(scope)?.mandatory_signers ?? []
  if (!mandatory.every((signer) => signers.has(signer))) return errors.unsigned()
  return (await useOnce(needs, envelope)) ? undefined : unverified.usedBefore()
}
