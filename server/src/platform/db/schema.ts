import type { Generated, Insertable, Selectable, Updateable } from 'kysely'
import type { ActorKind } from '../acting/acting.ts'

/**
 * Every table on one page. Timestamps are ISO 8601 texts in UTC, JSON columns are text. `*_sealed` is ciphertext: of the
 * account's data key in accounts, profiles, phones, documents, review_decisions and account_notes, of the key ring
 * elsewhere. `*_index` is a blind index.
 */
export interface Tables {
  accounts: AccountsTable
  account_notes: AccountNotesTable
  review_cases: ReviewCasesTable
  review_decisions: ReviewDecisionsTable
  notice_links: NoticeLinksTable
  email_changes: EmailChangesTable
  recovery_codes: RecoveryCodesTable
  passkeys: PasskeysTable
  passkey_challenges: PasskeyChallengesTable
  sessions: SessionsTable
  applications: ApplicationsTable
  labels: LabelsTable
  familiar_origins: FamiliarOriginsTable
  levels: LevelsTable
  level_changes: LevelChangesTable
  profiles: ProfilesTable
  phones: PhonesTable
  documents: DocumentsTable
  unclaimed_blobs: UnclaimedBlobsTable
  picture_fingerprints: PictureFingerprintsTable
  api_keys: ApiKeysTable
  api_key_nonces: ApiKeyNoncesTable
  signing_keys: SigningKeysTable
  revocations: RevocationsTable
  management_nonces: ManagementNoncesTable
  oauth_records: OauthRecordsTable
  outbox: OutboxTable
  events: EventsTable
  webhook_endpoints: WebhookEndpointsTable
  deliveries: DeliveriesTable
  delivery_attempts: DeliveryAttemptsTable
  audit_records: AuditRecordsTable
  audit_checkpoints: AuditCheckpointsTable
  mailbox_messages: MailboxMessagesTable
  imported_rows: ImportedRowsTable
  import_progress: ImportProgressTable
  limit_counters: LimitCountersTable
  shared_limits: SharedLimitsTable
  account_keys: AccountKeysTable
  vault_keys: VaultKeysTable
  profile_words: ProfileWordsTable
  websites: WebsitesTable
}

interface AccountsTable {
  id: Generated<number>
  uid: string
  /** Trimmed and lower-cased; unique. */
  email: string
  /** argon2id in PHC form, or an imported bcrypt hash until the next sign-in. */
  password_digest: string
  /** When somebody else chose the password; until its owner replaces it nothing else is let them do. */
  password_given_at: string | null
  role: string
  level: Generated<number>
  state: string
  /** In which they are written to (BCP 47); null: as nobody told. */
  language: string | null
  /** Where they signed in last, if a website is set for it their mails wear it. */
  host: string | null
  confirmation_digest: string | null
  confirmation_sent_at: string | null
  confirmed_at: string | null
  reset_password_digest: string | null
  reset_password_sent_at: string | null
  failed_attempts: Generated<number>
  locked_at: string | null
  unlock_digest: string | null
  otp_secret_sealed: string | null
  /** A secret that was shown but not yet proven to be in an authenticator. */
  otp_pending_sealed: string | null
  otp_pending_until: string | null
  otp_enabled_at: string | null
  /** Number of the last TOTP time step that was accepted (RFC 6238, section 5.2: a code is good once). */
  otp_last_step: number | null
  /**
   * When somebody said by a mailed link that it was not them, and nobody signs in until a new password is chosen by mail; or
   * when the staff locked the account.
   */
  frozen_at: string | null
  /** The `frozen_at` that the staff set. Where the two differ, the freeze is a later one, of the person. */
  staff_frozen_at: string | null
  discarded_at: string | null
  created_at: string
  updated_at: string
}

/** Links of notices by which somebody can say that it was not them. */
interface NoticeLinksTable {
  id: Generated<number>
  account_id: number
  digest: string
  /** Where the notice went: the account's address at that time. */
  email: string
  created_at: string
  expires_at: string
}

/** A change of the e-mail address that waits for the owners of both; one for each account. */
interface EmailChangesTable {
  id: Generated<number>
  account_id: number
  old_email: string
  new_email: string
  old_digest: string
  new_digest: string
  old_confirmed_at: string | null
  new_confirmed_at: string | null
  /** The session that asked for it. */
  jti: string
  created_at: string
  expires_at: string
}

