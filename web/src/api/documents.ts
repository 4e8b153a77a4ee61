import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { bodyOf, session, userApi } from './client.ts'
import { Problem } from './problem.ts'

/** Papers that were handed in. */
export const documentsQuery = queryOptions({
  queryKey: ['documents'],
  // Links to the files work for ten minutes at least.
  staleTime: 60_000,
  refetchInterval: 5 * 60_000,
  queryFn: ({ signal }) => bodyOf(userApi.GET('/api/v1/documents', { signal })),
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
    mutationFn: async (document: NewDocument) => upload(await session.token(), document, onProgress),
    onSuccess: () => queries.invalidateQueries(),
  })
}

/** `fetch` does not tell how far an upload is. */
function upload(token: string, document: NewDocument, onProgress: (part: number) => void): Promise<void> {
  const form = new FormData()
  for (const [name, value] of Object.entries(document)) form.append(name, value)
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/api/v1/documents')
    request.setRequestHeader('authorization', `Bearer ${token}`)
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0))
    request.addEventListener('error', () => reject(new Problem(0, ['The server was not reached'])))
    request.addEventListener('load', () => (request.status === 201 ? resolve() : reject(refusalOf(request))))
    request.send(form)
  })
}

function refusalOf({ status, responseText }: XMLHttpRequest): Problem {
  const sentence = /^\{"error":\s*"(.*)"\}$/s.exec(responseText)?.[1]
  return new Problem(status, [sentence ?? 'Something went wrong'])
}
