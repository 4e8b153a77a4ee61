import { type Static, Type } from 'typebox'
import { HoldReason } from '../labels/schema.ts'

/** A hold as the account's owner sees it. */
export const HoldView = Type.Object(
  {
    label: Type.String({ description: 'The private label, as key:value, such as hold:withdraw' }),
    reason: HoldReason,
    since: Type.String(),
    until: Type.String(),
    seconds_left: Type.Integer({ description: 'Until it is lifted by itself' }),
  },
  { title: 'Hold' },
)
export type HoldView = Static<typeof HoldView>
