import { Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Decision, type ProfileField, type Review, reviewQuery, useClaim, useDecide } from '../../api/reviews.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { useKeys } from '../parts/keys.ts'
import { ClaimBar, KeyHint, useKeptClaim } from './claim.tsx'
import { DecisionForm, type Draft, EMPTY } from './decision.tsx'
import { DecisionHistory } from './history.tsx'
import { StatedProfile } from './stated.tsx'
import { DocumentViewer } from './viewer.tsx'

/** What each field said when it was compared: a tick is for that, and for nothing that the person says later. */
type Compared = Readonly<Partial<Record<ProfileField, string | undefined>>>

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
  const decide = useDecide()
  const [compared, setCompared] = useState<Compared>({})
  const [draft, setDraft] = useState<Draft>(EMPTY)
  /** What is to be decided, and of what: what comes in while the form covers the case was not looked at. */
  const [asked, setAsked] = useState<Pick<Decision, 'decision' | 'seen'>>()
  const isMine = review?.claim?.mine === true
  const ask = (decision: Decision['decision']) => {
    if (isMine) setAsked({ decision, seen: review.seen })
  }
  const close = () => {
    setAsked(undefined)
    decide.reset()
  }
  useKeptClaim(isMine, claim, () => claim.mutate(id))
  useKeys({
    c: () => claim.mutate(id),
    a: () => ask('approved'),
    r: () => ask('rejected'),
    m: () => ask('more_requested'),
  })
  if (!review) return error ? <Refused error={error} /> : <Skeleton height={480} />
  const ticks = ticksOf(compared, review.profile)
  return (
    <section className="case" aria-label={review.account.email}>
      <DocumentViewer documents={review.documents} isClaimed={isMine} />
      <Stack gap={16}>
        <Refused error={error} />
        <ClaimBar review={review} claim={claim} />
        <StatedProfile
          profile={review.profile}
          before={review.decisions[0]?.seen.profile ?? null}
          ticks={ticks}
          canTick={isMine}
          onTick={(field, isTicked) =>
            setCompared({ ...compared, [field]: isTicked ? review.profile?.[field] : undefined })
          }
        />
        <Group gap={8}>
          {DECISIONS.map(({ decision, key, look }) => (
            <Button
              key={decision}
              {...look}
              disabled={!isMine}
              onClick={() => ask(decision)}
              aria-keyshortcuts={key}
              rightSection={<KeyHint>{key.toUpperCase()}</KeyHint>}
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
          decision={asked.decision}
          email={review.account.email}
          language={review.language}
          draft={draft}
          onDraft={setDraft}
          isPending={decide.isPending}
          error={decide.error}
          onClose={close}
          onDecide={(parts) =>
            decide.mutate(
              { id, decision: { ...parts, ...asked, ticks } },
              {
                onSuccess: () => {
                  close()
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

/** The fields that were compared and still say what they said then. */
function ticksOf(compared: Compared, profile: Review['profile']): Record<ProfileField, boolean> {
  const isTicked = (field: ProfileField) => compared[field] !== undefined && compared[field] === profile?.[field]
  return {
    first_name: isTicked('first_name'),
    last_name: isTicked('last_name'),
    dob: isTicked('dob'),
    address: isTicked('address'),
    postcode: isTicked('postcode'),
    city: isTicked('city'),
    country: isTicked('country'),
  }
}