/** Codes that stand in for the authenticator app; each is good once. */
interface RecoveryCodesTable {
  id: Generated<number>
  account_id: number
  /** Keyed digest of what argon2id made of the code and the salt; of the code itself where there is no salt. */
  digest: string
  /** 16 random bytes in base64url, those of all ten; null for codes that were made before there were salts. */
  salt: string | null
  created_at: string
  used_at: string | null
}

/** Public keys of authenticators (WebAuthn credentials). */
interface PasskeysTable {
  id: Generated<number>
  uid: string
  account_id: number
  /** base64url; unique. */
  credential_id: string
  /** COSE_Key in base64url. */
  public_key: string
  /** How often the authenticator says it signed; 0 where it does not count. */
  counter: number
  name: string
  /** JSON list. */
  transports: string
  /** `singleDevice` where the key cannot leave its authenticator, else `multiDevice`. */
  device: string
  created_at: string
  last_used_at: string | null
}

/** Challenges that wait for an authenticator's signature; each is good once. */
interface PasskeyChallengesTable {
  id: Generated<number>
  /** Keyed digest of the challenge, its purpose and whom or what it is bound to. */
  digest: string
  expires_at: string
}

interface SessionsTable {
  id: Generated<number>
  /** The token's id; where it is the `grant_id`, the row is no token but stands for the grant, whose tokens come and go. */
  jti: string
  account_id: number
  /** null: a browser that the person signed in at; its pages get their tokens from it. */
  application_id: number | null
  /** Space separated; null where the session may do everything, as those of `POST /sessions` do. */
  scopes: string | null
  /** The grant that an OAuth access token comes from: what one browser or device let one application do. */
  grant_id: string | null
  /** The `jti` of the session that this one was renewed from in the end; null: it is the first, or of a grant. */
  family: string | null
  /** The browser session that an OAuth access token ends with, or that this row is, as a digest of its uid. */
  browser_session: string | null
  /** What the OAuth engine keeps with its access token, as JSON. */
  oauth_payload: string | null
  /** Thumbprint of the key that the token is bound to (RFC 9449); null: it is bound to none, or its pages' tokens are, each by itself. */
  jkt: string | null
  /** Where it was opened from; null for tokens that an application fetched. */
  address: string | null
  user_agent: string | null
  /** When the person last proved who they are; renewals carry it on. */
  authenticated_at: string
  /** When the person proved it again within the session, for what is dangerous. */
  reauthenticated_at: string | null
  created_at: string
  expires_at: string
  revoked_at: string | null
}

interface ApplicationsTable {
  id: Generated<number>
  uid: string
  name: string
  secret_sealed: string
  /** One URI a line. */
  redirect_uri: string
  /** Space separated; empty means any. */
  scopes: string
  /** Space separated: what its tokens may be for besides the user API (RFC 8707); `*` means anything. */
  resources: Generated<string>
  consent_skipped_at: string | null
  /** Space separated OAuth grant types. */
  grant_types: Generated<string>
  /**
   * `client_secret_basic` for a client that keeps a secret (in the header or in the body), `private_key_jwt` for one that has
   * keys, `none` for a public one.
   */
  auth_method: Generated<string>
  /** The public keys it proves itself by, a JWK Set as JSON. */
  jwks: string | null
  /** Where it publishes them instead. */
  jwks_uri: string | null
  /** Algorithm of its tokens; null means the server's default. */
  token_algorithm: string | null
  /** Seconds its access tokens live; null means JWT_LIFETIME. */
  access_token_lifetime: number | null
  /** Seconds its refresh tokens live; null means the server's default. */
  refresh_token_lifetime: number | null
  /** When the operator allowed it to go without PKCE; null means never. */
  pkce_waived_at: string | null
  /** Since when all its tokens are bound to a key (RFC 9449); null means that it decides. */
  tokens_bound_at: string | null
  /** When seeds planted it, as long as nobody has changed it. */
  seeded_at: string | null
  created_at: string
  updated_at: string
}

interface LabelsTable {
  id: Generated<number>
  account_id: number
  key: string
  value: string
  scope: string
  /** When it is lifted by itself; null: never. */
  expires_at: string | null
  /** Why it was set: the event that a hold follows, or what an officer wrote. */
  reason: string | null
  /** Who set it, as `kind` or `kind:id` of the one who acted; null where nobody noted it. */
  actor: string | null
  created_at: string
  updated_at: string
}

