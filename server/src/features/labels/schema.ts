import { type Static, Type } from 'typebox'
import { text } from '../../platform/http/parameters.ts'

export const NewLabel = Type.Object({
  key: text('Key', { description: 'Label key.' }),
  value: text('Value', { description: 'Label value.' }),
})
export const LabelValue = Type.Object({ value: text('Value', { description: 'Label value.' }) })
export const LabelKey = Type.Object({ key: Type.String({ description: 'Label key.' }) })

/** A label as the APIs show it. */
export const LabelView = Type.Object(
  {
    key: Type.String(),
    value: Type.String(),
    scope: Type.String({ description: "'public' or 'private'" }),
    expires_at: Type.Optional(Type.String({ description: 'When it is lifted by itself; absent: never' })),
    reason: Type.Optional(Type.String({ description: 'What it follows, of a label that is lifted by itself' })),
    created_at: Type.String(),
    updated_at: Type.String(),
  },
  { title: 'Label' },
)
export type LabelView = Static<typeof LabelView>

/** What was wrong, by attribute. */
export const LabelErrors = Type.Record(Type.String(), Type.Array(Type.String()))
