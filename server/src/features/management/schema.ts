import { type Static, Type } from 'typebox'
import { anyText, dateText, hash, text } from '../../platform/http/parameters.ts'
import { AccountState } from '../accounts/schema.ts'
import { Role } from '../permissions/schema.ts'
import { ProfileView } from '../profiles/schema.ts'

/** Which account is meant; of several, the first counts. */
export const AccountLookup = Type.Object(
  {
    uid: Type.Optional(text('UID', { description: 'Account uid' })),
    email: Type.Optional(text('Email', { description: 'Account email' })),
    phone_number: Type.Optional(text('Phone Number', { description: 'Verified number with country code' })),
  },
  { title: 'AccountLookup' },
)
export type AccountLookup = Static<typeof AccountLookup>

export const NewAccount = Type.Object(
  {
    email: text('Email', { description: 'Account Email' }),
    password: text('Password', { description: 'Account Password' }),
  },
  { title: 'NewAccount' },
)

const bcrypt = (name: string) => text('Password Hash', { description: `bcrypt hash of the password${name}` })

/** A person who had an account elsewhere. A profile is made when it is complete. */
export const MovedAccount = Type.Object(
  {
    email: text('Email', { description: 'Account Email' }),
    password_hash: Type.Optional(bcrypt('')),
    password_digest: Type.Optional(bcrypt(', by the name that Barong 2 has for it')),
    phone: Type.Optional(text('Phone', { description: 'Number that was verified, with country code' })),
    first_name: Type.Optional(text('First Name')),
    last_name: Type.Optional(text('Last Name')),
    dob: Type.Optional(dateText('Birthday')),
    address: Type.Optional(text('Address')),
    postcode: Type.Optional(text('Postcode')),
    city: Type.Optional(text('City')),
    country: Type.Optional(text('Country', { description: 'ISO 3166-1 alpha-2 or alpha-3' })),
    metadata: Type.Optional(hash('Metadata')),
  },
  { title: 'MovedAccount' },
)
export type MovedAccount = Static<typeof MovedAccount>

export const AccountOnly = Type.Object(
  { account_uid: text('Account UID', { description: 'Account uid' }) },
  { title: 'AccountOnly' },
)
export const PrivateLabel = Type.Object(
  {
    account_uid: text('Account UID', { description: 'Account uid' }),
    key: text('Key', { description: 'Label key.' }),
    value: text('Value', { description: 'Label value.' }),
  },
  { title: 'PrivateLabel' },
)
export const PrivateLabelKey = Type.Object(
  {
    account_uid: text('Account UID', { description: 'Account uid' }),
    key: text('Key', { description: 'Label key.' }),
  },
  { title: 'PrivateLabelKey' },
)

export const OtpSignature = Type.Object(
  {
    account_uid: text('Account UID', { description: 'Account UID' }),
    otp_code: anyText('OTP code', { description: "Code from the person's authenticator app" }),
    jwt: hash('JWT', { blank: false, description: 'The request to sign: `payload` and `signatures`' }),
  },
  { title: 'OtpSignature' },
)

const whatever = { additionalProperties: true }

/** A request with one more signature; what else it had is still there. */
export const SignedEnvelope = Type.Object(
  {
    payload: Type.String(),
    signatures: Type.Array(
      Type.Object(
        { protected: Type.String(), header: Type.Object({ kid: Type.String() }, whatever), signature: Type.String() },
        { ...whatever, title: 'Signature' },
      ),
    ),
  },
  { ...whatever, title: 'SignedRequest' },
)

export const Timestamp = Type.Object(
  { timestamp: Type.Integer({ description: 'Seconds since 1970' }) },
  { title: 'Timestamp' },
)

const email = Type.String()
const others = {
  role: Role,
  level: Type.Integer(),
  otp_enabled: Type.Boolean(),
  state: AccountState,
  profile: Type.Union([ProfileView, Type.Null()]),
  created_at: Type.String(),
  updated_at: Type.String(),
}

/** An account whose uid is news, as in later releases; the keys are those of 1.8.26 in their order. */
export const NamedAccountView = Type.Object({ email, uid: Type.String(), ...others }, { title: 'Account' })
export type NamedAccountView = Static<typeof NamedAccountView>

/** The same of an account that was named by its uid. */
const AccountOfUid = Type.Object({ email, ...others }, { title: 'AccountOfUid' })

/** An account that was looked for; a union, because what is optional would be written last. */
export const FoundAccountView = Type.Union([NamedAccountView, AccountOfUid])
export type FoundAccountView = Static<typeof FoundAccountView>
