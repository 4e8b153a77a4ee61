import { Anchor, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { labelsQuery } from '../../api/account.ts'
import { documentsQuery } from '../../api/documents.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'
import { stepsOf } from '../home/steps.ts'
import { AccountPage } from '../page-frame.tsx'
import { DocumentForm } from './form.tsx'
import { isDocumentType } from './types.ts'

/** Papers that prove who the person is, and how their review stands. */
export default function DocumentsPage() {
  const { t, date } = useI18n()
  const documents = useQuery(documentsQuery)
  const labels = useQuery(labelsQuery)
  const error = documents.error ?? labels.error
  if (error) return <Refused error={error} />
  if (!documents.data || !labels.data) return <Skeleton height={320} />
  const { identity } = stepsOf(labels.data)
  const state = identity === 'next' ? 'open' : identity
  return (
    <AccountPage title={t('documents.title')} lead={t(`documents.state.${state}`)} back="/account">
      {state !== 'done' && <DocumentForm />}
      {documents.data.length > 0 && (
        <Stack gap={12} component="section" aria-labelledby="handed-in">
          <Title order={2} id="handed-in">
            {t('documents.handedIn')}
          </Title>
          <ul className="rows">
            {documents.data.map((document) => (
              <li key={document.upload.url} className="row">
                <span>
                  <Text fw={600} component="span" display="block">
                    {isDocumentType(document.doc_type) ? t(`documents.type.${document.doc_type}`) : document.doc_type}
                  </Text>
                  <Text size="sm" c="dimmed" component="span" display="block">
                    <bdi>{document.doc_number}</bdi> · {t('documents.until', { date: date(document.doc_expire) })}
                  </Text>
                </span>
                <span className="row-end">
                  <Tag tone={BADGES[state]}>{t(`documents.badge.${state}`)}</Tag>
                  <Anchor href={document.upload.url} target="_blank" rel="noopener noreferrer" size="sm">
                    {t('documents.view')}
                  </Anchor>
                </span>
              </li>
            ))}
          </ul>
        </Stack>
      )}
    </AccountPage>
  )
}

const BADGES = { done: 'good', waiting: 'quiet', rejected: 'bad', open: 'quiet' } as const
