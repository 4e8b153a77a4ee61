import type { Deps } from '../../deps.ts'
import { defineErrors, type Refusal } from '../../lib/errors.ts'
import { recordAct } from '../audit/audit.ts'

const errors = defineErrors('infections', {
  infected: [422, 'Upload File is infected with malware and was not kept'],
  away: [503, 'Files cannot be looked through for malware at the moment, please try again'],
})

/** An uploaded file, whose content can be read more than once. */
interface UploadedFile {
  size: number
  content(): AsyncIterable<Uint8Array>
}

type Needs = Pick<Deps, 'db' | 'clock' | 'log' | 'antivirus'>

/**
 * Refuses a file that the antivirus finds something in, before anything of it is kept, and records that. Where it cannot be
 * asked the answer is 503: nothing is taken unseen. `what` says what it was to be.
 */
export async function refuseInfected(
  needs: Needs,
  account_id: number | null,
  what: 'document' | 'logo',
  file: UploadedFile,
): Promise<void> {
  const found = await scan(needs, file)
  if (found === undefined) return
  const refused: Refusal = errors.infected()
  await recordAct(needs, {
    action: 'upload.infected',
    account_id,
    refused,
    details: { what, found: found.slice(0, LONGEST_NAME), size: file.size },
  })
  throw refused
}

const LONGEST_NAME = 200

async function scan({ antivirus, log }: Needs, file: UploadedFile): Promise<string | undefined> {
  try {
    return await antivirus?.scan(file.content())
  } catch (cause) {
    log.error({ err: cause }, 'The antivirus could not look through an uploaded file')
    throw errors.away({ cause, headers: { 'retry-after': '30' } })
  }
}