/** Devices and countries that an account was signed in to from. */
interface FamiliarOriginsTable {
  id: Generated<number>
  account_id: number
  kind: 'device' | 'client' | 'program' | 'country'
  /** Keyed digest of the device's id, or of a program's name and network, or ISO 3166-1 alpha-2. */
  value: string
  created_at: string
  last_seen_at: string
}

interface LevelsTable {
  id: Generated<number>
  key: string
  value: string
  description: string
  created_at: string
  updated_at: string
}

/** Changes of the levels, and how far the accounts were brought in line with each; one at most is not finished. */
interface LevelChangesTable {
  id: Generated<number>
  /** Id of the last account that was looked at. */
  after_id: Generated<number>
  /** How many accounts have another level since. */
  changed: Generated<number>
  created_at: string
  finished_at: string | null
}

interface ProfilesTable {
  id: Generated<number>
  account_id: number
  first_name_sealed: string
  last_name_sealed: string
  dob_sealed: string
  address_sealed: string
  postcode_sealed: string
  city_sealed: string
  /** Clear, as reviewers filter by it. */
  country: string
  metadata_sealed: string | null
  created_at: string
  updated_at: string
}

interface PhonesTable {
  id: Generated<number>
  account_id: number
  /** International number, digits only. */
  number_sealed: string
  number_index: string
  country: string
  code_digest: string | null
  code_sent_at: string | null
  /** Wrong codes since the present one was sent. */
  code_attempts: Generated<number>
  /** When codes were sent within the day before the last one: a JSON list of timestamps, oldest first. */
  code_sends: Generated<string>
  validated_at: string | null
  created_at: string
  updated_at: string
}

interface DocumentsTable {
  id: Generated<number>
  account_id: number
  doc_type: string
  doc_number_sealed: string
  /** Of the number without spaces, hyphens and case, with its type. */
  doc_number_index: string
  doc_expire: string
  metadata_sealed: string | null
  blob_key: string
  /** The key that opens the blob. */
  key_sealed: string
  content_type: string
  /** Bytes of the file as it is kept. */
  size: number
  created_at: string
  updated_at: string
}

/** What the pictures of documents look like: 64 bits in four parts, by each of which it is found again. */
interface PictureFingerprintsTable {
  document_id: number
  /** From 0 to 3. */
  part: number
  /** 16 bits. */
  bits: number
}

/** Blobs that are being written, and that no document refers to until it claims them. */
interface UnclaimedBlobsTable {
  id: Generated<number>
  blob_key: string
  created_at: string
}

interface ApiKeysTable {
  id: Generated<number>
  uid: string
  account_id: number
  public_key: string
  scopes: string | null
  /** Seconds that its tokens live. */
  expires_in: number
  state: string
  /** Addresses and networks that it may be used from, comma separated; null: any. */
  allowed_networks: string | null
  /** From when on it may not be used; null: never. */
  expires_at: string | null
  /** How often it may be used, as `10/1s`; null: as often as its account may. */
  rate: string | null
  /** Written some seconds after the use. */
  last_used_at: string | null
  last_used_address: string | null
  created_at: string
  updated_at: string
}

/** Tokens and signed changes that were accepted: none is accepted twice. */
interface ApiKeyNoncesTable {
  id: Generated<number>
  api_key_id: number
  /** SHA-256, since clients choose what and how long a `jti` or a nonce is. */
  jti_digest: string
  expires_at: string
}

interface SigningKeysTable {
  id: Generated<number>
  kid: string
  algorithm: string
  private_sealed: string
  created_at: string
  /** From when on it signs; until then it is only published. */
  active_from: string
}

/** Tokens that ended before their time, for services that verify them by themselves; a row goes with the last of its tokens. */
interface RevocationsTable {
  id: Generated<number>
  /** Digest of a token's `jti`, or of the account's or application's uid whose tokens ended. */
  target: string
  /** For a uid: tokens that were issued earlier ended. Null for a `jti`. */
  issued_before: string | null
  recorded_at: string
  expires_at: string
}

