import type { Deps } from '../../deps.ts'
import { defineErrors, type Refusal } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { isBarred, isUnconfirmed } from '../accounts/accounts.ts'
import { audit } from '../audit/audit.ts'
import { type Credential, checkPasskey, type PasskeyProof, requestOptions, usePasskey } from '../passkeys/passkeys.ts'
import { recordRefusal } from './refusals.ts'
import { welcome } from './welcome.ts'

const errors = defineErrors('sessions', {
  wrongPasskey: [401, 'Passkey is invalid'],
  barred: [401, 'Your account was locked!'],
  unconfirmed: [401, 'You have to confirm your email address before continuing'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'outbox' | 'limits'>

/** What a browser signs to sign in by a passkey alone; `bound` is what the signature is for besides, an interaction say. */
export const passkeySignInOptions = (needs: Needs, bound = '') =>
  requestOptions(needs, needs.db, { purpose: 'sign_in', bound })

/** Checks what was signed for a sign-in by a passkey alone. */
export async function provePasskey(needs: Needs, credential: Credential, bound = ''): Promise<PasskeyProof> {
  const proof = await checkPasskey(needs, { purpose: 'sign_in', bound }, credential)
  if (proof) return proof
  throw await recordRefusal(needs, undefined, errors.wrongPasskey())
}

/**
 * Signs in whose passkey it is, and goes on with `then` in the same transaction. A lock after wrong passwords does not
 * stand in the way: whoever caused it does not hold the passkey.
 */
export async function completePasskeySignIn<T>(
  needs: Needs,
  proof: PasskeyProof,
  then: (tx: Tx, account: Account) => Promise<T>,
): Promise<T> {
  const outcome = await needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, proof.account_id)
    const refused = faultOf(account) ?? ((await usePasskey(needs, tx, proof)) ? undefined : errors.wrongPasskey())
    if (!refused) {
      await welcome(needs, tx, account)
      return { value: await then(tx, account) }
    }
    await audit(needs, tx, { action: 'session.refused', account_id: account.id, refused })
    return { refused }
  })
  if ('value' in outcome) return outcome.value
  throw outcome.refused
}

function faultOf(account: Account): Refusal | undefined {
  if (isBarred(account)) return errors.barred()
  return isUnconfirmed(account) ? errors.unconfirmed() : undefined
}
