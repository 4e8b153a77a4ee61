import { useEffect, useRef, useState } from 'react'

/** The logo that is shown, and what becomes of it: kept (undefined), replaced by a file, or removed (null). */
export function useLogo(present: string | null) {
  const [file, setFile] = useState<File | null>()
  const [url, setUrl] = useState<string>()
  const reset = useRef<() => void>(null)
  useEffect(() => {
    if (!file) return setUrl(undefined)
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return {
    shown: file === undefined ? present : (url ?? null),
    file,
    /** Empties the field, so that the same file can be chosen again. */
    reset,
    choose: (chosen: File | null) => {
      if (chosen) setFile(chosen)
      reset.current?.()
    },
    remove: () => setFile(null),
  }
}
