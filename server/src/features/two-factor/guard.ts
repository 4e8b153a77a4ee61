import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { callerOf } from '../../platform/http/caller.ts'
import type { Guard } from '../../platform/http/guards.ts'
import { parameterCheck } from '../../platform/http/parameters.ts'
import { parametersOf } from '../../platform/http/v1-bodies.ts'
import { TotpCode } from './schema.ts'
import { verifyCode } from './two-factor.ts'

const errors = defineErrors('two-factor', {
  // Spelt as in 1.8.26, whose clients compare it.
  required: [400, 'Only accounts with enabled 2FA alowed'],
  parameters: [400, 'TOTP Code is invalid'],
})

const check = parameterCheck(TotpCode)

/** Behind the guard of the account: lets in with a fresh code in `totp_code`, which is used up even if the request fails later. */
export const requireOtp = (
  deps: Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring' | 'vault' | 'limits'>,
): Guard => ({
  security: 'BearerToken',
  check: async (request) => {
    const caller = callerOf(request)
    if (caller.account.otp_enabled_at === null) throw errors.required()
    const checked = check(parametersOf(request))
    if ('message' in checked) throw errors.parameters({ body: { error: checked.message } })
    await verifyCode(deps, caller, String(checked.value['totp_code']))
  },
})
