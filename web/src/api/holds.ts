import { queryOptions } from '@tanstack/react-query'
import { bodyOf, userApi } from './client.ts'

/** Something that the account cannot do for a while. */
export type Hold = Awaited<ReturnType<typeof listHolds>>[number]

const listHolds = (signal: AbortSignal) => bodyOf(userApi.GET('/api/v1/security/holds', { signal }))

/** What the account cannot do for a while. */
export const holdsQuery = queryOptions({
  queryKey: ['holds'],
  queryFn: ({ signal }) => listHolds(signal),
})
