import type { AccountClaims, Client, FindAccount } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { parseIso, seconds } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'
import { type Duty, dutyOf } from '../duties/duties.ts'
import { listPhones } from '../phones/phones.ts'
import { profileOf } from '../profiles/profiles.ts'
import type { ProfileView } from '../profiles/schema.ts'
import { claimsOfScopes } from './scopes.ts'
import { findPerson } from './store.ts'

type Needs = Pick<Deps, 'db' | 'vault'>

/** Finds the person behind a `sub`; those who are discarded, banned or frozen are nobody, at every step of every flow. */
export const findPersonOf =
  (needs: Needs): FindAccount =>
  async (context, sub) => {
    const account = await findPerson(needs.db, sub)
    if (!account) return undefined
    return { accountId: sub, claims: async () => onlyOf(context.oidc.client, await claimsOf(needs, account)) }
  }

/** What the application may be told: no grant of an earlier day goes beyond the scopes it has now. */
function onlyOf(client: Client | undefined, claims: AccountClaims): AccountClaims {
  const allowed = claimsOfScopes((client?.scope ?? '').split(' '))
  const told = Object.entries(claims).filter(([claim]) => allowed.includes(claim))
  return { ...Object.fromEntries(told), sub: claims.sub }
}

/** What the person behind a `sub` has to do before an application is let anything. */
export async function dutyOfPerson(
  { config, db }: Pick<Deps, 'config' | 'db'>,
  sub: string,
): Promise<Duty | undefined> {
  const account = await findPerson(db, sub)
  return account && dutyOf({ config }, db, account)
}

/** Standard claims (OpenID Connect Core, section 5.1) and those that relying parties of Barong 1.8 know. */
async function claimsOf(needs: Needs, account: Account): Promise<AccountClaims> {
  const profile = await profileOf(needs, account)
  const phone = (await listPhones(needs.db, needs.vault, account.id))
    .filter(({ validated_at }) => validated_at !== null)
    .sort((one, other) => (String(one.validated_at) < String(other.validated_at) ? 1 : -1))[0]
  return {
    sub: account.uid,
    uid: account.uid,
    email: account.email,
    email_verified: account.confirmed_at !== null,
    role: account.role,
    level: account.level,
    state: account.state,
    updated_at: seconds(parseIso(account.updated_at)),
    ...(phone ? { phone_number: `+${phone.number}`, phone_number_verified: true } : {}),
    ...(profile ? profileClaims(profile) : {}),
  }
}

const profileClaims = (profile: ProfileView) => ({
  name: `${profile.first_name} ${profile.last_name}`,
  given_name: profile.first_name,
  family_name: profile.last_name,
  birthdate: profile.dob,
  address: {
    street_address: profile.address,
    locality: profile.city,
    postal_code: profile.postcode,
    country: profile.country,
  },
})
