import { iso, isoDay } from '../../lib/clock.ts'
import { parseDay } from '../../lib/day.ts'
import type { ModelErrors } from '../../lib/sentences.ts'
import { isBirthday, normalizeProfile, type ProfileToInsert, profileErrors } from '../profiles/profiles.ts'
import { type Fields, neededText, textField } from './fields.ts'
import { metadataOf, type Owned, type PROFILE, times } from './owned-rows.ts'

/** 1.7 took profiles without it. */
const OPTIONAL = 'postcode'

/** What is told of something that is kept although the rules of today would refuse it. */
export const keptThough = (errors: ModelErrors): string | undefined =>
  errors.any ? `It is kept as it was, and would be refused today: ${errors.sentence()}` : undefined

/** A profile that a release accepted whose rules were others: it needs its fields, whatever is in them. */
export function keptProfileRow(fields: Fields, now: number): Owned<'profiles'> {
  const text = (name: (typeof PROFILE)[number]): string =>
    name === OPTIONAL ? (textField(fields, name) ?? '') : neededText(fields, name)
  const profile = normalizeProfile({
    first_name: text('first_name'),
    last_name: text('last_name'),
    dob: parseDay(text('dob')) ?? neededText({}, 'dob'),
    address: text('address'),
    postcode: text('postcode'),
    city: text('city'),
    country: text('country'),
  })
  const metadata = metadataOf(fields)
  return { ...profile, metadata: metadata === undefined ? null : JSON.stringify(metadata), ...times(fields, iso(now)) }
}

/** Why the profile would be refused if it were handed in today. */
export function profileRemark({ metadata, ...profile }: ProfileToInsert, now: number): string | undefined {
  const errors = profileErrors({ ...profile, ...(metadata === null ? {} : { metadata: JSON.parse(metadata) }) })
  if (!isBirthday(profile.dob, isoDay(now))) errors.add('dob', 'is invalid')
  return keptThough(errors)
}
