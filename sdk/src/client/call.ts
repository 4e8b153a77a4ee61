import type { BarongError } from './errors.ts'

/** What became of a call: data, or an error. Look at `error` first; TypeScript then knows which it is. */
export type Result<T> =
  | { readonly data: T; readonly error: undefined }
  | { readonly data: undefined; readonly error: BarongError }

/** A call under way. It rejects only when its own `signal` ended it, or for a mistake of the program. */
export interface Call<T> extends Promise<Result<T>> {
  /** The data alone; rejects with the error. */
  orThrow(): Promise<T>
}

/** A result that is good. */
export const good = <T>(data: T): Result<T> => ({ data, error: undefined })

/** A result that is an error. */
export const bad = (error: BarongError): { readonly data: undefined; readonly error: BarongError } => ({
  data: undefined,
  error,
})

/** Lets a promise of a result be called to throw. */
export const callOf = <T>(result: Promise<Result<T>>): Call<T> =>
  Object.assign(result, {
    orThrow: async () => {
      const { data, error } = await result
      if (error) throw error
      return data
    },
  })
