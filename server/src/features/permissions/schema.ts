import { Type } from 'typebox'
import { openSet } from '../../platform/http/sets.ts'
import { actions, ROLES } from './actions.ts'

/** What somebody is at the server. */
export const Role = openSet('Role', ROLES)

/** What the caller's role allows. */
export const PermissionsView = Type.Object(
  {
    role: Role,
    actions: Type.Array(
      Type.Object({ name: openSet('Permission', Object.keys(actions)), description: Type.String() }),
      {
        description: 'What the role may do; empty for those who are not of the staff',
      },
    ),
  },
  { title: 'Permissions' },
)
