import type Provider from 'oidc-provider'
import type { Client } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { mayNameResource, SCOPES } from '../applications/applications.ts'
import { Provider as Engine, errors, resolveResource } from './engine-package.ts'
import { userApi } from './urls.ts'

type Needs = Pick<Deps, 'config'>
type AuthorizationCode = InstanceType<Provider['AuthorizationCode']>
type DeviceCode = InstanceType<Provider['DeviceCode']>

const STRANGE = 'the application may not ask for tokens for this resource'

/** Which resources tokens may be for (RFC 8707), as the engine wants to be told. */
export const resourceIndicators = ({ config }: Needs) => ({
  enabled: true,
  defaultResource: async (_context: unknown, _client: Client, oneOf?: readonly string[]) => oneOf,
  getResourceServerInfo: async (_context: unknown, resource: string, client: Client) => {
    if (!mayName(config, client, resource)) throw new errors.InvalidTarget(STRANGE)
    return { scope: SCOPES.join(' '), accessTokenFormat: 'opaque' as const }
  },
  useGrantedResource: async () => true,
})

type Indicators = ReturnType<typeof resourceIndicators>

/** The user API is everybody's, as scopes tell what of it is open. */
const mayName = (config: Needs['config'], client: Client, resource: string): boolean =>
  resource === userApi(config) || mayNameResource(String(client['resources'] ?? ''), resource)

/**
 * Refuses an exchange that names a resource no token can be made for (`invalid_target`) before the code is used up, which the engine
 * would do first: the application corrects its request and brings the code again.
 */
export function judgeTargetsFirst({ AuthorizationCode, DeviceCode }: Provider, needs: Needs): void {
  const indicators = resourceIndicators(needs)
  const consume = AuthorizationCode.prototype.consume
  AuthorizationCode.prototype.consume = async function (this: AuthorizationCode) {
    await judgeTarget(indicators, this)
    return consume.call(this)
  }
  const consumeOfDevice = DeviceCode.prototype.consume
  DeviceCode.prototype.consume = async function (this: DeviceCode) {
    await judgeTarget(indicators, this)
    return consumeOfDevice.call(this)
  }
}

async function judgeTarget(resourceIndicators: Indicators, code: AuthorizationCode | DeviceCode): Promise<void> {
  const context = Engine.ctx
  const client = context?.oidc.client
  if (!context || !client) return
  const resource = await resolveResource(context, code, { userinfo: { enabled: true }, resourceIndicators })
  if (resource !== undefined) await resourceIndicators.getResourceServerInfo(context, resource, client)
}
