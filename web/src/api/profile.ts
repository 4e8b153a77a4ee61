import type { Body } from '@barong/sdk'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong, orNull } from './client.ts'

export type NewProfile = Body<'POST /api/v1/profiles'>

/** Who the person is; null while they have not said it. */
export const profileQuery = queryOptions({
  queryKey: ['profile'],
  queryFn: ({ signal }) => orNull(barong.profile.get({ signal })),
})

/** Hands the profile in. */
export function useCreateProfile() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: NewProfile) => barong.profile.create(body).orThrow(),
    onSuccess: () => void queries.invalidateQueries(),
  })
}
