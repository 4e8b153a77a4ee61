import { type Static, Type } from 'typebox'
import { definitions } from '../../platform/events/definitions.ts'
import { personal } from '../../platform/http/searches.ts'
import { closedSet, openSet } from '../../platform/http/sets.ts'

const orNull = Type.Union([Type.String(), Type.Null()])
const instant = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))

const page = {
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  before: Type.Optional(Type.Integer({ minimum: 1, description: 'Only those with a smaller id: the next page' })),
}
const account = Type.Optional(
  Type.String({ ...personal, maxLength: 255, description: 'The uid of the account it concerns' }),
)
const event = Type.Optional(Type.Enum(Object.keys(definitions)))
const destination = Type.String({ minLength: 1, maxLength: 255, description: '`rabbitmq`, or the uid of an endpoint' })
const STATES = ['waiting', 'delivered', 'dead'] as const
const EventName = openSet('EventName', Object.keys(definitions))

export const Id = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })

export const EventQuery = Type.Object({
  account,
  name: event,
  since: instant('Recorded then or later'),
  until: instant('Recorded before'),
  ...page,
})
export type EventQuery = Static<typeof EventQuery>

export const DeliveryQuery = Type.Object({
  state: Type.Optional(Type.Enum([...STATES], { description: '`dead`: given up' })),
  destination: Type.Optional(destination),
  account,
  event,
  ...page,
})
export type DeliveryQuery = Static<typeof DeliveryQuery>

export const MessageQuery = Type.Object({
  state: Type.Enum(['waiting', 'dead'], { default: 'dead', description: '`dead`: given up' }),
  limit: page.limit,
  after: Type.Integer({ minimum: 0, default: 0, description: 'Only those with a greater id: the next page' }),
})

export const EventView = Type.Object(
  {
    id: Type.Integer(),
    event_id: Type.String({ description: 'What receivers know it by' }),
    name: EventName,
    account_uid: orNull,
    created_at: Type.String(),
    waiting: Type.Integer(),
    delivered: Type.Integer(),
    dead: Type.Integer(),
  },
  { title: 'LoggedEvent' },
)
export type EventView = Static<typeof EventView>

export const DeliveryView = Type.Object(
  {
    id: Type.Integer(),
    event: Type.Object({ id: Type.Integer(), event_id: Type.String(), name: EventName, account_uid: orNull }),
    destination: Type.String(),
    state: closedSet('DeliveryState', STATES),
    attempts: Type.Integer(),
    last_error: orNull,
    created_at: Type.String(),
    next_attempt_at: orNull,
    give_up_at: orNull,
    delivered_at: orNull,
    failed_at: orNull,
  },
  { title: 'Delivery' },
)
export type DeliveryView = Static<typeof DeliveryView>

export const DeliveryWithAttempts = Type.Object(
  {
    ...DeliveryView.properties,
    log: Type.Array(
      Type.Object({
        attempted_at: Type.String(),
        duration_ms: Type.Integer(),
        status: Type.Union([Type.Integer({ description: 'HTTP status' }), Type.Null()]),
        error: orNull,
      }),
      { description: 'How each attempt ended, oldest first' },
    ),
  },
  { title: 'DeliveryWithAttempts' },
)

export const MessageView = Type.Object(
  {
    id: Type.Integer(),
    message_id: Type.String(),
    channel: closedSet('MessageChannel', ['mail', 'sms']),
    topic: Type.String({ description: 'Which mail it is' }),
    account_uid: orNull,
    attempts: Type.Integer(),
    last_error: orNull,
    created_at: Type.String(),
    next_attempt_at: Type.String(),
    failed_at: orNull,
  },
  { title: 'Message' },
)

const figures = {
  waiting: Type.Integer(),
  lag_seconds: Type.Integer({ description: 'Age of the oldest that waits' }),
  dead: Type.Integer({ description: 'Given up' }),
}

export const HealthView = Type.Object(
  {
    kinds: Type.Array(Type.Object({ kind: Type.String(), ...figures })),
    destinations: Type.Array(Type.Object({ destination: Type.String(), url: orNull, disabled_at: orNull, ...figures })),
  },
  { title: 'DeliveryHealth' },
)
export type HealthView = Static<typeof HealthView>

export const EventReplay = Type.Object({ destination }, { title: 'EventReplay', additionalProperties: false })
export const DeadReplay = Type.Object(
  { destination: Type.Optional(destination) },
  { title: 'DeadReplay', additionalProperties: false },
)
export const SpanReplay = Type.Object(
  {
    destination,
    since: Type.String({ format: 'date-time' }),
    until: instant('Default: now'),
  },
  { title: 'SpanReplay', additionalProperties: false },
)
export const Count = Type.Object(
  { count: Type.Integer({ description: 'How many are sent again' }) },
  { title: 'ReplayCount' },
)
