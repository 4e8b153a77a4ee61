import { Anchor, Stack, Text, Title } from '@mantine/core'
import { useSaveFile } from '../../api/documents.ts'
import { useDocumentType } from '../../i18n/documents.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'

const TONES = {
  done: 'good',
  waiting: 'quiet',
  rejected: 'bad',
  asked: 'warm',
  closed: 'bad',
  open: 'quiet',
} as const

/** Whether the file is shown to who brings a token alone, which no plain link does. */
const wantsToken = (url: string): boolean => new URL(url).pathname.startsWith('/api/')

interface Props {
  documents: readonly { doc_type: string; doc_number: string; doc_expire: string; upload: { url: string } }[]
  state: keyof typeof TONES
}

/** What was handed in, and how it stands. */
export function HandedIn({ documents, state }: Props) {
  const { t, date } = useI18n()
  const nameOf = useDocumentType()
  const save = useSaveFile()
  if (documents.length === 0) return null
  return (
    <Stack gap={12} component="section" aria-labelledby="handed-in">
      <Title order={2} id="handed-in">
        {t('documents.handedIn')}
      </Title>
      <ul className="rows">
        {documents.map(({ doc_type, doc_number, doc_expire, upload }) => (
          <li key={upload.url} className="row">
            <span>
              <Text fw={600} component="span" display="block">
                {nameOf(doc_type)}
              </Text>
              <Text size="sm" c="dimmed" component="span" display="block">
                <bdi>{doc_number}</bdi> · {t('documents.until', { date: date(doc_expire) })}
              </Text>
            </span>
            <span className="row-end">
              <Tag tone={TONES[state]}>{t(`documents.badge.${state}`)}</Tag>
              <Anchor
                onClick={(event) => {
                  if (!wantsToken(upload.url)) return
                  event.preventDefault()
                  save(upload.url)
                }}
                href={upload.url}
                target="_blank"
                rel="noopener noreferrer"
                size="sm"
                aria-label={t('documents.viewOf', { number: doc_number })}
              >
                {t('documents.view')}
              </Anchor>
            </span>
          </li>
        ))}
      </ul>
    </Stack>
  )
}