/** Short-lived state of the OAuth engine: codes, refresh tokens, consents, browser sessions, interactions. */
interface OauthRecordsTable {
  id: Generated<number>
  kind: string
  /** Digest of the token or id it is found by; unique with `kind`. */
  key_digest: string
  payload_sealed: string
  account_uid: string | null
  application_uid: string | null
  grant_id: string | null
  /** Digest of a second id it is found by: a session's uid, a device's user code. */
  alias_digest: string | null
  consumed_at: string | null
  created_at: string
  expires_at: string | null
}

/** Envelopes of the management API that were accepted: none is accepted twice. */
interface ManagementNoncesTable {
  id: Generated<number>
  digest: string
  /** When the envelope stops being valid by itself; null: never. */
  expires_at: string | null
}

interface OutboxTable {
  id: Generated<number>
  message_id: string
  channel: string
  topic: string
  account_id: number | null
  payload_sealed: string
  created_at: string
  attempts: Generated<number>
  next_attempt_at: string
  claimed_until: string | null
  last_error: string | null
  failed_at: string | null
}

interface EventsTable {
  id: Generated<number>
  message_id: string
  /** Whom it concerns; null for what concerns nobody, an application say. */
  account_id: number | null
  name: string
  payload_sealed: string
  created_at: string
  /** When its deliveries were written. */
  fanned_out_at: string | null
}

interface WebhookEndpointsTable {
  id: Generated<number>
  uid: string
  url: string
  description: string
  /** JSON array of event names in which * stands for any text. */
  event_filter: string
  secret_sealed: string
  /** Signs as well until it expires, so that receivers can change over. */
  previous_secret_sealed: string | null
  previous_secret_expires_at: string | null
  disabled_at: string | null
  created_at: string
  updated_at: string
}

/** One event on its way to one destination: open until it is delivered or has failed for good. */
interface DeliveriesTable {
  id: Generated<number>
  event_id: number
  /** `rabbitmq`, or `webhook:` and the endpoint's id. */
  destination: string
  endpoint_id: number | null
  /** Order is kept within it: the account's id, or 0. */
  stream: number
  created_at: string
  attempts: Generated<number>
  next_attempt_at: string
  claimed_until: string | null
  /** A failure after this is final; null: never. */
  give_up_at: string | null
  last_error: string | null
  delivered_at: string | null
  failed_at: string | null
}

interface DeliveryAttemptsTable {
  id: Generated<number>
  delivery_id: number
  attempted_at: string
  duration_ms: number
  /** HTTP status, where there was one. */
  status: number | null
  error: string | null
}

/** What somebody did, or was refused. What can be erased stands behind a commitment (HMAC-SHA256) under a salt of its own. */
interface AuditRecordsTable {
  id: Generated<number>
  created_at: string
  action: string
  result: 'ok' | 'refused'
  /** Why it was refused. */
  code: string | null
  request_id: string | null
  actor_kind: ActorKind
  actor_id: string | null
  address: string | null
  user_agent: string | null
  /** 32 random bytes in hexadecimal; null: who it was is erased. */
  actor_salt: string | null
  actor_commitment: string
  /** On whom; no reference, for accounts may go. */
  account_id: number | null
  /** JSON. */
  details: string | null
  /** 32 random bytes in hexadecimal; null: on whom it was is erased. */
  subject_salt: string | null
  subject_commitment: string
  /** Place in the chain, from 1 on without gaps; null until it is chained. */
  seq: number | null
  /** SHA-256 in hexadecimal. */
  previous_hash: string | null
  hash: string | null
}

/** A signature over the chain as it was (JWS), which also names the checkpoint before. */
interface AuditCheckpointsTable {
  id: Generated<number>
  jws: string
  created_at: string
}

interface MailboxMessagesTable {
  id: Generated<number>
  message_id: string
  channel: string
  recipient: string
  subject: string
  text: string
  html: string
  created_at: string
}

/** Which of our rows a row of another database became. */
interface ImportedRowsTable {
  id: Generated<number>
  /** Name of the other database. */
  source: string
  source_table: string
  /** Its primary key there, as text. */
  source_id: string
  /** What others refer to by it; null where nothing does. */
  row_id: number | null
}

/** How far into a file an import that is not finished has come. */
interface ImportProgressTable {
  id: Generated<number>
  source: string
  /** Number of the last line that is dealt with. */
  line: number
  updated_at: string
}

interface LimitCountersTable {
  id: Generated<number>
  /** Keyed digest of what is counted, of whom, and over which time; unique. */
  key: string
  count: number
  /** From then on the row counts for nothing, and begins anew with the next use. */
  ends_at: string
}

