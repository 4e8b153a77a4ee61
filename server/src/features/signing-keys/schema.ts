import { Type } from 'typebox'
import { closedSet, openSet } from '../../platform/http/sets.ts'

export const SigningKeyView = Type.Object(
  {
    kid: Type.String(),
    algorithm: openSet('SigningAlgorithm', ['RS256', 'ES256', 'EdDSA']),
    state: closedSet('SigningKeyState', ['published', 'signing', 'verifying'], {
      description: "'published': it signs from `active_from` on; 'signing'; 'verifying': it has a successor",
    }),
    created_at: Type.String(),
    active_from: Type.String(),
  },
  { title: 'SigningKey' },
)

export const Rotation = Type.Object(
  {
    algorithm: Type.Optional(Type.Enum(['RS256', 'ES256', 'EdDSA'], { description: 'Default: all' })),
    reason: Type.String({
      minLength: 3,
      maxLength: 500,
      pattern: '\\S\\s*\\S',
      description: 'It stands in the audit log',
    }),
  },
  { title: 'KeyRotation', additionalProperties: false },
)
