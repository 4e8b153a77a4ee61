import { type Static, Type } from 'typebox'
import { blankText, dateText, hash } from '../../platform/http/parameters.ts'

export const NewProfile = Type.Object(
  {
    first_name: blankText('First Name'),
    last_name: blankText('Last Name'),
    dob: dateText('Birthday', { blank: true }),
    address: blankText('Address'),
    postcode: blankText('Postcode'),
    city: blankText('City'),
    country: blankText('Country', { description: 'ISO 3166-1 alpha-2 or alpha-3', pattern: '^[A-Za-z]{2,3}$' }),
    metadata: Type.Optional(hash('Metadata', { description: 'Anything else, up to 65535 bytes of JSON' })),
  },
  { title: 'NewProfile' },
)
export type NewProfile = Static<typeof NewProfile>

/** A profile as its owner sees it, in the order clients compare. */
export const ProfileView = Type.Object(
  {
    first_name: Type.String(),
    last_name: Type.String(),
    dob: Type.String({ format: 'date' }),
    address: Type.String(),
    postcode: Type.String(),
    city: Type.String(),
    country: Type.String(),
    metadata: Type.Unsafe<Record<string, unknown> | null>({ type: ['object', 'null'], additionalProperties: true }),
  },
  { title: 'Profile' },
)
export type ProfileView = Static<typeof ProfileView>
