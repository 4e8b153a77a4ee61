import { Type } from 'typebox'

/** What the caller's role allows. */
export const PermissionsView = Type.Object(
  {
    role: Type.String(),
    actions: Type.Array(Type.Object({ name: Type.String(), description: Type.String() }), {
      description: 'What the role may do; empty for those who are not of the staff',
    }),
  },
  { title: 'Permissions' },
)
