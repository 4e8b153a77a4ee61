import { Text } from '@mantine/core'
import { useObjectUrl } from '../../ui/object-url.ts'

/** What was chosen: a picture is shown, anything else named. */
export function Preview({ file }: { file: File }) {
  const url = useObjectUrl(file.type.startsWith('image/') ? file : undefined)
  return (
    <>
      {url && <img src={url} alt="" className="preview" />}
      <Text size="sm" fw={600} className="file-name">
        <bdi>{file.name}</bdi>
      </Text>
    </>
  )
}
