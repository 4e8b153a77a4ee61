import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { addSignature, type Envelope, type EnvelopeSignature } from '../../platform/crypto/multisig.ts'
import { recordAct } from '../audit/audit.ts'
import { verifyCode } from '../two-factor/two-factor.ts'
import { claimsOf } from './envelope.ts'
import { accountOf } from './lookups.ts'

const errors = defineErrors('management', {
  notFound: [404, 'Record is not found'],
  noTwoFactor: [422, 'Account has not enabled 2FA'],
  invalid: [422, 'JWT is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring' | 'vault' | 'keys' | 'limits'>

/** What other services know our key by. */
const KID = 'barong'

/** Adds our signature to a request when the person's one-time code is right: the person has agreed to it. All else of it stays. */
export async function signWithOtp(
  needs: Needs,
  { account_uid, otp_code, jwt }: { account_uid: string; otp_code: string; jwt: Record<string, unknown> },
): Promise<Envelope> {
  const account = await accountOf(needs, account_uid)
  if (account.state !== 'active') throw errors.notFound()
  if (account.otp_enabled_at === null) throw errors.noTwoFactor()
  await verifyCode(needs, { account }, otp_code)
  const { algorithm, private_key } = needs.keys.current()
  const signed = await addSignature(requestOf(jwt, needs.config.url), { kid: KID, key: private_key, algorithm })
  await recordAct(needs, { action: 'management.request_signed', account_id: account.id })
  return { ...jwt, ...signed }
}

function requestOf(jwt: Record<string, unknown>, url: string): Envelope {
  const payload = jwt['payload']
  const signatures = jwt['signatures']
  // The two texts that callers of 1.8.26 may know.
  if (payload === undefined) throw invalid('#<KeyError: key not found: :payload>')
  if (signatures === undefined) throw invalid('#<KeyError: key not found: :signatures>')
  const claims = typeof payload === 'string' ? claimsOf(payload) : undefined
  if (typeof payload !== 'string' || !claims) throw invalid('payload is no JSON object in URL-safe base64')
  // Our signature over such claims would be a session's token, one of our events, or an ID token (OpenID Connect Core, section 2).
  const isOurs = claims['iss'] === 'barong' || isIssuer(claims['iss'], url) || claims['sub'] === 'session'
  if (isOurs) throw invalid('payload claims to be from barong')
  if (!Array.isArray(signatures)) throw invalid('signatures are no list')
  return { payload, signatures: signatures.map(checked) }
}

/** Whether it is our address, however that is written. */
const isIssuer = (iss: unknown, url: string): boolean =>
  typeof iss === 'string' && URL.canParse(iss) && plain(iss) === plain(url)

const plain = (url: string): string => new URL(url).href.replace(/\/+$/, '')

function checked(value: unknown): EnvelopeSignature {
  if (!isSignature(value)) throw invalid('a signature lacks protected, header.kid or signature')
  return value
}

const isSignature = (value: unknown): value is EnvelopeSignature =>
  isObject(value) &&
  isObject(value['header']) &&
  [value['protected'], value['header']['kid'], value['signature']].every((text) => typeof text === 'string')

const invalid = (reason: string) => errors.invalid({ body: { error: `JWT is invalid by the reason "${reason}"` } })
