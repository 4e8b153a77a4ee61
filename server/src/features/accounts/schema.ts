import { type Static, Type } from 'typebox'
import { blankText, nullableText, text } from '../../platform/http/parameters.ts'
import { closedSet } from '../../platform/http/sets.ts'
import { Role } from '../permissions/schema.ts'

export const SignUp = Type.Object(
  {
    email: text('Email', { description: 'Account Email', format: 'email' }),
    password: text('Password', { description: 'Account Password' }),
  },
  { title: 'SignUp' },
)
export const EmailOnly = Type.Object(
  { email: text('Email', { description: 'Account email', format: 'email' }) },
  { title: 'EmailAddress' },
)
export const ConfirmationToken = Type.Object(
  {
    confirmation_token: text('Confirmation Token', { description: 'Token from email' }),
  },
  { title: 'ConfirmationToken' },
)
// 1.8.26 has no display name for this one.
export const UnlockToken = Type.Object(
  { unlock_token: text('unlock_token', { description: 'Token from email' }) },
  { title: 'UnlockToken' },
)
export const NoticeToken = Type.Object(
  { notice_token: text('Notice Token', { description: 'Token from email' }) },
  { title: 'NoticeToken' },
)
export const PasswordChange = Type.Object(
  {
    old_password: blankText('Old Password'),
    new_password: nullableText('New Password'),
  },
  { title: 'PasswordChange' },
)
export const PasswordReset = Type.Object(
  {
    reset_password_token: text('Reset Password Token', { description: 'Token from email' }),
    password: text('Password', { description: 'Account password' }),
  },
  { title: 'PasswordReset' },
)

/** `pending` until the e-mail is confirmed. */
export const AccountState = closedSet('AccountState', ['pending', 'active', 'banned'])

/** The account as its owner sees it. */
export const Me = Type.Object(
  {
    uid: Type.String(),
    email: Type.String(),
    role: Role,
    level: Type.Integer(),
    otp_enabled: Type.Boolean(),
    state: AccountState,
    required_action: Type.Optional(
      Type.Union([Type.Literal('change_password'), Type.Literal('set_up_second_factor')], {
        description:
          'What has to be done first: until then all else is refused with 403. Not there where there is nothing.',
      }),
    ),
  },
  { title: 'Account' },
)
export type Me = Static<typeof Me>

export const EmailChangeToken = Type.Object(
  {
    email_change_token: text('Email Change Token', { description: 'Token from either mail' }),
  },
  { title: 'EmailChangeToken' },
)
export const EmailChangeOutcome = Type.Object(
  {
    changed: Type.Boolean({ description: 'false: the owner of the other address has not agreed yet' }),
  },
  { title: 'EmailChangeOutcome' },
)

/** A change of the address that waits for its owners. */
export const EmailChangeView = Type.Object(
  {
    email: Type.String({ description: 'The new address' }),
    confirmed_by_old: Type.Boolean(),
    confirmed_by_new: Type.Boolean(),
    expires_at: Type.String(),
  },
  { title: 'EmailChange' },
)
export type EmailChangeView = Static<typeof EmailChangeView>
