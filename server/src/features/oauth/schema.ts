import { Type } from 'typebox'
import { openSet } from '../../platform/http/sets.ts'
import { SCOPES } from '../applications/applications.ts'

/** An application that a person let in. */
export const AuthorizedApplication = Type.Object(
  {
    uid: Type.String(),
    name: Type.String(),
    scopes: Type.Array(openSet('Scope', SCOPES)),
    authorized_at: Type.String(),
  },
  { title: 'AuthorizedApplication' },
)
export const AuthorizedApplicationUid = Type.Object({ uid: Type.String() })
