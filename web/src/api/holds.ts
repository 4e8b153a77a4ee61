import type { Answer } from '@barong/sdk'
import { queryOptions } from '@tanstack/react-query'
import { barong } from './client.ts'

/** Something that the account cannot do for a while. */
export type Hold = Answer<'GET /api/v1/security/holds'>[number]

/** What the account cannot do for a while. */
export const holdsQuery = queryOptions({
  queryKey: ['holds'],
  queryFn: ({ signal }) => barong.security.holds({ signal }).orThrow(),
})
