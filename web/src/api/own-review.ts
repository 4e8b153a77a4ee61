import type { paths } from '@barong/sdk/user-api'
import { queryOptions } from '@tanstack/react-query'
import { bodyOf, userApi } from './client.ts'

/** How far the review of the person's documents is, and what was decided why. */
export type OwnReview = paths['/api/v1/reviews/me']['get']['responses'][200]['content']['application/json']

/** The review of the person's own documents. */
export const ownReviewQuery = queryOptions({
  queryKey: ['own_review'],
  queryFn: ({ signal }) => bodyOf(userApi.GET('/api/v1/reviews/me', { signal })),
})
