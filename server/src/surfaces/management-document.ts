import type { FastifyInstance, FastifySchema } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { SignedEnvelope } from '../features/management/schema.ts'
import { describeInOpenApi } from '../platform/http/openapi.ts'

const description = {
  title: 'Management API v1',
  version: '1.8.26',
  description:
    'Management API is server-to-server API with high privileges. A request is a JWT with one or more signatures in the general JSON serialisation (RFC 7515, section 7.2.1); what it asks for stands in the claim `data`. Each request is accepted once.',
  tags: [
    { name: 'accounts', description: 'Reading, making and importing accounts' },
    { name: 'labels', description: 'What is known about an account' },
    { name: 'otp', description: 'Signatures for one-time codes' },
    { name: 'timestamp', description: 'The time' },
  ],
  securitySchemes: {
    Signatures: {
      type: 'http' as const,
      scheme: 'JWS',
      description: "No header: the body's signatures are what lets a request in, by the signers configured for it.",
    },
  },
}

/** Collects the operations registered afterwards, each with the envelope its parameters travel in. */
export const describeManagementApi = (http: FastifyInstance): Promise<void> =>
  describeInOpenApi(http, { ...description, wrap: (schema) => ({ ...schema, ...inEnvelope(schema) }) })

/** JSON Schema says of a text what it holds when it is decoded (2020-12, Validation, section 8). */
function inEnvelope(schema: FastifySchema): FastifySchema & { consumes: string[] } {
  const { payload: _, ...signatures } = SignedEnvelope.properties
  const payload = Type.Unsafe<string>({
    type: 'string',
    format: 'base64url',
    description: 'JSON in base64url (RFC 4648, section 5)',
    contentMediaType: 'application/json',
    contentSchema: claims(schema.body),
  })
  return { consumes: ['application/json'], body: Type.Object({ payload, ...signatures }) }
}

function claims(data: unknown): TSchema {
  const registered = {
    iss: Type.Optional(Type.String()),
    sub: Type.Optional(Type.String()),
    aud: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
    iat: Type.Optional(Type.Number({ description: 'Seconds since 1970' })),
    nbf: Type.Optional(Type.Number({ description: 'Seconds since 1970' })),
    exp: Type.Optional(Type.Number({ description: 'Seconds since 1970; a few minutes from now is good' })),
    jti: Type.Optional(Type.String({ description: 'Unique; without one the whole payload must be' })),
  }
  return Type.Object(data === undefined ? registered : { ...registered, data: Type.Unsafe(Object(data)) })
}
