import type { paths } from '@barong/sdk/user-api'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { bodyOf, userApi } from './client.ts'
import { Problem } from './problem.ts'

export type NewProfile = paths['/api/v1/profiles']['post']['requestBody']['content']['application/json']

/** Who the person is; null while they have not said it. */
export const profileQuery = queryOptions({
  queryKey: ['profile'],
  queryFn: async ({ signal }) => {
    try {
      return await bodyOf(userApi.GET('/api/v1/profiles/me', { signal }))
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return null
      throw error
    }
  },
})

/** Hands the profile in. */
export function useCreateProfile() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: NewProfile) => userApi.POST('/api/v1/profiles', { body }),
    onSuccess: () => void queries.invalidateQueries(),
  })
}
