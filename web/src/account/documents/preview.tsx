import { Text } from '@mantine/core'
import { useEffect, useState } from 'react'

/** What was chosen: a picture is shown, anything else named. */
export function Preview({ file }: { file: File }) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!file.type.startsWith('image/')) return
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => {
      URL.revokeObjectURL(made)
      setUrl(undefined)
    }
  }, [file])
  return (
    <>
      {url && <img src={url} alt="" className="preview" />}
      <Text size="sm" fw={600} className="file-name">
        <bdi>{file.name}</bdi>
      </Text>
    </>
  )
}
