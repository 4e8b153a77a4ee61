import { Type } from 'typebox'
import { text } from '../../platform/http/parameters.ts'

export const ErasedUid = Type.Object({ uid: Type.String() })

/** What an administrator says to erase a person. */
export const Erasure = Type.Object(
  {
    confirmation: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'The uid once more, as nothing brings it back',
    }),
    reason: Type.String({
      minLength: 3,
      maxLength: 500,
      pattern: '\\S',
      description: 'Stays in the audit log: name nobody in it',
    }),
  },
  { title: 'Erasure', additionalProperties: false },
)

/** What a service says to erase a person. */
export const AskedErasure = Type.Object(
  {
    account_uid: text('Account UID', { description: 'Account uid' }),
    reason: text('Reason', { description: 'Stays in the audit log: name nobody in it' }),
  },
  { title: 'AskedErasure' },
)
export const Erased = Type.Object({ account_uid: Type.String() }, { title: 'Erased' })
