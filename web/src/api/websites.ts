import type { paths } from '@barong/sdk/admin-api'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { adminApi, bodyOf } from './client.ts'

type Body<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? B : never
type Items<O> = O extends { responses: { 200: { content: { 'application/json': (infer A)[] } } } } ? A : never

export type Website = Items<paths['/api/v1/admin/websites']['get']>
export type NewWebsite = Body<paths['/api/v1/admin/websites']['post']>
export type WebsiteChange = Body<paths['/api/v1/admin/websites/{id}']['patch']>
export type SiteLink = Website['footer_links'][number]

/** How pages and mails look, domain by domain. */
export const websitesQuery = queryOptions({
  queryKey: ['console', 'websites'],
  queryFn: ({ signal }) => bodyOf(adminApi.GET('/api/v1/admin/websites', { signal })),
})

/** The colours that follow from what is chosen, or why that cannot be. */
export const paletteQuery = (accent: string | null, header_background: string | null) =>
  queryOptions({
    queryKey: ['console', 'palette', accent, header_background],
    queryFn: ({ signal }) =>
      bodyOf(adminApi.POST('/api/v1/admin/websites/preview', { body: { accent, header_background }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  })

function useChange<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const queries = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'websites'] }) })
}

/** Sets how a domain looks. */
export const useAddWebsite = () =>
  useChange((body: NewWebsite) => bodyOf(adminApi.POST('/api/v1/admin/websites', { body })))

/** Changes how a domain looks. */
export const useChangeWebsite = () =>
  useChange(({ id, change }: { id: number; change: WebsiteChange }) =>
    bodyOf(adminApi.PATCH('/api/v1/admin/websites/{id}', { params: { path: { id } }, body: change })),
  )

/** Lets a domain look as ever again. */
export const useRemoveWebsite = () =>
  useChange((id: number) => adminApi.DELETE('/api/v1/admin/websites/{id}', { params: { path: { id } } }))
