import { queryOptions } from '@tanstack/react-query'
import { bodyOf, userApi } from './client.ts'

/** Who is signed in. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => bodyOf(userApi.GET('/api/v1/accounts/me', { signal })),
})
