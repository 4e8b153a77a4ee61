import type { paths } from '@barong/sdk/admin-api'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { adminApi, bodyOf } from './client.ts'
import type { Body, Items } from './types.ts'

export type Website = Items<paths['/api/v1/admin/websites']['get']>
type NewWebsite = Body<paths['/api/v1/admin/websites']['post']>
type WebsiteChange = Body<paths['/api/v1/admin/websites/{id}']['patch']>
export type SiteLink = Website['footer_links'][number]
/** With a file for the logo; undefined keeps the one that is there, null removes it. */
type WithLogo<T> = Omit<T, 'logo'> & { logo: File | null | undefined }

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
  useChange(async ({ logo, ...looks }: WithLogo<NewWebsite>) =>
    bodyOf(adminApi.POST('/api/v1/admin/websites', { body: { ...looks, ...(await logoOf(logo)) } })),
  )

/** Changes how a domain looks. */
export const useChangeWebsite = () =>
  useChange(async ({ id, change: { logo, ...looks } }: { id: number; change: WithLogo<WebsiteChange> }) => {
    const body = { ...looks, ...(await logoOf(logo)) }
    return bodyOf(adminApi.PATCH('/api/v1/admin/websites/{id}', { params: { path: { id } }, body }))
  })

/** Lets a domain look as ever again. */
export const useRemoveWebsite = () =>
  useChange((id: number) => adminApi.DELETE('/api/v1/admin/websites/{id}', { params: { path: { id } } }))

async function logoOf(file: File | null | undefined): Promise<{ logo?: string | null }> {
  if (!file) return file === null ? { logo: null } : {}
  const bytes = new Uint8Array(await file.arrayBuffer())
  return { logo: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')) }
}
