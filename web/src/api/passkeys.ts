import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { barong } from './client.ts'

const KEY = ['passkeys']

/** The account's passkeys, oldest first. */
export const passkeysQuery = queryOptions({
  queryKey: KEY,
  queryFn: ({ signal }) => barong.passkeys.list({ signal }).orThrow(),
})

/** Has this browser make a passkey, and adds it. */
export function useAddPasskey() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => barong.passkeys.add(name).orThrow(),
    onSuccess: () => queries.invalidateQueries(),
  })
}

/** Gives a passkey another name. */
export function useRenamePasskey() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) => barong.passkeys.rename(id, name).orThrow(),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  })
}

/** Removes a passkey. */
export function useRemovePasskey() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => barong.passkeys.remove(id).orThrow(),
    onSuccess: () => queries.invalidateQueries(),
  })
}

/** Proves with a passkey once more who one is, before what is dangerous. */
export const useConfirmByPasskey = () =>
  useMutation({ mutationFn: () => barong.security.confirmWithPasskey().orThrow() })
