import type { AccountClaims, FindAccount } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { parseIso, seconds } from '../../lib/clock.ts'
import { findPerson } from './store.ts'

type Person = NonNullable<Awaited<ReturnType<typeof findPerson>>>

/** Finds the person behind a `sub`; discarded and banned ones are nobody, at every step of every flow. */
export const findPersonOf =
  ({ db }: Pick<Deps, 'db'>): FindAccount =>
  async (_context, sub) => {
    const person = await findPerson(db, sub)
    if (!person) return undefined
    return { accountId: sub, claims: async () => claimsOf(person) }
  }

/** Standard claims (OpenID Connect Core, section 5.1) and those that relying parties of Barong 1.8 know. */
function claimsOf({ account, profile, phone }: Person): AccountClaims {
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

const profileClaims = (profile: NonNullable<Person['profile']>) => ({
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
