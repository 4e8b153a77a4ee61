import { type Static, Type } from 'typebox'
import { closedSet, openSet, openSetOrNull } from '../../platform/http/sets.ts'
import { DocumentType } from '../documents/schema.ts'
import { REASONS } from './reason-codes.ts'

const Nullable = Type.Union([Type.String(), Type.Null()])
const Officer = Type.Union([Type.Object({ uid: Type.String(), email: Type.String() }), Type.Null()])

const DECISIONS = ['approved', 'rejected', 'more_requested'] as const
const ReviewReason = openSet('ReviewReason', REASONS)

export const QueueQuery = Type.Object({
  level_sought: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
  attempt: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  country: Type.Optional(Type.String({ minLength: 2, maxLength: 3, description: 'ISO 3166-1' })),
  claimed: Type.Optional(Type.Enum(['mine', 'others', 'nobody'])),
  after: Type.Optional(Type.Integer({ minimum: 1, description: 'Id of the last case of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Default: 25' })),
})

export const CaseId = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })

export const CaseView = Type.Object(
  {
    id: Type.Integer(),
    account: Type.Object({ uid: Type.String(), email: Type.String(), level: Type.Integer() }),
    level_sought: Type.Integer({ description: 'The level that approval leads to' }),
    country: Nullable,
    attempt: Type.Integer(),
    opened_at: Type.String(),
    waiting_seconds: Type.Integer(),
    closed_at: Nullable,
    outcome: openSetOrNull([...DECISIONS, 'elsewhere'], {
      description: "A decision, or 'elsewhere' when the label was set by other means",
    }),
    claim: Type.Union([Type.Object({ officer: Officer, mine: Type.Boolean(), until: Type.String() }), Type.Null()]),
  },
  { title: 'ReviewCase' },
)
export type CaseView = Static<typeof CaseView>

export const QueueCounts = Type.Object(
  {
    open: Type.Integer(),
    claimed: Type.Integer(),
    over_an_hour: Type.Integer(),
    over_a_day: Type.Integer(),
    oldest_opened_at: Nullable,
  },
  { title: 'ReviewCounts' },
)

/** What an officer sees of a person, and what is stored of it with the decision. */
export const SeenProfile = Type.Object(
  {
    first_name: Type.String(),
    last_name: Type.String(),
    dob: Type.String(),
    address: Type.String(),
    postcode: Type.String(),
    city: Type.String(),
    country: Type.String(),
  },
  { title: 'SeenProfile' },
)
const Ticks = Type.Partial(
  Type.Object({
    first_name: Type.Boolean(),
    last_name: Type.Boolean(),
    dob: Type.Boolean(),
    address: Type.Boolean(),
    postcode: Type.Boolean(),
    city: Type.Boolean(),
    country: Type.Boolean(),
  }),
  {
    title: 'ReviewTicks',
    additionalProperties: false,
    description: 'Fields that were compared: true where they agree',
  },
)

export const SeenDocument = Type.Object(
  {
    id: Type.Integer(),
    doc_type: DocumentType,
    doc_number: Type.String(),
    doc_expire: Type.String(),
    content_type: Type.String(),
    size: Type.Integer(),
    created_at: Type.String(),
  },
  { title: 'SeenDocument' },
)

const reasons = Type.Array(Type.Enum([...REASONS]), { uniqueItems: true, maxItems: REASONS.length })
const message = Type.String({ maxLength: 2000, description: 'What the person reads' })

export const NewDecision = Type.Object(
  {
    decision: Type.Enum([...DECISIONS]),
    reasons: Type.Optional(reasons),
    message: Type.Optional(message),
    note: Type.Optional(Type.String({ maxLength: 5000, description: 'For colleagues only' })),
    retry: Type.Optional(
      Type.Boolean({ description: 'Whether somebody rejected may try again; default: as the reasons say' }),
    ),
    ticks: Type.Optional(Ticks),
    seen: Type.String({ minLength: 1, maxLength: 200, description: '`seen` of the case as it was on the screen' }),
  },
  { title: 'NewReviewDecision', additionalProperties: false },
)
export type NewDecision = Static<typeof NewDecision>

export const DecisionView = Type.Object(
  {
    decision: closedSet('ReviewOutcome', DECISIONS),
    reasons: Type.Array(ReviewReason),
    final: Type.Boolean(),
    message: Type.String(),
    note: Type.String(),
    officer: Officer,
    seen: Type.Object({
      profile: Type.Union([SeenProfile, Type.Null()]),
      ticks: Ticks,
      documents: Type.Array(Type.Object({ ...SeenDocument.properties, sha256: Type.String() })),
    }),
    decided_at: Type.String(),
  },
  { title: 'ReviewDecision' },
)
export type DecisionView = Static<typeof DecisionView>

export const CaseDetail = Type.Object(
  {
    ...CaseView.properties,
    language: Type.Union([Type.String(), Type.Null()], {
      description: 'In which the person reads what is decided (BCP 47), where it is known',
    }),
    profile: Type.Union([SeenProfile, Type.Null()]),
    documents: Type.Array(
      Type.Object({
        ...SeenDocument.properties,
        new: Type.Boolean({ description: 'Handed in since the last decision' }),
        same_number: Type.Array(Type.String(), {
          description: 'Uids of others with a document of this type and number',
        }),
        same_picture: Type.Array(Type.String(), {
          description: 'Uids of others with a picture that looks like this one',
        }),
      }),
    ),
    decisions: Type.Array(DecisionView),
    seen: Type.String({ description: 'Names this very state; a decision sends it back' }),
  },
  { title: 'ReviewCaseDetail' },
)

/** A review as the person it is about sees it. */
export const OwnReview = Type.Object(
  {
    state: closedSet('ReviewState', ['none', 'pending', ...DECISIONS]),
    attempt: Type.Integer(),
    opened_at: Nullable,
    decided_at: Nullable,
    reasons: Type.Array(ReviewReason),
    message: Type.String(),
    may_hand_in: Type.Boolean({ description: 'Whether documents are taken, and the profile again after a refusal' }),
  },
  { title: 'Review' },
)

export const DocumentLink = Type.Object(
  {
    url: Type.String({ description: 'Opened with the bearer token of the same account' }),
    expires_at: Type.String(),
    content_type: Type.String({ description: 'Of what is sent: pages of PDFs are pictures, too' }),
    pages: Type.Integer({ description: 'How many pages there are; add `&page=2` to the link for the second' }),
    watermark: Type.String({ description: 'What stands upon each page' }),
  },
  { title: 'DocumentLink' },
)
