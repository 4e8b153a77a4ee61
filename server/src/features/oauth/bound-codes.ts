import type Provider from 'oidc-provider'
import { Provider as Engine, errors, validateDpop } from './engine-package.ts'

type AuthorizationCode = InstanceType<Provider['AuthorizationCode']>

/**
 * Refuses to exchange a code that is bound to a key (`dpop_jkt`: RFC 9449, section 10) for whoever shows another one or none, before
 * the code is used up, which the engine would do first: who has the code without the key cannot spoil it for whom it is for.
 */
export function judgeKeysFirst(provider: Provider): void {
  const { AuthorizationCode } = provider
  const consume = AuthorizationCode.prototype.consume
  AuthorizationCode.prototype.consume = async function (this: AuthorizationCode) {
    const context = Engine.ctx
    const shown = context && this.dpopJkt !== undefined ? await validateDpop(provider, context) : undefined
    if (this.dpopJkt !== undefined && shown?.thumbprint !== this.dpopJkt)
      throw new errors.InvalidGrant('the code is bound to another DPoP key (dpop_jkt)')
    return consume.call(this)
  }
}
