import type { Answer, Body } from '@barong/sdk'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

export type Website = Answer<'GET /api/v1/admin/websites'>[number]
type NewWebsite = Body<'POST /api/v1/admin/websites'>
type WebsiteChange = Body<'PATCH /api/v1/admin/websites/{id}'>
export type SiteLink = Website['footer_links'][number]
/** With a file for the logo; undefined keeps the one that is there, null removes it. */
type WithLogo<T> = Omit<T, 'logo'> & { logo: File | null | undefined }

/** How pages and mails look, domain by domain. */
export const websitesQuery = queryOptions({
  queryKey: ['console', 'websites'],
  queryFn: ({ signal }) => barong.request('GET /api/v1/admin/websites', { signal }).orThrow(),
})

/** The colours that follow from what is chosen, or why that cannot be. */
export const paletteQuery = (accent: string | null, header_background: string | null) =>
  queryOptions({
    queryKey: ['console', 'palette', accent, header_background],
    queryFn: ({ signal }) =>
      barong.request('POST /api/v1/admin/websites/preview', { body: { accent, header_background }, signal }).orThrow(),
    staleTime: Number.POSITIVE_INFINITY,
  })

function useChange<V, R>(mutationFn: (variables: V) => Promise<R>) {
  const queries = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: ['console', 'websites'] }) })
}

/** Sets how a domain looks. */
export const useAddWebsite = () =>
  useChange(async ({ logo, ...looks }: WithLogo<NewWebsite>) =>
    barong.request('POST /api/v1/admin/websites', { body: { ...looks, ...(await logoOf(logo)) } }).orThrow(),
  )

/** Changes how a domain looks. */
export const useChangeWebsite = () =>
  useChange(async ({ id, change: { logo, ...looks } }: { id: number; change: WithLogo<WebsiteChange> }) => {
    const body = { ...looks, ...(await logoOf(logo)) }
    return barong.request('PATCH /api/v1/admin/websites/{id}', { path: { id }, body }).orThrow()
  })

/** Lets a domain look as ever again. */
export const useRemoveWebsite = () =>
  useChange((id: number) => barong.request('DELETE /api/v1/admin/websites/{id}', { path: { id } }).orThrow())

async function logoOf(file: File | null | undefined): Promise<{ logo?: string | null }> {
  if (!file) return file === null ? { logo: null } : {}
  const bytes = new Uint8Array(await file.arrayBuffer())
  return { logo: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')) }
}
