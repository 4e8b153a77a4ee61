import { Button, Skeleton, Stack, Text, Textarea, Title } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { accountActivitiesQuery, accountNotesQuery, useAddNote } from '../../../api/directory.ts'
import { Refused } from '../../../feedback/refused.tsx'
import { useI18n } from '../../../i18n/i18n.tsx'
import { Ago } from '../../parts/moment.tsx'

/** What colleagues noted of an account; its owner never sees it. */
export function AccountNotes({ uid, mayWrite }: { uid: string; mayWrite: boolean }) {
  const { t } = useI18n()
  const { data: notes, error } = useQuery(accountNotesQuery(uid))
  const add = useAddNote(uid)
  const [text, setText] = useState('')
  return (
    <section className="panel">
      <Title order={2} size="h4">
        {t('console.notes')}
      </Title>
      <Refused error={error ?? add.error} />
      <Stack gap={12}>
        {mayWrite && (
          <form
            onSubmit={(event) => {
              event.preventDefault()
              add.mutate(text, { onSuccess: () => setText('') })
            }}
          >
            <Textarea
              label={t('console.note.new')}
              autosize
              minRows={2}
              maxLength={5000}
              value={text}
              onChange={({ currentTarget }) => setText(currentTarget.value)}
            />
            <Button mt={8} size="xs" type="submit" disabled={text.trim() === ''} loading={add.isPending}>
              {t('console.note.add')}
            </Button>
          </form>
        )}
        {!notes && !error && <Skeleton height={60} />}
        {notes?.length === 0 && <Text c="dimmed">{t('console.none')}</Text>}
        {notes?.map(({ id, text, author, created_at }) => (
          <div key={id}>
            <Text size="sm" c="dimmed">
              <bdi>{author?.email}</bdi> · <Ago at={created_at} />
            </Text>
            <Text className="note">{text}</Text>
          </div>
        ))}
      </Stack>
    </section>
  )
}

/** What happened to an account, by whom and from where. */
export function AccountHistory({ uid }: { uid: string }) {
  const { t } = useI18n()
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(accountActivitiesQuery(uid))
  const activities = data?.pages.flat()
  return (
    <section className="panel">
      <Title order={2} size="h4">
        {t('console.activity')}
      </Title>
      <Refused error={error} />
      {!activities && !error && <Skeleton height={200} />}
      {activities?.length === 0 && <Text c="dimmed">{t('console.none')}</Text>}
      <ul className="history">
        {activities?.map(({ id, action, result, by, address, reason, at }) => (
          <li key={id}>
            <Text size="sm">
              <code>{action}</code>
              {result !== 'ok' && ` (${t('console.refused')})`} · {by} {address && `· ${address}`} · <Ago at={at} />
            </Text>
            {reason && (
              <Text size="sm" c="dimmed">
                <bdi>{reason}</bdi>
              </Text>
            )}
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button mt={12} size="xs" variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
          {t('console.more')}
        </Button>
      )}
    </section>
  )
}
