import { useEffect, useState } from 'react'

/** A QR code from the bytes of a PNG in base64, by an address that only this page knows. */
export function QrCode({ png, label }: { png: string; label: string }) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0))
    const made = URL.createObjectURL(new Blob([bytes], { type: 'image/png' }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [png])
  return <div className="qr-code">{url && <img src={url} alt={label} width={220} height={220} />}</div>
}
