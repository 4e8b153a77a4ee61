import { useEffect, useState } from 'react'

/** The logo that is shown, and what becomes of it: kept, replaced by a file, or removed. */
export function useLogo(present: string | null) {
  const [file, setFile] = useState<File | null>()
  const [change, setChange] = useState<{ logo?: string | null }>({})
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!file) return setUrl(undefined)
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return {
    shown: file === undefined ? present : (url ?? null),
    change,
    choose: async (chosen: File | null) => {
      if (!chosen) return
      setFile(chosen)
      setChange({ logo: base64Of(new Uint8Array(await chosen.arrayBuffer())) })
    },
    remove: () => {
      setFile(null)
      setChange({ logo: null })
    },
  }
}

const base64Of = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
