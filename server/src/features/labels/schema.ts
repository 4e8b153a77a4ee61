import { type Static, Type } from 'typebox'
import { holdEvents } from '../../platform/config/hold-rules.ts'
import { text } from '../../platform/http/parameters.ts'
import { closedSet, openSet } from '../../platform/http/sets.ts'

export const NewLabel = Type.Object(
  {
    key: text('Key', { description: 'Label key.' }),
    value: text('Value', { description: 'Label value.' }),
  },
  { title: 'NewLabel' },
)
export const LabelValue = Type.Object(
  { value: text('Value', { description: 'Label value.' }) },
  { title: 'LabelValue' },
)
export const LabelKey = Type.Object({ key: Type.String({ description: 'Label key.' }) })

/** Whose a label is: people read and write public ones, and only read private ones. */
const LabelScope = closedSet('LabelScope', ['public', 'private'])
/** What a hold follows. */
export const HoldReason = openSet('HoldReason', holdEvents)

/** A label as the APIs show it. */
export const LabelView = Type.Object(
  {
    key: Type.String(),
    value: Type.String(),
    scope: LabelScope,
    expires_at: Type.Optional(Type.String({ description: 'When it is lifted by itself; absent: never' })),
    reason: Type.Optional(openSet('HoldReason', holdEvents, { description: 'Of a label that is lifted by itself' })),
    created_at: Type.String(),
    updated_at: Type.String(),
  },
  { title: 'Label' },
)
export type LabelView = Static<typeof LabelView>

/** What was wrong, by attribute. */
export const LabelErrors = Type.Record(Type.String(), Type.Array(Type.String()), { title: 'LabelErrors' })

const LevelInput = Type.Object(
  {
    key: Type.String({ description: 'Key of the private label that one must have' }),
    value: Type.String({ description: 'Its value' }),
    description: Type.String({ maxLength: 500 }),
  },
  { title: 'LevelInput' },
)

/** The whole ladder as it shall be. */
export const LevelsChange = Type.Object(
  {
    levels: Type.Array(LevelInput, { minItems: 1, maxItems: 20, description: 'Lowest first' }),
    version: Type.String({
      description: 'Of the levels that were changed, so that nobody overwrites what they have not seen',
    }),
    reason: Type.String({
      minLength: 3,
      maxLength: 500,
      pattern: '\\S\\s*\\S',
      description: 'Why; it stands in the audit log',
    }),
  },
  { title: 'LevelsChange' },
)
export type LevelsChange = Static<typeof LevelsChange>

/** The ladder, and how far accounts were brought in line with its last change. */
export const LevelsView = Type.Object(
  {
    version: Type.String(),
    levels: Type.Array(
      Type.Object({ level: Type.Integer(), key: Type.String(), value: Type.String(), description: Type.String() }),
    ),
    last_change: Type.Union([
      Type.Null(),
      Type.Object({
        created_at: Type.String(),
        finished_at: Type.Union([Type.String(), Type.Null()], { description: 'null: accounts are still looked at' }),
        changed: Type.Integer({ description: 'Accounts that have another level since' }),
      }),
    ]),
  },
  { title: 'Levels' },
)
export type LevelsView = Static<typeof LevelsView>

export const UsedLabelsQuery = Type.Object({
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 2000, description: '`next` of a page' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, description: 'Default: 25' })),
})

/** Labels that accounts have. */
export const UsedLabels = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        scope: LabelScope,
        key: Type.String(),
        value: Type.String(),
        count: Type.Integer({ description: 'Accounts that have it; counted up to 10,000' }),
        or_more: Type.Boolean({ description: 'There are more than were counted' }),
      }),
    ),
    next: Type.Union([Type.String(), Type.Null()]),
  },
  { title: 'UsedLabels' },
)
