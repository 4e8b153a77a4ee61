import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'

/** The v1 API's error. */
export const ErrorReply = Type.Object({ error: Type.String() }, { title: 'ErrorReply' })
/** A status that clients of 1.8.26 find in its API document, although no request ever led to it. */
export const NeverAnswered = Type.Object(
  { error: Type.String() },
  { title: 'ErrorReply', 'x-response-description': 'Never answered; the API document of 1.8.26 lists it' },
)
/** Several errors at once, as sign-up answers. */
export const ErrorsReply = Type.Object({ error: Type.Array(Type.String()) }, { title: 'ErrorsReply' })
/** The body `null`, which 1.8.26 sends where there is nothing to say. */
export const Nothing = Type.Null()
/** No body at all. */
export const NoContent = Type.Null({ description: 'No content' })
/** A sentence for the person. */
export const MessageReply = Type.Object({ message: Type.String() }, { title: 'MessageReply' })
/** A JWT as a JSON string. */
export const TokenReply = Type.String({ description: 'JWT' })

/** Sends any JSON value; strings and null too, which Fastify would send as text and as nothing. */
export function sendJson(reply: FastifyReply, status: number, value: unknown): FastifyReply {
  return reply.code(status).type('application/json').serializer(identity).send(JSON.stringify(value))
}

const identity = (text: string): string => text
