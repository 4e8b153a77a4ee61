import { createHash } from 'node:crypto'

/** The least an operator sets in production; mails and SMS go to the memory of tests all the same. */
export const IN_PRODUCTION: Readonly<Record<string, string>> = {
  BARONG_ENV: 'production',
  BARONG_URL: 'https://id.example',
  BARONG_MASTER_KEY: createHash('sha256').update('the master key of tests').digest('base64'),
  SKIP_EMAILS: 'true',
  SMS_HOOK_URL: 'https://sms.example/hook',
  SMS_HOOK_SECRET: 'a secret of the hook',
}
