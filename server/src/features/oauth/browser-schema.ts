import { Type } from 'typebox'

/** How far the browser's sign-in has come. */
export const BrowserProgress = Type.Object(
  {
    step: Type.Union([Type.Literal('signed_in'), Type.Literal('second_factor')], {
      description: '`second_factor`: the password was right, and a code is asked for next',
    }),
  },
  { title: 'BrowserProgress' },
)

/** An access token for a page. */
export const BrowserToken = Type.Object(
  {
    token: Type.String({ description: 'JWT, to be sent as `Authorization: Bearer`' }),
    expires_at: Type.String({ format: 'date-time' }),
  },
  { title: 'BrowserToken' },
)
