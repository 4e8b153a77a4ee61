import { Button, Group, Kbd, Text } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { type Review, type useClaim, useRelease } from '../../api/reviews.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { ConsoleLink } from '../parts/link.tsx'

interface Props {
  review: Review
  claim: ReturnType<typeof useClaim>
}

/** Whom a case is about, who holds it and for how long, and taking or giving it back. */
export function ClaimBar({ review: { id, account, claim: held, closed_at }, claim }: Props) {
  const { t, moment } = useI18n()
  const release = useRelease()
  const isMine = held?.mine === true
  return (
    <>
      <Group justify="space-between">
        <ConsoleLink to={`/admin/accounts/${account.uid}`}>
          <bdi>{account.email}</bdi>
        </ConsoleLink>
        {isMine && (
          <Button size="xs" variant="default" loading={release.isPending} onClick={() => release.mutate(id)}>
            {t('console.review.release')}
          </Button>
        )}
        {!isMine && closed_at === null && (
          <Button
            size="xs"
            loading={claim.isPending}
            aria-keyshortcuts="c"
            rightSection={<KeyHint>C</KeyHint>}
            onClick={() => claim.mutate(id)}
          >
            {t('console.review.claim')}
          </Button>
        )}
      </Group>
      <Refused error={claim.error ?? release.error} />
      {closed_at !== null && <Text size="sm">{t('console.review.closed')}</Text>}
      {held && (
        <Text size="sm" {...(isMine ? { c: 'dimmed' } : {})}>
          {isMine
            ? t('console.review.until', { moment: moment(held.until) })
            : t('console.review.heldBy', { email: held.officer?.email ?? '' })}
        </Text>
      )}
    </>
  )
}

/** The key that does the same; screen readers are told by `aria-keyshortcuts`. */
export const KeyHint = ({ children }: { children: string }) => (
  <Kbd size="xs" aria-hidden="true">
    {children}
  </Kbd>
)

/** Milliseconds after which work on a case claims it anew; a claim holds for a quarter of an hour. */
const RENEWAL = 300_000
const SIGNS_OF_WORK = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const

/** Keeps a case that is worked on; one that lies open untouched lapses. */
export function useKeptClaim(isMine: boolean, { submittedAt }: ReturnType<typeof useClaim>, renew: () => void): void {
  // A claim of which nobody knows here how old it is.
  const isDue = useRef(true)
  useEffect(() => {
    isDue.current = submittedAt === 0
    const timer = setTimeout(() => {
      isDue.current = true
    }, RENEWAL)
    return () => clearTimeout(timer)
  }, [submittedAt])
  useEffect(() => {
    if (!isMine) return
    const listen = () => {
      if (isDue.current) renew()
      isDue.current = false
    }
    for (const sign of SIGNS_OF_WORK) addEventListener(sign, listen, { passive: true })
    return () => {
      for (const sign of SIGNS_OF_WORK) removeEventListener(sign, listen)
    }
  })
}
