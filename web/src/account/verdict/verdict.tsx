import { Text } from '@mantine/core'
import type { OwnReview } from '../../api/own-review.ts'
import { reasonOf } from '../../api/reasons.ts'
import { useI18n } from '../../i18n/i18n.tsx'

/** Why documents were not enough: the reasons, and what was written to the person. */
export function Verdict({ review }: { review: OwnReview }) {
  const { t, date } = useI18n()
  const { reasons, message, decided_at } = review
  if (reasons.length === 0 && message === '') return null
  return (
    <div className="verdict">
      {reasons.length > 0 && (
        <ul>
          {reasons.map((reason) => (
            <li key={reason}>{t(`verdict.reason.${reasonOf(reason)}`)}</li>
          ))}
        </ul>
      )}
      {message !== '' && (
        <figure>
          <blockquote dir="auto">{message}</blockquote>
          <figcaption>
            {decided_at === null ? t('verdict.by') : t('verdict.byOn', { date: date(decided_at) })}
          </figcaption>
        </figure>
      )}
      {!review.may_hand_in && <Text size="sm">{t('verdict.final')}</Text>}
    </div>
  )
}
