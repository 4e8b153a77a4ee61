import { queryOptions } from '@tanstack/react-query'
import { adminApi, bodyOf } from './client.ts'

/** The role of the signed-in person, and the names of what it allows in the console. */
export const permissionsQuery = queryOptions({
  queryKey: ['console', 'permissions'],
  queryFn: async ({ signal }) => {
    const { role, actions } = await bodyOf(adminApi.GET('/api/v1/admin/permissions', { signal }))
    return { role, actions: actions.map(({ name }) => name) }
  },
})
