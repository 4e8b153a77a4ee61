import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { Deps } from '../../deps.ts'
import type { Account, Passkey, Phone, Profile, Row } from '../../platform/db/schema.ts'
import { recordAct } from '../audit/audit.ts'
import { countRecoveryCodesOf, openSecrets } from '../two-factor/two-factor.ts'
import { profileRemark } from './kept.ts'
import { listAccountsAfter, listOwned, listOwnedPhones, listOwnedProfiles } from './store.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'vault'>

/** Accounts that are read at once. */
const PAGE = 500

/**
 * Writes every account with its password hash, second factors, labels, phones, profile and API keys: one JSON object a line,
 * as {@link importAccounts} reads them. The file holds secrets and is for its owner's eyes only; `-` is standard output.
 * Returns how many accounts there were.
 */
export async function exportAccounts(needs: Needs, file: string): Promise<number> {
  await using out = file === '-' ? standardOutput : await newFile(file)
  // Before the first of them leaves: an export that was broken off has told, too.
  await recordAct(needs, { action: 'accounts.exported', account_id: null })
  let count = 0
  for await (const lines of pages(needs)) {
    count += lines.length
    await out.write(lines.join(''))
  }
  return count
}

interface Out extends AsyncDisposable {
  write(text: string): Promise<void>
}

const standardOutput: Out = {
  write: async (text) => {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain')
  },
  [Symbol.asyncDispose]: async () => {},
}

async function newFile(path: string): Promise<Out> {
  const file = await open(path, 'wx', 0o600)
  return { write: (text) => file.appendFile(text), [Symbol.asyncDispose]: () => file.close() }
}

async function* pages(needs: Needs): AsyncGenerator<string[]> {
  const { db, vault, clock } = needs
  for (let after = 0; ; ) {
    const page = await listAccountsAfter(db, after, PAGE)
    const last = page.at(-1)
    if (!last) return
    const owned = {
      labels: byAccount(await listOwned(db, 'labels', page)),
      phones: byAccount(await listOwnedPhones(db, vault, page)),
      profiles: byAccount(await listOwnedProfiles(db, vault, page)),
      api_keys: byAccount(await listOwned(db, 'api_keys', page)),
      passkeys: byAccount(await listOwned(db, 'passkeys', page)),
      recovery_codes: await countRecoveryCodesOf(db, page),
    }
    const secrets = await openSecrets(vault, db, page)
    const now = clock.now()
    yield page.map((account) => `${JSON.stringify(recordOf(account, owned, secrets.get(account.id), now))}\n`)
    after = last.id
  }
}

interface OwnedRows {
  labels: Map<number, Row<'labels'>[]>
  phones: Map<number, Phone[]>
  profiles: Map<number, Profile[]>
  api_keys: Map<number, Row<'api_keys'>[]>
  passkeys: Map<number, Passkey[]>
  /** How many are unused. */
  recovery_codes: Map<number, number>
}

function recordOf(account: Account, owned: OwnedRows, otp_secret: string | undefined, now: number) {
  const { id, uid, email, password_digest, role, level, state, confirmed_at, failed_attempts, locked_at } = account
  const { otp_enabled_at, password_given_at, frozen_at, staff_frozen_at, discarded_at, language } = account
  const { created_at, updated_at } = account
  const enabled = otp_secret !== undefined && otp_enabled_at !== null
  return {
    ...{ uid, email, password_digest, role, level, state, confirmed_at, failed_attempts, locked_at },
    ...{ password_given_at, frozen_at, staff_frozen_at, discarded_at, language },
    ...(enabled ? { otp_secret, otp_enabled_at } : {}),
    ...{ created_at, updated_at },
    labels: (owned.labels.get(id) ?? []).map(({ id: _, account_id, ...label }) => label),
    phones: (owned.phones.get(id) ?? []).map(({ number, country, validated_at, created_at, updated_at }) => ({
      ...{ number, country, validated_at, created_at, updated_at },
    })),
    profile: profileOf(owned.profiles.get(id)?.[0], now),
    api_keys: (owned.api_keys.get(id) ?? []).map(({ id: _, account_id, ...key }) => key),
    passkeys: (owned.passkeys.get(id) ?? []).map(({ id: _, account_id, transports, ...passkey }) => ({
      ...passkey,
      transports: JSON.parse(transports),
    })),
    // Only how many: they are kept under a key that stays here.
    ...(owned.recovery_codes.has(id) ? { recovery_codes: owned.recovery_codes.get(id) } : {}),
  }
}

/** `now` in milliseconds. */
function profileOf(profile: Profile | undefined, now: number) {
  if (!profile) return null
  const { id: _, account_id, metadata, ...fields } = profile
  // It came from a program with other rules, and would otherwise be refused where it is to come.
  const kept = profileRemark(profile, now) !== undefined
  return { ...fields, metadata: metadata === null ? null : JSON.parse(metadata), ...(kept ? { kept } : {}) }
}

function byAccount<R extends { account_id: number }>(rows: readonly R[]): Map<number, R[]> {
  return Map.groupBy(rows, ({ account_id }) => account_id)
}
