import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { AccountFacts, Passkey } from '../../platform/db/schema.ts'
import { CHALLENGE_LIFETIME, newChallenge, type Occasion, takeChallenge } from './challenges.ts'
import { assertionOf, type Credential, challengeOf } from './credentials.ts'
import { descriptorOf } from './registration.ts'
import { relyingPartyOf } from './relying-party.ts'
import type { RequestOptions } from './schema.ts'
import { findPasskeyByCredential, listPasskeyRows, notePasskeyUse } from './store.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring'>

/** A signature that was right, and whose. */
export interface PasskeyProof {
  account_id: number
  passkey: Passkey
  counter: number
  /** Authentication method references (RFC 8176) besides those of other factors. */
  amr: string[]
}

/**
 * What a browser is asked to sign (WebAuthn, PublicKeyCredentialRequestOptionsJSON). Without an account any passkey of
 * this server will do that checks who holds it.
 */
export async function requestOptions(
  needs: Omit<Needs, 'db'>,
  db: Db,
  occasion: Occasion,
  account?: AccountFacts,
): Promise<Static<typeof RequestOptions>> {
  const known = account ? await listPasskeyRows(db, account.id) : []
  return {
    challenge: await newChallenge(needs, db, occasion),
    rpId: relyingPartyOf(needs).id,
    timeout: CHALLENGE_LIFETIME,
    allowCredentials: known.map(descriptorOf),
    userVerification: isAlone(occasion) ? 'required' : 'preferred',
  }
}

/** Checks a signature; undefined where it is not right, or not for this occasion. Its challenge is used up either way. */
export async function checkPasskey(
  needs: Needs,
  occasion: Occasion,
  credential: Credential,
): Promise<PasskeyProof | undefined> {
  const response = assertionOf(credential)
  if (!response) return undefined
  const challenge = challengeOf(response.response.clientDataJSON)
  if (!(await takeChallenge(needs, occasion, challenge))) return undefined
  const passkey = await findPasskeyByCredential(needs.db, response.id)
  if (!passkey) return undefined
  const { id, origins } = relyingPartyOf(needs)
  try {
    // Loaded when a passkey is first used: it takes a fifth of the time of a start.
    const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origins,
      expectedRPID: id,
      requireUserVerification: isAlone(occasion),
      credential: {
        id: passkey.credential_id,
        publicKey: new Uint8Array(Buffer.from(passkey.public_key, 'base64url')),
        counter: Number(passkey.counter),
      },
    })
    if (!verified) return undefined
    const { newCounter, userVerified } = authenticationInfo
    return { account_id: passkey.account_id, passkey, counter: newCounter, amr: amrOf(passkey, userVerified) }
  } catch {
    return undefined
  }
}

/** Uses up what was signed; false where it was used already, or where a copy of the authenticator signed meanwhile. */
export const usePasskey = ({ clock }: Pick<Deps, 'clock'>, tx: Tx, { passkey, counter }: PasskeyProof) =>
  notePasskeyUse(tx, passkey.id, counter, iso(clock.now()))

/** Where nothing else proves who it is, the authenticator must have checked it. */
const isAlone = ({ purpose }: Occasion): boolean => purpose === 'sign_in' || purpose === 'confirm'

const amrOf = ({ device }: Passkey, verified: boolean): string[] => [
  device === 'singleDevice' ? 'hwk' : 'swk',
  ...(verified ? ['user'] : []),
]
