import { Text, Title } from '@mantine/core'
import type { Review } from '../../api/reviews.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { Ago } from '../parts/moment.tsx'

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
        {decisions.map(({ decision, reasons, message, note, officer, seen, decided_at }) => (
          <li key={decided_at}>
            <Text size="sm" fw={600}>
              {t(`console.decision.${kindOf(decision)}`)} · <bdi>{officer?.email}</bdi> · <Ago at={decided_at} />
            </Text>
            {reasons.length > 0 && <Text size="sm">{reasons.join(', ')}</Text>}
            {message && (
              <Text size="sm">
                <bdi>{message}</bdi>
              </Text>
            )}
            {note && (
              <Text size="sm" c="dimmed">
                <bdi>{note}</bdi>
              </Text>
            )}
            <Text size="xs" c="dimmed">
              {t('console.decision.saw', { documents: seen.documents.map(({ doc_type }) => doc_type).join(', ') })}
            </Text>
          </li>
        ))}
      </ul>
    </section>
  )
}
