import { queryOptions } from '@tanstack/react-query'
import { barong } from './client.ts'

/** The role of the signed-in person, and the names of what it allows in the console. */
export const permissionsQuery = queryOptions({
  queryKey: ['console', 'permissions'],
  queryFn: async ({ signal }) => {
    const { role, actions } = await barong.request('GET /api/v1/admin/permissions', { signal }).orThrow()
    return { role, actions: actions.map(({ name }) => name) }
  },
})
