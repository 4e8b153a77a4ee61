import { Type } from 'typebox'
import { personal } from '../../platform/http/searches.ts'
import { AccountState } from '../accounts/schema.ts'
import { ApiKeyRules, ApiKeyStanding } from '../api-keys/schema.ts'
import { ActorKind, AuditAction, AuditResult } from '../audit/schema.ts'
import { DocumentType } from '../documents/schema.ts'
import { LabelView } from '../labels/schema.ts'
import { Role } from '../permissions/schema.ts'

const Nullable = Type.Union([Type.String(), Type.Null()])
const label = Type.String({ minLength: 1, maxLength: 600 })

/** Why something is done; kept in the audit log. */
const reason = Type.String({
  minLength: 3,
  maxLength: 500,
  pattern: '\\S\\s*\\S',
  description: 'Why; it stands in the audit log',
})

export const AccountQuery = Type.Object({
  email: Type.Optional(
    Type.String({
      ...personal,
      minLength: 1,
      maxLength: 255,
      description:
        'How the e-mail begins; the list is then in its order. The whole e-mail, for roles that see it masked',
    }),
  ),
  uid: Type.Optional(Type.String({ ...personal, minLength: 1, maxLength: 255, description: 'The whole uid' })),
  phone: Type.Optional(
    Type.String({
      ...personal,
      minLength: 1,
      maxLength: 40,
      description: 'The whole number with country code, in any notation',
    }),
  ),
  name: Type.Optional(
    Type.String({
      ...personal,
      minLength: 1,
      maxLength: 255,
      description: 'Whole words of first and last name, in any order and case',
    }),
  ),
  level: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
  state: Type.Optional(
    Type.Enum(['pending', 'active', 'banned', 'locked', 'frozen', 'discarded'], {
      description: 'Discarded accounts are in the list only when they are asked for',
    }),
  ),
  label: Type.Optional(Type.String({ ...personal, minLength: 1, maxLength: 600, description: '`key` or `key:value`' })),
  label_scope: Type.Optional(Type.Enum(['private', 'public'], { description: 'Default: private' })),
  role: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  country: Type.Optional(
    Type.String({ minLength: 2, maxLength: 3, description: 'Of the profile: ISO 3166-1 alpha-2 or alpha-3' }),
  ),
  created_from: Type.Optional(Type.String({ format: 'date', description: 'First day, in UTC' })),
  created_to: Type.Optional(Type.String({ format: 'date', description: 'Last day, in UTC' })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 2000, description: '`next` or `previous` of a page' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Default: 25' })),
})

export const AccountRow = Type.Object(
  {
    uid: Type.String(),
    email: Type.String(),
    role: Role,
    level: Type.Integer(),
    state: AccountState,
    otp_enabled: Type.Boolean(),
    passkeys: Type.Integer({ description: 'How many; one of them is a second factor, too' }),
    locked: Type.Boolean(),
    frozen: Type.Boolean(),
    frozen_by: Type.Union([Type.Literal('staff'), Type.Literal('person'), Type.Null()], {
      description:
        'Whose freeze it is: only those who may lock accounts end one of the staff; a new password ends one of the person',
    }),
    discarded: Type.Boolean(),
    labels: Type.Array(LabelView),
    created_at: Type.String(),
  },
  { title: 'AccountRow' },
)

export const AccountPage = Type.Object(
  {
    items: Type.Array(AccountRow),
    next: Type.Union([Type.String(), Type.Null()], {
      description: 'Cursor of the next page; a page may have fewer items than asked for and yet have one',
    }),
    previous: Nullable,
  },
  { title: 'AccountPage' },
)

const ProfileDetail = Type.Object(
  {
    first_name: Type.String(),
    last_name: Type.String(),
    dob: Type.String(),
    address: Type.String(),
    postcode: Type.String(),
    city: Type.String(),
    country: Type.String(),
  },
  { title: 'AccountProfile' },
)

export const AccountDetail = Type.Object(
  {
    ...AccountRow.properties,
    masked: Type.Boolean({ description: 'Whether personal data is masked for the role that asks' }),
    protected: Type.Boolean({ description: 'Whether the caller may not act on it: it is their own, or a colleague’s' }),
    confirmed_at: Nullable,
    locked_at: Nullable,
    frozen_at: Nullable,
    discarded_at: Nullable,
    otp_enabled_at: Nullable,
    failed_attempts: Type.Integer(),
    updated_at: Type.String(),
    profile: Type.Union([ProfileDetail, Type.Null()]),
    phones: Type.Array(
      Type.Object({ number: Type.String(), country: Type.String(), validated_at: Nullable, created_at: Type.String() }),
    ),
    documents: Type.Array(
      Type.Object({
        id: Type.Integer(),
        doc_type: DocumentType,
        doc_number: Type.String(),
        same_number: Type.Array(Type.String(), {
          description:
            'Uids of other accounts with a document of this type and number. Empty for roles that see masked data.',
        }),
        same_picture: Type.Array(Type.String(), {
          description:
            'Uids of other accounts with a picture that looks like this one. Empty for roles that see masked data.',
        }),
        doc_expire: Type.String(),
        content_type: Type.String(),
        size: Type.Integer(),
        created_at: Type.String(),
      }),
    ),
    sessions: Type.Array(
      Type.Object({
        id: Type.Integer(),
        application: Type.Union([Type.Object({ uid: Type.String(), name: Type.String() }), Type.Null()], {
          description: 'null: a browser, signed in at the pages of this server',
        }),
        address: Nullable,
        device: Nullable,
        signed_in_at: Type.String(),
        expires_at: Type.String(),
      }),
    ),
    api_keys: Type.Array(
      Type.Object({
        uid: Type.String(),
        scopes: Nullable,
        state: ApiKeyStanding,
        created_at: Type.String(),
        ...ApiKeyRules,
      }),
    ),
  },
  { title: 'AccountDetail' },
)

export const AccountUid = Type.Object({ uid: Type.String({ minLength: 1, maxLength: 255 }) })
export const AccountLabelKey = Type.Object({
  uid: Type.String({ minLength: 1, maxLength: 255 }),
  scope: Type.Enum(['private', 'public']),
  key: label,
})

export const Reason = Type.Object({ reason }, { title: 'Reason', additionalProperties: false })
export const RoleChange = Type.Object(
  { role: Type.String({ minLength: 1, maxLength: 255 }), reason },
  { title: 'RoleChange', additionalProperties: false },
)
export const StateChange = Type.Object(
  {
    state: Type.Enum(['active', 'banned', 'locked'], {
      description: 'A lock lapses by itself; a ban does not, and ends sessions and API keys as well',
    }),
    reason,
  },
  { title: 'StateChange', additionalProperties: false },
)
export const NewAccountLabel = Type.Object(
  { key: label, value: label, scope: Type.Enum(['private', 'public']), reason },
  { title: 'NewAccountLabel', additionalProperties: false },
)
export const AccountLabelValue = Type.Object(
  { value: label, reason },
  { title: 'AccountLabelValue', additionalProperties: false },
)

export const NewNote = Type.Object(
  { text: Type.String({ minLength: 1, maxLength: 5000, pattern: '\\S' }) },
  { title: 'NewNote', additionalProperties: false },
)
export const NoteView = Type.Object(
  {
    id: Type.Integer(),
    text: Type.String(),
    author: Type.Union([Type.Object({ uid: Type.String(), email: Type.String() }), Type.Null()]),
    created_at: Type.String(),
  },
  { title: 'Note' },
)

export const AccountActivity = Type.Object(
  {
    id: Type.Integer(),
    action: AuditAction,
    result: AuditResult,
    code: Nullable,
    by: ActorKind,
    actor: Type.Union([Type.String(), Type.Null()], { description: 'Id of who did it, of the kind that `by` names' }),
    address: Nullable,
    device: Nullable,
    reason: Nullable,
    at: Type.String(),
  },
  { title: 'AccountActivity' },
)
