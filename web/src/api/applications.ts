import { queryOptions } from '@tanstack/react-query'
import { adminApi, bodyOf } from './client.ts'

/** Every application that people may be sent from to sign in here. */
export const applicationsQuery = queryOptions({
  queryKey: ['applications'],
  queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/applications', { signal })),
})
