import { type Static, Type } from 'typebox'

const url = Type.String({
  minLength: 1,
  maxLength: 2000,
  description: 'Where events are posted to; https in production',
})
const events = Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
  minItems: 1,
  maxItems: 100,
  description: 'Names of events, in which * stands for any text',
})
const description = Type.String({ maxLength: 1000 })

export const EndpointInput = Type.Object(
  { url, events: Type.Optional(events), description: Type.Optional(description) },
  { title: 'NewWebhookEndpoint', additionalProperties: false },
)

export const EndpointPatch = Type.Partial(
  Type.Object({
    url,
    events,
    description,
    enabled: Type.Boolean({ description: 'Switched off, what is open for it waits' }),
  }),
  { title: 'WebhookEndpointChange', additionalProperties: false, minProperties: 1 },
)

const orNull = Type.Union([Type.String(), Type.Null()])
const shown = {
  uid: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.String()),
  description: Type.String(),
  disabled_at: orNull,
  created_at: Type.String(),
  updated_at: Type.String(),
}

/** An endpoint as operators see it. */
export const EndpointView = Type.Object(shown, { title: 'WebhookEndpoint' })
export type EndpointView = Static<typeof EndpointView>

/** The same with its secret, which is shown only when it was made. */
export const EndpointWithSecret = Type.Object(
  { ...shown, secret: Type.String() },
  { title: 'WebhookEndpointWithSecret' },
)

export const EndpointUid = Type.Object({ uid: Type.String() })
export const EndpointSecret = Type.Object({ secret: Type.String() }, { title: 'WebhookSecret' })

/** What came of a test. */
export const TestOutcome = Type.Object(
  {
    id: Type.String({ description: 'The `webhook-id` that was sent' }),
    delivered: Type.Boolean(),
    status: Type.Union([Type.Integer({ description: 'HTTP status' }), Type.Null()]),
    error: orNull,
    duration_ms: Type.Integer(),
  },
  { title: 'TestOutcome' },
)
export type TestOutcome = Static<typeof TestOutcome>
