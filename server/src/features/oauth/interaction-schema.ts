import { Type } from 'typebox'
import { blankText } from '../../platform/http/parameters.ts'
import { credential } from '../passkeys/schema.ts'

/** What a person is being asked, and for whom. */
export const InteractionView = Type.Object(
  {
    id: Type.String(),
    step: Type.Union([
      Type.Literal('sign_in'),
      Type.Literal('second_factor'),
      Type.Literal('required_action'),
      Type.Literal('consent'),
    ]),
    required_action: Type.Optional(
      Type.Union([Type.Literal('change_password'), Type.Literal('set_up_second_factor')], {
        description: 'What has to be done at the pages of the account first',
      }),
    ),
    application: Type.Object({ name: Type.String() }),
    scopes: Type.Array(Type.String(), { description: 'What the application wants that was not granted yet' }),
    redirect_uri: Type.Union([Type.String(), Type.Null()], {
      description: 'Where the browser goes in the end; null for a device, which is told by itself',
    }),
    login_hint: Type.Union([Type.String(), Type.Null()]),
    signed_in_as: Type.Union([Type.String(), Type.Null()], {
      description:
        'E-mail address of the account the application would be let in to; null until it is asked for consent',
    }),
    csrf_token: Type.String({ description: 'To be sent back with every step as X-CSRF-Token' }),
  },
  { title: 'Interaction' },
)

/** Where the browser goes on; without it, the step that is asked for next. */
export const InteractionProgress = Type.Object(
  {
    redirect_to: Type.Optional(Type.String({ description: 'An address the browser is to open' })),
    step: Type.Optional(Type.Literal('second_factor')),
  },
  { title: 'InteractionProgress' },
)

export const InteractionId = Type.Object({ id: Type.String() })
export const PasswordStep = Type.Object(
  { email: blankText('Email'), password: blankText('Password') },
  { title: 'PasswordStep' },
)
export const SecondFactorStep = Type.Object(
  { code: blankText('Code', { description: 'Code of the authenticator' }) },
  { title: 'SecondFactorStep' },
)
export const PasskeyStep = Type.Object({ credential }, { title: 'PasskeyStep' })
