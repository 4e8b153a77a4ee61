import { queryOptions } from '@tanstack/react-query'
import { bodyOf, userApi } from './client.ts'

/** What the account cannot do for a while. */
export const holdsQuery = queryOptions({
  queryKey: ['holds'],
  queryFn: ({ signal }) => bodyOf(userApi.GET('/api/v1/security/holds', { signal })),
})
