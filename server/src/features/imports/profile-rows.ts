import { iso, isoDay } from '../../lib/clock.ts'
import { parseDay } from '../../lib/day.ts'
import { isObject } from '../../lib/json.ts'
import { isBirthday, normalizeProfile, profileErrors } from '../profiles/profiles.ts'
import { type Fields, textField, Unfit } from './fields.ts'
import { keptProfileRow } from './kept.ts'
import { metadataOf, type Owned, PROFILE, refuse, times } from './owned-rows.ts'

/** The profile of a record, where it has one: as `profile`, or in fields of its own. `now` in milliseconds. */
export function profileRows(record: Fields, now: number): Owned<'profiles'>[] {
  const fields = record['profile'] ?? record
  if (!isObject(fields)) throw new Unfit('Profile is no object')
  if (PROFILE.every((name) => (fields[name] ?? '') === '')) return []
  // One that an export tells to be of other rules comes as it is, as it came from Barong 1.x.
  return [fields['kept'] === true ? keptProfileRow(fields, now) : profileRow(fields, now)]
}

/** One profile. */
function profileRow(fields: Fields, now: number): Owned<'profiles'> {
  const text = (name: (typeof PROFILE)[number]) => textField(fields, name) ?? ''
  const metadata = metadataOf(fields)
  const profile = normalizeProfile({
    first_name: text('first_name'),
    last_name: text('last_name'),
    dob: parseDay(text('dob')) ?? '',
    address: text('address'),
    postcode: text('postcode'),
    city: text('city'),
    country: text('country'),
    ...(metadata === undefined ? {} : { metadata }),
  })
  refuse(profileErrors(profile))
  if (!isBirthday(profile.dob, isoDay(now))) throw new Unfit('Birthday is invalid')
  return { ...profile, metadata: metadata === undefined ? null : JSON.stringify(metadata), ...times(fields, iso(now)) }
}

/** Whether the record tells a profile as an export does that the rules of today would refuse. */
export const hasKeptProfile = ({ profile }: Fields): boolean => isObject(profile) && profile['kept'] === true