/** Limits that processes count in memory, of those who use much of theirs. */
interface SharedLimitsTable {
  /** Keyed digest of what is counted, of whom, and by which rate; unique. */
  key: string
  /** When all of it may be used again if nothing more is used: milliseconds since 1970 with fractions, as the database adds to it. */
  used_until: number
}

/** How pages and mails look under a domain and those below it. */
interface WebsitesTable {
  id: Generated<number>
  /** Lower case, in ASCII; unique. */
  domain: string
  title: string
  /** `#rrggbb`; null: as ever. */
  accent: string | null
  header_background: string | null
  /** JSON lists of texts and addresses. */
  header_links: string
  footer_links: string
  /** PNG in base64, drawn anew from what was handed in. */
  logo: string | null
  created_at: string
  updated_at: string
}

/** What the staff noted about an account. */
interface AccountNotesTable {
  id: Generated<number>
  account_id: number
  /** Null once the author's account is gone. */
  author_id: number | null
  text_sealed: string
  created_at: string
}

/** What an account's personal data is sealed under, itself sealed under the master key. */
interface AccountKeysTable {
  id: Generated<number>
  account_id: number
  /** Null once it is destroyed, which erases all that was sealed under it. */
  key_sealed: string | null
  created_at: string
  destroyed_at: string | null
}

/** Keys that belong to no account, sealed under the master key. */
interface VaultKeysTable {
  id: Generated<number>
  name: string
  key_sealed: string
  created_at: string
}

/** The words of a person's names, to search by. */
interface ProfileWordsTable {
  id: Generated<number>
  account_id: number
  word_index: string
}

/** Somebody who waits for their documents to be looked at; an account has one open case at most. */
interface ReviewCasesTable {
  id: Generated<number>
  account_id: number
  /** How many times somebody looks, this one included. */
  attempt: number
  level_sought: number
  opened_at: string
  claimed_by: number | null
  claimed_until: string | null
  closed_at: string | null
  /** The decision, or `elsewhere` when the label was set by other means. */
  outcome: string | null
}

interface ReviewDecisionsTable {
  id: Generated<number>
  case_id: number
  account_id: number
  officer_id: number | null
  decision: string
  /** JSON array of reason codes. */
  reasons: string
  /** 1: the person may not try again. */
  is_final: number
  message_sealed: string
  note_sealed: string
  /** What was on the screen: profile, ticks, documents with the digests of their files. */
  seen_sealed: string
  created_at: string
}

/** A row as read. */
export type Row<T extends keyof Tables> = Selectable<Tables[T]>
/** A row as written. */
export type NewRow<T extends keyof Tables> = Insertable<Tables[T]>
/** Columns to change. */
export type RowPatch<T extends keyof Tables> = Updateable<Tables[T]>

export type Account = Row<'accounts'>
/**
 * Who somebody is and how their account stands, without what proves it: digests, secrets and counters stay in the database until
 * what needs them reads them.
 */
export type AccountFacts = Pick<
  Account,
  | 'id'
  | 'uid'
  | 'email'
  | 'password_given_at'
  | 'role'
  | 'level'
  | 'state'
  | 'locked_at'
  | 'frozen_at'
  | 'staff_frozen_at'
  | 'otp_enabled_at'
  | 'discarded_at'
  | 'language'
  | 'host'
>
export type Session = Row<'sessions'>
export type Application = Row<'applications'>
export type Label = Row<'labels'>
export type Level = Row<'levels'>
export type LevelChange = Row<'level_changes'>
/** A row with what is sealed in it opened; blind indexes are left out. */
type Opened<T extends keyof Tables, Plain> = Omit<Row<T>, `${string}_sealed` | `${string}_index`> & Plain
export type Profile = Opened<
  'profiles',
  Record<'first_name' | 'last_name' | 'dob' | 'address' | 'postcode' | 'city', string> & { metadata: string | null }
>
export type Phone = Opened<'phones', { number: string }>
export type ReviewCase = Row<'review_cases'>
export type Document = Row<'documents'>
export type Passkey = Row<'passkeys'>
export type ApiKey = Row<'api_keys'>
export type Website = Row<'websites'>
export type WebhookEndpoint = Row<'webhook_endpoints'>
export type Delivery = Row<'deliveries'>
export type AuditRecord = Row<'audit_records'>
