import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { iso, stopped } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { hexToken } from '../../lib/ids.ts'
import { squish } from '../../lib/sentences.ts'
import { isUniqueViolation, type Tx } from '../../platform/db/db.ts'
import type { Account, Passkey } from '../../platform/db/schema.ts'
import { passkeyEvent } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { endAccess, lockCaller } from '../accounts/accounts.ts'
import { audit } from '../audit/audit.ts'
import { imposeHolds } from '../holds/holds.ts'
import { notify, plainName } from '../notices/notices.ts'
import { CHALLENGE_LIFETIME, newChallenge, takeChallenge } from './challenges.ts'
import { attestationOf, type Credential, challengeOf, transportsOf } from './credentials.ts'
import { relyingPartyOf } from './relying-party.ts'
import type { CreationOptions } from './schema.ts'
import { deleteRecoveryCodes, insertPasskey, listPasskeyRows } from './store.ts'

const errors = defineErrors('passkeys', {
  invalid: [422, 'Passkey is invalid'],
  taken: [422, 'Passkey was added before'],
  tooMany: [422, 'There are 20 passkeys already; remove one first'],
  name: [422, 'Name is too long (maximum is 64 characters)'],
})

const MOST = 20
const LONGEST_NAME = 64
/** COSE algorithms: EdDSA, ES256, RS256. */
const ALGORITHMS = [-8, -7, -257]

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring'>

/** What a browser is asked to make a passkey by (WebAuthn, PublicKeyCredentialCreationOptionsJSON). */
export async function startRegistration(
  needs: Needs,
  { account, session }: Caller,
): Promise<Static<typeof CreationOptions>> {
  const { id, name } = relyingPartyOf(needs)
  const known = await listPasskeyRows(needs.db, account.id)
  if (known.length >= MOST) throw errors.tooMany()
  return {
    rp: { id, name },
    user: { id: Buffer.from(account.uid).toString('base64url'), name: account.email, displayName: account.email },
    challenge: await newChallenge(needs, needs.db, { purpose: 'register', bound: session.jti }),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout: CHALLENGE_LIFETIME,
    excludeCredentials: known.map(descriptorOf),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    attestation: 'none',
  }
}

/** Adds the passkey that an authenticator made. With the first one a password alone no longer signs in, so sessions opened by it end. */
export async function addPasskey(
  needs: Needs,
  caller: Caller,
  input: { name?: string | undefined; credential: Credential },
): Promise<Passkey> {
  const {
    account: { id },
    session,
  } = caller
  const made = await verified(needs, session.jti, input.credential)
  const name = nameOf(input.name ?? '')
  try {
    return await needs.db.transaction().execute(async (tx) => {
      const account = await lockCaller(tx, caller)
      // The link of the mail removes what is not older than itself, this passkey first of all.
      const at_once = { ...needs, clock: stopped(needs.clock) }
      const before = await listPasskeyRows(tx, id)
      if (before.length >= MOST) throw errors.tooMany()
      const passkey = await insertPasskey(tx, {
        ...made,
        uid: hexToken(8),
        account_id: id,
        name,
        transports: JSON.stringify(transportsOf(input.credential)),
        created_at: iso(at_once.clock.now()),
      })
      await announce(at_once, tx, account, passkey)
      if (before.length === 0 && account.otp_enabled_at === null) {
        await deleteRecoveryCodes(tx, id)
        await endAccess(needs, tx, account, session.jti)
      }
      return passkey
    })
  } catch (error) {
    throw isUniqueViolation(error) ? errors.taken({ cause: error }) : error
  }
}

async function announce(needs: Needs, tx: Tx, account: Account, passkey: Passkey): Promise<void> {
  await needs.outbox.record(tx, account.id, eventMessage(passkeyEvent('created', account, passkey)))
  await audit(needs, tx, { action: 'passkey.added', account_id: account.id, details: { id: passkey.uid } })
  await notify(needs, tx, account, 'passkey_added', plainName(passkey.name))
  await imposeHolds(needs, tx, account, 'second_factor_added')
}

async function verified(needs: Needs, jti: string, credential: Credential) {
  const response = attestationOf(credential)
  if (!response) throw errors.invalid()
  const challenge = challengeOf(response.response.clientDataJSON)
  if (!(await takeChallenge(needs, { purpose: 'register', bound: jti }, challenge))) throw errors.invalid()
  const { id, origins } = relyingPartyOf(needs)
  // Loaded when a passkey is first used: it takes a fifth of the time of a start.
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: origins,
    expectedRPID: id,
    requireUserVerification: false,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch((cause: unknown) => {
    throw errors.invalid({ cause })
  })
  if (!verified) throw errors.invalid()
  const { credential: key, credentialDeviceType } = registrationInfo
  return {
    credential_id: key.id,
    public_key: Buffer.from(key.publicKey).toString('base64url'),
    counter: key.counter,
    device: credentialDeviceType,
  }
}

/** A name as it is stored. */
export function nameOf(input: string): string {
  const name = squish(input)
  if (name.length > LONGEST_NAME) throw errors.name()
  return name === '' ? 'Passkey' : name
}

/** A passkey as browsers are told of it (WebAuthn, PublicKeyCredentialDescriptorJSON). */
export const descriptorOf = ({ credential_id, transports }: Passkey) => {
  const ways: string[] = JSON.parse(transports)
  return { id: credential_id, type: 'public-key', transports: ways } as const
}
