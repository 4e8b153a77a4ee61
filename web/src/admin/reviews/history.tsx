import { Text, Title } from '@mantine/core'
import { reasonOf } from '../../api/reasons.ts'
import type { Review } from '../../api/reviews.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { Ago } from '../parts/moment.tsx'
import { FIELDS } from './stated.tsx'

type Decided = Review['decisions'][number]

const KINDS = ['approved', 'rejected', 'more_requested'] as const
const kindOf = (decision: string) => KINDS.find((kind) => kind === decision) ?? 'more_requested'

/** What was decided before, by whom, and what they had before their eyes. */
export function DecisionHistory({ decisions }: { decisions: Review['decisions'] }) {
  const { t } = useI18n()
  if (decisions.length === 0) return null
  return (
    <section className="panel">
      <Title order={2} size="h4">
        {t('console.decisions')}
      </Title>
      <ul className="history">
        {decisions.map(({ decision, reasons, final, message, note, officer, seen, decided_at }) => (
          <li key={decided_at}>
            <Text size="sm" fw={600}>
              {t(`console.decided.${kindOf(decision)}`)} · <bdi>{officer?.email}</bdi> · <Ago at={decided_at} />
            </Text>
            {reasons.length > 0 && (
              <Text size="sm">{reasons.map((reason) => t(`console.reason.${reasonOf(reason)}`)).join(' ')}</Text>
            )}
            {final && <Text size="sm">{t('console.decided.final')}</Text>}
            {message && (
              <Text size="sm" className="told">
                <bdi>{message}</bdi>
              </Text>
            )}
            {note && (
              <Text size="sm" c="dimmed">
                <bdi>{note}</bdi>
              </Text>
            )}
            <WhatWasSeen seen={seen} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What was on the screen when the decision fell. */
function WhatWasSeen({ seen: { profile, ticks, documents } }: { seen: Decided['seen'] }) {
  const { t, moment } = useI18n()
  return (
    <details className="seen">
      <summary>{t('console.decision.saw')}</summary>
      <dl>
        {profile &&
          FIELDS.map((field) => (
            <div key={field}>
              <dt>{t(`console.field.${field}`)}</dt>
              <dd>
                <bdi>{profile[field]}</bdi>
                {ticks[field] === true && ` · ${t('console.decision.compared')}`}
              </dd>
            </div>
          ))}
        {documents.map(({ id, doc_type, doc_number, doc_expire, created_at, sha256 }) => (
          <div key={id}>
            <dt>{doc_type}</dt>
            <dd>
              <bdi>{doc_number}</bdi> · {t('console.expires', { date: doc_expire })} · {t('console.document.handedIn')}{' '}
              {moment(created_at)} · <span title={sha256}>SHA-256 {sha256.slice(0, 12)}…</span>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
