import { Button, Group, Kbd, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Decision, type ProfileField, reviewQuery, useClaim, useDecide, useRelease } from '../../api/reviews.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { ConsoleLink } from '../parts/link.tsx'
import { DecisionForm } from './decision.tsx'
import { DecisionHistory } from './history.tsx'
import { useKeys } from './keys.ts'
import { StatedProfile } from './stated.tsx'
import { DocumentViewer } from './viewer.tsx'

const NO_TICKS = {
  first_name: false,
  last_name: false,
  dob: false,
  address: false,
  postcode: false,
  city: false,
  country: false,
} satisfies Record<ProfileField, boolean>

/** What can be decided, by which key, and how its button looks. */
const DECISIONS = [
  { decision: 'approved', key: 'a', look: {} },
  { decision: 'more_requested', key: 'm', look: { variant: 'default' } },
  { decision: 'rejected', key: 'r', look: { variant: 'light', color: 'red' } },
] as const

/** One case: the documents beside what the person stated, and what is decided of it. */
export function ReviewCase({ id, onDecided }: { id: number; onDecided: () => void }) {
  const { t } = useI18n()
  const { data: review, error } = useQuery(reviewQuery(id))
  const claim = useClaim()
  const release = useRelease()
  const decide = useDecide()
  const [ticks, setTicks] = useState<Record<ProfileField, boolean>>(NO_TICKS)
  const [asked, setAsked] = useState<Decision['decision']>()
  const isMine = review?.claim?.mine === true
  const ask = (decision: Decision['decision']) => {
    if (isMine) setAsked(decision)
  }
  useKeys({
    c: () => claim.mutate(id),
    a: () => ask('approved'),
    r: () => ask('rejected'),
    m: () => ask('more_requested'),
  })
  if (error) return <Refused error={error} />
  if (!review) return <Skeleton height={480} />
  return (
    <section className="case" aria-label={review.account.email}>
      <DocumentViewer documents={review.documents} isClaimed={isMine} />
      <Stack gap={16}>
        <Group justify="space-between">
          <ConsoleLink to={`/admin/accounts/${review.account.uid}`}>
            <bdi>{review.account.email}</bdi>
          </ConsoleLink>
          {isMine ? (
            <Button size="xs" variant="default" loading={release.isPending} onClick={() => release.mutate(id)}>
              {t('console.review.release')}
            </Button>
          ) : (
            <Button
              size="xs"
              loading={claim.isPending}
              aria-keyshortcuts="c"
              rightSection={<Hint>C</Hint>}
              onClick={() => claim.mutate(id)}
            >
              {t('console.review.claim')}
            </Button>
          )}
        </Group>
        <Refused error={claim.error ?? release.error} />
        {review.claim && !isMine && (
          <Text size="sm">{t('console.review.heldBy', { email: review.claim.officer?.email ?? '' })}</Text>
        )}
        <StatedProfile
          profile={review.profile}
          before={review.decisions[0]?.seen.profile ?? null}
          ticks={ticks}
          canTick={isMine}
          onTick={setTicks}
        />
        <Group gap={8}>
          {DECISIONS.map(({ decision, key, look }) => (
            <Button
              key={decision}
              {...look}
              disabled={!isMine}
              onClick={() => ask(decision)}
              aria-keyshortcuts={key}
              rightSection={<Hint>{key.toUpperCase()}</Hint>}
            >
              {t(`console.decision.${decision}`)}
            </Button>
          ))}
        </Group>
        <Text size="xs" c="dimmed">
          {t('console.review.keys')}
        </Text>
        <DecisionHistory decisions={review.decisions} />
      </Stack>
      {asked && (
        <DecisionForm
          decision={asked}
          email={review.account.email}
          language={review.language}
          isPending={decide.isPending}
          error={decide.error}
          onClose={() => {
            setAsked(undefined)
            decide.reset()
          }}
          onDecide={(parts) =>
            decide.mutate(
              { id, decision: { ...parts, decision: asked, ticks, seen: review.seen } },
              {
                onSuccess: () => {
                  setAsked(undefined)
                  onDecided()
                },
              },
            )
          }
        />
      )}
    </section>
  )
}

/** The key that does the same; screen readers are told by `aria-keyshortcuts`. */
const Hint = ({ children }: { children: string }) => (
  <Kbd size="xs" aria-hidden="true">
    {children}
  </Kbd>
)
