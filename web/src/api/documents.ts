import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

/** Papers that were handed in. */
export const documentsQuery = queryOptions({
  queryKey: ['documents'],
  // Links to the files work for ten minutes at least.
  staleTime: 60_000,
  refetchInterval: 5 * 60_000,
  queryFn: ({ signal }) => barong.documents.list({ signal }).orThrow(),
})

export interface NewDocument {
  doc_type: string
  doc_number: string
  doc_expire: string
  upload: File
}

/** Hands a paper in; `onProgress` is told what part of it has arrived, 0 to 1. */
export function useAddDocument(onProgress: (part: number) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (document: NewDocument) => barong.documents.add(document, { onProgress }).orThrow(),
    onSuccess: () => queries.invalidateQueries(),
  })
}

/** Gets the file of a paper with the page's own token, and has the browser save it. */
export function useSaveFile(): (url: string) => void {
  const { mutate } = useMutation({
    mutationFn: async (url: string) => {
      const answer = await barong.fetch(new URL(url).pathname).orThrow()
      const link = URL.createObjectURL(await answer.blob())
      const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? 'document'
      Object.assign(document.createElement('a'), { href: link, download: name }).click()
      setTimeout(() => URL.revokeObjectURL(link), 60_000)
    },
  })
  return mutate
}
