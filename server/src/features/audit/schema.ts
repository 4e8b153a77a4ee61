import { Type } from 'typebox'
import { anyText } from '../../platform/http/parameters.ts'

export const ActivityQuery = Type.Object({
  limit: Type.Optional(anyText('Limit', { description: 'How many at most, from 1 to 100. Default: 25' })),
  before: Type.Optional(anyText('Before', { description: 'Only those before the one of this id: the next page' })),
})

const orNull = Type.Union([Type.String(), Type.Null()])

/** What happened to an account, as its owner sees it. */
export const ActivityView = Type.Object(
  {
    id: Type.Integer(),
    action: Type.String({ description: 'What was done, such as session.created' }),
    result: Type.String({ description: "'ok' or 'refused'" }),
    by: Type.String({
      description: "Who did it: 'person', 'application', 'stranger', 'administrator', 'signer' or 'system'",
    }),
    address: orNull,
    device: orNull,
    at: Type.String(),
  },
  { title: 'Activity' },
)
