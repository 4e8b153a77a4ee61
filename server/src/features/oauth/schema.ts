import { Type } from 'typebox'

/** An application that a person let in. */
export const AuthorizedApplication = Type.Object(
  {
    uid: Type.String(),
    name: Type.String(),
    scopes: Type.Array(Type.String()),
    authorized_at: Type.String(),
  },
  { title: 'AuthorizedApplication' },
)
export const AuthorizedApplicationUid = Type.Object({ uid: Type.String() })
