import type { Answer } from '@barong/sdk'
import { queryOptions } from '@tanstack/react-query'
import { barong } from './client.ts'

/** How far the review of the person's documents is, and what was decided why. */
export type OwnReview = Answer<'GET /api/v1/reviews/me'>

/** The review of the person's own documents. */
export const ownReviewQuery = queryOptions({
  queryKey: ['own_review'],
  queryFn: ({ signal }) => barong.documents.review({ signal }).orThrow(),
})
